"""A history as the tool would have written it, as one stream for ``git fast-import``.

The first commit brings in the items that are older than the tool; every later one is a single step of one item,
with the message and the trailers that a command would have given it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from backlogtool.codec import trailers
from backlogtool.domain.event import AUTO_UPDATE, COMMENT, CREATED, STATUS_CHANGE, Event
from benchmarks.content import TODAY, Subject, changed, subject, text

EMAIL = "team@example.org"
#: The history ends on the morning of ``content.TODAY`` and goes back two years.
_END = int(datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC).timestamp())
_SPAN = 2 * 365 * 86_400
#: A tenth of the commits create an item, so that an item has about ten steps.
_STEPS = 10

FLAT, SHARDED = "flat", "sharded"


class Plan(NamedTuple):
    """How large a repository is to be. ``merges``: after every so many commits one comes in by a merge; 0 is never."""

    items: int
    commits: int = 1
    layout: str = FLAT
    merges: int = 0


class Step(NamedTuple):
    """One commit: what an item was before (None when it is created), and what it is after."""

    at: int
    before: Subject | None
    after: Subject


def path_of(item: str, layout: str) -> str:
    """Where the item's file stands."""
    return f"items/{item[3:5]}/{item}.md" if layout == SHARDED else f"items/{item}.md"


def brought_in(plan: Plan) -> Iterator[Subject]:
    """The items of the first commit, with statuses as time has left them."""
    for number in range(_created(plan), plan.items):
        yield subject(number, _END - _SPAN - number % 1000 * 3600)


def steps(plan: Plan) -> Iterator[Step]:
    """The commits after the first, oldest first; creations are spread evenly among the steps."""
    random = Random(plan.items)  # noqa: S311 - the same every time is the point
    created, total = _created(plan), plan.commits - 1
    current: dict[int, Subject] = {}
    made = 0
    for number in range(total):
        at = _END - (total - number) * (_SPAN // max(total, 1))
        if made < created and made * total <= number * created:
            after = subject(made, at, "open")
            made += 1
            yield Step(at, None, after)
        else:
            chosen = int(random.random() * (plan.items - created + made))
            chosen = chosen if chosen < made else created + chosen - made
            before = current.get(chosen) or subject(chosen, _END - _SPAN - chosen % 1000 * 3600)
            after = changed(before, random, at)
            yield Step(at, before, after)
        current[after.number] = after


def stream(plan: Plan, files: Mapping[str, str]) -> Iterator[bytes]:
    """The whole history for ``git fast-import``; ``files`` (path -> text) come in with the first commit."""
    yield _head("main", _END - _SPAN, "oncall", "Bring the backlog into git\n")
    for path, held in files.items():
        yield _file(path, held)
    for one in brought_in(plan):
        yield _file(path_of(one.id, plan.layout), text(one))
    side: Step | None = None
    for number, step in enumerate(steps(plan), 1):
        if side:
            yield _commit("main", step, plan.layout)
            yield _merge(side, step.at, plan.layout)
        elif not plan.merges or number % plan.merges:
            yield _commit("main", step, plan.layout)
        side = step if plan.merges and number % plan.merges == 0 and not side else None
        if side:
            yield b"reset refs/heads/side\nfrom refs/heads/main\n\n" + _commit("side", side, plan.layout)
    if side:
        yield _merge(side, _END, plan.layout)


def _created(plan: Plan) -> int:
    return min(plan.items, (plan.commits - 1) // _STEPS)


def _commit(branch: str, step: Step, layout: str) -> bytes:
    after = step.after
    return _head(branch, step.at, after.owner, message(step)) + _file(path_of(after.id, layout), text(after))


def _merge(side: Step, at: int, layout: str) -> bytes:
    """The side branch comes home: fast-import takes the tree of the first parent, so its file is named once more."""
    after = side.after
    head = _head("main", at, after.owner, "Merge branch 'side'\n")
    return head + b"merge refs/heads/side\n" + _file(path_of(after.id, layout), text(after))


def _head(branch: str, at: int, author: str, said: str) -> bytes:
    body = said.encode()
    start = f"commit refs/heads/{branch}\n"
    people = "".join(f"{role} {author} <{EMAIL}> {at} +0000\n" for role in ("author", "committer"))
    return f"{start}{people}data {len(body)}\n".encode() + body + b"\n"


def _file(path: str, held: str) -> bytes:
    data = held.encode()
    return f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"


def message(step: Step) -> str:
    """The message of the commit, as the command behind such a step writes it."""
    after = step.after
    kind, meta, told = _told(step)
    event = Event(id="", item_id=after.id, ts="", type=kind, message="", actor="", meta=meta)
    return trailers.compose(f"backlog: {after.id} {told}", "", after.owner, [event])


def _told(step: Step) -> tuple[str, Mapping[str, object], str]:
    """(type of event, its details, summary)"""
    before, after = step.before, step.after
    if before is None:
        return CREATED, {"changes": {}}, f'created "{after.title}"'
    if before.status != after.status:
        told = f"{before.status} -> {after.status}"
        return STATUS_CHANGE, {"old_status": before.status, "new_status": after.status}, told
    if before.comments != after.comments:
        return COMMENT, {}, "commented"
    name = next(name for name in ("owner", "priority", "due_date") if getattr(before, name) != getattr(after, name))
    old, new = getattr(before, name), getattr(after, name)
    return AUTO_UPDATE, {"changes": {name: [old, new]}}, f"{name} {old} -> {new}"
