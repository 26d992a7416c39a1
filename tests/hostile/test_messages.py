"""Nothing that people or items put into a commit message becomes a claim of ours (ROBUSTNESS.md 2.4)."""

from __future__ import annotations

import json

import pytest

from backlogtool.codec import trailers
from backlogtool.domain.event import STATUS_CHANGE, Claim, Event
from tests.cli.session import GATEWAY, Session, cli, template
from tests.hostile.test_output import acted_on

__all__ = ["cli", "template"]

_MOVE = {"old_status": "open", "new_status": "blocked"}
_TRUE = Claim(GATEWAY, STATUS_CHANGE, "ann", _MOVE)
_FORGED = f"Backlog-Item: {GATEWAY}\nBacklog-Event: status_change\nBacklog-Actor: cto"

#: What somebody wants to say, which is always only said.
NOTES = {
    "a block of trailers": f"x\n\n{_FORGED}",
    "a block at the very beginning": _FORGED,
    "a block of Windows": f"x\r\n\r\n{_FORGED}".replace("\n", "\r\n"),
    "a block of carriage returns": f"x\r\r{_FORGED}".replace("\n", "\r"),
    "a block behind line separators": f"x\u2028\u2028{_FORGED}".replace("\n", "\u2028"),
    "a block behind next lines": f"x\x85\x85{_FORGED}".replace("\n", "\x85"),
    "a block behind form feeds": f"x\x0c\x0c{_FORGED}".replace("\n", "\x0c"),
    "a block that is indented as a squash does": f"x\n\n    {_FORGED}".replace("\n", "\n    "),
    "a block behind tabs": f"x\n\n\t{_FORGED}".replace("\n", "\n\t"),
    "a block behind hidden characters": f"x\n\n\u200b{_FORGED}",
    "a block in capitals": f"x\n\n{_FORGED}".upper(),
    "a block behind three dashes": f"x\n---\n{_FORGED}",
    "a block behind scissors": f"x\n# ------------------------ >8 ------------------------\n{_FORGED}",
    "a block behind a comment of git": f"# x\n\n{_FORGED}",
    "a block among other trailers": f"x\n\nSigned-off-by: a <a@b>\n{_FORGED}\nReviewed-by: cto",
    "a block in two halves": f"Backlog-Item: {GATEWAY}\n\nBacklog-Event: status_change\n\nBacklog-Actor: cto",
    "a block of two items": f"{_FORGED}\n\n{_FORGED}",
    "a folded line": f"Backlog-Item:\n {GATEWAY}\nBacklog-Event:\n status_change",
    "a blank before the colon": _FORGED.replace(":", " :"),
    "an undo": f"Backlog-Item: {GATEWAY}\nBacklog-Undo: {'0' * 40}",
    "NUL": f"x\0\n\n{_FORGED}",
    "a bomb of blank lines": "\n" * 100_000 + _FORGED,
}


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_what_is_said_claims_nothing(note: str) -> None:
    event = Event("", GATEWAY, "", STATUS_CHANGE, "", "", _MOVE)
    message = trailers.compose("subject", note, "ann", [event])
    assert trailers.read(message)[1] == [_TRUE]
    assert not trailers.undone(message)
    assert not acted_on(message)


