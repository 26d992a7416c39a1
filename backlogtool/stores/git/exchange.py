"""Taking a branch from a remote and giving it back: the person's own git, with their transport, hooks and prompts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.remotes import Upstream, without_logins
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.runner import Result

#: Where a fetched branch is kept while it is looked at, below the number of the process: git's own note of it is
#: overwritten by every other fetch, and two may sync at a time.
_KEPT = "refs/backlogtool/sync/"
_NO_SUCH_REF = 2
#: How often a fetch is tried while another one of this clone moves the same branches.
_AGAIN = 5
#: What git says, here or at the server, that was moving the branch for somebody else at this moment.
_AT_ONCE = (
    "cannot lock ref",
    "failed to update ref",
    "failed to lock",
    "incorrect old value",
    "reference already exists",
)


class Pushed(NamedTuple):
    """What became of a push. ``refusal`` is empty if it was taken; ``raced`` tells that somebody else was first."""

    refusal: str = ""
    raced: bool = False


class Exchange(NamedTuple):
    """One branch of this clone and the one of a remote that it follows.

    ``transport`` is what git's environment has to have for it.
    """

    repository: Repository
    branch: str
    upstream: Upstream
    transport: Mapping[str, str]

    @property
    def there(self) -> str:
        """The remote's branch as people call it."""
        return f"{self.upstream.remote}/{self.upstream.name}"

    def fetch(self) -> str:
        """The commit at which the remote's branch stands; empty if there is no such branch.

        Raises ``UnavailableError`` with git's words if the remote cannot be asked.
        """
        self._forget_left()
        kept = f"{_KEPT}{os.getpid()}/{self.branch}"
        spec = f"+{self.upstream.ref}:{kept}"
        for _ in range(_AGAIN):
            done = self._run("fetch", "--quiet", "--no-write-fetch-head", self.upstream.remote, spec)
            if not (done.status and _at_once(done.err)):
                break
        if done.status:
            if self._lacks_branch():
                return ""
            raise UnavailableError(
                f"git cannot fetch from {self.upstream.remote}: {_words(done)}", hint="nothing was changed"
            )
        found = self.repository.resolve(kept)
        self.repository.user_git.write("update-ref", "-d", kept)
        return found

    def push(self) -> Pushed:
        """Gives the branch to the remote, and makes it follow the one there if it follows none.

        Raises ``UnavailableError`` with git's words if the remote cannot be reached.
        """
        known = self.repository.git.read("config", "--get", f"branch.{self.branch}.remote").status == 0
        follow = () if known else ("--set-upstream",)
        spec = f"refs/heads/{self.branch}:{self.upstream.ref}"
        done = self._run("push", "--porcelain", *follow, self.upstream.remote, spec)
        if not done.status:
            return Pushed()
        for line in done.out.decode("utf-8", "replace").splitlines():
            flag, _, rest = line.partition("\t")
            if flag == "!":
                told = rest.partition("\t")[2]
                raced = told.startswith("[rejected]") or _at_once(told)
                return Pushed("\n".join([told, *_of_remote(done.err)]), raced)
        raise UnavailableError(
            f"git cannot push to {self.upstream.remote}: {_words(done)}", hint="the commits are here"
        )

    def known(self) -> str:
        """The remote's branch as it was when it was last fetched; empty if it never was."""
        return self._commit(f"refs/remotes/{self.there}")

    def apart(self, theirs: str) -> tuple[int, int]:
        """How many commits only we have, and how many only they; ``theirs`` is a commit, or empty for none.

        Where the branch is new there, only we have what no other branch of the remote had when it was last fetched.
        """
        ours = self.repository.head()
        if not (ours or theirs):
            return 0, 0
        if ours and theirs:
            span: tuple[str, ...] = ("--left-right", f"{ours}...{theirs}")
        else:
            span = (ours, "--not", f"--remotes={self.upstream.remote}") if ours else (theirs,)
        told = self.repository.git.read("rev-list", "--count", *span, "--")
        if told.status:
            raise UnavailableError(f"git cannot compare the branches: {told.err}")
        counts = (*map(int, told.out.split()), 0)
        return (counts[0], counts[1]) if ours else (0, counts[0])

    def merges(self, theirs: str) -> list[list[str]]:
        """The merges on our branch that the remote does not have, each with its parents; the last one first."""
        if not (theirs and self.repository.head()):
            return []
        options = ("--first-parent", "--merges", "--parents")
        told = self.repository.git.read("rev-list", *options, f"{theirs}..HEAD", "--")
        if told.status:
            raise UnavailableError(f"git cannot compare the branches: {told.err}")
        return [line.split() for line in told.out.decode().splitlines()]

    def _commit(self, name: str) -> str:
        found = self.repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return found.out.decode().strip() if found.status == 0 else ""

    def _forget_left(self) -> None:
        """Removes what a sync that was killed has kept."""
        for ref in self.repository.git.read("for-each-ref", "--format=%(refname)", _KEPT).out.decode().split():
            if not _runs(ref.removeprefix(_KEPT).partition("/")[0]):
                self.repository.user_git.write("update-ref", "-d", ref)

    def _lacks_branch(self) -> bool:
        """Whether the remote answers, and has no such branch."""
        asked = self._run("ls-remote", "--exit-code", "--quiet", self.upstream.remote, self.upstream.ref)
        return asked.status == _NO_SUCH_REF

    def _run(self, *arguments: str) -> Result:
        """Runs a git that reaches the network; one that is interrupted cleans up after itself."""
        with Interruptions() as interruptions:
            done = self.repository.user_git.write(*arguments, extra=self.transport, interruptions=interruptions)
            if done.status:
                interruptions.obey()
        return done


def _at_once(words: str) -> bool:
    return any(one in words for one in _AT_ONCE)


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def _of_remote(words: str) -> list[str]:
    """What the server said."""
    told = (line.removeprefix("remote:").strip() for line in words.splitlines() if line.startswith("remote:"))
    return [without_logins(line) for line in told if line]


def _words(done: Result) -> str:
    """What git said, and a hook of the person's, which may write anywhere."""
    told = (done.err, done.out.decode("utf-8", "replace").strip())
    return without_logins("\n".join(filter(None, told)) or f"status {done.status}")
