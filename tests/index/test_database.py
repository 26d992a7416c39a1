"""Databases of what is derived: made anew when wrong, left alone when somebody else's, never needed for an answer."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from backlogtool.domain.query import Query
from backlogtool.stores.git.index import database
from backlogtool.stores.git.index.database import Connection, Database, IndexWarning, MalformedError, open_database
from backlogtool.stores.git.index.folder import cache_folder
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from tests.index.sequences import repository, seen
from tests.repositories import Repo

SCHEMA = "CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT UNIQUE);\nCREATE INDEX by_c ON a (c, b);"
#: A hundred items are enough for a database of many pages.
AMOUNT = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database may be, with a row in it."""
    place = Path(str(cache_folder(str(tmp_path)))) / "some.db"
    connection = _opened(place)
    connection.execute("INSERT INTO a VALUES (1, 'x')")
    connection.close()
    return place


def _opened(path: Path, version: int = 1, notes: list[str] | None = None) -> Connection:
    told = notes if notes is not None else []
    connection = open_database(str(path), SCHEMA, version, patience=0.1, note=told.append)
    assert connection is not None
    return connection


def _rows(path: Path, version: int = 1, notes: list[str] | None = None) -> list[tuple[int, str]]:
    connection = _opened(path, version, notes)
    try:
        return connection.execute("SELECT * FROM a").fetchall()
    finally:
        connection.close()


