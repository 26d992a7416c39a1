"""Item files: reading is strict about form and kind about values; writing is canonical; edits are small.

In the texts ``▸`` stands before the character that the finding points at; it is not part of the text.
"""

from __future__ import annotations

from typing import Any

import frontmatter as python_frontmatter
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import markdown
from backlogtool.codec.frontmatter import MAX_FILE, MAX_FRONTMATTER
from backlogtool.codec.markdown import Reading
from backlogtool.domain.fields import FIELDS, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Comment, Item
from backlogtool.errors import InvalidError
from tests import strategies as some
from tests.domain.samples import ITEM, item

MARK = "▸"
ID = ITEM.id


def _file(lines: str, body: str = "") -> str:
    """A file with the id and these lines of frontmatter."""
    return f"---\nid: {ID}\n{lines}\n---\n{body}"


def _read(data: bytes | str) -> Reading:
    return markdown.read(data, ID)


def _item(data: bytes | str) -> Item:
    reading = _read(data)
    assert reading.item is not None, [str(one) for one in reading.findings]
    return reading.item


def _one(text: str) -> Finding:
    """The only finding of the text, which must stand at its mark."""
    before = text[: text.index(MARK)]
    findings = _read(text.replace(MARK, "")).findings
    assert len(findings) == 1, [str(one) for one in findings]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (findings[0].line, findings[0].column or 1) == place, str(findings[0])
    return findings[0]


# --- values: a line of frontmatter, the field, its value

VALUES: list[tuple[str, str, Any]] = [
    ("owner: no", "owner", "no"),
    ("owner: Yes", "owner", "Yes"),
    ("env: true", "env", "true"),
    ("title: 12:30", "title", "12:30"),
    ("title: 012", "title", "012"),
    ("title: 1e3", "title", "1e3"),
    ("title: 3.10", "title", "3.10"),
    ("title: 0x1F", "title", "0x1F"),
    ("title: 7", "title", "7"),
    ("title: .nan", "title", ".nan"),
    ("title: '  '", "title", "  "),
    ("title: it's 100% [done]", "title", "it's 100% [done]"),
    ("title: 'fix #12'", "title", "fix #12"),
    ("title: fix#12", "title", "fix#12"),
    ("title: a\tb", "title", "a\tb"),
    ("title: >-\n  one\n  line", "title", "one line"),
    ("title: one\n  line", "title", "one line"),
    ("due_date: 2026-03-01", "due_date", "2026-03-01"),
    ("due_date: '2026-03-01'", "due_date", "2026-03-01"),
    ("due_date: 2026-02-30", "due_date", "2026-02-30"),
    ("due_date: soon", "due_date", "soon"),
    ("due_date: null", "due_date", ""),
    ("due_date:", "due_date", ""),
    ("title: ~", "title", ""),
    ("created_at: 2026-02-16T06:20:00Z", "created_at", "2026-02-16T06:20:00Z"),
    ("created_at: 2026-02-16 07:20:00+01:00", "created_at", "2026-02-16T06:20:00Z"),
    ("created_at: 2026-02-16T06:20:00.123456", "created_at", "2026-02-16T06:20:00Z"),
    ("created_at: yesterday", "created_at", "yesterday"),
    ("rank: 3", "rank", 3),
    ("rank: -1", "rank", -1),
    ("rank:", "rank", None),
    ("tags:\n- b\n- a\n- a", "tags", ("a", "b")),
    ("tags: [b, a]", "tags", ("a", "b")),
    ("tags: [7, no, 2026-03-01]", "tags", ("2026-03-01", "7", "no")),
    ("tags:", "tags", ()),
    ("tags: []", "tags", ()),
    ("evidence_refs:\n  alerts:\n  - b\n  - a\n  incidents: []", "evidence_refs", {"alerts": ("a", "b")}),
    ("evidence_refs: {alarms: [a]}", "evidence_refs", {"alarms": ("a",)}),
    ("evidence_refs:", "evidence_refs", {}),
    ("meta: {a: 1, b: [no, '1'], c: {d: ~}}", "meta", {"a": 1, "b": ["no", "1"], "c": {"d": None}}),
    ("meta: ~", "meta", {}),
]


