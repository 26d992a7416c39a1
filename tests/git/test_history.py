"""The story of items on real git: hand edits, merges, squashes, moves and broken versions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from backlogtool.codec import markdown
from backlogtool.domain import workflow
from backlogtool.domain.event import Event, replay
from backlogtool.domain.item import Item
from backlogtool.stores.base import Write
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.marks import stamps_of
from tests.repositories import Repo, make
from tests.stores.test_contract import at, item

PATH = "items/bl_000000000001.md"


def legal(path: Sequence[str]) -> bool:
    return all(workflow.validate_transition(old, new) for old, new in pairwise(path))


def store(repo: Repo) -> GitStore:
    return GitStore(discover(str(repo.root)), legal=legal)


def by_hand(repo: Repo, message: str, path: str = PATH, **values: object) -> str:
    """Edits the file as a person does, and commits with plain git."""
    held = markdown.read(repo.read(path), item().id)
    assert held.item is not None
    repo.write(path, markdown.edit(held, held.item._replace(**values)))  # type: ignore[arg-type]
    return repo.commit(message, "items")


def started(repo: Repo) -> Repo:
    repo.write(PATH, markdown.write(item()))
    repo.commit("add the item")
    return repo


def facts(events: list[Event]) -> list[tuple[str, object]]:
    return [(event.type, event.meta) for event in events]


def test_commands_and_hand_edits_are_told_as_the_same_events(tmp_path: Path) -> None:
    by_tool, by_person = make(tmp_path / "tool"), make(tmp_path / "person")
    steps: list[dict[str, object]] = [
        {"status": "in_progress"}, {"owner": "bob", "tags": ("x",)}, {"status": "done"},
    ]  # fmt: skip
    tool = store(by_tool)
    tool.commit([Write(None, item())], at(1, "Ann Author"))
    for day, step in enumerate(steps, 2):
        held = tool.get(item().id)
        tool.commit([Write(held, held.item._replace(**step))], at(day, "Ann Author"))  # type: ignore[arg-type]
    started(by_person)
    for step in steps:
        by_hand(by_person, "work", **step)
    ours, theirs = store(by_tool).events(item().id), store(by_person).events(item().id)
    assert facts(ours) == facts(theirs)
    assert [event.actor for event in ours] == [event.actor for event in theirs]


def test_the_message_of_a_hand_commit_is_what_was_said(repo: Repo) -> None:
    started(repo)
    by_hand(repo, "Start the review\n\nCapacity numbers are in.", status="in_progress")
    assert store(repo).events(item().id)[-1].message == "Start the review\n\nCapacity numbers are in."


def test_a_merge_of_different_fields_tells_both_sides_once(repo: Repo) -> None:
    started(repo)
    repo.git("checkout", "--quiet", "-b", "side")
    by_hand(repo, "side", owner="bob")
    repo.git("checkout", "--quiet", "main")
    by_hand(repo, "main", status="in_progress")
    repo.git("merge", "--quiet", "--no-edit", "side")
    events = store(repo).events(item().id)
    assert sorted(event.type for event in events) == ["auto_update", "created", "status_change"]
    assert replay(events) == store(repo).get(item().id).item


@pytest.mark.sampled(3)
@pytest.mark.parametrize("resolution", ["ours", "theirs", "neither"])
def test_a_conflict_is_told_so_that_replaying_gives_the_result(repo: Repo, resolution: str) -> None:
    started(repo)
    repo.git("checkout", "--quiet", "-b", "side")
    by_hand(repo, "side", priority="P0")
    repo.git("checkout", "--quiet", "main")
    by_hand(repo, "main", priority="P1")
    repo.git("merge", "side", check=False)
    wanted = {"ours": "P1", "theirs": "P0", "neither": "P3"}[resolution]
    repo.write(PATH, markdown.write(item()._replace(priority=wanted)))
    repo.commit("merge")
    events = store(repo).events(item().id)
    found = replay(events)
    assert found is not None
    assert found.priority == wanted


def test_a_merge_that_throws_a_side_away_is_an_event(repo: Repo) -> None:
    started(repo)
    repo.git("checkout", "--quiet", "-b", "side")
    by_hand(repo, "side", status="blocked")
    repo.git("checkout", "--quiet", "main")
    by_hand(repo, "main", owner="bob")
    repo.git("merge", "--quiet", "--no-edit", "-s", "ours", "side")
    events = store(repo).events(item().id)
    assert events[-1].meta == {"old_status": "blocked", "new_status": "open"}
    assert replay(events) == store(repo).get(item().id).item


def test_a_squash_with_folded_trailers_is_told_as_the_legal_path(repo: Repo) -> None:
    started(repo)
    repo.git("checkout", "--quiet", "-b", "side")
    for day, status in ((2, "in_progress"), (3, "done")):
        held = store(repo).get(item().id)
        store(repo).commit([Write(held, held.item._replace(status=status))], at(day, "bob"))
    folded = repo.git("log", "--reverse", "--format=* %B", "main..side")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "side")
    repo.commit(f"Review the gateway (#12)\n\n{folded}")
    moves = [event.meta for event in store(repo).events(item().id) if event.type == "status_change"]
    assert [(move["old_status"], move["new_status"]) for move in moves] == [
        ("open", "in_progress"),
        ("in_progress", "done"),
    ]
    assert len({event.id for event in store(repo).events(item().id)}) == 3


def test_a_squash_without_trailers_or_along_illegal_ones_is_one_jump(repo: Repo) -> None:
    started(repo)
    claims = "\n\n".join(
        f"Backlog-Item: {item().id}\nBacklog-Event: status_change\n"
        f'Backlog-Meta: {{"old_status": "{old}", "new_status": "{new}"}}'
        for old, new in (("open", "canceled"), ("canceled", "done"))
    )
    by_hand(repo, f"jump\n\n{claims}", status="done")
    moves = [event.meta for event in store(repo).events(item().id) if event.type == "status_change"]
    assert moves == [{"old_status": "open", "new_status": "done"}]


def test_trailers_that_lie_change_no_event(repo: Repo) -> None:
    started(repo)
    meta = '{"old_status": "open", "new_status": "done"}'
    lie = f"Backlog-Item: {item().id}\nBacklog-Event: status_change\nBacklog-Meta: {meta}"
    by_hand(repo, f"harmless\n\n{lie}", owner="bob")
    assert facts(store(repo).events(item().id))[1:] == [("auto_update", {"changes": {"owner": ["oncall", "bob"]}})]


def test_an_item_that_moves_within_items_keeps_its_story(repo: Repo) -> None:
    started(repo)
    by_hand(repo, "one", priority="P1")
    (repo.root / "items/00").mkdir()
    repo.git("mv", PATH, "items/00/bl_000000000001.md")
    repo.commit("move")
    by_hand(repo, "two", "items/00/bl_000000000001.md", priority="P0")
    events = store(repo).events(item().id)
    assert [event.type for event in events] == ["created", "auto_update", "auto_update"]
    assert store(repo).events() == events
    assert store(repo).get(item().id).path == "items/00/bl_000000000001.md"


def test_a_version_that_cannot_be_read_is_passed_over(repo: Repo) -> None:
    started(repo)
    good = repo.read(PATH)
    repo.write(PATH, "no frontmatter any more\n")
    repo.commit("break it")
    repo.write(PATH, good.replace("priority: P2", "priority: P0"))
    repo.commit("mend it")
    assert facts(store(repo).events(item().id))[1:] == [("auto_update", {"changes": {"priority": ["P2", "P0"]}})]


def test_ids_and_order_do_not_depend_on_clocks_mailmap_or_replacements(repo: Repo) -> None:
    started(repo)
    early = {"GIT_AUTHOR_DATE": "1999-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "1999-01-01T00:00:00Z"}
    held = markdown.read(repo.read(PATH), item().id)
    assert held.item is not None
    repo.write(PATH, markdown.edit(held, held.item._replace(status="in_progress")))
    repo.git("commit", "--quiet", "--all", "--message", "in the past", extra=early)
    before = store(repo).events(item().id)
    repo.write(".mailmap", "Mallory <m@example.org> Ann Author <ann@example.org>\n")
    repo.git("replace", "--edit", "HEAD", extra={"GIT_EDITOR": "sed -i s/past/future/"}, check=False)
    assert [event.type for event in before] == ["created", "status_change"]
    assert store(repo).events(item().id) == before
    assert before[1].ts == "1999-01-01T00:00:00Z"


def test_an_empty_history_tells_nothing(repo: Repo) -> None:
    assert store(repo).events() == []
    assert store(repo).events(item().id) == []
    assert store(repo).ids() == []
    assert store(repo).committed(item().id) is None


def test_a_criss_cross_of_merges_still_replays(repo: Repo) -> None:
    started(repo)
    repo.git("branch", "side")
    by_hand(repo, "m1", owner="m1")
    repo.git("checkout", "--quiet", "side")
    by_hand(repo, "s1", status="in_progress")
    tip = repo.head()
    repo.git("merge", "--quiet", "--no-edit", "main")
    by_hand(repo, "s2", title="Other")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-edit", tip)
    by_hand(repo, "m2", priority="P0")
    repo.git("merge", "--quiet", "--no-edit", "side")
    events = store(repo).events(item().id)
    assert replay(events) == store(repo).get(item().id).item
    assert len(events) == 5


# --- stamps of many items


CLOSED = ("done", "canceled")
OTHERS = [item()._replace(id=f"bl_00000000000{n}", dedupe_key=f"other:{n}") for n in (2, 3)]


def test_a_conflict_that_a_merge_resolved_is_when_the_item_was_closed(repo: Repo) -> None:
    started(repo)
    for other in OTHERS:
        repo.write(f"items/{other.id}.md", markdown.write(other))
    repo.commit("others")
    repo.git("checkout", "--quiet", "-b", "side")
    by_hand(repo, "side", status="blocked")
    repo.git("checkout", "--quiet", "main")
    by_hand(repo, "main", status="in_progress")
    repo.git("merge", "side", check=False)
    repo.write(PATH, markdown.write(item()._replace(status="canceled")))
    repo.git("add", "items")
    day = {"GIT_AUTHOR_DATE": "2026-03-03T09:00:00Z", "GIT_COMMITTER_DATE": "2026-03-03T09:00:00Z"}
    repo.git("commit", "--quiet", "--message", "canceled", extra=day)
    held = store(repo)
    canceled = item()._replace(status="canceled")
    for items in ([canceled], [canceled, *OTHERS]):
        stamps = held.stamps(items, CLOSED)[item().id]
        assert (stamps.updated_at, stamps.closed_at) == ("2026-03-03T09:00:00Z", "2026-03-03T09:00:00Z")


def test_creation_closes_only_what_is_created_closed(repo: Repo) -> None:
    repo.write(PATH, markdown.write(item()._replace(status="done")))
    repo.commit("born done")
    (born,) = store(repo).events(item().id)
    assert store(repo).stamps([item()._replace(status="done")], CLOSED)[item().id].closed_at == born.ts
    repo.write(f"items/{OTHERS[0].id}.md", markdown.write(OTHERS[0]))
    repo.commit("open")
    edited = OTHERS[0]._replace(status="done")  # not committed yet
    assert store(repo).stamps([edited], CLOSED)[edited.id].closed_at is None


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(6))
def test_the_stamps_of_many_items_are_those_of_their_timelines(repo: Repo, seed: int) -> None:
    """Random branches and merges of all kinds, with versions that cannot be read."""
    random_history(repo, random.Random(seed))
    held = store(repo)
    items = [held.get(one).item for one in held.ids()]
    at_once = held.stamps(items, CLOSED)
    history = held.history()
    stories = dict(history.stories(history._walk.graphs({one.id for one in items})))
    for one in items:
        assert facts(stories[one.id]) == facts(held.events(one.id))
        assert at_once[one.id] == stamps_of(held.events(one.id), one, CLOSED)
        assert replay(held.events(one.id)) == one


def random_history(repo: Repo, choose: random.Random) -> None:
    """Written by ``git fast-import``: thirty commits on three branches that meet now and then."""
    ids = [item().id, *(one.id for one in OTHERS)]
    base = {one.id: one for one in (item(), *OTHERS)}
    trees: dict[str, dict[str, Item]] = {}
    lines: list[bytes] = []

    def commit(name: str, parents: Sequence[str], broken: str = "") -> None:
        stamp = f"A <a@b> {1_770_000_000 + 60 * len(lines)} +0000"
        head = [f"commit refs/heads/{name}", f"author {stamp}", f"committer {stamp}", "data 1", "x"]
        head += [f"merge refs/heads/{parent}" for parent in parents]
        lines.append("\n".join(head).encode() + b"\n")
        for one, held in trees[name].items():
            data = b"broken\n" if one == broken else markdown.write(held).encode()
            lines.append(f"M 100644 inline items/{one}.md\ndata {len(data)}\n".encode() + data + b"\n")

    trees["main"] = dict(base)
    commit("main", [])
    for name in ("a", "b"):
        trees[name] = dict(trees["main"])
        lines.append(f"reset refs/heads/{name}\nfrom refs/heads/main\n\n".encode())
    for _ in range(30):
        name = choose.choice(["main", "a", "b"])
        one = choose.choice(ids)
        others = [other for other in ("main", "a", "b") if other != name]
        if choose.random() < 0.3:
            parents = others[: choose.choice([1, 1, 2])]
            trees[name] = {one: choose.choice([trees[name], *(trees[two] for two in parents)])[one] for one in ids}
        else:
            parents = []
        if not parents or choose.random() < 0.3:
            changed = choose.choice(
                [{"status": choose.choice(["open", "blocked", "done"])}, {"owner": str(len(lines))}]
            )
            trees[name][one] = trees[name][one]._replace(**changed)  # type: ignore[arg-type]
        commit(name, parents, one if choose.random() < 0.1 else "")
    commit("main", ["a", "b"])
    repo.git("fast-import", "--quiet", "--force", stdin=b"".join(lines))
    repo.git("reset", "--quiet", "--hard", "main")
