"""The command line: a table of commands, loaded when they are called, and the one error boundary."""

from __future__ import annotations

import errno
import gc
import importlib
import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn, TextIO

import click

from backlogtool import __version__
from backlogtool.cli import SELDOM
from backlogtool.cli.helped import Helped
from backlogtool.cli.stopping import INTERRUPTED, stoppable
from backlogtool.errors import BacklogError, NotFoundError, UnavailableError, exhausted

#: What the system says when it is not our fault: no space, no quota, a failing disk, no more files or memory.
_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM)

#: name -> (module below backlogtool.cli, help). Every module has a click command called ``command``.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a backlog in this repository."),
    "create": ("create", "Add an item: from a line, flags, an editor or stdin."),
    "list": ("list_items", "List items, most urgent first."),
    "count": ("count", "Count items, in all or by a field."),
    "search": ("search", "Search the texts of items, the best first."),
    "show": ("show", "Show an item with its timeline."),
    "edit": ("edit", "Change fields of an item, or open it in an editor."),
    "set-status": ("set_status", "Move an item along the workflow."),
    "assign": ("assign", "Give an item another owner."),
    "comment": ("comment", "Add a comment to an item."),
    "close": ("close", "Close an item as done or canceled."),
    "upsert": ("upsert", "Create or update the item with a dedupe key."),
    "log": ("log", "Tell what happened to an item, or to all."),
    "diff": ("diff", "Tell what a range of commits, or uncommitted edits, do to the backlog."),
    "merge": ("merge", "Merge item files in conflict, field by field."),
    "sync": ("sync", "Fetch, merge field by field, and push the current branch."),
    "renumber": ("renumber", "Give one of two items with the same id another one."),
    "undo": ("undo", "Take back what a commit did to items."),
    "validate": ("validate", "Check all items and edits, or what a range of commits does."),
    "fmt": ("fmt", "Put item files into their usual form."),
    "explain": ("explain", "Tell what a finding means and how to mend it."),
    "import": ("import_items", "Read a grouped BACKLOG.md into items."),
    "promote": ("promote", "Move ready tasks of one group to TODO.md."),
    "generate": ("generate", "Write items from the weekly digest."),
    "dashboard": ("dashboard", "Show the figures of the backlog."),
    "render": ("render", "Render the views: BACKLOG.md, TODO.md, DASHBOARD.md …"),
    "layout": ("layout", "Tell where the files of items stand, or move them."),
    "export": ("export", "Write the backlog into a SQLite database."),
    "config": ("config", "Show the policy and settings, and where they come from."),
    "hook": ("hook", "Check what git is about to commit, push or receive."),
    "schema": ("schema", "Print JSON Schemas of the files that people edit."),
    "completion": ("completion", "Print the script that completes commands and ids in a shell."),
    "doctor": ("doctor", "Check the repository, git and the backlog's state."),
    "demo": ("demo", "See the whole loop on sample input, in a scratch repository."),
}


class Commands(Helped, click.Group):
    """Loads a command's module when it is called, and suggests the nearest name for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"backlogtool.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from backlogtool.domain.spelling import nearest  # only a mistake needs it

            close = nearest(args[0], COMMANDS)
            hint = f" Did you mean '{close}'?" if close else " See backlogtool --help."
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """From the table, as help."""
        from click.shell_completion import CompletionItem  # only a shell asks for it

        names = ((name, text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete))
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table: help must not load every command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not context.resilient_parsing:
        click.echo(f"backlogtool, version {__version__}", color=context.color)
        context.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-C", "directory", metavar="DIR", help="Run as if started in this directory.")
@click.option("--actor", metavar="NAME", help="Who acts (default: git's user.name).")
@click.option("--now", metavar="MOMENT", help="What counts as now, such as 2026-02-16T06:20:00Z.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colours (default: auto).")
@click.option("--no-pager", is_flag=True, help="Print everything at once.")
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors only.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
@click.pass_context
def backlogtool(
    context: click.Context, /, directory: str | None, no_pager: bool, quiet: bool, **flags: str | None
) -> None:
    """A backlog that lives in your git repository.

    Items are Markdown files under items/, every change is a commit. Start with `backlogtool demo` to see it,
    or `backlogtool init` in your own repository.
    """
    from backlogtool.cli.context import Context  # the group itself must start fast

    if directory is not None:
        context.call_on_close(_enter(directory))
    also = {"repo": "." if directory is not None else None, "pager": "never" if no_pager else None}
    given = {name: value for name, value in {**flags, **also}.items() if value is not None}
    environment = os.environ if context.obj is None else context.obj
    context.obj = Context(given, quiet, environment)


def _enter(directory: str) -> Callable[[], object]:
    """Changes to a directory; the value changes back, unless nobody can go there any more."""
    try:
        before = os.getcwd()
        os.chdir(directory)
    except OSError as error:
        raise NotFoundError(f"{directory}: {error.strerror}") from error
    return lambda: _leave_for(before)


def _leave_for(directory: str) -> None:
    with suppress(OSError):
        os.chdir(directory)


def run() -> None:
    """The console script: runs a command and leaves with the exit code of DESIGN.md §10."""
    gc.set_threshold(*SELDOM)
    sys.stdout, sys.stderr = _writable(sys.stdout), _writable(sys.stderr)
    _leave(stoppable(lambda: main(sys.argv[1:])))


def _leave(status: int) -> NoReturn:
    """Ends the process at once: taking apart what Python has loaded takes a seventh of the time of a short command.

    Nothing is left to be done then: files and databases are closed or were never begun, and the streams are flushed.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)


