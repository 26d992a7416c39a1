"""THE JSON shape: the keys of the sources in their order, and everything as plain JSON values."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from backlogtool.codec import plain
from backlogtool.domain.event import Event, diff
from backlogtool.domain.fields import FIELDS
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Comment, Item
from tests import strategies as some
from tests.domain.samples import ITEM, item

#: R-167: the order of the reference store's record.
RECORD = [
    *("id", "created_at", "updated_at", "env", "service", "category", "title", "description", "priority", "status"),
    *("owner", "due_date", "source", "dedupe_key", "evidence_refs", "tags", "meta"),
]
REMARK = Comment("2026-02-17T09:00:00Z", "bob", "Yes.")


def test_an_item_has_the_keys_of_the_sources_first_and_in_their_order() -> None:
    assert plain.item(ITEM, updated_at="2026-02-18T00:00:00Z") == {
        "id": "bl_0123456789ab",
        "created_at": "2026-02-16T06:20:00Z",
        "updated_at": "2026-02-18T00:00:00Z",
        "env": "prod",
        "service": "gateway",
        "category": "security",
        "title": "Rotate the signing key",
        "description": "The certificate ends in spring.",
        "priority": "P1",
        "status": "open",
        "owner": "alice",
        "due_date": "2026-03-01",
        "source": "manual",
        "dedupe_key": "manual:2026-W08:prod:gateway:security",
        "evidence_refs": {},
        "tags": ["auth", "keys"],
        "meta": {},
        "closed_at": None,
        "comments": [],
        "extra": {},
    }
    assert list(plain.item(ITEM)) == [*RECORD, "closed_at", "comments", "extra"]


def test_the_other_fields_follow_in_the_order_of_the_file_if_they_hold_something() -> None:
    full = item(list="todo", type="ops", rank=0, group="infra-high", promoted_at="2026-02-20", component="")
    shown = plain.item(full, closed_at="2026-02-19T00:00:00Z")
    assert list(shown) == [*RECORD, "closed_at", "list", "type", "rank", "group", "promoted_at", "comments", "extra"]
    assert (shown["rank"], shown["closed_at"]) == (0, "2026-02-19T00:00:00Z")


def test_what_history_does_not_tell_is_null() -> None:
    """D-1."""
    shown = plain.item(ITEM)
    assert (shown["updated_at"], shown["closed_at"]) == (None, None)


def test_comments_evidence_and_unknown_keys_are_plain_values() -> None:
    shown = plain.item(item(comments=(REMARK,), evidence_refs={"alerts": ("a", "b")}, extra={"x_team": {"n": [1]}}))
    assert shown["comments"] == [{"at": REMARK.at, "actor": "bob", "text": "Yes."}]
    assert shown["evidence_refs"] == {"alerts": ["a", "b"]}
    assert shown["extra"] == {"x_team": {"n": [1]}}


@given(some.items())
def test_any_item_is_json_that_holds_all_of_it(one: Item) -> None:
    shown: dict[str, Any] = json.loads(json.dumps(plain.item(one)))
    assert shown == plain.item(one)
    assert list(shown)[: len(RECORD)] == RECORD
    held = {field.name: shown.get(field.name, None if field.name == "rank" else "") for field in FIELDS}
    held |= {
        "tags": tuple(held["tags"]),
        "dependencies": tuple(held["dependencies"] or ()),
        "evidence_refs": {kind: tuple(refs) for kind, refs in held["evidence_refs"].items()},
    }
    comments = tuple(Comment(**remark) for remark in shown["comments"])
    assert Item(**held, description=shown["description"], extra=shown["extra"], comments=comments) == one


def test_an_event_has_the_keys_of_the_sources_in_their_order() -> None:
    """R-168."""
    (moved,) = diff(ITEM, item(status="blocked"))
    told = moved._replace(id="ev_0123456789ab", ts="2026-02-18T00:00:00Z", message="late", actor="alice")
    assert list(plain.event(told)) == ["id", "item_id", "ts", "type", "message", "actor", "meta"]
    assert plain.event(told) == {
        "id": "ev_0123456789ab",
        "item_id": ITEM.id,
        "ts": "2026-02-18T00:00:00Z",
        "type": "status_change",
        "message": "late",
        "actor": "alice",
        "meta": {"old_status": "open", "new_status": "blocked"},
    }
    nested = Event("", "", "", "", "", "", {"changes": {"tags": [("a",), ("b",)]}})
    assert plain.event(nested)["meta"] == {"changes": {"tags": [["a"], ["b"]]}}


def test_a_finding_leaves_out_what_it_does_not_say() -> None:
    found = Finding("BL202", "env 'moon' is unknown", "items/a.md", 4, 1, "bl_1", "env", ("prod", "dev"), "write prod")
    assert plain.finding(found) == {
        "code": "BL202",
        "severity": "error",
        "message": "env 'moon' is unknown",
        "path": "items/a.md",
        "line": 4,
        "column": 1,
        "item": "bl_1",
        "field": "env",
        "allowed": ["prod", "dev"],
        "fix": "write prod",
    }
    assert list(plain.finding(Finding("BL303", "gone"))) == ["code", "severity", "message"]


def test_an_envelope_names_its_version_and_only_what_there_is() -> None:
    """D-20."""
    assert plain.envelope([]) == {"schema_version": 1, "data": []}
    assert plain.envelope({"a": 1}, findings=[], warnings=["w"]) == {
        "schema_version": 1,
        "data": {"a": 1},
        "warnings": ["w"],
    }
