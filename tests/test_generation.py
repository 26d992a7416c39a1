"""Weekly generation: the worked examples of REQUIREMENTS.md 3.4 and the rules behind them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined

from backlogtool.codec import digest as digests
from backlogtool.codec.policy import Layer, load
from backlogtool.domain import calendar
from backlogtool.domain.body import replace_generated, wrap_generated
from backlogtool.domain.digest import Digest
from backlogtool.domain.event import diff
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Condition, Policy
from backlogtool.errors import InvalidError
from backlogtool.generation import candidate, matching, merging
from backlogtool.generation.run import Plan, plan, skipped
from tests.conftest import ROOT

MONDAY, NOW = "2026-02-16", "2026-02-16T06:20:00Z"
DESCRIPTION = """
Signals of {{ service }} in {{ week }}:

{% for name, value in signals.items() -%}
- {{ name }}: {{ value }}
{% endfor -%}
{% for text in texts -%}
- {{ text }}
{% endfor -%}
{% for kind, refs in evidence_refs.items() -%}
- {{ kind }}: {{ refs | join(", ") }}
{% endfor %}
"""
SHORT = {
    "AR": "pressure_requires_arch_review",
    "PB": "pressure_band",
    "RB": "risk_band",
    "SLO": "risk_has_slo_violations",
    "FO": "followups_overdue",
}

_jinja = Environment(undefined=StrictUndefined, autoescape=False)


def render(template: str, values: Mapping[str, Any]) -> str:
    return _jinja.from_string(template).render(values)


@functools.cache
def policy(changes: str = "") -> Policy:
    """The packaged policy with a repository's own changes."""
    packaged = (ROOT / "config" / "backlog_policy.yml").read_text()
    loaded = load([Layer(packaged, "packaged"), Layer(changes, "config/backlog_policy.yml")])
    assert loaded.policy is not None, [str(one) for one in loaded.findings]
    return loaded.policy


def digest(services: Mapping[str, Mapping[str, Any]] | str, *, week: str = "2026-W08", env: str = "prod") -> Digest:
    """The digest of these services, with signals by their short names."""
    path = f"ops/reports/platform/{week}.json"
    records = [
        {"service": name, **{SHORT.get(key, key): value for key, value in signals.items()}}
        for name, signals in services.items()
    ]
    read, findings = digests.read(json.dumps({"week": week, "env": env, "services": records}), path, env=env)
    assert read is not None, [str(one) for one in findings]
    return read


def run(source: Digest, existing: Iterable[Item] = (), *, changes: str = "", today: str = MONDAY) -> Plan:
    return plan(source, policy(changes), existing, today, f"{today}T06:20:00Z", render, DESCRIPTION)


def after(plan: Plan, existing: Iterable[Item] = ()) -> list[Item]:
    """The backlog once the plan is carried out."""
    return list({item.id: item for item in (*existing, *(one.item for one in plan.outcomes))}.values())


def only(plan: Plan) -> Item:
    assert len(plan.outcomes) == 1
    return plan.outcomes[0].item


def counts(plan: Plan) -> tuple[int, int, int]:
    return tuple(len(plan.report[action]) for action in ("created", "updated", "unchanged"))  # type: ignore[return-value]


G_01 = {"gateway": {"AR": True, "PB": "medium", "RB": "low", "SLO": False, "FO": 0}}


def test_g_01_a_service_that_needs_a_review_gets_one_item() -> None:
    plan = run(digest(G_01))
    item = only(plan)
    assert plan.report["created"] == ["bl_d8a7874e737d"]
    assert item == Item(
        id="bl_d8a7874e737d",
        title="[ARCH] gateway: architecture review required",
        created_at=NOW,
        status="open",
        env="prod",
        priority="P1",
        service="gateway",
        owner="oncall",
        category="arch_review",
        due_date="2026-03-02",
        source="digest",
        dedupe_key="platform_backlog:2026-W08:prod:gateway:arch_review",
        evidence_refs={"artifacts": ("ops/reports/platform/2026-W08.json",)},
        tags=("auto", "rule:arch_review_required", "week:2026-W08"),
        meta={
            "digest": "ops/reports/platform/2026-W08.json",
            "rule": "arch_review_required",
            "signals": {
                "followups_overdue": 0,
                "pressure_band": "medium",
                "pressure_requires_arch_review": True,
                "risk_band": "low",
                "risk_has_slo_violations": False,
            },
        },
        description=item.description,
    )
    assert item.description.startswith("<!-- generated:begin -->\nSignals of gateway in 2026-W08:\n")
    assert item.description.endswith("- risk_has_slo_violations: False\n<!-- generated:end -->")


