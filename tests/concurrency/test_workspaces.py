"""A person's half-finished work around a command stays, and their next commit reverts nothing (ROBUSTNESS.md R5)."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.concurrency import states, trial
from tests.concurrency.states import State
from tests.repositories import Repo
from tests.tiers import amounts


def explored(prepared: Repo, afterwards: str, examples: int) -> tuple[Callable[[], None], Counter[str]]:
    """A Hypothesis test of random states, and how its commands ended."""
    head, ended = trial.tree(prepared), Counter[str]()

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(states.states, st.sampled_from(tuple(trial.COMMANDS)), st.booleans())
    def holds(state: State, command: str, with_edits: bool) -> None:
        with tempfile.TemporaryDirectory(dir=prepared.root.parent) as place:
            repo = Repo(Path(shutil.copytree(prepared.root, Path(place, "work"), symlinks=True)))
            ended[trial.trial(repo, head, state, command, with_edits, afterwards)] += 1

    return holds, ended


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return states.template(tmp_path_factory.mktemp("workspaces"))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("afterwards", trial.AFTERWARDS)
@pytest.mark.parametrize("amount", amounts(12, exhaustive=67))
def test_a_command_leaves_the_persons_work_and_the_next_commit_reverts_nothing(
    prepared: Repo, afterwards: str, amount: int
) -> None:
    holds, ended = explored(prepared, afterwards, amount)
    holds()
    assert sum(ended.values()) >= amount
    assert ended["done"] >= amount // 4, ended


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo more >> src/b.txt", "the person's work changed"),
        ("git update-index --add src/b.txt", "the person's work changed"),
        (f"echo more >> items/{states.TARGET}.md", "the file is not as committed"),
        ("git config user.name Eve", "the person's work changed"),
    ],
)
def test_the_trial_sees_a_planted_fault(prepared: Repo, tmp_path: Path, script: str, sentence: str) -> None:
    """The fault is a hook, which runs between the commit and the look at what it left."""
    repo = Repo(Path(shutil.copytree(prepared.root, tmp_path / "work", symlinks=True)))
    hook = tmp_path / "hooks/post-commit"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    repo.git("config", "core.hooksPath", str(hook.parent))
    state = State("plain", {"src/b.txt": "edited"}, "", "")
    with pytest.raises(trial.Broken, match=sentence):
        trial.trial(repo, trial.tree(repo), state, "assign", False, "commit")
