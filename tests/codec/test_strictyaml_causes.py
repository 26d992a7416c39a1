"""Why YAML cannot be read: where that began, and a way on that is right.

In the texts ``▸`` stands before the character that the finding points at; it is not part of the text.
"""

from __future__ import annotations

import re
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import frontmatter
from backlogtool.codec.strictyaml import read
from backlogtool.domain.finding import Finding

MARK = "▸"
HEAD = "id: x\nstatus: open\n"
_CLOSE = "is not closed: write {} where"
_LATER = "ends only at the next one, further down: write {} where the text ends"
_LESS = "begin it in column {}, or put the whole of that value in quotes"
_COLUMN = "begin it in the column of the lines above that it belongs to: {}"
_ENTRY = "write `key: value`; what goes on from the line above is indented more than that"

CAUSES = {
    # quotes
    "a quote at the end": ("title: ▸'a\n", _CLOSE.format("'")),
    "a quote with keys below": ('title: ▸"a\nowner: bob\nenv: prod\n', _CLOSE.format('"')),
    "a quote that the next value's closes": ('title: ▸"a\nenv: prod\nowner: "bob"\n', _LATER.format('"')),
    "a quote before an empty value": ('title: ▸"a\nowner: ""\nenv: prod\n', _LATER.format('"')),
    "an apostrophe at the start": ("title: ▸'tis the season\n", "put the whole text in \"…\" if the ' belongs to it"),
    "a quote before a key": ("▸'title: a\nowner: b\n", _CLOSE.format("'")),
    "an apostrophe inside": ("title: 'don'▸t do'\n", "write '' for a ' inside '…'"),
    "a quoted word at the start": ("title: 'a' ▸b\n", "put the value in quotes: title: \"'a' b\""),
    "quoted words at both ends": ('title: "a" ▸and "b"\n', 'put the value in quotes: title: "\\"a\\" and \\"b\\""'),
    "a wrong escape": ('title: "C:▸\\dir"\n', "write \\\\ for a backslash"),
    "an escape that is cut off": ('title: "C:\\U▸sers"\n', "write \\\\ for a backslash"),
    # brackets
    "a bracket with keys below": ("tags: ▸[a, b\nowner: bob\n", _CLOSE.format("]")),
    "a bracket behind a comma": ("tags: ▸[a,\nowner: bob\nrefs: [c]\n", _CLOSE.format("]")),
    "a bracket over several lines": ("tags: ▸[\n  a,\n  b\n\nowner: bob\n", _CLOSE.format("]")),
    "a bracket with a comment": ("tags: ▸[a, b # c\nowner: bob\n", _CLOSE.format("]")),
    "a bracket that a comment hides": ("tags: ▸[a, #b]\nowner: bob\n", "a # behind a blank begins a comment"),
    "a bracket at the end": ("tags: ▸[\n", _CLOSE.format("]")),
    "a text with a bracket": ("title: ▸[ARCH gate\nenv: prod\n", 'put the value in quotes: title: "[ARCH gate"'),
    "a brace": ("m: ▸{a: 1\nowner: bob\n", _CLOSE.format("}")),
    "a brace in a list": ("m: [\n  ▸{a: 1\n]\nowner: bob\n", _CLOSE.format("}")),
    "text behind a bracket": ("title: [ARCH] ▸gate\n", 'put the value in quotes: title: "[ARCH] gate"'),
    "the wrong bracket": ("tags: [a, b▸}\n", "what begins with [ ends with ]"),
    "two commas": ("tags: [a,▸, b]\n", "write a value before this comma, or remove the comma"),
    "no comma": ("m: {\n  a: 1\n  b▸: 2\n}\n", "part two values by a comma"),
    "no comma in a column": ("m: {\na: 1\nb▸: 2\n}\nowner: x\n", "part two values by a comma"),
    "an at sign inside": ("tags: [▸@a]\n", "put the value that begins here in quotes"),
    # the first character of a value
    "an at sign": ("owner: ▸@bob\n", 'put the value in quotes: owner: "@bob"'),
    "an at sign before a comment": ("owner: ▸@bob # x\n", "put the value that begins here in quotes"),
    "a percent sign": ("title: ▸%d items\n", 'put the value in quotes: title: "%d items"'),
    "bold": ("title: ▸**a** b\n", 'put the value in quotes: title: "**a** b"'),
    "an ampersand": ("title: ▸& b\n", 'put the value in quotes: title: "& b"'),
    "exclamation marks": ("title: ▸!!\n", 'put the value in quotes: title: "!!"'),
    "greater than": ("title: ▸> 5 items\n", 'put the value in quotes: title: "> 5 items"'),
    "text behind a bar": ("title: ▸| a\n  b\n", "begin the text on the next line, indented"),
    "a comma": ("title: ▸, a\n", 'put the value in quotes: title: ", a"'),
    "a question mark": ("title: ▸? a\n", 'put the value in quotes: title: "? a"'),
    "a dash behind a key": ("tags: ▸- a\n", "put each entry of a list on a line of its own below"),
    # colons, dashes, tabs
    "a second colon": ("title: fix▸: this\n", 'put the value in quotes: title: "fix: this"'),
    "a second colon before a comment": ("title: fix▸: this # x\n", "put the value in quotes"),
    "a second colon in an entry": ("l:\n- n: a▸: b\n  o: c\n", 'put the value in quotes: - n: "a: b"'),
    "a second colon and more below": ("title: a▸: b\n  c\n", "put the whole value in quotes, or, if it is a map"),
    "no blank behind a colon": ("▸title:fix\nenv: prod\n", "put a blank behind the colon: title: fix"),
    "no blank behind the last colon": ("▸title:fix\n", "put a blank behind the colon: title: fix"),
    "a wide colon": ("▸title\uff1afix\n", "write a plain colon and a plain blank behind the key: title: fix"),
    "a hard blank": ("▸title:\u00a0fix\n", "write a plain colon and a plain blank behind the key: title: fix"),
    "an address": ("▸http://example.org\n", _ENTRY),
    "words": ("▸some words\nenv: prod\n", _ENTRY),
    "an equals sign": ("▸title = a\n", _ENTRY),
    "no blank behind a dash": ("tags:\n▸-a\n-b\nenv: prod\n", "put a blank behind the dash: - a"),
    "stars for dashes": ("tags:\n▸* a\n* b\nenv: prod\n", "an entry of a list begins with a dash: - a"),
    "a tab before an entry": ("tags:\n▸\t- a\n", "indent with blanks, not with tabs"),
    "a tab before a key": ("env: prod\n▸\ttitle: a\n", "indent with blanks, not with tabs, or not at all"),
    "a tab in a text": ("text: |\n  a\n▸\tb\n", "indent with blanks, not with tabs"),
    "a tab behind a dash": ("tags:\n-▸\ta: b\n", "write a blank here, not a tab"),
    # lines
    "a line that is indented": ("env: prod\n ▸title: a\n", _LESS.format(1)),
    "a line that is indented below an entry": ("tags:\n- a\n ▸env: b\n", _LESS.format(1)),
    "a line between two columns": ("m:\n  a: 1\n ▸b: 2\n", _COLUMN.format("1 or 3")),
    "a line behind a text": ("text: |\n  a\n ▸b\n", _COLUMN.format(3)),
    "a key among entries": ("tags:\n  - a\n  ▸b: c\n", f"{_COLUMN.format(1)}, or with a dash"),
    "an entry below a value": ("title: a\n▸- b\n", "put the entries of a list below a key that has no other value"),
    "code": ("▸```\n", "no line begins with ` here: remove it"),
    "no key": ("▸: a\n", "write a key before the colon"),
    "a directive": ("▸%a: b\n", "no line begins with % here"),
}  # fmt: skip


