"""The model as Mesa knows it: a run whose miners, enterprises, buyers and officials are agents.

The month is native (`month.py`); a step is one call of it.  A model that is stepped, run at once,
looked at or left alone gives the same bytes as `simulate`.

>>> model = FormalisationModel("context=generic policy=five_ingredients", seed=7)
>>> model.step()
>>> miners = model.agents_by_type[Miner]
>>> miners.select(lambda m: m.district == 3).set("trust", 0.9).agg("trust", max)
0.9

The people of the first month are drawn within it, so before the first step there are no miners,
buyers or officials: only the donor and the holders of concessions.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.config.errors import AsmsimError, ConfigError, nearest
from asmsim.config.schema import month_name, month_number
from asmsim.engine.columns import Rows
from asmsim.engine.mesa_views import SEEDS_BY_RNG, ColumnModel, DataCollector, View, find_iteration
from asmsim.model.defined import finish_outcomes
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import agent_frame, list_outcomes
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.model.scenarios import as_scenario
from asmsim.model.simulate import Run, check_conserved, prepare_run
from asmsim.model.state import State
from asmsim.model.views import Buyer, ConcessionHolder, Donor, Enterprise, Miner, Ministry, Official

HEADLINE = ("licensed_share", "miners", "official_share", "income_median")
"""Outcomes that the data collector records of every model."""


class FormalisationModel(ColumnModel):
    """One run of a scenario, as a Mesa model.

    Parameters
    ----------
    scenario
        A `Scenario`, or overrides as on the command line, in one string or a list; the default
        scenario if None.
    seed, rng
        A whole number from 0 to 2**64 - 1, under either of Mesa's names; by default 1, and in `mesa.batch_run` 1 in the
        first iteration, 2 in the second, and so on.
    agent_reporters
        What the data collector records of every agent each month: name to attribute or function.

    Raises
    ------
    ConfigError
        The scenario cannot be run, the seed is none, the iterations of a batch would be equal, or no kind of agent has the
        attribute.

    Attributes
    ----------
    native
        The run itself, whose tables the agents show.
    months
        Months run so far.
    datacollector
        Mesa's; records `HEADLINE` and the agent reporters each month.

    Notes
    -----
    `mesa.batch_run` walks through whatever it can walk through, so write `{"scenario": [scenario]}`.  Each iteration
    has its seed, the same for every scenario; seeds of one's own are a parameter up to Mesa 3.3, `{"seed": [1, 2]}`,
    and are given as `rng=[1, 2]` from 3.4.  Until 3.4 a model whose scenario is longer than `max_steps` is run one month
    more than that.
    """

    kinds: ClassVar[dict[str, type[View]]] = {
        "miners": Miner,
        "bands": Enterprise,
        "buyers": Buyer,
        "offices": Official,
        "ministries": Ministry,
        "holders": ConcessionHolder,
        "donors": Donor,
    }
    """Class of agents by table; a subclass may put classes of its own, with more methods."""

    def __init__(
        self,
        scenario: Scenario | str | Sequence[str] | None = None,
        seed: int | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        rng: int | None = None,
    ) -> None:
        chosen = choose_seed(seed, rng)
        super().__init__(chosen)
        self.months = 0
        self.native = prepare_run(as_scenario(scenario), chosen)
        self.attach()
        self.datacollector = DataCollector(
            {name: name for name in HEADLINE},
            {name: self._reporter(what) for name, what in (agent_reporters or {}).items()},
        )

    def _reporter(self, what: Any) -> Any:
        if not isinstance(what, str):
            return what
        if not any(hasattr(kind, what) for kind in self.kinds.values()):
            known = {name for kind in self.kinds.values() for name in kind.table.columns}
            raise ConfigError(f"agent_reporters: no agent has {what!r}{nearest(what, sorted(known))}")
        return partial(read_attribute, what)  # Mesa's own function for this cannot be pickled

    def tables(self) -> dict[type[View], Rows]:
        """Rows by kind of agent."""
        return {kind: getattr(self.native.state, table) for table, kind in self.kinds.items()}

    # --- the run ----------------------------------------------------------------------------------
    @property
    def scenario(self) -> Scenario:
        """What is run."""
        return self.native.scenario

    @scenario.setter
    def scenario(self, value: Any) -> None:
        if "native" in self.__dict__:
            raise AttributeError("a model keeps the scenario it was made with")
        # Mesa 3.5 offers an empty scenario of its own while the model is made

    @property
    def crew_slots(self) -> int:
        """Slots of a crew: those of crew 0, then those of crew 1, ..."""
        return len(self.native.state.miners) // len(self.native.state.bands)

    @property
    def date(self) -> str:
        """The month last run, such as 2005-01; before the first step, the first."""
        return month_name(month_number(self.scenario.context.start) + max(0, self.months - 1))

    @property
    def outcomes(self) -> pl.DataFrame:
        """All outcomes by month, from the first month to the one last run."""
        first = month_number(self.scenario.context.start)
        months = pl.Series("month", [month_name(first + t) for t in range(self.months)], pl.String)
        rows = finish_outcomes(self.native.reported[: self.months], [o.name for o in list_outcomes()])
        return pl.DataFrame(
            [months, *(pl.Series(o.name, rows[:, o].copy(), nan_to_null=True) for o in list_outcomes())]
        )

    def table(self, kind: type[View] | str) -> pl.DataFrame:
        """Columns of a kind of agent as they stand now, one row for each agent who is there.

        Many times faster than a loop over agents; `.to_pandas()` gives pandas.

        Parameters
        ----------
        kind
            A class of agents, such as `Miner`, or the name of a table, such as `miners`, `sites` or `places`.

        Raises
        ------
        ConfigError
            No such kind of agent.
        """
        by_class: dict[Any, str] = {of: name for name, of in self.kinds.items()}
        name = str(by_class.get(kind, kind))
        if name not in State._fields:
            raise ConfigError(f"table({kind!r}): no such kind of agent{nearest(name, State._fields)}")
        frame: pl.DataFrame = agent_frame(getattr(self.native.state, name))
        return frame

    def __getattr__(self, name: str) -> Any:
        """Outcomes by name, of the month at which Mesa's clock stands: `model.licensed_share`."""
        if name not in O.__members__ or "native" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name!r}{nearest(name, O.__members__)}")
        if not self.steps:
            return float("nan")
        month = self.native.out[self.steps - 1 : self.steps]
        return float(finish_outcomes(month, list(O.__members__))[0, O[name]])

    def step(self) -> None:
        """Run one month.

        Raises
        ------
        AsmsimError
            The scenario has ended.
        ConservationError
            Gold, money, people or files were made or lost.
        """
        self._advance(self.months + 1)
        self.clock(self.months)
        self.datacollector.collect(self)

    def run(self) -> None:
        """Run to the end of the scenario, in one native call unless something is to happen between months.

        A `step` of a subclass, reporters of anything but outcomes, and Mesa 3.5's events are what can
        happen between months; they are heeded.
        """
        if self._has_business():
            self.run_model()
        elif self.running:
            first = self.months
            self._advance(self.scenario.context.months)
            for month in range(first, self.months):
                self.clock(month + 1)
                self.datacollector.collect(self)

    def _advance(self, last: int) -> None:
        months = self.scenario.context.months
        if last > months:
            end = self.scenario.context.end
            raise AsmsimError(f"the scenario ends in {end}; give it a later context.end, or heed model.running")
        self.native.advance(self.months, last)
        self.months = last
        self.running = last < months
        check_conserved(self.native, last)
        self.settle()

    def _has_business(self) -> bool:
        collector = self.datacollector
        recorded = all(isinstance(what, str) and what in O.__members__ for what in collector.model_reporters.values())
        reports = not recorded or collector.agent_reporters or collector.agenttype_reporters
        events = len(getattr(self, "_event_list", ())) > 1  # the first is the next step
        return type(self).step is not FormalisationModel.step or bool(reports) or events

    # --- copying ----------------------------------------------------------------------------------
    def __getstate__(self) -> dict[str, Any]:
        """Carry the run in a form that can be copied."""
        return self.__dict__ | {"native": Carried(self.native)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become a copy: with a run of its own."""
        super().__setstate__(state | {"native": state["native"].run})


def choose_seed(seed: Any, rng: Any) -> int:
    """Return the seed that was given, under either name, or that of a batch's iteration, or 1.

    Raises
    ------
    ConfigError
        Two seeds, no whole number, or one seed for several iterations of a batch.
    """
    if seed is not None and rng is not None:
        raise ConfigError(f"seed = {seed!r}, rng = {rng!r}: give one of them")
    name, given = ("rng", rng) if rng is not None else ("seed", seed)
    iteration = find_iteration()
    if given is None:
        return 1 + (iteration or 0)
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not 0 <= given < 2**64:
        raise ConfigError(f"{name} = {given!r}: needs a whole number from 0; in mesa.batch_run, a list of them")
    if iteration and not SEEDS_BY_RNG:
        raise ConfigError(
            f"{name} = {given}: the iterations of mesa.batch_run would be equal; leave {name} out, and each has its own, "
            f'or give {{"{name}": [1, 2, ...]}} without iterations'
        )
    return int(given)


class Carried:
    """A run on its way into a copy.  Its arrays overlap, so they are laid out anew and filled."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def arrays(self) -> list[Any]:
        """Everything that a run writes to."""
        run = self.run
        return [*run.state, *run.scratch, *run.record, run.seen]

    @classmethod
    def filled(cls, scenario: Scenario, seed: int, arrays: list[npt.NDArray[Any]]) -> "Carried":
        """Lay out a run and fill it."""
        carried = cls(prepare_run(scenario, seed))
        for array, content in zip(carried.arrays(), arrays, strict=True):
            array[...] = content
        return carried

    @classmethod
    def unpacked(cls, scenario: dict[str, Any], seed: int, arrays: list[npt.NDArray[Any]]) -> "Carried":
        """Lay out a run from a scenario's plain data and fill it."""
        return cls.filled(make_scenario(scenario), seed, arrays)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Carried":
        """Share the scenario, which nothing can change."""
        return self.filled(self.run.scenario, self.run.seed, self.arrays())

    def __reduce__(self) -> tuple[Any, ...]:
        """Carry the scenario as plain data, from which it is made again."""
        return self.unpacked, (self.run.scenario.dump(), self.run.seed, self.arrays())


def read_attribute(name: str, agent: View) -> Any:
    """Read an attribute of an agent; None where the kind has none."""
    return getattr(agent, name, None)
