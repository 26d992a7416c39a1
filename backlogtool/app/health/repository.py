"""Checks of git itself and of what kind of repository this is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check, command
from backlogtool.app.health.seen import Seen
from backlogtool.errors import BacklogError
from backlogtool.stores.git import survey

_OLDEST = (2, 30)
#: The patch levels of 2.x from which on git refuses what CVE-2025-48384 and those before it allowed.
_MENDED = {43: 7, 44: 4, 45: 4, 46: 4, 47: 3, 48: 2, 49: 1, 50: 1}
_AHEAD = 60  # seconds by which clocks may differ
_DAY = 86400


def version(directory: str) -> Iterator[Check]:
    """Which git runs, started in a directory, and whether it is one that should."""
    told = survey.version(directory)
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", told)
    yield of_version(told, (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0))


def of_version(told: str, numbers: tuple[int, int, int]) -> Check:
    """What there is to say about a version of git."""
    if numbers[:2] < _OLDEST:
        risk = "commands of git that writing needs are missing"
        return Check("git", PROBLEM, f"{told} is too old", "", risk, "install git 2.30 or newer")
    mended = numbers[0] > 2 or numbers[1] > max(_MENDED) or numbers[2] >= _MENDED.get(numbers[1], numbers[2] + 1)
    if mended:
        return Check("git", OK, told)
    return Check(
        "git",
        NOTE,
        told,
        "releases before 2.43.7 and 2.50.1 have known holes (CVE-2025-48384); distributions may have mended theirs",
        "cloning a repository of a stranger with its submodules may run its programs; backlogtool itself never clones",
        "install the newest git of your distribution",
    )


def place(seen: Seen) -> Iterator[Check]:
    """Where the repository is, on which branch and commit."""
    repository = seen.repository
    root = repository.root or repository.git_dir
    branch = repository.branch()
    try:
        head = repository.head()
    except BacklogError as error:
        cause = "the branch names a commit that is damaged or not here"
        risk = "neither history nor what is committed can be told, and nothing can be written"
        fix = "git fsck --full tells what is missing; fetch it from another clone, or choose a commit of git reflog"
        yield Check("repository", PROBLEM, f"{root}: {error.message}", cause, risk, fix)
        return
    yield Check("repository", OK, f"{root}, {branch or 'detached HEAD'}, {head[:10] or 'no commit yet'}")
    if not head:
        told = f"{branch or 'HEAD'} has no commit yet"
        yield Check("branch", NOTE, told, fix="backlogtool init makes the first commit")
    elif not branch:
        cause = "a commit was checked out in the place of a branch"
        risk = "what is committed here is on no branch, and git forgets it some weeks after you leave"
        yield Check("branch", NOTE, "HEAD is detached", cause, risk, "git switch -c a-new-branch, or git switch main")


def identity(seen: Seen) -> Iterator[Check]:
    """The name that commits will bear."""
    try:
        yield Check("identity", OK, seen.repository.identity())
    except BacklogError as error:
        cause, risk = "user.name and user.email are not set", "nothing can be committed"
        yield Check("identity", PROBLEM, error.message, cause, risk, error.hint)


def operation(seen: Seen) -> Iterator[Check]:
    """A merge, rebase … that has not come to its end."""
    going_on = seen.repository.in_progress()
    if going_on:
        told = f"in the middle of {going_on[0]}: nothing can be committed"
        cause = "git waits for a person to settle it"
        risk = "a commit in between would become part of it, so every command that writes refuses"
        yield Check("operation", PROBLEM, told, cause, risk, going_on[1])


def kind(seen: Seen) -> Iterator[Check]:
    """Bare, a linked work tree, a submodule, with a part of the history or of the objects, sparse."""
    repository = seen.repository
    if not repository.root:
        fix = command("git", "clone", repository.git_dir, "work")
        risk = "it can be read and not written"
        yield Check("work tree", NOTE, "none: this is a bare repository", "", risk, fix)
    elif repository.git_dir != repository.common_dir:
        yield Check("work tree", OK, f"one of several of {repository.common_dir}")
    elif f"{os.sep}modules{os.sep}" in repository.git_dir and os.path.isfile(os.path.join(repository.root, ".git")):
        yield _submodule(repository.root)
    if repository.edge():
        told = "this clone is shallow: times and events before its edge are not known"
        risk = "undo and validate --since refuse what they would have to guess"
        yield Check("history", NOTE, told, "it was cloned with --depth", risk, "git fetch --unshallow")
    for remote in _promisors(seen):
        risk = "earlier versions of items may be missing, and are never fetched by backlogtool"
        told = f"this clone leaves objects to its remote {remote}"
        settings = [f"remote.{remote}.{name}" for name in ("promisor", "partialclonefilter")]
        unset = [command("git", "config", "--unset-all", name) for name in settings if name in seen.config]
        fix = " && ".join([command("git", "fetch", "--refetch", "--no-filter", remote), *unset])
        yield Check("objects", NOTE, told, "it was cloned with --filter", risk, fix)
    if repository.root and seen.flag("core.sparsecheckout"):
        yield Check("sparse", OK, "a sparse checkout that holds the items and the rules")


def _submodule(root: str) -> Check:
    above, name = os.path.split(root)
    risk = "the outer repository stands at the old commit until it records the new one"
    fix = f"after writing: {command('git', '-C', above, 'add', name)}, and commit there"
    return Check("work tree", NOTE, "a submodule of another repository", "", risk, fix)


def _promisors(seen: Seen) -> list[str]:
    """The remotes that a partial clone leaves objects to."""
    start, end = "remote.", ".promisor"
    named = [name for name in seen.config if name.startswith(start) and name.endswith(end) and seen.flag(name)]
    return [name.removeprefix(start).removesuffix(end) for name in named]


def form(seen: Seen) -> Iterator[Check]:
    """How git keeps objects, branches and the index; backlogtool reads and writes through git, whatever it is."""
    objects = seen.config.get("extensions.objectformat", "sha1")
    refs = seen.config.get("extensions.refstorage", "files")
    told = [f"{objects} objects", f"branches in {refs}"]
    with_index = _index_version(seen)
    if with_index:
        told.append(f"index version {with_index}")
    shared = any(name.startswith("sharedindex.") for name in os.listdir(seen.repository.git_dir))
    yield Check("format", OK, ", ".join(told) + (" in two parts" if with_index and shared else ""))


def _index_version(seen: Seen) -> int:
    """0 if there is no index, or none that begins like one."""
    try:
        handle = os.open(seen.repository.index_path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        begin = os.read(handle, 8)
    except OSError:
        return 0
    finally:
        os.close(handle)
    return int.from_bytes(begin[4:], "big") if begin.startswith(b"DIRC") else 0


def clock(seen: Seen) -> Iterator[Check]:
    """Whether the last commit lies in the future of this machine's clock."""
    last = survey.last_moment(seen.repository)
    ahead = 0 if last is None else last - seen.now
    if ahead > _AHEAD:
        yield Check(
            "clock",
            NOTE,
            f"the last commit is {span(ahead)} ahead of this machine's clock",
            "this clock has gone back, or that of whoever committed was ahead",
            "new events bear a time before the ones they follow; their order stays that of the commits",
            "date shows this clock; if it is behind: timedatectl set-ntp true",
        )


def span(seconds: float) -> str:
    """A length of time in words."""
    for size, word in ((_DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{int(seconds)} seconds"
