"""Whatever happens to a stored byte, no wrong value is read: it is noticed, named and run again."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from asmsim.config.errors import ConfigError
from asmsim.sweeps.api import Execution, resume_sweep
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.compaction import compact_parts
from asmsim.sweeps.store.export import export_results
from asmsim.sweeps.store.manifest import Manifest
from asmsim.sweeps.store.parts import DamagedError, StoreError
from asmsim.sweeps.store.results import Results, open_results, read_results
from tests.sweep.conftest import files, rows

Swept = Callable[..., Results]
FLIPS, AT_A_TIME = 200, 20


def flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def names_left_out(folder: Path) -> set[str]:
    with pytest.warns(UserWarning, match="left out"):
        return {line.split(": ")[0] for line in open_results(folder).faults}


def copied(results: Results, goal: Path) -> Path:
    shutil.copytree(results.folder, goal)
    return goal


@pytest.fixture
def in_parts(swept: Swept, tmp_path: Path) -> Path:
    """The small sweep, as workers wrote it."""
    return swept(workers=0, compact=False).folder


def stored(folder: Path) -> list[Path]:
    return sorted(path for sub in ("parts", "compact") for path in folder.glob(f"{sub}/*"))


@pytest.mark.filterwarnings("ignore:left out")
def test_of_two_hundred_flipped_bits_each_is_noticed_and_run_again(
    in_parts: Path, undisturbed: Results, tmp_path: Path
) -> None:
    chance = random.Random(30)
    blocks = copied(undisturbed, tmp_path / "blocks")
    kept = tmp_path / "kept"
    shutil.copytree(in_parts, kept)
    for _ in range(FLIPS // AT_A_TIME):
        chosen = chance.sample(stored(in_parts), AT_A_TIME - 1)
        block = chance.choice(stored(blocks))
        for path in (*chosen, block):
            flip(path, chance)
        left_out = names_left_out(in_parts)
        assert {f"parts/{path.name}" for path in chosen} <= left_out
        assert f"compact/{block.name}" in names_left_out(blocks)
        wrong = {name.split("/")[1].split(".")[0] for name in left_out}
        good = open_results(in_parts)
        for table in ("summary", "series"):
            keys = good.runs.select("point", "seed").collect()
            assert rows(good, table).equals(rows(undisturbed, table).join(keys, ["point", "seed"], how="semi"))
        assert good.status["missing"] == 2 * len(wrong)
        for folder in (in_parts, blocks):
            assert files(resume_sweep(folder, Execution(workers=0, say=str)).folder) == files(undisturbed.folder)
        shutil.rmtree(in_parts)
        shutil.copytree(kept, in_parts)
        shutil.rmtree(blocks)
        shutil.copytree(undisturbed.folder, blocks)


def zero_start(path: Path) -> None:
    path.write_bytes(bytes(64) + path.read_bytes()[64:])


def zero_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-64] + bytes(64))


def put_other(path: Path) -> None:
    other = next(p for p in sorted(path.parent.glob(f"*{''.join(path.suffixes)}")) if p.name != path.name)
    shutil.copy(other, path)


def put_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


DAMAGES = (zero_start, zero_end, put_other, put_link, put_folder, lengthen)


@pytest.mark.filterwarnings("ignore:left out")
@pytest.mark.parametrize("damage", DAMAGES, ids=[d.__name__ for d in DAMAGES])
@pytest.mark.parametrize("ending", ["series.parquet", "summary.parquet", "runs.parquet", "json"])
def test_a_file_that_is_not_what_was_written_is_run_again(
    in_parts: Path, undisturbed: Results, damage: Callable[[Path], None], ending: str
) -> None:
    damage(sorted(in_parts.glob(f"parts/*.{ending}"))[5])
    assert open_results(in_parts).status == {"ok": 30, "missing": 2}
    again = resume_sweep(in_parts, Execution(workers=0, say=str))
    assert files(again.folder) == files(undisturbed.folder)


@pytest.mark.filterwarnings("ignore:left out")
def test_a_part_under_the_name_of_another_is_no_part(in_parts: Path, undisturbed: Results) -> None:
    first, second = (path.name.split(".")[0] for path in sorted(in_parts.glob("parts/*.json"))[:2])
    for path in in_parts.glob(f"parts/{first}.*"):
        shutil.copy(path, path.with_name(path.name.replace(first, second)))
    assert any("not those that its name stands for" in line for line in open_results(in_parts).faults)
    assert files(resume_sweep(in_parts, Execution(workers=0, say=str)).folder) == files(undisturbed.folder)


def test_a_table_that_was_rewritten_with_fewer_runs_is_noticed(in_parts: Path) -> None:
    path = sorted(in_parts.glob("parts/*.summary.parquet"))[2]
    table = pl.read_parquet(path)
    table.head(-1).write_parquet(path)
    assert f"parts/{path.name}" in names_left_out(in_parts)


@pytest.mark.filterwarnings("ignore:left out")
def test_compaction_and_export_read_no_damaged_table(in_parts: Path, undisturbed: Results, tmp_path: Path) -> None:
    sweep = open_sweep(in_parts)
    path = sorted(in_parts.glob("parts/*.series.parquet"))[4]
    whole = path.read_bytes()
    flip(path, random.Random(1))
    with pytest.raises(DamagedError, match=path.name):
        compact_parts(sweep, verified=True)
    with pytest.warns(UserWarning, match=path.name):
        export_results(read_results(sweep), "series", tmp_path / "series.parquet")
    assert pl.read_parquet(tmp_path / "series.parquet").select("point", "seed").n_unique() == 30
    compact_parts(sweep)
    assert (in_parts / "set_aside" / path.name).read_bytes() != whole
    assert open_results(in_parts).status["ok"] == 30


def test_a_disk_that_cannot_be_read_is_one_line_and_sets_nothing_aside(
    in_parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        if path.suffix == ".parquet" and path.parent.name == "parts":
            raise OSError(24, "Too many open files", str(path))
        return read(path)

    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(StoreError, match="Too many open files"):
        open_results(in_parts)
    monkeypatch.undo()
    assert open_results(in_parts).status == {"ok": 32, "missing": 0}


def without_digests(folder: Path) -> None:
    """As asmsim wrote it before it kept digests."""
    for path in folder.glob("*/*.json"):
        if path.parent.name != "bases":
            path.unlink()
    manifest = replace(Manifest.read(folder), schema=1, points="")
    (folder / "manifest.json").write_text(manifest.text())


@pytest.mark.filterwarnings("ignore:left out", "ignore:.*before asmsim kept digests")
def test_a_sweep_from_before_there_were_digests_is_read_and_continued(in_parts: Path, undisturbed: Results) -> None:
    without_digests(in_parts)
    assert "sha256" not in json.loads((in_parts / "manifest.json").read_text())
    with pytest.warns(UserWarning, match="before asmsim kept digests"):
        assert open_results(in_parts).status == {"ok": 32, "missing": 0}
    path = sorted(in_parts.glob("parts/*.summary.parquet"))[3]
    put_other(path)
    with pytest.warns(UserWarning, match="does not hold the runs of its part"):
        assert open_results(in_parts).status == {"ok": 30, "missing": 2}
    said: list[str] = []
    again = resume_sweep(in_parts, Execution(workers=0, say=said.append))
    assert any("before asmsim kept digests" in line for line in said)
    found, expected = files(again.folder), files(undisturbed.folder)
    assert found.pop("manifest.json") != expected.pop("manifest.json")
    assert found == expected


# What a user may edit in a folder, and what is said of it.


def edit_base(folder: Path) -> None:
    path = next(folder.glob("bases/*.json"))
    path.write_text(path.read_text().replace('"scale": 200', '"scale": 100'))


def drop_base(folder: Path) -> None:
    next(folder.glob("bases/*.json")).unlink()


def spoil_base(folder: Path) -> None:
    next(folder.glob("bases/*.json")).write_text("[" * 100_000)


def edit_points(folder: Path) -> None:
    table = pl.read_parquet(folder / "points.parquet")
    key = "donor.programme.duration_years"
    table.with_columns(pl.col(key) + 1).write_parquet(folder / "points.parquet")


def drop_point(folder: Path) -> None:
    pl.read_parquet(folder / "points.parquet")[1:].write_parquet(folder / "points.parquet")


def spoil_points(folder: Path) -> None:
    (folder / "points.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")


def edit_manifest(key: str, value: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))

    return edit


EDITS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a number in a base": (edit_base, "bases/.*edited or damaged"),
    "a base gone": (drop_base, "bases/.*missing"),
    "a base that nests without end": (spoil_base, "bases/.*edited or damaged"),
    "a number of a point": (edit_points, "points.parquet: edited"),
    "a point gone": (drop_point, "points.parquet: edited"),
    "points that are no table": (spoil_points, "points.parquet: edited"),
    "seeds": (edit_manifest("seeds", [1, 2, 3, 4, 5]), "edited since asmsim wrote it"),
    "seeds as text": (edit_manifest("seeds", ["1"]), "seeds.0"),
    "a seed twice": (edit_manifest("seeds", [1, 1]), "seeds: each may stand there once"),
    "a seed below zero": (edit_manifest("seeds", [-1]), "seeds.0"),
    "no seeds": (edit_manifest("seeds", []), "seeds"),
    "an unknown table": (edit_manifest("keep", ["everything"]), "keep.0"),
    "no runs in a part": (edit_manifest("chunk", 0), "chunk"),
    "pairs as a word": (edit_manifest("paired", "yes"), "paired"),
    "an unknown kind": (edit_manifest("kinds", {"legalisation": "pickle"}), "kinds.legalisation"),
    "a base that is a path": (edit_manifest("bases", {"../../etc": {}}), "bases"),
    "an unknown field": (edit_manifest("colour", "red"), "colour"),
    "no outcomes": (edit_manifest("outcomes", {}), "outcomes"),
    "the name": (edit_manifest("name", "another"), "edited since asmsim wrote it"),
    "a later schema": (edit_manifest("schema", 99), "schema 99"),
    "an earlier schema": (edit_manifest("schema", 1), "edited since asmsim wrote it"),
    "no mapping": (lambda f: f.joinpath("manifest.json").write_text("[]") and None, "no mapping"),
    "nesting without end": (lambda f: f.joinpath("manifest.json").write_text("[" * 10**5) and None, "not a manifest"),
}


@pytest.mark.parametrize(("edit", "said"), EDITS.values(), ids=EDITS)
def test_an_edited_folder_is_refused_with_what_was_edited(
    undisturbed: Results, tmp_path: Path, edit: Callable[[Path], None], said: str
) -> None:
    folder = copied(undisturbed, tmp_path / "mine")
    edit(folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(ConfigError, match=said) as refused:
        open_results(folder)
    assert "pydantic" not in str(refused.value)
    with pytest.raises(ConfigError, match=said):
        resume_sweep(folder, Execution(workers=0))
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("edit", [edit_base, drop_base, edit_points, drop_point, spoil_points])
def test_the_whole_command_writes_bases_and_points_anew(
    swept: Swept, undisturbed: Results, edit: Callable[[Path], None]
) -> None:
    edit(swept(workers=0).folder)
    assert files(swept(workers=0).folder) == files(undisturbed.folder)


@pytest.mark.filterwarnings("ignore:left out")
def test_runs_of_two_models_never_mix_even_where_the_manifest_says_so(swept: Swept, undisturbed: Results) -> None:
    folder = swept(workers=0, compact=False).folder
    record = sorted(folder.glob("parts/*.json"))[0]
    record.write_text(json.dumps(json.loads(record.read_text()) | {"code": "0123456789abcdef"}))
    assert any("another version of the model" in line for line in open_results(folder).faults)
    assert files(swept(workers=0).folder) == files(undisturbed.folder)


@pytest.fixture(autouse=True)
def _nothing_is_left_beside(elsewhere: Path) -> Iterator[None]:
    yield
    assert not (elsewhere / "results").exists()
