"""Files from a stranger: they run nothing, read nothing outside their folder, and cannot make the program fail or hang."""

import os
from pathlib import Path

import polars as pl
import pytest

from asmsim.config.csv_tables import read_user_table
from asmsim.config.errors import ConfigError
from asmsim.config.yaml_files import MOST_BYTES, parse_yaml, read_text, read_yaml
from asmsim.model.scenarios import load, scenario

POLICY = "# @package _global_\ndefaults:\n  - override /market: {}\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of a stranger's, with a secret beside it."""
    (tmp_path / "secret.csv").write_text("month,value\n2000-01,40\n")
    (tmp_path / "secret.yaml").write_text("password: 12345\n")
    folder = tmp_path / "own"
    for group in ("context", "policy"):
        (folder / group).mkdir(parents=True)
    return folder


def write_context(own: Path, file: str) -> None:
    (own / "context" / "mine.yaml").write_text(
        f"name: mine\ntitle: Mine\ncapital: {{name: C, lat: 1, lon: 2}}\nseries: {{world.gold_price: {{file: {file}}}}}\n"
    )


# --- YAML ------------------------------------------------------------------------------------------
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{n}: &{n} [{','.join([f'*{m}'] * 9)}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, r"alias \*a is not allowed"),
        ("a: &x 1\nb: *x\n", r"alias \*x"),
        ("base: &x {a: 1}\nb: {<<: *x}\n", r"alias \*x"),
        ("[" * 100_000, "nested more than 50"),
        ("{a: " * 60 + "1" + "}" * 60, "nested more than 50"),
        ("".join(" " * n + "a:\n" for n in range(60)), "nested more than 50"),
        ("a: 010\n", "leading zero"),
        ("a: 1:30\n", "colon"),
        ("a: 1_000\n", "underscore"),
        ("a: no\n", "truth value"),
        ("a: On\n", "truth value"),
        ("a: 1\na: 2\n", "occurs twice"),
        ("a: !!python/object/apply:os.system [id]\n", "python/object"),
        ("a: 2010-02-31\n", "not valid YAML"),
        ("? [a]\n: 1\n", "not valid YAML"),
        ("a: \x00\n", "not valid YAML"),
    ],
)
def test_yaml_that_is_not_what_it_seems_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_yaml(text, "mine.yaml")


def test_yaml_that_is_what_it_seems_is_read() -> None:
    text = "a: 'no'\nb: 10\nc: 0.5\nd: true\ne: 2010-07\nf: 1e3\ng: '010'\nh: 0\n"
    assert parse_yaml(text, "x") == {
        "a": "no",
        "b": 10,
        "c": 0.5,
        "d": True,
        "e": "2010-07",
        "f": "1e3",
        "g": "010",
        "h": 0,
    }


def test_large_files_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text("a: " + "x" * MOST_BYTES)
    with pytest.raises(ConfigError, match="at most 5 MB"):
        read_yaml(large)
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (Path("/dev/zero"), Path("/dev/stdin"), tmp_path / "pipe.yaml", tmp_path):
        with pytest.raises(ConfigError, match=r"not an ordinary file|cannot be read"):
            read_text(path)


# --- files that a configuration names ------------------------------------------------------------------
@pytest.mark.parametrize(
    "file", ["../../secret.csv", "../context/../../secret.csv", "/proc/self/environ", "/dev/zero", "/etc/passwd", "link.csv", "link/secret.csv"]
)  # fmt: skip
def test_files_outside_the_folder_are_refused_and_not_quoted(file: str, own: Path) -> None:
    (own / "context" / "link.csv").symlink_to(own.parent / "secret.csv")
    (own / "context" / "link").symlink_to(own.parent)
    write_context(own, file)
    with pytest.raises(ConfigError, match=r"must lie in|a link that leads out") as caught:
        scenario("context=mine", config_dir=own)
    assert "PATH=" not in str(caught.value)
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("file", ["[a]", "{a: b}", "3", "''", "missing.csv", "folder"])
def test_what_is_no_file_of_the_folder_is_one_line(file: str, own: Path) -> None:
    (own / "context" / "folder").mkdir()
    write_context(own, file)
    with pytest.raises(ConfigError, match=r"context\.series\.world\.gold_price"):
        scenario("context=mine", config_dir=own)


def test_files_within_the_folder_are_read(own: Path) -> None:
    (own / "context" / "data").mkdir()
    (own / "context" / "data" / "gold.csv").write_text("month,value\n2000-01,40\n")
    write_context(own, "data/gold.csv")
    assert scenario("context=mine", config_dir=own).context.series["world.gold_price"].points == {"2000-01": 40}


@pytest.mark.parametrize(
    "default", ["../../../secret", "/etc/passwd", "override /hydra/launcher: basic", "pkg://hydra.conf", "market@x: none", "override /market: ../../secret"]
)  # fmt: skip
def test_defaults_name_options_and_nothing_else(default: str, own: Path) -> None:
    (own / "policy" / "mine.yaml").write_text(f"# @package _global_\ndefaults:\n  - {default}\n")
    with pytest.raises(ConfigError, match=r"defaults|no such option"):
        scenario("policy=mine", config_dir=own)


@pytest.mark.parametrize("group", ["policy", "market"])
def test_linked_groups_are_refused(group: str, own: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "evil.yaml").write_text("_target_: os.system\n")
    path = own / group
    if path.exists():
        path.rmdir()
    path.symlink_to(outside)
    with pytest.raises(ConfigError, match="a link that leads out of"):
        scenario("context=generic", config_dir=own)


