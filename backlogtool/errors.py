"""Every error the tool raises on purpose.

::

    BacklogError                  the request ends here; message, hint and data for every door
    ├── RefusedError        1     the answer is no: findings say why
    ├── UsageError          2     the request itself is malformed
    ├── NotFoundError       3     no such item, digest, group, revision …
    │   └── AmbiguousIdError  3   several items answer to one prefix
    ├── ForbiddenError      4     the actor's role lacks the entitlement
    ├── ConflictError       5     it moved on since you read it
    ├── InvalidError        6     a file says what it may not: path, line, column
    └── UnavailableError    7     no git, lock held, disk full, repository in the middle of a merge

The number is the exit code (DESIGN.md §10). What is wrong with a *backlog* is a
``domain.finding.Finding`` and is returned and listed; an error ends one request; anything else is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backlogtool.domain.finding import Finding


class BacklogError(Exception):
    """Base of all errors; never raised itself.

    ``message`` says what is wrong and where, ``hint`` what to do next (may be empty).
    """

    code = "error"
    exit_code = 70
    http_status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RefusedError(BacklogError):
    """The rules say no. ``findings`` holds every reason, not only the first."""

    code = "refused"
    exit_code = 1
    http_status = 409

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class UsageError(BacklogError):
    """The request is malformed: unknown field, filter, format or value of an option."""

    code = "usage"
    exit_code = 2
    http_status = 400


class NotFoundError(BacklogError):
    """What was asked for does not exist."""

    code = "not_found"
    exit_code = 3
    http_status = 404


class AmbiguousIdError(NotFoundError):
    """A prefix matches several ids; ``candidates`` holds them, sorted."""

    code = "ambiguous_id"

    def __init__(self, prefix: str, candidates: Sequence[str]) -> None:
        self.prefix = prefix
        self.candidates = tuple(sorted(candidates))
        shown = ", ".join(self.candidates[:8])
        more = f" and {len(self.candidates) - 8} more" if len(self.candidates) > 8 else ""
        super().__init__(
            f"'{prefix}' matches {len(self.candidates)} items: {shown}{more}",
            hint="type more of the id",
        )


class ForbiddenError(BacklogError):
    """The actor's role does not hold the entitlement the action needs."""

    code = "forbidden"
    exit_code = 4
    http_status = 403


class ConflictError(BacklogError):
    """The item, or the branch, is no longer what the change was made from."""

    code = "conflict"
    exit_code = 5
    http_status = 412


class InvalidError(BacklogError):
    """A file (item, policy, digest, template) cannot be used. ``findings`` holds path, line, column.

    Whoever prints the message lists them below it, so it need repeat none; as text the error tells the first one too.
    """

    code = "invalid"
    exit_code = 6
    http_status = 422

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        untold = [one for one in self.findings[:1] if one.message not in self.message]
        return ": ".join(map(str, [self.message, *untold]))


class UnavailableError(BacklogError):
    """Something outside the backlog is missing or busy: git, a lock, the disk."""

    code = "unavailable"
    exit_code = 7
    http_status = 503


def exhausted() -> UnavailableError:
    """What there is to say where Python has no memory left."""
    return UnavailableError("no memory is left for this", hint="look for huge files, or give the process more memory")
