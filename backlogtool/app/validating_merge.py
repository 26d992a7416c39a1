"""What a merge made of items, against each of its parents: for ``validate --merge``.

The merge that is under way as the work tree has it, else the last commit. Every commit of the sides is judged by
``--since``; this looks at the merge alone, which git or a person made (ROBUSTNESS.md section 4, M6).
"""

from __future__ import annotations

from collections.abc import Iterator

from backlogtool.app.judging_renumbered import Joined, apart
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown, quick
from backlogtool.codec.merging_judged import judge, of_sides
from backlogtool.domain import workflow
from backlogtool.domain.finding import WARNING, Finding
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side, check_merge
from backlogtool.domain.policy import Policy
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.merge_items import Meeting, meetings, merge_of
from backlogtool.stores.git.store import GitStore

_UNREAD = "what one side has cannot be read, and this is what no other side has"
_TAKE = "take what one side has, and change it in a commit of its own"


def check_merged(space: Workspace) -> list[Finding]:
    """What is wrong with the merge that is under way, or that the last commit is.

    Raises ``NotFoundError`` if there is none, ``UnavailableError`` where the clone does not hold what it was made of.
    """
    store = space.store
    if not isinstance(store, GitStore) or store.repository is None:
        raise UnavailableError("this store has no merges to check", hint="use the git store")
    merge = merge_of(store.repository)
    met = list(meetings(store.repository, merge, {} if merge.commit else store.listed().paths))
    joined = apart([Joined(tuple(_sides(one)), _item(one.after, one)) for one in met])
    return [finding for pair in zip(met, joined, strict=True) for finding in _of_item(*pair, space.policy)]


def _of_item(met: Meeting, joined: Joined, policy: Policy) -> Iterator[Finding]:
    """What is wrong with one item; what cannot be read is told of the tree, or of the commit that brought it."""
    sides, after = joined
    if met.after and not after:
        return
    if any(text and not _item(text, met) for text in met.sides):
        if after and met.after not in met.sides:
            yield _placed(Finding("BL308", _UNREAD, fix=_TAKE, severity=WARNING), met)
        return
    found = check_merge(sides, after, policy)
    if after:
        there = any(side.there for side in sides)
        found += judge(of_sides(sides, after)) if there else _new(met)
        found += _back(met)
        standing = workflow.check_item(after, policy)
        found = [finding for finding in found if finding not in standing]
    for finding in dict.fromkeys(found):
        yield _placed(finding, met)


def _item(text: str | None, met: Meeting) -> Item | None:
    return quick.item_of(text.encode(), met.item_id)[0] if text else None


def _new(met: Meeting) -> list[Finding]:
    """An item that the merge itself brings."""
    return [Finding("BL308", f"no side has {met.item_id}", fix="make it in a commit of its own")]


def _back(met: Meeting) -> list[Finding]:
    """An item that one side deleted, the others left as it was, and that is there again."""
    old = {text for some in met.origins for text in some}
    left = [text for text in met.sides if text is not None]
    if len(old) != 1 or None in old or len(left) == len(met.sides) or not old.issuperset(left):
        return []
    return [Finding("BL309", f"{met.item_id}, which one side deleted, is back", fix="delete it, unless it is to stay")]


def _sides(met: Meeting) -> Iterator[Side]:
    for text, some, older in zip(met.sides, met.origins, met.older, strict=True):
        item, origins = _item(text, met), tuple(_item(one, met) for one in some)
        gone = item is None and any(origins)
        yield Side(item or next(filter(None, origins), None), gone, origins, tuple(_item(one, met) for one in older))


def _placed(finding: Finding, met: Meeting) -> Finding:
    """At its line where the item stands, else at the path that it had."""
    finding = finding._replace(item=met.item_id)
    return markdown.read(met.after, met.item_id).locate(finding, met.path) if met.after else finding.at(met.path)
