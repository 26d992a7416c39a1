"""Guards in commits: asked at every parent edge by the rules of the base, and never about what is no move."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from backlogtool.app.validation import validate, validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.codec import trailers
from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding, errors
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, Session, item_text
from tests.repositories import Repo

RULES = """version: 1
workflow:
  guards:
    - {name: ready, to: [in_progress], fields: [service]}
    - {name: done_means_done, to: [done], require: [criteria, dependencies]}
    - {name: say_why, to: [blocked], require: [comment]}
"""
LIMITS = "version: 1\nworkflow: {wip_limits: {in_progress: {total: 2, per_owner: 1}}}\n"
TICKED, OPEN = "## Acceptance Criteria\n\n- [x] it works", "## Acceptance Criteria\n\n- [ ] it works"


def put(repo: Repo, body: str = OPEN, item_id: str = GATEWAY, folder: str = "items", **fields: object) -> None:
    repo.write(f"{folder}/{item_id}.md", item_text(item_id, body, **{"service": "gateway", **fields}))


def step(repo: Repo, message: str = "work", body: str = OPEN, item_id: str = GATEWAY, **fields: object) -> str:
    """A commit by hand that leaves the item with these values."""
    put(repo, body, item_id, **fields)
    return repo.commit(message)


@pytest.fixture
def work(repo: Repo) -> Repo:
    """Guards, and one item in progress."""
    repo.write(POLICY, RULES)
    put(repo, status="in_progress")
    repo.commit("base")
    repo.git("tag", "base")
    return repo


@pytest.fixture
def limited(repo: Repo) -> Repo:
    """Limits, and three open items of two people."""
    repo.write(POLICY, LIMITS)
    for item_id, owner in ((GATEWAY, "ann"), (BILLING, "ann"), (ROUTER, "bob")):
        put(repo, item_id=item_id, owner=owner)
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def told(repo: Repo, base: str = "base", head: str = "HEAD") -> list[Finding]:
    """What a server says of the range, which is what a clone says of it, too."""
    space = Workspace.open(repo.root, environment={})
    between = [one for one in validate_between(space, base, head) if one.code[:4] == "BL31"]
    if head == "HEAD":
        since = [one for one in validate(Workspace.open(repo.root, environment={}), base) if one.code[:4] == "BL31"]
        assert {one.code for one in since} == {one.code for one in between}
    return between


def codes(repo: Repo, base: str = "base") -> list[str]:
    return sorted({one.code for one in told(repo, base)})


def branch(repo: Repo, name: str, at: str = "base") -> None:
    repo.git("checkout", "--quiet", "-b", name, at)


def squashed(repo: Repo, *statuses: str, body: str, said: str = "", **fields: object) -> str:
    """One commit that folds the moves through these statuses, as a forge makes it."""
    parts = []
    for old, new in pairwise(statuses):
        event = Event("", GATEWAY, "", "status_change", "", "", {"old_status": old, "new_status": new})
        parts.append("* " + trailers.compose(f"backlog: {GATEWAY} {old} -> {new}", said, "ann", [event]))
    put(repo, body, status=statuses[-1], **fields)
    return repo.commit("Close it (#12)\n\n" + "\n".join(parts))


# --- one commit


def test_a_move_by_hand_that_a_guard_refuses_is_told_with_its_commit_and_place(work: Repo) -> None:
    made = step(work, status="done")
    (finding,) = told(work)
    assert (finding.code, finding.path, finding.field) == ("BL310", f"items/{GATEWAY}.md", "status")
    assert finding.line == 5
    assert f"1 of 1 acceptance criterion is not ticked: 'it works' (guard done_means_done) (commit {made[:10]})" in (
        finding.message
    )


def test_a_move_that_has_what_the_guards_want_is_fine(work: Repo) -> None:
    step(work, status="done", body=TICKED)
    assert told(work) == []


def test_criteria_that_are_ticked_only_later_came_too_late(work: Repo) -> None:
    step(work, status="done")
    step(work, status="done", body=TICKED)
    assert codes(work) == ["BL310"]


def test_a_closed_item_that_is_edited_later_is_not_asked_again(work: Repo) -> None:
    step(work, status="done", body=TICKED)
    work.git("tag", "closed")
    step(work, status="done", body=OPEN, owner="bob")
    step(work, status="done", body="", dependencies=f"[{BILLING}]")
    assert codes(work, "closed") == ["BL316"]


def test_rules_that_come_in_the_range_judge_nothing_in_it(repo: Repo) -> None:
    put(repo, status="in_progress")
    repo.commit("base")
    repo.git("tag", "base")
    repo.write(POLICY, RULES)
    repo.commit("guards")
    step(repo, status="done")
    assert told(repo) == []


def test_rules_that_are_dropped_in_the_range_still_judge_it(work: Repo) -> None:
    work.write(POLICY, "version: 1\n")
    work.commit("no guards")
    step(work, status="done")
    assert codes(work) == ["BL310"]


def test_taking_back_a_move_asks_nothing(work: Repo) -> None:
    step(work, status="blocked", message="blocked\n\nThe numbers are missing.")
    moved = step(work, status="in_progress", service='""')
    assert codes(work) == ["BL312"]
    work.git("tag", "moved")
    work.git("revert", "--no-edit", moved)
    assert "status: blocked" in work.read(f"items/{GATEWAY}.md")
    assert told(work, "moved") == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("message", ["blocked", "blocked\n\nSigned-off-by: Ann <a@example.org>"])
def test_why_is_said_in_the_message_or_in_the_item(work: Repo, message: str) -> None:
    why = f"{OPEN}\n\n## Comments\n\n### 2026-02-17T09:12:00Z ann\n\nThe numbers are missing."
    step(work, status="blocked", message=message)
    assert codes(work) == ["BL313"]
    work.git("reset", "--quiet", "--hard", "base")
    step(work, status="blocked", message=f"{message}\n\nThe numbers are missing.")
    assert told(work) == []
    work.git("reset", "--quiet", "--hard", "base")
    step(work, status="blocked", body=why, message=message)
    assert told(work) == []
    work.git("reset", "--quiet", "--hard", "base")
    step(work, body=why, status="in_progress")
    step(work, status="blocked", body=why, message=message)
    assert codes(work) == ["BL313"], "an older comment is about something else"


# --- dependencies are those of the commit


@pytest.mark.sampled(3)
@pytest.mark.parametrize("folder", ["items", "items/52", "items/team/billing"])
def test_what_the_item_waits_for_is_looked_up_in_the_commit_itself(work: Repo, folder: str) -> None:
    put(work, item_id=BILLING, folder=folder)
    put(work, status="in_progress", dependencies=f"[{BILLING}]")
    work.commit("start")
    work.git("tag", "start")
    step(work, status="done", body=TICKED, dependencies=f"[{BILLING}]")
    put(work, item_id=BILLING, folder=folder, status="canceled")
    work.commit("canceled too late")
    (finding,) = told(work, "start")
    assert f"it waits for {BILLING} (open: " in finding.message
    work.git("reset", "--quiet", "--hard", "start")
    put(work, item_id=BILLING, folder=folder, status="canceled")
    put(work, status="done", body=TICKED, dependencies=f"[{BILLING}]")
    work.commit("both at once")
    assert told(work, "start") == []


@pytest.mark.exhaustive
def test_many_dependencies_cost_no_more_processes_than_few(
    work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each is found, wherever it stands: by a server, and by a command that writes on a branch."""
    several = [f"bl_{number:012x}" for number in range(60)]
    for number, one in enumerate(several[:-1]):
        put(work, item_id=one, folder=("items", "items/team")[number % 2], status="done" if number else "open")
    work.commit("several")
    started = []
    for needed in (several[-4:], several):
        waits: dict[str, Any] = {"dependencies": f"[{', '.join(needed)}]", "body": TICKED}
        base = step(work, status="in_progress", **waits)
        trace = tmp_path / f"trace-{len(needed)}"
        monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
        answer = Session(work).answer("set-status", GATEWAY, "done", "--branch=side")
        monkeypatch.delenv("GIT_TRACE2_EVENT")
        step(work, status="done", **waits)
        monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
        found = told(work, base, head := work.head())
        monkeypatch.delenv("GIT_TRACE2_EVENT")
        started.append(trace.read_text().count('"event":"start"'))
        work.git("reset", "--quiet", "--hard", f"{head}^")
    missing = f"it waits for {several[0]} (open: Item 0000), {several[-1]} (not there) (guard done_means_done)"
    assert missing in answer.err
    assert {one.code for one in found} == {"BL311", "BL316"}
    assert any(missing in one.message for one in found)
    assert started[1] <= started[0]


