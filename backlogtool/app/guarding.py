"""Guards, limits and dependencies, asked about with what they need of the backlog: a command, and an edit by hand.

The rules are in ``domain.guards``, ``domain.limits`` and ``domain.dependencies``. Other items are read by id and by
status, so the cost follows what is asked. ``guarding_tree`` and ``guarding_commits`` do the same for what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial

from backlogtool.app.workspace import Workspace
from backlogtool.domain import dependencies, guards, limits, rbac
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.limits import Place
from backlogtool.domain.policy import Policy
from backlogtool.domain.query import Query, Term
from backlogtool.domain.workflow import Change, is_status, validate_transition
from backlogtool.errors import InvalidError, NotFoundError
from backlogtool.stores.base import Store


def of_command(space: Workspace, changes: Sequence[Change], message: str) -> list[Finding]:
    """What speaks against changes that a command would make together; ``message`` is what the person says."""
    afters = {one.after.id: one.after for one in changes if one.after is not None}
    gone = {one.before.id for one in changes if one.before is not None} - afters.keys()
    others = finder(space, (needed for one in afters.values() for needed in one.dependencies))

    def find(item_id: str) -> Item | None:
        return afters.get(item_id) or (None if item_id in gone else others(item_id))

    role = partial(rbac.role_of, space.policy.rbac)
    findings = []
    for change in changes:
        findings += of_step(change, space.policy, find, said=bool(message.strip()), role=lambda: role(space.actor))
        if change.after is not None and not change.undo and waits_anew(change.before, change.after):
            findings += dependencies.broken(change.after.id, change.after.dependencies, partial(needed_by, find))
    return findings + taken_places(partial(holders, space.store), changes, space.policy)


def waits_anew(before: Item | None, after: Item) -> bool:
    return before is None or before.dependencies != after.dependencies


def of_step(
    change: Change, policy: Policy, find: guards.Find, *, said: bool | None, role: Callable[[], str | None]
) -> list[Finding]:
    """What the guards say about one step; a comment in the item counts as words, whatever the message says."""
    path = guards.path_of(change, policy)
    if not path or change.after is None or not policy.workflow.guards:
        return []
    before = change.before.comments if change.before else ()
    commented = True if any(one not in before for one in change.after.comments) else said
    who = role() if any(guard.roles for guard in policy.workflow.guards) else None
    return guards.check(guards.Move(change.before, change.after, path, commented, who), policy, find)


def of_edit(space: Workspace, before: Item | None, after: Item) -> list[Finding]:
    """What guards and limits say about an edit that is not committed yet.

    Whether somebody will say why, and who will commit it, is not known.
    """
    change, find = Change(before, after), partial(standing, space.store)
    found = of_step(change, space.policy, find, said=None, role=lambda: None)
    return found + taken_places(partial(holders, space.store), [change], space.policy)


def taken_places(holding: Callable[[str], Iterable[Place]], changes: Sequence[Change], policy: Policy) -> list[Finding]:
    """The changes that take a place in a status which then has too many; an illegal move is told as that alone.

    ``holding`` gives the places of a status; those of items that change do not count.
    """
    taking = [
        one for one in changes if takes(one.before, one.after, policy) and not one.undo and _is_legal(one, policy)
    ]
    findings: list[Finding] = []
    for status in dict.fromkeys(one.after.status for one in taking if one.after is not None):
        touched = {one.id for change in changes for one in change[:2] if one is not None}
        held = [place for place in holding(status) if place.item_id not in touched]
        new = [limits.place_of(one.after, policy) for one in changes]
        after = [*held, *(place for place in new if place is not None and place.status == status)]
        findings += too_many(status, after, taking, policy)
    return findings


def too_many(status: str, places: Sequence[Place], changes: Sequence[Change], policy: Policy) -> Iterator[Finding]:
    """Where the places of a status exceed a limit: the changes that take one of those."""
    steps = [(limits.place_of(one.before, policy), limits.place_of(one.after, policy)) for one in changes]
    several = [
        (told, [new for old, new in steps if new and new in told.places and limits.is_taken(new, old, told)])
        for told in limits.exceeded(status, places, policy)
    ]
    return limits.over_limits(several, asked=any(one.asked for one in changes))


def takes(before: Item | None, after: Item | None, policy: Policy) -> bool:
    """Whether the item holds another place than before."""
    return limits.place_of(after, policy) not in (None, limits.place_of(before, policy))


def _is_legal(change: Change, policy: Policy) -> bool:
    if change.before is None or change.after is None or change.before.status == change.after.status:
        return True
    begins = not is_status(change.before.status, policy)
    return begins or validate_transition(change.before.status, change.after.status, policy)


def holders(store: Store, status: str) -> list[Place]:
    """Who holds the places of a status now."""
    found = store.briefs(Query((Term("status", (status,)),)), order=())
    return [Place(status, one.id, one.owner) for one in found.briefs]


def finder(space: Workspace, wanted: Iterable[str]) -> guards.Find:
    """Finds items as they stand; where that is a commit, git is asked for those that are wanted all at once."""
    if not space.revision or space.repository is None:
        return cache(partial(standing, space.store))
    from backlogtool.stores.git.beside import BranchStore  # few look at a commit
    from backlogtool.stores.git.single import finder

    commit = space.store.revision if isinstance(space.store, BranchStore) else space.revision
    return finder(space.repository.git, commit, wanted)


def standing(store: Store, item_id: str) -> Item | None:
    """The item, if it is there and can be read."""
    if not is_id(item_id):  # what people write there is no path
        return None
    with suppress(NotFoundError, InvalidError):
        return store.get(item_id).item
    return None


def needed_by(find: guards.Find, item_id: str) -> Sequence[str] | None:
    """What an item waits for; None if it is not there."""
    found = find(item_id)
    return None if found is None else found.dependencies
