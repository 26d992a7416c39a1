"""The backlog that these tests push to a forge."""

from tests.cli.session import cli, template

__all__ = ["cli", "template"]