# --- folded commits


@pytest.mark.exhaustive
def test_a_folded_branch_is_asked_about_every_status_on_its_way_as_it_is_in_the_end(work: Repo) -> None:
    put(work, status="open", service='""')
    work.commit("as if new")
    work.git("tag", "new")
    squashed(work, "open", "in_progress", "done", body=OPEN, service='""')
    found = told(work, "new")
    assert [one.code for one in found] == ["BL310", "BL312"]
    assert "cannot become in_progress: service is empty" in found[1].message
    work.git("reset", "--quiet", "--hard", "new")
    squashed(work, "open", "in_progress", "done", body=TICKED)
    assert told(work, "new") == []


@pytest.mark.exhaustive
def test_a_folded_branch_has_said_why_if_one_of_its_messages_does(work: Repo) -> None:
    squashed(work, "in_progress", "blocked", body=OPEN)
    assert codes(work) == ["BL313"]
    work.git("reset", "--quiet", "--hard", "base")
    squashed(work, "in_progress", "blocked", body=OPEN, said="The numbers are missing.")
    assert told(work) == []


def test_an_item_that_a_folded_branch_creates_and_closes_is_asked(work: Repo) -> None:
    (work.root / f"items/{GATEWAY}.md").unlink()
    work.commit("not there yet", ".")
    work.git("checkout", "--quiet", "--orphan", "fresh")
    work.commit("fresh")
    work.git("tag", "fresh-base")
    squashed(work, "open", "in_progress", "done", body=OPEN)
    assert codes(work, "fresh-base") == ["BL310"]


