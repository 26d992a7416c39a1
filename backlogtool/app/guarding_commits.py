"""Guards and limits of commits: each judged with the items of that very commit, and by whoever made it.

Who that is only a policy tells that says how commits are known to be somebody's (``rbac.commits``). That a signature is
right is judged by ``judging_rights``, which refuses the commit otherwise; here it is enough whose key it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from backlogtool.app.guarding import of_step, takes, too_many
from backlogtool.codec import allowed_signers, trailers
from backlogtool.codec.said import says_why
from backlogtool.domain import limits, rights
from backlogtool.domain.event import claimed_path
from backlogtool.domain.fields import FIELDS, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.merge import moves
from backlogtool.domain.policy import Policy
from backlogtool.domain.rbac import OFF, SIGNATURE
from backlogtool.domain.workflow import Change
from backlogtool.stores.git.compared import in_statuses
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.signatures import Origin, origins
from backlogtool.stores.git.single import finder
from backlogtool.stores.git.span import Span
from backlogtool.stores.git.versions import Made


def of_commit(made: Made, git: Git, policy: Policy, base: str, *, undo: bool) -> list[Finding]:
    """What the guards of ``base`` say about what a commit made of an item; other items are those of the commit."""
    if made.after.item is None or not policy.workflow.guards:
        return []
    said = says_why(made.commit.message, policy.commit.subject)
    find = finder(git, made.commit.id, made.after.item.dependencies)
    role = partial(role_behind, git, policy, base, made.commit.id)
    steps = [of_step(one, policy, find, said=said, role=role) for one in _changes(made, policy, undo=undo)]
    return list(dict.fromkeys(finding for step in steps for finding in step))


def _changes(made: Made, policy: Policy, *, undo: bool) -> list[Change]:
    """The steps of a commit, or those that a merge makes beyond its sides."""
    if len(made.befores) > 1:
        return moves(made.sides, made.after.item, policy)
    known = made.befores[0].known if made.befores else ()
    path = tuple(claimed_path(made.item_id, trailers.read(made.commit.message)[1]))
    return [Change(one, made.after.item, undo, squashed=True, path=path) for one in known or (None,)]


class GivenBack:
    """What commits of a range gave back by undoing commits from before it: that is no step from what stood there.

    ``items`` are, by their ids, those of the base with the values that were given back. To take back what the range
    itself did leads to nothing but what it may hold anyway.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        self.items: dict[str, list[Item]] = {}

    def add(self, made: Made, *, undo: bool) -> None:
        """One commit after the other, ancestors first; ``undo`` if it takes an earlier one back."""
        after, first = made.after.item, self._span.first.get(made.item_id)
        if not undo or trailers.undone(made.commit.message) in self._span.parents or after is None or first is None:
            return
        for start in first.known:
            for before in made.befores[0].known if made.befores else ():
                names = [one.name for one in FIELDS if value(before, one.name) != value(after, one.name)]
                given = start._replace(**{name: value(after, name) for name in names})  # type: ignore[arg-type]
                self.items.setdefault(made.item_id, []).append(given)


def of_range(span: Span, git: Git, policy: Policy, given: Mapping[str, Sequence[Item]]) -> Iterator[Finding]:
    """The places that items took between the ends of a range, in a status which has too many at its end.

    What a commit gave back, as ``GivenBack`` tells, was theirs before.
    """
    if not policy.workflow.wip_limits:
        return
    changes = []
    for item_id, held in span.last.items():
        first = span.first.get(item_id)
        several = [Change(one, held.item) for one in (first.item if first else None, *given.get(item_id, ()))]
        changes += several[:1] if all(takes(one.before, one.after, policy) for one in several) else []
    statuses = sorted({one.after.status for one in changes if one.after is not None})
    held_now = [limits.place_of(item, policy) for item in in_statuses(git, span.head, statuses)] if statuses else []
    for status in statuses:
        places = [place for place in held_now if place is not None and place.status == status]
        yield from too_many(status, places, changes, policy)


def role_behind(git: Git, policy: Policy, base: str, commit: str) -> str | None:
    """The role of the author or the signer; empty if that is nobody who has one, None if commits are anybody's.

    ``base`` is the commit whose list of signers counts.
    """
    if policy.rbac.commits == OFF:
        return None
    made = origins(git, [commit])[commit]
    emails = _signers(git, policy, base, made) if policy.rbac.commits == SIGNATURE else (made.email,)
    roles = {holder.role for email in emails if (holder := rights.by_email(policy.rbac, email))}
    return roles.pop() if len(roles) == 1 else ""


def _signers(git: Git, policy: Policy, base: str, made: Origin) -> tuple[str, ...]:
    """For which addresses the key signs."""
    name = f"{base}:{policy.rbac.allowed_signers}"
    allowed = read_objects(git, [name], (b"blob",)).get(name, b"")
    return allowed_signers.read(allowed, name).keys.get(allowed_signers.signed_by(made.signature), ())
