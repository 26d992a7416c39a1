"""The commit of a write as git's plumbing makes it, where nothing asks for ``git commit`` itself (``tip.plain``).

``git commit --only`` looks at every file and writes the whole index several times: at 100,000 items many times the
price of what has to be done (PERFORMANCE.md 4). Here git stores the files, filters and all, the folders that hold
them, and the commit; the branch moves by compare and swap.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from backlogtool.errors import BacklogError, ConflictError, UnavailableError
from backlogtool.stores.git import fault, tip, trees
from backlogtool.stores.git.moving import origins
from backlogtool.stores.git.objects import CommitObject, read_commits
from backlogtool.stores.git.porcelain import refusal
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.tip import Tip
from backlogtool.stores.git.trees import Entry
from backlogtool.stores.git.underway import Outcome, Write

#: How often a commit is made anew when somebody moves the branch by other paths meanwhile.
_TRIES = 5
_SOME = 2  # loose objects


class Made(NamedTuple):
    """A commit that is on no branch yet: its id, what it was made on, and what it has at our paths."""

    id: str
    base: Tip
    entries: Mapping[str, Entry | None]


def made(write: Write, base: Tip) -> Made | None:
    """Makes the commit of the files as they stand in the work tree; None if git has to be asked.

    That is so where the files do not go together with what the commit holds, nothing changes, or git refuses.
    Raises ``UnavailableError`` if the files cannot be stored.
    """
    entries = _stored(write, base)
    return _on(write, base, entries)


def commit(write: Write, one: Made) -> Outcome:
    """Moves the branch to the commit; makes it anew if somebody moved the branch without touching our paths.

    Raises ``ConflictError`` if they did touch them, and ``UnavailableError``.
    """
    for _ in range(_TRIES):
        printed = _move(write, one)
        if not printed:
            return Outcome(one.id, commit=_read(write.repository, one.id))
        again = tip.read(write.repository, write.repository.head(), write.plan.paths)
        if again is None or again.head == one.base.head:
            raise refusal(write.repository, printed)
        anew = _on(write, again, one.entries) if again.agrees(one.base, write.plan.paths) else None
        if anew is None:
            break
        one = anew
    raise ConflictError("the branch moved on while the commit was made", hint="repeat the command")


def maintain(repository: Repository) -> None:
    """Lets git tidy up if it thinks it is time, as it does after each ``git commit``.

    Git guesses the number of loose objects from those in one folder, and one there is never too many.
    """
    loose = os.path.join(repository.common_dir, "objects", "17")
    with suppress(BacklogError, OSError):
        if len(os.listdir(loose)) < _SOME:
            return
        repository.user_git.write("maintenance", "run", "--auto", "--quiet")


def _stored(write: Write, base: Tip) -> dict[str, Entry | None]:
    """Stores the files; path -> what a commit has there then."""
    there = [change.path for change in write.changes if change.data is not None]
    names = _ask(write.repository, "hash-object", "-w", "--stdin-paths", lines=there)
    stored = dict(zip(there, names, strict=True))
    entries: dict[str, Entry | None] = {}
    moved = {path: one.path for path, one in origins(write.changes).items()}
    for path in write.plan.paths:
        held = trees.entry(base.folders, moved.get(path, path))
        entries[path] = Entry(held.mode if held else tip.FILE, bytes.fromhex(stored[path])) if path in stored else None
    fault.point()
    return entries


def _on(write: Write, base: Tip, entries: Mapping[str, Entry | None]) -> Made | None:
    """The commit on top of ``base`` that has these files instead."""
    folders = trees.rebuilt(base.folders, entries, base.size)
    if folders is None or folders[-1][1] == base.folders[""].data:
        return None
    _store_folders(write, folders)
    dates = {"GIT_AUTHOR_DATE": write.at, "GIT_COMMITTER_DATE": write.at}
    arguments = ("commit-tree", "-p", base.head, folders[-1][0].hex())
    told = write.repository.user_git.write(*arguments, stdin=write.message.encode(), extra=dates)
    fault.point()
    return Made(told.out.decode().strip(), base, entries) if told.status == 0 else None


def _store_folders(write: Write, folders: Sequence[tuple[bytes, bytes]]) -> None:
    """One git for all of them; it reads each tree, and says what it calls it."""
    places = [write.staging.private(f"tree.{number}") for number in range(len(folders))]
    for place, (_, data) in zip(places, folders, strict=True):
        with open(place, "wb") as file:
            file.write(data)
    names = _ask(write.repository, "hash-object", "-t", "tree", "-w", "--no-filters", "--stdin-paths", lines=places)
    if names != [name.hex() for name, _ in folders]:
        raise UnavailableError("git stored something else than it was given", hint="nothing was changed")
    fault.point()


def _ask(repository: Repository, *arguments: str, lines: Sequence[str]) -> list[str]:
    """Runs a command that answers every line with one word."""
    done = repository.user_git.write(*arguments, stdin=os.fsencode("".join(f"{line}\n" for line in lines)))
    if done.status:
        raise UnavailableError(f"git cannot store the files: {done.err}", hint="nothing was changed")
    return done.out.decode().split()


def _move(write: Write, one: Made) -> str:
    """Moves the branch if it still is where the commit was made; what git says if not."""
    subject = write.message.partition("\n")[0]
    done = write.repository.user_git.write(
        *("update-ref", "-m", f"commit: {subject}", "HEAD", one.id, one.base.head),
        inherited=[write.journal.handle],
        interruptions=write.interruptions,
    )
    fault.point()
    return (done.err or "git did not move the branch") if done.status else ""


def _read(repository: Repository, name: str) -> CommitObject | None:
    """The commit as it stands; its events can be told without it."""
    with suppress(BacklogError):
        return read_commits(repository.git, [name]).get(name)
    return None
