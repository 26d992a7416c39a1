"""What a person is told where something does not go: the way on that is named is one that the tool takes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, ROUTER, Session, item_text, touched, untouched
from tests.cli.test_branch import here as standing
from tests.cli.test_pull_requests import clone
from tests.repositories import Repo

TAKEN = "bl_aaaaaaaaaaaa"
FILE = f"items/{TAKEN}.md"


@pytest.fixture
def pair(cli: Session, tmp_path: Path) -> tuple[Session, Session]:
    """Ann's and Bob's clones of one bare repository."""
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    return clone(tmp_path, "Ann Author"), clone(tmp_path, "Bob Builder")


def hint(words: str) -> str:
    """What follows ``hint:``, with all its lines."""
    return words.partition("hint: ")[2]


# --- an id that both sides took


def both_make(ann: Session, bob: Session) -> None:
    """Ann's item is at the remote already when Bob's sync stops."""
    for session, title, day in ((ann, "Ann", "2026-02-17"), (bob, "Bob", "2026-02-18")):
        text = item_text(TAKEN, title=title, created_at=f"{day}T00:00:00Z").replace(f"key:{TAKEN}", f"{title}:{TAKEN}")
        session.repo.write(FILE, text)
        session.repo.commit(title)
    ann("sync")


def follow(session: Session, words: str) -> None:
    """Does what stands in a line."""
    program, *arguments = words.split()
    if program == "git":
        session.repo.git(*arguments, extra={"GIT_EDITOR": "true"})
    else:
        assert program == "backlogtool"
        session.answer(*arguments)


@pytest.mark.exhaustive
def test_sync_names_the_way_that_it_takes_where_both_sides_took_an_id(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    both_make(ann, bob)
    told = bob("sync", status=1)
    named = re.findall(r"backlogtool renumber \S+(?: --ours)?", told.out)
    assert named == [f"backlogtool renumber {TAKEN} --ours"]
    assert "known to others, in origin/main" in told.out
    assert "between the markers" not in told.err
    follow(bob, named[0])
    bob.repo.git("commit", "--quiet", "--no-edit")
    assert "2 commits given" in bob("sync").out
    ann("sync")
    assert "title: Ann" in ann.text(TAKEN)
    assert ann.repo.git("grep", "-l", "title: Bob").count("\n") == 1
    assert ann("validate").out == ""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("later", [False, True], ids=["last", "followed by a commit"])
def test_a_merge_that_gave_theirs_another_id_is_made_once_more_by_the_steps_that_are_told(
    later: bool, pair: tuple[Session, Session]
) -> None:
    ann, bob = pair
    both_make(ann, bob)
    bob("sync", status=1)
    bob("renumber", TAKEN)
    bob.repo.git("commit", "--quiet", "--no-edit")
    if later:
        bob("comment", GATEWAY, "after it")
    told = bob("sync", status=1).err
    assert "never changes" in told
    assert "back\n" not in told.partition("hint:")[0]
    for line in hint(told).splitlines()[1:]:
        follow(bob, line)
    assert bob("sync").out == "main and origin/main: nothing to do\n"
    ann("sync")
    assert ann.repo.head() == bob.repo.head()
    assert "title: Ann" in ann.text(TAKEN)


@pytest.mark.exhaustive
def test_theirs_gets_another_id_where_nobody_knows_it_by_that(pair: tuple[Session, Session]) -> None:
    """A branch of one's own is merged into main: its item is the one that is new."""
    ann, bob = pair
    bob.repo.git("switch", "--quiet", "--create", "side")
    both_make(ann, bob)
    ann("sync")
    bob.repo.git("switch", "--quiet", "main")
    bob.repo.git("pull", "--quiet")
    bob.repo.git("merge", "side", check=False)
    assert f"renumber {TAKEN} gives theirs another one, --ours ours" in bob("merge", status=1).out
    bob("renumber", TAKEN)
    bob.repo.git("commit", "--quiet", "--no-edit")
    bob("sync")


