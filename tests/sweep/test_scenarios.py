"""What points share is made once, and shared by none that may not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asmsim.config.errors import ConfigError
from asmsim.model.scenario import make_scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
from asmsim.sweeps.execute import histories
from asmsim.sweeps.execute import preparation as scenarios
from asmsim.sweeps.execute.preparation import prepare_scenario
from asmsim.sweeps.request.bases import base_id
from asmsim.sweeps.request.overlay import overlay
from tests.sweep.conftest import TINY

FEAR_CHANGES = "{from:2006-01,until:2006-06,set:{parameters.belief_floor:0.1}}"
POINTS: list[dict[str, Any]] = [
    {"donor.programme.duration_years": 3, "parameters.taste_base": 0.2, "parameters.skill_median": 1},
    {"donor.programme.duration_years": 3, "parameters.taste_base": -0.1, "parameters.skill_median": 2.0},
    {"donor.programme.duration_years": 3, "parameters.taste_base": None, "parameters.crew_slots": 8},
    {"donor.programme.duration_years": 5, "parameters.belief_half_life": 4.0},
    {"donor.programme.duration_years": 5, "parameters.belief_floor": 0.01},
    {"donor.programme.duration_years": 5, "parameters.belief_floor": 0.02},
    {"parameters": {"skill_median": 1}},
    {"parameters.belief_floor": 0.002, "events": [{"from": "2006-08", "scale": {"parameters.belief_floor": 60}}]},
]


def write_base(folder: Path, data: dict[str, Any]) -> str:
    """Keep a base as a sweep keeps it; returns its id."""
    name = base_id(data)
    (folder / "bases").mkdir()
    (folder / "bases" / f"{name}.json").write_text(json.dumps(data, sort_keys=True))
    return name


@pytest.mark.parametrize("more", [[], [f"events=[{FEAR_CHANGES}]"]], ids=["plan shared", "behaviour changes by date"])
def test_a_point_is_what_it_would_be_alone(more: list[str], tmp_path: Path) -> None:
    base = scenario(*TINY, *more, "parameters.taste_base=0.05", called_by="").dump()
    base_name = write_base(tmp_path, base)
    for point in POINTS:
        for _ in range(2):  # what a run works out stays with its point
            shared, alone = (
                prepare_scenario(str(tmp_path), base_name, point).scenario,
                make_scenario(overlay(base, point)),
            )
            assert shared.dump() == alone.dump()
            assert simulate(shared, 1).out.tobytes() == simulate(alone, 1).out.tobytes()
            assert shared.plan.rules == alone.plan.rules
            assert np.array_equal(shared.plan.which, alone.plan.which)


def test_points_that_differ_in_draws_alone_share_their_plan(tmp_path: Path) -> None:
    base_name = write_base(tmp_path, scenario(*TINY, called_by="").dump())
    one, two, other = (prepare_scenario(str(tmp_path), base_name, POINTS[n]).scenario for n in (0, 1, 3))
    assert one.plan.arrays[0] is two.plan.arrays[0]
    assert one.plan.arrays[0] is not other.plan.arrays[0]


def test_a_draw_out_of_range_is_refused(tmp_path: Path) -> None:
    base_name = write_base(tmp_path, scenario(*TINY, called_by="").dump())
    with pytest.raises(ConfigError, match=r"parameters\.skill_median: -1 is outside"):
        prepare_scenario(str(tmp_path), base_name, {"parameters.skill_median": -1.0})


def test_a_point_that_cannot_be_made_says_so_itself(tmp_path: Path) -> None:
    base_name = write_base(tmp_path, scenario(*TINY, called_by="").dump())
    with pytest.raises(ConfigError, match="duration_years"):
        prepare_scenario(
            str(tmp_path), base_name, {"donor.programme.duration_years": 99, "parameters.skill_median": 2.0}
        )


def test_only_the_last_few_plans_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "_SHARED", {})
    base_name = write_base(tmp_path, scenario(*TINY, called_by="").dump())
    monkeypatch.setattr(scenarios, "SIDE_BY_SIDE", 8)
    for years in range(12):
        prepare_scenario(str(tmp_path), base_name, {"donor.programme.duration_years": years})
        with pytest.raises(ConfigError):
            prepare_scenario(str(tmp_path), base_name, {"donor.programme.duration_years": 100 + years})
        assert len(scenarios._SHARED) <= 8
    plan = prepare_scenario(str(tmp_path), base_name, {}).scenario.plan
    monkeypatch.setattr(histories, "MOST_BYTES", 2.5 * (plan.base.nbytes + plan.funded.nbytes))
    for years in range(12):
        prepare_scenario(str(tmp_path), base_name, {"donor.programme.duration_years": years})
    assert len(scenarios._SHARED) <= 2
