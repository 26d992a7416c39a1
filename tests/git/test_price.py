"""What a write asks git for: only plumbing where that is enough, and ``git commit`` wherever something asks for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backlogtool.errors import RefusedError
from backlogtool.stores.base import Write
from tests.git.test_write_path import create, hook, move, open_store
from tests.repositories import Repo, make
from tests.stores.test_contract import at, item

_PATH = f"items/{item().id}.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make(tmp_path / "repo")
    made.write("README.md", "here\n")
    made.commit("base", ".")
    create(made)
    return made


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Every git that was run since this was last asked: a git on the PATH writes it down."""
    told = tmp_path / "asked"
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$*" >>{told}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")

    def since() -> list[str]:
        lines = told.read_text().splitlines() if told.exists() else []
        told.write_text("")
        return lines

    return since


def _made_by_git(lines: list[str]) -> bool:
    return any(" commit --only" in line for line in lines)


def test_a_plain_write_needs_few_gits_and_no_git_commit(repo: Repo, asked: Callable[[], list[str]]) -> None:
    asked()
    commit = move(repo)
    lines = asked()
    assert not _made_by_git(lines)
    assert len(lines) <= 14, lines
    assert sum(" ls-files " in line or " update-index " in line for line in lines) <= 3, "each reads the whole index"
    assert repo.head() == commit
    assert repo.git("status", "--porcelain") == ""
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    assert repo.git("diff-files", "--name-only") == "", "the index knows the file's stamp"
    assert repo.git("reflog", "-1", "--format=%gs").startswith("commit: ")


def _signing(repo: Repo) -> None:
    program = repo.root / ".git/sign"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n")
    program.chmod(0o755)
    repo.git("config", "gpg.program", str(program))
    repo.git("config", "commit.gpgSign", "true")


def _replaced(repo: Repo) -> None:
    repo.git("replace", "HEAD", repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD^", "-m", "other").strip())


def _hooks_elsewhere(repo: Repo) -> None:
    repo.write("tools/post-commit", "#!/bin/sh\n").chmod(0o755)
    repo.commit("tools", "tools")
    repo.git("config", "core.hooksPath", "tools")


_ODDITIES: dict[str, Callable[[Repo], object]] = {
    **{
        name: lambda repo, name=name: hook(repo, name, "true")  # type: ignore[misc]
        for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction")
    },
    "hooks elsewhere": _hooks_elsewhere,
    "signing": _signing,
    "replaced": _replaced,
    "mode": lambda repo: (repo.root / _PATH).chmod(0o755),
    "assumed unchanged": lambda repo: repo.git("update-index", "--assume-unchanged", _PATH),
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("oddity", _ODDITIES)
def test_git_makes_the_commit_where_something_asks_for_it(
    repo: Repo, oddity: str, asked: Callable[[], list[str]]
) -> None:
    _ODDITIES[oddity](repo)
    asked()
    move(repo)
    assert _made_by_git(asked())
    assert "status: in_progress" in repo.git("show", f"HEAD:{_PATH}")
    assert repo.git("show", "--name-only", "--format=").split() == [_PATH]


def test_filters_and_attributes_count_as_for_git_add(repo: Repo, asked: Callable[[], list[str]]) -> None:
    repo.git("config", "filter.upper.clean", "tr a-z A-Z")
    repo.git("config", "filter.upper.smudge", "tr A-Z a-z")
    create(repo, item(2))
    repo.write(".gitattributes", "items/bl_000000000003.md filter=upper\n")
    repo.commit("attributes", ".")
    asked()
    create(repo, item(3))
    assert not _made_by_git(asked())
    assert "STATUS: OPEN" in repo.git("show", "HEAD:items/bl_000000000003.md")
    assert repo.git("status", "--porcelain") == ""


def test_a_staged_edit_is_refused_either_way(repo: Repo) -> None:
    before = repo.read(_PATH)
    repo.write(_PATH, before.replace("priority: P2", "priority: P0"))
    repo.git("add", _PATH)
    repo.write(_PATH, before)
    with pytest.raises(RefusedError, match="not committed"):
        move(repo)
    assert "status: open" in repo.git("show", f"HEAD:{_PATH}")


def test_the_first_file_of_a_folder_and_the_last_one(repo: Repo) -> None:
    """Folders come and go with their files."""
    commit = create(repo, item(2))
    repo.git("rm", "--quiet", _PATH)
    repo.git("commit", "--quiet", "--message", "only one is left")
    assert commit
    store = open_store(repo)
    store.commit([Write(store.get(item(2).id), None)], at(3))
    assert repo.git("ls-tree", "--name-only", "HEAD").split() == ["README.md"]
    assert repo.git("status", "--porcelain") == ""
    create(repo, item(4))
    assert repo.git("ls-files", "items").split() == [f"items/{item(4).id}.md"]
