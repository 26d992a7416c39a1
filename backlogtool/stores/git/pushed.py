"""What a server's git knows of a push that it has not accepted yet: its branches, settings and new objects.

Asked before anything moves, so the branches are as they were. Nothing is written (ROBUSTNESS.md 2.8).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.refs import content
from backlogtool.stores.git.repository import Repository

BRANCHES = "refs/heads/"
_LARGEST = 1 << 12  # bytes of the file of a ref


def settings(repository: Repository, section: str) -> list[tuple[str, str]]:
    """(name, value) of every setting of a section, in the repository's own configuration, in their order.

    Raises ``UnavailableError`` if git cannot read it.
    """
    pattern = rf"^{section}\."
    told = repository.git.read("config", "--local", "--includes", "-z", "--get-regexp", pattern)
    if told.status > 1:
        raise UnavailableError(f"git cannot read the repository's configuration: {told.err}")
    entries = (entry.partition("\n") for entry in os.fsdecode(told.out).split("\0") if entry)
    return [(name.removeprefix(f"{section}."), value) for name, _, value in entries]


def default_branch(repository: Repository) -> str:
    """The whole name of the branch that HEAD names; empty if HEAD names none."""
    return symbolic(repository, "HEAD")


def symbolic(repository: Repository, ref: str) -> str:
    """The ref that a symbolic one stands for; empty if it stands for itself."""
    told = repository.git.read("symbolic-ref", "--quiet", ref)
    return os.fsdecode(told.out).removesuffix("\n") if told.status == 0 else ""


def target(repository: Repository, ref: str) -> str:
    """The ref that moves when something is pushed to this one: git follows symbolic refs of a server too.

    Git is asked only about those that may be symbolic.
    """
    place = os.path.join(repository.common_dir, ref)
    elsewhere = os.path.lexists(os.path.join(repository.common_dir, "reftable"))
    with suppress(ValueError):  # a zero byte in the name
        odd = os.path.islink(place) or (content(place, _LARGEST) or b"").startswith(b"ref:")
        if odd or elsewhere:
            return symbolic(repository, ref) or ref
    return ref


def tip(repository: Repository, ref: str) -> str:
    """The commit that a ref stands at; empty if there is no such ref.

    Raises ``UnavailableError`` if something else stands there.
    """
    found = repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", ref)
    name = found.out.decode("ascii", "replace").strip()
    if found.status or not name:
        return ""
    if kinds(repository, [name])[name] != "commit":
        raise UnavailableError(f"{ref} does not stand at a commit", hint="git fsck tells what is damaged or missing")
    return name


def tracked(repository: Repository, remote: str) -> str:
    """Where a clone saw the default branch of a remote last; empty if it has not."""
    begin = f"refs/remotes/{remote}"
    named = symbolic(repository, f"{begin}/HEAD")
    found = (tip(repository, ref) for ref in (named, f"{begin}/main", f"{begin}/master") if ref)
    return next(filter(None, found), "")


def kinds(repository: Repository, names: Iterable[str]) -> dict[str, str]:
    """id -> ``commit``, ``tag``, ``tree``, ``blob``, or ``missing``."""
    wanted = sorted(set(names))
    stdin = "".join(f"{name}\n" for name in wanted).encode()
    told = repository.git.read("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=stdin)
    lines = told.out.decode("ascii", "replace").splitlines()
    if told.status or len(lines) != len(wanted):
        raise UnavailableError(f"git cannot read its objects: {told.err}")
    return {name: line.rpartition(" ")[2] for name, line in zip(wanted, lines, strict=True)}


def lies_behind(repository: Repository, older: str, newer: str) -> bool:
    """Whether the one commit is among the ancestors of the other. Raises ``UnavailableError`` if one is missing."""
    return _answered(repository, "merge-base", "--is-ancestor", older, newer) == 0


def are_related(repository: Repository, one: str, other: str) -> bool:
    """Whether two commits have an ancestor in common. Raises ``UnavailableError`` if one is missing."""
    return _answered(repository, "merge-base", one, other) == 0


def branches(repository: Repository) -> bool:
    """Whether there is any branch."""
    return bool(repository.git.read("for-each-ref", "--count=1", BRANCHES).out)


def _answered(repository: Repository, *arguments: str) -> int:
    told = repository.git.read(*arguments)
    if told.status not in (0, 1):
        why = next((line for line in told.err.splitlines() if line.startswith(("error:", "fatal:"))), "no reason given")
        hint = "push from a whole clone: git fetch --unshallow"
        raise UnavailableError(f"git cannot follow the history: {why}", hint=hint)
    return told.status
