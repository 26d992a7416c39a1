"""Somebody who saves a file while a command is about to replace it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


def replaced_at(monkeypatch: pytest.MonkeyPatch, save: Callable[[], object]) -> None:
    """Saves once, when the command has read the file and its new content lies beside it."""
    change_mode, saves = os.fchmod, [save]

    def saving(handle: int, mode: int) -> None:
        while saves:
            saves.pop()()
        change_mode(handle, mode)

    monkeypatch.setattr(os, "fchmod", saving)
