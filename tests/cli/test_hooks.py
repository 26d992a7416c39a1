"""Git's hooks in a clone: set up, taken out, and what they let pass when people and commands commit and push."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from backlogtool.cli.main import COMMANDS
from backlogtool.codec.marks import marked
from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, Session, item_text, untouched
from tests.conftest import ROOT
from tests.repositories import Repo, half_finished

PATH = f"items/{GATEWAY}.md"
Act = Callable[[Session], object]


@pytest.fixture
def hooked(cli: Session) -> Session:
    """A session in a clone with the hooks."""
    cli.repo.git("config", "--unset", "core.hooksPath")
    cli("init", "--hooks")
    return cli


def commit(session: Session, *words: str) -> tuple[int, str]:
    """``git commit``; the exit code and what it says."""
    done = subprocess.run(
        ["git", "commit", "--quiet", "--message", "work", *words],
        cwd=session.repo.root,
        capture_output=True,
        check=False,
        env=os.environ,
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def put(session: Session, item: str = GATEWAY, **fields: object) -> None:
    session.repo.write(f"items/{item}.md", item_text(item, "", **fields))
    session.repo.git("add", "--all", "items")


# --- setting up


def test_setting_up_twice_changes_nothing_and_taking_out_leaves_nothing(cli: Session) -> None:
    cli.repo.git("config", "--unset", "core.hooksPath")
    folder = cli.repo.root / ".git/hooks"
    with untouched(cli.repo):
        told = cli("init", "--hooks", "--dry-run")
        assert all(f"\n+++ b/.git/hooks/{name}\n" in told.out for name in ("pre-commit", "pre-push"))
        assert "nothing was written" in told.err
        assert not folder.exists()
        cli("init", "--hooks")
        assert sorted(one.name for one in folder.iterdir()) == ["pre-commit", "pre-push"]
        assert all(os.access(one, os.X_OK) for one in folder.iterdir())
        assert cli("init", "--hooks").out == "git's hooks are set up already\n"
        assert "changed" in cli("init", "--hooks", "--remove").out
        assert list(folder.iterdir()) == []
        assert cli("init", "--hooks", "--remove").out == "git's hooks are taken out already\n"


def test_a_hook_that_lost_its_mode_is_set_up_again(hooked: Session) -> None:
    place = hooked.repo.root / ".git/hooks/pre-commit"
    place.chmod(0o644)
    assert hooked("init", "--hooks").out == "git's hooks are set up: changed .git/hooks/pre-commit\n"
    assert os.access(place, os.X_OK)


def test_an_older_version_of_ours_is_replaced(hooked: Session) -> None:
    place = hooked.repo.root / ".git/hooks/pre-push"
    place.write_text(marked("pre-push", "#!/bin/sh\nexec an-older-backlogtool hook pre-push\n"))
    assert "changed .git/hooks/pre-push" in hooked("init", "--hooks").out


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 0\n", "\x7fELF", ""])
def test_a_hook_of_somebody_else_stays_and_it_is_told_how_to_call_ours(cli: Session, text: str) -> None:
    cli.repo.git("config", "--unset", "core.hooksPath")
    place = cli.repo.root / ".git/hooks/pre-push"
    place.parent.mkdir()
    place.write_text(text)
    told = cli("init", "--hooks", status=1).err
    assert "pre-push is somebody else's hook" in told
    assert 'backlogtool hook pre-push "$@" || exit 1' in told
    assert os.listdir(place.parent) == ["pre-push"], "nothing is written by halves"
    cli("init", "--hooks", "--remove")
    assert place.read_text() == text


def test_a_link_in_the_place_of_a_hook_is_somebody_elses(cli: Session, tmp_path: Path) -> None:
    cli.repo.git("config", "--unset", "core.hooksPath")
    folder = cli.repo.root / ".git/hooks"
    folder.mkdir()
    (folder / "pre-commit").symlink_to(tmp_path / "elsewhere")
    cli("init", "--hooks", status=1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_hook_that_somebody_changed_is_theirs_from_then_on(hooked: Session) -> None:
    place = hooked.repo.root / ".git/hooks/pre-commit"
    place.write_text(place.read_text() + "echo more\n")
    assert "somebody else's" in hooked("init", "--hooks", status=1).err
    told = hooked("init", "--hooks", "--remove", status=1).err
    assert "take the line with 'hook pre-commit' out of it yourself" in told
    assert (place.parent / "pre-push").exists()


def test_hooks_that_others_share_are_left_alone(cli: Session, tmp_path: Path) -> None:
    cli.repo.git("config", "core.hooksPath", str(tmp_path / "shared"))
    told = cli("init", "--hooks", status=7).err
    assert "core.hooksPath" in told
    cli.repo.git("config", "core.hooksPath", ".githooks")
    cli("init", "--hooks", status=7)
    assert not (cli.repo.root / ".githooks").exists()
    cli.repo.git("config", "core.hooksPath", ".git/own")
    cli("init", "--hooks")
    assert (cli.repo.root / ".git/own/pre-commit").exists()


@pytest.mark.exhaustive
def test_a_linked_work_tree_shares_the_hooks_of_its_repository(hooked: Session, tmp_path: Path) -> None:
    hooked.repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Session(Repo(tmp_path / "linked"))
    assert linked("init", "--hooks").out == "git's hooks are set up already\n"
    put(linked, status="done")
    status, told = commit(linked)
    assert (status, "[BL301]" in told) == (1, True)
    put(linked, status="in_progress")
    assert commit(linked)[0] == 0


# --- commits


def test_a_commit_by_hand_is_held_to_the_rules(hooked: Session) -> None:
    before = hooked.repo.head()
    put(hooked, status="done")
    status, told = commit(hooked)
    assert status == 1
    assert f"{PATH}:5:1: error: {GATEWAY} cannot go from open to done" in told
    assert "nothing is committed; git commit --no-verify" in told
    assert hooked.repo.head() == before
    put(hooked, status="in_progress")
    assert commit(hooked) == (0, "")


def test_what_is_not_staged_does_not_count(hooked: Session) -> None:
    put(hooked, status="in_progress")
    hooked.repo.write(PATH, item_text(GATEWAY, status="nonsense"))
    hooked.repo.write(f"items/{BILLING}.md", "no item\n")
    hooked.repo.write("items/stray.md", "no item\n")
    assert commit(hooked) == (0, "")
    status, told = commit(hooked, "--", f"items/{BILLING}.md")
    assert (status, "[BL102]" in told) == (1, True), "named files are what is committed"
    put(hooked, status="nonsense")
    hooked.repo.write(PATH, item_text(GATEWAY, status="in_progress"))
    assert "[BL202]" in commit(hooked)[1]


def a_name_that_is_no_id(session: Session) -> None:
    session.repo.write("items/stray.md", "words\n")


def a_second_file_of_one_id(session: Session) -> None:
    session.repo.write(f"items/team/{GATEWAY}.md", session.repo.read(PATH))


def a_link(session: Session) -> None:
    (session.repo.root / PATH).unlink()
    (session.repo.root / PATH).symlink_to("README.md")


def a_changed_birth(session: Session) -> None:
    session.hand_edit(GATEWAY, "created_at: 2026", "created_at: 2020")


def no_item_at_all(session: Session) -> None:
    session.repo.write(PATH, "words\n")


def a_broken_policy(session: Session) -> None:
    session.repo.write(POLICY, "version: 1\nworkflow: 7\n")
    session.hand_edit(GATEWAY, "priority: P1", "priority: P0")


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("act", "code"),
    [
        (a_name_that_is_no_id, "BL114"),
        (a_second_file_of_one_id, "BL205"),
        (a_link, "BL113"),
        (a_changed_birth, "BL302"),
        (no_item_at_all, "BL102"),
        (a_broken_policy, "BL402"),
    ],
)
def test_what_is_wrong_with_staged_files_is_told(hooked: Session, act: Act, code: str) -> None:
    act(hooked)
    hooked.repo.git("add", "--all")
    status, told = commit(hooked)
    assert (status, f"[{code}]" in told) == (1, True), told


def renamed(session: Session) -> None:
    (session.repo.root / "items/team").mkdir()
    session.repo.git("mv", PATH, f"items/team/{GATEWAY}.md")


def closed_and_deleted(session: Session) -> None:
    session("set-status", BILLING, "canceled")
    session.repo.git("rm", "--quiet", f"items/{BILLING}.md")


def with_a_policy_of_its_own(session: Session) -> None:
    """What is staged is judged by the policy that is staged with it."""
    session.repo.write(POLICY, "version: 1\nworkflow:\n  allowed_transitions:\n    open: [done]\n")
    session.hand_edit(GATEWAY, "status: open", "status: done")


def other_files(session: Session) -> None:
    half_finished_files = {"a.txt": "1\n", "b.txt": "2\n", "c.txt": "3\n", "d.txt": "4\n"}
    for name, text in half_finished_files.items():
        session.repo.write(name, text)
    session.repo.git("add", "a.txt", "b.txt", "c.txt", "d.txt")
    session.repo.git("commit", "--quiet", "--message", "texts")
    half_finished(session.repo)


def taken_back_by_git(session: Session) -> None:
    session("set-status", GATEWAY, "in_progress")
    session.repo.git("revert", "--no-commit", "HEAD")


def folded(session: Session) -> None:
    session.repo.git("checkout", "--quiet", "-b", "side")
    session("set-status", GATEWAY, "in_progress")
    session("close", GATEWAY)
    session.repo.git("checkout", "--quiet", "main")
    session.repo.git("merge", "--quiet", "--squash", "side")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "act", [renamed, closed_and_deleted, with_a_policy_of_its_own, other_files, taken_back_by_git, folded]
)
def test_a_legal_commit_passes(hooked: Session, act: Act) -> None:
    act(hooked)
    if act is not other_files:
        hooked.repo.git("add", "--all")
    words = ["--no-edit"] if act is folded else ["--message", "work"]
    hooked.repo.git("commit", "--quiet", *words)
    if act is not with_a_policy_of_its_own:
        assert hooked.repo.git("status", "--porcelain", "--", "items") == ""


def test_a_pipe_where_git_looks_for_what_to_ignore_is_not_waited_for(cli: Session) -> None:
    put(cli, priority="P0")
    place = cli.repo.root / ".git/info/exclude"
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    began = time.monotonic()
    assert "git waits for it" in cli("hook", "pre-commit", status=7).err
    assert time.monotonic() - began < 30
    place.unlink()
    place.symlink_to("/dev/null")
    cli("hook", "pre-commit")


@pytest.mark.exhaustive
def test_the_first_commit_has_nothing_before_it(repo: Repo) -> None:
    session = Session(repo)
    session("init", "--hooks")
    put(session, created_at="tomorrow")
    assert "[BL203]" in commit(session)[1]
    put(session)
    assert commit(session)[0] == 0


@pytest.mark.exhaustive
def test_a_guard_is_asked_about_what_is_staged(hooked: Session) -> None:
    """What it waits for counts as it is staged too; what the message will say is not known yet."""
    guard = "name: all_of_it, to: [done], require: [criteria, dependencies, comment]"
    hooked.repo.write(POLICY, f"version: 1\nworkflow:\n  guards:\n    - {{{guard}}}\n")
    for item in (GATEWAY, BILLING):
        put(hooked, item, status="in_progress", dependencies="[]")
    hooked.repo.commit("begun")
    body = "## Acceptance Criteria\n\n- [{}] seen"
    hooked.repo.write(PATH, item_text(GATEWAY, body.format(" "), status="done", dependencies=f"[{BILLING}]"))
    hooked.repo.git("add", PATH)
    status, told = commit(hooked)
    assert (status, "[BL310]" in told, "[BL311]" in told, "[BL313]" in told) == (1, True, True, False), told
    hooked.repo.write(PATH, item_text(GATEWAY, body.format("x"), status="done", dependencies=f"[{BILLING}]"))
    hooked.repo.write(f"items/{BILLING}.md", item_text(BILLING, body.format("x"), status="done"))
    hooked.repo.git("add", PATH)
    assert "[BL311]" in commit(hooked)[1]
    hooked.repo.git("add", "items")
    assert commit(hooked) == (0, "")


def conflicting(session: Session, ours: str, theirs: tuple[str, ...]) -> None:
    """A merge that waits for its commit: one side moved the item so, the other in these steps."""
    session.repo.git("checkout", "--quiet", "-b", "side")
    for status in theirs:
        session("set-status", GATEWAY, status)
    session.repo.git("checkout", "--quiet", "main")
    session("set-status", GATEWAY, ours)
    session.repo.git("merge", "--quiet", "--no-commit", "side", check=False)


#: The fields of the gateway's item, but for its status.
AS_IT_WAS: dict[str, object] = {
    "title": "Review the gateway",
    "priority": "P1",
    "service": "gateway",
    "category": "arch_review",
    "due_date": "2026-03-02",
}


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("ours", "theirs", "result", "wanted"),
    [
        ("blocked", ("in_progress", "done"), "done", 0),
        ("blocked", ("in_progress",), "blocked", 0),
        ("blocked", ("in_progress", "done"), "blocked", 1),
        ("blocked", ("in_progress",), "done", 1),
        ("canceled", ("in_progress", "done"), "done", 1),
    ],
)
def test_a_merge_is_judged_against_each_of_its_parents(
    hooked: Session, ours: str, theirs: tuple[str, ...], result: str, wanted: int
) -> None:
    conflicting(hooked, ours, theirs)
    put(hooked, **AS_IT_WAS, status=result)
    status, told = commit(hooked)
    assert (status, "[BL301]" in told) == (wanted, bool(wanted)), told


@pytest.mark.exhaustive
def test_a_merge_may_make_no_value_that_no_side_has(hooked: Session) -> None:
    conflicting(hooked, "blocked", ("in_progress",))
    put(hooked, **AS_IT_WAS, status="blocked", owner="mallory")
    status, told = commit(hooked)
    assert status == 1
    assert "owner is 'mallory', which no side has: 'oncall' [BL308]" in told


@pytest.mark.exhaustive
def test_a_merge_may_bring_no_tag_and_no_text_that_no_side_has(hooked: Session) -> None:
    conflicting(hooked, "blocked", ("in_progress",))
    put(hooked, **AS_IT_WAS, status="blocked", tags="[evil]")
    status, told = commit(hooked)
    assert status == 1
    assert "tags is 'evil', which no side has: nothing [BL308]" in told
    assert "description" not in told, "what is left out may be left out on purpose"


@pytest.mark.exhaustive
def test_a_merge_takes_over_what_the_other_side_closed(hooked: Session) -> None:
    """The step from the last commit would be no legal one."""
    hooked.repo.git("checkout", "--quiet", "-b", "side")
    hooked("set-status", ROUTER, "in_progress")
    hooked("close", ROUTER)
    hooked.repo.git("checkout", "--quiet", "main")
    hooked("assign", BILLING, "bob")
    hooked.repo.git("merge", "--quiet", "--no-commit", "side")
    assert commit(hooked) == (0, "")


@pytest.mark.exhaustive
def test_a_merge_that_drops_what_the_other_side_did_is_judged(hooked: Session) -> None:
    """Nothing differs from the last commit then, and yet a closed item would be open again."""
    conflicting(hooked, "blocked", ("in_progress", "done"))
    hooked.repo.git("merge", "--abort")
    hooked.repo.git("merge", "--quiet", "--no-commit", "--strategy", "ours", "side")
    assert hooked.repo.git("diff", "--cached", "--name-only") == ""
    assert "[BL301]" in commit(hooked)[1]


# --- our own commits


@pytest.mark.sampled(2)
@pytest.mark.parametrize("beside", ["", "post-commit"])
def test_commands_commit_with_the_hooks_as_without(beside: str, hooked: Session) -> None:
    """With another hook ours starts while the writer has its lock: it neither waits for it nor heals."""
    if beside:
        hooked.repo.write(f".git/hooks/{beside}", "#!/bin/sh\n").chmod(0o755)
    made = hooked.create("Something new")
    hooked("set-status", made, "in_progress")
    hooked("comment", made, "soon")
    hooked("undo", "HEAD")
    hooked("undo", "HEAD~2")
    assert hooked.item(made)["status"] == "open"
    assert hooked("validate").err.endswith("all well\n")
    assert hooked.repo.git("status", "--porcelain") == ""


@pytest.mark.exhaustive
def test_a_writer_with_many_open_files_is_known_to_the_hook_it_runs(hooked: Session) -> None:
    """Its journal has a high handle then; taking back a step is none of the workflow's steps."""
    hooked.repo.write(".git/hooks/post-commit", "#!/bin/sh\n").chmod(0o755)
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(Path(os.devnull).open())
        made = hooked.create("Something new")
        hooked("set-status", made, "in_progress")
        hooked("undo", "HEAD")
    assert hooked.item(made)["status"] == "open"


