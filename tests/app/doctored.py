"""Repositories in the states that ``doctor`` finds: each is made with real git, and knows what has to be told.

``fix`` is part of what is told to do; where ``ends`` is set, running exactly that in a shell ends the state.
``{root}`` stands for the place of the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cli.session import BILLING, GATEWAY, POLICY, ROUTER, Session
from tests.repositories import Repo, make

LATE = {"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"}
ITEM = f"items/{GATEWAY}.md"


@dataclass(frozen=True)
class State:
    """``make`` gives the session in which doctor is to be run, if it is another one."""

    make: Callable[[Session], Session | None]
    name: str
    state: str
    told: str
    fix: str = ""
    ends: bool = False
    status: int = -1

    @property
    def exit_code(self) -> int:
        """Of doctor: as given, else by the state."""
        return self.status if self.status >= 0 else int(self.state == "problem")


STATES: dict[str, State] = {}


def state(
    name: str, kind: str, told: str, fix: str = "", *, ends: bool = False, status: int = -1
) -> Callable[[Callable[[Session], Session | None]], Callable[[Session], Session | None]]:
    def enter(make: Callable[[Session], Session | None]) -> Callable[[Session], Session | None]:
        STATES[make.__name__] = State(make, name, kind, told, fix, ends, status)
        return make

    return enter


def git_dir(session: Session) -> Path:
    return session.repo.root / ".git"


def shell(session: Session, command: str) -> None:
    """A person types it at the root of the repository."""
    subprocess.run(["bash", "-c", command], cwd=session.repo.root, check=True, capture_output=True)


def aged(path: Path, seconds: int = 1 << 20) -> Path:
    """A file that was last written a good while ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    before = path.stat().st_mtime - seconds
    os.utime(path, (before, before))
    return path


def _beside(session: Session, name: str) -> Path:
    return session.repo.root.parent / name


def _known(root: Path) -> Session:
    repo = Repo(root)
    repo.git("config", "user.name", "Ann Author")
    repo.git("config", "user.email", "ann@example.org")
    return Session(repo)


# --- the branch, and what is going on


@state("branch", "note", "new has no commit yet", "backlogtool init makes the first commit")
def no_commit(session: Session) -> None:
    session.repo.git("checkout", "--quiet", "--orphan", "new")


@state("branch", "note", "HEAD is detached", "git switch -c a-new-branch", ends=True)
def detached(session: Session) -> None:
    session.repo.git("checkout", "--quiet", "--detach")


@state("repository", "problem", "the last commit cannot be read", "git fsck --full")
def a_missing_commit(session: Session) -> None:
    (git_dir(session) / "refs/heads/main").write_text("1" * 40 + "\n")


def _diverged(session: Session) -> None:
    git, text = session.repo.git, session.text(GATEWAY)
    git("checkout", "--quiet", "-b", "side")
    session.repo.write(ITEM, text.replace("owner: oncall", "owner: carol"))
    session.repo.commit("theirs", ITEM)
    git("checkout", "--quiet", "main")
    session.repo.write(ITEM, text.replace("owner: oncall", "owner: dave"))
    session.repo.commit("ours", ITEM)


@state("operation", "problem", "in the middle of a merge", "git merge --continue, or --abort")
def a_merge(session: Session) -> None:
    _diverged(session)
    session.repo.git("merge", "--quiet", "side", check=False)


@state("conflicts", "problem", ITEM, f"git add -- {ITEM}", ends=True)
def a_stash_that_does_not_fit(session: Session) -> None:
    session.hand_edit(GATEWAY, "owner: oncall", "owner: carol")
    session.repo.git("stash", "--quiet")
    session.hand_edit(GATEWAY, "owner: oncall", "owner: dave")
    session.repo.commit("ours", ITEM)
    session.repo.git("stash", "pop", "--quiet", check=False)


@state("operation", "problem", "in the middle of a rebase", "git rebase --continue, or --abort")
def a_rebase(session: Session) -> None:
    _diverged(session)
    session.repo.git("rebase", "--quiet", "side", check=False)


