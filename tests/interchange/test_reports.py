"""Findings in the formats of other tools: each keeps its form, whatever text is in the findings."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.codec.canonical import read
from backlogtool.domain.finding import CODES, Finding
from backlogtool.domain.workflow import check_item
from backlogtool.interchange.reports import fingerprints, gcc, gitlab
from backlogtool.interchange.reports_fixes import replacement
from backlogtool.interchange.reports_github import SLOTS, annotated, notice
from backlogtool.interchange.reports_junit import junit
from backlogtool.interchange.reports_review import rdjson
from backlogtool.interchange.reports_sarif import sarif
from backlogtool.views.findings import summary
from tests.cli.session import GATEWAY, item_text
from tests.hostile.injections import INJECTIONS
from tests.interchange import forms
from tests.views.samples import policy

PATH = f"items/{GATEWAY}.md"
#: What a terminal acts on, what XML cannot hold, and what only looks like a line.
HIDDEN = "a\x00b\x1b[2Jc\x85d\u2028e\u202ef\ud800g\ufffeh\r\ni\tj\x7f"
HOSTILE = {
    **INJECTIONS,
    "hidden characters": HIDDEN,
    "a command": "::add-mask::x",
    "a command on a line of its own": "x\n::error::y\n",
    "an old command": "##[error]x",
    "a command behind a percent sign": "%0A::error::x",
    "a placeholder": "{0} {{1}}",
}
#: Format and control characters, but for those that emoji and Indic scripts are written with.
_BAD = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def hostile(text: str) -> list[Finding]:
    """The text wherever a repository can bring it into a finding."""
    return [
        Finding("BL202", text, PATH, 5, 1, GATEWAY, text, (text,), text),
        Finding("BL115", f"unknown key '{text}'", _path(text), 3, 2, text, text, fix=f"did you mean '{text}'?"),
        Finding("BL306", f"{text} has changed", _path(text)),
        Finding("BL305", text),
    ]


def _path(text: str) -> str:
    """As a file's name: its bytes may be no UTF-8."""
    return text.replace("\ud800", "\udcff")


