"""The schema of ``export --sqlite``: each table and view with every column, its kind and what it means.

The statements that make the database and the page of the manual follow this table; there is no second list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from backlogtool.domain.fields import FIELDS, MAP, NUMBER, REFS, SET

#: Rises when a table or column goes away or means something else; not when one is added.
SCHEMA_VERSION = 1
TEXT, INTEGER = "TEXT", "INTEGER"


class Column(NamedTuple):
    """``refers`` names the table whose ``id`` it holds; ``filled`` says that it is never NULL."""

    name: str
    kind: str
    doc: str
    refers: str = ""
    filled: bool = False


class Table(NamedTuple):
    """``key`` is the primary key; ``indexes`` are the columns of each further index."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


class View(NamedTuple):
    """A stored query; its columns are those of the tables it names."""

    name: str
    doc: str
    query: str


#: The fields of one value each; sets and references have tables of their own.
ITEM_FIELDS = tuple(field for field in FIELDS if field.kind not in (SET, REFS))
_ITEM = Column("item_id", TEXT, "The item.", "items", filled=True)
_NUMBER = Column("number", INTEGER, "Its place, from 1.", filled=True)


def _field_columns() -> Iterator[Column]:
    for field in ITEM_FIELDS:
        doc = f"{field.doc} A JSON object." if field.kind == MAP else field.doc
        yield Column(field.name, INTEGER if field.kind == NUMBER else TEXT, doc, filled=field.name == "id")


ITEMS = Table(
    "items",
    "One row an item that can be read. What is empty in the file is NULL.",
    (
        *_field_columns(),
        Column("extra", TEXT, "Keys that the tool does not know, as a JSON object."),
        Column("description", TEXT, "The Markdown text without the comments.", filled=True),
        Column("is_closed", INTEGER, "1 if its status is one of workflow.closed_statuses, else 0.", filled=True),
        Column("updated_at", TEXT, "When it last changed; NULL if history does not tell. A comment is no change."),
        Column("closed_at", TEXT, "When it was closed; NULL if it is not, or history does not tell."),
        Column("criteria_met", INTEGER, "How many acceptance criteria are met.", filled=True),
        Column("criteria_all", INTEGER, "How many there are.", filled=True),
        Column("path", TEXT, "Its file, from the top of the repository.", filled=True),
    ),
    ("id",),
    (("status", "priority"), ("owner",), ("service",), ("due_date",), ("dedupe_key",)),
)
TAGS = Table("tags", "The tags of items.", (_ITEM, Column("tag", TEXT, "The tag.", filled=True)),
             ("item_id", "tag"), (("tag",),))  # fmt: skip
