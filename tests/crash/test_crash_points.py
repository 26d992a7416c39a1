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
#: views. These are killed at every point. The others write as these do: they are killed in a clean repository, each at
#: every third point from another one on, so that together they are killed at all; with the campaign's profile,
#: everywhere.
_KINDS = ("create", "set-status", "edit with edits", "undo", "import", "render")
_EVERY = os.environ.get("HYPOTHESIS_PROFILE") == "campaign"
_OTHERS = [name for name in COMMANDS if name not in _KINDS]
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
    rival = HEALER if shape == "concurrent" else ()
    step = 1 if _EVERY or name in _KINDS else 3
    first = 1 + (_OTHERS.index(name) % step if step > 1 else 0)
    for point, repo in killed_runs(source, tmp_path, COMMANDS[name], rival=rival, first=first, step=step):
        if shape != "concurrent" or (repo.root / ".git/backlogtool/journal").exists():  # the rival came first
            assert do(repo, HEALER) == 0
        outcomes[check(repo, before, after)] += 1
        if shape != "clean" and point % 3 == 0:
            repo.git("commit", "--quiet", "--message", "a person")
            named = repo.git("diff", "--no-renames", "--name-only", "HEAD~", "HEAD").split()
            assert named == ["a.txt", "b.txt", "c.txt", "moved.txt"]
    assert sum(outcomes.values()) >= _STEPS // step
    assert min(outcomes[True], outcomes[False]) >= (2 if step == 1 else 1)


def test_killed_again_while_it_is_healed(dirty: Path, tmp_path: Path) -> None:
    """At some points of the healing, for some points of the first kill; with the campaign's profile, at all of both."""
    whole = copy(dirty, tmp_path / "whole")
    before = state(whole)
    assert do(whole, COMMANDS["import"]) == 0
    after = state(whole)
    kills = 0
    for point, broken in killed_runs(dirty, tmp_path, COMMANDS["import"]):
        if _EVERY or point % 5 == 0:
            first, step = (1, 1) if _EVERY else (1 + point // 5 % 3, 3)
            again = tmp_path / f"again{point}"
            for _, repo in killed_runs(broken.root, again, HEALER, first=first, step=step):
                assert do(repo, HEALER) == 0
                check(repo, before, after)
                kills += 1
    assert kills > (3 * _STEPS if _EVERY else _STEPS)
