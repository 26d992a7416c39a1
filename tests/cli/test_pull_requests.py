"""Two people, two clones, one bare repository: branches of commands and hand edits that meet in plain git."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, LATER, Session, untouched
from tests.repositories import Repo

CHANGES = {
    "title": ("edit", GATEWAY, "--set", "title=Another"),
    "status": ("set-status", GATEWAY, "in_progress"),
    "priority": ("edit", GATEWAY, "--set", "priority=P0"),
    "owner": ("assign", GATEWAY, "bob"),
    "due_date": ("edit", GATEWAY, "--set", "due_date=2026-04-01"),
    "description": ("edit", GATEWAY, "--set", "description=New words."),
}


@pytest.fixture
def pair(cli: Session, tmp_path: Path) -> tuple[Session, Session]:
    """Ann's and Bob's clones of one bare repository."""
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    return clone(tmp_path, "Ann Author"), clone(tmp_path, "Bob Builder")


def clone(place: Path, name: str) -> Session:
    root = place / name.split()[0].lower()
    Repo(place).git("clone", "--quiet", str(place / "origin.git"), str(root))
    repo = Repo(root)
    repo.git("config", "user.name", name)
    repo.git("config", "user.email", f"{root.name}@example.org")
    return Session(repo)


def test_changes_of_two_fields_merge_without_a_driver_and_the_log_tells_both(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    base = ann.repo.head()
    ann("set-status", GATEWAY, "in_progress", "--message", "I take it")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob("edit", GATEWAY, "--set", "priority=P0", now=LATER)
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    item = bob.item(GATEWAY)
    assert (item["status"], item["priority"]) == ("in_progress", "P0")
    assert bob("validate", "--since", base).out == ""
    assert sorted((one["type"], one["actor"]) for one in bob.events(GATEWAY)) == [
        ("auto_update", "Bob Builder"), ("created", "Ann Author"), ("status_change", "Ann Author"),
    ]  # fmt: skip
    assert "I take it" in bob("log", GATEWAY).out
    bob.repo.git("push", "--quiet", "origin", "main")
    ann.repo.git("pull", "--quiet", "--no-rebase")
    assert ann.item(GATEWAY) == item
    assert ann("show", GATEWAY).out == bob("show", GATEWAY).out


def test_every_two_fields_merge_cleanly_whoever_is_first(cli: Session) -> None:
    """M5: an immutable line stands between every two that change."""
    repo = cli.repo
    for name, command in CHANGES.items():
        repo.git("checkout", "--quiet", "-b", name, "main")
        cli(*command)
    for one, other in combinations(CHANGES, 2):
        merged = [merge(repo, *pair) for pair in ((one, other), (other, one))]
        assert merged[0] == merged[1], (one, other)
        assert cli("validate", "--since", "main").out == "", (one, other)


def merge(repo: Repo, one: str, other: str) -> str:
    """The item's file after ``git merge other`` on the branch ``one``."""
    repo.git("checkout", "--quiet", "--detach", one)
    repo.git("merge", "--quiet", "--no-edit", other)
    return repo.read(f"items/{GATEWAY}.md")


def test_comments_of_two_people_are_both_kept(pair: tuple[Session, Session]) -> None:
    """They stand at one place, so plain git asks; resolved by keeping both they are told in the order of their time."""
    ann, bob = pair
    ann("comment", GATEWAY, "from Ann")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob("comment", GATEWAY, "from Bob", now=LATER)
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit", check=False)
    assert "[BL118]" in bob("validate", status=1).out
    assert "in the middle of a merge" in bob("assign", BILLING, "bob", status=7).err
    text = bob.text(GATEWAY)
    kept = [line for line in text.split("\n") if line[:7] not in ("<<<<<<<", "=======", ">>>>>>>")]
    bob.repo.write(bob.path(GATEWAY), "\n".join(kept))
    bob.repo.git("commit", "--quiet", "--all", "--no-edit")
    assert bob("validate").out == ""
    assert {one["text"] for one in bob.item(GATEWAY)["comments"]} == {"from Ann", "from Bob"}


def test_the_same_field_is_a_conflict_that_git_shows_and_validate_names(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "ann")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob("assign", GATEWAY, "bob")
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit", check=False)
    assert f"items/{GATEWAY}.md" in bob.repo.git("diff", "--name-only", "--diff-filter=U")
    assert "a merge conflict is not resolved [BL118]" in bob("validate", status=1).out
    assert f"items/{GATEWAY}.md" in bob("list", status=6).err


