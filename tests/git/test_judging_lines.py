"""What an item was, who had it and which rules count is told by every line of history, never by one picked first."""

from __future__ import annotations

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import errors
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.differences import between
from backlogtool.stores.git.objects import parse_commit
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.rule_changes import rule_changes
from tests.cli.session import item_text
from tests.repositories import Repo

ONE, TWO = "bl_0123456789ab", "bl_ba9876543210"
POLICY, PATH, OTHER = "config/backlog_policy.yml", f"items/{ONE}.md", f"items/{TWO}.md"
WHO = "author A <a@example.org> 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n"
LIMIT = "version: 1\nworkflow:\n  wip_limits: {in_progress: {total: 1}}\n"
GUARD = "version: 1\nworkflow:\n  guards: [{name: why, to: [in_progress, done], require: [comment]}]\n"
ROLES = """\
commits: author
entitlements:
  tools.backlog.triage: [list, get, create]
  tools.backlog.write: [upsert, set_status, close]
  tools.backlog.rules: [change_rules]
roles:
  cto: [tools.backlog.triage, tools.backlog.write, tools.backlog.rules]
  triage: [tools.backlog.triage]
people:
  lee: {role: cto, emails: [lee@example.org]}
  bot: {role: triage, kind: agent, emails: [bot@example.org]}
"""


@pytest.fixture
def work(repo: Repo) -> Repo:
    put(repo, title="Base")
    return repo


def put(repo: Repo, message: str = "m", path: str = PATH, who: str = "lee", item: str = "", **fields: str) -> str:
    """A commit that leaves the item with these values."""
    repo.write(path, item_text(item or path.rpartition("/")[2].removesuffix(".md"), **fields))
    return commit(repo, message, who)


def commit(repo: Repo, message: str = "m", who: str = "lee", date: str = "") -> str:
    repo.git("add", "--all")
    dated = {"GIT_COMMITTER_DATE": date} if date else {}
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org", **dated}
    repo.git("commit", "--quiet", "--allow-empty", "--message", message, extra=named)
    return repo.head()


def branch(repo: Repo, name: str, at: str = "HEAD") -> None:
    repo.git("checkout", "--quiet", "-b", name, at)


def merged(repo: Repo, *others: str, who: str = "lee") -> str:
    """A merge of what stands in the work tree, whatever its sides say."""
    repo.git("add", "--all")
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"}
    parents = [word for one in ("HEAD", *others) for word in ("-p", one)]
    made = repo.git("commit-tree", repo.git("write-tree").strip(), *parents, "-m", "merge", extra=named).strip()
    repo.git("reset", "--quiet", "--hard", made)
    return made


def wrong(repo: Repo, base: str, head: str = "HEAD") -> list[str]:
    return [one.code for one in errors(validate_between(Workspace.open(repo.root, environment={}), base, head))]


# --- what git tells


def test_ids_in_objects_are_read_as_git_tells_them() -> None:
    read = parse_commit("c" * 40, f"tree {'A' * 40}\nparent {'BC' * 20}\n{WHO}\nm".encode())
    assert (read.tree, read.parents) == ("a" * 40, ("bc" * 20,))


def test_what_git_did_not_compare_is_never_taken_for_equal(work: Repo) -> None:
    """Whatever the reason: here an object that is none for git."""
    raw = f"tree {'z' * 40}\nparent {work.head()}\n{WHO}\nm\n".encode()
    made = work.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", stdin=raw).strip()
    git = discover(str(work.root)).git
    with pytest.raises(UnavailableError):
        between(git, [(work.head(), made)])
    with pytest.raises(UnavailableError):
        rule_changes(git, {made: (work.head(),)}, ("config",))


# --- what an item was


def removed(repo: Repo) -> None:
    (repo.root / OTHER).unlink()
    commit(repo)


def closed(repo: Repo) -> None:
    """The other item is done, and then cleaned up."""
    put(repo, path=OTHER, status="in_progress")
    put(repo, path=OTHER, status="done")
    removed(repo)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("first", ["main", "side"])
