"""Checks of what writers leave behind: the journal, locks, private files, temporary files.

What is told here may be gone a moment later, where a writer is at work; ``repairs`` looks again under its lock.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, PROBLEM, Check, command, some
from backlogtool.app.health.repository import span
from backlogtool.app.health.seen import Seen, names
from backlogtool.domain.finding import counted
from backlogtool.stores.git.files import ITEMS, WorkTree
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import PRIVATE
from backlogtool.stores.git.unfinished import interrupted, journal_path
from backlogtool.stores.git.workfiles import TEMPORARY

#: What a writer keeps beside its journal (stores/git/staging.py), by the first part of the name.
#: Folders in which files are written only by whoever holds the writer's lock.
_LOCKED = (ITEMS, "config")
_MENDING = "backlogtool doctor --fix"
_MOMENT = 60  # seconds after which a file is no longer being written
_LARGE = 1 << 22  # bytes that the note of the views may have


def writing(seen: Seen) -> Iterator[Check]:
    """A write that was interrupted, or is going on."""
    path = journal_path(seen.repository)
    if os.path.islink(seen.private):
        told, risk = f"{seen.private} is a link", "every command that writes refuses"
        yield Check("writing", PROBLEM, told, "it is not from backlogtool", risk, command("rm", seen.private))
        return
    if not os.path.lexists(path):
        return
    if not stat.S_ISREG(os.lstat(path).st_mode):
        risk = "every command that writes refuses or waits"
        yield Check("writing", PROBLEM, f"{path} is no file", "it is not from backlogtool", risk, command("rm", path))
    elif interrupted(seen.repository):
        cause = "backlogtool was killed, or the machine went down, in the middle of a write"
        risk = "files may stand written and not committed, and git add and git commit are locked out"
        told = "a write did not come to its end; the next one finishes it or takes it back"
        yield Check("writing", PROBLEM, told, cause, risk, _MENDING, mends=True)
    else:
        yield Check("writing", NOTE, "another backlogtool is writing at this moment", fix="look again when it is done")


def elsewhere(seen: Seen) -> Iterator[Check]:
    """Writes that were interrupted in other work trees of the clone."""
    repository = seen.repository
    linked = os.path.join(repository.common_dir, "worktrees")
    for place in (repository.common_dir, *(os.path.join(linked, name) for name in names(linked))):
        if os.path.realpath(place) == os.path.realpath(repository.git_dir):
            continue
        if not os.path.islink(os.path.join(place, "backlogtool")) and interrupted(
            Repository("", place, repository.common_dir)
        ):
            root = _root_of(place)
            told = f"a write did not come to its end in another work tree: {root or place}"
            cause = "backlogtool was killed there in the middle of a write"
            there = command("backlogtool", "-C", root, "doctor", "--fix") if root else "git worktree prune"
            yield Check("writing", NOTE, told, cause, "its index stays locked until it is healed there", there)


def _root_of(place: str) -> str:
    """The folder of a work tree whose git directory this is; empty if it is gone."""
    try:
        root = os.path.dirname(os.fsdecode(_first_line(os.path.join(place, "gitdir"))))
    except OSError:
        root = os.path.dirname(place) if os.path.basename(place) == ".git" else ""
    return root if os.path.isdir(root) else ""


def locks(seen: Seen) -> Iterator[Check]:
    """Lock files of git that are not our own journal."""
    repository = seen.repository
    index = repository.index_path + ".lock"
    if os.path.lexists(index) and not _is_journal(index, journal_path(repository)):
        yield from _held("index", index, seen)
    folders = dict.fromkeys((repository.git_dir, repository.common_dir))
    others = [os.path.join(folder, name) for folder in folders for name in names(folder) if name.endswith(".lock")]
    for folder, _, inner in os.walk(os.path.join(repository.common_dir, "refs")):
        others += [os.path.join(folder, name) for name in inner if name.endswith(".lock")]
    for path in others:
        if os.path.basename(path) != "index.lock":  # there may be that of another work tree, which has its own doctor
            yield from _held("locks", path, seen)


def _is_journal(lock: str, journal: str) -> bool:
    """Whether a lock is our own: a link to the journal, or its first line where there are no links."""
    try:
        if os.path.samestat(os.lstat(lock), os.lstat(journal)):
            return True
        line = _first_line(lock)
        return bool(line) and line == _first_line(journal)
    except OSError:
        return False


def _first_line(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(handle, 1 << 13).partition(b"\n")[0]
    finally:
        os.close(handle)


def _held(name: str, path: str, seen: Seen) -> Iterator[Check]:
    users = list(_users(path, seen.repository))
    try:
        age = seen.now - os.lstat(path).st_mtime
    except FileNotFoundError:
        return  # a git at work has let go of it meanwhile
    told = f"{path} has been held for {span(max(age, 0))}"
    risk = "git and backlogtool wait for it, then refuse" if name == "index" else "git cannot change what it locks"
    if users:
        cause = f"a git is at work: {', '.join(users)}"
        yield Check(name, NOTE if age < _MOMENT else PROBLEM, told, cause, risk, "wait for it, or end it")
        return
    cause = "no git can be seen at work here: one was killed, or it runs on another machine"
    first = f"{_MENDING} first; " if interrupted(seen.repository) else ""  # it may be that write's, and goes with it
    yield Check(name, PROBLEM, told, cause, risk, f"{first}if no git is running: {command('rm', path)}")


def _users(path: str, repository: Repository) -> Iterator[str]:
    """The processes that hold a file open, and the gits that work in this repository."""
    places = tuple(os.path.join(os.path.realpath(one), "") for one in (repository.root, repository.common_dir) if one)
    for process in filter(str.isdigit, names("/proc")):
        try:
            program = os.path.basename(os.readlink(f"/proc/{process}/exe"))
            place = os.path.join(os.readlink(f"/proc/{process}/cwd"), "")
        except OSError:
            continue
        if (program.startswith("git") and place.startswith(places)) or _has_open(process, path):
            yield f"process {process} ({program})"


def _has_open(process: str, path: str) -> bool:
    folder = f"/proc/{process}/fd"
    return any(_target(os.path.join(folder, one)) == path for one in names(folder))


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def leftovers(seen: Seen) -> Iterator[Check]:
    """Private files of a writer that is gone."""
    if os.path.islink(seen.private):
        return
    found = [name for name in names(seen.private) if name.split(".")[0] in PRIVATE]
    if found and not os.path.lexists(journal_path(seen.repository)):
        found = [name for name in found if os.path.lexists(os.path.join(seen.private, name))]
        if found:
            told = f"{counted(len(found), 'file')} of an interrupted write in {seen.private}"
            yield Check("leftovers", NOTE, told, "a writer was killed", "they take up space", _MENDING, mends=True)


def temporary(seen: Seen) -> Iterator[Check]:
    """Files that a writer began and did not bring to their end; one that is at work has its journal."""
    if os.path.lexists(journal_path(seen.repository)):
        return
    found = [path for path, old in unfinished(seen) if old]
    if found:
        told = f"{len(found)} unfinished files: {some(found)}"
        yield Check("unfinished", NOTE, told, "a writer was killed", "git shows them as new", _MENDING, mends=True)


def unfinished(seen: Seen) -> Iterator[tuple[str, bool]]:
    """(path, whether nobody is writing it) of every file that is not whole.

    Views are written without the writer's lock: there only a file that has been left for a while is one.
    """
    root = seen.repository.root
    if not root:
        return
    top = [(name, False) for name in names(root) if name.startswith(TEMPORARY)]
    inner = [(path, True) for folder in _LOCKED for path, regular in WorkTree(root).entries(folder) if regular]
    for path, locked in [*top, *inner]:
        if os.path.basename(path).startswith(TEMPORARY):
            yield path, locked or _is_old(os.path.join(root, path), seen.now)


def _is_old(path: str, now: float) -> bool:
    try:
        return abs(now - os.lstat(path).st_mtime) > _MOMENT
    except OSError:
        return False


def views_note(repository: Repository) -> str:
    """Where the tool keeps what it last wrote into each view."""
    return os.path.join(repository.git_dir, "backlogtool", "views.json")


def derived(seen: Seen) -> Iterator[Check]:
    """Whether what the tool keeps for itself, and can make again, can be read."""
    path = views_note(seen.repository)
    if not os.path.islink(seen.private) and os.path.lexists(path) and not _is_note(path):
        risk = "none for items: a view that was edited by hand may have to be replaced with --force"
        yield Check("derived", NOTE, f"{path} cannot be read", "it is damaged", risk, _MENDING, mends=True)


def _is_note(path: str) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            return regular and isinstance(json.loads(file.read(_LARGE)), dict)
    except (OSError, ValueError):
        return False
