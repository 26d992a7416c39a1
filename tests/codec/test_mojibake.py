"""Broken runs are repaired one by one; right text beside them is never touched (R-289, REQUIREMENTS.md 2.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.mojibake import TABLE, repair
from tests.codec.timing import assert_linear

# Seen and meant, typed from the requirements and not from the code.
SEEN = {
    "\u00e2\u20ac\u201d": "—",
    "\u00f0\u0178\u00a7\u00b0": "🧰",
    "\u00f0\u0178\u0161\u20ac": "🚀",
    "\u00e2\u0153\u2026": "✅",
    "\u00f0\u0178\u00a7\u00aa": "🧪",
    "\u00f0\u0178\u00a7\u00b1": "🧱",
    "\u00f0\u0178\u201c\u0161": "📚",
    "\u00f0\u0178\u201d": "🔐",
    "\u00f0\u0178\u00b3": "🐳",
    "\u00f0\u0178\u00a7": "🧠",
    "\u00f0\u0178\u203a\u00a1\u00ef\u00b8": "🛡️",
    "\u00f0\u0178\u00b7\u00ef\u00b8": "🏷️",
}

RIGHT = [
    "a — b — c",
    "„Spaß“ und „Menü“",
    "café…",
    "“café…”—then",
    "NESTLÉ® CAFÉ™ É… É” Ü“",
    "umíš, každý, příští",
    "það“",
    "«À» — «déjà»",
    "——",
    "2×—×—",
    "10 € für ½ m²",
    "plain ASCII",
    "🔐 👩‍💻 日本語 Привет",
]

words = st.sampled_from(
    ["Spaß", "café", "umíš", "Nestlé", "Ärger", "ÉTÉ", "señor", "Größe", "voilà", "naïve", "ÜBER", "a"]
)
marks = st.sampled_from(["", "…", "“", "”", "®", "—", "’s", "»", ", ", "…”", "”—", " — "])
broken = st.lists(st.sampled_from("éüñç—–“‘’…✅🚀🧪📚🔥™→°×"), min_size=1, max_size=4).map("".join)


def _misread(text: str) -> str:
    return text.encode("utf-8").decode("cp1252")


@pytest.mark.parametrize("seen", SEEN)
def test_every_entry_of_the_table_is_what_it_really_is(seen: str) -> None:
    assert repair(f"## {seen} Name (Unscheduled) {seen} High") == (
        f"## {SEEN[seen]} Name (Unscheduled) {SEEN[seen]} High",
        [],
    )


def test_the_table_has_no_other_entries() -> None:
    assert TABLE == SEEN


@pytest.mark.parametrize("text", RIGHT)
def test_right_text_stays(text: str) -> None:
    assert repair(text) == (text, [])


@given(st.lists(st.tuples(words, marks), max_size=8))
def test_words_with_accents_before_typographic_marks_stay(parts: list[tuple[str, str]]) -> None:
    text = " ".join(word + mark for word, mark in parts)
    assert repair(text) == (text, [])


@given(st.lists(broken, max_size=5))
def test_misread_text_comes_back(parts: list[str]) -> None:
    assert repair(" a ".join(map(_misread, parts))) == (" a ".join(parts), [])


def test_a_longer_sequence_wins_over_an_entry_that_it_starts_with() -> None:
    """🔒 and 🔥 start like the entry for 🔐."""
    assert repair(_misread("🔒") + " " + _misread("🔥")) == ("🔒 🔥", [])


def test_right_text_that_touches_a_broken_run_stays() -> None:
    assert repair("—" + _misread("—")) == ("——", [])


def test_text_that_was_misread_twice_comes_back() -> None:
    assert repair(_misread(_misread("é"))) == ("é", [])


def test_a_run_that_cannot_be_repaired_stays_and_is_named_with_its_code_points() -> None:
    """L-33."""
    text = "one\ntwo ‘x’ \u00e2\u20ac three"
    repaired, findings = repair(text)
    assert repaired == text
    assert [(one.code, one.severity, one.line, one.column) for one in findings] == [("BL533", "warning", 2, 9)]
    assert "U+00E2 U+20AC" in findings[0].message


def test_a_run_that_hides_a_control_character_stays() -> None:
    """C2 85 would be U+0085, which some readers take for a line end."""
    repaired, findings = repair("a \u00c2\u2026 b")
    assert repaired == "a \u00c2\u2026 b"
    assert [one.code for one in findings] == ["BL533"]


def test_an_unknown_combination_is_not_half_repaired() -> None:
    """The flag 🏳️ lost two bytes; its first half alone would be a whale."""
    seen = "\u00f0\u0178\u00b3\u00ef\u00b8"
    assert repair(seen)[0] == seen


@given(st.text(st.sampled_from("ÂÃâðïŸ€”“œ…š§°±ª³·¸›¡é— a\n"), max_size=30))
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once, _ = repair(text)
    again, findings = repair(once)
    assert again == once
    assert len(findings) == len(repair(text)[1])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("unit", ["Ã", "ƒ", "Ãƒ", "Ãƒƒ", "â€", "ðŸ”", "Â", "é…", "Ãƒ\n", "ðŸ³ï¸ "])
def test_long_hostile_runs_take_linear_time(unit: str) -> None:
    assert_linear(repair, lambda size: unit * size, 5_000)
    assert_linear(repair, lambda size: "Ã" + "ƒ" * size, 20_000)
