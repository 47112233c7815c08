"""A small preset of twelve years in four districts, which every test can afford, and a server for it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import Preset
from asmsim.workshop.server import Address, make_app

ADDRESS = Address("127.0.0.1", 8760, "the-token")
ORIGIN = "http://127.0.0.1:8760"
OVERRIDES = (
    "context=generic",
    "policy=five_ingredients",
    "context.end=2012-12",
    "context.districts.number=4",
    "context.districts.provinces=1",
    "context.population.miners=2000",
    "context.population.low=500",
    "context.population.high=5000",
    "market.buying_centres.number=2",
    "market.processing_centres.number=2",
)
LEVERS = [
    {"key": "legalisation.signoffs", "word": "Signatures", "low": 1, "high": 16, "step": 1},
    {"key": "rights.rights_information.reach", "word": "Visits", "low": 0, "high": 2, "step": 0.1},
    {"key": "legalisation.pace", "word": "Pace", "choices": ["none", "gradual", "at_once"]},
]


def make_preset(posterior: str | None = None, name: str = "small") -> Preset:
    return Preset(
        name=name,
        title="A small country",
        story="It is 2005.",
        overrides=OVERRIDES,
        posterior=posterior,
        scale=20,
        levers=LEVERS,
        assumptions=("taste_base", "exit_base"),
        outcomes={"main": "licensed_share", "small": ["official_share", "income_low", "mercury"], "more": ["miners"]},
        resolution={"licensed_share": 0.004},
    )


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = Engine({"small": make_preset(), "fitted": make_preset("mongolia", "fitted")}, threads=2)
    yield made
    made.close()


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return TestClient(make_app(engine, ADDRESS), base_url=ORIGIN, headers={"x-token": ADDRESS.token})
