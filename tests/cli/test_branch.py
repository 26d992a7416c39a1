"""``--branch``: every write can be a commit for a pull request, and nothing of the person's moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, NOW, ROUTER, SEARCH, Session, snapshot
from tests.crash.crashes import COMMANDS, copy, do
from tests.crash.crashes import template as prepared
from tests.repositories import Repo

#: The commands that take it; edits of the work tree cannot be taken along.
WRITES = {name: command for name, command in COMMANDS.items() if "--with-edits" not in command and name != "init"}
_RANDOM = ("create",)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backlog beside which a person has begun everything that can be begun."""
    return prepared(tmp_path_factory.mktemp("begun") / "repo", dirty=True)


def here(repo: Repo) -> dict[str, object]:
    """All that is the person's: files, index, HEAD, their branch, and what git says of them."""
    files: dict[str, object] = {
        path: data for path, data in snapshot(repo).items() if not path.startswith(".git/refs/")
    }
    status = repo.git("--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
    return files | {"status": status, "log": (repo.root / ".git/logs/HEAD").read_bytes()}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_on_a_branch_makes_the_commit_that_it_makes_where_all_is_clean(
    name: str, begun: Path, tmp_path: Path
) -> None:
    """And whatever a person has begun stays as it is, to the last byte."""
    repo, clean = copy(begun, tmp_path / "begun"), copy(begun, tmp_path / "clean")
    clean.git("reset", "--quiet", "--hard")
    clean.git("clean", "--quiet", "--force", "-d")
    assert do(clean, COMMANDS[name]) == 0
    before = here(repo)
    assert do(repo, (*COMMANDS[name], "--branch=side")) == 0
    assert here(repo) == before
    assert repo.git("rev-parse", "side^") == repo.git("rev-parse", "HEAD")
    if name not in _RANDOM:
        assert repo.git("rev-parse", "side^{tree}") == clean.git("rev-parse", "HEAD^{tree}")
        assert repo.git("log", "-1", "--format=%B%an%ad", "side") == clean.git("log", "-1", "--format=%B%an%ad")
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_what_is_told_is_the_branch_the_push_the_page_and_the_way_back(cli: Session) -> None:
    cli.repo.git("remote", "add", "origin", "https://ann:s3cret@github.com/o/r.git")
    answer = cli("set-status", GATEWAY, "in_progress", "--branch")
    name = f"backlog/{GATEWAY}-review-the-gateway"
    assert answer.out.startswith(f"{GATEWAY} open -> in_progress  [")
    assert answer.err.splitlines() == [
        f"on the new branch {name}",
        f"to open a pull request: git push -u origin {name}",
        f"and then: https://github.com/o/r/compare/main...{name}?expand=1",
        f"undo: git branch -D {name}",
    ]
    assert cli.item(GATEWAY)["status"] == "open"
    again = cli("assign", GATEWAY, "cto", "--branch", name)
    commit = cli.repo.git("rev-parse", name)[:10]
    assert again.err.splitlines()[0] == f"on branch {name}"
    assert again.err.splitlines()[-1] == f"undo: backlogtool undo {commit} --branch={name}"
    cli("undo", commit, "--branch", name)
    assert cli.repo.git("diff", "--stat", f"{name}~2", name) == ""


def test_json_names_the_branch_and_how_to_open_it(cli: Session) -> None:
    told = cli("comment", GATEWAY, "hello", "--branch", "talk", "--json").data
    assert (told["branch"], told["open"]) == ("talk", {"push": None, "link": None})
    assert told["commit"] == cli.repo.git("rev-parse", "talk").strip()
    assert told["item"]["comments"][0]["text"] == "hello"
    cli.repo.git("remote", "add", "origin", "git@gitlab.com:g/r.git")
    for command in (("render", "--commit"), ("edit", "--where", "env:prod", "--set", "owner=zoe", "--yes")):
        told = cli(*command, "--branch", "talk", "--json").data
        assert told["branch"] == "talk"
        assert told["open"]["push"] == "git push -u origin talk"
        assert told["open"]["link"].startswith("https://gitlab.com/g/r/-/merge_requests/new?")
    assert "branch" not in cli("comment", GATEWAY, "here", "--json").data


def test_a_dry_run_tells_the_branch_and_makes_none(cli: Session) -> None:
    before = snapshot(cli.repo)
    answer = cli("assign", GATEWAY, "cto", "--branch", "--dry-run")
    assert f"on branch backlog/{GATEWAY}-review-the-gateway, which would be new" in answer.err
    assert "+owner: cto" in answer.out
    told = cli("assign", GATEWAY, "cto", "--branch", "side", "--dry-run", "--json").data
    assert (told["branch"], told["dry_run"]) == ("side", True)
    assert snapshot(cli.repo) == before


def test_what_stands_on_the_branch_is_read_and_its_rules_judge(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress", "--branch", "side")
    cli("close", GATEWAY, status=1)
    cli("close", GATEWAY, "--branch", "side")
    cli("close", BILLING, "--branch", "side", status=1)
    cli.repo.git("checkout", "--quiet", "side")
    cli.policy("enums:\n  env: [prod, staging, moon]\n")
    cli.repo.git("checkout", "--quiet", "main")
    cli("edit", ROUTER, "--set", "env=moon", "--branch", "side")
    assert "moon" in cli("edit", ROUTER, "--set", "env=moon", status=2).err
    made = cli.create("Only there", "--branch", "side")
    cli("show", made, status=3)
    cli("assign", made, "cto", "--branch", "side")


def test_who_is_refused_for_what_stands_on_the_branch_is_told_so(cli: Session) -> None:
    cli.repo.git("branch", "side")
    made = cli.create("Only here")
    told = cli("assign", made, "cto", "--branch", "side", status=3).err
    assert f"no item {made}" in told
    assert "by what is committed on the branch side, not by the files here" in told
    cli("set-status", GATEWAY, "in_progress")
    assert "on the branch side" in cli("close", GATEWAY, "--branch", "side", status=1).err
    cli.hand_edit(BILLING, "status: open", "status: in_progress")
    assert "by what is committed, not by" in cli("close", BILLING, "--branch", status=1).err
    assert "--branch" not in cli("close", ROUTER, status=1).err


def test_edits_here_are_no_hindrance_and_do_not_go_along(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    cli("assign", GATEWAY, "cto", status=1)
    cli("assign", GATEWAY, "cto", "--branch", "side")
    there = cli.repo.git("show", f"side:{cli.path(GATEWAY)}")
    assert "priority: P1" in there
    assert "owner: cto" in there
    assert "--with-edits" in cli("assign", GATEWAY, "bob", "--branch", "--with-edits", status=2).err


def test_what_changes_nothing_makes_no_branch(cli: Session) -> None:
    assert "nothing to change" in cli("assign", GATEWAY, "oncall", "--branch").out
    assert cli.repo.git("branch", "--list") == "* main\n"


def test_views_that_a_policy_renders_go_into_the_same_commit(cli: Session) -> None:
    cli("render", "--commit")
    cli.policy("views:\n  auto: true\n")
    cli("set-status", GATEWAY, "in_progress", "--branch", "side")
    changed = cli.repo.git("diff", "--name-only", "main", "side").split()
    assert {"BACKLOG.md", "DASHBOARD.md", cli.path(GATEWAY)} <= set(changed)
    cli.repo.git("checkout", "--quiet", "side")
    cli("render", "--check")
    cli.repo.git("checkout", "--quiet", "main")
    cli("set-status", SEARCH, "in_progress")
    cli("render", "--check")


def test_a_view_without_a_mark_is_still_known_for_ours_after_a_write_elsewhere(cli: Session) -> None:
    cli.repo.write("templates/LIST.txt.j2", "{% for item in items %}{{ item.id }} {{ item.status }}\n{% endfor %}")
    cli.policy("views:\n  auto: true\n")
    cli.repo.commit("a template")
    cli("render", "--commit")
    cli("set-status", GATEWAY, "in_progress", "--branch", "side")
    assert f"{GATEWAY} in_progress" in cli.repo.git("show", "side:LIST.txt")
    cli.hand_edit(BILLING, "status: open", "status: blocked")
    cli.repo.commit("by hand", "items")
    cli("set-status", SEARCH, "in_progress")
    assert f"{SEARCH} in_progress" in cli.repo.read("LIST.txt")


def test_rendering_needs_a_commit_to_be_on_a_branch(cli: Session) -> None:
    assert "--commit" in cli("render", "--branch", "side", status=2).err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("close", "--branch", GATEWAY), ("follows --branch", "--branch=NAME")),
        (("close", "--branch", GATEWAY[:7]), ("follows --branch",)),
        (("create", "--branch", "Patch the gateway"), ("follows --branch",)),
        (("create", "--branch", "Patch", "the", "gateway"), ("'Patch' follows --branch", "--branch=NAME")),
        (("create", "--branch", "-"), ("follows --branch",)),
        (("create", "--branch", "side", "-"), ("follows --branch",)),
        (("set-status", "--branch", "side", GATEWAY, "in_progress"), ("'side' follows --branch",)),
        (("assign", GATEWAY, "cto", "--branch", "a..b"), ("cannot be the name",)),
    ],
)
def test_a_word_that_slipped_behind_branch_is_no_name(
    command: tuple[str, ...], words: tuple[str, ...], cli: Session
) -> None:
    told = cli(*command, status=2).err
    assert all(word in told for word in words)
    assert cli.repo.git("branch", "--list") == "* main\n"


