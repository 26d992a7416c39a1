"""Repositories as people have them: each works, or says what is in the way and how to get past it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, PREPARED, Session, item_text, one_commit, run, untouched
from tests.repositories import Repo, make


def work(session: Session) -> None:
    """A day's commands, each held to its own file, and nothing left over."""
    path = session.path(session.create("Ünï", "P0"))
    item_id = path[6:-3]
    for command in (("set-status", item_id, "in_progress"), ("comment", item_id, "hello"), ("close", item_id)):
        with one_commit(session.repo, path):
            session(*command)
    session("undo")
    assert session.item(item_id)["status"] == "in_progress"
    assert session("validate", "--since", "HEAD~2").out == ""
    assert session.repo.git("status", "--porcelain") == ""
    assert session.repo.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", ["with a blank", "ünïcode-漢字", "quote'\"$(x)`y`", "-dash", "line\u2028separator"])
def test_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    session = Session(make(tmp_path / name))
    session("init")
    work(session)


def test_a_line_end_in_the_folders_name_is_told(tmp_path: Path) -> None:
    answer = run("-C", str(make(tmp_path / "a\nb").root), "list")
    assert (answer.status, answer.out) == (7, "")
    assert "holds a line end" in answer.err


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "options",
    [
        ["--object-format=sha256"],
        ["--initial-branch=feature/ü"],
        ["--separate-git-dir=elsewhere.git"],
    ],
    ids=lambda one: one[0][2:16],
)
def test_repositories_of_every_make(tmp_path: Path, options: list[str]) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    repo = Repo(root)
    repo.git("init", "--quiet", *options)
    repo.git("config", "user.name", "Ann Author")
    repo.git("config", "user.email", "ann@example.org")
    session = Session(repo)
    session("init")
    if "separate" in options[0]:
        repo.write(".gitignore", "elsewhere.git\n")
        repo.commit("ignore", ".gitignore")
    work(session)


@pytest.mark.sampled(10)
@pytest.mark.parametrize(
    "settings",
    [
        {"index.version": "4"},
        {"core.splitIndex": "true"},
        {"core.untrackedCache": "true", "index.threads": "1"},
        {"status.showUntrackedFiles": "no", "core.quotePath": "false", "core.precomposeUnicode": "true"},
        {"commit.verbose": "true", "commit.template": "/nonexistent", "commit.cleanup": "scissors"},
        {"core.commentChar": "B", "core.autocrlf": "input", "core.fileMode": "false"},
        {"diff.noprefix": "true", "diff.renames": "copies", "log.showRoot": "false", "core.abbrev": "4"},
        {"user.useConfigOnly": "true", "core.logAllRefUpdates": "false", "gc.auto": "1"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_settings_of_git_do_not_matter(cli: Session, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        cli.repo.git("config", name, value)
    work(cli)


def test_carriage_returns_in_the_work_tree_only_are_no_change(cli: Session) -> None:
    cli.repo.git("config", "core.autocrlf", "true")
    for item_id in PREPARED:
        (cli.repo.root / cli.path(item_id)).unlink()
    cli.repo.git("checkout", "--quiet", "--", "items")
    assert b"\r\n" in (cli.repo.root / cli.path(GATEWAY)).read_bytes()
    assert cli("validate").out == ""
    cli("assign", GATEWAY, "bob")
    assert (cli.repo.root / cli.path(GATEWAY)).read_bytes().count(b"\r\n") == cli.text(GATEWAY).count("\n")
    assert "\r" not in cli.repo.git("show", f"HEAD:{cli.path(GATEWAY)}")
    cli("undo")
    assert cli.item(GATEWAY)["owner"] == "oncall"
    assert cli.repo.git("status", "--porcelain") == ""


def test_a_sparse_checkout_without_the_items_is_no_empty_backlog(cli: Session) -> None:
    cli.repo.write("code/main.py", "x = 1\n")
    cli.repo.commit("code", "code")
    cli.repo.git("sparse-checkout", "set", "code")
    with untouched(cli.repo):
        for command in (("list",), ("validate",), ("render",), ("create", "x"), ("init",)):
            answer = cli(*command, status=7)
            assert "this sparse checkout leaves out items" in answer.err
            assert "hint: git sparse-checkout add items config" in answer.err
    cli.repo.git("sparse-checkout", "add", "items", "config")
    cli("assign", GATEWAY, "bob")
    assert cli.repo.git("status", "--porcelain") == ""
    cli.repo.git("sparse-checkout", "disable")
    assert len(cli("list", "--json").data) == 4


def test_items_in_a_submodule_are_read_and_not_written(cli: Session, tmp_path: Path) -> None:
    outer = Session(make(tmp_path / "outer"))
    add = ("submodule", "--quiet", "add", str(cli.repo.root), "items")
    outer.repo.git("-c", "protocol.file.allow=always", *add)
    outer.repo.git("commit", "--quiet", "--message", "a submodule")
    with untouched(outer.repo):
        assert "submodule" in outer("init", status=7).err


def test_an_ignored_items_folder_is_written_to_all_the_same(empty: Session) -> None:
    empty.repo.write(".gitignore", "items/\nconfig/\n*.md\n")
    empty.repo.commit("ignore", ".gitignore")
    empty("init")
    item_id = empty.create("Seen")
    assert empty.path(item_id) in empty.repo.git("ls-files").split()
    assert empty("validate").out == ""


def test_an_item_that_is_not_committed_yet_is_part_of_the_backlog(cli: Session) -> None:
    new = "bl_00000000abcd"
    cli.repo.write(cli.path(new), item_text(new))
    assert cli.item(new)["updated_at"] is None
    assert cli.events(new) == []
    assert "not committed" in cli("assign", new, "bob", status=1).err
    cli("assign", new, "bob", "--with-edits")
    assert [event["type"] for event in cli.events(new)] == ["created"]


def test_an_item_that_was_deleted_by_hand_is_gone_and_its_story_is_not(cli: Session) -> None:
    (cli.repo.root / cli.path(BILLING)).unlink()
    assert "no item" in cli("show", BILLING, status=3).err
    cli.repo.commit("gone", "items")
    assert [event["type"] for event in cli.events(BILLING)] == ["created", "deleted"]
    cli("undo")
    assert cli.text(BILLING) == PREPARED[BILLING]


def test_an_item_moved_into_a_folder_keeps_its_story(cli: Session) -> None:
    (cli.repo.root / "items/2026").mkdir()
    cli.repo.git("mv", cli.path(BILLING), f"items/2026/{BILLING}.md")
    cli.repo.git("commit", "--quiet", "--message", "moved")
    with one_commit(cli.repo, f"items/2026/{BILLING}.md"):
        cli("assign", BILLING, "bob")
    assert [event["type"] for event in cli.events(BILLING)] == ["created", "auto_update"]
    assert cli("validate", "--since", "HEAD~2").out == ""
    cli("undo")
    assert cli.item(BILLING)["owner"] == "oncall"
