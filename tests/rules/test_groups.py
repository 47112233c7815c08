"""Groups against numbers worked out by hand: forming, filing, plots, methods, certificates (M2, M4, M5, M16, M17)."""

from typing import Any

import pytest

from asmsim.model.agents import by_hand, enterprise, official
from asmsim.model.agents import miner as steps
from asmsim.model.agents.miner_rules import logistic
from asmsim.model.agents.purposes import BAND, MINER, STREAM
from asmsim.model.state import (
    FILED,
    HOLDERS,
    HOLDS_PLOT,
    LICENSED,
    MINERS,
    NATION,
    NO_FILE,
    OFFICES,
    PLACES,
    PLOT_EXHAUSTED,
    UNREGISTERED,
    WAITS_FOR_LAND,
)
from asmsim.model.tallies import FLOWS
from tests.rules.rows import Draws, band, handles, here, miner, params, row, tally
from tests.rules.worlds import World, world

P = params(
    scale=10, form_hazard=0.002, form_help=0.0024, form_facilitators=1.0, form_federation=0.5, form_peers=2.0, crew_slots=24,
    legal_minimum=5, free_riding=0.2, cohesion_start=0.7, cohesion_base=0.45, cohesion_support=0.3, cohesion_success=0.25,
    cohesion_rate=0.05, cohesion_noise=0.1, dissolve_hazard=0.02, federation_batch=0.3, plot_life_low=12, plot_life_high=24,
    plot_again=0.85, plot_ha=1.7, restored_alone=0.9, between_months=6, women_lead=0.2, lead_effect=0.6, women_share=0.3,
    form_without_law=0.5, habit_months=12, plots_per_office=18, attitude_reference=0.5, plots_in_store=2, sample_alike=6,
    plant_gain=0.2, haul_cost=0.01, queue_cost=0.08, gravity_loss=0.05, norm_weight=0.15, norm_reference=0.5, ban_weight=0.1,
    method_slope=20, review_hazard=0.08, certification_cost=2500, certification_years=4, certified_loss=0.01, capture_chance=0.2,
)  # fmt: skip
CLOSE = 1e-9


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    return Draws(monkeypatch, enterprise)


@pytest.mark.parametrize(
    ("facilitators", "federation", "peers", "hazard"),
    [
        (0.0, 0.0, 0.0, 0.002),
        (0.5, 0.0, 0.0, 0.002 + 0.0024 * 0.5),
        (3.0, 0.2, 0.25, (0.002 + 0.0024 * (1.0 + 0.5 * 0.2)) * (1 + 2 * 0.25)),
        (3.0, 0.2, 400.0, 0.5),
    ],
)
def test_formation(facilitators: float, federation: float, peers: float, hazard: float) -> None:
    assert enterprise.formation_hazard(facilitators, federation, peers, P) == pytest.approx(hazard)


@pytest.mark.parametrize(
    ("members", "support", "success", "noise", "after"),
    [
        (5, 0.0, 0.0, 0.5, 0.6 + 0.05 * (0.45 - 0.6)),
        (3, 0.0, 0.0, 0.5, 0.6 + 0.05 * (0.45 - 0.6)),  # a group below the minimum rides free no less than one of five
        (17, 0.5, 1.0, 0.9, 0.6 + 0.05 * (0.45 + 0.3 * 0.5 + 0.25 - 0.2 * 12 / 24 - 0.6) + 0.1 * 0.4),
        (5, 1.0, 1.0, 0.5, 0.6 + 0.05 * (1.0 - 0.6)),  # 0.45 + 0.3 + 0.25 is as much as there is
        (5, 9.0, 1.0, 0.5, 0.6 + 0.05 * (1.0 - 0.6)),
    ],
)
def test_cohesion(members: float, support: float, success: float, noise: float, after: float) -> None:
    assert enterprise.cohesion_after(0.6, members, support, success, noise, P) == pytest.approx(after)


def test_cohesion_stays_between_none_and_full() -> None:
    assert enterprise.cohesion_after(0.99, 5, 1.0, 1.0, 1.0, P) == 1.0
    assert enterprise.cohesion_after(0.01, 500, 0.0, 0.0, 0.0, P) == 0.0


def test_a_plot_lasts_twelve_months_and_up_to_twelve_more() -> None:
    assert enterprise.plot_life_months(0.25, P) == pytest.approx(12 + 0.25 * 12)


