"""The miners' month: district by district, band by band, so that nothing is shared between districts."""

from asmsim.engine.columns import Rows
from asmsim.engine.compile import inlined, rule
from asmsim.engine.rng import bell, month_key, slot_key, twin, uniform
from asmsim.model.agents.miner import (
    choose_channel,
    enter,
    finance,
    follow_group,
    grant,
    household,
    leave,
    lose_licence,
    meet,
    own_file,
    renew,
    review,
    sick_or_hurt,
    strike_off,
    take_advance,
)
from asmsim.model.agents.miner_rules import (
    exit_hazard,
    gate_open,
    lot_class,
    luck,
    renewable,
    sanction_belief_after,
    sanction_harm,
    trust_after,
    trust_mixed,
    usual_profit,
)
from asmsim.model.agents.purposes import MINER, STREAM
from asmsim.model.rows import BandRow, HandlesRow, MinerRow, OfferRow, Parameters, PlaceRow, SiteRow, TableOf, TallyRow
from asmsim.model.state import (
    BETWEEN_PLOTS,
    CENTRE,
    HOLDS_PLOT,
    IN_PROCESS,
    INCOME_BINS,
    INCOME_BINS_A_UNIT,
    INCOME_LOWEST,
    LAPSED,
    LICENSED,
    OFF_TAKER,
    TRADER,
    TRADERS,
    UNREGISTERED,
    WINDOW,
    Prospect,
    Scratch,
    State,
    Surroundings,
)

TWELFTH = 1.0 / 12.0  # a product is quicker than a quotient


@inlined
def sell(
    me: MinerRow, key: int, gold: float, price: float, offer: OfferRow, certified: bool, s: TallyRow, p: Parameters
) -> float:
    """Sell a parcel through one channel; returns what it brought, USD (M13)."""
    legal = 1 if me.status == LICENSED or me.status == BETWEEN_PLOTS else 0
    lot = lot_class(gold, p)
    tied = me.debt > 0.0 and me.bank_client == 0
    channel = choose_channel(me, offer, legal, lot, certified, uniform(key, MINER.channel), tied, p)
    trader = int(me.trader)
    share = offer.net[legal, lot, trader if channel == TRADER else TRADERS + channel - 1]
    if channel == CENTRE:
        asked = gold * share * price
        s.centre_asked += asked
        if s.centre_paid >= offer.centre_cash:  # out of cash: the trader has some
            channel = TRADER
            share = offer.net[legal, lot, trader]
        else:
            s.centre_paid += asked
    if channel == TRADER:
        if tied:
            share *= 1.0 - p.tie_discount
        if trader == 0:
            s.trader_0 += gold
        elif trader == 1:
            s.trader_1 += gold
        else:
            s.trader_2 += gold
        s.to_trader += gold
        s.trader_gold_price += gold * share
    elif channel == CENTRE:
        s.to_centre += gold
    elif channel == WINDOW:
        s.to_window += gold
    else:
        s.to_off_taker += gold
        if certified:
            s.certified_gold += gold
            share = offer.certified_net
    if channel == OFF_TAKER or channel == CENTRE or channel == WINDOW:
        if me.slips < 12:
            me.slips += 1
    me.sales_habit = channel
    s.price_gold += gold * share
    s.sales += gold * share * price
    return gold * share * price


@inlined
def expose(status: int, shield: float, p: Parameters) -> float:
    """Share of sanctions that reach a person of this legal status (M2, M12)."""
    if status == LICENSED or status == BETWEEN_PLOTS:
        return p.licensed_exposure
    return 1.0 - shield if status == IN_PROCESS else 1.0


@inlined
def experience_licence(me: MinerRow, place: PlaceRow, income: float, sale: float, cost: float, p: Parameters) -> None:
    """What holding a licence was worth this month joins a year's memory (M3).

    `income` is what the gold brought, `sale` what it would have brought without a licence, USD.
    """
    profit = usual_profit(me, place, p)
    fear = (1.0 - p.licensed_exposure) * me.sanction_belief * sanction_harm(profit, place, p)
    me.experience += ((income - sale - cost + fear) / profit - me.experience) * TWELFTH