def visible(text: str) -> bool:
    return not any(unicodedata.category(char) in _BAD and char not in "\n\u200c\u200d" for char in text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_breaks_no_format_and_brings_no_control_character(text: str) -> None:
    findings = hostile(text)
    told = annotated(findings, {})
    assert len(forms.github(told.commands)) == 4
    assert forms.github(gcc(findings)) == []
    forms.gcc(gcc(findings), [one.code for one in findings])
    assert len(forms.junit(junit(findings))) == 4
    documents = [gitlab(findings), sarif(findings), rdjson(findings, {PATH: "x\n" * 9, text: text})]
    assert [len(form(one)) for form, one in zip((forms.gitlab, forms.sarif, forms.rdjson), documents, strict=True)] == [
        4, 4, 4,
    ]  # fmt: skip
    shown = [told.commands, gcc(findings), junit(findings), summary(findings)]
    assert all(map(visible, [*shown, *(json.dumps(one, ensure_ascii=False) for one in documents)]))
    assert len(summary(findings, base="https://forge.example/").splitlines()) == 11


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_told_in_every_format(code: str) -> None:
    findings = [Finding(code, "so it is")]
    forms.gcc(gcc(findings), [code])
    assert forms.sarif(sarif(findings))[0]["ruleId"] == code
    assert [len(form) for form in (forms.gitlab(gitlab(findings)), forms.junit(junit(findings)))] == [1, 1]
    assert forms.rdjson(rdjson(findings, {}))[0]["code"] == {"value": code}


def test_where_nothing_is_wrong_every_report_is_one_that_says_so() -> None:
    assert (gcc([]), annotated([], {}).commands) == ("", "")
    assert [forms.gitlab(gitlab([])), forms.sarif(sarif([])), forms.rdjson(rdjson([], {}))] == [[], [], []]
    [case] = forms.junit(junit([]))
    assert len(case) == 0


# --- one format after the other


def finding(line: int = 5, *, code: str = "BL202", path: str = PATH, message: str = "no") -> Finding:
    return Finding(code, message, path, line, 1)


def test_a_line_for_compilers_has_path_line_column_severity_message_and_code() -> None:
    assert gcc([finding()]) == f"{PATH}:5:1: error: no [BL202]\n"
    assert gcc([Finding("BL306", "new rules", "config/x.yml", fix="read it")]) == (
        "config/x.yml: warning: new rules (read it) [BL306]\n"
    )
    assert gcc([Finding("BL305", "a claim")]) == "backlogtool: warning: a claim [BL305]\n"
    assert gcc([finding(path="::error::x")]).startswith("./::error")


def test_what_a_command_says_is_what_the_finding_says() -> None:
    one = Finding("BL202", "50% of a:b, c", "items/a,b:c%.md", 3, 7, fix="take x")
    [(kind, properties, message)] = forms.github(annotated([one], {}).commands)
    assert (kind, message) == ("error", "50% of a:b, c\ntake x")
    assert properties == {"file": "items/a,b:c%.md", "line": "3", "col": "7", "title": "BL202"}


def test_ten_annotations_of_a_kind_and_errors_on_changed_lines_first() -> None:
    """The rest is left over, in the order in which it would have come."""
    errors = [finding(line) for line in range(1, 16)]
    warnings = [finding(line, code="BL115") for line in range(1, 13)]
    told = annotated([*warnings, *errors], {PATH: {14, 3}})
    kinds = [(kind, int(properties["line"])) for kind, properties, _ in forms.github(told.commands)]
    assert kinds[:SLOTS] == [("error", line) for line in (3, 14, 1, 2, 4, 5, 6, 7, 8, 9)]
    assert kinds[SLOTS:] == [("warning", line) for line in (3, 1, 2, 4, 5, 6, 7, 8, 9, 10)]
    assert [(one.severity, one.line) for one in told.rest] == [
        *(("error", line) for line in (10, 11, 12, 13, 15)), ("warning", 11), ("warning", 12),
    ]  # fmt: skip
    assert sorted(told.ordered) == sorted([*errors, *warnings])


def test_what_is_about_a_whole_file_is_new_if_the_file_is() -> None:
    told = annotated([finding(1), finding(0, message="whole")], {PATH: {7}})
    assert [message for _, _, message in forms.github(told.commands)] == ["whole", "no"]


def test_a_summary_is_cut_with_a_count() -> None:
    text = summary([finding(line) for line in range(1, 702)])
    assert text.startswith("### Findings: 701 errors\n")
    assert text.count("error |") == 500
    assert "… and 201 more" in text
    assert len(summary([finding(message="€" * 5000)] * 500).encode()) < 500_000


def test_a_very_long_message_leaves_room_for_the_others() -> None:
    text = summary([finding(message="@a<" * 60_000)] * 3 + [finding(message="the last one")])
    assert text.count("error |") == 4
    assert "the last one" in text


def test_twenty_rows_of_a_summary_are_seen_the_others_are_folded() -> None:
    few, many = (summary([finding(line) for line in range(1, 1 + number)]) for number in (20, 25))
    assert "<details>" not in few
    shown, _, folded = many.partition("<details><summary>5 more</summary>")
    assert (shown.count("error |"), folded.count("error |")) == (20, 5)


def test_a_summary_leads_to_the_line_of_the_source() -> None:
    text = summary([finding(5), finding(0, code="BL115")], base="https://forge.example/blob/x/")
    assert text.startswith("### Findings: 1 error, 1 warning\n")
    assert f"| [{PATH}:5:1](https://forge.example/blob/x/{PATH}?plain=1#L5) |".replace("_", "_") in text
    assert f"https://forge.example/blob/x/{PATH}?plain=1)" in text


def test_a_summary_calls_nobody_and_leads_to_no_issue() -> None:
    text = summary([finding(message="@ann #1 GH-2 gh-3 me@x")])
    assert not re.search(r"(?i)@\w|#\d|GH-\d", text.replace("&#8203;", " "))


def test_what_has_no_annotation_is_counted_in_one_of_its_own() -> None:
    told = notice(7, "the summary of the job")
    assert forms.github(told) == [
        ("notice", {"title": "7 more findings"}, "no annotation is left for them: see the summary of the job")
    ]
    assert "title=1 more finding:" in notice(1, "x")


def test_no_message_is_longer_than_a_runner_takes() -> None:
    [(_, _, message)] = forms.github(annotated([finding(message="x" * 100_000)], {}).commands)
    assert len(message) == 4_000


def test_the_fingerprint_of_a_finding_moves_with_it() -> None:
    """Other lines above it and another commit change nothing; another field, file, item or code does."""
    [mark] = fingerprints([finding(5, message="no (commit abcdef)")])
    assert [mark] == list(fingerprints([finding(9, message="no (commit 123456)")]))
    others = [
        finding(path="items/x.md"),
        finding(code="BL203"),
        finding()._replace(field="env"),
        finding()._replace(item="x"),
    ]
    assert mark not in set(fingerprints(others))
    assert len(set(fingerprints([finding()] * 3))) == 3


def test_a_warning_is_no_failed_case() -> None:
    cases = forms.junit(junit([finding(), finding(code="BL115")]))
    assert [[one.tag for one in case] for case in cases] == [["failure"], ["system-out"]]


def test_a_path_is_an_address_relative_to_the_root() -> None:
    [result] = forms.sarif(sarif([finding(path="items/ä b/x#1?.md")]))
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "items/%C3%A4%20b/x%231%3F.md", "uriBaseId": "%SRCROOT%"}


