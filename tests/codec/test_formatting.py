"""The usual form of an item's file: what formatting changes, and above all what it does not (R-256)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import formatting, markdown
from backlogtool.codec.formatting import formatted
from backlogtool.codec.strictyaml import SCALAR, Node
from backlogtool.domain.fields import FIELDS
from backlogtool.domain.item import Item
from tests import strategies as some

ID = "bl_d8a7874e737d"
HEAD = f"id: {ID}\ntitle: A title\ncreated_at: 2026-02-16T06:20:00Z\nstatus: open\nenv: prod\npriority: P1\n"
REST = 'service: ""\nowner: oncall\ncategory: ""\ndue_date: ""\nsource: manual\ndedupe_key: k\n'


def form(text: str, item_id: str = ID) -> str:
    """The text in its usual form; it must be one that can be read."""
    found, findings = formatted(text, item_id)
    assert found is not None, [str(one) for one in findings]
    return found


def item(head: str = HEAD + REST, body: str = "") -> str:
    return f"---\n{head}---\n{body}"


def prose(text: str) -> list[str]:
    document = markdown.read(text, ID).document
    assert document is not None
    return formatting.prose(document)


# --- laws


@st.composite
def untidy(draw: st.DrawFn) -> tuple[str, str]:
    """(id, text) of a file as people leave it: keys anywhere, sets on one line, comments, blanks, mixed line ends."""
    held = markdown.normal(draw(some.items()))
    _, head, body = markdown.write(held).split("---\n", 2)
    parts = draw(st.permutations(re.split(r"\n(?=[A-Za-z_])", head.removesuffix("\n"))))
    parts = [one for one in parts if not one.endswith(': ""') or draw(st.booleans())]
    noise = st.sampled_from(["", "", "\n", "# why\n", "\n# a paragraph  \n\n", "  # indented\n"])
    lines = draw(noise) + "".join(f"{_untidy(draw, one)}\n{draw(noise)}" for one in parts)
    around = draw(st.sampled_from(["", "\n", "\n\n", " \n"]))
    body = around + body.removesuffix(draw(st.sampled_from(["", "\n"])))
    text = f"---{draw(st.sampled_from(['', '  ']))}\n{lines}---\n{body}"
    ends = draw(st.sampled_from([("\n",), ("\r\n",), ("\n", "\r\n"), ("\r\n", "\r\n", "\n")]))
    cut = text.split("\n")
    mixed = "".join(line + ends[number % len(ends)] for number, line in enumerate(cut[:-1])) + cut[-1]
    return held.id, draw(st.sampled_from(["", "\ufeff"])) + mixed


def _untidy(draw: st.DrawFn, part: str) -> str:
    """A key's lines with a comment or blanks behind the last one, and a set on one line where that is simple."""
    key, *entries = part.split("\n")
    if key == "tags:" and draw(st.booleans()) and not any(set(one) & set(",[]{}?:#\"'") for one in entries):
        entries = draw(st.permutations(entries))
        part = f"tags: [{', '.join(one.removeprefix('- ') for one in entries)}]"
    elif key == "tags:":
        part = "\n".join([key, *draw(st.permutations([*entries, entries[0]]))])
    if "|" in part:
        return part
    return part + draw(st.sampled_from(["", "", "   ", " # behind"]))


def scalars(node: Node) -> list[Node]:
    parts = [*node.items, *(one for entry in node.entries.values() for one in entry)]
    return [node] if node.kind == SCALAR else [leaf for one in parts for leaf in scalars(one)]


def sources(text: str) -> set[str]:
    """Every scalar of the frontmatter as it is written, quotes included."""
    document = markdown.read(text.replace("\r\n", "\n"), "").document
    assert document is not None
    yaml = document.text[document.yaml_start : document.yaml_end]
    return {yaml[one.start : one.end] for one in scalars(document.root)}


def remarks(text: str) -> list[str]:
    """The comments that stand on lines of their own or behind a key."""
    return sorted(re.findall(r"# (?:why|a paragraph  |indented|behind)$", text.replace("\r\n", "\n"), re.MULTILINE))


@given(untidy())
def test_formatting_twice_is_formatting_once(given_: tuple[str, str]) -> None:
    item_id, text = given_
    once = form(text, item_id)
    assert form(once, item_id) == once


@given(untidy())
def test_a_formatted_file_says_what_it_said(given_: tuple[str, str]) -> None:
    """Also what there is to find fault with; a key without a value is no value."""
    item_id, text = given_
    before, after = markdown.read(text, item_id), markdown.read(form(text, item_id), item_id)
    assert after.item == before.item
    assert sorted(one.message for one in after.findings) == sorted(one.message for one in before.findings)


@given(untidy())
def test_the_text_that_people_wrote_is_byte_for_byte_the_same(given_: tuple[str, str]) -> None:
    """R-256. Line ends count where they are not mixed: then every byte is."""
    item_id, text = given_
    new = form(text, item_id)
    assert prose(new) == prose(text)
    _, body = new.removeprefix("\ufeff").replace("\r\n", "\n").split("\n---\n", 1)
    assert body.strip() in text.replace("\r\n", "\n")
    if "\r" not in text or text.count("\r") == text.count("\n"):
        assert new.count("\r") == (new.count("\n") if "\r" in text else 0)
        assert body.strip().replace("\n", "\r\n" if "\r" in text else "\n") in text


@given(untidy())
def test_quotes_and_comments_stay_as_they_were_written(given_: tuple[str, str]) -> None:
    item_id, text = given_
    new = form(text, item_id)
    assert sources(text) <= sources(new) <= sources(text) | {'""', *(one.name for one in FIELDS if one.always)}
    assert set(remarks(text)) <= set(remarks(new))