@inlined
def change_status(
    me: MinerRow, key: int, band: BandRow, visited: bool, prompted: bool, profit: float, at: Surroundings
) -> None:
    """Everything that can change legal status in a month: files, the group's plot, renewal, review (M1-M4)."""
    office, place, here, s, p = at.office, at.place, at.here, at.tally, at.p
    individual = here.individual_licences > 0.5
    organised = band.organised == 1
    me.months += 1
    if me.status == IN_PROCESS and me.pursues == 1 and me.months > p.promise_months:
        s.overdue += 1.0
        me.trust = trust_after(me.trust, 0.0, p.late_harm * TWELFTH, p)
    if individual:
        if me.status == IN_PROCESS and here.strike_off > 0.0 and uniform(key, MINER.struck) < here.strike_off:
            strike_off(me, s, p)
        if me.status == IN_PROCESS and at.gate:
            own_file(me, key, office, here, s, p)
    elif me.status != UNREGISTERED and me.status != LAPSED:
        follow_group(me, band, here, s, p)
    if me.status == BETWEEN_PLOTS and me.months > p.between_months:
        lose_licence(me, s)
    # A new partnership is a decision of its members: whoever helped it explains, and each weighs it (M5).
    # Only members may dig on a plot (MN101, MN102).  So each of the crew weighs signing against looking for another
    # crew when a plot has been allotted, and who comes later does so on coming.
    founding = organised and band.founded == 1
    held = not individual and band.status == HOLDS_PLOT
    stake = p.crew_stake if held else 0.0
    if founding or held:
        me.knows_procedure = 1
    if me.status == LICENSED:
        due = me.months > 0 and me.months % int(here.licence_months) == 0
        if due or (here.renewal_due > 0.0 and uniform(key, MINER.called) < here.renewal_due):
            signed = band.signed / max(1.0, band.members)
            renew(me, key, renewable(here), at.visit * visited, signed, stake, place, here, s, p)
    elif me.status == LAPSED and me.months == 12:
        s.lapsed_stay += 1.0
    came = me.status == UNREGISTERED and me.months == 1
    prompted = prompted or (held and (band.months == 0 or came))
    if visited or prompted or founding or uniform(key, MINER.review) < place.review:
        services = at.visit * (visited or founding) + p.facilitator_services * min(1.0, here.facilitators)
        peers = max(place.licensed_share, band.signed / max(1.0, band.members))
        if me.status != LICENSED and me.status != BETWEEN_PLOTS:
            led = band.women_led == 1
            wait, share = office.wait_months, 1.0
            if held:  # who joins a group that has its plot does not queue, and the fee has been paid
                wait, share = 0.0, 0.0
            elif not individual:
                share = 1.0 / max(p.legal_minimum, band.signed)
            if me.status == IN_PROCESS:  # what has been signed need not be waited for again
                wait *= 1.0 - (me.stage if individual else band.stage) / max(1.0, here.signoffs)
            taken = p.capture_take if band.captured == 1 else 0.0
            review(me, key, organised, led, Prospect(services, peers, profit, wait, share, stake, taken), at)
            if me.status == IN_PROCESS and held:
                grant(me, here.licence_payment, s, p)  # joins a group that has its plot