def test_g_02_high_pressure_and_risk_call_for_a_refactoring() -> None:
    item = only(run(digest({"gateway": {"PB": "high", "RB": "critical"}})))
    assert (item.id, item.category, item.priority) == ("bl_11134d876a30", "refactor", "P1")
    assert item.due_date == "2026-03-09"


def test_g_03_one_high_band_alone_calls_for_nothing() -> None:
    assert run(digest({"gateway": {"PB": "high", "RB": "medium"}})).outcomes == ()


def test_g_04_slo_violations_call_for_hardening() -> None:
    item = only(run(digest({"billing": {"SLO": True}})))
    assert (item.id, item.category, item.priority) == ("bl_52c7050367b7", "slo_hardening", "P2")
    assert item.due_date == "2026-03-18"


def test_g_05_overdue_followups_call_for_clearing_them() -> None:
    item = only(run(digest({"billing": {"FO": 3}})))
    assert (item.id, item.category, item.priority) == ("bl_7152778af92c", "cleanup_followups", "P2")
    assert item.due_date == "2026-03-02"
    assert item.title == "[FOLLOWUP] billing: clear 3 overdue follow-ups"


def test_g_06_no_overdue_followups_call_for_nothing() -> None:
    assert run(digest({"billing": {"FO": 0}})).outcomes == ()


G_07 = {"router": {"AR": True, "PB": "critical", "RB": "high", "SLO": True, "FO": 2}}


def test_g_07_every_category_gets_its_item_most_urgent_first() -> None:
    plan = run(digest(G_07))
    assert [(one.item.id, one.item.category, one.item.priority) for one in plan.outcomes] == [
        ("bl_453053e5d732", "arch_review", "P1"),
        ("bl_365111bead76", "refactor", "P1"),
        ("bl_9366f6bc9d0d", "slo_hardening", "P2"),
        ("bl_f8b65eaeb363", "cleanup_followups", "P2"),
    ]
    assert plan.report["created"] == [one.item.id for one in plan.outcomes]


def test_g_08_the_owner_of_a_service_is_matched_by_its_exact_name() -> None:
    services = {"gateway": {"AR": True}, "Gateway": {"AR": True}}
    plan = run(digest(services), changes="ownership: {overrides: {gateway: cto}}")
    assert [(one.item.id, one.item.service, one.item.owner) for one in plan.outcomes] == [
        ("bl_fba310824f6e", "Gateway", "oncall"),
        ("bl_d8a7874e737d", "gateway", "cto"),
    ]


def test_g_09_the_same_digest_again_changes_nothing() -> None:
    first = run(digest(G_01))
    again = run(digest(G_01), after(first), today="2026-02-18")
    assert counts(again) == (0, 0, 1)
    assert only(again) == only(first)


def test_g_10_a_later_digest_renews_the_evidence_and_leaves_what_people_decided() -> None:
    held = only(run(digest(G_01)))._replace(status="in_progress", owner="alice")
    later = {"gateway": {**G_01["gateway"], "evidence_refs": {"alerts": ["al_1"], "followups": []}}}
    plan = run(digest(later), [held], today="2026-02-18")
    item = only(plan)
    assert plan.report["updated"] == ["bl_d8a7874e737d"]
    assert item.evidence_refs == {"alerts": ("al_1",), "artifacts": ("ops/reports/platform/2026-W08.json",)}
    assert list(item.evidence_refs) == ["alerts", "artifacts"]
    assert "- alerts: al_1" in item.description
    changed = held._replace(evidence_refs=item.evidence_refs, description=item.description)
    assert item == changed
    assert [event.type for event in diff(held, item)] == ["auto_update"]


def test_g_11_the_next_week_makes_a_new_item_and_leaves_the_old_one() -> None:
    first = after(run(digest(G_01)))
    plan = run(digest(G_01, week="2026-W09"), first, today="2026-02-23")
    assert plan.report["created"] == ["bl_d2510df39577"]
    assert plan.report["updated"] == []
    assert only(plan).due_date == "2026-03-09"


G_12 = """
generation:
  rules:
    - {name: arch_review_critical, category: arch_review, priority: P0, due_days: 7, when: {pressure_band: critical}}
    - {name: arch_review_required, category: arch_review, when: {pressure_requires_arch_review: true}}
"""


