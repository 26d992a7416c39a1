"""A new repository for trying something out: nothing of a person's configuration signs in it or runs."""

from __future__ import annotations

import os

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.runner import Git


def new_repository(directory: str, moment: str, message: str) -> None:
    """Makes a repository of a directory and commits what stands there, on ``main`` and at a moment, as git writes it.

    Raises ``UnavailableError`` if git cannot.
    """
    git = Git(directory)
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("config", "user.name", "Demo Author"),
        ("config", "user.email", "demo@example.org"),
        ("config", "commit.gpgSign", "false"),
        ("config", "core.hooksPath", os.devnull),
        ("add", "--all"),
        ("commit", "--quiet", f"--message={message}"),
    ):
        done = git.write(*arguments, extra=dates)
        if done.status:
            raise UnavailableError(f"git {arguments[0]} failed: {done.err}")
