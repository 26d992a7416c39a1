"""The sessions that these tests run commands in."""

from tests.cli.session import cli, empty, template

__all__ = ["cli", "empty", "template"]
