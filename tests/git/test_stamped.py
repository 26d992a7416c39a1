"""Git's index, compared with files by their stamps: what is called the same has not changed."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import time
from collections.abc import Callable, Mapping
from hashlib import sha1
from pathlib import Path

import pytest

from backlogtool.stores.git.differences import entries_of
from backlogtool.stores.git.edited import looked
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.stamped import Look, look
from tests.repositories import Repo

IDS = ("bl_000000000001", "bl_000000000002", "bl_000000000003")
PATHS = tuple(f"items/{one}.md" for one in IDS)
_SECOND = 10**9
_TICK = 0.03  # seconds; more than one of any kernel's clock


@pytest.fixture
def settled(repo: Repo) -> Repo:
    """Three items, committed by an index that was written some ticks after them."""
    for path in PATHS:
        repo.write(path, f"{path}\n")
    time.sleep(_TICK)
    repo.commit("items")
    return repo


def _looked(repo: Repo) -> Look | None:
    return look(str(repo.root), str(repo.root / ".git/index"), len(repo.head()) // 2)


def _seen(repo: Repo) -> Look:
    found = _looked(repo)
    assert found is not None
    return found


def _entry(root: Path, path: str, *, blob: bytes = b"", flags: int = 0) -> bytes:
    """What git writes of a file (gitformat-index)."""
    seen = os.lstat(root / path)
    times = (*divmod(seen.st_ctime_ns, _SECOND), *divmod(seen.st_mtime_ns, _SECOND))
    numbers = (*times, seen.st_dev, seen.st_ino, 0o100644, seen.st_uid, seen.st_gid, seen.st_size)
    name = path.encode()
    data = b"".join((number & 0xFFFFFFFF).to_bytes(4, "big") for number in numbers) + (blob or bytes(20))
    data += (flags | len(name)).to_bytes(2, "big") + name
    return data + bytes(8 - len(data) % 8)


def _index(*entries: bytes, version: int = 2, after: bytes = b"") -> bytes:
    data = b"DIRC" + version.to_bytes(4, "big") + len(entries).to_bytes(4, "big") + b"".join(entries) + after
    return data + sha1(data, usedforsecurity=False).digest()


def test_what_nobody_has_touched_is_the_same_and_the_rest_is_named(settled: Repo) -> None:
    untouched = _seen(settled)
    assert (untouched.unclear, untouched.others) == ({}, [])
    assert untouched.listing + b"\0" == entries_of(discover(str(settled.root)).git, settled.head())
    settled.write(PATHS[0], "edited\n")
    (settled.root / PATHS[1]).unlink()
    settled.write("items/deep/new.md", "new\n")
    settled.write("items/.hidden/new.md", "hidden\n")
    found = _seen(settled)
    assert set(found.unclear) == {PATHS[0]}
    assert sorted(found.others) == [PATHS[1], "items/deep/new.md"]


def _permitted(path: Path) -> None:
    path.chmod(0o600)
    path.chmod(0o644)


def _same_bytes_by_another_file(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.rename(path)


def _same_size_same_time(path: Path) -> None:
    seen = path.stat()
    path.write_bytes(path.read_bytes().upper())
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("x")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _moved(path: Path) -> None:
    """Stands elsewhere, and a link leads there."""
    path.rename(path.with_name("aside"))
    path.symlink_to("aside")


TOUCHES: Mapping[str, Callable[[Path], object]] = {
    "the time of its change": os.utime,
    "a time in the past": lambda path: os.utime(path, (1, 1)),
    "its mode, there and back": _permitted,
    "another file with the same bytes": _same_bytes_by_another_file,
    "other bytes of the same size, with the time put back": _same_size_same_time,
    "a link in its place": _link,
    "a link to it": _moved,
    "a folder in its place": _folder,
    "a pipe in its place": _pipe,
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_whatever_leaves_a_trace_in_a_stamp_is_looked_at(settled: Repo, touch: Callable[[Path], object]) -> None:
    touch(settled.root / PATHS[0])
    assert set(_seen(settled).unclear) == {PATHS[0]}


@pytest.mark.parametrize("ahead", [-_SECOND, _SECOND // 20], ids=["changed", "modified"])
def test_a_file_of_the_same_nanosecond_as_the_index_is_looked_at(settled: Repo, ahead: int) -> None:
    """Its last change, or the time that somebody gave it, whichever is the later one."""
    file, index = settled.root / PATHS[0], settled.root / ".git/index"
    given = file.stat().st_ctime_ns + ahead
    os.utime(file, ns=(given, given))
    time.sleep(2 * _TICK)
    settled.git("add", PATHS[0])
    last = max(file.stat().st_ctime_ns, given)
    os.utime(index, ns=(last, last))
    assert PATHS[0] in _seen(settled).unclear
    os.utime(index, ns=(last + 1, last + 1))
    assert PATHS[0] not in _seen(settled).unclear


def test_an_index_that_is_dated_forward_knows_no_more_than_it_did(settled: Repo) -> None:
    file, index = settled.root / PATHS[0], settled.root / ".git/index"
    os.utime(file, (2**30 * 3, 2**30 * 3))
    settled.git("add", PATHS[0])
    os.utime(index, (2**30 * 3 + 9, 2**30 * 3 + 9))
    assert set(_seen(settled).unclear) == {PATHS[0]}


@pytest.mark.exhaustive
def test_a_file_that_is_saved_in_the_tick_in_which_the_index_was_written_is_seen(tmp_path: Path) -> None:
    """The race of git's own documentation (racy-git), thousands of times: save, write the index, save again."""
    root, path = tmp_path, "items/bl_000000000001.md"
    file, index = root / path, root / "index"
    file.parent.mkdir()
    file.write_bytes(b"0")
    handle = os.open(file, os.O_WRONLY)
    close = 0
    for number in range(4_000):
        os.pwrite(handle, b"%d" % (number % 2), 0)
        index.write_bytes(_index(_entry(root, path)))
        os.pwrite(handle, b"%d" % (1 - number % 2), 0)
        close += os.stat(file).st_mtime_ns - os.stat(index).st_mtime_ns < _SECOND // 1000
        found = look(str(root), str(index), 20)
        assert found is not None
        assert path in found.unclear
    os.close(handle)
    assert close > 1_000, "most were within a thousandth of a second"