@inlined
def miner_month(
    me: MinerRow, t: int, key: int, base_rate: float, take: float, band: BandRow, at: Surroundings
) -> tuple[float, float]:
    """One person's month, in order: dig, sell, settle, meet, believe, status, leave.

    `take` is the share of a member's gold that an elite keeps.  Returns gold, g, and what the elite kept of it, USD.
    """
    place, here, s, p = at.place, at.here, at.tally, at.p
    price = here.gold_price
    raided, inspected = band.raided > 0, band.inspected == 1
    exposed = expose(me.status, here.process_shield, p)
    licensed = me.status == LICENSED or me.status == BETWEEN_PLOTS
    digs = here.season_open > 0.5 or me.year_round == 1
    sanctioned = raided or inspected
    bribes = sanctioned and uniform(key, MINER.bribe) < at.corrupt
    gold, sale, otherwise, elsewhere, kept_back = 0.0, 0.0, 0.0, 0.0, 0.0
    u_shock, u_go = twin(key, MINER.shock)
    cost, insurance = sick_or_hurt(me, place.outside, s, p) if u_shock < p.shock_hazard else (0.0, 0.0)
    if digs:
        me.last_dug = t
        take_advance(me, p.dig_cost * place.outside, s)
        plain = me.skill * base_rate * here.season * luck(bell(key, MINER.luck), p.luck_sigma)
        gold = plain * (1.0 + p.licence_productivity) if licensed else plain
        taken = p.raid_loss * exposed * gold if raided and not bribes else 0.0
        certified = band.certified == 1 and licensed
        sale = sell(me, key, gold - taken, price, at.offer, certified, s, p)
        otherwise = (gold - taken) * plain / max(gold, 1e-12) * price * place.price_illegal
        cost += p.dig_cost * place.outside
        s.confiscated += taken
        kept_back = take * sale if licensed else 0.0
    if sanctioned:
        s.raided += 1.0
        s.sanctioned += exposed
        if bribes:
            bribe = exposed * p.bribe_share * usual_profit(me, place, p)
            cost += bribe
            s.bribed += exposed
            s.bribes += bribe
        else:
            fine = exposed * p.fine * place.outside
            cost += fine
            s.fines += fine
    if licensed:
        dues = here.recurring_cost
        cost += dues
        s.fees += dues
        experience_licence(me, place, sale, otherwise, dues * here.hassle + kept_back, p)
    if not digs:
        elsewhere = p.winter_income * place.outside * me.outside
        s.elsewhere += elsewhere
    saved = p.save_share * here.savings_groups
    earned = household(me, sale, elsewhere + insurance, cost + kept_back, saved, s, p)
    me.income += (earned - me.income) * TWELFTH
    s.costs += cost
    s.net_income += earned

    contact = p.contact_rate * exposed + (1.0 if sanctioned else 0.0)
    fair = 0.0 if sanctioned else p.contact_rate * (1.0 - at.wrong)
    met = meet(me, key, min(1.0, at.wrong * contact), at.guard_wrong * exposed, fair, here, s, p)
    if sanctioned:
        me.trust = trust_after(me.trust, 0.0, exposed if raided else p.inspection_harm * exposed, p)
        if inspected:  # an inspector tells what is asked for (W162); who is cleared is told to go
            me.knows_procedure = 1
    me.sanction_belief = sanction_belief_after(me.sanction_belief, raided, inspected, at.raided, p)
    if here.forums > 0.0:
        heard = p.voice_effect * here.forums * (here.voice_answered - p.voice_patience)
        me.trust = trust_after(me.trust, max(0.0, heard), max(0.0, -heard), p)
    me.trust = trust_mixed(me.trust, me.anchor, place.trust, p)

    usual = me.skill * base_rate * p.season_share * price
    prompted = sanctioned or met == 2
    change_status(me, key, band, met == 1, prompted, usual, at)
    # the hazard is worked out only for the few whose draw could fall under it
    if u_go < p.exit_base * (1.0 + p.exit_slope) and u_go < exit_hazard(me.income, place.outside * me.outside, p):
        leave(me, s)
    return gold, kept_back


@inlined
def count_status(me: MinerRow, signoffs: float, s: TallyRow) -> None:
    """Add a person who is not plainly unregistered to the month's tallies."""
    status = me.status
    if status == LICENSED or status == BETWEEN_PLOTS:
        s.licensed += 1.0
        s.women_licensed += me.woman
        s.insured += me.insured
        if status == BETWEEN_PLOTS:
            s.between += 1.0
    elif status == IN_PROCESS:
        s.in_process += 1.0
        s.process_months += me.months
        if me.pursues == 0:
            s.resting += 1.0
        elif me.stage < signoffs:
            s.awaiting += 1.0
            s.awaiting_last += 1.0 if me.stage >= signoffs - 1 else 0.0
    else:
        s.lapsed_now += 1.0


@rule
def any_raided(sites: TableOf[SiteRow], place: PlaceRow) -> bool:
    """Whether a site of the district was raided this month."""
    count = 0
    for k in range(place.first_site, place.first_site + place.sites):
        count += sites[k].raided
    return count > 0