def test_g_12_the_first_matching_rule_of_a_category_wins() -> None:
    plan = run(digest({"router": {"AR": True, "PB": "critical"}}), changes=G_12)
    item = only(plan)
    assert (item.id, item.priority, item.due_date) == ("bl_453053e5d732", "P0", "2026-02-23")
    assert "rule:arch_review_critical" in item.tags
    assert plan.report["shadowed"] == [
        {
            "service": "router",
            "category": "arch_review",
            "rule": "arch_review_required",
            "winner": "arch_review_critical",
        }
    ]


def test_g_13_the_cap_cuts_the_least_urgent_and_the_same_ones_in_the_next_run() -> None:
    services = {
        "zeta": {"SLO": True, "FO": 1},
        "alpha": {"AR": True, "FO": 2},
        "mid": {"PB": "critical", "RB": "critical"},
    }
    changes = "defaults: {max_items_per_run: 3}"
    ids = ["bl_46fe26329da0", "bl_3be2f0856bbf", "bl_1fd06422a94b"]
    capped = [f"platform_backlog:2026-W08:prod:zeta:{name}" for name in ("slo_hardening", "cleanup_followups")]
    first = run(digest(services), changes=changes)
    again = run(digest(services), after(first), changes=changes)
    assert (first.report["created"], first.report["capped"]) == (ids, capped)
    assert (again.report["unchanged"], again.report["capped"]) == (ids, capped)
    assert counts(again) == (0, 0, 3)


def test_g_14_a_run_that_the_policy_switched_off_says_so() -> None:
    off = policy("generation: {weekly_from_pressure_digest: false}")
    assert skipped(off) == {"status": "skipped", "reason": "weekly_from_pressure_digest is false"}
    assert skipped(policy()) is None


def test_g_15_without_a_digest_there_is_no_file_to_take() -> None:
    assert digests.latest([]) == (None, [])


def test_g_16_a_dry_run_reports_the_same_and_leaves_its_inputs_alone() -> None:
    source, held = digest(G_07), after(run(digest(G_07)))[:1]
    before = repr((source, held))
    real = run(source, held).report
    dry = plan(source, policy(), held, MONDAY, NOW, render, DESCRIPTION, dry_run=True).report
    assert dry == {**real, "dry_run": True}
    assert repr((source, held)) == before
    assert len(plan(source, policy(), [], MONDAY, NOW, render, DESCRIPTION, dry_run=True).report["created"]) == 4


def test_g_17_a_closed_item_stays_closed_and_gets_no_twin() -> None:
    held = only(run(digest(G_01)))._replace(status="done")
    assert counts(run(digest(G_01), [held])) == (0, 0, 1)
    plan = run(digest({"gateway": {**G_01["gateway"], "FO": 1}}), [held])
    assert plan.report["updated"] == [held.id]
    assert next(one.item for one in plan.outcomes if one.item.id == held.id).status == "done"


def test_g_18_a_signal_that_is_missing_holds_for_no_rule() -> None:
    assert run(digest({"gateway": {"PB": "high"}})).outcomes == ()


def test_g_19_the_first_days_of_january_may_lie_in_the_old_iso_year() -> None:
    plan = run(digest({"gateway": {"AR": True}}, week="2026-W53"), today="2027-01-01")
    item = only(plan)
    assert item.id == "bl_56eba5d91c6e"
    assert item.dedupe_key == "platform_backlog:2026-W53:prod:gateway:arch_review"
    assert item.due_date == "2027-01-15"
    assert plan.report["warnings"] == []


def test_g_20_an_environment_has_items_of_its_own() -> None:
    prod = after(run(digest(G_01)))
    plan = run(digest(G_01, env="staging"), prod)
    assert plan.report["created"] == ["bl_f7bedef89a44"]
    assert only(plan).dedupe_key == "platform_backlog:2026-W08:staging:gateway:arch_review"


def test_g_21_the_case_of_a_band_does_not_matter() -> None:
    assert only(run(digest({"gateway": {"PB": "HIGH", "RB": "Critical"}}))).id == "bl_11134d876a30"


def test_g_22_a_service_name_that_would_corrupt_a_key_is_an_error() -> None:
    read, findings = digests.read('{"week": "2026-W08", "services": [{"service": "a:b"}]}', "x.json", env=None)
    assert read is None
    assert any(one.is_error and "a:b" in one.message for one in findings)


