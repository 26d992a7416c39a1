"""Commit messages: claims that nobody can forge, and that other tools' lines do not hide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backlogtool.codec.scalars import HIDDEN
from backlogtool.codec.trailers import MAX_META, MAX_SUBJECT, compose, one_line, read, taken_back, undone
from backlogtool.domain.event import AUTO_UPDATE, COMMENT, CREATED, DELETED, STATUS_CHANGE, Claim, Event, diff
from backlogtool.domain.item import Comment
from tests import strategies as some
from tests.domain.samples import ITEM, item

ID = ITEM.id
OTHER = "bl_ffffffffffff"
SHA, SHA_2 = "c0ffee" + "0" * 34, "ab" * 20
MOVED = diff(ITEM, item(status="in_progress"))
MOVE = Claim(ID, STATUS_CHANGE, "alice", {"old_status": "open", "new_status": "in_progress"})

MESSAGE = f"""\
backlog: {ID} open -> in_progress

capacity numbers are in

Backlog-Item: {ID}
Backlog-Event: status_change
Backlog-Meta: {{"new_status": "in_progress", "old_status": "open"}}
Backlog-Actor: alice
"""


def _block(*lines: str, item_id: str = ID) -> str:
    return "\n".join((f"Backlog-Item: {item_id}", *lines))


# --- writing


def test_a_message_is_a_subject_what_was_said_and_a_block_an_event() -> None:
    """DESIGN.md §4."""
    assert compose(f"backlog: {ID} open -> in_progress", "capacity numbers are in", "alice", MOVED) == MESSAGE


def test_nothing_said_leaves_no_gap() -> None:
    assert compose("subject", " \n ", "alice", []) == "subject\n"


def test_each_kind_of_event_says_what_a_reader_needs() -> None:
    remark = Comment("2026-02-17T09:00:00Z", "bob", "Yes.")
    events = [
        *diff(None, ITEM),
        *diff(ITEM, item(status="blocked", owner="bob", title="t", comments=(remark,))),
        *diff(ITEM, None),
    ]
    blocks = compose("s", "", "alice", events, undoes=SHA).removesuffix("\n").split("\n\n")[1:]
    tail = [f"Backlog-Undo: {SHA}", "Backlog-Actor: alice"]
    moved = 'Backlog-Meta: {"new_status": "blocked", "old_status": "open"}'
    assert [block.split("\n")[1:] for block in blocks] == [
        ["Backlog-Event: created", *tail],
        ["Backlog-Event: status_change", moved, *tail],
        ["Backlog-Event: auto_update", 'Backlog-Meta: {"fields": ["owner", "title"]}', *tail],
        ["Backlog-Event: comment", *tail],
        ["Backlog-Event: deleted", *tail],
    ]


def test_a_subject_is_one_line_of_bounded_length() -> None:
    assert compose("a\n\nb\x07\u202e  c", "", "x", []) == "a b c\n"
    assert compose("x" * 500, "", "x", []) == "x" * (MAX_SUBJECT - 1) + "…\n"
    assert one_line(" a\tb\r\nc\u2028 ") == "a b c"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("Backlog-Item: x", "| Backlog-Item: x"),
        ("a\n  backlog-event: created\nb", "a\n|   backlog-event: created\nb"),
        ("BACKLOG-Meta: {}", "| BACKLOG-Meta: {}"),
        ("\u200bBacklog-Item: x", "| Backlog-Item: x"),
        ("\u3000Backlog-Item: x", "| \u3000Backlog-Item: x"),
        ("a\u2028Backlog-Item: x", "aBacklog-Item: x"),
        ("a\rBacklog-Item: x\r\nb\0", "a\n| Backlog-Item: x\nb"),
        ("the Backlog-Item: x", "the Backlog-Item: x"),
        ("backlog: fine", "backlog: fine"),
        ("\n\na   \n\n\nb\n", "a\n\n\nb"),
    ],
)
def test_no_line_that_a_person_writes_can_be_taken_for_a_trailer(note: str, said: str) -> None:
    """ROBUSTNESS.md 2.4."""
    assert compose("subject", note, "x", []) == f"subject\n\n{said}\n"


# --- reading


def test_a_message_of_ours_is_read_as_it_was_written() -> None:
    assert read(MESSAGE) == (f"backlog: {ID} open -> in_progress\n\ncapacity numbers are in", [MOVE])
    assert read(MESSAGE.replace("\n", "\r\n")) == read(MESSAGE)


@pytest.mark.parametrize(
    "line",
    [
        "Signed-off-by: Ann Author <ann@example.org>",
        "Change-Id: I0123456789",
        "Co-authored-by: Bob <bob@example.org>",
        "Backlogitem: x",
        "(cherry picked from commit c0ffee)",
        " folded: line",
        "no trailer at all",
        "Backlog-Reviewed-By: cto",
    ],
)
def test_lines_of_other_tools_in_a_block_do_not_hide_it(line: str) -> None:
    """M13."""
    assert read(f"{MESSAGE}{line}\n")[1] == [MOVE]
    assert read(MESSAGE.replace("Backlog-Meta", f"{line}\nBacklog-Meta"))[1] == [MOVE]


def test_trailers_of_other_tools_behind_the_block_belong_to_what_was_said() -> None:
    assert read(f"s\n\n{_block('Backlog-Event: comment')}\n\nSigned-off-by: A <a@b>\n") == (
        "s\n\nSigned-off-by: A <a@b>",
        [Claim(ID, COMMENT, "", {})],
    )


def test_a_squashed_message_holds_the_blocks_of_all_commits_in_their_order() -> None:
    """C-58."""
    second = diff(item(status="in_progress"), item(status="done"))
    messages = [compose("one", "because", "alice", MOVED), compose("two", "", "bob", second)]
    said, claims = read("Merge it (#12)\n\n* " + "\n\n* ".join(messages))
    assert claims == [MOVE, Claim(ID, STATUS_CHANGE, "bob", {"old_status": "in_progress", "new_status": "done"})]
    assert said == "Merge it (#12)\n\n* one\n\nbecause\n\n* two"


def test_blank_lines_may_hold_blanks() -> None:
    assert read(MESSAGE.replace("\n\n", "\n \t\n"))[1] == [MOVE]


@pytest.mark.parametrize(
    "block",
    [
        f"Backlog-Item: {ID}",
        "Backlog-Event: created",
        f"Backlog-Event: created\nBacklog-Item: {ID}",
        f"x\n{_block('Backlog-Event: created')}",
        _block("Backlog-Event: created", "Backlog-Event: comment"),
        _block("Backlog-Event: created", f"Backlog-Item: {OTHER}"),
        f" {_block('Backlog-Event: created')}",
        f"| {_block('Backlog-Event: created')}",
        f"Backlog-item: {ID}\nBacklog-Event: created",
        f"Backlog-Item:{ID}\nBacklog-Event: created",
        f"Backlog-Item : {ID}\nBacklog-Event: created",
        _block(" Backlog-Event: created"),
        _block("x\u2028Backlog-Event: created"),
        _block("x\x85Backlog-Event: created"),
    ],
)
def test_what_is_not_exactly_a_block_claims_nothing(block: str) -> None:
    """ROBUSTNESS.md 2.4: exact keys, exactly once, no folding, lines end at line feeds only."""
    assert read(f"s\n\n{block}\n") == (f"s\n\n{block}", [])


@pytest.mark.parametrize(
    "meta",
    ["", "{", "[]", "null", '"x"', "7", "{'a': 1}", "[" * 3000, "{" + " " * MAX_META + "}", '{"a": ' * 600, "{} {}"],
)
def test_meta_that_cannot_be_read_says_nothing(meta: str) -> None:
    assert read(_block("Backlog-Event: comment", f"Backlog-Meta: {meta}"))[1] == [Claim(ID, COMMENT, "", {})]


def test_a_claim_may_lack_its_actor_and_its_meta() -> None:
    assert read(_block("Backlog-Event: created"))[1] == [Claim(ID, CREATED, "", {})]
    assert read(_block("Backlog-Event:  created  ", "Backlog-Actor:  Ann  "))[1] == [Claim(ID, CREATED, "Ann", {})]


@pytest.mark.parametrize("message", ["", "\n", "\n\n\n", "one line", "two\nlines\n"])
def test_a_message_without_blocks_is_all_said(message: str) -> None:
    assert read(message) == (message.strip("\n"), [])


# --- undo


@pytest.mark.parametrize("sha", [SHA, "ab" * 32])
def test_undo_and_git_revert_say_which_commit_they_take_back(sha: str) -> None:
    assert undone(compose("undo", "wrong item", "alice", MOVED, undoes=sha)) == sha
    assert undone(f'Revert "backlog: x"\n\nThis reverts commit {sha}.\n') == sha
    assert undone(f'Revert "backlog: x"\r\n\r\nThis reverts commit {sha}.\r\n') == sha


@pytest.mark.parametrize(
    "message",
    [
        "",
        MESSAGE,
        "This reverts commit c0ffee.",
        f"This reverts commit {SHA} ",
        f"> This reverts commit {SHA}.",
        f"This reverts commit {SHA.upper()}.",
        f"This reverts commit {SHA}, reversing\n\nchanges made to {SHA_2}.",
        f"This reverts commit {SHA}, reversing changes made to {SHA_2}.",
        f"This reverts commit {SHA}, reversing\nchanges made to {SHA_2[:10]}.",
        f"This reverts commit {SHA}, reversing",
        f"changes made to {SHA_2}.\nThis reverts commit {SHA}, reversing",
        f"Backlog-Undo: {SHA[:10]}",
        f" Backlog-Undo: {SHA}",
        f"| Backlog-Undo: {SHA}",
    ],
)
def test_another_message_takes_nothing_back(message: str) -> None:
    assert taken_back(message) == ("", "")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_git_revert_says_of_a_merge_to_which_parent_it_goes_back(end: str) -> None:
    said = ['Revert "x"', "", f"This reverts commit {SHA}, reversing", f"changes made to {SHA_2}.", ""]
    assert taken_back(end.join(said)) == (SHA, SHA_2)
    assert taken_back(f"x\n\nThis reverts commit {SHA}.\nchanges made to {SHA_2}.") == (SHA, "")


def test_a_forge_may_say_it_without_a_full_stop() -> None:
    assert taken_back(f'Revert "x"\n\nThis reverts commit {SHA}') == (SHA, "")


def test_what_a_person_says_does_not_change_what_is_taken_back() -> None:
    for said in (f"This reverts commit {SHA_2}.", f"Backlog-Undo: {SHA_2}"):
        assert undone(compose("undo", said, "alice", MOVED, undoes=SHA)) == SHA
        assert undone(compose(said, "", "alice", MOVED, undoes=SHA)) == SHA
        assert undone(compose("undo", "", said, MOVED, undoes=SHA)) == SHA


# --- laws

FORGED = _block(
    "Backlog-Event: status_change", 'Backlog-Meta: {"old_status": "open", "new_status": "done"}', item_id=OTHER
)
ends = st.sampled_from(
    ["\n", "\n\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\0", "\x1c", "\n\t\n", " "]
)
words = st.sampled_from(
    [
        *("Backlog-Item: ", "backlog-item: ", "Backlog-Event: created", "Backlog-Actor: cto", f"Backlog-Undo: {SHA_2}"),
        *(OTHER, FORGED, "---", "\u200b", "\ufeff", "| ", "Signed-off-by: x <x@y>", "#12", "a"),
    ]
)
hostile = st.one_of(
    st.lists(st.one_of(words, ends), max_size=8).map("".join), st.text(st.characters(codec=None)), some.text
)
kinds = st.sampled_from([CREATED, STATUS_CHANGE, AUTO_UPDATE, COMMENT, DELETED])


def _meta(kind: str) -> dict[str, Any]:
    if kind == STATUS_CHANGE:
        return {"old_status": "open", "new_status": "blocked"}
    return {"changes": {"owner": ["a", "b"], "title": ["c", "d"]}} if kind in (CREATED, AUTO_UPDATE) else {}


events = st.lists(
    st.builds(lambda one, kind: MOVED[0]._replace(item_id=one, type=kind, meta=_meta(kind)), some.identifier, kinds),
    max_size=3,
)


def _claimed(event: Event, actor: str) -> Claim:
    told: dict[str, Any] = {STATUS_CHANGE: event.meta, AUTO_UPDATE: {"fields": ["owner", "title"]}}.get(event.type, {})
    return Claim(event.item_id, event.type, one_line(actor).strip(), told)


@given(hostile, hostile, hostile, events)
@example("s", f"x\n\n{FORGED}", f"alice\n\n{FORGED}", MOVED)
@example(FORGED, FORGED, FORGED, [])
def test_nothing_that_people_say_or_are_called_can_forge_a_claim(
    subject: str, note: str, actor: str, made: list[Event]
) -> None:
    message = compose(subject, note, actor, made)
    assert read(message)[1] == [_claimed(event, actor) for event in made]
    assert undone(message) == ""


@given(hostile, hostile, hostile, events)
def test_a_message_holds_nothing_hidden_and_its_subject_is_its_first_line(
    subject: str, note: str, actor: str, made: list[Event]
) -> None:
    message = compose(subject, note, actor, made)
    assert not HIDDEN.search(message)
    assert "\r" not in message
    assert message.endswith("\n")
    first = message.split("\n")[0]
    assert first == one_line(subject) or (len(first) <= MAX_SUBJECT and first.endswith("…"))


@given(st.one_of(hostile, st.text()))
def test_any_message_can_be_read(message: str) -> None:
    said, claims = read(message)
    assert isinstance(said, str)
    assert all(isinstance(claim.meta, dict) for claim in claims)
    assert undone(message) == "" or len(undone(message)) >= 40
    json.dumps([claim.meta for claim in claims])
