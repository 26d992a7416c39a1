"""The merge of ``sync``: what git is configured to neither stops nor changes it, and it can be taken back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backlogtool.app import merging
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git.exchange import Exchange
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.joining import Joining
from backlogtool.stores.git.remotes import Upstream
from backlogtool.stores.git.repository import discover
from tests.cli.session import GATEWAY, item_text
from tests.repositories import Repo, make

_PATH = f"items/{GATEWAY}.md"
_DRIVER = 'printf "by hand" >%A; :'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make(tmp_path / "repo")
    made.write(_PATH, item_text(GATEWAY))
    made.write("a.lock", "base\n")
    made.write("notes.txt", "base\n")
    made.commit("base")
    return made


def part(repo: Repo, ours: dict[str, str], theirs: dict[str, str]) -> str:
    """Commits one thing on ``side`` and another on the main line; the commit of ``side``."""
    repo.git("switch", "--quiet", "--create", "side")
    for path, text in theirs.items():
        repo.write(path, text)
    made = repo.commit("theirs")
    repo.git("switch", "--quiet", "main")
    for path, text in ours.items():
        repo.write(path, text)
    repo.commit("ours")
    return made


def joining(repo: Repo, attributes: str = "") -> Joining:
    return Joining(discover(str(repo.root)), merging.driver(), merging.ATTRIBUTE, attributes)


def tags(*names: str) -> str:
    return item_text(GATEWAY, tags="[" + ", ".join(names) + "]")


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    "setting",
    ["merge.ff=only", "merge.autoStash=true", "pull.rebase=true", "merge.renames=false", "merge.conflictStyle=diff3",
     "merge.directoryRenames=true", "merge.log=true", "merge.stat=true", "commit.cleanup=scissors",
     "core.editor=false"],
)  # fmt: skip
def test_no_setting_of_a_person_stands_in_its_way(setting: str, repo: Repo) -> None:
    theirs = part(repo, {_PATH: tags("a")}, {_PATH: tags("b")})
    ours = repo.head()
    repo.git("config", *setting.split("="))
    one = joining(repo)
    assert one.begin(theirs, "both") == []
    assert repo.head() == ours
    made = one.conclude(Interruptions())
    assert repo.git("rev-parse", f"{made}^1", f"{made}^2").split() == [ours, theirs]
    assert "- a\n- b\n" in repo.read(_PATH)
    assert repo.git("log", "-1", "--format=%s").strip() == "both"


def test_a_persons_own_attributes_count_beside_ours_and_more(repo: Repo, tmp_path: Path) -> None:
    """In the file that git is told of, else in the usual one; a link to it is followed, for it is the person's own."""
    both = {"a.lock": "x\n", _PATH: tags("a")}, {"a.lock": "y\n", _PATH: tags("b")}
    theirs = part(repo, *both)
    own = tmp_path / "attributes"
    own.write_text("*.lock merge=mine\n")
    repo.git("config", "merge.mine.driver", _DRIVER)
    (tmp_path / "link").symlink_to(own)
    one = joining(repo, str(tmp_path / "link"))
    assert one.begin(theirs, "both") == []
    assert repo.read("a.lock") == "by hand"
    one.abort()
    repo.git("config", "core.attributesFile", str(own))
    own.write_text("*.lock merge=mine\n*.md merge=mine\n")
    assert joining(repo).begin(theirs, "both") == []
    assert repo.read(_PATH) == "by hand"


def test_what_is_in_the_way_ends_it_before_it_begins(repo: Repo) -> None:
    theirs = part(repo, {"notes.txt": "ours\n"}, {_PATH: tags("b")})
    repo.write(_PATH, tags("mine"))
    before = repo.git("status", "--porcelain=v2")
    with pytest.raises(RefusedError, match=_PATH):
        joining(repo).begin(theirs, "both")
    assert repo.git("status", "--porcelain=v2") == before
    assert repo.read(_PATH) == tags("mine")


def test_branches_that_have_nothing_in_common_are_not_merged(repo: Repo) -> None:
    other = repo.git("commit-tree", "-m", "other", repo.git("write-tree").strip()).strip()
    with pytest.raises(RefusedError, match="unrelated histories"):
        joining(repo).begin(other, "both")


def test_taken_back_it_leaves_edits_of_other_files(repo: Repo) -> None:
    theirs = part(repo, {_PATH: tags("a")}, {_PATH: tags("b")})
    repo.write("notes.txt", "mine\n")
    before = repo.git("status", "--porcelain=v2"), repo.head()
    one = joining(repo)
    one.begin(theirs, "both")
    assert one.proposal(theirs) != repo.head()
    one.abort()
    one.abort()
    assert (repo.git("status", "--porcelain=v2"), repo.head()) == before
    assert repo.read("notes.txt") == "mine\n"
    assert [path.name for path in (repo.root / ".git/backlogtool").iterdir()] == []