@state("operation", "problem", "in the middle of a rebase or git am", "git am --continue")
def an_am(session: Session) -> None:
    _diverged(session)
    session.repo.git(
        "am", "--quiet", stdin=session.repo.git("format-patch", "--stdout", "-1", "side").encode(), check=False
    )


@state("operation", "problem", "in the middle of a cherry-pick", "git cherry-pick --continue, or --abort")
def a_cherry_pick(session: Session) -> None:
    _diverged(session)
    session.repo.git("cherry-pick", "side", check=False)


@state("operation", "problem", "in the middle of a revert", "git revert --continue, or --abort")
def a_revert(session: Session) -> None:
    _diverged(session)
    session.hand_edit(GATEWAY, "owner: dave", "owner: erin")
    session.repo.commit("again", ITEM)
    session.repo.git("revert", "--no-edit", "HEAD~1", check=False)


@state("operation", "problem", "in the middle of a bisect", "git bisect reset", ends=True)
def a_bisect(session: Session) -> None:
    session.repo.git("bisect", "start")


@state("clock", "note", "days ahead of this machine's clock", "date shows this clock")
def a_clock_that_went_back(session: Session) -> None:
    session.repo.git("commit", "--quiet", "--allow-empty", "--message", "late", extra=LATE)


# --- kinds of repository


@state("work tree", "note", "bare repository", "git clone")
def bare(session: Session) -> Session:
    session.repo.git("clone", "--quiet", "--bare", ".", str(_beside(session, "bare.git")))
    return _known(_beside(session, "bare.git"))


@state("work tree", "ok", "one of several")
def a_linked_work_tree(session: Session) -> Session:
    session.repo.git("worktree", "add", "--quiet", "-b", "other", str(_beside(session, "other")))
    return Session(Repo(_beside(session, "other")))


@state("work tree", "note", "a submodule of another repository", "add backlog, and commit there")
def a_submodule(session: Session) -> Session:
    outer = make(_beside(session, "outer"))
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(session.repo.root), "backlog")
    return _known(outer.root / "backlog")


@state("submodule", "problem", "items belongs to another repository", "backlogtool -C items list")
def items_in_a_submodule(session: Session) -> Session:
    outer = make(_beside(session, "outer"))
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(session.repo.root), "items")
    return Session(outer)


@state("history", "note", "this clone is shallow", "git fetch --unshallow", ends=True)
def shallow(session: Session) -> Session:
    session.repo.git("commit", "--quiet", "--allow-empty", "--message", "more")
    place = _beside(session, "shallow")
    session.repo.git("clone", "--quiet", "--depth=1", f"file://{session.repo.root}", str(place))
    return _known(place)


WHOLE = (
    "git fetch --refetch --no-filter origin && git config --unset-all remote.origin.promisor"
    " && git config --unset-all remote.origin.partialclonefilter"
)


@state("objects", "note", "this clone leaves objects to its remote origin", WHOLE, ends=True)
def partial(session: Session) -> Session:
    session.repo.git("config", "uploadpack.allowFilter", "true")
    place = _beside(session, "partial")
    session.repo.git("clone", "--quiet", "--filter=blob:none", f"file://{session.repo.root}", str(place))
    return _known(place)


SPARSE = "git sparse-checkout add items config templates"


@state("repository", "problem", "this sparse checkout leaves out items", SPARSE, ends=True, status=7)
def sparse_without_items(session: Session) -> None:
    session.repo.write("code/main.py", "x = 1\n")
    session.repo.commit("code", "code")
    session.repo.git("sparse-checkout", "set", "code")


@state("sparse", "ok", "holds the items")
def sparse_with_items(session: Session) -> None:
    session.repo.git("sparse-checkout", "set", "items", "config")


@state("format", "ok", "index version 4 in two parts")
def an_index_of_another_form(session: Session) -> None:
    session.repo.git("update-index", "--index-version", "4")
    session.repo.git("update-index", "--split-index")


@state("format", "ok", "sha256 objects")
def long_names_of_objects(session: Session) -> Session:
    place = _beside(session, "sha256")
    session.repo.git("init", "--quiet", "--object-format=sha256", str(place))
    return _known(place)


