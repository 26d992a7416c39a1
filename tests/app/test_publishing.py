"""Rendering into the repository: fresh or stale, whose file it is, and one commit for all (D-4, BL701, BL702)."""

from __future__ import annotations

import pytest

from tests.cli.session import BILLING, GATEWAY, LATER, ROUTER, Session, item_text, one_commit, untouched

VIEWS = ["BACKLOG.md", "DASHBOARD.md", "TODO.md", "reports/dashboard.svg"]


def test_all_views_are_written_once_and_left_alone_when_nothing_changed(cli: Session) -> None:
    with one_commit(cli.repo, *VIEWS):
        answer = cli("render", "--commit")
    assert answer.out.count("rendered ") == 4
    with untouched(cli.repo):
        assert cli("render").out == "all views are fresh\n"
        assert cli("render", "--commit").out == "all views are fresh\n"
        assert cli("render", "--check").out == ""
        assert cli("render", "--json").data == {"changed": [], "fresh": VIEWS, "dry_run": False, "commit": None}


def test_without_commit_the_files_are_written_and_nothing_is_staged(cli: Session) -> None:
    head = cli.repo.head()
    cli("render")
    assert cli.repo.head() == head
    assert cli.repo.git("status", "--porcelain").split() == [
        "??", "BACKLOG.md", "??", "DASHBOARD.md", "??", "TODO.md", "??", "reports/",
    ]  # fmt: skip


def test_a_dry_run_writes_nothing(cli: Session) -> None:
    with untouched(cli.repo):
        assert cli("render", "--dry-run").out.count("would render ") == 4
        cli("render", "--dry-run", "--commit")
        assert cli("render", "--dry-run", "--json").data["dry_run"] is True


def test_a_changed_item_makes_views_stale_and_check_says_which(cli: Session) -> None:
    cli("render", "--commit")
    cli("edit", ROUTER, "--set", "title=Another title")
    with untouched(cli.repo):
        answer = cli("render", "--check", status=1)
        found = cli("render", "--check", "--json", status=1).data
    assert [one["path"] for one in found] == ["BACKLOG.md", "DASHBOARD.md"]
    assert {one["code"] for one in found} == {"BL701"}
    assert "BACKLOG.md: error: is not what the items render to [BL701]" in answer.out
    with one_commit(cli.repo, "BACKLOG.md", "DASHBOARD.md"):
        cli("render", "--commit")


def test_a_report_keeps_its_day_while_it_says_the_same(cli: Session) -> None:
    """A new day alone is no change, so that a scheduled job makes no commit."""
    cli("render", "--commit")
    with untouched(cli.repo):
        for command in (("render",), ("render", "--commit"), ("render", "--check")):
            cli(*command, "BACKLOG.md", "TODO.md", now=LATER)
    cli.repo.git("rm", "--quiet", f"items/{ROUTER}.md", f"items/{GATEWAY}.md")
    cli.repo.git("commit", "--quiet", "--message", "only undated items are left")
    cli("render", "--commit")
    assert "2026-02-16" in cli.repo.read("DASHBOARD.md")
    with untouched(cli.repo):
        assert cli("render", "--check", now=LATER).out == ""
        assert cli("render", "--commit", now=LATER).out == "all views are fresh\n"


def test_a_day_that_changes_what_a_report_says_renews_it_and_fails_no_check(cli: Session) -> None:
    """A check judges a report as of the day that it names: time alone makes nothing stale."""
    cli("render", "--commit")
    march = "2026-03-03T00:00:00Z"
    assert cli("render", "--check", now=march).out == ""
    with one_commit(cli.repo, "DASHBOARD.md", "reports/dashboard.svg"):
        cli("render", "--commit", now=march)
    assert "as of 2026-03-03" in cli.repo.read("DASHBOARD.md")


def test_a_due_date_that_moves_with_the_day_is_a_change(backlog: Session) -> None:
    """The day of the report is not just any text that looks like it."""
    item_id = "bl_000000000001"
    backlog.repo.write(f"items/{item_id}.md", item_text(item_id, due_date="2026-02-16"))
    backlog.repo.commit("due today", "items")
    backlog("render", "--commit", now="2026-02-16T08:00:00Z")
    backlog.hand_edit(item_id, "due_date: 2026-02-16", "due_date: 2026-02-17")
    backlog("render", "--check", "--date", "2026-02-17", status=1)
    backlog("render", now="2026-02-17T08:00:00Z")
    assert "2026-02-16" not in backlog.repo.read("DASHBOARD.md")


