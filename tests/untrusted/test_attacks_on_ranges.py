"""Ways past the judge of a range that somebody found by trying; each is marked until it is closed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from backlogtool.app.validation import validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.cli.output import show
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.differences import ask
from backlogtool.stores.git.objects import parse_commit
from backlogtool.stores.git.repository import discover
from tests.ci import gitlab
from tests.ci.forge import forge
from tests.cli.session import item_text
from tests.repositories import Repo
from tests.server.ground import POLICY, Ground, copied, prepared
from tests.server.test_odd_objects import WHO, commit, entries, stored, tree, with_items

ONE, TWO = "bl_0123456789ab", "bl_ba9876543210"
PATH, OTHER = f"items/{ONE}.md", f"items/{TWO}.md"
TEAM = """\
commits: author
entitlements:
  tools.backlog.read: [list, get, dashboard]
  tools.backlog.triage: [create]
  tools.backlog.write: [upsert, set_status, add_comment, close]
  tools.backlog.rules: [change_rules]
roles:
  cto: [tools.backlog.read, tools.backlog.triage, tools.backlog.write, tools.backlog.rules]
  triage: [tools.backlog.read, tools.backlog.triage]
people:
  lee: {role: cto, emails: [lee@example.org]}
  dev: {role: cto, emails: [dev@example.org]}
  bot: {role: triage, kind: agent, emails: [bot@example.org]}
rules:
- {name: demote, field: priority, leaving: [P0], roles: [cto]}
"""
GUARD = "version: 1\nworkflow:\n  guards: [{name: why, leaving: [blocked], to: [in_progress], require: [comment]}]\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("server"))


@pytest.fixture
def ground(served: Path, tmp_path: Path) -> Ground:
    return copied(served, tmp_path)


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A backlog of one item that is open."""
    put(repo, "base", title="Base")
    repo.git("tag", "base")
    return repo


def put(repo: Repo, message: str = "m", path: str = PATH, who: str = "", **fields: str) -> str:
    """A commit that leaves the item with these values, whoever makes it."""
    repo.write(path, item_text(Path(path).stem, **fields))
    return by(repo, who, message)


def by(repo: Repo, who: str, message: str = "m") -> str:
    repo.git("add", "--all")
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"} if who else {}
    repo.git("commit", "--quiet", "--allow-empty", "--message", message, extra=named)
    return repo.head()


def merged(repo: Repo, other: str, who: str = "t") -> str:
    """A merge of what stands in the work tree, whatever its sides say."""
    repo.git("add", "--all")
    named = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"}
    parents = ("-p", "HEAD", "-p", other)
    made = repo.git("commit-tree", repo.git("write-tree").strip(), *parents, "-m", "merge", extra=named).strip()
    repo.git("reset", "--quiet", "--hard", made)
    return made


def wrong(repo: Repo, base: str, head: str = "HEAD") -> list[str]:
    """The codes of what is wrong with a range."""
    return [one.code for one in errors(between(repo, base, head))]


def between(repo: Repo, base: str, head: str = "HEAD") -> list[Finding]:
    return validate_between(Workspace.open(repo.root, environment={}), base, head)


# --- what git reads and the judge does not


@pytest.mark.parametrize("careful", ["true", "false"])
def test_a_commit_that_names_its_tree_in_capital_letters_is_judged(careful: str, ground: Ground) -> None:
    """Git reads ids in letters of either case, and so does ``receive.fsckObjects``."""
    ground.server.git("config", "receive.fsckObjects", careful)
    base = ground.work.head()
    ground.put("jump", status="done")
    name = ground.work.git("rev-parse", "HEAD^{tree}").strip().upper()
    made = stored(ground, "commit", f"tree {name}\nparent {base}\n{WHO}\nwork\n".encode())
    ground.refused(f"{made}:refs/heads/main", code="BL301")


def test_a_change_of_rules_shows_whatever_the_letters_of_its_tree(repo: Repo) -> None:
    repo.write("config/rbac.yml", TEAM)
    base = by(repo, "lee")
    repo.write("config/rbac.yml", TEAM.replace("role: triage, kind", "role: cto, kind"))
    by(repo, "bot")
    name = repo.git("rev-parse", "HEAD^{tree}").strip().upper()
    raw = f"tree {name}\nparent {base}\n{WHO.replace('a@', 'bot@')}\nwork\n".encode()
    made = repo.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=raw).strip()
    assert wrong(repo, base, made) == ["BL321"]


