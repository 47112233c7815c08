"""Legal status against numbers worked out by hand: applying, waiting, giving up, renewing (M1-M3).

The person of these tests earns USD 200 a month; elsewhere she could earn USD 150.  Her gold of a usual month is
worth USD 400 at the world price, of which a licence brings 95 % and the trader 90 %.
"""

from typing import Any

import pytest

from asmsim.model.agents import miner as steps
from asmsim.model.agents import miner_rules as m
from asmsim.model.agents import miners_month as month
from asmsim.model.agents.purposes import MINER
from asmsim.model.state import (
    BETWEEN_PLOTS,
    FILED,
    HOLDS_PLOT,
    IN_PROCESS,
    LAPSED,
    LICENSED,
    NATION,
    NO_FILE,
    OFFICES,
    PLACES,
    PLOT_EXHAUSTED,
    UNREGISTERED,
    Prospect,
    Surroundings,
)
from tests.rules.rows import Draws, band, here, miner, params, row, surroundings, tally

P = params(
    taste_base=1.0, taste_trust=1.5, taste_peers=2.0, peers_reference=0.1, taste_services=0.5, taste_stigma=0.6,
    discount_monthly=0.02, horizon_months=24, licensed_exposure=0.1, sanction_loss=1.0, fine=0.5, licence_productivity=0.1,
    wait_cost=0.01, paper_cost=0.35, least_profit=0.1, promise_months=12, patience=0.5, register_cost=0.02, women_gap=0.3,
    women_led_helps=0.5, hurdle_median=1.5, imitation_scale=0.8, imitation_services=0.1, trust_gain=0.15, trust_loss=0.35,
    late_harm=0.5, renewal_slope=1.2, renewal_ease=-0.45, crew_stake=2.0, between_months=6, legal_minimum=5,
    facilitator_services=0.5, belief_floor=0.01, belief_half_life=9, bribe_share=0.25, capture_take=0.1,
)  # fmt: skip
ANNUITY = (1 - 1.02**-24) / 0.02  # 18.914: what a dollar a month for two years is worth today at 2 % a month
LATER = (1.02**-6 - 1.02**-24) / 0.02  # 13.31: the same if it begins after a wait of six months
FADE = 0.5 ** (1 / 9) / 1.02  # a month's discount of a raid in which belief is halved in nine months


def raids_spared(belief: float, wait: float) -> float:
    """What a licence granted after a wait is believed to spare, month by month up to the horizon."""
    return sum((0.01 + (belief - 0.01) * 0.5 ** (t / 9)) / 1.02**t for t in range(int(wait) + 1, 25))


TASTE = 1.0 + 1.5 * (0.6 - 0.5) + 2.0 * (0.3 - 0.1) + 0.5 * 1.0 - 0.6 * 0.5  # trust, peers, services, stigma: 1.75
GAIN = 400 * (0.95 - 0.90)  # USD 20 a month from a better price
HARM = (1 - 0.1) * (225 - 0.2 * (225 - 0.25 * 200))  # loss and fine of 225; a fifth is believed to be bought off at 50
MONTHLY = GAIN + (0.1 - 0.02) * 200 - 8  # price, productivity but for what an elite keeps, dues
WORTH = 0.7 * 0.8 * LATER * MONTHLY + HARM * raids_spared(0.05, 6)  # promises kept x credibility x benefits + sanctions
ENTRY = 0.2 * 60 * (1 - 0.25) + 0.2 * 0.35 * 150 * 0.9  # a fifth of the fee and of the paper days: 18.45
DELAY = 0.01 * 6 * 200 * 0.9  # six months' wait: 10.8
STAKE = 2.0
UTILITY = (WORTH + 30 - ENTRY - DELAY) / 200 + TASTE + STAKE  # months of profit
REST = (WORTH + 30 - DELAY) / 200 + TASTE + STAKE  # the same once the fee has been paid
CLOSE = 1e-6

PLACE = row(PLACES, outside=150.0, price_legal=0.95, price_illegal=0.90, stigma=0.5, bribed=0.2, kept=0.7)
OFFICE = row(OFFICES, served=0.4, file_rivals=5.0, wait_months=6.0, capital=1.0)
LAW = row(NATION, credibility=0.8)


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    return Draws(monkeypatch, steps, month)


