"""A person's editor, and not losing what they wrote in it."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from backlogtool.app.workspace import Workspace
from backlogtool.errors import BacklogError, UnavailableError, UsageError

_NAMED = ("GIT_EDITOR", "VISUAL", "EDITOR")


def edited(text: str, *, instead: str) -> bytes | None:
    """The text as it is left in ``$GIT_EDITOR``, ``$VISUAL`` or ``$EDITOR``, byte for byte; None if nothing changed.

    Without a terminal only an editor that is named there is started: any other would wait for nobody. Then it raises
    ``UsageError`` with what to do ``instead``; ``UnavailableError`` if the editor cannot be run or fails.
    """
    if not any(os.environ.get(name) for name in _NAMED) and not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("there is no terminal for an editor", hint=instead)
    before = text.encode()
    with tempfile.TemporaryDirectory(prefix="backlogtool-") as folder:
        file = Path(folder, "item.md")
        file.write_bytes(before)
        try:
            click.edit(filename=str(file), editor=os.environ.get("GIT_EDITOR") or None)
            after = file.read_bytes()
        except (click.ClickException, OSError, ValueError) as error:
            hint = "nothing was written; name another editor in $EDITOR, or give the text on the command line"
            raise UnavailableError(f"the editor failed: {error}", hint=hint) from error
    return None if after == before else after


@contextmanager
def kept(space: Workspace, name: str, written: bytes, command: str) -> Iterator[None]:
    """Saves what a person wrote if the work inside fails; ``command`` takes it up again when the path follows it."""
    try:
        yield
    except BacklogError as error:
        path = _save(space, name, written)
        again = f"your text is kept: mend it and run {command} {shlex.quote(os.path.relpath(path))}"
        error.hint = f"{error.hint}; {again}" if error.hint else again
        raise


def _save(space: Workspace, name: str, written: bytes) -> str:
    folder = os.path.join(space.repository.git_dir if space.repository else ".", "backlogtool")
    path = os.path.join(folder, f"{name}.rejected.md")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(written)
    except OSError as error:
        raise UnavailableError(f"what you wrote could not be saved: {error.strerror}") from error
    return path
