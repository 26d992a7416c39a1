"""The verb ``validate``: everything that is wrong with a backlog, in one list.

The tree as it stands, the uncommitted edits in it, and with ``since`` every step of the commits after a
revision, all judged by ``workflow.check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown, trailers
from backlogtool.domain import workflow
from backlogtool.domain.event import STATUS_CHANGE, Claim, claimed_path
from backlogtool.domain.finding import Finding, by_place
from backlogtool.domain.item import Item
from backlogtool.domain.workflow import Change
from backlogtool.stores.base import Stored
from backlogtool.stores.git.history import History, Step
from backlogtool.stores.git.objects import CommitObject, read_commits
from backlogtool.stores.git.store import GitStore


def validate(space: Workspace, since: str = "") -> list[Finding]:
    """All findings, in the order in which a person reads files; empty if all is well.

    ``since`` is a revision: the steps that lead from it to HEAD are judged as well.
    """
    findings = list(space.loaded.findings)
    if space.loaded.policy is None:
        return by_place(findings)
    space.require("list")
    found = space.store.find(space.query())
    findings += found.unreadable
    findings += [finding for one in found.stored for finding in _of_item(one, space)]
    findings += _duplicates(found.stored)
    if isinstance(space.store, GitStore) and space.repository:
        findings += _uncommitted(space, space.store, found.stored)
        if since:
            findings += _committed(space, space.store, since)
    return by_place(dict.fromkeys(findings))


def _of_item(stored: Stored, space: Workspace) -> Iterator[Finding]:
    yield from stored.findings
    yield from _placed(stored, workflow.check_item(stored.item, space.policy))


def _placed(stored: Stored, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings at the lines of their fields."""
    some = list(findings)
    if some:
        reading = markdown.read(stored.text, stored.item.id)
        yield from (reading.locate(finding, stored.path) for finding in some)


def _duplicates(stored: Iterable[Stored]) -> Iterator[Finding]:
    """Every item whose dedupe key another one has too (R-093)."""
    by_key: dict[str, list[Stored]] = {}
    for one in stored:
        if one.item.dedupe_key:
            by_key.setdefault(one.item.dedupe_key, []).append(one)
    for several in by_key.values():
        for one in several if len(several) > 1 else ():
            others = ", ".join(sorted(other.item.id for other in several if other is not one))
            yield from _placed(one, [workflow.duplicate_key(one.item, others)])


def _uncommitted(space: Workspace, store: GitStore, stored: Iterable[Stored]) -> Iterator[Finding]:
    """The steps from the last commit to what stands in the work tree."""
    edited = store.edited()
    now = {one.item.id: one for one in stored if one.item.id in edited}
    for item_id, before in store.committed_items(edited).items():
        after = now.get(item_id)
        if after is not None:
            yield from _placed(after, workflow.check(Change(before, after.item), space.policy))
        elif item_id not in store.ids():
            findings = workflow.check(Change(before, None), space.policy)
            yield from (replace(finding, path=f"items/{item_id}.md") for finding in findings)


def _committed(space: Workspace, store: GitStore, since: str) -> Iterator[Finding]:
    """The steps of every commit that the merge base of ``since`` and HEAD does not have."""
    repository = store.repository
    base = repository.merge_base(repository.resolve(since))
    history = store.history()
    steps = history.since(base)
    commits = read_commits(repository.git, {step.commit for step in steps})
    for step in steps:
        yield from _step_findings(space, history, step, commits[step.commit])


def _step_findings(space: Workspace, history: History, step: Step, commit: CommitObject) -> Iterator[Finding]:
    before, after = history.versions(step)
    if before is None and after is None:
        return
    undone = trailers.undone(commit.message)
    undo = bool(undone) and history.is_inverse(step, undone)
    path = claimed_path(step.item_id, trailers.read(commit.message)[1])
    change = Change(before, after, undo, squashed=True, path=tuple(path))
    for finding in _told(change, space):
        yield replace(finding, message=f"{finding.message} (commit {commit.id[:10]})", path=f"items/{step.item_id}.md")
    yield from _false_claims(step, commit, before, after)


def _told(change: Change, space: Workspace) -> Iterator[Finding]:
    """Only what the step did: what is wrong with the item itself is told about the tree."""
    standing = set(workflow.check_item(change.after, space.policy)) if change.after else set()
    yield from (one for one in workflow.check(change, space.policy) if one not in standing)


def _false_claims(step: Step, commit: CommitObject, before: Item | None, after: Item | None) -> Iterator[Finding]:
    """Trailers that tell of a move that the commit does not make (DESIGN.md §4)."""
    claims = trailers.read(commit.message)[1]
    if before is None or after is None or not _moves(claims, step.item_id):
        return
    path = claimed_path(step.item_id, claims)
    if not path or (path[0], path[-1]) != (before.status, after.status):
        claimed = " -> ".join(path) or "moves that do not join up"
        shown = f"{before.status} -> {after.status}" if before.status != after.status else "no change of status"
        message = f"commit {commit.id[:10]} claims {claimed} of {step.item_id}, its changes show {shown}"
        yield Finding("BL305", message, path=f"items/{step.item_id}.md", item=step.item_id, field="status")


def _moves(claims: Iterable[Claim], item_id: str) -> bool:
    return any(claim.item_id == item_id and claim.type == STATUS_CHANGE for claim in claims)
