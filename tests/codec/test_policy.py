"""The policy reader: layers of text to one value, and every finding at its place.

In the texts below ``▸`` stands before the character that the finding points at; it is not part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.policy import OPERATORS, Layer, Loaded, load
from backlogtool.codec.policy_table import POLICY
from backlogtool.codec.shapes import ListOf, MapOf, Record, Shape
from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Condition, Policy
from backlogtool.domain.workflow import BUILT_IN
from tests.conftest import ROOT

DEFAULT = (ROOT / "config" / "backlog_policy.yml").read_text(encoding="utf-8")
PACKAGED = "packaged/backlog_policy.yml"
OWN = "config/backlog_policy.yml"
MARK = "▸"


def _load(*texts: str) -> Loaded:
    """The packaged default with these layers over it."""
    return load([Layer(DEFAULT, PACKAGED), *(Layer(text, OWN) for text in texts)])


def _policy(*texts: str) -> Policy:
    loaded = _load(*texts)
    assert loaded.policy is not None, [str(one) for one in loaded.findings]
    return loaded.policy


def _one(text: str) -> Finding:
    """The only finding of the text, which must stand at its mark."""
    before = text[: text.index(MARK)]
    found = _load(text.replace(MARK, "")).findings
    assert len(found) == 1, [str(one) for one in found]
    place = (OWN, before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (found[0].path, found[0].line, found[0].column) == place, str(found[0])
    return found[0]


# --- the packaged default


def test_the_packaged_default_has_no_findings() -> None:
    assert _load().findings == []


def test_the_packaged_default_has_the_figures_of_the_sources() -> None:
    """R-123…R-131, R-043…R-047, R-193, C-23, C-54."""
    policy = _policy()
    assert (policy.defaults.retention_days, policy.defaults.max_items_per_run) == (180, 50)
    assert policy.dedupe.key_prefix == "platform_backlog"
    assert {name: (one.priority, one.due_days) for name, one in policy.categories.items()} == {
        "arch_review": ("P1", 14),
        "refactor": ("P1", 21),
        "slo_hardening": ("P2", 30),
        "cleanup_followups": ("P2", 14),
        "security": ("P1", 14),
    }
    assert policy.generation.weekly_from_pressure_digest
    assert not policy.generation.daily_from_risk_digest
    assert policy.ownership.default_owner == "oncall"
    assert policy.ownership.overrides == {}
    assert policy.workflow.allowed_transitions == BUILT_IN
    assert (policy.todo.batch_size, policy.backlog_md.min_plan_steps, len(policy.backlog_md.groups)) == (5, 3, 21)
    assert policy.dashboard.alerts.overdue_notify_oncall_above == 5
    assert [rule.category for rule in policy.generation.rules] == [
        "arch_review",
        "refactor",
        "slo_hardening",
        "cleanup_followups",
    ]


def test_the_packaged_default_says_what_the_requirements_print(shared: Path) -> None:
    """Every value of REQUIREMENTS.md section 6 stands in the default; the default may say more."""
    section = (shared / "REQUIREMENTS.md").read_text(encoding="utf-8").split("## 6. Policy file")[1]
    printed = yaml.safe_load(section.split("```yaml")[1].split("```")[0])
    ours = yaml.safe_load(DEFAULT)
    assert ours["enums"].pop("event_type") == [*printed["enums"].pop("event_type"), "deleted"]
    assert ours["rbac"]["entitlements"].pop("tools.backlog.rules") == ["change_rules"]
    assert ours["rbac"]["roles"]["cto"].pop() == "tools.backlog.rules"
    for name, wanted in printed.items():
        assert wanted == ({key: ours[name][key] for key in wanted} if isinstance(wanted, dict) else ours[name]), name


# --- one finding a rule, each at its line and column

UNKNOWN_KEYS = {
    "at the top": ("▸defualts: {}\n", "defualts", "did you mean 'defaults'?"),
    "in a section": ("defaults:\n  ▸retenton_days: 90\n", "defaults.retenton_days", "did you mean 'retention_days'?"),
    "in a section of a section": (
        "dashboard:\n  alerts:\n    ▸page_cto: [P0]\n",
        "dashboard.alerts.page_cto",
        "allowed: overdue_notify_oncall_above, page_cto_on_overdue_priority",
    ),
    "in a category": (
        "categories:\n  a: {priority: P0, due_days: 1, title: t, ▸owner: me}\nbacklog_md: {category_types: {}}\n"
        "generation: {rules: []}\n",
        "categories.a.owner",
        "allowed: priority, due_days, title",
    ),
    "in a rule": (
        "generation:\n  rules:\n    - name: a\n      category: refactor\n      ▸whem: {x: 1}\n",
        "generation.rules.0.whem",
        "did you mean 'when'?",
    ),
    "in a group": (
        "backlog_md:\n  groups:\n  - {key: a, type: ops, priority: low, heading: A, ▸colour: red}\n",
        "backlog_md.groups.0.colour",
        "allowed: key, type, priority, heading, also_types",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN_KEYS)
def test_an_unknown_key_is_an_error_with_its_nearest_neighbour(case: str) -> None:
    text, field, fix = UNKNOWN_KEYS[case]
    finding = _one(text)
    assert (finding.code, finding.field, finding.fix) == ("BL401", field, fix)
    assert finding.allowed


WRONG_TYPES = {
    "a bool is no whole number": ("defaults:\n  list_limit: ▸true\n", "a whole number of at least 0"),
    "a number in quotes is text": ('defaults:\n  list_limit: ▸"5"\n', "a whole number of at least 0"),
    "a number with an underscore is text": ("defaults:\n  list_limit: ▸1_000\n", "a whole number of at least 0"),
    "a broken number is not whole": ("defaults:\n  list_limit: ▸1.5\n", "a whole number of at least 0"),
    "a list is no number": ("defaults:\n  list_limit: ▸[5]\n", "a whole number of at least 0"),
    "items are kept for a day at least": ("defaults:\n  retention_days: ▸0\n", "from 1 to"),
    "a run has no negative cap": ("defaults:\n  max_items_per_run: ▸-1\n", "of at least 0"),
    "a batch has one task at least": ("todo:\n  batch_size: ▸0\n", "of at least 1"),
    "a limit is not negative": ("defaults:\n  event_limit: ▸-5\n", "of at least 0"),
    "an offset is not negative": ("defaults:\n  list_offset: ▸-5\n", "of at least 0"),
    "plan steps are not negative": ("backlog_md:\n  min_plan_steps: ▸-1\n", "of at least 0"),
    "days stay within the calendar": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: {x: 1}, due_days: ▸100000000}\n",
        "from 0 to 36500",
    ),
    "the file has version 1": ("version: ▸2\n", "version must be 1, not '2'"),
    "a flag is true or false": ("views:\n  auto: ▸yes\n", "true or false, not 'yes'"),
    "a flag in quotes is text": ('views:\n  auto: ▸"true"\n', "true or false"),
    "a text is not empty": ("ownership:\n  default_owner:▸\n", "one line of text, not nothing"),
    "a text is not blank": ('ownership:\n  default_owner: ▸"  "\n', "one line of text"),
    "a text is one line": ("ownership:\n  default_owner: ▸|\n    a\n    b\n", "one line of text, not 'a b"),
    "a text is no list": ("ownership:\n  default_owner: ▸[a]\n", "one line of text, not a list"),
    "a list is no word": ("workflow:\n  closed_statuses: ▸done\n", "must be a list, not 'done'"),
    "a list is not nothing": ("workflow:\n  closed_statuses:▸\n", "must be a list, not nothing"),
    "an entry is not nothing": ("enums:\n  env: [prod, staging, dev, ▸null]\n", "enums.env must be a word"),
    "a map is no list": ("ownership:\n  overrides: ▸[a]\n", "must be a map, not a list"),
    "a section is not nothing": ("workflow:▸\n", "workflow must be a map of keys and values, not nothing"),
    "a table of transitions is not nothing": ("workflow:\n  allowed_transitions:▸\n", "must be a map, not nothing"),
    "a row of transitions is a list": (
        "workflow:\n  allowed_transitions: {open: [], in_progress: [], blocked: ▸open, done: [], canceled: []}\n",
        "workflow.allowed_transitions.blocked must be a list, not 'open'",
    ),
    "a category is complete": (
        "generation: {rules: []}\nbacklog_md: {category_types: {}}\ncategories:\n  a: ▸{priority: P0, title: t}\n",
        "categories.a.due_days is missing",
    ),
    "a rule is complete": (
        "generation:\n  rules:\n    - ▸name: a\n      category: refactor\n",
        "generation.rules.0.when is missing",
    ),
    "a rule is a map": ("generation:\n  rules:\n    - ▸refactor\n", "must be a map of keys and values"),
    "a condition is not null": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: {x: ▸null}}\n",
        "when.x must be text, a number, true or false, not nothing",
    ),
    "an operand is no list": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: {x: {eq: ▸[1]}}}\n",
        "not a list",
    ),
    "existence is true or false": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: {x: {exists: ▸1}}}\n",
        "true or false, not '1'",
    ),
    "conditions are a map": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: ▸[x]}\n",
        "a map from signals to their values",
    ),
}


@pytest.mark.parametrize("case", WRONG_TYPES)
def test_a_value_of_the_wrong_type_is_an_error(case: str) -> None:
    text, said = WRONG_TYPES[case]
    finding = _one(text)
    assert finding.code == "BL402"
    assert said in finding.message


def _rule(when: str) -> str:
    return f"generation:\n  rules:\n    - name: a\n      category: refactor\n      when: {when}\n"


def _groups(*groups: str) -> str:
    return "backlog_md:\n  groups:\n" + "".join(f"    - {{{group}}}\n" for group in groups)


FORBIDDEN = {
    "the default env is an env": ("defaults:\n  env: ▸live\n", "'live' is not in enums.env"),
    "the default priority is a priority": ("defaults:\n  priority: ▸P9\n", "'P9' is not in enums.priority"),
    "the default status is a status": ("defaults:\n  status: ▸opne\n", "'opne' is not in enums.status"),
    "the default source is a source": ("defaults:\n  source: ▸mail\n", "'mail' is not in enums.source"),
    "the source of generated items is a source": ("generation:\n  source: ▸mail\n", "'mail' is not in enums.source"),
    "an enum's word is plain": ("enums:\n  env: [prod, ▸pre-prod, dev]\n", "letters, digits and underscores"),
    "an enum's word stands once": ("enums:\n  env: [prod, dev, ▸prod]\n", "'prod' stands twice, first on line 2"),
    "the initial status is a status": ("workflow:\n  initial_status: ▸new\n", "'new' is not in enums.status"),
    "closed statuses are statuses": ("workflow:\n  closed_statuses: [done, ▸shut]\n", "'shut' is not in enums.status"),
    "transitions start at statuses": (
        "workflow:\n  allowed_transitions:\n"
        "    open: []\n    in_progress: []\n    blocked: []\n    done: []\n    canceled: []\n    ▸shut: []\n",
        "'shut' is not in enums.status",
    ),
    "transitions lead to statuses": (
        "workflow:\n  allowed_transitions:\n"
        "    open: [done, ▸shut]\n    in_progress: []\n    blocked: []\n    done: []\n    canceled: []\n",
        "'shut' is not in enums.status",
    ),
    "a jump is refused or a path": ("workflow:\n  squashed: ▸allow\n", "refuse or path, not 'allow'"),
    "a category's priority is a priority": (
        "generation: {rules: []}\nbacklog_md: {category_types: {}}\n"
        "categories:\n  a: {priority: ▸P7, due_days: 1, title: t}\n",
        "categories.a.priority: 'P7' is not in enums.priority",
    ),
    "a category has a plain name": (
        "generation: {rules: []}\nbacklog_md: {category_types: {}}\n"
        'categories:\n  ▸"a:b": {priority: P1, due_days: 1, title: t}\n',
        "a name of letters",
    ),
    "a rule's category is a category": (
        "generation:\n  rules:\n    - {name: a, category: ▸refactr, when: {x: 1}}\n",
        "'refactr' is not in categories",
    ),
    "a rule's priority is a priority": (
        "generation:\n  rules:\n    - {name: a, category: refactor, priority: ▸P8, when: {x: 1}}\n",
        "'P8' is not in enums.priority",
    ),
    "rules have different names": (
        "generation:\n  rules:\n    - {name: a, category: refactor, when: {x: 1}}\n"
        "    - {name: ▸a, category: security, when: {y: 1}}\n",
        "'a' stands twice, first on line 3",
    ),
    "a rule has a condition": (_rule("▸{}"), "a map with a condition"),
    "conditions are not nothing": (_rule("▸~"), "a map with a condition, not nothing"),
    "a signal has an operator": (_rule("{x: ▸{}}"), "a value or a map with an operator"),
    "an operator is known": (_rule("{x: {▸more: 1}}"), "'more' is not an operator"),
    "text does not start with an operator": (_rule('{x: ▸">0"}'), "does not start with '>'"),
    "nor with an equals sign": (_rule("{x: ▸=5}"), "does not start with '='"),
    "nor does an entry": (_rule('{x: [a, ▸"<= 3"]}'), "does not start with '<='"),
    "nor does an operand": (_rule('{x: {ne: ▸"<3"}}'), "does not start with '<'"),
    "a folded text is no comparison": (_rule("\n        x: ▸>5"), "a value on one line"),
    "only numbers have an order": (_rule("{x: {gt: ▸high}}"), "must be a number, not 'high'"),
    "text of digits has none": (_rule('{x: {lte: ▸"3"}}'), "must be a number, not '3'"),
    "true has none": (_rule("{x: {gte: ▸true}}"), "must be a number, not 'true'"),
    "a membership has a member": (_rule("{x: ▸[]}"), "a list of at least one"),
    "a signal has a plain name": (_rule('{▸"x y": 1}'), "a name of letters"),
    "category_types name categories": ("backlog_md:\n  category_types: {▸refactr: dev}\n", "is not in categories"),
    "category_types name types": ("backlog_md:\n  category_types: {refactor: ▸ded}\n", "is not in backlog_md.types"),
    "every priority has a name": (
        "backlog_md:\n  ▸priority_names: {P0: critical, P1: high, P2: medium}\n  groups: []\n",
        "backlog_md.priority_names has no row for 'P3' of enums.priority",
    ),
    "no two priorities have one name": (
        "backlog_md:\n  groups: []\n  priority_names: {P0: high, P1: ▸high, P2: medium, P3: low}\n",
        "'high' stands twice",
    ),
    "only priorities have names": (
        "backlog_md:\n  priority_names: {P0: critical, P1: high, P2: medium, P3: low, ▸P4: none}\n",
        "'P4' is not in enums.priority",
    ),
    "every status has a name": (
        "backlog_md:\n  ▸status_names: {open: todo, in_progress: wip, blocked: blocked, done: done}\n",
        "has no row for 'canceled' of enums.status",
    ),
    "no two statuses have one name": (
        "backlog_md:\n  status_names: {open: todo, in_progress: ▸todo, blocked: a, done: b, canceled: c}\n",
        "'todo' stands twice",
    ),
    "a name fits into a tag": (
        'backlog_md:\n  status_names: {open: ▸"to do", in_progress: wip, blocked: a, done: b, canceled: c}\n',
        "a word of small letters",
    ),
    "groups have different keys": (
        _groups("key: a, type: ops, priority: low, heading: A", "key: ▸a, type: dev, priority: low, heading: B"),
        "'a' stands twice, first on line 3",
    ),
    "groups differ in tags or heading": (
        _groups("key: a, type: ops, priority: low, heading: A", "key: b, type: ops, priority: low, heading: ▸A"),
        "'A / ops / low' stands twice",
    ),
    "a group's type is a type": (
        _groups("key: a, type: ▸opps, priority: low, heading: A"),
        "'opps' is not in backlog_md.types",
    ),
    "a group's other types are types": (
        _groups("key: a, type: ops, priority: low, heading: A, also_types: [▸opps]"),
        "'opps' is not in backlog_md.types",
    ),
    "a group's priority is the name of one": (
        _groups("key: a, type: ops, priority: ▸P3, heading: A"),
        "'P3' is not in backlog_md.priority_names",
    ),
    "a mismatch warns or is an error": ("backlog_md:\n  group_mismatch: ▸ignore\n", "warn or error, not 'ignore'"),
    "a missing group is created": ("backlog_md:\n  fallback_group: ▸drop\n", "must be create, not 'drop'"),
    "required fields are known": ("backlog_md:\n  required_fields: [plan, ▸plam]\n", "not 'plam'"),
    "the preamble stays in its comment": ("backlog_md:\n  preamble: ▸a --> b\n", "text without '-->'"),
    "groups are ordered by priority or file": ("todo:\n  group_order: [▸age]\n", "priority or file, not 'age'"),
    "an upsert updates what it may": ("dedupe:\n  update_fields: [title, ▸owner]\n", "not 'owner'"),
    "an upsert preserves what there is": ("dedupe:\n  preserve_fields: [id, ▸ovner]\n", "not 'ovner'"),
    "no field is updated and preserved": (
        "dedupe:\n  preserve_fields: [id, ▸tags]\n",
        "'tags' is both in dedupe.update_fields and in dedupe.preserve_fields",
    ),
    "weeks are ISO weeks": ('dedupe:\n  week_format: ▸"%Y-%U"\n', "must be %G-W%V, not '%Y-%U'"),
    "a key has known parts": ('dedupe:\n  key_format: ▸"{prefix}:{servce}"\n', "text without {servce}"),
    "the id is made from the key": ('dedupe:\n  key_format: ▸"{prefix}:{id}"\n', "text without {id}"),
    "a manual key has known parts": ('dedupe:\n  manual_key_format: ▸"{id}:{owner}"\n', "text without {owner}"),
    "a key has no stray brace": ('dedupe:\n  key_format: ▸"{prefix"\n', "text without {,"),
    "a subject says what happened": ('commit:\n  subject: ▸"backlog"\n', "text with {summary}"),
    "a subject says nothing else": ('commit:\n  subject: ▸"{summary} {actor}"\n', "text without {actor}"),
    "both lists have a file": ("todo:\n  file: ▸backlog.md\n", "todo.file and backlog_md.file are both"),
    "a role has known entitlements": (
        "rbac:\n  roles: {cto: [tools.backlog.read, ▸tools.backlog.wirte]}\n",
        "'tools.backlog.wirte' is not in rbac.entitlements",
    ),
    "a member has a known role": ("rbac:\n  members: {alice: ▸boss}\n", "'boss' is not in rbac.roles"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_value_that_may_not_stand_there_is_an_error(case: str) -> None:
    text, said = FORBIDDEN[case]
    finding = _one(text)
    assert finding.code == "BL403"
    assert said in finding.message


OUTSIDE = [
    "/etc/passwd",
    "../BACKLOG.md",
    "a/../../b.md",
    "./BACKLOG.md",
    "a//b.md",
    "a/",
    "..",
    r"a\b.md",
    "C:/a.md",
    ".git/hooks/post-commit",
    ".GIT/config",
    "a/.git/config",
    ".git",
    ".git. /config",
    ".g\u200cit/config",
    "items/x.md",
    "Items/x.md",
    "items",
]
INSIDE = [
    "BACKLOG.md",
    "docs/BACKLOG.md",
    ".github/BACKLOG.md",
    "items.md",
    "a/items/b.md",
    "…/ä b.md",
    "..a/b",
    "a.git/b",
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "field", ["backlog_md.file", "todo.file", "generation.digest_dir", "generation.risk_digest_dir"]
)
@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_stays_inside_the_repository_and_outside_git_and_items(field: str, path: str) -> None:
    section, key = field.split(".")
    finding = _one(f"{section}:\n  {key}: ▸'{path}'\n")
    assert (finding.code, finding.field) == ("BL403", field)


@pytest.mark.parametrize("path", ["config/backlog_policy.yml", "templates/x.md"])
def test_no_view_is_written_where_people_keep_what_is_read(path: str) -> None:
    assert _one(f"todo: {{file: ▸{path}}}\n").code == "BL403"
    assert _policy(f"generation: {{digest_dir: {path}}}\n").generation.digest_dir == path


@pytest.mark.parametrize("path", INSIDE)
def test_any_other_relative_path_is_allowed(path: str) -> None:
    policy = _policy(f"backlog_md: {{file: '{path}'}}\ngeneration: {{digest_dir: '{path}'}}\n")
    assert (policy.backlog_md.file, policy.generation.digest_dir) == (path, path)


FIXES = {
    "defaults: {env: prdo}\n": "did you mean 'prod'?",
    'defaults: {list_limit: "5"}\n': "write it without quotes",
    "views: {auto: on}\n": "write true",
    "workflow: {closed_statuses: done}\n": "write [done]",
    "workflow: {closed_statuses: }\n": "write [] for an empty list",
    "ownership:\n  overrides:\n": "write {} for an empty map",
    "workflow: {squashed: refused}\n": "did you mean 'refuse'?",
    'dedupe: {key_format: "{prefx}"}\n': "did you mean '{prefix}'?",
    _rule('{x: ">= 3"}'): "write {gte: 3}",
    _rule("{x: {gtt: 3}}"): "allowed: eq, ne, in, not_in, gt, gte, lt, lte, exists",
    _rule("{x: {exist: true}}"): "did you mean 'exists'?",
    _rule("{x: ~}"): "write {exists: false} for a signal that must be absent",
}


@pytest.mark.parametrize("text", FIXES)
def test_a_finding_says_how_to_mend_it(text: str) -> None:
    assert [one.fix for one in _load(text).findings] == [FIXES[text]]


def test_a_finding_names_the_allowed_values() -> None:
    assert _one("defaults: {env: ▸live}\n").allowed == ("prod", "staging", "dev")
    assert _one("workflow: {squashed: ▸no}\n").allowed == ("refuse", "path")
    assert _one("views: {auto: ▸1}\n").allowed == ("true", "false")
    assert _one(_rule("{x: {▸more: 1}}")).allowed == OPERATORS


def test_a_status_without_a_row_is_a_warning_and_the_policy_is_made() -> None:
    """R-194."""
    text = "workflow:\n  ▸allowed_transitions: {open: [done], in_progress: [], blocked: [], done: []}\n"
    finding = _one(text)
    assert (finding.code, finding.severity) == ("BL404", "warning")
    assert "'canceled'" in finding.message
    assert _policy(text.replace(MARK, "")).workflow.allowed_transitions["open"] == ("done",)


def test_a_new_status_without_a_row_is_named_where_it_stands() -> None:
    names = "backlog_md: {status_names: {open: a, in_progress: b, blocked: c, done: d, canceled: e, review: f}}\n"
    finding = _one(names + "enums:\n  status: [open, in_progress, blocked, ▸review, done, canceled]\n")
    assert (finding.code, finding.field) == ("BL404", "workflow.allowed_transitions")
    assert finding.fix == "set workflow.allowed_transitions in this file too, with a line  review: …"


def test_a_write_that_no_entitlement_names_is_a_warning_where_roles_are_enforced() -> None:
    """R-069…R-071: to leave an action out must not open it in silence. Reads may be open."""
    assert _load("rbac: {enforce: true}\n").findings == []
    named = "roles: {}, entitlements: {all: [create, upsert, close, cleanup, auto_generate_weekly]}"
    assert _load(f"rbac: {{{named}}}\n").findings == []
    finding = _one(f"rbac: {{enforce: true, {named.replace('entitle', '▸entitle')}}}\n")
    assert (finding.code, finding.severity) == ("BL406", "warning")
    assert "no entitlement names set_status, add_comment, change_rules: everybody" in finding.message


# --- findings of two layers


def test_what_a_stronger_layer_breaks_is_reported_in_the_stronger_layer() -> None:
    text = "enums:\n  env: [live, test]\n"
    (finding,) = _load(text).findings
    assert (finding.path, finding.line, finding.column) == (OWN, 2, 3)
    assert finding.field == "defaults.env"
    line = DEFAULT[: DEFAULT.index("  env: prod ")].count("\n") + 1
    assert finding.message == f"enums.env lacks 'prod', which defaults.env has ({PACKAGED}:{line})"
    assert _load(text + "defaults: {env: live}\n").findings == []


def test_what_is_replaced_as_a_whole_is_named_as_a_whole_and_once() -> None:
    text = "enums:\n  status: [open, in_progress, blocked, done]\n"
    found = _load(text).findings
    assert [(one.code, one.line, one.column, one.field) for one in found] == [
        ("BL403", 2, 3, "backlog_md.status_names"),
        ("BL403", 2, 3, "workflow.allowed_transitions"),
        ("BL403", 2, 3, "workflow.closed_statuses"),
    ]
    assert found[1].fix == "keep 'canceled', or set workflow.allowed_transitions in this file too"


def test_a_reference_to_what_is_itself_wrong_is_not_reported_twice() -> None:
    assert _one("enums:\n  env: [live, ▸te-st]\ndefaults:\n  env: qa\n").field == "enums.env"


def test_all_findings_come_at_once_in_the_order_of_the_file() -> None:
    text = (
        "version: 2\n"
        "defaults:\n  retention_days: 0\n  env: live\n  limit: 5\n"
        "workflow:\n  closed_statuses: [shut, 'a b']\n  squashed: maybe\n"
        "generation:\n  rules:\n    - {name: a, category: nope, when: {}}\n    - {name: a}\n"
        "colour: red\n"
    )
    found = _load(text).findings
    assert [(one.line, one.code, one.field) for one in found] == [
        (1, "BL402", "version"),
        (3, "BL402", "defaults.retention_days"),
        (4, "BL403", "defaults.env"),
        (5, "BL401", "defaults.limit"),
        (7, "BL403", "workflow.closed_statuses"),
        (7, "BL403", "workflow.closed_statuses"),
        (8, "BL403", "workflow.squashed"),
        (11, "BL403", "generation.rules.0.category"),
        (11, "BL403", "generation.rules.0.when"),
        (12, "BL402", "generation.rules.1.category"),
        (12, "BL402", "generation.rules.1.when"),
        (12, "BL403", "generation.rules.1.name"),
        (13, "BL401", "colour"),
    ]
    assert all(one.path == OWN and one.column for one in found)
    assert _load(text).policy is None


def test_a_default_that_is_not_complete_is_reported() -> None:
    found = load([Layer("version: 1\n", PACKAGED)]).findings
    assert {one.field for one in found} == set(POLICY.keys) - {"version"}
    assert {(one.code, one.path, one.line) for one in found} == {("BL402", PACKAGED, 1)}


# --- conditions

WHEN = {
    "true": ("eq", True),
    "'true'": ("eq", "true"),
    "3": ("eq", 3),
    "0.5": ("eq", 0.5),
    "no": ("eq", "no"),
    "[high, 3, false]": ("in", ("high", 3, False)),
    "[1, true]": ("in", (1, True)),
    "{eq: high}": ("eq", "high"),
    "{ne: 3}": ("ne", 3),
    "{in: [a]}": ("in", ("a",)),
    "{not_in: [a, b]}": ("not_in", ("a", "b")),
    "{gt: 0}": ("gt", 0),
    "{gte: -1}": ("gte", -1),
    "{lt: 0.5}": ("lt", 0.5),
    "{lte: 5}": ("lte", 5),
    "{exists: false}": ("exists", False),
}


@pytest.mark.parametrize("written", WHEN)
def test_each_form_of_a_condition_has_its_operator_and_value(written: str) -> None:
    (rule,) = _policy(_rule(f"{{x: {written}}}")).generation.rules
    operator, value = WHEN[written]
    assert rule.when == (Condition("x", operator, value),)
    assert repr(rule.when[0].value) == repr(value)


def test_every_operator_is_a_form_of_a_condition() -> None:
    assert {operator for operator, _ in WHEN.values()} == set(OPERATORS)


def test_several_signals_and_operators_stay_in_their_order() -> None:
    (rule,) = _policy(_rule("{b: {gte: 1, lt: 5}, a: [x]}")).generation.rules
    assert rule.when == (Condition("b", "gte", 1), Condition("b", "lt", 5), Condition("a", "in", ("x",)))


def test_a_rule_may_override_its_categorys_priority_and_days() -> None:
    """C-24."""
    (rule,) = _policy(_rule("{x: 1}") + "      priority: P0\n      due_days: 7\n").generation.rules
    assert (rule.priority, rule.due_days) == ("P0", 7)
    assert [(rule.priority, rule.due_days) for rule in _policy().generation.rules] == [(None, None)] * 4


# --- layers


def test_an_empty_layer_changes_nothing() -> None:
    assert _policy("", "# only a comment\n", "\n\n", "\ufeff") == _policy()


def test_a_key_of_a_section_is_overridden_and_its_neighbours_stay() -> None:
    before, after = (
        _policy(),
        _policy("defaults:\n  env: dev\ndashboard:\n  alerts:\n    overdue_notify_oncall_above: 0\n"),
    )
    assert after.defaults == before.defaults._replace(env="dev")
    alerts = before.dashboard.alerts._replace(overdue_notify_oncall_above=0)
    assert after.dashboard == before.dashboard._replace(alerts=alerts)


WHOLES = {
    "enums.event_type": ("enums: {event_type: [created]}\n", ("created",)),
    "workflow.allowed_transitions": (
        "workflow: {allowed_transitions: {open: [done]}}\n",
        {"open": ("done",)},
    ),
    "ownership.overrides": ("ownership: {overrides: {gateway: cto}}\n", {"gateway": "cto"}),
    "backlog_md.category_types": ("backlog_md: {category_types: {security: ops}}\n", {"security": "ops"}),
    "backlog_md.groups": ("backlog_md: {groups: []}\n", ()),
    "backlog_md.group_notes": (
        "backlog_md: {group_notes: {dev-high: [a note, a note]}}\n",
        {"dev-high": ("a note", "a note")},
    ),
    "rbac.roles": ("rbac: {roles: {cto: [tools.backlog.read]}}\n", {"cto": ("tools.backlog.read",)}),
    "rbac.members": ("rbac: {members: {Ann Lee: cto}}\n", {"Ann Lee": "cto"}),
}


@pytest.mark.parametrize("field", WHOLES)
def test_a_list_and_a_map_of_free_keys_are_replaced_as_a_whole(field: str) -> None:
    text, wanted = WHOLES[field]
    section, key = field.split(".")
    assert getattr(getattr(_policy(text), section), key) == wanted


def test_categories_are_replaced_as_a_whole() -> None:
    text = "categories:\n  tech-debt: {priority: P3, due_days: 0, title: t}\nbacklog_md: {category_types: {}}\n"
    policy = _policy(text + "generation: {rules: []}\n")
    assert list(policy.categories) == ["tech-debt"]
    assert policy.allowed("category") == ("tech-debt",)


def test_the_strongest_layer_wins() -> None:
    policy = _policy("defaults: {env: dev, priority: P0}\n", "defaults: {env: staging}\n")
    assert (policy.defaults.env, policy.defaults.priority) == ("staging", "P0")


def test_a_value_that_a_stronger_layer_hides_is_still_checked() -> None:
    found = _load("defaults: {list_limit: -1}\n", "defaults: {list_limit: 5}\n").findings
    assert [one.code for one in found] == ["BL402"]


def test_plain_words_of_yaml_are_the_text_that_a_person_wrote() -> None:
    policy = _policy("ownership: {default_owner: no, overrides: {12.30: on}}\nenums: {env: [prod, y, 010]}\n")
    assert (policy.ownership.default_owner, policy.ownership.overrides) == ("no", {"12.30": "on"})
    assert policy.enums.env == ("prod", "y", "010")


@pytest.mark.parametrize("variant", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_make_no_difference(variant: str, mark: str) -> None:
    loaded = load([Layer(mark + DEFAULT.replace("\n", variant), PACKAGED)])
    assert loaded.policy == _policy()
    assert loaded.origin == _load().origin


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("defaults: [\n", "BL104", 1),
        ("a: 1\n---\nb: 2\n", "BL106", 2),
        ("defaults: &x {}\n", "BL106", 1),
        ("version: 1\nversion: 1\n", "BL105", 2),
        ("- a\n", "BL109", 1),
        ("version: 1\x07\n", "BL108", 1),
        ("version: 1\n# \ud800\n", "BL101", 2),
    ],
)
def test_a_layer_that_cannot_be_read_is_reported_with_the_findings_of_the_others(
    text: str, code: str, line: int
) -> None:
    loaded = _load("defaults: {list_limit: -1}\n", text)
    assert loaded.policy is None
    assert sorted((one.code, one.line) for one in loaded.findings) == sorted([(code, line), ("BL402", 1)])
    assert {one.path for one in loaded.findings} == {OWN}


def test_a_list_may_be_longer_than_that_of_an_item() -> None:
    members = "".join(f"  - {{key: g{n}, type: ops, priority: low, heading: H{n}}}\n" for n in range(300))
    assert len(_policy(f"backlog_md:\n  groups:\n{members}").backlog_md.groups) == 300


# --- origins


def test_every_key_has_an_origin() -> None:
    assert list(_load().origin) == [field for field, _ in _leaves(POLICY)]


def test_the_origin_of_a_value_is_the_line_of_its_key_in_the_layer_that_sets_it() -> None:
    text = (
        "# ours\ndefaults:\n  env: dev\nworkflow:\n  allowed_transitions:\n    open: [done]\n"
        "backlog_md:\n  groups: []\n"
    )
    origin = _load(text).origin
    assert origin["defaults.env"] == f"{OWN}:3"
    assert origin["workflow.allowed_transitions"] == f"{OWN}:5"
    assert origin["backlog_md.groups"] == f"{OWN}:8"
    line = DEFAULT[: DEFAULT.index("  retention_days:")].count("\n") + 1
    assert origin["defaults.retention_days"] == f"{PACKAGED}:{line}"


# --- the table


def _records(shape: Shape) -> Iterator[Record]:
    if isinstance(shape, Record):
        yield shape
        for inner in shape.keys.values():
            yield from _records(inner)
    elif isinstance(shape, MapOf):
        yield from _records(shape.values)
    elif isinstance(shape, ListOf):
        yield from _records(shape.of)


def _leaves(shape: Record, above: str = "") -> Iterator[tuple[str, Shape]]:
    for key, inner in shape.keys.items():
        if isinstance(inner, Record):
            yield from _leaves(inner, f"{above}{key}.")
        else:
            yield f"{above}{key}", inner


@pytest.mark.parametrize("record", list(_records(POLICY)), ids=lambda one: one.makes.__name__)
def test_the_table_has_the_fields_of_the_values(record: Record) -> None:
    assert set(record.keys) == set(record.makes._fields)  # type: ignore[attr-defined]
    assert record.optional == set(record.makes._field_defaults)  # type: ignore[attr-defined]


def _nested(field: str, value: str) -> str:
    parts = field.split(".")
    lines = [f"{'  ' * depth}{part}:" for depth, part in enumerate(parts)]
    return "\n".join(lines) + f" {value}\n"


@pytest.mark.sampled(4)
@pytest.mark.parametrize("field", [field for field, _ in _leaves(POLICY)])
def test_no_key_takes_a_list_in_a_list(field: str) -> None:
    found = _load(_nested(field, "[[]]")).findings
    assert [(one.line, one.code) for one in found if one.field.startswith(field)][:1] == [
        (field.count(".") + 1, "BL402")
    ]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("field", [field for field, _ in _leaves(POLICY) if field != "backlog_md.preamble"])
def test_only_the_preamble_may_be_nothing(field: str) -> None:
    assert [one.field for one in _load(_nested(field, "~")).findings] == [field]
    assert _policy("backlog_md: {preamble: }\n").backlog_md.preamble == ""


# --- laws

VALUES = [
    "~",
    "[]",
    "{}",
    "5",
    "-5",
    "true",
    "no",
    "open",
    "P1",
    "[a, a]",
    "[open, P1]",
    "{a: b}",
    "{open: [done]}",
    '""',
    "[{}]",
]


@given(st.text(st.characters(), max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    loaded = _load(text)
    assert (loaded.policy is None) == any(one.is_error for one in loaded.findings)


@given(st.dictionaries(st.sampled_from([field for field, _ in _leaves(POLICY)]), st.sampled_from(VALUES), max_size=4))
def test_values_in_wrong_places_give_findings_or_a_policy(values: dict[str, str]) -> None:
    layers = [_nested(field, value) for field, value in values.items()]
    loaded = _load(*layers)
    assert (loaded.policy is None) == any(one.is_error for one in loaded.findings)
    assert all(one.path in (OWN, PACKAGED) and one.line and one.column and one.field for one in loaded.findings)


SECTIONS = re.split(r"^(?=[a-z_]+:)", DEFAULT, flags=re.MULTILINE)[1:]


@given(st.lists(st.sampled_from(SECTIONS), unique=True))
def test_a_layer_that_repeats_sections_of_the_default_changes_only_their_origin(sections: list[str]) -> None:
    loaded = _load("".join(sections))
    assert loaded.policy == _policy()
    names = {section.split(":")[0] for section in sections}
    assert {field.split(".")[0] for field, place in loaded.origin.items() if place.startswith(OWN)} == names


@given(st.text("abcdefghij .\n{}[]:,-#'\"", max_size=80), st.integers(0, len(DEFAULT)))
def test_no_text_inside_the_default_makes_the_reader_raise(text: str, at: int) -> None:
    loaded = load([Layer(DEFAULT[:at] + text + DEFAULT[at:], PACKAGED)])
    assert (loaded.policy is None) == any(one.is_error for one in loaded.findings)


def test_a_policy_can_be_taken_apart_into_plain_values() -> None:
    assert _policy().ownership._asdict() == {"default_owner": "oncall", "overrides": {}}
