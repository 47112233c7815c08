"""The manifest: what a sweep was asked to do and with which code, and what has changed since."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.config.seeds import MOST_SEED

SCHEMA, WITHOUT_DIGESTS = 2, 1
"""Sweeps of the first schema kept no digests of their parts, points and manifest; they are read, and that is said."""
SHOWN = 8
"""How many lines of a difference are shown."""
DIGEST = "sha256"
"""Key of the manifest's own digest; the code of the model is not in it, since every part says with which it was run."""


def _refuse_doubles(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise ValueError("each may stand there once")
    return values


Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]
Seeds = Annotated[tuple[Seed, ...], Field(min_length=1), AfterValidator(_refuse_doubles)]
Table = Annotated[str, Field(pattern="^(summary|series)$")]
Tables = Annotated[tuple[Table, ...], Field(min_length=1), AfterValidator(_refuse_doubles)]
BaseId = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
Kind = Annotated[str, Field(pattern="^(number|text|json)$")]
Hexadecimal = Annotated[str, Field(pattern="^[0-9a-f]+$")]


@dataclass(frozen=True)
class Manifest:
    """What is written as `manifest.json`; it names no place, person or time.

    Attributes
    ----------
    design
        Kind of the design, such as `grid` or `sobol x draws`.
    dimensions, fixed
        Overrides as they were typed.
    kinds
        How each key is kept in `points.parquet`: number, text or json.
    seeds
        Seeds of every point; if not `paired`, numbers from which each point's own seeds are derived.
    outcomes
        Outcomes kept, with their units.
    chunk
        Runs in a part.
    bases
        Base id: its group choices.
    code, planning
        `kernel_id` and `planning_id` of the model.
    inputs
        Point id: `inputs_id` of some points, by which it is known whether another way of planning gives the same runs.
    points
        SHA-256 of `points.parquet`.
    """

    name: str
    design: str
    dimensions: tuple[str, ...]
    fixed: tuple[str, ...]
    kinds: dict[str, Kind]
    seeds: Seeds
    paired: bool
    keep: Tables
    outcomes: Annotated[dict[str, str], Field(min_length=1)]
    chunk: Annotated[int, Field(ge=1)]
    bases: Annotated[dict[BaseId, dict[str, str]], Field(min_length=1)]
    code: Hexadecimal
    packages: dict[str, str]
    planning: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    points: str = ""
    schema: int = SCHEMA
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @property
    def identity(self) -> str:
        """Hash of what makes it this sweep and no other: fixed overrides, keys, kind of design."""
        return hash_request(self.fixed, self.kinds, self.design, self.paired)

    @property
    def digests(self) -> bool:
        """Whether every part of the sweep has a record with digests."""
        return self.schema > WITHOUT_DIGESTS

    def text(self) -> str:
        """As JSON; outcomes and keys keep their order, which is that of columns."""
        data = asdict(self)
        if self.digests:
            data[DIGEST] = _digest_fields(data)
        return json.dumps(data, indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a folder.

        Raises
        ------
        ConfigError
            No sweep lies there, one of another version of asmsim, or the manifest has been edited.
        """
        path = folder / "manifest.json"
        if not path.is_file():
            raise ConfigError(f"{folder}: no sweep lies there (manifest.json is missing)")
        try:
            data = json.loads(path.read_bytes())
            if not isinstance(data, dict):
                raise ValueError("no mapping")
            if "schema" not in data and (folder / "report.html").is_file():
                raise ConfigError(f"{folder}: a run or a comparison, no sweep; its tables open in pandas or polars")
            if data.get("schema") not in (WITHOUT_DIGESTS, SCHEMA):
                raise ConfigError(f"{path}: schema {data.get('schema')!r}, where this asmsim reads {SCHEMA}")
            digest = data.pop(DIGEST, None)
            found = TypeAdapter(cls).validate_json(json.dumps(data), strict=True)
            if (found.digests or digest is not None) and digest != _digest_fields(data):
                raise ValueError("edited since asmsim wrote it")
        except (ValueError, RecursionError) as error:
            raise ConfigError(
                f"{path}: not a manifest of a sweep ({_explain(error)}); restore it from a copy, or give the sweep's whole "
                "command again with another --name; the tables in parts/ and compact/ open by themselves"
            ) from error
        return found


def _digest_fields(data: Mapping[str, Any]) -> str:
    """SHA-256 of all fields but the code."""
    text = json.dumps({key: value for key, value in data.items() if key != "code"})
    return hashlib.sha256(text.encode()).hexdigest()


def _explain(error: Exception) -> str:
    """What is wrong with a manifest, in a few words."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def read_base(folder: Path, base: str) -> dict[str, Any]:
    """A resolved base of the sweep in a folder, as plain data.

    Raises
    ------
    ConfigError
        It is missing, or not the one that its id names.
    """
    path = folder / "bases" / f"{base}.json"
    remedy = "restore it from a copy, or give the sweep's whole command again"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: missing; {remedy}") from error
    if hash_base(content) != base:
        raise ConfigError(
            f"{path}: edited or damaged since asmsim wrote it (its id is the hash of its content); {remedy}"
        )
    data: dict[str, Any] = json.loads(content)
    return data


def hash_base(content: bytes) -> str:
    """Id of a base: hash of its content as JSON with sorted keys."""
    return hashlib.sha256(content).hexdigest()[:12]


def hash_request(fixed: Sequence[str], keys: Mapping[str, Any], design: str, paired: bool) -> str:
    """Hash that names a sweep's folder."""
    text = json.dumps([list(fixed), sorted(keys), design, paired])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class ChangedError(AsmsimError):
    """A sweep that lies there already is not the one that is asked for."""


def list_changes(old: Manifest, new: Manifest, folder: Path, now: Mapping[str, dict[str, Any]]) -> list[str]:
    """What forbids going on with an old sweep, a line each; more seeds and more bases do not.

    Parameters
    ----------
    folder
        Folder of the old sweep.
    now
        Base id: data, of the new one.
    """
    lines = list_model_changes(old, new)
    lines += _changed_bases(old, new, folder, now)
    gone = sorted(set(old.seeds) - set(new.seeds))
    if gone:
        lines.append(f"seeds: {len(gone)} that were asked for then are not now ({format_ranges(gone)})")
    if set(old.keep) != set(new.keep):
        lines.append(f"--keep: {' and '.join(old.keep)} then, {' and '.join(new.keep)} now")
    if list(old.outcomes) != list(new.outcomes):
        fewer, more = set(old.outcomes) - set(new.outcomes), set(new.outcomes) - set(old.outcomes)
        lines.append(f"--outcomes: without {', '.join(sorted(fewer)) or '-'}; with {', '.join(sorted(more)) or '-'}")
    return lines


def list_model_changes(old: Manifest, new: Manifest) -> list[str]:
    """What is another model: other rules, or other inputs made from the same scenario."""
    if old.code != new.code:
        return [f"code of the model: {old.code} then, {new.code} now"]
    if old.planning == new.planning:
        return []
    other = [point for point, inputs in old.inputs.items() if new.inputs.get(point, inputs) != inputs]
    return [f"what the model makes of a scenario, such as point {other[0]}: another plan now"] if other else []


def _changed_bases(old: Manifest, new: Manifest, folder: Path, now: Mapping[str, dict[str, Any]]) -> list[str]:
    of_choices = {json.dumps(c, sort_keys=True): i for i, c in new.bases.items()}
    lines: list[str] = []
    for base, choices in old.bases.items():
        same = of_choices.get(json.dumps(choices, sort_keys=True))
        if same is None or same == base:
            continue
        try:
            was = dict(flatten(read_base(folder, base)))
        except ConfigError:
            lines.append(f"base {base}: cannot be read, and differs from the one asked for now")
            continue
        is_now = dict(flatten(now[same]))
        keys = [k for k in sorted({*was, *is_now}) if was.get(k) != is_now.get(k)]
        where = ", ".join(f"{k}={v}" for k, v in choices.items()) or "the base"
        lines += [f"{where}: {k} = {was.get(k)!r} then, {is_now.get(k)!r} now" for k in keys[:SHOWN]]
        if len(keys) > SHOWN:
            lines.append(f"{where}: and {len(keys) - SHOWN} more")
    return lines


def flatten(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and their values."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from flatten(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(data, list | tuple):
        for n, value in enumerate(data):
            yield from flatten(value, f"{prefix}[{n}]")
    else:
        yield prefix, data


def format_ranges(numbers: Sequence[int]) -> str:
    """1-8, 12."""
    parts: list[str] = []
    begin = last = None
    for n in [*sorted(numbers), None]:
        if begin is not None and last is not None and n == last + 1:
            last = n
            continue
        if begin is not None:
            parts.append(str(begin) if begin == last else f"{begin}-{last}")
        begin = last = n
    return ", ".join(parts)
