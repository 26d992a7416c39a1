"""The table of the policy: each key with its shape (REQUIREMENTS.md section 6).

Reading, merging, checking and the JSON Schema all follow this table; there is no second list of keys.
"""

from __future__ import annotations

from backlogtool.codec.conditions import OPERANDS, Conditions
from backlogtool.codec.held import Ref
from backlogtool.codec.shapes import Choice, Flag, ListOf, MapOf, Record, Template, Text, Whole
from backlogtool.domain import policy
from backlogtool.domain.fields import COMMENTS, DESCRIPTION, FIELDS, NAME_FORM
from backlogtool.domain.guards import REQUIREMENTS
from backlogtool.domain.layout import LAYOUTS
from backlogtool.domain.rbac import ACTIONS, COMMITS, KINDS
from backlogtool.domain.rights import RULED

_ENV = Ref("enums.env")
_STATUS = Ref("enums.status")
_PRIORITY = Ref("enums.priority")
_SOURCE = Ref("enums.source")
_CATEGORY = Ref("categories", keys=True)
_TYPE = Ref("backlog_md.types")
_SHOWN_PRIORITY = Ref("backlog_md.priority_names")

LINE = Text()
LINES = Text("text", lines=True)
ID = Text("a word of letters, digits and underscores", "[A-Za-z0-9_]+")
#: Safe inside a dedupe key, a tag and a path, like the items' own names (``domain.workflow``).
NAME = Text("a name of letters, digits, dot, dash and underscore", NAME_FORM)
#: What stands behind ``type:`` and ``priority:`` in the grouped backlog (REQUIREMENTS.md 2.2).
SLUG = Text("a word of small letters, digits, dash and underscore that starts with a letter", "[a-z][a-z0-9_-]*")
#: The preamble is an HTML comment; the end of one inside it would let the rest out.
COMMENT = Text("text without '-->'", r"(?:(?!-->)[\s\S])*", lines=True)
# A hundred years: any day plus these stays within the calendar.
_HUNDRED_YEARS = 36_500
DAYS = Whole(0, _HUNDRED_YEARS)


def _any_case(name: str) -> str:
    """A pattern for the name in small or capital letters, which are one on many file systems."""
    return "".join(f"[{char}{char.upper()}]" if char.isalpha() else f"\\{char}" for char in name)


def _path(example: str, *outside: str) -> Text:
    """A path below the repository's root, not in ``.git`` at any depth nor in these top-level folders.

    Windows drops dots and blanks at the end of a name, some file systems drop joiners (ROBUSTNESS.md 2.5,
    output path).
    """
    folders = "|".join(_any_case(name) for name in outside)
    part = rf"(?!{_any_case('.git')}[. ]*(?:/|$))(?!\.{{1,2}}(?:/|$))[^/\\\x00-\x1f\u200c\u200d]+"
    return Text(
        f"a path inside the repository such as {example}, outside {', '.join(('.git', *outside))}",
        rf"(?![A-Za-z]:)(?!(?:{folders})[. ]*(?:/|$)){part}(?:/{part})*",
    )


#: A file that we write, so it lies where people keep nothing that is read.
OUTPUT = _path("docs/TODO.md", "items", "config", "templates")
FOLDER = _path("ops/reports", "items")