def test_columns_of_a_review_count_bytes() -> None:
    text = 'x\ntitle: "ä€\u202e𐐀"\n'
    [told] = forms.rdjson(rdjson([Finding("BL108", "hidden", PATH, 2, 11)], {PATH: text}))
    assert told["location"]["range"]["start"] == {"line": 2, "column": 14}
    assert told["suggestions"][0]["range"] == {"start": {"line": 2, "column": 14}, "end": {"line": 2, "column": 17}}


# --- fixes

BROKEN = [
    item_text(GATEWAY, priority="P5").replace("priority: P5", 'priority: "P22"  '),
    item_text(GATEWAY, status="dnoe"),
    item_text(GATEWAY).replace("owner: oncall", "ownr: oncall"),
    item_text(GATEWAY).replace(f"id: {GATEWAY}", "id: bl_000000000000"),
    item_text(GATEWAY, title="'pay\u202eload'"),
]


def mended(text: str, one: Finding) -> str:
    lines = text.split("\n")
    found = replacement(one, lines)
    assert found
    line = lines[one.line - 1]
    lines[one.line - 1] = line[: found.start] + found.text + line[found.end :]
    return "\n".join(lines)


@pytest.mark.parametrize("text", BROKEN, ids=["value", "status", "key", "id", "hidden"])
def test_what_is_suggested_takes_the_finding_away(text: str) -> None:
    one = next(one for one in problems(text) if one.code in ("BL108", "BL110", "BL115", "BL202"))
    after = mended(text, one)
    assert one.code not in {other.code for other in problems(after)}
    assert len(after.split("\n")) == len(text.split("\n"))


def problems(text: str) -> list[Finding]:
    reading = markdown.read(text, GATEWAY)
    judged = check_item(reading.item, policy()) if reading.item else []
    return [reading.locate(one, PATH)._replace(item=GATEWAY) for one in (*reading.findings, *judged)]


def test_a_field_that_never_changes_gets_its_old_value_back() -> None:
    text = item_text(GATEWAY, source='"digest"')
    line = text.split("\n").index('source: "digest"') + 1
    one = Finding("BL302", "never", PATH, line, 1, GATEWAY, "source", fix="put 'no: way' back")
    item = read(mended(text, one), GATEWAY)
    assert item is not None
    assert item.source == "no: way"


UNSURE = ["priority: P9 # why", "priority: >-", "priority: [P9]", "priority:\tP9\n  more", "- priority: P9", "", "x"]


@pytest.mark.parametrize("line", UNSURE)
def test_nothing_is_suggested_where_the_line_has_another_form(line: str) -> None:
    one = Finding("BL202", "unknown", PATH, 1, 1, GATEWAY, "priority", fix="did you mean 'P1'?")
    assert replacement(one, line.split("\n")) is None


@given(
    st.text(max_size=40), st.sampled_from(sorted(CODES)), st.text(max_size=20), st.integers(-1, 3), st.integers(0, 9)
)
def test_looking_for_a_suggestion_never_fails(text: str, code: str, fix: str, line: int, column: int) -> None:
    told = Finding(code, "x", PATH, line, column, fix=f"did you mean '{fix}'?")
    found = replacement(told, text.split("\n"))
    assert found is None or 0 <= found.start <= found.end
