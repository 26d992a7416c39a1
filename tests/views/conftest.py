"""The sessions that these tests run commands in."""

from tests.cli.session import cli, template

__all__ = ["cli", "template"]