@pytest.mark.parametrize(("line", "field", "wanted"), VALUES, ids=[line for line, _, _ in VALUES])
def test_a_value_is_what_the_person_wrote_and_is_judged_later(line: str, field: str, wanted: Any) -> None:
    """DESIGN.md §3: YAML 1.1 surprises read as text; R-162: null is the empty value."""
    reading = _read(_file(line))
    assert reading.findings == []
    held = value(reading.item, field) if reading.item else None
    assert (type(held), held) == (type(wanted), wanted)


# --- findings about a value

REFUSED: list[tuple[str, str, str]] = [
    ("▸tags: a", "BL111", "tags must be a list with one name a line"),
    ("▸tags: {a: b}", "BL111", "tags must be a list with one name a line"),
    ("▸tags: [a, ~]", "BL111", "tags must be a list with one name a line"),
    ("▸tags: [[a]]", "BL111", "tags must be a list with one name a line"),
    ('title: x\n▸tags: ["a\\nb"]', "BL111", "tags must be a list with one name a line"),
    ("▸evidence_refs: [a]", "BL111", "evidence_refs must be a map from a kind of evidence to a list of references"),
    (
        "▸evidence_refs: {alerts: a}",
        "BL111",
        "evidence_refs must be a map whose 'alerts' is a list with one name a line",
    ),
    ("▸meta: [a]", "BL111", "meta must be a map of keys and values"),
    ("▸meta: text", "BL111", "meta must be a map of keys and values"),
    ("▸rank: '3'", "BL111", "rank must be a whole number"),
    ("▸rank: 3.0", "BL111", "rank must be a whole number"),
    ("▸rank: true", "BL111", "rank must be a whole number"),
    ("▸rank: first", "BL111", "rank must be a whole number"),
    ("▸title: [ARCH]", "BL111", "title must be one value on one line"),
    ("▸owner: {name: bob}", "BL111", "owner must be one value on one line"),
    ("▸title: |\n  a\n  b", "BL111", "title must be one line of text"),
    ('▸title: "a\\nb"', "BL111", "title must be one line of text"),
    ("owner: a\ntitle: x\n▸owner: b", "BL105", "the key 'owner' stands twice, first on line 3"),
    ("title: a▸\x85owner: b", "BL108", "the invisible or control character U+0085"),
    ("title: ▸\u202eb", "BL108", "the invisible or control character U+202E"),
    ("title: x\n▸\towner: b", "BL104", "YAML: found a tab character that violates indentation"),
    ("title: a▸: b", "BL104", "YAML: mapping values are not allowed in this context"),
    ("owner: ▸@cto", "BL104", "YAML: found character that cannot start any token"),
    ("meta: ▸!!python/name:os.system x", "BL106", "the tag tag:yaml.org,2002:python/name:os.system is not used here"),
    ("meta: ▸&a {b: 1}", "BL106", "anchors and aliases are not used here"),
    ("▸due date: x", "BL112", "the key 'due date' is not a plain word"),
]


@pytest.mark.parametrize(("lines", "code", "message"), REFUSED, ids=[line for line, _, _ in REFUSED])
def test_a_value_of_the_wrong_form_is_refused_at_its_line_and_column(lines: str, code: str, message: str) -> None:
    """R-165: the field is named."""
    finding = _one(_file(lines))
    assert (finding.code, finding.message) == (code, message)
    assert _read(_file(lines.replace(MARK, ""))).item is None


DOUBTED: list[tuple[str, str, str, str]] = [
    ("▸ownr: bob", "BL115", "unknown key 'ownr', kept as it is", "did you mean 'owner'?"),
    ("▸due_dat: 2026-03-01", "BL115", "unknown key 'due_dat', kept as it is", "did you mean 'due_date'?"),
    ("▸x_team: [core]", "BL115", "unknown key 'x_team', kept as it is", ""),
    ("▸updated_at: 2026-03-01", "BL115", "unknown key 'updated_at', kept as it is", ""),
    ("▸title: fix #12 now", "BL117", "the title ends at an unquoted #", "put the whole title in quotes"),
    ("owner: a\n▸title: fix\t#12", "BL117", "the title ends at an unquoted #", "put the whole title in quotes"),
]


