"""Guards and limits as a person at a prompt meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlogtool.domain.finding import CODES
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, SEARCH, Session, item_text, untouched

GUARDS = """version: 1
workflow:
  guards:
    - name: done_means_done
      to: [done]
      require: [criteria, dependencies]
      fields: [service]
    - name: say_why
      leaving: [blocked]
      require: [comment]
    - name: only_cto_cancels
      to: [canceled]
      when: {priority: [P0]}
      roles: [cto]
"""
LIMITS = "version: 1\nworkflow: {wip_limits: {in_progress: {total: 3, per_owner: 2}}}\n"
CRITERIA = "## Acceptance Criteria\n\n- [x] first\n- [ ] second, with `code`"


@pytest.fixture
def guarded(cli: Session) -> Session:
    cli.repo.write(POLICY, GUARDS)
    cli.repo.commit("guards")
    return cli


def limited(cli: Session) -> Session:
    cli.repo.write(POLICY, LIMITS)
    cli.repo.commit("limits")
    return cli


def put(cli: Session, item_id: str, body: str = "", **fields: object) -> None:
    cli.repo.write(f"items/{item_id}.md", item_text(item_id, body, **fields))


def test_a_refusal_names_everything_that_is_missing_and_changes_nothing(guarded: Session) -> None:
    put(guarded, SEARCH, CRITERIA, status="in_progress", dependencies=f"[{BILLING}, bl_000000000000]")
    guarded.repo.commit("started")
    with untouched(guarded.repo):
        answer = guarded("set-status", SEARCH, "done", status=1)
        assert guarded("set-status", SEARCH, "done", "--dry-run", status=1).err == answer.err
        assert guarded("close", SEARCH, status=1).err == answer.err
    for said in (
        f"{SEARCH} cannot become done: 1 of 2 acceptance criteria are not ticked: 'second, with `code`'",
        f"it waits for bl_000000000000 (not there), {BILLING} (open: Harden billing)",
        "service is empty (guard done_means_done)",
        f"backlogtool edit {SEARCH} --set service=…",
    ):
        assert said in answer.err
    assert [code for code in CODES if f"[{code}]" in answer.err] == ["BL310", "BL311", "BL312"]


def test_what_is_ticked_closed_and_filled_may_be_closed(guarded: Session) -> None:
    put(guarded, SEARCH, CRITERIA.replace("[ ]", "[x]"), status="in_progress", dependencies=f"[{BILLING}]", service="s")
    guarded.repo.commit("started")
    guarded("set-status", BILLING, "canceled")
    assert "in_progress -> done" in guarded("set-status", SEARCH, "done").out


def test_why_a_block_is_over_is_said_with_the_command(guarded: Session) -> None:
    guarded("set-status", GATEWAY, "blocked")
    refused = guarded("set-status", GATEWAY, "open", status=1)
    assert "nobody says why (guard say_why)" in refused.err
    assert "--message" in refused.err
    guarded("set-status", GATEWAY, "open", "--message", "The numbers are in.")
    guarded("undo")  # what takes back is not asked
    assert guarded("show", GATEWAY, "--json").data["item"]["status"] == "blocked"


def test_a_guard_may_ask_for_a_role_and_look_at_some_items_only(guarded: Session) -> None:
    refused = guarded("--actor", "alice", "set-status", ROUTER, "canceled", status=1).err
    assert "only cto may do that, not somebody without a role (guard only_cto_cancels)" in refused
    guarded("--actor", "alice", "set-status", SEARCH, "canceled")
    guarded("--actor", "cto", "set-status", ROUTER, "canceled")


def test_edits_by_hand_are_asked_the_same_when_they_are_checked_and_when_they_are_committed(guarded: Session) -> None:
    guarded("set-status", SEARCH, "in_progress")
    text = guarded.text(SEARCH).replace("status: in_progress", "status: done")
    guarded.repo.write(f"items/{SEARCH}.md", text)
    told = guarded("validate", status=1).out
    assert "it has no acceptance criteria" in told
    assert f"items/{SEARCH}.md:5:1: error:" in told
    assert "has no acceptance criteria" in guarded("edit", SEARCH, "--set", "owner=bob", "--with-edits", status=1).err


def test_whether_somebody_will_say_why_is_not_known_before_the_commit(guarded: Session) -> None:
    guarded("set-status", GATEWAY, "blocked")
    guarded.repo.write(f"items/{GATEWAY}.md", guarded.text(GATEWAY).replace("status: blocked", "status: open"))
    guarded("validate")


def test_an_item_that_was_closed_before_there_were_guards_is_left_alone(cli: Session) -> None:
    cli("set-status", SEARCH, "in_progress")
    cli("set-status", SEARCH, "done")
    cli.repo.write(POLICY, GUARDS)
    cli.repo.commit("guards")
    cli("validate")
    cli("edit", SEARCH, "--set", "owner=bob")
    cli("comment", SEARCH, "Done long ago.")
    cli.repo.write(f"items/{SEARCH}.md", cli.text(SEARCH).replace("owner: bob", "owner: ann"))
    cli("validate")


# --- limits


def test_a_move_that_would_be_one_too_many_names_who_holds_the_places(cli: Session) -> None:
    limited(cli)
    for item_id in (GATEWAY, BILLING):
        cli("set-status", item_id, "in_progress")
    with untouched(cli.repo):
        answer = cli("set-status", ROUTER, "in_progress", status=1)
    assert "too many in_progress for oncall: 3, at most 2" in answer.err
    assert GATEWAY in answer.err
    assert BILLING in answer.err
    cli("edit", ROUTER, "--set", "owner=bob")
    cli("set-status", ROUTER, "in_progress")
    cli("edit", SEARCH, "--set", "owner=ann")
    assert "too many in_progress: 4, at most 3" in cli("set-status", SEARCH, "in_progress", status=1).err
    assert "too many in_progress for oncall: 3" in cli("assign", ROUTER, "oncall", status=1).err
    cli("assign", ROUTER, "eve")  # it holds its place already
    cli("set-status", BILLING, "blocked")
    cli("set-status", SEARCH, "in_progress")
    cli("set-status", ROUTER, "done")
    cli("set-status", BILLING, "in_progress")
    refused = cli("set-status", ROUTER, "in_progress", status=1).err
    assert "which is final" in refused
    assert "too many" not in refused
    cli("edit", GATEWAY, "--set", "title=As before")
    cli("validate")


def test_many_changes_of_one_command_are_counted_together(cli: Session) -> None:
    limited(cli)
    answer = cli("edit", "--where", "status:open", "--yes", "--set", "status=in_progress", status=1)
    assert "too many in_progress: 4, at most 3" in answer.err
    cli("edit", "--where", "service:gateway,billing", "--yes", "--set", "status=in_progress")
    cli("edit", GATEWAY, "--set", "owner=bob")
    cli("edit", "--where", "status:in_progress", "--yes", "--set", "owner=ann", "--set", "env=dev")
    cli("edit", BILLING, "--set", "owner=bob")
    cli("edit", "--where", "status:in_progress", "--yes", "--set", "owner=bob", "--set", "env=prod")
    cli("edit", "--where", "status:in_progress", "--yes", "--set", "status=blocked")
    cli("validate")


def test_a_limit_that_the_tree_exceeds_is_told_at_each_of_its_items_and_changes_elsewhere_go_on(cli: Session) -> None:
    for item_id in (GATEWAY, BILLING, ROUTER):
        cli("set-status", item_id, "in_progress")
    limited(cli)
    told = cli("validate", "--format", "gcc", status=1).out
    assert [f"items/{one}.md" in told for one in (GATEWAY, BILLING, ROUTER, SEARCH)] == [True, True, True, False]
    assert told.count("too many in_progress for oncall: 3, at most 2") == 1
    assert "move 1 of them on, or give as many to somebody else; backlogtool list status:in_progress names them" in told
    assert told.count(" is one of the 3 that are too many in_progress: see ") == 2
    cli("edit", SEARCH, "--set", "owner=bob")
    cli("edit", GATEWAY, "--set", "priority=P0")
    cli("set-status", ROUTER, "blocked")
    cli("validate")


@pytest.mark.exhaustive
def test_taking_back_is_never_one_too_many(cli: Session) -> None:
    limited(cli)
    for item_id in (GATEWAY, BILLING):
        cli("set-status", item_id, "in_progress")
    cli("set-status", GATEWAY, "blocked")
    moved = cli.repo.head()
    cli("set-status", ROUTER, "in_progress")
    cli("undo", moved)
    assert "BL315" in cli("validate", "--json", status=1).out


# --- dependencies


def test_a_dependency_that_is_not_there_is_a_warning_and_a_circle_is_refused(cli: Session) -> None:
    answer = cli("edit", SEARCH, "--add", "dependencies=bl_000000000000")
    assert f"{SEARCH} waits for bl_000000000000, which is no item here" in answer.err
    assert cli.text(SEARCH).count("dependencies:\n- bl_000000000000\n") == 1
    assert "BL316" in cli("validate").out
    cli("edit", SEARCH, "--set", f"dependencies={GATEWAY}")
    cli("edit", GATEWAY, "--add", f"dependencies={BILLING}")
    with untouched(cli.repo):
        refused = cli("edit", BILLING, "--add", f"dependencies={SEARCH}", status=1)
        assert f"{BILLING} -> {SEARCH} -> {GATEWAY} -> {BILLING}" in refused.err
        cli("edit", ROUTER, "--add", f"dependencies={ROUTER}", status=1)
    put(cli, BILLING, dependencies=f"[{SEARCH}]")
    cli.repo.commit("a circle by hand")
    told = cli("validate", "--format", "gcc", status=1).out
    assert told.count("[BL317]") == 3
    cli("edit", BILLING, "--set", "owner=bob")  # what was wrong before does not stop other work
    cli("edit", BILLING, "--remove", f"dependencies={SEARCH}")
    cli("validate")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", ["../../config/x", "a b", "items/x", "-", "bl_", "*", "…"])
def test_what_is_no_id_is_no_path_either(guarded: Session, name: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(item_text(GATEWAY))
    put(guarded, SEARCH, CRITERIA.replace("[ ]", "[x]"), status="in_progress", service="s", dependencies=f'["{name}"]')
    guarded.repo.commit("odd")
    assert "BL316" in guarded("validate").out
    assert f"{name} (not there)" in guarded("set-status", SEARCH, "done", status=1).err


def test_a_dependency_that_cannot_be_read_is_not_closed(guarded: Session) -> None:
    put(guarded, SEARCH, CRITERIA.replace("[ ]", "[x]"), status="in_progress", service="s", dependencies=f"[{BILLING}]")
    guarded.repo.write(f"items/{BILLING}.md", "nothing\n")
    guarded.repo.commit("odd")
    assert f"{BILLING} (not there)" in guarded("set-status", SEARCH, "done", status=1).err
    told = guarded("validate", status=1).out
    assert "BL316" not in told


def test_the_index_changes_no_answer(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(cli)
    put(cli, GATEWAY, status="in_progress", dependencies=f"[{BILLING}]")
    put(cli, BILLING, status="in_progress", dependencies=f"[{GATEWAY}, bl_000000000000]")
    put(cli, ROUTER, status="in_progress")
    cli.repo.commit("by hand")
    asked = [("validate", "--json"), ("set-status", SEARCH, "in_progress"), ("validate", "--json")]
    with_index = [cli.answer(*one) for one in asked]
    monkeypatch.setenv("BACKLOG_INDEX", "off")
    assert [cli.answer(*one) for one in asked] == with_index
