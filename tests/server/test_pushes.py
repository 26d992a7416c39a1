"""Pushes to a real bare repository with the hook: what is legal passes, what is not leaves every ref as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, LATER, Session, item_text
from tests.repositories import Repo, make
from tests.server.ground import LOOSE, PATH, POLICY, Ground

Act = Callable[[Ground], object]

# --- what passes


def by_command(ground: Ground) -> None:
    ground.command("set-status", GATEWAY, "in_progress", "--message", "I take it")
    ground.command("assign", BILLING, "bob")
    ground.command("create", "Something new", now=LATER)
    ground.accepted("main")


def by_hand(ground: Ground) -> None:
    ground.put(status="in_progress")
    ground.put(status="done", owner="bob")
    ground.accepted("main")


def taken_back(ground: Ground) -> None:
    ground.command("set-status", GATEWAY, "in_progress")
    ground.command("undo", "HEAD")
    ground.accepted("main")


def merged(ground: Ground) -> None:
    ground.branch("side")
    ground.command("set-status", GATEWAY, "in_progress")
    ground.command("close", GATEWAY)
    ground.work.git("checkout", "--quiet", "main")
    ground.command("assign", BILLING, "bob")
    ground.work.git("merge", "--quiet", "--no-edit", "side")
    ground.accepted("main")


def squashed(ground: Ground) -> None:
    ground.branch("side")
    ground.command("set-status", GATEWAY, "in_progress")
    ground.command("close", GATEWAY)
    ground.work.git("checkout", "--quiet", "main")
    ground.work.git("merge", "--quiet", "--squash", "side")
    ground.work.git("commit", "--quiet", "--no-edit")
    ground.accepted("main")


def a_new_branch(ground: Ground) -> None:
    ground.branch("topic")
    ground.command("set-status", GATEWAY, "in_progress")
    ground.accepted("topic")
    ground.command("close", GATEWAY)
    ground.accepted("topic")


def a_branch_at_an_old_commit(ground: Ground) -> None:
    ground.command("set-status", GATEWAY, "in_progress")
    ground.accepted("main", "main~1:refs/heads/old")


def a_topic_branch_deleted(ground: Ground) -> None:
    ground.accepted("main:refs/heads/topic")
    ground.accepted(":topic")


def a_topic_branch_rewritten(ground: Ground) -> None:
    ground.branch("topic")
    ground.put(status="in_progress")
    ground.accepted("topic")
    ground.work.git("reset", "--quiet", "--hard", "main")
    ground.put(status="blocked")
    ground.accepted("--force", "topic")


def tags_and_notes(ground: Ground) -> None:
    ground.work.git("tag", "light")
    ground.work.git("tag", "--annotate", "--message", "one", "heavy")
    ground.work.git("notes", "add", "--message", "seen")
    ground.accepted("light", "heavy", "refs/notes/commits")
    ground.accepted(":light")


def several_refs(ground: Ground) -> None:
    ground.command("set-status", GATEWAY, "in_progress")
    ground.branch("topic")
    ground.command("close", GATEWAY)
    ground.accepted("main", "topic", "topic:refs/heads/same", "main:refs/tags/v1")


def no_items(ground: Ground) -> None:
    ground.work.write("src/code.py", "x = 1\n")
    ground.work.commit("code")
    ground.work.git("checkout", "--quiet", "--orphan", "pages")
    ground.work.git("rm", "-r", "--quiet", "--force", ".")
    ground.work.write("index.html", "hello\n")
    ground.work.commit("pages")
    ground.accepted("main", "pages")


def a_branch_that_takes_over_new_rules(ground: Ground) -> None:
    """The default branch has loosened its rules and made use of them; a topic branch merges that."""
    ground.branch("topic")
    ground.work.write("notes.txt", "mine\n")
    ground.work.commit("mine")
    ground.accepted("topic")
    ground.work.git("checkout", "--quiet", "main")
    ground.work.write(POLICY, LOOSE)
    ground.work.commit("looser rules")
    ground.accepted("main")
    ground.put(status="done")
    ground.accepted("main")
    ground.work.git("checkout", "--quiet", "topic")
    ground.work.git("merge", "--quiet", "--no-edit", "main")
    ground.accepted("topic")


def a_warning(ground: Ground) -> None:
    """What is no error is told, and nothing is kept from passing."""
    ground.put(ownr="alice")
    told = ground.accepted("main").told
    assert "refs/heads/main: 0 errors, 1 warning" in told
    assert "[BL115]" in told
    assert "refused" not in told


LEGAL: tuple[Act, ...] = (
    *(by_command, by_hand, taken_back, merged, squashed, a_new_branch, a_branch_at_an_old_commit),
    *(a_topic_branch_deleted, a_topic_branch_rewritten, tags_and_notes, several_refs, no_items),
    *(a_branch_that_takes_over_new_rules, a_warning),
)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("act", LEGAL, ids=lambda one: one.__name__)
def test_a_legal_push_passes(ground: Ground, act: Act) -> None:
    act(ground)
    sent = {ref: name for ref, name in ground.refs().items() if ref == "refs/heads/main"}
    assert sent == {"refs/heads/main": ground.work.git("rev-parse", "refs/remotes/origin/main").strip()}


def test_the_first_push_to_an_empty_server_has_nothing_before_it(ground: Ground, tmp_path: Path) -> None:
    server = make(tmp_path / "empty.git", bare=True)
    Session(server)("init", "--hooks")
    empty = Ground(server, ground.work)
    ground.work.git("remote", "set-url", "origin", str(server.root))
    ground.put(created_at="tomorrow")
    empty.refused("main", code="BL203")
    ground.work.git("reset", "--quiet", "--hard", "HEAD~1")
    empty.accepted("main", "main:refs/heads/topic")
    ground.put(status="done")
    empty.refused("main", code="BL301")


@pytest.mark.exhaustive
def test_a_push_by_another_transport_is_judged_too(ground: Ground) -> None:
    url = ground.server.root.as_uri()
    ground.put(status="in_progress")
    ground.accepted("main", to=url)
    ground.put(status="open")
    assert "[BL301]" in ground.push("main", to=url).told


@pytest.mark.exhaustive
def test_a_push_from_a_shallow_clone_of_what_the_server_has_passes(ground: Ground, tmp_path: Path) -> None:
    ground.put(status="in_progress")
    ground.accepted("main")
    Repo(tmp_path).git("clone", "--quiet", "--depth=1", ground.server.root.as_uri(), str(tmp_path / "shallow"))
    shallow = Ground(ground.server, Repo(tmp_path / "shallow"))
    shallow.work.git("config", "user.name", "Ann")
    shallow.work.git("config", "user.email", "ann@example.org")
    shallow.put(status="done")
    shallow.accepted("main")
    shallow.put(status="open")
    shallow.refused("main", code="BL301")


@pytest.mark.sampled(6)
@pytest.mark.parametrize("kind", ["packs", "borrowing", "sha256", "with a work tree"])
def test_servers_of_every_kind_see_what_is_not_accepted_yet(ground: Ground, tmp_path: Path, kind: str) -> None:
    """Git keeps the new objects aside until the hook says yes: alone or in packs, beside those of others."""
    place, work = tmp_path / "other.git", ground.work
    if kind == "sha256":
        Repo(tmp_path).git("init", "--quiet", "--bare", "--object-format=sha256", str(place))
        Repo(tmp_path).git("init", "--quiet", "--object-format=sha256", str(tmp_path / "new"))
        work = Repo(tmp_path / "new")
        for name in ("user.name", "user.email"):
            work.git("config", name, "ann")
        work.write(PATH, item_text(GATEWAY))
        work.commit("a backlog")
    elif kind == "with a work tree":
        Repo(tmp_path).git("clone", "--quiet", str(ground.server.root), str(place))
    else:
        Repo(tmp_path).git("clone", "--quiet", "--bare", "--shared", str(ground.server.root), str(place))
    server = Repo(place)
    server.git("config", "receive.denyCurrentBranch", "updateInstead")
    server.git("config", "receive.unpackLimit", "1" if kind == "packs" else "100")
    hooks = place / (".git/hooks" if kind == "with a work tree" else "hooks")
    hooks.mkdir(exist_ok=True)
    shutil.copy(ground.server.root / "hooks/pre-receive", hooks)
    other = Ground(server, work)
    work.git("remote", "add", "other", str(place))
    if kind != "sha256":
        other.put(status="in_progress")
    other.accepted("main", to="other")
    other.put(status="nonsense")
    assert "[BL202]" in other.push("main", to="other").told


# --- what is refused


def an_illegal_move(ground: Ground) -> None:
    ground.put(status="done")
    found = ground.refused("main", code="BL301")
    assert f"{PATH}:5:1: error: {GATEWAY} cannot go from open to done" in found.told
    assert "refs/heads/main is refused: 1 error, 0 warnings" in found.told
    assert "nothing of this push is accepted" in found.told


def a_detour(ground: Ground) -> None:
    """Both ends are as they should be; what lies between is not."""
    ground.put(status="done")
    ground.put(status="open")
    ground.refused("main", code="BL301")


def an_evil_merge(ground: Ground) -> None:
    ground.branch("side")
    ground.put(owner="bob")
    ground.work.git("checkout", "--quiet", "main")
    ground.put(priority="P0")
    ground.merge("side", status="done", owner="bob", priority="P0")
    ground.refused("main", code="BL301")


def a_changed_birth(ground: Ground) -> None:
    ground.put(created_at="2020-01-01T00:00:00Z")
    ground.refused("main", code="BL302")


def an_unreadable_item(ground: Ground) -> None:
    ground.work.write(PATH, "---\nid: [\n")
    ground.work.commit("broken")
    ground.refused("main", code="BL103")


def an_unknown_status(ground: Ground) -> None:
    ground.put(status="doen")
    assert "did you mean" in ground.refused("main", code="BL202").told


def a_key_that_is_taken(ground: Ground) -> None:
    other = "bl_0000000000aa"
    ground.work.write(f"items/{other}.md", item_text(other, dedupe_key=f"key:{GATEWAY}"))
    ground.work.commit("twice")
    ground.refused("main", code="BL206")


def rules_loosened_on_the_way(ground: Ground) -> None:
    ground.work.write(POLICY, LOOSE)
    ground.work.commit("looser rules")
    ground.put(status="done")
    assert "[BL306]" in ground.refused("main", code="BL301").told


def rules_that_a_branch_brought_before(ground: Ground) -> None:
    """A topic branch may hold other rules, but they judge nothing."""
    ground.branch("topic")
    ground.work.write(POLICY, LOOSE)
    ground.work.commit("looser rules")
    ground.accepted("topic")
    ground.put(status="done")
    ground.refused("topic", code="BL301")


def rules_lost_by_rewriting(ground: Ground) -> None:
    ground.branch("topic")
    ground.put(status="in_progress")
    ground.accepted("topic")
    ground.work.git("checkout", "--quiet", "-B", "topic", "main")
    ground.work.write(POLICY, LOOSE)
    ground.work.commit("looser rules")
    ground.put(status="done")
    ground.refused("--force", "topic", code="BL301")


def a_policy_that_nobody_can_use(ground: Ground) -> None:
    ground.work.write(POLICY, "version: 1\nworkflow: 7\n")
    ground.work.commit("broken rules")
    ground.refused("main", code="BL402")


def rules_at_the_server_that_nobody_can_use(ground: Ground) -> None:
    """The base cannot be read, so nothing can be judged by it."""
    ground.work.write(POLICY, "version: 1\nworkflow: 7\n")
    ground.work.commit("broken rules")
    hook = ground.server.root / "hooks/pre-receive"
    hook.chmod(0o644)
    ground.accepted("main")
    hook.chmod(0o755)
    ground.put(status="in_progress")
    ground.refused("main", code="BL402")


def main_deleted(ground: Ground) -> None:
    ground.server.git("config", "receive.denyDeleteCurrent", "ignore")
    ground.refused(":main", code="BL330")


def main_rewound(ground: Ground) -> None:
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.refused("--force", "main~1:main", code="BL331")


def main_rewritten(ground: Ground) -> None:
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.work.git("commit", "--quiet", "--amend", "--message", "other words")
    ground.refused("--force", "main", code="BL331")


def main_rewound_by_another_name(ground: Ground) -> None:
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.server.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    ground.server.git("symbolic-ref", "refs/other/alias", "refs/heads/main")
    ground.refused("--force", "main~1:refs/heads/alias", code="BL331")
    ground.refused("--force", "main~1:refs/other/alias", code="BL331")


def a_blob_as_a_branch(ground: Ground) -> None:
    blob = ground.work.git("rev-parse", f"main:{PATH}").strip()
    told = ground.refused(f"{blob}:refs/heads/blob", code="BL332").told
    assert "which is a blob and no commit" in told
    assert "push a commit as the branch" in told


def a_tag_as_a_branch(ground: Ground) -> None:
    ground.work.git("tag", "--annotate", "--message", "one", "heavy")
    told = ground.refused("heavy:refs/heads/heavy", code="BL332").told
    assert "push the commit that the tag stands at: <tag>^{commit}" in told


def one_ref_of_several(ground: Ground) -> None:
    """All or nothing: the good ones do not move either. Everything is told at once."""
    ground.branch("good")
    ground.put(status="in_progress")
    ground.branch("bad")
    ground.put(status="done", created_at="2020-01-01T00:00:00Z")
    ground.branch("worse", "bad")
    ground.put(status="open")
    told = ground.refused("good", "bad", "worse", "good:refs/tags/v1", code="BL302").told
    assert "[BL301]" in told
    assert "refs/heads/bad is refused" in told
    assert "refs/heads/worse is refused" in told
    assert "refs/heads/good" not in told


def history_that_is_not_there(ground: Ground) -> None:
    """The server would become shallow: what was done in the part that is missing cannot be judged."""
    place = ground.work.root.parent
    other = make(place / "other")
    for status in ("open", "in_progress", "done"):
        other.write(PATH, item_text(GATEWAY, status=status))
        other.commit(status)
    Repo(place).git("clone", "--quiet", "--depth=1", other.root.as_uri(), "shallow")
    ground.server.git("config", "receive.shallowUpdate", "true")
    shallow = Ground(ground.server, Repo(place / "shallow"))
    shallow.work.git("remote", "set-url", "origin", str(ground.server.root))
    shallow.refused("main:refs/heads/foreign", code="BL333")


def more_than_anybody_reads(ground: Ground) -> None:
    """At most twenty findings; the others are counted."""
    for number in range(30):
        name = f"bl_{number:012x}"
        ground.work.write(f"items/{name}.md", item_text(name, priority="P9"))
    ground.work.commit("many")
    told = ground.refused("main", code="BL202").told
    assert told.count("[BL202]") == 20
    assert "and 10 more findings" in told


def words_that_a_terminal_would_act_on(ground: Ground) -> None:
    ground.put(status='"\\e]8;;x\\e\\\\doen\u202e"')
    ground.refused("main", code="BL108")


ILLEGAL: tuple[Act, ...] = (
    *(an_illegal_move, a_detour, an_evil_merge, a_changed_birth, an_unreadable_item, an_unknown_status),
    *(a_key_that_is_taken, rules_loosened_on_the_way, rules_that_a_branch_brought_before, rules_lost_by_rewriting),
    *(a_policy_that_nobody_can_use, rules_at_the_server_that_nobody_can_use, main_deleted, main_rewound),
    *(main_rewritten, main_rewound_by_another_name, a_blob_as_a_branch, a_tag_as_a_branch, one_ref_of_several),
    *(history_that_is_not_there, more_than_anybody_reads, words_that_a_terminal_would_act_on),
)


@pytest.mark.parametrize("act", ILLEGAL, ids=lambda one: one.__name__)
def test_an_illegal_push_is_refused_and_changes_nothing(ground: Ground, act: Act) -> None:
    act(ground)