@pytest.mark.parametrize(("u", "forms"), [(0.0099, True), (0.0101, False)])
@pytest.mark.parametrize(("v", "federated"), [(0.39, 1), (0.41, 0)])
@pytest.mark.parametrize(("w", "led"), [(0.59, 1), (0.61, 0)])
def test_organising(draws: Draws, u: float, forms: bool, v: float, federated: int, w: float, led: int) -> None:
    # women lead with (0.2 + 0.8 x 0.6 x 0.5) x 0.409.. / 0.3 = 0.44 x women's share over the usual one
    share = 0.6 / (0.2 + 0.8 * 0.6 * 0.5) * 0.3
    draws.set({BAND.form: u, BAND.join: v, BAND.lead: w, BAND.capture: 0.2 + (CLOSE if led else -CLOSE)})
    one = band(status=HOLDS_PLOT, months=7, stage=3, steps=2.0, years_licensed=1.0, cohesion=0.1)
    enterprise.organise(one, 0, 0.01, share, here(federation=0.4, women_leadership=0.5), P)
    assert (one.organised, one.founded) == (forms, forms)
    if forms:
        assert (one.status, one.months, one.stage, one.steps, one.years_licensed, one.cohesion) == (
            NO_FILE,
            0,
            0,
            0,
            0,
            0.7,
        )
        assert (one.federated, one.women_led, one.captured) == (federated, led, 1 - led)


def test_dissolving_leaves_a_band_with_nothing_of_the_group() -> None:
    gone = (
        "organised",
        "founded",
        "status",
        "months",
        "stage",
        "another_plot",
        "federated",
        "women_led",
        "captured",
        "certified",
        "equipped",
        "plot_ha",
        "ore_months",
    )
    one = band(**dict.fromkeys(gone, 3), members=7, mercury=1)
    enterprise.dissolve(one)
    assert [one[name] for name in gone] == [0] * len(gone)
    assert (one.members, one.mercury) == (7, 1)


OFFICE = row(OFFICES, served=0.4, file_rivals=5.0, allotted=0.3, capital=1.0)


def count_files(flows: Any) -> list[float]:
    """Files filed, ended with a plot, withdrawn."""
    return [flows.filed, flows.allotted, flows.withdrawn]


def advance_group(one: Any, terms: Any = None, *, gate: bool = True, damage: float = 100.0) -> tuple[list[float], Any]:
    """Files filed, ended with a plot and withdrawn, and the district, after a month of one group."""
    flows, place = row(FLOWS), row(PLACES, damage_ha=damage)
    terms = here(in_force=1.0, signoffs=6.0, environment_files=2.5) if terms is None else terms
    enterprise.advance_file(one, OFFICE, place, 0, gate, 0.5, flows, terms, P)
    return count_files(flows), place


@pytest.mark.parametrize(("signed", "gate", "files"), [(5, True, True), (4, True, False), (9, False, False)])
def test_a_group_files_once_five_have_signed_and_the_gate_is_open(signed: int, gate: bool, files: bool) -> None:
    one = band(status=NO_FILE, months=3, stage=2, signed=signed)
    counted, _ = advance_group(one, gate=gate)
    assert (one.status, one.months, one.stage) == ((FILED, 0, 0) if files else (NO_FILE, 4, 2))
    assert counted == [1.0 if files else 0.0, 0.0, 0.0]


@pytest.mark.parametrize("standing", [FILED, WAITS_FOR_LAND])
@pytest.mark.parametrize(("signed", "withdrawn"), [(2, True), (3, False)])
def test_a_file_is_withdrawn_below_three_signatures(draws: Draws, standing: int, signed: int, withdrawn: bool) -> None:
    draws.set({BAND.sign: 0.99, BAND.allot: 0.99})
    one = band(status=standing, signed=signed)
    counted, _ = advance_group(one)
    assert one.status == (NO_FILE if withdrawn else standing)
    assert counted == [0.0, 0.0, 1.0 if withdrawn else 0.0]


