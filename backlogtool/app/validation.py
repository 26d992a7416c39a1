"""The verb ``validate``: everything that is wrong with a backlog, or with a range of its history, in one list.

A backlog as it stands and the uncommitted edits in it are judged by its own policy, the commits of a range
(``app.judging``) by that of the merge base. The cost of a range follows what it changes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from backlogtool.app import guarding, guarding_tree, packaged
from backlogtool.app.folded import namesakes
from backlogtool.app.judging import judge, placed
from backlogtool.app.signers import unusable
from backlogtool.app.templates import irregular_templates
from backlogtool.app.workspace import Workspace
from backlogtool.codec import active_html
from backlogtool.domain import workflow
from backlogtool.domain.finding import Finding, by_place, few
from backlogtool.domain.item import is_id
from backlogtool.domain.layout import stem_of
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change
from backlogtool.errors import InvalidError, NotFoundError, UnavailableError
from backlogtool.stores.base import Stored
from backlogtool.stores.git.differences import ATTRIBUTES
from backlogtool.stores.git.edited import edited, looked
from backlogtool.stores.git.files import ITEMS, hidden, submodule
from backlogtool.stores.git.keys import Search, begun, holders_standing
from backlogtool.stores.git.meant import commit_meant
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.parted import of_merge
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.span import Span
from backlogtool.stores.git.store import GitStore


class Checked(NamedTuple):
    """What is wrong, and what was looked at: in ``space`` so many items, and so many commits after ``base``.

    ``base`` is the merge base, empty where nothing lies before or no commits were judged.
    """

    findings: list[Finding]
    space: Workspace
    items: int
    commits: int = 0
    base: str = ""


def validate(space: Workspace, since: str = "") -> list[Finding]:
    """All findings, in the order in which a person reads files; empty if all is well.

    With the revision ``since`` those about what lies between it and what stands here: every commit, what differs, and
    what is not committed. Raises what ``validate_between`` does then.
    """
    return checked(space, since).findings


def checked(space: Workspace, since: str = "", *, merge: bool = False) -> Checked:
    """As ``validate``, with what was looked at; with ``merge`` also the merge that is under way, or made last."""
    if since:
        return _checked_since(space, since)
    findings = list(space.loaded.findings)
    if space.loaded.policy is None:
        return Checked(by_place(findings), space, len(space.store.ids()))
    space.require("list")
    judged = space.store.judged(_rules(space), partial(_of_standing, policy=space.policy))
    findings += [
        *judged.unreadable,
        *irregular_templates(space),
        *namesakes(space),
        *unusable(space),
        *guarding_tree.of_tree(space, judged.findings),
    ]
    findings += _duplicates(space)
    if merge:
        from backlogtool.app.validating_merge import check_merged  # few runs are about a merge

        findings += check_merged(space)
    if isinstance(space.store, GitStore) and space.repository and not (merge and of_merge(space.repository)):
        edits = space.store.edits()
        findings += filter(None, (*map(submodule, edits.modules), *map(hidden, edits.staged)))
        findings += _uncommitted(space, space.store, edits.paths)
    return Checked(by_place(dict.fromkeys(findings)), space, len(space.store.ids()))


def _checked_since(space: Workspace, since: str) -> Checked:
    """What lies between a revision and what stands here."""
    store, repository = space.store, space.repository
    if not isinstance(store, GitStore) or repository is None:
        raise UnavailableError(f"this store has no commits to judge: --since {since}", hint="use the git store")
    root = "" if space.revision else repository.root
    looking = Meanwhile(lambda: looked(repository) if root else None)
    span = store.span(since)
    editing = Meanwhile(lambda: edited(repository, span.head, span.entries, looking.result) if root else set())
    findings = list(space.loaded.findings)
    if space.loaded.policy is None:
        return Checked(by_place(findings), space, 0, span.commits, span.base)
    space.require("list")
    search = begun(store, span.added())
    findings += judge(space.policy, repository, span, partial(_standing, store))
    edits = editing.result()
    brought = span.brought(root, edits)
    findings += [*brought.findings, *irregular_templates(space), *unusable(space), *_uncommitted(space, store, edits)]
    findings += [*namesakes(space, span.base), *_attributes(repository.git, span)]
    findings += _of_brought(space, span, brought.stored, search)
    return Checked(by_place(dict.fromkeys(findings)), space, len(brought.stored), span.commits, span.base)


def validate_between(space: Workspace, base: str, head: str) -> list[Finding]:
    """All findings about what lies between two revisions, read from the object database alone.

    Every commit and parent edge is judged by the policy of their merge base, what differs at ``head`` by the policy of
    ``head``. With an empty ``base`` nothing lies before, and the policy of ``head`` judges everything. ``space`` may be
    open anywhere in the repository, also a bare one. Raises ``NotFoundError`` for what is no commit and where there is
    no merge base, ``UnavailableError`` where something cannot be seen.
    """
    return checked_between(space, base, head).findings


def checked_between(space: Workspace, base: str, head: str) -> Checked:
    """As ``validate_between``, with what was looked at."""
    repository = space.repository
    if repository is None:
        raise UnavailableError("this store has no commits to judge", hint="use the git store")
    newer, older = commit_meant(repository, head), commit_meant(repository, base) if base else ""
    at = Workspace.open(repository.root or repository.git_dir, environment={}, revision=newer)
    if not isinstance(at.store, GitStore):
        raise UnavailableError("this store has no commits to judge", hint="use the git store")
    span = at.store.span(older)
    findings = list(at.loaded.findings) if at.loaded.policy is None or not older or span.changed("config") else []
    brought = span.brought()
    if at.loaded.policy is not None:
        findings += [*brought.findings, *_irregular(at, span), *namesakes(at, span.base)]
        findings += _attributes(repository.git, span)
        findings += unusable(at) if span.base and span.changed("config") else []
        findings += judge(at.policy, repository, span, partial(_standing, at.store))
        findings += _of_brought(at, span, brought.stored)
    return Checked(by_place(dict.fromkeys(findings)), at, len(brought.stored), span.commits, span.base)


def _attributes(git: Git, span: Span) -> Iterator[Finding]:
    """What there is to say about files of git's attributes that differ."""
    paths = [one for one in span.changed(ATTRIBUTES, ITEMS) if one.rpartition("/")[2] == ATTRIBUTES]
    if paths:
        from backlogtool.app import attributes  # few ranges change any

        yield from attributes.of_range(git, span, paths)