def person(**values: Any) -> Any:
    """The person of these tests, who knows how to apply."""
    mine = {"income": 200.0, "trust": 0.6, "sanction_belief": 0.05, "knows_procedure": 1, "hurdle": 1.0}
    return miner(**(mine | values))


def terms(**values: float) -> Any:
    """Handles of the month under which the numbers above hold."""
    usual = {
        "in_force": 1.0, "licence_fee": 60.0, "fee_subsidy": 0.25, "recurring_cost": 8.0, "hassle": 0.9,
        "licence_payment": 30.0, "signoffs": 6.0,
    }  # fmt: skip
    return here(**(usual | values))


def review_status(
    me: Any, terms_: Any = None, *, p: Any = P, gate: bool = True, organised: bool = True, led: bool = False
) -> Any:
    """The month's tallies after the person has weighed her status."""
    at = around(terms() if terms_ is None else terms_, p=p, gate=gate)
    steps.review(me, 0, organised, led, Prospect(1.0, 0.3, 400.0, 6.0, 0.2, STAKE, 0.02), at)
    return at.tally


def around(terms_: Any, **values: Any) -> Surroundings:
    """The district of these tests in a month with these handles."""
    return surroundings(**({"office": OFFICE, "place": PLACE, "nation": LAW, "here": terms_, "p": P} | values))


def test_present_value_of_a_dollar_a_month() -> None:
    assert P.annuity == pytest.approx(ANNUITY)
    assert m.annuity_after(0.0, P) == pytest.approx(ANNUITY)
    assert m.annuity_after(6.0, P) == pytest.approx(LATER)
    assert m.annuity_after(25.0, P) == 0.0, "nothing is left beyond the horizon"


@pytest.mark.parametrize("belief", [0.01, 0.05, 1.0])
@pytest.mark.parametrize("wait", [0, 6, 24])
def test_fear_is_worth_less_as_it_fades_and_as_the_licence_is_waited_for(belief: float, wait: int) -> None:
    assert m.fear_months(belief, float(wait), P) == pytest.approx(raids_spared(belief, wait))


def test_sanctions_that_can_be_bought_off_are_feared_less() -> None:
    place = row(PLACES, outside=150.0, bribed=0.4)
    assert m.sanction_harm(200.0, place, P) == pytest.approx(225 - 0.4 * (225 - 50))
    assert m.sanction_harm(2000.0, place, P) == pytest.approx(225.0), "nobody pays more than the sanction costs"


def test_taste_weighs_trust_peers_services_and_stigma() -> None:
    assert m.social_taste(0.6, 0.3, 1.0, 0.5, P) == pytest.approx(TASTE)
    assert m.social_taste(0.6, 0.3, 1.0, 0.9, P) == pytest.approx(TASTE - 0.6 * 0.4)


def test_utility_is_in_months_of_profit() -> None:
    assert m.licence_utility(665.0, -40.0, 200.0, 1.75) == pytest.approx((665 - 40) / 200 + 1.75)
    assert m.licence_utility(665.0, -40.0, 0.5, 1.75) == pytest.approx((665 - 40) / 1 + 1.75)


@pytest.mark.parametrize(("income", "profit"), [(200.0, 200.0), (5.0, 15.0)])
def test_profit_is_at_least_a_tenth_of_outside_income(income: float, profit: float) -> None:
    assert m.usual_profit(person(income=income), PLACE, P) == pytest.approx(profit)


@pytest.mark.parametrize(("hurdle", "applies"), [(UTILITY - CLOSE, True), (UTILITY + CLOSE, False)])
def test_a_person_applies_if_the_licence_is_worth_more_than_the_hurdle(
    draws: Draws, hurdle: float, applies: bool
) -> None:
    me = person(hurdle=hurdle, stage=3, months=9)
    s = review_status(me)
    assert (me.status, me.pursues, me.willing, s.applied) == (
        (IN_PROCESS, 1, 1, 1.0) if applies else (UNREGISTERED, 0, 0, 0.0)
    )
    if applies:
        assert (me.stage, me.months) == (0, 0)
    assert s.fees == 0.0, "a group pays when its plot is allotted"


@pytest.mark.parametrize(
    ("gate", "organised", "knows", "willing", "applies"),
    [(True, True, 1, 1, True), (False, True, 1, 1, False), (True, False, 1, 1, False), (True, True, 0, 0, False)],
)
def test_gates_of_an_application(
    draws: Draws, gate: bool, organised: bool, knows: int, willing: int, applies: bool
) -> None:
    me = person(knows_procedure=knows)
    review_status(me, gate=gate, organised=organised)
    assert (me.willing, me.status == IN_PROCESS) == (willing, applies)


