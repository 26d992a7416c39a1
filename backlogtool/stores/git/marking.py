"""The marks that a commit puts on what it did: id, time, actor, and what was said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from backlogtool.codec import trailers
from backlogtool.domain.event import Claim, Event, along_claims, stamped
from backlogtool.stores.git.objects import CommitObject

#: Judges a path of statuses that a squashed commit claims.
Legal = Callable[[Sequence[str]], bool]


def marked(item_id: str, events: Sequence[Event], commit: CommitObject, legal: Legal) -> list[Event]:
    """The events of an item with the marks of the commit that made them, a squashed move as its steps."""
    said, claims = _read(commit.message)
    mine = claims.get(item_id, [])
    if claims:
        said = said.partition("\n\n")[2]  # the subject of our own commits only repeats the facts
    steps = along_claims(events, mine, legal)
    return stamped(steps, mine, commit=commit.id, ts=commit.at, author=commit.author, said=said)


@lru_cache(maxsize=1)
def _read(message: str) -> tuple[str, dict[str, list[Claim]]]:
    """What a message says, and its claims by item: one commit may have changed thousands, and each asks for its own."""
    said, claims = trailers.read(message)
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.item_id, []).append(claim)
    return said, found
