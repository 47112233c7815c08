"""Tables of what there is: one's own evidence beside the shipped."""

from pathlib import Path

import pytest

from asmsim.analysis.catalogue import list_rows
from asmsim.config.errors import ConfigError


def own_evidence(folder: Path, text: str) -> Path:
    """A folder of one's own whose evidence is this table."""
    (folder / "evidence").mkdir()
    (folder / "evidence" / "mine.csv").write_text(text, encoding="utf-8-sig")  # as Excel writes it
    return folder


def test_ones_own_evidence_is_shown_by_id_and_by_word(tmp_path: Path) -> None:
    own = own_evidence(tmp_path, "id,variable,value,unit,note\nMY1,miners_counted,1200,persons,[B] census\n")
    _, header, ((*values,),) = list_rows("evidence", "MY1", own)
    shown = dict(zip(header, values, strict=True))
    assert (shown["about"], shown["value"], shown["grade"], shown["note"]) == ("miners counted", "1200", "B", "census")
    assert [row[0] for row in list_rows("evidence", "miners counted", own)[2]] == ["MY1"]
    assert list_rows("evidence", "MN185", own)[2], "the shipped ones are there as well"
    with pytest.raises(ConfigError, match="MY1"):
        list_rows("evidence", "MY1", None)


@pytest.mark.parametrize(
    ("text", "says"),
    [("id,variable\nMN185,mine\n", "MN185"), ("id,value\nMY1,3\n", "row 2"), ("id,variable\nMY1,one\n,two\n", "row 3")],
)
def test_evidence_that_cannot_be_told_apart_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        list_rows("evidence", None, own_evidence(tmp_path, text))