def test_in_a_rebase_renumber_is_named_with_the_merge_that_it_needs(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    both_make(ann, bob)
    bob.repo.git("fetch", "--quiet")
    bob.repo.git("rebase", "origin/main", check=False)
    told = bob("merge", status=1)
    assert "--abort, and bring both together with git merge" in told.out
    assert "git rebase --continue, or --abort" in told.err


# --- the end of a merge


def in_conflict(session: Session, *items: str) -> None:
    session.repo.git("checkout", "--quiet", "-b", "side")
    for branch, owner in (("side", "carol"), ("main", "dave")):
        session.repo.git("checkout", "--quiet", branch)
        for item in items:
            session.hand_edit(item, "owner: ", f"owner: {owner}")
        session.repo.commit(branch)
    session.repo.git("merge", "side", check=False)


def test_the_end_of_merge_says_what_is_left_to_do_and_how_it_ends(cli: Session) -> None:
    in_conflict(cli, GATEWAY, BILLING)
    told = cli("merge", status=1).err
    assert "2 of 2 files left: mend what stands between the markers, then git add them; then git merge --con" in told
    cli.repo.write(cli.path(GATEWAY), cli.repo.git("show", f"HEAD:{cli.path(GATEWAY)}"))
    told = cli("merge", status=1).err
    between = f"mend what stands between the markers of {cli.path(BILLING)}, then git add it"
    assert f"2 of 2 files left: {between}; do what is said of the others above; then git merge" in told
    cli.repo.git("add", cli.path(BILLING))
    told = cli("merge", status=1).err
    assert "1 of 1 file left: do what is said of it above; then git merge --continue" in told
    assert "markers" not in told


def test_markers_that_are_committed_end_with_a_commit(cli: Session) -> None:
    in_conflict(cli, GATEWAY)
    cli.repo.git("commit", "--quiet", "--all", "--no-verify", "--message", "markers and all")
    told = cli("merge", status=1).err
    assert "mend what stands between the markers, then git add it; then git commit\n" in told


# --- sync of a branch that is new at the remote


@pytest.mark.exhaustive
def test_a_branch_that_is_new_at_the_remote_counts_what_no_branch_there_has(pair: tuple[Session, Session]) -> None:
    ann, _ = pair
    ann.repo.git("switch", "--quiet", "--create", "feature")
    ann("comment", GATEWAY, "one")
    assert ann("sync", "origin", "--dry-run").out == "feature and origin/feature: 1 commit to give\n"
    told = ann("sync", "origin").out
    assert told == "feature and origin/feature: 1 commit given, the branch is new there\n"
    ann.repo.git("switch", "--quiet", "--create", "other")
    assert ann("sync", "origin").out == "other and origin/other: the branch is new there\n"
    ann.repo.git("switch", "--quiet", "--create", "third")
    ann("comment", GATEWAY, "two")
    done = ann("sync", "origin", "--json").data
    assert (done["given"], done["new"]) == (1, True)


# --- --branch


def test_a_layout_can_be_a_commit_on_a_branch(cli: Session, tmp_path: Path) -> None:
    here = Session(Repo(tmp_path / "here"))
    shutil.copytree(cli.repo.root, here.repo.root)
    here("layout", "sharded")
    before = standing(cli.repo)
    told = cli("layout", "sharded", "--branch=moved")
    assert standing(cli.repo) == before
    assert "on the new branch moved\n" in told.err
    assert "git branch -D moved" in told.err
    assert cli.repo.git("rev-parse", "moved^{tree}") == here.repo.git("rev-parse", "HEAD^{tree}")
    again = cli("layout", "flat", "--branch=moved")
    back = again.err.partition("undo: ")[2].strip()
    assert back.startswith("git switch moved && git revert ")
    for line in back.split(" && "):
        follow(cli, line)
    assert cli.repo.git("rev-parse", "HEAD^{tree}") == here.repo.git("rev-parse", "HEAD^{tree}")


def test_a_layout_on_a_branch_asks_git_as_often_for_many_files_as_for_few(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, shim = tmp_path / "asked", tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$*" >>{told}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    counts = []
    for number in range(2):
        with monkeypatch.context() as patched:
            patched.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
            told.write_text("")
            cli("layout", "sharded", f"--branch=moved-{number}")
            counts.append(len(told.read_text().splitlines()))
        for place in range(80):
            made = f"bl_{number:02x}{place:010x}"
            cli.repo.write(cli.path(made), item_text(made))
        cli.repo.commit("many")
    assert counts[1] <= counts[0]


@pytest.mark.parametrize("word", ["--branch", "--branch=side"])
def test_what_is_done_here_alone_says_why_it_is_on_no_branch(word: str, cli: Session) -> None:
    for command in (("renumber", GATEWAY), ("init", "--hooks")):
        with untouched(cli.repo):
            told = cli(*command, word, status=2).err
        assert re.search(r"--branch does not go with renumber|--hooks sets up this clone", told)
    assert "--branch" not in cli("renumber", "--help").out
    assert cli.repo.git("branch", "--list") == "* main\n"
    assert not (cli.repo.root / ".git/hooks/pre-commit").exists()


# --- revisions

#: Commands that take a revision, before the revision.
REVISIONS = {
    "diff": ("diff",),
    "validate": ("validate", "--since"),
    "base": ("validate", "--base"),
    "roles": ("config", "roles", "--since"),
    "show": ("show", GATEWAY, "--at"),
    "undo": ("undo",),
}
_JUDGING = ("diff", "validate", "base", "roles")


@pytest.mark.sampled(10)
@pytest.mark.parametrize("name", REVISIONS)
@pytest.mark.parametrize("given", ["", " "])
def test_an_empty_revision_is_a_variable_that_nobody_has_set(given: str, name: str, cli: Session) -> None:
    cli("set-status", GATEWAY, "in_progress")
    with untouched(cli.repo):
        told = cli(*REVISIONS[name], given, status=2)
    assert "needs a revision" in told.err
    assert told.out == ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", REVISIONS)
def test_a_revision_that_is_none_is_told_with_the_way_on(name: str, cli: Session) -> None:
    cli.repo.git("remote", "add", "origin", "/nowhere")
    cli.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")

    def told(revision: str) -> str:
        words = cli(*REVISIONS[name], revision, status=3).err
        assert words.startswith(f"error: no commit '{revision}'\n")
        return hint(words)

    assert told("mian") == "did you mean 'main'?\n"
    assert told("orgin/main") == "did you mean 'origin/main'?\n"
    assert told("origin/another").startswith("git fetch origin brings what it has")
    assert told("main~99") == "main has no such ancestor here\n"
    assert told("elsewhere") == "name a branch, a tag or a commit id\n"


@pytest.mark.parametrize("name", REVISIONS)
def test_where_nothing_is_committed_there_is_nothing_to_name(name: str, empty: Session) -> None:
    told = empty.answer(*REVISIONS[name], "HEAD")
    assert (told.status, told.out) == (3, "")
    assert hint(told.err) == "nothing is committed here yet: commit something first\n"


def test_there_is_no_merge_where_nothing_is_committed(empty: Session) -> None:
    told = empty("validate", "--merge", status=3).err
    assert "nothing is committed here yet, so there is no merge" in told


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("name", "range_"),
    [*((one, "{}") for one in _JUDGING), *(("diff", one) for one in ("{}..HEAD", "{}...", "..{}"))],
)
def test_a_tag_hides_no_branch_from_who_looks_at_a_range(name: str, range_: str, cli: Session) -> None:
    cli.repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    cli("set-status", GATEWAY, "in_progress")
    cli.repo.git("tag", "origin/main")
    told = cli(*REVISIONS[name], range_.format("origin/main"), status=3)
    assert told.out == ""
    assert hint(told.err) == "say which: refs/remotes/origin/main, refs/tags/origin/main, or a commit's id\n"
    assert cli("diff", "refs/remotes/origin/main...").out.startswith("1 item ")


def test_diff_says_how_two_commits_are_written_and_what_of_the_index(cli: Session) -> None:
    assert hint(cli("diff", "HEAD~1", "HEAD", status=2).err) == "write HEAD~1..HEAD\n"
    for option in ("--cached", "--staged"):
        assert "staged or not" in hint(cli("diff", option, status=2).err)
    assert "--cached" not in cli("diff", "--help").out


def test_a_branch_that_changes_nothing_about_roles_is_told_so(cli: Session) -> None:
    assert cli("config", "roles", "--since", "HEAD").out == "who may do what has not changed\n"
    assert cli("config", "roles", "--since", "HEAD", "--json").data == {"gained": [], "lost": []}


# --- words of errors


def test_a_finding_that_ends_a_command_is_told_once(cli: Session) -> None:
    cli.repo.write("config/rbac.yml", "role: {}\n")
    bad = item_text(GATEWAY).replace("status: open", "status: [open")
    for command, stdin in (
        (("list",), b""),
        (("edit", GATEWAY, "--from", "-"), bad.encode()),
        (("create", "-"), b"\xff"),
    ):
        told = cli(*command, stdin=stdin, status=6).err
        assert told.count("error:") == 2, told
        assert len(re.findall(r"\[BL\d+\]", told)) == 1
        assert not re.search(r"^error:.*\[BL", told, re.MULTILINE)
        if command == ("list",):
            (cli.repo.root / "config/rbac.yml").unlink()


def test_who_lacks_an_entitlement_is_told_who_has_it(cli: Session) -> None:
    people = "people:\n    bob: {role: cto, emails: [bob@example.org]}\n  members: {ann: interface}\n"
    cli.policy(f"rbac:\n  enforce: true\n  {people}")
    told = cli("--actor", "Bob", "assign", GATEWAY, "x", status=4).err
    assert "nobody in rbac is called 'Bob': did you mean 'bob'?" in told
    assert "tools.backlog.write goes with the role cto or oncall (bob)" in told
    told = cli("--actor", "ann", "assign", GATEWAY, "x", status=4).err
    assert "'ann' has the role interface; tools.backlog.write goes with" in told
    assert "backlogtool config roles" in told
    assert cli("--actor", "ann", "config", "roles").out
    told = cli("--actor", "oncall", "layout", "sharded", status=4).err
    assert "tools.backlog.rules goes with the role cto (bob)" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set-status", GATEWAY, "in_progress", "-q"), "backlogtool -q set-status …"),
        (("list", "--quiet"), "backlogtool --quiet list …"),
        (("list", "-C", "."), "backlogtool -C DIR list …"),
        (("config", "show", "--color", "never"), "backlogtool --color WHEN config show …"),
        (("validate", "--now=2026-02-16"), "backlogtool --now MOMENT validate …"),
    ],
)
def test_an_option_of_the_whole_tool_is_told_where_it_stands(words: tuple[str, ...], said: str, cli: Session) -> None:
    told = cli(*words, status=2).err
    assert f"It stands before the command: {said}\n" in told
    assert "Did you mean" not in told


