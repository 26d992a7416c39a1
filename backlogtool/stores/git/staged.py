"""What a commit that is being made would hold: the index that git names to its hooks, against the commits before it.

Only reads; nothing that a repository configures runs (ROBUSTNESS.md 2.3).
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.differences import ODD, Difference
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.objects import read_commits, read_objects
from backlogtool.stores.git.refs import content
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.runner import Result, environment, inert, unreadable
from backlogtool.stores.git.steps import WHOLE, path_steps
from backlogtool.stores.git.stuck import refuse_waiting
from backlogtool.stores.git.unfinished import journal_path

_RAW = ("--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ita-invisible-in-index", WHOLE)
#: Submodules are compared by their commits alone: git would run a command of its own in each.
_CLOSED = "--ignore-submodules=dirty"
_FILES = ("100644", "100755")
#: Comparing with an index, git opens files of rules wherever its configuration says that they are.
_RULES = ("-c", f"core.excludesFile={os.devnull}", "-c", f"core.attributesFile={os.devnull}")
_PATIENCE = 10.0  # seconds
_LARGEST = 1 << 20  # bytes of a message, or of the list of commits that are merged
#: Where a system lists the open handles of the process that asks.
_HANDLES = "/dev/fd"
#: More of them than a hook inherits as a rule, for a system without that list.
_MOST_HANDLES = 1024


class Staged:
    """The index of a commit that is being made.

    ``place`` is where git keeps it (``GIT_INDEX_FILE``), if not as usual.
    """

    def __init__(self, repository: Repository, place: str = "") -> None:
        self.repository = repository
        self._place = os.path.abspath(place) if place else repository.index_path

    @property
    def head(self) -> str:
        """The commit before; empty on a branch without one."""
        return self.repository.head()

    @property
    def merged(self) -> list[str]:
        """The commits that this one is to merge, beside ``head``."""
        return self._special("MERGE_HEAD").split()

    @property
    def message(self) -> str:
        """What ``git merge --squash`` wants to say; empty for any other commit."""
        return self._special("SQUASH_MSG")

    @property
    def reverted(self) -> str:
        """The commit before the one that this one is to revert; empty for any other commit."""
        name = self._special("REVERT_HEAD").strip()
        found = read_commits(self.repository.git, [name]).get(name) if name else None
        return found.parents[0] if found and len(found.parents) == 1 else ""

    def is_of_writer(self) -> bool:
        """Whether a write of this tool makes the commit, which has judged it: git and its hooks inherit the journal."""
        try:
            journal = os.stat(journal_path(self.repository), follow_symlinks=False)
        except OSError:
            return False
        for handle in _handles():
            with suppress(OSError):
                if os.path.samestat(os.fstat(handle), journal):
                    return True
        return False

    def differing(self, commit: str, *places: str) -> list[Difference]:
        """How the files at or below the places (all items) differ from a commit; empty: nothing was there."""
        self._refuse_waiting()
        tree = commit or self._ask("hash-object", "-t", "tree", "--stdin").decode().strip()
        fields = self._ask("diff-index", *_RAW, tree, "--", *(places or (f"{ITEMS}/",))).split(b"\0")
        return [
            Difference(one.path, _file(one.before, one.modes[0]), _file(one.after, one.modes[1]))
            for one in path_steps(fields)
        ]

    def _refuse_waiting(self) -> None:
        """Raises ``UnavailableError`` where git, comparing, would wait for what is to be ignored. No option helps."""
        place = os.path.join(self.repository.common_dir, "info", "exclude")
        with suppress(OSError):
            if stat.S_ISFIFO(os.stat(place).st_mode):
                raise UnavailableError(f"{place} is a pipe, and git waits for it", hint="remove it")

    def paths(self) -> list[str]:
        """Every path below ``items/``."""
        return [os.fsdecode(one) for one in self._ask("ls-files", "-z", "--", f"{ITEMS}/").split(b"\0") if one]

    def edited(self) -> list[str]:
        """The paths below ``items/`` at which the work tree holds something else than what is staged."""
        told = self._ask("diff-files", "--name-only", "-z", "--no-renames", _CLOSED, "--", f"{ITEMS}/")
        return [os.fsdecode(one) for one in told.split(b"\0") if one]

    def texts(self, names: Sequence[str]) -> dict[str, bytes]:
        """id -> content of blobs. Raises ``UnavailableError`` if one is missing."""
        found = read_objects(self.repository.git, names, (b"blob",))
        missing = next((name for name in names if name not in found), "")
        if missing:
            hint = "git fsck tells what is damaged or missing"
            raise UnavailableError(f"what is staged cannot be read: object {missing[:10]} is missing", hint=hint)
        return found

    def file(self, path: str) -> bytes | None:
        """The content of one staged file; None if there is none, or no regular one."""
        told = self._ask("ls-files", "--stage", "-z", "--", path).split(b"\0")[0]
        mode, name = (*told.decode("utf-8", "surrogateescape").split(" "), "")[:2]
        return self.texts([name])[name] if mode in _FILES else None

    def _ask(self, *arguments: str) -> bytes:
        options, quiet = inert(self.repository.git)
        chosen = {**quiet, "GIT_INDEX_FILE": self._place}
        names = {os.fsencode(name): os.fsencode(value) for name, value in chosen.items()}
        try:
            told = subprocess.run(
                ["git", *options, *_RULES, *arguments],
                cwd=self.repository.root,
                env={**environment(), **names},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
            )
        except OSError as error:
            raise UnavailableError(f"git cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            refuse_waiting(self.repository.root, self.repository.git.options)
            hint = "look for pipes and devices in .git"
            raise UnavailableError(f"git does not answer for {_PATIENCE:.0f} seconds", hint=hint) from error
        if told.returncode:
            raise unreadable(Result(told.returncode, told.stdout, told.stderr.decode("utf-8", "replace")))
        return told.stdout

    def _special(self, name: str) -> str:
        """A file of the git directory; empty if there is none, or nothing in it.

        Raises ``UnavailableError`` for one that cannot be read.
        """
        place = os.path.join(self.repository.git_dir, name)
        data = content(place, _LARGEST)
        if data is None and (not os.path.isfile(place) or os.path.getsize(place)):
            raise UnavailableError(f"{name} cannot be read", hint=f"look at {place}")
        return (data or b"").decode("utf-8", "replace")


def _handles() -> Iterator[int]:
    """The open handles of this process, which a writer with many files of its own may have numbered high."""
    try:
        yield from (int(name) for name in os.listdir(_HANDLES) if name.isdecimal())
    except OSError:
        yield from range(_MOST_HANDLES)


def _file(blob: str | None, mode: str) -> str | None:
    return blob if blob is None or mode in _FILES else ODD
