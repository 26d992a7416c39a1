"""``merge`` and ``renumber`` in a merge, killed at any point: once more, and all is as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, LATER, ROUTER, Session, item_text
from tests.cli.test_renumber import FLAT, OURS, TAKEN, THEIRS
from tests.crash.crashes import copy, do, killed_runs
from tests.repositories import Repo


def _conflicts(repo: Repo) -> tuple[str, ...]:
    """Items that both sides commented on, in plain git."""
    cli = Session(repo)
    for name, now in (("side", LATER), ("main", cli.now)):
        repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        for item in (GATEWAY, BILLING, ROUTER):
            cli("comment", item, name, now=now)
    repo.git("merge", "--no-edit", "side", check=False)
    return ("merge",)


def _one_id(repo: Repo) -> tuple[str, ...]:
    """Two items with one id, and references to each."""
    for name, files in (("side", {FLAT: THEIRS}), ("main", {FLAT: OURS})):
        repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        new = "bl_bbbbbbbbbbbb" if name == "side" else "bl_cccccccccccc"
        for path, text in {**files, f"items/{new}.md": item_text(new, f"waits for {TAKEN}")}.items():
            repo.write(path, text)
        repo.commit(name)
    repo.git("merge", "--no-edit", "side", check=False)
    return ("renumber", TAKEN)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("begin", [_conflicts, _one_id])
def test_killed_at_any_point_the_same_command_ends_it(begin: object, template: Path, tmp_path: Path) -> None:
    source = copy(template, tmp_path / "source")
    command = begin(source)  # type: ignore[operator]
    whole = copy(source.root, tmp_path / "whole")
    assert do(whole, command) == 0
    points = 0
    for _, repo in killed_runs(source.root, tmp_path, command):
        points += 1
        assert do(repo, command) == 0
        assert _state(repo) == _state(whole)
    assert points >= 3


def _state(repo: Repo) -> tuple[dict[str, bytes], str, str]:
    """The items, and whatever else was left beside them; what is staged; how git sees both."""
    files = {path.name: path.read_bytes() for path in (repo.root / "items").iterdir()}
    return files, repo.git("ls-files", "--stage"), repo.git("status", "--porcelain")
