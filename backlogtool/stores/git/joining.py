"""A merge of the current branch with another commit, held open until somebody has judged what comes out.

``git merge --no-commit`` does it, with the driver for items whether this clone has it or not, and without git's guess
that one item is another one renamed (ROBUSTNESS.md M6). Until it is concluded ``git merge --abort`` takes it back; what
a person has begun in other files stays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git import refs
from backlogtool.stores.git.apart import write_apart
from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging

_MERGE = ("--no-commit", "--no-ff", "--no-squash", "--no-edit", "--no-stat", "--no-autostash", "--no-progress")
_EXACT = ("-Xfind-renames=100%",)
_ATTRIBUTES = 1 << 20  # bytes


class Joining:
    """One merge. ``settings`` are those of the driver, ``attribute`` sends items to it.

    ``attributes`` is where a person keeps their own attributes if git is not told otherwise.
    """

    def __init__(self, repository: Repository, settings: Mapping[str, str], attribute: str, attributes: str) -> None:
        self._repository = repository
        self._settings = settings
        self._attribute = attribute
        self._attributes = attributes

    def forward(self, theirs: str) -> None:
        """Moves the branch on to a commit that has all of ours. Raises ``RefusedError`` with git's words."""
        with Interruptions():
            done = write_apart(self._repository.user_git, "merge", "--ff-only", "--quiet", "--no-autostash", theirs)
        if done.status:
            raise _refusal(done.err)

    def begin(self, theirs: str, message: str) -> list[str]:
        """Merges, and leaves it open; gives the files in conflict. Raises ``RefusedError`` if git does not begin."""
        place = Staging(self._repository, ()).private("paths.attributes")
        options = [f"core.attributesFile={place}", "merge.directoryRenames=conflict"]
        options += [f"{name}={told}" for name, told in self._settings.items()]
        pairs = [part for one in options for part in ("-c", one)]
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(f"{self._attribute}\n".encode() + self._own_attributes())
        try:
            arguments = ("merge", "--quiet", *_MERGE, *_EXACT, "-m", message, theirs)
            done = write_apart(self._repository.user_git, *pairs, *arguments)
        finally:
            os.unlink(place)
        if self._repository.in_progress() is None:
            raise _refusal(done.err or done.out.decode("utf-8", "replace"))
        return self.conflicts()

    def conflicts(self) -> list[str]:
        """The files that are in conflict."""
        told = self._repository.git.read("ls-files", "--unmerged", "-z")
        if told.status:
            raise UnavailableError(f"git cannot read its index: {told.err}")
        return sorted({os.fsdecode(entry.partition(b"\t")[2]) for entry in told.out.split(b"\0")[:-1]})

    def keep_ours(self, paths: Sequence[str]) -> None:
        """Ends the conflicts of files by leaving ours."""
        specs = [f":(top,literal){path}" for path in paths]
        for command in (("checkout", "--quiet", "--ours", "--"), ("add", "--")):
            done = write_apart(self._repository.user_git, *command, *specs)
            if done.status:
                raise UnavailableError(f"git cannot settle {paths[0]}: {done.err}")

    def proposal(self, theirs: str) -> str:
        """The merge as a commit that is on no branch, to be judged."""
        git = self._repository.user_git
        tree = git.write("write-tree")
        parents = ("-p", self._repository.head(), "-p", theirs)
        made = git.write("commit-tree", *parents, tree.out.decode().strip(), stdin=b"merge\n")
        if tree.status or made.status:
            raise UnavailableError(f"git cannot look at the merge: {tree.err or made.err}")
        return made.out.decode().strip()

    def conclude(self, interruptions: Interruptions) -> str:
        """Commits the merge; its id. Hooks run and signing signs. Raises ``RefusedError`` if one of them says no."""
        done = self._repository.user_git.write("commit", "--quiet", "--no-edit", interruptions=interruptions)
        if done.status:
            interruptions.obey()
            told = (done.out.decode("utf-8", "replace") + done.err).strip()
            raise RefusedError(f"git did not commit the merge: {told}", hint="it was taken back; do what was asked")
        return self._repository.head()

    def abort(self) -> None:
        """Takes the merge back. Raises ``UnavailableError`` if git cannot."""
        if self._repository.in_progress() is None:
            return
        done = write_apart(self._repository.user_git, "merge", "--abort")
        if done.status:
            hint = "git merge --abort when what it says is mended"
            raise UnavailableError(f"git cannot take the merge back: {done.err}", hint=hint)

    def _own_attributes(self) -> bytes:
        """The person's own attributes, which count more than ours."""
        told = self._repository.git.read("config", "--type=path", "--get", "core.attributesFile")
        place = os.fsdecode(told.out).removesuffix("\n") if told.status == 0 else self._attributes
        return (refs.content(os.path.realpath(place), _ATTRIBUTES) if place else b"") or b""


def attributes_place(environment: Mapping[str, str]) -> str:
    """Where git looks for a person's own attributes if it is not told otherwise."""
    base = environment.get("XDG_CONFIG_HOME") or (
        os.path.join(environment["HOME"], ".config") if environment.get("HOME") else ""
    )
    return os.path.join(base, "git", "attributes") if base else ""


def _refusal(words: str) -> RefusedError:
    hint = "nothing was changed; commit or stash what stands in the way, then sync again"
    told = "\n".join(line.removeprefix("error: ").removeprefix("fatal: ") for line in words.strip().splitlines())
    return RefusedError(f"git does not merge: {told}", hint=hint)
