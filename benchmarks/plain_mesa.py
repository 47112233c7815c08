"""The miners' rules as plain Mesa objects in Python: what the compiled model is measured against.

A `PlainModel` begins in the state that a compiled run has reached (same people, crews, prices, rules) and
steps every person with ordinary attributes, `random()` and `math.exp`, as one would write it in Mesa.

Included, for each person and month: an illness, digging with log-normal luck, the choice of channel by
logit with habit and debt, household settlement with borrowing and repayment, visits and violations, the
fear of raids, trust, everything that changes legal status (own file, the group's plot, renewal, review
with the same utility and hurdle, finance), leaving, and the refilling of empty slots.  Included for each
district and month: raids and inspections, gate, hazards, mean trust, licensed share.

Not included, all of which the compiled model does in the time it is given: offices, donor, law, buyers,
residents, deposits, crews that form or move, some fifty tallies, the histogram of incomes and the
conservation checks.  What those would have written (prices, channel weights, waits, plots held) stays
as it stood in the run's last month.  Draws are not keyed, so numbers agree on average only.
"""

import math
import random as stdlib_random
from collections.abc import Callable, Iterable
from random import gauss, random
from typing import TYPE_CHECKING, Any, TypeVar

import mesa  # type: ignore[import-untyped,unused-ignore]

from asmsim.model.agents import miner_rules, official
from asmsim.model.simulate import Run
from asmsim.model.state import (
    BETWEEN_PLOTS,
    CENTRE,
    HOLDS_PLOT,
    IN_PROCESS,
    LAPSED,
    LICENSED,
    NEVER,
    NO_FILE,
    OFF_TAKER,
    PLOT_EXHAUSTED,
    TRADER,
    TRADERS,
    UNREGISTERED,
)

HELD = (LICENSED, BETWEEN_PLOTS)

F = TypeVar("F", bound=Callable[..., Any])


def plain(rule: Any) -> Any:
    """The Python function that a compiled rule was made from; it takes plain objects as it takes rows."""
    return getattr(rule, "py_func", rule)


exit_hazard = plain(miner_rules.exit_hazard)
gate_open = plain(miner_rules.gate_open)
hurdle_months = plain(miner_rules.hurdle_months)
licence_utility = plain(miner_rules.licence_utility)
logistic = plain(miner_rules.logistic)
lot_class = plain(miner_rules.lot_class)
luck = plain(miner_rules.luck)
sanction_belief_after = plain(miner_rules.sanction_belief_after)
social_taste = plain(miner_rules.social_taste)
renewable = plain(miner_rules.renewable)
signed_chance = plain(official.signed_chance)
tires = plain(miner_rules.tires)
trust_after = plain(miner_rules.trust_after)
trust_mixed = plain(miner_rules.trust_mixed)
usual_profit = plain(miner_rules.usual_profit)
wants_licence = plain(miner_rules.wants_licence)


def copy(row: Any, to: Any, names: Iterable[str]) -> None:
    """Give an object fields of a row as ordinary numbers and lists."""
    for name in names:
        setattr(to, name, row[name].tolist())


class Plain:
    """A row of the compiled model as an ordinary object."""

    def __init__(self, row: Any) -> None:
        copy(row, self, row.dtype.names)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Band(Plain):
    """A crew: what its members see of it, and its empty slots (month in which each was last dug)."""

    members: int
    signed: int

    def __init__(self, row: Any, place: "Place", richness: float) -> None:
        super().__init__(row)
        self.place, self.richness = place, richness
        self.vacant: list[int] = []

    def open_month(self, raided: set[int], p: Plain) -> None:
        """Yield, raid and inspection of the month; members and signatures are counted afresh."""
        here = self.place.here
        free = self.hard_rock and not self.mercury
        self.gold_rate = self.richness * here.season
        if free:
            plant = self.mills and self.place.plant > 0.0
            self.gold_rate *= (1.0 + p.plant_gain) * (1.0 - here.plant_fee) if plant else 1.0 - p.gravity_loss
        self.gold_rate *= 1.0 + p.equipment_gain * self.equipped
        self.raided = self.site in raided and self.status not in (HOLDS_PLOT, PLOT_EXHAUSTED)
        self.inspected = random() < here.inspections
        self.signed_share, self.signers = self.signed / max(1, self.members), self.signed
        self.members = self.signed = self.willing = 0


