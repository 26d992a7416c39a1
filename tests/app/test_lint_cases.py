"""Every lint case of the grouped backlog: its findings with line and column, what fmt makes of it, and --strict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest

from backlogtool.app.formatting_grouped import formatted
from backlogtool.app.importing import Imported, import_grouped
from backlogtool.app.promoting import choose
from backlogtool.app.result import Options
from backlogtool.app.settings import load
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown
from backlogtool.codec.grouped import Words, read
from backlogtool.domain.finding import Finding, by_place
from backlogtool.domain.item import Item
from backlogtool.errors import BacklogError, InvalidError, RefusedError
from backlogtool.interchange.grouped import to_items
from backlogtool.interchange.groups import assigned
from backlogtool.interchange.lint import lint
from backlogtool.stores.base import Commit, Write
from tests.app.lint_cases import CASES, LEFT, MARK, MOVED, SAME, Case, file, group, task
from tests.codec.timing import assert_linear
from tests.interchange.samples import NOW, backlog, imported, packaged

#: The cases that are about what comes of a file; each has a test below.
COME_OF = {"L-41", "L-42", "L-43", "L-45"}


def opened(case: Case) -> Workspace:
    """The backlog that the file is imported into."""
    space = Workspace.in_memory(settings=load({"now": NOW, "actor": "ann"}, {}))
    held = [Write(None, markdown.normal(cast(Item, one))) for one in case.items]
    files = {"TODO.md": case.todo.encode()} if case.todo else {}
    if held or files:
        space.store.commit(held, Commit("ann", NOW, "before"), files=files)
    return space


def told(case: Case, *, strict: bool = False) -> tuple[Imported | None, list[Finding], BacklogError | None]:
    """What importing the file comes to, what is said of it, and why it is refused."""
    space = opened(case)
    before = space.store.ids()
    try:
        done, result = import_grouped(space, bare(case).encode(), "BACKLOG.md", Options(), strict=strict)
    except (InvalidError, RefusedError) as error:
        assert space.store.ids() == before, "what is refused writes nothing"
        return None, list(error.findings), error
    return done, list(result.warnings), None


def bare(case: Case) -> str:
    return case.text.replace(MARK, "")


def places(text: str) -> list[tuple[int, int]]:
    """The line and column of every mark, without the marks before it."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        marks = [one.start() for one in re.finditer(MARK, line)]
        found += [(number, place - before + 1) for before, place in enumerate(marks)]
    return found


def test_every_case_is_in_the_table() -> None:
    assert {name[:4] for name in CASES} | COME_OF == {f"L-{number:02}" for number in range(1, 46)}


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_its_findings_each_at_its_place_and_no_other(name: str) -> None:
    case = CASES[name]
    done, findings, refused = told(case)
    said = [one.code + ("!" if one.is_error else "") for one in findings]
    assert said == case.codes.split(), [str(one) for one in findings]
    assert [(one.line, one.column) for one in findings] == places(case.text)
    assert {one.path for one in findings} <= {"BACKLOG.md"}
    assert findings == by_place(findings)
    assert (done is None) == ("!" in case.codes) == isinstance(refused, InvalidError)


@pytest.mark.parametrize("name", CASES)
def test_strict_refuses_what_is_only_a_warning_otherwise_and_nothing_else(name: str) -> None:
    """C-30, R-270."""
    case = CASES[name]
    done, findings, refused = told(case, strict=True)
    assert (done is None) == bool(case.codes)
    assert [one.code for one in findings] == case.codes.replace("!", "").split()
    if case.codes and "!" not in case.codes:
        assert isinstance(refused, RefusedError)
        assert all(one.is_error for one in findings)
        assert "--strict" in refused.message


@pytest.mark.parametrize("name", CASES)
def test_fmt_makes_of_a_case_what_it_may_and_formatting_that_again_changes_nothing(name: str) -> None:
    case = CASES[name]
    made, findings = formatted(bare(case), "BACKLOG.md", packaged(), NOW)
    assert (made is None) == bool(findings) == (case.fmt == LEFT)
    if made is not None:
        assert made == (bare(case) if case.fmt == SAME else case.fmt.replace(MARK, ""))
        assert formatted(made, "BACKLOG.md", packaged(), NOW) == (made, [])


def test_what_a_task_lacks_is_told_when_it_comes_or_changes_and_not_of_every_view_again() -> None:
    """L-24…L-29: generated items never have a plan (C-53), and ``promote`` tells it again."""
    space = opened(Case(""))
    text = file(group(task(fields="**Status:** todo  \n")))
    codes = [
        [one.code for one in import_grouped(space, one.encode(), "BACKLOG.md", Options())[1].warnings]
        for one in (text, text, text.replace("Logging", "Logs"))
    ]
    assert codes == [["BL524", "BL526", "BL529"], [], ["BL524", "BL526", "BL529"]]


def test_strict_refuses_what_the_rules_only_warn_of_too() -> None:
    text = file(group(task().replace("**Status:** todo", "**Status:** in_progress"))).encode()
    with pytest.raises(RefusedError) as refused:
        import_grouped(opened(Case("")), text, "BACKLOG.md", Options(), strict=True)
    assert [one.code for one in refused.value.findings] == ["BL304"]
    assert import_grouped(opened(Case("")), text, "BACKLOG.md", Options())[0].created == ("TASK-20260204-001",)


def test_strict_leaves_to_a_rule_what_the_rule_forbids_anyway() -> None:
    case = Case(file(group(task().replace("**Status:** todo", "**Status:** wip"))))
    assert isinstance(told(case, strict=True)[2], InvalidError)


