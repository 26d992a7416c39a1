"""The laws of item files: what is written reads back, and an edit touches only what it changes."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.domain import fields
from backlogtool.domain.item import Comment, Item
from tests import strategies as some


def _read(text: str, item_id: str) -> markdown.Reading:
    reading = markdown.read(text.encode(), item_id)
    assert reading.item is not None, [str(finding) for finding in reading.findings]
    return reading


def _variant(text: str, newline: str, mark: str) -> str:
    return mark + text.replace("\n", newline)


newlines = st.sampled_from(["\n", "\r\n"])
marks = st.sampled_from(["", "\ufeff"])


@given(some.items(), newlines, marks)
def test_a_written_item_reads_back_the_same(item: Item, newline: str, mark: str) -> None:
    item = markdown.normal(item)
    reading = _read(_variant(markdown.write(item), newline, mark), item.id)
    assert reading.item == item


@given(some.items())
def test_writing_is_a_function_of_the_item(item: Item) -> None:
    text = markdown.write(item)
    again = markdown.read(text, item.id).item
    assert again is not None
    assert markdown.write(again) == text


CHANGES = {
    "title": some.title,
    "status": st.sampled_from(["open", "in_progress", "blocked", "done"]),
    "priority": st.sampled_from(["P0", "P1", "P2", "P3"]),
    "owner": some.title,
    "due_date": st.one_of(st.just(""), some.day),
    "tags": st.lists(some.title, max_size=4).map(tuple),
    "dependencies": st.lists(some.identifier, max_size=3).map(tuple),
    "evidence_refs": some.refs,
    "meta": st.dictionaries(some.name, some.plain_value, max_size=3),
    "rank": st.one_of(st.none(), st.integers(0, 999)),
    "group": some.name,
}


def _lines_of(text: str, key: str) -> set[int]:
    """The lines of the file that belong to a key: from its own to the next key's."""
    lines = text.split("\n")
    end = next(index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    starts = [index for index in range(1, end) if lines[index][:1] not in (" ", "-", "#", "")]
    own = [index for index in starts if lines[index].startswith((f"{key}:", f'"{key}":'))]
    return {line for start in own for line in range(start, next((one for one in starts if one > start), end))}


@given(some.items(), st.sampled_from(sorted(CHANGES)), st.data(), newlines, marks)
def test_a_one_field_edit_changes_only_the_lines_of_that_field(
    item: Item, field: str, data: st.DataObject, newline: str, mark: str
) -> None:
    text = _variant(markdown.write(item), newline, mark)
    reading = _read(text, item.id)
    assert reading.item is not None
    after = reading.item._replace(**{field: data.draw(CHANGES[field])})
    edited = markdown.edit(reading, after)

    assert _read(edited, item.id).item == markdown.normal(after, reading.item)
    old, new = text.removeprefix("\ufeff").split("\n"), edited.removeprefix("\ufeff").split("\n")
    kept_old = [line for index, line in enumerate(old) if index not in _lines_of("\n".join(old), field)]
    kept_new = [line for index, line in enumerate(new) if index not in _lines_of("\n".join(new), field)]
    assert kept_new == kept_old
    assert edited.startswith("\ufeff") == bool(mark)


@given(some.items(), newlines, marks)
def test_no_change_is_no_edit(item: Item, newline: str, mark: str) -> None:
    text = _variant(markdown.write(item), newline, mark)
    reading = _read(text, item.id)
    assert reading.item is not None
    assert markdown.edit(reading, reading.item) == text


@given(some.items(), some.moment, some.title, some.text)
def test_a_comment_is_appended_and_nothing_before_it_changes(item: Item, at: str, actor: str, said: str) -> None:
    text = markdown.write(item)
    reading = _read(text, item.id)
    assert reading.item is not None
    after = reading.item._replace(comments=(*reading.item.comments, Comment(at, actor, said or "x")))
    edited = markdown.edit(reading, after)
    assert edited.startswith(text.rstrip("\n"))
    again = _read(edited, item.id).item
    assert again is not None
    assert len(again.comments) == len(item.comments) + 1
    assert again.comments[-1].actor == actor


@given(some.items(), some.text)
def test_a_new_description_leaves_frontmatter_and_comments_alone(item: Item, description: str) -> None:
    text = markdown.write(item)
    reading = _read(text, item.id)
    assert reading.item is not None
    edited = markdown.edit(reading, reading.item._replace(description=description))
    again = _read(edited, item.id).item
    assert again is not None
    assert again.comments == reading.item.comments
    head = text.index("\n---\n") + 5
    assert edited[:head] == text[:head]


@given(some.items(), some.items())
def test_any_edit_reads_back_as_the_wanted_item(item: Item, other: Item) -> None:
    reading = _read(markdown.write(item), item.id)
    assert reading.item is not None
    after = other._replace(id=item.id, comments=(*reading.item.comments, *other.comments))
    assume(fields.value(after, "title"))
    assert _read(markdown.edit(reading, after), item.id).item == markdown.normal(after, reading.item)
