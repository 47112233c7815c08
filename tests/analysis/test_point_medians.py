"""One row for each point of a sweep: the medians are those of the table of runs, and the workbook says the same."""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import asmsim
from asmsim.analysis.point_medians import medians, write_medians
from asmsim.config.errors import ConfigError
from tests.test_cli import asmsim as call

KEY = "legalisation.signoffs"


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> asmsim.Results:
    return asmsim.sweep(
        "context=generic", "policy=minimal_law", "model.scale=200", "context.end=2008-12", f"{KEY}=3,12",
        seeds=4, workers=0, out=tmp_path_factory.mktemp("sweep"),
    )  # fmt: skip


def test_medians_are_those_of_the_runs(swept: asmsim.Results) -> None:
    table = medians(swept, date="horizon")
    frame = swept.table("summary").filter(pl.col("date") == "horizon").collect().to_pandas()
    assert table["miners"].to_list() == pytest.approx(frame.groupby(KEY)["miners"].median().tolist())
    assert table["miners_q05"].to_list() == pytest.approx(frame.groupby(KEY)["miners"].quantile(0.05).tolist())
    assert table["miners_q95"].to_list() == pytest.approx(frame.groupby(KEY)["miners"].quantile(0.95).tolist())
    assert table["runs"].to_list() == [4, 4]
    assert asmsim.medians(swept).height == 2 * len(swept.dates())
    with pytest.raises(ConfigError, match="did you mean 'miners'"):
        medians(swept, ["minrs"])
    with pytest.raises(ConfigError, match="exit: no run has such a date"):
        medians(swept, date="exit")


def test_the_workbook_has_labels_units_codebook_and_the_same_numbers(swept: asmsim.Results, tmp_path: Path) -> None:
    path = tmp_path / "medians.xlsx"
    write_medians(swept, path)
    sheets = pd.read_excel(path, sheet_name=None, header=None)
    assert list(sheets) == ["medians", "columns", "about"]
    sheet = sheets["medians"]
    assert "Licensed share of miners: median" in sheet.iloc[0].tolist()
    assert "Mercury used, kg/month: 5 % of runs lie below" in sheet.iloc[0].tolist()
    column = sheet.iloc[1].tolist().index("miners")
    assert sheet.iloc[2:, column].tolist() == pytest.approx(medians(swept)["miners"].to_list())
    with pytest.raises(ConfigError, match="there already"):
        write_medians(swept, path)


def test_the_command_writes_medians_to_excel_and_series_to_csv(swept: asmsim.Results, tmp_path: Path) -> None:
    folder = str(swept.folder)
    call("results", folder, "--to", str(tmp_path / "a.xlsx"))
    assert "medians" in pd.read_excel(tmp_path / "a.xlsx", sheet_name=None)
    call("results", folder, "--table", "medians", "--to", str(tmp_path / "a.csv"))
    assert pd.read_csv(tmp_path / "a.csv")["miners"].tolist() == pytest.approx(medians(swept)["miners"].to_list())
    assert "runs" in call("results", folder, "--table", "medians").stdout


def test_results_have_them_as_methods(swept: asmsim.Results) -> None:
    assert swept.medians(date="horizon").equals(medians(swept, date="horizon"))
    assert swept.plot("miners", x=KEY).axes