def test_a_branch_that_had_not_heard_of_it_does_not_make_a_closing_forgotten(first: str, work: Repo) -> None:
    put(work, path=OTHER)
    branch(work, "side")
    commit(work)
    work.git("checkout", "--quiet", "main")
    closed(work)
    work.git("checkout", "--quiet", first)
    work.git("rm", "--quiet", "--ignore-unmatch", OTHER)
    base = merged(work, "side" if first == "main" else "main")
    put(work, path=OTHER)
    assert wrong(work, base) == ["BL301"]


def test_the_last_version_that_could_be_read_counts_also_if_a_broken_one_was_deleted(work: Repo) -> None:
    put(work, path=OTHER)
    put(work, path=OTHER, status="in_progress")
    put(work, path=OTHER, status="done")
    work.write(OTHER, "---\nid: [\n")
    commit(work)
    removed(work)
    base = work.head()
    put(work, path=OTHER)
    assert wrong(work, base) == ["BL301"]


def test_what_was_broken_on_two_lines_is_what_both_were(work: Repo) -> None:
    put(work, path=OTHER)
    branch(work, "side")
    put(work, path=OTHER, status="in_progress")
    put(work, path=OTHER, status="done")
    work.write(OTHER, "---\nid: [\n")
    commit(work)
    work.git("checkout", "--quiet", "main")
    work.write(OTHER, "---\nid: [1\n")
    commit(work)
    base = merged(work, "side")
    put(work, path=OTHER)
    assert wrong(work, base) == ["BL301"]


@pytest.mark.exhaustive
def test_an_item_that_moved_and_was_deleted_comes_back_as_it_was(work: Repo) -> None:
    """Only its last version counts: those from before it moved are no other lines."""
    put(work, path=OTHER)
    work.git("rm", "--quiet", OTHER)
    for status in ("open", "in_progress", "done"):
        put(work, path=f"items/a/{TWO}.md", status=status)
    work.git("rm", "--quiet", f"items/a/{TWO}.md")
    base = commit(work)
    put(work, path=OTHER, status="done")
    assert wrong(work, base) == []
    put(work, path=OTHER, status="open")
    assert wrong(work, base) == ["BL301"]


# --- who had it


@pytest.fixture
def team(repo: Repo) -> Repo:
    repo.write("config/rbac.yml", ROLES)
    commit(repo)
    repo.git("tag", "before")
    put(repo, title="Urgent")
    repo.git("tag", "base")
    return repo


def apart(repo: Repo, **fields: str) -> None:
    """The bot makes the item a second time, before it was there, and is asked to merge."""
    branch(repo, "old", "before")
    put(repo, who="bot", **fields)
    repo.git("checkout", "--quiet", "main")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("order", [("main", "old"), ("old", "main")])
def test_a_merge_may_keep_the_item_that_was_there_and_answers_for_another(order: tuple[str, str], team: Repo) -> None:
    apart(team, title="Nothing")
    work, other = order
    for title, expected in (("Urgent", []), ("Nothing", ["BL321"])):
        team.git("checkout", "--quiet", "--detach", work)
        team.write(PATH, item_text(ONE, title=title))
        assert wrong(team, "base", merged(team, other, who="bot")) == expected


def test_commits_between_do_not_make_another_item_of_it(team: Repo) -> None:
    apart(team, title="Nothing")
    commit(team, who="bot")
    team.write(PATH, item_text(ONE, title="Nothing"))
    merged(team, "old", who="bot")
    assert wrong(team, "base") == ["BL321"]


def test_an_octopus_takes_nothing_over_from_an_item_made_apart(team: Repo) -> None:
    apart(team, title="Nothing")
    branch(team, "third")
    commit(team)
    team.git("checkout", "--quiet", "main")
    team.write(PATH, item_text(ONE, title="Nothing"))
    merged(team, "third", "old", who="bot")
    assert wrong(team, "base") == ["BL321"]