# --- the index and its locks


@state(
    "index",
    "problem",
    "git cannot read its index",
    "mv {root}/.git/index {root}/.git/index.broken; git reset",
    ends=True,
)
def a_damaged_index(session: Session) -> None:
    (git_dir(session) / "index").write_bytes(b"DIRC\x00\x00\x00\x02\xff\xff\xff\xff" + b"\xff" * 64)


@state("index", "problem", "index.lock has been held for 12 days", "rm {root}/.git/index.lock", ends=True)
def a_foreign_lock_of_the_index(session: Session) -> None:
    aged(git_dir(session) / "index.lock")


@state("locks", "problem", "HEAD.lock has been held for 12 days", "rm {root}/.git/HEAD.lock", ends=True)
def a_lock_of_the_head(session: Session) -> None:
    aged(git_dir(session) / "HEAD.lock")


@state("locks", "problem", "main.lock has been held for 12 days", "rm {root}/.git/refs/heads/main.lock", ends=True)
def a_lock_of_a_branch(session: Session) -> None:
    aged(git_dir(session) / "refs/heads/main.lock")


@state("locks", "problem", "packed-refs.lock", "rm {root}/.git/packed-refs.lock", ends=True)
def a_lock_of_the_packed_branches(session: Session) -> None:
    aged(git_dir(session) / "packed-refs.lock")


@state("locks", "problem", "config.lock", "rm {root}/.git/config.lock", ends=True)
def a_lock_of_the_configuration(session: Session) -> None:
    aged(git_dir(session) / "config.lock")


@state("hidden", "problem", ITEM, f"git update-index --no-assume-unchanged -- {ITEM}", ends=True)
def an_item_that_git_does_not_look_at(session: Session) -> None:
    session.repo.git("update-index", "--assume-unchanged", ITEM)


@state("hidden", "problem", "BACKLOG.md", "git update-index --no-skip-worktree -- BACKLOG.md", ends=True)
def a_view_that_git_skips(session: Session) -> None:
    session("render", "--commit", "BACKLOG.md")
    session.repo.git("update-index", "--skip-worktree", "BACKLOG.md")


@state("modes", "note", ITEM, f"chmod a-x {ITEM}; git add {ITEM}", ends=True)
def an_item_that_may_be_executed(session: Session) -> None:
    session.repo.git("update-index", "--chmod=+x", ITEM)


# --- what the user's git does


@state("identity", "problem", "git does not know who you are", 'git config user.name "Your Name"')
def no_identity(session: Session) -> None:
    session.repo.git("config", "user.useConfigOnly", "true")
    session.repo.git("config", "--unset", "user.email")
    session.repo.git("config", "--unset", "user.name")


@state("signing", "problem", "'no-such-gpg', which has to sign", "git config commit.gpgSign false", ends=True)
def a_signer_that_is_missing(session: Session) -> None:
    session.repo.git("config", "commit.gpgSign", "true")
    session.repo.git("config", "gpg.program", "no-such-gpg")


def _signed_by_ssh(session: Session, *key: str) -> None:
    """With a program that is surely there."""
    settings = {"commit.gpgSign": "true", "gpg.format": "ssh", "gpg.ssh.program": "git"}
    for name, value in settings.items():
        session.repo.git("config", name, value)
    for one in key:
        session.repo.git("config", "user.signingKey", one)


@state("signing", "problem", "the key /no/such/key", "git config user.signingKey PATH")
def a_key_that_is_missing(session: Session) -> None:
    _signed_by_ssh(session, "/no/such/key")


@state("signing", "problem", "no key is named", "git config user.signingKey ~/.ssh/id_ed25519.pub", ends=True)
def no_key(session: Session) -> None:
    _signed_by_ssh(session)
    key = Path.home() / ".ssh/id_ed25519.pub"
    key.parent.mkdir(exist_ok=True)
    key.touch()