@pytest.mark.parametrize("folder", ["items/.old", "items/a/.b/c"])
def test_an_item_that_is_moved_to_where_nobody_looks_is_told(folder: str, work: Repo) -> None:
    (work.root / folder).mkdir(parents=True)
    work.git("mv", PATH, f"{folder}/{ONE}.md")
    by(work, "")
    seen = Workspace.open(work.root, environment={}).store.ids()
    assert list(seen) == [ONE] or between(work, "base") != []


@pytest.mark.parametrize("odd", ["link", "folder"])
def test_rules_that_a_work_tree_cannot_read_are_no_rules_that_are_absent(odd: str, work: Repo) -> None:
    work.write(POLICY, GUARD)
    base = by(work, "")
    if odd == "link":
        (work.root / "config").rename(work.root / "elsewhere")
        os.symlink("elsewhere", work.root / "config")
    else:
        (work.root / POLICY).unlink()
        work.write(f"{POLICY}/x", "x\n")
    by(work, "")
    assert errors(Workspace.open(work.root, environment={}).loaded.findings)
    assert wrong(work, base) != []


def test_what_is_judged_between_two_commits_does_not_hang_on_the_work_tree(work: Repo) -> None:
    work.write(".gitmodules", '[submodule "x"]\npath=items/x\nurl=./x\nignore=all\n')
    work.git("add", ".gitmodules")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.head()},items/x")
    work.git("commit", "--quiet", "--message", "m")
    with_it = wrong(work, "base")
    (work.root / ".gitmodules").unlink()
    assert with_it == wrong(work, "base") == ["BL113"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", ["..", ".", ".git", ".GIT"])
def test_a_tree_that_nobody_can_check_out_is_refused(name: str, ground: Ground) -> None:
    found = entries(ground, "HEAD:items")
    sub = tree(ground, found[:1])
    lines = sorted([*found[1:], ("40000", name, sub)], key=lambda one: one[1] + "/" * (one[0] == "40000"))
    made = commit(ground, tree(ground, with_items(ground, tree(ground, lines))))
    ground.refused(f"{made}:refs/heads/main", code="BL333")


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("punycode", "bcher-kva"),
        ("idna", "xn--bcher-kva"),
        ("unicode_escape", "\\x41"),
        ("raw_unicode_escape", "\\u0041"),
    ],
)
def test_a_message_is_read_in_encodings_for_text_alone(codec: str, said: str) -> None:
    """Git knows none of these. A message of 200 kB in punycode takes two minutes, and one of 2 MB hours."""
    raw = f"tree {'a' * 40}\n{WHO}encoding {codec}\n\n{said}".encode()
    assert parse_commit("c" * 40, raw).message == said


# --- moves and limits


def test_taking_a_word_back_lifts_no_limit(work: Repo) -> None:
    work.write(POLICY, "version: 1\nworkflow:\n  wip_limits: {in_progress: {total: 1}}\n")
    base = put(work, path=OTHER, status="in_progress")
    put(work, title="Other words")
    work.git("revert", "--no-edit", "HEAD")
    put(work, title="Base", status="in_progress")
    assert wrong(work, base) == ["BL315"]


def test_a_merge_is_asked_for_a_move_that_no_side_made(work: Repo) -> None:
    """The other side has the old status because it has not heard of the new one."""
    work.write(POLICY, GUARD)
    put(work, status="in_progress")
    work.git("branch", "stale")
    base = put(work, status="blocked")
    work.git("checkout", "--quiet", "stale")
    work.write("README.md", "x\n")
    by(work, "")
    work.git("checkout", "--quiet", "main")
    work.write(PATH, item_text(ONE, status="in_progress"))
    merged(work, "stale")
    assert wrong(work, base) == ["BL313"]


def test_a_guard_is_not_passed_by_making_the_item_a_second_time(work: Repo) -> None:
    work.write(POLICY, "version: 1\nworkflow:\n  guards: [{name: all, to: [done], require: [criteria]}]\n")
    start = by(work, "")
    base = put(work, path=OTHER, status="in_progress")
    work.git("checkout", "--quiet", "-b", "old", start)
    put(work, path=OTHER, status="done")
    work.git("checkout", "--quiet", "main")
    work.write(OTHER, item_text(TWO, status="done"))
    merged(work, "old")
    assert wrong(work, base) != []


def test_what_was_final_on_any_line_is_not_made_anew(work: Repo) -> None:
    made = put(work, path=OTHER)
    work.git("checkout", "--quiet", "-b", "side")
    work.git("revert", "--no-edit", made)
    work.git("checkout", "--quiet", "main")
    put(work, path=OTHER, status="in_progress")
    put(work, path=OTHER, status="done")
    (work.root / OTHER).unlink()
    by(work, "")
    base = merged(work, "side")
    put(work, path=OTHER)
    assert wrong(work, base) == ["BL301"]


