"""What a merge made of items, against each of its parents: for ``validate --merge``.

The merge that is under way as the work tree has it, else the last commit. Every commit of the sides is judged by
``--since``; this looks at the merge alone, which git or a person made (ROBUSTNESS.md section 4, M6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown, quick, references
from backlogtool.codec.merging_judged import Judged, Version, judge
from backlogtool.domain import workflow
from backlogtool.domain.finding import WARNING, Finding
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side, check_merge
from backlogtool.domain.policy import Policy
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.merged import Meeting, meetings, merge_of
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
    return [finding for one in _renumbered(met) for finding in _of_item(one, space.policy)]


def _of_item(met: Meeting, policy: Policy) -> Iterator[Finding]:
    """What is wrong with one item; what cannot be read is told of the tree, or of the commit that brought it."""
    sides = [_version(text, met.item_id) for text in met.sides]
    after = _version(met.after, met.item_id)
    if met.after and not after:
        return
    if any(text and not side for text, side in zip(met.sides, sides, strict=True)):
        if after and met.after not in met.sides:
            yield _placed(Finding("BL308", _UNREAD, fix=_TAKE, severity=WARNING), met)
        return
    found = check_merge(list(_sides(met, sides)), after.item if after else None, policy)
    if after:
        found += _new(met) if not any(sides) else judge(_judged(met, sides, after))
        found += _back(met)
        standing = workflow.check_item(after.item, policy)
        found = [finding for finding in found if finding not in standing]
    for finding in dict.fromkeys(found):
        yield _placed(finding, met)


def _version(text: str | None, item_id: str) -> Version | None:
    item = quick.item_of(text.encode(), item_id)[0] if text else None
    return Version(item, text) if item and text else None


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


def _judged(met: Meeting, sides: Sequence[Version | None], after: Version) -> Judged:
    texts = dict.fromkeys(text for some in met.origins for text in some)
    origins = [_version(text, met.item_id) for text in texts]
    known = [origin for origin in origins if origin]
    return Judged([side for side in sides if side], known if len(known) == len(origins) else [], after)


def _sides(met: Meeting, sides: Sequence[Version | None]) -> Iterator[Side]:
    for side, some, older in zip(sides, met.origins, met.older, strict=True):
        origins = tuple(_item(_version(text, met.item_id)) for text in some)
        gone = side is None and any(origins)
        item = side.item if side else next(filter(None, origins), None)
        yield Side(item, gone, origins, _item(_version(older, met.item_id)))


def _item(version: Version | None) -> Item | None:
    return version.item if version else None


def _placed(finding: Finding, met: Meeting) -> Finding:
    """At its line where the item stands, else at the path that it had."""
    finding = finding._replace(item=met.item_id)
    return markdown.read(met.after, met.item_id).locate(finding, met.path) if met.after else finding.at(met.path)


# --- an id that both sides took


def _renumbered(met: Sequence[Meeting]) -> Iterator[Meeting]:
    """The items, where one of two with one id stands under another one now: each with its own sides only.

    What refers to it is judged as if it still did so by the old id.
    """
    new = [one for one in met if one.after and not any(one.sides) and not any(map(any, one.origins))]
    both = [one for one in met if sum(map(bool, one.sides)) > 1 and not any(map(any, one.origins))] if new else []
    moved = [(old, text, one) for old in both for text in old.sides for one in new if text and _is(text, old, one)]
    for one in met:
        source = next(((old, text) for old, text, other in moved if other is one), None)
        if source:
            yield one._replace(sides=tuple(one.after if text == source[1] else None for text in source[0].sides))
            continue
        left = {text for old, text, _ in moved if old is one}
        after = one.after
        for old, _, other in moved:
            after = references.renamed(after, other.item_id, old.item_id) if after else after
        yield one._replace(sides=tuple(None if text in left else text for text in one.sides), after=after)


def _is(text: str, old: Meeting, new: Meeting) -> bool:
    """Whether an item is the other one of an id, under its new one."""
    return references.renamed(text, old.item_id, new.item_id) == new.after