def _told(text: str) -> Finding:
    root, findings = read(text)
    assert root is None
    assert len(findings) == 1
    return findings[0]


@pytest.fixture(params=["libyaml", "python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers of PyYAML; it may be built without libyaml."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize("name", CAUSES)
def test_what_cannot_be_read_is_told_where_it_began_with_a_way_on(name: str) -> None:
    """On the line where it began under either parser; the columns of the Python one differ a little."""
    marked, way = CAUSES[name]
    before, _, behind = f"{HEAD}{marked}".partition(MARK)
    finding = _told(before + behind)
    assert (finding.code, finding.line) == ("BL104", before.count("\n") + 1)
    assert way in finding.fix
    if hasattr(yaml, "CSafeLoader"):
        assert finding.column == len(before) - before.rfind("\n")


@pytest.mark.parametrize("name", CAUSES)
def test_line_ends_make_no_difference(name: str) -> None:
    text = f"{HEAD}{CAUSES[name][0]}".replace(MARK, "")
    assert read(text.replace("\n", "\r\n")) == read(text)


@pytest.mark.parametrize("name", CAUSES)
def test_the_same_is_told_of_an_item_s_file(name: str) -> None:
    text = f"{HEAD}{CAUSES[name][0]}".replace(MARK, "")
    _, findings = frontmatter.parse(f"---\n{text}---\n\nText: 'more\n")
    assert findings == read(text, first_line=2)[1]


def test_where_yaml_gave_up_is_told_too_if_that_is_another_line() -> None:
    assert _told("a: 'x\nb: 1\nc: 2\n").message == "YAML: found unexpected end of stream on line 4"
    assert _told("a: b: c\n").message == "YAML: mapping values are not allowed in this context"


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="the parser in Python reads it")
def test_a_colon_inside_brackets_needs_a_blank() -> None:
    assert "inside brackets put a blank behind the colon" in _told("m: {a: 1, b:[c]}\n").fix


def test_a_first_line_that_is_indented_is_told_with_its_column() -> None:
    assert _told("  id: x\nenv: prod\n").fix == "begin all keys in the same column; the first begins in column 3"


def _shown(fix: str) -> str:
    """The line that a fix shows; empty if it shows none."""
    found = re.search(r"(?:in quotes|the colon|the dash|the key|with a dash): ([^|]*?)(?:, or begin .*)?$", fix)
    return found[1] if found else ""


yaml_like = st.text(alphabet="ab1 :-#'\"[]{},&*!|>%@`?.\n\t\\", max_size=30)
slips = st.sampled_from([text.replace(MARK, "") for text, _ in CAUSES.values()])


@given(st.one_of(yaml_like, st.tuples(slips, yaml_like).map("".join), st.tuples(yaml_like, slips).map("\n".join)))
def test_with_the_line_that_a_fix_shows_the_text_can_be_read_on(text: str) -> None:
    _, findings = read(text)
    if not findings or findings[-1].code != "BL104":
        return
    finding = findings[-1]
    assert finding.fix
    shown = _shown(finding.fix)
    if not shown:
        return
    lines = text.split("\n")
    old = lines[finding.line - 1]
    lines[finding.line - 1] = old[: len(old) - len(old.lstrip(" "))] + shown
    _, after = read("\n".join(lines))
    assert all(one.line > finding.line for one in after if one.code == "BL104"), finding.fix


VALUES = ["a", "'a b'", '"c"', "[a, 'b']", "{x: 1}", "2026-03-02", '""', "it's", "http://x", "''"]
SLIPS = ["'a", '"a', "[a, b", "{a: 1", "@a", "a: b", "'a' b", "[a] b", "* a", "%a", "> a", "- a"]


@given(st.lists(st.sampled_from(VALUES), max_size=8), st.sampled_from(SLIPS), st.integers(0, 8))
def test_one_slip_among_good_values_is_found_in_its_line(values: list[str], slip: str, place: int) -> None:
    values.insert(place, slip)
    number = values.index(slip)
    finding = _told("".join(f"k{n}: {value}\n" for n, value in enumerate(values)))
    assert (finding.code, finding.line) == ("BL104", number + 1)


@pytest.mark.parametrize(
    "text",
    [
        *("a: [" + "x, " * 150 + "{" * 5 + "\n" + "k: [\n" * 2000, "a: '" + "x\n" * 30_000, "a: [x\n" * 9_000),
        *("a: [\n" * 6 + "b: c\n" * 10_000, " a\n" * 16_000 + "b: c", "a:\n " * 12_000 + "- @",),
        *("a: 1\n" + "\n" * 65_000 + " b: @", "a: [b: [" + "c\n" * 30_000),
        *("a: {" + "b: [" * 4 + "\n" * 60_000, "a: b: " + " " * 60_000 + "c", "a: '" + "\n''" * 20_000),
        *('a: "x\n' + 'b: ""\n' * 9_000, "a:\n  b: 1\n" * 1_200 + " c: 1\n" + "d: 1\n" * 900),
    ],
    ids=lambda text: f"{text[:8]!r} {len(text)}",
)  # fmt: skip
def test_the_cause_of_hostile_text_is_told_within_a_second(text: str) -> None:
    start = time.process_time()
    _, findings = read(text)
    assert time.process_time() - start < 1
    assert findings
    assert all(len(f"{one.message}{one.fix}") < 1000 for one in findings)
