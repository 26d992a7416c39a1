"""Findings in the formats of other tools: which report needs what, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.app import reporting
from backlogtool.cli.context import Context
from backlogtool.domain.finding import Finding
from backlogtool.interchange.reports import gcc, gitlab
from backlogtool.interchange.reports_github import annotated
from backlogtool.interchange.reports_junit import junit
from backlogtool.interchange.reports_review import rdjson
from backlogtool.interchange.reports_sarif import sarif
from backlogtool.views.findings import summary

#: Where GitHub's runner wants the summary of a step.
_SUMMARY = "GITHUB_STEP_SUMMARY"


def report(context: Context, findings: Sequence[Finding], layout: str, since: str) -> bool:
    """Prints the findings in the format of another tool; whether people read it as well."""
    out = context.out
    if layout == "github":
        _to_github(context, findings, since)
    elif layout == "gcc":
        _print(context, gcc(findings))
    elif layout == "junit":
        out.text(junit(findings))
    elif layout == "rdjson":
        out.raw_json(rdjson(findings, reporting.texts(context.space, findings)))
    else:
        out.raw_json(gitlab(findings) if layout == "gitlab" else sarif(findings))
    return layout in ("gcc", "github")


def _to_github(context: Context, findings: Sequence[Finding], since: str) -> None:
    """Annotations, and what they have no room for in the summary of the step; without one, in the log."""
    standing = reporting.texts(context.space, findings) if since else {}
    told = annotated(findings, reporting.changed_lines(context.space, standing, since))
    _print(context, told.commands)
    place = context.environment.get(_SUMMARY, "")
    title = f"{len(told.rest)} of {len(findings)} findings have no annotation"
    if told.rest and not (place and reporting.append(place, summary(told.rest, title))):
        _print(context, gcc(told.rest))


def _print(context: Context, lines: str) -> None:
    """Lines, of which there may be none."""
    if lines:
        context.out.text(lines)
