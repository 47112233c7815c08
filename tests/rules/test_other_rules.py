"""What buyers, offices, donors, groups and opinion guarantee (run with the compiler off)."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asmsim.model import parameters
from asmsim.model.agents import buyer, donor, enterprise, official
from asmsim.model.environment import law, opinion, sites
from asmsim.model.handles import LAST, MAX, PRODUCT, SUM
from tests.rules.rows import here

P = parameters.make_records([{}], 10.0)[0]
unit = st.floats(0, 1)


@given(st.floats(1, 100), st.floats(1, 100))
def test_windfall_tax_falls_only_on_the_price_above_its_threshold(price: float, threshold: float) -> None:
    share = buyer.windfall_share(price, threshold, 0.68)
    assert share == (0 if price <= threshold else pytest.approx(0.68 * (1 - threshold / price)))


@given(st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_tax_lowers_what_the_window_pays(low: float, more: float) -> None:
    net = buyer.official_net(low, 0.01, 0.005, 2, 1, 1, P)
    assert buyer.official_net(low + more, 0.01, 0.005, 2, 1, 1, P) <= net


@given(unit)
def test_practice_makes_smuggling_cheaper_and_is_forgotten(skill: float) -> None:
    assert buyer.smuggling_net(0.08, skill, here(), P) >= buyer.smuggling_net(0.08, 0, here(), P)
    assert buyer.smuggling_skill_after(skill, 1.0, P) >= skill >= buyer.smuggling_skill_after(skill, 0.0, P)


@given(st.floats(0.01, 1), unit)
def test_the_same_tax_drives_traders_out_faster_than_its_repeal_brings_them_back(way: float, credible: float) -> None:
    left = 1.0 - buyer.window_share_after(1.0, 1.0 - way, 0.0, credible, P)
    back = buyer.window_share_after(0.0, way, 0.0, credible, P)
    assert left > back
    assert back <= buyer.window_share_after(0.0, way, 1.0, credible, P) <= way


@given(st.floats(-30, 30), st.floats(0.1, 5))
def test_the_split_of_a_trader_follows_the_advantage_smoothly(advantage: float, more: float) -> None:
    less, larger = buyer.window_goal(advantage, 1.0, P), buyer.window_goal(advantage + more, 1.0, P)
    assert less <= larger <= less + 0.25 * P.exit_slope_pp * more + 1e-12, "no cliff: a logistic is nowhere steeper"


@given(st.floats(0, 20), st.floats(1, 3))
def test_rivals_lower_a_traders_margin(hours: float, rivals: float) -> None:
    assert buyer.trader_margin(hours, rivals + 1, P) <= buyer.trader_margin(hours, rivals, P)


@given(st.floats(0.1, 10), st.floats(0, 1000), unit, unit, st.floats(0, 100))
def test_an_overload_never_speeds_an_office_up(staff: float, e: float, effort: float, m: float, load: float) -> None:
    eased = official.signoffs_a_month(staff, e, effort, m, load, P)
    assert official.signoffs_a_month(staff, e, effort, m, load + 5, P) <= eased + 1e-12


@given(st.floats(0, 1000), unit)
def test_job_descriptions_keep_experience_through_turnover(experience: float, jobs: float) -> None:
    kept = official.experience_after_turnover(experience, 1.0, jobs, P)
    assert official.experience_after_turnover(experience, 1.0, 0.0, P) <= kept <= experience
    assert official.experience_after_turnover(experience, 1.0, 1.0, P) == pytest.approx(experience)


@given(unit, unit, unit)
def test_without_coordination_the_least_willing_ministry_decides(low: float, mean: float, c: float) -> None:
    assume(low <= mean)
    assert official.effective_will(low, mean, 0.0) == low
    assert low - 1e-12 <= official.effective_will(low, mean, c) <= mean + 1e-12


@given(unit, unit)
def test_will_moves_the_law_forward_and_holds_off_its_suspension(will: float, stigma: float) -> None:
    assert law.advance_hazard(will + 0.1, 1.0, P) >= law.advance_hazard(will, 1.0, P)
    assert law.suspension_hazard(will + 0.1, 1.0, stigma, P) <= law.suspension_hazard(will, 1.0, stigma, P)
    assert law.advance_hazard(will, 0.0, P) == 0.0


@given(unit, unit, unit)
def test_too_large_an_own_share_too_early_leaves_work_undone(project: float, local: float, own: float) -> None:
    assume(local <= project)
    assert (
        donor.share_carried(project, local, own, 0.0, True)
        <= donor.share_carried(project, local, 0.0, 0.0, True) + 1e-12
    )
    assert donor.share_carried(project, local, own, 0.0, False) == 0.0


@given(unit, st.floats(0, 6))
def test_what_is_learned_stays_between_nothing_and_all(learned: float, cycles: float) -> None:
    assert 0 <= donor.learned_after(learned, True, cycles, P) <= 1 + 1e-9 or cycles * P.cycle_gain / 12 > 1


@given(st.sampled_from([LAST, SUM, MAX, PRODUCT]), st.floats(0, 5), st.floats(0, 5))
def test_an_undelivered_lever_moves_nothing(how: int, have: float, want: float) -> None:
    assert donor.combine(how, 0.0, have, want, 0.0) == have


@given(st.floats(1, 60), unit, unit, unit)
def test_cohesion_falls_with_size(members: float, support: float, success: float, start: float) -> None:
    here = enterprise.cohesion_after(start, members, support, success, 0.5, P)
    assert enterprise.cohesion_after(start, members + 10, support, success, 0.5, P) <= here
    assert 0 <= here <= 1


@given(unit)
def test_a_plot_lasts_one_to_two_years(u: float) -> None:
    assert 12 <= enterprise.plot_life_months(u, P) <= 24


@given(st.floats(0, 1), st.floats(0, 40))
def test_a_plant_that_is_broken_or_far_is_not_worth_it(condition: float, hours: float) -> None:
    near = enterprise.mercury_free_gain(True, 0, 1.0, 0, 0.5, 0, 0.05, P)
    assert enterprise.mercury_free_gain(True, 0, condition, hours, 0.5, 0, 0.05, P) <= near
    assert enterprise.mercury_free_gain(False, 0, 0, 0, 0.5, 0, 0, P) == -P.gravity_loss


@given(st.floats(0.01, 1), st.floats(0.05, 1), st.floats(1, 5000))
def test_a_worked_or_crowded_site_yields_less(ore: float, grade: float, crew: float) -> None:
    assert sites.richness(grade, ore * 0.9, crew, P) <= sites.richness(grade, ore, crew, P)
    assert sites.richness(grade, ore, crew + 100, P) <= sites.richness(grade, ore, crew, P)


@given(st.floats(0, 50), st.floats(0.01, 5), st.floats(0.01, 5))
def test_disclosing_a_site_takes_attention_from_the_others(force: float, a: float, b: float) -> None:
    before = sites.raid_hazard(force, b, a + b)
    assert P.disclosed_weight * (1 - P.search_share) > 1
    shown = a * P.disclosed_weight * (1 - P.search_share)
    assert sites.raid_hazard(force, b, shown + b) <= before


@given(unit, unit, unit)
def test_an_opinion_too_far_away_is_not_heard(own: float, other: float, openness: float) -> None:
    assert opinion.listens(own, other, openness) == (abs(own - other) <= openness)
    assert opinion.stigma_pressure(own, 0, 0, P) >= opinion.stigma_pressure(own, other, openness, P)


@given(st.integers(0, 50), st.floats(0, 500))
def test_at_one_to_one_a_queue_is_its_count(files: int, usual: float) -> None:
    whole = parameters.make_records([{}], 1.0)[0]
    left_out = official.unsampled(files, usual, whole)
    assert left_out == 0
    assert official.rivals(files, left_out, whole) == max(1, files)


@pytest.mark.parametrize("usual", [2.0, 9.0, 40.0])
def test_work_shared_out_to_a_sample_is_work_done(usual: float) -> None:
    # districts of a mean queue; one file in ten is sampled; capacity 1 is shared out among them
    rng = np.random.default_rng(3)
    queues = rng.poisson(usual, 40_000)
    sampled = rng.binomial(queues, 0.1)
    done = 0.0
    for f in sampled[sampled > 0]:
        done += 10 * f / official.rivals(float(f), official.unsampled(float(f), usual, P), P)
    assert done / (queues > 0).sum() == pytest.approx(1.0, abs=0.12)
