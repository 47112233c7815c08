"""Buyers: traders who post a price and choose how gold leaves, buying centres, off-takers (M13, M14)."""

import math

from asmsim.engine.compile import rule
from asmsim.model.agents.miner_rules import clamp, logistic
from asmsim.model.rows import BuyerRow, HandlesRow, NationRow, Parameters, PlaceRow, TableOf
from asmsim.model.state import (
    BUYERS,
    TRADERS,
    Scratch,
    State,
)


# --- rules ------------------------------------------------------------------------------------
@rule
def windfall_share(price: float, threshold: float, rate: float) -> float:
    """Windfall tax as a share of value: rate times the part of the price above the threshold (M14)."""
    return rate * max(0.0, 1.0 - threshold / price)


@rule
def paid_in_kind(local: float, exchange: float) -> float:
    """What pay is worth over its face value: a share `local` comes in local money at the official rate (M13, W042)."""
    return 1.0 - local + local * exchange


@rule
def official_net(
    taxes: float, fee: float, papers: float, days: float, basis: float, exchange: float, p: Parameters
) -> float:
    """What a trader keeps of the world price at the official window (M14).

    Royalty and other taxes come off, the pay is converted at the official rate, papers cost, waiting costs.
    """
    return basis * exchange * (1.0 - taxes - fee) - papers - p.capital_cost * days / 30.0


@rule
def taxes_at_window(here: HandlesRow) -> float:
    """Royalty, taxes and windfall tax collected at an official window, share of value (M14)."""
    windfall = windfall_share(here.gold_price, here.windfall_threshold, here.windfall_rate)
    return here.royalty + here.window_taxes + windfall


@rule
def window_net(here: HandlesRow, p: Parameters) -> float:
    """What a trader keeps at the window as the month's terms stand (M14)."""
    return official_net(
        taxes_at_window(here), here.window_fee, here.window_papers, here.window_days, here.window_price,
        paid_in_kind(here.local_pay, here.exchange_rate), p,
    )  # fmt: skip


@rule
def export_net(here: HandlesRow, p: Parameters) -> float:
    """What a trader keeps by licensed export; below nothing where there is none (M14)."""
    if here.export_price <= 0.0:
        return -1.0
    return official_net(here.export_tax, 0.0, here.window_papers, 0.0, here.export_price, 1.0, p)


@rule
def smuggling_cost(standard: float, p: Parameters) -> float:
    """A trader's cost of smuggling before practice: log-normal, or spread evenly about a known mean (M14)."""
    cost = p.smuggling_cost * math.exp(p.smuggling_cost_sigma * standard) + p.smuggling_cost_sd * standard
    return clamp(cost, 0.003, 0.8)


@rule
def smuggling_net(cost: float, skill: float, here: HandlesRow, p: Parameters) -> float:
    """What smuggled gold leaves over the world price: its cost falls with practice, a loss when caught is reckoned with (M14).

    Where gold is a way to carry money abroad it can bring more than the world price (`smuggling_premium`).
    """
    cost *= here.border_control * (1.0 - p.smuggling_learned * skill)
    return 1.0 + here.smuggling_premium - cost - here.trader_risk


@rule
def smuggling_skill_after(skill: float, share: float, p: Parameters) -> float:
    """Practice is gained with the share that is smuggled, and forgotten slowly (M14)."""
    return skill + p.smuggling_gain * share * (1.0 - skill) - p.smuggling_forget * (1.0 - share) * skill


@rule
def window_goal(advantage_pp: float, most: float, p: Parameters) -> float:
    """Share of its gold that a trader would bring to the window, were it there already (M14).

    A trader splits its gold: some lots are easier to hide than others, so that the split follows the advantage of the
    window smoothly (W080, MN156).  `most` is what its papers and its money let it bring.
    """
    return min(most, logistic(p.exit_slope_pp * advantage_pp))