def _irregular(at: Workspace, span: Span) -> Iterator[Finding]:
    """What stands among the templates that differ and is none that could be read."""
    changed = frozenset(span.changed(packaged.TEMPLATES))
    if changed or not span.base:
        yield from (one for one in irregular_templates(at) if one.path in changed or not span.base)


def _of_brought(at: Workspace, span: Span, stored: Sequence[Stored], search: Search | None = None) -> Iterator[Finding]:
    """What is wrong with items as they stand, and who else has the dedupe keys that they did not have at the base.

    The commits of the span have been judged; ``search`` for the keys may go on already.
    """
    for one in stored:
        yield from _of_item(one, at.policy)
    yield from guarding_tree.of_brought(at, stored)
    new = [one for one in stored if one.item.dedupe_key and span.key_at_base(one.item.id) != one.item.dedupe_key]
    if not new or not isinstance(at.store, GitStore):
        return
    found = holders_standing(at.store, span.head, {one.item.dedupe_key for one in new}, search)
    held = {key: set(ids) for key, ids in found.items()}
    for one in new:  # those that are not committed yet are not among what git finds
        held.setdefault(one.item.dedupe_key, set()).add(one.item.id)
    yield from _sharing(at, new, held)


def _sharing(space: Workspace, stored: Iterable[Stored], held: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Who else has the dedupe keys of these items; ``held`` maps each key to everybody who has it (R-093)."""
    twice = [one for one in stored if set(held.get(one.item.dedupe_key, ())) - {one.item.id}]
    committed = _with_committed_keys(space, twice)
    for one in twice:
        others = few(sorted(set(held[one.item.dedupe_key]) - {one.item.id}))
        told = workflow.duplicate_key(one.item, others, committed=one.item.id in committed)
        yield from placed(one, [told])


def _with_committed_keys(space: Workspace, stored: Sequence[Stored]) -> set[str]:
    """The ids of those whose dedupe key stands in the last commit."""
    if not stored or space.revision or not isinstance(space.store, GitStore):
        return {one.item.id for one in stored}
    last = space.store.committed_items(one.item.id for one in stored)
    keys = {item_id: item.dedupe_key for item_id, item in last.items() if item}
    return {one.item.id for one in stored if keys.get(one.item.id) == one.item.dedupe_key}


def _standing(store: GitStore, item_ids: Collection[str]) -> dict[str, Stored]:
    """Those of the items that have one file which can be read."""
    return {one.item.id: one for one in store.several(item_ids)}


def _rules(space: Workspace) -> str:
    """What the findings in an item depend on beside its file."""
    return hashlib.sha256(f"{packaged.build()} {space.policy!r}".encode()).hexdigest()


def _of_item(stored: Stored, policy: Policy) -> Iterator[Finding]:
    yield from stored.findings
    yield from (one._replace(path=stored.path, item=stored.item.id) for one in active_html.findings(stored.text))
    yield from placed(stored, workflow.check_item(stored.item, policy))


def _of_standing(stored: Stored, policy: Policy) -> Iterator[Finding]:
    """The same, and what it waits for, to be looked at together with the others."""
    yield from _of_item(stored, policy)
    yield from guarding_tree.waiting(stored)


def _duplicates(space: Workspace) -> Iterator[Finding]:
    """Every item whose dedupe key another one has too."""
    some, held = space.store.sharing(), defaultdict[str, list[str]](list)
    for one in some:
        held[one.item.dedupe_key].append(one.item.id)
    return _sharing(space, some, held)


def _uncommitted(space: Workspace, store: GitStore, edits: Collection[str]) -> Iterator[Finding]:
    """The steps from the last commit to what stands in the work tree, at the paths that differ."""
    paths = {stem_of(path): path for path in edits if path.endswith(".md")}
    for item_id, before in store.committed_items(filter(is_id, paths)).items():
        standing = store.listed().paths.get(item_id, ())
        if not standing:
            findings = workflow.check(Change(before, None), space.policy)
            yield from (finding._replace(path=paths[item_id]) for finding in findings)
        elif len(standing) == 1:
            with suppress(NotFoundError, InvalidError):  # that is told about the file itself
                after = store.get(item_id)
                findings = workflow.check(Change(before, after.item), space.policy)
                yield from placed(after, findings + guarding.of_edit(space, before, after.item))