@pytest.mark.parametrize(
    ("stage", "federated", "chance"),
    [
        (0, 0, 0.4),
        (4, 0, 0.4),
        (5, 0, 0.4 * 2.5 / 5),
        (0, 1, 0.4 * (1 + 0.3 * 0.5)),
        (5, 1, 0.4 * 0.5 * (1 + 0.3 * 0.5)),
    ],
)
def test_a_filed_group_gains_a_signoff_with_the_chance_of_the_office(
    draws: Draws, stage: int, federated: int, chance: float
) -> None:
    # the last of six is that on the environmental file, of which 2.5 are approved for five that wait
    for u, signed in ((chance - CLOSE, 1), (chance + CLOSE, 0)):
        draws.set({BAND.sign: u})
        one = band(status=FILED, signed=6, stage=stage, federated=federated, months=4)
        advance_group(one)
        assert one.stage == stage + signed
        done = stage + signed == 6
        assert (one.status, one.months) == ((WAITS_FOR_LAND, 0) if done else (FILED, 5))
    one = band(status=FILED, signed=6, stage=stage)
    draws.set({BAND.sign: 0.0})
    advance_group(one, gate=False)
    assert one.stage == stage, "behind a shut gate nothing is signed"


@pytest.mark.parametrize(("u", "gate", "gets"), [(0.299, True, True), (0.301, True, False), (0.0, False, False)])
def test_a_group_that_waits_gets_a_plot_with_the_chance_that_there_is_one(
    draws: Draws, u: float, gate: bool, gets: bool
) -> None:
    draws.set({BAND.allot: u, BAND.plot_life: 0.5})
    one = band(status=WAITS_FOR_LAND, signed=6, stage=6)
    counted, _ = advance_group(one, gate=gate)
    assert one.status == (HOLDS_PLOT if gets else WAITS_FOR_LAND)
    assert (one.ore_months, one.plot_ha) == ((18.0, 1.7) if gets else (0.0, 0.0))
    assert counted == [0.0, 1.0 if gets else 0.0, 0.0]


@pytest.mark.parametrize(("u", "again"), [(0.85 * 0.95 - CLOSE, 1), (0.85 * 0.95 + CLOSE, 0)])
def test_a_plot_that_is_worked_out_is_handed_back(draws: Draws, u: float, again: int) -> None:
    # restored: 0.9 by contract and half of the rest with support = 0.95; 1.7 ha each of ten groups it stands for
    draws.set({BAND.again: u})
    one = band(status=HOLDS_PLOT, stage=6, months=13, ore_months=1.0, plot_ha=1.7, years_licensed=1.0)
    terms = here(in_force=1.0, rehabilitation=0.5)
    _, place = advance_group(one, terms)
    assert (one.status, one.another_plot, one.stage, one.months, one.plot_ha) == (PLOT_EXHAUSTED, again, 0, 0, 0.0)
    assert place.rehabilitated_ha == pytest.approx(10 * 1.7 * 0.95)
    assert place.damage_ha == pytest.approx(100 - 10 * 1.7 * 0.95)
    assert one.years_licensed == pytest.approx(1 + 1 / 12)


def test_no_more_is_restored_than_was_damaged(draws: Draws) -> None:
    draws.set({BAND.again: 0.0})
    _, place = advance_group(band(status=HOLDS_PLOT, ore_months=0.5, plot_ha=1.7), damage=2.0)
    assert (place.rehabilitated_ha, place.damage_ha) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("months", "ore", "renewal", "ends"),
    [(11, 9.0, 0.0, True), (11, 9.0, 1.0, False), (10, 9.0, 0.0, False), (5, 1.0, 0.0, True), (23, 9.0, 0.0, True)],
)
def test_where_renewal_is_barred_a_contract_ends_at_its_anniversary(
    draws: Draws, months: int, ore: float, renewal: float, ends: bool
) -> None:
    draws.set({BAND.again: 0.0})
    one = band(status=HOLDS_PLOT, months=months, ore_months=ore)
    advance_group(one, here(in_force=1.0, renewal=renewal))
    assert (one.status == PLOT_EXHAUSTED) == ends
    if ends:  # whichever month the plot ended in: the right to another lapses with the time between plots
        assert one.another_plot == 1
    else:
        assert one.ore_months == ore - 1


@pytest.mark.parametrize(
    ("another", "gate", "u", "months", "after"),
    [
        (1, True, 0.29, 2, HOLDS_PLOT),
        (1, True, 0.31, 2, PLOT_EXHAUSTED),
        (0, True, 0.0, 2, PLOT_EXHAUSTED),
        (1, False, 0.0, 2, PLOT_EXHAUSTED),
        (0, True, 0.0, 5, PLOT_EXHAUSTED),
        (0, True, 0.0, 6, NO_FILE),
    ],
)
def test_between_plots(draws: Draws, another: int, gate: bool, u: float, months: int, after: int) -> None:
    draws.set({BAND.allot: u, BAND.plot_life: 0.0})
    one = band(status=PLOT_EXHAUSTED, another_plot=another, stage=1 - another, months=months)
    advance_group(one, gate=gate)
    assert one.status == after
    assert one.months == (months + 1 if after == PLOT_EXHAUSTED else 0)
    assert one.another_plot == (0 if after == HOLDS_PLOT else another)


