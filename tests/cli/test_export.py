"""``export --sqlite`` holds what the other commands tell, stands whole or not at all, and follows from the commit."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backlogtool.interchange.tables import SCHEMA_VERSION, TABLES, VIEWS
from tests.cli.session import BILLING, GATEWAY, LATER, NOW, ROUTER, SEARCH, Session, item_text, untouched
from tests.repositories import Repo

RICH = "bl_0000000000aa"
TEXT = """\
A text with 'quotes'; DROP TABLE items; --

## Acceptance Criteria

- [x] first
  on two lines

- [ ] second

## Comments

### 2026-02-17T09:12:00Z alice

It's half "done".
"""


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(question).fetchall()


def export(session: Session, *arguments: str, status: int = 0) -> Path:
    place = session.repo.root.parent / "backlog.db"
    session("export", "--sqlite", str(place), "--force", *arguments, status=status)
    return place


def rich(session: Session) -> None:
    """An item with everything that an item can have."""
    fields = {
        "title": '"A title; with # and "',
        "rank": 7,
        "evidence_refs": "{alerts: [al_1, al_2], incidents: [in_1]}",
        "tags": "[tls, auto]",
        "meta": "{ticket: OPS-12}",
        "colour": "blue",
    }
    session.repo.write(f"items/{RICH}.md", item_text(RICH, TEXT, **fields))
    session.repo.commit("rich")


def test_every_table_and_view_is_there_with_sound_keys(cli: Session) -> None:
    rich(cli)
    place = export(cli)
    names = {name for (name,) in ask(place, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    assert names == {one.name for one in (*TABLES, *VIEWS)}
    assert ask(place, "PRAGMA integrity_check") == [("ok",)]
    assert ask(place, "PRAGMA foreign_key_check") == []
    assert ask(place, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_items_are_those_of_list(cli: Session) -> None:
    rich(cli)
    cli("set-status", GATEWAY, "in_progress", now=LATER)
    cli("close", GATEWAY, now=LATER)
    place = export(cli)
    columns = "id, title, status, priority, updated_at, closed_at, due_date"
    told = [tuple(one.get(name) or None for name in columns.split(", ")) for one in cli("list", "--json").data]
    assert sorted(ask(place, f"SELECT {columns} FROM items")) == sorted(told)
    assert ask(place, "SELECT id FROM items WHERE is_closed") == [(GATEWAY,)]
    assert {one for (one,) in ask(place, "SELECT id FROM open_items")} == {BILLING, ROUTER, SEARCH, RICH}
    assert ask(place, "SELECT id FROM overdue_items") == [(ROUTER,)]
    assert ask(place, f"SELECT path FROM items WHERE id = '{BILLING}'") == [(cli.path(BILLING),)]


def test_what_an_item_has_several_of_stands_in_tables_of_their_own(cli: Session) -> None:
    rich(cli)
    place = export(cli)
    assert ask(place, "SELECT tag FROM tags WHERE item_id = 'bl_0000000000aa'") == [("auto",), ("tls",)]
    assert ask(place, "SELECT kind, ref FROM evidence") == [
        ("alerts", "al_1"),
        ("alerts", "al_2"),
        ("incidents", "in_1"),
    ]
    assert ask(place, "SELECT number, met, text FROM criteria") == [(1, 1, "first"), (2, 0, "second")]
    assert ask(place, "SELECT at, actor, text FROM comments") == [(LATER, "alice", 'It\'s half "done".')]
    (row,) = ask(place, f"SELECT meta, extra, rank, criteria_met, criteria_all FROM items WHERE id = '{RICH}'")
    assert row == ('{"ticket": "OPS-12"}', '{"colour": "blue"}', 7, 1, 2)


def test_events_are_those_of_log_with_what_they_changed(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress", "-m", "begun")
    cli("edit", BILLING, "--set", "owner=bob", "--add", "tags=late")
    cli("comment", BILLING, "a remark", "--actor", "eve")
    place = export(cli)
    told = [tuple(one[name] for name in ("id", "item_id", "ts", "type", "actor", "message"))
            for one in cli.events("--all")]  # fmt: skip
    assert ask(place, "SELECT id, subject, ts, type, actor, message FROM events ORDER BY number") == told
    changed = "SELECT field, old, new FROM changes JOIN events ON number = event_number WHERE type <> 'created'"
    assert sorted(ask(place, changed)) == [
        ("owner", "oncall", "bob"),
        ("status", "open", "in_progress"),
        ("tags", None, '["late"]'),
    ]
    moves = f'SELECT "from", "to" FROM status_changes WHERE item_id = \'{GATEWAY}\''
    assert ask(place, moves) == [(None, "open"), ("open", "in_progress")]


def test_the_last_move_of_an_item_leads_to_its_status(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress")
    cli("close", GATEWAY)
    cli("close", ROUTER, "--status", "canceled")
    question = """SELECT id FROM items WHERE status <>
                  (SELECT "to" FROM status_changes WHERE item_id = id ORDER BY number DESC LIMIT 1)"""
    assert ask(export(cli), question) == []


def test_events_of_an_item_that_is_gone_keep_its_id(cli: Session) -> None:
    (cli.repo.root / f"items/{SEARCH}.md").unlink()
    cli.repo.commit("gone")
    place = export(cli)
    told = ask(place, f"SELECT item_id, type FROM events WHERE subject = '{SEARCH}' ORDER BY number")
    assert told == [(None, "created"), (None, "deleted")]
    assert ask(place, "PRAGMA foreign_key_check") == []


def test_findings_are_those_of_validate(cli: Session) -> None:
    cli.repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY, priority="P9", colour="blue"))
    place = export(cli)
    told = [(one["code"], one["message"], one["path"], one.get("line"), one["item"])
            for one in cli("validate", "--json", status=1).data]  # fmt: skip
    assert ask(place, "SELECT code, message, path, line, item_id FROM findings ORDER BY number") == told
    assert ask(place, "SELECT edited FROM meta") == [(1,)]


def test_an_unreadable_item_is_named_and_the_rest_is_there(cli: Session) -> None:
    cli.repo.write(f"items/{GATEWAY}.md", "no item\n")
    place = cli.repo.root.parent / "backlog.db"
    answer = cli("export", "--sqlite", str(place), status=6)
    assert f"items/{GATEWAY}.md" in answer.err
    assert answer.out.startswith(f"wrote {place}: 3 items")
    assert ask(place, "PRAGMA foreign_key_check") == []
    assert ask(place, "SELECT item_id, path FROM findings") == [(None, f"items/{GATEWAY}.md")]
    assert cli("export", "--sqlite", str(place), "--force", "--json", status=6).json["findings"]


def test_the_same_commit_gives_the_same_bytes(cli: Session) -> None:
    rich(cli)
    first = export(cli).read_bytes()
    cli.repo.git("commit", "--quiet", "--allow-empty", "--message", "later")
    cli.repo.git("reset", "--quiet", "--hard", "HEAD~")
    os.utime(cli.repo.root / f"items/{RICH}.md", (1, 1))
    assert cli("export", "--sqlite", str(cli.repo.root.parent / "again.db"), now=LATER).err == ""
    assert (cli.repo.root.parent / "again.db").read_bytes() == first


def test_meta_names_the_commit_and_its_moment(cli: Session) -> None:
    assert ask(export(cli), "SELECT * FROM meta") == [(SCHEMA_VERSION, cli.repo.head(), NOW, 0)]


def test_a_backlog_without_items_has_empty_tables(backlog: Session) -> None:
    assert ask(export(backlog), "SELECT count(*) FROM items") == [(0,)]


def test_json_counts_the_rows(cli: Session) -> None:
    place = cli.repo.root.parent / "backlog.db"
    data = cli("export", "--sqlite", str(place), "--json").data
    assert data["file"] == str(place)
    assert data["commit"] == cli.repo.head()
    assert data["rows"] == {table.name: ask(place, f"SELECT count(*) FROM {table.name}")[0][0] for table in TABLES}


def test_nothing_in_the_repository_changes(cli: Session) -> None:
    with untouched(cli.repo):
        export(cli)


# --- the file


def test_a_file_that_is_there_stays_without_force(cli: Session) -> None:
    place = cli.repo.root.parent / "backlog.db"
    place.write_text("mine")
    answer = cli("export", "--sqlite", str(place), status=1)
    assert "exists already" in answer.err
    assert "--force" in answer.err
    assert place.read_text() == "mine"
    export(cli)
    assert ask(place, "SELECT count(*) FROM items") == [(4,)]


def test_a_link_is_replaced_and_not_followed(cli: Session, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "backlog.db"
    target.write_text("mine")
    link.symlink_to(target)
    cli("export", "--sqlite", str(link), status=1)
    cli("export", "--sqlite", str(link), "--force")
    assert target.read_text() == "mine"
    assert not link.is_symlink()


def test_a_dangling_link_is_something_that_is_there(cli: Session, tmp_path: Path) -> None:
    (tmp_path / "backlog.db").symlink_to(tmp_path / "nowhere")
    cli("export", "--sqlite", str(tmp_path / "backlog.db"), status=1)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("name", "status"), [("missing/backlog.db", 3), ("folder", 1), ("file/backlog.db", 3)])
def test_a_place_that_cannot_be_written_to_is_told(cli: Session, tmp_path: Path, name: str, status: int) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    cli("export", "--sqlite", str(tmp_path / name), status=status)
    assert {one.name for one in tmp_path.iterdir()} >= {"folder", "file"}
    cli("export", "--sqlite", str(tmp_path / "folder"), "--force", status=7)


def test_a_failure_leaves_the_old_file_and_nothing_else(cli: Session, tmp_path: Path) -> None:
    """A version of an item is missing in the history, which is seen while the tables are filled."""
    place = tmp_path / "out" / "backlog.db"
    place.parent.mkdir()
    place.write_text("old")
    git = cli.repo.root / ".git"
    old = cli.repo.git("rev-parse", f"HEAD:items/{GATEWAY}.md").strip()
    cli("set-status", GATEWAY, "in_progress")
    for pack in sorted((git / "objects/pack").iterdir(), reverse=True):
        data = pack.read_bytes()
        pack.unlink()
        if pack.suffix == ".pack":
            packed = data
    cli.repo.git("unpack-objects", "-q", stdin=packed)
    (git / "objects" / old[:2] / old[2:]).unlink()
    answer = cli("export", "--sqlite", str(place), "--force", status=7)
    assert old[:10] in answer.err
    assert [one.name for one in place.parent.iterdir()] == ["backlog.db"]
    assert place.read_text() == "old"


def test_without_a_file_it_is_a_wrong_command_line(cli: Session) -> None:
    cli("export", status=2)


def test_without_a_backlog_there_is_nothing_to_export(empty: Session) -> None:
    place = empty.repo.root.parent / "backlog.db"
    empty("export", "--sqlite", str(place), status=3)
    assert not place.exists()


def test_a_path_that_is_no_text_is_written_as_what_it_is_made_of(cli: Session) -> None:
    folder = os.fsencode(cli.repo.root) + b"/items/t\xe9am"
    os.mkdir(folder)
    with open(folder + b"/bl_0000000000bb.md", "w") as file:
        file.write(item_text("bl_0000000000bb"))
    cli.repo.commit("latin")
    question = "SELECT path FROM items WHERE id = 'bl_0000000000bb'"
    assert ask(export(cli), question) == [("items/t\\udce9am/bl_0000000000bb.md",)]


def test_a_bare_repository_is_exported_from_its_last_commit(cli: Session, tmp_path: Path) -> None:
    cli.repo.git("clone", "--quiet", "--bare", str(cli.repo.root), str(tmp_path / "bare.git"))
    bare = Session(Repo(tmp_path / "bare.git"))
    assert ask(export(bare), 'SELECT count(*), (SELECT "commit" FROM meta) FROM items') == [(4, cli.repo.head())]
