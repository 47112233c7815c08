"""Sites against numbers worked out by hand: raids, moves, ore, entry (M11, M12, M19)."""

import math
from typing import Any

import numpy as np
import pytest

from asmsim.model.agents.purposes import BAND, SITE, STREAM
from asmsim.model.environment import sites
from asmsim.model.state import (
    BANDS,
    BETWEEN_PLOTS,
    HOLDS_PLOT,
    IN_PROCESS,
    LICENSED,
    PLACES,
    PLOT_EXHAUSTED,
    SITES,
    WAITS_FOR_LAND,
    Orders,
)
from tests.rules.rows import Draws, miner, params, row, tally
from tests.rules.worlds import World, world

P = params(
    scale=10, crew_reference=200, crowding=0.15, least_ore=0.02, depletion=0.5, move_cost=6, skill_median=12.5, usual_price_share=0.9,
    dig_cost=0.25, season_share=0.67, disclosed_weight=3, search_share=0.5, trust_tips=0.2, belief_half_life=9, belief_floor=0.004,
    least_profit=0.1, sanction_loss=1, site_habit=0.8, patrol_deterrence=4, site_slope=2, outside_pull=1, crew_slots=3, move_review=0.1,
    stay_months=12, sample_alike=6, discovery_hazard=0.006, discovery_size=0.6, rent_months=3, rush_pull=3, rush_decay=0.85, entry_base=0.03,
    entry_elasticity=0.7, entry_contacts_base=0.2, shock_entry=2,
)  # fmt: skip
CLOSE = 1e-9


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    monkeypatch.setattr(sites, "slot_key", lambda key, slot: slot if isinstance(key, int) else (*key, slot))
    monkeypatch.setattr(sites, "month_key", lambda seed, stream, t: (stream, t))
    return Draws(monkeypatch, sites)


# --- rules ------------------------------------------------------------------------------------
def test_richness_falls_with_ore_and_crowding() -> None:
    assert sites.richness(1.2, 0.49, 400.0, P) == pytest.approx(1.2 * 0.7 * 2**-0.15)
    assert sites.richness(1.2, 0.0, 100.0, P) == pytest.approx(1.2 * math.sqrt(0.02))


def test_worth_and_rent_of_a_site() -> None:
    assert sites.site_utility(300.0, 4.0, 0.2, 150.0, 180.0, P) == pytest.approx((300 - 24 / 12 - 30) / 180)
    assert sites.site_utility(300.0, 4.0, 0.2, 150.0, 0.2, P) == pytest.approx(300 - 24 / 12 - 30)
    assert sites.site_rent(1.1, 40.0, 150.0, P) == pytest.approx(0.67 * (12.5 * 1.1 * 40 * 0.9 - 0.25 * 150))


def test_raid_hazard_shares_the_force() -> None:
    assert sites.raid_hazard(0.3, 2.0, 8.0) == pytest.approx(0.075)
    assert sites.raid_hazard(9.0, 2.0, 8.0) == 1.0
    assert sites.raid_hazard(0.3, 2.0, 0.0) == 1.0
    assert sites.attention(row(SITES, visibility=0.6, disclosed=1), P) == pytest.approx(1.8)
    assert sites.attention(row(SITES, visibility=0.6), P) == pytest.approx(0.6)


def test_gumbel() -> None:
    assert sites.gumbel(0.3) == pytest.approx(-math.log(-math.log(0.3)))
    assert math.isfinite(sites.gumbel(0.0))
    assert math.isfinite(sites.gumbel(1.0 - 1e-16))


# --- enforcement ------------------------------------------------------------------------------
def enforce(draws: Draws, values: dict[int, float], keyed: dict[Any, float] | None = None, **tables: Any) -> World:
    """A district of three sites after the month's raids and inspections."""
    draws.set({SITE.shown: 0.99, SITE.busy: 0.0, SITE.raid: 0.99, BAND.inspected: 0.99} | values)
    draws.keyed = keyed or {}
    spots = [
        {"visibility": 0.5, "busy": 1.0, "belief": 0.1},
        {"visibility": 1.0, "busy": 0.6, "patrol": 2.0},
        {"visibility": 0.8, "busy": 0.0, "patrol": 1.0},
    ]
    crews = [
        {"site": 0, "members": 2},
        {"site": 1, "members": 2},
        {"site": 0, "members": 2, "status": HOLDS_PLOT},
        {"site": 0},
    ]
    w = world(
        crew=3,
        **(
            {"sites": spots, "bands": crews, "places": {"trust": 0.5}, "here": {"raids": 0.5, "patrol_months": 3.0}}
            | tables
        ),
    )
    sites.enforcement_month(8, 1, w.st, w.sc, [P])
    return w


