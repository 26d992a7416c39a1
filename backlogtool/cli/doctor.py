"""``backlogtool doctor``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from backlogtool.app.doctor import examine, repair, unopened
from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check
from backlogtool.app.health.repairs import Repair
from backlogtool.app.workspace import Workspace
from backlogtool.cli.context import Context, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.errors import NotFoundError, UnavailableError

_MARKS = {OK: ("ok", "green"), NOTE: ("note", "yellow"), PROBLEM: ("problem", "red")}


@click.command("doctor", cls=Helped)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend, then look again.")
@json_option
@pass_context
def command(context: Context, fix: bool, as_json: bool) -> int:
    """Check the repository, git, the policy and the backlog; say what is wrong and how to mend it.

    Exits with 1 if there is a problem.
    """
    # Not the context's workspace: it would tell of an interrupted write once more.
    try:
        space = Workspace.open(flags=context.flags, environment=context.environment)
        if space.repository:
            space.repository.confirm()
    except (NotFoundError, UnavailableError) as error:
        checks = unopened(error, context.settings["repo"])
        if not checks:
            raise
        _print(context, checks, None, as_json=as_json)
        return error.exit_code
    checks, done = examine(space), Repair(()) if fix else None
    if fix and any(check.mends for check in checks):
        done = repair(space)
        space = Workspace.open(flags=context.flags, environment=context.environment)
        checks = examine(space)
    _print(context, checks, done, as_json=as_json)
    return 1 if any(check.state == PROBLEM for check in checks) else 0


def _print(context: Context, checks: Sequence[Check], repair: Repair | None, *, as_json: bool) -> None:
    """The checks; with a repair what it did before them, and after them what it left."""
    out = context.out
    if as_json:
        more = {} if repair is None else asdict(repair)
        out.json([asdict(check) for check in checks], **more)
        return
    for told in repair.done if repair else ():
        out.line(f"{out.style('mended  ', 'green')} {show(told)}")
    for check in checks:
        word, color = _MARKS[check.state]
        out.line(f"{out.style(f'{word:<8}', color)} {check.name:<11} {show(check.told)}")
        for label, text in (("cause: ", check.cause), ("risk:  ", check.risk), ("fix:   ", check.fix)):
            if text:
                out.line(f"{'':<20} {out.style(label + show(text), dim=True)}")
    if repair is None:
        return
    for told in repair.left:
        out.line(f"{out.style('left    ', 'yellow')} {show(told)}")
    if not repair.done and not repair.left:
        out.line("nothing to mend that --fix mends")