def test_our_own_hook_does_not_run_for_what_has_been_judged(hooked: Session) -> None:
    """Here it could not even start. A commit by hand finds that out."""
    place = hooked.repo.root / ".git/hooks/pre-commit"
    text = place.read_text().rpartition("# written")[0].replace(sys.executable, "/nowhere/python")
    place.write_text(marked("pre-commit", text))
    hooked("assign", GATEWAY, "cto")
    put(hooked, priority="P0")
    status, said = commit(hooked)
    assert status == 1
    assert "/nowhere/python is gone" in said


@pytest.mark.exhaustive
def test_nobody_is_told_of_our_own_hook_as_of_one_that_runs_or_that_did_not(hooked: Session) -> None:
    assert "pre-commit" not in hooked("doctor").out
    assert "pre-commit" not in hooked("assign", GATEWAY, "cto", "--branch").err
    hooked.repo.write(".git/hooks/commit-msg", "#!/bin/sh\n").chmod(0o755)
    assert "every write runs commit-msg in" in hooked("doctor").out
    assert "hooks have not run: commit-msg" in hooked("assign", GATEWAY, "cto", "--branch").err


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", ["pre-commit", "commit-msg"])
@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "ours, changed", "a link to ours"])
def test_a_hook_that_is_not_as_we_wrote_it_runs_for_every_write(name: str, text: str, hooked: Session) -> None:
    """So does every other hook, whatever its last line says."""
    place, ours = (hooked.repo.root / ".git/hooks" / one for one in (name, "pre-commit"))
    refusing = "#!/bin/sh\nexit 1\n"
    if text == "ours, changed":
        text = ours.read_text().replace("#!/bin/sh\n", refusing)
    elif text == "a link to ours":
        other = hooked.repo.write("elsewhere", marked("pre-commit", refusing))
        other.chmod(0o755)
    place.unlink(missing_ok=True)
    if text == "a link to ours":
        place.symlink_to(other)
    else:
        place.write_text(text)
        place.chmod(0o755)
    assert "a hook refused the commit" in hooked("assign", GATEWAY, "cto", status=1).err


