"""Outcomes: what a run reports each month, with unit and meaning, and how the kernel adds it up (MODEL 7)."""

from enum import IntEnum

from asmsim.engine.columns import Rows
from asmsim.engine.compile import rule
from asmsim.model.rows import OutcomeRow, Parameters
from asmsim.model.state import (
    BUYERS,
    FILED,
    HOLDS_PLOT,
    INCOME_BINS_A_UNIT,
    INCOME_LOWEST,
    PLOT_EXHAUSTED,
    TRADERS,
    WAITS_FOR_LAND,
    Scratch,
    State,
)


class O(IntEnum):  # noqa: E742  (read as O.licensed_share in the kernel)
    """name = group, unit, label, meaning.  Counts are of the whole population (persons simulated x scale)."""

    group: str
    unit: str
    label: str
    meaning: str

    def __new__(cls, group: str, unit: str, label: str, meaning: str) -> "O":
        """Number the members in the order in which they are written."""
        self = int.__new__(cls, len(cls.__members__))
        self._value_ = len(cls.__members__)
        self.group, self.unit, self.label, self.meaning = group, unit, label, meaning
        return self

    # People
    miners = "people", "persons", "Miners", "people who mined at least one month in the last 12 (N)"
    miners_present = "people", "persons", "Miners present", "people mining or between seasons now"
    licensed_share = (
        "people",
        "share",
        "Licensed share of miners",
        "valid licence and mined in the last 12 months, over N (L)",
    )
    licensed = "people", "persons", "Licensed miners", "holders of a valid licence who mined in the last 12 months"
    paper_licences = "people", "persons", "Licences on paper", "holders of a licence whether or not they mined"
    unregistered = "people", "persons", "Unregistered miners", "miners who never applied or gave up"
    in_process = "people", "persons", "Miners with a pending application", "miners with a file pending"
    in_process_share = (
        "people",
        "share",
        "Share of miners with a pending application",
        "miners with a file pending, over N",
    )
    in_process_idle = (
        "people",
        "persons",
        "Miners registered for protection only",
        "miners registered for the shield alone, whose file rests",
    )
    file_age = "people", "months", "Age of pending applications", "mean age of pending files"
    between_plots = "people", "persons", "Licence holders between plots", "licence holders between plots"
    lapsed = "people", "persons", "Miners whose licence has lapsed", "miners who have lost a licence"
    applications = "people", "persons/month", "Applications", "miners who apply"
    licences_granted = "people", "persons/month", "Licences granted", "licences granted"
    licences_lost = "people", "persons/month", "Licences lost", "licences lost, for whatever reason"
    lost_with_group = (
        "people",
        "persons/month",
        "Licences lost with a group",
        "licences lost with a group that falls apart; those lost and neither so nor not renewed are lost with a plot",
    )
    renewals_due = "people", "persons/month", "Renewals due", "licences that come up for renewal"
    lapses = "people", "persons/month", "Licences not renewed", "licences not renewed"
    still_mining = (
        "people",
        "persons/month",
        "Former licence holders still mining",
        "people who lost a licence 12 months ago and mine on without",
    )
    struck_off = "people", "files/month", "Files struck off", "files of persons that are struck off the register"
    gave_up = "people", "persons/month", "Applicants who give up", "applicants who give up"
    entered = "people", "persons/month", "People entering mining", "people who enter mining"
    left = "people", "persons/month", "People leaving mining", "people who leave mining"
    displaced = "people", "persons/month", "People moving to another district", "people who move to another district"
    women_share = "people", "share", "Share of women among miners", "women among miners"
    women_licence_ratio = (
        "people",
        "ratio",
        "Women's licensed share relative to men's",
        "licensed share of women over that of men",
    )
    enterprises = "people", "enterprises", "Organised groups", "organised groups"
    enterprises_licensed = "people", "enterprises", "Licensed groups", "groups with a plot or between plots"
    enterprise_size = (
        "people",
        "persons",
        "Members per licensed group",
        "mean members who signed, of groups with a plot or between plots",
    )
    certified = "people", "enterprises", "Certified groups", "certified groups"
    # Gold
    gold_mined = "gold", "kg/month", "Gold mined", "gold mined"
    gold_per_miner = "gold", "g/year", "Gold per miner", "gold of the last 12 months over N"
    gold_to_trader = "gold", "kg/month", "Gold sold to traders", "sold first to traders"
    gold_to_centre = "gold", "kg/month", "Gold sold to buying centres", "sold first to buying centres"
    gold_to_window = (
        "gold",
        "kg/month",
        "Gold brought to the official window by miners",
        "carried by miners to the official window",
    )
    gold_to_off_taker = "gold", "kg/month", "Gold sold to certified buyers", "sold first to off-takers"
    gold_official = "gold", "kg/month", "Gold reaching the official window", "reaches the official window, by whomever"
    gold_individuals = (
        "gold",
        "kg/month",
        "Gold that the central bank records as sold by individuals",
        "reaches the official window, with what companies sell through persons (`company_gold`) where it pays traders",
    )
    gold_exported = "gold", "kg/month", "Gold exported under licence", "leaves by licensed export"
    gold_smuggled = "gold", "kg/month", "Gold smuggled", "leaves by smuggling"
    gold_confiscated = "gold", "kg/month", "Gold confiscated", "taken in raids"
    gold_stock = "gold", "kg", "Gold held back by traders", "held back by traders"
    official_share = (
        "gold",
        "share",
        "Share of gold sold officially",
        "gold sold through the official channel (window and licensed export) over all gold that leaves the traders",
    )
    centre_share = (
        "gold",
        "share",
        "Buying centres' share of official gold",
        "buying centres over gold that reaches the window",
    )
    price_received = "gold", "share", "Price received by miners", "price received by miners over world price"
    trader_price = "gold", "share", "Price paid by local traders", "price paid by local traders over world price"
    tied_share = "gold", "share", "Share of miners in debt to a trader", "miners in debt to a trader"
    # Money
    income_mean = "money", "USD/month", "Mean income", "mean net income, last 12 months"
    income_median = "money", "USD/month", "Median income", "median net income, last 12 months"
    income_low = "money", "USD/month", "Income of the poorest fifth", "net income at the bottom quintile"
    income_gini = "money", "1", "Inequality of incomes (Gini)", "Gini of net income (negative incomes as zero)"
    royalty_and_tax = "money", "USD/month", "Royalty and tax collected", "royalty and taxes collected on gold"
    revenue_forgone = (
        "money",
        "USD/month",
        "Royalty and tax lost to smuggling",
        "royalty and taxes due on gold that was smuggled",
    )
    fees = "money", "USD/month", "Licence fees and dues", "licence fees and dues"
    cost_private = "money", "USD/month", "Fees, dues and fines paid by miners", "fees, dues and fines paid by miners"
    local_revenue = (
        "money",
        "USD/month",
        "Mining revenue that stays in districts",
        "ASM revenue that stays in districts",
    )
    cost_donor = "money", "USD/month", "Cost to the donor", "paid by the donor"
    cost_government = "money", "USD/month", "Cost to the government", "paid by government"
    cost_market = "money", "USD/month", "Cost to firms", "paid by firms"
    reserves = (
        "money",
        "USD/year",
        "Official purchases of artisanal gold",
        "official purchases of ASM gold, last 12 months",
    )
    bribes = "money", "USD/month", "Bribes paid by miners", "paid by miners to buy off a raid or an inspection"
    elite_take = (
        "money",
        "USD/month",
        "Kept by the elites of groups",
        "kept by the elites of captured groups of what other members earn",
    )
    # Rights
    raids = "rights", "sites/month", "Raids", "sites raided"
    sites_cleared = "rights", "sites", "Sites cleared at least once", "sites cleared at least once"
    miners_disclosed = (
        "rights",
        "persons",
        "Miners at disclosed sites",
        "people who dig at sites shown to the authorities",
    )
    miners_undisclosed = "rights", "persons", "Miners at undisclosed sites", "people who dig at other sites"
    reactivated_share = (
        "rights",
        "share",
        "Cleared sites at work again",
        "sites cleared at least once where `site_least` people or more dig again",
    )
    violations = "rights", "per 1,000 miners and month", "Rights violations", "violations by officials and guards"
    guard_violations = (
        "rights",
        "per 1,000 miners and month",
        "Violations by company guards",
        "violations by company guards",
    )
    violations_reported = "rights", "per 1,000 miners and month", "Violations reported", "violations reported"
    bribed_share = (
        "rights",
        "share",
        "Sanctions bought off",
        "raids and inspections that were bought off, of those that are remembered",
    )
    overdue = "rights", "persons", "Applicants not answered in time", "applicants whose file is older than was promised"
    promises_kept = (
        "rights",
        "share",
        "Belief that applications are answered in time",
        "believed chance that an applicant is answered in the time promised",
    )
    trust = "rights", "1", "Trust in officials", "mean trust in officials"
    knows_procedure = "rights", "share", "Miners who know how to apply", "miners who know how to apply"
    visits = "rights", "persons/month", "Miners visited", "miners visited"
    # Public
    stigma_local = "public", "1", "Stigma among residents", "mean stigma among residents"
    stigma_national = "public", "1", "Stigma in national media", "stigma in national media"
    polarisation = "public", "1", "Disagreement among residents", "variance of residents' stigma"
    # State
    will = "state", "1", "Political will", "effective political will"
    law_stage = "state", "code", "Stage of the law", "0 none, 1 draft, 2 passed, 3 by-laws, 4 in force"
    law_suspended = "state", "0/1", "Law suspended", "the law is suspended"
    credibility = "state", "1", "Belief that rules will last", "believed chance that rules outlive the horizon"
    backlog = "state", "files", "Files pending at offices", "files pending at offices"
    land_queue = "state", "files", "Groups waiting for land", "groups that wait for land"
    office_knowledge = "state", "1", "Knowledge of local officials", "mean knowledge of local officials"
    office_attitude = "state", "1", "Goodwill of local officials", "mean goodwill of local officials"
    office_experience = "state", "sign-offs", "Experience of an office", "mean stock of experience of an office"
    wait = "state", "months", "Expected wait for a licence", "expected wait of a new file"
    project_capacity = "state", "1", "Capacity of the project team", "what the project team can carry (Kp)"
    local_capacity = "state", "1", "Capacity of local partners", "what local partners can carry (Kl)"
    federation = "state", "1", "Strength of the miners' federation", "strength of the federation"
    # Environment
    mercury = "environment", "kg/month", "Mercury used", "mercury used"
    mercury_per_gold = "environment", "g/g", "Mercury per gram of gold", "mercury used over gold mined"
    mercury_free_share = "environment", "share", "Crews working without mercury", "bands that work without mercury"
    damage = "environment", "ha", "Land damaged and not restored", "land damaged and not restored"
    rehabilitated = "environment", "ha", "Land restored", "land restored since the start"
    # Traders
    traders_official = (
        "gold",
        "share",
        "Traders selling officially",
        "mean share that traders bring to the official window",
    )
    traders_accredited = (
        "gold",
        "share",
        "Traders with papers at the window",
        "papers and ties of traders that are in order",
    )
    # Conservation: residual over turnover, exactly conserved up to rounding
    check_gold = "check", "1", "Check: gold conserved", "gold mined less gold gone and held, over gold mined"
    check_money = "check", "1", "Check: money conserved", "residual of miners' money over sales"
    check_debt = "check", "1", "Check: debts conserved", "miners' debts less lenders' loans, over debts"
    check_people = "check", "persons", "Check: people conserved", "people present less entered plus left"
    check_files = "check", "files", "Check: files conserved", "files pending less opened plus closed"
    slots_full = "check", "share", "Districts with no room", "districts with no room for another miner"


