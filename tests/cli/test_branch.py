"""``--branch``: every write can be a commit for a pull request, and nothing of the person's moves."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from backlogtool.cli.helped import Helped
from backlogtool.cli.main import backlogtool
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


@pytest.mark.sampled(12)
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
    again = cli("assign", GATEWAY, "cto", f"--branch={name}")
    commit = cli.repo.git("rev-parse", name)[:10]
    assert again.err.splitlines()[0] == f"on branch {name}"
    assert again.err.splitlines()[-1] == f"undo: backlogtool undo {commit} --branch={name}"
    cli("undo", commit, f"--branch={name}")
    assert cli.repo.git("diff", "--stat", f"{name}~2", name) == ""


@pytest.mark.exhaustive
def test_json_names_the_branch_and_how_to_open_it(cli: Session) -> None:
    told = cli("comment", GATEWAY, "hello", "--branch=talk", "--json").data
    assert (told["branch"], told["open"]) == ("talk", {"push": None, "link": None})
    assert told["commit"] == cli.repo.git("rev-parse", "talk").strip()
    assert told["item"]["comments"][0]["text"] == "hello"
    cli.repo.git("remote", "add", "origin", "git@gitlab.com:g/r.git")
    for command in (("render", "--commit"), ("edit", "--where", "env:prod", "--set", "owner=zoe", "--yes")):
        told = cli(*command, "--branch=talk", "--json").data
        assert told["branch"] == "talk"
        assert told["open"]["push"] == "git push -u origin talk"
        assert told["open"]["link"].startswith("https://gitlab.com/g/r/-/merge_requests/new?")
    assert "branch" not in cli("comment", GATEWAY, "here", "--json").data


def test_a_dry_run_tells_the_branch_and_makes_none(cli: Session) -> None:
    before = snapshot(cli.repo)
    answer = cli("assign", GATEWAY, "cto", "--branch", "--dry-run")
    assert f"on branch backlog/{GATEWAY}-review-the-gateway, which would be new" in answer.err
    assert "+owner: cto" in answer.out
    told = cli("assign", GATEWAY, "cto", "--branch=side", "--dry-run", "--json").data
    assert (told["branch"], told["dry_run"]) == ("side", True)
    assert snapshot(cli.repo) == before


def test_what_stands_on_the_branch_is_read_and_its_rules_judge(cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress", "--branch=side")
    cli("close", GATEWAY, status=1)
    cli("close", GATEWAY, "--branch=side")
    cli("close", BILLING, "--branch=side", status=1)
    cli.repo.git("checkout", "--quiet", "side")
    cli.policy("enums:\n  env: [prod, staging, moon]\n")
    cli.repo.git("checkout", "--quiet", "main")
    cli("edit", ROUTER, "--set", "env=moon", "--branch=side")
    assert "moon" in cli("edit", ROUTER, "--set", "env=moon", status=2).err
    made = cli.create("Only there", "--branch=side")
    cli("show", made, status=3)
    cli("assign", made, "cto", "--branch=side")


def test_who_is_refused_for_what_stands_on_the_branch_is_told_so(cli: Session) -> None:
    cli.repo.git("branch", "side")
    made = cli.create("Only here")
    told = cli("assign", made, "cto", "--branch=side", status=3).err
    assert f"no item {made}" in told
    assert "by what is committed on the branch side, not by the files here" in told
    cli("set-status", GATEWAY, "in_progress")
    assert "on the branch side" in cli("close", GATEWAY, "--branch=side", status=1).err
    cli.hand_edit(BILLING, "status: open", "status: in_progress")
    assert "by what is committed, not by" in cli("close", BILLING, "--branch", status=1).err
    assert "--branch" not in cli("close", ROUTER, status=1).err


def test_edits_here_are_no_hindrance_and_do_not_go_along(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    cli("assign", GATEWAY, "cto", status=1)
    cli("assign", GATEWAY, "cto", "--branch=side")
    there = cli.repo.git("show", f"side:{cli.path(GATEWAY)}")
    assert "priority: P1" in there
    assert "owner: cto" in there
    assert "--with-edits" in cli("assign", GATEWAY, "bob", "--branch", "--with-edits", status=2).err


def test_what_changes_nothing_makes_no_branch(cli: Session) -> None:
    assert "nothing to change" in cli("assign", GATEWAY, "oncall", "--branch").out
    assert cli.repo.git("branch", "--list") == "* main\n"


@pytest.mark.exhaustive
def test_views_that_a_policy_renders_go_into_the_same_commit(cli: Session) -> None:
    cli("render", "--commit")
    cli.policy("views:\n  auto: true\n")
    cli("set-status", GATEWAY, "in_progress", "--branch=side")
    changed = cli.repo.git("diff", "--name-only", "main", "side").split()
    assert {"BACKLOG.md", "DASHBOARD.md", cli.path(GATEWAY)} <= set(changed)
    cli.repo.git("checkout", "--quiet", "side")
    cli("render", "--check")
    cli.repo.git("checkout", "--quiet", "main")
    cli("set-status", SEARCH, "in_progress")
    cli("render", "--check")


@pytest.mark.exhaustive
def test_a_view_without_a_mark_is_still_known_for_ours_after_a_write_elsewhere(cli: Session) -> None:
    cli.repo.write("templates/LIST.txt.j2", "{% for item in items %}{{ item.id }} {{ item.status }}\n{% endfor %}")
    cli.policy("views:\n  auto: true\n")
    cli.repo.commit("a template")
    cli("render", "--commit")
    cli("set-status", GATEWAY, "in_progress", "--branch=side")
    assert f"{GATEWAY} in_progress" in cli.repo.git("show", "side:LIST.txt")
    cli.hand_edit(BILLING, "status: open", "status: blocked")
    cli.repo.commit("by hand", "items")
    cli("set-status", SEARCH, "in_progress")
    assert f"{SEARCH} in_progress" in cli.repo.read("LIST.txt")


def test_rendering_needs_a_commit_to_be_on_a_branch(cli: Session) -> None:
    assert "--commit" in cli("render", "--branch=side", status=2).err


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("--branch", "Fix", "--priority", "P0", "it"), "Fix it"),
        (("--branch", "Fix", "it"), "Fix it"),
        (("--branch", "Fix it"), "Fix it"),
        (("--priority", "P0", "--branch", "Fix", "it"), "Fix it"),
        (("Fix", "it", "--branch", "--priority", "P0"), "Fix it"),
        (("Fix", "it", "--branch"), "Fix it"),
        (("--branch", "--", "--branch", "it"), "--branch it"),
        (("--branch=", "Fix", "it"), "Fix it"),
    ],
)
def test_no_word_is_taken_for_the_name_of_a_branch(words: tuple[str, ...], title: str, cli: Session) -> None:
    told = cli("create", "--json", *words).data
    assert told["item"]["title"] == title
    assert told["branch"].startswith(f"backlog/{told['item']['id']}")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "words",
    [
        ("--branch=side", "Patch", "it"),
        ("Patch", "it", "--branch=side"),
        ("Patch", "--branch=side", "it"),
        ("Patch", "it", "--branch=side", "--priority", "P1"),
        ("--branch=side", "--", "--branch", "Patch", "it"),
    ],
)
def test_a_name_stands_behind_the_sign(words: tuple[str, ...], cli: Session) -> None:
    assert cli("create", "--json", *words).data["branch"] == "side"


@pytest.mark.parametrize(
    "command",
    [
        ("create", "Patch", "--branch", "side"),
        ("create", "Patch", "--branch", "side", "it"),
        ("create", "--priority", "P1", "Patch", "--branch", "-"),
        ("comment", GATEWAY, "--branch", "side"),
        ("undo", "HEAD", "--branch", "side"),
    ],
)
def test_a_word_that_may_be_a_name_or_one_of_the_others_is_refused(command: tuple[str, ...], cli: Session) -> None:
    word = command[command.index("--branch") + 1]
    told = cli(*command, status=2).err
    assert f"'{word}' follows --branch" in told
    assert f"--branch={word}" in told
    assert cli.repo.git("branch", "--list") == "* main\n"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("set-status", "--branch", "side", GATEWAY, "in_progress"), 2),
        (("set-status", GATEWAY, "in_progress", "--branch", "side"), 2),
        (("assign", "--branch", "side", GATEWAY), 3),
        (("close", "--branch", "side", GATEWAY), 2),
    ],
)
def test_who_means_a_name_where_words_are_counted_is_told_how(
    command: tuple[str, ...], status: int, cli: Session
) -> None:
    assert "--branch=NAME" in cli(*command, status=status).err
    assert cli.repo.git("branch", "--list") == "* main\n"


def test_an_item_may_follow_branch(cli: Session) -> None:
    assert cli("set-status", "--branch", GATEWAY, "in_progress", "--json").data["branch"].startswith("backlog/")
    assert cli("assign", GATEWAY, "--branch", "cto", "--json").data["branch"].startswith("backlog/")


def test_what_is_the_value_of_another_option_is_no_branch(cli: Session) -> None:
    before = cli.repo.head()
    cli("assign", GATEWAY, "cto", "--message", "--branch")
    assert cli.repo.git("log", "--format=%b", f"{before}..main").startswith("--branch\n")


@pytest.mark.parametrize("name", ["a..b", "-x", "--", "refs/heads/x"])
def test_a_name_that_no_branch_can_have_is_refused(name: str, cli: Session) -> None:
    assert "cannot be the name" in cli("assign", GATEWAY, "cto", f"--branch={name}", status=2).err


def _is_offered(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and "--branch" in param.opts and not param.hidden


def test_every_write_takes_a_name_in_the_same_form() -> None:
    context = click.Context(backlogtool)
    commands = [backlogtool.get_command(context, name) for name in backlogtool.list_commands(context)]
    writes = [one for one in commands if one and any(_is_offered(param) for param in one.params)]
    assert len(writes) > 10
    for one in writes:
        assert isinstance(one, Helped)
        assert "--branch[=NAME]" in one.get_help(click.Context(one))


def test_nothing_is_refused_while_tab_is_pressed() -> None:
    from backlogtool.cli.create import command

    line = ["Patch", "--branch", "the", "gateway"]
    params = command.make_context("create", line, resilient_parsing=True).params
    assert params["words"] == ("Patch", "the", "gateway")


def test_a_branch_may_have_the_name_of_an_item_where_it_is_said_to_be_one(cli: Session) -> None:
    assert cli("assign", GATEWAY, "cto", f"--branch={GATEWAY}", "--json").data["branch"] == GATEWAY


def test_the_branch_that_is_checked_out_needs_no_option(cli: Session) -> None:
    assert "leave out --branch" in cli("assign", GATEWAY, "cto", "--branch=main", status=5).err


def test_the_branch_that_pull_requests_go_into_is_none_for_them(cli: Session) -> None:
    """What would be printed to open one pushes straight to it."""
    cli.repo.git("remote", "add", "origin", "https://github.com/o/r")
    cli.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    cli.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    cli.repo.git("switch", "--quiet", "--create", "topic")
    told = cli("assign", GATEWAY, "cto", "--branch=main", status=1).err
    assert "main is the branch that pull requests go into" in told
    assert "git switch main" in told
    cli("assign", GATEWAY, "cto", "--branch=other")


def test_who_means_a_commit_by_the_name_gets_no_branch_of_that_name(cli: Session) -> None:
    """``undo --branch=COMMIT`` would undo another commit than was said."""
    cli("assign", GATEWAY, "cto")
    commit = cli.repo.head()[:10]
    cli("assign", BILLING, "cto")
    assert f"already means the commit {commit}" in cli("undo", f"--branch={commit}", status=2).err
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
    empty("create", "The first", f"--branch={told['branch']}")
    assert empty.repo.git("ls-files") == "README.md\n"


def test_hooks_that_did_not_run_are_named(cli: Session) -> None:
    cli.repo.git("config", "core.hooksPath", ".git/hooks")
    cli.repo.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n").chmod(0o755)
    assert "hooks have not run: pre-commit" in cli("assign", GATEWAY, "cto", "--branch").err


@pytest.mark.exhaustive
def test_the_branch_merges_back_and_tells_one_story(cli: Session) -> None:
    base = cli.repo.head()
    cli("set-status", GATEWAY, "in_progress", "--branch=side")
    cli("close", GATEWAY, "--branch=side")
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