@rule
def most_at_window(days: float, origin_asked: float, legal_share: float, p: Parameters) -> float:
    """Largest share of its gold that a trader can bring to the window (M14).

    Money that waits for pay buys no gold: with money for `money_days` of purchases, pay after more days ties up the rest
    (W041, W043).  Where origin is asked for, what unlicensed miners dug cannot be shown, as far as
    the rule is enforced: how much gold a rule let in that it should have shut out no source tells (W189, W190).
    """
    financed = min(1.0, p.money_days / max(days, 1e-9))
    return financed * (1.0 - origin_asked * p.origin_enforced * (1.0 - legal_share))


@rule
def window_share_after(share: float, goal: float, ties: float, credible: float, p: Parameters) -> float:
    """Share of its gold that a trader brings to the window, a month later (M14).

    Leaving takes weeks once it pays (W004, MN172).  Coming back takes papers and a counterpart, each in order with chance
    `ties`: at `back_accredited` a month with both and at `back_rate` without (MN144, MN149, MN174); and the belief that the
    rule will last.
    """
    if goal < share:
        return share + p.leave_rate * (goal - share)
    rate = p.back_rate + (p.back_accredited - p.back_rate) * ties * ties
    return share + rate * credible * (goal - share)


@rule
def ties_after(ties: float, share: float, p: Parameters) -> float:
    """Papers, account and counterparts at the window: renewed in use, lapsing in disuse (M14, W009)."""
    return ties + p.ties_gain * share * (1.0 - ties) - p.papers_lapse * (1.0 - share) * ties


@rule
def funds_after(funds: float, closed: float, p: Parameters) -> float:
    """Share of buyers and of their money that is there: gone at once when routes shut, back over months (M13, W136)."""
    there = 1.0 - closed
    return there if there < funds else funds + p.funds_return * (there - funds)


@rule
def trader_margin(hours: float, rivals: float, p: Parameters) -> float:
    """Share of its own exit price that a trader keeps: costs, haul, and too few rivals (M13)."""
    return p.trade_cost + p.trade_cost_hour * hours + p.market_power / max(1.0, rivals)


@rule
def lot_grams(lot: int, p: Parameters) -> float:
    """Typical parcel of a lot class, g: small, middling, large (W059)."""
    if lot == 0:
        return p.lot_small
    return p.lot_middling if lot == 1 else p.lot_large


@rule
def carrying_cost(hours: float, wage: float, lot_usd: float, p: Parameters) -> float:
    """Share of a parcel's value lost in carrying it: time both ways, and the risk of the road (W059)."""
    return 2.0 * hours * wage / max(lot_usd, 1.0) + p.road_risk * hours


# --- the month --------------------------------------------------------------------------------
@rule
def choose_split(
    buyer: BuyerRow, official: float, hoped: float, most: float, credible: float, here: HandlesRow, p: Parameters
) -> None:
    """How a trader's gold leaves this month: window, smuggling, or wait with it in store (M14)."""
    smuggled = smuggling_net(buyer.smuggling_cost, buyer.smuggling_skill, here, p)
    closed = here.pandemic_closure
    goal = window_goal(100.0 * (official - smuggled) - p.closure_pp * closed, most, p)
    waits = hoped > max(official, smuggled) and buyer.ties > 0.5 and buyer.patient == 1
    buyer.holding = 1 if waits and buyer.stock_g < p.stock_months * buyer.usual_g else 0
    if not (waits and goal < buyer.official):  # who waits for a better tax does not leave
        buyer.official = window_share_after(buyer.official, goal, buyer.ties, credible, p)
    buyer.ties = clamp(ties_after(buyer.ties, buyer.official, p), 0.0, 1.0)
    buyer.smuggling_skill = smuggling_skill_after(buyer.smuggling_skill, 1.0 - buyer.official, p)
    buyer.worth = buyer.official * official + (1.0 - buyer.official) * smuggled