NUMBER = len(O)
CHECKS = tuple(o for o in O if o.group == "check" and o is not O.slots_full)


@rule
def add_up(sc: Scratch) -> None:
    """National tallies and incomes: sums over districts, in their order."""
    for k in range(sc.sums.shape[1]):
        sc.all[k] = 0.0
    for k in range(sc.incomes.shape[1]):
        sc.all_incomes[k] = 0.0
    for d in range(sc.sums.shape[0]):
        for k in range(sc.sums.shape[1]):
            sc.all[k] += sc.sums[d, k]
        for k in range(sc.incomes.shape[1]):
            sc.all_incomes[k] += sc.incomes[d, k]


@rule
def over(x: float, y: float) -> float:
    """X / y, or 0 where y is not positive."""
    return x / y if y > 0.0 else 0.0


@rule
def mean_of(values: Rows) -> float:
    """Mean, summed in order."""
    x = 0.0
    for k in range(values.shape[0]):
        x += values[k]
    return x / max(1, values.shape[0])


@rule
def income_quantile(incomes: Rows, people: float, share: float) -> float:
    """Income over outside income below which `share` of the miners lie, from the histogram."""
    below = 0.0
    for k in range(incomes.shape[0]):
        if below + incomes[k] >= share * people and incomes[k] > 0.0:
            return INCOME_LOWEST + (k + (share * people - below) / incomes[k]) / INCOME_BINS_A_UNIT
        below += incomes[k]
    return 0.0


