"""The manual's page of the export is the table of the code, and its questions can be asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backlogtool.app.exporting import export_sqlite
from backlogtool.app.workspace import Workspace
from backlogtool.domain import body
from backlogtool.interchange.tables import TABLES, VIEWS, Column, Table
from tests.docs.documents import MANUAL, blocks, read, rows, sections

PAGE = MANUAL / "export.md"
QUESTIONS = [block.text for block in blocks(PAGE) if block.language == "sql"]


def _meaning(column: Column) -> str:
    targets = {table.name: table.key[0] for table in TABLES}
    return f"{column.doc} Leads to `{column.refers}.{targets[column.refers]}`." if column.refers else column.doc


def _page(table: Table) -> str:
    """What the page has to say of a table."""
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [f"### `{table.name}`", "", f"{table.doc} Key: {key}.", ""]
    lines += ["| Column | Kind | Never NULL | Meaning |", "|---|---|---|---|"]
    for column in table.columns:
        filled = "yes" if column.filled else "no"
        lines.append(f"| `{column.name}` | {column.kind.lower()} | {filled} | {_meaning(column)} |")
    return "\n".join(lines)


def test_every_table_stands_on_the_page_with_every_column_and_no_other() -> None:
    """What differs is shown as it should stand there."""
    meant = "\n\n".join(_page(table) for table in TABLES)
    assert sections(PAGE)["Tables"] == meant


def test_every_view_stands_on_the_page_and_no_other() -> None:
    told = [row for row in rows(body.section(read(PAGE), "Views")) if len(row) == 2]
    assert told == [[f"`{view.name}`", view.doc] for view in VIEWS]


@pytest.fixture
def database(in_demo: Path) -> Path:
    export_sqlite(Workspace.open("."), "backlog.db", force=False)
    return in_demo / "backlog.db"


def test_every_question_of_the_page_has_an_answer(database: Path) -> None:
    assert len(QUESTIONS) >= 6
    with closing(sqlite3.connect(database)) as opened:
        answers = [opened.execute(question).fetchall() for question in QUESTIONS]
    assert sum(bool(answer) for answer in answers) >= 3  # the demo is one day old: nothing is late
