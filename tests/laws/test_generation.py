"""The laws of generation: it repeats itself exactly, and what people own survives it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import digest as digests
from backlogtool.codec import markdown
from backlogtool.domain.body import replace_generated
from backlogtool.domain.item import Item
from backlogtool.generation.run import Plan, plan
from tests import strategies as some
from tests.test_generation import DESCRIPTION, NOW, policy, render

PATH = "ops/reports/platform/2026-W08.json"
BANDS = st.sampled_from(["low", "medium", "high", "critical", "HIGH"])
CHANGES = st.sampled_from(["", "defaults: {max_items_per_run: 3}", "ownership: {overrides: {a: cto}}"])

records = st.fixed_dictionaries(
    {},
    optional={
        "pressure": st.fixed_dictionaries(
            {},
            optional={
                "band": BANDS,
                "requires_arch_review": st.booleans(),
                "score": st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
                "signals": st.lists(some.line, max_size=3),
            },
        ),
        "risk": st.fixed_dictionaries(
            {}, optional={"band": BANDS, "slo_violations": st.lists(st.text(max_size=20), max_size=2)}
        ),
        "followups": st.fixed_dictionaries({}, optional={"overdue": st.integers(0, 5), "open": st.integers(0, 9)}),
        "evidence_refs": st.dictionaries(
            st.sampled_from(["alerts", "incidents", "artifacts", "followups"]), st.lists(some.line, max_size=3)
        ),
        "tier": st.text(max_size=30),
        "frozen": st.booleans(),
    },
)
digest_objects = (
    st.lists(st.sampled_from(["a", "b", "A", "c-1"]), max_size=3, unique=True)
    .flatmap(
        lambda names: st.tuples(*(records.map(lambda record, name=name: {"service": name, **record}) for name in names))
    )
    .map(lambda services: {"week": "2026-W08", "env": "prod", "services": list(services)})
)


def _plan(data: dict[str, Any], existing: list[Item], changes: str = "", day: str = "2026-02-16") -> Plan:
    digest, findings = digests.read(json.dumps(data), PATH, env="prod")
    assert digest is not None, [str(one) for one in findings]
    return plan(digest, policy(changes), existing, day, f"{day}T06:20:00Z", render, DESCRIPTION)


def _items(files: dict[str, str]) -> list[Item]:
    """The items in files, by id."""
    read = [markdown.read(text, item_id).item for item_id, text in files.items()]
    return [item for item in read if item is not None]


def _shuffled(thing: Any, data: st.DataObject) -> Any:
    """The same JSON value with the keys of every object in another order."""
    if isinstance(thing, dict):
        return {key: _shuffled(thing[key], data) for key in data.draw(st.permutations(list(thing)))}
    return [_shuffled(one, data) for one in thing] if isinstance(thing, list) else thing


@given(digest_objects, CHANGES, st.sampled_from(["2026-02-16", "2026-02-19", "2026-03-01"]))
def test_the_same_digest_again_leaves_every_item_of_the_first_run_unchanged(
    data: dict[str, Any], changes: str, day: str
) -> None:
    first = _plan(data, [], changes)
    items = [one.item for one in first.outcomes]
    for held in (items, _items({item.id: markdown.write(item) for item in items})):
        again = _plan(data, held, changes, day)
        assert [one.action for one in again.outcomes] == ["unchanged"] * len(items)
        assert [one.item for one in again.outcomes] == held
        assert again.report["capped"] == first.report["capped"]


def _edited(text: str, item: Item) -> str:
    """The file of an item after an update was written into it."""
    return markdown.edit(markdown.read(text, item.id), item)


@given(digest_objects, digest_objects)
def test_an_update_written_into_the_files_is_unchanged_in_the_next_run(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    files = {made.item.id: markdown.write(made.item) for made in _plan(one, []).outcomes}
    for made in _plan(two, _items(files)).outcomes:
        held = files.get(made.item.id)
        files[made.item.id] = _edited(held, made.item) if held else markdown.write(made.item)
    again = _plan(two, _items(files))
    assert {made.action for made in again.outcomes} <= {"unchanged"}


own_tags = st.lists(some.name.filter(lambda tag: tag != "auto"), max_size=3)
own_meta = st.dictionaries(some.name.filter(lambda key: key not in ("digest", "rule", "signals")), some.plain_value)


@st.composite
def touched(draw: st.DrawFn, item: Item) -> Item:
    """The item after people worked on it, with text before and behind the generated part."""
    around = (draw(some.text), item.description, draw(some.text))
    return item._replace(
        status=draw(st.sampled_from(["open", "in_progress", "blocked", "done", "canceled"])),
        owner=draw(some.title),
        priority=draw(st.sampled_from(["P0", "P1", "P2", "P3"])),
        due_date=draw(st.one_of(st.just(""), some.day)),
        list=draw(st.sampled_from(["", "todo"])),
        rank=draw(st.one_of(st.none(), st.integers(0, 9))),
        tags=tuple(sorted({*item.tags, *draw(own_tags)})),
        meta={**item.meta, **draw(own_meta)},
        extra=draw(st.dictionaries(some.name, some.line, max_size=2)),
        description="\n\n".join(part for part in around if part),
        comments=draw(some.comments),
    )


GENERATED = ("title", "evidence_refs", "tags", "meta", "description")


@given(st.data(), digest_objects, digest_objects)
def test_what_people_own_survives_any_regeneration(
    draw: st.DataObject, one: dict[str, Any], two: dict[str, Any]
) -> None:
    held = {made.item.id: draw.draw(touched(made.item)) for made in _plan(one, []).outcomes}
    for made in _plan(two, list(held.values())).outcomes:
        before = held.get(made.item.id)
        if before is None:
            assert made.action == "created"
            continue
        assert made.item._replace(**{name: getattr(before, name) for name in GENERATED}) == before
        assert _own_tags(before) == _own_tags(made.item)
        assert _own_meta(before) == _own_meta(made.item)
        assert _around(before.description) == _around(made.item.description)


def _own_tags(item: Item) -> set[str]:
    return {tag for tag in item.tags if tag != "auto" and not tag.startswith(("rule:", "week:"))}


def _own_meta(item: Item) -> dict[str, Any]:
    return {key: held for key, held in item.meta.items() if key not in ("digest", "rule", "signals")}


def _around(description: str) -> str:
    """The text beside the generated part; all of it where a person left the markers inside a code fence."""
    emptied = replace_generated(description, "")
    return description if emptied is None else emptied


@given(st.data(), digest_objects, CHANGES)
def test_the_order_of_keys_in_the_digest_is_of_no_consequence(
    draw: st.DataObject, data: dict[str, Any], changes: str
) -> None:
    first, other = _plan(data, [], changes), _plan(_shuffled(data, draw), [], changes)
    assert first.report == other.report
    written = [[markdown.write(one.item) for one in made.outcomes] for made in (first, other)]
    assert written[0] == written[1]


@given(digest_objects, CHANGES)
def test_every_service_has_one_item_a_category_in_the_order_of_urgency(data: dict[str, Any], changes: str) -> None:
    made = [one.item for one in _plan(data, [], changes).outcomes]
    assert len({(item.service, item.category) for item in made}) == len(made)
    assert len({item.id for item in made}) == len(made)
    assert made == sorted(made, key=lambda item: (item.priority, item.service))
    assert {item.created_at for item in made} <= {NOW}