def _plainly(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_what_was_put_in_is_there_the_next_time(path: Path) -> None:
    notes: list[str] = []
    assert _rows(path, notes=notes) == [(1, "x")]
    assert notes == []


def test_another_version_is_made_anew_without_a_word(path: Path) -> None:
    notes: list[str] = []
    assert _rows(path, 2, notes) == []
    assert notes == []


WRONG: dict[str, Callable[[Path], object]] = {
    "a trigger": lambda path: _plainly(path, "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END"),
    "a view": lambda path: _plainly(path, "CREATE VIEW v AS SELECT 1"),
    "another table": lambda path: _plainly(path, "CREATE TABLE z (y)"),
    "a lost table": lambda path: _plainly(path, "DROP TABLE a"),
    "a lost index": lambda path: _plainly(path, "DROP INDEX by_c"),
    "no database": lambda path: path.write_bytes(b"SELECT 1;" * 1000),
    "one page": lambda path: os.truncate(path, 4096),
    "half a page": lambda path: os.truncate(path, 5000),
    "a few bytes": lambda path: os.truncate(path, 10),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_database_is_made_anew_with_a_note(path: Path, wrong: str) -> None:
    WRONG[wrong](path)
    notes: list[str] = []
    assert _rows(path, notes=notes) == []
    assert notes == ["the index some.db was damaged; it is made anew"]


def test_a_copied_database_is_not_ours(path: Path) -> None:
    """It came with a repository that was unpacked or copied: another inode."""
    kept = path.with_name("kept")
    shutil.copy(path, kept)
    other = path.with_name("other")
    path.rename(other)
    kept.rename(path)
    notes: list[str] = []
    assert _rows(path, notes=notes) == []
    assert notes == []


def _hostile_journal(path: Path, names: Path) -> bytes:
    """What SQLite takes for the journal of a transaction over several databases, whose list is the file ``names``."""
    page = path.read_bytes()[:4096]
    mark, name = bytes.fromhex("d9d505f920a163d7"), str(names).encode()
    head = mark + struct.pack(">5I", 1, 0, path.stat().st_size // 4096, 512, 4096)
    body = struct.pack(">I", 1) + page + struct.pack(">I", sum(page[4096 - 200 : 0 : -200]) & 0xFFFFFFFF)
    tail = struct.pack(">I", (1 << 30) // 4096 + 1) + name + struct.pack(">2I", len(name), sum(name)) + mark
    return head.ljust(512, b"\0") + body + tail


def _victim(tmp_path: Path) -> Path:
    victim = tmp_path / "victim"
    victim.write_text("somebody's work\n")
    return victim


def test_sqlite_deletes_what_a_journal_names(path: Path, tmp_path: Path) -> None:
    """Why nothing is opened that was not made here: a guard for the next two tests."""
    victim = _victim(tmp_path)
    path.with_name("some.db-journal").write_bytes(_hostile_journal(path, victim))
    _plainly(path, "SELECT * FROM a")
    assert not victim.exists()


def test_a_journal_that_came_along_deletes_nothing(path: Path, tmp_path: Path) -> None:
    """With the database and guard of another clone, as in an archive."""
    victim = _victim(tmp_path)
    path.with_name("some.db-journal").write_bytes(_hostile_journal(path, victim))
    shutil.copytree(path.parent, tmp_path / "unpacked")
    assert _rows(tmp_path / "unpacked/some.db") == []
    assert victim.exists()


def test_a_journal_beside_our_own_database_deletes_nothing(path: Path, tmp_path: Path) -> None:
    """Unpacked over a clone that has an index already."""
    victim = _victim(tmp_path)
    path.with_name("some.db-journal").write_bytes(_hostile_journal(path, victim))
    assert _rows(path) == []
    assert victim.exists()


def test_a_log_that_came_along_is_not_played_back(path: Path, tmp_path: Path) -> None:
    lie = tmp_path / "lie.db"
    shutil.copy(path, lie)
    liar = sqlite3.connect(lie, isolation_level=None)
    liar.execute("PRAGMA journal_mode=WAL")
    liar.execute("UPDATE a SET c = 'a lie'")
    shutil.copy(lie.with_name("lie.db-wal"), path.with_name("some.db-wal"))
    liar.close()
    assert _rows(path) == []
    assert _rows(path) == []
    assert not path.with_name("some.db-wal").exists()


def test_a_journal_of_our_own_is_played_back(path: Path) -> None:
    """What a writer left that died."""
    child = os.fork()
    if not child:
        connection = _opened(path)
        connection.execute("PRAGMA cache_size=1")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO a VALUES (?, ?)", ((number, "x" * number) for number in range(2, 999)))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)  # and for no other child, which another test may have left
    assert path.with_name("some.db-journal").stat().st_size
    assert _rows(path) == [(1, "x")]


IN_THE_WAY: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda path, outside: path.symlink_to(outside),
    "a link to nothing": lambda path, outside: path.symlink_to(outside.with_name("nothing")),
    "a second link": lambda path, outside: path.hardlink_to(outside),
    "a folder": lambda path, outside: path.mkdir(),
    "a pipe": lambda path, outside: os.mkfifo(path),
}


@pytest.mark.parametrize("name", ["some.db", "some.db-journal", "some.db.lock"])
@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_what_stands_in_the_way_is_left_alone(path: Path, tmp_path: Path, name: str, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(path.read_bytes())
    path.with_name(name).unlink(missing_ok=True)
    IN_THE_WAY[kind](path.with_name(name), outside)
    before = outside.read_bytes()
    assert open_database(str(path), SCHEMA, 1) is None
    assert outside.read_bytes() == before
    assert not outside.with_name("nothing").exists()


def test_a_database_in_use_is_never_replaced(path: Path) -> None:
    """A writer whose database is unlinked would write its journal beside the new one."""
    held = _opened(path)
    assert open_database(str(path), SCHEMA, 2, patience=0.1) is None
    assert held.execute("SELECT * FROM a").fetchall() == [(1, "x")]
    held.close()
    assert _rows(path, 2) == []


def test_corruption_in_the_middle_is_mended_and_the_work_done_again(path: Path) -> None:
    notes: list[str] = []
    held = Database(str(path), SCHEMA, 1, note=notes.append)
    calls: list[int] = []

    def work(connection: Connection) -> int:
        calls.append(1)
        connection.execute("BEGIN IMMEDIATE")
        if len(calls) == 1:
            raise MalformedError("odd")
        return int(connection.execute("SELECT count(*) FROM a").fetchone()[0])

    assert held.do(work) == 0
    assert (len(calls), len(notes)) == (2, 1)
    assert held.do(lambda connection: connection.in_transaction) is False
    held.close()


def test_what_stays_wrong_is_given_up(path: Path) -> None:
    held = Database(str(path), SCHEMA, 1)

    def work(connection: Connection) -> int:
        raise MalformedError("odd")

    assert held.do(work) is None
    assert held.do(lambda connection: 1) is None
    held.close()


def test_a_busy_database_is_waited_for_a_while_and_not_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    writer = _opened(path)
    writer.execute("BEGIN EXCLUSIVE")
    assert open_database(str(path), SCHEMA, 1, patience=0.05) is None
    writer.execute("ROLLBACK")
    writer.close()
    assert _rows(path) == [(1, "x")]


def test_nobody_waits_for_long_for_a_process_that_hangs(path: Path) -> None:
    writer = _opened(path)
    writer.execute("BEGIN EXCLUSIVE")
    held = Database(str(path), SCHEMA, 1)
    begin = time.monotonic()
    assert held.do(lambda connection: connection.execute("SELECT * FROM a").fetchall(), patience=0.05) is None
    assert held.do(lambda connection: 1, patience=600) is None
    assert time.monotonic() - begin < 60
    held.close()
    writer.close()


def test_threads_take_turns(path: Path) -> None:
    held = Database(str(path), SCHEMA, 1)

    def work(connection: Connection) -> int:
        connection.execute("BEGIN IMMEDIATE")
        (number,) = connection.execute("SELECT max(b) FROM a").fetchone()
        time.sleep(0.005)
        connection.execute("INSERT INTO a VALUES (?, ?)", (number + 1, str(number)))
        connection.execute("COMMIT")
        return int(number)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: held.do(work), range(24)))
    held.close()
    assert sorted(told, key=str) == sorted(range(1, 25), key=str)


def test_a_mistake_of_ours_is_told_and_not_taken_for_damage_twice(path: Path) -> None:
    notes: list[str] = []
    held = Database(str(path), SCHEMA, 1, note=notes.append)

    def work(connection: Connection) -> int:
        raise TypeError("no such thing")

    with pytest.warns(IndexWarning, match="no such thing"):
        assert held.do(work) is None
    damaged = "the index some.db was damaged; it is made anew"
    assert notes == [damaged, "the index some.db is not used: TypeError: no such thing"]
    held.close()


# --- the index of items: the same answers from whatever is left of it


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return repository(tmp_path_factory.mktemp("index") / "repo", AMOUNT)


@pytest.fixture(scope="module")
def truth(backlog: Repo) -> dict[str, object]:
    return seen(GitStore(discover(str(backlog.root)), indexed=False))


def _place(repo: Repo) -> Path:
    return repo.root / ".git/backlogtool/cache/items.db"


def _built(repo: Repo) -> Path:
    shutil.rmtree(_place(repo).parent, ignore_errors=True)
    with closing(GitStore(discover(str(repo.root)))) as store:
        store.count(Query(), "status")
    return _place(repo)


def _agrees(repo: Repo, truth: dict[str, object]) -> list[str]:
    with closing(GitStore(discover(str(repo.root)))) as store:
        assert seen(store) == truth
        return store.notes


def test_without_an_index_it_is_built(backlog: Repo, truth: dict[str, object]) -> None:
    shutil.rmtree(_place(backlog).parent, ignore_errors=True)
    assert _agrees(backlog, truth) == []
    assert _place(backlog).exists()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("seed", range(5))
def test_a_truncated_index_gives_the_same_answers(backlog: Repo, truth: dict[str, object], seed: int) -> None:
    """At ten random places each."""
    choose = random.Random(seed)
    for _ in range(10):
        path = _built(backlog)
        os.truncate(path, choose.randrange(1, path.stat().st_size))
        assert _agrees(backlog, truth) == ["the index items.db was damaged; it is made anew"]
        assert _agrees(backlog, truth) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(5))
def test_an_overwritten_page_gives_the_same_answers(backlog: Repo, truth: dict[str, object], seed: int) -> None:
    """A page of zeros, or of another file: what a power cut leaves of a file that was not yet on the disk."""
    choose = random.Random(seed)
    path = _built(backlog)
    page = choose.randrange(path.stat().st_size // 4096)
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(bytes(4096) if seed % 2 else choose.randbytes(4096))
    _agrees(backlog, truth)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(10))
def test_flipped_bits_are_no_error(backlog: Repo, seed: int) -> None:
    """What breaks the structure is found and mended. A flipped letter inside a text is not: nobody sums it up."""
    choose = random.Random(seed)
    path = _built(backlog)
    data = bytearray(path.read_bytes())
    for _ in range(20):
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
    with path.open("r+b") as file:
        file.write(data)
    with closing(GitStore(discover(str(backlog.root)))) as store:
        assert len(store.find(Query()).stored) == AMOUNT
        store.briefs(Query(), order=("P0",))
        store.judged("rules", lambda one: [])
        store.edited()


_BUILD = (
    "import sys; from backlogtool.stores.git.repository import discover; "
    "from backlogtool.stores.git.store import GitStore; from backlogtool.domain.query import Query; "
    "store = GitStore(discover(sys.argv[1])); print(sorted(store.count(Query(), 'owner').items()))"
)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "wrong",
    ["UPDATE notes SET value = 5", "UPDATE notes SET value = x'00'", "UPDATE folders SET names = 7, stamps = 8",
     "UPDATE folders SET path = 1.5", "UPDATE items SET tags = x'0a'", "UPDATE items SET blob = 1",
     "UPDATE folders SET odd = '[[1]]'", "INSERT INTO unreadable VALUES (1, 2, 3, 4)"],
)  # fmt: skip
def test_values_of_another_kind_give_the_same_answers(backlog: Repo, truth: dict[str, object], wrong: str) -> None:
    _plainly(_built(backlog), wrong)
    _agrees(backlog, truth)


