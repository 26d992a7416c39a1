"""Who made a commit, from its raw object: the author's address, and whether a signature is right.

No mailmap, no replaced object, no configuration of the repository, and never git's own verification, which runs
whatever program the repository names (ROBUSTNESS.md 2.3): ``ssh-keygen`` alone is asked, in a folder of our own.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git

_PERSON = re.compile(rb"(?:[^<>\n]* )?<([^<>\n]*)> (\d{1,11}) [+-]\d{4}")
_PATIENCE = 30.0  # seconds for one signature
_KEYGEN = "ssh-keygen"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Origin(NamedTuple):
    """Where a commit comes from: the author's address, empty if the object does not tell exactly one.

    ``signature`` is the armoured signature, empty if there is not exactly one, over ``payload``; ``committed`` is the
    committer's time in seconds, None if that cannot be told.
    """

    email: str
    signature: str
    payload: bytes
    committed: int | None


def origins(git: Git, commits: Iterable[str]) -> dict[str, Origin]:
    """commit -> where it comes from. Raises ``UnavailableError`` if one is not here."""
    wanted = list(commits)
    data = read_objects(git, wanted, (b"commit",))
    missing = next((one for one in wanted if one not in data), "")
    if missing:
        message = f"commit {missing[:10]} is missing here: who made it cannot be told"
        raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
    return {name: origin(raw, sha256=len(name) == 64) for name, raw in data.items()}


def origin(raw: bytes, *, sha256: bool = False) -> Origin:
    """What a commit object says about where it comes from; whatever stands there twice says nothing."""
    head, separator, message = raw.partition(b"\n\n")
    fields = _fields(head)
    signed = [field for field in fields if field.startswith(b"gpgsig")]
    rest = b"\n".join(field for field in fields if not field.startswith(b"gpgsig"))
    authors, committers = (_people(fields, name) for name in (b"author ", b"committer "))
    key = b"gpgsig-sha256 " if sha256 else b"gpgsig "
    signature = signed[0].removeprefix(key) if len(signed) == 1 and signed[0].startswith(key) else b""
    return Origin(
        authors[0][0] if len(authors) == 1 else "",
        signature.replace(b"\n ", b"\n").decode("ascii", "replace"),
        rest + separator + message,
        committers[0][1] if len(committers) == 1 else None,
    )


def _fields(head: bytes) -> list[bytes]:
    """The fields before the message, each with the lines that continue it."""
    fields: list[bytes] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and fields:
            fields[-1] += b"\n" + line
        else:
            fields.append(line)
    return fields


def _people(fields: Iterable[bytes], key: bytes) -> list[tuple[str, int | None]]:
    """(address, seconds) of every field of that name; empty and None where it has another form than git's."""
    found = [_PERSON.fullmatch(field.removeprefix(key)) for field in fields if field.startswith(key)]
    return [(one[1].decode("ascii", "replace"), int(one[2])) if one else ("", None) for one in found]


class Verifier:
    """Asks ``ssh-keygen`` about signatures, with a copy of the list of signers that nobody else can write to."""

    def __init__(self, program: str, folder: str) -> None:
        self._program = program
        self._signers = os.path.join(folder, "allowed_signers")
        self._signature = os.path.join(folder, "signature")
        self._folder = folder

    def accepts(self, made: Origin, principal: str) -> str:
        """Empty if the signature is right and the principal's at the time of the commit, else what speaks against it.

        The committer's time decides about ``valid-after`` and ``valid-before``, as it does for git, so that the answer
        is the same tomorrow. Raises ``UnavailableError`` if there is no answer.
        """
        if made.committed is None:
            return "it does not tell when it was committed"
        with open(self._signature, "w", encoding="ascii") as file:
            file.write(made.signature + "\n")
        at = f"-Overify-time={_EPOCH + timedelta(seconds=made.committed):%Y%m%d%H%M%S}"
        words = (*("-Y", "verify", "-n", "git"), *("-f", self._signers, "-I", principal, "-s", self._signature), at)
        status, said = self._ask(words, made.payload)
        return "" if status == 0 else said or "ssh-keygen refuses it"

    def _ask(self, words: Iterable[str], stdin: bytes) -> tuple[int, str]:
        # Times without a zone, in the list and in the option, are UTC on every machine.
        environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
        try:
            done = subprocess.run(
                [self._program, *words],
                cwd=self._folder,
                env=environment,
                input=stdin,
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError("ssh-keygen gives no answer: signatures cannot be checked") from error
        if done.returncode < 0:
            raise UnavailableError(f"ssh-keygen was ended by signal {-done.returncode}: signatures cannot be checked")
        lines = done.stderr.decode("utf-8", "replace").strip().split("\n")
        return done.returncode, lines[0].replace(self._folder, "…")[:200]


@contextmanager
def verifying(allowed: bytes) -> Iterator[Verifier]:
    """A verifier for these allowed signers. Raises ``UnavailableError`` without ``ssh-keygen`` or a place for files."""
    program = _program()
    try:
        folder = tempfile.TemporaryDirectory(prefix="backlogtool-", ignore_cleanup_errors=True)
    except OSError as error:
        raise UnavailableError(f"there is no place for temporary files: {error.strerror}") from error
    with folder as place:
        with open(os.path.join(place, "allowed_signers"), "wb") as file:
            file.write(allowed)
        yield Verifier(program, place)


def _program() -> str:
    """The ``ssh-keygen`` of an absolute folder of PATH: a relative one may lead into the repository."""
    for folder in os.get_exec_path():
        path = os.path.join(folder, _KEYGEN)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    hint = "install OpenSSH 8.9 or newer, whose ssh-keygen verifies signatures"
    raise UnavailableError("ssh-keygen is not installed: signatures cannot be checked", hint=hint)
