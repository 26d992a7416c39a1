"""What people and programs pipe in, and what they write in an editor: bytes that have to become text."""

from __future__ import annotations

import sys

from backlogtool.app.bounded import read_bounded, refuse_larger
from backlogtool.codec import frontmatter
from backlogtool.errors import InvalidError, NotFoundError, UnavailableError, UsageError

MAX_TEXT = 1 << 22  # bytes


def stdin_bytes(limit: int = MAX_TEXT) -> bytes:
    """Everything on stdin.

    Raises ``UsageError`` if it is closed, ``UnavailableError`` if it cannot be read, ``InvalidError`` if it holds
    more than ``limit`` bytes.
    """
    if sys.stdin is None:
        raise UsageError("there is no stdin to read", hint="pipe something in, or leave out the -")
    try:
        data = sys.stdin.buffer.read(limit + 1)
    except OSError as error:
        raise UnavailableError(f"stdin cannot be read: {error.strerror}") from error
    refuse_larger(data, "stdin", limit)
    return data


def named_bytes(source: str, limit: int = MAX_TEXT) -> bytes:
    """Everything in a file, or on stdin if that is ``-``.

    Raises ``NotFoundError`` if the file cannot be opened, else what ``stdin_bytes`` and ``read_bounded`` raise.
    """
    if source == "-":
        return stdin_bytes(limit)
    try:
        return read_bounded(source, limit)
    except OSError as error:
        raise NotFoundError(f"{source} cannot be read: {error.strerror}") from error


def stdin_text() -> str:
    """Everything on stdin as text. Raises what ``stdin_bytes`` and ``text`` raise."""
    return text(stdin_bytes(), "stdin")


def text(data: bytes, name: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises ``InvalidError`` naming the first bad byte."""
    decoded, findings = frontmatter.decode(data, MAX_TEXT)
    if findings:
        raise InvalidError(f"{name} cannot be read", findings)
    return decoded.removeprefix(frontmatter.BOM)