@pytest.mark.parametrize(
    ("woman", "led", "access", "gap"),
    [(0, False, 0.0, 0.0), (1, False, 0.0, 0.3), (1, True, 0.0, 0.3 * 0.5), (1, True, 0.4, 0.3 * 0.6 * 0.5)],
)
def test_women_are_turned_away_for_good_less_where_access_and_leadership_help(
    woman: int, led: bool, access: float, gap: float
) -> None:
    for standing, applies in ((gap - CLOSE, woman == 0), (gap + CLOSE, True)):
        me = person(woman=woman, standing=max(0.0, standing))
        for _ in range(3):
            review_status(me, terms(women_access=access), led=led)
        assert (me.status == IN_PROCESS) == applies, "who was turned away is so again"


@pytest.mark.parametrize(
    ("hurdle", "months", "stays"),
    [
        (REST / 0.5 - CLOSE, 13, True),  # the promised 12 months have passed: patience x hurdle counts
        (REST / 0.5 + CLOSE, 13, False),
        (REST / 0.5 + CLOSE, 12, True),
    ],
)
def test_who_waits_gives_up_after_the_promised_time_if_too_little_is_left(
    hurdle: float, months: int, stays: bool
) -> None:
    me = person(status=IN_PROCESS, hurdle=hurdle, months=months, pursues=1)
    s = review_status(me)
    assert (me.status == IN_PROCESS, s.gave_up) == (stays, 0.0 if stays else 1.0)
    if not stays:
        assert me.trust == pytest.approx(0.6 - 0.35 * 0.6), "a broken promise costs trust in full"
        assert me.months == 0


def test_who_gives_up_early_bears_no_grudge() -> None:
    me = person(status=IN_PROCESS, months=3)
    assert review_status(me, organised=False).gave_up == 1.0, "neither a group nor a licence of one's own"
    assert me.trust == pytest.approx(0.6)


def test_who_has_nothing_left_to_gain_gives_up_at_once() -> None:
    assert m.tires(-CLOSE, False, 1.0, 0.0, 0.0, P)
    assert not m.tires(CLOSE, False, 1.0, 0.0, 0.0, P)


IMITATORS = params(status_rule=1, hurdle_median=1.5, imitation_scale=0.8, imitation_services=0.1)


@pytest.mark.parametrize(
    ("peers", "wants"), [(0.8 * 0.4 - 0.1 * 2 + CLOSE, True), (0.8 * 0.4 - 0.1 * 2 - CLOSE, False)]
)
def test_imitators_want_a_licence_once_peers_pass_their_threshold(peers: float, wants: bool) -> None:
    # a hurdle of 1 month against a median of 1.5: threshold 1/(1 + 1.5) = 0.4; two services count 0.2
    assert m.wants_licence(-9.0, 1.0, peers, 2.0, IMITATORS) == wants
    assert m.tires(9.0, True, 1.0, peers, 2.0, IMITATORS) == (not wants)
    assert not m.tires(-9.0, False, 1.0, peers, 2.0, IMITATORS)


# --- licences for persons ---------------------------------------------------------------------
PERSONS = {"individual_licences": 1.0, "process_shield": 0.6}
SHIELD = HARM * raids_spared(0.05, 0) * 0.6 / 200  # what the register fends off, months of profit


@pytest.mark.parametrize(
    ("land", "hurdle", "pursues"), [(1, UTILITY - CLOSE, 1), (1, UTILITY + CLOSE, 0), (0, UTILITY - CLOSE, 0)]
)
def test_a_person_registers_for_the_shield_and_pursues_a_file_with_land(
    draws: Draws, land: int, hurdle: float, pursues: int
) -> None:
    me = person(secure_land=land, hurdle=hurdle)
    s = review_status(me, terms(**PERSONS), organised=False)
    assert (me.status, me.pursues) == (IN_PROCESS, pursues)
    assert (s.fees, me.debt) == (pytest.approx(60.0), pytest.approx(45.0)), (
        "the whole fee at once, a quarter of it paid"
    )
    assert (s.subsidies, s.costs, s.borrowed) == (pytest.approx(15.0), pytest.approx(45.0), pytest.approx(45.0))
    assert s.lent_0 == pytest.approx(45.0)


