"""The prepared backlog that some of these tests kill commands in."""

from tests.cli.session import template

__all__ = ["template"]
