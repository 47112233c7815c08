"""Officials: the local office of each district, and the ministries of the nation (M6-M8, M20)."""

import math

from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.miner_rules import clamp, gate_open
from asmsim.model.agents.purposes import NATION, OFFICE, STREAM
from asmsim.model.rows import BandRow, HandlesRow, OfficeRow, Parameters, PlaceRow, TableOf, TallyRow
from asmsim.model.state import (
    FILED,
    PLOT_EXHAUSTED,
    WAITS_FOR_LAND,
    Scratch,
    State,
)


# --- rules ------------------------------------------------------------------------------------
@rule
def signoffs_a_month(
    staff: float, experience: float, effort: float, knowledge: float, load: float, p: Parameters
) -> float:
    """Sign-offs an office gets done in a month (M6).

    Learning by doing raises it; an overload (months of work pending) beyond `load_limit` lowers it.
    """
    learned = math.pow(1.0 + experience / p.experience_scale, p.learning_exponent)
    overload = math.pow(p.load_limit / load, p.overload_exponent) if load > p.load_limit else 1.0
    skilled = p.unskilled_pace + (1.0 - p.unskilled_pace) * knowledge
    return staff * p.signoffs_per_official * learned * effort * skilled * overload


@rule
def experience_after(experience: float, signoffs: float, memory: float, p: Parameters) -> float:
    """Experience is gained by signing and forgotten month by month, less where a hub keeps it (M6)."""
    return (1.0 - p.forgetting * (1.0 - p.hub_keeps * memory)) * experience + signoffs


@rule
def experience_after_turnover(experience: float, share: float, jobs: float, p: Parameters) -> float:
    """A change of officials takes experience along, unless duties stand in job descriptions (M8)."""
    return experience * (1.0 - share * p.turnover_loss * (1.0 - jobs))


@rule
def attitude_target(engagement: float, revenue: float, stigma: float, duty: float, p: Parameters) -> float:
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
    engagement: float, knowledge: float, seen: float, lobby: float, damage: float, stigma: float, p: Parameters
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


@rule
def signed_chance(office: OfficeRow, here: HandlesRow, last: bool) -> float:
    """Sign-offs a month of a file that waits in no queue longer than others: below 1 a chance (M2).

    Each takes `days_a_signoff` at least, less what is settled together with another; the last waits for its environmental
    file (W091-W093) and for the capital, which has one desk for the whole country (MN106).
    """
    pace = office.served * 30.0 / here.days_a_signoff / (1.0 - here.joint_signoffs)
    if not last:
        return pace
    return min(1.0, pace) * min(1.0, here.environment_files / office.file_rivals) * office.capital


@rule
def stage_after(stage: float, chance: float, u: float, most: float) -> float:
    """Sign-offs of a file a month later: the whole ones of `chance`, and one more by its rest; at most `most` (M2)."""
    whole = math.floor(chance)
    return max(stage, min(most, stage + whole + (1.0 if u < chance - whole else 0.0)))


@rule
def revenue_felt(office: OfficeRow, p: Parameters) -> float:
    """Revenue kept in the district over what counts as much for those at work on mining, at most 1 (M10, M20)."""
    return min(1.0, office.revenue / (p.revenue_reference * max(0.01, office.officials)))


# --- steps ------------------------------------------------------------------------------------
@rule
def election(st: State, d: int, key: int, here: HandlesRow, p: Parameters) -> None:
    """An election may replace the local officials (M8).

    What stays is kept by different means: routines and duties by job descriptions, knowledge of the procedure by a hub.
    """
    offices = st.offices
    office = offices[d]
    if uniform(key, OFFICE.replaced) >= here.turnover_share:
        return
    jobs = office.jobs
    office.experience = experience_after_turnover(office.experience, 1.0, jobs, p)
    office.knowledge = p.newcomer_knowledge + here.memory * (office.knowledge - p.newcomer_knowledge)
    office.duty *= jobs
    office.attitude += p.attitude_turnover * (uniform(key, OFFICE.attitude) - office.attitude)
    office.tenure = 0.0
    office.fresh = p.turnover_effect * (1.0 - jobs)  # who works by the book of the old one brings nothing new


@rule
def office_learns(st: State, d: int, here: HandlesRow, p: Parameters) -> None:
    """Knowledge, duties, job descriptions and goodwill of one office."""
    offices, places = st.offices, st.places
    office = offices[d]
    office.jobs += (here.job_descriptions - office.jobs) / p.habit_months
    taught = min(1.0, here.procedure_training + p.exchange_teaches * here.exchange)
    office.knowledge += taught * (1.0 - office.knowledge)
    office.knowledge -= p.knowledge_decay * (1.0 - here.memory) * (office.knowledge - p.newcomer_knowledge)
    office.duty += (here.duty_training - office.duty) / p.habit_months
    kept = revenue_felt(office, p)
    target = attitude_target(here.engagement, kept, places[d].stigma, office.duty, p)
    office.attitude += p.attitude_rate * (target - office.attitude)
    office.fresh *= 1.0 - 1.0 / p.habit_months
    holder = st.holders[d]
    holder.guards_trained += (here.company_training - holder.guards_trained) / p.habit_months
    holder.consent += here.holder_consent * (1.0 - holder.consent)  # a hazard: those who have let a group in go on
    holder.consent *= max(0.0, 1.0 - p.consent_fades * (1.0 + p.consent_stigma * places[d].stigma))


