"""What every command gets: the flags of the whole tool, an output, and the workspace when it asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import Any, TypeVar

import click

from backlogtool.app.settings import Settings, load
from backlogtool.app.workspace import Workspace
from backlogtool.cli.output import Output
from backlogtool.errors import BacklogError, InvalidError, NotFoundError, RefusedError, UsageError
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.unfinished import interrupted

Command = TypeVar("Command", bound=Callable[..., Any])

_ABOUT_BACKLOG = (NotFoundError, InvalidError, RefusedError)


class Context:
    """``flags`` are the values given on the command line, by name of the setting; they win over ``environment``."""

    def __init__(
        self, flags: dict[str, str] | None = None, quiet: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        self.flags = {} if flags is None else flags
        self.quiet = quiet
        self.environment = os.environ if environment is None else environment
        #: The branch that a write is for, empty for one with a name of our making; None for the one checked out.
        self.branch: str | None = None

    @cached_property
    def settings(self) -> Settings:
        return load(self.flags, self.environment)

    @cached_property
    def out(self) -> Output:
        return Output(color=self.settings["color"], pager=self.settings["pager"], quiet=self.quiet)

    @cached_property
    def space(self) -> Workspace:
        """The backlog here, or on the branch that is asked for. Raises ``NotFoundError`` outside a repository."""
        if self.branch is not None:
            from backlogtool.app.branching import open_on  # few writes are for another branch

            space = open_on(self.branch, flags=self.flags, environment=self.environment)
        else:
            space = Workspace.open(flags=self.flags, environment=self.environment, progress=self.out.progress)
        click.get_current_context().call_on_close(lambda: self._mention_interrupted(space))
        return space

    def _mention_interrupted(self, space: Workspace) -> None:
        """Tells of an index made anew, and of a write that did not come to its end: a reader never heals it."""
        if not isinstance(space.store, GitStore):
            return
        for note in space.store.notes:
            self.out.talk(f"note: {note}")
        if space.store.healed:
            self.out.talk(f"note: {space.store.healed}")
        elif interrupted(space.store.repository):
            self.out.talk(
                "warning: a write was interrupted here; the next one, or backlogtool doctor --fix, "
                "finishes it or takes it back"
            )

    def at(self, revision: str) -> Workspace:
        """The backlog as it was at a revision."""
        return Workspace.open(flags=self.flags, environment=self.environment, revision=revision)

    def mention_shallow(self) -> None:
        """Warns where times and events are cut off, before they are shown (D-1)."""
        if self.space.repository and self.space.repository.edge():
            self.out.talk(
                "warning: this clone is shallow, so older times and events are unknown: git fetch --unshallow"
            )


pass_context = click.make_pass_decorator(Context, ensure=True)


def offered(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What TAB offers (``cli.choices``): ids for ``item``, assignments for ``assignment``, else words of the policy."""

    def offer(context: click.Context, parameter: click.Parameter, start: str) -> list[str]:  # noqa: ARG001
        from backlogtool.cli.choices import choices  # only a shell asks for them

        return choices(kind, context, start)

    return offer


def json_option(command: Command) -> Command:
    """``--json``: the result as JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def actor_option(command: Command) -> Command:
    """``--actor``: the same as before the command."""

    def remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001
        if value is not None:
            context.ensure_object(Context).flags["actor"] = value

    option = click.option(
        "--actor", metavar="NAME", callback=remember, expose_value=False, help="Who acts (default: git's user.name)."
    )
    return option(command)


def _remember_branch(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    context.ensure_object(Context).branch = value


def _say_where(context: Context, error: BacklogError) -> None:
    """Adds to an error about the backlog on another branch that it is another one than stands here."""
    if context.branch is not None and "space" in vars(context) and isinstance(error, _ABOUT_BACKLOG):
        place = f" on the branch {context.branch}" if context.branch else ""
        error.hint += f"{'; ' if error.hint else ''}--branch goes by what is committed{place}, not by the files here"
        error.hint += "" if context.branch else ", and is named with --branch=NAME"


def branch_option(command: Command) -> Command:
    """``--branch``: the backlog is opened there, and an error about it says so."""
    from backlogtool.cli.branch_option import BranchOption  # commands that read use the rest of this module

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except BacklogError as error:
            _say_where(click.get_current_context().ensure_object(Context), error)
            raise

    option = click.option(
        *("--branch", "branch"),
        cls=BranchOption,
        metavar="[=NAME]",
        callback=_remember_branch,
        expose_value=False,
        help="Commit on a branch of its own, for a pull request; nothing is checked out.",
    )
    return option(wrapped)  # type: ignore[return-value]


def here_option(why: str) -> Callable[[Command], Command]:
    """``--branch`` where a write cannot be on one: it is not offered, and who gives it is told ``why``."""
    from backlogtool.cli.branch_option import BranchOption  # few writes are for here alone

    def refuse(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001
        if value is not None:
            raise UsageError(f"--branch does not go with {context.info_name}", hint=why)

    return click.option("--branch", cls=BranchOption, hidden=True, callback=refuse, expose_value=False)


def write_options(command: Command) -> Command:
    """``--message --dry-run --with-edits --branch --json --actor``; it gets ``options`` and ``as_json``."""
    return branch_option(write_options_here(command))


def write_options_here(command: Command) -> Command:
    """The same without ``--branch``."""

    @wraps(command)
    def wrapped(*args: Any, message: str, dry_run: bool, with_edits: bool, **kwargs: Any) -> Any:
        from backlogtool.app.result import Options  # commands that read use the rest of this module

        if with_edits and click.get_current_context().ensure_object(Context).branch is not None:
            raise click.UsageError("--with-edits takes edits of the work tree along, and --branch leaves it as it is")
        return command(*args, options=Options(message, dry_run, with_edits), **kwargs)

    decorated: Any = wrapped
    for option in (
        click.option("-m", "--message", default="", help="Say more in the commit."),
        click.option("-n", "--dry-run", is_flag=True, help="Show what would be written; write nothing."),
        click.option("--with-edits", is_flag=True, help="Take uncommitted edits of the item along."),
        json_option,
        actor_option,
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