def test_the_day_can_be_given(cli: Session) -> None:
    cli("render", "--date", "2026-03-01")
    assert "as of 2026-03-01" in cli.repo.read("DASHBOARD.md")
    cli("render", "--check", "--date", "2026-03-01")


@pytest.mark.sampled(6)
@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    "text", ["# My list\n\n- call mum\n", "", "# Project TODO\n\nremember the milk\n", "# Project Backlog\n\n## Mine\n"]
)
def test_a_hand_written_file_is_never_lost(cli: Session, committed: bool, text: str) -> None:
    cli.repo.write("TODO.md", text)
    if committed:
        cli.repo.commit("mine", "TODO.md")
    with untouched(cli.repo):
        for command in (("render",), ("render", "--commit"), ("render", "TODO.md")):
            answer = cli(*command, status=1)
            assert "TODO.md: error: TODO.md holds text that no item has" in answer.err
            assert "[BL702]" in answer.err
            assert "--force" in answer.err
    cli("render", "TODO.md", "--force")
    assert cli.repo.read("TODO.md").startswith("# Project TODO\n")


@pytest.mark.sampled(6)
@pytest.mark.parametrize("hidden", ["ignored", "--assume-unchanged", "--skip-worktree"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_an_edit_that_git_is_told_to_overlook_is_not_lost(cli: Session, hidden: str, forgotten: bool) -> None:
    """What counts is whether git has the content, not what it says about the file."""
    cli("render", "--commit")
    if hidden == "ignored":
        cli.repo.write(".gitignore", "BACKLOG.md\n")
        cli.repo.git("rm", "--quiet", "--cached", "BACKLOG.md")
        cli.repo.commit("not tracked", ".gitignore")
    else:
        cli.repo.git("update-index", hidden, "BACKLOG.md")
    cli("render", "--force")
    if forgotten:
        (cli.repo.root / ".git/backlogtool/views.json").unlink(missing_ok=True)
    text = cli.repo.read("BACKLOG.md")
    cli.repo.write("BACKLOG.md", text.replace("drops connections.", "drops connections. Written by hand."))
    assert cli.repo.read("BACKLOG.md") != text
    with untouched(cli.repo):
        for command in (("render",), ("render", "--commit"), ("render", "BACKLOG.md")):
            assert "BACKLOG.md holds text that no item has" in cli(*command, status=1).err


@pytest.mark.exhaustive
def test_a_task_added_by_hand_to_a_rendered_file_is_not_lost(cli: Session) -> None:
    cli("render", "--commit")
    text = cli.repo.read("BACKLOG.md")
    tags = "[id:TASK-20260216-001][type:dev][priority:high][component:x]"
    block = f"## task_begin\n### # {tags} New\n**Status:** todo  \n## task_end\n\n---\n\n"
    cli.repo.write("BACKLOG.md", text.replace("\n## group_end", f"\n{block}## group_end", 1))
    cli("edit", GATEWAY, "--set", "title=Other")
    for _ in range(2):
        assert "BACKLOG.md" in cli("render", status=1).err
        cli.repo.git("add", "BACKLOG.md")
    cli.repo.git("commit", "--quiet", "--message", "committed without an import")
    assert "BACKLOG.md" in cli("render", status=1).err
    cli("import", str(cli.repo.root / "BACKLOG.md"))
    cli("render")
    assert "TASK-20260216-001" in cli.repo.read("BACKLOG.md")


def test_printing_writes_nothing(cli: Session) -> None:
    with untouched(cli.repo):
        printed = cli("render", "BACKLOG.md", "--print").out
        assert "# DASHBOARD" not in printed
        assert "<svg" in cli("render", "--print").out
    cli("render", "BACKLOG.md")
    assert cli.repo.read("BACKLOG.md") == printed


@pytest.mark.exhaustive
def test_a_template_of_the_teams_own_adds_a_view(cli: Session) -> None:
    cli.repo.write(
        "templates/reports/OWNERS.md.j2",
        "# Owners\n\n{% for item in items %}\n- {{ item.owner | md }}: {{ item.title | md }}\n{% endfor %}\n",
    )
    cli.repo.write("templates/_part.md.j2", "a part is no view\n")
    cli.repo.commit("a view of ours", "templates")
    with one_commit(cli.repo, *sorted([*VIEWS, "reports/OWNERS.md"])):
        cli("render", "--commit")
    assert "- oncall: Harden billing\n" in cli.repo.read("reports/OWNERS.md")
    cli("edit", BILLING, "--set", "title=Soften billing")
    cli("render", "--commit")
    assert "- oncall: Soften billing\n" in cli.repo.read("reports/OWNERS.md")
    cli("edit", BILLING, "--set", "title=Melt billing")
    cli("render", "--commit")


def test_a_template_of_the_teams_own_replaces_the_tools(cli: Session) -> None:
    cli.repo.write("templates/TODO.md.j2", "# Ours\n")
    cli("render", "TODO.md")
    assert cli.repo.read("TODO.md") == "# Ours\n"


def test_views_are_named_and_left_out_by_the_policy(cli: Session) -> None:
    cli.policy("backlog_md: {file: docs/PLAN.md}\ntodo: {file: NOW.md}\nviews: {skip: [reports/dashboard.svg]}\n")
    with one_commit(cli.repo, "DASHBOARD.md", "NOW.md", "docs/PLAN.md"):
        cli("render", "--commit")
    assert "no view 'BACKLOG.md'" in cli("render", "BACKLOG.md", status=3).err


@pytest.mark.exhaustive
def test_with_views_auto_every_write_brings_its_views_along(cli: Session) -> None:
    cli("render", "--commit")
    cli.policy("views: {auto: true}\n")
    with one_commit(cli.repo, f"items/{ROUTER}.md", "DASHBOARD.md", "BACKLOG.md"):
        cli("edit", ROUTER, "--set", "title=Automatic")
    cli("render", "--check")
    with one_commit(cli.repo, f"items/{GATEWAY}.md"):
        cli("comment", GATEWAY, "no view shows comments")
    item_id = cli.create("A new one", "P0")
    cli("render", "--check")
    created = cli.repo.head()
    cli("edit", ROUTER, "--set", "title=Later")
    cli("undo", created)
    cli("render", "--check")
    assert item_id not in cli.repo.read("BACKLOG.md")
    assert "Later" in cli.repo.read("BACKLOG.md")


def test_a_view_that_is_edited_by_hand_and_not_committed_stops_no_command(cli: Session) -> None:
    """Views are derived: an edit in a report is nobody's work."""
    cli("render", "--commit")
    cli.policy("views: {auto: true}\n")
    cli.repo.write("DASHBOARD.md", cli.repo.read("DASHBOARD.md") + "\nscribble\n")
    cli("edit", GATEWAY, "--set", "title=Automatic")
    assert "scribble" not in cli.repo.read("DASHBOARD.md")


def test_a_view_whose_edit_is_taken_back_to_the_last_commit_is_no_commit(cli: Session) -> None:
    cli("render", "--commit")
    head, text = cli.repo.head(), cli.repo.read("DASHBOARD.md")
    cli.repo.write("DASHBOARD.md", text + "\nscribble\n")
    assert cli("render", "--commit").out == "rendered DASHBOARD.md\n"
    assert (cli.repo.head(), cli.repo.read("DASHBOARD.md")) == (head, text)
    assert cli.repo.git("status", "--porcelain") == ""


def test_text_of_items_is_data_and_no_template(cli: Session) -> None:
    title = "{{ 7 * 7 }} {% raw %} <b> | `x` [link](http://x) <!-- --> # *bold*"
    cli("edit", ROUTER, "--set", f"title={title}", "--set", "description={{ items }}\n\n{{ 9 * 9 }}")
    cli("render")
    listed, board = cli.repo.read("BACKLOG.md"), cli.repo.read("DASHBOARD.md")
    assert "{{ items }}" in listed
    assert "{{ 9 * 9 }}" in listed
    assert r"7 \* 7 }}" in board
    assert "49" not in board
    assert "<b>" not in board
    assert r"\<b> | `x` [link](http://x) \<!-- -->" in listed
    assert "0 created, 0 updated" in cli("import", str(cli.repo.root / "BACKLOG.md")).out
    assert title not in board, "what Markdown would act on is escaped"


def test_writing_views_takes_the_entitlement_of_a_write(cli: Session) -> None:
    cli.policy("rbac: {enforce: true}\n")
    reader = ("--actor", "interface")
    with untouched(cli.repo):
        for command in (("render",), ("render", "--commit")):
            assert "lacks tools.backlog.write" in cli(*command, *reader, status=4).err
        cli("render", "--check", *reader, status=1)
        cli("render", "--dry-run", *reader)
        cli("render", "--print", "TODO.md", *reader)
        cli("render", "--check", "--actor", "nobody", status=4)
    cli("render", "--commit", "--actor", "oncall")
