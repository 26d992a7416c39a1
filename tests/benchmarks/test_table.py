"""The table says what the samples say."""

from __future__ import annotations

import pytest

from benchmarks import table
from benchmarks.measure import Pair, Sample
from benchmarks.table import Compared, Measured

PAIR = Pair(
    (Sample(0.2, 0.1, 20), Sample(0.4, 0.1, 20), Sample(0.3, 0.1, 20)),
    (Sample(0.1, 0.2, 10), Sample(0.2, 0.2, 10), Sample(0.1, 0.2, 10)),
)
LINE = Measured("list", 1_000, "the floor", PAIR, promise=3)


def test_a_ratio_is_of_medians_and_the_spread_of_rounds() -> None:
    assert PAIR.ratio("wall") == 0.3 / 0.1
    assert PAIR.spread("wall") == (2.0, 0.3 / 0.1)
    assert PAIR.ratio("memory") == 2


def test_every_promise_has_to_be_kept() -> None:
    assert table.kept(LINE._replace(promise=3.1)) is True
    assert table.kept(LINE._replace(promise=2.9)) is False
    assert table.kept(LINE._replace(promise=3.1, mebibytes=19)) is False
    assert table.kept(LINE._replace(promise=None, milliseconds=301)) is True
    assert table.kept(LINE._replace(promise=None)) is None
    assert table.kept(LINE._replace(pair=None)) is None


def test_a_line_is_told_in_milliseconds() -> None:
    told = ("list", "1,000", "300", "the floor", "100", "3.00", "2.00 to 3.00", "0.50", "20", "3.1", "kept")
    assert table.cells(LINE._replace(promise=3.1)) == told


def test_a_peer_is_told_by_how_many_times_less_we_take() -> None:
    told = table.against(Compared("Other", "list", PAIR, cpu=2, memory=0.5, note="it does less"))
    assert told == ("Other", "list", "100", "200", "2.0", "20", "10", "0.5", "kept", "it does less")
    assert table.against(Compared("Other", "list", PAIR, cpu=3))[8] == "not kept"


def test_what_was_left_out_says_why_in_every_form() -> None:
    for form in table.FORMATS.values():
        told = form(
            [LINE._replace(pair=None, note="no such thing")], [Compared("Other", "all", None, note="absent")], ""
        )
        assert "no such thing" in told
        assert "absent" in told


def test_markdown_is_one_table_with_as_many_cells_in_every_row() -> None:
    told = table.as_markdown([LINE, LINE._replace(name="a | b")], [], "now")
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {row.replace("\\|", "").count("|") for row in rows} == {12}


def test_a_document_gets_the_tables_between_its_marks_and_keeps_the_rest() -> None:
    document = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"
    once = table.into(document, "new")
    assert once == "before\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nafter\n"
    assert table.into(once, "new") == once
    with pytest.raises(ValueError, match="no lines"):
        table.into("before", "new")


def test_json_holds_everything_there_is_to_print() -> None:
    others = [Compared("Other", "list", PAIR, 1, 1), Compared("Other", "all", None, note="absent")]
    lines = [LINE, LINE._replace(pair=None, note="none")]
    assert table.from_json(table.as_json(lines, others, "now")) == (lines, others, "now")
