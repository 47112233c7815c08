"""The manifest: what a sweep was asked to do and with which code, and what has changed since."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from asmsim.config.errors import AsmsimError, ConfigError

SCHEMA = 1
SHOWN = 8
"""How many lines of a difference are shown."""


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
    """

    name: str
    design: str
    dimensions: tuple[str, ...]
    fixed: tuple[str, ...]
    kinds: dict[str, str]
    seeds: tuple[int, ...]
    paired: bool
    keep: tuple[str, ...]
    outcomes: dict[str, str]
    chunk: int
    bases: dict[str, dict[str, str]]
    code: str
    packages: dict[str, str]
    planning: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def identity(self) -> str:
        """Hash of what makes it this sweep and no other: fixed overrides, keys, kind of design."""
        return hash_request(self.fixed, self.kinds, self.design, self.paired)

    def text(self) -> str:
        """As JSON; outcomes and keys keep their order, which is that of columns."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a folder.

        Raises
        ------
        ConfigError
            No sweep lies there, or one of another version of asmsim.
        """
        path = folder / "manifest.json"
        if not path.is_file():
            raise ConfigError(f"{folder}: no sweep lies there (manifest.json is missing)")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if "schema" not in data and (folder / "report.html").is_file():
                raise ConfigError(f"{folder}: a run or a comparison, no sweep; its tables open in pandas or polars")
            if data["schema"] != SCHEMA:
                raise ConfigError(f"{path}: schema {data['schema']}, where this asmsim reads {SCHEMA}")
            lists = {k: tuple(data[k]) for k in ("dimensions", "fixed", "seeds", "keep")}
            return cls(**{**data, **lists})
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{path}: not a manifest of a sweep ({error}); restore it from a copy, or give the sweep's whole "
                "command again with another --name; the tables in parts/ and compact/ open by themselves"
            ) from error


def hash_request(fixed: Sequence[str], keys: Mapping[str, Any], design: str, paired: bool) -> str:
    """Hash that names a sweep's folder."""
    text = json.dumps([list(fixed), sorted(keys), design, paired])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class ChangedError(AsmsimError):
    """A sweep that lies there already is not the one that is asked for."""


def list_changes(old: Manifest, new: Manifest, before: Path, now: Mapping[str, dict[str, Any]]) -> list[str]:
    """What forbids going on with an old sweep, a line each; more seeds and more bases do not.

    Parameters
    ----------
    before
        Folder of the old sweep's bases.
    now
        Base id: data, of the new one.
    """
    lines = list_model_changes(old, new)
    lines += _changed_bases(old, new, before, now)
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


def _changed_bases(old: Manifest, new: Manifest, before: Path, now: Mapping[str, dict[str, Any]]) -> list[str]:
    of_choices = {json.dumps(c, sort_keys=True): i for i, c in new.bases.items()}
    lines: list[str] = []
    for base, choices in old.bases.items():
        same = of_choices.get(json.dumps(choices, sort_keys=True))
        if same is None or same == base:
            continue
        path = before / f"{base}.json"
        was = dict(flatten(json.loads(path.read_text(encoding="utf-8")))) if path.is_file() else {}
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
