"""Where files of items stand, and which item a file is of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import ID_FORMS
from backlogtool.domain.layout import LAYOUTS, id_of, layout_of, path_of, stem_of

IDS = (
    st.sampled_from(list(ID_FORMS.values()))
    .flatmap(lambda form: st.from_regex(form, fullmatch=True))
    .filter(str.isascii)
)


@given(IDS, st.sampled_from(LAYOUTS))
def test_the_path_of_an_item_leads_back_to_it(item_id: str, layout: str) -> None:
    path = path_of(item_id, layout)
    assert id_of(path) == stem_of(path) == item_id
    assert layout_of(path) == layout


@given(IDS)
def test_a_file_in_a_folder_of_peoples_own_is_an_items_and_of_no_layout(item_id: str) -> None:
    path = f"items/team/of two/{item_id}.md"
    assert id_of(path) == item_id
    assert layout_of(path) == ""


@pytest.mark.parametrize(
    "path",
    ["bl_000000000001.md", "docs/bl_000000000001.md", "items/bl_000000000001.txt", "items/a b.md", "items/.md", ""],
)
def test_any_other_file_is_no_items(path: str) -> None:
    assert id_of(path) == ""