def test_g_23_a_boolean_written_as_text_is_an_error() -> None:
    text = (
        '{"week": "2026-W08", "env": "prod", "services": [{"service": "a", "pressure_requires_arch_review": "true"}]}'
    )
    read, findings = digests.read(text, "x.json", env="prod")
    assert read is None
    assert "pressure_requires_arch_review must be a boolean" in findings[0].message


def test_g_24_a_new_owner_in_the_policy_is_only_a_warning_for_an_item_that_is_there() -> None:
    plan = run(digest(G_01), after(run(digest(G_01))), changes="ownership: {overrides: {gateway: cto}}")
    assert counts(plan) == (0, 0, 1)
    assert only(plan).owner == "oncall"
    assert plan.report["warnings"] == ["bl_d8a7874e737d: policy owner cto differs from oncall"]


def test_g_25_the_newest_digest_is_the_one_of_the_greatest_week() -> None:
    assert digests.latest(["2026-W08.json", "2025-W52.json"]) == ("2026-W08.json", [])


def test_g_26_an_old_digest_is_about_its_own_week_with_a_warning() -> None:
    plan = run(digest(G_01), after(run(digest(G_01))), today="2026-02-23")
    assert plan.report["week"] == "2026-W08"
    assert plan.report["warnings"] == ["digest is of 2026-W08, current week is 2026-W09"]
    assert counts(plan) == (0, 0, 1)


def test_a_digest_from_the_future_is_a_warning_too() -> None:
    plan = run(digest(G_01, week="2026-W09"))
    assert plan.report["warnings"] == ["digest is of 2026-W09, current week is 2026-W08"]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2024-12-30", "2025-W01"),
        ("2025-12-29", "2026-W01"),
        ("2026-12-28", "2026-W53"),
        ("2027-01-01", "2026-W53"),
        ("2027-01-04", "2027-W01"),
    ],
)
def test_a_run_is_in_the_iso_week_of_its_day(day: str, week: str) -> None:
    assert calendar.iso_week(day) == week
    assert run(digest(G_01, week=week), today=day).report["warnings"] == []


def test_a_report_has_these_keys_and_can_be_written_as_json() -> None:
    source = digest(G_01)
    made = plan(source, policy(), [], MONDAY, NOW, render, DESCRIPTION, warnings=["said before"])
    assert json.loads(json.dumps(made.report)) == {
        "week": "2026-W08",
        "env": "prod",
        "digest": "ops/reports/platform/2026-W08.json",
        "dry_run": False,
        "created": ["bl_d8a7874e737d"],
        "updated": [],
        "unchanged": [],
        "capped": [],
        "shadowed": [],
        "warnings": ["said before"],
    }


def test_a_digest_without_an_env_is_of_the_default_one() -> None:
    silent = digest(G_01)._replace(env="")
    plan = run(silent, changes="defaults: {env: staging}")
    assert (only(plan).id, only(plan).env, plan.report["env"]) == ("bl_f7bedef89a44", "staging", "staging")


HOLDS = [
    ("eq", True, True, True),
    ("eq", True, 1, False),
    ("eq", 1, True, False),
    ("eq", True, "true", False),
    ("eq", 3, 3.0, True),
    ("eq", "high", "high", True),
    ("ne", "high", "low", True),
    ("ne", 1, True, True),
    ("ne", "high", "high", False),
    ("in", ("high", "critical"), "high", True),
    ("in", ("high", "critical"), "low", False),
    ("in", (0, 1), True, False),
    ("not_in", ("high", "critical"), "low", True),
    ("not_in", ("high", "critical"), "high", False),
    ("gt", 0, 0, False),
    ("gt", 0, 1, True),
    ("gte", 1, 1, True),
    ("lt", 1.5, 1, True),
    ("lte", 1, 2, False),
    ("gt", 0, "5", False),
    ("gt", 0, True, False),
    ("exists", True, 0, True),
    ("exists", False, 0, False),
]


@pytest.mark.parametrize(("operator", "wanted", "held", "expected"), HOLDS)
def test_a_condition_holds(operator: str, wanted: Any, held: Any, expected: bool) -> None:
    assert matching.holds(Condition("x", operator, wanted), {"x": held}) is expected


@pytest.mark.parametrize("signals", [{}, {"x": None}])
@pytest.mark.parametrize("operator", ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "exists"])
def test_of_a_missing_signal_only_exists_false_holds(operator: str, signals: dict[str, Any]) -> None:
    wanted: Any = (1,) if operator in ("in", "not_in") else operator == "exists" or 1
    assert not matching.holds(Condition("x", operator, wanted), signals)
    assert matching.holds(Condition("x", "exists", False), signals)