def test_of_two_new_ones_whoever_merges_makes_one(team: Repo) -> None:
    """The two are new to the main branch, yet neither is the other."""
    for name, title in (("a", "First"), ("b", "Second")):
        branch(team, name, "before")
        put(team, path=OTHER, title=title)
    team.write(OTHER, item_text(TWO, title="First"))
    merged(team, "a", who="bot")
    assert wrong(team, "before") == ["BL321"]


@pytest.mark.exhaustive
def test_an_item_that_was_picked_onto_another_branch_is_the_same(team: Repo) -> None:
    """It parted where it came about: nobody who merges answers for what either branch did to it since."""
    made = put(team, path=OTHER)
    branch(team, "picked", "before")
    team.git("cherry-pick", made)
    put(team, path=OTHER, status="in_progress")
    put(team, path=OTHER, status="done")
    team.git("checkout", "--quiet", "main")
    team.write(OTHER, item_text(TWO, status="done"))
    merged(team, "picked", who="bot")
    assert wrong(team, made) == []
    team.git("reset", "--quiet", "--hard", made)
    put(team, path=OTHER, status="in_progress")
    stays = put(team, path=OTHER, status="canceled")
    team.write(OTHER, item_text(TWO, status="done"))
    merged(team, "picked", who="bot")
    assert "BL301" in wrong(team, stays), "what is final stays final"


def test_a_guard_is_not_asked_again_where_a_picked_item_moved_on(work: Repo) -> None:
    work.write(POLICY, GUARD)
    start = commit(work)
    made = put(work, path=OTHER)
    branch(work, "picked", start)
    work.git("cherry-pick", made)
    put(work, "m\n\nBecause it was asked for.", path=OTHER, status="in_progress")
    work.git("checkout", "--quiet", "main")
    work.write(OTHER, item_text(TWO, status="in_progress"))
    merged(work, "picked")
    assert wrong(work, made) == []


# --- what was taken back


def full(repo: Repo) -> str:
    repo.write(POLICY, LIMIT)
    return put(repo, path=OTHER, status="in_progress")


def test_what_is_given_back_from_before_takes_no_place(work: Repo) -> None:
    work.write(POLICY, LIMIT)
    put(work, status="in_progress")
    left = put(work, status="blocked")
    base = put(work, path=OTHER, status="in_progress")
    work.git("revert", "--no-edit", left)
    assert wrong(work, base) == []


def test_what_the_range_itself_took_and_gave_back_takes_a_place(work: Repo) -> None:
    base = full(work)
    put(work, status="in_progress")
    put(work, status="blocked")
    work.git("revert", "--no-edit", "HEAD")
    assert wrong(work, base) == ["BL315"]


def test_to_give_back_words_gives_back_no_place(work: Repo) -> None:
    """The undo itself stands after the move, and its item is in progress by then."""
    words = put(work, title="Other words")
    base = full(work)
    put(work, title="Other words", status="in_progress")
    work.git("revert", "--no-edit", words)
    assert wrong(work, base) == ["BL315"]


def test_a_closing_that_is_taken_back_leaves_the_way_open(work: Repo) -> None:
    put(work, status="in_progress")
    base = put(work, status="done")
    work.git("revert", "--no-edit", "HEAD")
    put(work, status="blocked")
    assert wrong(work, base) == []


# --- where branches cross


def crossed(repo: Repo, old: str) -> None:
    """``main`` and ``side`` have each other's commits; the older of their bases, ``old``, has the later date."""
    branch(repo, "side", old)
    commit(repo, date="2099-01-01T00:00:00Z")
    late = repo.head()
    repo.git("checkout", "--quiet", "main")
    newer = commit(repo)
    repo.git("merge", "--quiet", "--no-ff", "--message", "m", late)
    repo.git("checkout", "--quiet", "side")
    repo.git("merge", "--quiet", "--no-ff", "--message", "m", newer)
    assert repo.git("merge-base", "--all", "main", "side").split()[0] == late


