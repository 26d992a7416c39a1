"""The generator on a repository: what G-01…G-26 say about files, commits and exit codes."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.cli.session import POLICY, Session, one_commit, touched, untouched

TUESDAY, WEDNESDAY, NEXT_MONDAY = "2026-02-17T06:20:00Z", "2026-02-18T06:20:00Z", "2026-02-23T06:20:00Z"
FOLDER = "ops/reports/platform"
GATEWAY = "bl_d8a7874e737d"  # 2026-W08, prod, gateway, arch_review
NO_DIGEST = "No platform digest found. Run architecture_pressure_tool.digest first."

AR = {"pressure_requires_arch_review": True}
SLO = {"risk_has_slo_violations": True}
HIGH = {"pressure_band": "critical", "risk_band": "high"}
OVERDUE = {"followups_overdue": 2}


def service(name: str, *signals: dict[str, Any], **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"service": name, **more}
    for some in signals:
        record |= some
    return record


def digest(session: Session, *services: dict[str, Any], week: str = "2026-W08", env: str = "prod") -> str:
    """Writes a digest, as the job before ours does, and commits it."""
    path = f"{FOLDER}/{week}.json"
    data = {"schema_version": 1, "week": week, "env": env, "services": list(services)}
    session.repo.write(path, json.dumps(data))
    session.repo.commit(f"digest of {week}", path)
    return path


def run(session: Session, *arguments: str, now: str = "", status: int = 0) -> dict[str, Any]:
    report: dict[str, Any] = session("generate", "weekly", "--json", *arguments, now=now, status=status).data
    return report


def test_g01_one_service_is_one_file_in_one_commit(backlog: Session) -> None:
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_1"]}))
    with one_commit(backlog.repo, f"items/{GATEWAY}.md"):
        report = run(backlog)
    assert report["created"] == [GATEWAY]
    assert report["commit"] == backlog.repo.head()
    item = backlog.item(GATEWAY)
    assert (item["category"], item["priority"], item["due_date"], item["owner"], item["source"]) == (
        "arch_review", "P1", "2026-03-02", "oncall", "digest",
    )  # fmt: skip
    assert item["tags"] == ["auto", "rule:arch_review_required", "week:2026-W08"]
    assert item["dedupe_key"] == "platform_backlog:2026-W08:prod:gateway:arch_review"
    assert [event["type"] for event in backlog.events()] == ["created"]
    assert backlog("validate").out == ""


def test_g07_four_categories_are_four_files_in_one_commit_with_four_events(backlog: Session) -> None:
    digest(backlog, service("router", AR, HIGH, SLO, OVERDUE))
    wanted = ["bl_453053e5d732", "bl_365111bead76", "bl_9366f6bc9d0d", "bl_f8b65eaeb363"]
    with one_commit(backlog.repo, *(f"items/{one}.md" for one in wanted)):
        assert run(backlog)["created"] == wanted
    assert sorted(event["item_id"] for event in backlog.events()) == sorted(wanted)
    message = backlog.repo.git("log", "-1", "--format=%B")
    assert message.count("Backlog-Event: created") == 4
    assert message.startswith("backlog: generate 2026-W08: 4 created, 0 updated\n")


def test_g09_a_second_run_makes_no_commit_and_moves_no_time(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    run(backlog)
    before = backlog.item(GATEWAY)
    with untouched(backlog.repo):
        report = run(backlog, now=TUESDAY)
    assert (report["created"], report["updated"], report["unchanged"]) == ([], [], [GATEWAY])
    assert report["commit"] is None
    assert backlog.item(GATEWAY) == before
    assert before["updated_at"] == backlog.now


def test_g10_an_update_changes_the_evidence_and_nothing_that_people_own(backlog: Session) -> None:
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_1"]}))
    run(backlog)
    backlog("set-status", GATEWAY, "in_progress", now=TUESDAY)
    backlog("assign", GATEWAY, "alice", now=TUESDAY)
    before = backlog.item(GATEWAY)
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_1", "al_2"]}))
    with one_commit(backlog.repo, f"items/{GATEWAY}.md"):
        assert run(backlog, now=WEDNESDAY)["updated"] == [GATEWAY]
    after = backlog.item(GATEWAY)
    changed = {name for name, held in after.items() if held != before[name]}
    assert changed <= {"evidence_refs", "description", "updated_at", "meta"}
    assert after["evidence_refs"]["alerts"] == ["al_1", "al_2"]
    assert (after["status"], after["owner"], after["due_date"]) == ("in_progress", "alice", "2026-03-02")
    assert backlog.events(GATEWAY)[-1]["type"] == "auto_update"


def test_text_that_people_add_outside_the_generated_part_survives_an_update(backlog: Session) -> None:
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_1"]}))
    run(backlog)
    text = backlog.text(GATEWAY)
    backlog.repo.write(backlog.path(GATEWAY), text + "\n## Plan\n\n1. Look\n")
    backlog.repo.commit("a plan", "items")
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_9"]}))
    run(backlog, now=WEDNESDAY)
    assert backlog.text(GATEWAY).endswith("\n## Plan\n\n1. Look\n")
    assert "al_9" in backlog.text(GATEWAY)


def test_g11_a_new_week_is_a_new_item_and_the_old_one_stays(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    run(backlog)
    old = backlog.text(GATEWAY)
    digest(backlog, service("gateway", AR), week="2026-W09")
    assert run(backlog, now=NEXT_MONDAY)["created"] == ["bl_d2510df39577"]
    assert backlog.text(GATEWAY) == old
    assert backlog.item("bl_d2510df39577")["due_date"] == "2026-03-09"


def test_g13_the_cap_holds_over_runs_and_says_what_it_left_out(backlog: Session) -> None:
    backlog.policy("defaults: {max_items_per_run: 3}\n")
    digest(
        backlog, service("zeta", SLO, {"followups_overdue": 1}), service("alpha", AR, OVERDUE),
        service("mid", {"pressure_band": "high", "risk_band": "critical"}),
    )  # fmt: skip
    wanted = ["bl_46fe26329da0", "bl_3be2f0856bbf", "bl_1fd06422a94b"]
    report = run(backlog)
    assert report["created"] == wanted
    assert [key.rpartition(":prod:")[2] for key in report["capped"]] == ["zeta:slo_hardening", "zeta:cleanup_followups"]
    assert touched(backlog.repo) == sorted(f"items/{one}.md" for one in wanted)
    with untouched(backlog.repo):
        again = run(backlog)
    assert sorted(again["unchanged"]) == sorted(wanted)
    assert "2 capped" in backlog("generate", "weekly").out


def test_g14_switched_off_it_says_so_and_ends_well(backlog: Session) -> None:
    backlog.policy("generation: {weekly_from_pressure_digest: false}\n")
    digest(backlog, service("gateway", AR))
    with untouched(backlog.repo):
        report = run(backlog)
        assert backlog("generate", "weekly").out == "skipped: weekly_from_pressure_digest is false\n"
    assert {key: report[key] for key in ("status", "reason")} == {
        "status": "skipped",
        "reason": "weekly_from_pressure_digest is false",
    }


@pytest.mark.parametrize("there", [True, False], ids=["empty folder", "no folder"])
def test_g15_without_a_digest_the_exact_words_come_out_and_nothing_is_written(backlog: Session, there: bool) -> None:
    if there:
        (backlog.repo.root / FOLDER).mkdir(parents=True)
    with untouched(backlog.repo):
        as_json = backlog("generate", "weekly", "--json", status=3)
        plain = backlog("generate", "weekly", status=3)
    assert as_json.json == {"error": NO_DIGEST}
    assert as_json.err == ""
    assert plain.out == ""
    assert plain.err == f"error: {NO_DIGEST}\n"


def test_g16_a_dry_run_reports_and_writes_nothing(backlog: Session) -> None:
    digest(backlog, service("router", AR, HIGH, SLO, OVERDUE))
    with untouched(backlog.repo):
        report = run(backlog, "--dry-run")
        shown = backlog("generate", "weekly", "--dry-run")
    assert len(report["created"]) == 4
    assert (report["dry_run"], report["commit"]) == (True, None)
    assert report["diff"].count("+++ b/items/bl_") == 4
    assert report["message"].startswith("backlog: generate 2026-W08: 4 created")
    assert shown.out.startswith("2026-W08 prod: 4 would be created\n")
    assert shown.out.count("+++ b/items/bl_") == 4
    assert "Backlog-Event: created" in shown.out
    assert "dry run: nothing was written" in shown.err


def test_g17_a_closed_item_stays_closed_and_has_no_twin(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    run(backlog)
    backlog("set-status", GATEWAY, "in_progress", now=TUESDAY)
    backlog("close", GATEWAY, now=TUESDAY)
    closed = backlog.item(GATEWAY)
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_2"]}))
    report = run(backlog, now=WEDNESDAY)
    assert (report["created"], report["updated"]) == ([], [GATEWAY])
    after = backlog.item(GATEWAY)
    assert (after["status"], after["closed_at"]) == ("done", TUESDAY)
    assert closed["closed_at"] == TUESDAY
    assert len(backlog("list", "--json").data) == 1


@pytest.mark.parametrize(
    ("record", "named"),
    [
        (service("a:b", AR), "a:b"),
        (service("gateway", {"pressure_requires_arch_review": "true"}), "pressure_requires_arch_review"),
        (service("gateway", {"followups_overdue": -1}), "followups_overdue"),
    ],
)
def test_g22_g23_a_wrong_value_is_refused_before_anything_is_written(
    backlog: Session, record: dict[str, Any], named: str
) -> None:
    path = digest(backlog, service("fine", AR), record)
    with untouched(backlog.repo):
        answer = backlog("generate", "weekly", status=6)
        as_json = backlog("generate", "weekly", "--json", status=6).json
    assert named in answer.err
    assert path in answer.err
    assert named in as_json["error"]
    assert as_json["findings"][0]["path"] == path


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"services": {}}', '{"services": [{"service": "a"}, {"service": "a"}]}', '{"week": "2026-W09"}',
     '{"services": [], "env": "staging"}', "\x00", '{"services": [], "services": []}', "[" * 5000],
)  # fmt: skip
def test_a_broken_digest_names_its_file_and_nothing_is_written(backlog: Session, text: str) -> None:
    path = f"{FOLDER}/2026-W08.json"
    backlog.repo.write(path, text)
    backlog.repo.commit("broken", path)
    with untouched(backlog.repo):
        assert path in backlog("generate", "weekly", status=6).err


def test_an_unknown_environment_is_refused_with_those_there_are(backlog: Session) -> None:
    with untouched(backlog.repo):
        assert "prod, staging, dev" in backlog("generate", "weekly", "--env", "production", status=2).err


def test_the_policy_owner_that_differs_is_only_told(backlog: Session) -> None:
    """G-24."""
    digest(backlog, service("gateway", AR))
    run(backlog)
    backlog.policy("ownership: {overrides: {gateway: cto}}\n")
    with untouched(backlog.repo):
        answer = backlog("generate", "weekly")
    assert "cto" in answer.err
    assert backlog.item(GATEWAY)["owner"] == "oncall"


def test_g25_the_newest_digest_is_the_one_of_the_latest_week_whatever_its_time(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    older = digest(backlog, service("billing", AR), week="2025-W52")
    os.utime(backlog.repo.root / older)
    os.utime(backlog.repo.root / FOLDER / "2026-W08.json", (1, 1))
    report = run(backlog)
    assert (report["week"], report["created"]) == ("2026-W08", [GATEWAY])
    assert report["digest"] == f"{FOLDER}/2026-W08.json"


def test_g26_a_stale_digest_is_used_with_a_warning(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    run(backlog)
    with untouched(backlog.repo):
        answer = backlog("generate", "weekly", now=NEXT_MONDAY)
    assert "warning: digest is of 2026-W08, current week is 2026-W09" in answer.err


def test_a_week_can_be_named(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    digest(backlog, service("gateway", AR), week="2026-W07")
    assert run(backlog, "--week", "2026-W07")["week"] == "2026-W07"
    assert "no digest of 2026-W01" in backlog("generate", "weekly", "--week", "2026-W01", status=3).err


def test_an_item_that_cannot_be_read_stops_the_run(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    backlog.repo.write("items/bl_00000000dead.md", "not an item\n")
    with untouched(backlog.repo):
        assert "items/bl_00000000dead.md" in backlog("generate", "weekly", status=6).err


def test_a_generated_item_taken_back_can_be_generated_again(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    run(backlog)
    backlog("undo")
    assert not (backlog.repo.root / backlog.path(GATEWAY)).exists()
    assert run(backlog)["created"] == [GATEWAY]
    assert [event["type"] for event in backlog.events(GATEWAY)] == ["created", "deleted", "created"]


def test_where_roles_are_enforced_only_those_with_the_entitlement_generate(backlog: Session) -> None:
    """R-069…R-071, R-150."""
    backlog.policy("rbac: {enforce: true}\n")
    digest(backlog, service("gateway", AR))
    with untouched(backlog.repo):
        for actor in ("oncall", "interface", "nobody"):
            told = backlog("--actor", actor, "generate", "weekly", status=4).err
            assert f"actor '{actor}' lacks tools.backlog.admin" in told
        assert backlog("create", "x", "--actor", "interface", status=4).err.startswith("error: actor 'interface' lacks")
        assert backlog("list", "--actor", "nobody", status=4)
        backlog("list", "--actor", "interface")
    assert run(backlog, "--actor", "scheduler")["created"] == [GATEWAY]


def test_a_policy_that_is_broken_stops_every_write(backlog: Session) -> None:
    digest(backlog, service("gateway", AR))
    backlog.repo.write(POLICY, "version: 1\ndefaults: {priority: P9}\n")
    with untouched(backlog.repo):
        for arguments in (("generate", "weekly"), ("create", "x"), ("promote",), ("init",), ("undo",)):
            assert POLICY in backlog(*arguments, status=6).err, arguments


def test_which_digest_was_taken_is_told_with_the_reason(backlog: Session) -> None:
    """R-116."""
    digest(backlog, service("gateway", AR))
    digest(backlog, service("gateway", AR), week="2026-W09")
    assert (
        "  digest   ops/reports/platform/2026-W09.json, the newest by its name"
        in backlog("generate", "weekly", "-v").out
    )
    assert "2026-W08.json, named by --week" in backlog("generate", "weekly", "-v", "--week", "2026-08").out


def test_a_policy_that_asks_for_daily_generation_is_told_that_there_is_none_yet(backlog: Session) -> None:
    """C-22."""
    backlog.policy("generation:\n  daily_from_risk_digest: true\n")
    told = backlog("validate").out
    assert f"{POLICY}:3:" in told
    assert "has no effect yet" in told
    assert "[BL405]" in told
    assert "There is no 'generate daily' yet" in backlog("generate", "daily", status=2).err
