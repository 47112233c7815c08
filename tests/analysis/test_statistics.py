"""One band, one t-interval, one clear difference, and the verdicts that follow from them."""

import re
from pathlib import Path

import numpy as np
import pytest

from asmsim.analysis.gains import Gain
from asmsim.analysis.paired import describe_difference
from asmsim.analysis.statistics import (
    NO_DIFFERENCE,
    find_direction,
    find_t_factor,
    is_clear,
    measure_band,
    measure_fan,
    measure_share_below,
    measure_t_interval,
)
from asmsim.analysis.verdicts import (
    VERDICTS,
    Verdict,
    combine_verdicts,
    judge_conditions,
    judge_direction,
    judge_interval,
    judge_samples,
)

ROOT = Path(__file__).resolve().parent.parent.parent
FEW: Verdict = "not enough evidence"


def test_a_band_holds_nine_runs_in_ten() -> None:
    values = np.arange(101.0)
    assert measure_band(values) == (5.0, 50.0, 95.0)
    assert measure_fan(values[:, None]).ravel().tolist() == [5.0, 25.0, 50.0, 75.0, 95.0]


def test_a_t_interval_is_students() -> None:
    """Four values with mean 5 and standard deviation 2: half-width 3.182 * 2 / 2."""
    values = 5 + 2 * np.array([-1.0, -0.5, 0.5, 1.0]) / np.std([-1.0, -0.5, 0.5, 1.0], ddof=1)
    assert find_t_factor(4) == pytest.approx(3.1824, abs=1e-4)
    assert measure_t_interval(values) == pytest.approx((5 - 3.1824, 5 + 3.1824), abs=1e-4)
    half = 3.1824 * np.hypot(1.0, 0.75)
    assert measure_t_interval(values, other_error=0.75) == pytest.approx((5 - half, 5 + half), abs=1e-3)
    assert measure_t_interval(values[:1]) == (-np.inf, np.inf)


def test_a_clear_difference_is_the_same_for_comparisons_and_for_sweeps() -> None:
    rng = np.random.default_rng(8)
    for mean in (0.0, 0.0005, 0.002, 0.05):
        for spread in (0.0001, 0.01):
            values = rng.normal(mean, spread, 400)
            clear = is_clear(values, "share")
            assert clear == Gain(values, 100, "share").clear
            assert clear == (describe_difference(values, "share") != NO_DIFFERENCE)
    assert is_clear(np.full(10, 0.0011), "share")
    assert not is_clear(np.full(10, 0.0009), "share"), "negligible, though every run agrees"
    assert not is_clear(np.linspace(-0.1, 0.5, 10), "share"), "the band holds zero"
    assert measure_share_below(np.array([-0.002, -0.0009, 0.0, 0.002]), "share") == 0.25


@pytest.mark.parametrize(
    ("interval", "direction"),
    [
        ((-0.001, 0.001), "negligible"),
        ((0.0011, 0.2), "more"),
        ((-0.2, -0.0011), "less"),
        ((0.0009, 0.2), FEW),
        ((-0.2, 0.2), FEW),
        ((-np.inf, np.inf), FEW),
    ],
)
def test_a_direction_is_that_of_the_whole_interval(interval: tuple[float, float], direction: str) -> None:
    assert find_direction(interval, "share") == direction


@pytest.mark.parametrize(
    ("direction", "more", "none", "less"),
    [
        ("more", "supported", "contradicted", "contradicted"),
        ("less", "contradicted", "contradicted", "supported"),
        ("negligible", FEW, "supported", FEW),
        (FEW, FEW, FEW, FEW),
    ],
)
def test_a_verdict_follows_from_the_direction(direction: str, more: str, none: str, less: str) -> None:
    assert [judge_direction(direction, wants) for wants in (1, 0, -1)] == [more, none, less]  # type: ignore[arg-type]


def test_verdicts_by_interval_by_samples_and_by_conditions() -> None:
    assert [judge_interval(*ends, 0.5) for ends in ((0.5, 0.9), (0.1, 0.4), (0.4, 0.5))] == [
        "supported", "contradicted", FEW,
    ]  # fmt: skip
    assert judge_interval(np.nan, np.nan, 0.5) == FEW
    assert [judge_samples(share) for share in (0.96, 0.95, 0.05, 0.04)] == ["supported", FEW, FEW, "contradicted"]
    assert [judge_conditions(met, 3) for met in (3, 1, 0)] == ["supported", "mixed", FEW]
    assert judge_conditions(1, 3, one_is_enough=True) == "supported"
    assert judge_conditions(0, 3, one_is_enough=True) == FEW


def test_a_claim_of_several_things_is_mixed_where_they_differ() -> None:
    for each in VERDICTS:
        assert combine_verdicts([each, each]) == each
    assert combine_verdicts(["supported", "contradicted"]) == "mixed"
    assert combine_verdicts(["supported", FEW]) == "mixed"
    assert combine_verdicts(["contradicted", FEW]) == "mixed"
    with pytest.raises(ValueError, match="without parts"):
        combine_verdicts([])


@pytest.mark.parametrize("pattern", [r"\bt\.ppf\(", r"quantile\([^)]*0\.05, ", r"\(0\.05, 0\.95\)", r"0\.975\b"])
def test_no_other_module_of_the_analysis_defines_an_interval(pattern: str) -> None:
    modules = [*(ROOT / "asmsim" / "analysis").rglob("*.py"), *(ROOT / "experiments").glob("*/*.py")]
    own = ROOT / "asmsim" / "analysis" / "statistics.py"
    assert [p.name for p in modules if p != own and re.search(pattern, p.read_text(encoding="utf-8"))] == []
    assert len(modules) > 40
