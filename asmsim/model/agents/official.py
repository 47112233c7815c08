"""Officials: the local office of each district, and the ministries of the nation (M6-M8, M20)."""

import math

from asmsim.engine.columns import Rows
from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.miner_rules import clamp
from asmsim.model.agents.purposes import NATION, OFFICE, STREAM
from asmsim.model.state import (
    FILED,
    PLOT_EXHAUSTED,
    WAITS_FOR_LAND,
    Scratch,
    State,
)


# --- rules ------------------------------------------------------------------------------------
@rule
def signoffs_a_month(staff: float, experience: float, effort: float, knowledge: float, load: float, p: Rows) -> float:
    """Sign-offs an office gets done in a month (M6).

    Learning by doing raises it; an overload (months of work pending) beyond `load_limit` lowers it.
    """
    learned = math.pow(1.0 + experience / p.experience_scale, p.learning_exponent)
    overload = math.pow(p.load_limit / load, p.overload_exponent) if load > p.load_limit else 1.0
    return staff * p.signoffs_per_official * learned * effort * (0.5 + 0.5 * knowledge) * overload


@rule
def experience_after(experience: float, signoffs: float, memory: float, p: Rows) -> float:
    """Experience is gained by signing and forgotten month by month, less where a hub keeps it (M6)."""
    return (1.0 - p.forgetting * (1.0 - 0.8 * memory)) * experience + signoffs


@rule
def experience_after_turnover(experience: float, share: float, jobs: float, p: Rows) -> float:
    """A change of officials takes experience along, unless duties stand in job descriptions (M8)."""
    return experience * (1.0 - share * p.turnover_loss * (1.0 - jobs))


@rule
def attitude_target(engagement: float, revenue: float, stigma: float, duty: float, p: Rows) -> float:
    """Where an office's goodwill drifts to: engaged, paid by mining, or against it (M10, M20, MN216)."""
    return clamp(
        p.attitude_base
        + p.attitude_engagement * engagement
        + p.attitude_revenue * revenue
        + p.attitude_duty * duty
        - p.attitude_stigma * stigma,
        0.0,
        1.0,
    )


@rule
def will_target(
    engagement: float, knowledge: float, seen: float, lobby: float, damage: float, stigma: float, p: Rows
) -> float:
    """Where a ministry's will drifts to (M7)."""
    return clamp(
        p.will_base
        + p.will_engagement * engagement
        + p.will_knowledge * knowledge
        + p.will_reserves * seen
        + p.will_lobby * lobby
        - p.will_damage * damage
        - p.will_stigma * stigma,
        0.0,
        1.0,
    )


@rule
def effective_will(lowest: float, mean: float, coordination: float) -> float:
    """Without coordination the least willing ministry decides; with it, the average does (M7)."""
    return (1.0 - coordination) * lowest + coordination * mean


# --- steps ------------------------------------------------------------------------------------
@rule
def election(st: State, d: int, key: int, here: Rows, p: Rows) -> None:
    """An election may replace the local officials (M8)."""
    offices = st.offices
    office = offices[d]
    if uniform(key, OFFICE.replaced) >= here.turnover_share:
        return
    jobs = office.jobs
    kept = max(jobs, here.memory)
    office.experience = experience_after_turnover(office.experience, 1.0, kept, p)
    office.knowledge = p.newcomer_knowledge + kept * (office.knowledge - p.newcomer_knowledge)
    office.duty *= kept
    office.attitude += p.attitude_turnover * (uniform(key, OFFICE.attitude) - office.attitude)
    office.tenure = 0.0
    office.fresh = p.turnover_effect


@rule
def office_learns(st: State, d: int, here: Rows, p: Rows) -> None:
    """Knowledge, duties, job descriptions and goodwill of one office."""
    offices, places = st.offices, st.places
    office = offices[d]
    office.jobs += (here.job_descriptions - office.jobs) / 12.0
    taught = here.procedure_training + p.exchange_teaches * here.exchange
    office.knowledge += taught * (1.0 - office.knowledge)
    office.knowledge -= p.knowledge_decay * (1.0 - here.memory) * (office.knowledge - p.newcomer_knowledge)
    office.duty += (here.duty_training - office.duty) / 12.0
    kept = min(1.0, office.revenue / (p.revenue_reference * max(1.0, office.staff)))
    target = attitude_target(here.engagement, kept, places[d].stigma, office.duty, p)
    office.attitude += p.attitude_rate * (target - office.attitude)
    office.fresh *= 1.0 - 1.0 / 12.0
    holder = st.holders[d]
    holder.guards_trained += (here.company_training - holder.guards_trained) / 12.0
    holder.consent += (clamp(12.0 * here.holder_consent, 0.0, 1.0) - holder.consent) / 12.0


@rule
def office_land(st: State, d: int, here: Rows, p: Rows) -> None:
    """Plots that can be allotted: a flow, set by goodwill, the province, and who holds the land (M4)."""
    offices, holder = st.offices, st.holders[d]
    office = offices[d]
    may = here.in_force if here.in_force > 0.5 else here.temporary_contracts
    free = 1.0 - holder.land_share * (1.0 - holder.consent)
    rate = p.plots_per_office / 12.0 / p.scale * here.plots * free * may * here.new_land
    rate *= here.province_agrees * clamp(office.attitude / p.attitude_reference, 0.0, 2.0) * office.quality
    office.plots = min(office.plots + rate, max(2.0 / p.scale, 12.0 * rate))


