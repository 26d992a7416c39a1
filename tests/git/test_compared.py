"""``diff`` on real git: what two commits, or a commit and the work tree, differ in, as items."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from random import Random

import pytest

from backlogtool.app.comparing import Compared, compare
from backlogtool.app.workspace import Workspace
from backlogtool.domain.event import diff, replay
from backlogtool.domain.item import Item
from backlogtool.errors import NotFoundError, UnavailableError
from tests.cli.session import GATEWAY, POLICY, SEARCH, item_text
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"
NOW = "2026-02-16T06:20:00Z"


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A repository with one open item, tagged base."""
    repo.write(PATH, item_text(GATEWAY))
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def space(repo: Repo) -> Workspace:
    return Workspace.open(repo.root, flags={"now": NOW}, environment={})


def told(repo: Repo, revisions: str = "base..HEAD") -> Compared:
    return compare(space(repo), revisions)


def kinds(repo: Repo, revisions: str = "base..HEAD") -> dict[str, tuple[str, ...]]:
    return {one.item.id: one.kinds for one in told(repo, revisions).comparison.items}


def faults(repo: Repo, revisions: str = "base..HEAD") -> list[tuple[str, str]]:
    return [one.faults for one in told(repo, revisions).comparison.unreadable]


def put(repo: Repo, item_id: str = GATEWAY, path: str = "", **fields: object) -> str:
    repo.write(path or f"items/{item_id}.md", item_text(item_id, **fields))
    return repo.commit("work")


# --- which revisions


def test_a_range_tells_what_its_commits_come_to(work: Repo) -> None:
    put(work, status="blocked")
    put(work, status="blocked", owner="bob")
    put(work, SEARCH)
    assert kinds(work) == {GATEWAY: ("moved", "reowned"), SEARCH: ("created",)}
    assert kinds(work, "HEAD..base") == {GATEWAY: ("moved", "reowned"), SEARCH: ("deleted",)}
    assert kinds(work, "HEAD~1..") == {SEARCH: ("created",)}
    assert kinds(work, "base..HEAD~2") == {GATEWAY: ("moved",)}


def test_an_empty_range_is_empty(work: Repo) -> None:
    put(work, status="blocked")
    put(work)
    assert kinds(work) == kinds(work, "HEAD..HEAD") == kinds(work, "HEAD...HEAD") == {}


def test_three_dots_leave_out_what_the_other_side_did(work: Repo) -> None:
    work.git("checkout", "--quiet", "-b", "feature")
    put(work, owner="bob")
    work.git("checkout", "--quiet", "main")
    put(work, SEARCH)
    assert kinds(work, "main...feature") == {GATEWAY: ("reowned",)}
    assert kinds(work, "main..feature") == {GATEWAY: ("reowned",), SEARCH: ("deleted",)}


def test_without_a_range_it_is_what_stands_now(work: Repo) -> None:
    """Staged or not, new, changed or deleted; a commit is compared with it as well."""
    put(work, SEARCH)
    assert kinds(work, "") == {}
    work.write(PATH, item_text(GATEWAY, priority="P0"))
    work.write("items/bl_000000000001.md", item_text("bl_000000000001"))
    work.git("add", PATH)
    (work.root / f"items/{SEARCH}.md").unlink()
    assert kinds(work, "") == {
        GATEWAY: ("reprioritised",), "bl_000000000001": ("created",), SEARCH: ("deleted",),
    }  # fmt: skip
    assert kinds(work, "base") == {GATEWAY: ("reprioritised",), "bl_000000000001": ("created",)}
    assert told(work, "").newer == ""


def test_before_the_first_commit_everything_is_new(repo: Repo) -> None:
    repo.write(PATH, item_text(GATEWAY))
    assert kinds(repo, "") == {GATEWAY: ("created",)}


def test_what_is_no_revision_is_refused(work: Repo) -> None:
    for wrong in ("nowhere", "nowhere..HEAD", "base..nowhere", "a..b..c", "--output=x", "HEAD\n"):
        with pytest.raises(NotFoundError):
            told(work, wrong)
    assert not (work.root / "x").exists()


def test_commits_without_a_common_ancestor_have_no_base(work: Repo) -> None:
    work.git("checkout", "--quiet", "--orphan", "other")
    put(work, owner="bob")
    with pytest.raises(NotFoundError, match="no common ancestor"):
        told(work, "base...other")
    assert kinds(work, "base..other") == {GATEWAY: ("reowned",)}