@pytest.mark.exhaustive
def test_a_hook_of_another_name_runs_though_it_is_marked(hooked: Session) -> None:
    text = marked("commit-msg", "#!/bin/sh\nexit 1\n")
    hooked.repo.write(".git/hooks/commit-msg", text).chmod(0o755)
    assert "a hook refused the commit" in hooked("assign", GATEWAY, "cto", status=1).err


@pytest.mark.exhaustive
def test_what_a_dead_writer_left_neither_stops_the_hook_nor_is_touched_by_it(hooked: Session) -> None:
    journal = hooked.repo.root / ".git/backlogtool/journal"
    journal.parent.mkdir(exist_ok=True)
    journal.write_text("backlogtool journal 0\n")
    put(hooked, status="done")
    assert "[BL301]" in commit(hooked)[1], "it is not the writer's commit"
    assert journal.exists()


# --- pushes


@pytest.fixture
def pushing(hooked: Session, tmp_path: Path) -> Session:
    """A clone with the hooks that pushes to a server without any."""
    hooked.repo.git("init", "--quiet", "--bare", str(tmp_path / "server.git"))
    hooked.repo.git("remote", "add", "origin", str(tmp_path / "server.git"))
    return hooked


def push(session: Session, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "push", "--quiet", *words], cwd=session.repo.root, capture_output=True, check=False, env=os.environ
    )
    return done.returncode, done.stderr.decode()


