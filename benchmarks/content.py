"""Items as teams have them, made from their number alone: the same number gives the same item for ever.

Texts are put together here and not by ``codec.markdown`` because 100,000 items have to be there in seconds;
``tests/benchmarks`` holds that the bytes are those which the tool itself would write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

#: The day that every figure is about: half of the open items are due before it, half after.
TODAY = date(2026, 2, 16)
NOW = "2026-02-16T06:20:00Z"

#: Uneven on purpose: the first of each list is the most frequent.
STATUSES = ("done", "open", "in_progress", "blocked", "canceled")
PRIORITIES = ("P2", "P1", "P3", "P0")
ENVIRONMENTS = ("prod", "staging", "dev")
CATEGORIES = ("refactor", "cleanup_followups", "arch_review", "slo_hardening", "security")
KINDS = ("dev", "quality", "infra", "security", "docs", "ci", "reliability", "test", "config", "release")
OWNERS = ("oncall", "alice", "bob", "carol", "dmitri", "esra", "farid", "gwen", "hiro", "ines", "jonas", "kofi")
SERVICES = (
    *("gateway", "payments", "search", "checkout", "identity", "catalog", "ledger", "mailer", "billing", "reports"),
    *(
        "inventory",
        "shipping",
        "pricing",
        "sessions",
        "uploads",
        "webhooks",
        "metrics",
        "scheduler",
        "exports",
        "audit",
    ),
)
LABELS = ("backend", "toil", "customer", "latency", "cost", "compliance", "flaky", "migration", "alerting", "cleanup")
VERBS = (
    "Renew",
    "Patch",
    "Split",
    "Document",
    "Retire",
    "Measure",
    "Harden",
    "Move",
    "Test",
    "Review",
    "Cache",
    "Trim",
)
THINGS = (
    *("the certificate", "the retry queue", "slow queries", "the export job", "old feature flags", "the login page"),
    *("connection limits", "the backup drill", "dashboards", "the rate limiter", "schema checks", "the cold start"),
)
SENTENCES = (
    "The pool runs dry when two deployments overlap, and callers see it as a time-out.",
    "Nobody has looked at the numbers since the traffic doubled.",
    "A retry without a limit turned a short outage into a long one.",
    "The alert fires on a quiet night and stays silent on a busy day.",
    "Half of the requests could be answered from the cache.",
    "The certificate is renewed by hand, and the hand is on holiday in August.",
    "Two teams write to the same table and neither owns the index.",
    "The job reads everything to find the three rows that changed.",
    "What the runbook says has not been true since the migration.",
    "The page loads eleven fonts before the first word is drawn.",
    "A slow consumer blocks the queue for everybody behind it.",
    "The limit was a guess, and the guess was made for other hardware.",
    "Customers ask for it every week; support answers with a spreadsheet.",
    "The test passes alone and fails in company.",
    "Old keys are accepted for ever because nobody dares to remove them.",
    "The figure on the board is a sum over a window that slides with the clock.",
    "One node has the data, the other has the load.",
    "Restoring takes nine hours, and we promised four.",
    "Logs are kept for a day, incidents are noticed after two.",
    "The schema allows what the code does not expect.",
)


class Subject(NamedTuple):
    """What is known of an item at one moment; every value is as the file has it."""

    number: int
    id: str
    title: str
    created_at: str
    status: str
    env: str
    priority: str
    service: str
    owner: str
    category: str
    due_date: str
    kind: str
    alerts: tuple[str, ...]
    tags: tuple[str, ...]
    effort: int
    description: str
    comments: tuple[tuple[str, str, str], ...] = ()  # (moment, actor, text)

    @property
    def key(self) -> str:
        """The dedupe key. It holds the item's id, so no two items share one."""
        return f"manual:{week(self.created_at)}:{self.env}:{self.service}:{self.category}:{self.id}"


def item_id(number: int) -> str:
    """The id of the item with this number."""
    return "bl_" + hashlib.sha256(f"benchmark item {number}".encode()).hexdigest()[:12]


def week(moment: str) -> str:
    """The ISO year and week of a moment, such as 2026-W08."""
    year, number, _ = date.fromisoformat(moment[:10]).isocalendar()
    return f"{year}-W{number:02}"


