"""A commit on a branch that is not checked out: exactly its files on exactly that tip, and where a forge opens it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from backlogtool.app.branching import default_name
from backlogtool.domain.item import Item
from backlogtool.errors import (
    BacklogError,
    ConflictError,
    InvalidError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    UsageError,
)
from backlogtool.stores.base import Write
from backlogtool.stores.git import branches, forges, remotes
from backlogtool.stores.git.beside import BranchStore
from backlogtool.stores.git.files import Tree
from backlogtool.stores.git.repository import discover
from tests.repositories import Repo, make
from tests.stores.test_contract import at, item

_PATH = f"items/{item().id}.md"
_NAME = "backlog/x"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make(tmp_path / "repo")
    made.write("README.md", "here\n")
    made.commit("base", ".")
    return made


def opened(repo: Repo, name: str = _NAME) -> BranchStore:
    return BranchStore(discover(str(repo.root)), name, naming=default_name)


def put(store: BranchStore, new: Item, **files: bytes) -> str:
    """Commits an item as it is to be, and further files; the commit's id."""
    with store.writing():
        before = store.get(new.id) if new.id in store.ids() else None
        commit = at(1)
        return store.commit(
            [Write(before, new)], commit, files={name.replace("__", "."): data for name, data in files.items()}
        ).id


def refused(act: Callable[[], object], error: type[BacklogError], *words: str) -> None:
    with pytest.raises(error) as caught:
        act()
    told = f"{caught.value.message} {caught.value.hint}"
    assert all(word in told for word in words), told


# --- commits


def test_a_commit_is_on_the_branch_alone_and_what_is_begun_here_stays(repo: Repo) -> None:
    repo.write("README.md", "staged\n")
    repo.git("add", "README.md")
    repo.write("README.md", "edited\n")
    index, head = (repo.root / ".git/index").read_bytes(), repo.head()
    made = put(opened(repo), item())
    assert repo.git("rev-parse", _NAME).strip() == made
    assert repo.git("rev-parse", f"{_NAME}^").strip() == head == repo.head()
    assert repo.git("diff", "--name-status", head, made) == f"A\t{_PATH}\n"
    assert (repo.root / ".git/index").read_bytes() == index
    assert repo.read("README.md") == "edited\n"
    assert not (repo.root / "items").exists()
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_the_next_change_goes_on_top_of_the_branch_and_reads_what_is_there(repo: Repo) -> None:
    first = put(opened(repo), item())
    store = opened(repo)
    assert not store.is_new
    assert store.get(item().id).item.title == item().title
    second = put(store, item()._replace(title="Another"))
    assert repo.git("rev-parse", f"{second}^").strip() == first
    assert store.get(item().id).item.title == "Another"
    third = put(store, item()._replace(title="A third"))
    assert repo.git("rev-list", "--count", f"main..{_NAME}").strip() == "3"
    assert repo.git("rev-parse", _NAME).strip() == third


def test_a_branch_that_moves_after_it_was_read_is_read_again_by_a_writer(repo: Repo) -> None:
    put(opened(repo), item())
    late = opened(repo)
    put(opened(repo), item()._replace(title="Meanwhile"))
    with late.writing():
        assert late.get(item().id).item.title == "Meanwhile"


def test_who_moves_the_branch_while_a_commit_is_made_is_never_overwritten(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened(repo), item())
    before = repo.git("rev-parse", _NAME).strip()
    moved = repo.git("commit-tree", "-p", before, "-m", "theirs", f"{before}^{{tree}}").strip()
    real = branches.refuse_checked_out

    def meanwhile(*arguments: object) -> None:
        repo.git("update-ref", f"refs/heads/{_NAME}", moved)
        real(*arguments)  # type: ignore[arg-type]

    store = opened(repo)
    monkeypatch.setattr(branches, "refuse_checked_out", meanwhile)
    refused(lambda: put(store, item()._replace(title="Ours")), ConflictError, "moved on")
    assert repo.git("rev-parse", _NAME).strip() == moved