@state("signing", "ok", "commits are signed by git")
def a_key_that_is_no_path(session: Session) -> None:
    _signed_by_ssh(session, "ssh-ed25519 AAAA")


@state("hooks", "note", "every write runs pre-commit, post-commit in {root}/tools")
def hooks(session: Session) -> None:
    session.repo.git("config", "core.hooksPath", "tools")
    for name in ("pre-commit", "post-commit", "pre-push"):
        session.repo.write(f"tools/{name}", "#!/bin/sh\n").chmod(0o755)


@state("hooks", "note", "whatever stands in /usr/share/hooks")
def hooks_elsewhere(session: Session) -> None:
    session.repo.git("config", "core.hooksPath", "/usr/share/hooks")


@state("line ends", "ok", "core.autocrlf is input")
def line_ends_that_are_turned(session: Session) -> None:
    session.repo.git("config", "core.autocrlf", "input")


@state("filters", "note", "the filter 'lfs' of .gitattributes", "items/** -filter")
def items_in_large_file_storage(session: Session) -> None:
    session.repo.git("config", "filter.lfs.clean", "cat")
    session.repo.write(".gitattributes", "*.bin filter=other\n*.md filter=lfs diff=lfs merge=lfs -text\n")


# --- what writers leave


@state("leftovers", "note", "2 files of an interrupted write", "backlogtool doctor --fix")
def private_files_of_a_dead_writer(session: Session) -> None:
    for name in ("kept.0", "index"):
        aged(git_dir(session) / "backlogtool" / name)


@state("unfinished", "note", "2 unfinished files: .backlogtool-2, items/deep/.backlogtool-1", "doctor --fix")
def unfinished_files(session: Session) -> None:
    aged(session.repo.root / "items/deep/.backlogtool-1", 0)
    aged(session.repo.root / ".backlogtool-2")
    aged(session.repo.root / ".backlogtool-3", 0)


@state("derived", "note", "views.json cannot be read", "backlogtool doctor --fix")
def a_damaged_note_of_views(session: Session) -> None:
    aged(git_dir(session) / "backlogtool/views.json").write_bytes(b"\xff[1, 2")


@state("writing", "problem", "is no file", "rm {root}/.git/backlogtool/journal", ends=True)
def a_journal_that_is_a_pipe(session: Session) -> None:
    (git_dir(session) / "backlogtool").mkdir(exist_ok=True)
    os.mkfifo(git_dir(session) / "backlogtool/journal")


@state("writing", "problem", "backlogtool is a link", "rm {root}/.git/backlogtool", ends=True)
def a_private_folder_that_is_a_link(session: Session) -> None:
    elsewhere = _beside(session, "elsewhere")
    for name in ("kept.0", "views.json"):
        aged(elsewhere / name)
    shutil.rmtree(git_dir(session) / "backlogtool", ignore_errors=True)  # what was derived
    (git_dir(session) / "backlogtool").symlink_to(elsewhere)


# --- the backlog


@state("policy", "problem", "1 error, first config/backlog_policy.yml", "backlogtool validate lists all")
def a_broken_policy(session: Session) -> None:
    session.repo.write(POLICY, "version: 1\nnonsense: 2\n")


@state("unreadable", "problem", ITEM, "backlogtool validate lists all")
def an_item_that_cannot_be_read(session: Session) -> None:
    session.repo.write(ITEM, "no frontmatter\n")


@state("duplicates", "problem", f"{ITEM}, items/copy/{GATEWAY}.md", "keep one of them")
def two_files_with_one_id(session: Session) -> None:
    session.repo.write(f"items/copy/{GATEWAY}.md", session.text(GATEWAY))


@state("duplicates", "problem", f"items/{BILLING}.md, {ITEM}", "dedupe_key")
def two_items_with_one_key(session: Session) -> None:
    session.hand_edit(GATEWAY, f"dedupe_key: key:{GATEWAY}", f"dedupe_key: key:{BILLING}")


@state("large files", "problem", ITEM, "move the text into a file of its own")
def an_item_that_is_too_large(session: Session) -> None:
    session.repo.write(ITEM, session.text(GATEWAY) + "x" * (2 << 20))


