"""The texts that a policy is made from and what reading them gives; ``codec.policy`` does the reading."""

from __future__ import annotations

from collections.abc import Mapping

from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Policy
from backlogtool.domain.value import Value

#: Bytes that a file of rules may have, as many as an item; the tool's own policy has a hundredth of that.
MAX_FILE = 1 << 20


def too_large(path: str, size: int) -> Finding:
    """What there is to say about a file of rules that has more bytes than it may."""
    return Finding("BL107", f"{size} bytes; it may have {MAX_FILE}", path=path)


class Layer(Value):
    """The text of one policy file. ``path`` is what findings and origins name.

    ``section`` is the part of the policy that the file holds alone, such as ``rbac``; empty for all of it.
    """

    text: str
    path: str
    section: str = ""


class Loaded(Value):
    """The policy, unless a finding is an error, and every finding in the order in which people read files.

    ``origin`` maps the dotted name of every key (``defaults.env``, ``backlog_md.groups``) to the
    ``path:line`` that sets it.
    """

    policy: Policy | None
    findings: list[Finding]
    origin: Mapping[str, str]
