"""``backlogtool diff``: what a branch or an edit does to the backlog, on a terminal, as JSON and as Markdown."""

from __future__ import annotations

import json

import pytest

from backlogtool.cli.main import main
from tests.cli.session import BILLING, GATEWAY, ROUTER, Answer, Session, item_text, run, untouched


@pytest.fixture
def branch(cli: Session) -> Session:
    """Commits on top of ``base``, one of each kind."""
    cli.repo.git("tag", "base")
    cli("set-status", GATEWAY, "in_progress")
    cli("comment", GATEWAY, "Waiting for the numbers.")
    cli("close", ROUTER, "--status", "canceled")
    cli("edit", BILLING, "--set", "priority=P0", "--set", "due_date=2026-02-01")
    return cli


def test_a_branch_is_told_item_by_item_and_field_by_field(branch: Session) -> None:
    with untouched(branch.repo):
        told = branch("diff", "base..HEAD").out
    assert (
        told
        == f"""\
3 items changed: 1 closed, 1 moved, 1 re-prioritised, 1 rescheduled, 1 commented, 1 overdue

{BILLING}  P0  Harden billing
    priority  P2 -> P0
    due_date  (none) -> 2026-02-01
    overdue   the due date 2026-02-01 has passed

{ROUTER}  P0  Refactor the router
    status  open -> canceled

{GATEWAY}  P1  Review the gateway
    status   open -> in_progress
    comment  Ann Author: Waiting for the numbers.
"""
    )


def test_json_has_both_ends_counts_and_the_events_of_each_item(branch: Session) -> None:
    data = branch("diff", "base..", "--json").data
    assert data == branch("diff", "base..HEAD", "--format", "json").data
    assert data["newer"] == branch.repo.head()
    assert data["older"] == branch.repo.git("rev-parse", "base").strip()
    assert data["summary"] == {
        "closed": 1, "moved": 1, "reprioritised": 1, "rescheduled": 1, "commented": 1, "overdue": 1, "duplicates": 0,
        "same_title": 0,
    }  # fmt: skip
    assert [(one["id"], one["kinds"]) for one in data["items"]] == [
        (BILLING, ["reprioritised", "rescheduled"]), (ROUTER, ["closed"]), (GATEWAY, ["moved", "commented"]),
    ]  # fmt: skip
    assert [event["type"] for event in data["items"][2]["events"]] == ["status_change", "comment"]
    assert data["unreadable"] == []


def test_without_a_range_the_uncommitted_edits_are_told(cli: Session) -> None:
    assert cli("diff").out == "no item changed\n"
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: bob")
    assert "owner  oncall -> bob" in cli("diff").out
    assert cli("diff", "--json").data["newer"] is None