def test_a_file_keeps_its_mode_and_its_line_ends_whatever_git_is_configured_to(repo: Repo) -> None:
    store = opened(repo)
    put(store, item())
    text = store.get(item().id).text.replace("\n", "\r\n")
    repo.git("checkout", "--quiet", _NAME)
    repo.write(_PATH, text).chmod(0o755)
    repo.commit("by hand", _PATH)
    repo.git("checkout", "--quiet", "main")
    repo.git("config", "core.autocrlf", "true")
    put(opened(repo), item()._replace(title="Another"))
    assert repo.git("ls-tree", _NAME, _PATH).startswith("100755 blob")
    assert "\r\ntitle: Another\r\n" in repo.git("cat-file", "blob", f"{_NAME}:{_PATH}")


@pytest.mark.parametrize(
    ("attributes", "word"), [("items/*.md filter=secret\n", "'secret'"), ("* filter\n", "'set'")], ids=["named", "set"]
)
def test_what_goes_through_a_filter_is_not_committed_as_it_is(attributes: str, word: str, repo: Repo) -> None:
    """The attributes of the tip count, and those that are in the work tree do not."""
    repo.write(".gitattributes", attributes)
    repo.commit("attributes", ".")
    (repo.root / ".gitattributes").unlink()
    refused(lambda: put(opened(repo), item()), RefusedError, word, "check the branch out")
    assert repo.git("branch", "--list", _NAME) == ""


def test_nothing_takes_the_place_of_a_link_a_folder_or_what_should_be_a_folder(repo: Repo) -> None:
    (repo.root / "view.md").symlink_to("README.md")
    repo.write("folder/inner", "")
    repo.commit("odd", ".")
    for name in ("view__md", "folder", "README__md/inner"):
        told = name.replace("__", ".").partition("/")[0]
        refused(partial(put, opened(repo), item(), **{name: b"x"}), InvalidError, told)
    assert repo.git("branch", "--list", _NAME) == ""


def test_a_person_whose_commits_are_signed_signs_these_too(repo: Repo, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text("#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho SIGNED BY HAND\n")
    signer.chmod(0o755)
    repo.git("config", "gpg.program", str(signer))
    repo.git("config", "commit.gpgSign", "yes")
    assert "gpgsig SIGNED BY HAND" in repo.git("cat-file", "commit", put(opened(repo), item()))
    signer.write_text("#!/bin/sh\nexit 1\n")
    refused(lambda: put(opened(repo, "backlog/y"), item()), UnavailableError, "could not commit")
    assert repo.git("branch", "--list", "backlog/y") == ""


def test_hooks_of_a_commit_do_not_run_and_are_named(repo: Repo) -> None:
    for name in ("pre-commit", "commit-msg", "update"):
        repo.write(f".git/hooks/{name}", "#!/bin/sh\nexit 1\n").chmod(0o755)
    store = opened(repo)
    put(store, item())
    assert store.hooks() == ["pre-commit", "commit-msg"]


def test_a_hook_that_watches_references_has_its_say(repo: Repo) -> None:
    repo.write(".git/hooks/reference-transaction", "#!/bin/sh\nexit 1\n").chmod(0o755)
    refused(lambda: put(opened(repo), item()), UnavailableError, "could not move the branch")
    assert repo.git("branch", "--list", _NAME) == ""


def test_replaced_objects_do_not_change_what_is_committed(repo: Repo) -> None:
    put(opened(repo), item(), other__txt=b"stays\n")
    other = repo.git("commit-tree", "-m", "other", repo.git("write-tree").strip()).strip()
    repo.git("replace", repo.git("rev-parse", _NAME).strip(), other)
    made = put(opened(repo), item()._replace(title="Another"))
    extra = {"GIT_NO_REPLACE_OBJECTS": "1"}
    assert repo.git("diff", "--name-status", f"{made}^", made, extra=extra) == f"M\t{_PATH}\n"


def test_the_branch_serves_a_linked_work_tree_and_a_detached_head(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "other"))
    other = Repo(tmp_path / "other")
    put(opened(other), item())
    assert repo.git("show", "--format=", "--name-only", _NAME) == f"{_PATH}\n"
    assert other.git("status", "--porcelain") == ""