FORCE = 0.5 * (1 - 0.2 * 0.5)  # who trusts tips off; 0.45 sites a month
WORK = 0.5 + 0.6 * 1.0  # busy sites as they are seen: 1.1


@pytest.mark.parametrize(("u", "raided"), [(FORCE * 0.5 / WORK - CLOSE, 1), (FORCE * 0.5 / WORK + CLOSE, 0)])
def test_raids_fall_on_busy_sites_as_they_are_seen(draws: Draws, u: float, raided: int) -> None:
    w = enforce(draws, {}, {((STREAM.sites, 8, 0), SITE.raid): u})
    first, second, third = w.st.sites
    assert (first.raided, first.ever_cleared, first.patrol, first.open) == (raided, raided, 3.0 * raided, 1 - raided)
    assert first.belief == pytest.approx(1.0 if raided else 0.1 * 0.5 ** (1 / 9))
    assert (second.raided, second.patrol, second.open) == (0, 1.0, 0), "a patrol stays"
    assert (third.patrol, third.open, third.belief) == (0.0, 1, pytest.approx(0.004))
    assert list(w.st.bands.raided) == [raided, 0, 0, 0], "who holds a contract is left alone, and an empty band is none"


@pytest.mark.parametrize(("busy", "raided"), [(0.59, 1), (0.61, 0)])
def test_a_site_where_nobody_digs_is_not_raided(draws: Draws, busy: float, raided: int) -> None:
    w = enforce(draws, {SITE.raid: 0.0, SITE.busy: busy})
    assert list(w.st.sites.raided) == [1, raided, 0]
    assert list(w.st.bands.raided) == [1, raided, 0, 0]


@pytest.mark.parametrize("status", [PLOT_EXHAUSTED, WAITS_FOR_LAND])
def test_who_is_between_plots_holds_a_contract(draws: Draws, status: int) -> None:
    w = enforce(draws, {SITE.raid: 0.0}, bands=[{"site": 0, "members": 2, "status": status}])
    assert w.st.bands[0].raided == (0 if status == PLOT_EXHAUSTED else 1)


def test_disclosed_sites_come_first_and_cost_less_search(draws: Draws) -> None:
    keyed = {((STREAM.start_sites, 0, 0), SITE.shown): 0.29}
    terms = {"raids": 0.5, "disclosure": 0.3}
    work = 0.5 * 3 * 0.5 + 0.6
    for side, raided in ((-1, 1), (1, 0)):
        chance = FORCE * 0.5 * 3 / work + side * CLOSE
        w = enforce(draws, {SITE.shown: 0.31}, keyed | {((STREAM.sites, 8, 0), SITE.raid): chance}, here=terms)
        assert (w.st.sites[0].disclosed, w.st.sites[1].disclosed, w.st.sites[0].raided) == (1, 0, raided)


@pytest.mark.parametrize(("u", "seen"), [(0.049, 1), (0.051, 0)])
def test_inspections_fall_on_bands_alike(draws: Draws, u: float, seen: int) -> None:
    w = enforce(draws, {BAND.inspected: u}, here={"inspections": 0.05})
    assert list(w.st.bands.inspected) == [seen, seen, seen, 0]


# --- where a crew goes ------------------------------------------------------------------------
NONE = {BAND.site: 0.5, BAND.out: 0.5, BAND.on: 0.5} | {BAND.first_site + k: 0.5 for k in range(6)}
NEAR, HOURS = np.array([[0, 1], [1, -1]]), np.array([[0.0, 4.0], [0.0, 0.0]])


def choose_site(
    draws: Draws,
    values: dict[int, float] | None = None,
    cleared: bool = False,
    rents: tuple[float, ...] = (150,) * 6,
    **tables: Any,
) -> int:
    """The site a band of the first site chooses, of six in two districts; -2 = out of mining."""
    draws.set(NONE | (values or {}))
    spots = [{"rent": rent, "belief": 0.1, "open": 1} for rent in rents]
    for k, more in tables.pop("spots", {}).items():
        spots[k] |= more
    w = world(2, sites=spots, places=tables.pop("places", {"income": 200.0, "outside": 150.0}))
    return sites.best_site(w.st.sites, w.st.places, 0, 0, 0, NEAR, HOURS, cleared, P)


