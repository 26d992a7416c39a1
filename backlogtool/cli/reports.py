"""Findings in the formats of other tools: which report needs what, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from backlogtool.app import reporting
from backlogtool.cli.context import Context
from backlogtool.cli.forges import address
from backlogtool.domain.finding import Finding
from backlogtool.errors import BacklogError
from backlogtool.interchange.reports import gcc, gitlab
from backlogtool.interchange.reports_github import annotated, ending, notice
from backlogtool.interchange.reports_junit import junit
from backlogtool.interchange.reports_review import rdjson
from backlogtool.interchange.reports_sarif import sarif
from backlogtool.views.findings import summary, unknown

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


def unanswered(context: Context, error: BacklogError | click.UsageError) -> None:
    """Says what ended a command, before it could judge, as annotations of GitHub and in the summary of the step."""
    hint, findings = getattr(error, "hint", ""), getattr(error, "findings", ())
    placed = [one for one in findings if one.path or one.message != error.message]
    _print(context, ending(error.message, hint) + annotated(placed, {}, others=1).commands)
    place = context.environment.get(_SUMMARY, "")
    if place:
        reporting.append(place, unknown(error.message, hint, placed))


def _to_github(context: Context, findings: Sequence[Finding], since: str) -> None:
    """Annotations; and everything in the summary of the step, or without one what they have no room for in the log."""
    standing = reporting.texts(context.space, findings) if since else {}
    told = annotated(findings, reporting.changed_lines(context.space, standing, since))
    is_told = bool(findings) and _to_summary(context, told.ordered)
    _print(context, told.commands)
    if told.rest:
        _print(context, notice(len(told.rest), "the summary of the job" if is_told else "the log of this step"))
        _print(context, "" if is_told else gcc(told.rest))


def _to_summary(context: Context, findings: Sequence[Finding]) -> bool:
    """Whether there is a summary of the step to which they could be added."""
    place, space = context.environment.get(_SUMMARY, ""), context.space
    commit = space.revision or (space.repository.head() if space.repository else "")
    return bool(place) and reporting.append(place, summary(findings, base=address(context.environment, commit)))


def _print(context: Context, lines: str) -> None:
    """Lines, of which there may be none."""
    if lines:
        context.out.text(lines)
