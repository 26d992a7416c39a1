"""``sync``: clones over one bare repository come together field by field, or stay exactly as they were."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, LATER, ROUTER, SEARCH, Answer, Session, item_text, snapshot
from tests.cli.test_pull_requests import clone
from tests.crash.crashes import end, start
from tests.repositories import Repo, make
from tests.tiers import amounts

PROTECTED = """#!/bin/sh
while read old new ref; do
  case $ref in refs/heads/main) echo "GH006: Protected branch update failed." >&2; exit 1;; esac
done
"""


@pytest.fixture
def origin(cli: Session, tmp_path: Path) -> Repo:
    """The bare repository that all clones share."""
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    return Repo(tmp_path / "origin.git")


@pytest.fixture
def pair(origin: Repo) -> tuple[Session, Session]:
    """Ann's and Bob's clones."""
    return clone(origin.root.parent, "Ann Author"), clone(origin.root.parent, "Bob Builder")


def at_origin(session: Session, branch: str = "main") -> str:
    return session.repo.git("ls-remote", "origin", f"refs/heads/{branch}").partition("\t")[0]


def whole(session: Session) -> dict[str, bytes]:
    """What a sync that is taken back must leave as it was; what was fetched may stay."""
    git = session.repo.root / ".git"
    found = {path: data for path, data in snapshot(session.repo).items() if not path.startswith(".git/")}
    status = session.repo.git("status", "--porcelain=v2", "-z", "--untracked-files=all").encode()
    busy = [name for name in ("MERGE_HEAD", "MERGE_MSG", "index.lock") if (git / name).exists()]
    return found | {"status": status, "head": session.repo.head().encode(), "busy": repr(busy).encode()}


# --- what comes together


def test_both_sides_merge_field_by_field_in_a_clone_that_knows_no_driver(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("comment", GATEWAY, "from ann")
    ann("edit", GATEWAY, "--add", "tags=a", "--set", "priority=P0")
    assert ann("sync").out == "main and origin/main: 2 commits given\n"
    bob("comment", GATEWAY, "from bob", now=LATER)
    bob("edit", GATEWAY, "--add", "tags=b", "--set", "owner=bob")
    told = bob("sync").out
    assert told.startswith("main and origin/main: 2 commits taken, 3 commits given  [")
    assert bob.repo.git("rev-parse", "HEAD^1^{tree}") != bob.repo.git("rev-parse", "HEAD^{tree}")
    assert ann("sync").out == "main and origin/main: 3 commits taken\n"
    item = ann.item(GATEWAY)
    assert (item["tags"], item["priority"], item["owner"]) == (["a", "b"], "P0", "bob")
    assert [one["text"] for one in item["comments"]] == ["from ann", "from bob"]
    assert ann.repo.head() == bob.repo.head() == at_origin(ann)
    assert ann("sync").out == "main and origin/main: nothing to do\n"
    assert ann("validate", "--since", "HEAD~2").out == ""
    for session in pair:
        assert session.repo.git("status", "--porcelain") == ""
        assert "merge.backlogtool" not in session.repo.git("config", "--local", "--list")
        assert "refs/backlogtool" not in session.repo.git("for-each-ref")
        assert {one.name for one in (session.repo.root / ".git/backlogtool").iterdir()} <= {"lock", "cache"}


@pytest.mark.exhaustive
def test_json_tells_what_was_taken_and_given(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", BILLING, "y")
    told = bob("sync", "--json").data
    assert told == {
        "branch": "main", "upstream": "origin/main", "taken": 1, "merged": bob.repo.head(), "given": 1 + 1,
        "new": False, "conflicts": [], "dry_run": False,
    }  # fmt: skip


def test_a_dry_run_tells_what_is_known_and_asks_nobody(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", BILLING, "y")
    bob.repo.git("fetch", "--quiet")
    bob.repo.git("remote", "set-url", "origin", "/nowhere")
    before = whole(bob)
    assert bob("sync", "--dry-run").out == "main and origin/main: 1 commit to take, 1 commit to give\n"
    assert whole(bob) == before


@pytest.mark.exhaustive
def test_other_work_that_is_begun_stays_as_it_is(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", BILLING, "y")
    bob.hand_edit(ROUTER, "priority: P0", "priority: P3")
    bob.repo.write("notes.txt", "mine\n")
    bob("sync")
    assert "priority: P3" in bob.text(ROUTER)
    assert bob.repo.git("status", "--porcelain").split("\n") == [f" M {bob.path(ROUTER)}", "?? notes.txt", ""]


def test_work_that_is_in_the_way_is_named_and_nothing_changes(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob.hand_edit(GATEWAY, "priority: P1", "priority: P3")
    for command in ((), ("assign", BILLING, "y")):
        if command:
            bob(*command)
        before = whole(bob)
        told = bob("sync", status=1).err
        assert bob.path(GATEWAY) in told
        assert "commit or stash" in told
        assert whole(bob) == before


@pytest.mark.exhaustive
def test_an_item_that_is_like_a_deleted_one_does_not_take_over_its_changes(pair: tuple[Session, Session]) -> None:
    """M6: git takes it for renamed, and the new item would be moved along."""
    ann, bob = pair
    ann("set-status", GATEWAY, "in_progress")
    ann("sync")
    other = "bl_d8a7874e7370"
    bob.repo.git("rm", "--quiet", bob.path(GATEWAY))
    bob.repo.write(bob.path(other), item_text(other, "The gateway drops connections.", title="Review the gateway",
                   priority="P1", service="gateway", category="arch_review", due_date="2026-03-02"))  # fmt: skip
    bob.repo.commit("another one")
    told = bob("sync", status=1)
    assert f"{bob.path(GATEWAY)}: left: " in told.out
    assert "status: open" in bob.text(other)


@pytest.fixture
def rendering(cli: Session, tmp_path: Path) -> tuple[Session, Session]:
    """Two clones of a backlog whose policy renders the views with every write."""
    cli.policy("views:\n  auto: true\n")
    cli("render", "--commit")
    cli.repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    return clone(tmp_path, "Ann Author"), clone(tmp_path, "Bob Builder")


@pytest.mark.exhaustive
def test_views_that_a_policy_renders_are_rendered_and_not_merged(rendering: tuple[Session, Session]) -> None:
    ann, bob = rendering
    ann("set-status", GATEWAY, "in_progress")
    ann("sync")
    bob("close", BILLING, "--status", "canceled")
    bob.repo.git("fetch", "--quiet")
    assert "CONFLICT" in bob.repo.git("merge", "origin/main", check=False)
    bob.repo.git("merge", "--abort")
    bob("sync")
    bob("render", "--check")
    assert (bob.item(GATEWAY)["status"], bob.item(BILLING)["status"]) == ("in_progress", "canceled")
    assert bob.repo.git("status", "--porcelain") == ""
    assert bob.repo.head() == at_origin(bob)


@pytest.mark.exhaustive
def test_a_view_that_somebody_wrote_into_stays_a_conflict(rendering: tuple[Session, Session]) -> None:
    ann, bob = rendering
    text = ann.repo.read("DASHBOARD.md")
    ann.repo.write("DASHBOARD.md", text.replace("open", "OPEN").replace("4", "four"))
    ann.repo.commit("by hand")
    ann("sync")
    bob("close", BILLING, "--status", "canceled")
    assert "DASHBOARD.md: left: " in bob("sync", status=1).out
    assert "four" in bob.repo.read("DASHBOARD.md")


# --- what does not


def test_a_conflict_is_left_open_and_ends_as_every_merge_does(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann.repo.write("notes.txt", "ann\n")
    ann.repo.commit("notes")
    ann("sync")
    bob("assign", GATEWAY, "y")
    bob.repo.write("notes.txt", "bob\n")
    bob.repo.commit("notes")
    answer = bob("sync", status=1)
    assert answer.out.splitlines() == [
        f"{bob.path(GATEWAY)}: left: owner: ours is 'y', theirs is 'x'",
        "notes.txt: left: both sides changed it",
    ]
    assert "git merge --abort" in answer.err
    assert "in the middle of a merge" in bob("sync", status=7).err
    bob.repo.git("checkout", "--ours", "notes.txt")
    bob.repo.git("checkout", "--theirs", bob.path(GATEWAY))
    bob.repo.commit("merged")
    assert "given" in bob("sync").out
    assert bob.repo.head() == at_origin(bob)


@pytest.mark.exhaustive
def test_a_conflict_can_be_taken_back_whole(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", GATEWAY, "y")
    before = whole(bob)
    assert [one["path"] for one in bob("sync", "--json", status=1).data["conflicts"]] == [bob.path(GATEWAY)]
    bob.repo.git("merge", "--abort")
    assert whole(bob) == before


@pytest.mark.exhaustive
def test_a_merge_that_alone_breaks_a_rule_is_taken_back(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    for session, item_id in ((ann, "bl_aaaaaaaaaaaa"), (bob, "bl_bbbbbbbbbbbb")):
        session.repo.write(session.path(item_id), item_text(item_id, dedupe_key="one:key"))
        session.repo.commit("by hand")
    ann("sync")
    before = whole(bob)
    told = bob("sync", status=1).err
    assert "[BL206]" in told
    assert "taken back" in told
    assert whole(bob) == before
    assert at_origin(bob) == ann.repo.head()


@pytest.mark.exhaustive
@pytest.mark.parametrize("later", [False, True], ids=["last", "before others"])
def test_a_conflict_that_a_person_ended_badly_is_not_pushed(pair: tuple[Session, Session], later: bool) -> None:
    """Nor if other commits or another merge come after it; mended in any of the ways that are told, it is."""
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", GATEWAY, "y")
    bob("sync", status=1)
    marked = (bob.repo.root / bob.path(GATEWAY)).read_text()
    bob.repo.commit("merged, or so it seems")
    if later:
        bob("assign", BILLING, "z")
        ann("assign", ROUTER, "z")
        ann("sync")
    told = bob("sync", status=1).err
    assert "breaks a rule; nothing was pushed" in told
    assert "[BL118]" in told
    assert ("--amend" in told, "--rebase-merges" in told) == (not later, later)
    assert at_origin(bob) == ann.repo.head()
    mended = marked.replace("<<<<<<< ours\n", "").replace("=======\nowner: x\n>>>>>>> theirs\n", "")
    bob.repo.write(bob.path(GATEWAY), mended)
    if later:
        bob.repo.commit("mended")
    else:
        bob.repo.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    bob("sync")
    assert at_origin(bob) == bob.repo.head()
    assert bob.item(GATEWAY)["owner"] == "y"


@pytest.mark.exhaustive
def test_a_merge_that_breaks_a_rule_is_not_hidden_by_one_that_comes_after_it(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    for number, status in enumerate(("done", "")):
        ann("assign", (GATEWAY, ROUTER)[number], "x")
        ann("sync")
        bob("assign", BILLING, f"y{number}")
        bob.repo.git("fetch", "--quiet")
        bob.repo.git("merge", "--quiet", "--no-commit", "--no-ff", "origin/main")
        if status:
            bob.hand_edit(SEARCH, "status: open", f"status: {status}")
        bob.repo.commit("merged")
    assert "[BL301]" in bob("sync", status=1).err
    assert at_origin(bob) == ann.repo.head()


@pytest.mark.exhaustive
def test_a_merge_of_ones_own_branches_does_not_answer_for_what_they_did(pair: tuple[Session, Session]) -> None:
    _, bob = pair
    bob.repo.git("checkout", "--quiet", "-b", "side")
    bob.hand_edit(GATEWAY, "status: open", "status: done")
    bob.repo.commit("not a legal step")
    bob.repo.git("checkout", "--quiet", "main")
    bob("assign", BILLING, "y")
    bob.repo.git("merge", "--quiet", "--no-edit", "side")
    bob("sync")
    assert at_origin(bob) == bob.repo.head()


@pytest.mark.exhaustive
def test_a_merge_that_closes_the_wrong_item_is_not_pushed(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", GATEWAY, "y")
    bob("sync", status=1)
    bob.repo.git("checkout", "--ours", bob.path(GATEWAY))
    bob.hand_edit(BILLING, "status: open", "status: done")
    bob.repo.commit("merged")
    told = bob("sync", status=1).err
    assert f"{bob.path(BILLING)}" in told
    assert at_origin(bob) == ann.repo.head()


@pytest.mark.exhaustive
def test_what_was_wrong_before_does_not_stop_a_merge(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob.hand_edit(SEARCH, "status: open", "status: done")
    bob.repo.commit("by hand")
    bob("sync")
    assert bob.repo.head() == at_origin(bob)


@pytest.mark.exhaustive
def test_a_hook_that_refuses_the_merge_leaves_all_as_it_was(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    ann("sync")
    bob("assign", BILLING, "y")
    bob.repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho not today >&2\nexit 1\n").chmod(0o755)
    before = whole(bob)
    assert "not today" in bob("sync", status=1).err
    assert whole(bob) == before


# --- remotes that say no


def test_a_protected_branch_shows_the_way_by_a_pull_request_and_the_way_works(
    pair: tuple[Session, Session], origin: Repo
) -> None:
    ann, _ = pair
    origin.write("hooks/pre-receive", PROTECTED).chmod(0o755)
    ann("assign", GATEWAY, "x")
    made = ann.repo.head()
    answer = ann("sync", status=1)
    assert "GH006: Protected branch update failed." in answer.err
    steps = [line.strip() for line in answer.err.splitlines() if line.startswith("  git ")]
    assert steps == [
        "git switch -c backlog/from-main",
        "git push -u origin backlog/from-main",
        "git branch -f main origin/main",
    ]
    for step in steps:
        ann.repo.git(*step.split()[1:])
    assert at_origin(ann, "backlog/from-main") == made
    assert ann.repo.git("rev-parse", "main").strip() == at_origin(ann) != made
    assert ann("sync").out == "backlog/from-main and origin/backlog/from-main: nothing to do\n"


def test_a_remote_that_cannot_be_reached_is_told_in_gits_words_without_a_password(
    pair: tuple[Session, Session],
) -> None:
    ann, _ = pair
    ann.repo.git("remote", "set-url", "origin", "https://ann:s3cret@127.0.0.1:1/o/r.git")
    answer = ann("sync", status=7)
    assert "git cannot fetch from origin" in answer.err
    assert "s3cret" not in answer.out + answer.err


def test_what_a_server_says_cannot_act_in_a_terminal(pair: tuple[Session, Session], origin: Repo) -> None:
    origin.write("hooks/pre-receive", "#!/bin/sh\nprintf 'no \\033[31m\\033]8;;x\\007 red' >&2\nexit 1\n").chmod(0o755)
    ann, _ = pair
    ann("assign", GATEWAY, "x")
    assert "red" in ann("sync", status=1).err  # the session looks for controls


# --- what to follow


def test_a_new_branch_goes_to_the_remote_that_is_named_and_follows_it(pair: tuple[Session, Session]) -> None:
    ann, _ = pair
    ann.repo.git("switch", "--quiet", "--create", "topic")
    ann("assign", GATEWAY, "x")
    assert "backlogtool sync origin" in ann("sync", status=3).err
    assert "origin" in ann("sync", "orgin", status=3).err
    ann("sync", "origin")
    assert at_origin(ann, "topic") == ann.repo.head()
    assert ann("sync").out == "topic and origin/topic: nothing to do\n"


def test_a_tag_of_the_same_name_does_not_change_where_a_branch_goes(pair: tuple[Session, Session]) -> None:
    ann, _ = pair
    ann.repo.git("tag", "main")
    ann("assign", GATEWAY, "x")
    assert ann("sync").out == "main and origin/main: 1 commit given\n"
    assert ann("sync", "origin").out == "main and origin/main: nothing to do\n"
    assert at_origin(ann) == ann.repo.head()


@pytest.mark.exhaustive
def test_a_branch_that_is_gone_at_the_remote_is_made_again_only_if_asked(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann.repo.git("switch", "--quiet", "--create", "topic")
    ann("sync", "origin")
    bob.repo.git("push", "--quiet", "origin", ":topic")
    ann("assign", GATEWAY, "x")
    assert "follows origin/topic, which is not there" in ann("sync", status=3).err
    assert at_origin(ann, "topic") == ""
    ann("sync", "origin")
    assert at_origin(ann, "topic") == ann.repo.head()


@pytest.mark.exhaustive
def test_clones_of_an_empty_repository_begin_with_a_sync(tmp_path: Path) -> None:
    """One makes the backlog and pushes it, the other one has nothing of his own and takes it."""
    make(tmp_path / "origin.git", bare=True)
    ann, bob = clone(tmp_path, "Ann Author"), clone(tmp_path, "Bob Builder")
    for command in (("sync",), ("sync", "origin")):
        assert "nothing is committed yet" in bob(*command, status=3).err
    assert bob("sync", "--dry-run").out == "main and origin/main: nothing to do\n"
    ann("init")
    assert "backlogtool sync origin makes it" in ann("sync", status=3).err
    assert ann("sync", "origin").out == "main and origin/main: 1 commit given, the branch is new there\n"
    assert bob("sync").out == "main and origin/main: 1 commit taken\n"
    assert bob.repo.head() == ann.repo.head() == at_origin(ann)
    assert bob.repo.git("status", "--porcelain") == ""


def test_a_branch_that_follows_another_name_is_not_pushed_there_unawares(pair: tuple[Session, Session]) -> None:
    ann, _ = pair
    ann.repo.git("switch", "--quiet", "--create", "topic", "--track", "origin/main")
    ann("assign", GATEWAY, "x")
    assert "git push -u origin topic" in ann("sync", status=2).err
    ann.repo.git("config", "push.default", "upstream")
    ann("sync")
    assert at_origin(ann) == ann.repo.head()


def test_a_branch_that_is_pushed_to_a_fork_needs_the_remote_named(pair: tuple[Session, Session]) -> None:
    ann, _ = pair
    ann.repo.git("remote", "add", "fork", "/nowhere")
    ann.repo.git("config", "remote.pushDefault", "fork")
    assert "backlogtool sync origin" in ann("sync", status=2).err
    ann("sync", "origin")


def test_without_a_branch_or_a_remote_there_is_nothing_to_sync(cli: Session) -> None:
    assert "git remote add origin URL" in cli("sync", status=3).err
    cli.repo.git("checkout", "--quiet", "--detach")
    assert "git switch BRANCH" in cli("sync", status=7).err


# --- races


def test_a_race_that_is_lost_is_run_again(pair: tuple[Session, Session], origin: Repo) -> None:
    """While Bob pushes, Ann has pushed: his push is refused once, and then has both."""
    ann, bob = pair
    ann("assign", GATEWAY, "x")
    bob("assign", BILLING, "y")
    script = f"#!/bin/sh\n[ -e done ] || (cd '{ann.repo.root}' && git push --quiet origin main; :) && touch done\n"
    bob.repo.write(".git/hooks/pre-push", script).chmod(0o755)
    assert "1 commit taken, 2 commits given" in bob("sync").out
    assert bob.repo.head() == at_origin(bob)
    assert origin.git("rev-list", "--count", "main").strip() == "4"


@pytest.mark.exhaustive
def test_a_race_is_not_run_for_ever(pair: tuple[Session, Session], monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = pair
    monkeypatch.setattr("backlogtool.app.syncing.TRIES", 3)
    monkeypatch.setattr("backlogtool.app.syncing._FIRST_WAIT", 0.0)
    bob("assign", BILLING, "y")
    script = (
        f"#!/bin/sh\ncd '{ann.repo.root}' && unset GIT_DIR && echo x >>x && git add x && git commit -qm x"
        " && git push -q origin main\n"
    )
    bob.repo.write(".git/hooks/pre-push", script).chmod(0o755)
    assert "moved on 3 times" in bob("sync", status=5).err
    assert bob.item(BILLING)["owner"] == "y"
    assert bob.repo.git("status", "--porcelain") == ""


def _work(session: Session, number: int, rounds: int) -> int:
    for turn in range(rounds):
        item_id = f"bl_{number:06x}{turn:06x}"
        session.repo.write(session.path(item_id), item_text(item_id))
        session.repo.commit(f"{item_id} by hand", session.path(item_id))
        answer = session.answer("sync")
        if answer.status:
            print(number, turn, answer)
            return 1
    return 0


@pytest.mark.parametrize(("writers", "rounds"), amounts((3, 1), exhaustive=(8, 5)))
def test_many_writers_race_and_every_item_arrives_once(origin: Repo, writers: int, rounds: int) -> None:
    clones = [clone(origin.root.parent, f"Writer{number} X") for number in range(writers)]
    children = [start(lambda one=one, number=number: _work(one, number, rounds)) for number, one in enumerate(clones)]  # type: ignore[misc]
    assert [end(child) for child in children] == [0] * writers
    names = origin.git("ls-tree", "-r", "--name-only", "main", "items/").split()
    assert len(set(names)) == len(names) == 4 + writers * rounds
    subjects = origin.git("log", "--no-merges", "--format=%s", "main").split("\n")
    assert len([one for one in subjects if one.endswith("by hand")]) == writers * rounds
    assert origin.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.exhaustive
@pytest.mark.parametrize("turns", amounts(1, exhaustive=4))
def test_two_syncs_of_one_clone_do_not_stand_in_each_others_way(pair: tuple[Session, Session], turns: int) -> None:
    ann, bob = pair
    for turn in range(turns):
        for number, session in enumerate(pair):
            item_id = f"bl_{number:06x}{turn:06x}"
            session.repo.write(session.path(item_id), item_text(item_id))
            session.repo.commit("by hand", session.path(item_id))
        children = [start(lambda one=one: _told(one.answer("sync"))) for one in (ann, bob, bob, bob)]  # type: ignore[misc]
        assert [end(child) for child in children] == [0] * len(children)
    assert "refs/backlogtool" not in bob.repo.git("for-each-ref")
    bob("sync")
    assert at_origin(bob) == bob.repo.head()
    assert len(bob.repo.git("ls-tree", "-r", "--name-only", "HEAD", "items/").split()) == 4 + 2 * turns


def _told(answer: Answer) -> int:
    if answer.status:
        print(answer)
    return answer.status


# --- interruptions


@pytest.mark.exhaustive
def test_who_stops_it_loses_nothing_and_can_begin_again(pair: tuple[Session, Session]) -> None:
    """As Ctrl-C does it: every process of the command is told. Then a sync brings everything together."""
    ann, bob = pair
    ann("comment", GATEWAY, "from ann")
    ann("sync")
    bob("comment", GATEWAY, "from bob")
    bob.repo.write("notes.txt", "mine\n")
    ended = []
    for delay in (0.02, 0.08, 0.15, 0.25, 0.35, 0.45):
        child = start(lambda: _in_front(bob))
        threading.Timer(delay, lambda child=child: _interrupt(child)).start()
        ended.append(end(child))
        assert bob.repo.git("status", "--porcelain") == "?? notes.txt\n"
        assert not (bob.repo.root / ".git/index.lock").exists()
    assert set(ended) <= {0, 130, -signal.SIGINT}, ended
    time.sleep(0.1)
    bob("sync")
    assert [one["text"] for one in bob.item(GATEWAY)["comments"]] == ["from ann", "from bob"]
    assert bob.repo.head() == at_origin(bob)


@pytest.mark.exhaustive
def test_a_merge_comes_to_its_end_if_what_has_begun_it_is_killed(pair: tuple[Session, Session]) -> None:
    """By nothing that can be kept from it, while git merges: then the merge is open, and can be taken back whole."""
    ann, bob = pair
    ann("comment", GATEWAY, "from ann")
    ann.repo.write("notes.txt", "ann\n")
    ann.repo.commit("notes", ".")
    ann("sync")
    bob("comment", GATEWAY, "from bob")
    bob.repo.write("notes.txt", "bob\n")
    bob.repo.commit("notes", ".")
    bob.repo.write(".git/info/attributes", "notes.txt merge=killing\n")
    bob.repo.git("config", "merge.killing.driver", "kill -9 $(ps -o ppid= -p $PPID)")
    before = whole(bob)
    assert end(start(lambda: bob.answer("sync").status)) == -signal.SIGKILL
    until = time.monotonic() + 60
    while not _is_open(bob) and time.monotonic() < until:
        time.sleep(0.05)
    assert "from ann" in bob.repo.git("show", f":{bob.path(GATEWAY)}")
    assert "git merge --continue, or --abort" in bob("sync", status=7).err
    bob.repo.git("merge", "--abort")
    assert whole(bob) == before


def _is_open(session: Session) -> bool:
    """Git writes the message last of what tells that a merge is under way."""
    git = session.repo.root / ".git"
    return (git / "MERGE_HEAD").exists() and (git / "MERGE_MSG").exists() and not (git / "index.lock").exists()


def _in_front(session: Session) -> int:
    """A sync as a shell starts it: in a group of processes of its own."""
    os.setpgid(0, 0)
    return session.answer("sync").status


def _interrupt(child: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGINT)
