"""Stigma: what residents and the nation think of miners, and how far they still listen (M10)."""

from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.miner_rules import clamp
from asmsim.model.agents.official import revenue_felt
from asmsim.model.agents.purposes import OFFICE, STREAM
from asmsim.model.rows import Parameters, TableOf
from asmsim.model.state import COHORTS, Scratch, State


@rule
def listens(own: float, other: float, openness: float) -> bool:
    """Bounded confidence: an opinion further away than `openness` is not heard (Hegselmann-Krause)."""
    return abs(own - other) <= openness


@rule
def stigma_pressure(damage: float, taxes: float, restored: float, p: Parameters) -> float:
    """Where everyday sights push opinion: damage and accidents up, taxes and restored land down."""
    return p.stigma_damage * damage - p.stigma_taxes * taxes - p.stigma_restored * restored


@rule
def residents_month(t: int, seed: int, st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Every cohort hears its neighbours, the officials, the media and those who come to talk."""
    residents, places, offices = st.residents, st.places, st.offices
    nation = st.nation[0]
    mk = month_key(seed, STREAM.residents, t)
    national = 0.0
    for d in range(places.shape[0]):
        office, place, p = offices[d], places[d], rules[sc.rule[d]]
        here = sc.here[d]
        people = max(1.0, place.initial * p.scale)
        damage = min(1.0, place.damage_ha / (p.damage_reference * people))
        taxes = revenue_felt(office, p)
        restored = min(1.0, place.rehabilitated_ha / (p.restored_reference * people))
        hurt = p.stigma_accident * min(1.0, place.hurt / p.hurt_reference)
        pressure = stigma_pressure(damage, taxes, restored, p) + hurt
        total = 0.0
        first = d * COHORTS
        for c in range(first, first + COHORTS):
            resident = residents[c]
            own = resident.stigma
            heard = 0.0
            voices = 0.0
            for other in range(first, first + COHORTS):
                if other != c and listens(own, residents[other].stigma, resident.openness):
                    heard += residents[other].stigma
                    voices += 1.0
            official = 1.0 - office.attitude
            if listens(own, official, resident.openness):
                heard += official
                voices += 1.0
            if listens(own, nation.stigma, resident.openness):
                heard += p.media_weight * nation.stigma
                voices += p.media_weight
            if voices > 0.0:
                own += p.opinion_rate * (heard / voices - own)
            own += p.opinion_rate * (p.stigma_base + pressure - own) * p.stigma_pull
            if uniform(slot_key(mk, c), OFFICE.contacted) < here.outreach_local:
                own -= p.outreach_effect * own if listens(own, p.outreach_message, resident.openness) else -p.backlash
            own += here.stigma_shock
            resident.stigma = clamp(own, 0.0, 1.0)
            total += resident.stigma
        place.stigma = total / COHORTS
        national += place.stigma / places.shape[0]
    p, media = rules[sc.rule[0]], nation.stigma
    media += (
        p.media_rate * (national + p.media_bias - media) - p.media_outreach * sc.country[0].outreach_national * media
    )
    nation.stigma = clamp(media, 0.0, 1.0)


@rule
def damage_month(st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """Land is damaged by digging and heals slowly; what groups restore is taken off when they return it (M10)."""
    places = st.places
    for d in range(places.shape[0]):
        place, s, p = places[d], sc.tallies[d], rules[sc.rule[d]]
        legal = s.licensed / max(1.0, s.present)
        dug = p.scale * s.digging * p.damage_per_miner * (1.0 - p.licensed_care * legal)
        place.damage_ha = (place.damage_ha + dug) * (1.0 - p.damage_healing)
