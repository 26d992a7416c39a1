"""A slip in a pull request is mended by one more commit; what its hints say is accepted, and no detour hides behind it.

docs/decisions/0033.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backlogtool.app import reporting
from backlogtool.app.validation import checked, validate, validate_between
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.interchange.reports_review import rdjson
from tests.cli.session import BILLING, GATEWAY, POLICY, Session, item_text
from tests.repositories import Repo

NEW = "bl_00000000beef"
GUARDED = """version: 1
workflow:
  guards:
    - {name: ready, to: [done], fields: [service]}
    - {name: left, leaving: [in_progress], to: [done], fields: [category]}
"""
RULED = """version: 1
rbac:
  commits: author
  people:
    ann: {role: oncall, emails: [ann@example.org]}
  rules:
    - {field: status, leaving: [in_progress], to: [done], roles: [cto]}
"""


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.write(POLICY, "version: 1\n")
    for item_id in (GATEWAY, BILLING):
        repo.write(f"items/{item_id}.md", item_text(item_id))
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def put(repo: Repo, item_id: str = GATEWAY, **fields: object) -> str:
    repo.write(f"items/{item_id}.md", item_text(item_id, **{"service": "gateway", **fields}))
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--allow-empty", "--message", "work")
    return repo.head()


def told(repo: Repo) -> list[Finding]:
    """What a server says of the range, which is what a clone says of it, too."""
    found = validate_between(Workspace.open(repo.root, environment={}), "base", "HEAD")
    assert validate(Workspace.open(repo.root, environment={}), "base") == found
    return found


def codes(repo: Repo) -> list[str]:
    return [one.code for one in told(repo)]


def suggested(repo: Repo) -> str | None:
    """The file as it is once everything is accepted that a report suggests; None if it suggests nothing."""
    look = checked(Workspace.open(repo.root, environment={}), "base")
    texts = reporting.texts(look.space, look.findings)
    for one in rdjson(look.findings, texts)["diagnostics"]:
        for suggestion in one.get("suggestions", []):
            start, end = suggestion["range"]["start"], suggestion["range"]["end"]
            lines = texts[one["location"]["path"]].split("\n")
            line = lines[start["line"] - 1]
            lines[start["line"] - 1] = line[: start["column"] - 1] + suggestion["text"] + line[end["column"] - 1 :]
            return "\n".join(lines)
    return None


# --- what one more commit mends


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"created_at": "2026-02-30"}, {"created_at": "2026-02-16T06:20:00Z"}),
        ({"source": "me"}, {"source": "manual"}),
        ({"status": "opne"}, {"status": "open"}),
        ({"status": "opne", "source": "me", "created_at": "soon"}, {}),
    ],
)
def test_a_slip_in_a_new_item_is_mended_by_one_more_commit(
    work: Repo, wrong: dict[str, str], right: dict[str, str]
) -> None:
    put(work, NEW, **wrong)
    assert set(codes(work)) <= {"BL202", "BL203"} != set()
    put(work, NEW, owner="bob", **wrong)
    put(work, NEW, **right)
    assert codes(work) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("status", "then"), [("open", "open"), ("open", "in_progress"), ("in_progress", "done")])
def test_a_status_that_is_none_is_passed_over(work: Repo, status: str, then: str) -> None:
    put(work, status=status)
    put(work, status="misspelt")
    put(work, status="another")
    put(work, status=then)
    assert codes(work) == []


@pytest.mark.exhaustive
def test_what_a_report_suggests_is_accepted_once_it_is_committed(work: Repo) -> None:
    put(work, NEW, status="opne")
    mended = suggested(work)
    assert mended is not None
    work.write(f"items/{NEW}.md", mended)
    work.commit("accepted")
    assert codes(work) == []


@pytest.mark.exhaustive
def test_an_impossible_value_that_the_base_has_can_be_mended(work: Repo) -> None:
    put(work, source="me", status="opne")
    work.git("tag", "--force", "base")
    put(work, source="digest", status="open")
    assert codes(work) == []
    put(work, source="manual")
    assert codes(work) == ["BL302"], "that was its first possible value"


@pytest.mark.exhaustive
def test_a_slip_is_mended_on_either_side_of_a_merge_and_in_it(work: Repo) -> None:
    put(work, status="opne")
    work.git("checkout", "--quiet", "-b", "side")
    put(work, status="open")
    work.git("checkout", "--quiet", "main")
    put(work, BILLING, title="Other")
    work.git("merge", "--quiet", "--no-edit", "side")
    assert codes(work) == []
    put(work, status="in_progress")
    assert codes(work) == []


# --- what none mends, and what is said then


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "statuses", [("opne", "done"), ("in_progress", "done", "doen", "open"), ("opne", "nope", "done")]
)
def test_no_detour_hides_behind_a_slip(work: Repo, statuses: tuple[str, ...]) -> None:
    for status in statuses:
        put(work, status=status)
    (found,) = told(work)
    assert found.code == "BL301"
    assert "which is final: it cannot" not in found.message or "is done" in found.message


@pytest.mark.sampled(3)
@pytest.mark.parametrize("values", [("2020-01-01T00:00:00Z",), ("soon", "2020-01-01T00:00:00Z"), ("soon",)])
def test_taking_a_fixed_value_away_stays_wrong_even_when_it_is_put_back(work: Repo, values: tuple[str, ...]) -> None:
    for value in values:
        put(work, created_at=value)
    put(work, created_at="2026-02-16T06:20:00Z")
    found = told(work)
    assert [one.code for one in found] == ["BL302"] * len(values), "and putting it back is not"
    assert {one.fix for one in found} == {"take that commit out of the branch, as git rebase -i does"}
    assert suggested(work) is None


def test_no_hint_advises_what_is_refused(work: Repo) -> None:
    """Neither a value that cannot be, nor a command from a status that is none."""
    put(work, status="opne", source="me")
    put(work, status="done", source="digest")
    for one in told(work):
        assert re.search("put '(me|opne)' back|opne, which is final|from opne", one.message + one.fix) is None


def test_a_step_is_taken_out_and_then_all_is_well(work: Repo) -> None:
    """What the hint of BL302 says."""
    put(work, created_at="2020-01-01T00:00:00Z")
    put(work, created_at="2020-01-01T00:00:00Z", owner="bob")
    (found,) = told(work)
    assert found.fix.startswith("take that commit out")
    work.git("reset", "--quiet", "--hard", "base")
    put(work, owner="bob")
    assert codes(work) == []


def test_a_first_status_other_than_the_initial_one_is_told_as_of_a_new_item(work: Repo) -> None:
    put(work, NEW, status="opne")
    put(work, NEW, status="done")
    (found,) = told(work)
    assert (found.code, found.is_error) == ("BL304", False)
    assert f"{NEW} begins as done, not open: 'opne' is no status" in found.message


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("rules", "code", "amount"), [(GUARDED, "BL312", 2), (RULED, "BL322", 1)])
def test_guards_and_rules_go_by_the_last_status_too(repo: Repo, rules: str, code: str, amount: int) -> None:
    repo.write(POLICY, rules)
    put(repo, status="in_progress", service='""')
    repo.git("tag", "base")
    put(repo, status="slip", service='""')
    put(repo, status="done", service='""')
    found = told(repo)
    assert [one.code for one in found] == [code] * amount
    if code == "BL312":
        assert all(one.fix.startswith("take that commit out of the branch") for one in found)


def test_a_command_goes_on_from_a_status_that_is_none(work: Repo) -> None:
    put(work, status="opne")
    done = Session(work)("set-status", GATEWAY, "in_progress")
    assert "begins as in_progress, not open: 'opne' is no status" in done.err
    assert codes(work) == []


# --- what it costs


@pytest.mark.exhaustive
def test_many_findings_start_git_no_more_often_than_few(
    work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    for several in (4, 60):
        work.git("reset", "--quiet", "--hard", "base")
        ids = [f"bl_{number:012x}" for number in range(several)]
        for status in ("open", "done"):
            for one in ids:
                work.write(f"items/{one}.md", item_text(one, status=status))
            work.commit(status)
        trace = tmp_path / f"trace-{several}"
        monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
        found = validate_between(Workspace.open(work.root, environment={}), "base", "HEAD")
        monkeypatch.delenv("GIT_TRACE2_EVENT")
        assert [(one.code, one.line) for one in found] == [("BL301", 5)] * several
        started.append(trace.read_text().count('"event":"start"'))
    assert started[1] <= started[0]


# --- keys that two have


@pytest.mark.exhaustive
def test_a_key_that_two_have_is_mended_as_the_finding_says(work: Repo) -> None:
    cli = Session(work)
    work.write(f"items/{NEW}.md", item_text(NEW, dedupe_key=f"key:{GATEWAY}"))
    (uncommitted,) = [one for one in validate(Workspace.open(work.root, environment={})) if one.item == NEW]
    assert uncommitted.fix == f"change {GATEWAY} instead, or give this item a key of its own"
    made = work.commit("twice")
    (found,) = told(work)
    assert f"backlogtool undo COMMIT, which git log -- '*{NEW}.md' names; then change {GATEWAY} instead" in found.fix
    assert work.git("log", "--format=%H", "--", f"*{NEW}.md").split() == [made]
    cli("undo", made)
    cli("create", "Other work", "--dedupe-key", "other")
    assert codes(work) == []
