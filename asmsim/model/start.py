"""The first month's state, drawn with the same keys as everything else (MODEL 2)."""

from asmsim.engine.columns import Rows
from asmsim.engine.compile import rule
from asmsim.engine.rng import bell, month_key, slot_key, uniform
from asmsim.model.agents.buyer import export_net, most_at_window, smuggling_cost, smuggling_net, window_goal, window_net
from asmsim.model.agents.miner import enter
from asmsim.model.agents.miner_rules import clamp
from asmsim.model.agents.purposes import BAND, BUYER, MINER, OFFICE, SITE, STREAM
from asmsim.model.environment.sites import crews, richness
from asmsim.model.rows import Parameters, TableOf
from asmsim.model.state import BUYERS, COHORTS, NEVER, TRADERS, Scratch, State


@rule
def start(st: State, sc: Scratch, base: Rows, seed: int, rules: TableOf[Parameters]) -> None:
    """Fill the tables: people, bands, sites, traders, offices, residents, ministries."""
    people = month_key(seed, STREAM.start_people, 0)
    bands = month_key(seed, STREAM.start_bands, 0)
    residents = month_key(seed, STREAM.start_residents, 0)
    sites = month_key(seed, STREAM.start_sites, 0)
    buyers = month_key(seed, STREAM.start_buyers, 0)
    offices = month_key(seed, STREAM.start_offices, 0)
    for d in range(st.places.shape[0]):
        place, p = st.places[d], rules[sc.rule[d]]
        for h in range(sc.now.shape[1]):
            sc.now[d, h] = base[0, d, h]
        here = sc.here[d]
        place.outside = here.outside_income
        place.income = place.outside
        place.review = p.review_hazard
        start_people(st, sc, d, people, bands, p)
        start_sites(st, d, sites, p)
        start_buyers(st, sc, d, buyers, p)
        start_office(st, d, offices, residents, p)
    p = rules[sc.rule[0]]
    for j in range(st.ministries.shape[0]):
        ministry = st.ministries[j]
        ministry.present = 1
        ministry.will = p.will_start
        ministry.knowledge = p.newcomer_knowledge
        ministry.staff = 1.0
    nation = st.nation[0]
    nation.credibility = p.credibility_base
    nation.stigma = p.stigma_start
    for j in range(st.programmes.shape[0]):
        st.programmes[j].learned = p.learned_start


@rule
def start_people(st: State, sc: Scratch, d: int, people: int, crews: int, p: Parameters) -> None:
    """People and bands; who mines at the start is drawn for each slot."""
    miners, bands, places = st.miners, st.bands, st.places
    place = places[d]
    crew = int(p.crew_slots)
    chance = place.initial / max(1.0, place.slots)
    first = place.first_slot
    present = 0.0
    for i in range(first, first + place.slots):
        me = miners[i]
        key = slot_key(people, i)
        me.district = d
        me.last_dug = NEVER
        if uniform(key, MINER.come) < chance:
            enter(miners[i], key, place.traders, place.outside, 0.0, p)
            present += 1.0
    sc.tallies[d].present = present
    sc.ledger[0].people += present
    for b in range(first // crew, (first + place.slots) // crew):
        band = bands[b]
        key = slot_key(crews, b)
        band.district = d
        band.site = place.first_site + int(uniform(key, BAND.site) * place.sites)
        band.hard_rock = 1 if uniform(key, BAND.rock) < place.hard_rock else 0
        band.mercury = 1 if band.hard_rock == 1 and uniform(key, BAND.method) < p.mercury_start else 0
        for i in range(b * crew, (b + 1) * crew):
            me = miners[i]
            band.members += me.present


@rule
def start_sites(st: State, d: int, mk: int, p: Parameters) -> None:
    """Sites with a grade each and a deposit in proportion to the people of the district."""
    sites, places = st.sites, st.places
    place = places[d]
    crew = int(p.crew_slots)
    first = place.first_site
    for k in range(first, first + place.sites):
        site = sites[k]
        key = slot_key(mk, k)
        site.district = d
        site.open = 1
        site.base_grade = clamp(1.0 + p.grade_spread * bell(key, SITE.grade), 0.3, 3.0)
        site.ore = 1.0
        site.reserve_g = p.reserve_per_slot * place.room / place.sites
        site.visibility = p.visibility_least + uniform(key, SITE.visible)
        site.belief = p.belief_floor
        site.crew = 0
    crews(0, st, place, crew, p)
    for k in range(first, first + place.sites):
        site = sites[k]
        site.richness = richness(site.base_grade, 1.0, site.crowd, p)
        site.rent = place.outside


@rule
def start_buyers(st: State, sc: Scratch, d: int, mk: int, p: Parameters) -> None:
    """Traders with their own cost of smuggling; each begins with the split that pays."""
    place = st.places[d]
    buyers, here = st.buyers, sc.here[d]
    for n in range(BUYERS):
        j = d * BUYERS + n
        key = slot_key(mk, j)
        buyers[j].district = d
        buyers[j].kind = 0 if n < TRADERS else n - TRADERS + 1
        buyers[j].cash_limit = 0.0
        buyers[j].served = 1.0
        if n >= TRADERS:
            continue
        buyers[j].present = 1 if n < place.traders else 0
        buyers[j].smuggling_cost = smuggling_cost(bell(key, BUYER.cost), p)
        buyers[j].patient = 1 if uniform(key, BUYER.patient) < p.patient_share else 0
        official, abroad = window_net(here, p), export_net(here, p)
        days = 0.0 if abroad > official else here.window_days
        official = max(official, abroad)
        smuggled = smuggling_net(buyers[j].smuggling_cost, 0.0, here, p)
        most = most_at_window(days, here.origin_asked, 0.0, p)
        buyers[j].official = window_goal(100.0 * (official - smuggled), most, p)
        buyers[j].ties = buyers[j].official
    place.centre_alive = 1.0
    place.funds = 1.0


@rule
def start_office(st: State, d: int, mk: int, opinions: int, p: Parameters) -> None:
    """The local office and the residents."""
    offices, residents, places = st.offices, st.residents, st.places
    place = places[d]
    office = offices[d]
    key = slot_key(mk, d)
    office.present = 1
    office.attitude = clamp(p.attitude_base + p.attitude_spread * (uniform(key, OFFICE.attitude) - 0.5), 0.0, 1.0)
    office.knowledge = p.newcomer_knowledge
    office.staff = p.office_staff * place.usual / 1000.0
    office.officials = office.staff
    office.capital = 1.0
    place.kept = 1.0
    office.experience = 0.0
    office.quality = 1.0
    place.trust = p.trust_start
    total = 0.0
    for c in range(d * COHORTS, (d + 1) * COHORTS):
        resident = residents[c]
        u = slot_key(opinions, c)
        resident.district = d
        resident.stigma = clamp(p.stigma_start + p.stigma_spread * (uniform(u, OFFICE.opinion) - 0.5), 0.0, 1.0)
        resident.openness = p.openness
        total += resident.stigma
    place.stigma = total / COHORTS
