"""The kinds of agents as Mesa knows them, and how they come and go by hand.

What they do of themselves is native (`agents/`).  Here is what somebody outside can do to them, so that
it can be done in any month and gold, money, people and files are still conserved.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import AsmsimError
from asmsim.engine.mesa_views import View
from asmsim.engine.rng import U
from asmsim.model.agents.by_hand import admit_miner, dismiss_miner, found_enterprise, wind_up_enterprise
from asmsim.model.simulate import Run
from asmsim.model.state import (
    BANDS,
    BUYERS,
    BUYERS_TABLE,
    DONORS,
    FILED,
    HOLDERS,
    IN_PROCESS,
    MINERS,
    MINISTRIES,
    MINISTRY,
    OFFICES,
    WAITS_FOR_LAND,
)
from asmsim.model.tallies import TALLIES

YEAR = 12  # months for which the slot of somebody who has left stays empty


def need_people(model: Any) -> None:
    """Refuse to add somebody to a model whose people have not been drawn."""
    if model.months == 0:
        raise AsmsimError("nobody is there yet: the people are drawn in the first month; call model.step() first")


class Miner(View, table=MINERS):
    """A person who mines.

    `Miner(model, district=3, trust=0.9)` adds somebody, drawn as whoever might enter that slot next
    month but for what is given; `miner.remove()` lets somebody leave as the model's own people do.
    Somebody who moves to another district is a new agent there.
    """

    comes_and_goes = True
    booked = frozenset({"status", "bank_client", "cash", "savings", "debt"})

    @classmethod
    def openings(cls, model: Any) -> npt.NDArray[np.int64]:
        """Slots that have stood empty for a year, as for the model's own newcomers (M19)."""
        need_people(model)
        columns = model.roster(cls).columns
        return np.flatnonzero((columns["present"] == 0) & (model.months - columns["last_dug"] >= YEAR))

    @classmethod
    def arrive(cls, model: Any, slot: int) -> None:
        """Draw a newcomer."""
        run: Run = model.native
        d = int(run.state.miners.district[slot])
        place, here = run.state.places[d : d + 1], run.scratch.here[d : d + 1]
        admit_miner(
            run.state.miners, slot, model.months, U(run.seed), place, here, run.orders.rules[run.scratch.rule[d]]
        )
        run.scratch.ledger[0].people += 1

    def depart(self) -> None:
        """Leave: what is owed is written off, what is owned goes along."""
        self.book(-1)
        run: Run = self.model.native
        run.scratch.ledger[0].people -= 1
        dismiss_miner(run.state.miners, self.slot, TALLIES.allocate(1))

    def book(self, sign: int) -> None:
        """Files, money and debts, against which conservation is checked."""
        run: Run = self.model.native
        ledger = run.scratch.ledger[0]
        ledger.files_pending += sign * (self.status == IN_PROCESS)
        ledger.money += sign * (self.cash + self.savings)
        if self.bank_client:
            ledger.bank_loans += sign * self.debt
        else:
            run.state.buyers.loans[self.district * BUYERS + self.trader] += sign * self.debt

    @property
    def enterprise(self) -> "Enterprise | None":
        """The enterprise of the miner's crew, if it has organised."""
        model = self.model
        enterprise: Enterprise | None = model.at(model.kinds["bands"], self.slot // model.crew_slots)
        return enterprise


class Enterprise(View, table=BANDS, present="organised"):
    """A crew that has organised as a partnership or cooperative.

    `Enterprise(model, district=3)` lets the largest crew there organise; `enterprise.remove()`
    dissolves it.  A crew that organises again has the number it had.
    """

    comes_and_goes = True
    booked = frozenset({"status"})

    @classmethod
    def openings(cls, model: Any) -> npt.NDArray[np.int64]:
        """Crews that have not organised, the largest first."""
        need_people(model)
        columns = model.roster(cls).columns
        members = np.where(columns["organised"] == 0, columns["members"], 0)
        return np.argsort(-members, kind="stable")[: np.count_nonzero(members)]

    @classmethod
    def arrive(cls, model: Any, slot: int) -> None:
        """Let a crew organise."""
        run: Run = model.native
        d = int(run.state.bands.district[slot])
        tally, here = run.scratch.tallies[d], run.scratch.here[d : d + 1]
        women = float(tally.women / max(1.0, tally.present))
        found_enterprise(
            run.state.bands, slot, model.months, U(run.seed), women, here, run.orders.rules[run.scratch.rule[d]]
        )

    def depart(self) -> None:
        """Fall back to a crew; members lose their contract in the next month."""
        self.book(-1)
        wind_up_enterprise(self.model.native.state.bands, self.slot)

    def book(self, sign: int) -> None:
        """Files pending, against which conservation is checked."""
        pending = self.status in (FILED, WAITS_FOR_LAND)
        self.model.native.scratch.ledger[0].groups_pending += sign * pending

    @property
    def crew(self) -> list[Miner]:
        """The people in it."""
        model = self.model
        first = self.slot * model.crew_slots
        found = (model.at(model.kinds["miners"], i) for i in range(first, first + model.crew_slots))
        return [miner for miner in found if miner is not None]


class Buyer(View, table=BUYERS_TABLE):
    """Who buys gold: a trader, a buying centre, a certified off-taker."""

    fixed = frozenset({"kind", "loans"})  # the row's place; what miners owe
    booked = frozenset({"stock_g"})

    def book(self, sign: int) -> None:
        """Gold held by traders, against which conservation is checked."""
        if self.kind == 0:
            self.model.native.scratch.ledger[0].gold_mined += sign * self.stock_g


class Official(View, table=OFFICES):
    """The local government of a district."""

    @property
    def district(self) -> int:
        """Index of the district."""
        return self.slot


class Ministry(View, table=MINISTRY):
    """A ministry, or the central bank."""

    @property
    def name(self) -> str:
        """What it is in charge of."""
        return MINISTRIES[self.slot]


class ConcessionHolder(View, table=HOLDERS):
    """The company that holds concessions in a district."""

    @property
    def district(self) -> int:
        """Index of the district."""
        return self.slot


class Donor(View, table=DONORS):
    """A programme that pays for levers."""
