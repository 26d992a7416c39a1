"""A grouped BACKLOG.md into items and back, and what people change in the view (R-246…R-290, L-45)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.grouped_file import PLAN, grouped_file, task
from tests.cli.session import LATER, POLICY, Session, copied, one_commit, slim, untouched
from tests.interchange.test_grouped_source import _normalised

SOURCE = [f"TASK-20260204-{number}" for number in range(258, 263)]


def imported(session: Session, text: str) -> Session:
    """A session whose backlog is this file, imported and rendered by one commit each."""
    session.repo.write("BACKLOG.md", text)
    session.repo.commit("the file as it was", "BACKLOG.md")
    session("import", str(session.repo.root / "BACKLOG.md"))
    session("render", "BACKLOG.md", "--commit")
    return session


@pytest.fixture(scope="module")
def of_source(initial: Path, tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    text = (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")
    return slim(imported(copied(initial, tmp_path_factory.mktemp("source")), text).repo)


@pytest.fixture
def source(of_source: Path, tmp_path: Path) -> Session:
    return copied(of_source, tmp_path)


@pytest.fixture(scope="module")
def of_two_groups(initial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    groups = {
        ("infra", "high"): [task(1), task(2), task(3)],
        ("docs", "low"): [task(4, kind="docs", priority="low")],
    }
    return slim(imported(copied(initial, tmp_path_factory.mktemp("groups")), grouped_file(groups)).repo)


@pytest.fixture
def two_groups(of_two_groups: Path, tmp_path: Path) -> Session:
    return copied(of_two_groups, tmp_path)


def reimport(session: Session, old: str, new: str) -> None:
    """Edits the view by hand and imports it."""
    text = session.repo.read("BACKLOG.md")
    assert old in text
    session.repo.write("BACKLOG.md", text.replace(old, new, 1))
    session("import", str(session.repo.root / "BACKLOG.md"), now=LATER)


def items(session: Session) -> dict[str, dict[str, object]]:
    """Every item, without the two moments that history tells."""
    listed = session("list", "--all", "--json").data
    return {one["id"]: {key: held for key, held in one.items() if key != "updated_at"} for one in listed}


def differences(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]]) -> dict[str, list[str]]:
    """id -> the names of what differs; new ids have all of theirs."""
    found = {}
    for item_id in sorted(before.keys() | after.keys()):
        old, new = before.get(item_id, {}), after.get(item_id, {})
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        if names:
            found[item_id] = names
    return found


def test_the_source_becomes_five_items_in_twenty_one_groups_by_one_commit(backlog: Session, shared: Path) -> None:
    path = shared / "sources" / "003_d07b3c767084b0a5.txt"
    with one_commit(backlog.repo, POLICY, *(f"items/{one}.md" for one in SOURCE)):
        told = backlog("import", str(path), "--json").data
    assert (told["tasks"], told["groups"], told["created"], told["updated"]) == (5, 21, SOURCE, [])
    assert backlog("validate").out == ""
    assert [event["type"] for event in backlog.events()] == ["created"] * 5


def test_the_rendered_file_is_the_source_after_the_allowed_normalisations(source: Session, shared: Path) -> None:
    text = (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")
    assert source.repo.read("BACKLOG.md") == _normalised(text)


def test_a_second_round_trip_is_byte_for_byte_and_makes_no_commit(source: Session) -> None:
    with untouched(source.repo):
        again = source("import", str(source.repo.root / "BACKLOG.md"), "--json").data
        assert (again["action"], again["commit"], again["settings"]) == ("unchanged", None, [])
        assert source("render", "BACKLOG.md", "--commit").out == "all views are fresh\n"


def test_a_second_repository_that_imports_the_view_renders_the_same_bytes(
    source: Session, initial: Path, tmp_path: Path
) -> None:
    other = imported(copied(initial, tmp_path / "other"), source.repo.read("BACKLOG.md"))
    assert other.repo.read("BACKLOG.md") == source.repo.read("BACKLOG.md")


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("Task 1\n", "Task one\n", ["title"]),
        ("**Status:** todo  \n", "**Status:** in_progress  \n", ["status"]),
        (f"2. {PLAN[1]}", "2. Change carefully", ["description"]),
        ("- [ ] It works", "- [x] It works", ["description"]),
        ("**Estimated Effort:** 2 days", "**Estimated Effort:** 3 days", ["description"]),
        ("[component:server] Task 1", "[component:client] Task 1", ["component"]),
        ("[type:ops][priority:high][component:server] Task 1", "[type:ops][priority:low][component:server] Task 1",
         ["priority"]),
    ],
)  # fmt: skip
def test_an_edit_in_the_view_changes_exactly_that_field(
    two_groups: Session, old: str, new: str, changed: list[str]
) -> None:
    before = items(two_groups)
    with one_commit(two_groups.repo, "items/TASK-20260204-001.md"):
        reimport(two_groups, old, new)
    assert differences(before, items(two_groups)) == {"TASK-20260204-001": changed}
    two_groups("render", "BACKLOG.md", "--check", status=0)


def test_another_order_in_the_view_changes_ranks_only(two_groups: Session) -> None:
    before = items(two_groups)
    first, second = task(1), task(2)
    reimport(two_groups, f"{first}\n\n---\n\n{second}", f"{second}\n\n---\n\n{first}")
    assert differences(before, items(two_groups)) == {"TASK-20260204-001": ["rank"], "TASK-20260204-002": ["rank"]}
    two_groups("render", "BACKLOG.md", "--check")


def test_a_new_task_in_the_view_is_a_new_item_and_nothing_else(two_groups: Session) -> None:
    before = items(two_groups)
    with one_commit(two_groups.repo, "items/TASK-20260204-009.md"):
        reimport(two_groups, task(3), f"{task(3)}\n\n---\n\n{task(9, 'Brand new')}")
    after = items(two_groups)
    assert differences(before, after).keys() == {"TASK-20260204-009"}
    new = after["TASK-20260204-009"]
    assert (new["title"], new["group"], new["rank"], new["status"]) == ("Brand new", "infra-high", 4, "open")
    two_groups("render", "BACKLOG.md", "--check")


def test_a_task_moved_to_another_group_changes_its_group_and_the_rank(two_groups: Session) -> None:
    before = items(two_groups)
    text = two_groups.repo.read("BACKLOG.md").replace(f"{task(3)}\n\n---\n\n", "")
    docs = task(4, kind="docs", priority="low")
    assert docs in text
    two_groups.repo.write("BACKLOG.md", text.replace(docs, f"{docs}\n\n---\n\n{task(3)}"))
    two_groups("import", str(two_groups.repo.root / "BACKLOG.md"))
    changed = differences(before, items(two_groups))
    assert {one: set(names) for one, names in changed.items()} == {"TASK-20260204-003": {"rank", "group"}}
    assert two_groups.item("TASK-20260204-003")["group"] == "docs-low"
    two_groups("render", "BACKLOG.md", "--check")


def test_a_task_taken_out_of_the_view_stays_an_item(two_groups: Session) -> None:
    """A view may be edited carelessly; items go by being closed or deleted, never by an import."""
    reimport(two_groups, f"{task(2)}\n\n---\n\n", "")
    assert "TASK-20260204-002" in items(two_groups)


def test_an_illegal_step_in_the_view_is_refused_and_nothing_is_imported(two_groups: Session) -> None:
    text = two_groups.repo.read("BACKLOG.md").replace("**Status:** todo", "**Status:** done", 1).replace("Task 2", "T2")
    two_groups.repo.write("BACKLOG.md", text)
    with untouched(two_groups.repo):
        answer = two_groups("import", str(two_groups.repo.root / "BACKLOG.md"), status=1)
    assert "allowed from open: in_progress, blocked, canceled" in answer.err
    assert "BACKLOG.md:8:1: warning" in answer.err


def test_every_fault_of_a_broken_file_is_told_at_once_with_its_line(backlog: Session) -> None:
    text = grouped_file({("infra", "high"): [task(1), task(1), task(2).replace("## task_end", "")]})
    path = backlog.repo.write("BACKLOG.md", text)
    with untouched(backlog.repo):
        answer = backlog("import", str(path), status=6)
    for told in ("BL501", "BL505"):
        assert told in answer.err
    assert all(f"{path}:" in line for line in answer.err.splitlines() if "[BL5" in line)


def test_a_file_of_bytes_that_are_no_text_is_refused(backlog: Session) -> None:
    (backlog.repo.root / "BACKLOG.md").write_bytes(b"# Project Backlog\n\xff\xfe\n")
    with untouched(backlog.repo):
        assert "BL101" in backlog("import", str(backlog.repo.root / "BACKLOG.md"), status=6).err


def test_an_import_taken_back_leaves_no_item_and_the_old_policy(two_groups: Session) -> None:
    assert "groups" in two_groups.repo.read(POLICY)
    two_groups("undo")
    assert items(two_groups) == {}
    assert two_groups.repo.read(POLICY) == two_groups.repo.git("show", f"HEAD~2:{POLICY}")