@pytest.mark.parametrize(("cost", "pursues"), [(0.8 * SHIELD - CLOSE, True), (0.8 * SHIELD + CLOSE, False)])
def test_the_shield_must_be_worth_the_register(draws: Draws, cost: float, pursues: bool) -> None:
    kept = ("licensed_exposure", "sanction_loss", "fine", "belief_floor", "belief_half_life", "bribe_share", "discount_monthly", "horizon_months")  # fmt: skip
    p = params(**{k: P.__dict__[k] for k in kept}, register_cost=cost)
    new, waiting = person(secure_land=0), person(secure_land=0, status=IN_PROCESS, months=1)
    review_status(new, terms(**PERSONS), p=p)
    review_status(waiting, terms(**PERSONS), p=p)
    assert (new.status == IN_PROCESS) == pursues
    assert (waiting.status == IN_PROCESS) == pursues


def test_without_the_shield_nobody_waits_without_land() -> None:
    me = person(secure_land=0, status=IN_PROCESS, months=1)
    assert review_status(me, terms(individual_licences=1.0)).gave_up == 1.0
    kept = person(secure_land=1, status=IN_PROCESS, months=1)
    assert review_status(kept, terms(individual_licences=1.0), organised=False).gave_up == 0.0


@pytest.mark.parametrize(
    ("hurdle", "months", "before", "after"),
    [
        (REST - CLOSE, 3, 0, 1),  # worth pursuing again
        (REST + CLOSE, 3, 0, 0),
        (REST + CLOSE, 3, 1, 1),  # not tired yet
        (REST / 0.5 + CLOSE, 13, 1, 0),  # tired: the file rests behind the shield
    ],
)
def test_a_file_on_the_register_rests_and_is_taken_up_again(
    hurdle: float, months: int, before: int, after: int
) -> None:
    me = person(status=IN_PROCESS, months=months, secure_land=1, hurdle=hurdle, pursues=before)
    review_status(me, terms(**PERSONS))
    assert (me.status, me.pursues) == (IN_PROCESS, after)
    landless = person(status=IN_PROCESS, months=months, secure_land=0, hurdle=hurdle, pursues=0)
    review_status(landless, terms(**PERSONS))
    assert landless.pursues == 0


@pytest.mark.parametrize(
    ("stage", "u", "after"),
    [(2, 0.399, 3), (2, 0.401, 2), (5, 0.4 * 0.5 - CLOSE, 0), (5, 0.4 * 0.5 + CLOSE, 5)],
)
def test_an_own_file_gains_a_signoff_with_the_chance_of_the_office(
    draws: Draws, stage: int, u: float, after: int
) -> None:
    # five files, 2.5 environmental files a month: the last sign-off comes at half the pace
    draws.set({MINER.signoff: u})
    me = person(status=IN_PROCESS, stage=stage, pursues=1, secure_land=1)
    s = tally()
    steps.own_file(me, 0, OFFICE, terms(environment_files=2.5), s, P)
    assert me.stage == after
    assert (me.status == LICENSED) == (after == 0) == bool(s.granted)


@pytest.mark.parametrize(
    ("days", "stage", "u", "after"),
    [
        (60.0, 2, 0.199, 3),  # of the office's 0.4 a month half: each takes two months
        (60.0, 2, 0.201, 2),
        (5.0, 1, 0.399, 4),  # 0.4 x 6 = 2.4 in a month
        (5.0, 1, 0.401, 3),
        (5.0, 4, 0.0, 5),  # the last one comes by itself
    ],
)
def test_signoffs_take_the_days_of_the_country(draws: Draws, days: float, stage: int, u: float, after: int) -> None:
    draws.set({MINER.signoff: u})
    me = person(status=IN_PROCESS, stage=stage, pursues=1, secure_land=1)
    steps.own_file(me, 0, OFFICE, terms(days_a_signoff=days), tally(), P)
    assert me.stage == after


def test_the_holders_consent_gives_land_and_a_resting_file_gains_nothing(draws: Draws) -> None:
    for u, land in ((0.099, 1), (0.101, 0)):
        draws.set({MINER.consent: u})
        me = person(status=IN_PROCESS, pursues=0, stage=2)
        steps.own_file(me, 0, OFFICE, terms(holder_consent=0.1), tally(), P)
        assert (me.secure_land, me.stage) == (land, 2)