@pytest.mark.exhaustive
def test_a_commit_of_many_items_starts_no_git_for_each(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(many: int, title: str, name: str) -> int:
        store = opened(repo)
        made = [item()._replace(id=f"bl_{number:012x}", title=title, dedupe_key="") for number in range(many)]
        ids = set(store.ids())
        writes = [Write(store.get(one.id) if one.id in ids else None, one) for one in made]
        trace = tmp_path / name
        monkeypatch.setenv("GIT_TRACE", str(trace))
        store.commit(writes, at(1))
        monkeypatch.delenv("GIT_TRACE")
        return trace.read_text().count("built-in: git ")

    counts = [commit(20, "made", "1"), commit(40, "made and changed", "2"), commit(40, "changed", "3")]
    assert max(counts) - min(counts) < 10


def test_many_files_of_a_commit_are_read_as_each_alone(repo: Repo) -> None:
    names = [f"items/{number}.md" for number in range(30)] + ["x.txt", 'items/é \t".md', "items/[a]*.md", "items/:x"]
    for name in names:
        repo.write(name, f"this is {name}")
    (repo.root / "items/link.md").symlink_to("0.md")
    repo.write("items/folder/inner.md", "inner")
    repo.commit("many")
    asked = [*names, "items/link.md", "items/folder", "items/none.md", "none/none.md", "items/a\nb.md", "items/0.md"]
    tree = Tree(discover(str(repo.root)).git, repo.head())
    assert list(tree.read(asked)) == [one for path in asked for one in tree.read([path])]


# --- names


@pytest.mark.parametrize(
    "name", ["-x", "a b", "a..b", "x.lock", "HEAD", "@", "refs/heads/x", "a~1", "x\u202e", "/a", "a//b"]
)
def test_what_git_takes_for_no_branch_is_no_name(name: str, repo: Repo) -> None:
    refused(lambda: opened(repo, name), UsageError, "cannot be the name of a branch")


def test_a_branch_that_is_checked_out_anywhere_is_refused_and_the_place_named(repo: Repo, tmp_path: Path) -> None:
    refused(lambda: opened(repo, "main"), ConflictError, "checked out here", "--branch")
    repo.git("worktree", "add", "--quiet", "-b", _NAME, str(tmp_path / "other"))
    refused(lambda: opened(repo), ConflictError, str(tmp_path / "other"))


def test_a_branch_that_only_a_remote_has_is_not_begun_anew(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "nowhere")
    repo.git("update-ref", f"refs/remotes/origin/{_NAME}", "HEAD")
    refused(lambda: opened(repo), RefusedError, f"git branch {_NAME} origin/{_NAME}")


def test_a_branch_that_is_rebased_or_bisected_in_a_work_tree_is_refused(repo: Repo, tmp_path: Path) -> None:
    """Git lets nobody move it either: what is under way would come to no end."""
    put(opened(repo), item())
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), _NAME)
    other = Repo(tmp_path / "other")
    other.git("rebase", "--quiet", "--force-rebase", "--exec", "false", "main", check=False)
    assert "detached" in repo.git("worktree", "list")
    refused(lambda: opened(repo), ConflictError, "in the middle of a rebase", "git worktree list")
    other.git("rebase", "--abort")
    other.git("bisect", "start")
    other.git("checkout", "--quiet", "--detach")
    refused(lambda: opened(repo), ConflictError, "in the middle of a rebase or bisect")
    other.git("bisect", "reset")
    other.git("checkout", "--quiet", "--detach")
    opened(repo)


