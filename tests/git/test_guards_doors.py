"""A guard says the same at every door: a command, an edit by hand, a commit; and the same as a naive second judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.session import NOW, POLICY, item_text, run
from tests.repositories import Repo, make

IDS = ("bl_aaaaaaaaaaa0", "bl_aaaaaaaaaaa1", "bl_aaaaaaaaaaa2", "bl_aaaaaaaaaaa3")
GONE = "bl_fffffffffff0"
LEGAL = {
    "open": ("in_progress", "blocked", "canceled"),
    "in_progress": ("blocked", "done", "canceled"),
    "blocked": ("open", "in_progress", "canceled"),
    "done": (),
    "canceled": (),
}
CLOSED = ("done", "canceled")
STATUSES, PRIORITIES = tuple(LEGAL), ("P0", "P1")

Told = set[tuple[str, str]]


class Made(NamedTuple):
    """An item as the test knows it."""

    status: str
    priority: str
    owner: str
    service: str
    boxes: tuple[bool, ...]
    waits: tuple[str, ...]

    def text(self, item_id: str) -> str:
        boxes = "\n".join(f"- [{'x' if met else ' '}] a box" for met in self.boxes)
        body = f"## Acceptance Criteria\n\n{boxes}" if boxes else ""
        held = self._asdict()
        fields = {name: json.dumps(held[name]) for name in ("status", "priority", "owner", "service")}
        waits = {"dependencies": json.dumps(list(self.waits))} if self.waits else {}
        return item_text(item_id, body, **fields, **waits)


def some(of: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=2, unique=True)


guard = st.fixed_dictionaries(
    {"require": some(("criteria", "dependencies", "comment"))},
    optional={
        "to": some(STATUSES),
        "leaving": some(STATUSES),
        "when": st.fixed_dictionaries({"priority": some(PRIORITIES)}),
        "fields": st.just(["service"]),
    },
)
limit = st.fixed_dictionaries({"total": st.integers(1, 3)}, optional={"per_owner": st.integers(1, 2)})
limits = st.dictionaries(st.sampled_from(STATUSES[:3]), limit, max_size=2)


@st.composite
def backlogs(draw: st.DrawFn) -> dict[str, Made]:
    """Items that wait for earlier ones only, so that there is no circle."""
    return {
        one: Made(
            draw(st.sampled_from(("in_progress", "open", "blocked", "in_progress", "done"))),
            draw(st.sampled_from(PRIORITIES)),
            draw(st.sampled_from(("ann", "bob"))),
            draw(st.sampled_from(("", "gateway"))),
            tuple(draw(st.lists(st.booleans(), max_size=2))),
            tuple(draw(some((*IDS[:number], GONE), 0))),
        )
        for number, one in enumerate(IDS)
    }


def naive(guards: list[Any], wip: Mapping[str, Any], items: Mapping[str, Made], to: str, ids: list[str],
          said: bool | None) -> Told:  # fmt: skip
    """What speaks against moving some items to a status together, told in the plainest way."""
    found: Told = set()
    after = {one: made._replace(status=to) if one in ids else made for one, made in items.items()}
    moving = [one for one in ids if items[one].status != to]
    legal = [one for one in moving if to in LEGAL[items[one].status]]
    found |= {("BL301", one) for one in set(moving) - set(legal)}
    for one in legal:
        item = after[one]
        for asked in guards:
            if to not in asked.get("to", [to]) or items[one].status not in asked.get("leaving", STATUSES):
                continue
            if item.priority not in asked.get("when", {}).get("priority", PRIORITIES):
                continue
            waits = any(needed not in after or after[needed].status not in CLOSED for needed in item.waits)
            lacking = {
                "criteria": ("BL310", not (item.boxes and all(item.boxes))),
                "dependencies": ("BL311", waits),
                "comment": ("BL313", said is False),
            }
            found |= {(lacking[name][0], one) for name in asked["require"] if lacking[name][1]}
            found |= {("BL312", one)} if "fields" in asked and not item.service else set()
        for status, most in wip.items():
            owners = [held.owner for held in after.values() if held.status == status]
            full = len(owners) > most["total"] or owners.count(item.owner) > most.get("per_owner", len(IDS))
            found |= {("BL315", one)} if status == to and full else set()
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make(tmp_path_factory.mktemp("doors") / "repo")


def asked(repo: Repo, *command: str) -> Told:
    """What a command finds."""
    answer = run("-C", str(repo.root), "--now", NOW, *command, "--json")
    told = answer.json
    findings = told["data"] if isinstance(told.get("data"), list) else (told.get("data") or told).get("findings", [])
    codes = ("BL301", "BL310", "BL311", "BL312", "BL313", "BL315")
    return {(one["code"], one["item"]) for one in findings if one["code"] in codes}


@given(
    st.lists(guard, min_size=1, max_size=2), limits, backlogs(),
    st.sampled_from(("done", "blocked", "in_progress", "done", "open")),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True), st.booleans(),
)  # fmt: skip
def test_every_door_says_what_a_naive_judge_says(
    place: Repo, guards: list[Any], wip: dict[str, Any], items: dict[str, Made], to: str, ids: list[str], said: bool
) -> None:
    """A move that the table does not have takes a place at those doors where it has already been made."""
    named = [{"name": f"guard{number}", **one} for number, one in enumerate(guards)]
    rules = {"version": 1, "workflow": {"guards": named, "wip_limits": wip}}
    place.write(POLICY, "\n".join(f"{name}: {json.dumps(held)}" for name, held in rules.items()) + "\n")
    for one, made in items.items():
        place.write(f"items/{one}.md", made.text(one))
    place.git("add", "--all")
    place.git("commit", "--quiet", "--allow-empty", "--message", "base")
    base = place.head()
    words = ("--message", "because") if said else ()
    wanted = naive(named, wip, items, to, ids, said)
    command = asked(
        place, "edit", "--where", f"id:{','.join(ids)}", "--set", f"status={to}", *words, "--dry-run", "--yes"
    )
    assert command == wanted
    for one in ids:
        place.write(f"items/{one}.md", items[one]._replace(status=to).text(one))
    edited = asked(place, "validate")
    place.git("commit", "--quiet", "--all", "--allow-empty", "--message", "work" + "\n\nbecause" * said)
    committed = asked(place, "validate", "--base", base, "--head", "HEAD")
    place.git("reset", "--quiet", "--hard", base)
    assert without_places(edited) == without_places(naive(named, wip, items, to, ids, None))
    assert without_places(committed) == without_places(wanted)
    assert places(wanted) <= places(committed) <= places(edited)


def places(told: Told) -> Told:
    return {one for one in told if one[0] == "BL315"}


def without_places(told: Told) -> Told:
    return told - places(told)
