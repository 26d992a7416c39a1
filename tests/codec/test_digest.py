"""Digests: what is read from them, what is refused, and that every mistake is named at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import digest
from backlogtool.codec.digest import latest, week_of
from backlogtool.domain.digest import Digest, ServiceSignals
from backlogtool.domain.finding import Finding

PATH = "ops/reports/platform/2026-W08.json"

FULL = """
{
  "schema_version": 1,
  "kind": "platform_priority_digest",
  "week": "2026-W08",
  "env": "prod",
  "generated_at": "2026-02-16T07:00:00+01:00",
  "services": [
    {
      "service": "checkout",
      "pressure": {"score": 81, "band": "High", "requires_arch_review": true, "signals": ["4 new\\ndependencies"]},
      "risk": {"score": 6.5, "band": "low", "slo_violations": ["latency_p95"], "signals": ["paged twice"]},
      "followups": {"open": 4, "overdue": 2},
      "evidence_refs": {"incidents": ["inc_9", "inc_3", "inc_9"], "alerts": [], "artifacts": ["report.pdf"]}
    }
  ]
}
"""


def _read(data: Any, path: str = PATH, **asked: Any) -> tuple[Digest | None, list[Finding]]:
    text = data if isinstance(data, (str, bytes)) else json.dumps(data)
    return digest.read(text, path, **{"env": "prod", **asked})


def _good(data: Any, path: str = PATH, **asked: Any) -> Digest:
    found, findings = _read(data, path, **asked)
    assert found is not None, [str(one) for one in findings]
    return found


def _of(*services: Any, **more: Any) -> dict[str, Any]:
    return {"week": "2026-W08", "env": "prod", "services": list(services), **more}


def _signals(**record: Any) -> Any:
    return _good(_of({"service": "checkout", **record})).services[0].signals


def _only_error(data: Any, path: str = PATH, **asked: Any) -> Finding:
    found, findings = _read(data, path, **asked)
    assert found is None
    assert len(findings) == 1, [str(one) for one in findings]
    assert findings[0].path == path
    return findings[0]


def _service_error(**record: Any) -> Finding:
    finding = _only_error(_of({"service": "checkout", **record}))
    assert finding.code == "BL602"
    assert "checkout" in finding.message
    return finding


def test_a_whole_digest_is_read() -> None:
    found, findings = _read(FULL)
    assert findings == []
    assert found == Digest(
        week="2026-W08",
        env="prod",
        services=(
            ServiceSignals(
                service="checkout",
                signals={
                    "followups_open": 4,
                    "followups_overdue": 2,
                    "pressure_band": "high",
                    "pressure_requires_arch_review": True,
                    "pressure_score": 81,
                    "risk_band": "low",
                    "risk_has_slo_violations": True,
                    "risk_score": 6.5,
                },
                texts=("4 new dependencies", "paged twice", "SLO violated: latency_p95"),
                evidence_refs={"artifacts": ("report.pdf",), "incidents": ("inc_3", "inc_9")},
            ),
        ),
        path=PATH,
    )


@pytest.mark.parametrize("data", [FULL.encode(), "\ufeff" + FULL, FULL.replace("\n", "\r\n")])
def test_bytes_a_byte_order_mark_and_any_line_end_are_accepted(data: bytes | str) -> None:
    assert _read(data) == _read(FULL)


def test_flat_keys_say_the_same_as_nested_ones() -> None:
    nested = _signals(pressure={"band": "high", "requires_arch_review": False, "score": 3}, followups={"overdue": 1})
    assert nested == _signals(
        pressure_band="HIGH", pressure_requires_arch_review=False, pressure_score=3, followups_overdue=1
    )


def test_both_forms_may_stand_together_if_they_agree() -> None:
    assert _signals(risk={"band": "high"}, risk_band="High") == {"risk_band": "high"}


def test_both_forms_that_differ_are_an_error() -> None:
    finding = _service_error(risk={"band": "high"}, risk_band="low")
    assert finding.message == "checkout: risk.band and risk_band differ"
    assert finding.field == "services[0].risk_band"


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        ({"slo_violations": ["latency"]}, True),
        ({"slo_violations": []}, False),
        ({"has_slo_violations": False, "slo_violations": ["latency"]}, False),
        ({"has_slo_violations": None, "slo_violations": ["latency"]}, True),
        ({"slo_violations": None}, None),
    ],
)
def test_slo_violations_are_stated_or_else_counted(risk: dict[str, Any], expected: bool | None) -> None:
    assert _signals(risk=risk).get("risk_has_slo_violations") is expected


def test_counted_violations_may_not_contradict_the_flat_form() -> None:
    finding = _service_error(risk={"slo_violations": ["latency"]}, risk_has_slo_violations=False)
    assert finding.message == "checkout: risk.slo_violations and risk_has_slo_violations differ"


def test_absent_and_null_signals_are_not_there() -> None:
    assert _signals(pressure=None, risk={"band": None}, followups_overdue=None) == {}


def test_further_numbers_texts_and_booleans_are_signals_and_other_shapes_are_not() -> None:
    further = _signals(pressure={"score": 0.5, "parts": {"a": 1}}, tier="gold\n1", frozen=True, hosts=["a"])
    assert further == {"frozen": True, "pressure_score": 0.5, "tier": "gold 1"}


WRONG_SIGNALS = [
    ("pressure_requires_arch_review", "true", 'a boolean, not "true"'),
    ("pressure_requires_arch_review", 1, "a boolean, not 1"),
    ("risk_has_slo_violations", [], "a boolean, not []"),
    ("pressure_band", "severe", 'one of low, medium, high, critical, not "severe"'),
    ("risk_band", 3, "one of low, medium, high, critical, not 3"),
    ("followups_overdue", -1, "a whole number, 0 or more, not -1"),
    ("followups_overdue", 2.0, "a whole number, 0 or more, not 2.0"),
    ("followups_overdue", True, "a whole number, 0 or more, not true"),
    ("followups_overdue", "3", 'a whole number, 0 or more, not "3"'),
]


@pytest.mark.parametrize(("name", "value", "told"), WRONG_SIGNALS)
def test_a_known_signal_of_a_wrong_type_is_an_error_in_both_forms(name: str, value: Any, told: str) -> None:
    section, _, key = name.partition("_")
    for record, place in (({name: value}, name), ({section: {key: value}}, f"{section}.{key}")):
        finding = _service_error(**record)
        assert finding.message == f"checkout: {name} must be {told}"
        assert finding.field == f"services[0].{place}"


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"pressure": []}, "services[0].pressure"),
        ({"risk": {"slo_violations": "latency"}}, "services[0].risk.slo_violations"),
        ({"pressure": {"signals": [{"text": "x"}]}}, "services[0].pressure.signals"),
        ({"evidence_refs": ["al_1"]}, "services[0].evidence_refs"),
        ({"evidence_refs": {"alerts": "al_1"}}, "services[0].evidence_refs.alerts"),
        ({"evidence_refs": {"alerts": [1]}}, "services[0].evidence_refs.alerts"),
        ({"evidence_refs": {"a:b": []}}, "services[0].evidence_refs.a:b"),
    ],
)
def test_a_wrong_shape_is_an_error_at_its_json_path(record: dict[str, Any], field: str) -> None:
    assert _service_error(**record).field == field


@pytest.mark.parametrize("name", ["a:b", "", "pay ment", "a/b", "ünit", "x" * 129, 7, ["a"]])
def test_a_service_name_that_cannot_stand_in_a_key_is_an_error(name: Any) -> None:
    finding = _only_error(_of({"service": "fine"}, {"service": name}))
    assert finding.code == "BL602"
    assert finding.field == "services[1].service"
    assert json.dumps(name, ensure_ascii=False)[:80] in finding.message


def test_a_service_without_a_name_is_an_error() -> None:
    finding = _only_error(_of({"risk_band": "low"}))
    assert finding.message == "services[0].service is missing"


def test_a_service_listed_twice_is_an_error_and_case_tells_services_apart() -> None:
    finding = _only_error(_of({"service": "a"}, {"service": "A"}, {"service": "a"}))
    assert finding.message == "service a stands twice, first at services[0].service"
    assert finding.field == "services[2].service"


@pytest.mark.parametrize("record", [None, 3, "checkout", []])
def test_a_service_is_an_object(record: Any) -> None:
    assert _only_error(_of(record)).message == "services[0] must be an object"


@pytest.mark.parametrize("services", [{}, "x", 0])
def test_services_are_a_list(services: Any) -> None:
    assert _only_error(_of() | {"services": services}).message == "services must be a list"


def test_services_may_not_be_missing_but_empty() -> None:
    assert _only_error({"week": "2026-W08", "env": "prod"}).message == "services is missing"
    assert _good(_of()).services == ()


@pytest.mark.parametrize("week", ["2026-08", "2026-W8", "2026-W54", "2025-W53", "W08", "", 202608, " 2026-W08"])
def test_a_week_that_is_no_iso_week_is_an_error(week: Any) -> None:
    finding = _only_error(_of(week=week), "digest.json")
    assert (finding.code, finding.field) == ("BL602", "week")


def test_a_week_that_contradicts_the_file_name_or_the_request_is_an_error() -> None:
    assert _only_error(_of(week="2026-W09")).message == "week 2026-W09 contradicts the file's name, 2026-W08"
    asked = _only_error(_of(), "digest.json", week="2026-W07")
    assert asked.message == "week 2026-W08 contradicts the week asked for, 2026-W07"
    assert _good(_of(), "2026-08.json", week="2026-08").week == "2026-W08"


def test_a_digest_without_a_week_has_that_of_its_file_with_a_warning() -> None:
    silent = {"env": "prod", "services": []}
    found, findings = _read(silent)
    assert found is not None
    assert found.week == "2026-W08"
    assert [(one.code, one.field, one.is_error) for one in findings] == [("BL603", "week", False)]
    assert _good(silent, "2026-02-16.json", week="2026-W08").week == "2026-W08"
    assert _only_error(silent, "-").field == "week"


def test_an_env_other_than_the_one_asked_for_is_an_error() -> None:
    assert _only_error(_of(env="staging")).message == "the digest is of env staging, not prod"
    assert _only_error(_of(env="a:b"), env=None).field == "env"
    assert _good(_of(env="staging"), env=None).env == "staging"


def test_an_absent_env_is_a_warning() -> None:
    silent = {"week": "2026-W08", "services": []}
    for asked, expected in (("staging", "staging"), (None, "")):
        found, findings = _read(silent, env=asked)
        assert found is not None
        assert found.env == expected
        assert [(one.code, one.field) for one in findings] == [("BL603", "env")]


def test_what_is_only_about_the_digest_is_doubted_and_not_refused() -> None:
    found, findings = _read(_of(schema_version=2, generated_at="yesterday"))
    assert found is not None
    assert [(one.code, one.field) for one in findings] == [("BL603", "schema_version"), ("BL603", "generated_at")]


def test_every_mistake_is_told_at_once() -> None:
    _, findings = _read(
        {
            "week": "2026-8",
            "env": "dev",
            "services": [
                {"service": "a:b", "risk_band": "high"},
                {"service": "gateway", "pressure": {"band": "odd", "requires_arch_review": "yes"}},
                {"service": "gateway", "followups": {"overdue": -1}},
            ],
        }
    )
    assert {one.code for one in findings} == {"BL602"}
    assert [one.field for one in findings] == [
        "week",
        "env",
        "services[0].service",
        "services[1].pressure.band",
        "services[1].pressure.requires_arch_review",
        "services[2].service",
        "services[2].followups.overdue",
    ]


def test_what_is_no_strict_json_is_an_error_in_the_digest_and_nothing_is_read() -> None:
    assert _only_error("[]").code == "BL601"
    assert _only_error(b'{"week": "\xff"}').code == "BL601"


def test_a_repeated_key_is_told_with_every_other_mistake() -> None:
    found, findings = _read('{"week": "2026-8", "env": "prod", "services": [{"service": "a", "x": 1, "x": 1}]}')
    assert found is None
    assert [one.field for one in findings] == ["x", "week"]
    assert {(one.code, one.path) for one in findings} == {("BL602", PATH)}


def test_a_number_too_long_for_an_item_does_no_harm_in_a_key_that_nobody_reads() -> None:
    assert _good('{"week": "2026-W08", "env": "prod", "services": [], "at": 1771221600000000000}').services == ()


def test_texts_become_single_lines_that_any_item_can_hold() -> None:
    nasty = ["a\r\nb\x00c\x1b[31m\u202ed\u2028e \ud800 \uffff", " \n ", "a b", "x" * 400, "a\nb"]
    record = {"service": "a", "pressure": {"signals": nasty}, "evidence_refs": {"alerts": nasty}, "tier": nasty[0]}
    found = _good(_of(record)).services[0]
    assert found.texts == ("a b c [31m d e", "a b", "x" * 299 + "…")
    assert found.evidence_refs == {"alerts": tuple(sorted(found.texts))}
    assert found.signals["tier"] == "a b c [31m d e"


def test_a_list_longer_than_an_item_holds_is_cut_with_a_warning() -> None:
    many = [f"al_{index:03}" for index in range(digest.MAX_LIST + 1)]
    found, findings = _read(_of({"service": "a", "evidence_refs": {"alerts": many}}))
    assert found is not None
    assert found.services[0].evidence_refs["alerts"] == tuple(many[:-1])
    assert [(one.code, one.field) for one in findings] == [("BL603", "services[0].evidence_refs.alerts")]


@pytest.mark.parametrize(
    ("name", "week"),
    [
        ("2026-W08.json", "2026-W08"),
        ("2026-08.json", "2026-W08"),
        ("ops/reports/platform/2026-W53.json", "2026-W53"),
        ("2026-W54.json", None),
        ("2025-W53.json", None),
        ("2026-w08.json", None),
        ("2026-W08.md", None),
        ("2026-W08.json.bak", None),
        ("2026-02-16.json", None),
        ("latest.json", None),
        ("2026-W08/notes.json", None),
    ],
)
def test_a_file_name_says_its_week(name: str, week: str | None) -> None:
    assert week_of(name) == week


def test_the_latest_digest_is_that_of_the_greatest_week_in_any_order_of_names() -> None:
    names = ["2026-W08.json", "2025-W52.json", "2026-07.json", "notes.json", "2026-W09.md"]
    assert latest(names) == latest(names[::-1]) == ("2026-W08.json", [])


def test_a_given_week_picks_its_file() -> None:
    names = ["2026-W08.json", "2026-07.json"]
    assert latest(names, "2026-W07") == latest(names, "2026-07") == ("2026-07.json", [])
    assert latest(names, "2026-W06") == (None, [])


def test_the_w_form_wins_over_the_plain_form_with_a_warning() -> None:
    name, warnings = latest(["2026-08.json", "2026-W08.json", "2026-07.json"])
    assert name == "2026-W08.json"
    assert [(one.code, one.path) for one in warnings] == [("BL603", "2026-08.json")]
    assert "2026-W08.json is taken, not 2026-08.json" in warnings[0].message


@pytest.mark.parametrize("names", [[], ["README.md", "latest.json"]])
def test_no_digest_is_no_file(names: list[str]) -> None:
    assert latest(names) == (None, [])


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=20)
)
keys = st.sampled_from(
    ["service", "pressure", "risk", "followups", "evidence_refs", "risk_band", "signals", "slo_violations", "band"]
)
shapes = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=12,
)


@given(st.one_of(st.binary(), st.text(st.characters(codec=None)), st.text(alphabet='{}[]",:\\ 0e\n')))
def test_reading_never_raises_for_any_data(data: bytes | str) -> None:
    found, findings = _read(data)
    assert (found is None) == any(one.is_error for one in findings)


@given(st.dictionaries(st.sampled_from(["week", "env", "services", "schema_version"]), shapes), shapes)
def test_reading_never_raises_for_any_shape(root: dict[str, Any], record: Any) -> None:
    found, findings = _read({"services": [record], **root})
    assert (found is None) == any(one.is_error for one in findings)