@rule
def office_land(st: State, d: int, here: HandlesRow, p: Parameters) -> None:
    """Plots that can be allotted: a flow, set by goodwill, the province, and who holds the land (M4)."""
    offices, holder = st.offices, st.holders[d]
    office = offices[d]
    may = here.in_force if here.in_force > 0.5 else here.temporary_contracts
    free = 1.0 - holder.land_share * (1.0 - holder.consent)
    rate = (
        plots_a_month(office, here, p)
        * free
        * may
        * here.new_land
        * here.declared
        * here.province_agrees
        * office.quality
    )
    office.plots = min(office.plots + rate, max(p.plots_in_store, 12.0 * rate))
    office.allotted = clamp(office.plots / office.land_rivals, 0.0, 1.0)
    office.plots -= min(office.plots, office.land_queue)


@rule
def unsampled(sampled: float, usual: float, p: Parameters) -> float:
    """Files of a district that a sample of 1 in k leaves out, reckoned from those it holds.

    Gamma-Poisson: few files say little beside what is `usual`, the district's share of the country's
    files; many speak for themselves.  At 1:1 nothing is left out.
    """
    if usual <= 0.0:
        return 0.0
    return (p.scale - 1.0) * (p.sample_alike + sampled) / (p.sample_alike * p.scale / usual + 1.0)


@rule
def rivals(sampled: float, left_out: float, p: Parameters) -> float:
    """By how many files an office's work is divided, as a sampled file finds it: 1/E(1/n).

    The mean number would say too little: work is not lost where by chance few files wait.  The number
    left out is negative binomial, for which E(1/(1 + n)) is known; of several sampled files the others
    are counted, which is a few per cent low.  At 1:1 it is the count itself.
    """
    if left_out <= 1e-9:
        return max(1.0, sampled)
    shape = p.sample_alike + sampled
    none = math.pow(shape / (shape + left_out), shape - 1.0)
    alone = (1.0 - none) * shape / ((shape - 1.0) * left_out)
    return max(1.0, sampled) - 1.0 + 1.0 / alone


