"""Which repository this is, and whether it can be written to now."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from backlogtool.domain.value import Value
from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git import refs
from backlogtool.stores.git.discovery import is_told, plain_repository
from backlogtool.stores.git.packs import is_there

if TYPE_CHECKING:  # what only reads the work tree starts no git
    from backlogtool.stores.git.objects import CommitObject
    from backlogtool.stores.git.runner import Git

# A file or directory in the git directory -> what is going on, and how to end it.
_IN_PROGRESS = {
    "MERGE_HEAD": ("a merge", "git merge --continue, or --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue, or --abort"),
    "rebase-apply": ("a rebase or git am", "git rebase --continue or git am --continue, or --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue, or --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue, or --abort"),
    "BISECT_LOG": ("a bisect", "git bisect reset"),
}

#: As ``steps.WHOLE``, which is not loaded where no history is read.
_WHOLE = "--ignore-submodules=none"
_PATIENCE = 10.0  # seconds for the first answer of git
_SHALLOW = 1 << 24  # bytes of the list of a shallow clone's last commits


class Repository(Value):
    """The directories of a repository. ``root`` is its work tree; empty for a bare one.

    ``git_dir`` is this work tree's own, ``common_dir`` the one that all work trees share.
    """

    root: str
    git_dir: str
    common_dir: str

    @property
    def git(self) -> Git:
        """A runner that is bound to exactly these directories."""
        from backlogtool.stores.git.runner import Git

        if not self.root:
            return Git(self.git_dir, ("--git-dir", self.git_dir))
        return Git(self.root, ("--git-dir", self.git_dir, "--work-tree", self.root))

    @property
    def user_git(self) -> Git:
        """A runner as a person has it at the root: for commands whose environment hooks will see."""
        from backlogtool.stores.git.runner import Git

        return Git(self.root)

    @property
    def index_path(self) -> str:
        return os.path.join(self.git_dir, "index")

    def edge(self) -> frozenset[str]:
        """The commits of a shallow clone whose parents are not here; none in a whole clone.

        Raises ``UnavailableError`` if a pipe, a link or the like stands in the place of their list.
        """
        place = os.path.join(self.common_dir, "shallow")
        data = refs.content(place, _SHALLOW)
        if data is None and (os.path.islink(place) or not os.path.isfile(place) or os.path.getsize(place)):
            raise UnavailableError("the list of where this shallow clone ends cannot be read", hint=f"look at {place}")
        return frozenset((data or b"").decode("ascii", "replace").split())

    def head(self) -> str:
        """The full id of the last commit; empty on a branch without one.

        Raises ``UnavailableError`` if there is one that cannot be read.
        """
        from backlogtool.stores.git.objects import loose_commit

        tip = self.tip()
        if tip is not None and (not tip or loose_commit(self.common_dir, tip)):
            return tip
        found = self.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
        if found.status == 0:
            return found.out.decode().strip()
        named = self.git.read("symbolic-ref", "--quiet", "HEAD")
        if named.status or os.path.lexists(os.path.join(self.common_dir, os.fsdecode(named.out).rstrip("\n"))):
            raise UnavailableError("the last commit cannot be read", hint="git fsck tells what is damaged or missing")
        return ""

    def tip(self) -> str | None:
        """The id that HEAD stands at, read without starting git; empty on a branch without a commit.

        None where that cannot be told so. Whether the commit is there, and can be read, is not looked at.
        """
        found = refs.head(self.git_dir, self.common_dir)
        return None if found is None else found.commit

    def sighted(self) -> str:
        """The commit that HEAD stands at, if that is plain and its object is there, whole or not; else empty."""
        tip = self.tip()
        return tip if tip and is_there(self.common_dir, tip) else ""

    def branch(self) -> str:
        """The short name of the branch; empty when HEAD is detached."""
        # Not --short, which says heads/main where there is a tag main.
        found = self.git.read("symbolic-ref", "--quiet", "HEAD")
        return found.out.decode("utf-8", "replace").strip().removeprefix("refs/heads/")

    def resolve(self, revision: str) -> str:
        """The full commit id of what a person calls a revision. Raises ``NotFoundError``."""
        found = self.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.status:
            from backlogtool.stores.git.no_commit import no_commit  # only a mistake needs it

            raise no_commit(self, revision)
        return found.out.decode().strip()

    def first_parents(self, old: str) -> list[CommitObject]:
        """The commits of the branch's own line from HEAD back to, not including, ``old``."""
        from backlogtool.stores.git.objects import parse_commit

        span = f"{old}..HEAD" if old else "HEAD"
        found = self.git.read("rev-list", "--first-parent", "--header", "--end-of-options", span, "--")
        commits = []
        for record in found.out.split(b"\0")[:-1]:
            name, _, rest = record.partition(b"\n")
            head, _, message = rest.partition(b"\n\n")
            # Git indents each line of the message here.
            plain = b"\n".join(line.removeprefix(b"    ") for line in message.split(b"\n"))
            commits.append(parse_commit(name.decode(), head + b"\n\n" + plain))
        return commits

    def differ(self, old: str, new: str, paths: Sequence[str]) -> bool:
        """Whether two commits differ at any of the paths; an empty ``old`` holds nothing."""
        trees = ("--root", new) if not old else (old, new)
        return bool(self.git.read("diff-tree", "-r", "-z", _WHOLE, "--no-commit-id", *trees, "--", *paths).out)

    def changed_entries(self, old: str, new: str) -> dict[bytes, bytes]:
        """path -> mode and blob in ``new`` (zeros: deleted) where it differs from ``old`` (empty: nothing)."""
        trees = ("--root", new) if not old else (old, new)
        told = self.git.read("diff-tree", "-r", "-z", _WHOLE, "--no-renames", "--no-commit-id", *trees).out.split(b"\0")
        entries = (entry.split(b" ") for entry in told[::2] if entry)
        return {path: parts[1] + b" " + parts[3] for path, parts in zip(told[1::2], entries, strict=False)}

    def merge_base(self, commit: str) -> str:
        """The best common ancestor of a commit and HEAD. Raises ``NotFoundError`` if there is none to be seen."""
        found = self.git.read("merge-base", "--end-of-options", commit, "HEAD")
        if found.status:
            from backlogtool.stores.git.bases import unrelated  # most readers compare nothing

            raise unrelated("HEAD", commit[:10], shallow=bool(self.edge()))
        return found.out.decode().strip()

    def last_change(self, commit: str, path: str) -> str:
        """The last commit up to ``commit`` that changed a file; empty if none did."""
        return self.git.read("rev-list", "-1", commit, "--", path).out.decode().strip()

    def confirm(self) -> None:
        """Raises ``UnavailableError`` if git cannot read this repository, which may have been found without it."""
        self.git.confirm()

    def uncommitted(
        self, *paths: str, head: str | None = None, known: Mapping[str, str] = MappingProxyType({})
    ) -> set[str]:
        """The files at or below the paths that differ from the last commit, new ones included.

        A path that ends in ``/`` is a folder; ``head`` is the last commit, if it is known; ``known`` has the blob ids
        of files whose contents are. Raises ``UnavailableError`` if git cannot read its index.
        """
        from backlogtool.stores.git import edits

        return edits.uncommitted(self.git, self.head() if head is None else head, self.root, paths, known).paths

    def changed_for_git(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that the user's own git calls changed, filters and all. For writers only."""
        arguments = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
        result = self.user_git.write("status", *arguments, "--", *(f":(top,literal){path}" for path in paths))
        if result.status:
            raise UnavailableError(f"git cannot tell what has changed: {result.err}")
        return {os.fsdecode(entry[3:]) for entry in result.out.split(b"\0") if entry}

    def in_progress(self) -> tuple[str, str] | None:
        """(what is going on, how to end it) in the middle of a merge, rebase …; else None."""
        for name, told in _IN_PROGRESS.items():
            if os.path.lexists(os.path.join(self.git_dir, name)):
                return told
        return None

    def refuse_if_bare(self) -> None:
        """Raises ``UnavailableError`` where no files are checked out."""
        if not self.root:
            raise UnavailableError("this is a bare repository: there is no work tree to change", hint="use a clone")

    def refuse_if_busy(self) -> None:
        """Raises ``UnavailableError`` where a commit cannot be made now."""
        self.refuse_if_bare()
        going_on = self.in_progress()
        if going_on:
            what, how = going_on
            raise UnavailableError(f"the repository is in the middle of {what}", hint=f"finish it first: {how}")

    def identity(self) -> str:
        """The name that git gives to commits. Raises ``UnavailableError`` if git has none."""
        found = self.git.read("var", "GIT_AUTHOR_IDENT")
        name = found.out.decode("utf-8", "replace").rpartition(" <")[0].strip()
        if found.status or not name:
            raise UnavailableError(
                "git does not know who you are",
                hint='git config user.name "Your Name" && git config user.email you@example.com',
            )
        return name


def discover(directory: str) -> Repository:
    """The repository that holds a directory. Raises ``NotFoundError`` or ``UnavailableError``."""
    try:
        place = plain_repository(directory)
        absolute = os.path.realpath(directory)
    except FileNotFoundError as error:
        raise NotFoundError("the current directory is gone", hint="change to another one") from error
    if place is None and is_told(absolute):
        return Repository("", absolute, absolute)
    repository = Repository(*place) if place else _asked(absolute, directory)
    _refuse_sparse(repository)
    return repository


def _asked(absolute: str, directory: str) -> Repository:
    """What git says about a directory, which its messages name as the person did."""
    from backlogtool.stores.git.runner import Git, unreadable

    git = Git(absolute)
    asked = ("--absolute-git-dir", "--git-common-dir", "--is-bare-repository")
    found = git.read("rev-parse", *asked, "--show-toplevel", patience=_PATIENCE)
    if found.status and "must be run in a work tree" in found.err:
        found = git.read("rev-parse", *asked, patience=_PATIENCE)
    if found.status:
        if "dubious ownership" in found.err or "safe.directory" in found.err:
            hint = f"if you trust it: git config --global --add safe.directory {git.directory}"
            raise UnavailableError(f"{directory} belongs to somebody else, so git does not read it", hint=hint)
        if "not a git repository" in found.err:
            raise NotFoundError(f"{directory} is not in a git repository", hint="run git init, then backlogtool init")
        raise unreadable(found)
    told = os.fsdecode(found.out).removesuffix("\n").split("\n")
    if len(told) not in (3, 4):
        raise UnavailableError("the repository's path holds a line end", hint="rename that folder")
    git_dir, common_dir, bare, *top = told
    root = "" if bare == "true" else _top(top, git_dir)
    return Repository(root, git_dir, os.path.realpath(os.path.join(git.directory, common_dir)))


def _refuse_sparse(repository: Repository) -> None:
    """A work tree that leaves out items looks like a smaller backlog: nothing true can be said about it."""
    if not repository.root or not os.path.exists(os.path.join(repository.git_dir, "info", "sparse-checkout")):
        return
    listed = repository.git.read("ls-files", "-t", "-z", "--", "items/", "config/")
    if listed.status:
        raise UnavailableError(f"git cannot read its index: {listed.err}")
    if any(entry.startswith(b"S ") for entry in listed.out.split(b"\0")):
        hint = "git sparse-checkout add items config templates"
        raise UnavailableError("this sparse checkout leaves out items or the policy", hint=hint)


def _top(told: Sequence[str], git_dir: str) -> str:
    """The work tree. ``core.worktree`` counts only for the folder whose ``.git`` leads to this repository.

    A repository from elsewhere could name any folder, whose files would then be shown and written to.
    """
    if not told:
        raise UnavailableError("this is inside a git directory, not in a work tree", hint="go to the work tree")
    if not _leads_to(os.path.join(told[0], ".git"), git_dir):
        hint = "git config --unset core.worktree, or work in a folder whose .git is this repository"
        raise UnavailableError(f"core.worktree names another folder: {told[0]}", hint=hint)
    return told[0]


def _leads_to(place: str, git_dir: str) -> bool:
    """Whether a ``.git``, a directory or a file that names one, is this git directory."""
    if os.path.isfile(place):
        with open(place, "rb") as file:
            named = os.fsdecode(file.read(1 << 16).removeprefix(b"gitdir:").strip())
        place = os.path.join(os.path.dirname(place), named)
    return os.path.realpath(place) == os.path.realpath(git_dir)