@rule
def buyers_month(st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Choose exits, post prices, and set out what each channel is worth to a miner (M13, M14)."""
    buyers, places, credible = st.buyers, st.places, st.nation[0].credibility
    room = certified_room(st.nation[0], sc.country[0])
    for d in range(places.shape[0]):
        here, p = sc.here[d], rules[sc.rule[d]]
        official, abroad = window_net(here, p), export_net(here, p)
        hoped = -1.0
        if here.expected_royalty >= 0.0:
            hoped = official + (here.royalty - here.expected_royalty) - p.capital_cost * here.expected_months
        places[d].exports = 1 if abroad > official else 0
        official = max(official, abroad)
        rivals = here.other_traders
        for n in range(TRADERS):
            rivals += st.buyers[d * BUYERS + n].present
        rivals += places[d].centre_alive * here.centre_open
        margin = trader_margin(here.capital_hours, rivals, p)
        days = 0.0 if places[d].exports == 1 else here.window_days  # exporters are paid at once
        most = most_at_window(days, here.origin_asked, places[d].licensed_share, p)
        places[d].funds = funds_after(places[d].funds, here.pandemic_closure, p)
        absent = p.closure_discount * (1.0 - places[d].funds)
        for n in range(TRADERS):
            j = d * BUYERS + n
            buyer = buyers[j]
            if buyer.present == 0:
                continue
            choose_split(buyer, official, hoped, most, credible, here, p)
            buyer.margin = margin
            buyer.price = max(p.reservation_price, buyer.worth * (1.0 - margin)) * (1.0 - absent)
        post_channels(st, sc, d, room, p)


@rule
def certified_room(nation: NationRow, country: HandlesRow) -> bool:
    """Whether buyers of certified gold still want more than a year's sales have brought them (M17)."""
    return nation.certified_kg < country.certified_demand


@rule
def centre_reach(centre: BuyerRow, place: PlaceRow, here: HandlesRow) -> float:
    """Share of the month in which the centre is open, willing and, by experience, has cash (M13)."""
    centre.cash_limit = here.centre_cash
    centre.present = 1 if here.centre_open > 0.0 else 0
    return here.centre_open * place.centre_alive * centre.served * (1.0 - here.pandemic_closure)


@rule
def post_channels(st: State, sc: Scratch, d: int, room: bool, p: Parameters) -> None:
    """Net price share and logit weight of every channel, by legal standing and lot class.

    Exponentials are taken here, once a district, and not for each person.
    """
    buyers, here, places = st.buyers, sc.here[d], st.places
    place = places[d]
    price, taxes = here.gold_price, taxes_at_window(here)
    wage = place.outside / p.hours_a_month
    in_kind = paid_in_kind(here.local_pay, here.exchange_rate)
    centre = here.centre_price * in_kind * (1.0 - taxes - here.centre_fee)
    centre -= p.delay_cost * here.centre_days / 30.0
    window = here.window_price * in_kind * (1.0 - taxes - here.window_fee)
    window -= p.delay_cost * here.window_days / 30.0
    offer = sc.offers[d]
    offer.slips_asked = here.slips_asked
    at_centre = buyers[d * BUYERS + TRADERS]
    offer.centre_cash = here.centre_cash / p.scale - at_centre.overdrawn
    reach = centre_reach(at_centre, place, here)
    taker = here.supply_chain
    st.buyers[d * BUYERS + TRADERS + 1].present = 1 if taker > 0.0 else 0
    traders = 0.0
    for n in range(TRADERS):  # a trader asks for no papers and comes to the site: one price for all
        buyer = buyers[d * BUYERS + n]
        traders += buyer.present
        offer.weight[0, 0, n] = math.exp(p.sale_slope * (buyer.price - 1.0)) if buyer.present == 1 else 0.0
        offer.net[0, 0, n] = buyer.price
        offer.tied[n] = math.exp(-p.sale_slope * p.tie_discount * buyer.price)
    off_taker = centre if reach > 0.0 else window
    w_taker = taker * math.exp(p.sale_slope * (off_taker - 1.0)) if taker > 0.0 else 0.0
    premium = here.certified_premium / 1000.0 / price if room else 0.0
    offer.certified_net = off_taker + premium
    reach_certified = 1.0 if room else taker  # who is certified is known to the buyers who pay the premium
    offer.certified_weight = reach_certified * math.exp(p.sale_slope * (off_taker + premium - 1.0))
    known = (1.0 - here.pandemic_closure) * p.window_known
    legal_value = 0.0
    illegal_value = 0.0
    for lot in range(3):
        lot_usd = lot_grams(lot, p) * price
        net_centre = centre - carrying_cost(p.centre_hours, wage, lot_usd, p)
        at_window = window - carrying_cost(here.window_hours, wage, lot_usd, p)
        w_centre = reach * math.exp(p.sale_slope * (net_centre - 1.0)) if reach > 0.0 else 0.0
        w_window = known * math.exp(p.sale_slope * (at_window - 1.0))
        for legal in range(2):
            weight, net = offer.weight[legal, lot], offer.net[legal, lot]
            total = 0.0
            got = 0.0
            for n in range(TRADERS):
                weight[n] = offer.weight[0, 0, n]
                net[n] = offer.net[0, 0, n]
                total += weight[n] / max(1.0, traders)
                got += weight[n] * net[n] / max(1.0, traders)
            weight[TRADERS] = w_centre if legal == 1 or here.centre_papers < 0.5 else 0.0
            weight[TRADERS + 1] = w_window if legal == 1 or here.window_needs_licence < 0.5 else 0.0
            weight[TRADERS + 2] = w_taker if legal == 1 else 0.0
            net[TRADERS], net[TRADERS + 1], net[TRADERS + 2] = net_centre, at_window, off_taker
            for k in range(TRADERS, TRADERS + 3):
                total += weight[k]
                got += weight[k] * net[k]
            mean = got / max(total, 1e-300) / 3.0
            if legal == 1:
                legal_value += mean
            else:
                illegal_value += mean
    place.price_legal = legal_value
    place.price_illegal = illegal_value


@rule
def settle_buyers(st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """After the miners have sold: volumes, loans, stock held or let go."""
    buyers, places, flows = st.buyers, st.places, sc.flows[0]
    for d in range(places.shape[0]):
        place, p = places[d], rules[sc.rule[d]]
        s = sc.tallies[d]
        here = sc.here[d]
        for n in range(TRADERS):
            j = d * BUYERS + n
            buyer = buyers[j]
            bought = s.trader_0 if n == 0 else (s.trader_1 if n == 1 else s.trader_2)
            buyer.volume_g = bought
            buyer.usual_g += (bought - buyer.usual_g) / p.usual_months
            buyer.loans += s.lent_0 if n == 0 else (s.lent_1 if n == 1 else s.lent_2)
            profit = bought * here.gold_price * buyer.margin
            buyer.profit += (profit - buyer.profit) / 12.0
            stock = buyer.stock_g + buyer.official * bought  # meant for the window
            buyer.stock_g = stock if buyer.holding == 1 else 0.0
            buyer.official_g = stock - buyer.stock_g
            buyer.smuggled_g = bought * (1.0 - buyer.official)
            if place.exports == 1:
                flows.exported_g += buyer.official_g
            else:
                flows.official_g += buyer.official_g
            flows.smuggled_g += buyer.smuggled_g
            flows.stock_g += buyer.stock_g
        j = d * BUYERS + TRADERS
        centre = buyers[j]
        centre.volume_g = s.to_centre
        centre.overdrawn = max(0.0, s.centre_paid - sc.offers[d].centre_cash)  # the last parcel is bought whole
        served = s.centre_paid / s.centre_asked if s.centre_asked > 0.0 else 1.0
        centre.served += (served - centre.served) / p.usual_months
        short = here.centre_open > 0.0 and p.scale * s.to_centre < here.centre_break_even
        goal = p.centre_patience if short else 1.0
        place.centre_alive = clamp(place.centre_alive + (goal - place.centre_alive) / p.centre_months, 0.0, 1.0)
        buyers[j + 1].volume_g = s.to_off_taker
