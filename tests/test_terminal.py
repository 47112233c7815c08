"""Tables fit the terminal, and lose no column."""

import pytest

from asmsim.cli.terminal import print_cards, print_catalogue, print_dated, table_of, tell

HEADER = ["outcome", "unit", "first year (2005-12)", "exit (2019-12)", "exit+5 (2024-12)", "horizon (2029-12)"]
ROWS = [
    ["miners", "persons", *[f"{n}7,295 [33,722; 39,516]" for n in range(1, 5)]],
    ["violations", "per 1,000 miners and month", *[f"{n}.43 [8.30; 10.6]" for n in range(1, 5)]],
]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 139, 140, 200])
def test_no_column_is_dropped_and_no_line_is_too_long(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    print_dated("Findings", HEADER, ROWS)
    table_of("Findings", HEADER, ROWS)
    print_cards("Findings", HEADER, ROWS)
    print_catalogue("Findings", HEADER, ROWS)
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= width
    joined = "".join(out.split())
    for cell in [*HEADER[2:], *ROWS[0], *ROWS[1]]:
        assert width < 80 or "".join(cell.split()) in joined


def test_cells_stay_in_one_piece_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_dated("Findings", HEADER, ROWS)
    out = capsys.readouterr().out
    for row in ROWS:
        for cell in row:
            assert cell in out


def test_what_is_piped_is_as_wide_as_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    tell("word " * 100)
    table_of("Findings", ["a", "b"], [["x", "y " * 200]])
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) > 300
    assert all(line == line.rstrip() or line.startswith("word") for line in lines)
