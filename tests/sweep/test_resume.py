"""The same command continues; more seeds or points extend; anything else is refused with what has changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.sweeps.api import Execution, rerun_one, resume_sweep, run_request
from asmsim.sweeps.request import request as asked_module
from asmsim.sweeps.request.request import Request, SweepOptions, make_request
from asmsim.sweeps.store import manifest as manifest_module
from asmsim.sweeps.store.manifest import ChangedError
from asmsim.sweeps.store.results import Results
from tests.sweep.conftest import TINY, VARIED, asked, files
from tests.sweep.faults import Faulty

Swept = Callable[..., Results]


def ran(swept: Callable[..., Results], again: Request, out: Path) -> tuple[Results, int]:
    """Results, and how many runs that took."""
    count: list[int] = []
    results = run_request(again, out, False, Execution(workers=0), lambda tally: count.append(tally.done))
    return results, count[-1]


@pytest.mark.parametrize(
    "more",
    [
        {"seeds": 6},
        {"varied": ("legalisation=none,gradual", "donor.programme.duration_years=1,2,3,5,10")},
        {"varied": ("legalisation=at_once,gradual,none", "donor.programme.duration_years=10,5,2,1")},
    ],
    ids=["seeds", "points", "bases and order"],
)
@pytest.mark.parametrize("compact", [False, True], ids=["parts", "compacted"])
def test_more_is_added_without_redoing(swept: Swept, tmp_path: Path, more: dict[str, Any], compact: bool) -> None:
    first = swept(workers=0, compact=compact)
    more = dict(more)
    larger = asked(*more.pop("varied", ()), **more)
    results, took = ran(swept, larger, tmp_path)
    assert results.folder == first.folder
    assert took == larger.runs - 32
    fresh, _ = ran(swept, larger, tmp_path / "fresh")
    assert replace(results.manifest, chunk=0) == replace(fresh.manifest, chunk=0), "parts keep the size they began with"
    found, expected = files(results.folder), files(fresh.folder)
    del found["manifest.json"], expected["manifest.json"]
    assert found == expected


def test_the_same_again_does_nothing(swept: Swept, tmp_path: Path, small_sweep: Request) -> None:
    before = files(swept(workers=0).folder)
    results, took = ran(swept, small_sweep, tmp_path)
    assert took == 0
    assert files(results.folder) == before


def test_a_sobol_sequence_is_extended_and_a_latin_hypercube_refused(swept: Swept, tmp_path: Path) -> None:
    vary = ("donor.programme.duration_years=interval(0,20)",)
    for kind in ("sobol", "lhs"):
        ran(swept, asked(*vary, design=kind, n=3, seeds=1), tmp_path)
        larger = asked(*vary, design=kind, n=5, seeds=1)
        if kind == "sobol":
            assert ran(swept, larger, tmp_path)[1] == 2
        else:
            with pytest.raises(ChangedError, match="Latin hypercube cannot be extended"):
                ran(swept, larger, tmp_path)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"seeds": 2}, "seeds: 2 that were asked for then are not now .3-4."),
        ({"varied": (VARIED[0], "donor.programme.duration_years=1,2,5")}, "points: 2 of 8 are no longer in the design"),
        ({"keep": "summary"}, "--keep: summary and series then, summary now"),
        ({"outcomes": ("miners",)}, "--outcomes"),
    ],
)
def test_less_is_refused_with_the_difference_and_can_be_forked(
    swept: Swept, tmp_path: Path, other: dict[str, Any], said: str
) -> None:
    first = swept(workers=0)
    before = files(first.folder)
    other = dict(other)
    changed = asked(*other.pop("varied", ()), **other)
    with pytest.raises(ChangedError, match=said) as refused:
        swept(changed, workers=0)
    assert "--fork" in str(refused.value)
    forked = swept(changed, fork=True, workers=0)
    assert forked.folder.name == f"{first.folder.name}-2"
    assert swept(changed, workers=0).folder == forked.folder, "the same command goes on with the fork"
    assert files(first.folder) == before


def test_a_changed_base_is_refused_with_the_keys_that_differ(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "policy"
    mine.mkdir(parents=True)
    policy = mine / "pilot.yaml"
    text = "# @package _global_\npolicy: pilot\ndefaults:\n  - override /donor: programme\n"
    policy.write_text(text + "donor: {programme: {usd_year: 1000}}\n")
    typed = [*TINY[:1], "policy=pilot", *TINY[2:], "donor.programme.duration_years=1,2"]

    def go() -> Results:
        return run_request(
            make_request(typed, SweepOptions(seeds=1), mine.parent), tmp_path / "out", False, Execution(workers=0)
        )

    go()
    policy.write_text(text + "donor: {programme: {usd_year: 2000}}\n")
    with pytest.raises(ChangedError, match=r"donor\.programme\.usd_year = 1000\.0 then, 2000\.0 now"):
        go()


def test_changed_code_is_refused(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = swept(workers=0).folder
    text = (folder / "manifest.json").read_text()
    code = manifest_module.Manifest.read(folder).code
    (folder / "manifest.json").write_text(text.replace(code, "0123456789ab"))
    with pytest.raises(ChangedError, match=f"code of the model: 0123456789ab then, {code} now"):
        swept(workers=0)
    with pytest.raises(ConfigError, match="--fork"):
        resume_sweep(folder, Execution(workers=0))
    monkeypatch.setattr(asked_module, "kernel_id", lambda: "0123456789ab")
    monkeypatch.setattr("asmsim.sweeps.execute.driver.kernel_id", lambda: "0123456789ab")
    with pytest.raises(AsmsimError, match="workers have code"):
        resume_sweep(folder, Execution(workers=0))


def test_a_failed_run_is_reproduced_by_its_command(swept: Swept) -> None:
    results = swept(workers=0, run=Faulty(raises=((2.0, 3),)))
    failed = results.runs.filter(results.runs.collect()["status"] == "failed").collect()
    command = failed["reproduce"][0].split()
    assert command[:2] == ["asmsim", "sweep"]
    assert command[3] == "--only"
    summary = rerun_one(Path(command[2]), command[4])
    again = swept(workers=0)
    point, seed = command[4].split(":")
    kept = again.summary.collect()
    assert summary.equals(kept.filter((kept["point"] == point) & (kept["seed"] == int(seed))))
    with pytest.raises(ConfigError, match="POINT:SEED"):
        rerun_one(results.folder, "zzz:1")


def test_unpaired_sweeps_are_other_sweeps(swept: Swept, tmp_path: Path) -> None:
    paired = swept(workers=0)
    alone = swept(asked(paired=False), workers=0)
    assert alone.folder != paired.folder
    assert alone.runs.collect()["seed"].n_unique() == 32
    assert alone.status == {"ok": 32, "missing": 0}
    assert ran(swept, asked(paired=False, seeds=5), tmp_path)[1] == 8
