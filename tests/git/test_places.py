"""A writer finds every file of an item without a list of all."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backlogtool.stores.git.files import WorkTree, listing
from backlogtool.stores.git.places import places

_ID = "bl_000000000001"
_FOLDERS = st.lists(st.sampled_from(["00", "01", "team", ".hidden", "x.md"]), max_size=3).map("/".join)


@given(st.sets(_FOLDERS, max_size=5), st.sets(_FOLDERS, max_size=4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_places_are_those_of_a_listing(tmp_path_factory, holding: set[str], others: set[str], link: bool) -> None:  # type: ignore[no-untyped-def]
    root: Path = tmp_path_factory.mktemp("tree")
    for number, folder in enumerate(sorted(holding | others)):
        place = root / "items" / folder
        place.mkdir(parents=True, exist_ok=True)
        name = f"{_ID}.md" if folder in holding else f"bl_00000000001{number}.md"
        (place / name).write_text("text")
    if link:
        (root / "items").mkdir(exist_ok=True)
        (root / "elsewhere").mkdir()
        (root / "elsewhere" / f"{_ID}.md").write_text("text")
        os.symlink(root / "elsewhere", root / "items" / "linked")
    assert sorted(places(str(root), _ID)) == sorted(listing(WorkTree(str(root))).paths.get(_ID, []))


def test_nothing_below_a_link_counts(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / f"{_ID}.md").write_text("text")
    os.symlink(tmp_path / "real", tmp_path / "items")
    assert places(str(tmp_path), _ID) == []
