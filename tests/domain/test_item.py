"""Ids: which are some, and that each is safe as the name of a file."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import ID_FORMS, is_id

IDS = [
    "bl_0123456789ab",
    "TASK-20260204-001",
    "TASK-20260204-123456789",
    "PLN-BE-001",
    "PLN-ABCDEFGH-123",
    "pln_task_1",
]
NO_IDS = [
    *("", "bl_", "bl_0123456789a", "bl_0123456789abc", "bl_0123456789AB", "bl_0123456789ag", "BL_0123456789ab"),
    *("TASK-1", "TASK-20260204-1", "TASK-2026020-001", "task-20260204-001", "TASK-20260204-0123456789"),
    *("PLN-B-001", "PLN-be-001", "PLN-BE-1", "pln_", "pln_A", "hnd_2026_01_01_abcdef", "ev_0123456789ab"),
    *("../bl_0123456789ab", "a/bl_0123456789ab", "bl_0123456789ab.md", "bl_0123456789ab\n", " bl_0123456789ab"),
    *("--output=x", ":(exclude)*", "CON", "bl_０１２３456789ab", "bl_0123456789a%62", "bl_0123456789ab\0"),
]


@pytest.mark.parametrize("text", IDS)
def test_every_form_of_id_is_one(text: str) -> None:
    """C-02, D-13: ids of imported items are kept."""
    assert is_id(text)


@pytest.mark.parametrize("text", NO_IDS)
def test_nothing_else_is_an_id(text: str) -> None:
    """ROBUSTNESS.md 2.2: not a path, an option, a pathspec, a device or another spelling."""
    assert not is_id(text)


@given(st.one_of([st.from_regex(form, fullmatch=True) for form in ID_FORMS.values()]))
def test_an_id_names_a_file_and_nothing_more(text: str) -> None:
    if not text.isascii() or text.endswith("\n"):
        assert not is_id(text)
        return
    assert is_id(text)
    assert PurePosixPath(text).name == text
    assert text[0].isalpha()
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
