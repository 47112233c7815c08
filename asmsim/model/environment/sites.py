"""Sites: raids and inspections, where a cleared crew goes, and what is left in the ground (M12, M19)."""

import math

from asmsim.engine.columns import Rows, make_copier
from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.miner import leave, lend, move_person
from asmsim.model.agents.miner_rules import clamp, sanction_belief_after
from asmsim.model.agents.official import unsampled
from asmsim.model.agents.purposes import BAND, SITE, STREAM
from asmsim.model.rows import BandRow, MinerRow, Parameters, PlaceRow, SiteRow, TableOf, TallyRow
from asmsim.model.state import BANDS, BETWEEN_PLOTS, HOLDS_PLOT, LICENSED, PLOT_EXHAUSTED, Orders, Scratch, State

copy_crew = rule(make_copier(BANDS))


# --- rules ------------------------------------------------------------------------------------
@rule
def richness(base_grade: float, ore: float, crowd: float, p: Parameters) -> float:
    """Yield multiplier of a site: grade, falling with the ore dug and with crowding (M19)."""
    crowded = math.pow(max(1.0, crowd / p.crew_reference), -p.crowding)
    return base_grade * math.pow(max(ore, p.least_ore), p.depletion) * crowded


@rule
def site_utility(rent: float, travel_hours: float, belief: float, loss: float, profit: float, p: Parameters) -> float:
    """Worth of digging at a site, in months of profit (M12): rent less travel and feared raids.

    The way there is gone once, so that its cost is spread over the stay.
    """
    return (rent - p.move_cost * travel_hours / p.stay_months - belief * loss) / max(profit, 1.0)


@rule
def site_rent(richness: float, price: float, outside: float, p: Parameters) -> float:
    """What a median person earns at a site in a usual month, USD: the season's gold less its digging (M19)."""
    season = p.skill_median * richness * price * p.usual_price_share - p.dig_cost * outside
    return p.season_share * season


@rule
def raid_hazard(capacity: float, weight: float, work: float) -> float:
    """Chance that the district's force clears a site this month; `work` is that of all sites, the staff stay as many."""
    return min(1.0, capacity * weight / max(work, 1e-9))


@rule
def attention(site: SiteRow, p: Parameters) -> float:
    """How much of the force a site draws: seen from afar, and more if it has been shown to the authorities (M12)."""
    return site.visibility * (p.disclosed_weight if site.disclosed == 1 else 1.0)