# --- land -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("in_force", "temporary", "attitude", "may", "goodwill"),
    [(1.0, 0.2, 0.4, 1.0, 0.8), (0.0, 0.2, 0.4, 0.2, 0.8), (1.0, 0.0, 1.0, 1.0, 2.0), (1.0, 0.0, 3.0, 1.0, 2.0)],
)
def test_plots_a_month(
    monkeypatch: pytest.MonkeyPatch, in_force: float, temporary: float, attitude: float, may: float, goodwill: float
) -> None:
    w = world(offices={"attitude": attitude, "quality": 0.9, "land_rivals": 5.0, "land_queue": 3.0, "plots": 0.5},
              holders={"land_share": 0.6, "consent": 0.25})  # fmt: skip
    terms = here(in_force=in_force, temporary_contracts=temporary, plots=1.5, province_agrees=0.5, declared=0.7)
    # 18 plots a year over 12 months, with support and goodwill; less where companies do not consent or the province refuses
    reckoned = 18 / 12 * 1.5 * goodwill
    rate = reckoned * (1 - 0.6 * 0.75) * may * 0.5 * 0.7 * 0.9
    office = w.st.offices[0]
    assert official.plots_a_month(office, terms, P) == pytest.approx(reckoned)
    official.office_land(w.st, 0, terms, P)
    assert office.allotted == pytest.approx(min(1, (0.5 + rate) / 5))
    assert office.plots == pytest.approx(max(0, 0.5 + rate - 3.0))


@pytest.mark.parametrize(
    ("before", "rate", "kept"), [(30.0, 1.0, 12.0), (30.0, 0.0, 2.0), (1.9, 0.05, 1.95), (1.99, 0.05, 2.0)]
)
def test_plots_are_kept_up_to_a_years_worth(before: float, rate: float, kept: float) -> None:
    w = world(offices={"attitude": 0.5, "quality": 1.0, "land_rivals": 1.0, "plots": before})
    terms = here(in_force=1.0, plots=rate * 12 / 18)
    official.office_land(w.st, 0, terms, P)
    assert w.st.offices[0].plots == pytest.approx(kept)
    assert w.st.offices[0].allotted == 1.0


def test_no_new_land_means_no_plots() -> None:
    w = world(offices={"attitude": 0.5, "quality": 1.0, "land_rivals": 1.0})
    official.office_land(w.st, 0, here(in_force=1.0, new_land=0.0), P)
    assert w.st.offices[0].allotted == 0.0


# --- mercury ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("milled", "gain"),
    [
        # others 0.15 x (0.7 - 0.5), the ban 0.1 x 0.6; the plant gains 1.2 x 0.92 - 1 at 0.8 of its condition,
        # two hours' haul at 1 % and half a queue at 8 %
        (True, 0.15 * 0.2 + 0.1 * 0.6 + (1.2 * 0.92 - 1) * 0.8 - 0.01 * 2 - 0.08 * 0.5),
        (False, 0.15 * 0.2 + 0.1 * 0.6 - 0.05),
    ],
)
def test_worth_of_working_without_mercury(milled: bool, gain: float) -> None:
    assert enterprise.mercury_free_gain(milled, 0.5, 0.8, 2.0, 0.7, 0.6, 0.08, P) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("brought", "capacity", "plant", "queue"),
    [(30.0, 250.0, 0.8, 0.5), (10.0, 250.0, 0.8, 0.0), (300.0, 250.0, 0.8, 3.0), (0.2, 0.0, 0.8, 1.0)],
)
def test_queue_at_the_plant_is_of_the_whole_population(
    brought: float, capacity: float, plant: float, queue: float
) -> None:
    # ten times the sample's gold against capacity x condition (at least 1 g)
    s = tally()
    s.plant_gold = brought
    assert enterprise.plant_queue(s, here(plant_capacity=capacity), row(PLACES, plant=plant), P) == pytest.approx(queue)


