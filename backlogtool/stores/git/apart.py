"""A git that changes the work tree and must not be stopped in the middle by the Ctrl-C that is meant for us."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from tempfile import TemporaryFile

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.runner import Git, Result, environment


def write_apart(git: Git, *arguments: str, extra: Mapping[str, str] | None = None) -> Result:
    """As ``Git.write``, in a group of its own: the terminal's signals do not reach it, and it asks nobody anything.

    A merge that is stopped while it writes files leaves some of each side. Whoever calls keeps the signals meanwhile
    (``Interruptions``). What git says goes to files: a pipe would stop it as well, if we are killed.
    """
    added = {os.fsencode(name): os.fsencode(value) for name, value in (extra or {}).items()}
    with TemporaryFile() as out, TemporaryFile() as err:
        try:
            done = subprocess.run(
                ["git", *git.options, "-c", "core.fsync=added", *arguments],
                cwd=git.directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=False,
                env=environment() | added,
                process_group=0,
            )
        except OSError as error:
            raise UnavailableError(f"git cannot be run: {error.strerror}") from error
        out.seek(0)
        err.seek(0)
        return Result(done.returncode, out.read(), err.read().decode("utf-8", "replace").strip())