@rule
def count_files(
    office: OfficeRow, bands: TableOf[BandRow], place: PlaceRow, own: TallyRow, here: HandlesRow, crew: int
) -> None:
    """Files that wait for sign-offs, those that wait for the last one, and groups that wait for land, in one district."""
    signoffs, individual = here.signoffs, here.individual_licences > 0.5
    files, land = own.awaiting, 0.0
    office.last_stage = own.awaiting_last
    if not individual:
        files, office.last_stage = 0.0, 0.0
        for b in range(place.first_slot // crew, (place.first_slot + place.slots) // crew):
            band = bands[b]
            if band.organised == 1:
                if band.status == FILED:
                    files += 1.0
                    office.last_stage += 1.0 if band.stage >= signoffs - 1 else 0.0
                elif band.status == WAITS_FOR_LAND or (band.status == PLOT_EXHAUSTED and band.another_plot == 1):
                    land += 1.0
    office.files = files
    office.waiting = land


@rule
def queues(st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Count what waits in every district, and reckon what waits in the whole population."""
    offices, places = st.offices, st.places
    crew = int(rules[0].crew_slots)
    people, files, land, last_stage = 0.0, 0.0, 0.0, 0.0
    for d in range(places.shape[0]):
        office, here = offices[d], sc.here[d]
        count_files(office, st.bands, places[d], sc.tallies[d], here, crew)
        last_stage += office.last_stage
        if gate_open(here):
            people += sc.tallies[d].present
            files += office.files
            land += office.waiting
    for d in range(places.shape[0]):
        office, p = offices[d], rules[sc.rule[d]]
        office.capital = min(1.0, sc.country[0].national_files / max(1.0, p.scale * last_stage))
        share = sc.tallies[d].present / max(1.0, people)
        closed = not gate_open(sc.here[d])  # nothing moves: the queue is what the sample says
        more = (p.scale - 1.0) * office.files if closed else unsampled(office.files, p.scale * files * share, p)
        office.backlog, office.file_rivals = office.files + more, rivals(office.files, more, p)
        more = (p.scale - 1.0) * office.waiting if closed else unsampled(office.waiting, p.scale * land * share, p)
        office.land_queue, office.land_rivals = office.waiting + more, rivals(office.waiting, more, p)


@rule
def office_work(office: OfficeRow, here: HandlesRow, p: Parameters) -> None:
    """Staff, load and sign-offs of the month: experience helps, overload wears (M6)."""
    paid = office.revenue / p.official_wage * p.revenue_to_staff
    staff = office.staff + here.staff_funded + p.department_staff * here.asm_department
    staff += min(paid, p.revenue_staff_cap)
    office.officials = staff
    effort = clamp(office.attitude + office.fresh, 0.0, 1.0) * office.quality
    work = here.hassle / (1.0 + p.rule_fit_effect * here.rule_fit)  # of a sign-off over usual
    load = office.backlog * here.signoffs * work / max(staff * p.signoffs_per_official, 1e-9)
    able = signoffs_a_month(staff, office.experience, effort, office.knowledge, load, p)
    office.capacity = able * (1.0 - here.pandemic_closure) / max(0.1, work)
    office.served = min(1.0, office.capacity / office.file_rivals)
    signed = min(office.capacity, office.backlog) if gate_open(here) else 0.0
    office.experience = experience_after(office.experience, signed, here.memory, p)
    overloaded = clamp(load / p.load_limit - 1.0, 0.0, 1.0)
    office.quality += p.quality_rate * (1.0 - p.overload_quality * overloaded - office.quality)


@rule
def expected_wait(office: OfficeRow, here: HandlesRow, individual: bool, p: Parameters) -> float:
    """Months that an applicant reckons with: sign-offs one by one, then the queue for land (M1)."""
    each = here.days_a_signoff / 30.0 * (1.0 - here.joint_signoffs) / max(office.served, 0.01)
    wait = each * (here.signoffs - 1.0) + max(1.0, each) / max(office.capital, 0.01)
    if not individual:
        wait += min(p.wait_imagined / 2.0, (office.land_queue + 1.0) / max(1e-3, plots_a_month(office, here, p)))
    return min(wait, p.wait_imagined)


@rule
def offices_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Every local office for one month (M6, M8, M20)."""
    offices = st.offices
    mk = month_key(seed, STREAM.offices, t)
    queues(st, sc, rules)
    for d in range(offices.shape[0]):
        office, here, p = offices[d], sc.here[d], rules[sc.rule[d]]
        if here.election > 0.5:
            election(st, d, slot_key(mk, d), here, p)
        office_learns(st, d, here, p)
        individual = here.individual_licences > 0.5
        office_work(office, here, p)
        if not individual:
            office_land(st, d, here, p)
        office.wait_months = expected_wait(office, here, individual, p)
        office.tenure += 1.0


@rule
def plots_a_month(office: OfficeRow, here: HandlesRow, p: Parameters) -> float:
    """Plots a month as an applicant would reckon them: the office's rate and goodwill (M4)."""
    return p.plots_per_office / 12.0 * here.plots * clamp(office.attitude / p.attitude_reference, 0.0, 2.0)


@rule
def nation_month(t: int, seed: int, st: State, sc: Scratch, damage: float, p: Parameters) -> None:
    """Will and coordination of the ministries, shaken by elections (M7, M8)."""
    nation, ministries, country = st.nation[0], st.ministries, sc.country[0]
    key = slot_key(month_key(seed, STREAM.nation, t), 0)
    voted = country.election > 0.5
    memory = country.asm_department  # what ministries know is kept by a department; offices have the hub
    target = max(country.cooperation, p.department_coordination * country.asm_department)
    nation.coordination += (target - nation.coordination) / p.habit_months
    lowest = 1.0
    mean = 0.0
    count = ministries.shape[0]
    seen = min(1.0, nation.reserves_usd / p.reserves_reference)
    for j in range(count):
        ministry = ministries[j]
        taught = min(1.0, p.will_learns * country.engagement + p.exchange_teaches * country.exchange)
        faded = p.knowledge_decay * (1.0 - memory) * (ministry.knowledge - p.newcomer_knowledge)
        ministry.knowledge += taught * (1.0 - ministry.knowledge) - faded
        goal = will_target(country.engagement, ministry.knowledge, seen, nation.federation, damage, nation.stigma, p)
        ministry.will += p.will_rate * (goal - ministry.will) + p.will_noise * (uniform(key, NATION.noise + j) - 0.5)
        if voted and uniform(key, NATION.elected + j) < country.turnover_share:
            ministry.will += p.will_shock * (uniform(key, NATION.elected_will + j) - ministry.will)
            ministry.knowledge = p.newcomer_knowledge + memory * (ministry.knowledge - p.newcomer_knowledge)
        ministry.will = clamp(ministry.will, 0.0, 1.0)
        lowest = min(lowest, ministry.will)
        mean += ministry.will / count
    nation.will = effective_will(lowest, mean, nation.coordination)
    support = country.federation
    nation.federation += p.federation_rate * (support + p.federation_dues * nation.federation - nation.federation)
    nation.federation = min(1.0, nation.federation)