@pytest.mark.parametrize(
    "wrong",
    ["UPDATE folders SET names = replace(names, '9.md', 'f.md') WHERE path = CAST('items/03' AS BLOB)",
     "UPDATE folders SET path = CAST('items/f3' AS BLOB) WHERE path = CAST('items/03' AS BLOB)"],
)  # fmt: skip
def test_a_name_that_is_not_there_hides_no_other(tmp_path: Path, wrong: str) -> None:
    """What a bit that flips makes of names is noticed where it matters most."""
    repo = repository(tmp_path / "repo", 40, folder=lambda number: f"items/{number % 4:02x}")
    time.sleep(0.03)
    _built(repo)
    time.sleep(0.03)
    path = _built(repo)
    _plainly(path, wrong)
    assert seen(GitStore(discover(str(repo.root)))) == seen(GitStore(discover(str(repo.root)), indexed=False))


def test_names_are_told_at_once_while_another_process_has_the_index(backlog: Repo) -> None:
    """Completion waits for nobody."""
    writer = sqlite3.connect(_built(backlog), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    took = []
    for _ in range(3):  # whoever waited would wait each time; a busy machine is slow once
        begin = time.monotonic()
        with closing(GitStore(discover(str(backlog.root)))) as store:
            assert len(store.ids_starting("0000")) == AMOUNT
        took.append(time.monotonic() - begin)
    assert min(took) < database.PATIENCE
    writer.close()


def _builders(repo: Repo, amount: int) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _BUILD, str(repo.root)]
    return [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(amount)
    ]


