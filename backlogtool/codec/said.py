"""Whether a commit's message says why: more than a subject, trailers and what folding several into one puts there."""

from __future__ import annotations

import re

from backlogtool.codec import trailers

#: Lines that tools write: trailers with a dash, the head of a folded commit, a bullet with its subject, rules between.
_TOOLS = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+: .*|commit [0-9a-f]{40,64}|(Author|Date|Merge|Commit): .*"
    r"|Squashed commit of the following:|\(cherry picked from commit .*\)|[*-] \S.*|-{3,}|#.*",
    re.IGNORECASE,
)


def says_why(message: str, subject: str) -> bool:
    """Whether somebody wrote more than the first line. ``subject`` is the form of ours, with ``{summary}`` in it.

    A folded message counts as the messages in it do: their subjects say what, not why.
    """
    words = trailers.read(message.partition("\n")[2])[0]
    first, _, last = subject.partition("{summary}")
    ours = re.compile(f"{re.escape(first)}.*{re.escape(last)}") if first or last else _TOOLS
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    return any(not (_TOOLS.fullmatch(line) or ours.fullmatch(line)) for line in lines)
