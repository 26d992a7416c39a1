"""``validate --fix``: what only a slip can have been is mended, and not a byte beside it."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.domain.finding import Finding
from backlogtool.domain.workflow import check_item
from backlogtool.interchange.reports_fixes import Replacement, replacement
from tests.cli.editing import replaced_at
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, Session, item_text, untouched
from tests.interchange import forms
from tests.views.samples import policy

PATH = f"items/{GATEWAY}.md"
HIDDEN = "\u200b"

#: What is written -> what is meant, one line for another.
SAFE = {
    "a letter too much in a priority": ("priority: P1", "priority: P11", "priority: P1"),
    "another case": ("env: prod", "env: PROD", "env: prod"),
    "two letters swapped, in quotes": ("env: prod", 'env: "pord"', 'env: "prod"'),
    "a misspelt category": ("category: arch_review", "category: arch_reveiw", "category: arch_review"),
    "a misspelt key": ("owner: oncall", "onwer: oncall", "owner: oncall"),
    "a day with slashes": ("due_date: 2026-03-02", "due_date: 2026/03/02", "due_date: 2026-03-02"),
    "a day with dots, in quotes": ("due_date: 2026-03-02", "due_date: '2026.3.2'", "due_date: '2026-03-02'"),
    "a day without marks": ("due_date: 2026-03-02", "due_date: 20260302", "due_date: 2026-03-02"),
    "a title that ends at a mark": (
        "title: Review the gateway", "title: Review #12 of 'a'", "title: \"Review #12 of 'a'\"",
    ),
    "a title with a colon": ("title: Review the gateway", "title: Review: the gateway", 'title: "Review: the gateway"'),
    "a title with a bracket": ("title: Review the", "title: [ARCH] Review the", 'title: "[ARCH] Review the gateway"'),
    "an owner with an at": ("owner: oncall", "owner: @oncall", 'owner: "@oncall"'),
    "nothing to see behind a value": ("env: prod", f"env: prod{HIDDEN}", "env: prod"),
    "nothing to see in quotes": ("env: prod", f'env: "{HIDDEN}prod{HIDDEN}"', 'env: "prod"'),
}  # fmt: skip
#: What a person has to look at.
UNSAFE = {
    "two letters off": ("category: arch_review", "category: arch_rviw"),
    "as near to one as to another": ("priority: P1", "priority: P9"),
    "another number": ("env: prod", "env: prod2"),
    "a key with a number": ("owner: oncall", "owner2: oncall"),
    "a status": ("status: open", "status: opne"),
    "where it came from": ("source: manual", "source: manuel"),
    "a key that stands already": ("owner: oncall", "owner: oncall\nonwer: alice"),
    "a key that never changes": ("dedupe_key: key", "dedupe_kye: key"),
    "the day in front": ("due_date: 2026-03-02", "due_date: 02/03/2026"),
    "no day": ("due_date: 2026-03-02", "due_date: 2026/02/30"),
    "two marks": ("due_date: 2026-03-02", "due_date: 2026/03.02"),
    "a moment": ("created_at: 2026-02-16T06:20:00Z", "created_at: 2026/02/16"),
    "another id": (f"id: {GATEWAY}", "id: bl_000000000000"),
    "a comment behind the title": ("title: Review the gateway", "title: Review the gateway # soon"),
    "a comment behind a misspelt value": ("env: prod", "env: pord # why"),
    "nothing to see in the middle": ("title: Review", f"title: Re{HIDDEN}view"),
    "a value that is no text": ("status: open", "status: a: b"),
    "quotes that are not closed": ("title: Review the gateway", 'title: "Review" the: gateway'),
    "a key that takes another shape": ("owner: oncall", "owner: oncall\ntag: x"),
    "a conflict": ("owner: oncall\n", "<<<<<<< a\nowner: oncall\n=======\nowner: x\n>>>>>>> b\n"),
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("old", "slip", "meant"), SAFE.values(), ids=SAFE)
def test_a_slip_is_mended_and_nothing_else(cli: Session, old: str, slip: str, meant: str) -> None:
    text = cli.text(GATEWAY)
    cli.hand_edit(GATEWAY, old, slip)
    cli("validate", "--strict", status=1)
    told = cli("validate", "--fix", "--strict")
    start = text.index(old)
    end = text.index("\n", start)
    assert cli.text(GATEWAY) == text[:start] + meant + text[end if "title" in meant else start + len(old) :]
    assert told.out == ""
    assert told.err.startswith(f"mended {PATH}:")
    assert "all well" in told.err


@pytest.mark.sampled(15)
@pytest.mark.parametrize(("old", "slip"), UNSAFE.values(), ids=UNSAFE)
def test_what_may_be_meant_is_left_and_told(cli: Session, old: str, slip: str) -> None:
    cli.hand_edit(GATEWAY, old, slip)
    with untouched(cli.repo):
        told = cli("validate", "--fix", "--strict", status=1)
    assert "mended" not in told.err
    assert told.out == cli("validate", "--strict", status=1).out


def test_what_is_left_decides_the_exit_code(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "env: prod", "env: pord")
    cli.hand_edit(BILLING, "owner: oncall", "owner: oncall\nmine: x")
    told = cli("validate", "--fix")
    assert [line.rpartition(" ")[2] for line in told.out.split("\n") if "items/" in line] == ["[BL115]"]
    cli.hand_edit(ROUTER, "priority: P0", "priority: P8")
    assert "BL202" in cli("validate", "--fix", status=1).out


def test_one_run_mends_what_shows_only_when_something_else_is_mended(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "title: Review the gateway", "title: Review: the gateway")
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: @oncall")
    cli.hand_edit(GATEWAY, "env: prod", f"{HIDDEN}env: prod{HIDDEN}{HIDDEN}")
    cli.hand_edit(GATEWAY, "priority: P1", "priority: p1")
    told = cli("validate", "--fix", "--strict")
    assert told.err.count("mended items/") == 6
    assert "6 findings mended: look at git diff, then commit\n" in told.err


def test_line_ends_and_a_byte_order_mark_stay(cli: Session) -> None:
    path = cli.repo.root / PATH
    data = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(data.replace(b"env: prod", b"env: pord").replace(b"title: Review", b"title: Review:"))
    cli("validate", "--fix", "--strict")
    assert path.read_bytes() == data.replace(b"Review the gateway", b'"Review: the gateway"')


def test_the_policy_and_files_that_are_no_items_are_left_alone(cli: Session) -> None:
    cli.repo.write(POLICY, "version: 1\nworkflwo: {}\n")
    os.symlink(f"{GATEWAY}.md", cli.repo.root / "items" / "bl_000000000000.md")
    with untouched(cli.repo):
        assert "BL401" in cli("validate", "--fix", status=1).out


def test_commits_cannot_be_mended(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "env: prod", "env: pord")
    with untouched(cli.repo):
        for options in (("--since", "HEAD"), ("--base", "HEAD"), ("--merge",)):
            assert "--fix changes files" in cli("validate", "--fix", *options, status=2).err


def test_every_format_reports_what_is_left(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "env: prod", "env: pord")
    cli.hand_edit(BILLING, "priority: P2", "priority: P9")
    told = cli("validate", "--fix", "--format", "gcc", status=1)
    forms.gcc(told.out, ["BL202"])
    assert "mended" in told.err


def test_what_an_editor_saves_at_the_same_moment_stays(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another slip in it is mended in the next round."""
    cli.hand_edit(GATEWAY, "env: prod", "env: pord")
    path = cli.repo.root / PATH
    saved = path.read_text().replace("owner: oncall", "owner: alice")
    replaced_at(monkeypatch, lambda: path.write_text(saved))
    cli("validate", "--fix")
    assert path.read_text() == saved.replace("env: pord", "env: prod")


