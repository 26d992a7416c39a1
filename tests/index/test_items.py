"""The index of items: its answers are those of a full read, whatever happens to the files."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.domain.brief import brief_of
from backlogtool.domain.item import Item
from backlogtool.domain.query import FIELDS, Query, Term
from backlogtool.stores.git.index import rows, stamps
from backlogtool.stores.git.index.folders import Folder, packed
from backlogtool.stores.git.index.where import condition
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from tests.domain.samples import item
from tests.index.sequences import IDS, ORDER, Life, repository, seen
from tests.repositories import Repo
from tests.strategies import name, title


@pytest.mark.sampled(42)
@pytest.mark.parametrize("seed", range(40))
def test_after_any_edits_the_index_says_what_the_files_say(tmp_path: Path, seed: int) -> None:
    """By hand, by command and by git; looked at in between, so that every step starts from an index."""
    life = Life(tmp_path, seed)
    for number, _ in enumerate(life.run(8)):
        if number % 2:
            life.agrees()
    life.agrees()
    life.agrees_on_findings()
    life.agrees_on_words()
    life.close()


_words = st.sampled_from(
    ("", "a", "b", "open", "done", "K", "k", "ß", "ss", "2026-03-01", "\u212a", "%", "_", "a\nb", "'")
)
_days = st.builds(lambda sign, day: f"{sign}{day}", st.sampled_from(("<", "<=", ">", ">=", "=")), _words)
_is = st.sampled_from(("active", "closed", "overdue"))


def _values(field: str) -> st.SearchStrategy[str]:
    return _days if field in ("due", "created") else _is if field == "is" else _words


_terms = st.sampled_from(FIELDS).flatmap(
    lambda field: st.builds(Term, st.just(field), st.lists(_values(field), max_size=3).map(tuple), st.booleans())
)
_items = st.builds(
    Item,
    **{field: _words for field in rows.SINGLE if field not in ("id", "rank")},
    id=st.sampled_from(IDS),
    rank=st.none() | st.integers(-5, 5),
    evidence_refs=st.just({}),
    meta=st.just({}),
    extra=st.just({}),
    comments=st.just(()),
    tags=st.lists(_words.filter(lambda one: "\n" not in one), max_size=3).map(lambda some: tuple(sorted(set(some)))),
    description=st.sampled_from(("", "Straße", "KELVIN \u212a", "a\n\nb")),
)


@given(st.lists(_items, max_size=5), st.builds(Query, st.lists(_terms, max_size=3).map(tuple), _words))
def test_a_query_holds_in_sql_where_it_matches(items: list[Item], query: Query) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in rows.SCHEMA.split(";"):
        connection.execute(statement)
    for number, one in enumerate(items):
        connection.execute(rows.INSERT, rows.row(number, 1, b"", "", one))
        connection.execute("INSERT INTO texts VALUES (?, ?)", (number, rows.text(one)))
    text, parameters = condition(query)
    found = {number for (number,) in connection.execute(f"SELECT number FROM items WHERE {text}", parameters)}
    briefs = [rows.brief(row, {1: "items"}) for row in connection.execute(f"SELECT {rows.BRIEF} FROM items")]
    connection.close()
    assert found == {number for number, one in enumerate(items) if query.matches(one)}
    assert briefs == [brief_of(one, f"items/{one.id}.md") for one in items]


@given(title, name, st.integers(-(10**17), 10**17))
def test_a_brief_survives_its_row(text: str, word: str, rank: int) -> None:
    one = item(title=text, service=word, rank=rank, tags=(text,))
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in rows.SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(rows.INSERT, rows.row(1, 7, b"", "", one))
    (held,) = connection.execute(f"SELECT {rows.BRIEF} FROM items").fetchall()
    connection.close()
    assert rows.brief(held, {7: "items/x"}) == brief_of(one, f"items/x/{one.id}.md")


def test_what_changed_in_the_same_tick_is_looked_at_again(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's racy rule: a clock that stands still hides no edit, whatever the times of the files are."""
    path = repo.write(f"items/{IDS[0]}.md", markdown.write(item(id=IDS[0], owner="bob")))
    monkeypatch.setattr(stamps, "stamp_of", lambda status: status.st_ino)
    monkeypatch.setattr("backlogtool.stores.git.index.folders.stamp_of", lambda status: status.st_ino)
    store = GitStore(discover(str(repo.root)))
    assert store.count(Query(), "owner") == {"bob": 1}
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b"bob", b"eve"))
    assert store.count(Query(), "owner") == {"eve": 1}


class _Clock(stamps.Clock):
    def __init__(self, now: int, device: int) -> None:
        self._now, self._device = now, device