@rule
def gini(incomes: Rows, people: float) -> float:
    """Gini coefficient from the histogram; negative incomes count as zero."""
    rank = 0.0
    earned = 0.0
    weighted = 0.0
    for k in range(incomes.shape[0]):
        x = max(0.0, INCOME_LOWEST + (k + 0.5) / INCOME_BINS_A_UNIT)
        weighted += incomes[k] * x * (rank + 0.5 * incomes[k])
        earned += incomes[k] * x
        rank += incomes[k]
    return over(2.0 * weighted, people * earned) - 1.0 if earned > 0.0 else 0.0


@rule
def record_people(row: OutcomeRow, st: State, sc: Scratch, p: Parameters) -> None:
    """People and enterprises of the month."""
    every, w = sc.every[0], p.scale
    recent = every.recent
    present = every.present
    licensed = every.licensed
    row.miners = w * recent
    row.miners_present = w * present
    row.licensed = w * every.valid
    row.licensed_share = over(every.valid, recent)
    row.paper_licences = w * licensed
    row.unregistered = w * (present - licensed - every.in_process - every.lapsed_now)
    row.in_process = w * every.in_process
    row.in_process_share = over(every.in_process, recent)
    row.in_process_idle = w * every.resting
    row.file_age = over(every.process_months, every.in_process)
    row.between_plots = w * every.between
    row.lapsed = w * every.lapsed_now
    row.applications = w * every.applied
    row.licences_granted = w * every.granted
    row.licences_lost = w * every.lost_licence
    row.lost_with_group = w * every.lost_with_group
    row.renewals_due = w * every.renewals
    row.lapses = w * every.lapses
    row.still_mining = w * every.lapsed_stay
    row.struck_off = w * every.struck
    row.gave_up = w * every.gave_up
    row.entered = w * every.entered
    row.left = w * every.left
    row.displaced = w * every.moved_out
    women = every.women
    row.women_share = over(women, present)
    row.women_licence_ratio = over(every.women_licensed * (present - women), (licensed - every.women_licensed) * women)
    members = 0.0
    groups = 0.0
    holding = 0.0
    certified = 0.0
    free = 0.0
    alive = 0.0
    for b in range(st.bands.shape[0]):
        band = st.bands[b]
        if band.members > 0:
            alive += 1.0
            free += 1.0 - band.mercury
        if band.organised == 1:
            groups += 1.0
            certified += band.certified
            if band.status == HOLDS_PLOT or band.status == PLOT_EXHAUSTED:
                holding += 1.0
                members += band.signed
    row.enterprises = w * groups
    row.enterprises_licensed = w * holding
    row.enterprise_size = over(members, holding)
    row.certified = w * certified
    row.mercury_free_share = over(free, alive)
    row.tied_share = over(every.tied, present)
    row.knows_procedure = over(every.knows, present)
    row.trust = over(every.trust, present)
    row.overdue = w * every.overdue
    sanctions, bought_off = 0.0, 0.0
    for d in range(st.places.shape[0]):
        sanctions += st.places[d].sanctions
        bought_off += st.places[d].bought_off
    row.bribed_share = over(bought_off, sanctions)
    row.promises_kept = mean_of(st.places.kept)
    row.visits = w * every.visits
    thousand = over(1000.0, present)
    row.violations = thousand * every.violations
    row.guard_violations = thousand * every.guard_violations
    row.violations_reported = thousand * every.reported