class Place(Plain):
    """A district: its inputs are computed once a month and read by everybody."""

    trust: float
    centre_paid: float

    def __init__(self, run: Run, d: int) -> None:
        state, scratch = run.state, run.scratch
        super().__init__(state.places[d])
        self.here, self.offer = Plain(scratch.here[d]), Plain(scratch.offers[d])
        self.office, self.holder, self.nation = Plain(state.offices[d]), Plain(state.holders[d]), Plain(state.nation[0])
        self.bands: list[Band] = []

    def open_month(self, p: Plain) -> None:
        """Hazards of the month."""
        here = self.here
        self.gate = gate_open(here)
        self.felt = p.visit_itself + here.visit_services
        unseen = 1.0 - here.oversight
        self.wrong = p.violation_rate * (1.0 - p.duty_effect * self.office.duty) * unseen
        self.guard_wrong = p.guard_contact * p.guard_violation * self.holder.land_share * unseen
        self.guard_wrong *= 1.0 - p.duty_effect * self.holder.guards_trained
        force = here.raids * (1.0 - p.trust_tips * self.trust)
        raided = {self.first_site + k for k in range(self.sites) if random() < force / self.sites}
        self.any_raided = bool(raided)
        for band in self.bands:
            band.open_month(raided, p)
        self.present = self.valid = self.granted = 0
        self.centre_paid = self.sum_trust = self.gold = self.sales = self.net_income = self.costs = self.violations = (
            0.0
        )

    def close_month(self, p: Plain) -> None:
        """What everybody will know next month."""
        present = max(1, self.present)
        self.trust = self.sum_trust / present if self.present else self.trust
        self.licensed_share = self.valid / present
        self.review = min(1.0, p.review_hazard + p.news_reach * self.granted / present)


