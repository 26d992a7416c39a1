"""Commit messages: what a person said, and trailers that claim what happened.

Trailers add what a diff cannot say (who acted, in which steps a squashed jump was made). They are claims:
where they and the diff disagree the diff wins (DESIGN.md §4). Nothing that people or items put into a
message can turn into a trailer (ROBUSTNESS.md 2.4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backlogtool.codec.scalars import HIDDEN
from backlogtool.domain.event import COMMENT, STATUS_CHANGE, Claim, Event

MAX_SUBJECT = 100
MAX_META = 4096
_TRAILER = re.compile(r"(Backlog-[A-Za-z]+): (.*)")
_UNDO = re.compile(r"Backlog-Undo: ([0-9a-f]{40,64})")
#: As git has it, of a merge with the parent on the next line; some forges leave out the full stop.
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{40,64})(\.|, reversing)?")
_REVERSES = re.compile(r"changes made to ([0-9a-f]{40,64})\.")
_FIRST = "Backlog-Item: "
_OWN = re.compile(r"\s*backlog-", re.IGNORECASE)


def compose(subject: str, note: str, actor: str, events: Sequence[Event], undoes: str = "") -> str:
    """The message of a commit: subject, what the person said, one block of trailers an event.

    ``undoes`` is the id of the commit that this one takes back.
    """
    parts = [_short(one_line(subject))]
    if note.strip():
        parts.append(_harmless(note))
    parts += [_block(event, actor, undoes) for event in events]
    return "\n\n".join(parts) + "\n"


def read(message: str) -> tuple[str, list[Claim]]:
    """What the person said, and every claim in the message, in its order.

    A block is a paragraph that starts with ``Backlog-Item``; a squashed commit may hold several. Other
    words behind a block begin the next of the folded messages.
    """
    said: list[str] = []
    claims: list[Claim] = []
    number, in_blocks = 0, False
    for lines in _paragraphs(message):
        claim = _claim(lines)
        if claim:
            claims.append(claim._replace(message=number))
        else:
            number += in_blocks
            said.append("\n".join(lines))
        in_blocks = claim is not None
    return "\n\n".join(said), claims


def undone(message: str) -> str:
    """The full id of the commit that a message says to take back: as ``undo`` writes it, else as ``git revert``."""
    return taken_back(message)[0]


def taken_back(message: str) -> tuple[str, str]:
    """What ``undone`` gives; and of a merge the parent to whose state the message says to go back."""
    sentence = "", ""
    for lines in _paragraphs(message):
        if lines[0].startswith(_FIRST):
            found = next((found for line in lines if (found := _UNDO.fullmatch(line))), None)
            if found:
                return found[1], ""
        elif not sentence[0]:
            sentence = next(filter(None, map(_reverted, lines, [*lines[1:], ""])), sentence)
    return sentence


def _reverted(line: str, below: str) -> tuple[str, str] | None:
    """What the sentence of ``git revert`` says that begins on a line."""
    commit = _REVERTS.fullmatch(line)
    if commit is None or commit[2] != ", reversing":
        return (commit[1], "") if commit else None
    parent = _REVERSES.fullmatch(below)
    return (commit[1], parent[1]) if parent else None


def _paragraphs(message: str) -> Iterator[list[str]]:
    """Blocks of lines between blank ones. ``git merge --squash`` indents the folded messages by four blanks."""
    for paragraph in re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip("\n")):
        yield [line.removeprefix("    ") for line in paragraph.strip("\n").split("\n")]


def one_line(text: str) -> str:
    """The text on one line, without control or invisible characters."""
    return " ".join(HIDDEN.sub("", " ".join(text.split())).split())


def _short(subject: str) -> str:
    return subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 1].rstrip() + "…"


def _block(event: Event, actor: str, undoes: str) -> str:
    lines = [f"Backlog-Item: {event.item_id}", f"Backlog-Event: {event.type}"]
    if event.type == STATUS_CHANGE:
        lines.append(f"Backlog-Meta: {json.dumps(event.meta, sort_keys=True)}")
    elif event.type != COMMENT and "changes" in event.meta:
        names = json.dumps({"fields": sorted(event.meta["changes"])})
        lines += [f"Backlog-Meta: {names}"] if event.type == "auto_update" else []
    lines += [f"Backlog-Undo: {undoes}"] if undoes else []
    return "\n".join([*lines, f"Backlog-Actor: {one_line(actor)}"])


def _harmless(note: str) -> str:
    """A person's words as they go into a message: no line can be taken for a trailer of ours."""
    lines = note.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    clean = [HIDDEN.sub("", line).rstrip() for line in lines]
    return "\n".join(f"| {line}" if _OWN.match(line) else line for line in clean)


def _claim(lines: list[str]) -> Claim | None:
    """The claim that a paragraph makes; other tools' trailers may stand among its lines."""
    found: dict[str, str] = {}
    for line in lines:
        trailer = _TRAILER.fullmatch(line)
        if trailer:
            if trailer[1] in found:
                return None
            found[trailer[1]] = trailer[2].strip()
    if not lines[0].startswith(_FIRST) or "Backlog-Event" not in found:
        return None
    return Claim(found["Backlog-Item"], found["Backlog-Event"], found.get("Backlog-Actor", ""), _meta(found))


def _meta(found: Mapping[str, str]) -> Mapping[str, Any]:
    text = found.get("Backlog-Meta", "")
    if not text or len(text) > MAX_META:
        return {}
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return meta if isinstance(meta, dict) else {}
