"""The installed commands as a shell sees them: exit codes, pipes, signals, and git's own way to call them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backlogtool import __version__
from tests.cli.session import GATEWAY, NOW, Session, item_text
from tests.repositories import Repo

BIN = Path(sys.executable).parent
TOOL = str(BIN / "backlogtool")


def call(session: Session, *command: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in the session's repository, with the installed scripts on the PATH."""
    given = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "BACKLOG_NOW": NOW, **environment}
    return subprocess.run(
        command,
        cwd=session.repo.root,
        env=given,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("list",), 0),
        (("close", GATEWAY), 1),
        (("list", "--no-such-option"), 2),
        (("show", "nothing"), 3),
        (("import", "items/README.md"), 3),
        (("assign", GATEWAY, "bob", "--actor", "interface"), 4),
        (("create", "-"), 6),
    ],
)
def test_exit_codes_reach_the_shell(cli: Session, arguments: tuple[str, ...], status: int) -> None:
    """DESIGN.md §10."""
    if status == 4:
        cli.policy("rbac: {enforce: true}\n")
    done = call(cli, "backlogtool", *arguments, stdin="---\ntitle: [\n---\n")
    assert done.returncode == status, done.stderr
    assert (done.stdout == "") == (status != 0)
    assert (done.stderr == "") == (status == 0)
    assert "Traceback" not in done.stderr


@pytest.mark.exhaustive
def test_git_backlog_and_python_m_are_the_same_command(cli: Session) -> None:
    wanted = call(cli, "backlogtool", "list").stdout
    assert GATEWAY in wanted
    assert call(cli, "git", "backlog", "list").stdout == wanted
    assert call(cli, sys.executable, "-m", "backlogtool", "list").stdout == wanted
    (cli.repo.root / "deep/er").mkdir(parents=True)
    assert call(cli, "git", "-C", "deep/er", "backlog", "list").stdout == wanted


def test_an_alias_of_git_that_writes_does_not_confuse_it(cli: Session) -> None:
    """Git sets GIT_DIR and more for aliases and hooks."""
    cli.repo.git("config", "alias.start", "!git backlog set-status")
    done = call(cli, "git", "start", GATEWAY, "in_progress")
    assert done.returncode == 0, done.stderr
    assert cli.item(GATEWAY)["status"] == "in_progress"
    assert cli.repo.git("status", "--porcelain") == ""


def test_a_hook_of_git_can_run_the_tool(cli: Session) -> None:
    hooks = cli.repo.root / ".git/our-hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text(f"#!/bin/sh\nexec {TOOL} validate\n")
    (hooks / "pre-commit").chmod(0o755)
    cli.repo.git("config", "core.hooksPath", str(hooks))
    cli.hand_edit(GATEWAY, "status: open", "status: done")
    done = call(cli, "git", "commit", "--all", "--message", "by hand")
    assert done.returncode == 1
    assert "cannot go from open to done" in done.stdout + done.stderr
    cli.hand_edit(GATEWAY, "status: done", "status: blocked")
    assert call(cli, "git", "commit", "--all", "--message", "by hand").returncode == 0


def test_version_and_help(cli: Session) -> None:
    assert call(cli, "backlogtool", "--version").stdout == f"backlogtool, version {__version__}\n"
    for arguments in ((), ("--help",), ("-h",), ("list", "--help"), ("generate", "weekly", "-h")):
        done = call(cli, "backlogtool", *arguments)
        assert "Usage: backlogtool" in done.stdout + done.stderr
        assert done.returncode == (0 if arguments else 2) or not arguments


def test_a_reader_that_goes_away_is_no_error(cli: Session) -> None:
    for number in range(300):
        item_id = f"bl_{number:012x}"
        cli.repo.write(f"items/{item_id}.md", item_text(item_id, title="x" * 400))
    script = f"{TOOL} list --all | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=cli.repo.root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
    script = f"{TOOL} list --all >/dev/full; echo $?"
    done = subprocess.run(["bash", "-c", script], cwd=cli.repo.root, capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"
    assert "No space left" in done.stderr


@pytest.mark.exhaustive
def test_closed_streams_are_no_reason_to_fail(cli: Session) -> None:
    for redirection, status in ((">&-", 0), ("2>&-", 0), (">&- 2>&-", 0), ("<&-", 0)):
        for command in ("list --all", f"assign {GATEWAY} bob{len(redirection)}", "validate"):
            done = subprocess.run(["bash", "-c", f"{TOOL} {command} {redirection}"], cwd=cli.repo.root, check=False)
            assert done.returncode == status, (redirection, command)
    assert cli.repo.git("fsck", "--strict", "--no-dangling") == ""
    assert cli("validate").out == ""


def test_control_c_ends_with_130_and_leaves_nothing_behind(cli: Session, tmp_path: Path) -> None:
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexec sleep 30\n")
    script.chmod(0o755)
    head, running = cli.repo.head(), {**os.environ, "EDITOR": str(script)}
    process = subprocess.Popen(
        [TOOL, "edit", GATEWAY],
        cwd=cli.repo.root,
        env=running,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told.strip()) == (130, "interrupted")
    assert cli.repo.head() == head
    assert cli.repo.git("status", "--porcelain") == ""


@pytest.mark.exhaustive
def test_without_a_terminal_there_are_no_colours_unless_they_are_asked_for(cli: Session) -> None:
    assert "\x1b" not in call(cli, "backlogtool", "list").stdout
    assert "\x1b[" in call(cli, "backlogtool", "--color", "always", "list").stdout
    assert "\x1b" not in call(cli, "backlogtool", "list", NO_COLOR="1").stdout


@pytest.mark.exhaustive
def test_a_terminal_that_knows_only_ascii_is_no_reason_to_fail(cli: Session) -> None:
    cli("edit", GATEWAY, "--set", "title=Härten — 漢字 🚀")
    for command, locale in (
        (("show", GATEWAY), {"LC_ALL": "C"}),
        (("list",), {"PYTHONIOENCODING": "ascii"}),
        (("render", "--print"), {"PYTHONIOENCODING": "latin-1"}),
    ):
        done = call(cli, "backlogtool", *command, **locale)
        assert done.returncode == 0, (locale, command, done.stderr)


def test_started_from_a_folder_that_has_gone_it_says_so(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["bash", "-c", f"cd {gone} && rmdir {gone} && {TOOL} list"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "the current directory is gone" in done.stderr


@pytest.mark.exhaustive
def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    done = subprocess.run([TOOL, "demo", "--dir", str(tmp_path / "demo")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Repo(tmp_path / "demo").git("status", "--porcelain") == ""
    again = subprocess.run([TOOL, "demo", "--dir", str(tmp_path / "demo")], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    shutil.rmtree(tmp_path / "demo")
