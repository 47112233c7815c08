"""Replicates: what may be asked for, and how it presents itself."""

from typing import Any

import numpy as np
import pytest

import asmsim
from asmsim.config.errors import ConfigError
from asmsim.config.seeds import check_seeds
from asmsim.sweeps.replicates import replicate

TINY = "context=generic policy=none model.scale=200 context.end=2006-12"


def test_overrides_will_do_as_on_the_command_line() -> None:
    run = asmsim.run(TINY, seeds=[7, 2])
    assert run.seeds == (7, 2)
    assert run.scenario.context.name == "generic"
    assert replicate(TINY.split(), 1).values.shape[0] == 1


@pytest.mark.parametrize("seeds", [0, -1, 1.5, True, "3", None, [], [1, 1], [1.5], [-1], ["a"], [2**64]])
def test_seeds_that_are_none_are_refused(seeds: Any) -> None:
    with pytest.raises(ConfigError, match="seed"):
        check_seeds(seeds)


def test_seeds_may_be_numpys() -> None:
    assert check_seeds(np.int64(2)) == (1, 2)
    assert check_seeds(np.array([4, 5])) == (4, 5)  # type: ignore[arg-type,unused-ignore]


@pytest.mark.parametrize("threads", [0, -2, 1.5, "2", True])
def test_threads_that_are_none_are_refused(threads: Any) -> None:
    with pytest.raises(ConfigError, match="threads"):
        asmsim.run(TINY, 1, threads)


def test_observations_of_no_outcome_are_refused_before_any_work() -> None:
    with pytest.raises(ConfigError, match="did you mean 'miners'"):
        asmsim.run([*TINY.split(), "context.observed={minerz: {2005-06: 5}}"], 1)


def test_representations_are_short() -> None:
    run = asmsim.run(TINY, seeds=2)
    for thing in (run, run.scenario, asmsim.compare([TINY, TINY + " donor=[programme]"], 1)):
        assert len(repr(thing)) < 500
    assert "2 seeds" in repr(run)
    assert "none" in repr(run)
