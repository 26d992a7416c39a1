"""Roles at the prompt: who may do what is shown as it is in force, and commands keep to it where the policy says so."""

from __future__ import annotations

import os

import pytest

from backlogtool.domain import rbac
from tests.cli.session import GATEWAY, ROUTER, Session, untouched

ROLES = "config/rbac.yml"
TEAM = """\
enforce: true
people:
  lee: {role: cto, emails: [lee@example.org]}
  dev: {role: oncall, emails: [dev@example.org]}
  helper: {role: oncall, emails: [helper@example.org], kind: agent}
rules:
- {name: leads_cancel, field: status, to: [canceled], roles: [cto]}
- {field: priority, to: [P0], roles: [cto]}
- {name: agents_do_not_start, field: status, to: [in_progress], kinds: [person]}
"""


@pytest.fixture
def team(cli: Session) -> Session:
    cli.repo.write(ROLES, TEAM)
    cli.repo.commit("roles")
    return cli


def refused(team: Session, actor: str, *words: str) -> str:
    """What a command that is refused says; it changes nothing."""
    with untouched(team.repo):
        return team("--actor", actor, *words, status=4).err


@pytest.mark.parametrize("actor", ["lee", "cto"])
def test_who_may_may(team: Session, actor: str) -> None:
    team("--actor", actor, "close", GATEWAY, "--status", "canceled")
    team("--actor", actor, "create", "Now", "P0")


@pytest.mark.parametrize(
    ("actor", "words", "said"),
    [
        (
            "dev",
            ("close", GATEWAY, "--status", "canceled"),
            "leads_cancel: status to canceled is for role cto; actor 'dev' is a person in the role oncall",
        ),
        ("dev", ("edit", GATEWAY, "--set", "priority=P0"), "priority to P0 is for role cto"),
        ("dev", ("create", "Now", "P0"), "priority to P0 is for role cto"),
        (
            "helper",
            ("set-status", GATEWAY, "in_progress"),
            "status to in_progress is for kind person; actor 'helper' is an agent in the role oncall",
        ),
        ("eve", ("set-status", GATEWAY, "in_progress"), "actor 'eve' lacks tools.backlog.write"),
        ("dev", ("layout", "sharded"), "actor 'dev' lacks tools.backlog.rules: this changes config/backlog_policy.yml"),
    ],
)
def test_who_may_not_is_told_why(team: Session, actor: str, words: tuple[str, ...], said: str) -> None:
    assert said in refused(team, actor, *words)
    assert said in refused(team, actor, *words, "--dry-run")


@pytest.mark.parametrize("words", [("edit", GATEWAY), ("edit", "--where", "service:gateway", "--yes")])
def test_a_move_takes_its_own_entitlement_whichever_command_makes_it(cli: Session, words: tuple[str, ...]) -> None:
    moves = "{r: [list, get], u: [upsert], moves: [set_status], ends: [close]}"
    roles = "{writer: [r, u], mover: [r, u, moves], lead: [r, u, moves, ends]}"
    cli.repo.write(ROLES, f"enforce: true\nentitlements: {moves}\nroles: {roles}\n")
    cli.repo.commit("roles")
    assert "actor 'writer' lacks moves: this moves " in refused(cli, "writer", *words, "--set", "status=in_progress")
    assert "actor 'mover' lacks ends: this moves " in refused(cli, "mover", *words, "--set", "status=canceled")
    cli("--actor", "writer", *words, "--set", "owner=bob")
    cli("--actor", "mover", *words, "--set", "status=in_progress")
    cli("--actor", "lead", *words, "--set", "status=canceled")


def test_what_is_allowed_beside_the_rules_goes_on(team: Session) -> None:
    team("--actor", "dev", "set-status", GATEWAY, "in_progress")
    team("--actor", "helper", "comment", GATEWAY, "Seen.")
    team("--actor", "dev", "edit", ROUTER, "--set", "priority=P1")  # from P0, which no rule keeps


def test_taking_back_is_held_to_both_directions(team: Session) -> None:
    team("--actor", "lee", "edit", GATEWAY, "--set", "priority=P0")
    assert "priority to P0 is for role cto" in refused(team, "dev", "undo")
    team("--actor", "lee", "undo")


def test_an_edit_by_hand_is_judged_from_what_was_committed(team: Session) -> None:
    team.hand_edit(GATEWAY, "priority: P1", "priority: P0")
    assert "priority to P0" in refused(team, "dev", "comment", GATEWAY, "Hm.", "--with-edits")


def test_without_enforce_no_rule_holds_a_command(team: Session) -> None:
    team.repo.write(ROLES, TEAM.replace("enforce: true", "enforce: false"))
    team.repo.commit("off")
    team("--actor", "eve", "create", "Now", "P0")
    team("--actor", "dev", "layout", "sharded")


# --- the file


def test_the_file_of_roles_is_read_where_the_policy_is(cli: Session) -> None:
    cli.repo.write(ROLES, "enforce: true\n")
    told = cli("config", "show", "rbac.enforce", "rbac.commits", "--origin").out
    assert f"rbac.enforce = true  ({ROLES}:1)" in told
    assert 'rbac.commits = "off"  (packaged default:' in told