@pytest.mark.parametrize(("mercury", "free"), [(1, 3.0), (0, 2.0)])
def test_norm_is_the_share_of_the_other_bands(mercury: int, free: float) -> None:
    whole = params(scale=1)
    place, nation = row(PLACES, crews=5.0, mercury_free=3.0, hard_rock=0.5), row(NATION, amalgamates=0.6)
    assert enterprise.others_without_mercury(band(mercury=mercury), place, nation, whole) == pytest.approx(free / 4)
    # at 1:10 the 45 bands left out are taken as 6 of the usual kind (1 - 0.5 x 0.6 free) and the four others
    likely = (6 * 0.7 + free) / (6 + 4)
    assert enterprise.others_without_mercury(band(mercury=mercury), place, nation, P) == pytest.approx(
        (free + 45 * likely) / (4 + 45)
    )


def test_norm_of_a_lone_band() -> None:
    place, nation = row(PLACES, crews=1.0, mercury_free=1.0), row(NATION)
    assert enterprise.others_without_mercury(band(mercury=0), place, nation, params(scale=1)) == 0.0


PLANT = row(PLACES, plant=0.8, crews=5.0, mercury_free=3.0)
ROCK = row(NATION, amalgamates=0.6)


@pytest.mark.parametrize("milled", [True, False])
@pytest.mark.parametrize("free", [True, False])
def test_a_hard_rock_band_chooses_the_better_way_or_amalgamates(draws: Draws, milled: bool, free: bool) -> None:
    whole = params(scale=1, review_hazard=0.08, plant_gain=0.2, haul_cost=0.01, queue_cost=0.08, gravity_loss=0.05, norm_weight=0.15,
                   norm_reference=0.5, ban_weight=0.1, method_slope=20)  # fmt: skip
    hours = 1.0 if milled else 20.0
    social = 0.15 * (3 / 4 - 0.5) + 0.1 * 0.6
    gain = social + ((1.2 * 0.92 - 1) * 0.8 - 0.01 * 1.0 - 0.08 * 0.1 if milled else -0.05)
    chance = logistic(20 * gain)
    draws.set({BAND.method: 0.079, BAND.method_choice: chance - CLOSE if free else chance + CLOSE})
    one = band(hard_rock=1, mercury=1, mills=1 - milled)
    enterprise.choose_method(one, PLANT, ROCK, 0, 0.1, here(plant_hours=hours, plant_fee=0.08, mercury_ban=0.6), whole)
    assert (one.mills, one.mercury) == (milled, 0 if free else 1)


@pytest.mark.parametrize(
    ("rock", "certified", "u"), [(0, 0, 0.0), (1, 1, 0.0), (1, 0, 0.081)], ids=["placer", "certified", "no review"]
)
def test_who_does_not_review_the_method(draws: Draws, rock: int, certified: int, u: float) -> None:
    draws.set({BAND.method: u, BAND.method_choice: 0.0})
    one = band(hard_rock=rock, certified=certified, mercury=1, mills=1)
    enterprise.choose_method(one, PLANT, ROCK, 0, 0.1, here(), P)
    assert (one.mercury, one.mills) == (1, 1)


def test_without_a_plant_there_is_nowhere_to_mill(draws: Draws) -> None:
    draws.set({BAND.method: 0.0, BAND.method_choice: 0.0})
    one = band(hard_rock=1, mercury=1, mills=1)
    enterprise.choose_method(one, row(PLACES, plant=0.0), ROCK, 0, -9.0, here(), P)
    assert (one.mills, one.mercury) == (0, 0)


# --- certification ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "mercury", "helped", "premium", "steps", "room", "after", "certified"),
    [
        (HOLDS_PLOT, 0, True, 5000.0, 1.0, True, 1 + 1 / 12, 0),
        (PLOT_EXHAUSTED, 0, True, 5000.0, 1.0, True, 1 + 1 / 12, 0),
        (FILED, 0, True, 5000.0, 1.0, True, 1.0, 0),
        (HOLDS_PLOT, 1, True, 5000.0, 1.0, True, 1.0, 0),
        (HOLDS_PLOT, 0, False, 5000.0, 1.0, True, 1.0, 0),
        (HOLDS_PLOT, 0, True, 2500.0, 1.0, True, 1.0, 0),
        (HOLDS_PLOT, 0, True, 5000.0, 47.01 / 12, True, 48.01 / 12, 1),
        (HOLDS_PLOT, 0, True, 5000.0, 46.99 / 12, True, 47.99 / 12, 0),
        (HOLDS_PLOT, 0, True, 5000.0, 47.01 / 12, False, 48.01 / 12, 0),
    ],
)
def test_a_helped_group_prepares_for_four_years(
    status: int, mercury: int, helped: bool, premium: float, steps: float, room: bool, after: float, certified: int
) -> None:
    one = band(status=status, mercury=mercury, steps=steps, cohesion=0.6)
    enterprise.certify(one, 0, helped, room, here(certified_premium=premium), P)
    assert (one.steps, one.certified) == (pytest.approx(after), certified)


