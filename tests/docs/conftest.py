"""The repository of the demo, in which the examples of the manual run."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from backlogtool.app.demo import START
from backlogtool.cli.main import main
from tests.repositories import Repo, make


@dataclass(frozen=True)
class Demo:
    """Where the demo made its repository, what it printed, and a repository to which all settings lead."""

    root: Path
    printed: str
    elsewhere: Repo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once, by somebody whose settings lead elsewhere."""
    root, home = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("config")
    elsewhere = make(tmp_path_factory.mktemp("elsewhere") / "repo")
    (home / "backlogtool").mkdir()
    (home / "backlogtool/config.yml").write_text(f"repo: {elsewhere.root}\nactor: eve\n")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(out):
        patch.setenv("XDG_CONFIG_HOME", str(home))
        patch.setenv("BACKLOG_REPO", str(elsewhere.root))
        patch.setenv("BACKLOG_BACKEND", "memory")
        patch.setenv("BACKLOG_NOW", "2030-01-01T00:00:00Z")
        assert main(["demo", "--dir", str(root)]) == 0
    return Demo(root, out.getvalue(), elsewhere)


@pytest.fixture
def in_demo(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo's repository as the current directory, on the day of the demo."""
    root = tmp_path / "demo"
    shutil.copytree(demo.root, root, symlinks=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("BACKLOG_NOW", START)
    return root
