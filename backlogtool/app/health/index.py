"""Checks of what git's index says about the files of the backlog."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from backlogtool.app.health.check import NOTE, PROBLEM, Check, command, some
from backlogtool.app.health.seen import Seen
from backlogtool.domain.finding import counted
from backlogtool.errors import BacklogError
from backlogtool.stores.git.survey import Entry

_FOLDERS = ("items", "config", "templates")
_PROGRAM, _SUBMODULE = "100755", "160000"


def index(seen: Seen, views: Collection[str]) -> Iterator[Check]:
    """Conflicts, flags that hide changes, odd modes; ``views`` are the paths of views."""
    try:
        entries = seen.index
    except BacklogError as error:
        yield _unreadable(seen, error.message)
        return
    yield from _conflicts(sorted({entry.path for entry in entries if entry.stage != "0"}))
    ours = [entry for entry in entries if entry.path in views or entry.path.split("/")[0] in _FOLDERS]
    yield from _hidden("assume-unchanged", [entry.path for entry in ours if entry.tag.islower()])
    if not seen.flag("core.sparsecheckout"):
        yield from _hidden("skip-worktree", [entry.path for entry in ours if entry.tag == "S"])
    yield from _modes(ours)


def _unreadable(seen: Seen, told: str) -> Check:
    path = seen.repository.index_path
    cause = "the file is damaged: a full disk, a crash of the machine, another program"
    risk = "nothing can be committed; what was staged is lost, files and commits are not"
    fix = f"{command('mv', path, path + '.broken')}; git reset"
    return Check("index", PROBLEM, told, cause, risk, fix)


def _conflicts(paths: Sequence[str]) -> Iterator[Check]:
    if paths:
        told = f"{counted(len(paths), 'file')} in conflict: {some(paths)}"
        cause = "a merge, rebase, cherry-pick or stash did not fit"
        risk = "git commits nothing until they are settled; an item with conflict marks cannot be read"
        fix = f"backlogtool merge; settle what is left in an editor, then {command('git', 'add', '--', *paths)}"
        yield Check("conflicts", PROBLEM, told, cause, risk, fix)


def _hidden(flag: str, paths: Sequence[str]) -> Iterator[Check]:
    if paths:
        told = f"changes of {some(paths)} are hidden from git"
        risk = "what is written there may not be committed"
        fix = command("git", "update-index", f"--no-{flag}", "--", *paths)
        yield Check("hidden", PROBLEM, told, f"git update-index --{flag} was run", risk, fix)


def _modes(ours: Sequence[Entry]) -> Iterator[Check]:
    inner = [entry.path for entry in ours if entry.mode == _SUBMODULE]
    if inner:
        told = f"{some(inner)} belongs to another repository"
        risk = "items in it are read, and cannot be written from here"
        fix = f"work in it: {command('backlogtool', '-C', inner[0], 'list')}; or move its items into this repository"
        state = PROBLEM if "items" in inner else NOTE
        yield Check("submodule", state, told, "a repository was added as a submodule", risk, fix)
    programs = [entry.path for entry in ours if entry.mode == _PROGRAM and entry.path.startswith("items/")]
    if programs:
        told = f"{some(programs)} may be executed"
        fix = f"{command('chmod', 'a-x', *programs)}; {command('git', 'add', *programs)}; git commit"
        risk = "none for the backlog: nothing runs an item"
        yield Check("modes", NOTE, told, "it came from a disk that marks every file so", risk, fix)