@pytest.mark.parametrize(
    ("status", "helped", "premium", "u", "kept"),
    [
        (HOLDS_PLOT, True, 5000.0, 0.0, 1),
        (HOLDS_PLOT, False, 5000.0, 0.0101, 1),
        (HOLDS_PLOT, False, 5000.0, 0.0099, 0),
        (NO_FILE, True, 5000.0, 0.5, 0),
        (HOLDS_PLOT, True, 2500.0, 0.5, 0),
    ],
)
def test_a_certificate_is_lost_with_the_licence_the_premium_or_the_help(
    draws: Draws, status: int, helped: bool, premium: float, u: float, kept: int
) -> None:
    draws.set({BAND.certify: u})
    one = band(status=status, certified=1, steps=4.0)
    enterprise.certify(one, 0, helped, True, here(certified_premium=premium), P)
    assert (one.certified, one.steps) == (kept, 4.0 if kept else 0.0)


# --- the month of all bands -------------------------------------------------------------------
def run_groups(w: World, draws: Draws, values: dict[int, float]) -> list[float]:
    """Files filed, ended with a plot, withdrawn in a month of bands whose draws are given."""
    defaults = {
        BAND.form: 0.99, BAND.join: 0.99, BAND.lead: 0.99, BAND.capture: 0.99, BAND.cohesion: 0.5, BAND.dissolve: 0.99, BAND.sign: 0.99, BAND.allot: 0.99,
        BAND.again: 0.99, BAND.plot_life: 0.5, BAND.helped: 0.99, BAND.certify: 0.99, BAND.equip: 0.99, BAND.method: 0.99,
    }  # fmt: skip
    draws.set(defaults | values)
    enterprise.bands_month(5, 1, w.st, w.sc, [P])
    return count_files(w.sc.flows[0])


LAW_STANDS = {"in_force": 1.0, "signoffs": 6.0}


@pytest.mark.parametrize(
    ("terms", "pace"),
    [(LAW_STANDS, 1.0), ({}, 0.5), ({"new_land": 0.0, "in_force": 1.0}, 0.0)],
    ids=["law", "no law", "suspended"],
)
def test_pace_of_formation_before_and_under_the_law(draws: Draws, terms: dict[str, float], pace: float) -> None:
    # 0.4 of a facilitator, a federation of 0.2, a quarter of the other bands organised
    hazard = (0.002 + 0.0024 * (0.4 + 0.5 * 0.2)) * (1 + 2 * 0.25) * pace
    for u, forms in ((hazard - CLOSE, 1), (hazard + CLOSE, 0)):
        w = world(
            bands=[{"members": 8, "willing": 5}],
            nation={"federation": 0.2},
            places={"formed_share": 0.25},
            here={"facilitators": 0.4} | terms,
        )
        run_groups(w, draws, {BAND.form: max(0.0, u)})
        assert w.st.bands[0].organised == (forms if pace else 0)


@pytest.mark.parametrize(
    ("members", "willing", "persons"),
    [(4, 5, 0.0), (8, 4, 0.0), (8, 8, 1.0)],
    ids=["few", "unwilling", "persons are licensed"],
)
def test_who_forms_no_group(draws: Draws, members: int, willing: int, persons: float) -> None:
    w = world(bands=[{"members": members, "willing": willing}], here=LAW_STANDS | {"individual_licences": persons})
    run_groups(w, draws, {BAND.form: 0.0})
    assert w.st.bands[0].organised == 0


def test_share_formed_is_among_the_other_bands(draws: Draws) -> None:
    w = world(
        bands=[
            {"members": 8},
            {"members": 8, "organised": 1, "founded": 1, "cohesion": 0.9},
            {"members": 8},
            {},
            {"members": 1},
        ],
        here=LAW_STANDS,
    )
    run_groups(w, draws, {})
    place = w.st.places[0]
    assert place.formed_share == pytest.approx(1 / 3), "one of four at work; each sees three others"
    assert (place.crews, place.mercury_free) == (4.0, 4.0)
    assert w.st.bands[1].founded == 0, "founded last month, weighed since"
    alone = world(bands=[{"members": 8, "organised": 1, "cohesion": 0.9}], here=LAW_STANDS)
    run_groups(alone, draws, {})
    assert alone.st.places[0].formed_share == 1.0