@pytest.mark.parametrize(
    "command",
    [
        ("--branch=side", "Patch", "it"),
        ("Patch", "it", "--branch", "side"),
        ("Patch", "it", "--branch", "side", "--priority", "P1"),
        ("--branch=side", "--", "--branch", "Patch", "it"),
    ],
)
def test_a_name_that_is_meant_is_taken(command: tuple[str, ...], cli: Session) -> None:
    assert cli("create", "--json", *command).data["branch"] == "side"


def test_a_slip_is_not_told_while_tab_is_pressed() -> None:
    from backlogtool.cli.create import command

    line = ["--branch", "Patch", "the", "gateway"]
    assert command.make_context("create", line, resilient_parsing=True).params["words"] == ("the", "gateway")


def test_a_branch_may_have_the_name_of_an_item_where_it_is_said_to_be_one(cli: Session) -> None:
    assert cli("assign", GATEWAY, "cto", f"--branch={GATEWAY}", "--json").data["branch"] == GATEWAY


def test_the_branch_that_is_checked_out_needs_no_option(cli: Session) -> None:
    assert "leave out --branch" in cli("assign", GATEWAY, "cto", "--branch", "main", status=5).err


def test_the_branch_that_pull_requests_go_into_is_none_for_them(cli: Session) -> None:
    """What would be printed to open one pushes straight to it."""
    cli.repo.git("remote", "add", "origin", "https://github.com/o/r")
    cli.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    cli.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    cli.repo.git("switch", "--quiet", "--create", "topic")
    told = cli("assign", GATEWAY, "cto", "--branch", "main", status=1).err
    assert "main is the branch that pull requests go into" in told
    assert "git switch main" in told
    cli("assign", GATEWAY, "cto", "--branch", "other")


