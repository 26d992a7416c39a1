"""The one place that runs git: literal arguments, a scrubbed environment, bytes in and out.

Commands that read switch off everything that a repository could make git execute (ROBUSTNESS.md 2.3);
the write path runs the user's hooks and signing on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, NamedTuple

from backlogtool.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    import subprocess

    from backlogtool.stores.git.hearing import Enough, Hearing
    from backlogtool.stores.git.interruptions import Interruptions

# What a caller (a hook, an alias, another tool) may have left in the environment decides nothing here,
# but for identity, transport and the place of the configuration.
_KEPT = (b"GIT_AUTHOR_", b"GIT_COMMITTER_", b"GIT_SSH", b"GIT_SSL_", b"GIT_HTTP_", b"GIT_TRACE")
_KEPT_NAMES = frozenset(
    (
        b"GIT_ASKPASS",
        b"GIT_CEILING_DIRECTORIES",
        b"GIT_CONFIG_GLOBAL",
        b"GIT_CONFIG_NOSYSTEM",
        b"GIT_CONFIG_SYSTEM",
        b"GIT_EXEC_PATH",
    )
)
_QUARANTINE = b"GIT_QUARANTINE_PATH"
_OBJECTS = (_QUARANTINE, b"GIT_OBJECT_DIRECTORY", b"GIT_ALTERNATE_OBJECT_DIRECTORIES")
_QUIET = {
    # An object that a partial clone lacks would be fetched, by a command that the repository names. The
    # environment counts more than any protocol.*.allow.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
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
    "index.sparse=false",  # git writes the trees of a sparse index as it reads it
    "-c",
    "log.showSignature=false",
    "-c",
    "advice.graftFileDeprecated=false",  # or its hint passes for git's reason when git fails
    "-c",
    f"diff.orderFile={os.devnull}",
)


_PATIENCE = 600.0  # seconds; reading a whole history takes a while
SOON = 2.0  # seconds after which somebody looks what git may be waiting for
_AT_ONCE = 4096  # bytes that a pipe takes before anybody reads them
#: Exit codes of a git that has looked: found, and not found or different.
_ANSWERS = (0, 1)


class Result(NamedTuple):
    """What a command gave: exit status, output and messages."""

    status: int
    out: bytes
    err: str


class Git(NamedTuple):
    """Runs git in one directory. ``options`` are global options that go before the command."""

    directory: str
    options: tuple[str, ...] = ()

    def read(
        self,
        *arguments: str,
        stdin: bytes = b"",
        pathspecs: str = "literal",
        patience: float = _PATIENCE,
        enough: Enough | None = None,
    ) -> Result:
        """A command that only reads; nothing that the repository configures runs.

        It is ended, as if it had ended well, when ``enough`` says of a part of what it prints that no more is wanted.
        Raises ``UnavailableError`` if git gives no answer for ``patience`` seconds: it may wait for a pipe that
        the repository names; much sooner if a pipe stands in the place of what git reads. Also if it says more
        than anybody would hold in memory, or cannot read the repository at all.
        """
        extra = _QUIET if pathspecs == "literal" else {**_QUIET, "GIT_LITERAL_PATHSPECS": "0"}
        seen = quarantine(self)
        command = (*self.options, *_INERT, *arguments)
        result = self._run(command, stdin, extra, patience=patience, seen=seen, enough=enough)
        if result.status not in _ANSWERS and self.options:
            self.confirm()
        return result

    def confirm(self) -> None:
        """Raises ``UnavailableError`` if git cannot read the repository of the options.

        A repository that was found without git may have settings, or a person may, that git does not bear: a command
        that fails must not pass for an answer then, such as that nothing has changed.
        """
        asked = self._run((*self.options, *_INERT, "rev-parse", "--git-dir"), b"", _QUIET, patience=_PATIENCE)
        if asked.status:
            raise unreadable(asked)

    def write(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        inherited: Sequence[int] = (),
        interruptions: Interruptions | None = None,
    ) -> Result:
        """A command that changes the repository, with hooks and signing as the user configures them.

        Its environment reaches the user's hooks, so it holds nothing of ours that would change what they do.
        It gets the ``inherited`` file descriptors, and the signals that ``interruptions`` keep from us.
        """
        options = (*self.options, "-c", "core.fsync=added", "-c", "i18n.commitEncoding=UTF-8")
        return self._run((*options, *arguments), stdin, extra or {}, inherited, interruptions)

    def _run(
        self,
        arguments: Sequence[str],
        stdin: bytes,
        extra: Mapping[str, str],
        inherited: Sequence[int] = (),
        interruptions: Interruptions | None = None,
        patience: float | None = None,
        seen: Mapping[bytes, bytes] = MappingProxyType({}),
        enough: Enough | None = None,
    ) -> Result:
        import subprocess  # most commands that read start no git

        try:
            process = subprocess.Popen(
                ["git", *arguments],
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={
                    **environment(),
                    **seen,
                    **{os.fsencode(name): os.fsencode(value) for name, value in extra.items()},
                },
                pass_fds=inherited,
            )
        except FileNotFoundError as error:
            if os.path.isdir(self.directory):
                raise UnavailableError("git is not installed", hint="install git 2.30 or newer") from error
            raise NotFoundError(f"no such directory: {self.directory}") from error
        except NotADirectoryError as error:
            raise NotFoundError(f"not a directory: {self.directory}") from error
        except OSError as error:
            raise UnavailableError(f"git cannot be run: {error.strerror}") from error
        return self._finished(process, stdin, interruptions, patience, enough)

    def _finished(
        self,
        process: subprocess.Popen[bytes],
        stdin: bytes,
        interruptions: Interruptions | None,
        patience: float | None,
        enough: Enough | None,
    ) -> Result:
        if interruptions is not None:
            interruptions.child = process
        with process:
            try:
                _feed(process, stdin)
                heard = self._heard(process, patience, enough)
            except BaseException:
                process.kill()
                raise
            finally:
                if interruptions is not None:
                    interruptions.child = None
        status = 0 if heard.ended_early else process.returncode
        return Result(status, heard.out, heard.err.decode("utf-8", "replace").strip())

    def _heard(self, process: subprocess.Popen[bytes], patience: float | None, enough: Enough | None) -> Hearing:
        """All that git says. Until it ends it is looked ever more seldom for what it may be waiting for.

        Only what reads has a limit of time, and one of what it says: a write is not ended in the middle.
        """
        from backlogtool.stores.git.hearing import MOST, Hearing  # most commands that read start no git

        heard = Hearing(process, enough, None if patience is None else MOST)
        waited, look, most = 0.0, SOON, float("inf") if patience is None else patience
        while heard.goes_on(min(SOON, most - waited)):
            from backlogtool.stores.git.outgrown import refuse_outgrown  # git answers sooner as a rule
            from backlogtool.stores.git.stuck import refuse_waiting

            waited += SOON
            if waited >= look:
                refuse_waiting(self.directory, self.options)
                look += waited + SOON
            if patience is not None:
                refuse_outgrown(process.pid)
            if waited >= most:
                hint = "look for pipes and devices in .git and in what its configuration includes"
                raise UnavailableError(f"git does not answer for {patience:.0f} seconds", hint=hint)
        return heard


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Sends git its input; what may not fit into a pipe from beside, since git may have to say something first.

    ``Popen.communicate`` does not send the rest when it is called a second time.
    """
    pipe, process.stdin = process.stdin, None
    if pipe is None or len(data) <= _AT_ONCE:
        send(pipe, (data,))
        return
    import threading  # most commands that read start no git

    threading.Thread(target=send, args=(pipe, (data,)), daemon=True).start()