_DEFAULTS = Record(
    policy.Defaults,
    {
        "retention_days": Whole(1, _HUNDRED_YEARS),
        "max_items_per_run": Whole(),
        "env": Text(among=_ENV),
        "priority": Text(among=_PRIORITY),
        "status": Text(among=_STATUS),
        "source": Text(among=_SOURCE),
        "list_limit": Whole(),
        "list_offset": Whole(),
        "event_limit": Whole(),
    },
)
_ENUMS = Record(
    policy.Enums,
    {
        "env": ListOf(ID),
        "status": ListOf(ID),
        "priority": ListOf(ID),
        "source": ListOf(ID),
        "event_type": ListOf(ID),
        "evidence_refs": ListOf(ID),
    },
)
_DEDUPE = Record(
    policy.Dedupe,
    {
        "key_prefix": LINE,
        # No {id}: the id of a generated item is derived from its key (D-13).
        "key_format": Template(("prefix", "week", "env", "service", "category")),
        "manual_key_format": Template(("prefix", "week", "env", "service", "category", "id")),
        "week_format": Choice(("%G-W%V",)),
        "update_fields": ListOf(Choice(("title", DESCRIPTION, "evidence_refs", "tags", "meta"))),
        "preserve_fields": ListOf(Choice((*(field.name for field in FIELDS), DESCRIPTION, COMMENTS))),
    },
)
_CATEGORIES = MapOf(
    NAME,
    Record(policy.Category, {"priority": Text(among=_PRIORITY), "due_days": DAYS, "title": LINE}),
)
_RULE = Record(
    policy.Rule,
    {
        "name": NAME,
        "category": Text(among=_CATEGORY),
        "when": Conditions(NAME, OPERANDS),
        "priority": Text(among=_PRIORITY),
        "due_days": DAYS,
    },
    optional=frozenset(("priority", "due_days")),
)
_GENERATION = Record(
    policy.Generation,
    {
        "weekly_from_pressure_digest": Flag(),
        "daily_from_risk_digest": Flag(),
        "digest_dir": FOLDER,
        "risk_digest_dir": FOLDER,
        "source": Text(among=_SOURCE),
        "auto_tag": LINE,
        "rules": ListOf(_RULE, distinct=(("name",),)),
    },
)
_OWNERSHIP = Record(policy.Ownership, {"default_owner": LINE, "overrides": MapOf(NAME, LINE)})
_GUARD = Record(
    policy.Guard,
    {
        "name": NAME,
        "to": ListOf(Text(among=_STATUS), filled=True),
        "leaving": ListOf(Text(among=_STATUS), filled=True),
        "when": Record(
            policy.GuardedItems,
            {
                "category": ListOf(Text(among=_CATEGORY), filled=True),
                "priority": ListOf(Text(among=_PRIORITY), filled=True),
                "type": ListOf(Text(among=_TYPE), filled=True),
                "env": ListOf(Text(among=_ENV), filled=True),
                "service": ListOf(NAME, filled=True),
            },
            optional=frozenset(policy.GuardedItems._fields),
        ),
        "require": ListOf(Choice(REQUIREMENTS), filled=True),
        "fields": ListOf(Choice((*(field.name for field in FIELDS), DESCRIPTION)), filled=True),
        "roles": ListOf(Text(among=Ref("rbac.roles", keys=True)), filled=True),
    },
    optional=frozenset(("to", "leaving", "when", "require", "fields", "roles")),
)
_WIP_LIMIT = Record(
    policy.WipLimit, {"total": Whole(1), "per_owner": Whole(1)}, optional=frozenset(("total", "per_owner"))
)
_WORKFLOW = Record(
    policy.Workflow,
    {
        "initial_status": Text(among=_STATUS),
        "closed_statuses": ListOf(Text(among=_STATUS), filled=True),
        "allowed_transitions": MapOf(Text(among=_STATUS), ListOf(Text(among=_STATUS))),
        "squashed": Choice(("refuse", "path")),
        "guards": ListOf(_GUARD, distinct=(("name",),)),
        "wip_limits": MapOf(Text(among=_STATUS), _WIP_LIMIT),
    },
)
_ALERTS = Record(
    policy.Alerts,
    {"overdue_notify_oncall_above": Whole(), "page_cto_on_overdue_priority": ListOf(Text(among=_PRIORITY))},
)
_DASHBOARD = Record(policy.Dashboard, {"overdue_rows": Whole(), "top_services": Whole(), "alerts": _ALERTS})
_GROUP = Record(
    policy.Group,
    {
        "key": NAME,
        "type": Text(among=_TYPE),
        "priority": Text(among=_SHOWN_PRIORITY),
        "heading": LINE,
        "also_types": ListOf(Text(among=_TYPE)),
    },
    optional=frozenset(("also_types",)),
)
_BACKLOG_MD = Record(
    policy.BacklogMd,
    {
        "file": OUTPUT,
        "title": LINE,
        "preamble": COMMENT,
        "priority_names": MapOf(Text(among=_PRIORITY), SLUG, covers=_PRIORITY, one_to_one=True),
        "status_names": MapOf(Text(among=_STATUS), SLUG, covers=_STATUS, one_to_one=True),
        "types": ListOf(SLUG),
        "category_types": MapOf(Text(among=_CATEGORY), Text(among=_TYPE)),
        "required_fields": ListOf(Choice(("plan", "estimated_effort", "relevant_documentation"))),
        "min_plan_steps": Whole(),
        "docs_segment": LINE,
        "group_mismatch": Choice(("warn", "error")),
        "fallback_group": Choice(("create",)),
        # Equal tags are fine as long as the heading tells the groups apart (C-31).
        "groups": ListOf(_GROUP, distinct=(("key",), ("heading", "type", "priority"))),
        "group_notes": MapOf(NAME, ListOf(LINES, distinct=())),
    },
)
_TODO = Record(
    policy.Todo,
    {
        "file": OUTPUT,
        "title": LINE,
        "batch_size": Whole(1),
        "single_group": Flag(),
        "group_order": ListOf(Choice(("priority", "file"))),
        "allow_top_up": Flag(),
    },
)
_ROLE = Text(among=Ref("rbac.roles", keys=True))
#: Without what ssh-keygen would take for a pattern: one line must not make everybody somebody.
EMAIL = Text("one e-mail address, without *", r"[A-Za-z0-9.#$%&'+/=^_`{|}~\[\]-]+@[A-Za-z0-9._-]+")
_PERSON = Record(
    policy.Person,
    {"role": _ROLE, "emails": ListOf(EMAIL, filled=True), "kind": Choice(KINDS)},
    optional=frozenset(("kind",)),
)
_ROLE_RULE = Record(
    policy.RoleRule,
    {
        "field": Choice(RULED),
        "to": ListOf(LINE, filled=True),
        "leaving": ListOf(LINE, filled=True),
        "roles": ListOf(_ROLE, filled=True),
        "kinds": ListOf(Choice(KINDS), filled=True),
        "name": NAME,
    },
    optional=frozenset(("to", "leaving", "roles", "kinds", "name")),
)
_RBAC = Record(
    policy.Rbac,
    {
        "enforce": Flag(),
        "entitlements": MapOf(NAME, ListOf(Choice(ACTIONS))),
        "roles": MapOf(NAME, ListOf(Text(among=Ref("rbac.entitlements", keys=True)))),
        "members": MapOf(LINE, _ROLE),
        "commits": Choice(COMMITS),
        "people": MapOf(Text("a name without *", r"[^*?\n]+"), _PERSON),
        # Who may change the rules decides about this file too, so it lies among them.
        "allowed_signers": Text("a path such as config/allowed_signers", r"config/[A-Za-z0-9._-]*[A-Za-z0-9_-]"),
        "rules": ListOf(_ROLE_RULE, distinct=(("name",),)),
    },
)

#: The whole file.
POLICY = Record(
    policy.Policy,
    {
        "version": Whole(1, 1),
        "layout": Choice(LAYOUTS),
        "defaults": _DEFAULTS,
        "enums": _ENUMS,
        "dedupe": _DEDUPE,
        "categories": _CATEGORIES,
        "generation": _GENERATION,
        "ownership": _OWNERSHIP,
        "workflow": _WORKFLOW,
        "dashboard": _DASHBOARD,
        "backlog_md": _BACKLOG_MD,
        "todo": _TODO,
        "views": Record(policy.Views, {"auto": Flag(), "skip": ListOf(LINE)}),
        "commit": Record(policy.CommitStyle, {"subject": Template(("summary",), required=("summary",))}),
        "rbac": _RBAC,
    },
)
