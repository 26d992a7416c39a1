"""The verb ``validate``: everything that is wrong with a backlog, in one list.

The tree as it stands and the uncommitted edits in it, judged by its own policy; with ``since`` every step of the
commits after a revision (``app.judging``), judged by the policy of the merge base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backlogtool.app.judging import judge, placed
from backlogtool.app.templates import irregular_templates
from backlogtool.app.workspace import Workspace
from backlogtool.codec import active_html
from backlogtool.domain import workflow
from backlogtool.domain.finding import Finding, by_place
from backlogtool.domain.workflow import Change
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stored
from backlogtool.stores.git.files import ITEMS
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
    findings += [*found.unreadable, *irregular_templates(space)]
    findings += [finding for one in found.stored for finding in _of_item(one, space)]
    findings += _duplicates(found.stored)
    if isinstance(space.store, GitStore) and space.repository:
        findings += _uncommitted(space, space.store, found.stored)
        if since:
            span = space.store.span(since)
            findings += judge(space.policy, space.repository, span, found.stored)
    elif since:
        raise UnavailableError(f"this store has no commits to judge: --since {since}", hint="use the git store")
    return by_place(dict.fromkeys(findings))


def _of_item(stored: Stored, space: Workspace) -> Iterator[Finding]:
    yield from stored.findings
    yield from (replace(one, path=stored.path, item=stored.item.id) for one in active_html.findings(stored.text))
    yield from placed(stored, workflow.check_item(stored.item, space.policy))


def _duplicates(stored: Iterable[Stored]) -> Iterator[Finding]:
    """Every item whose dedupe key another one has too (R-093)."""
    by_key: dict[str, list[Stored]] = {}
    for one in stored:
        if one.item.dedupe_key:
            by_key.setdefault(one.item.dedupe_key, []).append(one)
    for several in by_key.values():
        for one in several if len(several) > 1 else ():
            others = ", ".join(sorted(other.item.id for other in several if other is not one))
            yield from placed(one, [workflow.duplicate_key(one.item, others)])


def _uncommitted(space: Workspace, store: GitStore, stored: Iterable[Stored]) -> Iterator[Finding]:
    """The steps from the last commit to what stands in the work tree."""
    paths = {path.rpartition("/")[2].removesuffix(".md"): path for path in store.repository.uncommitted(f"{ITEMS}/")}
    edited = store.edited()
    now = {one.item.id: one for one in stored if one.item.id in edited}
    for item_id, before in store.committed_items(edited).items():
        after = now.get(item_id)
        if after is not None:
            yield from placed(after, workflow.check(Change(before, after.item), space.policy))
        elif item_id not in store.ids():
            findings = workflow.check(Change(before, None), space.policy)
            yield from (replace(finding, path=paths.get(item_id, "")) for finding in findings)