@rule
def record_gold(row: OutcomeRow, t: int, st: State, sc: Scratch, out: Rows, p: Parameters) -> None:
    """Gold of the month, by first buyer and by exit; and the traders."""
    every, flows, kg = sc.every[0], sc.flows[0], p.scale / 1000.0
    mined = every.gold
    trader = every.to_trader
    centre = every.to_centre
    window = every.to_window
    taker = every.to_off_taker
    row.gold_mined = kg * mined
    row.gold_to_trader = kg * trader
    row.gold_to_centre = kg * centre
    row.gold_to_window = kg * window
    row.gold_to_off_taker = kg * taker
    official = flows.official_g + centre + window
    row.gold_official = kg * official
    exported = taker + flows.exported_g
    row.gold_exported = kg * exported
    row.gold_smuggled = kg * flows.smuggled_g
    row.gold_confiscated = kg * every.confiscated
    row.gold_stock = kg * flows.stock_g
    row.official_share = over(official + exported, official + exported + flows.smuggled_g)
    row.centre_share = over(centre, official)
    sold = trader + centre + window + taker
    row.price_received = over(every.price_gold, sold)
    row.trader_price = over(every.trader_gold_price, trader)
    year = 0.0
    for k in range(max(0, t - 11), t):
        year += out[k].gold_mined
    row.gold_per_miner = over(1000.0 * (year + row.gold_mined), row.miners)
    row.mercury = kg * every.mercury_g
    row.mercury_per_gold = over(every.mercury_g, mined)
    count = 0.0
    at_window = 0.0
    papers = 0.0
    for d in range(st.places.shape[0]):
        for n in range(TRADERS):
            j = d * BUYERS + n
            if st.buyers[j].present == 1:
                count += 1.0
                at_window += st.buyers[j].official
                papers += st.buyers[j].ties
    row.traders_official = over(at_window, count)
    through_persons = p.company_gold * 1000.0 / 12.0  # t/year to kg/month
    row.gold_individuals = row.gold_official + through_persons * row.traders_official
    row.traders_accredited = over(papers, count)


