"""Whatever people read has a label beside its name."""

import re

import pytest

from asmsim.model.labels import find_label
from asmsim.model.levers import all_levers
from asmsim.model.outcomes import O
from asmsim.model.parameters import parameter_table

LABELS = {
    "outcomes": {o.name: o.label for o in O},
    "parameters": {p.name: p.label for p in parameter_table().values()},
    "levers": {path: kind.label for path, kind in all_levers().items()},
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_every_label_is_short_plain_and_its_own(labels: dict[str, str]) -> None:
    assert len(set(labels.values())) == len(labels)
    for name, label in labels.items():
        assert re.match(r"^[A-Z][^_`]{2,65}$", label), (name, label)
        assert label != name


def test_a_dose_has_its_levers_label_or_its_own() -> None:
    assert find_label("market.buying_centres.number") == "Number of buying centres"
    assert find_label("market.buying_centres.fee") == "Local buying centres: fee of the centre"
    assert find_label("parameters.taste_stigma") == find_label("taste_stigma")


def test_what_has_no_label_is_said_in_words() -> None:
    assert find_label("context.traders_per_district") == "Traders per district"
