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


@dataclass(frozen=True)
class Demo:
    """Where the demo made its repository, and what it printed."""

    root: Path
    printed: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once."""
    root = tmp_path_factory.mktemp("demo")
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        assert main(["demo", "--dir", str(root)]) == 0
    return Demo(root, out.getvalue())


@pytest.fixture
def in_demo(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo's repository as the current directory, on the day of the demo."""
    root = tmp_path / "demo"
    shutil.copytree(demo.root, root, symlinks=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("BACKLOG_NOW", START)
    return root