def test_the_merge_is_judged_as_the_commit_that_it_becomes(repo: Repo) -> None:
    theirs = part(repo, {_PATH: tags("a")}, {_PATH: tags("b")})
    one = joining(repo)
    one.begin(theirs, "both")
    proposal = one.proposal(theirs)
    made = one.conclude(Interruptions())
    assert repo.git("show", "-s", "--format=%T %P", proposal) == repo.git("show", "-s", "--format=%T %P", made)


def test_an_edit_follows_an_item_that_the_other_side_moved(repo: Repo) -> None:
    theirs = part(repo, {"notes.txt": "x\n"}, {_PATH: tags("b")})
    repo.git("mv", _PATH, "items/moved.tmp")
    (repo.root / "items/d8").mkdir()
    repo.git("mv", "items/moved.tmp", f"items/d8/{GATEWAY}.md")
    repo.commit("moved")
    assert joining(repo).begin(theirs, "both") == []
    assert "[b]" in repo.read(f"items/d8/{GATEWAY}.md")
    assert not (repo.root / _PATH).exists()


# --- the exchange


def exchange(repo: Repo, remote: str = "origin") -> Exchange:
    return Exchange(discover(str(repo.root)), "main", Upstream(remote, "refs/heads/main"), {})


def test_a_fetched_branch_is_found_whatever_the_remote_is_configured_to_fetch(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("config", "--unset", "remote.origin.fetch")
    assert exchange(repo).fetch() == repo.head()
    assert repo.git("for-each-ref", "--format=%(refname)") == "refs/heads/main\n"
    assert not (repo.root / ".git/FETCH_HEAD").exists()


def test_two_that_fetch_at_a_time_do_not_take_what_the_other_keeps(repo: Repo, tmp_path: Path) -> None:
    """And what a sync that was killed has kept goes with the next."""
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    other = f"refs/backlogtool/sync/{os.getppid()}/main"
    left = ["refs/backlogtool/sync/main", f"refs/backlogtool/sync/{10**20}/main", "refs/backlogtool/sync/x/main"]
    for ref in (other, left[1], left[2]):
        repo.git("update-ref", ref, "HEAD")
    assert exchange(repo).fetch() == repo.head()
    assert repo.git("for-each-ref", "--format=%(refname)", "refs/backlogtool/") == f"{other}\n"
    repo.git("update-ref", left[0], "HEAD")
    assert exchange(repo).fetch() == repo.head()
    assert repo.git("for-each-ref", "--format=%(refname)", "refs/backlogtool/") == f"{other}\n"


def test_what_a_hook_of_the_persons_says_before_a_push_is_told(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("config", "core.hooksPath", ".git/hooks")
    repo.write(".git/hooks/pre-push", "#!/bin/sh\necho the tests fail\nexit 1\n").chmod(0o755)
    with pytest.raises(UnavailableError, match="the tests fail"):
        exchange(repo).push()


def test_a_branch_that_is_not_there_is_told_from_a_remote_that_is_not(repo: Repo, tmp_path: Path) -> None:
    make(tmp_path / "origin.git", bare=True)
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "gone", str(tmp_path / "gone.git"))
    assert exchange(repo).fetch() == ""
    with pytest.raises(UnavailableError, match="cannot fetch from gone"):
        exchange(repo, "gone").fetch()
    with pytest.raises(UnavailableError, match="cannot push to gone"):
        exchange(repo, "gone").push()


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("hook", "raced"),
    [("echo no; exit 1", False), ('echo "cannot lock ref" ; exit 1', False), ("exit 0", True)],
    ids=["refused", "words of a hook", "others first"],
)
def test_a_push_that_others_were_before_is_told_from_one_that_the_server_refuses(
    hook: str, raced: bool, repo: Repo, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    origin = Repo(tmp_path / "origin.git")
    repo.git("remote", "add", "origin", str(origin.root))
    if raced:
        other = repo.git("commit-tree", "-p", "HEAD", "-m", "first", "HEAD^{tree}").strip()
        repo.git("push", "--quiet", "origin", f"{other}:main")
    origin.write("hooks/pre-receive", f"#!/bin/sh\n{hook}\n").chmod(0o755)
    repo.write("notes.txt", "mine\n")
    repo.commit("mine")
    told = exchange(repo).push()
    assert told.refusal
    assert told.raced == raced