def test_a_bare_repository_has_ranges_and_no_work_tree(work: Repo) -> None:
    put(work, owner="bob")
    work.git("clone", "--quiet", "--bare", ".", "../bare.git")
    bare = Repo(work.root.parent / "bare.git")
    assert kinds(bare) == kinds(bare, "base") == {GATEWAY: ("reowned",)}
    with pytest.raises(UnavailableError, match="bare"):
        told(bare, "")


# --- files that move, or are odd


def test_a_file_that_moves_within_items_is_no_change_of_its_item(work: Repo) -> None:
    work.git("mv", PATH, "items/moved.tmp")
    (work.root / "items/team").mkdir()
    work.git("mv", "items/moved.tmp", f"items/team/{GATEWAY}.md")
    assert kinds(work, "") == {}
    work.commit("move")
    assert kinds(work) == {}
    work.write(f"items/team/{GATEWAY}.md", item_text(GATEWAY, owner="bob"))
    assert kinds(work, "base") == {GATEWAY: ("reowned",)}
    [one] = told(work, "base").comparison.items
    assert one.path == f"items/team/{GATEWAY}.md"


def test_two_files_of_one_id_are_told_and_not_compared(work: Repo) -> None:
    """Also where only one of the two is in the range."""
    put(work, path=f"items/team/{GATEWAY}.md", owner="bob")
    assert (kinds(work), faults(work)) == ({}, [("", f"{PATH} and items/team/{GATEWAY}.md have one id")])
    work.git("tag", "twice")
    put(work, path=f"items/team/{GATEWAY}.md", owner="eve")
    [(before, after)] = faults(work, "twice..HEAD")
    assert before == after
    work.git("rm", "--quiet", PATH)
    work.commit("one again")
    assert kinds(work) == {GATEWAY: ("reowned",)}
    work.write(PATH, item_text(GATEWAY))
    assert faults(work, "") == [("", f"{PATH} and items/team/{GATEWAY}.md have one id")]


def test_a_version_that_cannot_be_read_is_named_with_its_reason(work: Repo) -> None:
    work.write(PATH, "no frontmatter\n")
    [(before, after)] = faults(work, "")
    assert (before, after) == ("", "the first line is not ---")
    work.commit("broken")
    assert faults(work) == [("", "the first line is not ---")]
    put(work, status="blocked")
    assert faults(work, "HEAD~1..HEAD") == [("the first line is not ---", "")]
    assert kinds(work) == {GATEWAY: ("moved",)}


def test_a_link_is_not_followed(work: Repo) -> None:
    (work.root / "secret.md").write_text(item_text(GATEWAY, owner="secret"))
    (work.root / PATH).unlink()
    os.symlink("../secret.md", work.root / PATH)
    assert "not a regular file" in faults(work, "")[0][1]
    work.commit("a link")
    assert faults(work) == [("", "it is not a regular file")]


def test_a_missing_object_is_an_error_and_not_an_empty_answer(work: Repo) -> None:
    put(work, owner="bob")
    blob = work.git("rev-parse", f"HEAD:{PATH}").strip()
    (work.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnavailableError, match="missing here"):
        told(work)


def test_a_missing_object_that_may_hold_the_same_key_is_an_error(work: Repo) -> None:
    blob = work.git("rev-parse", f"HEAD:{PATH}").strip()
    put(work, SEARCH, dedupe_key=f"key:{GATEWAY}")
    (work.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnavailableError, match="cannot search its objects"):
        told(work)


def test_a_merge_brings_what_its_other_side_did(work: Repo) -> None:
    work.git("checkout", "--quiet", "-b", "feature")
    put(work, priority="P0")
    put(work, SEARCH)
    work.git("checkout", "--quiet", "main")
    put(work, "bl_000000000001")
    work.git("merge", "--quiet", "--no-edit", "feature")
    assert kinds(work, "HEAD^1..HEAD") == {GATEWAY: ("reprioritised",), SEARCH: ("created",)}
    assert kinds(work, "HEAD^2..HEAD") == {"bl_000000000001": ("created",)}


# --- keys and days