def test_a_work_tree_that_is_gone_is_told_how_to_let_go_of_its_branch(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", _NAME, str(tmp_path / "other"))
    (tmp_path / "other").rename(tmp_path / "moved")
    refused(lambda: opened(repo), ConflictError, "git worktree prune")


@pytest.mark.parametrize("ref", ["refs/tags/v1", "refs/remotes/v1/HEAD"])
def test_a_name_that_git_knows_a_commit_by_is_no_new_branch(ref: str, repo: Repo) -> None:
    """It could not be pushed by that name."""
    repo.git("update-ref", ref, "HEAD")
    refused(lambda: opened(repo, "v1"), UsageError, f"already means the commit {repo.head()[:10]}")
    repo.git("update-ref", "refs/remotes/origin/side", "HEAD")
    refused(lambda: opened(repo, "origin/side"), UsageError, "already means")


def test_names_that_leave_no_room_for_each_other_are_told(repo: Repo) -> None:
    repo.git("branch", "backlog")
    refused(lambda: opened(repo), RefusedError, "backlog leaves no room")
    assert branches.unused(discover(str(repo.root)), _NAME) == "backlog-x"


def test_a_name_of_our_making_is_new_here_and_on_every_remote(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "nowhere")
    repo.git("branch", _NAME)
    repo.git("update-ref", f"refs/remotes/origin/{_NAME}-2", "HEAD")
    assert branches.unused(discover(str(repo.root)), _NAME) == f"{_NAME}-3"


def test_nothing_can_begin_where_nothing_is_committed(tmp_path: Path) -> None:
    refused(lambda: opened(make(tmp_path / "new")), NotFoundError, "no commit yet")


def test_a_default_name_tells_the_item_or_the_verb() -> None:
    made = item()._replace(title="Überprüfe TLS 1.3 at the gateway, soon enough")
    assert default_name([Write(None, made)], "") == f"backlog/{made.id}-uberprufe-tls-1-3-at"
    assert default_name([Write(None, made._replace(title="漢字"))], "") == f"backlog/{made.id}"
    assert default_name([], "promote 3 tasks from ops") == "backlog/promote-3-tasks-from-ops"
    assert default_name([], "…") == "backlog/change"


# --- forges

_HERE = "https://github.com/o/r/compare/main...a/b?expand=1"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/o/r.git", _HERE),
        ("https://bob:s3cret@github.com/o/r", _HERE),
        ("https://s3cret@GitHub.com/o/r/", _HERE),
        ("git@github.com:o/r.git", _HERE),
        ("github.com:o/r", _HERE),
        ("ssh://git@ssh.github.com:443/o/r.git", _HERE),
        (
            "git@gitlab.com:g/sub/r.git",
            "https://gitlab.com/g/sub/r/-/merge_requests/new?merge_request%5Bsource_branch%5D=a%2Fb"
            "&merge_request%5Btarget_branch%5D=main",
        ),
        ("https://codeberg.org/o/r", "https://codeberg.org/o/r/compare/main...a/b"),
        ("git@bitbucket.org:o/r.git", "https://bitbucket.org/o/r/pull-requests/new?source=a%2Fb&dest=main&t=1"),
        ("https://git.example.org/o/r.git", ""),
        ("https://github.com.example.org/o/r", ""),
        ("https://github.com/o", ""),
        ("https://github.com/o/../r", ""),
        ("https://github.com:x/o/r", ""),
        ("https://[::1/o/r", ""),
        ("file:///srv/github.com/o/r.git", ""),
        ("/srv/github.com/o/r.git", ""),
        ("../github.com/o/r", ""),
        ("ext::sh -c whoami", ""),
        ("", ""),
    ],
)
def test_the_page_of_a_pull_request_follows_from_the_url_of_the_remote(url: str, page: str) -> None:
    assert forges.link(url, "main", "a/b") == page


def test_nothing_in_a_name_ends_a_link_or_adds_to_it() -> None:
    page = forges.link("https://github.com/o/r ' x", "ma#in", "a?b&c=é'%\"")
    assert page == "https://github.com/o/r%20%27%20x/compare/ma%23in...a%3Fb%26c%3D%C3%A9%27%25%22?expand=1"
    assert "&c=" not in forges.link("git@gitlab.com:o/r", "main", "a&c=d")