def test_all_conditions_of_a_rule_must_hold_even_two_about_one_signal() -> None:
    changes = "generation: {rules: [{name: r, category: refactor, when: {score: {gte: 10, lt: 20}, tier: {ne: free}}}]}"
    services = {
        "below": {"score": 9, "tier": "paid"},
        "within": {"score": 10, "tier": "paid"},
        "above": {"score": 20, "tier": "paid"},
        "free": {"score": 15, "tier": "free"},
    }
    assert [one.item.service for one in run(digest(services), changes=changes).outcomes] == ["within"]


def test_two_items_in_the_backlog_with_one_key_stop_the_run() -> None:
    first = only(run(digest(G_01)))
    twin = first._replace(id="bl_000000000000", status="done")
    with pytest.raises(InvalidError) as raised:
        run(digest(G_01), [first, twin])
    assert [(one.code, one.item) for one in raised.value.findings] == [("BL206", "bl_d8a7874e737d")]
    assert "bl_000000000000" in raised.value.findings[0].message


def test_twins_that_the_run_does_not_touch_do_not_stop_it() -> None:
    first = only(run(digest(G_01)))
    twin = first._replace(id="bl_000000000000")
    assert counts(run(digest({"billing": {"FO": 3}}), [first, twin])) == (1, 0, 0)


def test_an_item_that_has_the_id_under_another_key_stops_the_run() -> None:
    held = only(run(digest(G_01)))._replace(dedupe_key="mine")
    with pytest.raises(InvalidError) as raised:
        run(digest(G_01), [held])
    assert [(one.code, one.item, one.field) for one in raised.value.findings] == [
        ("BL302", "bl_d8a7874e737d", "dedupe_key")
    ]


def test_an_item_that_a_person_made_under_the_key_is_brought_up_to_date() -> None:
    made = only(run(digest(G_01)))._replace(id="bl_000000000000", title="mine", source="manual")
    plan = run(digest(G_01), [made])
    assert plan.report["updated"] == ["bl_000000000000"]
    assert only(plan) == made._replace(title="[ARCH] gateway: architecture review required")


@pytest.mark.parametrize("title", ["a\nb", "", " \n ", "a\u2028b", "{{ texts | join }}"])
def test_a_title_that_is_not_one_line_is_an_error_for_every_item_it_is_for(title: str) -> None:
    arch = policy().categories["arch_review"]._replace(title=title)
    changed = policy()._replace(categories={"arch_review": arch})
    source = digest({"a": {"AR": True}, "b": {"AR": True}})
    with pytest.raises(InvalidError) as raised:
        candidate.candidates(source, changed, MONDAY, NOW, render, DESCRIPTION)
    assert [(one.code, one.field) for one in raised.value.findings] == [("BL703", "categories.arch_review.title")] * 2


@pytest.mark.parametrize("template", ["{{ texts[0] }}", "```\n{{ service }}", "a\n<!-- generated:end -->\nb"])
def test_a_description_cannot_break_out_of_its_generated_part(template: str) -> None:
    source = digest({"gateway": {"AR": True, "pressure": {"signals": ["<!-- generated:end -->"]}}})
    with pytest.raises(InvalidError) as raised:
        candidate.candidates(source, policy(), MONDAY, NOW, render, template)
    assert [(one.code, one.field) for one in raised.value.findings] == [("BL703", "description")]


def test_a_key_format_that_makes_two_items_one_is_an_error() -> None:
    changes = 'dedupe: {key_format: "{prefix}:{week}:{env}:{service}"}'
    assert only(run(digest(G_01), changes=changes)).dedupe_key == "platform_backlog:2026-W08:prod:gateway"
    with pytest.raises(InvalidError) as raised:
        run(digest(G_07), changes=changes)
    assert [one.code for one in raised.value.findings] == ["BL206"] * 3


def test_what_a_rule_says_of_priority_and_days_stands_above_its_category() -> None:
    rule = "{name: r, category: slo_hardening, priority: P3, due_days: 0, when: {pressure_band: high}}"
    item = only(run(digest({"a": {"PB": "high"}}), changes=f"generation: {{rules: [{rule}]}}"))
    assert (item.priority, item.due_date) == ("P3", MONDAY)


