"""Roles in the policy: what would protect less than it says is a finding at its place (ROBUSTNESS.md 2.5).

In the texts below ``▸`` stands before the character that the finding points at; it is not part of the text.
"""

from __future__ import annotations

import pytest

from backlogtool.app import packaged
from backlogtool.codec.policy import Layer, Loaded, load
from backlogtool.codec.policy_compiled import compiled, restored
from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Person, RoleRule

MARK = "▸"
OWN, ROLES = packaged.POLICY_PATH, packaged.ROLES_PATH


def _load(roles: str, own: str = "") -> Loaded:
    """The packaged default with a repository's policy and its file of roles."""
    layers = [Layer(packaged.policy_text(), "packaged"), Layer(own, OWN), Layer(roles, ROLES, "rbac")]
    return load([one for one in layers if one.text])


def _one(text: str, own: str = "") -> Finding:
    """The only finding, which must stand at the mark."""
    before = text[: text.index(MARK)]
    found = _load(text.replace(MARK, ""), own).findings
    assert len(found) == 1, [str(one) for one in found]
    place = (ROLES, before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (found[0].path, found[0].line, found[0].column) == place, str(found[0])
    return found[0]


FULL = """\
enforce: true
commits: signature
people:
  Ann Lee: {role: cto, emails: [ann@example.org, 1234+ann@users.noreply.example.org]}
  dependabot: {role: oncall, kind: bot, emails: ["49699333+dependabot[bot]@users.noreply.example.org"]}
allowed_signers: config/keys
rules:
- {name: leads_close, field: status, to: [done], leaving: [in_progress], roles: [cto], kinds: [person, agent]}
- {field: owner, kinds: [person]}
"""


def test_a_file_of_roles_holds_the_keys_of_the_section() -> None:
    loaded = _load(FULL, "version: 1\nrbac: {members: {Bob: oncall}}\n")
    assert loaded.findings == []
    assert loaded.policy is not None
    rules = loaded.policy.rbac
    assert (rules.enforce, rules.commits, rules.allowed_signers) == (True, "signature", "config/keys")
    assert rules.members == {"Bob": "oncall"}
    assert rules.people["Ann Lee"] == Person("cto", ("ann@example.org", "1234+ann@users.noreply.example.org"), "person")
    assert rules.people["dependabot"].kind == "bot"
    assert rules.rules == (
        RoleRule("status", ("done",), ("in_progress",), ("cto",), ("person", "agent"), "leads_close"),
        RoleRule("owner", kinds=("person",)),
    )
    assert rules.roles.keys() == {"cto", "oncall", "interface", "scheduler"}
    assert (loaded.origin["rbac.commits"], loaded.origin["rbac.members"]) == (f"{ROLES}:2", f"{OWN}:2")


def test_the_same_keys_in_the_policy_mean_the_same() -> None:
    indented = "rbac:\n" + "".join(f"  {line}\n" for line in FULL.splitlines())
    both = _load(FULL).policy, _load("", indented).policy
    assert both[0] == both[1] is not None


def test_it_is_kept_for_the_next_command() -> None:
    layers = [Layer(packaged.policy_text(), "packaged"), Layer(FULL, ROLES, "rbac")]
    loaded = load(layers)
    data = compiled(loaded, layers, "1")
    assert data is not None
    assert repr(restored(data, layers, "1")) == repr(loaded)
    assert restored(data, [layers[0], layers[1]._replace(section="")], "1") is None


@pytest.mark.parametrize("roles", ["", "# nothing yet\n", "\ufeffcommits: off\n", "commits: 'off'\r\n"])
def test_an_empty_file_and_a_byte_order_mark_change_nothing(roles: str) -> None:
    assert _load(roles).findings == []
    assert _load(roles).policy == _load("").policy


def test_a_key_in_both_files_is_refused_where_the_file_of_roles_has_it() -> None:
    finding = _one("enforce: false\n▸commits: off\n", "version: 1\nrbac:\n  commits: signature\n")
    assert (finding.code, finding.field) == ("BL403", "rbac.commits")
    assert finding.message == f"rbac.commits stands in {OWN} too, on line 3"
    assert _load("commits: off\n", "rbac:\n  commits: signature\n").policy is None


WRONG = {
    "a key of another section": ("▸version: 1\n", "BL401"),
    "the section itself": ("▸rbac: {enforce: true}\n", "BL401"),
    "a misspelt key": ("▸comits: signature\n", "BL401"),
    "commits that are true": ("commits: ▸true\n", "BL403"),
    "commits that are signed": ("commits: ▸signed\n", "BL403"),
    "enforce that is 1": ("enforce: ▸1\n", "BL402"),
    "one of the people without a role": ("people:\n  ann: ▸{emails: [a@x]}\n", "BL402"),
    "without an address": ("people:\n  ann: ▸{role: cto}\n", "BL402"),
    "with no address": ("people:\n  ann: {role: cto, emails: ▸[]}\n", "BL403"),
    "with an unknown role": ("people:\n  ann: {role: ▸boss, emails: [a@x]}\n", "BL403"),
    "with an unknown kind": ("people:\n  ann: {role: cto, emails: [a@x], kind: ▸robot}\n", "BL403"),
    "with any address": ("people:\n  ann: {role: cto, emails: [▸'*']}\n", "BL403"),
    "with every address of a domain": ("people:\n  ann: {role: cto, emails: [▸'*@x.org']}\n", "BL403"),
    "with a single letter left open": ("people:\n  ann: {role: cto, emails: [▸a?@x.org]}\n", "BL403"),
    "with two addresses in one": ("people:\n  ann: {role: cto, emails: [▸'a@x,b@x']}\n", "BL403"),
    "with a blank": ("people:\n  ann: {role: cto, emails: [▸'a@x b']}\n", "BL403"),
    "with brackets": ("people:\n  ann: {role: cto, emails: [▸'<a@x>']}\n", "BL403"),
    "with a letter of another alphabet": ("people:\n  ann: {role: cto, emails: [▸\u0430@x]}\n", "BL403"),
    "with one address twice": ("people:\n  ann: {role: cto, emails: [a@x, ▸a@x]}\n", "BL403"),
    "who is everybody": ("people:\n  ▸'*': {role: cto, emails: [a@x]}\n", "BL403"),
    "who is nobody": ("people:\n  ▸'': {role: cto, emails: [a@x]}\n", "BL402"),
    "an address of two": ("people:\n  a: {role: cto, emails: [a@x]}\n  b: {role: oncall, emails: [▸a@x]}\n", "BL403"),
    "in other letters": ("people:\n  a: {role: cto, emails: [a@x]}\n  b: {role: oncall, emails: [▸A@X]}\n", "BL403"),
    "a name twice": ("people:\n  a: {role: cto, emails: [a@x]}\n  ▸a: {role: cto, emails: [b@x]}\n", "BL105"),
    "keys outside config": ("allowed_signers: ▸items/keys\n", "BL403"),
    "keys above config": ("allowed_signers: ▸config/../items/keys\n", "BL403"),
    "keys anywhere": ("allowed_signers: ▸/etc/keys\n", "BL403"),
    "a rule about no field": ("rules: [{field: ▸stauts, to: [done], roles: [cto]}]\n", "BL403"),
    "about what never changes": ("rules: [{field: ▸id, roles: [cto]}]\n", "BL403"),
    "for everybody": ("rules: [▸{field: status, to: [done]}]\n", "BL403"),
    "for no role": ("rules: [{field: status, to: [done], roles: ▸[]}]\n", "BL403"),
    "for an unknown role": ("rules: [{field: status, to: [done], roles: [▸lead]}]\n", "BL403"),
    "for an unknown kind": ("rules: [{field: status, to: [done], kinds: [▸human]}]\n", "BL403"),
    "about a status that is none": ("rules: [{field: status, to: [▸dnoe], roles: [cto]}]\n", "BL403"),
    "that leaves a status that is none": ("rules: [{field: status, leaving: [▸x], roles: [cto]}]\n", "BL403"),
    "about a priority that is none": ("rules: [{field: priority, to: [P0, ▸P9], roles: [cto]}]\n", "BL403"),
    "about a category that is none": ("rules: [{field: category, to: [▸x], roles: [cto]}]\n", "BL403"),
    "about a list that is none": ("rules: [{field: list, to: [▸x], roles: [cto]}]\n", "BL403"),
    "about no value": ("rules: [{field: status, to: ▸[], roles: [cto]}]\n", "BL403"),
    "with an unknown key": ("rules: [{field: status, ▸from: [open], to: [done], roles: [cto]}]\n", "BL401"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_would_protect_less_than_it_says_is_refused(name: str) -> None:
    text, code = WRONG[name]
    finding = _one(text)
    assert (finding.code, finding.is_error) == (code, True)
    assert _load(text.replace(MARK, "")).policy is None


def test_who_is_one_of_the_people_and_a_member_is_told_where_the_stronger_file_says_it() -> None:
    finding = _one("people:\n  ▸ann: {role: oncall, emails: [a@x]}\n", "rbac: {members: {ann: cto}}\n")
    assert (finding.code, finding.message) == ("BL403", "'ann' stands in rbac.members and in rbac.people")


@pytest.mark.parametrize("asked", ["enforce: true", "commits: author", "commits: signature"])
def test_a_write_that_is_open_to_all_is_a_warning_where_roles_count(asked: str) -> None:
    finding = _one(
        f"{asked}\n▸entitlements: {{all: [create, upsert, set_status, add_comment, close, cleanup]}}\nroles: {{}}\n"
    )
    assert (finding.code, finding.severity) == ("BL406", "warning")
    assert (
        f"rbac.{asked.replace(':', ' is')}, but no entitlement names auto_generate_weekly, change_rules"
        in finding.message
    )


def test_an_unreadable_file_of_roles_leaves_no_policy() -> None:
    for text in ("- a\n", "enforce: [\n", "enforce: true\nenforce: false\n", "a\n"):
        assert _load(text).policy is None
        assert _load(text).findings[0].path == ROLES
