"""Comparing ranges and reporting findings run nothing that a repository configures, and leave all as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import NOW, run
from tests.untrusted.case import Case
from tests.untrusted.catalogue import CASES
from tests.untrusted.ground import ground, healthy, snapshot
from tests.untrusted.judging import changes

ASKED = (
    ("diff", "HEAD~2..HEAD"),
    ("diff", "--format", "md"),
    ("validate", "--since", "HEAD~2", "--format", "github"),
    ("validate", "--format", "rdjson"),
)
#: Those in which something would run if git were asked in the wrong way, and whose canary is proven alive.
ARMED = {name: case for name, case in CASES.items() if case.provoked and not case.needs_root}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return healthy(tmp_path_factory.mktemp("healthy") / "repo")


@pytest.mark.sampled(25)
@pytest.mark.parametrize("case", ARMED.values(), ids=ARMED)
def test_nothing_runs_and_nothing_changes(case: Case, template: Path, tmp_path: Path) -> None:
    made, directory = ground(template, tmp_path, case.make)
    before = snapshot(tmp_path)
    told = [run("-C", str(directory), "--now", NOW, *words) for words in ASKED]
    assert changes(before, snapshot(tmp_path)) == []
    assert made.sang() == []
    assert {one.status for one in told} <= {0, 1, 3, 6, 7}


def test_there_is_something_to_run() -> None:
    assert len(ARMED) >= 20
