"""The verb ``doctor``: the state of the repository, of git and of the backlog, each with cause and fix.

It answers what the reference's runbook looks for in logs: which repository, branch, policy, how many items
(R-088, R-110).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from backlogtool.app import packaged
from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import errors
from backlogtool.errors import BacklogError
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.store import GitStore

OK, NOTE, PROBLEM = "ok", "note", "problem"
_OLDEST_GIT = (2, 30)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``state`` is ok, note or problem; ``fix`` says what to do about it."""

    name: str
    state: str
    told: str
    fix: str = ""


def examine(space: Workspace) -> list[Check]:
    """Every check, in the order from the outside in."""
    checks: list[Check] = []
    if isinstance(space.store, GitStore):
        checks += _as_far_as_it_goes("repository", _repository(space.store.repository))
    checks += _as_far_as_it_goes("policy", _policy(space))
    if space.loaded.policy is not None:
        checks += _as_far_as_it_goes("items", _backlog(space))
    return checks


def _as_far_as_it_goes(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """The checks; one that cannot be made is a problem itself, and ends those that build on it."""
    try:
        yield from checks
    except BacklogError as error:
        yield Check(name, PROBLEM, error.message, error.hint)


def _repository(repository: Repository) -> Iterator[Check]:
    yield _version(repository)
    place = repository.root or repository.git_dir
    head = repository.head()
    branch = repository.branch() or "detached HEAD"
    told = f"{place}, {branch}, {head[:10] if head else 'no commit yet'}"
    yield Check("repository", OK if head else NOTE, told, "" if head else "backlogtool init makes the first commit")
    try:
        yield Check("identity", OK, repository.identity())
    except BacklogError as error:
        yield Check("identity", PROBLEM, error.message, error.hint)
    going_on = repository.in_progress()
    if going_on:
        yield Check("operation", PROBLEM, f"in the middle of {going_on[0]}: nothing can be committed", going_on[1])
    yield from _locks(repository)
    if os.path.exists(os.path.join(repository.common_dir, "shallow")):
        told = "this clone is shallow: times and events before its edge are not known"
        yield Check("history", NOTE, told, "git fetch --unshallow")


def _version(repository: Repository) -> Check:
    told = repository.git.read("--version").out.decode("utf-8", "replace").strip()
    found = re.search(r"(\d+)\.(\d+)", told)
    if found and (int(found[1]), int(found[2])) >= _OLDEST_GIT:
        return Check("git", OK, told)
    return Check("git", PROBLEM, f"{told} is too old", "install git 2.30 or newer")


def _locks(repository: Repository) -> Iterator[Check]:
    lock = repository.index_path + ".lock"
    if os.path.lexists(lock):
        yield Check("index", PROBLEM, f"{lock} is held", "if no git is running, remove that file")
    left = [
        name
        for name in _names(os.path.join(repository.git_dir, "backlogtool"))
        if name.startswith(("index.", "paths."))
    ]
    if left:
        folder = os.path.join(repository.git_dir, "backlogtool")
        yield Check("leftovers", NOTE, f"{len(left)} files of an interrupted write in {folder}", "they can be removed")


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _policy(space: Workspace) -> Iterator[Check]:
    own = space.store.file(packaged.POLICY_PATH) is not None
    told = packaged.POLICY_PATH if own else "the tool's defaults; the repository has no policy of its own"
    broken = errors(space.loaded.findings)
    if broken:
        yield Check("policy", PROBLEM, f"{len(broken)} errors, first {broken[0]}", "backlogtool validate lists all")
    else:
        yield Check("policy", OK, told)


def _backlog(space: Workspace) -> Iterator[Check]:
    findings = validate(space)
    bad = errors(findings)
    told = f"{len(space.store.ids())} items, {len(bad)} errors, {len(findings) - len(bad)} warnings"
    yield Check("items", PROBLEM if bad else OK, told, "backlogtool validate lists all" if bad else "")
    if isinstance(space.store, GitStore):
        edited = sorted(space.store.edited())
        if edited:
            told = f"{len(edited)} items have edits that are not committed: {', '.join(edited[:5])}"
            yield Check("edits", NOTE, told, "git commit items/, or give --with-edits to the next command")
    folder = space.policy.generation.digest_dir
    if not any(name.endswith(".json") for name in space.store.names(folder)):
        yield Check(
            "digests", NOTE, f"none in {folder}", "generate weekly needs one: run architecture_pressure_tool.digest"
        )
