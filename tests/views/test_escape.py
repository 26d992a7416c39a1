"""Item text shows as itself and breaks out of nothing, wherever it lands."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.scalars import HIDDEN
from backlogtool.views import escape
from backlogtool.views.engine import FILTERS
from tests.views.samples import HOSTILE

pieces = st.sampled_from([*HOSTILE, *"\\`*_[]()|~$<>&#{}!:;\"'%\n\r\t @-+=.0aé", "://", "www.", "<!--", "\\|", "&#35;"])
texts = st.one_of(st.text(), st.lists(pieces, max_size=8).map("".join))
# Lone halves of surrogate pairs: JSON can spell them, no file can hold them.
unpaired = st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010), min_size=1)


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"href"}))
@given(text=st.one_of(texts, unpaired))
def test_every_escaper_of_text_gives_one_line_that_can_be_seen_and_saved(name: str, text: str) -> None:
    escaped = FILTERS[name](text)
    assert not HIDDEN.search(escaped)
    assert not re.search(r"[\r\n\t]", escaped)
    assert escaped == escaped.strip()
    escaped.encode()


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("text", ["", "in progress", "Overdue by 3 days, blocked", "漢字 👩‍💻 — ünïcode", "TLS, 50 %"])
def test_plain_words_stay_as_they_are(name: str, text: str) -> None:
    escaped = FILTERS[name](text)
    assert (unquote(escaped) if name == "href" else escaped.replace("#37;", "%")) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("right\u202eto left", r"right\u{202e}to left"),
        ("bell\x07", r"bell\u{7}"),
        ("two\r\nlines\nand\ta tab", "two lines and a tab"),
        ("a\u2028b\x85c", r"a\u{2028}b\u{85}c"),
        ("\ud800\uffff", r"\u{d800}\u{ffff}"),
        ("  around  ", "around"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    assert escape.plain(text) == shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("[ARCH] gateway: review", r"\[ARCH\] gateway: review"),
        ("p99 < 300 ms | retries", r"p99 &lt; 300 ms \| retries"),
        ("in_progress and _this_", r"in_progress and \_this\_"),
        ("*a* `b` ~c~ $d$", r"\*a\* \`b\` \~c\~ \$d\$"),
        ("AT&T &amp; R & D", "AT&amp;T &amp;amp; R & D"),
        ("https://example.org www.example.org", r"https\://example.org www\.example.org"),
        ("{{ x }} {% y %} {z}", "&#123;{ x }} &#123;% y %} {z}"),
        ("back\\slash", "back\\\\slash"),
        ("![x](y)", r"!\[x\](y)"),
    ],
)
def test_markup_in_a_line_becomes_text(text: str, escaped: str) -> None:
    assert escape.cell(text) == escape.link(text) == escape.md(text) == escaped


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("> quote", r"\> quote"),
        ("===", r"\==="),
        (":-:", r"\:-:"),
        ("12. item", r"12\. item"),
        ("1) item", r"1\) item"),
        ("    code", "code"),
        ("7 days", "7 days"),
        (":tada:", ":tada:"),
    ],
)
def test_markup_at_the_start_of_a_line_becomes_text(text: str, escaped: str) -> None:
    assert escape.md(text) == escaped


@given(texts)
def test_a_cell_holds_no_bare_pipe_no_line_end_and_no_html(text: str) -> None:
    escaped = escape.cell(text)
    # A pipe is text if the number of backslashes before it is odd.
    assert all(len(found[1]) % 2 for found in re.finditer(r"(\\*)\|", escaped))
    assert "\n" not in escaped
    assert "<" not in escaped
    assert not (re.search(r"\\*$", escaped) or [""])[0].count("\\") % 2, "the cell's own end is escaped away"


@given(texts)
def test_the_text_of_a_link_does_not_end_before_its_bracket(text: str) -> None:
    assert all(len(found[1]) % 2 for found in re.finditer(r"(\\*)[\[\]]", escape.link(text)))


@given(texts)
def test_xml_reads_the_text_back_from_element_and_attribute(text: str) -> None:
    escaped = escape.xml(text)
    for quote in "\"'":
        element = ElementTree.fromstring(f"<a b={quote}{escaped}{quote}>{escaped}</a>")
        assert (element.text or "") == element.get("b") == escape.plain(text)
        assert len(element) == 0


@given(texts)
def test_a_mermaid_label_holds_no_quote_and_no_markup_and_reads_back(text: str) -> None:
    escaped = escape.mermaid(text)
    assert not re.search(r'["<>`\\%{}\n]', escaped)
    names = {"quot": '"', "amp": "&", "lt": "<", "gt": ">"}
    back = re.sub(r"#(\w+);", lambda found: names.get(found[1]) or chr(int(found[1])), escaped)
    assert back == escape.plain(text)


@given(st.text(st.characters(codec="utf-8")))
def test_the_target_of_a_link_needs_no_escape_and_reads_back(path: str) -> None:
    escaped = escape.href(path)
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]*", escaped, re.ASCII)
    assert unquote(escaped) == path