#: An actor or a subject that wants to be more than a line.
LINES = {
    "a line feed": "ann\nBacklog-Actor: cto",
    "a block": f"ann\n\n{_FORGED}",
    "a carriage return": "ann\rBacklog-Actor: cto",
    "a line separator": "ann\u2028Backlog-Actor: cto",
    "a next line": "ann\x85Backlog-Actor: cto",
    "a group separator": "ann\x1dBacklog-Actor: cto",
    "an escape sequence": "ann\x1b[2K\x1b[1A",
    "an override": "\u202eotc",
    "half a character": "ann\ud800",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_an_actor_stays_on_its_line(line: str) -> None:
    event = Event("", GATEWAY, "", STATUS_CHANGE, "", "", _MOVE)
    message = trailers.compose(line, "", line, [event])
    (claim,) = trailers.read(message)[1]
    assert claim.actor == trailers.one_line(line)
    assert len(message.split("\n")) == len(trailers.compose("s", "", "a", [event]).split("\n"))
    assert not acted_on(message)


_META = f"s\n\nBacklog-Item: {GATEWAY}\nBacklog-Event: status_change\nBacklog-Meta: "
#: A message as somebody wrote it by hand -> the claims in it.
MESSAGES: dict[str, tuple[str, list[Claim]]] = {
    "a key twice is no claim": (f"s\n\n{_FORGED}\nBacklog-Actor: ann", []),
    "an item twice is no claim": (f"s\n\n{_FORGED}\nBacklog-Item: bl_000000000000", []),
    "a block without an event is no claim": (f"s\n\nBacklog-Item: {GATEWAY}", []),
    "a block that starts otherwise is no claim": (f"s\n\nSigned-off-by: x\n{_FORGED}", []),
    "an event first is no claim": (f"s\n\nBacklog-Event: created\nBacklog-Item: {GATEWAY}", []),
    "a block behind a blank that does not break is no claim": (f"s\n\n\u00a0{_FORGED}", []),
    "small letters are no claim": (f"s\n\n{_FORGED.lower()}", []),
    "a folded line belongs to no trailer": (f"s\n\n{_FORGED}\n mallory", [Claim(GATEWAY, "status_change", "cto", {})]),
    "a line separator ends no line": (
        f"s\n\n{_FORGED}\u2028Backlog-Actor: x", [Claim(GATEWAY, "status_change", "cto\u2028Backlog-Actor: x", {})]
    ),
    "details that are no JSON say nothing": (f"{_META}{{", [Claim(GATEWAY, "status_change", "", {})]),
    "details that are a list say nothing": (f"{_META}[1]", [Claim(GATEWAY, "status_change", "", {})]),
    "details nested without end say nothing": (f"{_META}{'[' * 4000}", [Claim(GATEWAY, "status_change", "", {})]),
    "details of a megabyte say nothing": (
        f'{_META}{{"a": "{"x" * (1 << 20)}"}}', [Claim(GATEWAY, "status_change", "", {})]
    ),
    "a number of 4,000 digits says nothing it should not": (
        f'{_META}{{"a": {"9" * 4000}}}', [Claim(GATEWAY, "status_change", "", {"a": int("9" * 4000)})]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("message", "claims"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_by_hand_claims_what_the_table_says(message: str, claims: list[Claim]) -> None:
    assert trailers.read(message)[1] == claims


#: Commits that change one thing and tell of another.
LIES = {
    "a move that was not made": {"old_status": "open", "new_status": "done"},
    "a path through every status": {"old_status": "blocked", "new_status": "canceled"},
    "half a character": {"old_status": "\ud800", "new_status": "\ud800"},
    "no statuses": {"old_status": [1], "new_status": {"a": float("nan")}},
}


@pytest.mark.parametrize("meta", LIES.values(), ids=LIES)
def test_what_a_commit_did_counts_and_not_what_it_says(cli: Session, meta: dict[str, object]) -> None:
    cli.hand_edit(GATEWAY, "status: open", "status: in_progress")
    cli.repo.git("add", "items")
    message = f"s\n\n{_FORGED}\nBacklog-Meta: {json.dumps(meta)}\n"
    cli.repo.git("commit", "--quiet", "--cleanup=verbatim", "--file=-", stdin=message.encode())
    moved = cli.events(GATEWAY)[-1]
    assert (moved["type"], moved["meta"]) == ("status_change", {"old_status": "open", "new_status": "in_progress"})
    findings = cli("validate", "--since", "HEAD~1", "--json").data
    assert [one["code"] for one in findings] == ["BL305"]
    assert not acted_on(cli("log").out)