@pytest.mark.parametrize(
    "text", ["_target_: os.system\n", "a: ${oc.env:HOME}\n", "hydra: {run: {dir: x}}\n", "x: [{_target_: y}]\n"]
)
def test_what_could_run_code_is_refused_wherever_it_lies(text: str, own: Path) -> None:
    (own / "policy" / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"may not hold|interpolation"):
        scenario("context=generic", config_dir=own)
    with pytest.raises(ConfigError, match=r"may not hold|interpolation"):
        load(own / "policy" / "mine.yaml")


@pytest.mark.parametrize("name", ["home of Žofie", "[a] {b}", "~tilde", 'it\'s "quoted"', "a,b=c#d", "%20", "日本"])
def test_folders_may_have_any_name(name: str, own: Path, tmp_path: Path) -> None:
    folder = own.rename(tmp_path / name)
    (folder / "context" / "gold.csv").write_text("month,value\n2000-01,40\n")
    write_context(folder, "gold.csv")
    (folder / "policy" / "mine.yaml").write_text(POLICY.replace("{}", "[buying_centres]"))
    made = scenario(
        "context=mine", "policy=mine", "context.series.world.outside_income={points: {2000-01: 9}}", config_dir=folder
    )
    assert made.market.buying_centres is not None


EVERYWHERE = "# @package _global_\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("market: {buying_centres: {number: 3}}\n", "must begin with the line '# @package _global_'"),
        ("# @package market\nbuying_centres: {number: 3}\n", "must begin with the line"),
        (EVERYWHERE + "market: [x]\n", "where a mapping is needed"),
        (EVERYWHERE + "events: {a: 1}\n", "where a mapping is needed"),
        (EVERYWHERE + "market: 5\n", "a mapping such as"),
        (EVERYWHERE + "defaults: 5\n", "a list such as"),
        (EVERYWHERE + "defaults: [_self_, _self_]\n", "_self_ is there twice"),
        (EVERYWHERE + "defaults: [override /market: full, override /market: none]\n", "market is there twice"),
        (EVERYWHERE + "defaults: [mine]\n", "builds on itself"),
        (EVERYWHERE + "5: 3\n", "a key must be a text"),
        (EVERYWHERE + "a: !!set {x}\n", "no plain value"),
        (EVERYWHERE + "a: !!binary aGk=\n", "no plain value"),
        (EVERYWHERE + "context: {name: x}\n", "is that of its file"),
    ],
)
def test_a_policy_that_would_not_count_as_it_stands_is_refused(text: str, says: str, own: Path) -> None:
    (own / "policy" / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        scenario("context=generic", "policy=mine", config_dir=own)
    assert not {"ConfigTypeError", "DictConfig", "ListConfig"} & set(str(caught.value).split())


def test_policies_that_lead_back_to_themselves_are_refused(own: Path) -> None:
    (own / "policy" / "mine.yaml").write_text(EVERYWHERE + "defaults: [yours]\n")
    (own / "policy" / "yours.yaml").write_text(EVERYWHERE + "defaults: [mine]\n")
    with pytest.raises(ConfigError, match="lead back to themselves"):
        scenario("context=generic", "policy=mine", config_dir=own)


# --- tables -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a;b\n1;2\n", "separated by semicolons"),
        ("a\tb\n1\t2\n", "separated by tabs"),
        (",a\n0,1\n", "column 1 has no name"),
        ("Unnamed: 0,a\n0,1\n", "is an index"),
        ("a,a\n1,2\n", "'a' is there twice"),
        ("a,b\n1\n", "row 2: 1 cells"),
        ("a,b\n1,\n", "row 2: b is empty"),
        ("a\nnan\n", "row 2: a = nan is not a finite number"),
        ("a\n-inf\n", "not a finite number"),
        ("a\n1e999\n", "not a finite number"),
        ('a\n"x\n', "quotation marks"),
        ("a\n[1\n", "cannot be read"),
        ("a\n${oc.env:HOME}\n", "cannot be read"),
        ("", "is empty"),
        ("a\n", "no rows"),
        ("a\x00\n1\x00\n", "UTF-8"),
    ],
)
def test_slips_in_a_table_are_named(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        read_user_table(path, "--points")


@pytest.mark.parametrize(
    ("encoding", "suffix"),
    [("utf-16", "csv"), ("utf-16-le", "csv"), ("latin-1", "csv"), ("utf-8", "xlsx"), ("utf-8", "json")],
)
def test_tables_in_other_formats_are_answered(encoding: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{suffix}"
    path.write_bytes("name,Österreich\nx,y\n".encode(encoding))
    with pytest.raises(ConfigError, match=r"save it as"):
        read_user_table(path, "--draws")


def test_cells_mean_what_they_mean_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('\ufeffa,b,c,d,e,f\n1, 2.5 ,true,null,"[x, 1]","a, b"\n\n1e3,-.5,no,2010-07,{k: 1},plain\n,,,,,\n')
    table = read_user_table(path, "--points")
    assert table.columns == {
        "a": [1, 1000.0], "b": [2.5, -0.5], "c": [True, "no"], "d": [None, "2010-07"], "e": [["x", 1], {"k": 1}], "f": ["a, b", "plain"],
    }  # fmt: skip
    assert list(table.rows) == [2, 4]


def test_texts_in_parquet_are_read_as_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": ["[x, 1]", "plain"], "b": ["null", "5"], "c": [1.5, 2.0]}).write_parquet(path)
    assert read_user_table(path, "--points").columns == {"a": [["x", 1], "plain"], "b": [None, "5"], "c": [1.5, 2.0]}
    pl.DataFrame({"a": [1.0, None]}).write_parquet(path)
    with pytest.raises(ConfigError, match="row 2: a is empty"):
        read_user_table(path, "--points")
    pl.DataFrame({"a": [1.0, float("nan")]}).write_parquet(path)
    with pytest.raises(ConfigError, match="row 2: a = nan"):
        read_user_table(path, "--points")
