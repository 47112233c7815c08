"""Who exists: the tables of one run, and how they are laid out.

Slots are sorted by district; `crew` consecutive slots are a band (a crew that digs together), so a
band's members are found without an index.  A slot is mining or absent; a refilled slot is another
person (`spell`).

A column is `name=(dtype, unit, meaning)`, then its domain where the unit does not say it, then `STAYS` or `MOVES` where
it does not do as its table does when whoever holds the row moves to another.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from asmsim.engine.columns import ANY, MOVES, NOT_NEGATIVE, SHARE, STAYS, Domain, declare_table
from asmsim.model.rows import (
    BandRow,
    BuyerRow,
    DonorRow,
    FlowRow,
    HandlesRow,
    HolderRow,
    LedgerRow,
    MinerRow,
    MinistryRow,
    NationRow,
    OfferRow,
    OfficeRow,
    OutcomeRow,
    Parameters,
    PlaceRow,
    ProgrammeRow,
    ResidentRow,
    SiteRow,
    TableOf,
    TallyRow,
)

# Legal status of a miner
UNREGISTERED, IN_PROCESS, LICENSED, BETWEEN_PLOTS, LAPSED = range(5)
STATUS_NAMES = ("unregistered", "in process", "licensed", "between plots", "lapsed")
# Standing of an enterprise
NO_FILE, FILED, WAITS_FOR_LAND, HOLDS_PLOT, PLOT_EXHAUSTED = range(5)
# Where a miner sells first
TRADER, CENTRE, WINDOW, OFF_TAKER = range(4)
CHANNELS = ("trader", "buying_centre", "official_window", "off_taker")
# Stages of a law
NO_LAW, DRAFT, PASSED, BY_LAWS, IN_FORCE = range(5)
LAW_STAGES = ("none", "draft", "passed", "by-laws", "in force")

TRADERS = 3  # trader rows in a district (those present trade)
BUYERS = TRADERS + 2  # rows of buyers in a district: traders, then centre, then off-taker
MINISTRIES = ("mining", "environment", "finance", "labour and social", "interior", "central bank")
COHORTS = 6  # groups of residents in a district, each with an opinion
INCOME_LOWEST, INCOME_BINS_A_UNIT, INCOME_BINS = -1.0, 8.0, 128  # income over outside income, histogram
NEVER = -1000  # month of something that has not happened


def codes(names: Sequence[str]) -> Domain:
    """Domain of a column that numbers some names."""
    return 0, len(names) - 1


MINERS = declare_table(
    "miners",
    "a person who mines, or an empty slot",
    present=("u1", "0/1", "mining (1) or absent (0)"),
    woman=("u1", "0/1", "is a woman"),
    year_round=("u1", "0/1", "digs in winter too"),
    status=(
        "u1",
        "code",
        "legal status: 0 unregistered, 1 in process, 2 licensed, 3 between, 4 lapsed",
        codes(STATUS_NAMES),
    ),
    sales_habit=("u1", "code", "channel of the last sale", codes(CHANNELS)),
    trader=("u1", "index", "which of the district's traders the miner deals with"),
    knows_procedure=("u1", "0/1", "knows how to apply"),
    knows_rights=("u1", "0/1", "knows what officials and guards may not do"),
    pursues=("u1", "0/1", "pursues the file; 0 = registered for the shield alone"),
    willing=("u1", "0/1", "would apply in a group, when last reviewed"),
    advanced=("u1", "0/1", "has the digging paid in advance by a trader who buys the gold"),
    secure_land=("u1", "0/1", "could show a right to land (individual licences)"),
    insured=("u1", "0/1", "has social or accident insurance"),
    second_income=("u1", "0/1", "has a second income"),
    bank_client=("u1", "0/1", "owes a bank rather than a trader"),
    stage=("u1", "count", "sign-offs of an own file"),
    slips=("u1", "count", "sales slips of the last year (at most 12)", (0, 12)),
    months=("i2", "months", "months in the present status"),
    last_dug=("i2", "month", "month in which the person last mined", (NEVER, math.inf)),
    district=("i4", "index", "district of the slot", None, STAYS),
    spell=("i4", "count", "how many persons the slot has held", None, STAYS),
    skill=("f8", "g/month", "gold a month at grade 1 in a median month", NOT_NEGATIVE),
    outside=("f8", "1", "own outside income over the district's", NOT_NEGATIVE),
    cash=("f8", "USD", "cash in hand"),
    savings=("f8", "USD", "savings"),
    debt=("f8", "USD", "owed to a trader or a bank"),
    trust=("f8", "1", "trust in officials", SHARE),
    anchor=("f8", "1", "trust held on entry, never quite given up", SHARE),
    standing=("f8", "1", "rank among those whom groups admit, for life", SHARE),
    sanction_belief=("f8", "1/month", "believed chance of a raid", SHARE),
    hurdle=("f8", "months of profit", "what formality must be worth before the miner applies", NOT_NEGATIVE),
    income=("f8", "USD/month", "mean net income, one year's memory", ANY),
    experience=("f8", "months of profit", "what having a licence has been worth, experienced", ANY),
)

BANDS = declare_table(
    "bands",
    "a crew that digs together; an enterprise once it has organised",
    moves=False,  # of a crew that moves away only what is marked goes along; the enterprise does not
    district=("i4", "index", "district"),
    organised=("u1", "0/1", "is a partnership or cooperative"),
    founded=("u1", "0/1", "organised last month: its members have still to weigh it"),
    status=(
        "u1",
        "code",
        "0 no file, 1 filed, 2 waits for land, 3 holds a plot, 4 plot exhausted",
        (NO_FILE, PLOT_EXHAUSTED),
    ),
    stage=("u1", "count", "sign-offs gained by the file"),
    another_plot=("u1", "0/1", "between plots: may have another, having handed the last one back as agreed"),
    federated=("u1", "0/1", "member of the federation"),
    women_led=("u1", "0/1", "women in leadership"),
    captured=("u1", "0/1", "run by an elite that keeps part of what members earn"),
    certified=("u1", "0/1", "certified as responsible"),
    equipped=("u1", "0/1", "has financed equipment"),
    hard_rock=("u1", "0/1", "digs hard rock, which must be milled", None, MOVES),
    mercury=("u1", "0/1", "amalgamates with mercury", None, MOVES),
    mills=("u1", "0/1", "would mill at the plant if without mercury", None, MOVES),
    raided=("u1", "code", "raided this month: 1 yes, 2 yes and moved on", (0, 2), MOVES),
    inspected=("u1", "0/1", "was inspected this month"),
    site=("i4", "index", "site it works", None, MOVES),
    members=("i4", "persons", "people in the crew", None, MOVES),
    willing=("i4", "persons", "members who would apply if there were a group"),
    signed=("i4", "persons", "members who have applied or are licensed", None, MOVES),
    months=("i4", "months", "months in the present standing"),
    ore_months=("f8", "months", "months of ore left on the plot", (-1.0, math.inf)),
    plot_ha=("f8", "ha", "plot held"),
    years_licensed=("f8", "years", "time with a licence"),
    cohesion=("f8", "1", "willingness to pull together", SHARE),
    steps=("f8", "years", "preparation done for certification"),
    gold_g=("f8", "g", "gold of the month"),
)

SITES = declare_table(
    "sites",
    "a place where gold is dug",
    district=("i4", "index", "district"),
    crew=("i4", "persons", "people who dig there"),
    crews=("i4", "count", "bands that dig there"),
    crowd=("f8", "persons", "people of the whole population who dig there, reckoned from the sample"),
    others=("f8", "count", "crews that a sample leaves out, as reckoned"),
    pull=("f8", "1", "how it draws them: exponential of its worth", NOT_NEGATIVE),
    leaving=("f8", "count/month", "those of them that leave"),
    busy=("f8", "1", "chance that anybody of the whole population digs there", SHARE),
    gold_g=("f8", "g", "gold of the month"),
    open=("u1", "0/1", "not held by a patrol"),
    raided=("u1", "0/1", "cleared this month"),
    disclosed=("u1", "0/1", "shown to the authorities"),
    ever_cleared=("u1", "0/1", "has been cleared at least once"),
    patrol=("f8", "months", "months of patrol left"),
    belief=("f8", "1/month", "believed chance of a raid at the site", SHARE),
    base_grade=("f8", "1", "grade before extraction", (0.3, 3.0)),
    ore=("f8", "1", "share of the deposit left", NOT_NEGATIVE),
    reserve_g=("f8", "g", "deposit at the start (persons simulated)"),
    richness=("f8", "1", "yield multiplier now: grade, ore left and crowding", NOT_NEGATIVE),
    rent=("f8", "USD/month", "mean net income of a person there, three months' memory", ANY),
    visibility=("f8", "1", "how easily it is seen", NOT_NEGATIVE),
)

BUYERS_TABLE = declare_table(
    "buyers",
    "who buys gold: traders, a buying centre, a certified off-taker",
    district=("i4", "index", "district"),
    kind=("u1", "code", "0 trader, 1 buying centre, 2 off-taker", (0, 2)),
    present=("u1", "0/1", "trades"),
    patient=("u1", "0/1", "would hold stock for a better tax"),
    holding=("u1", "0/1", "holds stock this month"),
    price=("f8", "1", "price paid over the world price", (0.0, 2.0)),
    margin=("f8", "1", "share kept", NOT_NEGATIVE),
    served=("f8", "1", "share of asked-for purchases it had cash for, memory (centre)", SHARE),
    overdrawn=("f8", "USD", "paid beyond the month's cash for the last parcel, off the next month's (centre)"),
    smuggling_cost=("f8", "1", "cost of smuggling before learning, share of value", (0.0, 0.8)),
    smuggling_skill=("f8", "1", "what smuggling has taught (0-1)", SHARE),
    official=("f8", "1", "share of its gold that it brings to the official window", SHARE),
    ties=("f8", "1", "papers, account and counterparts at the window that are in order", SHARE),
    worth=("f8", "1", "what its gold brings it over the world price", ANY),
    stock_g=("f8", "g", "gold held back"),
    volume_g=("f8", "g/month", "gold bought this month"),
    official_g=("f8", "g/month", "gold brought to the window, or exported under licence, this month"),
    smuggled_g=("f8", "g/month", "gold smuggled this month"),
    usual_g=("f8", "g/month", "gold bought in a usual month"),
    cash_limit=("f8", "USD/month", "cash it can pay out"),
    loans=("f8", "USD", "lent to miners", (-1e-6, math.inf)),
    profit=("f8", "USD/month", "profit, one year's memory"),
)

OFFICES = declare_table(
    "offices",
    "the local government of a district",
    present=("u1", "0/1", "exists"),
    attitude=("f8", "1", "goodwill towards miners", SHARE),
    knowledge=("f8", "1", "knows the procedure", SHARE),
    duty=("f8", "1", "knows the duty to protect", SHARE),
    jobs=("f8", "1", "share of duties in job descriptions", SHARE),
    staff=("f8", "persons", "establishment"),
    officials=("f8", "persons", "at work on mining this month, whoever pays them"),
    experience=("f8", "sign-offs", "stock of experience"),
    quality=("f8", "1", "quality of decisions", SHARE),
    capacity=("f8", "sign-offs/month", "what the office can sign this month"),
    files=("f8", "files", "files pending (persons simulated)"),
    last_stage=("f8", "files", "of those, that wait for the last sign-off (persons simulated)"),
    capital=("f8", "1", "chance that the capital approves such a file this month", SHARE),
    backlog=("f8", "files", "files pending in the whole population, reckoned from the sample"),
    file_rivals=("f8", "files", "by how many its work is divided"),
    served=("f8", "1", "chance that a pending file moves this month", SHARE),
    wait_months=("f8", "months", "expected wait of a new file"),
    waiting=("f8", "files", "groups that wait for land (persons simulated)"),
    land_queue=("f8", "files", "groups of the whole population that wait for land, reckoned from the sample"),
    land_rivals=("f8", "files", "by how many its plots are divided"),
    plots=("f8", "plots", "plots in store after this month's allotment"),
    allotted=("f8", "1", "chance that a waiting group gets one of them this month", SHARE),
    tenure=("f8", "months", "since the last turnover"),
    revenue=("f8", "USD/month", "ASM revenue kept here, one year's memory"),
    fresh=("f8", "1", "effect of a recent turnover on effort", (-0.4, 0.4)),
)

PLACES = declare_table(
    "places",
    "a district",
    first_slot=("i4", "index", "first slot"),
    slots=("i4", "count", "slots"),
    room=("f8", "persons", "people for whom there is room (slots come in whole bands, room does not)"),
    initial=("i4", "persons", "people at the start"),
    usual=("f8", "persons", "miners in a usual year (whole population)"),
    first_site=("i4", "index", "first site"),
    sites=("i4", "count", "sites"),
    traders=("i4", "count", "traders present"),
    hard_rock=("f8", "1", "share of gold in hard rock, which a plant can mill", SHARE),
    entry=("f8", "1/month", "chance that an empty slot fills", SHARE),
    entry_usual=(
        "f8",
        "1",
        "of the chance that is expected, what keeps people as many as they are in a usual year",
        NOT_NEGATIVE,
    ),
    leaving=("f8", "persons/month", "leave in a usual month while the country settles", NOT_NEGATIVE),
    trust=("f8", "1", "mean trust of miners last month", SHARE),
    licensed_share=("f8", "1", "share licensed last month", SHARE),
    formed_share=("f8", "1", "share of bands organised", SHARE),
    hurt=("f8", "1/month", "illnesses and accidents a miner, one year's memory", NOT_NEGATIVE),
    sanctions=("f8", "persons", "people whom a raid or an inspection reached, memory"),
    bought_off=("f8", "persons", "of those, who bought it off, memory"),
    bribed=("f8", "1", "share of sanctions that are believed to be bought off", SHARE),
    answered=("f8", "persons", "applicants answered in the time promised, memory"),
    overdue=("f8", "persons", "applicants answered late or not yet, memory"),
    kept=("f8", "1", "believed chance that an applicant is answered in the time promised", SHARE),
    stigma=("f8", "1", "mean stigma among residents", SHARE),
    damage_ha=("f8", "ha", "land damaged and not restored (whole population)"),
    rehabilitated_ha=("f8", "ha", "land restored since the start (whole population)"),
    plant=("f8", "1", "condition of the processing plant", SHARE),
    mercury_free=("f8", "count", "bands that work without mercury (sample)"),
    crews=("f8", "count", "bands at work or organised (sample)"),
    rush=("f8", "1", "a fresh discovery's pull on entry", NOT_NEGATIVE),
    exports=("u1", "0/1", "traders export under licence this month, as it pays more than the window"),
    full=("u1", "0/1", "no room this month for a crew from elsewhere"),
    outside=("f8", "USD/month", "outside income this month"),
    income=("f8", "USD/month", "mean net income of miners, one year's memory", ANY),
    price_legal=("f8", "1", "expected price share of a licensed miner", (0.0, 2.0)),
    price_illegal=("f8", "1", "expected price share of an unlicensed miner", (0.0, 2.0)),
    funds=("f8", "1", "share of buyers and of their money that is there", SHARE),
    centre_alive=("f8", "1", "willingness to keep the centre open", SHARE),
    review=("f8", "1/month", "chance of a review: standing, and news of licences granted nearby", SHARE),
)

RESIDENTS = declare_table(
    "residents",
    "a cohort of residents with an opinion of miners",
    district=("i4", "index", "district"),
    stigma=("f8", "1", "stigma, 0 none to 1 full", SHARE),
    openness=("f8", "1", "distance of opinion it still listens to", SHARE),
)

MINISTRY = declare_table(
    "ministries",
    "a ministry, or the central bank",
    present=("u1", "0/1", "exists"),
    will=("f8", "1", "political will for formalisation", SHARE),
    knowledge=("f8", "1", "knows the sector", SHARE),
    staff=("f8", "persons", "staff on ASM"),
)

NATION = declare_table(
    "nation",
    "the state as a whole",
    stage=("u1", "code", "stage of the law", codes(LAW_STAGES)),
    suspended=("u1", "0/1", "the law is suspended"),
    law_months=("i4", "months", "months in the present stage"),
    coordination=("f8", "1", "coordination between ministries", SHARE),
    will=("f8", "1", "effective political will", SHARE),
    credibility=("f8", "1", "believed chance that the rules outlive the horizon", SHARE),
    stigma=("f8", "1", "stigma in national media", SHARE),
    reserves_usd=("f8", "USD/year", "official purchases of ASM gold, one year's memory"),
    federation=("f8", "1", "strength of the federation", SHARE),
    certified_kg=("f8", "kg", "certified gold sold in the last year, memory"),
    amalgamates=("f8", "1", "share of hard-rock bands that use mercury", SHARE),
    settles_until=(
        "i4",
        "month",
        "until then entry keeps people as many as in a usual year; 0 = history is simulated",
        NOT_NEGATIVE,
    ),
)

DONORS = declare_table(
    "donors",
    "a programme that pays for levers",
    active=("u1", "0/1", "spends this month"),
    project_capacity=("f8", "1", "what the project team can carry", SHARE),
    local_capacity=("f8", "1", "what local partners can carry", SHARE),
    budget_usd=("f8", "USD/month", "money of the month"),
    spent_usd=("f8", "USD", "spent since the start"),
    crowding=("f8", "1", "local effort crowded out", SHARE),
)

HOLDERS = declare_table(
    "holders",
    "the company that holds concessions in a district",
    present=("u1", "0/1", "holds land"),
    land_share=("f8", "1", "share of the district's gold land held", SHARE),
    consent=("f8", "1", "share of its idle land that it lets groups use", SHARE),
    guards_trained=("f8", "1", "share of guards trained in human rights", SHARE),
)

PROGRAMMES = declare_table(
    "programmes",
    "one lever as it is delivered",
    learned=("f8", "1", "effectiveness learned", SHARE),
    delivered=("f8", "1", "share of the plan delivered this month", SHARE),
    spent_usd=("f8", "USD", "spent since the start"),
)


class State(NamedTuple):
    """All rows of one run."""

    miners: TableOf[MinerRow]
    bands: TableOf[BandRow]
    sites: TableOf[SiteRow]
    buyers: TableOf[BuyerRow]
    offices: TableOf[OfficeRow]
    places: TableOf[PlaceRow]
    residents: TableOf[ResidentRow]
    ministries: TableOf[MinistryRow]
    nation: TableOf[NationRow]
    holders: TableOf[HolderRow]
    donors: TableOf[DonorRow]
    programmes: TableOf[ProgrammeRow]


TABLES: Any = State._make(
    (MINERS, BANDS, SITES, BUYERS_TABLE, OFFICES, PLACES, RESIDENTS, MINISTRY, NATION, HOLDERS, DONORS, PROGRAMMES)
)


OFFERS = declare_table(
    "offers",
    "what the channels of a district are worth to a miner: [legal 0/1][lot class][trader, ..., centre, window, off-taker]",
    weight=(f"(2,3,{TRADERS + 3})f8", "1", "logit weight"),
    net=(f"(2,3,{TRADERS + 3})f8", "share", "net price over the world price"),
    slips_asked=("f8", "1", "share of licence holders who must show sales slips"),
    tied=(f"({TRADERS},)f8", "1", "weight of each trader's lower price for its debtors"),
    certified_weight=("f8", "1", "logit weight of the off-taker for certified gold"),
    certified_net=("f8", "share", "what it pays for certified gold, premium included"),
    centre_cash=("f8", "USD/month", "what the centre can pay out this month (persons simulated)"),
)


class Surroundings(NamedTuple):
    """What a miner finds in the district this month."""

    office: OfficeRow
    place: PlaceRow
    nation: NationRow
    offer: OfferRow  # what the channels are worth
    here: HandlesRow  # handles as delivered
    tally: TallyRow  # what the district's miners add up to, to be added to
    p: Parameters  # behaviour parameters
    gate: bool  # the law lets people apply
    raided: bool  # a site of the district was raided this month
    visit: float  # what a visit is felt as, in services
    wrong: float  # chance of a violation by officials, for each contact
    guard_wrong: float  # chance of a violation by company guards
    corrupt: float  # chance that an official who comes with a sanction can be bought off


class Prospect(NamedTuple):
    """What a miner weighs beside trust and money when legal status is reviewed."""

    services: float  # that come with a licence or a visit
    peers: float  # share of those around who are licensed
    profit: float  # USD a month that the person's gold brings, without a licence
    wait: float  # months
    share: float  # part of fee and papers that falls on the person
    stake: float  # months of profit that staying without a licence would cost
    taken: float  # share of profit that an elite would keep in the group at hand


class Orders(NamedTuple):
    """What the kernel takes of the plan and of the world; nothing in it is written to."""

    base: np.ndarray  # (month, district, handle)
    funded: np.ndarray  # (write, month, district)
    which_write: np.ndarray  # (write, [lever, handle])
    how: np.ndarray  # (handle,) how writers combine
    low: np.ndarray  # (handle,)
    high: np.ndarray  # (handle,)
    cost: np.ndarray  # (lever, month) USD
    funder: np.ndarray  # (lever,)
    near: np.ndarray  # (district, n) districts in reach
    hours: np.ndarray  # (district, n) and hours to them
    rules: TableOf[Parameters]  # (set,) behaviour parameters
    which: np.ndarray  # (month, district) which set holds


class Record(NamedTuple):
    """What a run leaves, month by month."""

    outcomes: TableOf[OutcomeRow]  # (month,)
    levers: np.ndarray  # (month, lever, [USD, share delivered])
    places: np.ndarray  # (month, [miners, licensed share, stigma, mercury kg], district)


class Scratch(NamedTuple):
    """Work space of a run: each month writes it anew, but for the ledger, whose totals run on."""

    here: TableOf[HandlesRow]  # (district,) handles of the month as delivered
    now: np.ndarray  # (district, handle) the same numbers
    country: TableOf[HandlesRow]  # (1,) the same for the country: means over districts, weighted by people
    nationwide: np.ndarray  # (1, handle) the same numbers
    rule: np.ndarray  # (district,) which row of behaviour parameters holds there this month
    offers: TableOf[OfferRow]  # (district,)
    tallies: TableOf[TallyRow]  # (district,) what the miners of a district add up to
    sums: np.ndarray  # (district, tally) the same numbers
    incomes: np.ndarray  # (district, bin): miners by income over outside income
    every: TableOf[TallyRow]  # (1,) tallies of the whole country
    all: np.ndarray  # (tally,) the same numbers
    all_incomes: np.ndarray  # (bin,)
    flows: TableOf[FlowRow]  # (1,) what traders and groups of the country did in the month
    ledger: TableOf[LedgerRow]  # (1,) running totals that conservation is checked against
    before: TableOf[LedgerRow]  # (1,) the same when the month began
