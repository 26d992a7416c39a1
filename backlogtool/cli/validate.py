"""``backlogtool validate``."""

from __future__ import annotations

import click

from backlogtool.app.fixing import fix
from backlogtool.app.validation import Checked, checked, checked_between
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.cli.report_format import FORMATS, JSON, TEXT, answered, one_format
from backlogtool.cli.revisions import refuse_empty
from backlogtool.domain.finding import ERROR, counted, errors, tally


@click.command("validate", cls=Helped)
@click.option("--since", metavar="REV", help="Judge what lies between this and what stands here.")
@click.option("--base", metavar="OLD", help="Judge what lies between this and --head, whatever is checked out.")
@click.option("--head", metavar="NEW", help="Where that ends (default: HEAD).")
@click.option("--merge", is_flag=True, help="Judge the merge that goes on, or was made last, against each parent too.")
@click.option("--fix", "fixes", is_flag=True, help="Mend in the work tree what only a slip can have been.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--format", "layout", type=click.Choice(FORMATS), help="How to print (default: text).")
@json_option
@actor_option
@pass_context
def command(
    context: Context,
    *,
    since: str | None,
    base: str | None,
    head: str | None,
    merge: bool,
    fixes: bool,
    strict: bool,
    layout: str | None,
    as_json: bool,
) -> int:
    """Check every item, the policy and uncommitted edits; with --since or --base what a range of commits does.

    All findings are listed, with line and column. Exits with 1 if there is an error.
    """
    how = one_format(layout, as_json=as_json)
    return answered(
        context,
        how,
        lambda: _print(
            context, _found(context, since, base, head, merge=merge, fixes=fixes), how, since, strict=strict
        ),
    )


def _found(
    context: Context, since: str | None, base: str | None, head: str | None, *, merge: bool, fixes: bool
) -> Checked:
    _refuse_contradictions(since, base, head)
    if merge and (since is not None or base is not None):
        raise click.UsageError("--merge judges one merge, --since and --base judge every commit: take one of them.")
    if fixes:
        _mend(context, judges_commits=merge or since is not None or base is not None)
    found = (
        checked(context.space, since or "", merge=merge)
        if base is None
        else checked_between(context.space, base, head or "HEAD")
    )
    context.space = found.space
    if not found.findings:
        context.space.require_backlog()  # where there is nothing to check, nothing is well
    return found


def _print(context: Context, found: Checked, layout: str, since: str | None, *, strict: bool) -> int:
    findings = found.findings
    bad = findings if strict else errors(findings)
    if layout == JSON:
        context.out.json(context.out.findings_json(findings), total=len(findings))
    elif layout == TEXT:
        context.out.findings(findings, err=False)
        _conclude(context, found)
    else:
        from backlogtool.cli.reports import report  # most people read findings on a terminal

        told = [one._replace(severity=ERROR) for one in findings] if strict else findings
        if report(context, told, layout, since or found.base):
            _conclude(context, found)
    return 1 if bad else 0


def _refuse_contradictions(since: str | None, base: str | None, head: str | None) -> None:
    for name, value in (("--since", since), ("--base", base), ("--head", head)):
        refuse_empty(name, value)
    if since is not None and base is not None:
        raise click.UsageError("--since judges what is checked out, --base does not: take one of them.")
    if head is not None and base is None:
        raise click.UsageError("--head needs --base.")


def _mend(context: Context, *, judges_commits: bool) -> None:
    """Mends files, and says beside the result what it mended."""
    if judges_commits:
        raise click.UsageError("--fix changes files, and commits are not files: leave out --since, --base and --merge.")
    done = fix(context.space)
    for one in done:
        change = f"{show(one.before.strip())} -> {show(one.after.strip())}"
        context.out.talk(f"mended {show(one.finding.path)}:{one.finding.line}: {change} [{one.finding.code}]")
    if done:
        context.out.talk(f"{counted(len(done), 'finding')} mended: look at git diff, then commit")


def _conclude(context: Context, found: Checked) -> None:
    seen = counted(found.items, "item")
    if found.base:
        seen = f"{counted(found.commits, 'commit')} after {found.base[:10]}, {seen}"
    context.out.talk(f"{seen}: {tally(found.findings)}" if found.findings else f"{seen}, all well")
