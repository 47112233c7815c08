"""Scenarios by name: what the command line and the Python interface both begin with."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from asmsim.config.compose import compose, find_folder
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.groups import GROUPS, list_options
from asmsim.config.paths import expand_path
from asmsim.config.seeds import check_seeds
from asmsim.config.settings import list_typed_changes, make_setting, parse_setting
from asmsim.config.yaml_files import forbid_code, read_text, read_yaml
from asmsim.model.context import resolve_files
from asmsim.model.scenario import Scenario, make_scenario

END = "..."
"""Last line of a resolved scenario file, YAML's own mark of an end: without it the file is cut off."""


def scenario(
    *overrides: str, config_dir: str | Path | None = None, called_by: str | None = None, **keys: Any
) -> Scenario:
    """A scenario from what a user would type.

    Parameters
    ----------
    overrides
        `"context=generic"`, `"legalisation=at_once"`, `"donor.programme.duration_years=5"`, ...
    config_dir
        A folder with the user's own `context/`, `policy/` and so on.
    called_by
        What figures call it; by default the policy and what was changed from it.
    keys
        The same with Python values, taken as they are; dots are written as double underscores
        (`donor__programme__duration_years=5`).

    Raises
    ------
    ConfigError
        Unknown key, wrong unit or range, missing series month, event outside the horizon.

    Examples
    --------
    >>> s = scenario("context=generic", "policy=five_ingredients", donor__programme__duration_years=5)
    >>> s.donor.programme.duration_years
    5.0
    """
    settings = [*map(parse_setting, overrides), *(make_setting(k.replace("__", "."), v) for k, v in keys.items())]
    folder = expand_path(config_dir) if config_dir is not None else None
    data = compose(settings, folder)
    if not data.get("name"):
        data["name"] = (
            _describe(str(data.get("policy", "")), list_typed_changes(settings)) if called_by is None else called_by
        )
    return make_scenario(_with_files(data, folder))


def describe_variant(policy: str, typed: Sequence[str]) -> str:
    """What a scenario is called: its policy and what was changed from it; empty where nothing was."""
    return _describe(policy, list_typed_changes(map(parse_setting, typed)))


def _describe(policy: str, changes: Sequence[str]) -> str:
    shown = [text if len(text) <= 60 else text[:57] + "..." for text in changes]
    return f"{policy}, changed: {', '.join(shown)}" if shown else ""


class Variant(NamedTuple):
    """A policy with changes of its own, and what it is called in a comparison."""

    label: str
    policy: str
    changed: tuple[str, ...]

    @property
    def spelled(self) -> str:
        """The label and what it stands for."""
        return f"{self.label} = {describe_variant(self.policy, self.changed) or self.policy}"

    @property
    def is_label(self) -> bool:
        """Whether the user chose the label."""
        return self.label not in (self.policy, describe_variant(self.policy, self.changed))


def parse_variants(typed: Sequence[str], config_dir: str | Path | None = None) -> tuple[list[Variant], list[str]]:
    """Policies with changes, and what holds for all of them, from what a user would type.

    `POLICY`, `POLICY,key=value,...` and `LABEL=POLICY,key=value,...` are variants; `key=value` holds for all.

    Raises
    ------
    ConfigError
        No such policy.
    """
    known = list_options("policy", expand_path(config_dir) if config_dir is not None else None)
    found, shared = [], []
    for text in typed:
        head, *changed = split_commas(text)
        label, sign, policy = head.partition("=")
        if not sign:
            label, policy = "", head
        is_key = "." in label or label.lstrip("+~") in (*GROUPS, *Scenario.model_fields)
        if label == "policy":
            raise ConfigError(f"{text!r}: name policies without policy=")
        if text.startswith("~") or is_key:
            shared.append(text)
            continue
        if policy not in known:
            what = f"{text!r}: " if text != policy else ""
            raise ConfigError(f"{what}no policy {policy!r}{nearest(policy, known)}; known: {', '.join(known)}")
        found.append(Variant(label or describe_variant(policy, changed) or policy, policy, tuple(changed)))
    return found, shared


