"""The kept inputs of the fuzz campaign, and that its engine sees what it is to find (ROBUSTNESS.md R9)."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import pytest

from tests.fuzz import engine
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_keeps_its_promises(target: str) -> None:
    inputs = engine.corpus(target)
    assert inputs
    for data in inputs:
        assert engine.judge(TARGETS[target], data)[0] == "", data


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_mutations_keep_the_promises_too(target: str) -> None:
    made = engine.mutations(engine.corpus(target), engine.words(target), random.Random(1))
    for data in itertools.islice(made, 40):
        assert engine.judge(TARGETS[target], data)[0] == "", data


def fragile(data: bytes) -> None:
    """Fails for every input that holds both letters."""
    if b"a" in data and b"z" in data:
        raise KeyError("both")


def test_a_fault_is_found_told_once_and_made_small(tmp_path: Path) -> None:
    watch = engine.Watch(fragile, tmp_path / "report.json")
    for data in itertools.islice(engine.mutations([b"aaaa", b"zzzz"], [b"a", b"z"], random.Random(1)), 500):
        watch(data)
    watch.tell()
    (wrong,) = watch.found
    assert wrong.startswith("KeyError in test_corpus.py")
    assert sorted(engine.shrunk(fragile, b"xx" + watch.found[wrong] + b"yy")) == sorted(b"az")
    assert '"executions": 500' in (tmp_path / "report.json").read_text()


def test_what_takes_too_long_is_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "HANG", 0.001)
    assert engine.judge(lambda _: time.sleep(0.01), b"")[0].startswith("hang")
    assert engine.judge(lambda _: None, b"")[0] == ""
