"""A place for a campaign: a folder that goes away, and an environment cut off from the machine's configuration."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.repositories import isolate


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder; git finds an empty home in it and nothing of the user's."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="backlogtool-campaign-", ignore_cleanup_errors=True) as folder:
        home = Path(folder, "home")
        home.mkdir()
        (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n[gc]\n\tautoDetach = false\n")
        os.environ.clear()
        os.environ.update(isolate(before, home))
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)
