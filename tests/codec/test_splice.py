"""Edits of YAML text, as texts before and after: the bytes of what changed, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import splice
from backlogtool.codec.scalars import Bare
from backlogtool.codec.strictyaml import read
from backlogtool.errors import InvalidError
from tests import strategies as some

GONE = object()
ORDER = ("id", "title", "status", "owner", "due", "tags", "meta")


def _edited(before: str, changes: dict[str, Any], newline: str = "\n") -> str:
    """The text with these values changed, added, or taken out."""
    root, findings = read(before)
    assert root is not None, [str(one) for one in findings]
    wanted = {key: held for key, held in {**root.value, **changes}.items() if held is not GONE}
    return splice.update(before, root, wanted, order=ORDER, newline=newline)


Case = tuple[str, dict[str, Any], str]

VALUES: dict[str, Case] = {
    "nothing": ("title: 'a'  # why\n", {}, "title: 'a'  # why\n"),
    "the same value": ("title: 'a'\n", {"title": "a"}, "title: 'a'\n"),
    "a comment behind it": ("title: a # why\n", {"title": "b"}, "title: b # why\n"),
    "blanks and a comment behind it": ("title: 'a'   # why\n", {"title": "b"}, "title: 'b'   # why\n"),
    "a tab and a comment": ("title: a\t# why\n", {"title": "b"}, "title: b\t# why\n"),
    "double quotes": ('title: "a"\n', {"title": 'say "b"'}, 'title: "say \\"b\\""\n'),
    "single quotes": ("title: 'a'\n", {"title": "it's"}, "title: 'it''s'\n"),
    "text that needs quotes": ("title: a\n", {"title": "x: y"}, 'title: "x: y"\n'),
    "text that other readers take for a number": ("title: a\n", {"title": "1_000"}, 'title: "1_000"\n'),
    "quotes around a key": ("'title': a\n", {"title": "b"}, "'title': b\n"),
    "a blank before the colon": ("title : a\n", {"title": "b"}, "title : b\n"),
    "a question mark before the key": ("? title\n: a\n", {"title": "b"}, "? title\n: b\n"),
    "a value below its key": ("title:\n  a\nowner: x\n", {"title": "b"}, "title:\n  b\nowner: x\n"),
    "a comment between": ("title:\n  # c\n  a\nid: 1\n", {"title": "b"}, "title:\n  # c\n  b\nid: 1\n"),
    "no value": ("title:\nowner: b\n", {"title": "x"}, "title: x\nowner: b\n"),
    "no value but blanks": ("title:   \nowner: b\n", {"title": "x"}, "title: x   \nowner: b\n"),
    "no value but a comment": ("title: # why\nowner: b\n", {"title": "x"}, "title: x # why\nowner: b\n"),
    "a null": ("title: ~ # why\n", {"title": "x"}, "title: x # why\n"),
    "empty quotes": ("title: ''\n", {"title": "x"}, "title: 'x'\n"),
    "to the empty text": ("title: x\n", {"title": ""}, 'title: ""\n'),
    "to nothing": ("title: x\n", {"title": None}, "title: null\n"),
    "a number": ("due: 7\n", {"due": 8}, "due: 8\n"),
    "a number that became a truth": ("due: 1\n", {"due": True}, "due: true\n"),
    "a truth": ("due: true # yet\n", {"due": False}, "due: false # yet\n"),
    "a day": ("due: 2026-03-01\n", {"due": Bare("2026-03-02")}, "due: 2026-03-02\n"),
    "no line feed at the end": ("title: a", {"title": "b"}, "title: b"),
    "no line feed and no value": ("title:", {"title": "b"}, "title: b"),
    "two lines to one": ("title: a\n  b # why\nid: 1\n", {"title": "c"}, "title: c # why\nid: 1\n"),
    "quotes over lines": ("title: 'a\n\n  b'\nid: 1\n", {"title": "c"}, "title: 'c'\nid: 1\n"),
    "a marker before": ("---\ntitle: a\n", {"title": "b"}, "---\ntitle: b\n"),
}
BLOCKS: dict[str, Case] = {
    "to several lines": ("title: a\nid: 1\n", {"title": "b\nc\n"}, "title: |\n  b\n  c\nid: 1\n"),
    "to several lines without an end": ("title: 'a'\n", {"title": "b\n\nc"}, "title: |-\n  b\n\n  c\n"),
    "several lines": ("title: |\n  a\n  b\n\nid: 1\n", {"title": "a\nc\n"}, "title: |\n  a\n  c\n\nid: 1\n"),
    "several lines to one": ("title: |\n  a\n  b\n\nid: 1\n", {"title": "c"}, "title: c\n\nid: 1\n"),
    "folded lines to one": ("title: >-\n  a\n  b\n# c\nid: 1\n", {"title": "d"}, "title: d\n# c\nid: 1\n"),
    "a comment behind the bar": ("title: | # why\n  a\n  b\nid: 1\n", {"title": "c"}, "title: c # why\nid: 1\n"),
    "a comment behind the bar that stays": ("title: | # y\n  a\n", {"title": "b\nc\n"}, "title: | # y\n  b\n  c\n"),
    "a comment that gets a bar": ("title: a # y\n", {"title": "b\nc\n"}, "title: | # y\n  b\n  c\n"),
    "lines that a block cannot say": ("title: a\n", {"title": " b\nc"}, 'title: " b\\nc"\n'),
}
LISTS: dict[str, Case] = {
    "one more": ("tags:\n- a\n- c\nid: 1\n", {"tags": ["a", "b", "c"]}, "tags:\n- a\n- b\n- c\nid: 1\n"),
    "one more in front": ("tags:\n  - b\n", {"tags": ["a", "b"]}, "tags:\n  - a\n  - b\n"),
    "one more at the end": ("tags:\n- a # x\nid: 1\n", {"tags": ["a", "b"]}, "tags:\n- a # x\n- b\nid: 1\n"),
    "one less with its comment": ("tags:\n- a\n- b # x\n- c # y\n", {"tags": ["a", "c"]}, "tags:\n- a\n- c # y\n"),
    "a line between": ("tags:\n- a\n# x\n- b\n", {"tags": ["b", "c"]}, "tags:\n# x\n- b\n- c\n"),
    "one for another": ("tags: # why\n  - a\nid: 1\n", {"tags": ["b"]}, "tags: # why\n  - b\nid: 1\n"),
    "quotes": ("tags:\n- 'a'\n- \"b\"\n", {"tags": ["'c", "b"]}, 'tags:\n- "\'c"\n- "b"\n'),
    "wide dashes": ("tags:\n  -   a\n", {"tags": ["a", "b"]}, "tags:\n  -   a\n  -   b\n"),
    "a repeat": ("tags:\n- a\n- a\n", {"tags": ["a"]}, "tags:\n- a\n"),
    "another order": ("tags:\n- a\n- b\n", {"tags": ["b", "a"]}, "tags:\n- b\n- a\n"),
    "all gone": ("tags:\n- a\n- b\nid: 1\n", {"tags": []}, "tags: []\nid: 1\n"),
    "no line feed at the end, one more": ("tags:\n- a", {"tags": ["a", "b"]}, "tags:\n- a\n- b"),
    "no line feed at the end, one less": ("tags:\n- a\n- b", {"tags": ["a"]}, "tags:\n- a\n"),
    "from an empty one": ("tags: [] # why\nid: 1\n", {"tags": ["a"]}, "tags: # why\n- a\nid: 1\n"),
    "from nothing": ("tags: # why\nid: 1\n", {"tags": ("a", "b")}, "tags: # why\n- a\n- b\nid: 1\n"),
    "from one line": ("tags: [a, b] # why\n", {"tags": ["a", "c"]}, "tags: # why\n- a\n- c\n"),
    "one line over two": ("tags: [a,\n  b]\nid: 1\n", {"tags": ["c"]}, "tags:\n- c\nid: 1\n"),
    "one line emptied": ("tags: [a, b] # why\n", {"tags": []}, "tags: [] # why\n"),
    "a list to a text": ("tags:\n- a\nid: 1\n", {"tags": "a"}, "tags: a\nid: 1\n"),
    "a text to a list": ("tags: a # why\nid: 1\n", {"tags": ["a"]}, "tags: # why\n- a\nid: 1\n"),
    "maps in a list": ("meta:\n- a: 1\n  b: 2\n", {"meta": [{"a": 1, "b": 3}, "c"]}, "meta:\n- a: 1\n  b: 3\n- c\n"),
    "lists in a list": ("meta: [1]\n", {"meta": [[1, "a, b"], [], {}]}, 'meta:\n- [1, "a, b"]\n- []\n- {}\n'),
}
MAPS: dict[str, Case] = {
    "one value": ("meta:\n  a: 1 # x\n  b: 2\n", {"meta": {"a": 1, "b": 3}}, "meta:\n  a: 1 # x\n  b: 3\n"),
    "one less": ("meta:\n  a: 1 # x\n  b: 2\nid: 1\n", {"meta": {"a": 1}}, "meta:\n  a: 1 # x\nid: 1\n"),
    "one more": ("meta:\n    b: 2\nid: 1\n", {"meta": {"b": 2, "c": 3}}, "meta:\n    b: 2\n    c: 3\nid: 1\n"),
    "one more in its place": (
        "meta:\n  a: 1\n  c: 3\n",
        {"meta": {"a": 1, "c": 3, "b": 2}},
        "meta:\n  a: 1\n  b: 2\n  c: 3\n",
    ),
    "deep inside": (
        "meta:\n  a:\n    b: # x\n      c: 1\n",
        {"meta": {"a": {"b": {"c": 2}}}},
        "meta:\n  a:\n    b: # x\n      c: 2\n",
    ),
    "a list deep inside": ("meta:\n  a:\n  - b\n", {"meta": {"a": ["b", "c"]}}, "meta:\n  a:\n  - b\n  - c\n"),
    "a map inside a new one": (
        "meta:\n  a: 1\n",
        {"meta": {"a": 1, "b": {"c": [2]}}},
        "meta:\n  a: 1\n  b:\n    c:\n    - 2\n",
    ),
    "emptied": ("meta:\n  a: 1\nid: 1\n", {"meta": {}}, "meta: {}\nid: 1\n"),
    "from an empty one": ("meta: {} # x\n", {"meta": {"a": 1}}, "meta: # x\n  a: 1\n"),
    "from one line": ("meta: {a: 1, b: 2} # x\n", {"meta": {"a": 1, "c": "x, y"}}, "meta: # x\n  a: 1\n  c: x, y\n"),
    "a key that needs quotes": ("meta:\n  a: 1\n", {"meta": {"a": 1, "no": 2}}, 'meta:\n  a: 1\n  "no": 2\n'),
}
KEYS: dict[str, Case] = {
    "behind the nearest earlier one": ("id: 1\nowner: x\n", {"status": "open"}, "id: 1\nstatus: open\nowner: x\n"),
    "in front of all": ("# head\nowner: x\n", {"title": "t"}, "# head\ntitle: t\nowner: x\n"),
    "behind a list": ("tags:\n- a # x\nz: 1\n", {"meta": {"b": 1}}, "tags:\n- a # x\nmeta:\n  b: 1\nz: 1\n"),
    "behind a block": ("title: |\n  a\n\nz: 1\n", {"status": "s"}, "title: |\n  a\nstatus: s\n\nz: 1\n"),
    "before the comment of the next": ("id: 1\n# o\nowner: x\n", {"status": "s"}, "id: 1\nstatus: s\n# o\nowner: x\n"),
    "behind the comment beside it": ("id: 1 # i\nowner: x\n", {"status": "s"}, "id: 1 # i\nstatus: s\nowner: x\n"),
    "several at one place": ("id: 1\n", {"owner": "x", "title": "t"}, "id: 1\ntitle: t\nowner: x\n"),
    "a key without a place": ("id: 1\nz: 2\n", {"b": 3}, "id: 1\nz: 2\nb: 3\n"),
    "a file in another order": ("owner: x\nid: 1\n", {"title": "t"}, "owner: x\nid: 1\ntitle: t\n"),
    "into nothing": ("", {"owner": "x", "id": 1}, "id: 1\nowner: x\n"),
    "behind comments": ("# only\n", {"id": 1}, "# only\nid: 1\n"),
    "behind a last line without an end": ("id: 1", {"title": "t", "status": "s"}, "id: 1\ntitle: t\nstatus: s"),
    "taken out": ("id: 1\ntitle: t # why\nowner: x\n", {"title": GONE}, "id: 1\nowner: x\n"),
    "taken out of the front": ("# head\nid: 1\nowner: x\n", {"id": GONE}, "# head\nowner: x\n"),
    "taken out of the end": ("id: 1\nowner: x", {"owner": GONE}, "id: 1\n"),
    "taken out with its list": ("tags:\n- a\n- b\nid: 1\n", {"tags": GONE}, "id: 1\n"),
    "taken out with its block": ("title: |\n  a\n\n  b\n\nid: 1\n", {"title": GONE}, "\nid: 1\n"),
    "all taken out": ("id: 1\n# c\nz: 2\n", {"id": GONE, "z": GONE}, "# c\n"),
    "one for another": ("id: 1\nowner: x\n", {"owner": GONE, "title": "t"}, "id: 1\ntitle: t\n"),
}
CASES = {
    f"{kind}: {name}": case
    for kind, table in {"value": VALUES, "block": BLOCKS, "list": LISTS, "map": MAPS, "key": KEYS}.items()
    for name, case in table.items()
}


@pytest.mark.parametrize("name", CASES)
def test_an_edit_changes_the_lines_of_what_changed_and_no_others(name: str) -> None:
    before, changes, after = CASES[name]
    assert _edited(before, changes) == after


@pytest.mark.parametrize("name", CASES)
def test_line_ends_stay_as_they_are(name: str) -> None:
    before, changes, after = CASES[name]
    assert _edited(before.replace("\n", "\r\n"), changes, "\r\n") == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "tags: [a, # why\n  b]\n",
        "tags: [a, b # why\n  ] # end\n",
        "tags: [ # why\n  a, b] # end\n",
        "tags: # first\n  # why\n  [a, b]\n",
        "tags:\n- a # why\n- b\n- b\n",
        "tags: # first\n# why\n- a\n- b\n- b\n",
        "tags:\n- a\n# why\n- b\n- b\n",
        "tags:\n- | # why\n  a\n- b\n- b\n",
        "tags:\n- 'a'# why\n- b\n- b\n",
    ],
)
def test_a_change_that_would_lose_a_comment_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="has comments among its entries"):
        _edited(text, {"tags": ["a", "b", "c"]})


def test_a_hash_in_quotes_is_no_comment() -> None:
    assert _edited("tags: ['a # b', \"c # d\"]\n", {"tags": ["e"]}) == "tags:\n- e\n"


def test_what_cannot_be_changed_line_by_line_is_refused() -> None:
    """DESIGN.md §3: no edit is trusted that does not read back as what was wanted."""
    for before, changes in (("title: a\n", {"title": "x\u202ey"}), ("a: 1\n", {"b c": 1}), ("a: 1\n", {"b": 10**20})):
        with pytest.raises(InvalidError) as caught:
            _edited(before, changes)
        assert caught.value.hint == "change it in an editor"


# --- new texts


def test_a_new_text_has_its_keys_in_their_order_in_block_style() -> None:
    values = {
        "id": "bl_1",
        "rank": 1,
        "due": Bare("2026-03-01"),
        "tags": ["a", "no"],
        "nothing": None,
        "text": "a\nb\n",
    }
    values |= {"empty": "", "list": [], "map": {}, "meta": {"b c": {"d": [{"e": 1, "f": []}]}}}
    assert splice.dump(values) == (
        'id: bl_1\nrank: 1\ndue: 2026-03-01\ntags:\n- a\n- "no"\nnothing: null\ntext: |\n  a\n  b\n'
        'empty: ""\nlist: []\nmap: {}\nmeta:\n  b c:\n    d:\n    - e: 1\n      f: []\n'
    )
    assert splice.dump({}) == ""


# --- laws

names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
lines = st.text(alphabet=" ab\n#:-'\"|>", max_size=12)
things = st.one_of(some.plain_value, lines)
mappings = st.dictionaries(names, things, max_size=4)


def _value(text: str) -> dict[str, Any]:
    root, findings = read(text)
    assert root is not None, [str(one) for one in findings]
    value: dict[str, Any] = root.value
    return value


def _lines_by_key(text: str) -> dict[str, list[str]]:
    """key -> its own lines, for a text that was dumped."""
    found: dict[str, list[str]] = {}
    for line in text.split("\n")[:-1]:
        if line[:1] not in (" ", "-", ""):
            found[line.partition(":")[0].strip('"')] = []
        list(found.values())[-1].append(line)
    return found


@given(mappings)
def test_a_new_text_reads_as_what_was_dumped(values: dict[str, Any]) -> None:
    assert _value(splice.dump(values)) == values


@given(mappings, mappings, st.sets(names, max_size=2))
def test_any_edit_reads_as_wanted_and_keys_that_did_not_change_keep_their_lines(
    old: dict[str, Any], new: dict[str, Any], gone: set[str]
) -> None:
    before = splice.dump(old)
    wanted = {key: held for key, held in {**old, **new}.items() if key not in gone}
    root, _ = read(before)
    assert root is not None
    after = splice.update(before, root, wanted)
    assert _value(after) == wanted
    was, now = _lines_by_key(before), _lines_by_key(after)
    assert {key: now[key] for key in old if key in wanted and old[key] == wanted[key]} == {
        key: was[key] for key in old if key in wanted and old[key] == wanted[key]
    }


@given(st.sets(st.sampled_from(ORDER)), st.sets(st.sampled_from(ORDER)))
def test_new_keys_go_where_the_order_says(old: set[str], new: set[str]) -> None:
    before = splice.dump({key: 1 for key in ORDER if key in old})
    after = _edited(before, dict.fromkeys(sorted(new), 1))
    assert list(_value(after)) == [key for key in ORDER if key in old | new]