class PlainMiner(mesa.Agent):  # type: ignore[misc,unused-ignore]
    """A person who mines."""

    def __init__(self, model: "PlainModel", band: Band) -> None:
        super().__init__(model)
        p, here = model.p, band.place.here
        self.band, self.place = band, band.place
        self.woman = random() < p.women_share
        self.year_round = random() < p.year_round_share
        self.status, self.months, self.stage, self.slips = UNREGISTERED, 0, 0, 0
        self.sales_habit, self.trader = TRADER, int(random() * self.place.traders)
        knows = p.newcomer_knows + (1.0 - p.newcomer_knows) * p.hub_newcomers * here.memory
        self.knows_procedure, self.knows_rights, self.willing = random() < knows, False, False
        self.secure_land = random() < p.secure_land_share
        self.insured = self.second_income = self.bank_client = self.pursues = False
        self.birthday = int(12 * random())
        self.last_dug = NEVER
        self.skill = p.skill_median * math.exp(p.skill_sigma * gauss(0.0, 1.0))
        self.outside = math.exp(p.outside_sigma * gauss(0.0, 1.0))
        self.cash = self.savings = self.debt = self.experience = 0.0
        self.trust = min(1.0, max(0.0, p.trust_start + p.trust_spread * (random() - 0.5)))
        self.anchor = self.trust
        self.sanction_belief = p.belief_floor
        self.hurdle = hurdle_months(random(), p.hurdle_median, p.hurdle_shape)
        self.income = self.place.outside * self.outside

    def step(self) -> None:
        """One month, in the order of `miner_month`: dig, sell, settle, meet, believe, status, leave."""
        p, band, place = self.model.p, self.band, self.place
        here, outside, price = place.here, place.outside, place.here.gold_price
        held = self.status in HELD
        exposed = self.exposed(held)
        sanctioned = band.raided or band.inspected
        sale = otherwise = 0.0
        cost = self.fall_ill() if random() < p.shock_hazard else 0.0
        digs = here.season_open > 0.5 or self.year_round
        if digs:
            self.last_dug = self.model.t
            plain = self.skill * band.gold_rate * luck(gauss(0.0, 1.0), p.luck_sigma)
            gold = plain * (1.0 + p.licence_productivity) if held else plain
            kept = gold - (p.raid_loss * exposed * gold if band.raided else 0.0)
            sale = self.sell(kept)
            otherwise = kept * plain / max(gold, 1e-12) * price * place.price_illegal
            cost += p.dig_cost * outside
            place.gold += gold
        if sanctioned:
            cost += exposed * p.fine * outside
        if held:
            cost += here.recurring_cost
            self.experience_licence(sale - otherwise - here.recurring_cost * here.hassle)
        earned = self.settle(sale, cost)
        if not digs:
            earned += p.winter_income * outside * self.outside
        self.income += (earned - self.income) / 12.0
        place.costs += cost
        place.net_income += earned

        met = self.meet(exposed, sanctioned)
        if sanctioned:
            self.trust = trust_after(self.trust, 0.0, exposed if band.raided else p.inspection_harm * exposed, p)
            self.knows_procedure = True
        self.sanction_belief = sanction_belief_after(
            self.sanction_belief, band.raided, band.inspected, place.any_raided, p
        )
        if here.forums > 0.0:
            heard = p.voice_effect * here.forums * (here.voice_answered - p.voice_patience)
            self.trust = trust_after(self.trust, max(0.0, heard), max(0.0, -heard), p)
        self.trust = trust_mixed(self.trust, self.anchor, place.trust, p)

        self.change_status(met == 1, sanctioned or met == 2)
        if random() < exit_hazard(self.income, outside * self.outside, p):
            self.leave()
        else:
            self.count()

    def exposed(self, held: bool) -> float:
        """Share of sanctions that reach a person of this legal status."""
        if held:
            return float(self.model.p.licensed_exposure)
        return 1.0 - self.place.here.process_shield if self.status == IN_PROCESS else 1.0

    def fall_ill(self) -> float:
        """Cost of an illness or accident."""
        p = self.model.p
        cost = p.shock_cost * self.place.outside
        if self.second_income:
            cost *= 1.0 - p.second_income_cushion
        if self.insured:
            self.cash += p.insurance_pays * cost
        return float(cost)

    def sell(self, gold: float) -> float:
        """Sell a parcel through one channel: logit with habit and debt on their side."""
        p, place = self.model.p, self.place
        legal, lot = self.status in HELD, lot_class(gold, p)
        tied = self.debt > 0.0 and not self.bank_client
        offered, nets = place.offer.weight[legal][lot], place.offer.net[legal][lot]
        weights = [offered[self.trader], *offered[TRADERS:]]
        certified = self.band.certified and legal
        if certified:
            weights[OFF_TAKER] = place.offer.certified_weight
        weights[self.sales_habit] *= p.habit_factor
        if tied:
            weights[TRADER] *= p.tie_factor
        x, channel = random() * sum(weights), TRADER
        while x >= weights[channel] and channel < OFF_TAKER:
            x -= weights[channel]
            channel += 1
        share = nets[self.trader if channel == TRADER else TRADERS + channel - 1]
        if channel == CENTRE:
            asked = gold * share * place.here.gold_price
            if place.centre_paid >= place.offer.centre_cash:
                channel, share = TRADER, nets[self.trader]
            else:
                place.centre_paid += asked
        if channel == TRADER:
            share *= 1.0 - p.tie_discount * tied
        else:
            self.slips = min(12, self.slips + 1)
            if channel == OFF_TAKER and certified:
                share = place.offer.certified_net
        self.sales_habit = channel
        sale = gold * share * place.here.gold_price
        place.sales += sale
        return float(sale)

    def experience_licence(self, gain: float) -> None:
        """What holding a licence was worth this month joins a year's memory."""
        p, outside = self.model.p, self.place.outside
        fear = (1.0 - p.licensed_exposure) * self.sanction_belief * (p.sanction_loss + p.fine) * outside
        worth = (gain + fear) / usual_profit(self, self.place, p)
        self.experience += (worth - self.experience) / 12.0

    def settle(self, sale: float, cost: float) -> float:
        """Repay, live, save, or borrow; returns net income."""
        p = self.model.p
        repaid = min(self.debt, p.repay_share * sale)
        self.debt -= repaid
        cash = self.cash + sale - cost - repaid
        if cash < 0.0 and self.savings > 0.0:
            drawn = min(self.savings, -cash)
            self.savings -= drawn
            cash += drawn
        if cash < 0.0:
            self.debt -= cash
            cash = 0.0
        cash -= p.spend_share * cash
        saved = p.save_share * self.place.here.savings_groups * cash
        self.savings += saved
        self.cash = cash - saved
        return sale - cost

    def meet(self, exposed: float, sanctioned: bool) -> int:
        """Visits, leaflets and wrongs of the month; returns 1 if visited, 2 if given a leaflet."""
        p, place, here = self.model.p, self.place, self.place.here
        u = random()
        visited: bool = u < here.rights_visits
        if visited and random() < p.visit_teaches:
            self.knows_procedure = self.knows_rights = True
        read = not visited and u < here.rights_visits + here.leaflets
        if read and random() < p.leaflet_teaches:
            self.knows_procedure = True
        wrong = min(1.0, place.wrong * (p.contact_rate * exposed + sanctioned))
        if random() < wrong + place.guard_wrong * exposed:
            place.violations += 1
            remedied = 0.0
            if random() < p.report_base + p.report_rights * self.knows_rights:
                remedied = max(here.oversight, here.forums * here.voice_answered)
            self.trust = trust_after(self.trust, remedied, 1.0 - remedied, p)
        return 1 if visited else (2 if read else 0)

    def change_status(self, visited: bool, sanctioned: bool) -> None:
        """Files, the group's plot, renewal, review and finance."""
        p, band, place, here = self.model.p, self.band, self.place, self.place.here
        individual, organised = here.individual_licences > 0.5, band.organised
        self.months += 1
        if individual:
            if self.status == IN_PROCESS and place.gate and self.pursues:
                self.own_file()
        elif self.status not in (UNREGISTERED, LAPSED):
            self.follow_group()
        if self.status == BETWEEN_PLOTS and self.months > p.between_months:
            self.become(LAPSED)
        founding = organised and band.founded
        held = not individual and band.status == HOLDS_PLOT
        stake = p.crew_stake if held else 0.0
        if founding or held:
            self.knows_procedure = True
        if self.status == LICENSED and self.months > 0 and self.months % 12 == 0:
            self.renew(place.felt * visited, stake)
        came = self.status == UNREGISTERED and self.months == 1
        if visited or sanctioned or founding or (held and came) or random() < place.review:
            services = place.felt * (visited or founding) + p.facilitator_services * min(1.0, here.facilitators)
            if self.status not in HELD:
                self.review(services, individual, held, stake)
                if self.status == IN_PROCESS and held:
                    self.grant()
        if self.model.t % 12 == self.birthday:
            self.arrange_finance()

    def become(self, status: int) -> None:
        """Enter a legal status."""
        self.status, self.months = status, 0
        if status != IN_PROCESS:
            self.stage = 0

    def grant(self) -> None:
        """The licence is granted; on time it builds trust, late it costs some."""
        p = self.model.p
        late = self.months > p.promise_months
        self.trust = trust_after(self.trust, 0.0 if late else 1.0, p.late_harm if late else 0.0, p)
        self.cash += self.place.here.licence_payment
        self.become(LICENSED)
        self.experience = 0.0
        self.place.granted += 1

    def own_file(self) -> None:
        """A file for one person passes its sign-offs, then needs land or the holder's consent."""
        here, office = self.place.here, self.place.office
        if self.stage < int(here.signoffs):
            self.stage += random() < signed_chance(office, here, self.stage == int(here.signoffs) - 1)
        if self.stage >= int(here.signoffs):
            self.secure_land = self.secure_land or random() < here.holder_consent
            if self.secure_land:
                self.grant()

    def follow_group(self) -> None:
        """A member's status follows the crew's plot."""
        standing, here = self.band.status, self.place.here
        if standing == HOLDS_PLOT:
            if self.status == IN_PROCESS:
                self.debt += here.licence_fee * (1.0 - here.fee_subsidy) / max(1, self.band.signers)
                self.grant()
            elif self.status == BETWEEN_PLOTS:
                self.become(LICENSED)
        elif self.status == LICENSED:
            self.become(BETWEEN_PLOTS if standing == PLOT_EXHAUSTED else LAPSED)
        elif self.status == BETWEEN_PLOTS and standing == NO_FILE:
            self.become(LAPSED)

    def review(self, services: float, individual: bool, held: bool, stake: float) -> None:
        """Weigh legal status anew: apply, go on waiting, or give up."""
        p, band, place, here = self.model.p, self.band, self.place, self.place.here
        reachable = band.organised or individual
        outside, credibility = place.outside, place.nation.credibility
        peers = max(place.licensed_share, band.signed_share)
        profit = usual_profit(self, place, p)
        usual = self.skill * band.gold_rate * p.season_share * here.gold_price
        gain = usual * (place.price_legal - place.price_illegal)
        sanction = self.sanction_belief * (1.0 - p.licensed_exposure) * (p.sanction_loss + p.fine) * outside
        shield = p.annuity * sanction * here.process_shield / profit
        worth = credibility * (gain + p.licence_productivity * profit - here.recurring_cost) + sanction
        taste = social_taste(self.trust, peers, services, place.stigma, p) + stake
        delay = 0.0 if held else p.wait_cost * place.office.wait_months * profit * here.hassle
        if self.status == IN_PROCESS:
            rest = licence_utility(worth, p.annuity, here.licence_payment - delay, profit, taste)
            waited = self.months > p.promise_months
            dull = tires(rest, waited, self.hurdle, peers, services, p)
            if individual and shield * credibility >= p.register_cost:
                self.pursues = (self.pursues and not dull) or wants_licence(rest, self.hurdle, peers, services, p)
            elif not reachable or dull:
                self.trust = trust_after(self.trust, 0.0, 1.0 if waited else 0.0, p)
                self.become(UNREGISTERED)
            return
        fee = here.licence_fee * (1.0 - here.fee_subsidy)
        share = 1.0 if individual else 0.0 if held else 1.0 / max(p.legal_minimum, band.signed)
        entry = share * (fee + p.paper_cost * outside * here.hassle)
        utility = licence_utility(worth, p.annuity, here.licence_payment - entry - delay, profit, taste)
        wants = wants_licence(utility, self.hurdle, peers, services, p)
        self.willing = wants and bool(self.knows_procedure)
        if not (place.gate and self.knows_procedure and reachable):
            return
        if not wants and (not individual or shield * credibility < p.register_cost):
            return
        gap = p.women_gap * (1.0 - here.women_access) * (1.0 - p.women_led_helps * bool(band.women_led))
        if random() < 1.0 - self.woman * gap:
            self.become(IN_PROCESS)
            self.stage, self.pursues = 0, wants
            self.debt += fee if individual else 0.0

    def renew(self, services: float, stake: float) -> None:
        """Yearly renewal on what the licence has been worth in experience."""
        p, place = self.model.p, self.place
        peers = self.band.signed_share
        taste = social_taste(self.trust, peers, services, place.stigma, p) + stake
        utility = p.annuity * self.experience + taste
        if not renewable(place.here) or random() >= logistic(p.renewal_slope * (utility + p.renewal_ease)):
            self.become(LAPSED)

    def arrange_finance(self) -> None:
        """Once a year: move debts to a bank, insure, add income."""
        p, here = self.model.p, self.place.here
        if self.status in HELD:
            reach = here.bank_services * (1.0 - self.woman * p.women_credit_gap * (1.0 - here.women_credit))
            if not self.bank_client and self.slips >= p.slips_needed and random() < reach:
                self.bank_client = True
            self.insured = random() < here.insurance
        else:
            self.insured = False
            self.bank_client = self.bank_client and self.debt > 0.0
        self.slips = 0
        if random() < min(1.0, 12.0 * here.second_income):
            self.second_income = True
        elif random() < p.second_income_lost:
            self.second_income = False

    def leave(self) -> None:
        """Stop mining; the slot stays empty for a while."""
        self.band.vacant.append(self.last_dug)
        self.remove()

    def count(self) -> None:
        """Add a person who stays to what crew and district add up to."""
        band, place = self.band, self.place
        place.present += 1
        place.sum_trust += self.trust
        held = self.status in HELD
        place.valid += held
        band.members += 1
        band.signed += held or self.status == IN_PROCESS
        band.willing += self.willing


