"""An item's file cut into the parts that are merged one by one: its keys with their lines, and its body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from backlogtool.codec import canonical
from backlogtool.domain import fields
from backlogtool.domain.item import Item

if TYPE_CHECKING:
    from backlogtool.codec.frontmatter import Document


class Block(NamedTuple):
    """The lines of a key with its value; ``lead`` are the comments and blank lines above it."""

    lead: tuple[str, ...]
    lines: tuple[str, ...]


class Parts(NamedTuple):
    """A text with plain line feeds and no byte order mark, and the item in it.

    ``fences`` are the lines around the frontmatter with their ends, ``tail`` the comments behind its last key.
    """

    text: str
    item: Item
    fences: tuple[str, str]
    blocks: dict[str, Block]
    tail: tuple[str, ...]
    body: str

    def value(self, name: str) -> object:
        """The value of a field or of an unknown key, as ``fields.value``."""
        return fields.value(self.item, name)

    def lines(self, name: str) -> tuple[str, ...] | None:
        """The lines of a key; None if it is not there."""
        found = self.blocks.get(name)
        return found.lines if found else None

    def lead(self, name: str) -> tuple[str, ...]:
        found = self.blocks.get(name)
        return found.lead if found else ()


def cut(text: str, item_id: str) -> Parts | None:
    """The parts of a text; None if it cannot be read as the item."""
    item = canonical.read(text, item_id)
    if item is not None:
        end = text.find("\n---\n", 3) + 1 or len(text) - 3
        head = text[4:end].split("\n")[:-1]
        starts = [at for at, line in enumerate(head) if line and line[0] not in " -#"]
        spans = [(head[at].partition(":")[0], at, stop) for at, stop in _until_next(starts, head)]
        return _parts(text, item, (4, end, min(end + 4, len(text))), head, spans)
    # The parser of YAML takes longer to load than the merge itself: only what is unusual needs it.
    from backlogtool.codec import markdown

    reading = markdown.read(text, item_id)
    document, item = reading.document, reading.item
    if document is None or item is None:
        return None
    places = (document.yaml_start, document.yaml_end, document.body_start)
    head = text[document.yaml_start : document.yaml_end].split("\n")[:-1]
    return _parts(text, item, places, head, _spans(document, head))


def _until_next(starts: Sequence[int], head: Sequence[str]) -> Iterable[tuple[int, int]]:
    """(first line of a key, line behind its last one): comments and blank lines before the next belong to that."""
    for at, following in zip(starts, (*starts[1:], len(head)), strict=True):
        stop = following
        while stop > at + 1 and (not head[stop - 1].strip() or head[stop - 1][0] == "#"):
            stop -= 1
        yield at, stop


def _spans(document: Document, head: Sequence[str]) -> list[tuple[str, int, int]]:
    """The same, with the key, where only the parser knows what belongs to a value."""
    yaml = document.text[document.yaml_start : document.yaml_end]
    found = []
    entries = list(document.root.entries.items())
    starts = [yaml.count("\n", 0, key.start) for _, (key, _) in entries]
    for (name, (key, child)), at, following in zip(entries, starts, (*starts[1:], len(head)), strict=True):
        last = yaml.count("\n", 0, max(key.end, child.end))
        found.append((name, at, min(last + 1, following)))
    return found


def _parts(
    text: str,
    item: Item,
    places: tuple[int, int, int],
    head: Sequence[str],
    spans: Sequence[tuple[str, int, int]],
) -> Parts:
    start, end, body = places
    blocks, behind = {}, 0
    for name, at, stop in spans:
        blocks[name] = Block(tuple(head[behind:at]), tuple(head[at:stop]))
        behind = stop
    return Parts(text, item, (text[:start], text[end:body]), blocks, tuple(head[behind:]), text[body:])
