"""``validate --since`` on real git: no commit, no merge and no branch of one's own goes around the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import NotFoundError, UnavailableError
from tests.cli.session import GATEWAY, POLICY, item_text
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"


@pytest.fixture
def work(repo: Repo) -> Repo:
    """A repository with one open item."""
    put(repo)
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def put(repo: Repo, path: str = PATH, **fields: Any) -> None:
    repo.write(path, item_text(GATEWAY, **fields))


def step(repo: Repo, message: str = "work", path: str = PATH, **fields: Any) -> str:
    """A commit by hand that leaves the item with these values."""
    put(repo, path, **fields)
    return repo.commit(message)


def told(repo: Repo, since: str = "base") -> list[Finding]:
    return validate(Workspace.open(repo.root, environment={}), since)


def codes(repo: Repo, since: str = "base") -> list[str]:
    return sorted({one.code for one in told(repo, since)})


def branch(repo: Repo, name: str, at: str = "base") -> None:
    repo.git("checkout", "--quiet", "-b", name, at)


def merge(repo: Repo, *others: str, **fields: Any) -> str:
    """A merge whose result has these values, whatever its sides say."""
    head = repo.git("rev-parse", "HEAD").strip()
    put(repo, **fields)
    repo.git("add", "--all")
    tree = repo.git("write-tree").strip()
    parents = [word for one in (head, *others) for word in ("-p", one)]
    made = repo.git("commit-tree", tree, *parents, "-m", "merge").strip()
    repo.git("reset", "--quiet", "--hard", made)
    return made


def closed(repo: Repo) -> None:
    step(repo, status="in_progress")
    step(repo, status="done")


# --- merges


def test_a_merge_that_makes_what_no_side_made_is_judged(work: Repo) -> None:
    branch(work, "side")
    step(work, owner="bob")
    work.git("checkout", "--quiet", "main")
    step(work, priority="P0")
    made = merge(work, "side", status="done", created_at="2020-01-01T00:00:00Z")
    found = told(work)
    assert {one.code for one in errors(found)} == {"BL301", "BL302"}
    assert all(made[:10] in one.message and one.path == PATH and one.line for one in found)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["dedupe_key", "source", "created_at"])
def test_a_merge_that_touches_only_what_never_changes_is_told(work: Repo, name: str) -> None:
    branch(work, "side")
    work.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    work.git("checkout", "--quiet", "main")
    value = {"dedupe_key": "other", "source": "digest", "created_at": "2020-01-01T00:00:00Z"}[name]
    merge(work, "side", **{name: value}, service="x")
    assert codes(work) == ["BL302", "BL308"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fields", [{"status": "blocked"}, {"owner": "mallory"}, {"priority": "P3"}])
def test_a_merge_may_not_make_even_a_legal_change_that_no_side_made(work: Repo, fields: dict[str, str]) -> None:
    branch(work, "side")
    step(work, service="x")
    work.git("checkout", "--quiet", "main")
    step(work, category="security")
    made = merge(work, "side", service="x", category="security", **fields)
    (found,) = told(work)
    assert (found.code, found.field, found.is_error, found.line > 1) == ("BL308", *fields, True, True)
    assert made[:10] in found.message


def test_a_merge_decides_freely_where_both_sides_changed_a_field(work: Repo) -> None:
    branch(work, "side")
    step(work, owner="bob")
    work.git("checkout", "--quiet", "main")
    step(work, owner="carol")
    merge(work, "side", owner="dora")
    assert told(work) == []


def test_a_merge_takes_over_what_the_other_side_did_step_by_step(work: Repo) -> None:
    branch(work, "side")
    step(work, owner="bob")
    branch(work, "long")
    work.git("checkout", "--quiet", "main")
    closed(work)
    work.git("checkout", "--quiet", "side")
    merge(work, "main", status="done", owner="bob")
    assert told(work) == []
    assert told(work, "main") == []


def test_a_merge_that_takes_back_what_the_other_side_closed_is_told(work: Repo) -> None:
    closed(work)
    branch(work, "side")
    step(work, owner="bob")
    merge(work, "main", owner="bob")
    assert codes(work, "main") == ["BL301"]


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("ours", "theirs", "result", "wanted"),
    [
        ("in_progress", "canceled", "canceled", []),
        ("blocked", "done", "done", []),
        ("blocked", "in_progress", "blocked", []),
        ("blocked", "done", "blocked", ["BL301"]),
        ("canceled", "done", "done", ["BL301"]),
        ("canceled", "done", "canceled", ["BL301"]),
        ("blocked", "in_progress", "done", ["BL301"]),
    ],
)
def test_where_both_sides_moved_the_item_what_is_final_stays_final(
    work: Repo, ours: str, theirs: str, result: str, wanted: list[str]
) -> None:
    branch(work, "side")
    if theirs == "done":
        step(work, status="in_progress")
    step(work, status=theirs)
    work.git("checkout", "--quiet", "main")
    step(work, status=ours)
    merge(work, "side", status=result)
    assert codes(work) == wanted


def test_an_octopus_may_join_sides_but_add_nothing(work: Repo) -> None:
    for name, fields in (("a", {"owner": "bob"}), ("b", {"priority": "P0"}), ("c", {"status": "in_progress"})):
        branch(work, name)
        step(work, **fields)
    work.git("checkout", "--quiet", "a")
    merge(work, "b", "c", owner="bob", priority="P0", status="in_progress")
    assert told(work) == []
    work.git("checkout", "--quiet", "-B", "evil", "a")
    merge(work, "b", "c", owner="bob", priority="P0", status="done")
    assert codes(work) == ["BL301"]


def test_branches_that_cross_are_judged_by_what_each_side_knew(work: Repo) -> None:
    branch(work, "side")
    step(work, status="in_progress")
    tip = work.head()
    work.git("checkout", "--quiet", "main")
    step(work, owner="bob")
    other = work.head()
    merge(work, tip, owner="bob", status="in_progress")
    undone = step(work, owner="bob", status="done")
    work.git("checkout", "--quiet", "side")
    merge(work, other, owner="bob", status="in_progress")
    step(work, owner="bob", status="in_progress", priority="P0")
    merge(work, "main", owner="bob", status="done", priority="P0")
    assert told(work) == []
    step(work, "reopened", owner="bob", status="in_progress", priority="P0")
    assert codes(work) == ["BL301"]
    assert codes(work, undone) == ["BL301"]


def test_a_merge_that_closes_a_twin_by_mistaking_it_for_a_renamed_item_is_told(work: Repo) -> None:
    """M6."""
    twin = "bl_52c7050367b7"
    branch(work, "side")
    (work.root / PATH).unlink()
    work.write(f"items/{twin}.md", item_text(twin, dedupe_key="twin"))
    work.commit("another")
    work.git("checkout", "--quiet", "main")
    closed(work)
    work.git("merge", "--quiet", "--no-commit", "side", check=False)
    work.git("rm", "--quiet", "--force", "--ignore-unmatch", PATH)
    work.write(f"items/{twin}.md", item_text(twin, dedupe_key="twin", status="done"))
    work.commit("merge")
    assert "BL301" in {one.code for one in told(work) if one.item == twin}


# --- versions that cannot be read, and items that go and come


BROKEN = "---\nid: [\n"


def test_an_unreadable_version_does_not_hide_the_step_behind_it(work: Repo) -> None:
    work.write(PATH, BROKEN)
    broken = work.commit("break it")
    step(work, "mend it", status="done", dedupe_key="other")
    found = told(work)
    assert sorted(one.code for one in found) == ["BL301", "BL302", "BL307"]
    (unreadable,) = (one for one in found if one.code == "BL307")
    assert broken[:10] in unreadable.message
    assert "deleted" not in "".join(one.message for one in found)


def test_what_was_unreadable_at_the_base_is_judged_against_what_it_was_before(work: Repo) -> None:
    work.write(PATH, BROKEN)
    work.commit("break it")
    work.git("tag", "broken")
    step(work, "mend it", status="done")
    assert codes(work, "broken") == ["BL301"]


@pytest.mark.parametrize("since", ["base", "gone"])
def test_an_item_made_anew_is_judged_against_the_one_that_was_deleted(work: Repo, since: str) -> None:
    (work.root / PATH).unlink()
    work.commit("delete it")
    work.git("tag", "gone")
    step(work, "again", status="done", source="digest", service="x")
    assert {"BL301", "BL302"} <= set(codes(work, since))


def test_a_deletion_that_is_taken_back_is_no_new_item(work: Repo) -> None:
    (work.root / PATH).unlink()
    gone = work.commit("delete it")
    work.git("tag", "gone")
    work.git("revert", "--no-edit", gone)
    assert told(work, "gone") == []


def test_a_second_file_of_one_id_does_not_take_its_place_unseen(work: Repo) -> None:
    step(work, "a copy", "items/q/" + PATH.partition("/")[2], status="done")
    (work.root / PATH).unlink()
    work.commit("only the copy stays")
    assert {"BL301", "BL307"} <= set(codes(work))


def test_a_detour_outside_of_items_or_by_a_link_changes_no_rule(work: Repo) -> None:
    work.git("mv", PATH, "aside.md")
    work.commit("aside")
    (work.root / "items").mkdir(exist_ok=True)
    (work.root / PATH).symlink_to("../aside.md")
    work.commit("a link")
    (work.root / PATH).unlink()
    step(work, "back", status="done")
    assert {"BL301", "BL307"} <= set(codes(work))


def test_an_item_that_moves_is_judged_and_shown_where_it_stands(work: Repo) -> None:
    nested = f"items/q/{GATEWAY}.md"
    (work.root / "items/q").mkdir()
    work.git("mv", PATH, nested)
    work.commit("move")
    assert told(work) == []
    step(work, "jump", nested, status="done")
    (found,) = told(work)
    assert (found.code, found.path, found.line) == ("BL301", nested, 5)
    work.git("rm", "--quiet", nested)
    work.commit("delete")
    assert {one.path for one in told(work)} == {nested}


def test_another_case_of_the_name_is_no_way_around(work: Repo) -> None:
    upper = f"items/{GATEWAY.upper()}.md"
    work.git("mv", PATH, upper)
    work.commit("shout")
    work.git("mv", upper, PATH)
    step(work, "back", status="done")
    assert "BL301" in codes(work)


def test_a_root_of_its_own_is_judged_against_the_item_it_is_merged_with(work: Repo) -> None:
    work.git("checkout", "--quiet", "--orphan", "other")
    step(work, "another root", status="done")
    work.git("checkout", "--quiet", "main")
    merge(work, "other", status="done")
    assert "BL301" in codes(work)


# --- whose rules


LOOSE = (
    "version: 1\n"
    "workflow: {allowed_transitions: {open: [done], in_progress: [], blocked: [], done: [], canceled: []}}\n"
)


@pytest.mark.parametrize("before", ["", "version: 1\n"])
def test_a_branch_does_not_bring_its_own_rules(work: Repo, before: str) -> None:
    """ROBUSTNESS.md 2.5; a base without a policy has the packaged one."""
    if before:
        work.write(POLICY, before)
        work.commit("policy")
    work.git("tag", "--force", "base")
    work.write(POLICY, LOOSE)
    work.commit("looser")
    step(work, status="done")
    found = told(work)
    assert sorted(one.code for one in found) == ["BL301", "BL306"]
    assert "by the policy of" in next(one.message for one in found if one.code == "BL301")
    assert codes(work, "HEAD~1") == [], "once the policy has come in, it holds"


def test_rules_that_are_loosened_and_put_back_judge_nothing(work: Repo) -> None:
    work.write(POLICY, LOOSE)
    work.commit("looser")
    step(work, status="done")
    (work.root / POLICY).unlink()
    work.commit("as if nothing had been")
    assert codes(work) == ["BL301"]


def test_a_status_that_only_the_branch_knows_is_told(work: Repo) -> None:
    names = "{open: o, shelved: s, in_progress: i, blocked: b, done: d, canceled: c}"
    table = "{open: [shelved], shelved: [], in_progress: [], blocked: [], done: [], canceled: []}"
    enums = "{status: [open, shelved, in_progress, blocked, done, canceled]}"
    work.write(
        POLICY,
        f"version: 1\nenums: {enums}\nbacklog_md: {{status_names: {names}}}\n"
        f"workflow: {{allowed_transitions: {table}}}\n",
    )
    work.commit("a status of our own")
    step(work, status="shelved")
    assert codes(work) == ["BL202", "BL306"]


def test_templates_count_as_rules_and_a_policy_of_the_base_that_cannot_be_used_is_an_error(work: Repo) -> None:
    work.write("templates/extra.md.j2", "x\n")
    work.commit("template")
    assert [(one.code, one.path) for one in told(work)] == [("BL306", "templates/extra.md.j2")]
    work.write(POLICY, "version: [\n")
    work.commit("broken")
    work.git("tag", "--force", "base")
    (work.root / POLICY).unlink()
    work.commit("mended")
    assert errors(told(work))


def test_uncommitted_edits_are_judged_by_the_policy_of_the_work_tree(work: Repo) -> None:
    work.write(POLICY, LOOSE)
    put(work, status="done")
    assert codes(work, "") == []


# --- claims


def _block(old: str, new: str, subject: str = "", actor: str = "eve") -> str:
    head = f"{subject}\n\n" if subject else ""
    who = f"\nBacklog-Actor: {actor}" if actor else ""
    meta = f'{{"old_status": "{old}", "new_status": "{new}"}}'
    return f"{head}Backlog-Item: {GATEWAY}\nBacklog-Event: status_change\nBacklog-Meta: {meta}{who}"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("subjects", "actor", "squash"),
    [(("one", "two"), "eve", True), (("", ""), "eve", False), (("one", "two"), "", False)],
)
def test_only_whole_messages_that_were_folded_are_a_squash(
    work: Repo, subjects: tuple[str, str], actor: str, squash: bool
) -> None:
    blocks = [
        _block("open", "in_progress", subjects[0], actor),
        _block("in_progress", "done", subjects[1], actor),
    ]
    step(work, "\n\n".join(["squashed", *blocks]), status="done")
    assert codes(work) == ([] if squash else ["BL301", "BL305"])


def test_what_is_taken_back_must_have_happened_on_this_branch(work: Repo) -> None:
    """Else a commit that nobody sees could make any step the inverse of one."""
    branch(work, "unseen")
    step(work, status="done")
    hidden = step(work, "reopened")
    work.git("checkout", "--quiet", "main")
    step(work, f"Undo\n\nThis reverts commit {hidden}.", status="done")
    assert codes(work) == ["BL301"]


# --- the ends of what is judged


def test_nothing_to_judge_is_well_and_an_unknown_base_is_an_error(work: Repo) -> None:
    assert told(work, "HEAD") == []
    with pytest.raises(NotFoundError):
        told(work, "nowhere")


def test_where_the_clone_does_not_hold_what_should_be_judged_it_says_so(work: Repo, tmp_path: Path) -> None:
    """R12."""
    step(work, owner="bob")
    step(work, owner="ann")
    work.git("clone", "--quiet", "--depth=2", f"file://{work.root}", str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow")
    assert told(shallow, "HEAD~1") == []
    with pytest.raises(NotFoundError):
        told(shallow, "base")
    shallow.git("config", "user.name", "Ann")
    shallow.git("config", "user.email", "ann@example.org")
    shallow.write("items/bl_52c7050367b7.md", item_text("bl_52c7050367b7"))
    shallow.commit("new: had it been deleted?")
    with pytest.raises(UnavailableError, match="shallow"):
        told(shallow, "HEAD~1")


def test_a_store_without_commits_does_not_pretend_to_judge_them() -> None:
    with pytest.raises(UnavailableError):
        validate(Workspace.in_memory(), "main")


def test_two_closings_are_settled_by_taking_one_back_before_the_merge(work: Repo) -> None:
    branch(work, "side")
    canceled = step(work, status="canceled")
    work.git("revert", "--no-edit", canceled)
    work.git("checkout", "--quiet", "main")
    closed(work)
    merge(work, "side", status="done")
    assert told(work) == []
