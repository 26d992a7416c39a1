"""Where git looks for the hooks of a repository, and the programs that stand there."""

from __future__ import annotations

import os

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.refs import content
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.workfiles import answered

#: The hook that judges what is to be committed.
_JUDGE = "pre-commit"
_LARGEST = 1 << 20  # bytes of a hook that is looked at
_TEMPORARY = ".backlogtool-hook"


def folder(repository: Repository) -> str:
    """The folder of the hooks that git starts here.

    Raises ``UnavailableError`` where that is not the repository's own: others share it, or it is committed.
    """
    base = repository.root or repository.git_dir
    told = repository.git.write("rev-parse", "--git-path", "hooks")
    if told.status:
        raise UnavailableError(f"git cannot tell where its hooks are: {told.err}")
    found = os.path.realpath(os.path.join(base, os.fsdecode(told.out).removesuffix("\n")))
    own = os.path.realpath(repository.common_dir)
    if os.path.commonpath([found, own]) != own:
        hint = "call 'backlogtool hook' from the hooks there, or unset core.hooksPath for this repository"
        raise UnavailableError(f"core.hooksPath makes git take its hooks from {found}", hint=hint)
    return found


def read(place: str) -> str | None:
    """The text of a hook; None if there is none, empty for what is no text, such as a link or a program."""
    data = content(place, _LARGEST)
    if data == b"":
        return None
    try:
        return (data or b"").decode("utf-8")
    except UnicodeDecodeError:
        return ""


def judges(place: str) -> bool:
    """Whether it is the hook of this tool, in any version, that judges a commit by hand: a write has been judged."""
    from backlogtool.codec import marks  # few repositories have our hooks

    return os.path.basename(place) == _JUDGE and marks.is_ours(read(place) or "")


def write(place: str, text: str) -> None:
    """Puts a whole hook in place that git can start. Raises ``UnavailableError`` if the disk says no."""
    temporary = os.path.join(os.path.dirname(place), _TEMPORARY)
    with answered(f"{place} cannot be written"):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o755)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, 0o777 & ~_umask())
            os.fsync(handle)
        os.replace(temporary, place)


def remove(place: str) -> None:
    """Takes a hook away. Raises ``UnavailableError`` if the disk says no."""
    with answered(f"{place} cannot be removed"):
        os.unlink(place)


def is_started(place: str) -> bool:
    """Whether git starts it: a hook that cannot be executed is passed over."""
    return os.access(place, os.X_OK)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
