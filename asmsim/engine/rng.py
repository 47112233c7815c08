"""Keyed randomness: every draw is a function of (seed, stream, slot, month, purpose).

Two policies that share a seed share every draw, whatever else happened before: nothing is consumed
and nothing shifts.  The generator is SplitMix64 (Steele, Lea and Flood 2014) used as a hash: one
mix for the month, one for the slot, one for each draw.  Draws are uniform on [0, 1) with 53 bits.
"""

from asmsim.engine.compile import INTERPRETED, rule

if INTERPRETED:
    U = int  # plain integers are exact; the masks below keep them in 64 bits
else:
    from numpy import uint64 as U  # type: ignore[assignment]  # uint64 with int64 would turn float

M64, M32, M21 = U(2**64 - 1), U(2**32 - 1), U(2**21 - 1)
S11, S22, S27, S30, S31, S32, S43 = U(11), U(22), U(27), U(30), U(31), U(32), U(43)
GOLDEN, MIX_A, MIX_B, SLOT = (
    U(0x9E3779B97F4A7C15),
    U(0xBF58476D1CE4E5B9),
    U(0x94D049BB133111EB),
    U(0xD1B54A32D192ED03),
)
TO_UNIT, TO_32, TWO_OVER_M21 = 1.0 / 2**53, 1.0 / 2**32, 2.0 / (2**21 - 1)


@rule
def mix(z: int) -> int:
    """SplitMix64 finaliser: a bijection of 64-bit words."""
    z = ((z ^ (z >> S30)) * MIX_A) & M64
    z = ((z ^ (z >> S27)) * MIX_B) & M64
    return z ^ (z >> S31)


@rule
def month_key(seed: int, stream: int, month: int) -> int:
    """Key of one stream in one month; hoisted out of the loop over slots."""
    return mix((mix((U(seed) + GOLDEN * U(stream)) & M64) + GOLDEN * U(month + 1)) & M64)


@rule
def slot_key(month_key: int, slot: int) -> int:
    """Key of one slot in one month."""
    return mix((month_key + SLOT * U(slot)) & M64)


@rule
def uniform(key: int, purpose: int) -> float:
    """Uniform draw on [0, 1) for one purpose of one slot in one month."""
    return float(mix((key + GOLDEN * U(purpose)) & M64) >> S11) * TO_UNIT


@rule
def twin(key: int, purpose: int) -> tuple[float, float]:
    """Two independent uniform draws on [0, 1) with 32 bits each, for the price of one (hazards)."""
    z = mix((key + GOLDEN * U(purpose)) & M64)
    return float(z >> S32) * TO_32, float(z & M32) * TO_32


@rule
def bell(key: int, purpose: int) -> float:
    """Standardised bell-shaped draw (mean 0, variance 1, within +-3): sum of three 21-bit uniforms."""
    z = mix((key + GOLDEN * U(purpose)) & M64)
    return float((z >> S43) + ((z >> S22) & M21) + (z & M21)) * TWO_OVER_M21 - 3.0