def test_numbers_that_yaml_readers_take_for_text_are_kept_as_text() -> None:
    signals = {"AR": True, "tiny": 1e-05, "huge": 1e22, "half": 0.5}
    assert only(run(digest({"a": signals}))).meta["signals"] == {
        "half": 0.5,
        "huge": "1e+22",
        "pressure_requires_arch_review": True,
        "tiny": "1e-05",
    }


HELD = Item(
    id="bl_000000000001",
    title="old",
    created_at=NOW,
    status="blocked",
    owner="alice",
    dedupe_key="key",
    evidence_refs={"alerts": ("al_1",)},
    tags=("auto", "automation", "mine", "rule:old", "week:2026-W07", "weekly"),
    meta={"rule": "old", "ticket": 7},
    description=f"Before.\n\n{wrap_generated('old text')}\n\n## Plan\n\n1. after",
)
NEW = Item(
    id="bl_000000000002",
    title="new",
    created_at="2026-02-23T06:20:00Z",
    status="open",
    owner="cto",
    dedupe_key="key",
    evidence_refs={"artifacts": ("a.json",)},
    tags=("auto", "rule:new", "week:2026-W08"),
    meta={"rule": "new"},
    description=wrap_generated("new text"),
)


def test_the_generator_replaces_what_is_its_own_and_nothing_else() -> None:
    outcome = merging.upsert(HELD, NEW, policy(), by_generator=True, owner_given=True)
    assert outcome.action == "updated"
    assert outcome.item == HELD._replace(
        title="new",
        evidence_refs={"artifacts": ("a.json",)},
        tags=("auto", "automation", "mine", "rule:new", "week:2026-W08", "weekly"),
        meta={"rule": "new", "ticket": 7},
        description=f"Before.\n\n{wrap_generated('new text')}\n\n## Plan\n\n1. after",
    )
    assert outcome.warnings == ("bl_000000000001: policy owner cto differs from alice",)


def test_a_description_without_markers_is_left_alone_with_a_warning() -> None:
    held = HELD._replace(description="All mine now.", owner="cto")
    outcome = merging.upsert(held, NEW, policy(), by_generator=True)
    assert outcome.item.description == "All mine now."
    assert outcome.warnings == (
        "bl_000000000001: the markers of the generated part are gone, so the description stays as it is",
    )


def test_only_the_update_fields_of_the_policy_change() -> None:
    titles = policy("dedupe: {update_fields: [title]}")
    outcome = merging.upsert(HELD._replace(description=""), NEW, titles, by_generator=True)
    assert outcome.item == HELD._replace(description="", title="new")
    assert outcome.warnings == ("bl_000000000001: policy owner cto differs from alice",)
    none = policy("dedupe: {update_fields: []}")
    assert merging.upsert(HELD, NEW, none, by_generator=True).action == "unchanged"


def test_a_person_adds_tags_and_replaces_the_rest_but_no_text_beside_the_generated_part() -> None:
    said = NEW._replace(description="said")
    outcome = merging.upsert(HELD, said, policy(), by_generator=False)
    assert outcome.item.tags == tuple(sorted({*HELD.tags, *NEW.tags}))
    assert outcome.item.evidence_refs == {"artifacts": ("a.json",)}
    assert outcome.item.meta == {"rule": "new", "ticket": 7}
    assert outcome.item.description == replace_generated(HELD.description, "said")
    assert outcome.item.owner == "alice"
    assert outcome.warnings == ()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("mine", "said"),
        (HELD.description, HELD.description.replace("after", "later")),
        (HELD.description, "```\nopen"),
    ],
)
def test_a_person_replaces_a_description_whole_where_the_generated_part_cannot_take_it(held: str, said: str) -> None:
    before, wanted = HELD._replace(description=held), NEW._replace(description=said)
    assert merging.upsert(before, wanted, policy(), by_generator=False).item.description == said


def test_only_a_person_who_names_an_owner_changes_it() -> None:
    assert merging.upsert(HELD, NEW, policy(), by_generator=False, owner_given=True).item.owner == "cto"


def test_the_first_upsert_creates_and_the_same_again_leaves_unchanged() -> None:
    first = merging.upsert(None, NEW, policy(), by_generator=False)
    assert (first.action, first.item) == ("created", NEW)
    again = merging.upsert(NEW, NEW, policy(), by_generator=False)
    assert (again.action, again.item) == ("unchanged", NEW)


def test_an_upsert_without_a_key_is_an_error() -> None:
    with pytest.raises(InvalidError) as raised:
        merging.upsert(None, NEW._replace(dedupe_key=""), policy(), by_generator=False)
    assert raised.value.findings[0].field == "dedupe_key"
