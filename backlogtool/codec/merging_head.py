"""Three-way merging of frontmatter: key by key, each with the bytes of the side that wrote it."""

from __future__ import annotations

from typing import NamedTuple

from backlogtool.codec import quick
from backlogtool.codec.merging_lines import Pieces, Region, differing, merge_lines, regions
from backlogtool.codec.merging_order import ordered
from backlogtool.codec.merging_parts import Parts, cut
from backlogtool.codec.merging_values import UNKNOWN, Clash, merge_field
from backlogtool.domain.event import same
from backlogtool.domain.fields import BY_NAME, FIELDS
from backlogtool.errors import InvalidError

_PLACES = {field.name: place for place, field in enumerate(FIELDS)}
Written = tuple[str, ...]


class Conflict(NamedTuple):
    """A field that both sides changed, with the value or the lines of each."""

    field: str
    ours: str
    theirs: str


class Head(NamedTuple):
    """The lines of a merged frontmatter; ``values`` are those of the keys that are merged."""

    pieces: Pieces
    values: dict[str, object]
    conflicts: list[Conflict]


class _Key(NamedTuple):
    lead: Written
    pieces: Pieces
    value: object
    conflict: Conflict | None


def merge_heads(base: Parts | None, ours: Parts, theirs: Parts) -> Head:
    """The frontmatter with the changes of both sides; ``base`` is None if it is not known."""
    names = dict.fromkeys((*ours.blocks, *theirs.blocks))
    merged = {name: _merge_key(name, base, ours, theirs) for name in names}
    kept = {name: key for name, key in merged.items() if key.pieces}
    order = ordered(list(base.blocks) if base else None, list(ours.blocks), list(theirs.blocks), kept, _rank)
    pieces = [line for name in order for line in (*kept[name].lead, *kept[name].pieces)]
    tail = merge_comments(base.tail if base else (), ours.tail, theirs.tail)
    values = {name: key.value for name, key in merged.items() if not key.conflict}
    return Head([*pieces, *tail], values, [key.conflict for key in merged.values() if key.conflict])


def merge_comments(base: Written, ours: Written, theirs: Written) -> Written:
    """Comments above a key: those of both sides, without what one of them took out."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    gone = {line for line in base if line not in ours or line not in theirs}
    return tuple(line for line in dict.fromkeys((*min(ours, theirs), *max(ours, theirs))) if line not in gone)


def _rank(name: str) -> tuple[int, str]:
    return _PLACES.get(name, len(_PLACES)), name


def _merge_key(name: str, base: Parts | None, ours: Parts, theirs: Parts) -> _Key:
    if ours.blocks.get(name) == theirs.blocks.get(name):  # most keys of most files
        found = ours.blocks[name]
        return _Key(found.lead, list(found.lines), ours.value(name), None)
    lead = merge_comments(base.lead(name) if base else (), ours.lead(name), theirs.lead(name))
    try:
        value = merge_field(name, base.value(name) if base else UNKNOWN, ours.value(name), theirs.value(name))
        return _Key(lead, list(_written(name, value, base, ours, theirs) or ()), value, None)
    except (Clash, InvalidError):
        pieces = _shown(base, ours, theirs, name)
        return _Key(lead, pieces, None, Conflict(name, *_told(name, pieces, ours, theirs)))


def _written(name: str, value: object, base: Parts | None, ours: Parts, theirs: Parts) -> Written | None:
    """The lines of a key with its merged value. None if it has none.

    Raises ``InvalidError`` if the lines of no side can be changed into it.
    """
    old, mine, other = base.lines(name) if base else None, ours.lines(name), theirs.lines(name)
    if mine == other or (other == old and _has(ours, name, value)):
        return mine
    if mine == old and _has(theirs, name, value):
        return other
    left, right = _has(ours, name, value), _has(theirs, name, value)
    if left and right:
        return min(mine or (), other or ())
    if left or right:
        # One side has the value, the other wrote the old one in another way, unless it has a part of the new one.
        holder, writer = (ours, theirs) if left else (theirs, ours)
        if base is None or not same(writer.value(name), base.value(name)):
            return holder.lines(name)
        return _rewritten(writer, name, value)
    return _rewritten(min(ours, theirs, key=lambda side: side.lines(name) or ()), name, value)


def _has(side: Parts, name: str, value: object) -> bool:
    return same(side.value(name), value)


def _rewritten(side: Parts, name: str, value: object) -> Written | None:
    """The lines of a key as its side would write another value."""
    item = side.item
    named = name in BY_NAME
    after = item._replace(**({name: value} if named else {"extra": {**item.extra, name: value}}))
    changed = cut(quick.rewritten(side.text, item, after), item.id)
    return changed.lines(name) if changed else None


def _shown(base: Parts | None, ours: Parts, theirs: Parts, name: str) -> Pieces:
    """The lines of a key that cannot be merged: a region around what differs."""
    mine, other = ours.lines(name) or (), theirs.lines(name) or ()
    pieces = merge_lines((base.lines(name) if base else None) or (), mine, other)
    return pieces if regions(pieces) else differing(mine, other)


def _told(name: str, pieces: Pieces, ours: Parts, theirs: Parts) -> tuple[str, str]:
    """What each side has, for a message: the value if it is one, else the lines in question."""
    values = ours.value(name), theirs.value(name)
    if all(isinstance(value, (str, int)) or value is None for value in values):
        mine, other = ("" if value is None else str(value) for value in values)
        return mine, other
    found = regions(pieces) or [Region(ours.lines(name) or (), theirs.lines(name) or ())]
    mine, other = (" ".join(line.strip() for one in found for line in side(one)) for side in (_ours, _theirs))
    return mine, other


def _ours(region: Region) -> Written:
    return region.ours


def _theirs(region: Region) -> Written:
    return region.theirs
