"""R2: a writer killed at any point of the protocol leaves all or nothing, and the next command heals it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.crashes import COMMANDS, HEALER, check, copy, do, killed_runs, state, template

#: The protocol has this many steps at least; fewer would mean that the crash points do not fire.
_STEPS = 10
#: One command of every kind: a new file, a changed one, with a person's edits, a commit taken back, several files,
#: views. The others write as these do; they are killed in a clean repository, and in all with the campaign's profile.
_KINDS = ("create", "set-status", "edit with edits", "undo", "import", "render")
_EVERY = os.environ.get("HYPOTHESIS_PROFILE") == "campaign"
_SHAPES = {"clean": COMMANDS, **dict.fromkeys(("dirty", "hooked", "concurrent"), COMMANDS if _EVERY else _KINDS)}


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("clean") / "repo", dirty=False)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("dirty") / "repo", dirty=True)


@pytest.fixture(scope="session")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("hooked") / "repo", dirty=True, hooked=True)


@pytest.mark.parametrize(("shape", "name"), [(shape, name) for shape, names in _SHAPES.items() for name in names])
def test_killed_at_any_point(shape: str, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source: Path = request.getfixturevalue("dirty" if shape == "concurrent" else shape)
    whole = copy(source, tmp_path / "whole")
    before = state(whole)
    assert do(whole, COMMANDS[name]) == 0
    after = state(whole)
    assert after.commits == before.commits + 1
    outcomes: Counter[bool] = Counter()
    for point, repo in killed_runs(source, tmp_path, COMMANDS[name], rival=HEALER if shape == "concurrent" else ()):
        if shape != "concurrent" or (repo.root / ".git/backlogtool/journal").exists():  # the rival came first
            assert do(repo, HEALER) == 0
        outcomes[check(repo, before, after)] += 1
        if shape != "clean" and point % 3 == 0:
            repo.git("commit", "--quiet", "--message", "a person")
            named = repo.git("diff", "--no-renames", "--name-only", "HEAD~", "HEAD").split()
            assert named == ["a.txt", "b.txt", "c.txt", "moved.txt"]
    assert sum(outcomes.values()) >= _STEPS
    assert min(outcomes[True], outcomes[False]) >= 2


def test_killed_again_while_it_is_healed(dirty: Path, tmp_path: Path) -> None:
    """At every point of the healing, for some points of the first kill; a campaign tries them all."""
    whole = copy(dirty, tmp_path / "whole")
    before = state(whole)
    assert do(whole, COMMANDS["import"]) == 0
    after = state(whole)
    kills = 0
    for point, broken in killed_runs(dirty, tmp_path, COMMANDS["import"]):
        if point % 5 == 0:
            for _, repo in killed_runs(broken.root, tmp_path / f"again{point}", HEALER):
                assert do(repo, HEALER) == 0
                check(repo, before, after)
                kills += 1
    assert kills > 3 * _STEPS
