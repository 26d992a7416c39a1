"""What the commands commit is this person's to commit: each command's commit needs the rights that the manual tells."""

from __future__ import annotations

import re

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from tests.app.test_generating import AR, OVERDUE, SLO, digest, service
from tests.cli.session import GATEWAY, Session

ROLES = """\
commits: author
entitlements:
  creating: [create]
  editing: [upsert]
  moving: [set_status]
  closing: [close]
  commenting: [add_comment]
  generating: [auto_generate_weekly]
  cleaning: [cleanup]
  ruling: [change_rules]
roles: {none: []}
people: {ann: {role: none, emails: [ann@example.org]}}
"""


def lacking(cli: Session, base: str) -> set[str]:
    """The entitlements that somebody without any lacks for what came after a commit."""
    found = validate_between(Workspace.open(cli.repo.root, environment={}), base, "HEAD")
    return {match[1] for one in found if one.code == "BL321" and (match := re.search(r"lacks (\w+)$", one.message))}


def roles(cli: Session) -> str:
    cli.repo.write("config/rbac.yml", ROLES)
    return cli.repo.commit("roles")


COMMANDS = {
    ("create", "One", "P1"): {"creating"},
    ("upsert", "--dedupe-key", "k", "--title", "T"): {"creating"},
    ("upsert", "--dedupe-key", f"key:{GATEWAY}", "--title", "T"): {"editing"},
    ("edit", GATEWAY, "--set", "title=T"): {"editing"},
    ("assign", GATEWAY, "bob"): {"editing"},
    ("set-status", GATEWAY, "in_progress"): {"moving"},
    ("set-status", GATEWAY, "canceled"): {"closing"},
    ("close", GATEWAY, "--status", "canceled"): {"closing"},
    ("comment", GATEWAY, "Well."): {"commenting"},
    ("layout", "sharded"): {"ruling"},
    ("render",): set[str](),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_commands_commit_needs_what_the_command_is_called(cli: Session, words: tuple[str, ...]) -> None:
    base = roles(cli)
    cli(*words)
    if words[0] != "render":
        assert cli.repo.head() != base
    assert lacking(cli, base) == COMMANDS[words]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("words", [one for one in COMMANDS if one[0] not in ("render", "layout")], ids=" ".join)
def test_to_undo_it_needs_the_same(cli: Session, words: tuple[str, ...]) -> None:
    roles(cli)
    cli(*words)
    done = cli.repo.head()
    cli("undo")
    assert lacking(cli, done) == COMMANDS[words]


@pytest.mark.exhaustive
def test_a_weekly_run_needs_to_generate_and_nothing_else(backlog: Session) -> None:
    """Also where it brings an item up to date that it made before (R-071, R-174)."""
    digest(backlog, service("gateway", AR), service("billing", SLO))
    base = roles(backlog)
    backlog("generate", "weekly")
    assert lacking(backlog, base) == {"generating"}
    digest(backlog, service("gateway", AR, OVERDUE, evidence_refs={"alerts": ["al_2"]}))
    made = backlog.repo.head()
    backlog("generate", "weekly")
    assert backlog.repo.head() != made
    assert "generating" in lacking(backlog, made)
    backlog.repo.write("config/rbac.yml", ROLES.replace("none: []", "none: [generating]"))
    changed = backlog.repo.commit("may generate")
    digest(backlog, service("gateway", AR, evidence_refs={"alerts": ["al_3"]}))
    backlog("generate", "weekly")
    assert lacking(backlog, changed) == set()
    backlog("edit", next(iter(backlog("list", "--format", "ids").out.split())), "--set", "owner=bob")
    assert lacking(backlog, changed) == {"editing"}


def test_a_deletion_by_hand_needs_to_clean_up(cli: Session) -> None:
    base = roles(cli)
    cli.repo.git("rm", "--quiet", cli.path(GATEWAY))
    cli.repo.commit("gone")
    assert lacking(cli, base) == {"cleaning"}
