"""The workflow's table, whoever takes the step: a command, a hand edit, a commit, a view, an undo (R-033…R-039)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import POLICY, Session, copied, item_text, one_commit, slim, untouched
from tests.repositories import make

TABLE = {
    "open": ("in_progress", "blocked", "canceled"),
    "in_progress": ("blocked", "done", "canceled"),
    "blocked": ("open", "in_progress", "canceled"),
    "done": (),
    "canceled": (),
}
#: What leads on from one status to another that no single step reaches.
NEXT = {("open", "done"): "in_progress", ("in_progress", "open"): "blocked", ("blocked", "done"): "in_progress"}
IDS = {status: f"bl_{number:012d}" for number, status in enumerate(TABLE)}
PAIRS = [(old, new) for old in TABLE for new in TABLE]


@pytest.fixture(scope="module")
def of_each_status(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = make(tmp_path_factory.mktemp("statuses"))
    repo.write(POLICY, "version: 1\n")
    for status, item_id in IDS.items():
        repo.write(f"items/{item_id}.md", item_text(item_id, status=status))
    repo.commit("one of each")
    return slim(repo)


@pytest.fixture
def statuses(of_each_status: Path, tmp_path: Path) -> Session:
    return copied(of_each_status, tmp_path)


def refusal(session: Session, old: str, new: str, told: str) -> None:
    """Holds a refusal to naming the allowed targets and the command that works next."""
    item_id = IDS[old]
    assert "[BL301]" in told or told.startswith("error: ")
    if not TABLE[old]:
        assert f"{item_id} is {old}, which is final: it cannot become {new}" in told
        assert "backlogtool create" in told
        return
    assert f"{item_id} cannot go from {old} to {new}: allowed from {old}: {', '.join(TABLE[old])}" in told
    assert f"backlogtool set-status {item_id} {NEXT[old, new]}" in told
    assert ("next: " in told) != (f"put '{old}' back, then " in told)
    session("set-status", item_id, NEXT[old, new])
    session("set-status", item_id, new)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_command_takes_exactly_the_steps_of_the_table(statuses: Session, old: str, new: str) -> None:
    item_id = IDS[old]
    if old == new:
        with untouched(statuses.repo):
            assert statuses("set-status", item_id, new).out == f"{item_id} is {new} already\n"
    elif new in TABLE[old]:
        with one_commit(statuses.repo, f"items/{item_id}.md"):
            answer = statuses("set-status", item_id, new)
        assert answer.out.startswith(f"{item_id} {old} -> {new}  [")
        assert statuses.events(item_id)[-1]["meta"] == {"old_status": old, "new_status": new}
    else:
        with untouched(statuses.repo):
            answer = statuses("set-status", item_id, new, status=1)
        refusal(statuses, old, new, answer.err)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new in PAIRS if old != new])
def test_a_hand_edit_is_held_to_the_same_table_before_and_after_its_commit(
    statuses: Session, old: str, new: str
) -> None:
    repo, item_id = statuses.repo, IDS[old]
    base = repo.head()
    legal = new in TABLE[old]
    statuses.hand_edit(item_id, f"status: {old}", f"status: {new}")
    before = statuses("validate", status=0 if legal else 1).out
    repo.commit("by hand")
    assert statuses("validate").out == "", "what stands committed is judged by its commits only"
    after = statuses("validate", "--since", base, status=0 if legal else 1).out
    if legal:
        assert (before, after) == ("", "")
        return
    for told in (before, after):
        assert f"items/{item_id}.md:" in told
        assert "error: " in told
    assert repo.head()[:10] in after
    repo.git("reset", "--quiet", "--hard", base)
    refusal(statuses, old, new, before)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("old", TABLE)
def test_close_is_no_hidden_double_step(statuses: Session, old: str) -> None:
    """C-08."""
    for wanted in ("done", "canceled"):
        copy = IDS[old]
        head = statuses.repo.head()
        legal = wanted in TABLE[old] or wanted == old
        answer = statuses("close", copy, "--status", wanted, status=0 if legal else 1)
        if not legal:
            assert "which is final" in answer.err or f"set-status {copy} in_progress" in answer.err
        statuses.repo.git("reset", "--quiet", "--hard", head)


def test_two_legal_steps_in_one_hand_edited_commit_are_one_illegal_step(statuses: Session) -> None:
    base = statuses.repo.head()
    statuses.hand_edit(IDS["open"], "status: open", "status: done")
    statuses.repo.commit("in one go")
    assert "cannot go from open to done" in statuses("validate", "--since", base, status=1).out


def test_a_squashed_branch_of_commands_is_told_as_its_steps(statuses: Session) -> None:
    """C-58: the trailers of the folded commits stand in the message."""
    repo, item_id = statuses.repo, IDS["open"]
    base = repo.head()
    repo.git("checkout", "--quiet", "-b", "work")
    statuses("set-status", item_id, "in_progress")
    statuses("close", item_id)
    bodies = repo.git("log", "--reverse", "--format=%B", f"{base}..")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "work")
    repo.git("commit", "--quiet", "--file=-", stdin=b"squashed\n\n" + bodies.encode())
    steps = [(one["meta"]["old_status"], one["meta"]["new_status"]) for one in statuses.events(item_id)[1:]]
    assert steps == [("open", "in_progress"), ("in_progress", "done")]


def test_trailers_that_claim_another_step_are_told_and_the_changes_win(statuses: Session) -> None:
    repo, item_id = statuses.repo, IDS["open"]
    base = repo.head()
    statuses.hand_edit(item_id, "status: open", "status: blocked")
    repo.git("add", "items")
    meta = '{"new_status": "canceled", "old_status": "open"}'
    message = f"x\n\nBacklog-Item: {item_id}\nBacklog-Event: status_change\nBacklog-Meta: {meta}\nBacklog-Actor: eve\n"
    repo.git("commit", "--quiet", "--file=-", stdin=message.encode())
    assert statuses.events(item_id)[-1]["meta"] == {"old_status": "open", "new_status": "blocked"}
    told = statuses("validate", "--since", base)
    assert "claims open -> canceled" in told.out
    assert "[BL305]" in told.out
    statuses("validate", "--since", base, "--strict", status=1)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("created_at: 2026-02-16T06:20:00Z", "created_at: 2026-02-15T06:20:00Z", "BL302"),
        ("dedupe_key: key:", "dedupe_key: other:", "BL302"),
        ("source: manual", "source: digest", "BL302"),
        ("status: open", "status: cancelled", "BL202"),
        ("priority: P2", "priority: urgent", "BL202"),
        ('due_date: ""', "due_date: 2026-02-30", "BL203"),
        ('service: ""', "service: a b", "BL204"),
        ("title: Item 0000\n", 'title: ""\n', "BL201"),
    ],
)
def test_other_rules_hold_for_hand_edits_too(statuses: Session, old: str, new: str, code: str) -> None:
    base, item_id = statuses.repo.head(), IDS["open"]
    statuses.hand_edit(item_id, old, new)
    told = statuses("validate", status=1).out
    line = (
        statuses.text(item_id)
        .split("\n")
        .index(next(one for one in statuses.text(item_id).split("\n") if new.strip() in one))
    )
    assert f"items/{item_id}.md:{line + 1}:1: error: " in told
    assert f"[{code}]" in told
    statuses.repo.commit("by hand")
    assert f"[{code}]" in statuses("validate", "--since", base, status=1).out


def test_an_item_may_be_deleted_once_it_is_closed_and_only_then_without_a_word(statuses: Session) -> None:
    repo = statuses.repo
    (repo.root / f"items/{IDS['done']}.md").unlink()
    assert statuses("validate").out == ""
    (repo.root / f"items/{IDS['open']}.md").unlink()
    assert f"items/{IDS['open']}.md: warning: " in statuses("validate").out
    statuses("validate", "--strict", status=1)


def test_the_teams_own_table_replaces_the_built_in_one(statuses: Session) -> None:
    """R-194: a status that the table leaves out has no way out."""
    statuses.policy("workflow: {allowed_transitions: {open: [done]}}\n")
    statuses("close", IDS["open"])
    assert "which is final" in statuses("set-status", IDS["blocked"], "open", status=1).err
    assert statuses("validate").out.count("[BL404]") == 4
