"""The quick way to read and change item files: where it answers, it is the strict way's answer; else it says None."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import comments, markdown, quick
from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.item import Comment, Item
from tests import strategies as some
from tests.campaigns.quick import changed
from tests.codec import test_markdown
from tests.codec.quickly import edited_alike, read_alike, rewritten_alike, typed
from tests.codec.test_markdown import FULL, ID
from tests.conftest import ROOT
from tests.domain.samples import ITEM
from tests.hostile.case import numbered
from tests.hostile.edits import CHANGES, by_hand
from tests.hostile.items import ITEMS

CASES = {item_id: case.bytes_of(item_id) for item_id, (_, case) in numbered(ITEMS).items()}
newlines = st.sampled_from(["\n", "\r\n"])


def _head(lines: str, body: str = "") -> str:
    return f"---\nid: {ID}\n{lines}\n---\n{body}"


# --- what is answered

ANSWERED: list[tuple[str, str, Any]] = [
    ("title: it's 100% [done]", "title", "it's 100% [done]"),
    ("title: fix#12 a:b -c", "title", "fix#12 a:b -c"),
    ("title: 'fix #12: it''s'", "title", "fix #12: it's"),
    ('title: "fix #12: \\"so\\" \\\\"', "title", 'fix #12: "so" \\'),
    ("title: Überlänge — 👩‍💻", "title", "Überlänge — 👩‍💻"),
    ("title: 1_000", "title", "1_000"),
    ("owner: no", "owner", "no"),
    ("owner: ~", "owner", ""),
    ("owner:", "owner", ""),
    ("owner: null\n\n# who\nenv: prod", "owner", ""),
    ("due_date: 2026-02-30", "due_date", "2026-02-30"),
    ("due_date: '2026-03-01'", "due_date", "2026-03-01"),
    ("created_at: 2026-02-16 07:20:00+01:00", "created_at", "2026-02-16T06:20:00Z"),
    ("created_at: 2026-02-16T06:20.12Z", "created_at", "2026-02-16T06:20:00Z"),
    ("created_at: 2026-02-30T06:20:00Z", "created_at", "2026-02-30T06:20:00Z"),
    ("rank: -3", "rank", -3),
    ("rank:", "rank", None),
    ("tags:\n- b\n- a\n- a", "tags", ("a", "b")),
    ("tags:\n  - 7\n  - 'no'", "tags", ("7", "no")),
    ("tags: [b, a c]", "tags", ("a c", "b")),
    ("tags: []", "tags", ()),
    ("tags:\n\n# none\n", "tags", ()),
    ("evidence_refs:\n  alerts:\n  - b\n  - a\n  incidents:", "evidence_refs", {"alerts": ("a", "b")}),
    ("evidence_refs:\n  alerts:\n    - a: ".rstrip(": "), "evidence_refs", {"alerts": ("a",)}),
    ("evidence_refs: {}", "evidence_refs", {}),
    ("meta:\n  a: 1\n  b: no\n  c:\n    d: ~\n    e:\n    - 1.5\n    - [x, 7]", "meta", None),
]


@pytest.mark.parametrize(("lines", "field", "wanted"), ANSWERED, ids=[lines for lines, _, _ in ANSWERED])
def test_what_people_usually_write_is_answered(lines: str, field: str, wanted: Any) -> None:
    item = read_alike(_head(lines), ID)
    assert item is not None
    assert wanted is None or field == "rank" or getattr(item, field) == wanted
    assert read_alike(_head(lines).replace("\n", "\r\n"), ID) == item


LEFT: list[str] = [
    *(
        "ownr: bob",
        "owner: a\nowner: b",
        "title: fix #12",
        "title: a: b",
        "title: [a]",
        "title: |\n  a",
        "title: a\n  b",
    ),
    *(
        "title: &a b",
        "title: *a",
        "title: !a b",
        "title: - a",
        "title: a ",
        'title: "\\x41"',
        'title: "a" b',
        "title: 'a",
    ),
    *(
        "title: \u202ea",
        "title: a\u2028owner: b",
        "title: \u0085",
        "title: a\tb",
        "\tservice: a",
        "id: bl_000000000000",
    ),
    *("rank: '3'", "rank: 3.0", "rank: true", "rank: 1_0", "rank: 3 # x", "rank: ١", "tags: a", "tags: {a: b}"),
    *("tags: [a, ~]", "tags: [a, ]", "tags:\n- a\n  - b", "tags:\n- a\n b", "tags:\n- a: b", "tags:\n-a", "tags:\n- "),
    *(
        "evidence_refs: [a]",
        "evidence_refs:\n  alerts: a",
        "evidence_refs:\n- a",
        "evidence_refs:\n  alerts:\n  - a\n    - b",
    ),
    *(
        "evidence_refs:\n  a:\n  a:",
        "meta: a",
        "meta:\n- a",
        "meta:\n  a: 1\n  a: 2",
        "meta:\n  <<: a",
        "meta:\n  a: 1\n   b: 2",
    ),
    *(
        "meta:\n  a:\n    b: 1\n   c: 2",
        "<<<<<<< a\nowner: b\n>>>>>>> c",
        "%YAML 1.1",
        "...",
        "? owner",
        '"owner": bob',
    ),
]


@pytest.mark.parametrize("lines", LEFT)
def test_what_is_not_certain_is_left_to_the_strict_reader(lines: str) -> None:
    assert quick.read(_head(lines), ID) is None
    reading = markdown.read(_head(lines), ID)
    assert quick.item_of(_head(lines).encode(), ID) == (reading.item, reading.findings)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "---\n",
        "---\n---",
        "---\n---\n",
        FULL[1:],
        "\ufeff" + FULL,
        FULL.replace("---\n", "--- \n", 1),
        FULL.replace("\n", "\r\n", 3),
        FULL.replace("\n---\n", "\n--- \n"),
        FULL + "\0",
        FULL + "\ud800",
        FULL + "\n<<<<<<< a\n>>>>>>> b\n",
        FULL + "\n## Comments\n\nhello\n",
        FULL.replace(ID, "bl_000000000000"),
        _head("title: " + "x" * (1 << 15)),
        _head("tags:\n" + "\n".join(f"- a{number}" for number in range(200))),
        _head("title: x").replace(f"id: {ID}\n", ""),
    ],
)
def test_a_file_of_another_form_is_left_to_the_strict_reader(text: str) -> None:
    assert quick.read(text, ID) is None


# --- laws of reading

values = st.one_of(some.line.filter(lambda text: "\t" not in text), st.integers(-(10**17), 10**17), st.booleans())
metas = st.dictionaries(
    some.name,
    st.one_of(
        values,
        st.none(),
        st.lists(st.one_of(values, st.none()), max_size=3),
        st.dictionaries(some.name, values, max_size=3),
    ),
    max_size=3,
)


def usual() -> st.SearchStrategy[Item]:
    """Items that the tool itself writes: no unknown keys, details of two levels, no comments in the description."""
    items = st.builds(lambda item, meta: item._replace(extra={}, meta=meta), some.items(), metas)
    return items.filter(lambda item: comments.split(item.description)[0].strip() == item.description.strip())


@given(usual(), newlines)
def test_what_the_tool_writes_is_answered(item: Item, newline: str) -> None:
    text = markdown.write(item).replace("\n", newline)
    assert typed(read_alike(text, item.id)) == typed(markdown.normal(item))


@given(some.items(), st.randoms(use_true_random=False), st.integers(0, 4))
def test_any_file_that_is_answered_reads_the_same(item: Item, chance: Random, times: int) -> None:
    text = markdown.write(item)
    for _ in range(times):
        text = changed(chance, text)
    read_alike(text, item.id)


@given(by_hand())
def test_any_file_by_hand_that_is_answered_reads_the_same(written: tuple[str, str]) -> None:
    item_id, text = written
    read_alike(text, item_id)


@given(test_markdown.files)
def test_any_text_that_is_answered_reads_the_same(text: str) -> None:
    read_alike(text, ID)


def test_every_hostile_file_reads_the_same() -> None:
    for item_id, data in CASES.items():
        reading = markdown.read(data, item_id)
        assert quick.item_of(data, item_id) == (reading.item, reading.findings)


def test_bytes_that_are_no_text_or_too_many_are_told_by_the_strict_reader() -> None:
    for data in (b"\xff", FULL.encode() + b"\xc3", FULL.encode().ljust(MAX_FILE + 1, b"x")):
        assert quick.item_of(data, ID) == (None, markdown.read(data, ID).findings)
    assert quick.item_of(FULL.encode().ljust(MAX_FILE, b"x"), ID)[0] is not None


def test_every_value_and_file_of_the_reader_reads_the_same() -> None:
    for line, *_ in (*test_markdown.VALUES, *test_markdown.REFUSED):
        read_alike(test_markdown._file(line.replace(test_markdown.MARK, "")), ID)
    for text, *_ in test_markdown.FILES:
        read_alike(text.replace(test_markdown.MARK, ""), ID)


def test_real_files_read_the_same(shared: Path) -> None:
    """Those of other tools have no id: they get that of their name."""
    files = sorted((shared / "corpus").rglob("*.md"))
    answered = 0
    for path in files:
        text = path.read_bytes().decode()
        answered += read_alike(text.replace("---\n", f"---\nid: {path.stem}\n", 1), path.stem) is not None
        read_alike(text, path.stem)
    assert len(files) > 200


def test_our_own_backlog_is_answered() -> None:
    for path in (ROOT / "items").rglob("*.md"):
        assert read_alike(path.read_text(encoding="utf-8"), path.stem) is not None


# --- laws of changes


@given(usual(), st.sampled_from(sorted(CHANGES)), st.data(), newlines)
def test_a_usual_change_is_answered_with_the_same_bytes(
    item: Item, field: str, data: st.DataObject, newline: str
) -> None:
    text = markdown.write(item).replace("\n", newline)
    before = markdown.normal(item)
    assert edited_alike(text, before, before._replace(**{field: data.draw(CHANGES[field])})) is not None


@given(usual(), some.moment, some.title, some.text, some.text, newlines)
def test_a_comment_or_another_description_gives_the_same_bytes(
    item: Item, at: str, actor: str, said: str, description: str, newline: str
) -> None:
    text = markdown.write(item).replace("\n", newline)
    before = markdown.normal(item)
    remarks = (*before.comments, Comment(at, actor, said or "x"))
    rewritten_alike(text, before, before._replace(comments=remarks))
    rewritten_alike(text, before, before._replace(comments=remarks, description=description))


@given(by_hand(), st.sampled_from(sorted(CHANGES)), st.data())
def test_a_change_of_a_file_by_hand_ends_the_same(written: tuple[str, str], field: str, data: st.DataObject) -> None:
    item_id, text = written
    before = markdown.read(text, item_id).item
    if before is not None:
        rewritten_alike(text, before, before._replace(**{field: data.draw(CHANGES[field])}))


@given(usual(), some.items())
def test_any_change_ends_the_same(item: Item, other: Item) -> None:
    text = markdown.write(item)
    before = markdown.normal(item)
    rewritten_alike(text, before, other._replace(id=item.id, comments=(*before.comments, *other.comments)))
    rewritten_alike(text, before, other)


@pytest.mark.parametrize(
    ("values", "gone", "new"),
    [
        ({}, [], []),
        ({"status": "in_progress"}, ["status: open"], ["status: in_progress"]),
        ({"due_date": ""}, ["due_date: 2026-03-01"], ['due_date: ""']),
        ({"tags": ("auth", "new")}, ["- keys"], ["- new"]),
        ({"tags": ()}, ["tags:", "- auth", "- keys"], []),
        ({"rank": 0, "list": "todo"}, [], ["list: todo", "rank: 0"]),
        ({"description": "Other."}, ["The certificate ends in spring."], ["Other."]),
        ({"title": "fix #12"}, ["title: Rotate the signing key"], ['title: "fix #12"']),
        ({"comments": (Comment("2026-02-17T09:00:00Z", "bob", "Yes."),)}, [], None),
    ],
)
def test_only_the_lines_of_what_changed_are_others(
    values: dict[str, Any], gone: list[str], new: list[str] | None
) -> None:
    edited = edited_alike(FULL, ITEM, ITEM._replace(**values))
    assert edited is not None
    old, now = FULL.split("\n"), edited.split("\n")
    assert [line for line in old if line not in now] == gone
    assert new is None or [line for line in now if line not in old] == new


@pytest.mark.parametrize(
    "text",
    [
        FULL.replace("status: open", "status: 'open'").replace("owner: alice", 'owner: "alice"'),
        FULL.replace("status: open\n", "# why\nstatus: open\n\n").replace("- auth\n- keys", "  - keys\n  - auth"),
        FULL.replace("status: open\n", "status:\n").replace("priority: P1\n", ""),
        FULL.replace("tags:\n- auth\n- keys", "tags: [keys, auth]"),
        FULL.replace("tags:\n- auth\n- keys", "tags:"),
        FULL.replace("- keys", "- 7"),
        FULL.replace("- keys", "- auth"),
        FULL.removesuffix("\n\nThe certificate ends in spring.\n"),
    ],
)
@pytest.mark.parametrize(
    "values", [{"status": "done", "priority": "P0"}, {"tags": ("auth", "b: c", "zz")}, {"owner": "x"}]
)
def test_other_clothes_of_a_file_change_the_same(text: str, values: dict[str, Any]) -> None:
    before = markdown.read(text, ID).item
    assert before is not None
    rewritten_alike(text, before, before._replace(**values))


def test_an_old_comment_that_changes_is_refused_as_ever() -> None:
    text = markdown.write(ITEM._replace(comments=(Comment("2026-02-17T09:00:00Z", "bob", "Yes."),)))
    assert quick.edit(text, ITEM, ITEM) is None
    rewritten_alike(text, ITEM, ITEM)


def test_reading_changing_and_writing_in_the_usual_form_load_no_yaml() -> None:
    program = (
        "import sys\nfrom backlogtool.codec import quick\n"
        f"item, _ = quick.item_of({FULL.encode()!r}, {ID!r})\n"
        f"quick.rewritten({FULL!r}, item, item._replace(status='done', tags=('a',)))\n"
        "assert 'backlogtool.codec.markdown' not in sys.modules\n"
        "from backlogtool.codec import markdown\nmarkdown.write(item)\n"
        "assert 'yaml' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
