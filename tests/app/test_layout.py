"""Where files stand: every kind of id is spread evenly, and what is said about it follows from counts alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.app import items
from backlogtool.app.health.layout import of_standing
from backlogtool.app.layout import Standing, change, standing
from backlogtool.app.result import Options
from backlogtool.app.workspace import Workspace
from backlogtool.domain.item import ID_FORMS
from backlogtool.domain.layout import FLAT, LAYOUTS, MANY, SHARDED, layout_of, path_of, usual_paths
from tests.cli.session import NOW, Session

IDS = st.one_of([st.from_regex(re.compile(form, re.ASCII), fullmatch=True) for form in ID_FORMS.values()])


def _kinds() -> Iterator[tuple[str, list[str]]]:
    days = [f"2026{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    yield "item", [f"bl_{number * 2654435761 % (1 << 48):012x}" for number in range(1, 5000)]
    yield "tasks of one day", [f"TASK-20260101-{number:03d}" for number in range(1, 5000)]
    yield "tasks of many days", [f"TASK-{day}-{number:03d}" for day in days for number in range(1, 15)]
    yield "plan tasks", [f"PLN-{team}-{number:03d}" for team in ("INFRA", "OPS") for number in range(1, 2500)]
    yield "plans", [f"pln_{team}_{number}" for team in ("infra", "ops") for number in range(1, 2500)]


KINDS = dict(_kinds())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "item"])
def test_ids_that_are_counted_are_spread_evenly_over_256_folders(kind: str) -> None:
    """The fullest folder has less than twice its share, and none is empty."""
    ids = KINDS[kind]
    counts = Counter(path_of(one, SHARDED).split("/")[1] for one in ids)
    assert len(counts) == 256
    assert max(counts.values()) < 2 * len(ids) / 256


def test_an_item_stands_in_the_folder_of_its_first_two_digits() -> None:
    assert path_of("bl_d8a7874e737d", SHARDED) == "items/d8/bl_d8a7874e737d.md"


def test_the_folder_of_an_id_never_changes() -> None:
    """Two versions of the tool must agree."""
    assert path_of("TASK-20260101-001", SHARDED) == "items/2c/TASK-20260101-001.md"
    assert path_of("PLN-INFRA-001", SHARDED) == "items/74/PLN-INFRA-001.md"
    assert path_of("pln_q1", SHARDED) == "items/1e/pln_q1.md"


@given(IDS, st.sampled_from(LAYOUTS))
def test_a_path_tells_its_layout(item_id: str, layout: str) -> None:
    path = path_of(item_id, layout)
    assert layout_of(path) == layout
    assert path == usual_paths(item_id, layout)[0]
    assert set(usual_paths(item_id, FLAT)) == set(usual_paths(item_id, SHARDED))
    assert re.fullmatch(r"items/([0-9a-f]{2}/)?[^/]+\.md", path)


@given(IDS, st.text("abcdef0123456789", min_size=1, max_size=3))
def test_any_other_folder_is_of_peoples_own(item_id: str, folder: str) -> None:
    path = f"items/{folder}/{item_id}.md"
    assert layout_of(path) == (SHARDED if path == path_of(item_id, SHARDED) else "")


@pytest.mark.parametrize(
    ("told", "fix"),
    [
        (Standing(FLAT, MANY - 1, 0, 9), []),
        (Standing(FLAT, MANY, 0, 0), ["backlogtool layout sharded"]),
        (Standing(FLAT, 3, 2, 0), ["backlogtool layout flat"]),
        (Standing(SHARDED, 1, 0, 0), ["backlogtool layout sharded"]),
        (Standing(SHARDED, 0, 10 * MANY, 5), []),
        (Standing(FLAT, MANY, 1, 0), ["backlogtool layout flat", "backlogtool layout sharded"]),
    ],
)
def test_doctor_says_when_folders_pay_and_when_policy_and_files_disagree(told: Standing, fix: list[str]) -> None:
    checks = list(of_standing(told))
    assert [check.fix for check in checks] == fix
    assert all(check.state == "note" and check.cause and check.risk for check in checks)


def test_the_price_of_files_side_by_side_is_near_the_measured_one() -> None:
    """PERFORMANCE.md 4: 421 KiB a commit at 10,000, 4,052 at 100,000."""
    assert Standing(FLAT, 10_000, 0, 0).bytes_a_commit / 1024 == pytest.approx(421, rel=0.05)
    assert Standing(FLAT, 100_000, 0, 0).bytes_a_commit / 1024 == pytest.approx(4052, rel=0.05)


def test_an_open_workspace_puts_new_items_where_they_go_from_then_on(cli: Session) -> None:
    space = Workspace.open(str(cli.repo.root), flags={"now": NOW})
    for layout in (SHARDED, FLAT):
        moved, result = change(space, layout, Options())
        assert moved.recorded
        assert result.commit == cli.repo.head()
        made = items.create(space, {"title": "Later"}, Options()).items[0]
        assert space.store.get(made.id).path == path_of(made.id, layout)
        assert standing(space).astray == 0
