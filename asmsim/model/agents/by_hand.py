"""People and enterprises added or removed by hand between months, by the same steps as in the month."""

from asmsim.engine.compile import kernel
from asmsim.engine.rng import month_key, slot_key
from asmsim.model.agents.enterprise import dissolve, organise
from asmsim.model.agents.miner import enter, leave
from asmsim.model.agents.purposes import STREAM
from asmsim.model.rows import BandRow, HandlesRow, MinerRow, Parameters, PlaceRow, TableOf, TallyRow


@kernel
def admit_miner(
    miners: TableOf[MinerRow],
    i: int,
    t: int,
    seed: int,
    place: TableOf[PlaceRow],
    here: TableOf[HandlesRow],
    p: Parameters,
) -> None:
    """Somebody takes slot `i`, drawn as whoever might enter it in month `t`.

    `place` and `here` hold the one row of the slot's district.
    """
    key = slot_key(month_key(seed, STREAM.miners, t), i)
    enter(miners[i], key, place[0].traders, place[0].outside, here[0].memory, p)


@kernel
def dismiss_miner(miners: TableOf[MinerRow], i: int, tally: TableOf[TallyRow]) -> None:
    """Whoever holds slot `i` leaves; `tally` is one row that nobody reads."""
    leave(miners[i], tally[0])


@kernel
def found_enterprise(
    bands: TableOf[BandRow], b: int, t: int, seed: int, women_share: float, here: TableOf[HandlesRow], p: Parameters
) -> None:
    """Band `b` organises, with certainty, before month `t`."""
    organise(bands[b], slot_key(month_key(seed, STREAM.bands, t), b), 1.0, women_share, here[0], p)


@kernel
def wind_up_enterprise(bands: TableOf[BandRow], b: int) -> None:
    """Band `b` is a band again."""
    dissolve(bands[b])