def moment(seconds: int) -> str:
    """A point in time, as the files have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def subject(number: int, created: int, status: str = "") -> Subject:
    """The item with this number as it was created at ``created`` (Unix seconds).

    Without a status it has the one that befits its number; comments come with the status.
    """
    random = Random(number)  # noqa: S311 - the same every time is the point
    settled = not status
    made = moment(created)
    return Subject(
        number=number,
        id=item_id(number),
        title=f"{_usual(random, VERBS, 1)} {_usual(random, THINGS, 1)} of {SERVICES[number % len(SERVICES)]} {number}",
        created_at=made,
        status=status or _usual(random, STATUSES, 2),
        env=_usual(random, ENVIRONMENTS, 3),
        priority=_usual(random, PRIORITIES, 1.6),
        service=_usual(random, SERVICES, 2),
        owner=_usual(random, OWNERS, 2),
        category=_usual(random, CATEGORIES, 1.5),
        due_date=(TODAY + timedelta(days=int(random.random() * 180) - 90)).isoformat(),
        kind=_usual(random, KINDS, 1.5),
        alerts=tuple(f"al_{number}_{place}" for place in range(1 + number % 3)),
        tags=tuple(sorted({_usual(random, LABELS, 1.5), _usual(random, LABELS, 1), f"week:{week(made)}"})),
        effort=1 + int(random.random() * 9),
        description=_description(random, number),
        comments=tuple(_remark(random, created) for _ in range(number % 3)) if settled else (),
    )


def text(one: Subject) -> str:
    """The item's file: 18 keys and about 1 KB of text."""
    return (
        f"---\nid: {one.id}\ntitle: {one.title}\ncreated_at: {one.created_at}\nstatus: {one.status}\nenv: {one.env}\n"
        f"priority: {one.priority}\nservice: {one.service}\nowner: {one.owner}\ncategory: {one.category}\n"
        f"due_date: {one.due_date}\nsource: manual\ndedupe_key: {one.key}\nlist: backlog\ntype: {one.kind}\n"
        f"component: {one.service}\nevidence_refs:\n  alerts:\n{_listed(one.alerts, '  ')}tags:\n{_listed(one.tags)}"
        f"meta:\n  effort_days: {one.effort}\n  requested_by: {one.owner}\n---\n\n{one.description}\n{_section(one)}"
    )


def changed(one: Subject, random: Random, at: int) -> Subject:
    """The item after one more step: about a third are moves, a third are edits, a third are comments."""
    ways = _MOVES[one.status]
    part = random.random()
    if part < 0.35 and ways:
        return one._replace(status=_usual(random, ways, 1.5))
    if part < 0.7:
        return _edited(one, random)
    return one._replace(comments=(*one.comments, _remark(random, at)))


#: The packaged workflow, most usual way first.
_MOVES: dict[str, tuple[str, ...]] = {
    "open": ("in_progress", "blocked", "canceled"),
    "in_progress": ("done", "blocked", "canceled"),
    "blocked": ("in_progress", "open", "canceled"),
    "done": (),
    "canceled": (),
}


def _edited(one: Subject, random: Random) -> Subject:
    part = random.random()
    if part < 0.4:
        others = [name for name in OWNERS if name != one.owner]
        return one._replace(owner=_usual(random, others, 2))
    if part < 0.7:
        return one._replace(priority=_usual(random, [name for name in PRIORITIES if name != one.priority], 1.6))
    later = date.fromisoformat(one.due_date) + timedelta(days=1 + int(random.random() * 14))
    return one._replace(due_date=later.isoformat())


def _usual(random: Random, names: Sequence[str], skew: float) -> str:
    """One of the names; the larger ``skew`` is, the more often one of the first."""
    return names[int(len(names) * random.random() ** skew)]


def _description(random: Random, number: int) -> str:
    first, second = (" ".join(_usual(random, SENTENCES, 1) for _ in range(length)) for length in (6, 4))
    return (
        f"{first}\n\n{second} Seen first in incident-{number}.\n\n## Acceptance Criteria\n\n"
        f"- [ ] {_usual(random, SENTENCES, 1)}\n\n- [x] The board shows it\n\n## Plan\n\n1. Measure it\n\n"
        f"2. {_usual(random, SENTENCES, 1)}\n\n3. Measure it again\n\n## Estimated Effort\n\n"
        f"{1 + number % 8} days\n\n## Relevant Documentation\n\n- `docs/services/{SERVICES[number % len(SERVICES)]}.md`"
        " — how it is run"
    )


def _remark(random: Random, at: int) -> tuple[str, str, str]:
    return moment(at), _usual(random, OWNERS, 1), _usual(random, SENTENCES, 1)


def _listed(names: Sequence[str], indent: str = "") -> str:
    return "".join(f"{indent}- {name}\n" for name in names)


def _section(one: Subject) -> str:
    if not one.comments:
        return ""
    return "\n## Comments\n" + "".join(f"\n### {at} {actor}\n\n{said}\n" for at, actor, said in one.comments)
