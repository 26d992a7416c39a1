"""The policy: everything about a backlog that a team may tune, as an immutable value.

The sections and keys are those of ``config/backlog_policy.yml``; ``codec.policy`` reads and checks it.
Source: REQUIREMENTS.md section 6.
"""

from collections.abc import Mapping
from typing import Any

from backlogtool.domain.fields import LISTS
from backlogtool.domain.value import Value


class Defaults(Value):
    """What a new item and a bare command get. ``retention_days`` and the limits are whole numbers."""

    retention_days: int
    max_items_per_run: int
    env: str
    priority: str
    status: str
    source: str
    list_limit: int
    list_offset: int
    event_limit: int


class Enums(Value):
    """The allowed values, in the order in which they are shown and sorted."""

    env: tuple[str, ...]
    status: tuple[str, ...]
    priority: tuple[str, ...]
    source: tuple[str, ...]
    event_type: tuple[str, ...]
    evidence_refs: tuple[str, ...]


class Dedupe(Value):
    """How dedupe keys are built and what an upsert may touch. The formats name their parts in braces."""

    key_prefix: str
    key_format: str
    manual_key_format: str
    week_format: str
    update_fields: tuple[str, ...]
    preserve_fields: tuple[str, ...]


class Category(Value):
    """Defaults of one kind of work: priority, days until due, title template (Jinja)."""

    priority: str
    due_days: int
    title: str


class Condition(Value):
    """One comparison of a rule: ``operator`` is one of ``codec.policy.OPERATORS``."""

    signal: str
    operator: str
    value: Any


class Rule(Value):
    """When all conditions hold for a service, an item of ``category`` is due.

    ``priority`` and ``due_days`` override the category's (C-24).
    """

    name: str
    category: str
    when: tuple[Condition, ...]
    priority: str | None = None
    due_days: int | None = None


class Generation(Value):
    """Generation from digests. Directories are relative to the repository's root."""

    weekly_from_pressure_digest: bool
    daily_from_risk_digest: bool
    digest_dir: str
    risk_digest_dir: str
    source: str
    auto_tag: str
    rules: tuple[Rule, ...]


class Ownership(Value):
    """Who owns a new item: the override of its service, else the default. Exact match (R-131)."""

    default_owner: str
    overrides: Mapping[str, str]

    def owner_of(self, service: str) -> str:
        return self.overrides.get(service, self.default_owner)


class GuardedItems(Value):
    """Which items a guard looks at: those with one of the values in each of the fields; an empty one asks nothing."""

    category: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    service: tuple[str, ...] = ()


class Guard(Value):
    """What a change of status needs beside a row in the table (``domain.guards``).

    It asks about every move ``to`` one of the statuses that is also one ``leaving`` one of those; empty is any.
    ``require`` are words of ``domain.guards.REQUIREMENTS``, ``fields`` have to be filled, ``roles`` are who may.
    """

    name: str
    to: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    when: GuardedItems = GuardedItems()
    require: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class WipLimit(Value):
    """How many items may be in one status at a time: all together, and of one owner. None is no limit."""

    total: int | None = None
    per_owner: int | None = None


class Workflow(Value):
    """The table of transitions. A status without a row has none (R-194).

    ``wip_limits`` go by status.
    """

    initial_status: str
    closed_statuses: tuple[str, ...]
    allowed_transitions: Mapping[str, tuple[str, ...]]
    squashed: str
    guards: tuple[Guard, ...]
    wip_limits: Mapping[str, WipLimit]


class Alerts(Value):
    """Thresholds of ``dashboard --check`` (R-114, R-115)."""

    overdue_notify_oncall_above: int
    page_cto_on_overdue_priority: tuple[str, ...]


class Dashboard(Value):
    """How many rows the dashboard's lists have, and when it raises an alarm."""

    overdue_rows: int
    top_services: int
    alerts: Alerts


class Group(Value):
    """One group of the grouped backlog; ``key`` is unique, type and priority need not be (C-31)."""

    key: str
    type: str
    priority: str
    heading: str
    also_types: tuple[str, ...] = ()


class BacklogMd(Value):
    """The grouped backlog file (REQUIREMENTS.md section 2).

    ``preamble`` is the comment under the title; ``group_notes`` holds, by group key, comments that stand
    under a group's heading and belong to no item.
    """

    file: str
    title: str
    preamble: str
    priority_names: Mapping[str, str]
    status_names: Mapping[str, str]
    types: tuple[str, ...]
    category_types: Mapping[str, str]
    required_fields: tuple[str, ...]
    min_plan_steps: int
    docs_segment: str
    group_mismatch: str
    fallback_group: str
    groups: tuple[Group, ...]
    group_notes: Mapping[str, tuple[str, ...]]

    def priority_of(self, name: str) -> str | None:
        """The stored priority that the file calls ``name``."""
        return next((stored for stored, shown in self.priority_names.items() if shown == name), None)

    def status_of(self, name: str) -> str | None:
        """The stored status that the file calls ``name``."""
        return next((stored for stored, shown in self.status_names.items() if shown == name), None)


class Todo(Value):
    """Promotion to the todo file (C-54)."""

    file: str
    title: str
    batch_size: int
    single_group: bool
    group_order: tuple[str, ...]
    allow_top_up: bool


class Views(Value):
    """Rendering: ``auto`` renders with every commit (D-4); the views of ``skip`` are never rendered."""

    auto: bool
    skip: tuple[str, ...]


class CommitStyle(Value):
    """``subject`` is the first line of every commit; ``{summary}`` stands for what happened."""

    subject: str


class Person(Value):
    """Who stands behind git's authors: a role, and the e-mail addresses that commits bear or are signed for.

    ``kind`` is one of ``domain.rbac.KINDS``.
    """

    role: str
    emails: tuple[str, ...]
    kind: str = "person"


class RoleRule(Value):
    """What some roles or kinds alone may do to a field: give it one of the values ``to``, or take it from ``leaving``.

    An empty tuple stands for any value, any role, any kind.
    """

    field: str
    to: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    name: str = ""


class Rbac(Value):
    """Roles and what they may do. ``members`` maps a person's name to a role (C-45).

    ``enforce`` is about commands, ``commits`` (one of ``domain.rbac.COMMITS``) about what ``validate`` asks of commits.
    """

    enforce: bool
    entitlements: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, tuple[str, ...]]
    members: Mapping[str, str]
    commits: str
    people: Mapping[str, Person]
    allowed_signers: str
    rules: tuple[RoleRule, ...]


class Policy(Value):
    """All sections together. ``layout`` is one of ``domain.layout.LAYOUTS``."""

    version: int
    layout: str
    defaults: Defaults
    enums: Enums
    dedupe: Dedupe
    categories: Mapping[str, Category]
    generation: Generation
    ownership: Ownership
    workflow: Workflow
    dashboard: Dashboard
    backlog_md: BacklogMd
    todo: Todo
    views: Views
    commit: CommitStyle
    rbac: Rbac

    def allowed(self, enum: str) -> tuple[str, ...]:
        """The values of an enum field; the categories are the keys of their section (R-014)."""
        if enum == "category":
            return tuple(self.categories)
        if enum == "list":
            return LISTS
        return getattr(self.enums, enum)  # type: ignore[no-any-return]

    def priority_rank(self, priority: str) -> int:
        """Most urgent first; a value that is not in the list sorts last."""
        order = self.enums.priority
        return order.index(priority) if priority in order else len(order)

    def is_closed(self, status: str) -> bool:
        return status in self.workflow.closed_statuses
