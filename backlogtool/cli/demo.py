"""``backlogtool demo``: real commands on sample input, in a scratch repository."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile

import click

from backlogtool.app import demo
from backlogtool.cli import main
from backlogtool.cli.context import Context, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.errors import UnavailableError

_PROGRAMS = ("backlogtool", "git-backlog")


@click.command("demo", cls=Helped)
@click.option("--dir", "directory", metavar="DIR", help="Where to make the repository (default: a temporary one).")
@pass_context
def command(context: Context, directory: str | None) -> None:
    """See the whole loop on sample input: import, generate, transitions, promotion, views.

    Everything happens in a scratch repository, with the commands you would type yourself; it is left for you
    to look around in.
    """
    out = context.out
    place = directory or tempfile.mkdtemp(prefix="backlogtool-demo-")
    demo.prepare(place)
    shown = ("--color", context.settings["color"], "--quiet")
    for step in demo.STEPS:
        if step.said:
            out.line(f"\n{out.style(step.said, 'cyan')}")
        out.line(out.style(f"$ backlogtool {shlex.join(step.arguments)}", bold=True))
        # Nobody's settings reach into it: they could lead to another repository, which it would write to.
        status = main.main(["-C", place, *shown, "--now", demo.START, *step.arguments], environment={})
        if status != step.status:
            raise UnavailableError(f"that should have ended with {step.status}, not {status}", hint=f"look in {place}")
    out.line(f"\n{out.style('Done.', 'green')} Everything is a file or a commit in {os.path.abspath(place)}:")
    for path, what in (
        ("items/", "one Markdown file an item"),
        ("DASHBOARD.md", "what needs a decision today"),
        ("BACKLOG.md", "unscheduled work in groups"),
        ("TODO.md", "what was promoted"),
    ):
        out.line(f"  {path:<14} {what}")
    look = f"{_program()} --now {demo.START} dashboard"
    out.line(f"Look around:  cd {shlex.quote(place)} && git log --stat && {look}")


def _program() -> str:
    """How to start the tool from another directory: it may run from an environment that is not on the PATH."""
    if shutil.which(_PROGRAMS[0]):
        return _PROGRAMS[0]
    started = os.path.abspath(sys.argv[0])
    if os.path.basename(started) in _PROGRAMS and os.access(started, os.X_OK):
        return shlex.quote(started)
    return f"{shlex.quote(sys.executable)} -m backlogtool"
