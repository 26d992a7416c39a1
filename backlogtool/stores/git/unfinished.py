"""Whether a write was left unfinished here: what every command looks at, and all that readers need of the journal."""

from __future__ import annotations

import os
import stat

from backlogtool.stores.git.repository import Repository


def journal_path(repository: Repository) -> str:
    """Where a writer of this work tree keeps its journal."""
    return os.path.join(repository.git_dir, "backlogtool", "journal")


def interrupted(repository: Repository) -> bool:
    """Whether a write was begun here that nobody works on any more. Changes nothing."""
    try:
        handle = os.open(journal_path(repository), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        import fcntl  # hardly ever does a journal stand here

        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