def send(pipe: IO[bytes] | None, data: Iterable[bytes]) -> None:
    """Writes it all to a process and says that this is the end. Git may end before it has read everything."""
    if pipe:
        with suppress(OSError, ValueError), pipe:  # the second where the command is stopped, which closes the pipe
            pipe.writelines(data)


def unreadable(result: Result) -> UnavailableError:
    """What to raise where git cannot read a repository."""
    fatal = next((line for line in result.err.splitlines() if line.startswith("fatal:")), result.err)
    return UnavailableError(f"git cannot read this repository: {fatal or f'status {result.status}'}")


def inert(git: Git) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The options and the environment of a command that only reads, for whoever starts it in a way of his own."""
    return (*git.options, *_INERT), _QUIET


def quarantine(git: Git) -> dict[bytes, bytes]:
    """The variables by which git finds the objects of a push that is not yet accepted (git help receive-pack).

    They reach commands that only read, and only where they lead into the objects of the repository that the options
    name: a server's hook has them. Nothing is ever written there.
    """
    place = os.environb.get(_QUARANTINE)
    told = {name: os.environb[name] for name in _OBJECTS if name in os.environb}
    if not place or _OBJECTS[1] not in told or "--git-dir" not in git.options:
        return {}
    objects = os.path.realpath(os.path.join(git.options[git.options.index("--git-dir") + 1], "objects"))
    here = os.path.realpath(os.fsdecode(place))
    inside = os.path.dirname(here) == objects and os.path.realpath(os.fsdecode(told[_OBJECTS[1]])) == here
    return told if inside else {}


def environment() -> dict[bytes, bytes]:
    """The process's environment as git gets it."""
    return {
        name: value
        for name, value in os.environb.items()
        if not name.startswith(b"GIT_") or name.startswith(_KEPT) or name in _KEPT_NAMES
    }
