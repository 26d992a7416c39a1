"""A backlog that lives in a git repository.

Each item is one Markdown file under ``items/``, an event is the difference between two versions of
an item, and everything else (rules, views, reports) is derived. Start reading at ``backlogtool.app``.
"""

__version__ = "0.1.0"
