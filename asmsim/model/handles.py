"""Handles: the named inputs of the mechanisms, the only thing that context, events and levers write.

Each handle has a group, a unit, bounds, a rule for combining several writers and a meaning.  Users
name it `group.name` (`law.new_land`, `market.royalty`); kernels read `now[H.royalty, district]`.
"""

from enum import IntEnum


class Combine(IntEnum):
    """How several writers of one handle combine; each rule has a neutral value that does nothing."""

    last = 0
    sum = 1
    max = 2
    product = 3


LAST, SUM, MAX, PRODUCT = Combine
BIG = 1e12


class H(IntEnum):
    """name = group, unit, low, high, combine, default, meaning.

    The default is what stands where nobody writes; for sum, max and product it is the neutral value.
    """

    group: str
    unit: str
    low: float
    high: float
    combine: Combine
    default: float
    meaning: str

    def __new__(
        cls,
        group: str,
        unit: str,
        low: float,
        high: float,
        combine: Combine,
        default: float,
        meaning: str,
    ) -> "H":
        """Number the members in the order in which they are written."""
        self = int.__new__(cls, len(cls.__members__))
        self._value_ = len(cls.__members__)
        self.group, self.unit, self.low, self.high = group, unit, float(low), float(high)
        self.combine, self.default, self.meaning = combine, float(default), meaning
        return self

    @property
    def path(self) -> str:
        """Dotted name that users write in events."""
        return f"{self.group}.{self.name}"

    # The world: prices, seasons, shocks
    gold_price = "world", "USD/g", 0.01, 1000, LAST, 45, "world price of fine gold"
    season = "world", "1", 0, 5, LAST, 1, "yield multiplier of the month"
    season_open = "world", "0/1", 0, 1, LAST, 1, "1 = miners who dig only in season dig this month"
    outside_income = "world", "USD/month", 1, 1e5, LAST, 100, "income of a similar worker outside mining"
    livelihood_shock = "world", "1", 0, 10, SUM, 0, "dzud, drought or slump: adds to the urge to enter mining"
    discovery = "world", "1", 0, 10, SUM, 0, "chance that a site of the district is struck rich this month"
    election = "world", "0/1", 0, 1, LAST, 0, "1 = national or local election this month"
    turnover_share = "world", "1", 0, 1, LAST, 0.5, "share of officials replaced at an election"
    stigma_shock = "world", "1", -1, 1, SUM, 0, "accident or scandal: moves residents' stigma this month"
    pandemic_closure = "world", "1", 0, 1, MAX, 0, "share of trade routes and offices shut"
    # The law
    in_force = "law", "0/1", 0, 1, LAST, 0, "dated law: licences can be had in the district"
    phase_open = "law", "0/1", 0, 1, PRODUCT, 1, "0 = the district's phase of a gradual law has not begun"
    drafting = "law", "1", 0, 2, SUM, 0, "effort of government to carry the law forward"
    temporary_contracts = "law", "1", 0, 1, MAX, 0, "share of the plots rate open before the law is in force"
    new_land = "law", "0/1", 0, 1, PRODUCT, 1, "0 = no new land and no new contracts"
    renewal = "law", "0/1", 0, 1, PRODUCT, 1, "0 = licences cannot be renewed"
    licence_months = "law", "months", 1, 600, LAST, 12, "months for which a licence holds until it is to be renewed"
    renewal_cost = "law", "USD", 0, 1e5, LAST, 0, "what a holder must spend to renew: a fee, or a new requirement"
    renewal_due = "law", "1", 0, 1, MAX, 0, "share of holders who must renew this month, whatever their licence's age"
    strike_off = "law", "1/month", 0, 1, SUM, 0, "chance that a person's file in process is struck off the register"
    province_agrees = "law", "1", 0, 1, PRODUCT, 1, "share of land decisions that the province lets pass"
    signoffs = "law", "1", 1, 30, LAST, 6, "serial sign-offs a file needs"
    joint_signoffs = "law", "1", 0, 0.9, MAX, 0, "share of sign-offs that are settled together with another"
    national_files = "law", "files/month", 0, BIG, LAST, BIG, "files that the capital can approve in a month"
    days_a_signoff = "law", "days", 1, 720, LAST, 30, "days that one sign-off takes where nothing queues"
    licence_fee = "law", "USD", 0, 1e5, LAST, 60, "entry fee and papers for one licence holder"
    fee_subsidy = "law", "1", 0, 1, MAX, 0, "share of the fee paid by somebody else"
    licence_payment = "law", "USD", 0, 1e6, SUM, 0, "paid once to whoever is granted a licence"
    recurring_cost = "law", "USD/month", 0, 1e4, LAST, 8, "taxes, insurance and reports of a licence holder"
    individual_licences = "law", "0/1", 0, 1, LAST, 0, "1 = licences for persons, 0 = for partnerships"
    process_shield = "law", "1", 0, 1, MAX, 0, "share of sanctions that a pending file fends off"
    deadline_extended = "law", "1", 0, 1, SUM, 0, "1 = a 'last' deadline is moved this month"
    environment_files = "law", "files/month", 0, BIG, LAST, BIG, "environmental files an office can approve"
    rule_fit = "law", "1", 0, 1, SUM, 0, "how well the rules fit work at the site (0 = copied form)"
    # Government
    engagement = "state", "1", 0, 1, SUM, 0, "share of ministries and offices engaged by advocates"
    cooperation = "state", "1", 0, 1, MAX, 0, "interministerial working group: share of matters settled there"
    asm_department = "state", "1", 0, 1, MAX, 0, "staffing of a dedicated ASM department"
    job_descriptions = "state", "1", 0, 1, MAX, 0, "share of ASM duties written into job descriptions"
    staff_funded = "state", "persons/office", 0, 100, SUM, 0, "officials paid on top of the establishment"
    procedure_training = "state", "1/month", 0, 1, SUM, 0, "share of officials trained in the procedure"
    duty_training = "state", "1", 0, 1, MAX, 0, "share of officials trained in their duty to protect"
    oversight = "state", "1", 0, 1, MAX, 0, "share of violations that have a consequence"
    company_training = "state", "1", 0, 1, MAX, 0, "share of company guards and managers trained"
    exchange = "state", "1", 0, 1, SUM, 0, "officials' exchange with other countries"
    memory = "state", "1", 0, 1, MAX, 0, "knowledge hub: share of know-how kept outside heads"
    local_share = "state", "1", 0, 1, LAST, 0, "share of ASM revenue that stays in the district"
    budget_line = "state", "1", 0, 1, MAX, 0, "share of programme work that the state budget takes over"
    # Land
    plots = "land", "1", 0, 100, PRODUCT, 1, "multiplier on plots allotted by an office"
    holder_consent = "land", "1/month", 0, 1, SUM, 0, "hazard that a concession holder lets a group in"
    declared = "land", "1", 0, 1, LAST, 1, "share of the land that may be contracted, as its area has been declared"
    hassle = "land", "1", 0, 10, PRODUCT, 1, "multiplier on days lost to papers"
    rehabilitation = "land", "1", 0, 1, MAX, 0, "share of worked land restored with support"
    # Miners' knowledge, voice and organisation
    rights_visits = "miners", "1/month", 0, 1, SUM, 0, "chance that a miner is visited"
    leaflets = "miners", "1/month", 0, 1, SUM, 0, "chance that a miner gets a leaflet"
    visit_services = "miners", "1", 0, 1, MAX, 0, "services that come with a visit (advice, account, mediation)"
    facilitators = "miners", "persons/office", 0, 50, SUM, 0, "people who help crews to organise"
    federation = "miners", "1", 0, 1, MAX, 0, "support of a miners' federation"
    forums = "miners", "1", 0, 1, MAX, 0, "share of miners with a forum to speak in"
    voice_answered = "miners", "1", 0, 1, MAX, 0.0, "share of what is raised there that is answered"
    women_access = "miners", "1", 0, 1, MAX, 0, "share of women's gap in licences closed"
    women_credit = "miners", "1", 0, 1, MAX, 0, "share of women's gap in credit closed"
    women_leadership = "miners", "1", 0, 1, MAX, 0, "share of groups with support for women leaders"
    # Public opinion
    outreach_local = "opinion", "1", 0, 1, MAX, 0, "share of residents met each month"
    outreach_national = "opinion", "1", 0, 1, MAX, 0, "weight of stories in national media"
    # Formal window and royalties
    royalty = "market", "1", 0, 0.5, LAST, 0.05, "royalty collected at the official window"
    window_taxes = "market", "1", 0, 0.5, LAST, 0, "other taxes collected at the window"
    windfall_rate = "market", "1", 0, 1, LAST, 0, "windfall tax on price above the threshold"
    windfall_threshold = "market", "USD/g", 0, 1000, LAST, 16, "price above which windfall tax falls due"
    expected_royalty = "market", "1", -1, 0.5, LAST, -1, "royalty announced or hoped for (-1 = none)"
    expected_months = "market", "months", 0, 60, LAST, 0, "months until the expected royalty"
    window_fee = "market", "1", 0, 0.5, LAST, 0.01, "assay, refining and bank fee at the window"
    window_papers = "market", "1", 0, 0.5, LAST, 0.005, "cost of papers at the window, share of value"
    window_days = "market", "days", 0, 180, LAST, 2.5, "days from delivery to pay at the window"
    window_price = "market", "1", 0, 1.5, LAST, 1, "share of the world price that the window pays"
    window_needs_licence = "market", "0/1", 0, 1, LAST, 0, "1 = the window asks miners for a licence"
    exchange_rate = "market", "1", 0.05, 1.5, LAST, 1, "official over parallel exchange rate"
    local_pay = "market", "1", 0, 1, LAST, 1, "share of the pay that comes in local money at the official rate"
    origin_asked = (
        "market",
        "1",
        0,
        1,
        LAST,
        0,
        "share of traders' gold for which the window asks proof of legal origin",
    )
    slips_asked = "market", "1", 0, 0.99, LAST, 0, "share of licence holders who must show sales slips"
    export_price = (
        "market",
        "1",
        0,
        1.5,
        LAST,
        0,
        "share of the world price that traders get for licensed export; 0 = none",
    )
    export_tax = "market", "1", 0, 0.5, LAST, 0, "tax on licensed export by traders, share of value"
    smuggling_premium = "market", "1", 0, 1, LAST, 0, "what smuggled gold brings above the world price, share of it"
    trader_risk = "market", "1", 0, 0.5, LAST, 0, "loss that a trader who smuggles must reckon with, share of value"
    other_traders = "market", "count", 0, 1000, LAST, 0, "traders who compete in a district beside those of the context"
    border_control = "market", "1", 0, 20, PRODUCT, 1, "multiplier on the cost of smuggling"
    window_hours = "market", "hours", 0, 100, LAST, 8, "travel to the nearest official window"
    capital_hours = "market", "hours", 0, 100, LAST, 8, "travel to the capital"
    # Buying centres and off-takers
    centre_open = "market", "1", 0, 1, MAX, 0, "share of the month a buying centre is open here"
    centre_cash = "market", "USD/month", 0, BIG, SUM, 0, "cash the centre can pay out"
    centre_fee = "market", "1", 0, 0.5, LAST, 0.01, "fee of the centre"
    centre_price = "market", "1", 0, 1.5, LAST, 1, "share of the world price that the centre pays"
    centre_days = "market", "days", 0, 60, LAST, 2, "days until the centre pays in full"
    centre_papers = "market", "0/1", 0, 1, LAST, 0, "1 = the centre asks for a licence"
    centre_break_even = "market", "g/month", 0, BIG, LAST, 0, "volume below which a centre is given up"
    supply_chain = "market", "1", 0, 1, MAX, 0, "off-takers engaged: share of licensed miners they reach"
    certification = "market", "1", 0, 1, MAX, 0, "share of groups helped to certify"
    certified_demand = "market", "kg/year", 0, 1e6, SUM, 0, "certified gold that buyers will take"
    certified_premium = "market", "USD/kg", 0, 1e5, LAST, 4000, "premium that the market pays on certified gold"
    # Finance, processing, local money
    bank_services = (
        "finance",
        "1/year",
        0,
        1,
        MAX,
        0,
        "chance a year that a licensed miner with sales slips gets a loan",
    )
    equipment_finance = "finance", "1/month", 0, 1, SUM, 0, "share of licensed groups equipped in a month"
    savings_groups = "finance", "1", 0, 1, MAX, 0, "share of miners in savings groups"
    insurance = "finance", "1", 0, 1, MAX, 0, "share of licensed miners insured"
    second_income = "finance", "1/month", 0, 1, SUM, 0, "share of miners helped to a second income in a month"
    plant_capacity = "processing", "g/month", 0, BIG, SUM, 0, "gold that mercury-free plants here can recover"
    plant_upkeep = "processing", "1", 0, 1, MAX, 0, "share of upkeep done"
    plant_fee = "processing", "1", 0, 1, LAST, 0.08, "fee of the plant, share of the gold's value"
    plant_hours = "processing", "hours", 0, 100, LAST, 2, "haul from site to plant"
    mercury_ban = "processing", "1", 0, 1, MAX, 0, "force of the ban on mercury"
    # Enforcement
    inspections = "enforcement", "1/month", 0, 1, SUM, 0, "share of bands inspected"
    raids = (
        "enforcement",
        "sites/month",
        0,
        100,
        SUM,
        0,
        "sites that the district's force can clear if each must be found",
    )
    patrol_months = "enforcement", "months", 0, 60, LAST, 3, "months a cleared site is watched"
    disclosure = "enforcement", "1", 0, 1, MAX, 0, "share of sites disclosed to the authorities"
    # Donor
    budget = "donor", "USD/month", 0, BIG, SUM, 0, "money the programme may spend"
    own_share = "donor", "1", 0, 1, LAST, 0, "share of the work that local partners carry"
    learning = "donor", "1/year", 0, 6, LAST, 0.5, "try-fail-revise cycles a year"


NUMBER = len(H)
NATURE = frozenset(
    {
        H.gold_price,
        H.season,
        H.season_open,
        H.outside_income,
        H.livelihood_shock,
        H.discovery,
        H.window_hours,
        H.capital_hours,
    }
)
"""Handles that no institution writes: all that the null model knows of."""
NATIONAL = frozenset(
    {
        H.drafting,
        H.national_files,
        H.deadline_extended,
        H.cooperation,
        H.outreach_national,
        H.certified_demand,
        H.budget,
        H.budget_line,
        H.own_share,
        H.learning,
    }
)
"""Handles that are read for the country alone."""
PATHS = {h.path: h for h in H}
