"""R2: a writer killed at any point of the protocol leaves all or nothing, and the next command heals it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.crash.crashes import COMMANDS, HEALER, check, copy, do, killed_runs, state, template

#: The protocol has this many steps at least; fewer would mean that the crash points do not fire.
_STEPS = 10
_SHAPES = ("clean", "dirty", "hooked", "concurrent")
#: In the ordinary suite every command is killed at a few points of one shape, each from another point on, so that
#: together they are killed at all; in the second tier everywhere.
_STRIDE = 14
_EVERYWHERE = [pytest.param(shape, name, 1, 1, marks=pytest.mark.exhaustive) for shape in _SHAPES for name in COMMANDS]
_SOMEWHERE = [
    (_SHAPES[number % len(_SHAPES)], name, 1 + number % _STRIDE, _STRIDE) for number, name in enumerate(COMMANDS)
]


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("clean") / "repo", dirty=False)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("dirty") / "repo", dirty=True)


@pytest.fixture(scope="session")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("hooked") / "repo", dirty=True, hooked=True)


@pytest.mark.parametrize(("shape", "name", "first", "step"), _SOMEWHERE + _EVERYWHERE)
def test_killed_at_any_point(
    shape: str, name: str, first: int, step: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source: Path = request.getfixturevalue("dirty" if shape == "concurrent" else shape)
    whole = copy(source, tmp_path / "whole")
    before = state(whole)
    assert do(whole, COMMANDS[name]) == 0
    after = state(whole)
    assert after.commits == before.commits + 1
    outcomes: Counter[bool] = Counter()
    rival = HEALER if shape == "concurrent" else ()
    for point, repo in killed_runs(source, tmp_path, COMMANDS[name], rival=rival, first=first, step=step):
        if shape != "concurrent" or (repo.root / ".git/backlogtool/journal").exists():  # the rival came first
            assert do(repo, HEALER) == 0
        outcomes[check(repo, before, after)] += 1
        if shape != "clean" and (step > 1 or point % 3 == 0):
            repo.git("commit", "--quiet", "--message", "a person")
            named = repo.git("diff", "--no-renames", "--name-only", "HEAD~", "HEAD").split()
            assert named == ["a.txt", "b.txt", "c.txt", "moved.txt"]
    assert sum(outcomes.values()) >= _STEPS // step
    assert step > 1 or min(outcomes[True], outcomes[False]) >= 2


@pytest.mark.exhaustive
def test_killed_again_while_it_is_healed(dirty: Path, tmp_path: Path) -> None:
    """At all points of the healing, for all points of the first kill."""
    whole = copy(dirty, tmp_path / "whole")
    before = state(whole)
    assert do(whole, COMMANDS["import"]) == 0
    after = state(whole)
    kills = 0
    for point, broken in killed_runs(dirty, tmp_path, COMMANDS["import"]):
        for _, repo in killed_runs(broken.root, tmp_path / f"again{point}", HEALER):
            assert do(repo, HEALER) == 0
            check(repo, before, after)
            kills += 1
    assert kills > 3 * _STEPS
