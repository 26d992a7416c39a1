"""Every hostile file has its outcome, and hides or blocks no other (R7, ROBUSTNESS.md 2.2 and 2.3)."""

from __future__ import annotations

import time
from collections import Counter
from itertools import chain
from typing import Any

import pytest

from backlogtool.codec import markdown
from tests.cli.session import GATEWAY, PREPARED, Session, untouched
from tests.hostile.case import numbered
from tests.hostile.items import ITEMS
from tests.hostile.names import LEFT_ALONE, NO_FILES, NO_IDS

CASES = numbered(ITEMS)
NAMED = {f"{kind}: {case.name}": item_id for item_id, (kind, case) in CASES.items()}
NAMES = {f"{kind}: {name}": file for kind, some in NO_IDS.items() for name, file in some.items()}
SECONDS = 2.0  # that one file may take


@pytest.fixture(scope="session")
def told(full: Session, large: Session) -> dict[str, list[str]]:
    """path below items/ -> "line:column CODE" of each of its findings."""
    found: dict[str, list[str]] = {}
    with untouched(full.repo), untouched(large.repo):
        findings = [session("validate", "--json", status=1).data for session in (full, large)]
    for one in chain(*findings):
        place = ":".join(str(one[key]) for key in ("line", "column") if key in one)
        found.setdefault(one["path"].removeprefix("items/"), []).append(f"{place} {one['code']}".strip())
    return found


@pytest.fixture(scope="session")
def listed(full: Session, large: Session) -> dict[str, dict[str, Any]]:
    """id -> the item as ``list --json`` has it."""
    with untouched(full.repo), untouched(large.repo):
        answers = [session("list", "--all", "--json", status=6) for session in (full, large)]
    return {item["id"]: item for answer in answers for item in answer.data}


@pytest.mark.parametrize("item_id", NAMED.values(), ids=NAMED)
def test_the_file_is_read_or_refused_as_the_table_says(
    item_id: str, told: dict[str, list[str]], listed: dict[str, dict[str, Any]]
) -> None:
    case = CASES[item_id][1]
    assert Counter(told.get(f"{item_id}.md", [])) == Counter(case.told)
    assert (item_id in listed) == case.is_read
    shown = listed.get(item_id, {})
    assert {name: shown.get(name) for name in case.reads} == case.reads


def test_no_file_takes_long() -> None:
    for item_id, (kind, case) in CASES.items():
        data = case.bytes_of(item_id)
        start = time.process_time()
        markdown.read(data, item_id)
        assert time.process_time() - start < SECONDS, (kind, case.name)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_is_no_id_is_told_and_its_item_is_not_read(name: str, told: dict[str, list[str]]) -> None:
    assert told.get(name) == ["BL114"]


@pytest.mark.parametrize("name", [name for name, _ in NO_FILES.values()], ids=list(NO_FILES))
def test_what_is_no_file_is_told_and_neither_followed_nor_waited_for(name: str, told: dict[str, list[str]]) -> None:
    assert told.get(name) == ["BL113"]


@pytest.mark.parametrize("name", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_is_nobodys_item_is_left_alone(name: str, told: dict[str, list[str]]) -> None:
    assert name not in told


def test_nothing_else_is_told_and_nobody_elses_item_is_missing(
    told: dict[str, list[str]], listed: dict[str, dict[str, Any]]
) -> None:
    wanted = {f"{item_id}.md" for item_id, (_, case) in CASES.items() if case.told}
    assert told.keys() == wanted | {*NAMES.values()} | {name for name, _ in NO_FILES.values()}
    assert listed.keys() == PREPARED.keys() | {item_id for item_id, (_, case) in CASES.items() if case.is_read}


def test_the_others_are_found_shown_and_judged_among_all_of_it(full: Session) -> None:
    with untouched(full.repo):
        assert full.item(GATEWAY)["title"] == "Review the gateway"
        assert GATEWAY in full("list", "service:gateway", status=6).out
        assert "dry run" in full("set-status", GATEWAY, "in_progress", "--dry-run").err
        assert full("log", GATEWAY).out


def test_the_table_has_at_least_two_hundred_different_files() -> None:
    assert len({case.data for _, case in CASES.values()}) == len(CASES) >= 200
    assert len(NAMED) == len(CASES)