# --- the month --------------------------------------------------------------------------------
@rule
def enforcement_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Inspections and raids work through the sites known to the authorities (M11, M12).

    Disclosure moves a site to the front of a queue whose staff is unchanged, so others gain quiet; but what has
    been shown need not be searched for, so the same staff clear more.  Others gain as long as
    disclosed_weight*(1 - search_share) > 1.
    """
    sites, bands, places = st.sites, st.bands, st.places
    mk, lasting = month_key(seed, STREAM.sites, t), month_key(seed, STREAM.start_sites, 0)
    mb = month_key(seed, STREAM.bands, t)
    crew = int(rules[0].crew_slots)
    for d in range(places.shape[0]):
        here, p = sc.here[d], rules[sc.rule[d]]
        place = places[d]
        first, last = place.first_site, place.first_site + place.sites
        work = 0.0
        for k in range(first, last):
            site = sites[k]
            shown = uniform(slot_key(lasting, k), SITE.shown) < here.disclosure  # the same sites every month
            site.disclosed = 1 if shown else 0
            work += site.busy * attention(site, p) * (1.0 - p.search_share if site.disclosed == 1 else 1.0)
        force = here.raids * (1.0 - p.trust_tips * place.trust)
        for k in range(first, last):
            site = sites[k]
            key = slot_key(mk, k)
            busy = uniform(key, SITE.busy) < site.busy  # somebody digs there, sampled or not
            raided = busy and uniform(key, SITE.raid) < raid_hazard(force, attention(site, p), work)
            site.raided = 1 if raided else 0
            site.patrol = here.patrol_months if raided else max(0.0, site.patrol - 1.0)
            site.open = 1 if site.patrol <= 0.0 else 0
            site.belief = sanction_belief_after(site.belief, raided, False, False, p)
            if raided:
                site.ever_cleared = 1
        for b in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
            band = bands[b]
            legal = band.status == HOLDS_PLOT or band.status == PLOT_EXHAUSTED
            hit = sites[band.site].raided == 1 and band.members > 0
            band.raided = 1 if hit and not legal else 0
            seen = band.members > 0 and uniform(slot_key(mb, b), BAND.inspected) < here.inspections
            band.inspected = 1 if seen else 0


@rule
def best_site(
    sites: TableOf[SiteRow],
    places: TableOf[PlaceRow],
    here: int,
    key: int,
    d: int,
    near: Rows,
    hours: Rows,
    cleared: bool,
    p: Parameters,
) -> int:
    """Where a band goes: -2 out of mining, or a site within reach, by logit (M12).

    A cleared band may leave mining, stay at its site or go to another; a band that merely looks around compares
    sites.  Sites are alike to who weighs leaving mining (a nested logit): the best of them stands against it,
    however many there are.  Gumbel noise keyed to the option keeps the choice independent of order.
    """
    place = places[d]
    profit = max(place.income, p.least_profit * place.outside)
    loss = p.sanction_loss * place.outside
    best = here
    top = site_utility(sites[here].rent, 0.0, sites[here].belief, loss, profit, p) + p.site_habit
    top -= p.patrol_deterrence if sites[here].open == 0 else 0.0
    worth = top
    top += gumbel(uniform(key, BAND.site)) / p.site_slope
    for n in range(near.shape[1]):
        e = near[d, n]
        if e < 0 or (e != d and places[e].full == 1):
            continue
        for k in range(places[e].first_site, places[e].first_site + places[e].sites):
            site = sites[k]
            if k == here or site.open == 0:
                continue
            u = site_utility(site.rent, hours[d, n], site.belief, loss, profit, p)
            worth = max(worth, u)
            u += gumbel(uniform(key, BAND.first_site + k)) / p.site_slope
            if u > top:
                best, top = k, u
    if cleared:
        out = p.outside_pull * place.outside / profit + gumbel(uniform(key, BAND.out)) / p.site_slope
        if out > worth + gumbel(uniform(key, BAND.on)) / p.site_slope:
            best = -2
    return best


@rule
def open_site(sites: TableOf[SiteRow], place: PlaceRow, here: int, key: int, p: Parameters) -> int:
    """Where in its district a crew that is still to come will dig instead of a site under patrol (M12)."""
    profit = max(place.income, p.least_profit * place.outside)
    loss = p.sanction_loss * place.outside
    best, top = here, -math.inf
    for k in range(place.first_site, place.first_site + place.sites):
        if sites[k].open == 1:
            u = site_utility(sites[k].rent, 0.0, sites[k].belief, loss, profit, p)
            u += gumbel(uniform(key, BAND.first_site + k)) / p.site_slope
            if u > top:
                best, top = k, u
    return best


@rule
def gumbel(u: float) -> float:
    """Standard Gumbel draw from a uniform one."""
    return -math.log(-math.log(u + 1e-12) + 1e-12)


@rule
def moves_month(t: int, seed: int, st: State, sc: Scratch, plan: Orders, rules: TableOf[Parameters]) -> None:
    """Cleared bands choose where to go; a few others look around; then everybody moves (M12)."""
    sites, bands, places = st.sites, st.bands, st.places
    mk = month_key(seed, STREAM.bands, t)
    crew = int(rules[0].crew_slots)
    for d in range(places.shape[0]):
        places[d].full = 0
    for d in range(places.shape[0]):
        place, p = places[d], rules[sc.rule[d]]
        for b in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
            band = bands[b]
            key = slot_key(mk, b)
            if band.members == 0 and sites[band.site].open == 0:
                band.site = open_site(sites, place, band.site, key, p)
            if band.members == 0 or band.status == HOLDS_PLOT:
                continue
            cleared = band.raided == 1
            if not cleared and uniform(key, BAND.move) >= p.move_review:
                continue
            while True:
                choice = best_site(sites, places, band.site, key, d, plan.near, plan.hours, cleared, p)
                if choice == -2:
                    disband(st.miners, band, b, sc.tallies[d], p)
                elif sites[choice].district == d:
                    band.site = choice
                elif not move_band(st, b, choice, t, sc, p):
                    places[sites[choice].district].full = 1
                    continue
                break


@rule
def disband(miners: TableOf[MinerRow], band: BandRow, b: int, s: TallyRow, p: Parameters) -> None:
    """The members of a cleared band give up mining, but for those who hold a licence of their own."""
    crew = int(p.crew_slots)
    for i in range(b * crew, (b + 1) * crew):
        status = miners[i].status
        if miners[i].present == 1 and status != LICENSED and status != BETWEEN_PLOTS:
            leave(miners[i], s)
            band.members -= 1


@rule
def close_account(me: MinerRow, s: TallyRow) -> None:
    """A debt that nobody will collect is written off by its lender."""
    s.written_off += me.debt
    lend(me, -me.debt, s)
    me.debt = 0.0


@rule
def move_band(st: State, b: int, site: int, t: int, sc: Scratch, p: Parameters) -> bool:
    """Carry a whole band to an empty block of the site's district; False if there is no room."""
    miners, band = st.miners, st.bands[b]
    crew = int(p.crew_slots)
    e = st.sites[site].district
    d = band.district
    place = st.places[e]
    for c in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
        to = st.bands[c]
        if to.members > 0 or to.organised == 1 or recently_used(miners, c, crew, t):
            continue
        for k in range(crew):
            a = b * crew + k
            if miners[a].present == 1:
                if miners[a].bank_client == 0:
                    close_account(miners[a], sc.tallies[d])
                move_person(miners[a], miners[c * crew + k], place.traders)
                sc.tallies[d].moved_out += 1.0
        copy_crew(band, to)
        to.site = site
        to.raided = 2 * band.raided  # raided, and has moved already
        band.members = 0
        band.signed = 0
        band.raided = 0
        return True
    return False