@rule
def band_month(
    b: int, t: int, mk: int, miners: TableOf[MinerRow], band: BandRow, site: SiteRow, incomes: Rows, at: Surroundings
) -> None:
    """One crew's slots for a month: empty ones may fill, the others live their month."""
    place, here, s, p = at.place, at.here, at.tally, at.p
    milled = band.mills == 1 and band.mercury == 0 and place.plant > 0.0
    recovery = 1.0
    if milled:
        recovery = (1.0 + p.plant_gain) * (1.0 - here.plant_fee)
    elif band.hard_rock == 1 and band.mercury == 0:
        recovery = 1.0 - p.gravity_loss
    boost = 1.0 + (p.equipment_gain if band.equipped == 1 else 0.0)
    base_rate = site.richness * recovery * boost
    bins_a_usd = INCOME_BINS_A_UNIT / place.outside
    crew = int(p.crew_slots)
    members, signed, willing, women, knows, recent, digging, tied = 0, 0, 0, 0, 0, 0, 0, 0
    gold, trust, wealth, debt, leader, kept_back = 0.0, 0.0, 0.0, 0.0, -1, 0.0
    for i in range(b * crew, (b + 1) * crew):
        me = miners[i]
        key = slot_key(mk, i)
        if me.present == 0:
            if t - me.last_dug < 12:
                recent += 1
                continue
            if site.open == 0 or uniform(key, MINER.come) >= place.entry:
                continue  # nobody begins under the eyes of a patrol (M12)
            enter(me, key, place.traders, place.outside, here.memory, p)
            s.entered += 1.0
        else:
            take = p.capture_take if band.captured == 1 and leader >= 0 else 0.0
            dug, kept = miner_month(me, t, key, base_rate, take, band, at)
            gold += dug
            kept_back += kept
            if leader < 0 and me.present == 1 and (me.status == LICENSED or me.status == BETWEEN_PLOTS):
                leader = i  # the first of the licensed members keeps part of what the others earn (W175, W176)
            if me.last_dug == t:
                digging += 1
            if t - me.last_dug < 12:
                recent += 1
            if me.present == 0:
                continue
        if (i + t) % 12 == 0:  # each person's own day of the year
            finance(me, key, here, s, p)
        members += 1
        women += me.woman
        knows += me.knows_procedure
        willing += me.willing
        trust += me.trust
        wealth += me.cash + me.savings
        if me.debt > 0.0:
            debt += me.debt
            tied += 1 - me.bank_client
        bin_ = int(me.income * bins_a_usd - INCOME_LOWEST * INCOME_BINS_A_UNIT)
        incomes[min(max(bin_, 0), INCOME_BINS - 1)] += 1.0
        status = me.status
        if status != UNREGISTERED:
            count_status(me, here.signoffs, s)
            if status != LAPSED:
                signed += 1
                if status != IN_PROCESS and t - me.last_dug < 12:
                    s.valid += 1.0
    if kept_back > 0.0:
        me = miners[leader]
        me.cash += kept_back
        me.income += kept_back * TWELFTH
        wealth += kept_back
        s.net_income += kept_back
        s.elite_take += kept_back
    band.members = members
    band.signed = signed
    band.willing = willing
    band.gold_g = gold
    s.present += members
    s.women += women
    s.knows += knows
    s.recent += recent
    s.digging += digging
    s.tied += tied
    s.gold += gold
    s.trust += trust
    s.wealth += wealth
    s.debt += debt
    if band.mercury == 1:
        s.mercury_g += gold * p.mercury_per_gold
    elif milled:
        s.plant_gold += gold


@rule
def district_month(
    d: int, t: int, mk: int, st: State, offer: OfferRow, here: HandlesRow, s: TallyRow, incomes: Rows, p: Parameters
) -> None:
    """All miners of a district for one month; writes only rows of this district."""
    place, holder, office, nation = st.places[d], st.holders[d], st.offices[d], st.nation[0]
    unseen = 1.0 - here.oversight
    wrong = p.violation_rate * (1.0 - p.duty_effect * office.duty) * unseen
    guard_wrong = p.guard_contact * p.guard_violation * holder.land_share * unseen
    guard_wrong *= 1.0 - p.duty_effect * holder.guards_trained
    visit = p.visit_itself + here.visit_services
    corrupt = p.bribe_taken * (1.0 - p.duty_effect * office.duty) * unseen
    at = Surroundings(
        office,
        place,
        nation,
        offer,
        here,
        s,
        p,
        gate_open(here),
        any_raided(st.sites, place),
        visit,
        wrong,
        guard_wrong,
        corrupt,
    )
    crew = int(p.crew_slots)
    first, bands = place.first_slot // crew, place.slots // crew
    for k in range(bands):
        b = first + (k + t) % bands  # who comes first to the centre's cash changes month by month
        band = st.bands[b]
        band_month(b, t, mk, st.miners, band, st.sites[band.site], incomes, at)


@rule
def miners_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters], d0: int, d1: int) -> None:
    """The miners of districts `d0` to `d1 - 1` for one month."""
    mk = month_key(seed, STREAM.miners, t)
    for d in range(d0, d1):
        district_month(d, t, mk, st, sc.offers[d], sc.here[d], sc.tallies[d], sc.incomes[d], rules[sc.rule[d]])
