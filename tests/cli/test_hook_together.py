"""The pre-commit hook tells what staged items come to together with all others, as they stand in the last commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlogtool.app.committing import validate_staged
from backlogtool.domain.finding import Finding
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, SEARCH, Session, item_text

NEW, OTHER = "bl_aaaaaaaaaaaa", "bl_bbbbbbbbbbbb"
LIMIT = "version: 1\nworkflow:\n  wip_limits:\n    in_progress: {total: 2, per_owner: 1}\n"


def put(cli: Session, item: str, *, stage: bool = True, **fields: object) -> None:
    path = f"items/{item}.md"
    cli.repo.write(path, item_text(item, **fields))
    cli.repo.git("add", *(["--", path] if stage else ["--intent-to-add", "--", path]))


def told(cli: Session) -> list[Finding]:
    return [one for one in validate_staged(str(cli.repo.root)) if one.code in ("BL206", "BL315", "BL316", "BL317")]


def codes(cli: Session) -> list[tuple[str, str]]:
    return [(one.code, one.item) for one in told(cli)]


def since(cli: Session, base: str) -> list[tuple[str, str]]:
    """What a range says once it is committed."""
    cli.repo.git("commit", "--quiet", "--no-verify", "--message", "work")
    told = cli("validate", "--since", base, "--json", status=1).data
    return [(one["code"], one["item"]) for one in told if one["severity"] == "error"]


@pytest.fixture
def limited(cli: Session) -> Session:
    cli.repo.write(POLICY, LIMIT)
    put(cli, GATEWAY, status="in_progress", owner="ann")
    cli.repo.commit("limits")
    return cli


# --- dedupe keys


def test_a_key_that_another_item_has_is_told_as_the_range_will_tell_it(cli: Session) -> None:
    put(cli, NEW, dedupe_key=f"key:{GATEWAY}")
    (found,) = told(cli)
    assert (found.code, found.item, found.is_error, found.line) == ("BL206", NEW, True, 13)
    assert GATEWAY in found.message
    assert since(cli, "HEAD~1") == [("BL206", NEW)]


def test_two_staged_items_with_one_key_are_told_at_both(cli: Session) -> None:
    put(cli, NEW, dedupe_key="one")
    put(cli, OTHER, dedupe_key="one")
    assert codes(cli) == [("BL206", NEW), ("BL206", OTHER)]
    assert since(cli, "HEAD~1") == [("BL206", NEW), ("BL206", OTHER)]


def test_the_first_commit_of_all_is_asked_too(tmp_path: Path) -> None:
    from tests.repositories import make

    empty = Session(make(tmp_path / "empty"))
    put(empty, NEW, dedupe_key="one")
    put(empty, OTHER, dedupe_key="one")
    assert codes(empty) == [("BL206", NEW), ("BL206", OTHER)]


def test_what_only_stands_in_the_work_tree_counts_for_nothing(cli: Session) -> None:
    """Neither a key that an edit gives to somebody, nor one that an edit takes away."""
    put(cli, NEW, dedupe_key="one")
    cli.repo.write(f"items/{BILLING}.md", item_text(BILLING, dedupe_key="one"))
    cli.repo.write(f"items/{OTHER}.md", item_text(OTHER, dedupe_key="one"))
    assert codes(cli) == []
    put(cli, SEARCH, dedupe_key=f"key:{GATEWAY}")
    (cli.repo.root / f"items/{GATEWAY}.md").unlink()
    assert ("BL206", SEARCH) in codes(cli)


def test_who_gives_a_key_up_in_the_same_commit_has_it_no_more(cli: Session) -> None:
    cli.repo.git("rm", "--quiet", f"items/{GATEWAY}.md")
    put(cli, NEW, dedupe_key=f"key:{GATEWAY}")
    assert codes(cli) == []


def test_a_key_that_two_had_before_stops_nobody(cli: Session) -> None:
    for item in (NEW, OTHER):
        put(cli, item, dedupe_key="one")
    cli.repo.commit("twice")
    put(cli, NEW, dedupe_key="one", owner="bob")
    assert codes(cli) == []


# --- limits


def test_a_place_too_many_is_told_as_the_range_will_tell_it(limited: Session) -> None:
    put(limited, BILLING, status="in_progress", owner="ann")
    (found,) = told(limited)
    assert (found.code, found.item, found.is_error) == ("BL315", BILLING, True)
    assert "too many in_progress for ann: 2, at most 1" in found.message
    assert since(limited, "HEAD~1") == [("BL315", BILLING)]


def test_who_leaves_a_place_in_the_same_commit_makes_room(limited: Session) -> None:
    put(limited, BILLING, status="in_progress", owner="ann")
    put(limited, GATEWAY, status="done", owner="ann")
    assert codes(limited) == []


def test_a_place_that_is_taken_in_the_work_tree_alone_is_free(limited: Session) -> None:
    limited.repo.write(f"items/{ROUTER}.md", item_text(ROUTER, status="in_progress", owner="bob"))
    put(limited, BILLING, status="in_progress", owner="bob")
    assert codes(limited) == []
    limited.repo.git("add", "--all")
    assert {code for code, _ in codes(limited)} == {"BL315"}


def test_a_limit_that_was_exceeded_before_stops_nothing_else(limited: Session) -> None:
    put(limited, BILLING, status="in_progress", owner="ann")
    limited.repo.commit("too many")
    put(limited, BILLING, status="in_progress", owner="ann", priority="P0")
    assert codes(limited) == []


def test_taking_a_closing_back_asks_for_no_place(limited: Session) -> None:
    put(limited, GATEWAY, status="done", owner="ann")
    limited.repo.commit("done")
    put(limited, BILLING, status="in_progress", owner="ann")
    limited.repo.commit("another")
    limited.repo.git("revert", "--no-commit", "HEAD~1")
    assert codes(limited) == []


# --- merges


def sides(cli: Session, ours: dict[str, dict[str, object]], theirs: dict[str, dict[str, object]]) -> None:
    """A merge that waits for its commit, of two sides that put these items."""
    for name, items in (("side", theirs), ("main", ours)):
        cli.repo.git("checkout", "--quiet", *(["-b", name] if name == "side" else [name]))
        for item, fields in items.items():
            put(cli, item, **fields)
        cli.repo.git("commit", "--quiet", "--allow-empty", "--message", name)
    cli.repo.git("merge", "--quiet", "--no-commit", "--no-ff", "side")


def test_a_merge_is_told_what_only_both_sides_together_make(limited: Session) -> None:
    sides(
        limited,
        {BILLING: {"status": "in_progress", "owner": "bob"}, NEW: {"dedupe_key": "one"}},
        {ROUTER: {"status": "in_progress", "owner": "cyd"}, OTHER: {"dedupe_key": "one"}},
    )
    assert codes(limited) == [("BL315", ROUTER), ("BL206", NEW), ("BL206", OTHER)]


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_merge_does_not_answer_for_what_one_side_did(whose: str, limited: Session) -> None:
    wrong: dict[str, dict[str, object]] = {
        BILLING: {"status": "in_progress", "owner": "ann"},
        NEW: {"dedupe_key": "one"},
        OTHER: {"dedupe_key": "one"},
    }
    right: dict[str, dict[str, object]] = {SEARCH: {"priority": "P0"}}
    sides(limited, *((wrong, right) if whose == "ours" else (right, wrong)))
    assert codes(limited) == []


# --- waiting


def test_a_circle_and_an_item_that_is_not_there_are_told(cli: Session) -> None:
    put(cli, BILLING, dependencies=f"[{ROUTER}]")
    assert codes(cli) == []
    cli.repo.commit("waits")
    put(cli, ROUTER, dependencies=f"[{BILLING}, {NEW}]")
    assert sorted(codes(cli)) == [("BL316", ROUTER), ("BL317", ROUTER)]
    put(cli, NEW)
    put(cli, BILLING)
    assert codes(cli) == []