@given(untidy())
def test_the_keys_stand_in_the_order_of_the_table_and_unknown_ones_behind_them(given_: tuple[str, str]) -> None:
    """D-14."""
    item_id, text = given_
    old, new = markdown.read(text, item_id).document, markdown.read(form(text, item_id), item_id).document
    assert old is not None
    assert new is not None
    keys = list(new.values)
    known = [field.name for field in FIELDS if field.name in keys]
    assert keys == known + [key for key in old.values if key not in known]
    assert {field.name for field in FIELDS if field.always} <= set(keys)


@given(some.items())
def test_what_the_tool_writes_is_formatted(held: Item) -> None:
    text = markdown.write(markdown.normal(held))
    assert form(text, held.id) == text
    marked = "\ufeff" + text.replace("\n", "\r\n")
    assert form(marked, held.id) == marked


@given(st.text(max_size=200))
def test_any_text_is_formatted_or_refused(text: str) -> None:
    found, findings = formatted(text, ID)
    assert (found is None) == bool(findings)


# --- one thing after the other


def test_keys_move_with_the_comments_above_and_behind_them() -> None:
    text = item(
        f"# about the file\n\n# the name\ntitle: A title # short\n  # further\nid: {ID}\n"
        + HEAD.split("\n", 2)[2].replace("env: prod\n", "")
        + REST
        + "# where\nenv: prod\n# the end\n"
    )
    assert form(text) == item(
        f"# about the file\nid: {ID}\n# the name\ntitle: A title # short\n  # further\n"
        + HEAD.split("\n", 2)[2].replace("env: prod", "# where\nenv: prod")
        + REST
        + "# the end\n"
    )


@pytest.mark.parametrize(
    ("held", "meant"),
    [
        ("tags: [b, 'a']\n", "tags:\n- 'a'\n- b\n"),
        ("tags: [b, a]   # both\n", "tags:   # both\n- a\n- b\n"),
        ("tags: [ ]\n", "tags: [ ]\n"),
        ("tags:\n", "tags:\n"),
        ("tags:\n  - b\n\n  - a\n", "tags:\n  - a\n  - b\n"),
        ("tags:\n- b\n# of a\n- a # last\n", "tags:\n# of a\n- a # last\n- b\n"),
        ("tags:\n# all\n- b\n- a\n", "tags:\n# all\n- a\n- b\n"),
        ("tags:\n- a\n- a\n- 'a' # again\n", "tags:\n- a\n- 'a' # again\n"),
        ("tags: [a,\n  b]\n", "tags: [a,\n  b]\n"),
        ("evidence_refs: {alerts: [y, x], incidents: []}\n",
         "evidence_refs:\n  alerts:\n  - x\n  - y\n  incidents: []\n"),
        ("evidence_refs:\n    alerts: [y, x]\n    artifacts:\n    - d\n    - c\n",
         "evidence_refs:\n    alerts:\n    - x\n    - y\n    artifacts:\n    - c\n    - d\n"),
        ("meta: {b: [2, 1]}   \n", "meta: {b: [2, 1]}\n"),
        ("meta:\n  b: |\n    keeps  \n\n\n", "meta:\n  b: |\n    keeps  \n"),
        ("meta:\n  b: |+\n    keeps\n\n\n", "meta:\n  b: |+\n    keeps\n\n\n"),
        ("x_own: {b: 1}   \nmeta:   \n  b: 1  \n", "meta:\n  b: 1\nx_own: {b: 1}\n"),
    ],
)  # fmt: skip
def test_sets_have_one_entry_a_line_and_other_values_stay(held: str, meant: str) -> None:
    assert form(item(HEAD + REST + held)) == item(HEAD + REST + meant)


def test_the_keys_that_every_file_has_come_in_without_a_value() -> None:
    """D-14: their lines keep the others apart."""
    assert form(item(HEAD + "owner: oncall\nsource: manual\n")) == item(
        HEAD + 'service: ""\nowner: oncall\ncategory: ""\ndue_date: ""\nsource: manual\ndedupe_key: ""\n'
    )


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("", ""),
        ("\n\n \n", ""),
        ("text", "\ntext\n"),
        ("\n\n\n    code\n\n\n", "\n    code\n"),
        ("\ntwo blanks  \n\n\n\nkept\n", "\ntwo blanks  \n\n\n\nkept\n"),
        ("\n```\nopen\n\n\n", "\n```\nopen\n"),
        ("lone\rreturn", "lone\rreturn"),
    ],
)
def test_around_the_body_there_is_one_blank_line_and_one_line_end(body: str, meant: str) -> None:
    assert form(item(body=body)) == item(body=meant)


def test_mixed_line_ends_become_those_of_most_lines() -> None:
    text = item(body="\na\nb\nc\n")
    windows = text.replace("\n", "\r\n")
    assert form(text.replace("a\n", "a\r\n")) == text
    assert form(windows.replace("a\r\n", "a\n")) == windows
    assert form(windows) == windows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no frontmatter\n", "BL102"),
        (item().replace("title: A", "title: a: A"), "BL104"),
        (item().replace(ID, "bl_000000000000"), "BL110"),
        (item(body="<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"), "BL118"),
    ],
)
def test_what_cannot_be_read_is_not_formatted(text: str, code: str) -> None:
    found, findings = formatted(text, ID)
    assert (found, [one.code for one in findings]) == (None, [code])
