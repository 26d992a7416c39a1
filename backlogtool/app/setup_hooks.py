"""The part of ``init`` that makes git check what is committed and pushed from a clone, and what a server receives.

A hook of somebody else is never touched: it is told how to call ours from it.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator

from backlogtool.app.result import Options, Preview, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import unified
from backlogtool.codec.marks import is_ours, marked
from backlogtool.domain.outcome import UNCHANGED, UPDATED
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git import hookfiles, pushed
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.unmerged import require_module

SERVER = ("pre-receive",)
CLONE = ("pre-commit", "pre-push")
#: Without modules from the folder in which git starts it (ROBUSTNESS.md 2.3).
_PYTHON = (sys.executable, "-I")
_MODULE = "backlogtool"
_SCRIPT = """\
#!/bin/sh
# Checks the backlog: backlogtool init --hooks wrote this, and takes it out again with --remove.
program={program}
if [ ! -x "$program" ]; then
    echo "backlogtool: $program is gone: run backlogtool init --hooks again" >&2
    exit 1
fi
{before}exec "$program" -I -m backlogtool hook {name} "$@"
"""
#: Most commits of most people change no item: git sees that sooner than Python starts. A merge may drop a change.
_FIRST = {
    "pre-commit": """\
if [ ! -e "$(git rev-parse --git-path MERGE_HEAD)" ] && git diff-index --cached --quiet HEAD -- items 2>/dev/null; then
    exit 0
fi
"""
}


def hooks(space: Workspace, options: Options, *, remove: bool = False) -> tuple[Result, list[str]]:
    """Makes git start our hooks here, or takes them out; names the files that changed.

    In a bare repository those of a server, else those of a clone. Repeating it changes nothing. Raises
    ``RefusedError`` if a hook of somebody else stands in the way, ``UnavailableError`` where git takes its hooks from
    elsewhere, or could not start ours.
    """
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store is no git repository", hint="use the git store")
    folder = hookfiles.folder(repository)
    texts = {os.path.join(folder, name): script(name) for name in (CLONE if repository.root else SERVER)}
    changed = list(_leaving(texts) if remove else _coming(texts))
    named = {os.path.relpath(one, repository.root or repository.git_dir): one for one in changed}
    diffs = [_diff(name, hookfiles.read(one), None if remove else texts[one]) for name, one in named.items()]
    if changed and not options.dry_run:
        if not remove:
            require_module(_PYTHON, _MODULE)
        for place in changed:
            if remove:
                hookfiles.remove(place)
            else:
                hookfiles.write(place, texts[place])
    notes = () if remove else _doubts(repository)
    if not named:
        return Result(UNCHANGED, (), notes=notes), []
    preview = Preview("".join(diffs), "") if options.dry_run else None
    return Result(UPDATED, (), notes=notes, preview=preview), list(named)


def _diff(path: str, before: str | None, after: str | None) -> str:
    """A unified diff; of a hook that only git cannot start, in git's words, what becomes of that."""
    return unified(path, before, after) or f"--- a/{path}\n+++ b/{path}\nnew mode 100755\n"


def script(name: str) -> str:
    """The text of the hook of that name."""
    return marked(name, _SCRIPT.format(program=shlex.quote(_PYTHON[0]), name=name, before=_FIRST.get(name, "")))


def _coming(texts: dict[str, str]) -> Iterator[str]:
    """The places that need writing. Raises ``RefusedError`` for a hook of somebody else, before anything is written."""
    for place, text in texts.items():
        held = hookfiles.read(place)
        if held is not None and held != text and not is_ours(held):
            raise _theirs(place)
        if held != text or not hookfiles.is_started(place):
            yield place


def _leaving(texts: dict[str, str]) -> Iterator[str]:
    """The places of ours. Raises ``RefusedError`` for a hook that somebody has made of ours, or calls ours."""
    for place in texts:
        held = hookfiles.read(place)
        if held is not None and is_ours(held):
            yield place
        elif held is not None and _call(os.path.basename(place)) in held:
            hint = f"take the line with '{_call(os.path.basename(place))}' out of it yourself"
            raise RefusedError(f"{place} is not as backlogtool wrote it", hint=hint)


def _theirs(place: str) -> RefusedError:
    name = os.path.basename(place)
    stdin = "" if name == "pre-commit" else ", with the standard input that git gave to it"
    line = f'{shlex.join(_PYTHON)} -m {_MODULE} {_call(name)} "$@" || exit 1'
    return RefusedError(f"{place} is somebody else's hook, so it stays", hint=f"call ours from it{stdin}: {line}")


def _call(name: str) -> str:
    return f"hook {name}"


def _doubts(repository: Repository) -> tuple[str, ...]:
    """What would make a server protect less than its owner thinks."""
    trunk = "" if repository.root else pushed.default_branch(repository)
    if repository.root or (trunk and pushed.tip(repository, trunk)) or not pushed.branches(repository):
        return ()
    named = f"HEAD names {trunk}, which is not there" if trunk else "HEAD names no branch"
    return (f"{named}, so no branch is protected: git symbolic-ref HEAD refs/heads/main",)