def test_an_edit_of_it_counts_at_once(team: Session) -> None:
    """What is kept of the policy stands under the texts of both files."""
    assert team("list", status=4).status == 4  # ann is nobody here
    team.repo.write(ROLES, "enforce: false\n")
    team("list")
    (team.repo.root / ROLES).unlink()
    team("list")
    team.repo.write(ROLES, TEAM)
    team("list", status=4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("enforce: yes\n", "config/rbac.yml:1:10: error: rbac.enforce must be true or false, not 'yes' [BL402]"),
        ("enfroce: true\n", "config/rbac.yml:1:1: error: unknown key 'enfroce' in rbac [BL401]"),
        ("people: {}\npeople: {}\n", "config/rbac.yml:2:1: error:"),
        ("\ud800", "BL101"),
    ],
)
def test_a_file_that_cannot_be_used_stops_every_command_and_is_told(cli: Session, text: str, said: str) -> None:
    (cli.repo.root / ROLES).write_bytes(text.encode("utf-8", "surrogatepass"))
    told = cli("validate", status=1)
    assert said in told.out + told.err
    cli("create", "x", status=6)
    cli("config", "roles", status=6)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_in_its_place_is_not_passed_over(cli: Session, kind: str) -> None:
    place = cli.repo.root / ROLES
    if kind == "link":
        place.symlink_to("/etc/hostname")
    elif kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    assert cli.answer("list").status != 0
    assert cli.answer("validate").status != 0


# --- config roles


def test_the_matrix_is_shown_as_it_is_in_force(team: Session) -> None:
    told = team("config", "roles").out
    lines = [line.split() for line in told.splitlines()]
    assert lines[0] == ["Action", "cto", "oncall", "interface", "scheduler", "others"]
    assert [line[0] for line in lines[1:12]] == list(rbac.ACTIONS)
    assert ["close", "yes", "yes", "-", "-", "-"] in lines
    assert ["helper", "agent", "oncall", "helper@example.org"] in lines
    assert "Rule leads_cancel: status to canceled is for role cto" in told
    assert "Commands: the role of --actor decides" in told
    assert "Commits: nobody's role is looked at (rbac.commits is off)" in told


def test_it_is_there_as_json(team: Session) -> None:
    told = team("config", "roles", "--json").data
    assert (told["enforce"], told["commits"], told["members"]) == (True, "off", {})
    assert told["actions"]["change_rules"] == {
        "cto": True, "oncall": False, "interface": False, "scheduler": False, "": False,
    }  # fmt: skip
    assert told["people"]["helper"] == {"role": "oncall", "emails": ["helper@example.org"], "kind": "agent"}
    assert told["rules"][0]["says"] == "leads_cancel: status to canceled is for role cto"


def test_names_cannot_write_to_the_terminal(cli: Session) -> None:
    cli.repo.write(ROLES, 'members: {"a\\u001b[2Jb": cto}\n')
    answer = cli.answer("config", "roles")  # the session looks at what is printed
    assert answer.status in (0, 6)


def test_what_a_branch_changes_about_roles_is_told_in_sentences(team: Session) -> None:
    team.repo.git("tag", "base")
    team.repo.write(
        ROLES,
        TEAM.replace("dev: {role: oncall", "dev: {role: cto").replace(
            "- {field: priority, to: [P0], roles: [cto]}\n", ""
        )
        + "commits: signature\nentitlements: {all: [close]}\nroles: {cto: [all], oncall: [], interface: []}\n",
    )
    team.repo.write("config/allowed_signers", "# keys\nmallory@example.org ssh-ed25519 AAAA\n")
    team.repo.commit("change")
    lines = team("config", "roles", "--since", "base").out.splitlines()
    assert "- rule priority to P0 is for role cto" in lines
    assert "- oncall may close" in lines
    assert "+ others may change_rules" in lines
    assert "- dev is a person in the role oncall, by dev@example.org" in lines
    assert "+ dev is a person in the role cto, by dev@example.org" in lines
    assert "+ commits are held to roles by: signature" in lines
    assert "+ key mallory@example.org ssh-ed25519 AAAA" in lines
    assert not any("helper" in line or "cto may close" in line for line in lines)
    data = team("config", "roles", "--since", "base", "--json").data
    assert [f"- {one}" for one in data["lost"]] + [f"+ {one}" for one in data["gained"]] == lines
    assert team("config", "roles", "--since", "HEAD").out == "who may do what has not changed\n"
    team("config", "roles", "--since", "nowhere", status=3)


def test_doctor_names_the_file_that_is_broken_and_those_that_are_in_force(cli: Session) -> None:
    cli.repo.write(ROLES, "enforce: yes\n")
    told = cli.answer("doctor").out
    assert f"cause: an edit of {ROLES}" in told
    assert "an edit of config/backlog_policy.yml" not in told
    cli.repo.write(ROLES, "enforce: false\n")
    assert f"policy      config/backlog_policy.yml and {ROLES}" in cli.answer("doctor").out
    (cli.repo.root / "config/backlog_policy.yml").unlink()
    assert f"policy      {ROLES}" in cli.answer("doctor").out