@pytest.mark.parametrize(("months", "trust"), [(12, 0.6 + 0.15 * 0.4), (13, 0.6 - 0.35 * 0.5 * 0.6)])
def test_a_licence_on_time_builds_trust_and_a_late_one_costs_some(months: int, trust: float) -> None:
    me, s = person(status=IN_PROCESS, months=months, experience=3.0, stage=6), tally()
    steps.grant(me, 30.0, s, P)
    assert me.trust == pytest.approx(trust)
    assert (me.status, me.months, me.stage, me.experience) == (LICENSED, 0, 0, 0.0)
    assert (me.cash, s.payout, s.granted) == (30.0, 30.0, 1.0)
    assert (s.answered_in_time, s.answered_late) == ((1.0, 0.0) if months == 12 else (0.0, 1.0))


def test_only_a_file_keeps_its_stage() -> None:
    me = person(stage=4, months=7)
    steps.become(me, IN_PROCESS)
    assert (me.stage, me.months) == (4, 0)
    steps.become(me, LAPSED)
    assert me.stage == 0


@pytest.mark.parametrize(
    ("status", "standing", "after", "lost"),
    [
        (IN_PROCESS, HOLDS_PLOT, LICENSED, 0),
        (IN_PROCESS, FILED, IN_PROCESS, 0),
        (BETWEEN_PLOTS, HOLDS_PLOT, LICENSED, 0),
        (LICENSED, HOLDS_PLOT, LICENSED, 0),
        (LICENSED, PLOT_EXHAUSTED, BETWEEN_PLOTS, 0),
        (LICENSED, NO_FILE, LAPSED, 1),
        (BETWEEN_PLOTS, PLOT_EXHAUSTED, BETWEEN_PLOTS, 0),
        (BETWEEN_PLOTS, NO_FILE, LAPSED, 1),
    ],
)
def test_a_members_status_follows_the_plot_of_the_group(status: int, standing: int, after: int, lost: int) -> None:
    me, s = person(status=status), tally()
    steps.follow_group(me, band(status=standing, signed=8, organised=1), terms(), s, P)
    assert (me.status, s.lost_licence, s.lost_with_group) == (after, lost, 0.0)
    one, gone = person(status=status), tally()
    steps.follow_group(one, band(status=standing, signed=8), terms(), gone, P)
    assert gone.lost_with_group == lost, "a group that is no more took the licence along"
    # eight members share one fee of USD 60, of which a quarter is subsidised
    assert s.fees == pytest.approx(60 / 8 if (status, after) == (IN_PROCESS, LICENSED) else 0.0)
    assert me.debt == pytest.approx(45 / 8 if s.fees else 0.0)


@pytest.mark.parametrize(
    ("allowed", "ease", "kept"), [(True, CLOSE, True), (True, -CLOSE, False), (False, CLOSE, False)]
)
def test_renewal_weighs_experience_and_what_is_at_stake(draws: Draws, allowed: bool, ease: float, kept: bool) -> None:
    # experience of 0.1 months of profit a month; the licence is kept with chance logistic(1.2 x (U - 0.45))
    utility = ANNUITY * 0.1 + TASTE + 2.0
    draws.set({MINER.renew: m.logistic(1.2 * (utility - 0.45 - ease))})
    me, s = person(status=LICENSED, experience=0.1, months=12), tally()
    steps.renew(me, 0, allowed, 1.0, 0.3, 2.0, PLACE, terms(), s, P)
    assert me.status == (LICENSED if kept else LAPSED)
    assert (s.renewals, s.lapses, s.lost_licence) == (1.0, 0.0 if kept else 1.0, 0.0 if kept else 1.0)
    assert (me.debt, s.fees) == (0.0, 0.0)


@pytest.mark.parametrize("short", [CLOSE, -CLOSE])
def test_what_is_asked_of_holders_weighs_on_renewal_and_is_paid_on_credit(draws: Draws, short: float) -> None:
    utility = ANNUITY * 0.1 + TASTE + 2.0 - 60 / 200  # USD 60, of a profit of 200 a month
    draws.set({MINER.renew: m.logistic(1.2 * (utility - 0.45 - short))})
    me, s = person(status=LICENSED, experience=0.1, months=12), tally()
    steps.renew(me, 0, True, 1.0, 0.3, 2.0, PLACE, terms(renewal_cost=60.0), s, P)
    kept = short > 0
    assert me.status == (LICENSED if kept else LAPSED)
    assert (me.debt, s.fees, s.costs, s.borrowed) == ((60.0,) * 4 if kept else (0.0,) * 4)


