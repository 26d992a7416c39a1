"""Findings as SARIF 2.1.0, the form in which code scanning takes them; every code is a rule with its help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backlogtool import __version__
from backlogtool.domain.explanation import Explanation, explanation
from backlogtool.domain.finding import CODES, Finding
from backlogtool.interchange.reports import TOOL, fingerprints, told

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: What the paths are relative to, and the name of the fingerprint with its version.
_ROOT, _MARK = "%SRCROOT%", "backlogtoolFinding/v1"
_RULES = {code: number for number, code in enumerate(CODES)}


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """A log with one run."""
    driver = {"name": TOOL, "version": __version__, "rules": [_rule(explanation(code)) for code in CODES]}
    marked = zip(findings, fingerprints(findings), strict=True)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(one, mark) for one, mark in marked],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(one: Explanation) -> dict[str, Any]:
    return {
        "id": one.code,
        "shortDescription": {"text": _message(one.meaning)},
        "fullDescription": {"text": _message(one.why)},
        "help": {"text": _message(f"{one.why} {one.fix}"), "markdown": f"{one.why}\n\n**How to mend it:** {one.fix}"},
        "defaultConfiguration": {"level": one.severity},
    }


def _result(finding: Finding, mark: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": _RULES[finding.code],
        "level": finding.severity,
        "message": {"text": _message(told(finding))},
        "partialFingerprints": {_MARK: mark},
    }
    if finding.path:
        found["locations"] = [{"physicalLocation": _place(finding)}]
    return found


def _place(finding: Finding) -> dict[str, Any]:
    """What is about a whole file is shown at its first line, as code scanning asks for one."""
    region = {"startLine": max(finding.line, 1)} | ({"startColumn": finding.column} if finding.column else {})
    uri = quote(finding.path, safe="/", errors="surrogateescape")
    return {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": region}


def _message(text: str) -> str:
    """As text of a message, in which braces hold places for arguments and brackets hold links (3.11.5, 3.11.6)."""
    plain = text.replace("{", "{{").replace("}", "}}")
    if "](" in plain:
        plain = plain.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return plain
