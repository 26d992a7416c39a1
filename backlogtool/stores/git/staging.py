"""The index of one write: a private copy of the user's in which exactly our paths are staged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from backlogtool.errors import UnavailableError
from backlogtool.stores.git import edits, fault
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.runner import Result
from backlogtool.stores.git.steps import WHOLE
from backlogtool.stores.git.trees import folders_of
from backlogtool.stores.git.workfiles import TEMPORARY

#: A path as a pathspec without magic. An option of git would reach the user's hooks as well.
_SPEC = b":(top,literal)"
#: How the names begin of the files that a write keeps beside its journal.
PRIVATE = ("index", "placed", "before", "paths", "kept", "tree")


class Staging:
    """The private files of one write, beside its journal. ``paths`` are the files that it changes."""

    def __init__(self, repository: Repository, paths: Sequence[str]) -> None:
        self._repository = repository
        self._paths = paths
        self.folder = os.path.join(repository.git_dir, "backlogtool")
        self._index = os.path.join(self.folder, "index")
        self._placed = os.path.join(self.folder, "placed")
        self._before = os.path.join(self.folder, "before")
        self._pathspecs = os.path.join(self.folder, "paths")

    @property
    def environment(self) -> dict[str, str]:
        """What makes git use the private index."""
        return {"GIT_INDEX_FILE": self._index}

    @property
    def pathspecs(self) -> tuple[str, str]:
        """Arguments that limit a git command to our paths."""
        return f"--pathspec-from-file={self._pathspecs}", "--pathspec-file-nul"

    def kept(self, number: int) -> str:
        """Where the file stands aside that the change of that number replaces."""
        return self.private(f"kept.{number}")

    def private(self, name: str) -> str:
        """A file of this write beside its journal; the name begins like one of ``PRIVATE``."""
        return os.path.join(self.folder, name)

    def keep(self) -> bool:
        """Keeps the index as it is now, to put it back; False if there is none."""
        kept = _share(self._repository.index_path, self._before)
        fault.point()
        return kept

    def stage(self, inherited: Sequence[int] = (), *, plainly: bool = False) -> None:
        """Stages our paths as they are in the work tree; ``plainly`` where the index holds no odd entry for them.

        The git that does it gets the ``inherited`` file descriptors, so that who heals waits for it if we are killed.
        """
        self._from(self._before, self._index)
        if plainly:  # looks at nothing but our paths
            paths = b"".join(os.fsencode(path) + b"\0" for path in self._paths)
            command = ("update-index", "--add", "--remove", "-z", "--stdin")
            self._run(self._index, *command, stdin=paths, inherited=inherited)
        else:
            self._name(self._paths)
            self._run(self._index, "add", "--all", "--force", *self.pathspecs, inherited=inherited)
        fault.point()

    def listed(self) -> bytes:
        """What is staged of our paths and maybe of more, as git answers to ``edits.LISTING``."""
        return self._run(self._index, "--literal-pathspecs", *edits.LISTING, *edits.asked(self._paths)).out

    def place(self) -> None:
        """Makes what is staged the user's index: before the branch moves, or its next commit would revert ours."""
        _share(self._index, self._placed)
        os.rename(self._placed, self._repository.index_path)
        fault.point()
        sync(self._repository.git_dir)

    def follow(self, parent: str, commit: str) -> bool:
        """Takes over what was committed, where a hook has changed it since it was staged; tells if none has."""
        differing = self._differing(self._index, commit)
        committed = self._repository.changed_entries(parent, commit) if differing else {}
        lines = [entry + b"\t" + path + b"\0" for path, entry in committed.items() if path in differing]
        if lines:
            self._run(self._index, "update-index", "-z", "--index-info", stdin=b"".join(lines))
        os.rename(self._index, self._repository.index_path)
        fault.point()
        return not lines

    def differs(self, commit: str, paths: Sequence[str]) -> bool:
        """Whether a commit holds something else at any of the paths than was staged."""
        # What was staged is in the user's index by now: git has brought the private one up to the commit.
        differing = self._differing(self._repository.index_path, commit)
        return not differing.isdisjoint(os.fsencode(path) for path in paths)

    def put_back(self, existed: bool) -> None:
        """The index as it was kept; none if there was none."""
        with suppress(FileNotFoundError):
            if existed:
                os.rename(self._before, self._repository.index_path)
            else:
                os.unlink(self._repository.index_path)
        fault.point()

    def align(self, paths: Sequence[str]) -> None:
        """Makes paths in the index what the last commit has there."""
        if not paths:
            return
        self._name(paths)
        self._from(self._repository.index_path, self._placed)
        self._run(self._placed, "reset", "--quiet", *self.pathspecs)
        fault.point()
        os.rename(self._placed, self._repository.index_path)

    def remove(self) -> None:
        """Removes the private files."""
        for name in os.listdir(self.folder):
            if name.split(".")[0] in PRIVATE or name.startswith(TEMPORARY):
                with suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.folder, name))

    def _differing(self, index: str, commit: str) -> set[bytes]:
        """The paths at which an index differs from a commit."""
        told = self._run(index, "diff-index", "--cached", "--raw", "-z", "--no-renames", WHOLE, commit)
        return set(told.out.split(b"\0")[1::2])

    def _name(self, paths: Sequence[str]) -> None:
        with open(self._pathspecs, "wb") as file:
            file.write(b"".join(_SPEC + os.fsencode(path) + b"\0" for path in paths))

    def _run(self, index: str, *arguments: str, stdin: bytes = b"", inherited: Sequence[int] = ()) -> Result:
        extra = {"GIT_INDEX_FILE": index}
        done = self._repository.user_git.write(*arguments, stdin=stdin, extra=extra, inherited=inherited)
        if done.status:
            self._refuse_submodule()
            raise UnavailableError(f"git cannot stage the files: {done.err}", hint="nothing was changed")
        return done

    def _refuse_submodule(self) -> None:
        """Names the reason where git's own words would not: a folder of our files is another repository."""
        for folder in folders_of(self._paths):
            if folder and os.path.lexists(os.path.join(self._repository.root, folder, ".git")):
                hint = f"nothing was changed; run the command inside {folder}"
                raise UnavailableError(f"git cannot stage the files: {folder} is a submodule", hint=hint)

    def _from(self, source: str, target: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(target + ".lock")
        _share(source, target)


def _share(path: str, other: str) -> bool:
    """The same content at another path; False if there is none.

    Git replaces an index by renaming, never in place, so a link will do.
    """
    with suppress(FileNotFoundError):
        os.unlink(other)
    try:
        os.link(path, other)
    except FileNotFoundError:
        return False
    except OSError:
        with open(path, "rb") as source, open(other, "wb") as target:
            target.write(source.read())
            target.flush()
            os.fsync(target.fileno())
    return True


def sync(folder: str) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
