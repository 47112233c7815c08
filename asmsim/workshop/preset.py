"""Presets of the what-if page: which country, which levers with which ranges, and what to ask the room.

A preset is one YAML file.  Its overrides are those of the command line, so that `asmsim compare` makes the same
baseline.  A *state* is what the page sends: a preset, and the values that differ from it.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError, model_validator

from asmsim.config.compose import set_value
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.groups import list_options
from asmsim.config.paths import config_dir as shipped_configs
from asmsim.config.schema import Closed, field
from asmsim.config.settings import write_value
from asmsim.config.yaml_files import read_yaml
from asmsim.evidence.posterior import draw_for
from asmsim.model.levers import all_levers
from asmsim.model.own_outcomes import find_outcome
from asmsim.model.parameters import check_parameter, parameter_table
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.draws import Draws

FOLDER = "workshop"
OWN = "own_country"
"""The preset that is made once for each context of a `--config-dir`."""
DRAWS = 40
RUNS = 200
"""Runs of each scenario: with a posterior 40 draws on 5 seeds each, without one 200 seeds."""
MOST_CHANGES = 100
LONGEST_TEXT = 60
Value = bool | int | float | str


class Control(Closed):
    """A lever as the page shows it: a slider from low to high, or a choice."""

    key: str = field(..., "dotted key of a lever's dose")
    word: str = field(..., "short name for the room")
    low: float | None = field(None, "lower end of the slider")
    high: float | None = field(None, "upper end of the slider")
    step: float | None = field(None, "step of the slider")
    unit: str = field("", "unit, where the model's own says too little")
    choices: tuple[str, ...] = field((), "values to choose from, instead of a slider")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        ends = (self.low, self.high, self.step)
        if bool(self.choices) == any(end is not None for end in ends):
            raise ValueError(f"{self.key}: give either low, high and step, or choices")
        if not self.choices and (None in ends or not self.low < self.high or not self.step > 0):  # type: ignore[operator]
            raise ValueError(f"{self.key}: low, high and step are needed, with low < high and step > 0")
        find_dose(self.key)
        return self


class ShownOutcomes(Closed):
    """Which outcomes the page opens with."""

    main: str = field(..., "outcome of the large chart and the headline")
    small: tuple[str, ...] = field((), "outcomes of the small charts")
    more: tuple[str, ...] = field((), "outcomes one click away")

    @model_validator(mode="after")
    def _outcomes_known(self) -> Self:
        for name in self.names:
            try:
                find_outcome(name)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return tuple(dict.fromkeys((self.main, *self.small, *self.more)))


class Preset(Closed):
    """One file of `configs/workshop/`, with the name of the file."""

    name: str = field("", "name of the file")
    order: int = field(99, "place in the list of presets")
    title: str = field(..., "title on the page")
    story: str = field(..., "where the story begins, in two or three sentences")
    overrides: tuple[str, ...] = field((), "what one would type after asmsim run for the baseline")
    posterior: str | None = field(None, "posterior from which behaviour parameters are drawn")
    scale: float = field(..., "persons for each person simulated", "1", 1, 100_000)
    levers: tuple[Control, ...] = field(..., "main levers")
    assumptions: tuple[str, ...] = field((), "behaviour parameters that may be changed in both worlds")
    outcomes: ShownOutcomes
    questions: tuple[str, ...] = field((), "questions for the room")
    watch: tuple[str, ...] = field((), "what to watch")
    resolution: dict[str, float] = field({}, "by outcome: how far the workshop scale lies from 1:10 on average")
    folder: Path | None = field(None, "folder of the user's own contexts and policies")

    @model_validator(mode="after")
    def _parameters_exist(self) -> Self:
        for name in self.assumptions:
            if name not in parameter_table():
                raise ValueError(f"assumptions: no parameter {name!r}{nearest(name, parameter_table())}")
        return self

    @property
    def draws(self) -> int:
        """Draws of the posterior; 0 where the preset names none."""
        return 0 if self.posterior is None else DRAWS

    @property
    def typed(self) -> list[str]:
        """The overrides of the baseline with its scale, as for `asmsim run`."""
        return [*self.overrides, f"model.scale={write_value(self.scale)}"]

    @cached_property
    def base(self) -> Scenario:
        """The baseline's scenario."""
        return scenario(*self.typed, config_dir=self.folder)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The baseline as plain data, on which changes are laid."""
        return self.base.dump()


class WorkshopState(Closed):
    """What the page shows: a preset and what differs from it."""

    preset: str = field(..., "name of a preset", max_length=LONGEST_TEXT)
    levers: dict[str, Value] = field({}, "doses by dotted key", max_length=MOST_CHANGES)
    assumptions: dict[str, float] = field({}, "parameters.NAME: value", max_length=MOST_CHANGES)
    seed: int = field(1, "first seed", "1", 0, 1_000_000)
    outcome: str = field("", "outcome of the large chart; empty = the preset's", max_length=LONGEST_TEXT)
    version: str = field("", "version of asmsim that wrote a link", max_length=LONGEST_TEXT)

    @model_validator(mode="after")
    def _keys_allowed(self) -> Self:
        for key, value in self.levers.items():
            find_dose(key)
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                raise ValueError(f"{key}: the value is too long")
        for key, value in self.assumptions.items():
            if not key.startswith("parameters."):
                raise ValueError(f"assumptions: {key[:LONGEST_TEXT]!r}: write parameters.NAME")
            try:
                check_parameter(key.removeprefix("parameters."), value, "parameters")
            except ConfigError as error:
                raise ValueError(str(error)) from error
        if self.outcome:
            try:
                find_outcome(self.outcome)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return self

    @property
    def unchanged(self) -> "WorkshopState":
        """The same with no lever changed: the baseline, under the same assumptions."""
        return self.model_copy(update={"levers": {}})

    @property
    def key(self) -> str:
        """What decides the runs, as text: the same for the same values in another order."""
        return json.dumps([self.preset, self.seed, self.levers, self.assumptions], sort_keys=True)


def find_dose(key: str) -> tuple[str, str]:
    """Return the lever and the field that a dotted key means.

    Raises
    ------
    ValueError
        There is no such lever or dose.
    """
    path, _, name = key.rpartition(".")
    known = all_levers()
    if path not in known:
        raise ValueError(f"{key[:LONGEST_TEXT]!r}: no such lever{nearest(path[:LONGEST_TEXT], known)}")
    if name not in known[path].model_fields:
        raise ValueError(f"{key[:LONGEST_TEXT]!r}: no such dose{nearest(name, known[path].model_fields)}")
    return path, name


def read_state(data: Any) -> WorkshopState:
    """Check what a page or a link sent.

    Raises
    ------
    ConfigError
        In one sentence for the person at the page.
    """
    if not isinstance(data, Mapping):
        raise ConfigError("This is not a scenario of the what-if page: a mapping is needed.")
    try:
        return WorkshopState(**data)
    except (ValidationError, TypeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "unreadable"}
        place = ".".join(map(str, first["loc"]))
        words = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"This scenario cannot be read: {f'{place}: ' if place else ''}{words}") from error


def list_presets(folder: Path | None = None) -> dict[str, Preset]:
    """Presets by name: those shipped, those of the user's folder, and one for each context in it.

    Raises
    ------
    ConfigError
        A file is no preset.
    """
    found: dict[str, Preset] = {}
    for root in (shipped_configs(), *([folder] if folder is not None else [])):
        for path in sorted((root / FOLDER).glob("*.yaml")):
            preset = _read_preset(path, folder)
            for each in _make_own(preset, folder) if preset.name == OWN else [preset]:
                found[each.name] = each
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def find_preset(name: str, presets: Mapping[str, Preset]) -> Preset:
    """Return a preset by name.

    Raises
    ------
    ConfigError
        No such preset; names the nearest.
    """
    if name in presets:
        return presets[name]
    if name == OWN:
        raise ConfigError(
            "own_country: name the folder of your own contexts with --config-dir; asmsim new context NAME writes one"
        )
    raise ConfigError(f"No preset {name!r}{nearest(name, presets)}; known: {', '.join(presets)}")


def _read_preset(path: Path, folder: Path | None) -> Preset:
    data = read_yaml(path)
    try:
        return Preset(**{**data, "name": path.stem, "folder": folder})
    except (ValidationError, TypeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"{FOLDER}/{path.name}: {where}: {str(first['msg']).removeprefix('Value error, ')}"
        ) from error


def _make_own(template: Preset, folder: Path | None) -> list[Preset]:
    """The preset of each context that is the user's own."""
    if folder is None:
        return []
    shipped = list_options("context")
    made = []
    for name, path in list_options("context", folder).items():
        if name not in shipped:
            title = f"{template.title}: {read_yaml(path).get('title', name)}"
            changed = {"name": f"own_{name}", "title": title, "overrides": (f"context={name}", *template.overrides)}
            made.append(template.model_copy(update=changed))
    return made


def make_changed(preset: Preset, state: WorkshopState) -> Scenario:
    """Lay a state on its preset.

    Raises
    ------
    ConfigError
        A value is of the wrong kind or out of range.
    """
    if not state.levers and not state.assumptions:
        return preset.base
    data = preset.data
    for key, value in {**state.assumptions, **state.levers}.items():
        data = set_value(data, key, value)
    return make_scenario(data)


def draw_parameters(preset: Preset, made: Scenario) -> Draws | None:
    """Draw behaviour parameters for a scenario; None where the preset names no posterior."""
    return None if preset.posterior is None else draw_for(preset.posterior, preset.draws, made)


def read_dose(preset: Preset, key: str) -> Value | None:
    """Return what a dose is in the baseline; None where the lever is not used."""
    path, name = find_dose(key)
    group, _, short = path.partition(".")
    lever = getattr(preset.base, group) if not short else getattr(getattr(preset.base, group), short)
    return None if lever is None else getattr(lever, name)