@pytest.mark.parametrize(("lines", "code", "message", "fix"), DOUBTED, ids=[line for line, _, _, _ in DOUBTED])
def test_what_can_be_read_with_a_doubt_is_read_with_a_warning(lines: str, code: str, message: str, fix: str) -> None:
    finding = _one(_file(lines))
    assert (finding.code, finding.message, finding.fix, finding.is_error) == (code, message, fix, False)
    assert _item(_file(lines.replace(MARK, "")))


def test_an_unknown_key_is_kept_whatever_it_holds() -> None:
    """R-164."""
    assert _item(_file("x_a: {b: [1, no]}\nx_c:\nx_d: '7'")).extra == {"x_a": {"b": [1, "no"]}, "x_c": None, "x_d": "7"}


@pytest.mark.parametrize("line", ["owner: a #b", "title: 'fix' #12", "title: # nothing yet", "title: |- # why\n  a"])
def test_a_comment_where_one_is_meant_is_no_doubt(line: str) -> None:
    assert _read(_file(line)).findings == []


# --- findings about the file

FILES: list[tuple[str, str, str]] = [
    ("▸", "BL102", "the first line is not ---"),
    (f"▸id: {ID}\n", "BL102", "the first line is not ---"),
    (f"▸\n---\nid: {ID}\n---\n", "BL102", "the first line is not ---"),
    (f"▸----\nid: {ID}\n----\n", "BL102", "the first line is not ---"),
    (f"▸---\u00a0\nid: {ID}\n---\n", "BL102", "the first line is not ---"),
    (f"▸ ---\nid: {ID}\n---\n", "BL102", "the first line is not ---"),
    (f'▸{{"id": "{ID}"}}\n', "BL102", "the first line is not ---"),
    (f"▸---\nid: {ID}\ntext\n", "BL103", "no second line ---"),
    (f"▸---\nid: {ID}\n...\n", "BL103", "no second line ---"),
    (f"▸---\nid: {ID}\n----\n", "BL103", "no second line ---"),
    ("▸---", "BL103", "no second line ---"),
    ("---\n▸- a\n---\n", "BL109", "expected one `key: value` a line"),
    ("---\n▸text\n---\n", "BL109", "expected one `key: value` a line"),
    ("▸---\n---\n", "BL110", "the id is missing"),
    ("▸---\ntitle: x\n---\n", "BL110", "the id is missing"),
    ("---\n▸id:\n---\n", "BL110", "the id is missing"),
    ("---\ntitle: x\n▸id: bl_0\n---\n", "BL110", f"the id is 'bl_0', the file's name says '{ID}'"),
    (f"---\nid: {ID}\n▸id: {ID}\n---\n", "BL105", "the key 'id' stands twice, first on line 2"),
    (_file("▸<<<<<<< HEAD\nowner: a\n=======\nowner: b\n>>>>>>> other"), "BL118", "a merge conflict is not resolved"),
    ("▸<<<<<<< HEAD\n---\n=======\n---\n>>>>>>> other\n", "BL118", "a merge conflict is not resolved"),
    (_file("a: b", "\nText\n▸<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n"), "BL118", "a merge conflict is not resolved"),
    (_file("▸title: '\0'").replace("▸title: '\0", "title: '▸\0"), "BL108", "U+0000, which no text may hold"),
    (_file("title: x", "\n\na▸\ud800b\n"), "BL108", "U+D800, which no text may hold"),
    (_file("title: x", "\n## Comments\n\n▸hello\n"), "BL116", "text under Comments that belongs to no comment"),
]