def test_an_edit_at_once_after_git_wrote_its_index_is_seen(settled: Repo) -> None:
    file = settled.root / PATHS[0]
    for number in range(20):
        file.write_bytes(b"%d\n" % (100 + number))
        settled.git("add", PATHS[0])
        file.write_bytes(b"%d\n" % (900 + number))
        assert PATHS[0] in _seen(settled).unclear


def test_in_a_clone_that_was_just_made_only_files_of_the_last_tick_are_looked_at(settled: Repo, tmp_path: Path) -> None:
    place = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(settled.root), str(place)], check=True)
    written = (place / ".git/index").stat().st_mtime_ns
    stamps = {path: os.stat(place / path) for path in PATHS}
    young = {path for path, one in stamps.items() if max(one.st_ctime_ns, one.st_mtime_ns) >= written}
    found = _seen(Repo(place))
    assert (set(found.unclear), found.others) == (young, [])


def test_git_is_asked_where_it_need_not_read_files_again(settled: Repo) -> None:
    index, repository = settled.root / ".git/index", discover(str(settled.root))
    settled.write("items/deep/new.md", "new\n")
    os.utime(index, (2**30 * 3, 2**30 * 3))
    assert looked(repository) is None
    for path in (*PATHS, "items/deep/new.md"):
        os.utime(settled.root / path, (2**30 * 3, 2**30 * 3))
    assert looked(repository) is not None
    index.unlink()
    assert looked(repository) is None


def test_ids_of_sha256_are_read(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(tmp_path / "sha256")], check=True)
    repo = Repo(tmp_path / "sha256")
    repo.git("config", "user.name", "Ann")
    repo.git("config", "user.email", "ann@example.org")
    repo.write(PATHS[0], "text\n")
    head = repo.commit("items")
    assert _seen(repo).listing + b"\0" == entries_of(discover(str(repo.root)).git, head)


def _meant_to_be_added(repo: Repo) -> None:
    repo.write("items/new.md", "x")
    repo.git("add", "--intent-to-add", "items/new.md")


def _in_conflict(repo: Repo) -> None:
    lines = (b"100644 %s %d\titems/both.md\n" % (b"1" * 40, stage) for stage in (1, 2, 3))
    repo.git("update-index", "--index-info", stdin=b"".join(lines))


def _with_a_link(repo: Repo) -> None:
    (repo.root / "items/link").symlink_to("x")
    repo.git("add", "items/link")