def make_variant(one: Variant, shared: Sequence[str] = (), config_dir: str | Path | None = None) -> Scenario:
    """The scenario of a variant, with what holds for all; its own changes come last."""
    name = one.label if one.label != one.policy else ""
    return scenario(f"policy={one.policy}", *shared, *one.changed, config_dir=config_dir, called_by=name)


def split_commas(text: str) -> list[str]:
    """Parts between commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[{(") - (letter in "]})")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def load(path: str | Path) -> Scenario:
    """A scenario from a resolved `scenario.yaml`; the seeds in it are left aside."""
    return load_with_seeds(path).scenario


class Loaded(NamedTuple):
    """A scenario, and the seeds and draws it was run on, where its file says so."""

    scenario: Scenario
    seeds: tuple[int, ...] | None
    drawn: dict[str, Any] | None


def load_with_seeds(path: str | Path) -> Loaded:
    """A scenario from a resolved `scenario.yaml`, and what it was run on.

    Raises
    ------
    ConfigError
        Not a resolved scenario, or not the whole of one.
    """
    file = expand_path(path)
    data = read_yaml(file)
    check_whole(data, read_text(file), file.name)
    seeds = data.pop("seeds", None)
    if seeds is not None and not isinstance(seeds, list):
        raise ConfigError(f"{file.name}: seeds = {seeds!r}: a list of whole numbers is needed")
    drawn = data.pop("drawn", None)
    if drawn is not None and not (isinstance(drawn, dict) and {"posterior", "draws", "sha256"} == set(drawn)):
        raise ConfigError(f"{file.name}: drawn = {drawn!r}: posterior, draws and sha256 are needed")
    return Loaded(make_scenario(data), None if seeds is None else check_seeds(seeds), drawn)


def check_whole(data: Mapping[str, Any], text: str, name: str) -> None:
    """Refuse a file that is not the whole of a resolved scenario.

    Raises
    ------
    ConfigError
        A section is missing, or the end is.
    """
    optional = ("legalisation",)
    missing = [key for key in Scenario.model_fields if key not in data and key not in optional]
    if missing:
        raise ConfigError(
            f"{name}: not a whole scenario: no {', '.join(missing)}; --scenario takes the scenario.yaml of a results "
            "folder as it is (to change something, name context and policy and give key=value)"
        )
    if text.rstrip().rpartition("\n")[2].strip() != END:
        raise ConfigError(f"{name}: cut off: a resolved scenario ends with a line '{END}'; copy the file again")


def from_mapping(data: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data such as `Scenario.dump()` gives."""
    forbid_code(data, "scenario")
    return make_scenario({key: value for key, value in data.items() if key not in ("seeds", "drawn")})


def as_scenario(given: Any) -> Scenario:
    """A scenario from what the Python interface takes: one, or overrides in one string or a list; None = the default.

    Raises
    ------
    ConfigError
        Neither, or a scenario that cannot be run.
    """
    if isinstance(given, Scenario):
        return given
    if given is None or isinstance(given, str):
        return scenario(*shlex.split(given or ""))
    if isinstance(given, Sequence) and all(isinstance(part, str) and "=" in part for part in given):
        return scenario(*given)
    hint = '; in mesa.batch_run write {"scenario": [scenario]}' if isinstance(given, tuple) else ""
    raise ConfigError(f"scenario = {given!r:.60}: needs a Scenario or overrides such as 'context=generic'{hint}")


def to_yaml(scenario: Scenario, seeds: Sequence[int] = (), drawn: Mapping[str, Any] | None = None) -> str:
    """The fully resolved scenario as YAML; with its seeds it runs again to identical bytes."""
    data = scenario.dump()
    text: str = yaml.safe_dump(data, sort_keys=True, allow_unicode=True, width=110)
    if seeds:
        text += f"seeds: [{', '.join(str(s) for s in seeds)}]\n"
    if drawn:
        text += yaml.safe_dump({"drawn": dict(drawn)}, sort_keys=True, default_flow_style=None, width=1000)
    return f"{text}{END}\n"


def _with_files(data: dict[str, Any], user_dir: Path | None) -> dict[str, Any]:
    context = data.get("context")
    if not isinstance(context, dict) or "name" not in context:
        raise ConfigError("context: missing; choose one with context=NAME")
    folder = find_folder("context", str(context["name"]), user_dir)
    return data | {"context": resolve_files(context, folder)}