@pytest.mark.parametrize(("text", "code", "message"), FILES, ids=[f"{code} {text[:20]!r}" for text, code, _ in FILES])
def test_a_file_of_the_wrong_form_is_told_at_its_line(text: str, code: str, message: str) -> None:
    """M8: nothing that is not frontmatter is taken for an item without any."""
    finding = _one(text)
    assert (finding.code, finding.message) == (code, message)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"\xff\xfe-\x00-\x00", 1, 1),
        (b"---\nid: \xff\n---\n", 2, 5),
        ("---\ntitle: é".encode() + b"\xc3(\n---\n", 2, 9),
        (b"---\nid: x\n---\n\xed\xa0\x80", 4, 1),
        (b"---\nid: x\n---\n\xc0\xaf", 4, 1),
    ],
)
def test_bytes_that_are_not_utf_8_are_refused_at_the_first_of_them(data: bytes, line: int, column: int) -> None:
    (finding,) = _read(data).findings
    assert (finding.code, finding.line, finding.column) == ("BL101", line, column)
    assert finding.fix == "save it as UTF-8"


def test_a_file_larger_than_the_limit_is_refused_unread() -> None:
    for size in (MAX_FILE + 1, 2 * MAX_FILE):
        (finding,) = _read(_file("title: x").encode().ljust(size, b"\xff")).findings
        assert (finding.code, finding.message) == ("BL107", f"{size} bytes; it may have {MAX_FILE}")
    assert _item(_file("title: x\n---\n").encode().ljust(MAX_FILE, b"x"))


def test_frontmatter_larger_than_the_limit_is_refused() -> None:
    (finding,) = _read(_file(f"title: {'x' * MAX_FRONTMATTER}")).findings
    assert (finding.code, finding.message) == ("BL107", f"the frontmatter has more than {MAX_FRONTMATTER} characters")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = "---\nid: x\ntags: a\nownr: b\nrank: c\ntitle: d #e\n---\n\n## Comments\n\nhello\n"
    assert [(one.code, one.line) for one in _read(text).findings] == [
        *(("BL111", 3), ("BL115", 4), ("BL111", 5), ("BL117", 6), ("BL110", 2)),
        ("BL116", 11),
    ]


# --- files that are fine

FULL = f"""\
---
id: {ID}
title: Rotate the signing key
created_at: 2026-02-16T06:20:00Z
status: open
env: prod
priority: P1
service: gateway
owner: alice
category: security
due_date: 2026-03-01
source: manual
dedupe_key: manual:2026-W08:prod:gateway:security
tags:
- auth
- keys
---

The certificate ends in spring.
"""


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        "\ufeff" + FULL,
        FULL.replace("\n", "\r\n"),
        "\ufeff" + FULL.replace("\n", "\r\n"),
        FULL.replace("---\n", "---  \t\n"),
        FULL.replace("---\n\n", "---\n\n\n\n"),
        FULL + "\n\n\n",
        FULL.rstrip("\n"),
        FULL.replace("tags:\n- auth\n- keys", "tags: [keys, auth]"),
        FULL.replace("tags:\n", "tags: # why\n\n# more\n"),
    ],
)
def test_the_same_item_in_other_clothes_is_the_same_item(text: str) -> None:
    assert _item(text) == _item(text.encode()) == ITEM


def test_a_marker_inside_the_body_or_indented_does_not_end_anything() -> None:
    assert _item(_file("title: x", "A\n---\nB\n")).description == "A\n---\nB"
    assert _item(_file("title: |-\n  ---")).title == "---"
    assert _item(_file("title: x")[:-1]).description == ""