@rule
def record_money(row: OutcomeRow, st: State, sc: Scratch, p: Parameters) -> None:
    """Incomes, public money and costs of the month."""
    every, ledger, before = sc.every[0], sc.ledger[0], sc.before[0]
    present = every.present
    outside = 0.0
    mean = 0.0
    for d in range(sc.tallies.shape[0]):
        place = st.places[d]
        outside += place.outside * over(sc.tallies[d].present, present)
        mean += place.income * over(sc.tallies[d].present, present)
    incomes = sc.all_incomes
    row.income_mean = mean
    row.income_median = outside * income_quantile(incomes, present, 0.5)
    row.income_low = outside * income_quantile(incomes, present, 0.2)
    row.income_gini = gini(incomes, present)
    row.royalty_and_tax = ledger.tax - before.tax
    row.revenue_forgone = ledger.tax_forgone - before.tax_forgone
    row.local_revenue = ledger.local_revenue - before.local_revenue
    row.fees = p.scale * every.fees
    row.cost_private = p.scale * (every.fees - every.subsidies + every.fines)
    row.cost_donor = ledger.donor - before.donor
    row.cost_government = ledger.government - before.government
    row.cost_market = ledger.market - before.market
    row.reserves = st.nation[0].reserves_usd
    row.bribes = p.scale * every.bribes
    row.elite_take = p.scale * every.elite_take


