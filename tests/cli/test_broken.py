"""A backlog with everything wrong in it: all of it is told at once, and nothing hides or blocks the rest."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, POLICY, PREPARED, Session, copied, item_text, untouched
from tests.repositories import Repo

#: file below items/ -> its text, and what is to be said about it: codes with line and column.
FAULTY: dict[str, tuple[str, list[str]]] = {
    "bl_000000000001.md": ("---\nid: bl_000000000001\ntitle: [unclosed\n---\n", ["BL104"]),
    "bl_000000000002.md": (
        item_text("bl_000000000002").replace("env: prod", "env: prod\nstatus: open"), ["7:1 BL105"]
    ),
    "bl_000000000003.md": (item_text("bl_000000000003", status="opne", priority="P7"), ["5:1 BL202", "7:1 BL202"]),
    "bl_000000000004.md": (item_text("bl_000000000004", due_date="2026-02-30", created_at="soon"),
                           ["4:1 BL203", "11:1 BL203"]),
    "bl_000000000005.md": (item_text("bl_000000000005", dedupe_key="the:same"), ["13:1 BL206"]),
    "bl_000000000006.md": (item_text("bl_000000000006", dedupe_key="the:same"), ["13:1 BL206"]),
    "sub/bl_000000000007.md": (item_text("bl_000000000007"), ["BL205"]),
    "bl_000000000007.md": (item_text("bl_000000000007"), ["BL205"]),
    "bl_000000000008.md": (item_text("bl_0000000000ff"), ["2:1 BL110"]),
    "what is this.md": ("notes\n", ["BL114"]),
    "bl_000000000009.md": (
        item_text("bl_000000000009").replace(
            "status: open\n", "<<<<<<< HEAD\nstatus: blocked\n=======\nstatus: done\n>>>>>>> side\n"
        ),
        ["5:1 BL118"],
    ),
    "bl_00000000000a.md": (item_text("bl_00000000000a", "a\x00b"), ["16:2 BL108"]),
    "bl_00000000000b.md": (item_text("bl_00000000000b", "x" * (2 << 20)), ["BL107"]),
    "bl_00000000000c.md": (item_text("bl_00000000000c", title="&a one"), ["3:8 BL106"]),
    "bl_00000000000d.md": ("no frontmatter\n", ["1 BL102"]),
    "bl_00000000000e.md": ("---\nid: bl_00000000000e\n", ["1 BL103"]),
    "bl_00000000000f.md": (item_text("bl_00000000000f", tags="one"), ["14:1 BL111"]),
    "bl_000000000010.md": (item_text("bl_000000000010", title='"a\\x1bb"'), ["BL108"]),
    "bl_000000000011.md": (item_text("bl_000000000011", titel="x"), ["14:1 BL115"]),
    "bl_000000000012.md": (item_text("bl_000000000012").replace("title: Item 0012\n", ""), ["1:1 BL201"]),
    "bl_000000000013.md": ("", ["1 BL102"]),
}  # fmt: skip
TWICE = "bl_000000000007"
#: Files that cannot be read: no item comes of them.
UNREADABLE = {
    name
    for name, (_, wanted) in FAULTY.items()
    if not {one[-5:] for one in wanted} <= {"BL202", "BL203", "BL206", "BL115", "BL201"}
}


@pytest.fixture(scope="module")
def of_faults(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    session = copied(template, tmp_path_factory.mktemp("faulty"))
    for name, (text, _) in FAULTY.items():
        session.repo.write(f"items/{name}", text)
    (session.repo.root / "items/bl_000000000020.md").symlink_to("/etc/passwd")
    (session.repo.root / "items/bl_000000000021.md").symlink_to(f"{GATEWAY}.md")
    (session.repo.root / "items/elsewhere").symlink_to("/etc")
    (session.repo.root / "items/bl_000000000022.md").write_bytes(b"---\ntitle: caf\xe9\n---\n")
    session.repo.commit("everything wrong")
    os.mkfifo(session.repo.root / "items/bl_000000000023.md")
    (session.repo.root / "items/bl_000000000024.md").mkdir()
    (session.repo.root / "items/bl_000000000024.md/bl_000000000025.md").write_text(item_text("bl_000000000025"))
    return session.repo.root


ODD = {
    "bl_000000000020.md": ["BL113"],
    "bl_000000000021.md": ["BL113"],
    "elsewhere": ["BL113"],
    "bl_000000000022.md": ["2:11 BL101"],
    "bl_000000000023.md": ["BL113"],
}


@pytest.fixture
def faulty(of_faults: Path) -> Session:
    """For reading only: a copy would read the FIFO."""
    return Session(Repo(of_faults))


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """A command that waits for somebody to write into the FIFO is ended loudly."""
    timer = threading.Timer(60, os._exit, (99,))
    timer.start()
    yield
    timer.cancel()


def places(findings: list[dict[str, object]]) -> dict[str, list[str]]:
    """file below items/ -> "line:column code" of its findings, as in FAULTY."""
    found: dict[str, list[str]] = {}
    for one in findings:
        place = ":".join(str(one[key]) for key in ("line", "column") if key in one)
        found.setdefault(str(one["path"]).removeprefix("items/"), []).append(f"{place} {one['code']}".strip())
    return found


def test_validate_tells_everything_at_once_with_path_line_column_and_code(faulty: Session) -> None:
    found = places(faulty("validate", "--json", status=1).data)
    wanted = {name: codes for name, (_, codes) in FAULTY.items()} | ODD
    assert found.keys() == wanted.keys()
    for name, codes in wanted.items():
        assert len(found[name]) == len(codes), (name, found[name])
        for told, code in zip(found[name], codes, strict=True):
            assert told.endswith(code), (name, told, code)


def test_validate_prints_a_line_for_each_finding_that_an_editor_can_follow(faulty: Session) -> None:
    told = faulty("validate", status=1)
    lines = [line for line in told.out.splitlines() if not line.startswith("    ")]
    assert all(re.fullmatch(r"items/[^:]+(:\d+){0,2}: (error|warning): .+ \[BL\d{3}\]", line) for line in lines)
    assert len(lines) == faulty("validate", "--json", status=1).json["total"]
    assert "items/bl_000000000002.md:7:1: error: the key 'status' stands twice, first on line 5 [BL105]" in lines
    assert "did you mean 'open'?" in told.out
    assert "errors" in told.err


def test_the_duplicate_key_names_the_other_item(faulty: Session) -> None:
    told = faulty("validate", status=1).out
    assert "dedupe_key 'the:same' is already used by bl_000000000006" in told
    assert "dedupe_key 'the:same' is already used by bl_000000000005" in told
    assert "bl_000000000007 also stands in items/sub/bl_000000000007.md" in told


@pytest.mark.parametrize("command", [("list", "--all"), ("dashboard", "--env", "all")])
def test_what_cannot_be_read_is_named_by_whatever_would_have_shown_it(
    faulty: Session, command: tuple[str, ...]
) -> None:
    plain = faulty(*command, status=6)
    named = {name for name in (*FAULTY, *ODD) if f"items/{name}" in plain.err}
    assert named == {*UNREADABLE, *ODD}
    found = places(faulty(*command, "--json", status=6).json["findings"])
    assert found.keys() == {*UNREADABLE, *ODD}


def test_the_rest_is_shown_and_counted(faulty: Session) -> None:
    shown = {item["id"] for item in faulty("list", "--all", "--json", status=6).data}
    assert shown >= PREPARED.keys()
    assert "bl_000000000025" in shown, "a folder may have any name"
    assert "bl_000000000003" in shown, "an item with a wrong value is readable"
    assert "bl_000000000020" not in shown
    assert faulty("dashboard", "--json", "--env", "all", status=6).data["total"] == len(shown)
    for layout in ("plain", "csv", "md", "ids", "jsonl", "table"):
        told = faulty("list", "--all", "--format", layout, status=6)
        assert GATEWAY in told.out
        assert "root:" not in told.out


def test_a_filter_does_not_hide_what_cannot_be_read(faulty: Session) -> None:
    assert "bl_000000000001.md" in faulty("list", "service:gateway", status=6).err


@pytest.mark.parametrize("command", [("render",), ("render", "--check"), ("render", "--print"), ("promote",)])
def test_what_would_be_incomplete_is_not_made(faulty: Session, command: tuple[str, ...]) -> None:
    head = faulty.repo.head()
    assert "items/bl_" in faulty(*command, status=6).err
    assert faulty.repo.head() == head
    assert not (faulty.repo.root / "BACKLOG.md").exists()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "name", sorted({*UNREADABLE, *ODD} - {"what is this.md", "elsewhere", "sub/bl_000000000007.md"})
)
def test_an_item_that_cannot_be_read_is_neither_shown_nor_changed(faulty: Session, name: str) -> None:
    item_id = name.removesuffix(".md")
    commands = [("set-status", item_id, "blocked"), ("comment", item_id, "hello")]
    if item_id != TWICE:  # `show` opens one file and does not look for a second
        commands.append(("show", item_id))
    for command in commands:
        assert f"items/{name}" in faulty(*command, status=6).err


def test_the_readable_items_can_be_changed_all_the_same(faulty: Session, tmp_path: Path) -> None:
    faulty.repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Session(Repo(tmp_path / "clone"))
    clone.repo.git("config", "user.name", "Ann")
    clone.repo.git("config", "user.email", "ann@example.org")
    clone("set-status", GATEWAY, "in_progress")
    clone("show", GATEWAY)


def test_a_broken_policy_is_told_line_by_line_and_the_items_wait(cli: Session) -> None:
    cli.repo.write(
        POLICY,
        "version: 1\ndefaults:\n  priorty: P1\nworkflow:\n  allowed_transitions:\n    open: [closed]\n"
        "todo: {batch_size: many}\ncommit: {subject: 3}\n",
    )
    with untouched(cli.repo):
        found = cli("validate", "--json", status=1).data
        told = cli("list", status=6).err
    assert {one["path"] for one in found} == {POLICY}
    assert [(one["line"], one["code"]) for one in found if one["severity"] == "error"] == [
        (3, "BL401"), (6, "BL403"), (7, "BL402"), (8, "BL403"),
    ]  # fmt: skip
    assert f"{POLICY}:3" in told
    for text in ("a: [", "- x\n", "\tx", "version: 1\nversion: 1\n", "x: &a 1\ny: *a\n"):
        cli.repo.write(POLICY, text)
        assert cli("validate", status=1).out.startswith(f"{POLICY}:")
    (cli.repo.root / POLICY).write_bytes(b"\xff\xfe")
    assert "[BL101]" in cli("validate", status=1).out


def test_a_policy_that_is_a_link_is_not_followed(cli: Session) -> None:
    (cli.repo.root / POLICY).unlink()
    (cli.repo.root / POLICY).symlink_to("/etc/passwd")
    told = cli("list", status=6).err
    assert "root" not in told
    assert POLICY in told


def test_an_items_folder_that_is_a_link_is_not_followed(cli: Session, tmp_path: Path) -> None:
    (cli.repo.root / "items").rename(tmp_path / "outside")
    (cli.repo.root / "items").symlink_to(tmp_path / "outside")
    assert "items" in cli("list", status=6).err
    assert "not a regular file" in cli("validate", status=1).out
    cli("create", "x", status=6)
    cli("show", GATEWAY, status=6)
    assert len(list((tmp_path / "outside").iterdir())) == len(PREPARED)


def test_editor_leftovers_and_the_readme_are_no_items(cli: Session) -> None:
    for name in (".bl_000000000001.md.swp", ".#x.md", "README.md", "notes.txt", ".hidden/bl_000000000001.md", "x.md~"):
        cli.repo.write(f"items/{name}", "anything")
    assert cli("validate").out == ""
    assert len(cli("list", "--json").data) == len(PREPARED)


def test_a_missing_object_is_no_reason_for_a_traceback(cli: Session) -> None:
    cli("assign", BILLING, "bob")
    blob = cli.repo.git("rev-parse", f"HEAD:{cli.path(BILLING)}").strip()
    (cli.repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for command in (("list",), ("show", GATEWAY), ("validate",)):
        cli(*command)
    for command in (("log",), ("show", BILLING), ("list", "--json")):
        told = cli(*command, status=7)
        assert blob[:10] in told.out + told.err