@pytest.mark.parametrize(
    ("age", "coarse", "elsewhere", "lasts"),
    [(0, 0, 0, False), (10**6, 0, 0, False), (10**8, 0, 0, True), (10**9, 1, 0, False), (3 * 10**9, 1, 0, True),
     (10**9, 0, 1, False), (10**10, 0, 1, True), (-(10**9), 0, 0, False)],
)  # fmt: skip
def test_a_stamp_lasts_if_it_is_older_than_the_clock_can_tell(
    repo: Repo, age: int, coarse: int, elsewhere: int, lasts: bool
) -> None:
    """Whole seconds are the times of a coarse clock; another device has a clock of its own."""
    path = repo.write("x", "text\n")
    now = path.stat()
    os.utime(path, ns=(0, 1_000_000_000 if coarse else 1_000_000_001))
    held = path.stat()
    fake = os.stat_result(held[:10], {"st_ctime_ns": held.st_mtime_ns, "st_mtime_ns": held.st_mtime_ns})
    assert fake.st_ctime_ns == held.st_mtime_ns
    clock = _Clock(held.st_mtime_ns + age, now.st_dev + elsewhere)
    assert (clock.lasting(fake) != stamps.UNKNOWN) == lasts


def test_no_stamp_lasts_where_the_clock_cannot_be_read(repo: Repo) -> None:
    """On a full disk nothing can be touched; this handle can neither."""
    path = repo.write("x", "text\n")
    os.utime(path, ns=(1, 1))
    time.sleep(0.03)
    for flags, lasts in ((os.O_RDWR, True), (os.O_PATH, False)):
        handle = os.open(path.with_name("y") if lasts else path, flags | (os.O_CREAT if lasts else 0))
        assert (stamps.Clock(handle).lasting(path.stat()) != stamps.UNKNOWN) == lasts
        os.close(handle)


_stamps = st.integers(-(2**63), 2**63 - 1)


@given(st.dictionaries(st.sampled_from(IDS), st.tuples(_stamps, _stamps)))
def test_the_files_that_differ_are_those_with_another_stamp(files: dict[str, tuple[int, int]]) -> None:
    """And with their new stamps none does."""
    names = sorted(files)
    held = Folder("items", 1, "/".join(names), packed([files[name][0] for name in names]))
    now = [files[name][1] for name in names]
    differing = held.differing(now)
    assert differing == [name for name in names if stamps.UNKNOWN in files[name][1:] or len(set(files[name])) > 1]
    assert held.stamped({name: files[name][1] for name in differing}).stamps == packed(now)


def test_an_index_that_is_up_to_date_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(tmp_path / "repo", 5)
    for path in (repo.root / "items").iterdir():
        os.utime(path, ns=(1, 1))
    _settled(repo)

    def never(*arguments: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr("backlogtool.stores.git.index.update.content", never)
    store = GitStore(discover(str(repo.root)))
    assert store.briefs(Query(), order=ORDER, limit=2).total == 5
    assert len(store.holders(["shared:key", *IDS])) > 0


def _settled(repo: Repo) -> None:
    """Looks until nothing is as young as the clock."""
    for _ in range(3):
        time.sleep(0.03)
        GitStore(discover(str(repo.root))).count(Query(), "status")


def test_only_what_has_changed_is_judged_again(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo", 4)
    judged: list[str] = []

    def judge(one: object) -> list[object]:
        judged.append(one.path)  # type: ignore[attr-defined]
        return []

    def ask(rules: str) -> list[str]:
        judged.clear()
        GitStore(discover(str(repo.root))).judged(rules, judge)  # type: ignore[arg-type]
        return sorted(judged)

    every = [f"items/{item_id}.md" for item_id in IDS[:4]]
    assert ask("first") == every
    assert ask("first") == []
    path = repo.root / every[2]
    path.write_bytes(path.read_bytes() + b"\nmore\n")
    assert ask("first") == [every[2]]
    assert ask("second") == every


def test_items_in_folders_are_found_and_told_in_the_order_of_a_full_read(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo", 20, folder=lambda number: f"items/{number % 4:02x}/{number % 2}")
    repo.write(f"items/{IDS[3]}.md", "broken\n")
    repo.write(f"items/zz/{IDS[1]}.md", repo.read(f"items/01/1/{IDS[1]}.md"))
    repo.write("items/aa/notes.md", "text\n")
    assert seen(GitStore(discover(str(repo.root)))) == seen(GitStore(discover(str(repo.root)), indexed=False))


def test_a_work_tree_that_is_linked_has_an_index_of_its_own(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo", 3)
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write(f"items/{IDS[0]}.md", markdown.write(item(id=IDS[0], owner="zoe")))
    for place in (repo, linked, repo):
        told = discover(str(place.root))
        assert seen(GitStore(told)) == seen(GitStore(told, indexed=False))
    assert (repo.root / ".git/worktrees/linked/backlogtool/cache/items.db").exists()
    assert "zoe" in GitStore(discover(str(linked.root))).count(Query(), "owner")
    assert "zoe" not in GitStore(discover(str(repo.root))).count(Query(), "owner")


def test_a_write_sees_what_others_did_before_it_and_its_own_changes(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo", 3)
    store = GitStore(discover(str(repo.root)))
    assert store.count(Query(), "rank") == {"None": 3}
    repo.write(f"items/{IDS[5]}.md", markdown.write(item(id=IDS[5], rank=5)))
    with store.writing():
        assert store.count(Query(), "rank") == {"5": 1, "None": 3}
        assert store.get(IDS[5]).item.rank == 5
