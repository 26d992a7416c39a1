"""TAB offers commands, ids, words of the policy and fields, and never a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, item_text
from tests.repositories import Repo


def offers(place: Path, *words: str) -> list[str]:
    """What is offered for the last word."""
    variables = {"_BACKLOGTOOL_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("backlogtool", *words))}
    done = subprocess.run(
        [sys.executable, "-m", "backlogtool"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables, "COMP_CWORD": str(len(words))},
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.fixture
def backlog(repo: Repo) -> Repo:
    for one in (GATEWAY, BILLING):
        repo.write(f"items/{one}.md", item_text(one))
    repo.commit("first")
    return repo


def test_commands_are_offered(backlog: Repo) -> None:
    assert offers(backlog.root, "se") == ["search", "set-status"]
    assert "--actor" in offers(backlog.root, "--a")


@pytest.mark.sampled(9)
@pytest.mark.parametrize("command", ["show", "log", "edit", "close", "comment", "assign", "set-status"])
def test_ids_are_offered_where_a_command_takes_an_item(command: str, backlog: Repo) -> None:
    assert offers(backlog.root, command, "bl_d") == [GATEWAY]
    assert offers(backlog.root, command, "d8a") == [GATEWAY]


@pytest.mark.exhaustive
def test_words_of_the_policy_and_fields_are_offered(backlog: Repo) -> None:
    assert offers(backlog.root, "set-status", GATEWAY, "in") == ["in_progress"]
    assert offers(backlog.root, "list", "--priority", "P") == ["P0", "P1", "P2", "P3"]
    assert offers(backlog.root, "edit", GATEWAY, "--set", "du") == ["due_date="]
    assert offers(backlog.root, "edit", GATEWAY, "--set", "env=st") == ["env=staging"]
    assert offers(backlog.root, "edit", GATEWAY, "--set", "title=x") == []
    assert offers(backlog.root, "edit", GATEWAY, "--set", "created") == []


@pytest.mark.exhaustive
def test_branch_takes_no_word_so_what_stands_without_it_is_offered_behind_it(backlog: Repo) -> None:
    assert offers(backlog.root, "close", "--branch", "bl_d") == [GATEWAY]
    assert offers(backlog.root, "set-status", "--branch", GATEWAY, "in") == ["in_progress"]
    assert offers(backlog.root, "set-status", GATEWAY, "--branch", "in") == ["in_progress"]
    assert offers(backlog.root, "close", "--branch=bl_d") == []


def test_the_directory_that_is_named_counts(backlog: Repo, tmp_path: Path) -> None:
    assert offers(tmp_path, "-C", str(backlog.root), "show", "bl_d") == [GATEWAY]


def test_where_there_is_no_backlog_or_no_such_command_nothing_is_offered(tmp_path: Path) -> None:
    assert offers(tmp_path, "show", "bl_") == []
    assert offers(tmp_path, "nonsense", "bl_") == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_the_tool(shell: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backlogtool", "completion", shell], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert f"_BACKLOGTOOL_COMPLETE={shell}_complete" in done.stdout
