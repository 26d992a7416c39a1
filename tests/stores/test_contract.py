"""The one suite that every store passes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from backlogtool.domain.brief import brief_of
from backlogtool.domain.event import replay
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Comment, Item
from backlogtool.domain.query import Query, Term
from backlogtool.errors import ConflictError, NotFoundError
from backlogtool.stores.base import Commit, Store, Stored, Write
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.memory import MemoryStore
from tests.repositories import make

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda path: MemoryStore(),
    "git": lambda path: GitStore(discover(str(make(path / "repo").root))),
    "git without an index": lambda path: GitStore(discover(str(make(path / "repo").root)), indexed=False),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made: Store = STORES[request.param](tmp_path)
    return made


def item(number: int = 1, **values: object) -> Item:
    made = Item(
        id=f"bl_{number:012x}",
        title=f"Item {number}",
        created_at="2026-02-16T06:20:00Z",
        status="open",
        env="prod",
        priority="P2",
        owner="oncall",
        source="manual",
        dedupe_key=f"key:{number}",
    )
    return made._replace(**values)  # type: ignore[arg-type]


def at(day: int, actor: str = "alice", note: str = "") -> Commit:
    return Commit(actor, f"2026-03-{day:02d}T09:00:00Z", f"backlog: day {day}", note)


def add(store: Store, *items: Item, day: int = 1) -> None:
    store.commit([Write(None, one) for one in items], at(day))


def change(store: Store, item_id: str, day: int = 2, **values: object) -> None:
    held = store.get(item_id)
    store.commit([Write(held, held.item._replace(**values))], at(day))  # type: ignore[arg-type]


def test_what_was_committed_is_what_is_got(store: Store) -> None:
    one = item(tags=("a", "b"), description="Text\n\n## Plan\n\n1. first", meta={"n": 1, "list": ["x"]})
    add(store, one)
    assert store.get(one.id).item == one
    assert store.committed(one.id) == one
    assert store.ids() == [one.id]


def test_an_unknown_id_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.get("bl_00000000dead")
    assert store.committed("bl_00000000dead") is None
    assert store.events("bl_00000000dead") == []


def test_a_new_item_never_replaces_one_that_is_there(store: Store) -> None:
    add(store, item())
    with pytest.raises(ConflictError):
        add(store, item(title="Another"))
    assert store.get(item().id).item.title == "Item 1"


def test_a_change_from_an_old_version_is_a_conflict_and_changes_nothing(store: Store) -> None:
    add(store, item())
    held = store.get(item().id)
    change(store, held.item.id, priority="P0")
    with pytest.raises(ConflictError):
        store.commit([Write(held, held.item._replace(owner="bob"))], at(3))
    assert store.get(held.item.id).item == item(priority="P0")
    assert len(store.events(held.item.id)) == 2


def test_several_changes_are_one_commit_or_none(store: Store) -> None:
    add(store, item(1), item(2))
    old = store.get(item(1).id)
    change(store, old.item.id, priority="P0")
    fresh = store.get(item(2).id)
    writes = [Write(fresh, fresh.item._replace(owner="bob")), Write(old, old.item._replace(owner="bob"))]
    with pytest.raises(ConflictError):
        store.commit(writes, at(3))
    assert store.get(item(2).id).item.owner == "oncall"
    done = store.commit([writes[0], Write(None, item(3))], at(4))
    assert {event.item_id for event in done.events} == {item(2).id, item(3).id}
    assert store.ids() == [item(1).id, item(2).id, item(3).id]


def test_a_deleted_item_is_gone_and_its_story_stays(store: Store) -> None:
    add(store, item())
    store.commit([Write(store.get(item().id), None)], at(2))
    assert store.ids() == []
    with pytest.raises(NotFoundError):
        store.get(item().id)
    assert [event.type for event in store.events(item().id)] == ["created", "deleted"]


def test_an_edit_keeps_every_byte_that_it_does_not_change(store: Store) -> None:
    add(store, item(extra={"x_note": "kept"}))
    held = store.get(item().id)
    text = held.text.replace("title: Item 1", 'title: "Item 1"  # why quoted').replace("\n", "\r\n")
    store.commit([Write(held, held.item, text)], at(2))
    change(store, item().id, 3, priority="P0")
    assert store.get(item().id).text == text.replace("priority: P2", "priority: P0")


def test_events_tell_what_changed_who_when_and_what_was_said(store: Store) -> None:
    add(store, item())
    held = store.get(item().id)
    remark = Comment("2026-03-02T09:00:00Z", "bob", "looks fine")
    after = held.item._replace(status="in_progress", owner="bob", comments=(remark,))
    store.commit([Write(held, after)], at(2, "bob", "started today"))
    created, moved, updated, commented = store.events(item().id)
    assert (created.type, created.ts, created.actor) == ("created", "2026-03-01T09:00:00Z", "alice")
    assert (moved.type, moved.meta) == ("status_change", {"old_status": "open", "new_status": "in_progress"})
    assert (moved.message, moved.actor, moved.ts) == ("started today", "bob", "2026-03-02T09:00:00Z")
    assert (updated.type, updated.meta) == ("auto_update", {"changes": {"owner": ["oncall", "bob"]}})
    assert (commented.type, commented.message) == ("comment", "looks fine")
    assert len({event.id for event in store.events()}) == 4
    assert all(event.id.startswith("ev_") and len(event.id) == 15 for event in store.events())


def test_events_come_oldest_first_and_the_limit_keeps_the_last(store: Store) -> None:
    add(store, item(1), item(2))
    change(store, item(1).id, 2, priority="P1")
    change(store, item(2).id, 3, priority="P0")
    change(store, item(1).id, 4, priority="P0")
    assert [event.ts[8:10] for event in store.events(item(1).id)] == ["01", "02", "04"]
    assert [event.ts[8:10] for event in store.events(limit=2)] == ["03", "04"]
    assert store.events(limit=0) == []
    assert [event.ts[8:10] for event in store.events(since="2026-03-03")] == ["03", "04"]


def test_find_and_count_take_a_query(store: Store) -> None:
    add(store, item(1), item(2, status="blocked"), item(3, priority="P0"))
    query = Query((Term("status", ("open",)),))
    assert {one.id for one in store.find(query).items} == {item(1).id, item(3).id}
    assert store.find(query).unreadable == ()
    assert store.count(Query(), "status") == {"blocked": 1, "open": 2}
    assert store.count(query, "priority") == {"P0": 1, "P2": 1}


def test_briefs_come_as_they_are_listed_and_a_page_knows_the_total(store: Store) -> None:
    """By the given order of priorities, any other last; then by due date, undated last; then by id."""
    due = {1: "2026-05-01", 2: "", 3: "2026-04-01", 4: "2026-04-01"}
    add(store, *(item(number, due_date=day) for number, day in due.items()))
    add(store, item(5, priority="P0"), item(6, priority="urgent"))
    told = store.briefs(Query(), order=("P0", "P1", "P2"))
    assert [one.id for one in told.briefs] == [item(number).id for number in (5, 3, 4, 1, 2, 6)]
    assert told.briefs[0] == brief_of(item(5, priority="P0"), told.briefs[0].path)
    page = store.briefs(Query((Term("priority", ("P2",)),)), order=("P0", "P1", "P2"), limit=2, offset=1)
    assert ([one.id for one in page.briefs], page.total) == ([item(4).id, item(1).id], 4)
    assert store.briefs(Query(), order=(), limit=0).briefs == ()


def test_ids_are_found_by_how_they_start(store: Store) -> None:
    add(store, item(1), item(0x10), item()._replace(id="pln_a_b", dedupe_key="p"))
    assert store.ids_starting("bl_00000000001") == store.ids_starting("00000000001") == [item(0x10).id]
    assert store.ids_starting("a_") == ["pln_a_b"]
    assert store.ids_starting("b") == [item(1).id, item(0x10).id]
    assert store.ids_starting("") == store.ids()


def test_a_dedupe_key_leads_to_who_has_it(store: Store) -> None:
    add(store, item(2, dedupe_key="same"), item(1, dedupe_key="same"), item(3))
    assert store.holders(["same", "key:3", "free"]) == {"same": item(1).id, "key:3": item(3).id}
    assert sorted(one.item.id for one in store.sharing()) == [item(1).id, item(2).id]


def test_a_judge_is_heard_about_every_item_as_it_is_now(store: Store) -> None:
    def judge(one: Stored) -> list[Finding]:
        return [Finding("BL201", one.item.title, path=one.path)] if one.item.priority == "P0" else []

    add(store, item(1), item(2, priority="P0"))
    assert [one.message for one in store.judged("rules", judge).findings] == ["Item 2"]
    change(store, item(1).id, priority="P0")
    change(store, item(2).id, 3, priority="P1")
    assert [one.message for one in store.judged("rules", judge).findings] == ["Item 1"]
    assert store.judged("others", lambda one: []).findings == ()


def test_further_files_are_part_of_the_commit(store: Store) -> None:
    store.commit([Write(None, item())], at(1), files={"REPORT.md": b"one\n"})
    assert store.file("REPORT.md") == b"one\n"
    store.commit([], at(2), files={"REPORT.md": None})
    assert store.file("REPORT.md") is None
    assert store.events(item().id)[-1].type == "created"


def test_stamps_ignore_comments_and_know_the_closing(store: Store) -> None:
    add(store, item(1), item(2))
    change(store, item(1).id, 2, status="in_progress")
    change(store, item(1).id, 3, status="done")
    change(store, item(1).id, 4, comments=(Comment("2026-03-04T09:00:00Z", "bob", "late remark"),))
    stamps = store.stamps([store.get(item(n).id).item for n in (1, 2)], ("done", "canceled"))
    assert stamps[item(1).id].updated_at == stamps[item(1).id].closed_at == "2026-03-03T09:00:00Z"
    assert stamps[item(2).id].updated_at == "2026-03-01T09:00:00Z"
    assert stamps[item(2).id].closed_at is None


def test_writing_may_be_nested(store: Store) -> None:
    with store.writing(), store.writing():
        add(store, item())
    assert store.ids() == [item().id]


@pytest.mark.sampled(8)
@pytest.mark.parametrize("seed", range(5))
def test_replaying_the_events_gives_the_items(store: Store, seed: int) -> None:
    """The law of every store: state is a fold over events."""
    choose = random.Random(seed)
    add(store, *(item(number) for number in range(3)))
    for day in range(2, 14):
        held = store.get(item(choose.randrange(3)).id)
        remark = Comment(f"2026-03-{day:02d}T10:00:00Z", "bob", f"day {day}")
        after = held.item._replace(
            **choose.choice(
                [
                    {"status": choose.choice(["open", "in_progress", "blocked"])},
                    {"owner": f"owner{day}", "tags": tuple(sorted({*held.item.tags, f"t{day % 4}"}))},
                    {"comments": (*held.item.comments, remark), "priority": choose.choice(["P0", "P1"])},
                    {"meta": {"day": day}, "extra": {"x_day": day}},
                    {"description": f"text of day {day}"},
                ]
            ),
        )
        if after != held.item:
            store.commit([Write(held, after)], at(day))
    for number in range(3):
        held = store.get(item(number).id)
        assert replay(store.events(held.item.id)) == held.item