# a site's worth: (rent - 6 x hours/12 - 0.1 x 150)/200 months of profit; habit 0.8 for the own one
@pytest.mark.parametrize(
    ("rents", "site"),
    [
        ((150, 309, 150, 150, 150, 150), 0),  # 160 USD more would outweigh the habit
        ((150, 311, 150, 150, 150, 150), 1),
        ((150, 150, 311, 150, 150, 150), 2),
        ((150, 150, 150, 150, 150, 311), 0),  # and 2 more a month for the way
        ((150, 150, 150, 150, 150, 313), 5),
        ((150, 320, 340, 150, 150, 150), 2),
    ],
)
def test_a_crew_moves_where_rent_pays_for_habit_and_the_way(draws: Draws, rents: tuple[float, ...], site: int) -> None:
    assert choose_site(draws, rents=rents) == site


@pytest.mark.parametrize(("belief", "site"), [(0.1 - 0.01, 2), (0.1 + 0.02, 0)])
def test_feared_raids_count_as_lost_income(draws: Draws, belief: float, site: int) -> None:
    assert choose_site(draws, rents=(150, 0, 310, 0, 0, 0), spots={2: {"belief": belief}}) == site


def test_a_site_under_a_patrol_is_left_and_not_sought(draws: Draws) -> None:
    assert choose_site(draws, spots={0: {"open": 0}}, rents=(150, 0, 0, 0, 0, 0)) == 1
    # 0.8 - 4 = -3.2 months of profit: USD 640 less than elsewhere
    assert choose_site(draws, spots={0: {"open": 0}}, rents=(150, -489, -600, -600, -900, -900)) == 1
    assert choose_site(draws, spots={0: {"open": 0}}, rents=(150, -491, -600, -600, -900, -900)) == 0
    assert choose_site(draws, spots={1: {"open": 0}}, rents=(150, 900, 150, 150, 150, 150)) == 0


def test_a_full_district_is_no_option_but_the_own_one_is(draws: Draws) -> None:
    places = [{"income": 200.0, "outside": 150.0, "full": 1}, {"full": 1}]
    assert choose_site(draws, rents=(150, 400, 150, 900, 150, 150), places=places) == 1


def test_chance_of_each_option_is_its_own(draws: Draws) -> None:
    # Gumbel noise over the slope of 2: 0.9 against 0.5 is worth (2.25 - 0.37)/2 = 0.94 months of profit
    worth = (-math.log(-math.log(0.9)) + math.log(-math.log(0.5))) / 2
    for option, site in ((BAND.first_site + 1, 1), (BAND.first_site + 2, 2)):
        assert choose_site(draws, {option: 0.9}, rents=(150, *[150 + 200 * (0.8 - worth) + 0.01] * 2, 0, 0, 0)) == site
        assert choose_site(draws, {option: 0.9}, rents=(150, *[150 + 200 * (0.8 - worth) - 0.01] * 2, 0, 0, 0)) == 0
    assert choose_site(draws, {BAND.site: 0.9}, rents=(150, 150 + 200 * (0.8 + worth) - 0.01, 0, 0, 0, 0)) == 0
    assert choose_site(draws, {BAND.site: 0.9}, rents=(150, 150 + 200 * (0.8 + worth) + 0.01, 0, 0, 0, 0)) == 1


@pytest.mark.parametrize(
    ("values", "rents", "out"),
    [
        # elsewhere 150/200 = 0.75; staying (150 - 15)/200 + 0.8 = 1.475
        ({}, (150,) * 6, False),
        ({}, (6,) * 6, False),
        ({}, (4,) * 6, True),  # (4 - 15)/200 + 0.8 = 0.745
        ({}, (-1000,) * 6, True),
        ({}, (-1000, 170, -1000, -1000, -1000, -1000), False),  # the best of the others: (170 - 15)/200 = 0.775
        ({}, (-1000, 160, -1000, -1000, -1000, -1000), True),
        ({BAND.out: 0.9}, (150,) * 6, True),
        ({BAND.out: 0.9, BAND.on: 0.9}, (150,) * 6, False),
    ],
)
def test_a_cleared_crew_weighs_leaving_mining_against_the_best_site(
    draws: Draws, values: dict[int, float], rents: tuple[float, ...], out: bool
) -> None:
    assert (choose_site(draws, values, cleared=True, rents=rents) == -2) == out
    assert choose_site(draws, values, cleared=False, rents=rents) != -2


def test_profit_is_at_least_a_tenth_of_outside_income(draws: Draws) -> None:
    places = {"income": 1.0, "outside": 150.0}
    assert choose_site(draws, rents=(150, 161, 0, 0, 0, 0), places=places) == 0, "15 x 0.8 = 12 more are needed"
    assert choose_site(draws, rents=(150, 163, 0, 0, 0, 0), places=places) == 1
    w = world(sites=[{"rent": 10.0, "open": 0}, {"rent": 20.0}, {"rent": 30.0, "belief": 0.07}], places=places)
    draws.set(NONE)
    assert sites.open_site(w.st.sites, w.st.places[0], 0, 0, P) == 1, "30 less 10.5 of feared raids is less than 20"