@rule
def recently_used(miners: TableOf[MinerRow], band: int, crew: int, t: int) -> bool:
    """Whether somebody who mined here in the last 12 months still counts as a miner (N)."""
    for i in range(band * crew, (band + 1) * crew):
        if t - miners[i].last_dug < 12:
            return True
    return False


@rule
def others_move(sites: TableOf[SiteRow], place: PlaceRow, total: float, p: Parameters) -> None:
    """The crews that a sample leaves out look around and are cleared as the others are: in expectation.

    Without this, the rich sites that sampled crews move to would never be crowded by those unseen.
    """
    first, last = place.first_site, place.first_site + place.sites
    profit = max(place.income, p.least_profit * place.outside)
    loss = p.sanction_loss * place.outside
    pull, whole = 0.0, 0.0
    for k in range(first, last):
        site = sites[k]
        u = min(20.0, site_utility(site.rent, 0.0, site.belief, loss, profit, p))
        site.pull = math.exp(p.site_slope * u) if site.open == 1 else 0.0
        pull += site.pull
    for k in range(first, last):
        site = sites[k]
        stay = math.exp(p.site_slope * p.site_habit) * site.pull
        elsewhere = pull - site.pull
        leave = p.move_review * elsewhere / (stay + elsewhere) if site.open == 1 else 1.0
        site.leaving = leave * site.others if elsewhere > 0.0 else 0.0
    for k in range(first, last):
        site = sites[k]
        site.others -= site.leaving
        for j in range(first, last):
            if j != k and sites[j].leaving > 0.0:
                site.others += sites[j].leaving * site.pull / (pull - sites[j].pull)
        whole += site.others
    for k in range(first, last):
        site = sites[k]
        if whole > 0.0:
            site.others *= total / whole
        else:  # nobody was left: those who come dig where it is worth most
            site.others = total * (site.pull / pull if pull > 0.0 else 1.0 / place.sites)