class PlainModel(mesa.Model):  # type: ignore[misc,unused-ignore]
    """The miners of a compiled run, from the month `t` that it has reached."""

    def __init__(self, run: Run, t: int, seed: int) -> None:
        super().__init__(seed=seed)
        stdlib_random.seed(seed)
        self.t, self.p = t, Plain(run.orders.rules[0])
        crew = int(self.p.crew_slots)
        self.places = [Place(run, d) for d in range(len(run.state.places))]
        self.bands: list[Band] = []
        for b, row in enumerate(run.state.bands):
            place = self.places[row.district]
            band = Band(row, place, float(run.state.sites[row.site].richness))
            place.bands.append(band)
            self.bands.append(band)
            for slot in run.state.miners[b * crew : (b + 1) * crew]:
                if slot.present:
                    miner = PlainMiner(self, band)
                    copy(slot, miner, vars(miner).keys() & set(slot.dtype.names))
                else:
                    band.vacant.append(int(slot.last_dug))

    def step(self) -> None:
        """One month: districts, then every person, then empty slots fill."""
        for place in self.places:
            place.open_month(self.p)
        self.agents.do("step")
        for place in self.places:
            place.close_month(self.p)
        for band in self.bands:
            if band.vacant:
                band.vacant = [dug for dug in band.vacant if not self.fills(band, dug)]
        self.t += 1

    def fills(self, band: Band, last_dug: int) -> bool:
        """Whether a newcomer takes an empty slot."""
        if self.t - last_dug < 12 or random() >= band.place.entry:
            return False
        PlainMiner(self, band)
        return True
