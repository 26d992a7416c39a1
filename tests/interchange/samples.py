"""What the tests of the grouped file share: the packaged policy, and rendering in an environment of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backlogtool.codec import policy as policies
from backlogtool.codec.grouped import Grouped, Words, read
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.interchange.grouped import Layout, grouped_view, to_items, todo_view
from tests.conftest import ROOT

NOW = "2026-02-16T06:20:00Z"
LATER = "2026-03-02T00:00:00Z"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


@cache
def packaged() -> Policy:
    """The packaged default policy."""
    path = ROOT / "config" / "backlog_policy.yml"
    loaded = policies.load([policies.Layer(path.read_text(encoding="utf-8"), path.name)])
    assert loaded.policy is not None
    return loaded.policy


def with_layout(policy: Policy, layout: Layout) -> Policy:
    """The policy as it is once an import has written what differs."""
    held = {name: getattr(layout, name) for name in ("title", "preamble", "groups", "group_notes")}
    return policy._replace(backlog_md=policy.backlog_md._replace(**held))


def backlog(items: Sequence[Item], policy: Policy) -> str:
    """The rendered BACKLOG.md."""
    context = {"backlog": grouped_view(items, policy), "todo": todo_view(items, policy)}
    return _ENVIRONMENT.get_template("BACKLOG.md.j2").render(context)


def todo(items: Sequence[Item], policy: Policy) -> str:
    """The rendered TODO.md."""
    context = {"backlog": grouped_view(items, policy), "todo": todo_view(items, policy)}
    return _ENVIRONMENT.get_template("TODO.md.j2").render(context)


def grouped(text: str, policy: Policy) -> Grouped:
    """The file read; it must be without errors."""
    found, findings = read(text, "BACKLOG.md", Words.of(policy))
    assert found is not None, [str(one) for one in findings]
    return found


def imported(text: str) -> tuple[list[Item], Policy]:
    """The items of a file, and the policy with the file's layout."""
    made = to_items(grouped(text, packaged()), packaged(), NOW)
    return list(made.items), with_layout(packaged(), made.layout)


def item(number: int = 1, **values: object) -> Item:
    """An item with nothing but what it must have."""
    held = {"title": "Logging", "created_at": NOW, "status": "open", "env": "prod", "priority": "P1", "owner": "oncall"}
    held |= {"source": "manual", "dedupe_key": f"k{number}", "type": "ops"}
    return Item(**{"id": f"TASK-20260204-{number:03}", **held, **values})  # type: ignore[arg-type]
