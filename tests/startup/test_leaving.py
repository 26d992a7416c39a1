"""How a process ends: its exit code reaches the shell whatever becomes of what it has to say."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, item_text
from tests.repositories import Repo, make


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = make(tmp_path_factory.mktemp("backlog") / "repo")
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("first")
    return repo


def ends(repo: Repo, command: str, **variables: str) -> tuple[int, str]:
    """The exit code of the first command of a pipeline, and what reaches the terminal."""
    tool = f"{sys.executable} -m backlogtool"
    script = f"{command.format(tool=tool)}\necho ${{PIPESTATUS[0]}} >&3"
    read, write = os.pipe()
    done = subprocess.run(
        ["bash", "-c", f"exec 3>&{write}\n{script}"],
        cwd=repo.root,
        capture_output=True,
        text=True,
        check=False,
        pass_fds=[write],
        env={**os.environ, **variables},
    )
    os.close(write)
    with open(read) as told:
        return int(told.read()), done.stdout + done.stderr


GONE = {"list": 0, "list --json": 0, "list --help": 0, "--version": 0, "show nope": 3, "show nope --json": 3, "lst": 2}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("command", GONE)
def test_a_reader_that_is_gone_changes_no_exit_code_of_an_error_and_is_none_itself(command: str, backlog: Repo) -> None:
    assert ends(backlog, f"{{tool}} {command} 2>&1 | true") == (GONE[command], "")


def test_a_reader_that_is_gone_is_no_error_without_buffers_either(backlog: Repo) -> None:
    assert ends(backlog, "{tool} list | true", PYTHONUNBUFFERED="1") == (0, "")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("command", ["list", "list --json", "show " + GATEWAY, "log", "--help", "--version"])
def test_an_answer_for_which_there_is_no_space_is_an_error(command: str, backlog: Repo) -> None:
    assert ends(backlog, f"{{tool}} {command} >/dev/full") == (7, "error: No space left on device\n")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("command", "status"), [("show nope", 3), ("lst", 2), ("show nope --json", 3)])
def test_an_error_keeps_its_exit_code_where_it_cannot_be_told(command: str, status: int, backlog: Repo) -> None:
    for streams in ("2>/dev/full", ">/dev/full 2>&1", ">&- 2>&-", "2>&-"):
        code, told = ends(backlog, f"{{tool}} {command} {streams}")
        assert code == status
        assert "Traceback" not in told


def test_an_error_is_told_where_the_answer_before_it_is_lost(backlog: Repo) -> None:
    code, told = ends(backlog, "{tool} show nope >/dev/full")
    assert code == 3
    assert told.startswith("error: no item 'nope'\n")


def test_words_for_a_shell_that_is_gone_or_has_no_space(backlog: Repo) -> None:
    typed = {"_BACKLOGTOOL_COMPLETE": "bash_complete", "COMP_WORDS": "backlogtool show bl_", "COMP_CWORD": "2"}
    assert ends(backlog, "{tool}", **typed) == (0, f"plain,{GATEWAY}\n")
    assert ends(backlog, "{tool} | true", **typed) == (0, "")
    assert ends(backlog, "{tool} >/dev/full", **typed)[0] == 7
    assert ends(backlog, "{tool}", **{**typed, "_BACKLOGTOOL_COMPLETE": "nonsense"}) == (1, "")


def test_a_directory_that_nobody_can_go_back_to_is_no_error(backlog: Repo, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    assert ends(backlog, f"cd {gone} && rmdir {gone} && {{tool}} -C {backlog.root} list >/dev/null")[0] in (0, 3)


def test_programs_that_load_a_command_collect_garbage_as_before() -> None:
    code = (
        "import gc; before = gc.get_threshold(); import backlogtool.cli.main as m; assert gc.get_threshold() == before"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(m.main(['--version']))"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["0"]), done.stderr
    assert gc.isenabled()