def test_what_a_licence_was_worth_joins_a_years_memory() -> None:
    me = person(experience=0.2)
    # gold brought 320, would have brought 300 without a licence; dues 8; raids fended off; profit 200
    month.experience_licence(me, PLACE, 320.0, 300.0, 8.0, P)
    assert me.experience == pytest.approx(0.2 + ((320 - 300 - 8 + 0.05 * HARM) / 200 - 0.2) / 12)


@pytest.mark.parametrize(
    ("status", "exposed"),
    [(UNREGISTERED, 1.0), (LAPSED, 1.0), (IN_PROCESS, 1 - 0.6), (LICENSED, 0.1), (BETWEEN_PLOTS, 0.1)],
)
def test_share_of_sanctions_that_reaches_a_person(status: int, exposed: float) -> None:
    assert month.expose(status, 0.6, P) == pytest.approx(exposed)


@pytest.mark.parametrize(
    ("terms_", "open_", "renewable"),
    [
        ({"in_force": 1.0}, True, True),
        ({"in_force": 0.0}, False, False),
        ({"in_force": 0.0, "temporary_contracts": 0.2}, True, True),
        ({"in_force": 1.0, "new_land": 0.0}, False, True),
        ({"in_force": 1.0, "renewal": 0.0}, True, False),
    ],
)
def test_when_the_law_lets_people_apply_and_renew(terms_: dict[str, float], open_: bool, renewable: bool) -> None:
    assert (m.gate_open(here(**terms_)), m.renewable(here(**terms_))) == (open_, renewable)


# --- what can change status in a month --------------------------------------------------------
def change_status_of(
    me: Any,
    group: Any,
    monkeypatch: pytest.MonkeyPatch,
    *,
    terms_: Any = None,
    visited: bool = False,
    prompted: bool = False,
) -> list[Any]:
    """What the month calls of `review` and `renew`."""
    calls: list[Any] = []
    monkeypatch.setattr(month, "review", lambda me, key, organised, led, prospect, at: calls.append(("review", at.gate, organised, led, *prospect)))  # fmt: skip
    monkeypatch.setattr(month, "renew", lambda me, key, allowed, services, peers, stake, *_: calls.append(
        ("renew", allowed, services, peers, stake)))  # fmt: skip
    terms_ = terms(facilitators=0.4) if terms_ is None else terms_
    place = row(PLACES, licensed_share=0.25, review=0.08)
    month.change_status(me, 0, group, visited, prompted, 400.0, around(terms_, place=place, visit=1.5))
    return calls


def test_a_review_comes_by_hazard_or_after_an_event(draws: Draws, monkeypatch: pytest.MonkeyPatch) -> None:
    group = band(organised=1, status=FILED, signed=6, members=10, women_led=1)
    for u, visited, prompted, comes in (
        (0.079, False, False, 1),
        (0.081, False, False, 0),
        (0.5, True, False, 1),
        (0.5, False, True, 1),
    ):
        draws.set({MINER.review: u})
        calls = change_status_of(person(months=4), group, monkeypatch, visited=visited, prompted=prompted)
        assert len(calls) == comes
        if comes:
            services = 1.5 * visited + 0.5 * 0.4  # the visit, and 0.4 of a facilitator
            # six of ten have signed, more than the district's quarter; one fee among six
            assert calls[0] == (
                "review",
                True,
                True,
                True,
                pytest.approx(services),
                0.6,
                400.0,
                6.0,
                pytest.approx(1 / 6),
                0.0,
                0.0,
            )


def test_a_new_group_is_weighed_by_its_members_as_a_visit_is(draws: Draws, monkeypatch: pytest.MonkeyPatch) -> None:
    draws.set({MINER.review: 0.9})
    me = person(months=4, knows_procedure=0)
    group = band(organised=1, founded=1, members=10, signed=1)
    # a tenth has signed, less than the district's quarter; fewer than five share as five would
    assert change_status_of(me, group, monkeypatch) == [
        ("review", True, True, False, 1.5 + 0.2, 0.25, 400.0, 6.0, pytest.approx(1 / 5), 0.0, 0.0)
    ]
    assert me.knows_procedure == 1
    assert change_status_of(person(), band(organised=0, founded=1), monkeypatch) == []