def test_a_push_is_held_to_the_rules(pushing: Session) -> None:
    assert push(pushing, "origin", "main") == (0, "")
    pushing("set-status", GATEWAY, "in_progress")
    assert push(pushing, "origin", "main", "main:refs/heads/topic", "main:refs/tags/v1") == (0, "")
    put(pushing, status="open")
    commit(pushing, "--no-verify")
    status, told = push(pushing, "origin", "main")
    assert status == 1
    assert "refs/heads/main is refused: 1 error" in told
    assert "git push --no-verify" in told
    assert push(pushing, "origin", "main:refs/tags/v2") == (0, "")
    assert push(pushing, "origin", ":topic") == (0, "")
    assert push(pushing, "--no-verify", "origin", "main") == (0, "")


@pytest.mark.exhaustive
def test_a_branch_is_judged_from_the_default_branch_of_the_remote(pushing: Session) -> None:
    push(pushing, "origin", "main")
    pushing.repo.git("checkout", "--quiet", "-b", "topic")
    put(pushing, status="done")
    commit(pushing, "--no-verify")
    assert "[BL301]" in push(pushing, "origin", "topic")[1]
    assert (
        "[BL332]" in push(pushing, "origin", f"{pushing.repo.git('rev-parse', f'HEAD:{PATH}').strip()}:refs/heads/b")[1]
    )