@pytest.mark.exhaustive
def test_a_forged_date_gives_no_place_back(work: Repo) -> None:
    work.write(POLICY, LIMIT)
    old = put(work, status="in_progress")
    put(work, status="blocked")
    put(work, path=OTHER, status="in_progress")
    crossed(work, old)
    assert wrong(work, "main") == []
    put(work, status="in_progress")
    assert wrong(work, "main") == ["BL315"]


def test_a_forged_date_does_not_hide_what_a_branch_brings(work: Repo) -> None:
    old = put(work, title="Base", priority="P9")
    put(work, title="Base")
    crossed(work, old)
    assert wrong(work, "main") == []
    put(work, title="Base", priority="P9")
    assert "BL202" in wrong(work, "main")


def test_a_forged_date_does_not_make_a_closing_forgotten(work: Repo) -> None:
    old = put(work, path=OTHER)
    work.git("rm", "--quiet", OTHER)
    work.git("reset", "--quiet", "--hard", old)
    put(work, path=OTHER, status="in_progress")
    put(work, path=OTHER, status="done")
    branch(work, "side", old)
    work.git("revert", "--no-edit", old)
    commit(work, date="2099-01-01T00:00:00Z")
    late = work.head()
    work.git("checkout", "--quiet", "main")
    removed(work)
    newer = work.head()
    work.git("merge", "--quiet", "--no-ff", "--message", "m", late)
    work.git("checkout", "--quiet", "side")
    work.git("merge", "--quiet", "--no-ff", "--message", "m", newer)
    put(work, path=OTHER)
    assert wrong(work, "main") == ["BL301"]


def test_an_undo_across_branches_that_cross_is_legal(work: Repo) -> None:
    old = work.head()
    put(work, title="Base", owner="bob")
    crossed(work, old)
    put(work, title="Base", owner="bob", status="in_progress")
    work.git("revert", "--no-edit", "HEAD")
    assert wrong(work, "main") == []


# --- what a merge leaves alone


@pytest.mark.sampled(2)
@pytest.mark.parametrize("order", [("main", "side"), ("side", "main")])
def test_in_a_range_too_the_first_parent_tells_no_more_than_the_second(order: tuple[str, str], work: Repo) -> None:
    base = work.head()
    made = put(work, path=OTHER)
    branch(work, "side")
    work.git("revert", "--no-edit", made)
    work.git("checkout", "--quiet", "main")
    closed(work)
    work.git("checkout", "--quiet", "--detach", order[0])
    merged(work, order[1])
    put(work, path=OTHER)
    assert wrong(work, base) == ["BL301"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("order", [("main", "side"), ("side", "main")])
def test_two_lines_that_hold_the_same_may_have_another_past(order: tuple[str, str], work: Repo) -> None:
    """Both end with the same slip, and only one of them was done before."""
    base = work.head()
    branch(work, "side")
    put(work, title="Base", status="opne")
    work.git("checkout", "--quiet", "main")
    for status in ("in_progress", "done", "opne"):
        put(work, title="Base", status=status)
    work.git("checkout", "--quiet", "--detach", order[0])
    merged(work, order[1])
    put(work, title="Base")
    assert wrong(work, base) == ["BL301"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("order", [("main", "old"), ("old", "main")])
def test_an_id_stays_with_the_item_that_was_there(order: tuple[str, str], team: Repo) -> None:
    """The one that is new may get another id in the merge, as ``renumber`` gives it, and not the other way round."""
    text = team.read(PATH)
    apart(team, title="Nothing")
    newer = item_text(ONE, title="Nothing")
    for stays, moves, expected in ((text, newer, []), (newer, text, ["BL321"])):
        team.git("checkout", "--quiet", "--detach", order[0])
        team.write(PATH, stays)
        team.write(OTHER, moves.replace(ONE, TWO))
        assert wrong(team, "base", merged(team, order[1], who="bot")) == expected
