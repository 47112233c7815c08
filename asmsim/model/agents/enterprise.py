"""The enterprise: a band that organises, files, holds a plot, certifies, or falls apart (M4, M5, M16, M17)."""

from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.buyer import certified_room
from asmsim.model.agents.miner_rules import clamp, gate_open, logistic, renewable
from asmsim.model.agents.official import signed_chance, stage_after
from asmsim.model.agents.purposes import BAND, STREAM
from asmsim.model.rows import (
    BandRow,
    FlowRow,
    HandlesRow,
    NationRow,
    OfficeRow,
    Parameters,
    PlaceRow,
    TableOf,
    TallyRow,
)
from asmsim.model.state import FILED, HOLDS_PLOT, NO_FILE, PLOT_EXHAUSTED, WAITS_FOR_LAND, Scratch, State


# --- rules ------------------------------------------------------------------------------------
@rule
def formation_hazard(facilitators: float, federation: float, peers: float, p: Parameters) -> float:
    """Chance a month that a band whose members want to be legal organises: by itself, helped, or after peers (M5).

    With facilitators Mongolia came to about 400 partnerships (MN088).
    """
    help_ = p.form_facilitators * min(1.0, facilitators) + p.form_federation * federation
    return min(0.5, (p.form_hazard + p.form_help * help_) * (1.0 + p.form_peers * peers))


@rule
def cohesion_after(
    cohesion: float, members: float, support: float, success: float, noise: float, p: Parameters
) -> float:
    """Free riding grows with the group, support and success hold it together (M5, W173)."""
    free_riding = p.free_riding * max(0.0, members - p.legal_minimum) / p.crew_slots
    target = clamp(
        p.cohesion_base + p.cohesion_support * support + p.cohesion_success * success - free_riding, 0.0, 1.0
    )
    return clamp(cohesion + p.cohesion_rate * (target - cohesion) + p.cohesion_noise * (noise - 0.5), 0.0, 1.0)


@rule
def plot_life_months(u: float, p: Parameters) -> float:
    """Months until a plot is worked out, uniform (MN103-MN104)."""
    return p.plot_life_low + (p.plot_life_high - p.plot_life_low) * u


@rule
def mercury_free_gain(
    milled: bool, queue: float, condition: float, hours: float, norm: float, ban: float, fee: float, p: Parameters
) -> float:
    """What working without mercury is worth, share of the month's gold value (M16, W148-W149).

    At a plant: recovery gain less fee, haul and queue; by gravity alone: some of the gold is lost.  To
    both adds what others do and what the ban threatens.
    """
    social = p.norm_weight * (norm - p.norm_reference) + p.ban_weight * ban
    if not milled:
        return social - p.gravity_loss
    gain = (1.0 + p.plant_gain) * (1.0 - fee) - 1.0
    return social + gain * condition - p.haul_cost * hours - p.queue_cost * queue


# --- steps ------------------------------------------------------------------------------------
@rule
def organise(band: BandRow, key: int, hazard: float, women_share: float, here: HandlesRow, p: Parameters) -> None:
    """Become a partnership."""
    if uniform(key, BAND.form) < hazard:
        band.organised = 1
        band.founded = 1
        band.status = NO_FILE
        band.months = 0
        band.stage = 0
        band.another_plot = 0
        band.steps = 0.0
        band.years_licensed = 0.0
        band.cohesion = p.cohesion_start
        band.federated = 1 if uniform(key, BAND.join) < here.federation else 0
        lead = p.women_lead + (1.0 - p.women_lead) * p.lead_effect * here.women_leadership
        band.women_led = 1 if uniform(key, BAND.lead) < lead * women_share / p.women_share else 0
        band.captured = 1 if uniform(key, BAND.capture) < p.capture_chance else 0


@rule
def dissolve(band: BandRow) -> None:
    """Fall back to a band; members lose their contract in the next month."""
    band.organised = 0
    band.founded = 0
    band.status = NO_FILE
    band.months = 0
    band.stage = 0
    band.another_plot = 0
    band.federated = 0
    band.women_led = 0
    band.captured = 0
    band.certified = 0
    band.equipped = 0
    band.plot_ha = 0.0
    band.ore_months = 0.0


