"""A hostile policy is refused at its line and column and weakens nothing in silence (ROBUSTNESS.md 2.5)."""

from __future__ import annotations

import time

import pytest

from backlogtool.app import packaged
from backlogtool.codec.policy import Layer, load
from tests.hostile.case import whole

_PATHS = {
    "leads up": "../TODO.md", "leads up inside": "docs/../../TODO.md", "leads from the root": "/etc/cron.d/x",
    "leads into git": ".git/hooks/post-commit", "leads into git, in capitals": ".GIT/config",
    "leads into git below": "docs/.git/config", "leads into git with a dot": ".git./config",
    "leads into git with a joiner": ".g\u200dit/config", "leads into the items": "items/bl_000000000000.md",
    "leads into the items, in capitals": "ITEMS/x.md", "is the policy": "config/backlog_policy.yml",
    "is a template": "templates/x.md.j2", "is of Windows": "docs\\TODO.md", "is a drive": "C:TODO.md",
    "is here": ".", "has an empty part": "docs//TODO.md", "ends with a slash": "docs/",
}  # fmt: skip
#: class -> what it is -> text, codes. ``▸`` stands before what each finding points at.
POLICIES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "a key": {
        "unknown": ("▸signers: 0", ("BL401",)),
        "misspelt": ("defaults: {▸priorty: P0}", ("BL401",)),
        "of a look-alike": ("▸defаults: {}", ("BL112",)),
        "twice": ("version: 1\n▸version: 1", ("BL105",)),
        "twice, quoted, below": ("rbac:\n  enforce: true\n  ▸'enforce': false", ("BL105",)),
        "hidden by a line separator": ("todo: {title: x}▸\u2028rbac: {enforce: false}", ("BL108",)),
        "merged": ("rbac:\n  ▸<<: {enforce: false}", ("BL106",)),
        "in another document": ("version: 1\n▸--- \nrbac: {enforce: false}", ("BL106",)),
        "by an alias": ("todo: {title: ▸&a x}\nbacklog_md: {title: *a}", ("BL106",)),
        "with a tag": ("rbac: ▸!!python/object:os.system {}", ("BL106",)),
    },
    "a number": {
        "is true": ("todo: {batch_size: ▸true}", ("BL402",)),
        "is in quotes": ('todo: {batch_size: ▸"5"}', ("BL402",)),
        "is nothing": ("todo: {batch_size: ▸~}", ("BL402",)),
        "is zero where one is the least": ("todo: {batch_size: ▸0}", ("BL402",)),
        "is no day": ("defaults: {retention_days: ▸0}", ("BL402",)),
        "is below zero": ("dashboard: {overdue_rows: ▸-1}", ("BL402",)),
        "is a fraction": ("todo: {batch_size: ▸1.5}", ("BL402",)),
        "is not a number": ("todo: {batch_size: ▸.nan}", ("BL402",)),
        "is octal": ("todo: {batch_size: ▸010}", ("BL402",)),
        "is base sixty": ("todo: {batch_size: ▸1:30}", ("BL402",)),
        "has 19 digits": (f"defaults: {{list_limit: ▸{'9' * 19}}}", ("BL402",)),
        "has 5,000 digits": (f"defaults: {{list_limit: ▸{'9' * 5000}}}", ("BL402",)),
        "leads out of the calendar": ("categories: {security: {priority: P1, due_days: ▸9999999, title: x}}\n"
                                      "backlog_md: {category_types: {}}\ngeneration: {rules: []}", ("BL402",)),
        "is another version": ("version: ▸2", ("BL402",)),
        "is a version that is true": ("version: ▸true", ("BL402",)),
    },
    "a switch": {
        "is one": ("rbac: {enforce: ▸1}", ("BL402",)),
        "is no": ("rbac: {enforce: ▸no}", ("BL402",)),
        "is in quotes": ('rbac: {enforce: ▸"true"}', ("BL402",)),
        "is nothing": ("rbac:\n  enforce:▸", ("BL402",)),
    },
    "a role": {
        "may everything": ('rbac: {roles: {cto: [▸"*"]}}', ("BL403",)),
        "holds a role": ("rbac: {roles: {a: [▸b], b: [▸a]}}", ("BL403", "BL403")),
        "holds itself": ("rbac: {roles: {a: [▸a]}}", ("BL403",)),
        "is unknown": ("rbac: {members: {mallory: ▸root}}", ("BL403",)),
        "is for nobody": ('rbac: {members: {▸"": cto}}', ("BL402",)),
        "has an entitlement of anything": ('rbac: {entitlements: {▸"*": [list]}, roles: {}, members: {}}', ("BL403",)),
        "is a list": ("rbac: {roles: ▸[cto]}", ("BL402",)),
        "has an entitlement to a misspelt action": (
            "rbac: {entitlements: {a: [list, ▸craete]}, roles: {cto: [a]}}", ("BL403",)
        ),
        "has an entitlement to any action": ('rbac: {entitlements: {a: [▸"*"]}, roles: {cto: [a]}}', ("BL403",)),
    },
    "a rule": {
        "with an expression": ("generation: {rules: [{name: a, category: security, when: {x: {▸matches: (a+)+$}}}]}",
                               ("BL403",)),
        "with code": ("generation: {rules: [{name: a, category: security, when: ▸'__import__(\"os\")'}]}", ("BL402",)),
        "that always holds": ("generation: {rules: [{name: a, category: security, when: ▸{}}]}", ("BL403",)),
        "with text as a limit": ("generation: {rules: [{name: a, category: security, when: {x: {gt: ▸y}}}]}",
                                 ("BL403",)),
        "for a category that is none": ("generation: {rules: [{name: a, category: ▸x, when: {a: 1}}]}", ("BL403",)),
        "of the same name": ("generation: {rules: [{name: a, category: security, when: {a: 1}},\n"
                             "  {name: ▸a, category: security, when: {a: 2}}]}", ("BL403",)),
    },
    "a workflow": {
        "with a status that is none": ("workflow: {closed_statuses: [▸gone]}", ("BL403",)),
        "that leads to a status that is none": ("workflow: {allowed_transitions: {open: [▸gone], in_progress: [], "
                                                "blocked: [], done: [], canceled: []}}", ("BL403",)),
        "that trusts what is squashed": ("workflow: {squashed: ▸any}", ("BL403",)),
    },
    "a text": {
        "that ends the comment it stands in": ("backlog_md: {preamble: ▸'--> <script>'}", ("BL403",)),
        "that is a template of Python": ("commit: {subject: ▸'{summary.__class__}'}", ("BL403",)),
        "that leaves out what it must say": ("commit: {subject: ▸'x'}", ("BL403",)),
        "of two lines": ("todo: {title: ▸\"a\\nb\"}", ("BL402",)),
        "that ends a tag": ("backlog_md: {types: [▸'a]b']}", ("BL403",)),
        "with an override by escape": ("todo: {title: ▸\"\\u202e\"}", ("BL108",)),
        "that is a key of all items": ("dedupe: {key_format: ▸'{id}'}", ("BL403",)),
    },
    "a file": {
        "of brackets": (f"a: {'[' * 7}▸[{'[' * 50_000}", ("BL107",)),
        "of a list": ("▸- version", ("BL109",)),
        "of one text": ("▸x", ("BL109",)),
        "of merges": ("a: ▸&a {x: 1}\nb: &b {<<: [*a, *a]}", ("BL106",)),
        "of too many groups": (f"todo: {{group_order: [{'file, ' * 1000}▸file]}}", ("BL107",)),
        "with a directive": ("▸%YAML 1.1\n---\nversion: 1", ("BL106",)),
        "with NUL": ("version: 1▸\0", ("BL108",)),
        "with half a character": ("version: 1 # ▸\ud800", ("BL101",)),
    },
    "a path that": {what: (f"todo: {{file: ▸{path!r}}}", ("BL403",)) for what, path in _PATHS.items()},
    "a folder of digests that": {
        what: (f"generation: {{digest_dir: ▸{path!r}}}", ("BL403",))
        for what, path in _PATHS.items()
        if what in ("leads up", "leads from the root", "leads into git", "leads into the items", "is of Windows")
    },
}  # fmt: skip
TABLE = {f"{kind} {name}": one for kind, some in POLICIES.items() for name, one in some.items()}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "codes"), TABLE.values(), ids=TABLE)
def test_a_policy_is_refused_at_its_place(text: str, codes: tuple[str, ...]) -> None:
    wanted = sorted(_places(text, codes))
    start = time.process_time()
    loaded = load([Layer(packaged.policy_text(), "default"), Layer(text.replace("▸", ""), "mine")])
    assert time.process_time() - start < 2
    assert loaded.policy is None
    assert sorted(f"{one.line}:{one.column} {one.code}" for one in loaded.findings if one.is_error) == wanted
    assert {one.path for one in loaded.findings if one.is_error} == {"mine"}


def _places(text: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    return whole("", text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"), *codes).told