@pytest.mark.exhaustive
def test_several_may_build_it_at_once(backlog: Repo, truth: dict[str, object]) -> None:
    shutil.rmtree(_place(backlog).parent, ignore_errors=True)
    told = [builder.communicate() for builder in _builders(backlog, 4)]
    wanted = sorted(GitStore(discover(str(backlog.root)), indexed=False).count(Query(), "owner").items())
    assert told == [(f"{wanted}\n", "")] * 4
    assert _agrees(backlog, truth) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("moment", [0.05, 0.1, 0.15, 0.2])
def test_a_killed_builder_leaves_nothing_wrong(backlog: Repo, truth: dict[str, object], moment: float) -> None:
    shutil.rmtree(_place(backlog).parent, ignore_errors=True)
    (builder,) = _builders(backlog, 1)
    try:
        builder.wait(moment)
    except subprocess.TimeoutExpired:
        builder.send_signal(signal.SIGKILL)
    builder.communicate()
    assert _agrees(backlog, truth) == []


def test_a_build_that_dies_half_way_is_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed by the system with pages written: a child process that ends at once, in the middle of its update."""
    repo = repository(tmp_path / "repo", 30)
    child = os.fork()
    if not child:
        from backlogtool.stores.git.index import update

        monkeypatch.setattr(update, "_MANY", 10)
        monkeypatch.setattr(update, "_LONG", 10)
        index = ItemIndex(str(repo.root / ".git"), str(repo.root), progress=lambda done, total: os._exit(done))
        index.unreadable()
        os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 10
    store = GitStore(discover(str(repo.root)))
    assert seen(store) == seen(GitStore(discover(str(repo.root)), indexed=False))
    assert store.notes == []


def test_a_git_directory_that_cannot_be_written_needs_no_index(backlog: Repo, truth: dict[str, object]) -> None:
    """Something else is where its folder would be, as there is no other way to stop the system's administrator."""
    place = _place(backlog).parent
    shutil.rmtree(place.parent, ignore_errors=True)
    place.parent.write_text("in the way")
    try:
        assert _agrees(backlog, truth) == []
    finally:
        place.parent.unlink()


@pytest.mark.parametrize("linked", ["backlogtool", "backlogtool/cache"])
def test_a_folder_that_is_a_link_is_not_used(
    backlog: Repo, truth: dict[str, object], tmp_path: Path, linked: str
) -> None:
    shutil.rmtree(_place(backlog).parents[1], ignore_errors=True)
    place = backlog.root / ".git" / linked
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(tmp_path)
    try:
        assert _agrees(backlog, truth) == []
        assert list(tmp_path.iterdir()) == []
    finally:
        place.unlink()


def test_an_index_that_came_along_is_never_believed(tmp_path: Path) -> None:
    """A copied repository brings its index, in which somebody may have written what they like."""
    repo = repository(tmp_path / "one", 3)
    path = _built(repo)
    _plainly(path, "UPDATE items SET title = 'a lie'")
    shutil.copytree(tmp_path / "one", tmp_path / "two", symlinks=True)
    store = GitStore(discover(str(tmp_path / "two")))
    assert all(one.title != "a lie" for one in store.briefs(Query(), order=("P0",)).briefs)
