"""GitPython as a second, independent reader of what a session of commands left in a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import git
import pytest

from backlogtool.app import items, reading
from backlogtool.app.result import Options
from backlogtool.app.workspace import Workspace
from backlogtool.cli.main import COMMANDS
from tests.cli.session import BILLING, GATEWAY, LATER, NOW, PREPARED, Session, copied, template

__all__ = ["template"]


@pytest.fixture
def session(template: Path, tmp_path: Path) -> Session:
    """A session in which a few things have been done."""
    done = copied(template, tmp_path)
    for command in (
        ("set-status", GATEWAY, "in_progress", "--message", "numbers — “quoted” — are in"),
        ("comment", GATEWAY, "--actor", "Zoë", "--", "Half the pool."),
        ("assign", BILLING, "alice"),
        ("edit", BILLING, "--set", "title=Härten", "--add", "tags=b,a"),
        ("create", "Third", "P0"),
        ("undo",),
        ("close", GATEWAY),
        ("render", "--commit"),
    ):
        done(*command, now=LATER)
    return done


@pytest.fixture
def reader(session: Session) -> Iterator[git.Repo]:
    with git.Repo(session.repo.root) as repo:
        yield repo


def test_both_readers_see_the_same_commits(session: Session, reader: git.Repo) -> None:
    commits = list(reader.iter_commits("main"))
    assert [one.hexsha for one in commits] == session.repo.git("rev-list", "main").split()
    assert len(commits) == 9
    for commit in commits:
        assert commit.author.name == "Ann Author"
        assert commit.author.email == "ann@example.org"
        assert len(commit.parents) == (0 if commit == commits[-1] else 1)
    moments = [one.authored_datetime.astimezone(UTC) for one in commits]
    assert moments == [datetime.fromisoformat(LATER)] * 8 + [datetime.fromisoformat(NOW)]
    assert [one.committed_datetime for one in commits] == [one.authored_datetime for one in commits]


@pytest.mark.exhaustive
def test_messages_are_what_the_commands_said(reader: git.Repo) -> None:
    subjects = [str(one.message).split("\n")[0] for one in reader.iter_commits("main")]
    assert subjects[-2] == f"backlog: {GATEWAY} open -> in_progress"
    message = str(list(reader.iter_commits("main"))[-2].message)
    assert "numbers — “quoted” — are in" in message
    trailers = list(reader.iter_commits("main"))[-2].trailers_list
    assert ("Backlog-Actor", "Ann Author") in trailers
    assert ("Backlog-Item", GATEWAY) in trailers
    assert ("Backlog-Actor", "Zoë") in list(reader.iter_commits("main"))[-3].trailers_list


@pytest.mark.exhaustive
def test_each_commit_of_a_command_changes_its_own_files_only(reader: git.Repo) -> None:
    newest_first = list(reader.iter_commits("main"))
    changed = [
        sorted({str(one.a_path or one.b_path) for one in commit.parents[0].diff(commit)})
        for commit in newest_first[:-1]
    ]
    assert changed[0] == ["BACKLOG.md", "DASHBOARD.md", "TODO.md", "reports/dashboard.svg"]
    for paths in changed[1:]:
        assert len(paths) == 1
        assert paths[0].startswith("items/bl_")


@pytest.mark.exhaustive
def test_trees_blobs_and_work_tree_agree(session: Session, reader: git.Repo) -> None:
    tree = reader.head.commit.tree
    for item_id in PREPARED:
        blob = tree / f"items/{item_id}.md"
        assert blob.mode == 0o100644
        assert blob.data_stream.read().decode() == session.text(item_id)
    assert not reader.is_dirty(untracked_files=True)
    assert reader.index.diff("HEAD") == []
    assert {str(path) for path, _ in reader.index.entries} == {
        str(one.path) for one in tree.traverse() if one.type == "blob"
    }


@pytest.mark.exhaustive
def test_every_version_that_the_log_tells_of_is_a_blob(session: Session, reader: git.Repo) -> None:
    states = []
    for commit in reversed(list(reader.iter_commits("main", paths=f"items/{GATEWAY}.md"))):
        text = (commit.tree / f"items/{GATEWAY}.md").data_stream.read().decode()
        states.append(next(line for line in text.splitlines() if line.startswith("status: ")).removeprefix("status: "))
    assert states == ["open", "in_progress", "in_progress", "done"]
    moves = [one["meta"] for one in session.events(GATEWAY) if one["type"] == "status_change"]
    assert [one["new_status"] for one in moves] == ["in_progress", "done"]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("kind", ["path", "text", "git.Repo", "below"])
def test_a_workspace_opens_from_a_path_or_a_repo_of_gitpython(session: Session, reader: git.Repo, kind: str) -> None:
    root = session.repo.root
    place = {"path": root, "text": str(root), "git.Repo": reader, "below": root / "items"}[kind]
    space = Workspace.open(place, environment=dict(os.environ), flags={"now": LATER})
    stored, events = reading.show(space, "bl_d8")
    assert (stored.item.status, len(events)) == ("done", 4)
    done = items.assign(space, BILLING, "bob", Options())
    assert reader.head.commit.hexsha == done.commit


def test_a_bare_repo_of_gitpython_is_read(session: Session, tmp_path: Path) -> None:
    session.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    with git.Repo(tmp_path / "bare.git") as bare:
        space = Workspace.open(bare, environment={})
        assert space.store.ids() == sorted(PREPARED)


@pytest.mark.exhaustive
def test_what_gitpython_commits_is_told_like_any_hand_edit(session: Session, reader: git.Repo) -> None:
    session.hand_edit(BILLING, "priority: P2", "priority: P1")
    reader.index.add([f"items/{BILLING}.md"])
    reader.index.commit("by GitPython", author=git.Actor("Bob", "bob@example.org"))
    event = session.events(BILLING)[-1]
    assert (event["actor"], event["message"], event["meta"]) == (
        "Bob",
        "by GitPython",
        {"changes": {"priority": ["P2", "P1"]}},
    )
    assert session("validate", "--since", "HEAD~1").out == ""


def test_the_tool_has_no_command_that_needs_gitpython_to_be_imported() -> None:
    """It costs 60 ms to import, so nothing does at start-up (DESIGN.md §7)."""
    import subprocess
    import sys

    modules = [f"backlogtool.cli.{module}" for module, _ in COMMANDS.values()]
    script = (
        f"import sys, importlib; [importlib.import_module(name) for name in {modules!r}]; print('git' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
