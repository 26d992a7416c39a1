"""``backlogtool completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from backlogtool.cli.context import Context, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.errors import UsageError

_NAME, _VARIABLE = "backlogtool", "_BACKLOGTOOL_COMPLETE"


@click.command("completion", cls=Helped)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_context
def command(context: Context, shell: str) -> None:
    """Print the script that makes a shell complete commands, options, ids and values.

    Load it where the shell starts: eval "$(backlogtool completion bash)" in ~/.bashrc, the same with zsh in ~/.zshrc;
    backlogtool completion fish > ~/.config/fish/completions/backlogtool.fish.
    """
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"this click cannot complete in {shell}")
    root = click.get_current_context().find_root().command
    context.out.text(made(root, {}, _NAME, _VARIABLE).source())