def test_women_lead_in_proportion_to_their_share_of_the_districts_miners(draws: Draws) -> None:
    # 12 women of 40: the usual 0.3; leaders 0.2
    for u, led in ((0.2 - CLOSE, 1), (0.2 + CLOSE, 0)):
        w = world(bands=[{"members": 8, "willing": 8}], here=LAW_STANDS, tallies={"women": 12.0, "present": 40.0})
        run_groups(w, draws, {BAND.form: 0.0, BAND.lead: u})
        assert w.st.bands[0].women_led == led


def test_cohesion_of_the_month_and_the_hazard_to_dissolve(draws: Draws) -> None:
    # support 0.3 of a facilitator + 0.5 x 0.4 of federation = 0.5; a plot is a success; 17 members
    cohesion = 0.6 + 0.05 * (0.45 + 0.3 * 0.5 + 0.25 - 0.2 * 12 / 24 - 0.6) + 0.1 * (0.7 - 0.5)
    for u, kept in ((0.02 * (1 - cohesion) + CLOSE, 1), (0.02 * (1 - cohesion) - CLOSE, 0)):
        w = world(
            bands=[{"members": 17, "organised": 1, "status": HOLDS_PLOT, "ore_months": 9, "cohesion": 0.6}],
            here=LAW_STANDS | {"facilitators": 0.3, "federation": 0.5}, nation={"federation": 0.4},
        )  # fmt: skip
        run_groups(w, draws, {BAND.dissolve: u, BAND.cohesion: 0.7})
        one = w.st.bands[0]
        assert (one.organised, one.status) == (kept, HOLDS_PLOT if kept else NO_FILE)
        assert one.cohesion == pytest.approx(cohesion)


@pytest.mark.parametrize(
    ("status", "members", "gone", "withdrawn"),
    [(FILED, 2, 1, 1), (WAITS_FOR_LAND, 2, 1, 1), (HOLDS_PLOT, 2, 1, 0), (FILED, 3, 0, 0)],
)
def test_a_group_of_two_is_none_and_its_file_is_withdrawn(
    draws: Draws, status: int, members: int, gone: int, withdrawn: int
) -> None:
    w = world(
        bands=[{"members": members, "signed": 3, "organised": 1, "status": status, "cohesion": 1.0, "ore_months": 9}],
        here=LAW_STANDS,
    )
    assert run_groups(w, draws, {}) == [0.0, 0.0, withdrawn]
    assert w.st.bands[0].organised == 1 - gone


def test_an_emptied_group_is_still_counted_and_dissolved(draws: Draws) -> None:
    w = world(bands=[{"members": 0, "organised": 1, "status": HOLDS_PLOT}], here=LAW_STANDS)
    run_groups(w, draws, {})
    assert w.st.bands[0].organised == 0


@pytest.mark.parametrize(
    ("joins", "federated", "equips", "equipped"), [(0.04 - CLOSE, 1, 0.1 - CLOSE, 1), (0.04 + CLOSE, 0, 0.1 + CLOSE, 0)]
)
def test_groups_join_the_federation_and_are_equipped(
    draws: Draws, joins: float, federated: int, equips: float, equipped: int
) -> None:
    # support of 0.48 over twelve months; a tenth of the groups with a plot a month
    one = {"members": 9, "organised": 1, "status": HOLDS_PLOT, "ore_months": 9, "cohesion": 0.9}
    w = world(bands=[one, one | {"status": NO_FILE}], here=LAW_STANDS | {"federation": 0.48, "equipment_finance": 0.1})
    run_groups(w, draws, {BAND.join: joins, BAND.equip: equips})
    assert (w.st.bands[0].federated, w.st.bands[0].equipped, w.st.bands[1].equipped) == (federated, equipped, 0)