def _with_a_submodule(repo: Repo) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},items/inner")


ODD: Mapping[str, Callable[[Repo], object]] = {
    "hidden": lambda repo: repo.git("update-index", "--assume-unchanged", PATHS[0]),
    "left out": lambda repo: repo.git("update-index", "--skip-worktree", PATHS[0]),
    "meant to be added": _meant_to_be_added,
    "in conflict": _in_conflict,
    "in two pieces": lambda repo: repo.git("update-index", "--split-index"),
    "of version 4": lambda repo: repo.git("update-index", "--index-version", "4"),
    "with a link": _with_a_link,
    "with another repository": _with_a_submodule,
    "gone": lambda repo: (repo.root / ".git/index").unlink(),
    "a link itself": lambda repo: _moved(repo.root / ".git/index"),
    "a pipe": lambda repo: _pipe(repo.root / ".git/index"),
    "beside a linked folder": lambda repo: _moved(repo.root / "items"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_what_is_not_plain_is_left_to_git(settled: Repo, change: Callable[[Repo], object]) -> None:
    change(settled)
    assert _looked(settled) is None


def _forged(name: bytes, entry: bytes) -> bytes:
    """An entry with another path."""
    data = entry[:60] + len(name).to_bytes(2, "big") + name
    return data + bytes(8 - len(data) % 8)


@pytest.fixture
def forged(tmp_path: Path) -> Callable[..., Look | None]:
    """A look by an index of our own, beside three files of which the first one is known."""
    (tmp_path / "items").mkdir()
    for path in PATHS:
        (tmp_path / path).write_text("x")
    one, other = (_entry(tmp_path, path) for path in PATHS[:2])

    def judged(names: tuple[bytes, ...] = (), *, version: int = 2, after: bytes = b"", flags: int = 0) -> Look | None:
        entries = [_forged(name, one) for name in names] or [_entry(tmp_path, PATHS[0], flags=flags), other]
        (tmp_path / "index").write_bytes(_index(*entries, version=version, after=after))
        return look(str(tmp_path), str(tmp_path / "index"), 20)

    return judged


def test_a_forged_index_is_not_believed(forged: Callable[..., Look | None]) -> None:
    first, second = (path.encode() for path in PATHS[:2])
    assert forged() is not None
    assert forged((first, first)) is None, "a path that comes twice"
    assert forged((second, first)) is None, "paths that are not in order"
    assert forged((first + b"\x00100644 blob 11\t" + second,)) is None, "a path that holds the lines of another"
    for odd in (b"items/../x", b"items/./x", b"items//x", b"items/.git/x"):
        assert forged((odd,)) is None, "a path that leads elsewhere"
    assert forged(after=b"TREE" + bytes(4)) is not None
    assert forged(after=b"link" + bytes(4)) is None, "an index in two pieces"
    assert forged(after=b"sdir" + bytes(4)) is None, "an index without folders"
    assert forged(after=b"ABCD" + bytes(4)) is None, "a part that nobody knows"
    assert forged(after=b"TREE\xff\xff\xff\xff") is None, "a part that is longer than the index"
    assert forged(version=1) is None
    assert forged(version=5) is None
    for flag in (1 << 15, 1 << 14, 1 << 13, 1 << 12):
        assert forged(flags=flag) is None, "hidden, of version 3, in conflict"


def test_damage_to_an_index_never_hides_an_edit(settled: Repo) -> None:
    """Bytes of the index are changed, cut off and repeated: the edited file is named, or git is asked."""
    index, chance = settled.root / ".git/index", random.Random(7)
    whole, place = index.read_bytes(), settled.root / "damaged"
    committed = set(entries_of(discover(str(settled.root)).git, settled.head()).split(b"\0"))
    time.sleep(_TICK)
    settled.write(PATHS[0], "items/other\n")
    answers = 0
    for number in itertools.count():
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if number % 5 == 0:
            del data[chance.randrange(len(data)) :]
        place.write_bytes(bytes(data))
        found = look(str(settled.root), str(place), 20)
        if found is not None:
            answers += 1
            told = {*found.unclear, *found.others}
            listed = {line for line in found.listing.split(b"\0") if os.fsencode(PATHS[0]) in line}
            assert PATHS[0] in told or not listed <= committed
        if number > 2_000 and answers > 100:
            break
