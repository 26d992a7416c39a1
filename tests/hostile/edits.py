"""Files as people write them, and which of their lines an edit of one field may touch (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.codec.scalars import scalar
from backlogtool.domain.item import Item
from tests import strategies as some

#: field -> what it may become.
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "title": some.title,
    "status": st.sampled_from(["open", "in_progress", "blocked", "done"]),
    "priority": st.sampled_from(["P0", "P1", "P2", "P3"]),
    "owner": some.title,
    "due_date": st.one_of(st.just(""), some.day),
    "tags": st.lists(some.title, max_size=4).map(tuple),
    "rank": st.one_of(st.none(), st.integers(0, 999)),
}
_KEYS = ("id", "title", "created_at", "status", "env", "priority", "owner", "due_date", "source", "dedupe_key")
_remark = st.sampled_from(["", "", "  # ask first", " #", "\t# a: b", "   "])
_between = st.sampled_from(["", "", "", "# a remark\n", "\n", "#status: done\n", "   # indented\n"])


@st.composite
def by_hand(draw: st.DrawFn) -> tuple[str, str]:
    """(id, text): keys in any order, any quotes, remarks, lists in any style, either line end, perhaps a mark."""
    item = draw(some.items())
    keys = draw(st.permutations([*_KEYS, "tags", *draw(st.sets(st.sampled_from(["rank", "x_own"])))]))
    lines = [f"{draw(_between)}{_entry(draw, key, item)}" for key in keys]
    fence = f"---{draw(st.sampled_from(['', ' ', '  ']))}\n"
    text = f"{fence}{''.join(lines)}{draw(_between)}{fence}\n{item.description}\n"
    return item.id, draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def _entry(draw: st.DrawFn, key: str, item: Item) -> str:
    if key == "tags":
        return _tags(draw, item.tags)
    written = {"rank": "7", "x_own": "[a, {b: 1}]"}.get(key) or _value(draw, str(getattr(item, key)))
    name = draw(st.sampled_from([key, key, f'"{key}"', f"'{key}'"]))
    return f"{name}:{draw(st.sampled_from([' ', '  ']))}{written}{draw(_remark)}\n"


def _value(draw: st.DrawFn, text: str) -> str:
    return scalar(text, style=draw(st.sampled_from(["", '"', "'"])))


def _tags(draw: st.DrawFn, tags: Sequence[str]) -> str:
    order = draw(st.permutations(tags))
    if not order or draw(st.booleans()):
        return f"tags: [{', '.join(scalar(one, flow=True) for one in order)}]{draw(_remark)}\n"
    indent = draw(st.sampled_from(["", "  ", "    "]))
    return "tags:\n" + "".join(f"{indent}- {_value(draw, one)}{draw(_remark)}\n" for one in order)


def judge(text: str, item_id: str, field: str, new: Any) -> None:
    """Holds an edit of one field to R6: it reads back, and every line of anything else stays byte for byte."""
    reading = markdown.read(text.encode(), item_id)
    assert reading.item is not None, [str(one) for one in reading.findings]
    after = reading.item._replace(**{field: new})
    edited = markdown.edit(reading, after)
    assert markdown.read(edited.encode(), item_id).item == markdown.normal(after, reading.item)
    if markdown.normal(after, reading.item) == reading.item:
        assert edited == text
    assert _others(edited.split("\n"), field) == _others(text.split("\n"), field)


def _others(lines: Sequence[str], key: str) -> list[str]:
    """The lines that are not the key's: remarks and blank lines never are."""
    end = next(index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    starts = [index for index in range(1, end) if lines[index].rstrip()[:1] not in ("", " ", "-", "#", "\t", "]", "}")]
    own = [index for index in starts if lines[index].startswith((f"{key}:", f'"{key}":', f"'{key}':", f"{key} :"))]
    span = {line for start in own for line in range(start, next((one for one in starts if one > start), end))}
    return [line for index, line in enumerate(lines) if index not in span or line.strip()[:1] in ("", "#")]
