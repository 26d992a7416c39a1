"""What findings and errors advise works: no hint names what git or the tool then refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlogtool.app.comparing import compare
from backlogtool.app.judging_rights import _FIXES
from backlogtool.app.validation import validate, validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.explanation import explanation
from backlogtool.errors import NotFoundError
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, SEARCH, Session, item_text
from tests.repositories import Repo

LIMITS = "version: 1\nworkflow: {wip_limits: {in_progress: {total: 3, per_owner: 2}, open: {total: 4}}}\n"
IDS = (BILLING, GATEWAY, ROUTER, SEARCH)
WAITING = """version: 1
workflow:
  guards:
    - {name: done_means_done, to: [done], require: [dependencies]}
"""


@pytest.fixture
def apart(repo: Repo) -> Repo:
    """Two branches without a common ancestor."""
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("one")
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.git("rm", "-r", "--quiet", "--cached", ".")
    repo.write("notes.txt", "other\n")
    repo.commit("other")
    return repo


def unrelated(repo: Repo) -> list[str]:
    """The hints of all that looks for a common ancestor."""
    hints = []
    space = Workspace.open(repo.root, environment={})
    for ask in (
        lambda: compare(space, "main...HEAD"),
        lambda: validate(space, "main"),
        lambda: validate_between(space, "main", "HEAD"),
        lambda: space.repository and space.repository.merge_base(space.repository.resolve("main")),
    ):
        with pytest.raises(NotFoundError, match="have no common ancestor here") as raised:
            ask()
        hints.append(raised.value.hint)
    return hints


def test_only_a_shallow_clone_is_told_to_fetch_the_rest(apart: Repo, tmp_path: Path) -> None:
    """Git refuses that in a whole one."""
    assert {"unshallow" in one for one in unrelated(apart)} == {False}
    apart.write("notes.txt", "more\n")
    apart.commit("more")
    apart.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{apart.root}", str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow")
    shallow.git("branch", "main", "origin/main")
    assert {"git fetch --unshallow" in one for one in unrelated(shallow)} == {True}


def test_commits_are_signed_anew_by_what_the_finding_and_its_explanation_say(repo: Repo) -> None:
    """``git rebase -S`` alone finds nothing to do."""
    way = "git rebase --force-rebase -S BASE"
    assert way in _FIXES["BL323"]
    assert way in explanation("BL323").fix
    for name in ("base", "one"):
        repo.write("notes.txt", name)
        made = repo.commit(name)
    repo.git("rebase", "--quiet", "HEAD~1")
    assert repo.head() == made
    repo.git("-c", "user.name=Another", "rebase", "--quiet", "--force-rebase", "HEAD~1")
    assert repo.head() != made


# --- limits


@pytest.fixture
def cli(repo: Repo) -> Session:
    """Two of three places are taken, one of them by Ann; and two more items."""
    repo.write(POLICY, LIMITS)
    for number, item_id in enumerate(IDS):
        fields = {"status": "in_progress" if number < 2 else "open", "owner": "ann" if number == 0 else "bob"}
        repo.write(f"items/{item_id}.md", item_text(item_id, **fields))
    repo.commit("base")
    return Session(repo)


def test_a_move_is_told_who_held_the_places_before(cli: Session) -> None:
    cli("set-status", ROUTER, "in_progress")
    told = cli("set-status", SEARCH, "in_progress", status=1).err
    before = sorted((BILLING, GATEWAY, ROUTER))
    assert f"too many in_progress: 4, at most 3, with {', '.join(before)}" in told
    assert f"move one of them on first, such as {before[0]}" in told


def test_many_moves_are_told_once_for_each_limit_and_how_many_may_go_on(cli: Session) -> None:
    told = cli("edit", "--where", "status:open", "--yes", "--set", "status=in_progress", status=1).err
    assert told.count("too many in_progress: 4, at most 3") == 1
    assert told.count("too many in_progress for bob: 3, at most 2") == 1
    assert "choose fewer: there is room for 1" in told
    assert told.count("BL315") == 3, "two limits, and the other item"
    assert "move one of them on first" not in told


def test_an_item_that_is_not_made_is_not_named(cli: Session) -> None:
    cli("set-status", GATEWAY, "done")
    cli("set-status", BILLING, "done")
    for title in ("one", "two"):
        cli("create", title)
    told = cli("create", "three", status=1).err
    named = set(cli("list", "status:open", "--format", "ids").out.split())
    assert len(named) == 4
    assert "too many open: 5, at most 4" in told
    assert {word.strip(",") for word in told.split() if word.startswith("bl_")} <= named


# --- guards


def test_all_that_an_item_waits_for_is_taken_out_by_one_command(repo: Repo) -> None:
    repo.write(POLICY, WAITING)
    lost = ["bl_0000000000a1", "bl_0000000000a2", "bl_0000000000a3"]
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY, status="in_progress", dependencies=f"[{', '.join(lost)}]"))
    repo.commit("base")
    cli = Session(repo)
    told = cli("set-status", GATEWAY, "done", status=1).err
    command = told.partition("no longer wait for them: backlogtool ")[2].split("\n")[0].split()
    assert command == ["edit", GATEWAY, "--remove", f"dependencies={','.join(lost)}"]
    cli(*command)
    cli("set-status", GATEWAY, "done")
