"""The one place that runs git: literal arguments, a scrubbed environment, bytes in and out.

Commands that read switch off everything that a repository could make git execute (ROBUSTNESS.md 2.3);
the write path runs the user's hooks and signing on purpose.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backlogtool.errors import NotFoundError, UnavailableError

# What a caller (a hook, an alias, another tool) may have left in the environment decides nothing here,
# but for identity, transport and the place of the configuration.
_KEPT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_TRACE")
_KEPT_NAMES = frozenset(
    (
        "GIT_ASKPASS",
        "GIT_CEILING_DIRECTORIES",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_EXEC_PATH",
    )
)
_QUIET = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_INERT = (
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "log.showSignature=false",
    "-c",
    "protocol.allow=never",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gave: exit status, output and messages."""

    status: int
    out: bytes
    err: str


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one directory. ``options`` are global options that go before the command."""

    directory: str
    options: tuple[str, ...] = ()

    def read(self, *arguments: str, stdin: bytes = b"", pathspecs: str = "literal") -> Result:
        """A command that only reads; nothing that the repository configures runs."""
        extra = _QUIET if pathspecs == "literal" else {**_QUIET, "GIT_LITERAL_PATHSPECS": "0"}
        return self._run((*self.options, *_INERT, *arguments), stdin, extra)

    def write(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> Result:
        """A command that changes the repository, with hooks and signing as the user configures them.

        Its environment reaches the user's hooks, so it holds nothing of ours that would change what they do.
        """
        return self._run((*self.options, "-c", "core.fsync=committed", *arguments), stdin, extra or {})

    def _run(self, arguments: Sequence[str], stdin: bytes, extra: Mapping[str, str]) -> Result:
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.directory,
                input=stdin,
                capture_output=True,
                env=environment() | dict(extra),
                check=False,
            )
        except FileNotFoundError as error:
            if os.path.isdir(self.directory):
                raise UnavailableError("git is not installed", hint="install git 2.30 or newer") from error
            raise NotFoundError(f"no such directory: {self.directory}") from error
        except NotADirectoryError as error:
            raise NotFoundError(f"not a directory: {self.directory}") from error
        except OSError as error:
            raise UnavailableError(f"git cannot be run: {error.strerror}") from error
        return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def environment() -> dict[str, str]:
    """The process's environment as git gets it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT) or name in _KEPT_NAMES
    }
