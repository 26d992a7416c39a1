"""The sessions that these tests run commands in."""

from tests.cli.session import backlog, cli, empty, initial, template

__all__ = ["backlog", "cli", "empty", "initial", "template"]