def test_an_empty_crew_passes_to_an_open_site_of_its_district(draws: Draws) -> None:
    draws.set(NONE)
    w = world(
        2,
        sites=[{"rent": 900.0, "open": 0}, {"rent": 100.0}, {"rent": 120.0}, {"rent": 999.0}],
        places={"income": 200.0, "outside": 150.0},
    )
    assert sites.open_site(w.st.sites, w.st.places[0], 0, 0, P) == 2
    draws.set(NONE | {BAND.first_site + 1: 0.9})
    assert sites.open_site(w.st.sites, w.st.places[0], 0, 0, P) == 1
    w.st.sites.open[:3] = 0
    assert sites.open_site(w.st.sites, w.st.places[0], 0, 0, P) == 0, "nowhere to go"


# --- moves ------------------------------------------------------------------------------------
def plan() -> Any:
    """Orders that say which districts are near."""
    empty = np.zeros(0)
    return Orders(*[empty] * 8, NEAR, HOURS, [P], empty)


PERSON = {"present": 1, "debt": 10.0, "trader": 0, "last_dug": 40}


def move_bands(
    monkeypatch: pytest.MonkeyPatch,
    draws: Draws,
    bands: list[dict[str, Any]],
    target: int,
    miners: Any = None,
    look: float = 0.99,
) -> World:
    """Two districts of two crews each, after the moves of month 40; whoever chooses, chooses `target`."""
    draws.set({BAND.move: look})
    w = world(
        2,
        crew=3,
        bands=bands + [{}] * (4 - len(bands)),
        miners=miners or [PERSON] * 3,
        places=[{"traders": 2, "slots": 6, "first_slot": 0}, {"traders": 2, "slots": 6, "first_slot": 6}],
    )
    w.st.sites.district[:3], w.st.sites.district[3:] = 0, 1
    w.st.bands.district[:2], w.st.bands.district[2:] = 0, 1
    monkeypatch.setattr(sites, "best_site", lambda *_: target)
    monkeypatch.setattr(sites, "open_site", lambda *_: 1)
    sites.moves_month(40, 1, w.st, w.sc, plan(), [P])
    return w


def test_a_cleared_crew_gives_up_but_for_who_holds_a_licence() -> None:
    w = world(
        crew=3,
        bands=[{"members": 3}],
        miners=[{"present": 1}, {"present": 1, "status": LICENSED}, {"present": 1, "status": BETWEEN_PLOTS}],
    )
    s = tally()
    sites.disband(w.st.miners, w.st.bands[0], 0, s, P)
    assert (list(w.st.miners.present), w.st.bands[0].members, s.left) == ([0, 1, 1], 2, 1.0)
    filed, s = (
        world(crew=3, bands=[{}, {"members": 1}], miners=[PERSON, {}, {}, PERSON | {"status": IN_PROCESS}]),
        tally(),
    )
    sites.disband(filed.st.miners, filed.st.bands[1], 1, s, P)
    assert (filed.st.miners.present[0], filed.st.bands[1].members, s.left_pending) == (1, 0, 1.0), (
        "its own members alone"
    )


def test_an_account_is_closed() -> None:
    me, s = miner(debt=12.0, trader=1), tally()
    sites.close_account(me, s)
    assert (me.debt, s.written_off, s.lent_1) == (0.0, 12.0, -12.0)


@pytest.mark.parametrize(("last", "used"), [(29, True), (28, False)])
def test_a_block_is_free_once_nobody_in_it_counts_as_a_miner(last: int, used: bool) -> None:
    w = world(
        crew=3, bands=[{}, {}, {}], miners=[{"last_dug": 40}, {}, {}, {}, {}, {"last_dug": last}, {"last_dug": 40}]
    )
    assert sites.recently_used(w.st.miners, 1, 3, 40) == used


