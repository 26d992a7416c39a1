"""In whatever way a repository is set up, a write keeps the promises of the write path (ROBUSTNESS.md 1)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Write
from tests.cli.session import Session
from tests.git import odd_repositories
from tests.git.odd_repositories import ODD, OLD
from tests.git.test_write_path import create, move, open_store
from tests.repositories import Repo
from tests.stores.test_contract import at, item

_NEW = f"items/{item(4).id}.md"
_OTHERS = ("--", ".", ":(exclude)items")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd_repositories.template(tmp_path_factory.mktemp("odd") / "repo")


def _git_dir(repo: Repo) -> Path:
    return repo.root / repo.git("rev-parse", "--git-dir").strip()


def _work(repo: Repo) -> list[str]:
    """What a person has staged and edited beside the backlog."""
    return [
        repo.git("ls-files", "-v", "--stage", "-z", *_OTHERS),
        repo.git("diff", "--binary", "--cached", *_OTHERS),
        repo.git("status", "--porcelain", "--untracked-files=all", "--ignore-submodules=dirty", *_OTHERS),
    ]


def _staged_by_git(repo: Repo, index: Path, paths: list[str]) -> str:
    """What ``git add`` puts into an index of these files."""
    extra = {"GIT_INDEX_FILE": str(index)}
    repo.git("update-index", "--no-assume-unchanged", *OLD, extra=extra)
    repo.git("add", "--force", "--sparse", "--", *paths, extra=extra)
    return repo.git("ls-files", "--stage", "-z", "--", *paths, extra=extra)


def _written(repo: Repo) -> list[str]:
    """Creates one, edits one, closes one, edits all in one commit; the commits."""
    commits = [create(repo, item(4)), move(repo)]
    store = open_store(repo)
    held = store.get(item(2).id)
    commits.append(store.commit([Write(held, held.item._replace(status="done"))], at(3)).id)
    store = open_store(repo)
    every = [store.get(item(number).id) for number in (1, 2, 3, 4)]
    commits.append(store.commit([Write(one, one.item._replace(owner="zoe")) for one in every], at(4)).id)
    return commits


@pytest.mark.sampled(36)
@pytest.mark.parametrize("odd", ODD)
def test_a_write_keeps_its_promises(odd: str, template: Path, tmp_path: Path) -> None:
    """Sound objects, index and files as committed, what ``git add`` would store, and a person's work as it was."""
    repo = odd_repositories.enter(odd, template, tmp_path)
    before, head, git_dir = _work(repo), repo.head(), _git_dir(repo)
    index = Path(shutil.copy(git_dir / "index", git_dir / "other"))
    (git_dir / "COMMIT_EDITMSG").unlink(missing_ok=True)
    commits = _written(repo)
    assert _work(repo) == before
    assert repo.git("rev-list", f"{head}..HEAD").split() == commits[::-1]
    touched = [repo.git("diff-tree", "-r", "--no-commit-id", "--name-only", one).split() for one in commits]
    assert touched == [[_NEW], [OLD[0]], [OLD[1]], [*OLD, _NEW]]
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    assert repo.git("status", "--porcelain", "--untracked-files=all", "--", "items") == ""
    assert repo.git("diff", "HEAD", "--", "items") == ""
    assert repo.git("diff-files", "--", "items") == "", "the index knows the files' stamps"
    assert repo.git("diff-index", "--cached", "HEAD", "--", "items") == ""
    assert repo.git("ls-files", "--stage", "-z", "--", "items") == _staged_by_git(repo, index, [*OLD, _NEW])
    assert (git_dir / "COMMIT_EDITMSG").exists() == (odd in odd_repositories.LEFT_TO_GIT), "who made the commits"
    if odd not in ("conflicted", "attributes in the index only"):  # with the attributes the items change as well
        repo.git("commit", "--quiet", "--all", "--message", "the person's own")
        named = repo.git("diff-tree", "-r", "--no-commit-id", "--name-only", "HEAD").split()
        assert named
        assert [path for path in named if path.startswith("items/")] == [], "reverted"


def test_an_item_that_git_is_told_to_leave_out_is_refused(template: Path, tmp_path: Path) -> None:
    repo = odd_repositories.enter("plain", template, tmp_path)
    repo.git("update-index", "--skip-worktree", OLD[0])
    index, text, head = (repo.root / ".git/index").read_bytes(), repo.read(OLD[0]), repo.head()
    with pytest.raises(UnavailableError, match="sparse"):
        move(repo)
    assert ((repo.root / ".git/index").read_bytes(), repo.read(OLD[0]), repo.head()) == (index, text, head)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("odd", ["sha256", "split index", "executable", "file mode off"])
def test_files_that_only_move_stay_what_they_are(odd: str, template: Path, tmp_path: Path) -> None:
    repo = odd_repositories.enter(odd, template, tmp_path)
    before, held = _work(repo), repo.git("rev-parse", *(f"HEAD:{path}" for path in OLD))
    Session(repo)("layout", "sharded")
    moved = [repo.root / path for path in repo.git("ls-files", "items").split()]
    assert [path.name for path in moved] == [Path(path).name for path in OLD]
    assert repo.git("rev-parse", *(f"HEAD:{path.relative_to(repo.root)}" for path in moved)) == held
    assert repo.git("diff-index", "--cached", "HEAD", "--", "items", "config") == "", "the index is as the commit"
    assert repo.git("status", "--porcelain", "--", "items", "config") == ""
    assert [one for one in _work(repo)[2].splitlines() if "config" not in one] == before[2].splitlines()
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