def test_a_host_of_ones_own_is_what_git_is_configured_to(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://me:s3cret@git.example.org:8443/o/r.git")
    repository = discover(str(repo.root))
    push = f"git push -u origin {_NAME}"
    assert remotes.opening(repository, _NAME) == (push, "")
    for forge in forges.FORGES:
        repo.git("config", "backlogtool.git.example.org.forge", forge)
        told = remotes.opening(repository, _NAME)
        assert told is not None
        assert told.push == push
        assert told.link.startswith("https://git.example.org:8443/o/r/")
        assert "s3cret" not in told.link


def test_the_remote_is_the_one_that_git_would_push_to(repo: Repo) -> None:
    repository = discover(str(repo.root))
    assert remotes.opening(repository, _NAME) is None
    for name in ("fork", "upstream"):
        repo.git("remote", "add", name, f"https://github.com/{name}/r")
    assert remotes.target(repository, _NAME, "main") == ""
    repo.git("config", "branch.main.remote", "upstream")
    repo.git("config", "branch.main.merge", "refs/heads/trunk")
    told = remotes.opening(repository, _NAME)
    assert told == (f"git push -u upstream {_NAME}", f"https://github.com/upstream/r/compare/trunk...{_NAME}?expand=1")
    repo.git("config", "remote.pushDefault", "fork")
    repo.git("symbolic-ref", "refs/remotes/fork/HEAD", "refs/remotes/fork/dev")
    told = remotes.opening(repository, _NAME)
    assert told == (f"git push -u fork {_NAME}", f"https://github.com/fork/r/compare/dev...{_NAME}?expand=1")


def test_a_remote_that_is_an_address_is_not_told_with_its_password(repo: Repo) -> None:
    repo.git("config", "branch.main.remote", "https://me:s3cret@github.com/o/r")
    assert remotes.opening(discover(str(repo.root)), _NAME) is None
    said = "fatal: unable to access 'https://me:s3@cret@host/o/r/': no; ssh://git@host/x"
    assert remotes.without_logins(said) == "fatal: unable to access 'https://host/o/r/': no; ssh://host/x"


def test_a_command_can_be_pasted_whatever_the_branch_is_called(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "x")
    told = remotes.opening(discover(str(repo.root)), "a;b$(c)")
    assert told is not None
    assert told.push == "git push -u origin 'a;b$(c)'"
    assert os.path.exists(repo.root)


# --- the price


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Every git that was run: a git on the PATH writes it down."""
    told = tmp_path / "asked"
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$*" >>{told}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    return lambda: told.read_text().splitlines()


def test_a_write_lists_the_items_once_and_reads_no_whole_tree_into_an_index(
    repo: Repo, asked: Callable[[], list[str]]
) -> None:
    put(opened(repo), item())
    before = len(asked())
    store = opened(repo)
    with store.writing():
        old = store.get(item().id)
        made = store.commit([Write(old, item()._replace(title="Another"))], at(1)).id
        assert store.get(item().id).item.title == "Another"
    lines = asked()[before:]
    assert len(lines) <= 13, lines
    assert sum(" ls-tree -r " in line for line in lines) == 1, lines
    assert not [line for line in lines if " read-tree " in line or " write-tree" in line]
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    assert repo.git("diff", "--name-only", f"{made}^", made) == f"{_PATH}\n"


@pytest.mark.parametrize("where", ["", "items/"])
def test_attributes_of_the_branch_count_and_not_those_that_stand_here(where: str, repo: Repo) -> None:
    repo.write(f"{where}.gitattributes", "*.md filter=secret\n")
    refused_here = opened(repo)
    put(refused_here, item())
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "secret")
    refused(lambda: put(opened(repo, "other"), item()), RefusedError, "filter 'secret'")
    assert repo.git("branch", "--list", "other") == ""


def test_a_tree_that_git_would_write_otherwise_is_put_right_by_git(repo: Repo) -> None:
    """Old gits wrote modes such as 100664."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"here\n").strip()
    tree = b"100664 README.md\0" + bytes.fromhex(blob)
    odd = repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=tree).strip()
    commit = repo.git("commit-tree", odd, "-p", "HEAD", "-m", "odd").strip()
    repo.git("branch", "old", commit)
    made = put(opened(repo, "old"), item())
    assert repo.git("ls-tree", "-r", "--name-only", made).split() == ["README.md", _PATH]
    assert repo.git("fsck", "--no-dangling", made) == ""