def test_a_crew_moves_to_an_empty_block_of_another_district() -> None:
    bands = [{"members": 2, "signed": 1, "raided": 1, "mercury": 1, "hard_rock": 1, "mills": 1, "organised": 1, "district": 0},
             {}, {"members": 1, "district": 1}, {"organised": 1, "district": 1}, {"district": 1}]  # fmt: skip
    people = [PERSON, {}, PERSON | {"bank_client": 1, "trader": 1}]
    w = world(2, crew=3, bands=bands, miners=people, places=[{"slots": 6}, {"first_slot": 6, "slots": 9, "traders": 2}])
    w.st.sites.district[3:] = 1
    assert sites.move_band(w.st, 0, 4, 80, w.sc, P)
    to, came = w.st.bands[4], w.st.bands[0]
    assert (
        to.members,
        to.signed,
        to.site,
        to.raided,
        to.mercury,
        to.hard_rock,
        to.mills,
        to.organised,
    ) == (2, 1, 4, 2, 1, 1, 1, 0)
    assert (came.members, came.signed, came.raided) == (0, 0, 0)
    assert list(w.st.miners.present[:3]) == [0, 0, 0]
    assert list(w.st.miners.present[12:]) == [1, 0, 1]
    assert list(w.st.miners.debt[12:]) == [0.0, 0.0, 10.0], "traders write off, banks do not"
    assert (w.sc.tallies[0].moved_out, w.sc.tallies[0].written_off) == (2.0, 10.0)
    full = world(2, crew=3, bands=bands[:4], miners=people, places=[{"slots": 6}, {"first_slot": 6, "slots": 6}])
    full.st.sites.district[3:] = 1
    assert not sites.move_band(full.st, 0, 4, 80, full.sc, P)
    assert full.st.bands[0].members == 2


def test_a_crew_moves_with_every_column_that_is_declared_to_move() -> None:
    """A new column of bands goes along with a crew if it is marked `MOVES`, and stays with the place if not."""
    w = world(2, crew=3, bands=[{}, {}], places=[{"slots": 3}, {"first_slot": 3, "slots": 3, "traders": 1}])
    w.st.miners.last_dug[:] = -1000
    w.st.sites.district[3:] = 1
    band, to = w.st.bands
    for k, name in enumerate(BANDS.columns):
        band[name], to[name] = 10 + k, 100 + k
    band.district, to.district, to.members, to.organised = 0, 1, 0, 0
    before, there = ({name: row[name] for name in BANDS.columns} for row in w.st.bands)
    assert sites.move_band(w.st, 0, 4, 80, w.sc, P)
    moved = {name: before[name] for name in BANDS.moving} | {"site": 4, "raided": 2 * before["raided"]}
    assert {name: to[name] for name in BANDS.columns} == there | moved
    left = {"members": 0, "signed": 0, "raided": 0}
    assert {name: band[name] for name in BANDS.columns} == before | left


def test_a_block_used_within_the_year_is_not_empty() -> None:
    w = world(
        2,
        crew=3,
        bands=[{"members": 1, "district": 0}, {}, {}, {}],
        miners=[PERSON, {}, {}, {}, {}, {}, {"last_dug": 35}],
        places=[{"slots": 6}, {"first_slot": 6, "slots": 6, "traders": 1}],
    )
    w.st.sites.district[3:] = 1
    w.st.miners.last_dug[7:] = -1000
    assert sites.move_band(w.st, 0, 3, 40, w.sc, P)
    assert (w.st.bands[2].members, w.st.bands[3].members) == (0, 1)