def test_what_cannot_be_read_is_named_and_ends_with_six(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: bob")
    cli.repo.write(cli.path(BILLING), "no frontmatter\n")
    told = cli("diff", status=6)
    assert "cannot be read after: the first line is not ---" in told.out
    assert "owner  oncall -> bob" in told.out
    data = cli("diff", "--json", status=6).data
    assert data["unreadable"] == [{"id": BILLING, "path": cli.path(BILLING), "after": "the first line is not ---"}]


def test_an_item_with_the_title_of_another_open_one_is_told_with_it(cli: Session) -> None:
    """Of the same service and environment; in a commit as in the work tree, in whatever form the title is written."""
    text = cli.text(GATEWAY).replace("title: Review the gateway", 'title: "Review the gateway"')
    for number, fields in enumerate([("", ""), ("env: prod", "env: dev"), ("service: gateway", "service: x")]):
        cli.repo.write(
            f"items/bl_00000000000{number}.md", text.replace(GATEWAY, f"bl_00000000000{number}").replace(*fields)
        )
    assert f"same title  {GATEWAY} has it too" in cli("diff").out
    cli.repo.commit("again")
    told = cli("diff", "HEAD~1..").out
    assert "1 with the title of another open item" in told
    assert f"same title  {GATEWAY} has it too" in told
    data = cli("diff", "HEAD~1..", "--json").data
    assert {one["id"]: one["same_title"] for one in data["items"]} == {
        "bl_000000000000": [GATEWAY], "bl_000000000001": [], "bl_000000000002": [],
    }  # fmt: skip
    cli("close", GATEWAY, "--status", "canceled")
    assert "same title" not in cli("diff", "HEAD~2..").out


def test_very_long_titles_and_keys_are_compared_and_leave_room_for_the_others(cli: Session) -> None:
    """They are no reason to call a repository damaged."""
    cli.hand_edit(GATEWAY, "title: Review the gateway", f"title: {'x' * 55_000}")
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P0")
    key = "k" * 55_000
    cli.repo.write("items/bl_000000000001.md", item_text("bl_000000000001", dedupe_key=key))
    cli.repo.write("items/bl_000000000002.md", item_text("bl_000000000002", dedupe_key=key))
    cli.repo.commit("long")
    assert {one["id"]: one["duplicates"] for one in cli("diff", "HEAD~1..", "--json").data["items"]} == {
        GATEWAY: [], "bl_000000000001": ["bl_000000000002"], "bl_000000000002": ["bl_000000000001"],
    }  # fmt: skip
    told = cli("diff", "HEAD~1..", "--format", "md").out
    assert all(one in told for one in (GATEWAY, "bl_000000000001", "bl_000000000002"))


def test_of_many_items_with_one_title_a_few_are_named(cli: Session) -> None:
    for number in range(9):
        cli.repo.write(f"items/bl_00000000000{number}.md", item_text(f"bl_00000000000{number}", title="one of many"))
    told = cli("diff").out
    assert "bl_000000000001, bl_000000000002, bl_000000000003, bl_000000000004, bl_000000000005, 3 more have" in told
    assert [len(one["same_title"]) for one in cli("diff", "--json").data["items"]] == [8] * 9


def test_no_such_revision_ends_with_three(cli: Session) -> None:
    assert "no commit 'nowhere'" in cli("diff", "nowhere..HEAD", status=3).err


FORGES = [
    ({}, ""),
    ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"}, "https://github.com/a/b/blob/@/"),
    (
        {"GITHUB_SERVER_URL": "https://tea.example", "GITHUB_REPOSITORY": "a/b", "GITEA_ACTIONS": "true"},
        "https://tea.example/a/b/src/commit/@/",
    ),
    ({"GITLAB_CI": "true", "CI_PROJECT_URL": "https://lab.example/a/b"}, "https://lab.example/a/b/-/blob/@/"),
    ({"GITHUB_SERVER_URL": "javascript:alert(1)//", "GITHUB_REPOSITORY": "a/b"}, ""),
    ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a) [b](x"}, ""),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("environment", "address"), FORGES)
def test_markdown_leads_to_the_files_on_the_forge_whose_job_runs_it(
    branch: Session, environment: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, one in environment.items():
        monkeypatch.setenv(name, one)
    told = branch("diff", "base..HEAD", "--format", "md").out
    assert f"]({address.replace('@', branch.repo.head())}items/{GATEWAY}.md)" in told
    assert told.startswith("### Backlog: 3 items changed")


def test_links_to_what_is_not_committed_are_relative(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    cli.hand_edit(GATEWAY, "owner: oncall", "owner: bob")
    assert f"](items/{GATEWAY}.md)" in cli("diff", "--format", "md").out


def test_the_memory_store_has_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOG_BACKEND", "memory")
    answer: Answer = run("diff")
    assert answer.status == 7
    assert "no commits to compare" in answer.err


def test_explain_tells_why_and_how_in_words_and_json(cli: Session) -> None:
    told = cli("explain", "bl301").out
    assert told.startswith("BL301  error  the workflow does not allow this change of status\n")
    assert "status: open -> done" in told
    assert cli("explain", "BL301", "--json").data[0]["code"] == "BL301"
    assert "did you mean 'BL201'?" in cli("explain", "BL2O1", status=2).err


def test_explain_without_a_code_lists_all_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """It needs no repository."""
    assert main(["-C", "/", "explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["CODE", "SEVERITY", "MEANS"]
    assert json.dumps([line.split()[0] for line in lines[1:]]) == json.dumps(
        sorted(line.split()[0] for line in lines[1:])
    )
