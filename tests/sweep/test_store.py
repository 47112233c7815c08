"""Files that are cut off, or were put there by somebody else, are named and set aside; the rest is read."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from asmsim.config.errors import ConfigError
from asmsim.sweeps.request.request import Request, open_sweep
from asmsim.sweeps.store.compaction import compact_parts
from asmsim.sweeps.store.parts import StoreError, write_whole
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import asked, files

Swept = Callable[..., Results]


def a_part(folder: Path, table: str = "runs") -> Path:
    return sorted((folder / "parts").glob(f"*.{table}.parquet"))[3]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize("table", ["runs", "summary", "series"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "other columns", "gone"])
def test_a_damaged_part_is_named_and_run_again(swept: Swept, undisturbed: Results, table: str, damage: str) -> None:
    folder = swept(workers=0, compact=False).folder
    bad = a_part(folder, table)
    if damage == "cut":
        cut(bad)
    elif damage == "emptied":
        bad.write_bytes(b"")
    elif damage == "gone":
        bad.unlink()
    else:
        pl.DataFrame({"a": [1]}).write_parquet(bad)
    if damage == "gone" and table == "runs":
        read = open_results(folder)  # as if the chunk had been broken off
    else:
        with pytest.warns(UserWarning, match=bad.name.split(".")[0]):
            read = open_results(folder)
    assert read.status == {"ok": 30, "missing": 2}
    assert read.summary.collect().height == read.summary.unique(["point", "seed", "date"]).collect().height > 0
    said: list[str] = []
    again = swept(workers=0, say=said.append)
    assert any(bad.name.split(".")[0] in line for line in said) or (damage, table) == ("gone", "runs")
    assert files(again.folder) == files(undisturbed.folder)
    assert open_results(folder).faults == ()


def test_foreign_files_are_set_aside(swept: Swept, undisturbed: Results, tmp_path: Path) -> None:
    folder = swept(workers=0, compact=False).folder
    (folder / "parts" / "notes.txt").write_text("mine")
    other = asked("donor.programme.duration_years=7,8")
    theirs = swept(other, workers=0, compact=False).folder
    stray = a_part(theirs)
    for path in theirs.glob(f"parts/{stray.name.split('.')[0]}*"):
        shutil.copy(path, folder / "parts")
    with pytest.warns(UserWarning, match="left out"):
        read = open_results(folder)
    assert {line.split(": ")[1] for line in read.faults} == {"no file of this sweep", "its runs are not of this sweep"}
    assert read.status == {"ok": 32, "missing": 0}
    again = swept(workers=0)
    assert files(again.folder) == files(undisturbed.folder)
    aside = {p.name for p in (folder / "set_aside").iterdir()}
    assert {"notes.txt", stray.name} <= aside
    assert (folder / "set_aside" / "notes.txt").read_text() == "mine"


def test_a_compacted_block_that_is_cut_off_is_run_again(swept: Swept, undisturbed: Results) -> None:
    folder = swept(workers=0).folder
    cut(next(folder.glob("compact/*.summary.parquet")))
    assert swept(workers=0).status["ok"] == 32
    assert files(folder) == files(undisturbed.folder)


def test_what_a_broken_off_write_left_is_tidied(swept: Swept) -> None:
    folder = swept(workers=0, compact=False).folder
    (folder / "parts" / ".0123456789abcdef.runs.parquet.1-2.tmp").write_bytes(b"PAR1")
    assert open_results(folder).faults == ()
    swept(workers=0)
    assert not list(folder.glob("*/.*.tmp"))


def test_a_folder_without_a_sweep_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no sweep lies there"):
        open_results(tmp_path)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_whole(tmp_path / "nowhere" / "x.parquet", b"1")
    assert list(tmp_path.iterdir()) == []


def test_two_drivers_on_one_folder_are_refused(swept: Swept, small_sweep: Request) -> None:
    from asmsim.config.errors import AsmsimError
    from asmsim.sweeps.execute.schedule import Shard
    from asmsim.sweeps.store.folder import lock_folder

    folder = swept(workers=0).folder
    with lock_folder(folder, Shard()), pytest.raises(AsmsimError, match="at work in it"):
        swept(workers=0)
    with lock_folder(folder, Shard(1, 3)):
        with pytest.raises(AsmsimError, match="at work in it"):
            swept(workers=0)
        with pytest.raises(AsmsimError, match="at work in it"):
            swept(workers=0, shard=Shard(1, 3))
        swept(workers=0, shard=Shard(2, 3))


def test_a_truncated_block_never_stands_for_its_parts(swept: Swept, undisturbed: Results) -> None:
    there = swept(workers=0, compact=False).folder
    block = max((undisturbed.folder / "compact").glob("*.runs.parquet"))
    whole = block.read_bytes()
    (there / "compact").mkdir(exist_ok=True)
    (there / "compact" / block.name).write_bytes(whole[: len(whole) // 2])
    compact_parts(open_sweep(there))
    assert open_results(there).runs.collect().height == undisturbed.runs.collect().height
    assert (there / "compact" / block.name).read_bytes() == whole
    assert list((there / "set_aside").iterdir()), "and the damaged one is kept aside"
