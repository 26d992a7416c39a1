"""What git answers about objects is taken as a whole or not at all."""

from __future__ import annotations

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git, Result

_ANSWER = b"a blob 3\nabc\nb missing\nc blob 1\nx\n"
_WANTED = ("a", "b", "c")


def _read(monkeypatch: pytest.MonkeyPatch, out: bytes) -> dict[str, bytes]:
    monkeypatch.setattr(Git, "read", lambda *_arguments, **_named: Result(0, out, ""))
    return read_objects(Git("."), _WANTED)


def test_every_object_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _read(monkeypatch, _ANSWER) == {"a": b"abc", "c": b"x"}


@pytest.mark.parametrize("length", range(len(_ANSWER)))
def test_an_answer_that_is_cut_off_anywhere_is_told(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git ends with 0 when it cannot write to a pipe."""
    with pytest.raises(UnavailableError):
        _read(monkeypatch, _ANSWER[:length])