@rule
def record_state(row: OutcomeRow, st: State, sc: Scratch, p: Parameters) -> None:
    """Offices, law, opinion, donor and land."""
    donor = st.donors[0]
    offices, nation, places = st.offices, st.nation[0], st.places
    raided, cleared, again, shown, hidden = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(st.sites.shape[0]):
        site = st.sites[k]
        raided += site.raided
        cleared += site.ever_cleared
        again += site.ever_cleared if site.crowd >= p.site_least else 0
        shown += site.crew * site.disclosed
        hidden += site.crew * (1 - site.disclosed)
    row.raids = raided
    row.sites_cleared = cleared
    row.reactivated_share = over(again, cleared)
    row.miners_disclosed = p.scale * shown
    row.miners_undisclosed = p.scale * hidden
    row.stigma_local = mean_of(places.stigma)
    row.stigma_national = nation.stigma
    mean = mean_of(st.residents.stigma)
    spread = 0.0
    for c in range(st.residents.shape[0]):
        resident = st.residents[c]
        spread += (resident.stigma - mean) * (resident.stigma - mean)
    row.polarisation = spread / max(1, st.residents.shape[0])
    row.will = nation.will
    row.law_stage = nation.stage
    row.law_suspended = nation.suspended
    row.credibility = nation.credibility
    files = 0.0
    land = 0.0
    full = 0.0
    for d in range(sc.sums.shape[0]):
        place = places[d]
        office = offices[d]
        files += office.files
        land += office.waiting
        full += 1.0 if sc.tallies[d].recent >= 0.98 * place.slots else 0.0
    row.backlog = p.scale * files
    row.land_queue = p.scale * land
    row.slots_full = full / sc.sums.shape[0]
    row.office_knowledge = mean_of(offices.knowledge)
    row.office_attitude = mean_of(offices.attitude)
    row.office_experience = mean_of(offices.experience)
    row.wait = mean_of(offices.wait_months)
    row.project_capacity = donor.project_capacity
    row.local_capacity = donor.local_capacity
    row.federation = nation.federation
    damage = 0.0
    restored = 0.0
    for d in range(places.shape[0]):
        place = places[d]
        damage += place.damage_ha
        restored += place.rehabilitated_ha
    row.damage = damage
    row.rehabilitated = restored


@rule
def check_conservation(row: OutcomeRow, st: State, sc: Scratch, p: Parameters) -> None:
    """Gold, money, people and files are neither made nor lost; the residuals are outcomes."""
    every, flows, ledger = sc.every[0], sc.flows[0], sc.ledger[0]
    ledger.gold_mined += every.gold
    gone = every.confiscated + every.to_centre + every.to_window
    ledger.gold_gone += gone + every.to_off_taker + flows.official_g + flows.exported_g + flows.smuggled_g
    row.check_gold = over(ledger.gold_mined - ledger.gold_gone - flows.stock_g, ledger.gold_mined)
    flow = every.sales + every.elsewhere + every.payout + every.borrowed
    flow -= every.costs + every.repaid + every.spent + every.cash_out
    ledger.money += flow
    ledger.sales += every.sales
    row.check_money = over(every.wealth - ledger.money, ledger.sales)
    ledger.bank_loans += every.lent_bank
    loans = ledger.bank_loans
    for j in range(st.buyers.shape[0]):
        loans += st.buyers[j].loans
    debt = every.debt
    row.check_debt = over(abs(debt - loans), max(debt, 1.0))
    ledger.people += every.entered - every.left
    row.check_people = every.present - ledger.people
    opened = every.applied
    closed = every.granted + every.gave_up + every.left_pending + every.struck
    ledger.files_pending += opened - closed
    pending = 0.0
    for b in range(st.bands.shape[0]):
        band = st.bands[b]
        if band.organised == 1 and (band.status == FILED or band.status == WAITS_FOR_LAND):
            pending += 1.0
    ledger.groups_pending += flows.filed - flows.allotted - flows.withdrawn
    people = abs(every.in_process - ledger.files_pending)
    row.check_files = people + abs(pending - ledger.groups_pending)