@state("odd files", "problem", ITEM, "put a file in its place")
def an_item_that_is_a_link(session: Session) -> None:
    (session.repo.root / ITEM).unlink()
    (session.repo.root / ITEM).symlink_to("/etc/hostname")


@state(
    "clashes",
    "problem",
    "items/Deep/readme.md, items/deep/readme.md",
    "mv items/deep/readme.md moved-readme.md",
    ends=True,
)
def folders_that_differ_in_case(session: Session) -> None:
    session.repo.write("items/Deep/readme.md", "text\n")
    session.repo.write("items/deep/readme.md", "text\n")


@state("clashes", "problem", "differ only in case or in the form of their letters")
def names_that_differ_in_form(session: Session) -> None:
    session.repo.write("items/\u00e9.txt", "text\n")
    session.repo.write("items/e\u0301.txt", "text\n")


@state("edits", "note", f"1 item with edits that are not committed: {ROUTER}", "git add items; git commit")
def an_edit(session: Session) -> None:
    session.hand_edit(ROUTER, "owner: oncall", "owner: carol")


@state("views", "note", "not what the items render to: DASHBOARD.md", "backlogtool render DASHBOARD.md")
def a_view_that_is_behind(session: Session) -> None:
    session("render", "DASHBOARD.md")
    session("set-status", ROUTER, "in_progress")


@state("views", "problem", "BACKLOG.md cannot be read or replaced", "mv BACKLOG.md BACKLOG.md.moved", ends=True)
def a_view_that_is_a_link(session: Session) -> None:
    (session.repo.root / "BACKLOG.md").symlink_to("/etc/hostname")


@state("views", "problem", "reports cannot be read or replaced", "mv reports reports.moved", ends=True)
def a_view_behind_a_link(session: Session) -> None:
    _beside(session, "reports").mkdir()
    (_beside(session, "reports") / "dashboard.svg").write_text("somebody else's")
    (session.repo.root / "reports").symlink_to(_beside(session, "reports"))


@state("views", "problem", "templates/BACKLOG.md.j2")
def a_template_that_fails(session: Session) -> None:
    session.repo.write("templates/BACKLOG.md.j2", "{{ no")


@state("digests", "note", "none in ops/reports/platform", "run architecture_pressure_tool.digest")
def no_digest(session: Session) -> None:
    assert not (session.repo.root / "ops").exists()


# --- what cannot be opened


@state(
    "repository",
    "problem",
    "does not take {root}/.git for a repository",
    "echo 'ref: refs/heads/main' > {root}/.git/HEAD",
    ends=True,
    status=3,
)
def no_head(session: Session) -> None:
    (git_dir(session) / "refs/heads/main").write_text(session.repo.head())
    (git_dir(session) / "HEAD").unlink()


@state(
    "repository", "problem", "does not take {root}/.git for a repository", "mkdir {root}/.git/refs", ends=True, status=3
)
def no_folder_of_branches(session: Session) -> None:
    for path in sorted((git_dir(session) / "refs").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (git_dir(session) / "refs").rmdir()


@state("repository", "problem", "does not take {root}/.git for a repository", "git worktree repair", status=3)
def a_git_file_that_leads_nowhere(session: Session) -> None:
    git_dir(session).rename(_beside(session, "elsewhere"))
    git_dir(session).write_text("gitdir: nowhere\n")


@state("repository", "problem", "git cannot read this repository", "mend .git/config in an editor", status=7)
def a_damaged_configuration(session: Session) -> None:
    (git_dir(session) / "config").write_bytes(b"[core\n\xff")


@state(
    "repository",
    "problem",
    "core.worktree names another folder",
    "git config --unset core.worktree",
    ends=True,
    status=7,
)
def a_work_tree_elsewhere(session: Session) -> None:
    session.repo.git("config", "core.worktree", str(session.repo.root.parent))


@state("repository", "problem", "this is inside a git directory", "go to the work tree", status=7)
def inside_a_git_directory(session: Session) -> Session:
    return Session(Repo(git_dir(session) / "refs"))
