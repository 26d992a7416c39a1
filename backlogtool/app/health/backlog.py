"""Checks of the backlog itself: the policy, the items, the views."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence

from backlogtool.app import freshness, packaged, rendering
from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check, command, some
from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, counted, errors, tally
from backlogtool.domain.layout import stem_of
from backlogtool.errors import InvalidError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.unmerged import unmerged

_LISTS = "backlogtool validate lists all"
#: name, codes, cause, risk, fix of what is told apart among the findings
_KINDS: tuple[tuple[str, tuple[str, ...], str, str, str], ...] = (
    (
        "odd files",
        ("BL113",),
        "a link, folder, pipe or device stands where a file should",
        "it is never followed, so what it should hold is missing from lists and views",
        "put a file in its place",
    ),
    (
        "large files",
        ("BL107",),
        "something was pasted or generated into an item",
        "the item is missing from every list and view",
        "move the text into a file of its own and link it",
    ),
    (
        "duplicates",
        ("BL205", "BL206"),
        "a file was copied, or two clones made the same item",
        "neither of two files with one id can be changed, and generating may update the wrong one",
        "keep one of them; give the other a new id and dedupe_key if it is other work",
    ),
)
_UNREADABLE = (
    "unreadable",
    "an editor, a merge or a script left what the tool cannot take for an item",
    "the items are missing from lists and views, and commands that must not miss one refuse",
    _LISTS + ", with line and fix",
)


def policy(space: Workspace) -> Iterator[Check]:
    """Which rules are in force, and whether they can be."""
    broken = errors(space.loaded.findings)
    if broken:
        told = f"{counted(len(broken), 'error')}, first {broken[0]}"
        cause = f"an edit of {' and '.join(dict.fromkeys(one.path for one in broken))}"
        yield Check("policy", PROBLEM, told, cause, "every command but validate and doctor refuses", _LISTS)
    else:
        own = " and ".join(space.store.files((packaged.POLICY_PATH, packaged.ROLES_PATH)))
        yield Check("policy", OK, own or "the tool's defaults; the repository has no policy of its own")


def items(space: Workspace) -> Iterator[Check]:
    """How many items there are, and what is wrong with them."""
    findings = validate(space)
    bad = errors(findings)
    told = f"{counted(len(space.store.ids()), 'item')}, {tally(findings)}"
    first = f"; first {bad[0]}" if bad else ""
    yield Check("items", PROBLEM if bad else OK, told + first, fix=_LISTS if bad else "")
    left = bad
    for name, codes, cause, risk, fix in _KINDS:
        found = [finding for finding in bad if finding.code in codes]
        left = [finding for finding in left if finding.code not in codes]
        yield from _told_apart(name, found, cause, risk, fix)
    name, cause, risk, fix = _UNREADABLE
    yield from _told_apart(name, [finding for finding in left if finding.code < "BL2"], cause, risk, fix)


def _told_apart(name: str, found: Sequence[Finding], cause: str, risk: str, fix: str) -> Iterator[Check]:
    if found:
        paths = list(dict.fromkeys(finding.path for finding in found))
        yield Check(name, PROBLEM, some(paths), cause, risk, fix)


def clashes(space: Workspace) -> Iterator[Check]:
    """Paths of items that are one path on disks that ignore case, or the form of accents."""
    by_key: dict[str, list[str]] = {}
    for path in space.store.names(ITEMS):
        by_key.setdefault(unicodedata.normalize("NFKC", path).casefold(), []).append(path)
    for several in by_key.values():
        if len(several) > 1:
            told = f"{some(several)} differ only in case or in the form of their letters"
            risk = "on macOS and Windows only one of them can stand in the work tree: the other looks deleted"
            fix = f"keep one of them: {command('mv', several[1], 'moved-' + several[1].rpartition('/')[2])}"
            yield Check("clashes", PROBLEM, told, "they were made on a disk that tells them apart", risk, fix)


def edits(space: Workspace) -> Iterator[Check]:
    """Items that were edited by hand and not committed; those in conflict are told of elsewhere."""
    if not isinstance(space.store, GitStore):
        return
    edited = sorted(space.store.edited())
    if edited:
        inside = set(map(stem_of, unmerged(space.store.repository)))
        edited = [one for one in edited if one not in inside]
    if edited:
        told = f"{counted(len(edited), 'item')} with edits that are not committed: {some(edited)}"
        risk = "a command that would change one of them refuses"
        going_on = space.store.repository.in_progress()
        fix = "git add items; git commit; or give --with-edits to the next command"
        fix = f"git add items; they go along with {going_on[0]}: {going_on[1]}" if going_on else fix
        yield Check("edits", NOTE, told, "they were edited by hand", risk, fix)


def digests(space: Workspace) -> Iterator[Check]:
    """Whether there is anything to generate items from."""
    folder = space.policy.generation.digest_dir
    if not any(name.endswith(".json") for name in space.store.names(folder)):
        fix = "run architecture_pressure_tool.digest"
        yield Check("digests", NOTE, f"none in {folder}", "", "generate weekly has nothing to read", fix)


def views(space: Workspace) -> Iterator[Check]:
    """Whether the views that stand there are what the items render to, and those of own templates can be rendered."""
    own = rendering.own_templates(space)
    standing, made, odd = [], [], []
    for path, template in rendering.of_backlog(space, space.today).outputs.items():
        try:
            held = space.store.file(path)
        except InvalidError:
            odd.append(_in_the_way(space, path))
            continue
        standing += [path] if held is not None else []
        made += [path] if held is not None or template in own else []
    yield from _odd(list(dict.fromkeys(odd)))
    stale = [finding.path for finding in freshness.stale(space, made)] if made else []
    yield from _stale([path for path in stale if path in standing])


def _in_the_way(space: Workspace, path: str) -> str:
    """The first part of a path that is a link, else the path: what lies behind a link is somebody else's."""
    root = space.repository.root if space.repository else ""
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    return next((one for one in above if root and os.path.islink(os.path.join(root, one))), path)


def _odd(paths: Sequence[str]) -> Iterator[Check]:
    if paths:
        cause = "a link, folder or device stands where a view should"
        away = "; ".join(command("mv", path, f"{path}.moved") for path in paths)
        yield Check("views", PROBLEM, f"{some(paths)} cannot be read or replaced", cause, "no view is rendered", away)


def _stale(paths: Sequence[str]) -> Iterator[Check]:
    if paths:
        told = f"not what the items render to: {some(paths)}"
        cause = "items have changed since, or the file was edited by hand"
        fix = f"{command('backlogtool', 'render', *paths)}; what was edited by hand: backlogtool import first"
        yield Check("views", NOTE, told, cause, "who reads it reads what is no longer so", fix)