def test_an_option_that_nobody_knows_stands_nowhere(cli: Session) -> None:
    assert "before the command" not in cli("list", "--quit", status=2).err + cli("--quit", "list", status=2).err


# --- what an item waits for


def test_the_start_of_an_id_will_do_for_what_an_item_waits_for(cli: Session) -> None:
    cli("edit", GATEWAY, "--add", f"dependencies={BILLING[:6]},{ROUTER}")
    assert cli.item(GATEWAY)["dependencies"] == sorted([BILLING, ROUTER])
    cli("edit", GATEWAY, "--remove", f"dependencies={BILLING[3:8]}")
    assert cli.item(GATEWAY)["dependencies"] == [ROUTER]
    cli("edit", GATEWAY, "--set", f"dependencies={BILLING[:6]}")
    assert cli.item(GATEWAY)["dependencies"] == [BILLING]
    cli("edit", "--where", f"id:{ROUTER}", "--add", f"dependencies={BILLING[:6]}", "--yes")
    assert cli.item(ROUTER)["dependencies"] == [BILLING]


@pytest.mark.parametrize("how", ["--add", "--set"])
def test_what_is_no_id_and_no_start_of_one_is_nothing_to_wait_for(how: str, cli: Session) -> None:
    for word, said in (("bl_nope", "no item 'bl_nope'"), ("bl_3651", "matches 2 items"), (f"{BILLING[:-1]}x", BILLING)):
        with untouched(cli.repo):
            assert said in cli("edit", GATEWAY, how, f"dependencies={word}", status=3).err
    told = cli("edit", GATEWAY, how, f"dependencies={TAKEN}").err
    assert "BL316" in told  # it may be on another branch


def test_what_is_no_id_and_stands_there_already_can_be_removed(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "source:", "dependencies:\n- bl_nope\nsource:")
    cli.repo.commit("by hand")
    cli("edit", GATEWAY, "--remove", "dependencies=bl_nope")
    assert "dependencies" not in cli.item(GATEWAY)
    assert touched(cli.repo) == [cli.path(GATEWAY)]