def test_an_item_that_is_brought_along_closed_is_no_move(work: Repo) -> None:
    step(work, item_id=ROUTER, status="done")
    assert told(work) == []


# --- merges


def merge(repo: Repo, other: str, body: str, **fields: object) -> str:
    """A merge whose result has these values, whatever its sides say."""
    head = repo.head()
    put(repo, body, **fields)
    repo.git("add", "--all")
    tree = repo.git("write-tree").strip()
    made = repo.git("commit-tree", tree, "-p", head, "-p", other, "-m", "Merge").strip()
    repo.git("reset", "--quiet", "--hard", made)
    return made


def test_a_merge_is_asked_only_about_a_status_that_no_side_brought(work: Repo) -> None:
    branch(work, "side")
    step(work, status="in_progress", owner="bob")
    work.git("checkout", "--quiet", "main")
    step(work, status="in_progress", body=OPEN, priority="P0")
    evil = merge(work, "side", OPEN, status="done", owner="bob", priority="P0")
    (finding,) = told(work)
    assert (finding.code, evil[:10] in finding.message) == ("BL310", True)


@pytest.mark.exhaustive
def test_a_merge_takes_over_what_a_side_closed(work: Repo) -> None:
    branch(work, "side")
    step(work, status="done", body=TICKED)
    work.git("checkout", "--quiet", "main")
    step(work, status="in_progress", owner="bob")
    merge(work, "side", OPEN, status="done", owner="bob")
    assert told(work) == []
    assert told(work, "main^1") == []


# --- limits


@pytest.mark.exhaustive
def test_two_branches_that_are_fine_alone_may_be_too_many_together(limited: Repo) -> None:
    branch(limited, "side")
    step(limited, item_id=GATEWAY, owner="ann", status="in_progress")
    assert told(limited) == []
    branch(limited, "other")
    step(limited, item_id=BILLING, owner="ann", status="in_progress")
    assert told(limited) == []
    limited.git("merge", "--quiet", "--no-edit", "side")
    assert {one.item for one in told(limited)} == {GATEWAY, BILLING}
    assert {one.item for one in told(limited, "side")} >= {BILLING}
    assert {one.code for one in errors(validate(Workspace.open(limited.root, environment={})))} == {"BL315"}
    assert all(one.path and one.line == 5 for one in told(limited))


