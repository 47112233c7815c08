"""One key of a scenario changed without composing it again; columns of agents as a data frame."""

import pytest

from asmsim.config.errors import ConfigError
from asmsim.model.inputs_identity import inputs_id
from asmsim.model.model import FormalisationModel
from asmsim.model.scenarios import scenario
from asmsim.model.views import Miner, Official
from tests.conftest import SMALL


def test_a_replaced_key_gives_what_composing_gives() -> None:
    typed = (*SMALL, "policy=five_ingredients")
    replaced = scenario(*typed).replace("donor.programme.duration_years", 3).replace("parameters.taste_base", 0.2)
    composed = scenario(*typed, "donor.programme.duration_years=3", "parameters.taste_base=0.2")
    assert inputs_id(replaced) == inputs_id(composed)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("donor.programme.duration_year", 3, "duration_years"),
        ("donor.programme.duration_years", 300, "duration_years"),
        ("model.status_rule", "threshhold", "threshold"),
    ],
)
def test_a_key_or_value_that_cannot_be_is_refused(key: str, value: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        scenario(*SMALL).replace(key, value)


def test_a_table_holds_what_a_loop_over_agents_reads() -> None:
    model = FormalisationModel([*SMALL, "policy=minimal_law"], seed=3)
    for _ in range(14):
        model.step()
    table = model.table(Miner)
    agents = sorted(model.agents_by_type[Miner], key=lambda agent: agent.slot)
    assert table["trust"].to_list() == [agent.trust for agent in agents]
    assert table["status"].to_list() == [agent.status for agent in agents]
    assert model.table("offices").height == len(model.agents_by_type[Official])
    with pytest.raises(ConfigError, match="no such kind of agent; did you mean 'miners'"):
        model.table("miner")