def test_who_means_a_commit_by_the_name_gets_no_branch_of_that_name(cli: Session) -> None:
    """``undo --branch COMMIT`` would undo another commit than was said."""
    cli("assign", GATEWAY, "cto")
    commit = cli.repo.head()[:10]
    cli("assign", BILLING, "cto")
    assert f"already means the commit {commit}" in cli("undo", "--branch", commit, status=2).err
    cli("undo", commit, "--branch")
    assert cli.repo.git("branch", "--list", commit) == ""


def test_in_the_middle_of_a_merge_nothing_is_begun(cli: Session) -> None:
    cli.repo.write(".git/MERGE_HEAD", f"{cli.repo.head()}\n")
    assert "in the middle of a merge" in cli("assign", GATEWAY, "cto", "--branch", status=7).err
    assert cli.repo.git("branch", "--list") == "* main\n"


def test_a_bare_repository_says_that_it_is_one(cli: Session, tmp_path: Path) -> None:
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    told = Session(Repo(tmp_path / "bare.git"))("assign", GATEWAY, "cto", "--branch", status=7).err
    assert "bare repository" in told


def test_without_a_commit_there_is_no_branch(empty: Session) -> None:
    assert "no commit yet" in empty("init", "--branch", status=3).err


def test_a_backlog_can_begin_in_a_pull_request(empty: Session) -> None:
    empty.repo.write("README.md", "here\n")
    empty.repo.commit("base", ".")
    told = empty("init", "--branch", "--json").data
    assert told["branch"] == "backlog/init"
    empty("create", "The first", "--branch", told["branch"])
    assert empty.repo.git("ls-files") == "README.md\n"


def test_hooks_that_did_not_run_are_named(cli: Session) -> None:
    cli.repo.git("config", "core.hooksPath", ".git/hooks")
    cli.repo.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n").chmod(0o755)
    assert "hooks have not run: pre-commit" in cli("assign", GATEWAY, "cto", "--branch").err


def test_the_branch_merges_back_and_tells_one_story(cli: Session) -> None:
    base = cli.repo.head()
    cli("set-status", GATEWAY, "in_progress", "--branch", "side")
    cli("close", GATEWAY, "--branch", "side")
    cli("edit", GATEWAY, "--set", "priority=P0")
    cli.repo.git("merge", "--quiet", "--no-edit", "side")
    assert cli("validate", "--since", base).out == ""
    assert sorted(one["type"] for one in cli.events(GATEWAY)) == [
        "auto_update",
        "created",
        "status_change",
        "status_change",
    ]
    assert json.loads(cli("show", GATEWAY, "--json").out)["data"]["item"]["closed_at"] == NOW
