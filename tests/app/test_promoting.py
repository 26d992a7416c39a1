"""Promotion: ready tasks of one group to TODO.md, items and both views in one commit (C-54, L-41…L-43)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.cli.grouped_file import grouped_file, task
from tests.cli.session import GATEWAY, LATER, Session, one_commit, untouched

HIGH = ("infra", "high")
CRITICAL = ("security", "critical")


def ident(number: int) -> str:
    return f"TASK-20260204-{number:03d}"


def imported(session: Session, groups: Mapping[tuple[str, str], Sequence[str]]) -> Session:
    path = session.repo.write("BACKLOG.md", grouped_file(groups))
    session.repo.commit("the file as it was", "BACKLOG.md")
    session("import", str(path))
    return session


def promoted(session: Session, *arguments: str) -> list[str]:
    data = session("promote", "--json", *arguments).data
    return [item["id"] for item in data["items"]]


def test_ready_tasks_move_to_the_todo_list_in_one_commit_with_both_views(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1), task(2)]})
    with one_commit(backlog.repo, f"items/{ident(1)}.md", f"items/{ident(2)}.md", "BACKLOG.md", "TODO.md"):
        answer = backlog("promote", now=LATER)
    assert "2 from infra-high to TODO.md" in answer.out
    assert backlog.repo.git("log", "-1", "--format=%s").strip() == "backlog: promote 2 tasks from infra-high"
    listed, todo = backlog.repo.read("BACKLOG.md"), backlog.repo.read("TODO.md")
    for number in (1, 2):
        assert f"[id:{ident(number)}]" in todo
        assert f"[id:{ident(number)}]" not in listed
        item = backlog.item(ident(number))
        assert (item["list"], item["promoted_at"], item["promoted_from"]) == ("todo", "2026-02-17", "infra-high")
    assert f"<!-- Tasks {ident(1)}, {ident(2)} moved to TODO.md on 2026-02-17 -->" in listed
    assert todo.startswith("# Project TODO\n")
    backlog("render", "BACKLOG.md", "TODO.md", "--check")
    assert backlog("validate", "--since", "HEAD~1").out == ""


def test_no_more_than_five_in_listed_order_and_the_sixth_stays_first(backlog: Session) -> None:
    """L-41."""
    imported(backlog, {HIGH: [task(number) for number in (6, 5, 4, 3, 2, 1, 7)]})
    assert promoted(backlog) == [ident(number) for number in (6, 5, 4, 3, 2)]
    assert backlog.repo.read("BACKLOG.md").index(ident(1)) < backlog.repo.read("BACKLOG.md").index(ident(7))


def test_an_incomplete_task_keeps_its_place_and_is_named_with_what_it_lacks(backlog: Session) -> None:
    """L-42, L-24…L-29."""
    groups = [
        task(1, plan=("one", "two")),
        task(2),
        task(3, effort="soon"),
        task(4),
        task(5, docs=""),
        task(6, plan=(), effort="", docs="`server/README.md` — no"),
        task(7),
    ]
    imported(backlog, {HIGH: groups})
    answer = backlog("promote")
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == [ident(2), ident(4), ident(7)]
    for number, words in ((1, "2 of 3"), (3, "hours, days or weeks"), (5, "elevant"), (6, "plan")):
        (line,) = [line for line in answer.err.splitlines() if line.startswith(f"not ready: {ident(number)}: ")]
        assert words.lower() in line.lower()
    assert backlog.item(ident(1))["list"] == "backlog"
    assert backlog.repo.read("BACKLOG.md").index(ident(1)) < backlog.repo.read("BACKLOG.md").index(ident(3))


def test_the_most_urgent_group_comes_first_and_is_passed_over_if_nothing_in_it_is_ready(backlog: Session) -> None:
    """C-54, L-43: by priority, then by place in the file."""
    security = [task(1, kind="security", priority="critical")]
    imported(backlog, {HIGH: [task(2)], CRITICAL: security, ("docs", "high"): [task(3, kind="docs")]})
    assert promoted(backlog, "--dry-run") == [ident(1)]
    backlog("edit", ident(1), "--set", "description=No plan at all.")
    answer = backlog("promote", "--json").data
    assert answer["group"] == "infra-high"
    assert [one["id"] for one in answer["incomplete"]] == [ident(1)]


def test_a_group_can_be_named(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1)], ("docs", "low"): [task(2, kind="docs", priority="low")]})
    assert promoted(backlog, "--group", "docs-low") == [ident(2)]
    assert "did you mean 'infra-high'?" in backlog("promote", "--group", "infra-hihg", "--force", status=3).err


@pytest.mark.exhaustive
def test_while_the_todo_list_has_unfinished_tasks_nothing_is_promoted(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(number) for number in range(1, 8)]})
    first = promoted(backlog)
    with untouched(backlog.repo):
        answer = backlog("promote", status=1)
    assert f"TODO.md still has 5 unfinished tasks: {', '.join(first)}" in answer.err
    assert "promote with --force" in answer.err
    for one in first:
        backlog("close", one, "--status", "canceled")
    assert promoted(backlog) == [ident(6), ident(7)]


@pytest.mark.exhaustive
def test_force_and_the_policys_top_up_add_to_a_list_that_is_not_empty(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(number) for number in range(1, 13)]})
    promoted(backlog)
    assert promoted(backlog, "--force") == [ident(number) for number in range(6, 11)]
    policy = backlog.repo.read("config/backlog_policy.yml")
    backlog.repo.write("config/backlog_policy.yml", policy + "\ntodo: {allow_top_up: true, batch_size: 1}\n")
    backlog.repo.commit("top up", "config")
    assert promoted(backlog) == [ident(11)]


def test_tasks_that_have_been_started_or_closed_are_not_promoted(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1), task(2), task(3)]})
    backlog("set-status", ident(1), "in_progress")
    backlog("close", ident(2), "--status", "canceled")
    assert promoted(backlog) == [ident(3)]


def test_where_nothing_is_ready_it_says_so_and_writes_nothing(cli: Session) -> None:
    with untouched(cli.repo):
        answer = cli("promote")
        data = cli("promote", "--json").data
    assert answer.out == "nothing to promote: no task is ready\n"
    assert f"not ready: {GATEWAY}: " in answer.err
    assert (data["action"], data["group"], data["commit"]) == ("unchanged", None, None)


def test_a_dry_run_shows_items_and_views_and_writes_nothing(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1)]})
    with untouched(backlog.repo):
        answer = backlog("promote", "--dry-run")
    for path in (f"items/{ident(1)}.md", "BACKLOG.md", "TODO.md"):
        assert f"+++ b/{path}" in answer.out
    assert "backlog: promote 1 task from infra-high" in answer.out
    assert answer.out.startswith("1 would go from infra-high to TODO.md\n")


def test_a_promotion_taken_back_brings_back_items_and_views_byte_for_byte(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1), task(2)]})
    backlog("render", "--commit")
    tree = backlog.repo.git("rev-parse", "HEAD^{tree}")
    backlog("promote")
    backlog("undo")
    assert backlog.repo.git("rev-parse", "HEAD^{tree}") == tree
    backlog("undo")
    assert backlog.item(ident(1))["list"] == "todo"
    backlog("render", "BACKLOG.md", "TODO.md", "--check")


@pytest.mark.exhaustive
def test_a_promotion_is_taken_back_also_once_its_views_have_been_rendered_again(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1), task(2)]})
    backlog("promote")
    promotion = backlog.repo.head()
    item_id = backlog.create("Another one", "P0", "type:infra")
    backlog("render", "--commit")
    with one_commit(backlog.repo, f"items/{ident(1)}.md", f"items/{ident(2)}.md", "BACKLOG.md", "TODO.md"):
        backlog("undo", promotion)
    listed = backlog.repo.read("BACKLOG.md")
    assert [one in listed for one in (ident(1), ident(2), item_id)] == [True, True, True]
    backlog("render", "BACKLOG.md", "--check")
    assert not (backlog.repo.root / "TODO.md").exists(), "what nobody changed is as it was before"
    assert backlog("validate", "--since", "HEAD~1").out == ""


def test_a_promotion_is_not_taken_back_over_a_task_that_was_added_to_its_view(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1)], ("docs", "high"): [task(2, kind="docs")]})
    backlog("promote")
    backlog.repo.write("BACKLOG.md", backlog.repo.read("BACKLOG.md").replace(ident(2), ident(3)))
    with untouched(backlog.repo):
        assert "BACKLOG.md holds text that no item has" in backlog("undo", status=1).err


def test_a_hand_written_todo_is_not_replaced_by_a_promotion(backlog: Session) -> None:
    imported(backlog, {HIGH: [task(1)]})
    backlog.repo.write("TODO.md", "# My own list\n\n- call mum\n")
    with untouched(backlog.repo):
        assert "[BL702]" in backlog("promote", status=1).err
    backlog.repo.commit("my list", "TODO.md")
    with untouched(backlog.repo):
        assert "import TODO.md" in backlog("promote", status=1).err


@pytest.mark.parametrize("skipped", [["TODO.md"], ["TODO.md", "BACKLOG.md"]])
def test_views_that_a_team_does_not_want_are_not_made(backlog: Session, skipped: list[str]) -> None:
    imported(backlog, {HIGH: [task(1)]})
    policy = backlog.repo.read("config/backlog_policy.yml")
    backlog.repo.write("config/backlog_policy.yml", f"{policy}\nviews: {{skip: [{', '.join(skipped)}]}}\n")
    backlog.repo.commit("fewer views", "config")
    shown = [] if "BACKLOG.md" in skipped else ["BACKLOG.md"]
    with one_commit(backlog.repo, f"items/{ident(1)}.md", *shown):
        backlog("promote")
    assert not (backlog.repo.root / "TODO.md").exists()
