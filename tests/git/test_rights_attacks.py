"""Ways around roles that somebody would try: old places to branch off, merges that bring back what was changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backlogtool.app.validation import validate, validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import errors
from tests.cli.session import item_text
from tests.git.signing import Key, commit_object, make_key, signed, write_commit
from tests.git.test_rights import ITEM, ONE, TEAM, by, fork, item_id, judged, merge, told
from tests.repositories import Repo

OTHER = f"items/{item_id(2)}.md"


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A backlog of one item in progress, where authors count: lee leads, dev works."""
    repo.write("config/rbac.yml", TEAM)
    repo.write(ITEM, item_text(ONE, status="in_progress"))
    repo.commit("base")
    repo.git("tag", "base")
    return repo


# --- rules as they are today


def test_who_was_taken_off_the_people_cannot_branch_off_from_before_that(work: Repo) -> None:
    work.write("config/rbac.yml", TEAM.replace("  dev: {role: oncall, emails: [dev@example.org]}\n", ""))
    by(work, "lee")
    work.git("checkout", "--quiet", "-b", "old", "base")
    made = by(work, "dev", status="blocked")
    assert told(work, "main") == [("BL320", made[:10])]
    assert told(work, "base") == []


def test_roles_cannot_be_left_by_branching_off_from_before_there_were_any(repo: Repo) -> None:
    repo.write(ITEM, item_text(ONE, status="in_progress"))
    repo.commit("before roles")
    repo.git("branch", "old")
    repo.write("config/rbac.yml", TEAM)
    repo.commit("roles")
    repo.git("checkout", "--quiet", "old")
    made = by(repo, "eve", status="blocked")
    assert told(repo, "main") == [("BL320", made[:10])]


def test_who_has_been_let_in_since_may_go_on_with_an_older_branch(work: Repo) -> None:
    work.git("checkout", "--quiet", "-b", "old")
    by(work, "eve", status="blocked")
    work.git("checkout", "--quiet", "main")
    work.write("config/rbac.yml", TEAM.replace("rules:", "  eve: {role: oncall, emails: [eve@example.org]}\nrules:"))
    by(work, "lee")
    work.git("checkout", "--quiet", "old")
    assert told(work, "main") == []


def test_rules_that_cannot_be_read_today_let_nothing_pass(work: Repo) -> None:
    work.git("branch", "old")
    work.write("config/rbac.yml", "commits: [\n")
    tip = by(work, "lee")
    work.git("checkout", "--quiet", "old")
    by(work, "lee", status="blocked")
    found = validate_between(Workspace.open(work.root, environment={}), "main", "HEAD")
    assert [one.path for one in found if one.is_error] == ["config/rbac.yml"]
    assert f"(in {tip[:10]}, whose rules judge the commits)" in found[0].message


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")
def test_a_lost_key_opens_nothing_once_it_is_off_the_list(work: Repo, tmp_path_factory: pytest.TempPathFactory) -> None:
    key: Key = make_key(tmp_path_factory.mktemp("keys") / "lost")
    new = make_key(tmp_path_factory.mktemp("keys") / "new")
    work.write("config/rbac.yml", TEAM.replace("author", "signature"))
    work.write("config/allowed_signers", f"lee@example.org {key.public}\n")
    before = by(work, "lee")
    work.write("config/allowed_signers", f"lee@example.org {new.public}\n")
    by(work, "lee")
    work.git("checkout", "--quiet", "--detach", before)
    work.write(ITEM, item_text(ONE, status="done"))
    work.git("add", "--all")
    raw = commit_object(work.git("write-tree").strip(), [before], "lee <lee@example.org>")
    made = write_commit(work, signed(raw, key))
    (finding,) = judged(work, "main", made)
    assert finding.code == "BL323"
    assert judged(work, before, made) == []


@pytest.mark.parametrize(
    ("signers", "said"),
    [
        ("lee@example.org ssh-ed25519 AAAA\n", "no such key"),
        ("* {key}\n", "not one e-mail address"),
        ("", "is not there"),
    ],
)
def test_a_list_that_nobody_could_mend_any_more_is_refused_before_it_counts(
    work: Repo, tmp_path: Path, signers: str, said: str
) -> None:
    """On the branch it would refuse every commit, also the one that mends it."""
    if signers:
        work.write("config/allowed_signers", signers.format(key=make_key(tmp_path / "key").public))
    work.write("config/rbac.yml", TEAM.replace("author", "signature"))
    by(work, "lee")
    (finding,) = judged(work, "base", "HEAD")
    assert (finding.code, finding.path, finding.is_error) == ("BL324", "config/allowed_signers", True)
    assert said in finding.message
    space = Workspace.open(work.root, environment={})
    assert finding in validate(space)
    assert finding in validate(space, "base")


# --- merges


