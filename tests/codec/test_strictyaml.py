"""The strict reader: every refusal at its line and column, its limits, and where each value stands.

In the texts ``▸`` stands before the character that the finding points at; it is not part of the text.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import splice
from backlogtool.codec.strictyaml import LIST, MAP, MAX_DEPTH, MAX_LIST, MAX_NODES, SCALAR, Node, read
from backlogtool.domain.finding import Finding
from tests import strategies as some

MARK = "▸"


def _node(text: str) -> Node:
    root, findings = read(text)
    assert findings == []
    assert root is not None
    return root


def _value(text: str) -> Any:
    return _node(text).value


def _one(text: str) -> Finding:
    """The only finding of the text, which must stand at its mark."""
    before = text[: text.index(MARK)]
    root, findings = read(text.replace(MARK, ""))
    assert root is None
    assert len(findings) == 1, [str(one) for one in findings]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (findings[0].line, findings[0].column) == place, str(findings[0])
    return findings[0]


# --- what is refused

REFUSED = {
    "a tag": ("a: ▸!!str x\n", "BL106", "the tag tag:yaml.org,2002:str is not used here"),
    "a tag of somebody's own": ("a: 1\nb: ▸!x y\n", "BL106", "the tag !x is not used here"),
    "a python object": ("a: ▸!!python/object/apply:os.system [x]\n", "BL106", "the tag tag:yaml.org,2002:python"),
    "a tag on a map": ("a: ▸!!map\n  b: 1\n", "BL106", "the tag"),
    "an anchor": ("a: ▸&x 1\n", "BL106", "anchors and aliases are not used here"),
    "an anchor on a list": ("a: ▸&x\n- 1\n", "BL106", "anchors and aliases"),
    "an alias": ("a: 1\nb: [1, ▸*x]\n", "BL106", "anchors and aliases"),
    "a merge key": ("a: 1\nb:\n  ▸<<: {c: 1}\n", "BL106", "merge keys are not used here"),
    "a directive": ("▸%YAML 1.1\n---\na: 1\n", "BL106", "document markers and directives are not used here"),
    "a tag directive": ("▸%TAG ! tag:example.org,2000:\n---\na: 1\n", "BL106", "document markers and directives"),
    "a second document": ("a: 1\n▸---\nb: 1\n", "BL106", "a second YAML document"),
    "an end of the document": ("a: 1\n▸...\n", "BL106", "document markers and directives"),
    "a comment before the beginning": ("# x\n▸---\na: 1\n", "BL106", "document markers and directives"),
    "a list": ("▸- a\n- b\n", "BL109", "expected one `key: value` a line"),
    "a lone text": ("▸just text\n", "BL109", "expected one `key: value` a line"),
    "a quoted text": ("\n▸'null'\n", "BL109", "expected one `key: value` a line"),
    "a map on one line": ("▸{a: 1}\n", "BL109", "expected one `key: value` a line"),
    "a list as a key": ("? ▸[a]\n: b\n", "BL109", "a key must be one word"),
    "a map as a key": ("a:\n  ▸{a: 1}: b\n", "BL109", "a key must be one word"),
    "a key twice": ("a: 1\nb: 2\n▸a: 3\n", "BL105", "the key 'a' stands twice, first on line 1"),
    "a key twice, once in quotes": ("a: 1\n▸'a': 2\n", "BL105", "the key 'a' stands twice, first on line 1"),
    "a key twice in a map": ("m:\n  x: 1\n  y: 2\n  ▸x: 3\n", "BL105", "the key 'x' stands twice, first on line 2"),
    "a key twice on one line": ("m: {x: 1, ▸x: 2}\n", "BL105", "the key 'x' stands twice, first on line 1"),
    "a blank in a key": ("▸a b: 1\n", "BL112", "the key 'a b' is not a plain word"),
    "a dot in a key": ("▸a.b: 1\n", "BL112", "the key 'a.b' is not a plain word"),
    "a letter that only looks like one": ("▸stаtus: open\n", "BL112", "the key 'stаtus' is not a plain word"),
    "a number as a key": ("▸1: a\n", "BL112", "the key '1' is not a plain word"),
    "an empty key": ("▸'': a\n", "BL112", "the key '' is not a plain word"),
    "a long key": (f"▸{'a' * 65}: 1\n", "BL112", "is not a plain word"),
    "a line feed in an inner key": ('m:\n  ▸"a\\nb": 1\n', "BL112", "is not a plain word"),
    "a long inner key": (f"m:\n  ▸{'a' * 257}: 1\n", "BL112", "is not a plain word"),
    "an unquoted colon": ("title: a▸: b\n", "BL104", "YAML: mapping values are not allowed in this context"),
    "a tab before a key": ("m:\n▸\ta: 1\n", "BL104", "YAML: found character that cannot start any token"),
    "an unquoted at": ("owner: ▸@cto\n", "BL104", "YAML: found character that cannot start any token"),
    "an unquoted backtick": ("a: 1\nb: ▸`x`\n", "BL104", "YAML: found character that cannot start any token"),
    "text behind a quote": ("a: 'x' ▸y\n", "BL104", "YAML: did not find expected key"),
    "text behind a bracket": ("title: [ARCH] ▸gateway\n", "BL104", "YAML: did not find expected key"),
    "a quote that is not closed": ("a: ▸'x\nb: 1\n", "BL104", "YAML: found unexpected end of stream"),
    "a bracket that is not closed": ("a: ▸[x, y\nb: 1\n", "BL104", "YAML: did not find expected ',' or ']'"),
    "an unknown escape": ('a: "▸\\q"\n', "BL104", "YAML: found unknown escape character"),
    "a lone surrogate by escape": ('a: "\\u▸d800"\n', "BL104", "YAML: found invalid Unicode character escape code"),
    "a null character": ("a: 1\nb: x▸\0y\n", "BL108", "the invisible or control character U+0000"),
    "an escape character": ("a: ▸\x1b[31m\n", "BL108", "the invisible or control character U+001B"),
    "a line end that only some see": ("a: 1\nb: x▸\x85c: y\n", "BL108", "the invisible or control character U+0085"),
    "a line separator": ("a: x▸\u2028b: y\n", "BL108", "the invisible or control character U+2028"),
    "a change of direction": ("a: ▸\u202eb\n", "BL108", "the invisible or control character U+202E"),
    "a mark inside": ("a: ▸\ufeffb\n", "BL108", "the invisible or control character U+FEFF"),
    "a blank without width": ("a▸\u200b: b\n", "BL108", "the invisible or control character U+200B"),
    "a surrogate": ("a: ▸\ud800\n", "BL108", "the invisible or control character U+D800"),
    "no character at all": ("a: 1\nb: x▸\uffff\n", "BL108", "the invisible or control character U+FFFF"),
    "a hidden character by escape": ('a: 1\nb: ▸"x\\u202e"\n', "BL108", "an invisible or control character"),
    "a carriage return alone": ("a: 1\nb: x▸\rc: y\n", "BL108", "a carriage return without a line feed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_items_do_not_use_is_refused_at_its_place(name: str) -> None:
    """ROBUSTNESS.md 2.2, M7."""
    text, code, message = REFUSED[name]
    finding = _one(text)
    assert finding.code == code
    assert finding.message.startswith(message) or finding.message.endswith(message)


def test_several_mistakes_of_one_kind_are_told_at_once() -> None:
    _, findings = read("a: 1\nb c: 2\na: 3\nm:\n  x: 1\n  x: 2\nd: e\nd: f\n")
    assert [(one.code, one.line, one.column) for one in findings] == [
        ("BL112", 2, 1),
        ("BL105", 3, 1),
        ("BL105", 6, 3),
        ("BL105", 8, 1),
    ]
    _, findings = read("a: \u200b\nb: \x07\u202e\n")
    assert [(one.line, one.column) for one in findings] == [(1, 4), (2, 4), (2, 5)]


def test_lines_count_from_the_first_line_of_the_file() -> None:
    for text in ("a: 1\na: 2\n", "a: 1\nb: \x07\n", "a: 1\nb: !x y\n", "a: 1\nb: @x\n", "a: 1\nb: x\ry\n"):
        _, findings = read(text, first_line=41)
        assert [one.line for one in findings] == [42]


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("title: gateway: review", 'put the value in quotes: title: "gateway: review"'),
        ('title: say "no": twice', 'put the value in quotes: title: "say \\"no\\": twice"'),
        ("owner: @cto", 'put the value in quotes: owner: "@cto"'),
        ("a: *b c", "put it in quotes if it is text, else write the value out"),
    ],
)
def test_a_syntax_error_says_how_to_mend_it_where_that_is_clear(line: str, fix: str) -> None:
    _, (finding,) = read(f"{line}\n")
    assert finding.fix == fix
    quoted = fix.partition("quotes: ")[2]
    assert not quoted or _value(quoted)


# --- limits


def _lists(depth: int, inside: str = "") -> str:
    return f"a: {'[' * depth}{inside}{']' * depth}\n"


def test_values_may_be_nested_as_deep_as_the_limit_and_no_deeper() -> None:
    assert _value(_lists(MAX_DEPTH - 2, "x"))
    assert _value(_lists(MAX_DEPTH - 1))
    deep = _lists(MAX_DEPTH - 1, "▸x")
    assert _one(deep).message == f"nested more than {MAX_DEPTH} deep"
    maps = "".join(f"{' ' * level}a:\n" for level in range(MAX_DEPTH - 1))
    assert _value(maps)
    assert _one(f"{maps}{' ' * (MAX_DEPTH - 1)}▸a:\n").code == "BL107"


def test_a_list_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(_value("a:\n" + "- x\n" * MAX_LIST)["a"]) == MAX_LIST
    finding = _one("a:\n" + "- x\n" * MAX_LIST + "- ▸x\n")
    assert (finding.code, finding.message) == ("BL107", f"more than {MAX_LIST} entries in one list")
    root, _ = read("a:\n" + "- x\n" * 500, max_list=500)
    assert root is not None


def test_a_text_may_hold_as_many_values_as_the_limit_and_no_more() -> None:
    pairs = MAX_NODES // 2
    fits = "".join(f"k{number}: v\n" for number in range(pairs - 1))
    assert len(_value(fits)) == pairs - 1
    finding = _one(f"{fits}last: ▸v\n")
    assert (finding.code, finding.message) == ("BL107", f"more than {MAX_NODES} values")


HOSTILE = [
    *("[" * 100_000, "[" * 100_000 + "]" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000, "a: " * 100_000),
    *("a:\n" + "- " * 100_000, "k: " + "[" * 100_000, "#" * 100_000, "a: '" + "'" * 100_000, "k: " + "x, " * 100_000),
    *("k: [" + "x, " * 100_000, "a: 1\n" * 20_000, "".join(f"k{number}: 1\n" for number in range(100_000))),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:8]!r} {len(text)}")
def test_hostile_text_is_read_or_refused_within_a_second(text: str) -> None:
    """M7: it kills other readers, or keeps them busy for ever."""
    start = time.process_time()
    _, findings = read(text)
    assert time.process_time() - start < 1
    assert all(len(f"{one.message}{one.fix}") < 1000 for one in findings)


# --- what is read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("# only a comment\n", {}),
        ("\n\n", {}),
        ("~\n", {}),
        ("---\na: 1\n", {"a": 1}),
        ("a: 1\r\nb: x\r\n", {"a": 1, "b": "x"}),
        ("a: no\nb: 12:30\nc: 012\nd: 3.10\n", {"a": "no", "b": "12:30", "c": "012", "d": "3.10"}),
        ("a: 2026-02-30\nb: 2026-03-02T06:20:00Z\n", {"a": "2026-02-30", "b": "2026-03-02T06:20:00Z"}),
        ("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", {"a": None, "b": None, "c": None, "d": "", "e": "null"}),
        ("a: true\nb: 7\nc: 0.5\nd: '7'\n", {"a": True, "b": 7, "c": 0.5, "d": "7"}),
        ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", {"a": "x\n y\n", "b": "x y"}),
        ("a:\n- x\n- y: 1\n  z: 2\n", {"a": ["x", {"y": 1, "z": 2}]}),
        ("a: [x, 'y', 1]\nb: {c: 1}\nd: []\ne: {}\n", {"a": ["x", "y", 1], "b": {"c": 1}, "d": [], "e": {}}),
        ("a:\n  'b c': 1\n  d.e: 2\n  '<<': 3\n", {"a": {"b c": 1, "d.e": 2, "<<": 3}}),
        ("a: x # comment\nb: 'x # text'\nc: x#text\n", {"a": "x", "b": "x # text", "c": "x#text"}),
        ("a: 'it''s'\nb: \"\\t\\x41\\u00e9\"\n", {"a": "it's", "b": "\tA\u00e9"}),
        ("a: x\n  y\n", {"a": "x y"}),
        ("A_b-1: x\n_: y\n", {"A_b-1": "x", "_": "y"}),
        ("? a\n: b\n", {"a": "b"}),
        ("a:\tx\n", {"a": "x"}),
    ],
)  # fmt: skip
def test_values_are_what_a_person_wrote(text: str, value: dict[str, Any]) -> None:
    assert _value(text) == value


def test_a_node_knows_what_it_is() -> None:
    root = _node("a: ~\nb: [x]\nc:\n  d: 1\ne: '~'\n")
    a, b, c, e = (root.get(key) for key in "abce")
    assert (a and a.kind, b and b.kind, c and c.kind) == (SCALAR, LIST, MAP)
    assert (a and a.is_null, b and b.is_null, e and e.is_null) == (True, False, False)
    assert (b and b.flow, c and c.flow) == (True, False)
    assert root.get("x") is None


# --- laws


def _every(node: Node) -> Iterator[Node]:
    yield node
    for key, child in node.entries.values():
        yield key
        yield from _every(child)
    for child in node.items:
        yield from _every(child)


mappings = st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), some.plain_value, max_size=4)
yaml_like = st.text(alphabet="ab01 :-#'\"[]{},&*!|>%@`?~.\n\t\r<\\", max_size=40)


@given(st.one_of(st.text(st.characters(codec=None)), yaml_like))
def test_any_text_is_read_or_refused_and_never_fails(text: str) -> None:
    root, findings = read(text)
    assert (root is None) == bool(findings)
    end = text.count("\n") + 2  # what is missing at the end is missing behind it
    assert all(1 <= one.line <= end for one in findings)
    if root is not None:
        assert isinstance(root.value, dict)


@given(yaml_like)
def test_what_is_read_is_what_other_readers_read_as_text(text: str) -> None:
    root, _ = read(text)
    if root is None:
        return
    theirs = yaml.load(text, Loader=yaml.CBaseLoader)
    assert _texts(root) == (theirs if isinstance(theirs, dict) else {})


def _texts(node: Node) -> Any:
    """The values as a reader gives them that takes every scalar for text."""
    if node.kind == MAP:
        return {key: _texts(child) for key, (_, child) in node.entries.items()}
    return [_texts(child) for child in node.items] if node.kind == LIST else node.text


@given(mappings)
def test_every_value_stands_where_its_node_says(values: dict[str, Any]) -> None:
    text = splice.dump(values)
    root = _node(text)
    assert root.value == values
    for node in _every(root):
        before, span = text[: node.start], text[node.start : node.end]
        assert (node.line, node.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
        if node.kind == SCALAR and not node.style:
            assert span == node.text
        elif node.kind == SCALAR and node.style in "'\"":
            assert span[0] == span[-1] == node.style
        elif node.flow:
            assert span[0] + span[-1] in ("[]", "{}")
        else:
            assert not span.endswith("\n")
