"""What people and programs pipe in, and what they write in an editor: bytes that have to become text."""

from __future__ import annotations

import sys

from backlogtool.codec import frontmatter
from backlogtool.errors import InvalidError, UnavailableError, UsageError

MAX_TEXT = 1 << 22  # bytes


def stdin_bytes() -> bytes:
    """Everything on stdin. Raises ``UsageError`` if it is closed, ``UnavailableError`` if it cannot be read."""
    if sys.stdin is None:
        raise UsageError("there is no stdin to read", hint="pipe something in, or leave out the -")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise UnavailableError(f"stdin cannot be read: {error.strerror}") from error


def stdin_text() -> str:
    """Everything on stdin as text. Raises what ``stdin_bytes`` and ``text`` raise."""
    return text(stdin_bytes(), "stdin")


def text(data: bytes, name: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises ``InvalidError`` naming the first bad byte."""
    decoded, findings = frontmatter.decode(data, MAX_TEXT)
    if findings:
        raise InvalidError(f"{name} cannot be read: {findings[0]}", findings)
    return decoded.removeprefix(frontmatter.BOM)