@rule
def advance_file(
    band: BandRow,
    office: OfficeRow,
    place: PlaceRow,
    key: int,
    gate: bool,
    federation: float,
    flows: FlowRow,
    here: HandlesRow,
    p: Parameters,
) -> None:
    """File, collect sign-offs, wait for land, work the plot, hand it back (M2, M4, M6)."""
    band.months += 1
    status = band.status
    if status == NO_FILE:
        if gate and band.signed >= p.legal_minimum:
            band.status = FILED
            band.months = 0
            band.stage = 0
            flows.filed += 1.0
    elif status == FILED or status == WAITS_FOR_LAND:
        if band.signed < p.legal_minimum - 2.0:
            band.status = NO_FILE
            flows.withdrawn += 1.0
        elif status == FILED:
            batched = 1.0 + p.federation_batch * federation * band.federated
            last = band.stage + 1 >= here.signoffs
            if gate:
                moved = batched * signed_chance(office, here, last)
                band.stage = int(
                    stage_after(band.stage, moved, uniform(key, BAND.sign), here.signoffs - (0.0 if last else 1.0))
                )
                if band.stage >= here.signoffs:
                    band.status = WAITS_FOR_LAND
                    band.months = 0
        elif gate and uniform(key, BAND.allot) < office.allotted:
            hold_plot(band, key, p)
            flows.allotted += 1.0
    elif status == HOLDS_PLOT:
        band.years_licensed += 1.0 / 12.0
        band.ore_months -= 1.0
        stopped = not renewable(here) and band.months % 12 == 0  # contracts run for a year
        if band.ore_months <= 0.0 or stopped:
            restored = min(place.damage_ha, returned_ha(band, here, p))
            place.rehabilitated_ha += restored
            place.damage_ha -= restored
            again = uniform(key, BAND.again) < p.plot_again * restored_share(here, p)
            band.status = PLOT_EXHAUSTED
            band.another_plot = 1 if again else 0  # however the plot ended; it lapses with the time between plots
            band.stage = 0
            band.months = 0
            band.plot_ha = 0.0
    elif status == PLOT_EXHAUSTED:
        if gate and band.another_plot == 1 and uniform(key, BAND.allot) < office.allotted:
            hold_plot(band, key, p)
        elif band.months > p.between_months:
            band.status = NO_FILE
            band.months = 0


@rule
def hold_plot(band: BandRow, key: int, p: Parameters) -> None:
    """Take over a plot of at most 5 ha (MN102-MN103)."""
    band.status = HOLDS_PLOT
    band.months = 0
    band.another_plot = 0
    band.ore_months = plot_life_months(uniform(key, BAND.plot_life), p)
    band.plot_ha = p.plot_ha


@rule
def restored_share(here: HandlesRow, p: Parameters) -> float:
    """Share of worked plots handed back restored: by contract, and more with support (MN104, MN111)."""
    return p.restored_alone + (1.0 - p.restored_alone) * here.rehabilitation


@rule
def returned_ha(band: BandRow, here: HandlesRow, p: Parameters) -> float:
    """Hectares handed back restored when a plot ends (whole population)."""
    return p.scale * band.plot_ha * restored_share(here, p)


@rule
def plant_queue(s: TallyRow, here: HandlesRow, place: PlaceRow, p: Parameters) -> float:
    """Gold brought to the plants beyond what they can mill, over that, at most 3 (M16)."""
    return clamp(p.scale * s.plant_gold / max(1.0, here.plant_capacity * place.plant) - 1.0, 0.0, 3.0)


@rule
def others_without_mercury(band: BandRow, place: PlaceRow, nation: NationRow, p: Parameters) -> float:
    """Share of the district's other bands that work without mercury.

    Of the bands that a sample leaves out so many are taken to do so as of those it holds, and where these
    are few, as of a country's in such rock.  At 1:1 it is the count itself.
    """
    others, free = place.crews - 1.0, place.mercury_free - (1.0 - band.mercury)
    usual = 1.0 - place.hard_rock * nation.amalgamates
    likely = (p.sample_alike * usual + free) / (p.sample_alike + max(0.0, others))
    left_out = (p.scale - 1.0) * place.crews
    return clamp((free + left_out * likely) / max(1.0, others + left_out), 0.0, 1.0)