def test_a_key_that_an_untouched_item_has_is_told(work: Repo) -> None:
    put(work, SEARCH, dedupe_key=f"key:{GATEWAY}")
    put(work, "bl_000000000001")
    shares = {one.item.id: one.shares for one in told(work).comparison.items}
    assert shares == {SEARCH: (GATEWAY,), "bl_000000000001": ()}
    assert {one.item.id: one.shares for one in told(work, "base..HEAD~1").comparison.items} == {SEARCH: (GATEWAY,)}
    put(work, SEARCH, dedupe_key=f"key:{GATEWAY}", owner="bob")
    assert told(work, "HEAD~1..HEAD").comparison.duplicates == 0, "the range did not bring it"


WRITTEN = ["'a:b'", '"a:b"', '"a\\x3ab"', "|-\n  a:b", '"a:\\\n  b"']


@pytest.mark.sampled(4)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_key_is_found_however_it_is_written(work: Repo, written: str) -> None:
    put(work, dedupe_key=written)
    work.git("tag", "written")
    put(work, SEARCH, dedupe_key="a:b")
    [one] = told(work, "written..HEAD").comparison.items
    assert one.shares == (GATEWAY,)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("key", ["two words", "it's", "-- x", "dédupe", "a" * 200])
def test_an_odd_key_is_found_as_well(work: Repo, key: str) -> None:
    put(work, dedupe_key=json.dumps(key))
    work.git("tag", "odd")
    put(work, SEARCH, dedupe_key=json.dumps(key))
    put(work, "bl_000000000001", dedupe_key=json.dumps(f"{key}x"))
    shares = {one.item.id: one.shares for one in told(work, "odd..HEAD").comparison.items}
    assert shares == {SEARCH: (GATEWAY,), "bl_000000000001": ()}


def test_many_keys_are_found_as_few_are(work: Repo) -> None:
    for number in range(120):
        item_id = f"bl_{number:012x}"
        work.write(f"items/{item_id}.md", item_text(item_id, dedupe_key=f"k:{number // 2}"))
    work.commit("many")
    found = told(work).comparison
    assert found.duplicates == 120
    assert all(len(one.shares) == 1 for one in found.items)


def test_the_policy_says_what_is_closed(work: Repo) -> None:
    put(work, status="canceled")
    assert kinds(work) == {GATEWAY: ("closed",)}
    work.write(POLICY, "version: 1\nworkflow:\n  closed_statuses: [done]\n")
    assert kinds(work) == {GATEWAY: ("moved",)}


def test_a_due_date_has_passed_as_of_the_given_day(work: Repo) -> None:
    put(work, due_date="2026-02-15")
    put(work, SEARCH, due_date="2026-02-16")
    assert {one.item.id: one.overdue for one in told(work).comparison.items} == {GATEWAY: True, SEARCH: False}


# --- the law


def items(repo: Repo, revision: str) -> Mapping[str, Item]:
    """Every item of a commit, read by the store."""
    seen = Workspace.open(repo.root, environment={}, revision=revision)
    return {one.item.id: one.item for one in seen.store.find(seen.query()).stored}


def test_the_events_of_any_range_turn_one_end_into_the_other(repo: Repo) -> None:
    """On a history of random edits, moves and deletions; read backwards as well."""
    random = Random(20260216)
    ids = [f"bl_{number:012x}" for number in range(6)]
    commits = [put(repo, ids[0])]
    for _ in range(8):
        for item_id in random.sample(ids, 3):
            standing = [path for path in repo.root.glob("items/**/*.md") if path.stem == item_id]
            for path in standing:
                path.unlink()
            if random.random() < 0.8:
                fields = {"status": random.choice(["open", "blocked", "done"]), "owner": random.choice("abc")}
                folder = random.choice(["items", "items/team"])
                repo.write(f"{folder}/{item_id}.md", item_text(item_id, random.choice(["", "x", "y\n\nz"]), **fields))
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "--allow-empty", "--message", "work")
        commits.append(repo.head())
    for older, newer in [(commits[0], commits[-1]), (commits[-1], commits[2]), (commits[3], commits[6])]:
        found = {one.item.id: one.events for one in told(repo, f"{older}..{newer}").comparison.items}
        before, after = items(repo, older), items(repo, newer)
        assert found.keys() == {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
        for item_id in ids:
            events = [*diff(None, before.get(item_id)), *found.get(item_id, ())]
            assert replay(events) == after.get(item_id)
