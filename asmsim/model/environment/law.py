"""The law: dated as history had it, or moved by political will (M7).  It can be suspended and resumed."""

import math

from asmsim.engine.compile import rule
from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.agents.miner_rules import clamp
from asmsim.model.agents.purposes import NATION, STREAM
from asmsim.model.rows import Parameters
from asmsim.model.state import IN_FORCE, NO_LAW, Scratch, State


@rule
def advance_hazard(will: float, drafting: float, p: Parameters) -> float:
    """Chance a month that the law moves to its next stage (M7)."""
    return clamp(p.law_advance * drafting * math.exp(p.law_steepness * (will - 0.5)), 0.0, 0.9)


@rule
def suspension_hazard(will: float, damage: float, stigma: float, p: Parameters) -> float:
    """Chance a month that a law in force is suspended (M7)."""
    return clamp(
        p.law_suspend
        * math.exp(p.suspend_damage * damage + p.suspend_stigma * (stigma - 0.5) - p.suspend_will * (will - 0.5)),
        0.0,
        0.5,
    )


@rule
def endogenous_law(t: int, seed: int, st: State, sc: Scratch, damage: float, p: Parameters) -> None:
    """Stages and suspension follow the ministries; the dated law of the plan is put aside."""
    nation = st.nation[0]
    key = slot_key(month_key(seed, STREAM.nation, t), 0)
    nation.law_months += 1
    if nation.suspended == 1:
        if uniform(key, NATION.suspend) < advance_hazard(nation.will, 1.0, p):
            nation.suspended = 0
    elif nation.stage < IN_FORCE:
        if uniform(key, NATION.advance) < advance_hazard(nation.will, sc.country[0].drafting, p):
            nation.stage += 1
            nation.law_months = 0
    elif uniform(key, NATION.suspend) < suspension_hazard(nation.will, damage, nation.stigma, p):
        nation.suspended = 1
    in_force = 1.0 if nation.stage == IN_FORCE else 0.0
    runs = 0.0 if nation.suspended == 1 else 1.0
    for d in range(sc.here.shape[0]):
        here = sc.here[d]
        here.in_force = in_force * here.phase_open
        here.new_land = runs
        here.renewal = runs


@rule
def law_month(t: int, seed: int, st: State, sc: Scratch, damage: float, p: Parameters) -> None:
    """The law of the month, and whether people believe that it will last (M1)."""
    nation, country = st.nation[0], sc.country[0]
    before = nation.suspended
    if p.law_endogenous > 0.5:
        endogenous_law(t, seed, st, sc, damage, p)
    else:
        for d in range(sc.here.shape[0]):
            here = sc.here[d]
            here.in_force *= here.phase_open
        anywhere = 0.0
        runs = 0.0
        for d in range(sc.here.shape[0]):
            here = sc.here[d]
            anywhere = max(anywhere, here.in_force)
            runs = max(runs, here.new_land)
        nation.stage = IN_FORCE if anywhere > 0.5 else NO_LAW
        nation.suspended = 0 if runs > 0.5 else 1
    nation.credibility += p.credibility_rate * (p.credibility_base - nation.credibility)
    if nation.suspended == 1 and before == 0:
        nation.credibility *= 1.0 - p.credibility_loss
    if country.deadline_extended > 0.5:
        nation.credibility *= 1.0 - p.credibility_extension
