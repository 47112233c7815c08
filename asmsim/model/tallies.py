"""What the people of a district add up to in a month: the columns of `scratch.sums`."""

from enum import IntEnum, auto


class S(IntEnum):
    """One tally a line; counts are of persons simulated, gold in grams, money in USD."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return count

    # people
    recent = auto()  # mined in the last 12 months
    present = auto()
    digging = auto()
    unregistered = auto()
    in_process = auto()
    process_months = auto()
    licensed = auto()  # valid licence, mining present
    valid = auto()  # valid licence and mined in the last 12 months
    between = auto()
    lapsed_now = auto()  # status lapsed
    women = auto()
    women_licensed = auto()
    tied = auto()
    secure = auto()
    knows = auto()
    mercury_users = auto()
    insured = auto()
    # flows of people
    entered = auto()
    left = auto()
    moved_in = auto()
    moved_out = auto()
    applied = auto()
    granted = auto()
    lapses = auto()
    renewals = auto()
    gave_up = auto()
    left_pending = auto()  # left the trade with a file pending
    lapsed_stay = auto()  # still mining 12 months after losing the licence
    lost_licence = auto()  # left the licensed state against their will or not
    # gold
    gold = auto()
    confiscated = auto()
    to_centre = auto()
    to_window = auto()
    to_off_taker = auto()
    to_trader = auto()
    certified_gold = auto()
    mercury_g = auto()
    price_gold = auto()  # sum of gold times price share
    trader_gold_price = auto()  # the same for sales to traders
    plant_gold = auto()
    # money
    sales = auto()
    net_income = auto()
    costs = auto()  # dug in, fees, fines, shocks net of insurance: leaves the miners
    spent = auto()  # household consumption
    borrowed = auto()
    repaid = auto()
    written_off = auto()
    payout = auto()  # paid to miners by insurance and programmes
    wealth = auto()  # cash and savings of those present
    debt = auto()
    cash_out = auto()  # taken by those who leave
    refinanced = auto()
    fees = auto()
    # rights and beliefs
    trust = auto()
    visits = auto()
    contacts = auto()
    violations = auto()
    guard_violations = auto()
    reported = auto()
    raided = auto()
    hurt = auto()
    # buyers, one column for each trader row of the district
    trader_0 = auto()
    trader_1 = auto()
    trader_2 = auto()
    lent_0 = auto()
    lent_1 = auto()
    lent_2 = auto()
    lent_bank = auto()


TALLIES = len(S)
