"""What views are made of is kept, and no view says anything else for that (docs/decisions/0019-derived-index.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from backlogtool.app import rendering
from backlogtool.app.workspace import Workspace
from backlogtool.domain.item import Item
from backlogtool.errors import InvalidError
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.index.tasks import Task, TaskIndex, Tasks
from tests.cli.session import BILLING, GATEWAY, ROUTER, SEARCH, Session, item_text

DAY = "2026-02-16"
NEW = "bl_999999999999"
FULL = """The ``gateway`` → drops.

## Acceptance Criteria

- [ ] **Status:** not a field

- [x] ## not a heading

## Plan

1. first

## Odd <!-- name

```
## code
```
"""


def _views(session: Session, index: str) -> dict[str, str]:
    """Every view, in a process of its own as it were."""
    space = Workspace.open(session.repo.root, flags={"index": index}, environment={})
    made = rendering.of_backlog(space, DAY)
    texts = made.texts(made.outputs)
    space.store.close()
    return texts


def _cache(session: Session) -> Path:
    return session.repo.root / ".git/backlogtool/cache/tasks.db"


def _write(session: Session, item_id: str, **fields: object) -> None:
    session.repo.write(session.path(item_id), item_text(item_id, FULL, **fields))


def _other_folder(session: Session) -> None:
    (session.repo.root / "items/ab").mkdir()
    (session.repo.root / session.path(BILLING)).rename(session.repo.root / f"items/ab/{BILLING}.md")


EDITS: dict[str, Callable[[Session], object]] = {
    "nothing": lambda session: None,
    "another title": lambda session: session.hand_edit(GATEWAY, "Review", "Look at"),
    "another text": lambda session: session.hand_edit(GATEWAY, "drops", "loses"),
    "sections": lambda session: _write(session, BILLING),
    "no letter but its stamps": lambda session: os.utime(session.repo.root / session.path(GATEWAY)),
    "closed": lambda session: session.hand_edit(ROUTER, "status: open", "status: done"),
    "promoted": lambda session: session.hand_edit(
        ROUTER, "source:", f"list: todo\npromoted_at: {DAY}\npromoted_from: dev-high\nsource:"
    ),
    "a new one": lambda session: _write(session, NEW, priority="P0"),
    "a closed one": lambda session: _write(session, NEW, status="canceled"),
    "of an unknown priority": lambda session: _write(session, NEW, priority="P7", status="unheard-of"),
    "one that is gone": lambda session: (session.repo.root / session.path(SEARCH)).unlink(),
    "one in another folder": _other_folder,
    "another policy": lambda session: session.policy(
        "backlog_md:\n  status_names: {open: waits, in_progress: runs, blocked: hangs, done: done, canceled: no}\n"
    ),
    "a template of their own": lambda session: session.repo.write(
        "templates/OWN.md.j2", "{% for item in items %}\n{{ item.path }} {{ item.description | md }}\n{% endfor %}\n"
    ),
    "by command": lambda session: session("create", "Made by command", "P1", "service:gateway"),
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("edit", EDITS)
def test_with_and_without_the_index_all_views_are_the_same_bytes(edit: str, cli: Session) -> None:
    _views(cli, "auto")
    EDITS[edit](cli)
    meant = _views(cli, "off")
    assert _views(cli, "auto") == meant
    assert _views(cli, "auto") == meant
    _cache(cli).unlink()
    assert _views(cli, "auto") == meant


@pytest.mark.parametrize("fault", ["an item that cannot be read", "an id twice"])
def test_a_view_that_would_lack_an_item_is_refused_in_the_same_words(fault: str, cli: Session) -> None:
    _views(cli, "auto")
    path = f"items/ab/{ROUTER}.md" if fault == "an id twice" else cli.path(ROUTER)
    cli.repo.write(path, item_text(ROUTER).replace("title:", "title"))
    told = []
    for index in ("off", "auto"):
        with pytest.raises(InvalidError) as caught:
            _views(cli, index)
        told.append((caught.value.message, list(caught.value.findings), caught.value.hint))
    assert told[0] == told[1]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("instead", ["nothing", "garbage", "half of it", "a folder", "a link", "no tasks"])
def test_whatever_becomes_of_what_is_kept_the_views_are_the_same(instead: str, cli: Session) -> None:
    meant = _views(cli, "auto")
    held = _cache(cli).read_bytes()
    assert b'"fields"' in held
    _cache(cli).unlink()
    precious = cli.repo.write("precious", "precious")
    if instead == "garbage":
        _cache(cli).write_bytes(b"\x00garbage" * 999)
    elif instead == "half of it":
        _cache(cli).write_bytes(held[: len(held) // 2])
    elif instead == "a folder":
        _cache(cli).mkdir()
    elif instead == "a link":
        _cache(cli).symlink_to(precious)
    elif instead == "no tasks":  # in the file that is ours: a copy of it would not be
        _views(cli, "auto")
        with _cache(cli).open("r+b") as file:
            file.write(held.replace(b'{"id"', b'["id"'))
    assert _views(cli, "auto") == meant
    assert _views(cli, "auto") == meant
    assert precious.read_text() == "precious"


def test_writes_see_views_as_they_will_be(cli: Session) -> None:
    """A policy that renders with every write gets them from what is kept and from the write itself."""
    cli.policy("views:\n  auto: true\n")
    _views(cli, "auto")
    cli("set-status", ROUTER, "in_progress")
    cli("create", "Another one", "P0")
    cli("edit", GATEWAY, "--set", "description=Another text")
    cli("close", BILLING, "--status", "canceled")
    for path, text in _views(cli, "off").items():
        assert cli.repo.read(path) == text, path


class _Reader:
    """Reads with a ``show`` that tells for which items it was asked."""

    def __init__(self, session: Session) -> None:
        self._root = str(session.repo.root)
        self.asked: list[str] = []

    def __call__(self, rules: str = "rules") -> Tasks | None:
        self.asked = []
        git_dir = f"{self._root}/.git"
        with closing(ItemIndex(git_dir, self._root)) as items, closing(TaskIndex(items, git_dir, self._root)) as tasks:
            return tasks.read(("P0", "P1", "P2"), rules, lambda one: one.status == "open", self._show)

    def _show(self, item: Item) -> Task:
        self.asked.append(item.id)
        return {"title": item.title}


@pytest.fixture
def read(cli: Session) -> _Reader:
    return _Reader(cli)


def test_only_what_is_new_is_shown(cli: Session, read: _Reader) -> None:
    first = read()
    assert first is not None
    assert [one.id for one in first.briefs] == [ROUTER, GATEWAY, SEARCH, BILLING]
    assert first.tasks[ROUTER] == {"title": "Refactor the router"}
    assert sorted(read.asked) == sorted(first.tasks)
    assert (read(), read.asked) == (first, [])
    cli.hand_edit(GATEWAY, "Review", "Look at")
    second = read()
    assert second is not None
    assert second.tasks[GATEWAY] == {"title": "Look at the gateway"}
    assert read.asked == [GATEWAY]


def test_by_other_rules_everything_is_shown_anew(read: _Reader) -> None:
    read("rules")
    read("others")
    assert len(read.asked) == 4
    read("rules")
    assert len(read.asked) == 4


def test_a_branch_that_comes_back_is_still_known(cli: Session, read: _Reader) -> None:
    read()
    cli.repo.git("checkout", "--quiet", "-b", "other")
    cli.hand_edit(GATEWAY, "Review", "Look at")
    cli.repo.git("commit", "--quiet", "--all", "--message", "other")
    read()
    cli.repo.git("checkout", "--quiet", "main")
    read()
    assert read.asked == []


def test_what_no_item_has_any_more_does_not_pile_up(cli: Session, read: _Reader) -> None:
    """At most as much of it stays as there are items, and one edit."""
    for number in range(12):
        cli.repo.write(cli.path(GATEWAY), item_text(GATEWAY, title=f"Number {number}"))
        read()
    for number in range(12):
        cli.repo.write(cli.path(GATEWAY), item_text(GATEWAY, title=f"Number {number}"))
        read()
        if read.asked:
            return
    raise AssertionError("all of twelve versions of one item are kept")