@pytest.mark.parametrize(("u", "prepared"), [(0.29, 1 / 12), (0.31, 0.0)])
def test_who_is_helped_to_certify_is_drawn_once_for_all_months(draws: Draws, u: float, prepared: float) -> None:
    one = {"members": 5, "organised": 1, "status": HOLDS_PLOT, "ore_months": 9, "cohesion": 0.9}
    w = world(
        bands=[one],
        here=LAW_STANDS
        | {"certification": 0.3, "certified_premium": 5000.0, "certified_demand": 1.0, "facilitators": 2 / 3},
    )
    lasting = enterprise.slot_key(enterprise.month_key(1, STREAM.start_bands, 0), 0)
    draws.keyed = {(lasting, BAND.helped): u}
    run_groups(w, draws, {})
    assert w.st.bands[0].steps == pytest.approx(prepared)
    draws.keyed = {(lasting, BAND.helped): u}
    certified = world(bands=[one | {"certified": 1, "steps": 4.0}], here=LAW_STANDS | {"certified_premium": 0.0})
    run_groups(certified, draws, {})
    assert certified.st.bands[0].certified == 0, (
        "a certificate whose premium is gone is lost, with a programme or without"
    )


def test_bands_without_mercury_are_counted_for_the_norm(draws: Draws) -> None:
    w = world(
        bands=[
            {"members": 5, "hard_rock": 1, "mercury": 1},
            {"members": 5, "hard_rock": 1},
            {"members": 5},
            {"hard_rock": 1, "mercury": 1},
        ],
        here=LAW_STANDS,
    )
    run_groups(w, draws, {})
    assert (w.st.places[0].mercury_free, w.st.places[0].crews, w.st.nation[0].amalgamates) == (2.0, 3.0, 0.5)


def test_queue_and_norm_reach_the_choice_of_method(draws: Draws) -> None:
    # nine bands' worth of gold for a plant of 100 g: the queue is 3, so gravity (-0.05) is better than the plant
    w = world(
        bands=[{"members": 5, "hard_rock": 1, "mercury": 1}], here=LAW_STANDS | {"plant_capacity": 100.0, "plant_hours": 0.0},
        places={"plant": 1.0}, tallies={"plant_gold": 90.0},
    )  # fmt: skip
    run_groups(w, draws, {BAND.method: 0.0, BAND.method_choice: 0.0})
    assert (w.st.bands[0].mills, w.st.bands[0].mercury) == (0, 0)


# --- by hand ----------------------------------------------------------------------------------
def test_people_and_groups_added_and_removed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    persons = Draws(monkeypatch, steps)
    persons.set(
        dict.fromkeys(
            [
                v
                for k, v in MINER._asdict().items()
                if k in ("woman", "winter", "trader", "knows", "land", "trust", "hurdle", "advance", "accept")
            ],
            0.5,
        )
    )
    key = by_hand.slot_key(by_hand.month_key(7, STREAM.miners, 3), 1)
    persons.keyed = {(key, MINER.skill): 0.0, (key, MINER.outside): 0.0}
    people, places = MINERS.allocate(2), PLACES.allocate(1)
    places[0].traders, places[0].outside = 2, 150.0
    by_hand.admit_miner(people, 1, 3, 7, places, handles(), P)
    assert (people[0].present, people[1].present, people[1].trader, people[1].income) == (0, 1, 1, 150.0)
    s = tally()
    by_hand.dismiss_miner(people, 1, [s])
    assert (people[1].present, s.left) == (0, 1.0)
    assert miner(status=LICENSED).status != UNREGISTERED

    groups = Draws(monkeypatch, enterprise)
    key = by_hand.slot_key(by_hand.month_key(7, STREAM.bands, 3), 0)
    groups.keyed = {(key, BAND.form): 0.999, (key, BAND.join): 0.5, (key, BAND.lead): 0.19, (key, BAND.capture): 0.5}
    bands = [band(members=6)]
    by_hand.found_enterprise(bands, 0, 3, 7, 0.3, handles(), P)
    assert (bands[0].organised, bands[0].women_led, bands[0].federated) == (1, 1, 0)
    by_hand.wind_up_enterprise(bands, 0)
    assert bands[0].organised == 0


def test_holders_let_groups_in_and_change_their_minds() -> None:
    w = world(holders={"consent": 0.2, "guards_trained": 0.3}, places={"stigma": 0.5})
    official.office_learns(
        w.st,
        0,
        here(holder_consent=0.1, company_training=0.9),
        params(consent_fades=0.02, consent_stigma=1.0, habit_months=12),
    )
    holder = w.st.holders[0]
    assert holder.consent == pytest.approx((0.2 + 0.1 * 0.8) * (1 - 0.02 * 1.5))
    assert holder.guards_trained == pytest.approx(0.3 + 0.6 / 12)
    assert row(HOLDERS).consent == 0