def test_who_looks_around_and_where_it_leads(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    crew = {"members": 3, "site": 0}
    for look, site in ((0.099, 2), (0.101, 0)):
        w = move_bands(monkeypatch, draws, [crew], 2, look=look)
        assert w.st.bands[0].site == site
    raided = move_bands(monkeypatch, draws, [crew | {"raided": 1}], 2)
    assert raided.st.bands[0].site == 2
    already = move_bands(monkeypatch, draws, [crew | {"raided": 2}], 2)
    assert already.st.bands[0].site == 0, "raided, and has moved on already"
    holder = move_bands(monkeypatch, draws, [crew | {"status": HOLDS_PLOT}], 2, look=0.0)
    assert holder.st.bands[0].site == 0, "a group stays at its plot"
    empty = move_bands(monkeypatch, draws, [crew | {"members": 0}], 2, look=0.0)
    assert empty.st.bands[0].site == 0


def test_an_empty_place_passes_from_a_patrolled_site(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    draws.set({BAND.move: 0.99})
    monkeypatch.setattr(sites, "open_site", lambda *_: 1)
    for members, open_, site in ((0, 0, 1), (0, 1, 0), (2, 0, 0)):
        w = world(crew=3, bands=[{"members": members, "site": 0}], sites=[{"open": open_}])
        sites.moves_month(40, 1, w.st, w.sc, plan(), [P])
        assert w.st.bands[0].site == site


def test_a_crew_goes_out_of_mining_or_to_another_district(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    crew = {"members": 3, "site": 0, "raided": 1}
    out = move_bands(monkeypatch, draws, [crew], -2)
    assert (out.st.miners.present.sum(), out.st.bands[0].members, out.sc.tallies[0].left) == (0, 0, 3.0)
    far = move_bands(monkeypatch, draws, [crew, {}, {}, {}], 4, miners=[PERSON] * 3 + [{"last_dug": -1000}] * 9)
    assert (far.st.bands[0].members, far.st.bands[2].members, far.st.bands[2].site) == (0, 3, 4)
    assert far.sc.tallies[0].moved_out == 3.0


def test_where_there_is_no_room_a_crew_chooses_again(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    draws.set({BAND.move: 0.99})
    w = world(2, crew=3, bands=[{"members": 3, "site": 0, "raided": 1}, {}, {"members": 2}, {"members": 2}], miners=[PERSON] * 12,
              places=[{"slots": 6, "full": 1}, {"first_slot": 6, "slots": 6}])  # fmt: skip
    w.st.sites.district[3:] = 1
    monkeypatch.setattr(sites, "best_site", lambda s, places, *_: 2 if places[1].full else 4)
    sites.moves_month(40, 1, w.st, w.sc, plan(), [P])
    assert (w.st.bands[0].site, w.st.places[1].full, w.st.places[0].full) == (2, 1, 0)


# --- crews that a sample leaves out -----------------------------------------------------------
def test_crews_left_out_move_in_expectation() -> None:
    spots = [
        {"rent": 150.0, "others": 4.0, "belief": 0.1},
        {"rent": 250.0, "others": 2.0},
        {"rent": 200.0, "others": 3.0, "open": 0},
    ]
    w = world(sites=spots, places={"income": 200.0, "outside": 150.0})
    sites.others_move(w.st.sites, w.st.places[0], 18.0, P)
    a, b = math.exp(2 * (150 - 15) / 200), math.exp(2 * 250 / 200)
    habit = math.exp(2 * 0.8)
    # a tenth look around; who stays has habit on its side; all leave the site under the patrol
    leave_a = 0.1 * b / (habit * a + b) * 4
    leave_b = 0.1 * a / (habit * b + a) * 2
    first = 4 - leave_a + leave_b + 3 * a / (a + b)
    second = 2 - leave_b + leave_a + 3 * b / (a + b)
    assert w.st.sites.leaving == pytest.approx([leave_a, leave_b, 3.0])
    assert w.st.sites.others == pytest.approx([first * 18 / 9, second * 18 / 9, 0.0])


def test_where_no_site_is_open_crews_stay_and_newcomers_spread() -> None:
    shut = world(
        sites=[{"others": 4.0, "open": 0}, {"others": 2.0, "open": 0}, {"others": 3.0, "open": 0}],
        places={"income": 200.0, "outside": 150.0},
    )
    sites.others_move(shut.st.sites, shut.st.places[0], 18.0, P)
    assert shut.st.sites.others == pytest.approx([8.0, 4.0, 6.0])
    empty = world(sites=[{"open": 0}] * 3, places={"income": 200.0, "outside": 150.0})
    sites.others_move(empty.st.sites, empty.st.places[0], 18.0, P)
    assert empty.st.sites.others == pytest.approx([6.0, 6.0, 6.0])
    one = world(
        sites=[{"rent": 100.0}, {"rent": 100.0, "open": 0}, {"rent": 200.0}], places={"income": 200.0, "outside": 150.0}
    )
    sites.others_move(one.st.sites, one.st.places[0], 18.0, P)
    share = 1 / (1 + math.e)  # 100 USD more are half a month of profit, at a slope of 2
    assert one.st.sites.others == pytest.approx([18 * share, 0.0, 18 * (1 - share)])
    rich = world(sites=[{"rent": 9e9}, {"rent": 8e9}, {"rent": 0.0}], places={"income": 200.0, "outside": 150.0})
    sites.others_move(rich.st.sites, rich.st.places[0], 18.0, P)
    assert rich.st.sites.others == pytest.approx([9.0, 9.0, 0.0], abs=1e-9), "no exponential overflows"


CREWS = [{"members": 6, "site": 0, "gold_g": 60.0}, {"members": 3, "site": 0, "gold_g": 20.0}, {"members": 0, "site": 1, "gold_g": 9.0}, {"members": 3, "site": 2, "gold_g": 10.0}, {"members": 9, "site": 0, "gold_g": 9.0}]  # fmt: skip


def dig(scale: float, t: int, others: tuple[float, ...] = (0, 0, 0)) -> World:
    """Three sites of a district after a month; the fifth crew digs elsewhere."""
    spots = [{"reserve_g": 1000.0, "ore": 0.5, "others": x, "crew": 99, "crews": 99, "gold_g": 99.0} for x in others]
    w = world(crew=3, bands=CREWS, sites=spots, places={"slots": 12, "income": 200.0, "outside": 150.0})
    sites.crews(
        t,
        w.st,
        w.st.places[0],
        3,
        params(
            scale=scale,
            sample_alike=6,
            site_slope=2,
            least_profit=0.1,
            sanction_loss=1,
            move_review=0,
            site_habit=0,
            move_cost=0,
        ),
    )
    return w


def test_who_digs_where_at_one_to_one() -> None:
    w = dig(1, 5)
    assert (list(w.st.sites.crew), list(w.st.sites.crews), list(w.st.sites.gold_g)) == (
        [9, 0, 3],
        [2, 0, 1],
        [80.0, 0.0, 10.0],
    )
    assert list(w.st.sites.crowd) == [9.0, 0.0, 3.0]
    assert list(w.st.sites.busy) == [1.0, 0.0, 1.0]
    assert list(w.st.sites.ore) == pytest.approx([0.42, 0.5, 0.49])


def test_who_digs_where_in_the_whole_population() -> None:
    # three crews of four people and 30 g stand for 27 more, which are where they were: 18, 6, 3
    w = dig(10, 5, (18.0, 6.0, 3.0))
    assert list(w.st.sites.others) == pytest.approx([18.0, 6.0, 3.0])
    assert list(w.st.sites.crowd) == pytest.approx([9 + 18 * 4, 6 * 4, 3 + 3 * 4])
    assert list(w.st.sites.busy) == pytest.approx([1.0, 1 - 0.5**6, 1.0])
    assert list(w.st.sites.ore) == pytest.approx(
        [0.5 - (80 + 18 * 30) / 10 / 1000, 0.5 - 6 * 30 / 10 / 1000, 0.5 - (10 + 3 * 30) / 10 / 1000]
    )


def test_crews_left_out_at_the_start() -> None:
    # ten crews' worth a site are usual: 9 x (6 + n)/(6 x 10/10 + 1)
    w = dig(10, 0)
    assert list(w.st.sites.others) == pytest.approx([9 * (6 + n) / 7 for n in (2, 0, 1)])


def test_ore_does_not_fall_below_nothing_and_an_empty_district_stays_empty() -> None:
    w = dig(1, 5)
    w.st.sites.ore[:] = 0.01
    sites.crews(5, w.st, w.st.places[0], 3, params(scale=1))
    assert w.st.sites.ore[0] == 0.0
    nobody = world(bands=[{}], sites=[{"reserve_g": 1.0, "ore": 1.0, "others": 2.0}] * 3, places={"outside": 150.0})
    sites.crews(0, nobody.st, nobody.st.places[0], 24, P)
    assert list(nobody.st.sites.crowd) == [0.0, 0.0, 0.0]


# --- the month of the ground ------------------------------------------------------------------
def run_ground(draws: Draws, find: dict[Any, float], t: int = 3, **places: float) -> World:
    """Three sites after the month, of which one may be struck rich."""
    draws.set({SITE.find: 0.99})
    draws.keyed = {((STREAM.sites, t, k), SITE.find): u for k, u in find.items()}
    spots = [{"reserve_g": 1000.0, "ore": 0.64, "base_grade": 1.1, "rent": 300.0, "richness": 0.5}] * 3
    w = world(
        crew=3,
        sites=spots,
        here={"gold_price": 40.0, "discovery": 0.003},
        bands=[{}],
        places={"outside": 150.0, "rush": 1.0, "room": 30.0} | places,
    )
    sites.deposits_month(
        t,
        1,
        w.st,
        w.sc,
        [
            params(
                **{
                    k: v
                    for k, v in P.__dict__.items()
                    if k
                    in (
                        [
                            "crew_reference",
                            "crowding",
                            "least_ore",
                            "depletion",
                            "skill_median",
                            "usual_price_share",
                            "dig_cost",
                            "season_share",
                            "discovery_hazard",
                            "discovery_size",
                            "rent_months",
                            "rush_pull",
                            "rush_decay",
                            "crew_slots",
                        ]
                    )
                },
                scale=1,
            )
        ],
    )
    return w


def test_a_site_is_struck_rich(draws: Draws) -> None:
    for side, ore in ((-1, 1.6), (1, 0.64)):
        w = run_ground(draws, {1: 0.003 + side * CLOSE})  # (0.006 + 0.003) a district over three sites
        assert list(w.st.sites.ore) == [0.64, ore, 0.64]
        assert w.st.places[0].rush == (3.0 if side < 0 else 0.85)


def test_richness_is_reckoned_anew_each_quarter_and_rent_follows(draws: Draws) -> None:
    w = run_ground(draws, {})
    rich = 1.1 * 0.8
    assert w.st.sites.richness == pytest.approx([rich, 0.5, 0.5]), "(site + month) divides by three"
    rents = [300 + (0.67 * (12.5 * r * 40 * 0.9 - 37.5) - 300) / 3 for r in (rich, 0.5, 0.5)]
    assert w.st.sites.rent == pytest.approx(rents)
    found = run_ground(draws, {0: 0.0}, t=4)
    assert found.st.sites.richness == pytest.approx([1.1 * math.sqrt(1.6), rich, rich]), "after a find all look again"


def chance_of_entry(
    *,
    recent: float = 12.0,
    present: float = 9.0,
    room: float = 30.0,
    slots: int = 36,
    rents: tuple[float, ...] = (300.0, 100.0, 10.0),
    shock: float = 0.5,
    rush: float = 0.4,
    usual: float = 1.0,
) -> float:
    """Chance that an empty slot fills."""
    w = world(bands=[{}], sites=[{"rent": r, "belief": 0.1} for r in rents], here={"livelihood_shock": shock}, tallies={"recent": recent, "present": present},
              places={"outside": 150.0, "room": room, "slots": slots, "rush": rush, "entry_usual": usual})  # fmt: skip
    return float(sites.entry_hazard(5, w.st, w.sc, 0, P))


def test_entry() -> None:
    # rents less feared raids: 285, 85 and nothing: 123.3 on average, over 150, to the power 0.7
    pull = ((285 + 85 + 0) / 3 / 150) ** 0.7
    contacts = 0.2 + 0.8 * 9 / 30
    free = (30 - 12) / (36 - 12)
    assert chance_of_entry() == pytest.approx(0.03 * pull * contacts * (1 + 2 * 0.5 + 0.4) * free)
    assert chance_of_entry(recent=30.0) == 0.0, "no room"
    assert chance_of_entry(recent=33.0) == 0.0
    assert chance_of_entry(room=40.0) == pytest.approx(0.03 * pull * (0.2 + 0.8 * 9 / 40) * 2.4 * 28 / 24), (
        "as many as there is room for, whatever the slots"
    )
    assert chance_of_entry(room=400.0, slots=30) == pytest.approx(0.03 * pull * (0.2 + 0.8 * 9 / 400) * 2.4 * 2)
    assert chance_of_entry(present=60.0) == pytest.approx(0.03 * pull * 2.4 * free)
    assert chance_of_entry(rents=(0.0, 0.0, 0.0)) == pytest.approx(0.03 * (1 / 150) ** 0.7 * contacts * 2.4 * free)
    assert chance_of_entry(shock=900.0) == 0.5
    assert chance_of_entry(usual=0.6) == pytest.approx(0.6 * chance_of_entry()), "as far as it keeps usual numbers"


@pytest.mark.parametrize("t", [11, 12], ids=["the last month", "over"])
def test_while_a_country_settles_entry_keeps_the_miners_that_it_states(t: int) -> None:
    w = world(bands=[{}], sites=[{"rent": 150.0}], nation={"settles_until": 12}, tallies={"recent": 12.0, "present": 30.0, "left": 0.5},
              places={"outside": 150.0, "room": 30.0, "slots": 36, "usual": 200.0, "entry_usual": 1.0, "leaving": 0.2})  # fmt: skip
    found = sites.entry_hazard(t, w.st, w.sc, 0, P)
    expected = 0.03 * (150 / 3 / 150) ** 0.7 * 18 / 24
    if t == 12:
        assert found == pytest.approx(expected)
        assert (w.st.places[0].leaving, w.st.places[0].entry_usual) == (0.2, 1.0), "what was learned is kept"
        return
    leaving = 0.2 + (0.5 - 0.2) / 12
    assert w.st.places[0].leaving == pytest.approx(leaving)
    assert found == pytest.approx((leaving + (200 / 10 - 12) / 12) / 24), "who leaves, and a twelfth of who is missing"
    assert w.st.places[0].entry_usual == pytest.approx(1 + (found / expected - 1) / 12)


def test_nobody_enters_while_there_are_more_miners_than_usual() -> None:
    w = world(bands=[{}], sites=[{"rent": 150.0}], nation={"settles_until": 12}, tallies={"recent": 30.0},
              places={"outside": 150.0, "room": 33.0, "slots": 36, "usual": 200.0, "entry_usual": 1.0})  # fmt: skip
    assert sites.entry_hazard(0, w.st, w.sc, 0, P) == 0.0
    assert w.st.places[0].entry_usual == pytest.approx(1 + (0.05 - 1) / 12), "within a factor of twenty"


def test_no_room_at_all_and_full_slots() -> None:
    assert chance_of_entry(recent=36.0, room=36.5, present=36.0) == pytest.approx(
        0.03 * (370 / 450) ** 0.7 * (0.2 + 0.8 * 36 / 36.5) * 2.4 * 0.5
    )
    assert chance_of_entry(room=0.0) == 0.0
    assert row(PLACES).entry == 0