@pytest.mark.parametrize("listed", ["", "# My own list\n\n- milk\n", "# Project TODO\n\n## task_end\n"])
def test_a_todo_file_of_somebodys_own_lists_nothing(listed: str) -> None:
    assert told(Case(file(group(task())), todo=listed))[1] == []


def test_a_todo_file_can_be_imported_itself() -> None:
    """Its tasks are not in both files because they are in it."""
    text = file(group(task()))
    assert told(Case(text, todo=text))[1] == []


# --- the cases that are about what comes of a file


def _chosen(*tasks: str) -> tuple[list[str], list[str]]:
    """The numbers of the tasks that are promoted, and of those that are told to be incomplete."""
    items, policy = imported(file(*tasks))
    promotion = choose(items, policy)
    return [one.id[-1] for one in promotion.chosen], [one.id[-1] for one, _ in promotion.incomplete]


def test_five_of_more_are_promoted_in_listed_order() -> None:
    """L-41."""
    assert _chosen(group(*(task(number) for number in (6, 5, 4, 3, 2, 1)))) == (["6", "5", "4", "3", "2"], [])


def test_an_incomplete_task_keeps_its_place_and_is_told() -> None:
    """L-42."""
    assert _chosen(group(task(1, fields=""), task(2), task(3), task(4))) == (["2", "3", "4"], ["1"])


def test_a_group_without_a_complete_task_is_skipped() -> None:
    """L-43."""
    urgent = group(task(1, fields=""), tags="[type:security][priority:critical]", heading="## Now\n")
    assert _chosen(group(task(2)), urgent) == (["2"], ["1"])


def test_the_source_comes_back_and_is_the_same_from_then_on(shared: Path) -> None:
    """L-45; what the source has to say: one task of another priority (L-13), three promotions nobody knows (L-36)."""
    text = (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")
    _, findings, _ = told(Case(text))
    assert [(one.code, one.item[-3:]) for one in findings] == [
        ("BL536", "001"), ("BL536", "002"), ("BL536", "003"), ("BL513", "262"),
    ]  # fmt: skip
    assert [text.split("\n")[one.line - 1][one.column - 1 :][: len(one.item)] for one in findings[:3]] == [
        one.item for one in findings[:3]
    ]
    once = backlog(*imported(text))
    assert formatted(text, "BACKLOG.md", packaged(), NOW)[0] == once
    assert backlog(*imported(once)) == once


# --- tasks outside groups


def _assigned(text: str, *options: str) -> tuple[Imported, list[tuple[str, str, int | None]]]:
    """What an import with assigned groups did, and the group and rank of every item."""
    space = opened(Case(""))
    done, _ = import_grouped(space, text.encode(), "BACKLOG.md", Options(), assign=True, strict="strict" in options)
    items = [space.store.get(one).item for one in space.store.ids()]
    return done, [(one.id[-3:], one.group, one.rank) for one in items]


def test_a_task_outside_a_group_is_put_at_the_end_of_the_one_it_fits() -> None:
    """L-09; further types of a group count."""
    done, items = _assigned(file(task(7), group(task(1))), "strict")
    assert items == [("001", "infra-high", 1), ("007", "infra-high", 2)]
    assert done.assigned == ("TASK-20260204-007",)


def test_a_group_that_the_file_lacks_comes_last_with_the_heading_of_the_policy() -> None:
    text = file(group(task(1)), task(7).replace("type:ops", "type:ci"), task(8).replace("type:ops", "type:ci"))
    done, items = _assigned(text)
    assert items == [("001", "infra-high", 1), ("007", "ci-high", 1), ("008", "ci-high", 2)]
    assert done.groups == 2
    assert "groups" in done.settings


def test_a_file_without_groups_has_those_of_the_policy() -> None:
    done, items = _assigned(file(task(7)))
    assert items == [("007", "infra-high", 1)]
    assert "groups" not in done.settings


@pytest.mark.parametrize("tag", ["[type:ops]", "[priority:high]"])
def test_a_task_that_does_not_say_where_it_belongs_is_assigned_nowhere(tag: str) -> None:
    with pytest.raises(InvalidError) as refused:
        _assigned(file(task(7).replace(tag, ""), group()))
    assert [(one.code, one.line, one.is_error) for one in refused.value.findings] == [
        ("BL509", 3, True), ("BL522", 4, False),
    ]  # fmt: skip


def test_a_file_whose_tasks_are_all_in_groups_is_imported_the_same() -> None:
    done, items = _assigned(file(group(task(1), task(2))))
    assert (done.assigned, done.groups) == ((), 1)
    assert items == [("001", "infra-high", 1), ("002", "infra-high", 2)]


LARGE = {
    "groups and tasks": lambda size: file(
        *(group(heading=f"## {n}\n") for n in range(size)),
        *(task(n).replace("type:ops", f"type:x{n}") for n in range(size)),
    ),
    "tasks in one group": lambda size: file(group(), *(task(n) for n in range(size))),
    "promotions": lambda size: file(
        group(*(task(n) for n in range(size)), note="\n".join(MOVED.replace("007", f"{n:03}") for n in range(size)))
    ),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("case", LARGE)
def test_a_hostile_file_is_assigned_and_looked_through_in_linear_time(case: str) -> None:
    def work(text: str) -> None:
        found, _ = read(text, "BACKLOG.md", Words.of(packaged()), outside=True)
        assert found is not None
        full = assigned(found, packaged())
        lint(full, to_items(full, packaged(), NOW), (), packaged())

    assert_linear(work, LARGE[case], 300)