def test_a_forged_date_does_not_choose_the_rules(work: Repo) -> None:
    """The branch has the new rules, and is judged by those from before them."""
    loose = "version: 1\nworkflow:\n  allowed_transitions:\n    open: [in_progress, blocked, done, canceled]\n"
    work.write(POLICY, loose)
    by(work, "")
    work.git("checkout", "--quiet", "-b", "side")
    late = {"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"}
    work.git("commit", "--quiet", "--allow-empty", "--message", "late", extra=late)
    work.git("checkout", "--quiet", "main")
    work.write(POLICY, "version: 1\n")
    tight = by(work, "")
    work.git("merge", "--quiet", "--no-ff", "--message", "m", "side")
    by(work, "")
    work.git("checkout", "--quiet", "side")
    work.git("merge", "--quiet", "--no-ff", "--message", "m", tight)
    put(work, title="Base", status="done")
    assert "BL301" in wrong(work, "main")


# --- who may do what


@pytest.fixture
def team(repo: Repo) -> Repo:
    """Lee made an urgent item after ``before``."""
    repo.write("config/rbac.yml", TEAM)
    by(repo, "lee")
    repo.git("tag", "before")
    put(repo, who="lee", title="Urgent", priority="P0", owner="lee")
    repo.git("tag", "base")
    return repo


def born_again(repo: Repo) -> str:
    """An item of the same id, by somebody who may make items but not change them; its text."""
    repo.git("checkout", "--quiet", "-b", "old", "before")
    put(repo, who="bot", title="Nothing much", priority="P3", owner="bot")
    repo.git("checkout", "--quiet", "main")
    return item_text(ONE, title="Nothing much", priority="P3", owner="bot")


def test_who_may_make_items_cannot_replace_one_by_a_merge(team: Repo) -> None:
    team.write(PATH, born_again(team))
    merged(team, "old", "bot")
    assert {"BL321", "BL322"} <= set(wrong(team, "base"))


def test_an_id_stays_with_the_item_that_had_it(team: Repo) -> None:
    text = team.read(PATH)
    team.write(PATH, born_again(team))
    team.write(OTHER, text.replace(ONE, TWO))
    merged(team, "old", "bot")
    assert wrong(team, "base") != []


def test_a_merge_request_from_before_somebody_was_taken_off_is_refused(repo: Repo, tmp_path: Path) -> None:
    """By decision 0026 roles count as they are today; the job of GitLab names the merge base as base."""
    repo.write("config/rbac.yml", TEAM)
    put(repo, who="lee", status="in_progress")
    repo.git("checkout", "--quiet", "-b", "late")
    put(repo, who="dev", status="blocked")
    repo.git("checkout", "--quiet", "main")
    repo.write("config/rbac.yml", TEAM.replace("  dev: {role: cto, emails: [dev@example.org]}\n", ""))
    by(repo, "lee")
    hub = forge(repo, tmp_path / "forge")
    clone = hub.clone("origin/late")
    parted = hub.hub.git("merge-base", "main", "late").strip()
    told = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": parted, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    done = gitlab.run(gitlab.CHECK, hub, clone, CI_COMMIT_SHA=clone.head(), **told)
    assert "[BL320]" in done.out, done.out


# --- false alarms


def test_a_pull_request_can_be_taken_back_as_forges_do_it(work: Repo) -> None:
    """``git revert -m 1``, or the button of a forge, after a merge that brought nothing else."""
    work.git("checkout", "--quiet", "-b", "side")
    put(work, title="Base", status="in_progress")
    work.git("checkout", "--quiet", "main")
    work.git("merge", "--quiet", "--no-ff", "--message", "m", "side")
    work.git("revert", "--no-edit", "-m", "1", "HEAD")
    assert wrong(work, "base") == []


# --- words


def test_what_is_shown_on_one_line_stays_on_it() -> None:
    assert "\n" not in show("items/a\r::error::forged\r\nb\n.md")


def test_the_reason_that_is_told_is_the_one_git_gives(work: Repo) -> None:
    with pytest.raises(UnavailableError) as told:
        ask(discover(str(work.root)).git, "rev-list", "HEAD", "a" * 40, "--")
    assert "bad object" in str(told.value)


# --- size


def test_what_is_too_large_is_refused_in_words(work: Repo) -> None:
    with (work.root / PATH).open("wb") as file:
        file.truncate(200 << 20)
    by(work, "")
    limit = 300 << 20
    done = subprocess.run(
        [sys.executable, "-m", "backlogtool", "validate", "--base", "base", "--head", "main"],
        cwd=work.root,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert b"bug" not in done.stderr
