"""What was ever written into items, and taken out: what two clones hold in the end must be of it, and all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from backlogtool.domain import fields
from backlogtool.domain.fields import COMMENTS, DESCRIPTION, FIELDS
from backlogtool.domain.item import Item

#: How tags begin that are added once; whoever takes one out takes it out for good.
ONCE = "once-"


class Ledger:
    """Every value by item, and the tags and comments that must be there in the end."""

    def __init__(self) -> None:
        self._written: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._tags: dict[str, set[str]] = defaultdict(set)
        self._removed: dict[str, set[str]] = defaultdict(set)
        self._comments: dict[str, set[object]] = defaultdict(set)
        self._given_up: set[str] = set()

    def wrote(self, item: str, before: Item | None, after: Item) -> None:
        """A person, or a command, has changed the item."""
        self._written[item] |= set(_values(after))
        self._tags[item] |= _once(after)
        self._removed[item] |= (_once(before) if before else set()) - _once(after)
        self._comments[item] |= set(after.comments)

    def gave_up(self, item: str) -> None:
        """A person took one side's whole file: what the other side did is lost on purpose."""
        self._given_up.add(item)

    def is_given_up(self, item: str) -> bool:
        return item in self._given_up

    def check(self, item: str, final: Item) -> None:
        """Nothing is there that nobody wrote, and nothing is lost that nobody took out."""
        assert set(_values(final)) <= self._written[item], set(_values(final)) - self._written[item]
        if item not in self._given_up:
            assert _once(final) == self._tags[item] - self._removed[item]
            assert set(final.comments) == self._comments[item]


def _once(item: Item) -> set[str]:
    return {tag for tag in item.tags if tag.startswith(ONCE)}


def _values(item: Item) -> Iterator[tuple[str, str]]:
    """Each value on its own: entries of sets and maps, paragraphs of the text."""
    for name in (*(field.name for field in FIELDS), COMMENTS, *item.extra):
        held = fields.value(item, name)
        if isinstance(held, Mapping):
            yield from ((f"{name}.{key}", one) for key, inner in held.items() for one in _parts(inner))
        else:
            yield from ((name, one) for one in _parts(held))
    yield from ((DESCRIPTION, part) for part in item.description.split("\n\n"))


def _parts(held: object) -> Iterator[str]:
    if isinstance(held, tuple):
        yield from map(repr, held)
    else:
        yield repr(held)
