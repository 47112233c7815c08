"""A user's own numbers weigh draws: truths are found again, and what would not carry is refused."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from asmsim.config.errors import ConfigError
from asmsim.evidence import own_observations as own
from asmsim.evidence import posterior, priors
from asmsim.evidence.condition import weighted_quantiles
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.patterns import Pattern, find_observed
from asmsim.model.scenarios import scenario

CONTEXT, SCALE = "philippines", "model.scale=100"
OBSERVED = {
    "miners": (0.2, "2005"),
    "gold_mined": (0.2, "2006"),
    "gold_official": (0.3, "2007"),
    "gold_per_miner": (0.2, "2008"),
    "mercury": (0.3, "2009"),
    "trader_price": (0.03, "2010"),
    "income_median": (0.2, "2011"),
    "price_received": (0.03, "2012"),
    "mercury_per_gold": (0.3, "2013"),
    "official_share": (0.3, "2014"),
}
"""Ten outcomes of a made-up country: relative error, and the year."""


def write_numbers(path: Path, values: dict[str, float], wider: float) -> Path:
    rows = [
        f"{name},{year}-01,{int(year) + 1}-01,mean,{values[name]},{wider * error * abs(values[name])},,"
        for name, (error, year) in OBSERVED.items()
    ]
    path.write_text("\n".join(["outcome,from,until,of,value,error,low,high", *rows]) + "\n", encoding="utf-8")
    return path


def make_pattern(tmp_path: Path, values: dict[str, float] | None = None, wider: float = 1.0) -> Pattern:
    numbers = values or dict.fromkeys(OBSERVED, 1.0)
    return own.read_observations(write_numbers(tmp_path / "my_numbers.csv", numbers, wider), CONTEXT, (SCALE,))


def count_inside(tmp_path: Path, trials: int, number: int, wider: float = 1.0) -> tuple[float, float]:
    """Share of parameters of synthetic truths in their 90 % intervals, and effective draws; a truth is a draw that is left out."""
    draws = own.draw_in_country("prior", number, CONTEXT)
    usual = evaluate([make_pattern(tmp_path)], draws[:16], [1], threads=2)["own observations"].values
    middles = {n.split()[0]: float(np.median(v)) for n, v in usual.items()}
    pattern = make_pattern(tmp_path, middles, wider)
    simulated, chance = own.simulate_draws(pattern, draws)
    looked_at = ["entry_base", "hurdle_median", f"{CONTEXT}.skill_median", f"{CONTEXT}.smuggling_cost", "market_power"]
    values = {n: np.array([d[n] for d in draws]) for n in looked_at}
    inside, effective = [], []
    for truth in range(trials):
        rng = np.random.default_rng(truth)
        errors = {n: find_observed(s)[1] for n, s in pattern.statistics.items()}
        seen = {n: float(v[truth]) + errors[n] * rng.standard_normal() for n, v in simulated.items()}
        others = {n: np.delete(v, truth) for n, v in simulated.items()}
        found = own.weigh_simulated(pattern, [d for k, d in enumerate(draws) if k != truth], others, chance, seen)
        effective.append(found.effective)
        for name in looked_at:
            low, high = weighted_quantiles(np.delete(values[name], truth), found.weights, np.array([0.05, 0.95]))
            inside.append(low <= values[name][truth] <= high)
    return float(np.mean(inside)), float(np.median(effective))


def test_the_template_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(own.TEMPLATE, encoding="utf-8")
    pattern = own.read_observations(path, "generic")
    assert len(pattern.statistics) == 3
    assert all(s.observed for s in pattern.statistics.values())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("minerz,2010-01,2011-01,mean,5,1,,", "line 2: no outcome 'minerz'.*miners"),
        ("miners,2010-01,2011-01,mean,5,,,", "line 2: miners has no error; write `error`"),
        ("miners,2010-01,2011-01,mean,5,1,2,8", "has `error` and a range"),
        ("miners,2011-01,2010-01,mean,5,1,,", "line 2: until 2010-01 is not after"),
        ("miners,2010-01,2011-01,mean,many,1,,", "value = 'many' is not a number"),
        ("miners,2010-01,2011-01,mean,5,0,,", "line 2: .*cannot be matched"),
    ],
)
def test_a_table_that_cannot_be_says_where_and_what_to_do(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(f"outcome,from,until,of,value,error,low,high\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        own.read_observations(path, "generic")


def test_months_that_the_context_does_not_record_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("outcome,from,until,of,value,error\nminers,1950-01,1951-01,mean,5,1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="not within the record"):
        own.check_window(own.read_observations(path, CONTEXT, (SCALE,)))


def test_a_draw_in_a_country_holds_the_countrys_own_values() -> None:
    draw = own.draw_in_country("prior", 2, CONTEXT)[0]
    assert f"{CONTEXT}.office_staff" in draw
    assert priors.draw_abroad([draw], CONTEXT, 1) == priors.draw_abroad([draw], CONTEXT, 2)


def test_weights_follow_the_likelihood_and_few_draws_are_refused(tmp_path: Path) -> None:
    pattern = make_pattern(tmp_path)
    names = list(pattern.statistics)
    simulated = {n: np.zeros(4) for n in names}
    error = find_observed(pattern.statistics[names[0]])[1]
    simulated[names[0]] = np.array([0.0, error, np.nan, 2 * error])
    found = own.weigh_simulated(pattern, [{}] * 4, simulated, dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0))
    assert found.weights[1] / found.weights[0] == pytest.approx(np.exp(-0.5))
    assert found.weights[3] / found.weights[0] == pytest.approx(np.exp(-2))
    assert found.weights[2] == 0.0
    with pytest.raises(
        ConfigError, match=r"my_numbers.csv: 2 of 4 draws remain effective, and 50 are needed; try --draws"
    ):
        own.check_effective(found, "my_numbers.csv")


def test_errors_are_widened_by_no_more_than_leaves_enough_draws(tmp_path: Path) -> None:
    pattern = make_pattern(tmp_path)
    (name, first), *others = pattern.statistics.items()
    error = find_observed(first)[1]
    simulated = {n: np.zeros(400) for n, _ in others} | {name: error * np.linspace(-20, 20, 400)}
    nothing = dict.fromkeys(pattern.statistics, 0.0)
    found = own.weigh_simulated(pattern, [{}] * 400, simulated, nothing, nothing)
    assert found.effective == pytest.approx(own.LEAST_EFFECTIVE, rel=1e-6)
    assert 1 < found.wider < own.MOST_WIDER
    near = simulated | {name: simulated[name] / 4}
    assert own.weigh_simulated(pattern, [{}] * 400, near, nothing, nothing).wider == 1.0, (
        "enough draws come near as it is"
    )
    far = simulated | {name: simulated[name] * 20}
    refused = own.weigh_simulated(pattern, [{}] * 400, far, nothing, nothing)
    assert (refused.wider, refused.effective < own.LEAST_EFFECTIVE) == (1.0, True), "not even four times as wide"


def test_truths_of_a_made_up_country_are_found_again(tmp_path: Path) -> None:
    inside, effective = count_inside(tmp_path, 8, 100, wider=3.0)
    assert inside >= 0.75
    assert 5 < effective < 95, "the numbers tell something, and not all draws are lost"


def test_a_posterior_of_own_observations_can_be_used(tmp_path: Path) -> None:
    draws = own.draw_in_country("prior", 8, CONTEXT)
    found = own.Weighed(tuple(draws), np.full(8, 1 / 8), 8.0)
    path = tmp_path / "mine.parquet"
    pattern = make_pattern(tmp_path)
    own.save_own(path, found, "prior", pattern, tmp_path / "my_numbers.csv")
    made = posterior.draw_posterior(str(path), 3)
    assert f"{CONTEXT}.office_staff" in made[0]
    drawn = posterior.draw_for(str(path), 2, scenario(f"context={CONTEXT}")).values[0]["office_staff"]
    assert drawn in [pytest.approx(d[f"{CONTEXT}.office_staff"]) for d in draws]


if __name__ == "__main__":  # forty trials, some minutes: python -m tests.evidence.test_own_observations
    with TemporaryDirectory() as folder:
        share, left = count_inside(Path(folder), 40, 2000)
    print(f"{share:.0%} of true values inside their 90 % intervals (wanted: 85 %); {left:.0f} draws effective (median)")
