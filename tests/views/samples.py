"""A made-up platform and its backlog: what the golden views show, and what hostile text looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from backlogtool.codec.policy import Layer, load
from backlogtool.domain import calendar
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.insight import dashboard
from backlogtool.views import context
from backlogtool.views.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-11-21"

#: service, category, title, priority, status, owner, created this many days ago, due in this many days (None: never)
_WORK: tuple[tuple[str, str, str, str, str, str, int, int | None], ...] = (
    ("gateway", "arch_review", "[ARCH] gateway: architecture review required", "P1", "open", "oncall", 33, -12),
    ("gateway", "arch_review", "[ARCH] gateway: architecture review required", "P1", "open", "oncall", 26, -5),
    ("gateway", "arch_review", "[ARCH] gateway: architecture review required", "P1", "open", "oncall", 12, 2),
    ("gateway", "security", "Rotate the signing key before the certificate ends", "P0", "blocked", "amira", 9, -1),
    (
        "gateway",
        "refactor",
        "[REF] gateway: refactor under high pressure and risk",
        "P1",
        "in_progress",
        "jonas",
        18,
        3,
    ),
    ("gateway", "slo_hardening", "[SLO] gateway: harden against SLO violations", "P2", "open", "oncall", 19, 11),
    ("ledger", "security", "Close the debug port on the replica", "P0", "in_progress", "amira", 3, 1),
    ("ledger", "slo_hardening", "[SLO] ledger: harden against SLO violations", "P2", "in_progress", "mei", 24, 6),
    ("ledger", "refactor", "Split the posting job: one batch a tenant", "P1", "blocked", "mei", 30, 5),
    ("ledger", "cleanup_followups", "[FOLLOWUP] ledger: clear 6 overdue follow-ups", "P2", "open", "oncall", 17, -3),
    ("ledger", "cleanup_followups", "[FOLLOWUP] ledger: clear 4 overdue follow-ups", "P2", "open", "oncall", 10, 4),
    ("search", "arch_review", "[ARCH] search: architecture review required", "P1", "in_progress", "tomas", 16, 0),
    ("search", "slo_hardening", "Cap the fan-out: queries over 40 shards time out", "P1", "open", "tomas", 6, 8),
    ("search", "refactor", "Drop the second analyser, nobody reads its field", "P3", "open", "tomas", 44, None),
    ("notify", "cleanup_followups", "[FOLLOWUP] notify: clear 3 overdue follow-ups", "P2", "open", "oncall", 11, 3),
    ("notify", "slo_hardening", "[SLO] notify: harden against SLO violations", "P2", "blocked", "jonas", 40, -10),
    ("notify", "security", "Templates: escape names in the e-mail footer", "P1", "in_progress", "amira", 5, 9),
    ("catalog", "refactor", "One currency type instead of three", "P2", "in_progress", "mei", 20, 14),
    ("catalog", "slo_hardening", "Warm the price cache before the sale starts", "P1", "open", "mei", 4, 6),
    ("catalog", "cleanup_followups", "Retire the 2024 import format", "P3", "open", "jonas", 61, None),
    ("media", "arch_review", "[ARCH] media: architecture review required", "P1", "open", "oncall", 5, 9),
    ("media", "slo_hardening", "Thumbnails: p99 < 300 ms | retry budget", "P2", "open", "sofia", 32, -2),
    ("media", "security", "Malware scan skips archives in archives", "P0", "open", "amira", 1, None),
    ("billing", "security", "Invoices: sign the PDF, not only its hash", "P1", "open", "sofia", 8, 6),
    ("billing", "refactor", "[REF] billing: refactor under high pressure and risk", "P1", "open", "sofia", 11, 10),
    ("billing", "cleanup_followups", "[FOLLOWUP] billing: clear 2 overdue follow-ups", "P2", "open", "oncall", 3, 11),
    ("identity", "security", "Sessions survive a password change", "P1", "in_progress", "amira", 7, 7),
    ("scheduler", "refactor", "Replace cron strings with named schedules", "P3", "open", "jonas", 25, 35),
    ("gateway", "slo_hardening", "[SLO] gateway: harden against SLO violations", "P2", "done", "oncall", 47, -17),
    ("ledger", "arch_review", "[ARCH] ledger: architecture review required", "P1", "done", "mei", 54, -40),
    ("ledger", "security", "Audit log: refuse clock jumps", "P1", "done", "amira", 35, -21),
    ("search", "cleanup_followups", "[FOLLOWUP] search: clear 5 overdue follow-ups", "P2", "done", "oncall", 32, -18),
    ("search", "refactor", "Delete the shadow index", "P3", "canceled", "tomas", 50, None),
    ("notify", "refactor", "Queue names carry the tenant", "P2", "done", "jonas", 28, -7),
    ("catalog", "security", "Supplier feed: check the signature", "P1", "done", "mei", 41, -27),
    ("catalog", "slo_hardening", "[SLO] catalog: harden against SLO violations", "P2", "done", "mei", 37, -7),
    ("media", "refactor", "One upload path for web and app", "P2", "done", "sofia", 45, -24),
    ("billing", "slo_hardening", "Nightly run ends before six", "P2", "canceled", "sofia", 60, -30),
    (
        "identity",
        "cleanup_followups",
        "[FOLLOWUP] identity: clear 1 overdue follow-ups",
        "P2",
        "done",
        "oncall",
        21,
        -7,
    ),
    ("", "", "Write down who may approve a release", "P3", "open", "jonas", 2, None),
)

HOSTILE = (
    "a | b || c",
    "line one\nline two\r\n| new | row |",
    "<script>alert(1)</script><!-- generated:end -->",
    "![x](https://example.org/x.png) [y](javascript:alert(1)) <https://example.org>",
    "https://example.org and www.example.org and @everyone #12",
    "`code` ``` *bold* __strong__ ~~gone~~ $x^2$ \\",
    "{{ 7 * 7 }}{% raw %}{# note #}",
    "right\u202eto left, zero\u200bwidth, bell\x07, next\x85line\u2028",
    "\"quoted\" 'text' &amp; &lt; ]]> -->",
    "# heading",
    "- item",
    "1. first",
    ":-",
    "a very long title that does not fit anywhere " * 5,
    "漢字のタイトル 👩‍💻 — ünïcode",
)


@cache
def policy() -> Policy:
    """The packaged policy."""
    loaded = load([Layer((ROOT / "config" / "backlog_policy.yml").read_text(), "config/backlog_policy.yml")])
    assert loaded.policy is not None, loaded.findings
    return loaded.policy


def item(number: int = 1, **values: str) -> Item:
    """An open P2 item without a due date; ``number`` makes its id."""
    blank = Item(
        id=f"bl_{number:012x}",
        title="something to do",
        created_at=f"{TODAY}T08:00:00Z",
        status="open",
        env="prod",
        priority="P2",
        service="gateway",
        owner="oncall",
        category="refactor",
        source="manual",
        dedupe_key=f"manual:2026-W47:prod:gateway:refactor:{number}",
    )
    return blank._replace(**values)  # type: ignore[arg-type]


def platform() -> list[Item]:
    """Forty items of one environment, in no useful order."""
    return sorted((_item(*row) for row in _WORK), key=lambda one: one.id)


def hostile() -> list[Item]:
    """Items in which every text is an attack; half of them overdue, so that every table shows them."""
    return [
        item(n, title=text, service=text, owner=text, category=text, due_date=day)
        for n, (text, day) in enumerate((text, day) for text in HOSTILE for day in ("2026-11-01", "2026-12-24"))
    ]


def paths(items: Iterable[Item]) -> dict[str, str]:
    """Where each item lies."""
    return {one.id: f"items/{one.id}.md" for one in items}


def templates() -> dict[str, str]:
    """Our own templates, by name."""
    folder = ROOT / "templates"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.j2"))}


def engine() -> Engine:
    """An engine with our own templates."""
    return Engine(templates())


def data(items: Iterable[Item], env: str = "prod") -> dict[str, Any]:
    """What the templates of the dashboard are given for these items."""
    known = list(items)
    board = dashboard.build(known, policy(), TODAY, env)
    return {"dashboard": context.dashboard(board, policy(), TODAY, paths(known))}


def report(items: Iterable[Item], env: str = "prod") -> str:
    """DASHBOARD.md."""
    return engine().render("DASHBOARD.md.j2", data(items, env))


def drawing(items: Iterable[Item], env: str = "prod") -> str:
    """reports/dashboard.svg."""
    return engine().render("reports/dashboard.svg.j2", data(items, env))


def _item(
    service: str, category: str, title: str, priority: str, status: str, owner: str, age: int, due: int | None
) -> Item:
    key = f"{service}:{category}:{title}:{age}"
    return Item(
        id="bl_" + hashlib.sha256(key.encode()).hexdigest()[:12],
        title=title,
        created_at=calendar.add_days(TODAY, -age) + "T06:20:00Z",
        status=status,
        env="prod",
        priority=priority,
        service=service,
        owner=owner,
        category=category,
        due_date="" if due is None else calendar.add_days(TODAY, due),
        source="digest" if title.startswith("[") else "manual",
        dedupe_key=f"sample:{key}",
    )
