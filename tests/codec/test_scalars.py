"""Scalars: what is written reads back as the same value, here and in every other YAML reader."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from backlogtool.codec import strictyaml
from backlogtool.codec.scalars import HIDDEN, Bare, is_plain, quoted, resolve, scalar
from tests import strategies as some

#: Words and shapes that YAML 1.1 reads as something else, each of which a person may have meant as text.
SURPRISES = [
    *("no", "No", "NO", "yes", "Yes", "on", "Off", "y", "n", "Y", "N", "true", "True", "TRUE", "false", "False"),
    *("null", "Null", "NULL", "~", "", "=", "<<", ".inf", "-.INF", ".NaN", ".nan", "nan", "inf"),
    *("12:30", "1:30", "190:20:30", "0", "7", "-7", "+7", "010", "0o17", "0x1F", "0b1010", "1_000", "685_230"),
    *("3.10", "1e3", "1.5e+3", ".5", "5.", "1.", "-.5", "6.02E23", "1:20.5", "0.1.2"),
    *("2026-03-02", "2026-3-2", "2026-03-02T06:20:00Z", "2026-03-02 06:20:00", "2001-12-14t21:59:43.10-05:00"),
]
#: Text that YAML takes for structure.
STRUCTURE = [
    *("- a", "-", "? a", "a: b", "a:", ": a", ":", "a #b", "#a", "# a", "[a]", "{a: b}", "&a", "*a", "!a", "!!str a"),
    *("| a", "> a", "|", "'a'", '"a"', "'", '"', "%TAG", "@a", "`a`", "--- a", "...", "---", "a\\", "\\n", "<<: a"),
    *(" a", "a ", "  ", "\ta", "a\tb", "a\nb", "\n", "a\n", "a, b", "a]", "a}", "a{b", "fix #12", "[ARCH] a: b"),
]

texts = st.one_of(
    st.sampled_from(SURPRISES + STRUCTURE),
    st.text(st.characters(codec="utf-8")).filter(lambda text: not HIDDEN.search(text)),
    st.text(alphabet=" \n\t\r:-#'\"\\[]{},&*!|>%@`=?~.0123456789eExXTZ_+aonyAN", max_size=12),
)
values = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.decimals(-(10**6), 10**6, places=3).map(float).filter(lambda number: "e" not in repr(number)),
)
styles = st.sampled_from(["", "'", '"'])


def _read(text: str) -> Any:
    root, findings = strictyaml.read(text)
    assert root is not None, [str(one) for one in findings]
    return root.value


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


# --- laws


@given(values, styles)
@example("a\rb", "'")
def test_a_value_on_a_line_reads_back_as_itself(value: Any, style: str) -> None:
    assert _same(_read(f"key: {scalar(value, style=style)}\n")["key"], value)


keys = texts.filter(lambda key: len(key) <= 256 and "\n" not in key)


@given(st.lists(values, max_size=4), keys)
def test_values_in_a_list_on_one_line_read_back_as_themselves(held: list[Any], key: str) -> None:
    inner = ", ".join(scalar(one, flow=True) for one in held)
    read = _read(f"list: [{inner}]\nmap: {{{scalar(key, flow=True)}: {scalar(key, flow=True)}}}\n")
    assert all(_same(*pair) for pair in zip(read["list"], held, strict=True))
    assert read["map"] == {key: key}


@given(texts, styles, st.booleans())
def test_a_text_is_the_same_text_in_every_other_reader(text: str, style: str, flow: bool) -> None:
    line = f"key: [{scalar(text, flow=True)}]\n" if flow else f"key: {scalar(text, style=style)}\n"
    for loader in (yaml.SafeLoader, yaml.BaseLoader, yaml.CSafeLoader, yaml.CBaseLoader):
        read = yaml.load(line, Loader=loader)["key"]
        assert _same(read[0] if flow else read, text)


@given(texts)
def test_a_quoted_text_stands_on_one_line(text: str) -> None:
    written = quoted(text)
    assert "\n" not in written
    assert "\r" not in written
    assert _read(f"key: {written}\n") == {"key": text}


@given(st.text(st.characters(codec=None)))
def test_nothing_hidden_is_ever_written_as_it_is(text: str) -> None:
    assert not HIDDEN.search(quoted(text))
    assert not HIDDEN.search(scalar(text))
    assert not HIDDEN.search(scalar(text, style="'"))


@given(
    st.one_of(st.text(max_size=20), st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,9})?(e[+-][0-9]{1,3})?", fullmatch=True))
)
def test_a_plain_scalar_is_a_number_only_if_writing_it_gives_the_same_characters(text: str) -> None:
    value = resolve(text)
    assert value == text or scalar(value) == text or value is None or isinstance(value, bool)


# --- reading


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *(("0", 0), ("7", 7), ("-7", -7), ("999999999999999999", 10**18 - 1)),
        *(("0.5", 0.5), ("-1.25", -1.25), ("1.5e-07", 1.5e-07), ("1.0", 1.0)),
    ],
)
def test_what_is_no_text(text: str, value: Any) -> None:
    assert _same(resolve(text), value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no",
            "yes",
            "on",
            "off",
            "y",
            "n",
            "tRUE",
            "nULL",
            "12:30",
            "010",
            "007",
            "0o17",
            "0x1F",
            "1_000",
            "+7",
            "-0",
        ),
        *("1e3", "3.10", ".5", "5.", ".inf", ".nan", "2026-03-02", "1000000000000000000", "1" * 5000, "٣", "1.5e+999"),
        *("1.5e2", " 7", "7 ", "=", "<<", "-", "1.0000000000000000001"),
    ],
)
def test_everything_else_is_text_as_a_person_wrote_it(text: str) -> None:
    """DESIGN.md §3."""
    assert _same(resolve(text), text)


# --- writing


@pytest.mark.parametrize("text", SURPRISES)
def test_what_another_reader_would_take_for_no_text_is_quoted(text: str) -> None:
    assert scalar(text) == f'"{text}"'
    assert not is_plain(text)


@pytest.mark.parametrize("text", STRUCTURE)
def test_what_yaml_takes_for_structure_is_quoted(text: str) -> None:
    if not is_plain(text, flow=True):
        assert scalar(text, flow=True) == quoted(text)
    assert _read(f"key: {scalar(text)}\n") == {"key": text}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "open",
            "bl_0123456789ab",
            "in_progress",
            "a b",
            "it's",
            'a "b"',
            "a:b",
            "a#b",
            "a-b",
            "émile",
            "名前",
            "👩‍💻",
        ),
        *("nope", "rule:arch_review", "week:2026-W08", "v1.2.3", "a=b", "x, y", "what?", "50%", "R&D", "C:\\dir", "P0"),
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize("text", ["a, b", "a]", "{a", "a[0]", "what?"])
def test_inside_brackets_more_is_quoted(text: str) -> None:
    assert is_plain(text, flow=False) == (text != "{a")
    assert not is_plain(text, flow=True)


@pytest.mark.parametrize(
    ("value", "style", "written"),
    [
        ("plain", "'", "'plain'"),
        ("it's", "'", "'it''s'"),
        ("plain", '"', '"plain"'),
        ('say "x" \\ y', '"', '"say \\"x\\" \\\\ y"'),
        ("two\nlines", "'", '"two\\nlines"'),
        ("tab\there", "", '"tab\\there"'),
        ("re\rturn", "", '"re\\rturn"'),
        ("bell\x07 \u202e \U000e0041", "'", '"bell\\x07 \\u202e \\U000e0041"'),
        (None, "'", "null"),
        (True, '"', "true"),
        (False, "", "false"),
        (12, "'", "12"),
        (0.5, "", "0.5"),
        (Bare("2026-03-02"), "", "2026-03-02"),
        (Bare("2026-03-02"), "'", "'2026-03-02'"),
        (Bare("2026-03-02"), '"', '"2026-03-02"'),
    ],
)
def test_the_quotes_of_the_old_value_are_kept_where_they_can_be(value: Any, style: str, written: str) -> None:
    assert scalar(value, style=style) == written


# --- what may not stand in frontmatter


@pytest.mark.parametrize(
    "char",
    [
        *("\x00", "\x07", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\x9b", "\u00ad", "\u061c", "\u200b", "\u200e"),
        *("\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\ufeff", "\ufffa", "\ud800"),
        *("\U000e0001", "\U000e007f", "\ufffe", "\uffff"),
    ],
)
def test_control_characters_and_what_nobody_sees_are_hidden(char: str) -> None:
    """ROBUSTNESS.md 2.2; the last two no YAML reader takes."""
    assert HIDDEN.search(f"a{char}b")


@pytest.mark.parametrize(
    "char", ["\t", "\n", "\r", " ", "\u00a0", "\u200c", "\u200d", "\ufe0f", "é", "名", "👍", "\U0001f3fd"]
)
def test_line_ends_blanks_joiners_and_letters_are_not(char: str) -> None:
    assert not HIDDEN.search(f"a{char}b")


@given(some.line)
def test_the_lines_that_other_tests_use_hold_nothing_hidden(line: str) -> None:
    assert not HIDDEN.search(line)
