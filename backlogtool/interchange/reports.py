"""Findings as other tools read them: what all formats share, and the ones that are a few lines each.

Text from a repository is data in every format: on one line, without anything that a terminal acts on, and escaped
for where it lands (ROBUSTNESS.md 2.2). Columns count characters, from 1.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from backlogtool.codec.scalars import visible
from backlogtool.domain.finding import Finding

TOOL = "backlogtool"
#: Stands for the place of a finding that is about no file.
NOWHERE = "."
#: A severity as GitLab has them.
_GITLAB = {"error": "major", "warning": "minor"}
_BREAKS = str.maketrans("\r\n\t", "   ")


def one_line(text: str) -> str:
    """The text on one line, with everything in it visible."""
    return visible(text.translate(_BREAKS)).strip()


def told(finding: Finding) -> str:
    """What is wrong and how to mend it, on one line."""
    fix = one_line(finding.fix)
    return f"{one_line(finding.message)} ({fix})" if fix else one_line(finding.message)


def where(finding: Finding) -> str:
    """The path, so that no line which begins with it begins with anything that has a meaning."""
    path = one_line(finding.path)
    return path if not path or path[0].isalnum() or path[0] in "._" else f"./{path}"


def gcc(findings: Iterable[Finding]) -> str:
    """One line a finding as compilers print them: ``path:line:column: error: message [code]``."""
    return "".join(f"{gcc_line(one)}\n" for one in findings)


def gcc_line(finding: Finding) -> str:
    """A finding as a compiler prints it; what is about a whole file has no line, what is about no file no path.

    Nothing in it is a command to a runner that reads the log: GitHub's takes ``##[`` for one wherever it stands.
    """
    place = ":".join(str(part) for part in (where(finding) or TOOL, finding.line, finding.column) if part)
    return f"{place}: {finding.severity}: {told(finding)} [{finding.code}]".replace("##[", "## [")


def gitlab(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The report of GitLab's code quality: a list of objects, with a fingerprint for each."""
    return [
        {
            "description": f"{told(one)} [{one.code}]",
            "check_name": one.code,
            "fingerprint": mark,
            "severity": _GITLAB[one.severity],
            "location": {"path": where(one) or NOWHERE, "lines": {"begin": max(one.line, 1)}},
        }
        for one, mark in zip(findings, fingerprints(findings), strict=True)
    ]


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """64 hex digits for each: the same as long as the finding is there, wherever its line and commit have moved.

    The message does not count, which names commits. Findings of one code in one field of one file are numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for one in findings:
        name = (one.code, one.path, one.item, one.field)
        text = "\0".join((*name, str(seen[name])))
        seen[name] += 1
        yield hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