def test_new_items_of_two_branches_never_meet(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ids = {ann.create("from Ann"), bob.create("from Bob")}
    ann.repo.git("push", "--quiet", "origin", "main")
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    assert bob("validate").out == ""
    assert ids <= set(bob("list", "--all", "--format", "ids").out.split())


def test_a_clean_merge_that_breaks_a_rule_is_told(pair: tuple[Session, Session]) -> None:
    """Two branches give two items one key: git merges it, validate does not let it pass."""
    ann, bob = pair
    ann.create("one", "--dedupe-key", "the:same")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob.create("two", "--dedupe-key", "the:same")
    bob.repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    assert bob("validate", status=1).out.count("[BL206]") == 2


def test_a_pull_request_is_judged_by_its_own_commits(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann.hand_edit(BILLING, "status: open", "status: done")
    ann.repo.commit("a bad step on main")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob.repo.git("checkout", "--quiet", "-b", "feature")
    bob("set-status", GATEWAY, "in_progress")
    bob.repo.git("fetch", "--quiet")
    assert bob("validate", "--since", "origin/main").out == "", "what others did on main is not this branch's fault"
    bob.hand_edit(GATEWAY, "status: in_progress", "status: open")
    bob.repo.commit("a bad step on the branch")
    told = bob("validate", "--since", "origin/main", status=1).out
    assert "cannot go from in_progress to open" in told
    assert BILLING not in told


@pytest.mark.exhaustive
def test_a_rebased_branch_tells_the_same_story(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", BILLING, "ann")
    ann.repo.git("push", "--quiet", "origin", "main")
    bob("set-status", GATEWAY, "in_progress", "--actor", "robot")
    bob("close", GATEWAY)
    before = [(one["type"], one["actor"], one["ts"], one["meta"]) for one in bob.events(GATEWAY)]
    bob.repo.git("pull", "--quiet", "--rebase")
    assert [(one["type"], one["actor"], one["ts"], one["meta"]) for one in bob.events(GATEWAY)] == before
    assert bob("validate", "--since", "origin/main").out == ""


@pytest.fixture
def shallow(pair: tuple[Session, Session], tmp_path: Path) -> Session:
    """A clone that holds the last commit only: Ann closed an item."""
    ann, _ = pair
    ann("close", GATEWAY, "--status", "canceled")
    ann.repo.git("push", "--quiet", "origin", "main")
    Repo(tmp_path).git("clone", "--quiet", "--depth", "1", f"file://{tmp_path}/origin.git", "shallow")
    repo = Repo(tmp_path / "shallow")
    repo.git("config", "user.name", "Ann Author")
    repo.git("config", "user.email", "ann@example.org")
    return Session(repo)


def test_a_shallow_clone_tells_no_times_and_events_that_it_cannot_know(shallow: Session) -> None:
    """D-1, C-58."""
    for command in (("show", GATEWAY), ("log",), ("list", "--json"), ("list", "--format", "jsonl")):
        assert "this clone is shallow" in shallow(*command).err
    item = shallow.item(GATEWAY)
    assert (item["status"], item["updated_at"], item["closed_at"]) == ("canceled", None, None)
    assert shallow.events() == shallow.events(GATEWAY) == []
    assert "shallow" in shallow("doctor").out


@pytest.mark.exhaustive
def test_in_a_shallow_clone_what_can_be_known_is_told_and_done(shallow: Session) -> None:
    base = shallow.repo.head()
    shallow("assign", BILLING, "bob", now=LATER)
    assert shallow.item(BILLING)["updated_at"] == LATER
    assert [one["type"] for one in shallow.events()] == ["auto_update"]
    assert shallow("validate", "--since", base).out == ""
    shallow("undo")
    assert shallow.item(BILLING)["owner"] == "oncall"


def test_the_edge_of_a_shallow_clone_cannot_be_taken_back(shallow: Session) -> None:
    """Seen from here it made every file there is."""
    for command in (("undo",), ("undo", "HEAD")):
        with untouched(shallow.repo):
            assert "git fetch --unshallow" in shallow(*command, status=7).err


def test_validate_fails_where_a_shallow_clone_hides_what_it_should_judge(shallow: Session) -> None:
    """R12."""
    shallow("assign", BILLING, "bob")
    git = shallow.repo.git
    git("checkout", "--quiet", "--orphan", "other")
    git("rm", "-r", "--force", "--quiet", ".")
    git("commit", "--quiet", "--allow-empty", "--message", "another root")
    git("merge", "--quiet", "--allow-unrelated-histories", "--no-edit", "main")
    assert "shallow" in shallow("validate", "--since", "HEAD~1", status=7).err