@pytest.mark.exhaustive
def test_a_range_answers_only_for_the_places_that_it_takes(limited: Repo) -> None:
    step(limited, item_id=GATEWAY, owner="ann", status="in_progress")
    step(limited, item_id=BILLING, owner="ann", status="in_progress")
    limited.git("tag", "full")
    step(limited, item_id=ROUTER, owner="bob", priority="P0")
    step(limited, item_id=GATEWAY, owner="ann", status="in_progress", priority="P0")
    space = Workspace.open(limited.root, environment={})
    assert [one for one in validate_between(space, "full", "HEAD") if one.code == "BL315"] == []
    step(limited, item_id=BILLING, owner="bob", status="in_progress")
    assert [one for one in validate_between(space, "full", "HEAD") if one.code == "BL315"] == []
    step(limited, item_id=ROUTER, owner="bob", status="in_progress")
    assert {one.item for one in validate_between(space, "full", "HEAD") if one.code == "BL315"} == {BILLING, ROUTER}


def test_places_that_are_given_up_again_in_the_range_are_not_counted(limited: Repo) -> None:
    step(limited, item_id=GATEWAY, owner="ann", status="in_progress")
    step(limited, item_id=GATEWAY, owner="ann", status="blocked")
    step(limited, item_id=BILLING, owner="ann", status="in_progress")
    assert told(limited) == []


def test_a_place_that_is_given_back_was_held_before(limited: Repo) -> None:
    step(limited, item_id=GATEWAY, owner="ann", status="in_progress")
    moved = step(limited, item_id=GATEWAY, owner="ann", status="blocked")
    step(limited, item_id=BILLING, owner="ann", status="in_progress")
    limited.git("tag", "moved")
    limited.git("revert", "--no-edit", moved)
    space = Workspace.open(limited.root, environment={})
    assert [one for one in validate_between(space, "moved", "HEAD") if one.code == "BL315"] == []
    assert {one.code for one in errors(validate(space))} == {"BL315"}


def test_a_status_is_found_however_it_is_written(limited: Repo) -> None:
    step(limited, item_id=GATEWAY, owner="ann", status='"in\\x5fprogress"')
    limited.git("tag", "written")
    step(limited, item_id=BILLING, owner="ann", status="'in_progress'")
    assert codes(limited, "written") == ["BL315"]


# --- dependencies as they stand


def test_a_range_is_told_of_circles_and_gaps_that_it_brings(work: Repo) -> None:
    step(work, item_id=BILLING, dependencies=f"[{GATEWAY}]")
    work.git("tag", "before")
    step(work, status="in_progress", dependencies=f"[{BILLING}, bl_000000000000]")
    space = Workspace.open(work.root, environment={})
    found = [one for one in validate_between(space, "before", "HEAD") if one.code[:4] == "BL31"]
    assert [(one.code, one.item) for one in found] == [("BL316", GATEWAY), ("BL317", GATEWAY)]
    assert all(one.path == f"items/{GATEWAY}.md" and one.line for one in found)


# --- roles

PEOPLE = """version: 1
workflow:
  guards: [{name: leads_close, to: [done], roles: [cto]}]
rbac:
  commits: author
  people:
    ann: {role: cto, emails: [ann@example.org]}
    bob: {role: oncall, emails: [bob@example.org]}
"""


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("email", "who"), [("ann@example.org", ""), ("bob@example.org", "oncall"), ("eve@example.org", "without a role")]
)
def test_a_role_is_asked_of_the_author_where_the_rules_say_who_that_is(repo: Repo, email: str, who: str) -> None:
    for commits, asked in (("author", True), ('"off"', False)):
        repo.write(POLICY, PEOPLE.replace("commits: author", f"commits: {commits}"))
        put(repo, status="in_progress")
        base = repo.commit("base")
        put(repo, status="done")
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "--message", "done", f"--author=Somebody <{email}>")
        found = [one.message for one in told(repo, base) if one.code == "BL314"]
        assert len(found) == bool(who and asked)
        assert all(f"only cto may do that, not {'somebody ' * (who != 'oncall')}{who}" in one for one in found)


def test_whoever_has_lost_a_role_does_not_have_it_back_by_branching_off_before(repo: Repo) -> None:
    repo.write(POLICY, PEOPLE)
    put(repo, status="in_progress")
    repo.commit("base")
    repo.git("checkout", "--quiet", "-b", "side")
    put(repo, status="done")
    repo.commit("done")
    assert not [one for one in told(repo, "main") if one.code == "BL314"]
    repo.git("checkout", "--quiet", "main")
    repo.write(POLICY, PEOPLE.replace("ann: {role: cto,", "ann: {role: oncall,"))
    repo.commit("another job for Ann")
    repo.git("checkout", "--quiet", "side")
    assert [one for one in told(repo, "main") if one.code == "BL314"]
