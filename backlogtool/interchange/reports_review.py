"""Findings as reviewdog's rdjson, with a suggestion where the mending is exact. Its columns count bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backlogtool.domain.finding import Finding
from backlogtool.interchange.reports import NOWHERE, TOOL, gcc_line, told, where
from backlogtool.interchange.reports_fixes import replacement


def rdjson(findings: Iterable[Finding], texts: Mapping[str, str]) -> dict[str, Any]:
    """The whole report. ``texts`` are the files by path, as far as they can be read."""
    lines = {path: text.split("\n") for path, text in texts.items()}
    found = [_diagnostic(one, lines.get(one.path, [])) for one in findings]
    return {"source": {"name": TOOL}, "diagnostics": found}


def _diagnostic(finding: Finding, lines: list[str]) -> dict[str, Any]:
    location: dict[str, Any] = {"path": where(finding) or NOWHERE}
    if finding.line:
        location["range"] = {"start": _position(finding.line, finding.column - 1, lines)}
    found: dict[str, Any] = {
        "message": told(finding),
        "location": location,
        "severity": finding.severity.upper(),
        "code": {"value": finding.code},
        "original_output": gcc_line(finding),
    }
    mended = replacement(finding, lines)
    if mended:
        ends = {
            name: _position(finding.line, place, lines) for name, place in (("start", mended[0]), ("end", mended[1]))
        }
        found["suggestions"] = [{"range": ends, "text": mended.text}]
    return found


def _position(line: int, place: int, lines: list[str]) -> dict[str, int]:
    """A place in a line, with its column where the line is known."""
    if not 0 < line <= len(lines) or not 0 <= place <= len(lines[line - 1]):
        return {"line": line}
    return {"line": line, "column": len(lines[line - 1][:place].encode("utf-8", "surrogatepass")) + 1}
