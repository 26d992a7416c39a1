"""What the everyday commands load: a short answer must not wait for what it does not need (DESIGN.md §7)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, item_text
from tests.repositories import Repo, make

#: What no everyday command may load.
HEAVY = {
    *("yaml", "jinja2", "git", "frontmatter", "asyncio", "logging", "importlib.metadata", "multiprocessing"),
    *("tempfile", "pathlib", "shutil", "dataclasses", "traceback", "difflib", "secrets", "socket"),
}
#: Beside that: what starts git, what makes digests, and all that writes, judges or renders.
NOT_FOR_READERS = {
    *("subprocess", "hashlib", "unicodedata", "backlogtool.stores.git.runner", "backlogtool.stores.git.writer"),
    *("backlogtool.stores.git.commit", "backlogtool.stores.git.journal", "backlogtool.stores.git.history"),
    *("backlogtool.codec.policy", "backlogtool.codec.strictyaml", "backlogtool.domain.workflow"),
    *("backlogtool.views", "backlogtool.stores.memory", "backlogtool.app.rendering"),
}
_RUN = """
import sys
from backlogtool.cli.main import main
status = main(sys.argv[1:])
sys.stdout.flush()
print(*sys.modules, file=sys.stderr)
sys.exit(status)
"""
Loaded = Callable[..., set[str]]


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = make(tmp_path_factory.mktemp("backlog") / "repo")
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("first")
    return repo


def loaded(repo: Repo, *arguments: str) -> set[str]:
    """The modules that a command has loaded at its end, in a process of its own."""
    command = [sys.executable, "-c", _RUN, *arguments]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def ours(modules: set[str]) -> set[str]:
    return {one for one in modules if one.startswith("backlogtool")}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("arguments", [("show", GATEWAY), ("log", GATEWAY), ("list",), ("list", "status:open")],
                         ids=" ".join)  # fmt: skip
def test_a_command_that_reads_loads_nothing_heavy_once_the_backlog_is_known(
    arguments: tuple[str, ...], backlog: Repo
) -> None:
    loaded(backlog, *arguments)
    assert loaded(backlog, *arguments) & (HEAVY | NOT_FOR_READERS) == set()


def test_a_write_loads_no_yaml_and_no_templates(backlog: Repo) -> None:
    loaded(backlog, "set-status", GATEWAY, "in_progress")
    assert loaded(backlog, "set-status", GATEWAY, "blocked") & {"yaml", "jinja2", "git", "asyncio", "logging"} == set()


def test_showing_an_item_loads_few_modules_and_no_index_of_items(backlog: Repo) -> None:
    loaded(backlog, "show", GATEWAY)
    modules = loaded(backlog, "show", GATEWAY)
    assert len(ours(modules)) <= 56
    assert "backlogtool.stores.git.index.items" not in modules


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_needs_no_backlog_loads_no_part_of_it(option: str, backlog: Repo) -> None:
    modules = loaded(backlog, option)
    wanted = ("", ".cli", ".cli.helped", ".cli.main", ".cli.stopping", ".errors")
    assert ours(modules) <= {f"backlogtool{name}" for name in wanted}
    assert modules & (HEAVY | NOT_FOR_READERS) <= {"shutil"}  # with which click measures the terminal for --help


@pytest.mark.exhaustive
def test_without_the_index_the_answer_is_the_same(backlog: Repo, tmp_path: Path) -> None:
    def told(*arguments: str, **variables: str) -> str:
        command = [sys.executable, "-m", "backlogtool", *arguments]
        import os

        return subprocess.run(
            command, cwd=backlog.root, capture_output=True, text=True, check=True, env={**os.environ, **variables}
        ).stdout

    for arguments in (("show", GATEWAY), ("list",), ("log",)):
        assert told(*arguments) == told(*arguments) == told(*arguments, BACKLOG_INDEX="off")