def test_a_file_full_of_findings_is_left_to_a_person(cli: Session) -> None:
    """To look at all of them again for each would take the square of their number."""
    rows = "".join(f"  k{number}: x{HIDDEN}\n" for number in range(201))
    cli.hand_edit(GATEWAY, "env: prod\n", f"env: prod\nmeta:\n{rows}")
    with untouched(cli.repo):
        assert "201 errors" in cli("validate", "--fix", status=1).err


def test_who_may_not_write_may_not_mend(cli: Session) -> None:
    cli.policy("rbac: {enforce: true, members: {eve: reader}, roles: {reader: [see], writer: [see, change]},"
               " entitlements: {see: [list], change: [upsert]}}\n")  # fmt: skip
    cli("--actor", "eve", "validate", "--fix", status=4)


# --- the table

_SLIPS = st.sampled_from(
    [(old, slip) for old, slip, _ in SAFE.values()] + [(old, slip) for old, slip in UNSAFE.values() if "\n" not in slip]
)
_TEXT = item_text(GATEWAY, "A  \ntext: P11 # x", title="Review the gateway", priority="P1", category="arch_review",
                  due_date="2026-03-02")  # fmt: skip


def problems(text: str) -> list[Finding]:
    reading = markdown.read(text, GATEWAY)
    judged = check_item(reading.item, policy()) if reading.item else []
    return [reading.locate(one, PATH)._replace(item=GATEWAY) for one in (*reading.findings, *judged)]


