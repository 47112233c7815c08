"""Each mechanism does something in a run, and would be missed: the same luck with it and without."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, prepare_run, simulate
from asmsim.model.state import HOLDS_PLOT, PLOT_EXHAUSTED
from asmsim.sweeps.replicates import replicate
from tests.circumstances import BUSY

WORLD = ("context=generic", "policy=minimal_law", "model.scale=20", "context.end=2014-12")
MANY = tuple(f"{key}={value}" for key, value in BUSY.items())
PERSONS = ("legalisation.to=individuals", "parameters.office_staff=20", "parameters.taste_base=3")


def means(*typed: str, seeds: int = 4, first: int = -60) -> npt.NDArray[Any]:
    """(outcome,) means over seeds and the last five years."""
    return np.asarray(replicate(scenario(*WORLD, *typed), seeds).values[:, first:].mean((0, 1)))


def one(*typed: str, seed: int = 1) -> Run:
    return simulate(scenario(*WORLD, *typed), seed)


def test_a_shield_fills_the_register_with_files_that_rest() -> None:
    inspected = ("legalisation.to=individuals", "enforcement=policing", "enforcement.policing.inspections=0.05")
    unwanted = ("parameters.taste_base=-2",)
    shielded = means(*inspected, *unwanted, "legalisation.shield=0.9")
    bare = means(*inspected, *unwanted)
    assert shielded[O.in_process_idle] > 10 * max(1.0, bare[O.in_process_idle])
    assert shielded[O.in_process_idle] > 0.5 * shielded[O.in_process]


@pytest.mark.parametrize("to", [PERSONS, MANY], ids=["persons", "groups"])
def test_few_environmental_files_hold_licences_back(to: tuple[str, ...]) -> None:
    free = means(*to)
    few = means(*to, "context.handles.law.environment_files=0.05")
    assert few[O.licences_granted] < 0.5 * free[O.licences_granted]


def test_patient_traders_hold_gold_while_a_cut_is_hoped_for() -> None:
    hoped = scenario("model.scale=20")
    hopeless = scenario("model.scale=20", "market.royalty_and_tax.hoped_for={}")
    months = slice(12 * (2019 - 2005), 12 * (2019 - 2005) + 3)
    with_, without = (replicate(s, 4).of(O.gold_stock)[:, months].mean() for s in (hoped, hopeless))
    assert with_ > 10
    assert without == 0


def test_papers_lapse_in_disuse_and_come_back_with_use() -> None:
    tax = "events=[{from:2006-01,until:2011-01,set:{market.window_taxes:0.2}}]"
    run = replicate(scenario(*WORLD, "context.handles.market.royalty=0", tax), 4).of(O.traders_accredited).mean(0)
    assert run[:12].mean() > 0.6
    assert run[60:72].mean() < 0.5 * run[:12].mean()
    assert run[-12:].mean() > run[60:72].mean()


CENTRES = ("market.buying_centres.number=10", "market.buying_centres.funder=government")


def test_a_centre_or_window_that_asks_for_papers_gets_no_gold_from_those_without() -> None:
    lawless = "legalisation.pace=none"
    assert means(lawless, *CENTRES)[O.gold_to_centre] > 0
    assert means(lawless, *CENTRES, "market.buying_centres.papers=true")[O.gold_to_centre] == 0
    assert means(lawless)[O.gold_to_window] > 0
    assert means(lawless, "context.handles.market.window_needs_licence=1")[O.gold_to_window] == 0


def test_a_centre_that_runs_at_a_loss_is_given_up() -> None:
    kept = means(*CENTRES)[O.gold_to_centre]
    lost = means(*CENTRES, "market.buying_centres.break_even_g_month=1e8")[O.gold_to_centre]
    assert lost < 0.3 * kept


def test_shut_routes_lower_the_price_and_stop_the_centre() -> None:
    shut = "events=[{from:2008-01,set:{world.pandemic_closure:1}}]"
    open_, closed = means(*CENTRES), means(*CENTRES, shut)
    assert closed[O.trader_price] < 0.8 * open_[O.trader_price]
    assert closed[O.gold_to_centre] == 0


def test_after_exit_a_budget_line_carries_on_what_partners_can_do() -> None:
    short = (
        "donor=[programme,local_ownership]",
        "donor.programme.duration_years=4",
        "donor.local_ownership.own_share=0.3",
    )
    visits = ("rights=[rights_information]", "rights.rights_information.reach=1")
    gone = means(*short, *visits)[O.visits]
    kept = means(*short, *visits, "market=[fiscal_planning]", "market.fiscal_planning.budget_line=1")[O.visits]
    assert gone == 0
    assert kept > 0


@pytest.mark.parametrize("event", ["law.deadline_extended:1", "law.new_land:0"])
def test_broken_promises_cost_the_rules_credibility(event: str) -> None:
    run = one(f"events=[{{from:2008-01,until:2008-02,set:{{{event}}}}}]")
    before, after = run.out[95, O.credibility], run.out[96, O.credibility]
    assert after < 0.9 * before
    assert run.out[-1, O.credibility] > after


def test_disclosed_sites_lose_people_and_others_gain_quiet() -> None:
    raids = ("enforcement=policing", "enforcement.policing.raids=0.3", "context.sites_per_district=6")
    shown = "events=[{from:2006-01,set:{enforcement.disclosure:0.5}}]"
    same = "events=[{from:2006-01,set:{enforcement.disclosure:0.5,parameters.disclosed_weight:1,parameters.search_share:0}}]"
    a, b = means(*raids, shown, seeds=8), means(*raids, same, seeds=8)
    assert a[O.miners_disclosed] < b[O.miners_disclosed]
    assert a[O.miners_undisclosed] > b[O.miners_undisclosed]


def test_cleared_bands_go_elsewhere_or_out_of_mining() -> None:
    dense = ("context.districts={number: 30, provinces: 6, span_km: 150}",)
    raided, quiet = (means(*dense, "enforcement=policing", f"enforcement.policing.raids={r}") for r in (0.5, 0))
    assert raided[O.displaced] > 2 * quiet[O.displaced]
    assert raided[O.left] > quiet[O.left] * raided[O.miners] / quiet[O.miners]


@pytest.mark.parametrize("to", [PERSONS, MANY], ids=["persons", "groups"])
def test_where_renewal_is_barred_every_licence_is_gone_within_two_years(to: tuple[str, ...]) -> None:
    run = replicate(scenario(*WORLD, *to, "events=[{from:2010-01,set:{law.renewal:0,law.new_land:0}}]"), 4)
    licensed = run.of(O.paper_licences).mean(0)
    assert licensed[59] > 100
    assert licensed[59 + 24] < 0.05 * licensed[59]


def test_a_licence_between_plots_does_not_last_if_the_law_turns_to_persons() -> None:
    turned = one(*MANY, "events=[{from:2010-01,set:{law.individual_licences:1,law.new_land:0}}]")
    assert turned.out[119, O.between_plots] + turned.out[119, O.licensed] > 0
    assert turned.out[-1, O.between_plots] == 0


def test_insurance_is_paid_out_and_is_somebodys_cost() -> None:
    insured = (
        "market=[economic_resilience]",
        "market.economic_resilience={insurance: 1, savings: 0, funder: government}",
    )
    with_ = means(*PERSONS, *insured, "market.economic_resilience.second_income=0")
    without = means(*PERSONS)
    assert with_[O.cost_government] > without[O.cost_government] + 1


def test_one_engaged_district_engages_the_nation_by_its_share() -> None:
    def will(district: str) -> float:
        place = f",district:['{district}']" if district else ""
        return float(means(f"events=[{{from:2005-01,set:{{state.engagement:1}}{place}}}]")[O.will])

    nobody = float(means()[O.will])
    world = scenario(*WORLD).world
    small, large = np.argmin(world.miners), np.argmax(world.miners)
    assert nobody < will(world.names[small]) < will(world.names[large]) < will("")


def test_a_law_that_was_suspended_can_resume() -> None:
    keys = ("context=generic", "policy=five_ingredients", "model.law=endogenous", "model.scale=50")
    turns = np.zeros(2, int)
    for seed in range(10):
        state = np.diff(simulate(scenario(*keys, "parameters.law_suspend=0.05"), seed).out[:, O.law_suspended])
        turns += [(state > 0).sum(), (state < 0).sum()]
    assert turns[0] > 0
    assert turns[1] > 0


def test_imitators_follow_once_enough_have_gone_before() -> None:
    rule = ("model.status_rule=threshold", *PERSONS, "parameters.imitation_scale=0.1")
    alone = means(*rule, "rights=none")[O.licensed_share]
    visited = means(*rule, "rights=[rights_information]", "rights.rights_information={reach: 2, funder: government}")
    assert visited[O.licensed_share] > alone
    assert visited[O.licensed_share] > 0.03


@pytest.mark.parametrize(
    "world", [("model.scale=20",), ("context=generic", "policy=five_ingredients", "model.scale=20")]
)
@pytest.mark.parametrize("upkeep", [0.2, 1.0])
def test_more_mercury_free_plants_never_mean_more_mercury(world: tuple[str, ...], upkeep: float) -> None:
    keys = ("market.processing_centres.funder=government", f"market.processing_centres.upkeep={upkeep}")
    used = [
        replicate(scenario(*world, *keys, f"market.processing_centres.number={n}"), 6).of(O.mercury_per_gold)
        for n in (0, 4, 20)
    ]
    for months in (slice(120, 144), slice(-24, None)):
        none, few, many = (u[:, months].mean() for u in used)
        assert few <= none * 1.02
        assert many <= few * 1.02


def test_a_group_pays_one_fee_however_many_join_later() -> None:
    fee, plots, fees, joined = 60.0, 0, 0.0, 0.0
    alone = (f"legalisation.fee_usd={fee}", "legalisation.recurring_usd_month=0")
    run = prepare_run(scenario(*WORLD, *MANY, *alone), 1)
    had = np.zeros(len(run.state.bands), bool)  # a plot: those who go from one to the next pay nothing
    for t in range(run.scenario.context.months - 1):
        run.advance(t, t + 1)
        fees += run.scratch.tallies.fees.sum()
        joined += run.scratch.tallies.granted.sum()
        status = np.asarray(run.state.bands.status)
        plots += int(((status == HOLDS_PLOT) & ~had).sum())
        had = (status == HOLDS_PLOT) | (status == PLOT_EXHAUSTED)
    assert joined > 6 * plots > 30, "many join a group that has its plot"
    assert 0.9 * plots < fees / fee < plots + 1e-6


def test_crews_that_a_sample_leaves_out_add_up_to_what_the_sample_stands_for() -> None:
    run = prepare_run(scenario("model.scale=40"), 1)
    emptied = 0
    for t in range(120):
        run.advance(t, t + 1)
        if t == 0:
            continue  # drawn, not yet scaled
        for place in run.state.places:
            sites = run.state.sites[place.first_site : place.first_site + place.sites]
            assert sites.others.sum() == pytest.approx(39.0 * sites.crews.sum(), rel=1e-9)
            emptied += sites.crews.sum() == 0
    assert emptied > 0, "a district's sample is empty at times, and fills again"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_is_not_on_the_contract_of_the_crew_would_have_to_find_another(seed: int) -> None:
    """The more that costs, the more of a crew sign (M1); persons who are licensed one by one have no crew to lose."""

    def signed(stake: float, *typed: str) -> float:
        run = prepare_run(scenario(*typed, f"parameters.crew_stake={stake}"), seed)
        run.advance(0, 12 * 18 + 9)
        bands = run.state.bands
        held = np.asarray((bands.status == HOLDS_PLOT) & (bands.months > 1))
        assert held.sum() > 5
        return float(bands.signed[held].sum() / bands.members[held].sum())

    assert signed(0) + 0.02 < signed(2) < signed(8)
    alone, crew = (one(*PERSONS, f"parameters.crew_stake={stake}", seed=seed).out for stake in (0, 8))
    assert (alone == crew).all()


def test_pilots_form_groups_before_any_law_but_hold_nothing() -> None:
    lawless = (*MANY, "legalisation.pace=none")
    pilots, none = means(*lawless), means(*lawless, "parameters.form_without_law=0")
    assert pilots[O.enterprises] > 10
    assert none[O.enterprises] == 0
    assert pilots[O.enterprises_licensed] == 0


def test_the_same_staff_clear_more_sites_where_they_need_not_search() -> None:
    raids = ("enforcement=policing", "enforcement.policing.raids=0.1", "context.sites_per_district=6")
    shown = "events=[{from:2006-01,set:{enforcement.disclosure:0.5}}]"
    sought, told = (means(*raids, shown, f"parameters.search_share={s}", seeds=8) for s in (0.0, 0.8))
    assert told[O.raids] > 1.2 * sought[O.raids]


def test_a_count_of_sites_does_not_find_a_lone_digger() -> None:
    world = ("model.scale=1", "enforcement=policing", "enforcement.policing.raids=0.2")
    anybody, camps = (means(*world, f"parameters.site_least={n}", seeds=2) for n in (1, 40))
    assert 0 < camps[O.reactivated_share] < 0.9 * anybody[O.reactivated_share]
    assert camps[O.miners] == anybody[O.miners]