@rule
def offices_month(t: int, seed: int, st: State, sc: Scratch, p: Rows) -> None:
    """Every local office for one month (M6, M8, M20)."""
    offices, bands, places = st.offices, st.bands, st.places
    mk = month_key(seed, STREAM.offices, t)
    crew = int(p.crew_slots)
    for d in range(places.shape[0]):
        office = offices[d]
        place = places[d]
        key = slot_key(mk, d)
        s = sc.tallies[d]
        here = sc.here[d]
        if here.election > 0.5:
            election(st, d, key, here, p)
        office_learns(st, d, here, p)
        individual = here.individual_licences > 0.5
        files = s.awaiting if individual else 0.0
        land = 0.0
        if not individual:
            for b in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
                band = bands[b]
                if band.organised == 1:
                    if band.status == FILED:
                        files += 1.0
                    elif band.status == WAITS_FOR_LAND:
                        land += 1.0
                    elif band.status == PLOT_EXHAUSTED and band.stage == 1:
                        land += 1.0
        office.backlog = files
        office.land_queue = land
        paid = office.revenue / p.official_wage * p.revenue_to_staff
        staff = (
            office.staff + here.staff_funded + p.department_staff * here.asm_department + min(paid, p.revenue_staff_cap)
        )
        effort = clamp(office.attitude + office.fresh, 0.0, 1.0) * office.quality
        fit = 1.0 + p.rule_fit_effect * here.rule_fit
        base = staff * p.signoffs_per_official / p.scale
        # One file simulated stands for `scale` files that came at other times: its load is spread over as
        # many months, and sign-offs not needed now are kept for it.  At 1:1 nothing is spread or kept.
        office.usual_files += (files - office.usual_files) / max(1.0, p.scale)
        load = office.usual_files * here.signoffs * here.hassle / fit / max(base, 1e-9)
        capacity = signoffs_a_month(staff, office.experience, effort, office.knowledge, load, p)
        capacity *= (1.0 - here.pandemic_closure) / p.scale * fit / max(0.1, here.hassle)
        office.capacity = capacity
        kept = here.signoffs * max(0.0, 1.0 - 1.0 / p.scale)
        office.signoffs = min(office.signoffs, kept) + capacity
        office.served = min(1.0, office.signoffs / max(1.0, files))
        done = office.served * files
        office.signoffs -= done
        office.experience = experience_after(office.experience, done * p.scale, here.memory, p)
        overloaded = clamp(load / p.load_limit - 1.0, 0.0, 1.0)
        office.quality += p.quality_rate * (1.0 - p.overload_quality * overloaded - office.quality)
        office.wait_months = here.signoffs / max(office.served, 0.01)
        if not individual:
            office_land(st, d, here, p)
            per_month = max(1e-3, places_rate(office, here, p))
            office.usual_land += (land - office.usual_land) / max(1.0, p.scale)
            office.wait_months += min(60.0, (office.usual_land + 1.0 / p.scale) / per_month)
        office.wait_months = min(office.wait_months, 120.0)
        office.tenure += 1.0


@rule
def places_rate(office: Rows, here: Rows, p: Rows) -> float:
    """Plots a month as an applicant would reckon them."""
    return p.plots_per_office / 12.0 / p.scale * here.plots * clamp(office.attitude / p.attitude_reference, 0.0, 2.0)


@rule
def nation_month(t: int, seed: int, st: State, sc: Scratch, damage: float, p: Rows) -> None:
    """Will and coordination of the ministries, shaken by elections (M7, M8)."""
    nation, ministries, country = st.nation[0], st.ministries, sc.here[0]
    key = slot_key(month_key(seed, STREAM.nation, t), 0)
    voted = country.election > 0.5
    memory = max(country.memory, country.asm_department)
    target = max(country.cooperation, p.department_coordination * country.asm_department)
    nation.coordination += (target - nation.coordination) / 12.0
    lowest = 1.0
    mean = 0.0
    count = ministries.shape[0]
    seen = min(1.0, nation.reserves_usd / p.reserves_reference)
    for j in range(count):
        ministry = ministries[j]
        taught = p.will_learns * country.engagement + p.exchange_teaches * country.exchange
        ministry.knowledge += (
            taught * (1.0 - ministry.knowledge) - p.knowledge_decay * (1.0 - memory) * ministry.knowledge
        )
        goal = will_target(country.engagement, ministry.knowledge, seen, nation.federation, damage, nation.stigma, p)
        ministry.will += p.will_rate * (goal - ministry.will) + p.will_noise * (uniform(key, NATION.noise + j) - 0.5)
        if voted and uniform(key, NATION.elected + j) < country.turnover_share:
            ministry.will += p.will_shock * (uniform(key, NATION.elected_will + j) - ministry.will)
            ministry.knowledge *= max(memory, country.job_descriptions)
        ministry.will = clamp(ministry.will, 0.0, 1.0)
        lowest = min(lowest, ministry.will)
        mean += ministry.will / count
    nation.will = effective_will(lowest, mean, nation.coordination)
    support = country.federation
    nation.federation += p.federation_rate * (support + p.federation_dues * nation.federation - nation.federation)
    nation.federation = min(1.0, nation.federation)