def crossed(repo: Repo, *, feature: str, tip: str) -> None:
    """Two lines of which each has taken over the other's start: ``main``, and ``stale``, which saw nothing since.

    ``feature`` is the text of the second item on a branch, ``tip`` what main has made of it; empty is none.
    """
    repo.git("checkout", "--quiet", "-b", "feature")
    put(repo, feature)
    repo.git("checkout", "--quiet", "main")
    repo.write("README.md", "x\n")
    start = by(repo, "lee")
    repo.git("merge", "--quiet", "--no-ff", "--message", "on main", "feature")
    put(repo, tip)
    repo.git("checkout", "--quiet", "-b", "stale", start)
    repo.git("merge", "--quiet", "--no-ff", "--message", "on stale", "feature")
    assert len(repo.git("merge-base", "--all", "main", "stale").split()) == 2


def put(repo: Repo, text: str) -> None:
    if text:
        repo.write(OTHER, text)
    else:
        repo.git("rm", "--quiet", OTHER)
    by(repo, "lee")


def keep_mine(repo: Repo) -> str:
    """A merge of main by nobody, which leaves everything as his own side has it."""
    repo.git("merge", "--quiet", "--no-commit", "--strategy=ours", "main")
    return by(repo, "eve")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("changed", [{"priority": "P0"}, {"status": "blocked"}, {"owner": "ann"}, {"x": "1"}])
def test_a_merge_of_crossing_branches_takes_no_old_value(work: Repo, changed: dict[str, str]) -> None:
    crossed(work, feature=item_text(item_id(2)), tip=item_text(item_id(2), **changed))
    made = keep_mine(work)
    assert told(work, "main") == [("BL320", made[:10])]


def test_a_merge_of_crossing_branches_deletes_nothing_that_was_brought_back(work: Repo) -> None:
    put(work, item_text(item_id(2)))
    crossed(work, feature="", tip=item_text(item_id(2)))
    made = keep_mine(work)
    assert told(work, "main") == [("BL320", made[:10])]


def test_a_clean_merge_of_crossing_branches_needs_no_right(work: Repo) -> None:
    crossed(work, feature=item_text(item_id(2)), tip=item_text(item_id(2), priority="P0"))
    work.git("merge", "--quiet", "--no-ff", "--no-commit", "main")
    by(work, "eve")
    assert told(work, "main") == []


def test_a_merge_drops_no_line_that_both_sides_have(work: Repo) -> None:
    fork(work, ours={"body": "must\n\none"}, theirs={"body": "must\n\ntwo"})
    made = merge(work, "eve", body="one\n\ntwo")
    assert told(work) == [("BL320", made[:10])]


@pytest.mark.exhaustive
def test_a_merge_of_three_answers_for_what_none_of_them_has(work: Repo) -> None:
    for name, held in {"one": {"priority": "P1"}, "two": {"owner": "ann"}}.items():
        work.git("checkout", "--quiet", "-b", name, "base")
        by(work, "lee", **held)
    work.git("checkout", "--quiet", "main")
    parents = work.git("rev-parse", "base", "one", "two").split()
    for priority, meant in (("P1", []), ("P0", ["BL320"]), ("P2", ["BL320"])):
        work.write(ITEM, item_text(ONE, status="in_progress", priority=priority, owner="ann"))
        work.git("add", "--all")
        raw = commit_object(work.git("write-tree").strip(), parents, "eve <eve@example.org>")
        made = write_commit(work, raw)
        assert [one.code for one in judged(work, "base", made)] == meant


# --- files beside the rules


@pytest.mark.parametrize(
    ("mode", "path", "code"),
    [
        ("120000", "config", "BL113"),
        ("160000", "config", "BL113"),
        ("100644", "config", "BL113"),
        ("120000", "config/rbac.yml", "BL113"),
        ("160000", "config/rbac.yml", "BL113"),
    ],
)
def test_something_else_in_the_place_of_the_rules_is_refused(work: Repo, mode: str, path: str, code: str) -> None:
    blob = work.git("hash-object", "-w", "--stdin", stdin=b"commits: off\n").strip()
    name = work.head() if mode == "160000" else blob
    work.git("rm", "-r", "--quiet", "--cached", path)
    work.git("update-index", "--add", "--cacheinfo", f"{mode},{name},{path}")
    raw = commit_object(work.git("write-tree").strip(), [work.head()], "dev <dev@example.org>")
    found = validate_between(Workspace.open(work.root, environment={}), "base", write_commit(work, raw))
    assert {one.code for one in errors(found)} == {code}


def test_a_commit_is_its_authors_whoever_committed_it(work: Repo) -> None:
    """The committer of a forge says nothing, and co-authors in a message say nothing."""
    work.write(ITEM, item_text(ONE, status="done"))
    work.git("add", "--all")
    message = "m\n\nCo-authored-by: lee <lee@example.org>\nSigned-off-by: lee <lee@example.org>"
    for who, meant in (("lee", []), ("dev", ["BL322"])):
        raw = commit_object(
            work.git("write-tree").strip(), [work.head()], f"{who} <{who}@example.org>", message=message
        )
        forged = raw.replace(b"committer " + who.encode(), b"committer GitHub", 1)
        assert [one.code for one in judged(work, "base", write_commit(work, forged))] == meant