@pytest.mark.exhaustive
def test_what_a_remote_has_that_was_never_fetched_is_no_obstacle(pushing: Session, tmp_path: Path) -> None:
    push(pushing, "origin", "main")
    url = str(tmp_path / "server.git")
    pushing("set-status", GATEWAY, "in_progress")
    assert push(pushing, url, "main") == (0, "")
    pushing.repo.git("remote", "remove", "origin")
    pushing("close", GATEWAY)
    assert push(pushing, url, "main") == (0, "")


@pytest.mark.exhaustive
def test_a_fork_that_was_never_fetched_is_judged_from_where_another_remote_stands(
    pushing: Session, tmp_path: Path
) -> None:
    """What the project holds already is not this person's to answer for, and need not be legal by today's rules."""
    put(pushing, status="done")
    commit(pushing, "--no-verify")
    push(pushing, "--no-verify", "origin", "main")
    pushing.repo.git("init", "--quiet", "--bare", str(tmp_path / "fork.git"))
    pushing.repo.git("remote", "add", "fork", str(tmp_path / "fork.git"))
    pushing.repo.git("checkout", "--quiet", "-b", "topic")
    pushing("comment", GATEWAY, "hello")
    assert push(pushing, "fork", "topic") == (0, "")
    assert push(pushing, str(tmp_path / "fork.git"), "topic:other") == (0, "")
    put(pushing, item=BILLING, status="done")
    commit(pushing, "--no-verify")
    assert "[BL301]" in push(pushing, "fork", "topic")[1]


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["a\u2028b", "a\u0085b", "a\u00a0b"])
def test_a_branch_may_have_any_name_that_git_takes(name: str, pushing: Session) -> None:
    assert push(pushing, "origin", f"main:refs/heads/{name}") == (0, "")
    put(pushing, status="done")
    commit(pushing, "--no-verify")
    assert "[BL301]" in push(pushing, "origin", f"HEAD:refs/heads/{name}")[1]


# --- the framework


def test_the_list_for_the_framework_names_commands_that_there_are() -> None:
    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"backlogtool-validate", "backlogtool-fmt"} == {one["id"] for one in listed}
    for one in listed:
        program, command, *_ = one["entry"].split()
        assert program == "backlogtool"
        assert command in COMMANDS
        assert one["language"] == "python"
        assert one.get("pass_filenames", True) == (command == "fmt"), "fmt changes only what is staged"


def test_its_entry_checks_what_is_staged_and_where_nothing_is_everything(hooked: Session) -> None:
    """As the framework calls it for a commit, and for ``pre-commit run --all-files``."""
    hooked("hook", "pre-commit", "--or-tree")
    put(hooked, status="done")
    assert "[BL301]" in hooked("hook", "pre-commit", "--or-tree", status=1).err
    commit(hooked, "--no-verify")
    hooked("hook", "pre-commit", "--or-tree")
    put(hooked, status="nonsense")
    commit(hooked, "--no-verify")
    assert "[BL202]" in hooked("hook", "pre-commit", "--or-tree", status=1).err
    hooked("hook", "pre-commit")