@rule
def choose_method(
    band: BandRow, place: PlaceRow, nation: NationRow, key: int, queue: float, here: HandlesRow, p: Parameters
) -> None:
    """Yearly: without mercury, at the plant or by gravity, whichever is worth more; or amalgamate (M16)."""
    if band.hard_rock == 0 or band.certified == 1 or uniform(key, BAND.method) >= p.review_hazard:
        return
    norm = others_without_mercury(band, place, nation, p)
    gravity = mercury_free_gain(False, queue, 0.0, 0.0, norm, here.mercury_ban, 0.0, p)
    plant = mercury_free_gain(True, queue, place.plant, here.plant_hours, norm, here.mercury_ban, here.plant_fee, p)
    band.mills = 1 if place.plant > 0.0 and plant > gravity else 0
    gain = plant if band.mills == 1 else gravity
    free = uniform(key, BAND.method_choice) < logistic(p.method_slope * gain)
    band.mercury = 0 if free else 1


@rule
def certify(band: BandRow, key: int, helped: bool, room: bool, here: HandlesRow, p: Parameters) -> None:
    """Prepare for years with help, then certify if it pays and buyers will take the gold (M17, MN226-MN230)."""
    pays = here.certified_premium > p.certification_cost
    if band.certified == 1:
        loss = 0.0 if helped else p.certified_loss
        if band.status == NO_FILE or not pays or uniform(key, BAND.certify) < loss:
            band.certified = 0
            band.steps = 0.0
        return
    if band.status == HOLDS_PLOT or band.status == PLOT_EXHAUSTED:
        if band.mercury == 0 and helped and pays:
            band.steps += 1.0 / 12.0
        if band.steps >= p.certification_years and room:
            band.certified = 1


@rule
def bands_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Every band for one month."""
    bands, places, flows = st.bands, st.places, sc.flows[0]
    nation = st.nation[0]
    mk, lasting = month_key(seed, STREAM.bands, t), month_key(seed, STREAM.start_bands, 0)
    crew = int(rules[0].crew_slots)
    room = certified_room(nation, sc.country[0])
    rock, amalgamate = 0.0, 0.0
    for d in range(places.shape[0]):
        place, p = places[d], rules[sc.rule[d]]
        first = place.first_slot // crew
        last = (place.first_slot + place.slots) // crew
        here, office = sc.here[d], st.offices[d]
        gate = gate_open(here)
        s = sc.tallies[d]
        women = s.women / max(1.0, s.present)
        queue = plant_queue(s, here, place, p)
        support = clamp(here.facilitators + here.federation * nation.federation, 0.0, 1.0)
        hazard = formation_hazard(here.facilitators, nation.federation, place.formed_share, p)
        pace = 1.0 if gate else (p.form_without_law if here.new_land > 0.5 else 0.0)
        formed = 0.0
        alive = 0.0
        free = 0.0
        for b in range(first, last):
            band = bands[b]
            if band.members == 0 and band.organised == 0:
                continue
            key = slot_key(mk, b)
            alive += 1.0
            band.founded = 0
            if band.organised == 0:
                if band.members >= p.legal_minimum and here.individual_licences < 0.5:
                    if band.willing >= p.legal_minimum:
                        organise(band, key, hazard * pace, women, here, p)
            else:
                formed += 1.0
                success = 1.0 if band.status == HOLDS_PLOT else 0.0
                band.cohesion = cohesion_after(
                    band.cohesion, band.members, support, success, uniform(key, BAND.cohesion), p
                )
                fragile = p.dissolve_hazard * (1.0 - band.cohesion)
                if band.members < p.legal_minimum - 2.0 or uniform(key, BAND.dissolve) < fragile:
                    if band.status == FILED or band.status == WAITS_FOR_LAND:
                        flows.withdrawn += 1.0
                    dissolve(band)
                else:
                    advance_file(band, office, place, key, gate, nation.federation, flows, here, p)
                    if band.certified == 1 or here.certification > 0.0:
                        helped = uniform(slot_key(lasting, b), BAND.helped) < here.certification
                        certify(band, key, helped, room, here, p)
                    if band.federated == 0 and uniform(key, BAND.join) < here.federation / p.habit_months:
                        band.federated = 1
                    if band.status == HOLDS_PLOT and uniform(key, BAND.equip) < here.equipment_finance:
                        band.equipped = 1
            choose_method(band, place, nation, key, queue, here, p)
            free += 1.0 - band.mercury
            rock += band.hard_rock
            amalgamate += band.mercury
        place.formed_share = min(1.0, formed / max(1.0, alive - 1.0))  # among the others, as a band sees them
        place.mercury_free, place.crews = free, alive
    nation.amalgamates = amalgamate / max(1.0, rock)
