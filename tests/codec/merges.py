"""Edits of item files as people make them, and a second, naive idea of what merging two of them gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.domain import fields
from backlogtool.domain.event import same
from backlogtool.domain.fields import BY_NAME, SET
from backlogtool.domain.item import Comment, Item

ID = "bl_0123456789ab"
#: The values that both sides draw from: few, so that they meet.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["One", "[ARCH] a: b", "fix #12"]),
    "status": st.sampled_from(["open", "in_progress", "blocked"]),
    "priority": st.sampled_from(["P0", "P1", "P2"]),
    "owner": st.sampled_from(["alice", "bob", "no"]),
    "due_date": st.sampled_from(["", "2026-03-02", "2026-04-01"]),
    "service": st.sampled_from(["", "gateway", "012"]),
    "component": st.sampled_from(["", "stores"]),
    "rank": st.sampled_from([None, 1, 2]),
    "tags": st.lists(st.sampled_from("abcde"), max_size=4).map(lambda some: tuple(sorted(set(some)))),
    "evidence_refs": st.dictionaries(
        st.sampled_from(["alerts", "incidents"]),
        st.lists(st.sampled_from("xyz"), min_size=1, max_size=2).map(lambda some: tuple(sorted(set(some)))),
        max_size=2,
    ),
    "meta": st.dictionaries(st.sampled_from("klm"), st.one_of(st.integers(0, 1), st.just({"deep": True})), max_size=2),
    "x_unknown": st.sampled_from([None, 1, "text"]),
    "x_other": st.sampled_from([None, [1, 2], {"a": 1}]),
}
SECTIONS = ("A lead.", "## Plan\n\n1. first\n\n2. second", "## Notes\n\nSome words.\n\nMore words.")
TEXTS = st.lists(st.sampled_from([*SECTIONS, "## Other\n\nx", "```\n## Comments\n```"]), max_size=4, unique=True)
COMMENTS = st.builds(
    Comment,
    at=st.sampled_from(["2026-02-17T09:12:00Z", "2026-02-18T09:12:00Z", "2026-02-19T09:12:00Z"]),
    actor=st.sampled_from(["ann", "bob"]),
    text=st.sampled_from(["Waiting.", "Two\n\nparagraphs", "## no heading", "```\n### x\n```"]),
)
Edit = Callable[[str], str]


def item_of(text: str) -> Item:
    """The item in a text, which must hold one."""
    reading = markdown.read(text.encode(), ID)
    assert reading.item is not None, ([str(one) for one in reading.findings], text)
    return reading.item


@st.composite
def bases(draw: st.DrawFn) -> str:
    """The file that both sides start from."""
    item = Item(ID, "One", "2026-02-16T06:20:00Z", "open", env="prod", priority="P1", owner="ann", source="manual",
                dedupe_key="k", description="\n\n".join(draw(TEXTS)),
                comments=tuple(draw(st.lists(COMMENTS, max_size=2))))  # fmt: skip
    for name in draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=4)):
        item = with_value(item, name, draw(FIELDS[name]))
    return markdown.write(item)


def with_value(item: Item, name: str, value: Any) -> Item:
    if name in BY_NAME:
        return item._replace(**{name: value})
    extra = {key: one for key, one in item.extra.items() if key != name}
    return item._replace(extra=extra if value is None else {**extra, name: value})


def _set(name: str, value: Any) -> Edit:
    def edit(text: str) -> str:
        return markdown.edit(markdown.read(text, ID), with_value(item_of(text), name, value))

    return edit


def _comment(comment: Comment) -> Edit:
    def edit(text: str) -> str:
        item = item_of(text)
        return markdown.edit(markdown.read(text, ID), item._replace(comments=(*item.comments, comment)))

    return edit


def _describe(parts: list[str]) -> Edit:
    def edit(text: str) -> str:
        return markdown.edit(markdown.read(text, ID), item_of(text)._replace(description="\n\n".join(parts)))

    return edit


def tagged(tag: str, *, add: bool) -> Edit:
    """Adds or removes one tag."""

    def edit(text: str) -> str:
        tags = {one for one in item_of(text).tags if one != tag} | ({tag} if add else set())
        return _set("tags", tuple(sorted(tags)))(text)

    return edit


def _paragraph(number: int, word: str) -> Edit:
    """One paragraph of the description in other words, which say where it stands; headings and code stay."""

    def edit(text: str) -> str:
        parts = item_of(text).description.split("\n\n")
        at = number % len(parts)
        if not parts[at] or parts[at].startswith(("## ", "```")):
            return text
        return _describe([*parts[:at], f"Paragraph {at}: {word}.", *parts[at + 1 :]])(text)

    return edit


def _reverse(text: str) -> str:
    """The keys in another order, by hand."""
    head, fence, body = text.removeprefix("---\n").partition("\n---\n")
    lines = head.split("\n")
    starts = [at for at, line in enumerate(lines) if line[:1] not in ("-", " ", "#", "")]
    blocks = [lines[at:stop] for at, stop in zip(starts, [*starts[1:], len(lines)], strict=True)]
    return "---\n" + "\n".join("\n".join(block) for block in reversed(blocks)) + fence + body


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text.replace("\n", "\r\n")


def _words(text: str) -> str:
    return text.replace("Some words.", "Other words.")


def _plain(edit: Edit) -> Edit:
    """An edit by hand that knows plain line feeds only."""
    return lambda text: edit(text) if "\r" not in text else text


EDITS: st.SearchStrategy[Edit] = st.one_of(
    *(values.map(partial(_set, name)) for name, values in FIELDS.items()),
    COMMENTS.map(_comment),
    st.tuples(st.sampled_from("abcde"), st.booleans()).map(lambda one: tagged(one[0], add=one[1])),
    TEXTS.map(_describe),
    st.tuples(st.integers(0, 5), st.sampled_from(["one", "two"])).map(lambda one: _paragraph(*one)),
    st.sampled_from([_plain(_reverse), _lines, _words]),
)
#: Edits of what people change most, with few values: two of them often meet.
HOT: st.SearchStrategy[Edit] = st.one_of(
    *(FIELDS[name].map(partial(_set, name)) for name in ("status", "priority", "owner")),
    st.tuples(st.integers(0, 1), st.sampled_from(["one", "two"])).map(lambda one: _paragraph(*one)),
)
SIDES = st.lists(EDITS, max_size=3)


def edited(text: str, edits: list[Edit]) -> str:
    for edit in edits:
        text = edit(text)
    return text


# --- the naive idea


def expected(base: Item, ours: Item, theirs: Item) -> tuple[dict[str, object], set[str]]:
    """(field -> its merged value, the fields in conflict), for all but the text and the comments."""
    values: dict[str, object] = {}
    conflicts = set()
    for name in FIELDS:
        three: list[Any] = [fields.value(one, name) for one in (base, ours, theirs)]
        old, mine, other = three
        if BY_NAME.get(name) and BY_NAME[name].kind == SET:
            values[name] = _united(old, mine, other)
        elif name == "evidence_refs":
            kinds = {*mine, *other}
            refs = {kind: _united(*(one.get(kind, ()) for one in (old, mine, other))) for kind in kinds}
            values[name] = {kind: some for kind, some in refs.items() if some}
        elif same(mine, other) or same(other, old):
            values[name] = mine
        elif same(mine, old):
            values[name] = other
        elif isinstance(mine, Mapping) and isinstance(other, Mapping):
            found = _maps(old if isinstance(old, Mapping) else {}, mine, other)
            values[name] = found
            conflicts |= {name} if found is None else set()
        else:
            conflicts.add(name)
    return values, conflicts


def expected_text(old: str, mine: str, other: str) -> tuple[str, bool] | None:
    """(the merged description, whether it is in conflict); None where the sides differ in more than paragraphs."""
    if mine == other or other == old:
        return mine, False
    if mine == old:
        return other, False
    three = [text.split("\n\n") for text in (old, mine, other)]
    if len({*map(len, three)}) > 1:
        return None
    places = list(zip(*three, strict=True))
    if any(
        len({one for one in parts if not one.startswith(f"Paragraph {at}:")}) > 1 for at, parts in enumerate(places)
    ):
        return None
    merged = [b if a == o else a for o, a, b in places]
    return "\n\n".join(merged), any(a != b and o not in (a, b) for o, a, b in places)


def _united(old: Any, mine: Any, other: Any) -> tuple[str, ...]:
    every = {*old, *mine, *other}
    return tuple(sorted(one for one in every if (one in mine and one in other) or one not in old))


def _maps(old: Mapping[str, Any], mine: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any] | None:
    """For maps whose inner maps are all equal."""
    found = {}
    for key in {*old, *mine, *other}:
        three = [repr(one[key]) if key in one else "" for one in (old, mine, other)]
        if three[1] != three[2] and three[0] in ("", *three[1:2]) and three[1] == three[0]:
            chosen = other
        elif three[1] == three[2] or three[2] == three[0]:
            chosen = mine
        else:
            return None
        if key in chosen:
            found[key] = chosen[key]
    return found