def applied(text: str, found: Replacement, line: int) -> str:
    lines = text.split("\n")
    held = lines[line - 1]
    lines[line - 1] = held[: found.start] + found.text + held[found.end :]
    return "\n".join(lines)


@given(st.lists(_SLIPS, max_size=5, unique_by=lambda one: one[0].partition(":")[0]))
def test_a_safe_fix_takes_its_finding_away_and_brings_no_other(slips: list[tuple[str, str]]) -> None:
    """Each changes one line; what keeps a file from being read may have hidden others."""
    text = _TEXT
    for old, slip in slips:
        text = text.replace(old, slip, 1)
    before = problems(text)
    for one in before:
        found = replacement(one, text.split("\n"))
        if found is None or not found.is_safe:
            continue
        new = applied(text, found, one.line)
        after = problems(new)
        assert [*map(str, after)].count(str(one)) < [*map(str, before)].count(str(one)) or one.code == "BL108"
        assert one.code in ("BL104", "BL108") or {*map(str, after)} <= {*map(str, before)}
        changed = [pair for pair in zip(text.split("\n"), new.split("\n"), strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1
        assert new.split("---\n", 2)[2] == text.split("---\n", 2)[2]


@pytest.mark.parametrize("line", ["title: a # b", "title:", "title: 'a' #1", "x: a #1", "title: >-", " title: a #1"])
def test_a_title_is_put_in_quotes_only_where_it_is_one_line_of_plain_text(line: str) -> None:
    assert replacement(Finding("BL117", "cut", PATH, 2, 1, field="title"), ["---", line, "---"]) is None
    assert replacement(Finding("BL117", "cut", PATH, 2, 1, field="title"), ["---", "title: a #1", "  more"]) is None


@pytest.mark.parametrize(
    ("code", "field", "line"),
    [
        ("BL202", "env", f"env: x{' ' * 200_000}#"),
        ("BL117", "title", f"title: x{' ' * 200_000}y #1"),
        ("BL108", "", f"{' ' * 200_000}x{HIDDEN}y"),
    ],
)
def test_a_long_line_is_no_slip_and_takes_no_time(code: str, field: str, line: str) -> None:
    found = Finding(code, "m", PATH, 2, line.find(HIDDEN) + 1 or 1, field=field, allowed=("prod",))
    assert replacement(found._replace(fix="did you mean 'prod'?"), ["---", line, "---"]) is None


def test_suggestions_for_many_findings_take_time_in_proportion() -> None:
    lines = ["---", *(f"a{HIDDEN}" for _ in range(50_000)), "---"]
    found = [Finding("BL108", "hidden", PATH, number, 2) for number in range(2, 50_002)]
    start = time.process_time()
    assert not any(one and one.is_safe for one in (replacement(one, lines) for one in found))
    assert time.process_time() - start < 10, "the square would take a minute and a half"


def test_text_below_the_frontmatter_is_never_mended() -> None:
    lines = ["---", "title: a", "---", "title: a: b", f"{HIDDEN}owner: x"]
    assert replacement(Finding("BL104", "yaml", PATH, 4, 9), lines) is None
    found = replacement(Finding("BL108", "hidden", PATH, 5, 1), lines)
    assert found is not None
    assert not found.is_safe