DEPENDENCIES = Table(
    "dependencies",
    "What items wait for.",
    (_ITEM, Column("needed_id", TEXT, "The id of the other item; it need not be there.", filled=True)),
    ("item_id", "needed_id"),
    (("needed_id",),),
)
EVIDENCE = Table(
    "evidence",
    "The evidence that items refer to.",
    (
        _ITEM,
        Column("kind", TEXT, "alerts, incidents, release_checks …", filled=True),
        Column("ref", TEXT, "The reference.", filled=True),
    ),
    ("item_id", "kind", "ref"),
    (("kind", "ref"),),
)
CRITERIA = Table(
    "criteria",
    "The boxes of the section Acceptance Criteria.",
    (
        _ITEM,
        _NUMBER,
        Column("met", INTEGER, "1 if the box is ticked, else 0.", filled=True),
        Column("text", TEXT, "The first line of the criterion.", filled=True),
    ),
    ("item_id", "number"),
)
COMMENTS = Table(
    "comments",
    "The comments in the files.",
    (
        _ITEM,
        _NUMBER,
        Column("at", TEXT, "When it was made.", filled=True),
        Column("actor", TEXT, "Who made it.", filled=True),
        Column("text", TEXT, "What it says, in Markdown.", filled=True),
    ),
    ("item_id", "number"),
    (("actor",),),
)
_GONE = "The item; NULL if it is not in items: deleted since, or not readable."
EVENTS = Table(
    "events",
    "What happened, oldest first, as log tells it.",
    (
        Column("number", INTEGER, "Its place among all events, from 1.", filled=True),
        Column("id", TEXT, "ev_ and 12 hex digits.", filled=True),
        Column("item_id", TEXT, _GONE, "items"),
        Column("subject", TEXT, "The id of the item, also of one that is gone.", filled=True),
        Column("ts", TEXT, "When, by the commit.", filled=True),
        Column("type", TEXT, "created, status_change, auto_update, comment or deleted.", filled=True),
        Column("actor", TEXT, "Who did it.", filled=True),
        Column("message", TEXT, "What was said, else what happened.", filled=True),
    ),
    ("number",),
    (("item_id",), ("subject",), ("ts",), ("actor",), ("id",)),
)
CHANGES = Table(
    "changes",
    "The fields that an event changed. A created item has one row a field.",
    (
        Column("event_number", INTEGER, "The event.", "events", filled=True),
        Column("field", TEXT, "The field, description, comments, or a key that the tool does not know.", filled=True),
        Column("old", TEXT, "The value before, NULL for none; a list or map is JSON."),
        Column("new", TEXT, "The value after, alike."),
    ),
    ("event_number", "field"),
    (("field",),),
)
FINDINGS = Table(
    "findings",
    "What validate finds.",
    (
        _NUMBER,
        Column("code", TEXT, "The code, as in the manual's page of findings.", filled=True),
        Column("severity", TEXT, "error or warning.", filled=True),
        Column("message", TEXT, "What is wrong.", filled=True),
        Column("path", TEXT, "The file."),
        Column("line", INTEGER, "The line, from 1; NULL for the whole file."),
        Column("column", INTEGER, "The column, from 1; NULL for the whole line."),
        Column("item_id", TEXT, _GONE, "items"),
        Column("field", TEXT, "The field."),
        Column("fix", TEXT, "How to mend it."),
    ),
    ("number",),
    (("item_id",), ("code",)),
)
META = Table(
    "meta",
    "One row: what this database was made from.",
    (
        Column("schema_version", INTEGER, "The version of these tables.", filled=True),
        Column("commit", TEXT, "The commit that HEAD named; NULL if there was none."),
        Column("moment", TEXT, "When that commit was made."),
        Column("edited", INTEGER, "How many items had edits that no commit has.", filled=True),
    ),
    ("schema_version",),
)
TABLES = (ITEMS, TAGS, DEPENDENCIES, EVIDENCE, CRITERIA, COMMENTS, EVENTS, CHANGES, FINDINGS, META)

VIEWS = (
    View("open_items", "The items that are not closed, most urgent first.",
         "SELECT * FROM items WHERE NOT is_closed ORDER BY priority, due_date IS NULL, due_date, id"),
    View("overdue_items", "The open items that were due before the day of the commit.",
         "SELECT * FROM items WHERE NOT is_closed AND due_date < (SELECT substr(moment, 1, 10) FROM meta) "
         "ORDER BY due_date, priority, id"),
    View("status_changes", "Each move along the workflow, and how each item began (from is NULL).",
         'SELECT events.number, item_id, subject, ts, actor, old AS "from", new AS "to" '
         "FROM changes JOIN events ON events.number = event_number WHERE field = 'status' ORDER BY events.number"),
)  # fmt: skip


def create(table: Table) -> str:
    """The statement that makes a table; what its columns mean stands in it, so it can be read in the database."""
    lines = []
    for column in table.columns:
        lines += [f"  -- {column.doc}", f'  "{column.name}" {column.kind}{" NOT NULL" if column.filled else ""},']
    ends = [f"  PRIMARY KEY ({_names(table.key)})"]
    ends += [
        f'  FOREIGN KEY ("{column.name}") REFERENCES "{column.refers}" ("{_target(column.refers)}")'
        for column in table.columns
        if column.refers
    ]
    last = ") WITHOUT ROWID" if len(table.key) > 1 else ")"  # a key of several columns is kept once, in its order
    return "\n".join([f'CREATE TABLE "{table.name}" ( -- {table.doc}', *lines, ",\n".join(ends), last])


def further(table: Table) -> list[str]:
    """The statements that make the indexes of a table."""
    return [
        f'CREATE INDEX "{table.name}_by_{"_".join(names)}" ON "{table.name}" ({_names(names)})'
        for names in table.indexes
    ]


def insert(table: Table) -> str:
    """The statement that adds a row."""
    return f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(table.columns))})'  # noqa: S608 - our own names


def create_view(view: View) -> str:
    """The statement that makes a view."""
    return f'CREATE VIEW "{view.name}" AS -- {view.doc}\n{view.query}'


def _target(name: str) -> str:
    return next(table.key[0] for table in TABLES if table.name == name)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
