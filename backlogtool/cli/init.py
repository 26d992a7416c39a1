"""``backlogtool init``."""

from __future__ import annotations

import click

from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result, result_json

_FORGES = ("github", "gitlab", "gitea")
_EDITORS = ("vscode",)


@click.command("init", cls=Helped)
@click.option("--merge-driver", is_flag=True, help="Make git merge items field by field in this clone.")
@click.option("--ci", type=click.Choice(_FORGES), help="Write the jobs that check pull requests and render the views.")
@click.option("--hooks", is_flag=True, help="Make git check what is committed here; in a bare repository, each push.")
@click.option("--editor", type=click.Choice(_EDITORS), help="Write what an editor needs to check and complete files.")
@click.option("--remove", is_flag=True, help="Take that out again.")
@write_options
@pass_context
def command(
    context: Context,
    merge_driver: bool,
    ci: str | None,
    hooks: bool,
    editor: str | None,
    remove: bool,
    options: Options,
    as_json: bool,
) -> None:
    """Make a backlog in this repository: items/ and a policy to fill in, in one commit.

    Running it again changes nothing. With an option that names a part it sets up that part, and nothing else.
    """
    asked = [
        name
        for name, wanted in (("merge-driver", merge_driver), ("ci", ci), ("hooks", hooks), ("editor", editor))
        if wanted
    ]
    if len(asked) > 1:
        raise click.UsageError(f"--{asked[0]} and --{asked[1]} are two steps: run init once for each")
    if remove and not asked:
        raise click.UsageError("--remove needs --merge-driver, --ci, --hooks or --editor")
    if hooks and context.branch is not None:
        raise click.UsageError("--hooks sets up this clone, and commits nothing that could be on a branch")
    if asked:
        result, changed = _set_up(context.space, asked[0], ci or editor or "", options, remove=remove)
        said = _told(asked[0], changed, remove=remove)
    else:
        from backlogtool.app import initial

        result, changed = initial.init(context.space, options)
        said = f"made {_listed(changed)}" if changed else "there is a backlog here already"
    if as_json:
        context.out.json({**result_json(context.space, result, several=True), "paths": changed})
    else:
        print_result(context, result, as_json=False, said=said, several=True)


def _set_up(space: Workspace, part: str, which: str, options: Options, *, remove: bool) -> tuple[Result, list[str]]:
    """Sets up one part, or takes it out; each part's module is loaded by whoever asks for it."""
    if part == "merge-driver":
        from backlogtool.app.initial import merge_driver

        return merge_driver(space, options, remove=remove)
    if part == "ci":
        from backlogtool.app.setup_ci import ci

        return ci(space, which, options, remove=remove)
    if part == "hooks":
        from backlogtool.app.setup_hooks import hooks

        return hooks(space, options, remove=remove)
    from backlogtool.app.setup_editor import editor

    return editor(space, which, options, remove=remove)


_STATES = {
    "merge-driver": ("git merges items field by field", "git merges items by lines"),
    "ci": ("the jobs are set up", "the jobs are taken out"),
    "hooks": ("git's hooks are set up", "git's hooks are taken out"),
    "editor": ("the editor is set up", "the editor's files are taken out"),
}


def _told(part: str, changed: list[str], *, remove: bool) -> str:
    state = _STATES[part][remove]
    return f"{state}: changed {_listed(changed)}" if changed else f"{state} already"


def _listed(paths: list[str]) -> str:
    """The paths in a sentence."""
    return " and ".join([", ".join(paths[:-1]), paths[-1]] if len(paths) > 1 else paths)
