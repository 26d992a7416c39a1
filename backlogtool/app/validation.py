"""The verb ``validate``: everything that is wrong with a backlog, in one list.

The tree as it stands and the uncommitted edits in it, judged by its own policy; with ``since`` every step of the
commits after a revision (``app.judging``), judged by the policy of the merge base.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial

from backlogtool.app import packaged
from backlogtool.app.judging import judge, placed
from backlogtool.app.templates import irregular_templates
from backlogtool.app.workspace import Workspace
from backlogtool.codec import active_html
from backlogtool.domain import workflow
from backlogtool.domain.finding import Finding, by_place
from backlogtool.domain.item import is_id
from backlogtool.domain.policy import Policy
from backlogtool.domain.workflow import Change
from backlogtool.errors import InvalidError, NotFoundError, UnavailableError
from backlogtool.stores.base import Stored
from backlogtool.stores.git.store import GitStore


def validate(space: Workspace, since: str = "") -> list[Finding]:
    """All findings, in the order in which a person reads files; empty if all is well.

    ``since`` is a revision: the steps that lead from it to HEAD are judged as well.
    """
    findings = list(space.loaded.findings)
    if space.loaded.policy is None:
        return by_place(findings)
    space.require("list")
    judged = space.store.judged(_rules(space), partial(_of_item, policy=space.policy))
    findings += [*judged.unreadable, *irregular_templates(space), *judged.findings]
    findings += _duplicates(space.store.sharing())
    if isinstance(space.store, GitStore) and space.repository:
        findings += _uncommitted(space, space.store)
        if since:
            span = space.store.span(since)
            findings += judge(space.policy, space.repository, span, partial(_standing, space.store))
    elif since:
        raise UnavailableError(f"this store has no commits to judge: --since {since}", hint="use the git store")
    return by_place(dict.fromkeys(findings))


def _standing(store: GitStore, item_id: str) -> Stored | None:
    """The item, if it has one file that can be read."""
    if len(store.listed().paths.get(item_id, ())) == 1:
        with suppress(NotFoundError, InvalidError):
            return store.get(item_id)
    return None


def _rules(space: Workspace) -> str:
    """What the findings in an item depend on beside its file."""
    return hashlib.sha256(f"{packaged.build()} {space.policy!r}".encode()).hexdigest()


def _of_item(stored: Stored, policy: Policy) -> Iterator[Finding]:
    yield from stored.findings
    yield from (one._replace(path=stored.path, item=stored.item.id) for one in active_html.findings(stored.text))
    yield from placed(stored, workflow.check_item(stored.item, policy))


def _duplicates(sharing: Iterable[Stored]) -> Iterator[Finding]:
    """Every item whose dedupe key another one has too (R-093)."""
    by_key: dict[str, list[Stored]] = {}
    for one in sharing:
        by_key.setdefault(one.item.dedupe_key, []).append(one)
    for several in by_key.values():
        for one in several:
            others = ", ".join(sorted(other.item.id for other in several if other is not one))
            yield from placed(one, [workflow.duplicate_key(one.item, others)])


def _uncommitted(space: Workspace, store: GitStore) -> Iterator[Finding]:
    """The steps from the last commit to what stands in the work tree."""
    paths = {path.rpartition("/")[2].removesuffix(".md"): path for path in store.uncommitted() if path.endswith(".md")}
    for item_id, before in store.committed_items(filter(is_id, paths)).items():
        standing = store.listed().paths.get(item_id, ())
        if not standing:
            findings = workflow.check(Change(before, None), space.policy)
            yield from (finding._replace(path=paths[item_id]) for finding in findings)
        elif len(standing) == 1:
            with suppress(NotFoundError, InvalidError):  # that is told about the file itself
                after = store.get(item_id)
                yield from placed(after, workflow.check(Change(before, after.item), space.policy))
