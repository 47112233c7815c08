"""The draws of a posterior are known by numbers, never by words; what earlier versions knew them by still holds."""

from dataclasses import replace

import pytest

from asmsim.config.errors import ConfigError
from asmsim.evidence import posterior
from asmsim.model import parameters
from asmsim.model.scenarios import scenario


def test_a_reworded_table_gives_the_same_digest_and_another_number_another(monkeypatch: pytest.MonkeyPatch) -> None:
    table = dict(parameters.parameter_table())
    before = posterior.posterior_digest("mongolia")

    def with_row(**changed: object) -> str:
        other = table | {"fine": replace(table["fine"], **changed)}  # type: ignore[arg-type]
        monkeypatch.setattr(parameters, "parameter_table", lambda: other)
        return posterior.posterior_digest("mongolia")

    assert with_row(meaning="another", label="Another", source="MN001") == before
    assert with_row(high=table["fine"].high * 2) != before


def test_scenarios_of_earlier_versions_load() -> None:
    made = scenario()
    for former in posterior.former_digests("mongolia"):
        assert len(posterior.draw_for("mongolia", 2, made, former)) == 2
    with pytest.raises(ConfigError, match="not the same draws"):
        posterior.draw_for("mongolia", 2, made, "0" * 16)
