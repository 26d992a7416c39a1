"""``validate --since`` tells what a merge holds and no side has, and leaves a person who ends a conflict in peace."""

from __future__ import annotations

from typing import Any

import pytest

from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from tests.cli.session import GATEWAY, item_text
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"
BODY = "The gateway drops connections.\n\nNobody knows why."
COMMENT = "## Comments\n\n### 2026-02-17T09:12:00Z ann\n\n{}"


@pytest.fixture
def work(repo: Repo) -> Repo:
    put(repo)
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def put(repo: Repo, body: str = BODY, **fields: Any) -> None:
    repo.write(PATH, item_text(GATEWAY, body, **fields))


def met(repo: Repo, ours: dict[str, Any], theirs: dict[str, Any], after: dict[str, Any]) -> list[Finding]:
    """What is told of a merge of two sides with these values that leaves the item with those."""
    repo.git("checkout", "--quiet", "-b", "side", "base")
    put(repo, **theirs)
    repo.git("commit", "--quiet", "--allow-empty", "--all", "--message", "theirs")
    repo.git("checkout", "--quiet", "main")
    put(repo, **ours)
    repo.git("commit", "--quiet", "--allow-empty", "--all", "--message", "ours")
    put(repo, **after)
    repo.git("add", "--all")
    tree = repo.git("write-tree").strip()
    made = repo.git("commit-tree", tree, "-p", "main", "-p", "side", "-m", "merge").strip()
    repo.git("reset", "--quiet", "--hard", made)
    return validate(Workspace.open(repo.root, environment={}), "base")


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("tags", {"tags": "[evil]"}),
        ("dependencies", {"dependencies": "[bl_52c7050367b7]"}),
        ("evidence_refs", {"evidence_refs": "{alerts: [al_1]}"}),
        ("title", {"title": "Quite another"}),
        ("due_date", {"due_date": "2026-03-03"}),
        ("meta", {"meta": "{sla: gold}"}),
        ("cost", {"cost": "3"}),
        ("description", {"body": f"{BODY}\n\nNobody wrote this."}),
        ("description", {"body": f"{BODY}\n\n## Acceptance Criteria\n\n- [x] all of it"}),
        ("comments", {"body": f"{BODY}\n\n{COMMENT.format('Fine with me.')}"}),
    ],
)
def test_what_no_side_has_is_told_where_no_more_than_one_side_changed_it(
    field: str, after: dict[str, Any], work: Repo
) -> None:
    found = met(work, {"owner": "bob"}, {"priority": "P0"}, {"owner": "bob", "priority": "P0", **after})
    told = [one for one in found if one.code == "BL308"]
    assert [(one.field, one.is_error, one.path) for one in told] == [(field, True, PATH)]
    assert told[0].line > 0
    assert work.head()[:10] in told[0].message


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("field", "ours", "theirs", "after"),
    [
        ("tags", "[api]", "[tls]", "[api, evil, tls]"),
        ("tags", "[api]", "[tls]", "[evil]"),
        ("dependencies", "[bl_52c7050367b7]", "[]", "[bl_365111bead76, bl_52c7050367b7]"),
        ("evidence_refs", "{alerts: [a]}", "{alerts: [b]}", "{alerts: [a, b, c]}"),
    ],
)
def test_an_entry_of_a_set_is_nobodys_wherever_the_sides_differ(
    field: str, ours: str, theirs: str, after: str, work: Repo
) -> None:
    """Sets unite by themselves, so that nobody has to make an entry up to end a conflict."""
    found = met(work, {field: ours}, {field: theirs}, {field: after})
    assert [(one.code, one.field, one.is_error) for one in found if one.field == field and one.code == "BL308"] == [
        ("BL308", field, True)
    ]


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("ours", "theirs", "after"),
    [
        ({"body": "Ours."}, {"body": "Theirs."}, {"body": "What came of both, in new words."}),
        ({"body": "Ours."}, {"body": "Theirs."}, {"body": "Ours.\n\nTheirs."}),
        ({"body": f"Ours.\n\n{BODY}"}, {"body": f"{BODY}\n\nTheirs."}, {"body": f"Ours.\n\n{BODY}\n\nAnd new."}),
        ({"title": "Ours"}, {"title": "Theirs"}, {"title": "Something between"}),
        ({"cost": "1"}, {"cost": "2"}, {"cost": "3"}),
        ({"meta": "{sla: gold}"}, {"meta": "{sla: iron}"}, {"meta": "{sla: silver}"}),
        ({"tags": "[api]"}, {"tags": "[tls]"}, {"tags": "[api, tls]"}),
        ({"tags": "[api]"}, {"tags": "[tls]"}, {"tags": "[tls]"}),
        ({"tags": "[api]"}, {"tags": "[tls]"}, {}),
        (
            {"body": f"{BODY}\n\n{COMMENT.format('Ours.')}"},
            {"body": f"{BODY}\n\n{COMMENT.format('Theirs.')}"},
            {"body": f"{BODY}\n\n{COMMENT.format('What came of both.')}"},
        ),
    ],
)
def test_what_a_person_makes_of_a_conflict_passes(
    ours: dict[str, Any], theirs: dict[str, Any], after: dict[str, Any], work: Repo
) -> None:
    assert [one for one in met(work, ours, theirs, after) if one.code != "BL115"] == []


def test_prose_that_neither_side_touched_is_no_conflict_beside_one(work: Repo) -> None:
    found = met(work, {"title": "A"}, {"title": "B"}, {"title": "C", "body": "New words."})
    assert [(one.code, one.field) for one in found] == [("BL308", "description")]


def test_a_merge_of_three_asks_for_text_too(work: Repo) -> None:
    for name, fields in (("one", {"owner": "bob"}), ("two", {"priority": "P0"})):
        work.git("checkout", "--quiet", "-b", name, "base")
        put(work, **fields)
        work.commit(name)
    work.git("checkout", "--quiet", "main")
    put(work, body="Only ours.")
    work.commit("ours")
    put(work, body="Nobody's.", owner="bob", priority="P0")
    work.git("add", "--all")
    tree = work.git("write-tree").strip()
    made = work.git("commit-tree", tree, "-p", "main", "-p", "one", "-p", "two", "-m", "merge").strip()
    work.git("reset", "--quiet", "--hard", made)
    found = validate(Workspace.open(work.root, environment={}), "base")
    assert [(one.code, one.field) for one in found] == [("BL308", "description")]
