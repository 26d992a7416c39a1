"""An edit of one field touches the lines of that field, in whatever way a file is written (R6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.case import numbered
from tests.hostile.edits import CHANGES, by_hand, judge
from tests.hostile.items import ITEMS, LARGE


@given(by_hand(), st.sampled_from(sorted(CHANGES)), st.data())
def test_a_file_by_hand_keeps_every_line_of_anything_else(
    written: tuple[str, str], field: str, data: st.DataObject
) -> None:
    item_id, text = written
    judge(text, item_id, field, data.draw(CHANGES[field]))


CASES = {item_id: one for item_id, one in numbered(ITEMS).items() if one[1].is_read and one[0] not in LARGE}
NEW = {"title": "A title: new # one", "status": "blocked", "due_date": "2026-12-24", "tags": ("a", "b #1"), "rank": 3}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("field", NEW)
def test_a_hostile_file_keeps_every_line_of_anything_else(field: str) -> None:
    for item_id, (_, case) in CASES.items():
        judge(case.bytes_of(item_id).decode(), item_id, field, NEW[field])
