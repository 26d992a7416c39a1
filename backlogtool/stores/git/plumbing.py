"""The commit of a write as git's plumbing makes it, where nothing asks for ``git commit`` itself (``tip.plain``).

``git commit --only`` looks at every file and writes the whole index several times: at 100,000 items many times the
price of what has to be done (PERFORMANCE.md 4). Here the commit holds what is staged of our files, and git stores the
folders that hold them, and the commit; the branch moves by compare and swap.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from backlogtool.errors import BacklogError, ConflictError
from backlogtool.stores.git import fault, tip, trees
from backlogtool.stores.git.objects import CommitObject, loose_commit, read_commits
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging
from backlogtool.stores.git.tip import Tip
from backlogtool.stores.git.trees import Entry
from backlogtool.stores.git.underway import Outcome, Write

#: How often a commit is made anew when somebody moves the branch by other paths meanwhile.
_TRIES = 5
_SOME = 2  # loose objects
#: What ``git commit`` looks at before it tidies up, and ``git maintenance`` does not.
_TIDYING = r"^(maintenance\.auto(detach)?|gc\.autodetach)$"
_UNKNOWN_OPTION = 129


class Made(NamedTuple):
    """A commit that is on no branch yet: its id, what it was made on, and what it has at our paths."""

    id: str
    base: Tip
    entries: Mapping[str, Entry | None]


def made(write: Write, base: Tip) -> Made | None:
    """Makes the commit of our files as they are staged; None if git has to be asked.

    That is so where they do not go together with what the commit holds, nothing changes, or git refuses. What the
    index has is asked, not worked out again: line ends, filters and modes are then what ``git add`` makes of them, and
    index and commit cannot differ. Raises ``UnavailableError`` if the index cannot be read.
    """
    staged = tip.entries(write.staging.listed())
    fault.point()
    # What is not told is not taken for gone: git does not mind if its answer is cut off.
    if any((change.path in staged) == (change.data is None) for change in write.changes):
        return None
    return _on(write, base, {path: staged.get(path) for path in write.plan.paths})


def commit(write: Write, one: Made) -> Outcome:
    """Moves the branch to the commit; makes it anew if somebody moved the branch without touching our paths.

    Raises ``ConflictError`` if they did touch them, and ``UnavailableError``.
    """
    for _ in range(_TRIES):
        printed = _move(write, one)
        if not printed or _stands(write.repository, one):
            return Outcome(one.id, commit=_read(write.repository, one.id))
        again = tip.read(write.repository, write.repository.head(), write.plan.paths)
        if again is None or again.head == one.base.head:
            from backlogtool.stores.git.porcelain import refusal  # most commits are not refused

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
        told = repository.user_git.write("config", "--type=bool", "--get-regexp", _TIDYING)
        settings = dict(line.split() for line in told.out.lower().splitlines())
        if settings.get(b"maintenance.auto") == b"false":
            return
        behind = settings.get(b"maintenance.autodetach", settings.get(b"gc.autodetach")) != b"false"
        command = ("maintenance", "run", "--auto", "--quiet")
        done = repository.user_git.write(*command, "--detach" if behind else "--no-detach")
        if done.status == _UNKNOWN_OPTION:
            repository.user_git.write(*command)  # before git 2.47 it looks itself whether it may go on behind our back


def _on(write: Write, base: Tip, entries: Mapping[str, Entry | None]) -> Made | None:
    """The commit on top of ``base`` that has these files instead."""
    folders = trees.rebuilt(base.folders, entries, base.size)
    if folders is None or folders[-1][1] == base.folders[""].data:
        return None
    if not store_folders(write.repository, write.staging, folders):
        return None
    arguments = ("commit-tree", "-p", base.head, folders[-1][0].hex())
    told = write.repository.user_git.write(*arguments, stdin=write.message.encode(), extra=_dates(write))
    fault.point()
    name = told.out.decode().strip()
    return Made(name, base, entries) if told.status == 0 and len(name) == len(base.head) else None


def store_folders(repository: Repository, staging: Staging, folders: Sequence[tuple[bytes, bytes]]) -> bool:
    """One git for all of them; whether it stored each, and calls it what we do. It refuses what is not sound."""
    places = [staging.private(f"tree.{number}") for number in range(len(folders))]
    for place, (_, data) in zip(places, folders, strict=True):
        with open(place, "wb") as file:
            file.write(data)
    done = repository.user_git.write(
        *("hash-object", "-t", "tree", "-w", "--no-filters", "--stdin-paths"),
        stdin=os.fsencode("".join(f"{place}\n" for place in places)),
    )
    fault.point()
    return done.status == 0 and done.out.decode().split() == [name.hex() for name, _ in folders]


def _dates(write: Write) -> dict[str, str]:
    return {"GIT_AUTHOR_DATE": write.at, "GIT_COMMITTER_DATE": write.at}


def _move(write: Write, one: Made) -> str:
    """Moves the branch if it still is where the commit was made; what git says if not."""
    subject = write.message.partition("\n")[0]
    done = write.repository.user_git.write(
        *("update-ref", "-m", f"commit: {subject}", "HEAD", one.id, one.base.head),
        extra=_dates(write),
        inherited=[write.journal.handle],
        interruptions=write.interruptions,
    )
    fault.point()
    return (done.err or "git did not move the branch") if done.status else ""


def _stands(repository: Repository, one: Made) -> bool:
    """Whether the commit is on the branch all the same: git may have been killed after it had moved it."""
    return any(commit.id == one.id for commit in repository.first_parents(one.base.head))


def _read(repository: Repository, name: str) -> CommitObject | None:
    """The commit as it stands; its events can be told without it."""
    with suppress(BacklogError):
        return loose_commit(repository.common_dir, name) or read_commits(repository.git, [name]).get(name)
    return None