def _writable(stream: TextIO | None) -> TextIO:
    """The stream, ready for any text: what its encoding lacks is escaped, and a closed one swallows all."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def main(arguments: list[str], environment: Mapping[str, str] | None = None) -> int:
    """Runs a command; the one place where an error becomes a message and a code.

    ``environment`` is where settings are looked up, by default that of the process.
    """
    streams = sys.stdout, sys.stderr
    try:
        status: Any = backlogtool.main(arguments, prog_name="backlogtool", standalone_mode=False, obj=environment)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, SystemExit) as caught:
        error = _unhidden(caught, *streams)
        status = _code(error)
        try:
            _say(error, as_json="--json" in arguments)
        except OSError:  # nobody listens, or there is no space: the code says it all the same
            _close_stdout()
    return status if isinstance(status, int) else 0


def _unhidden(error: BaseException, out: TextIO, err: TextIO) -> BaseException:
    """The error itself: of a broken pipe click makes an exit with 1, and puts streams of its own before ours.

    And of Ctrl-C while a class is made Python makes an error of that class. Without memory there is none for a bug.
    """
    if isinstance(error, MemoryError):
        return exhausted()
    if isinstance(error.__cause__, KeyboardInterrupt):
        return error.__cause__
    if not isinstance(error, SystemExit) or sys.stdout is out:
        return error
    sys.stdout, sys.stderr = out, err
    return BrokenPipeError()


def _code(error: BaseException) -> int:
    """The exit code of whatever ended a command (DESIGN.md §10)."""
    if isinstance(error, (BacklogError, click.ClickException)):
        return error.exit_code
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, SystemExit):  # click ends so where a shell has asked what could be typed
        return error.code if isinstance(error.code, int) else 0
    return UnavailableError.exit_code if _of_system(error) else 70


def _of_system(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _SYSTEM


def _say(error: BaseException, *, as_json: bool) -> None:
    """Says what there is to say about the end of a command."""
    if isinstance(error, BacklogError):
        _tell(error, as_json=as_json)
    elif isinstance(error, click.ClickException):
        _complain(error)
    elif isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("interrupted", err=True)
    elif isinstance(error, SystemExit):
        sys.stdout.flush()
    elif isinstance(error, BrokenPipeError):
        _close_stdout()
    elif _of_system(error):
        _close_stdout()
        click.echo(f"error: {error.strerror}", err=True)  # type: ignore[attr-defined]
    else:
        _apologise(error)


def _close_stdout() -> None:
    """Nobody takes what is left to print: it must not fail again when the process ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: BacklogError, *, as_json: bool) -> None:
    from backlogtool.cli.output import Output, show

    out = Output()
    with suppress(OSError):
        sys.stdout.flush()
    findings = getattr(error, "findings", ())
    candidates = getattr(error, "candidates", ())
    if as_json:
        more = {"hint": error.hint, "candidates": list(candidates), "findings": out.findings_json(findings)}
        out.raw_json({"error": error.message, **{key: one for key, one in more.items() if one}})
        return
    click.echo(f"{out.style('error', 'red')}: {show(error.message, lines=True)}", err=True)
    out.findings(one for one in findings if one.path or one.message != error.message)
    if error.hint:
        click.echo(f"hint: {show(error.hint, lines=True)}", err=True)


def _complain(error: click.ClickException) -> None:
    """What click has to say, which repeats what was typed."""
    from backlogtool.cli.misplaced import complaint
    from backlogtool.cli.output import show

    click.echo(show(complaint(error), lines=True), err=True, nl=False)


def _apologise(error: BaseException) -> None:
    import traceback  # only a bug needs it

    click.echo("backlogtool has a bug, sorry. Nothing half-done was committed. Please report this:", err=True)
    click.echo(f"backlogtool {__version__}, Python {sys.version.split()[0]}, {sys.platform}", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True)