def test_conflict_markers_inside_code_are_an_example() -> None:
    text = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n```"
    assert _item(_file("title: x", text)).description == text
    assert _item(_file("title: x", "a <<<<<<< b\n=======\n")).description


def test_findings_of_the_rules_stand_at_the_line_of_their_field() -> None:
    reading = _read("\ufeff" + FULL)
    at = {name: reading.locate(Finding("BL202", "x", field=name), "items/a.md") for name in ("status", "tags", "rank")}
    assert {name: (one.path, one.line, one.column) for name, one in at.items()} == {
        "status": ("items/a.md", 5, 1),
        "tags": ("items/a.md", 14, 1),
        "rank": ("items/a.md", 1, 1),
    }
    assert reading.locate(Finding("BL116", "x", line=7), "a.md").line == 7
    assert _read("x").locate(Finding("BL102", "x"), "a.md").path == "a.md"


# --- writing


def test_a_new_file_has_its_keys_in_order_and_reads_back() -> None:
    """DESIGN.md §3."""
    assert markdown.write(ITEM) == FULL


def test_what_an_item_does_not_have_is_left_out_but_for_the_lines_that_keep_edits_apart() -> None:
    bare = Item(id=ID, title="x", created_at="", status="open")
    lines = markdown.write(bare).split("\n")
    assert [line.partition(":")[0] for line in lines[1:-2]] == [field.name for field in FIELDS if field.always]
    assert 'due_date: ""' in lines
    assert lines[-2:] == ["---", ""]


def test_everything_an_item_may_have_is_written() -> None:
    full = item(
        list="todo",
        rank=0,
        evidence_refs={"incidents": ("i",), "alerts": ("b", "a"), "artifacts": ()},
        tags=("b", "a", "b"),
        meta={"z": 1, "a": [True, "no"]},
        extra={"x_team": "core"},
        description="\n\nText.\n\n",
        comments=(Comment("2026-02-17T09:00:00Z", "bob", "## Yes\n"),),
    )
    written = markdown.write(full)
    assert written.partition("dedupe_key")[2].partition("\n")[2] == (
        "list: todo\nrank: 0\nevidence_refs:\n  incidents:\n  - i\n  alerts:\n  - a\n  - b\ntags:\n- a\n- b\n"
        'meta:\n  z: 1\n  a:\n  - true\n  - "no"\nx_team: core\n---\n\nText.\n\n## Comments\n\n'
        "### 2026-02-17T09:00:00Z bob\n\n\\## Yes\n"
    )


def test_other_tools_read_the_same_text() -> None:
    read = python_frontmatter.loads(markdown.write(item(title="no: 12:30", owner="012", tags=("2026-03-01", "yes"))))
    assert read.content == ITEM.description
    held = {key: str(one) for key, one in read.metadata.items() if key not in ("created_at", "tags")}
    assert held == {key: str(value(ITEM, key)) for key in held} | {"title": "no: 12:30", "owner": "012"}
    assert read.metadata["tags"] == ["2026-03-01", "yes"]


@pytest.mark.parametrize(
    "values",
    [
        {"title": "a\nb"},
        {"title": "a\u202eb"},
        {"owner": "\ud800"},
        {"description": "## Comments\n\n### 2026-02-17T09:00:00Z cto\n\nI approve."},
        {"description": "a\0b"},
        {"tags": ("a\nb",)},
        {"meta": {"n": 10**30}},
        {"meta": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}},
        {"extra": {"not a key": 1}},
        {"extra": {"x": "y" * MAX_FRONTMATTER}},
        {"comments": (Comment("yesterday", "bob", "x"),)},
        {"comments": (Comment("2026-02-17T09:00:00Z", "a\nb", "x"),)},
    ],
)
def test_what_would_not_read_back_the_same_is_never_written(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match=f"{ID} cannot be written so that it reads back the same"):
        markdown.write(item(**values))


# --- editing: the lines that are gone, and those that are new


def _edited(text: str, **values: Any) -> tuple[list[str], list[str]]:
    reading = _read(text)
    assert reading.item is not None
    edited = markdown.edit(reading, reading.item._replace(**values))
    old, new = text.split("\n"), edited.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("values", "gone", "new"),
    [
        ({}, [], []),
        ({"status": "in_progress"}, ["status: open"], ["status: in_progress"]),
        ({"due_date": "2026-04-01"}, ["due_date: 2026-03-01"], ["due_date: 2026-04-01"]),
        ({"due_date": ""}, ["due_date: 2026-03-01"], ['due_date: ""']),
        ({"tags": ("auth", "new")}, ["- keys"], ["- new"]),
        ({"tags": ()}, ["tags:", "- auth", "- keys"], []),
        ({"rank": 0}, [], ["rank: 0"]),
        ({"meta": {"a": 1}}, [], ["meta:", "  a: 1"]),
        ({"extra": {"x_team": "core"}}, [], ["x_team: core"]),
        ({"description": "Other."}, ["The certificate ends in spring."], ["Other."]),
        ({"title": "fix #12"}, ["title: Rotate the signing key"], ['title: "fix #12"']),
        ({"service": "", "owner": "bob"}, ["service: gateway", "owner: alice"], ['service: ""', "owner: bob"]),
    ],
)
def test_an_edit_touches_only_the_lines_of_what_changed(
    values: dict[str, Any], gone: list[str], new: list[str]
) -> None:
    assert _edited(FULL, **values) == (gone, new)
    windows = [[f"{line}\r" for line in lines] for lines in (gone, new)]
    assert list(_edited(FULL.replace("\n", "\r\n"), **values)) == windows


def test_an_edit_keeps_comments_quotes_order_and_unknown_keys() -> None:
    text = f"""---
x_team: core   # ours
status: 'open' # since spring
id: "{ID}"

# who
owner:   alice
tags: [b, a]
---
Text.
"""
    reading = _read(text)
    assert reading.item is not None
    edited = markdown.edit(reading, reading.item._replace(status="blocked", owner="bob", priority="P0"))
    assert edited == text.replace("'open'", "'blocked'").replace("alice", "bob").replace(
        "since spring\n", "since spring\npriority: P0\n"
    )


def test_a_set_that_a_person_did_not_sort_keeps_its_order() -> None:
    text = _file("tags:\n- z\n- a\n- m")
    reading = _read(text)
    assert reading.item is not None
    edited = markdown.edit(reading, reading.item._replace(tags=("b", "m", "z")))
    assert edited == _file("tags:\n- z\n- m\n- b")


def test_a_new_comment_stands_behind_everything() -> None:
    reading = _read(FULL)
    edited = markdown.edit(reading, item(comments=(Comment("2026-02-17T09:00:00Z", "bob", "Yes."),)))
    assert edited == f"{FULL}\n## Comments\n\n### 2026-02-17T09:00:00Z bob\n\nYes.\n"


def test_a_comment_that_stands_is_never_rewritten() -> None:
    text = f"{FULL}\n## Comments\n\n### 2026-02-17T09:00:00Z bob\n\nYes.\n"
    reading = _read(text)
    assert reading.item is not None
    for comments in ((), (Comment("2026-02-17T09:00:00Z", "bob", "No."),)):
        with pytest.raises(InvalidError, match="comments are only ever added"):
            markdown.edit(reading, reading.item._replace(comments=comments))


def test_what_cannot_be_read_cannot_be_edited() -> None:
    reading = _read(_file("tags: a"))
    with pytest.raises(InvalidError, match="cannot be read") as caught:
        markdown.edit(reading, ITEM)
    assert [one.code for one in caught.value.findings] == ["BL111"]


# --- laws

snippets = st.sampled_from(
    [
        *(
            "---\n",
            "\n",
            f"id: {ID}\n",
            "title: x\n",
            "tags:\n",
            "- a\n",
            "  b: [1\n",
            "## Comments\n",
            "```\n",
            "\ufeff",
        ),
        *("\r\n", "a: b: c\n", "### 2026-02-17T09:00:00Z bob\n", "<<<<<<< x\n", ">>>>>>> y\n", "rank: no\n", "\0"),
        *("\u202e", "due_date: 2026-02-30\n", "owner: 'a' # b\n", "title: |\n  a\n", "text\n"),
    ]
)
files = st.one_of(
    st.lists(snippets, max_size=10).map("".join),
    st.lists(snippets, max_size=8).map(lambda some: f"---\nid: {ID}\n{''.join(some)}"),
    st.text(st.characters(codec=None)),
)


@given(st.one_of(st.binary(), files))
def test_reading_never_fails_and_says_why_there_is_no_item(data: bytes | str) -> None:
    reading = _read(data)
    assert (reading.item is None) == any(one.is_error for one in reading.findings)


@given(files, some.title)
def test_any_file_that_can_be_read_can_be_edited_or_is_left_alone(text: str, title: str) -> None:
    reading = _read(text)
    if reading.item is None:
        return
    assert markdown.edit(reading, reading.item) == text
    try:
        edited = markdown.edit(reading, reading.item._replace(title=title))
    except InvalidError:
        return
    assert _item(edited) == reading.item._replace(title=title)