@rule
def crews(t: int, st: State, place: PlaceRow, crew: int, p: Parameters) -> None:
    """Who digs at each site of a district, and what is left of its ore.

    At 1 in k the crews that are not simulated are reckoned from those that are (M6): of the few crews
    of a sample each would else crowd its own site with the k that it stands for.
    """
    sites, bands = st.sites, st.bands
    first, last = place.first_site, place.first_site + place.sites
    for k in range(first, last):
        site = sites[k]
        site.crew, site.crews, site.gold_g = 0, 0, 0.0
    people, number, gold = 0.0, 0.0, 0.0
    for b in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
        band = bands[b]
        if band.members > 0:
            site = sites[band.site]
            site.crew += band.members
            site.crews += 1
            site.gold_g += band.gold_g
            people += band.members
            number += 1.0
            gold += band.gold_g
    if t == 0:
        for k in range(first, last):
            sites[k].others = unsampled(sites[k].crews, p.scale * number / place.sites, p)
    elif p.scale > 1.0:
        others_move(sites, place, (p.scale - 1.0) * number, p)
    for k in range(first, last):
        site = sites[k]
        more = site.others
        site.crowd = site.crew + more * people / max(1.0, number)
        alike = p.sample_alike + site.crews  # those left out are negative binomial
        site.busy = 1.0 if site.crews > 0 else 1.0 - math.pow(alike / (alike + more), alike)
        dug = site.gold_g + more * gold / max(1.0, number)
        site.ore = max(0.0, site.ore - dug / p.scale / site.reserve_g)


@rule
def deposits_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Crews, rents, ore and discoveries of every site; the pull of entry (M19)."""
    sites, places = st.sites, st.places
    mk = month_key(seed, STREAM.sites, t)
    crew = int(rules[0].crew_slots)
    for d in range(places.shape[0]):
        here, p = sc.here[d], rules[sc.rule[d]]
        place = places[d]
        price = here.gold_price
        crews(t, st, place, crew, p)
        found = 0.0
        for k in range(place.first_site, place.first_site + place.sites):
            site = sites[k]
            chance = (p.discovery_hazard + here.discovery) / place.sites
            if uniform(slot_key(mk, k), SITE.find) < chance:
                site.ore = 1.0 + p.discovery_size
                found = 1.0
            if (k + t) % 3 == 0 or found > 0.0:  # ore and crowding move slowly: each site once a quarter
                site.richness = richness(site.base_grade, site.ore, site.crowd, p)
            site.rent += (site_rent(site.richness, price, place.outside, p) - site.rent) / p.rent_months
        place.rush = max(found * p.rush_pull, place.rush * p.rush_decay)
        place.entry = entry_hazard(t, st, sc, d, p)


@rule
def entry_hazard(t: int, st: State, sc: Scratch, d: int, p: Parameters) -> float:
    """Chance that an empty slot fills: earnings, less feared raids, over the outside option, shocks, contacts (M19, M12)."""
    places, here = st.places, sc.here[d]
    place = places[d]
    rent = 0.0
    for k in range(place.first_site, place.first_site + place.sites):
        feared = st.sites[k].belief * p.sanction_loss * place.outside
        rent += max(0.0, st.sites[k].rent - feared) / place.sites
    pull = math.pow(max(rent, 1.0) / max(place.outside, 1.0), p.entry_elasticity)
    s = sc.tallies[d]
    contacts = p.entry_contacts_base + (1.0 - p.entry_contacts_base) * min(1.0, s.present / max(1.0, place.room))
    shock = 1.0 + p.shock_entry * here.livelihood_shock + place.rush
    # as many enter as there is room for, however many slots whole bands make of it
    empty = max(1.0, place.slots - s.recent)
    free = clamp((place.room - s.recent) / empty, 0.0, 2.0)
    chance = p.entry_base * pull * contacts * shock * free
    if t < st.nation[0].settles_until:
        return settle(place, s, chance, empty, p)
    return min(0.5, place.entry_usual * chance)


@rule
def settle(place: PlaceRow, s: TallyRow, chance: float, empty: float, p: Parameters) -> float:
    """Entry that keeps as many people as the context states, and what that is beside the chance expected (M19).

    How many mine in a usual year is a fact that a country states; how readily people enter is not known of any. So while a
    country settles, who leaves is replaced, and what is missing comes within a year; later entry moves from there.
    """
    place.leaving += (s.left - place.leaving) / 12.0
    missing = place.usual / p.scale - s.recent
    entry = clamp((place.leaving + missing / 12.0) / empty, 0.0, 0.5)
    place.entry_usual += (clamp(entry / max(chance, 1e-6), 0.05, 20.0) - place.entry_usual) / 12.0
    return entry
