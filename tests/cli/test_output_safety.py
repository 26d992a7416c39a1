"""What a repository holds reaches no terminal as anything but text (R21): `Session` looks at every answer."""

from __future__ import annotations

import json

import pytest

from tests.cli.session import GATEWAY, Session, item_text

#: What a terminal, a pager or an eye would take for something else.
HOSTILE = {
    "escape": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\ \x1b[2J\x1b[31m",
    "c1": "\x9b31m \x85 \x9d0;title\x9c",
    "bidi": "\u202etxt.exe\u202c \u2066x\u2069 \u200f",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ad\U000e0041",
    "bell and backspace": "rm -rf\x08\x08\x07\x7f",
    "line separators": "one\u2028two\u2029three\x0bfour\x0cfive",
    "return": "shown\rhidden",
}
OF_ALL = [
    ("list", "--all"), ("list", "--format", "plain"), ("list", "--format", "csv"), ("list", "--format", "md"),
    ("list", "--format", "jsonl"), ("list", "--json"), ("log",), ("log", "--json"), ("validate",),
    ("validate", "--json"), ("validate", "--since", "HEAD~1"), ("dashboard", "--env", "all"), ("dashboard", "--json"),
    ("dashboard", "--check"), ("render", "--print"), ("render", "--check"), ("render", "--dry-run"),
    ("promote", "--dry-run"), ("doctor",), ("doctor", "--json"), ("config", "show"), ("undo", "--dry-run"),
]  # fmt: skip
OF_ONE = [("show",), ("show", "--json"), ("log",)]
CHANGES = [("set-status", "blocked"), ("comment", "x"), ("set-status", "blocked", "--json")]


def read_everything(session: Session, *items: str) -> None:
    """Runs every command that reads; a session holds each answer to being plain text."""
    commands = [*OF_ALL, *((name, item, *more) for item in items for name, *more in OF_ONE)]
    commands += [(name, item, *more, "--dry-run") for item in items[:1] for name, *more in CHANGES]
    for command in commands:
        assert session.answer(*command).status in (0, 1, 3, 6), command


def written(item_id: str, place: str, raw: str) -> str:
    """An item's file with hostile text in one place."""
    text = item_text(item_id, due_date="2026-01-01", priority="P0")
    comment = "## Comments\n\n### 2026-02-16T06:20:00Z"
    quoted = json.dumps(raw)
    return {
        "title": text.replace("title: ", f"title: {quoted} # "),
        "owner": text.replace("owner: oncall", f"owner: {raw}"),
        "tag": text.removesuffix("---\n") + f"tags:\n- {quoted}\n---\n",
        "key": text.removesuffix("---\n") + f"x{raw}: y\n---\n",
        "extra": text.removesuffix("---\n") + f"extra: {quoted}\n---\n",
        "description": f"{text}\n{raw}\n",
        "comment": f"{text}\n{comment} mallory\n\n{raw}\n",
        "commenter": f"{text}\n{comment} m{raw}\n\nx\n",
    }[place]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "places",
    [["title", "owner", "tag", "key", "extra"], ["description", "comment", "commenter"]],
    ids=["in frontmatter", "in the text"],
)
def test_no_control_byte_of_an_item_reaches_the_terminal(cli: Session, places: list[str]) -> None:
    """Frontmatter that holds one cannot be read; a text can, so views and lists are made of it."""
    cases = [(place, raw) for place in places for raw in HOSTILE.values()]
    for number, (place, raw) in enumerate(cases):
        item_id = f"bl_{number:012x}"
        cli.repo.write(cli.path(item_id), written(item_id, place, raw))
    cli.repo.commit("by hand")
    once = [number for number, (place, _) in enumerate(cases) if place == places[number % len(places)]]
    read_everything(cli, *(f"bl_{number:012x}" for number in once))
    cli("show", GATEWAY, "--raw")


def test_no_control_byte_of_a_commit_reaches_the_terminal(cli: Session) -> None:
    for number, raw in enumerate(HOSTILE.values()):
        cli.hand_edit(GATEWAY, "Review the gateway" if number == 0 else f"Title {number - 1}", f"Title {number}")
        cli.repo.git("add", "items")
        trailers = f"Backlog-Item: {GATEWAY}\nBacklog-Event: auto_update\nBacklog-Actor: {raw}\n"
        text = f"{raw}\n\n{raw}\n\n{trailers}"
        author = f"--author={raw} <m@example.org>"
        cli.repo.git("commit", "--quiet", "--cleanup=verbatim", "--file=-", author, stdin=text.encode())
    read_everything(cli, GATEWAY)
    assert len(cli.events(GATEWAY)) == 1 + len(HOSTILE)


@pytest.mark.exhaustive
def test_a_hostile_file_name_is_shown_escaped(cli: Session) -> None:
    for name in ("\x1b[2J.md", "a\nb.md", "\u202egnp.md", "bl_\uff11.md"):
        cli.repo.write(f"items/{name}", "x\n")
    cli.repo.write("templates/\x1b[31m.md.j2", "x\n")
    told = cli("validate", status=1)
    assert told.out.count("[BL114]") == 4
    read_everything(cli)


def test_a_hostile_policy_branch_and_actor_are_shown_escaped(cli: Session) -> None:
    cli.policy('ownership: {overrides: {"x\\e[31m": "\\e[2J"}}\ncommit: {subject: "{summary} \\u202e"}\n')
    cli.repo.git("checkout", "--quiet", "-b", "x\u202ey")
    read_everything(cli)


def test_what_is_typed_is_no_safer_than_what_is_read(cli: Session) -> None:
    text = "".join(HOSTILE.values())
    for command in (("show", text), ("list", f"owner:{text}"), ("list", f"{text}:x"), (text,), ("undo", text),
                    ("render", text), ("import", text), ("config", "show", text), ("list", f"--{text}"),
                    ("dashboard", "--date", text), ("assign", GATEWAY, text), ("create", text, "-n")):  # fmt: skip
        assert cli.answer(*command).status in (0, 1, 2, 3, 6), command


def test_a_comment_and_an_actor_from_the_command_line_are_written_and_shown_safely(cli: Session) -> None:
    for text in HOSTILE.values():
        cli("comment", GATEWAY, "--actor", f"m{text}", "--", f"x{text}")
    assert len(cli.item(GATEWAY)["comments"]) == len(HOSTILE), "an actor cannot end its heading"
    cli("show", GATEWAY)
    cli("log")
    assert cli("validate", "--since", "HEAD~3").status == 0


def test_a_refusal_by_a_hook_cannot_write_to_the_terminal(cli: Session) -> None:
    cli.repo.git("config", "--unset", "core.hooksPath")
    hook = cli.repo.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf '\\033[2Jno \\302\\205 way'\nexit 1\n")
    hook.chmod(0o755)
    assert "no " in cli("assign", GATEWAY, "bob", status=1).err
