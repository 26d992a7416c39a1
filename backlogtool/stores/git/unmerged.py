"""Files that a merge left in conflict: which the index has, what they were made of, and the end of a conflict."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.finding import Finding
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.workfiles import WorkFiles

#: The modes of files whose text can be merged; links and submodules have others.
_TEXT = ("100644", "100755")
_BASE, _OURS, _THEIRS = "1", "2", "3"


class Versions(NamedTuple):
    """The versions that git keeps of a file in conflict; None where there is none, or no text."""

    base: str | None
    ours: str | None
    theirs: str | None


class WorkCopies(WorkFiles):
    """Files of the work tree that are to be merged."""

    def text(self, path: str) -> str | Finding | None:
        """What stands there, why it is no text, or None."""
        data = next(iter(self.read([path])))[1]
        if not isinstance(data, bytes):
            return data
        return _text(data) or Finding("BL101", "it is not UTF-8 text", path=path)


def unmerged(repository: Repository, folder: str = f"{ITEMS}/") -> dict[str, Versions]:
    """Path -> versions of the files below a folder (empty: all) that the index holds in conflict.

    Raises ``UnavailableError`` if git cannot read it.
    """
    told = repository.git.read("ls-files", "--unmerged", "-z", "--", *([folder] if folder else []))
    if told.status:
        raise UnavailableError(f"git cannot read its index: {told.err}")
    stages: dict[str, dict[str, str]] = {}
    for entry in told.out.split(b"\0"):
        if entry:
            what, _, path = entry.partition(b"\t")
            mode, name, stage = what.decode().split(" ")
            stages.setdefault(os.fsdecode(path), {})[stage] = name if mode in _TEXT else ""
    texts = _texts(repository, {name for held in stages.values() for name in held.values() if name})
    return {
        path: Versions(*(texts.get(held.get(stage, "")) for stage in (_BASE, _OURS, _THEIRS)))
        for path, held in stages.items()
    }


def settle(repository: Repository, paths: Sequence[str]) -> None:
    """Stages the files as they stand, or are gone, which ends their conflicts for git. Raises ``UnavailableError``."""
    if not paths:
        return
    stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
    done = repository.user_git.write("update-index", "--add", "--remove", "-z", "--stdin", stdin=stdin)
    if done.status:
        raise UnavailableError(f"git cannot stage the merged files: {done.err}", hint="stage them yourself: git add")


def require_module(program: Sequence[str], module: str) -> None:
    """Raises ``UnavailableError`` if a Python, started so, does not find a module.

    A driver that cannot start ends like one that found a conflict, and leaves our version only.
    """
    try:
        found = subprocess.run([*program, "-c", f"import {module}"], capture_output=True, check=False, cwd=os.sep)
    except OSError as error:
        raise UnavailableError(f"{program[0]} cannot be started: {error.strerror}") from error
    if found.returncode:
        told = f"{program[0]} does not find backlogtool without help from the environment, and git could not start it"
        raise UnavailableError(told, hint="install backlogtool into that Python: pip install backlogtool")


def configured(repository: Repository, name: str) -> str:
    """What this clone's configuration says; empty where it says nothing."""
    return repository.git.read("config", "--local", "--get", name).out.decode("utf-8", "replace").removesuffix("\n")


def configure(repository: Repository, settings: Mapping[str, str]) -> None:
    """Sets what this clone's configuration says about a merge driver. Raises ``UnavailableError``."""
    for name, value in settings.items():
        _config(repository, name, value)


def forget(repository: Repository, section: str) -> None:
    """Takes a section out of this clone's configuration. Raises ``UnavailableError``."""
    _config(repository, "--remove-section", section)


def _config(repository: Repository, *arguments: str) -> None:
    done = repository.user_git.write("config", "--local", *arguments)
    if done.status:
        raise UnavailableError(f"git cannot change its configuration: {done.err}")


def _texts(repository: Repository, names: Iterable[str]) -> dict[str, str]:
    held = read_objects(repository.git, sorted(names), (b"blob",))
    texts = {name: _text(data) for name, data in held.items()}
    return {name: text for name, text in texts.items() if text is not None}


def _text(data: bytes) -> str | None:
    if len(data) > MAX_FILE or b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
