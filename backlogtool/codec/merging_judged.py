"""What a merge made of one item, held against its sides and the rule that unites them (ROBUSTNESS.md section 4).

What a side has, or the rule makes of them, is right. Where the rule finds a conflict a person had to decide, so another
value is a doubt there and an error elsewhere; and what the rule takes over and the merge does not is a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from backlogtool.codec.merging import merge
from backlogtool.codec.merging_lines import sides
from backlogtool.codec.merging_values import UNKNOWN, Clash, merge_field
from backlogtool.codec.quick import item_of
from backlogtool.domain.event import same
from backlogtool.domain.fields import BY_NAME, COMMENTS, DESCRIPTION, NOBODY, REFS, SET, value
from backlogtool.domain.finding import ERROR, WARNING, Finding
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.merge import Side

_SHOWN = 60  # characters of a value in a message
_THIRD = "take what one side has, or make the change in a commit of its own"
_LEFT_OUT = "take it over, unless it was left out on purpose"


class Judged(NamedTuple):
    """One item: at the parents that have it, where these parted, after the merge.

    Several ``origins``, where branches cross, may each be the one; none are known if that is empty.
    """

    sides: Sequence[Item]
    origins: Sequence[Item]
    after: Item


def of_sides(sides: Sequence[Side], after: Item) -> Judged:
    """The same of parents as ``domain.merge`` has them; one that has no such item any more has no say."""
    there = [side.there for side in sides if side.there]
    origins: list[Item | None] = []
    for one in (one for side in sides for one in side.origins):
        origins += [] if one in origins else [one]
    known = [one for one in origins if one is not None]
    return Judged(there, known if len(known) == len(origins) else [], after)


def judge(one: Judged) -> Iterator[Finding]:
    """What the merge holds that no side has (BL308), and what it leaves out that a side did (BL309)."""
    extra = dict.fromkeys(name for item in (*one.sides, one.after) for name in item.extra)
    for name in (*BY_NAME, *extra):
        if name not in BY_NAME or BY_NAME[name].setter != NOBODY:  # what never changes is the workflow's to judge
            yield from _of_field(name, one)
    yield from _of_text(one)
    yield from _of_comments(one)


def invented(name: str, result: Any, held: Sequence[Any], severity: str = ERROR) -> Finding:
    """The finding about a value of a field that no side of a merge has; ``held`` is what they have."""
    told = " and ".join(dict.fromkeys(map(_shown, held)))
    return _finding("BL308", f"{name} is {_shown(result)}, which no side has: {told}", name, _THIRD, severity)


def holds_more(text: str, base: str, ours: str, theirs: str, item_id: str) -> bool:
    """Whether a text, which may have conflict markers, has an item in it that holds what no side has."""
    held = sides(text)
    texts = (base, ours, theirs, *((held.ours, held.theirs) if held else (text,)))
    items = [item_of(one.encode(), item_id)[0] for one in texts]
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return False
    origin, *both = known[:3]
    return any(found.code == "BL308" for one in known[3:] for found in judge(Judged(both, [origin], one)))


def _of_field(name: str, one: Judged) -> Iterator[Finding]:
    result = value(one.after, name)
    held = [value(side, name) for side in one.sides]
    made = _made(name, one, held)
    if any(same(result, value) for value in made):
        return
    known = any(same(result, value) for value in held)
    if not known and not (_several(name) and _parts(result) <= {part for value in held for part in _parts(value)}):
        yield invented(name, result, held, ERROR if made else WARNING)
    elif made and len(one.origins) == 1:
        message = f"{name} is {_shown(result)}; what the sides did makes it {_shown(made[0])}"
        yield _finding("BL309", message, name, _LEFT_OUT)


def _made(name: str, one: Judged, held: Sequence[Any]) -> list[Any]:
    """What the rule makes of the values, from each place where the sides may have parted; nothing if they clash."""
    found = []
    for base in [value(origin, name) for origin in one.origins] or [UNKNOWN]:
        try:
            found.append(reduce(lambda left, right, base=base: merge_field(name, base, left, right), held))  # type: ignore[misc]
        except Clash:
            continue
    return found


def _several(name: str) -> bool:
    """Whether it holds several things, which a person may have put together from lines of both sides."""
    return name in BY_NAME and BY_NAME[name].kind in (SET, REFS)


def _parts(held: Any) -> set[object]:
    if isinstance(held, Mapping):
        return {(kind, entry) for kind, entries in held.items() for entry in entries}
    return set(held or ())


def _of_text(one: Judged) -> Iterator[Finding]:
    result = one.after.description
    held = [side.description for side in one.sides]
    made = _texts(one, held)
    if result in made:
        return
    lines = {line.strip() for text in held for line in text.split("\n")}
    new = next((line for line in result.split("\n") if line.strip() and line.strip() not in lines), "")
    if new:
        both = len(made) != 1 or made[0] not in held
        message = f"the description holds what no side has: {_shown(new.strip())}"
        yield _finding("BL308", message, DESCRIPTION, _THIRD, WARNING if both else ERROR)
    elif made and len(one.origins) == 1 and (result in held or made[0] in held):
        yield _finding("BL309", "the description leaves out what one side did to it", DESCRIPTION, _LEFT_OUT)


def _texts(one: Judged, held: Sequence[str]) -> list[str]:
    """What the rule makes of the descriptions, from each place where the sides may have parted; none if they clash."""
    if len(set(held)) == 1:
        return [held[0]]
    found: list[str] = []
    for origin in one.origins:
        new = list(dict.fromkeys(text for text in held if text != origin.description))
        found += new if len(new) == 1 else _merged(one.after.id, origin.description, held)
    return found or (list(held) if len(held) > 2 else [])


def _merged(item_id: str, base: str, held: Sequence[str]) -> list[str]:
    """Of more than two sides each, of which lines may be there: the order of merging them is not known."""
    if len(held) != 2:
        return list(held)
    old, ours, theirs = (f"---\nid: {item_id}\n---\n\n{text}\n" for text in (base, *held))
    merged = merge(old, ours, theirs, item_id)
    item = item_of(merged.text.encode(), item_id)[0] if merged.clean else None
    return [item.description] if item else []


def _of_comments(one: Judged) -> Iterator[Finding]:
    result = set(one.after.comments)
    held = [set(side.comments) for side in one.sides]
    severity = WARNING if all(comments != held[0] for comments in held[1:]) and held[1:] else ERROR
    for comment in sorted(result.difference(*held)):
        message = f"{_named(comment)} stands on no side"
        yield _finding("BL308", message, COMMENTS, "add it in a commit of its own", severity)
    if len(one.origins) == 1 and len(held) > 1:
        old = set(one.origins[0].comments)
        gone = {comment for comment in old if any(comment not in comments for comments in held)}
        for comment in sorted(set().union(*held) - gone - result):
            yield _finding("BL309", f"{_named(comment)} is left out", COMMENTS, _LEFT_OUT)
        for comment in sorted(gone & result):
            yield _finding("BL309", f"{_named(comment)}, which one side took out, is back", COMMENTS, _LEFT_OUT)


def _named(comment: Comment) -> str:
    return f"the comment by {comment.actor} of {comment.at}"


def _shown(held: Any) -> str:
    text = ", ".join(held) if isinstance(held, tuple) and all(isinstance(one, str) for one in held) else str(held)
    text = "nothing" if held in (None, "", ()) else f"'{text}'"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…'"


def _finding(code: str, message: str, field: str, fix: str, severity: str = "") -> Finding:
    return Finding(code, message, field=field, fix=fix, severity=severity)