@pytest.mark.parametrize(("months", "plot_months", "weighs"), [(0, 5, True), (3, 0, True), (3, 5, False)])
def test_who_comes_to_a_plot_or_sees_one_allotted_weighs_what_is_at_stake(
    draws: Draws, monkeypatch: pytest.MonkeyPatch, months: int, plot_months: int, weighs: bool
) -> None:
    draws.set({MINER.review: 0.9})
    me = person(months=months, knows_procedure=0)
    calls = change_status_of(
        me, band(organised=1, status=HOLDS_PLOT, members=10, signed=9, months=plot_months), monkeypatch
    )
    # no queue and no fee for who joins a group that has its plot; without it another crew would have to be found
    assert calls == (
        [("review", True, True, False, pytest.approx(0.2), 0.9, 400.0, 0.0, 0.0, 2.0, 0.0)] if weighs else []
    )
    assert me.knows_procedure == 1


def test_what_an_elite_keeps_and_what_has_been_signed_are_reckoned_with(
    draws: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws.set({MINER.review: 0.0, MINER.signoff: 0.9, MINER.consent: 0.9})
    group = band(organised=1, captured=1, status=FILED, signed=6, members=10, stage=4)
    prospect = change_status_of(person(status=IN_PROCESS, months=3), group, monkeypatch)[0][4:]
    assert (prospect[3], prospect[6]) == (pytest.approx(6.0 / 3), 0.1)
    own = change_status_of(person(status=IN_PROCESS, stage=3), group, monkeypatch, terms_=terms(**PERSONS))[0][4:]
    assert own[3] == pytest.approx(3.0)
    assert change_status_of(person(months=3), group, monkeypatch)[0][7] == 6.0, "a new applicant waits in full"


@pytest.mark.parametrize(("months", "pursues", "overdue"), [(12, 1, 1.0), (11, 1, 0.0), (12, 0, 0.0)])
def test_a_file_older_than_was_promised_costs_trust_month_by_month(
    draws: Draws, months: int, pursues: int, overdue: float
) -> None:
    draws.set({MINER.review: 0.9})
    at = around(terms())
    me = person(status=IN_PROCESS, months=months, pursues=pursues)
    month.change_status(me, 0, band(organised=1, status=FILED), False, False, 1.0, at)
    assert at.tally.overdue == overdue
    assert me.trust == pytest.approx(0.6 * (1 - 0.35 * 0.5 / 12) if overdue else 0.6)


def test_who_signs_up_to_a_group_with_a_plot_is_licensed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(month, "review", lambda me, *_: steps.become(me, IN_PROCESS))
    for standing, status in ((HOLDS_PLOT, LICENSED), (FILED, IN_PROCESS)):
        me = person()
        group = band(organised=1, status=standing, members=10, signed=9)
        month.change_status(me, 0, group, False, True, 400.0, around(terms()))
        assert (me.status, me.cash) == (status, 30.0 if status == LICENSED else 0.0)


@pytest.mark.parametrize(("months", "due"), [(11, True), (23, True), (10, False), (5, False)])
def test_licences_are_renewed_every_twelve_months(
    draws: Draws, monkeypatch: pytest.MonkeyPatch, months: int, due: bool
) -> None:
    draws.set({MINER.review: 0.9})
    me = person(status=LICENSED, months=months)
    calls = change_status_of(
        me, band(organised=1, status=HOLDS_PLOT, members=10, signed=4, months=9), monkeypatch, visited=True
    )
    assert calls == ([("renew", True, 1.5, 0.4, 2.0)] if due else [])
    assert me.months == months + 1


@pytest.mark.parametrize(
    ("given", "months", "due"),
    [({"licence_months": 24.0}, 11, False), ({"licence_months": 24.0}, 23, True), ({"licence_months": 3.0}, 8, True),
     ({"renewal_due": 0.31}, 4, True), ({"renewal_due": 0.29}, 4, False)],
)  # fmt: skip
def test_licences_last_as_long_as_the_law_says_and_holders_can_be_called(
    draws: Draws, monkeypatch: pytest.MonkeyPatch, given: dict[str, float], months: int, due: bool
) -> None:
    draws.set({MINER.review: 0.9, MINER.called: 0.3})
    me = person(status=LICENSED, months=months)
    calls = change_status_of(me, band(organised=1, status=HOLDS_PLOT, members=10, signed=4, months=9), monkeypatch, terms_=terms(**given))  # fmt: skip
    assert [c[0] for c in calls] == (["renew"] if due else [])


@pytest.mark.parametrize(("individual", "u", "struck"), [(1.0, 0.19, 1), (1.0, 0.21, 0), (0.0, 0.19, 0)])
def test_files_of_persons_are_struck_off_by_chance(
    draws: Draws, monkeypatch: pytest.MonkeyPatch, individual: float, u: float, struck: int
) -> None:
    draws.set({MINER.review: 0.9, MINER.struck: u, MINER.consent: 0.9})
    me, s = person(status=IN_PROCESS, months=4, pursues=0, trust=0.6), tally()
    monkeypatch.setattr(month, "review", lambda *_: None)
    rules = terms(strike_off=0.2, individual_licences=individual)
    month.change_status(
        me, 0, band(), False, False, 400.0, around(rules, place=row(PLACES, review=0.08))._replace(tally=s)
    )
    assert (s.struck, me.status == UNREGISTERED) == (struck, bool(struck))
    assert me.trust == pytest.approx(0.6 * (1 - 0.35 * 0.5) if struck else 0.6), "as an answer that came late"


@pytest.mark.parametrize(("months", "after"), [(5, BETWEEN_PLOTS), (6, LAPSED)])
def test_a_licence_between_plots_counts_for_six_months(
    draws: Draws, monkeypatch: pytest.MonkeyPatch, months: int, after: int
) -> None:
    draws.set({MINER.review: 0.9})
    me = person(status=BETWEEN_PLOTS, months=months)
    change_status_of(me, band(organised=1, status=PLOT_EXHAUSTED), monkeypatch)
    assert me.status == after


def test_who_mines_on_a_year_after_losing_a_licence_is_counted_once(draws: Draws) -> None:
    draws.set({MINER.review: 0.9})
    for months, counted in ((10, 0.0), (11, 1.0), (12, 0.0)):
        at = around(terms())
        month.change_status(person(status=LAPSED, months=months), 0, band(), False, False, 1.0, at)
        assert at.tally.lapsed_stay == counted


@pytest.mark.parametrize("status", [UNREGISTERED, IN_PROCESS, LAPSED])
def test_a_year_in_another_status_is_no_loss_of_a_licence(draws: Draws, status: int) -> None:
    draws.set({MINER.review: 0.9})
    at = around(terms())
    month.change_status(person(status=status, months=11), 0, band(status=FILED), False, False, 1.0, at)
    assert at.tally.lapsed_stay == (1.0 if status == LAPSED else 0.0)


def test_files_of_persons_move_behind_an_open_gate_alone(draws: Draws) -> None:
    draws.set({MINER.review: 0.9, MINER.signoff: 0.0})
    for gate, stage in ((True, 2), (False, 1)):
        me = person(status=IN_PROCESS, pursues=1, secure_land=1, stage=1)
        month.change_status(me, 0, band(), False, False, 1.0, around(terms(**PERSONS), gate=gate))
        assert me.stage == stage
    holder = person(status=LICENSED, months=3)
    month.change_status(holder, 0, band(), False, False, 1.0, around(terms(**PERSONS)))
    assert holder.status == LICENSED, "a person's licence does not hang on a group's plot"


def test_a_licence_just_granted_does_not_come_up_for_renewal(draws: Draws, monkeypatch: pytest.MonkeyPatch) -> None:
    draws.set({MINER.review: 0.9})
    me = person(status=IN_PROCESS, months=5)
    calls = change_status_of(me, band(organised=1, status=HOLDS_PLOT, members=10, signed=9, months=4), monkeypatch)
    assert (calls, me.status, me.months) == ([], LICENSED, 0)


def test_a_crew_whose_members_are_not_counted_yet_is_taken_as_one(
    draws: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody admitted by hand signs before the crew's month has counted its members."""
    draws.set({MINER.review: 0.9})
    group = band(organised=1, status=HOLDS_PLOT, months=9, members=0, signed=1)
    assert change_status_of(person(months=4), group, monkeypatch, visited=True)[0][5] == 1.0
    assert change_status_of(person(status=LICENSED, months=11), group, monkeypatch)[0] == ("renew", True, 0.0, 1.0, 2.0)
