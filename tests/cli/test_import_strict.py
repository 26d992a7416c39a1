"""``import --strict`` and ``--assign-groups`` as a person has them, in a real repository (C-30, L-09)."""

from __future__ import annotations

from tests.cli.grouped_file import grouped_file, task
from tests.cli.session import POLICY, Session, one_commit, untouched

ODD = grouped_file({("infra", "high"): [task(1, priority="low"), task(2, plan=("one", "two"))]})


def test_strict_refuses_what_a_plain_import_only_warns_of_and_writes_nothing(backlog: Session) -> None:
    path = str(backlog.repo.write("BACKLOG.md", ODD))
    with untouched(backlog.repo):
        refused = backlog("import", path, "--strict", status=1)
        tried = backlog("import", path, "--strict", "--dry-run", status=1)
    assert f"error: {path} is not imported: 2 warnings with --strict\n" in refused.err
    assert refused.out == ""
    assert tried.err == refused.err
    warned = backlog("import", path)
    assert "2 created" in warned.out
    told = [
        f"{path}:7:39: {{}}: priority low in a group of priority high [BL513]",
        f"{path}:31:1: {{}}: TASK-20260204-002 is incomplete: Plan has 2 of 3 steps [BL524]",
    ]
    for one in told:
        assert one.format("error") in refused.err.splitlines()
        assert one.format("warning") in warned.err.splitlines()


def test_strict_lets_a_file_pass_that_has_nothing_odd(backlog: Session) -> None:
    path = str(backlog.repo.write("BACKLOG.md", grouped_file({("infra", "high"): [task(1)]})))
    assert "1 created" in backlog("import", path, "--strict").out


def test_a_refusal_names_the_findings_to_programs_too(backlog: Session) -> None:
    path = str(backlog.repo.write("BACKLOG.md", ODD))
    answer = backlog("import", path, "--strict", "--json", status=1)
    assert [(one["code"], one["severity"]) for one in answer.json["findings"]] == [
        ("BL513", "error"),
        ("BL524", "error"),
    ]


def test_an_unedited_view_passes_strict_although_its_tasks_lack_much(cli: Session) -> None:
    """Generated items never have a plan (C-53)."""
    cli("render", "BACKLOG.md")
    with untouched(cli.repo):
        answer = cli("import", str(cli.repo.root / "BACKLOG.md"), "--strict")
    assert "0 created, 0 updated" in answer.out


def test_a_promotion_that_the_file_contradicts_is_refused_with_the_line(backlog: Session) -> None:
    """L-37, and L-02 once there is a todo file."""
    text = grouped_file({("infra", "high"): [task(1), task(2)]})
    path = str(backlog.repo.write("BACKLOG.md", text))
    backlog("import", path)
    backlog("render")
    listed = backlog.repo.read("BACKLOG.md")
    note = "<!-- Task TASK-20260204-001 moved to TODO.md on 2026-02-17 -->"
    backlog.repo.write("BACKLOG.md", listed.replace("## task_begin", f"{note}\n\n## task_begin", 1))
    with untouched(backlog.repo):
        answer = backlog("import", path, status=6)
    assert "TASK-20260204-001 moved to TODO.md, says the comment, but it is listed at line" in answer.err


def test_tasks_outside_groups_are_put_into_them_on_demand(backlog: Session) -> None:
    preamble = "<!--\nOurs\n-->"
    path = str(backlog.repo.write("BACKLOG.md", f"# Project Backlog\n\n{preamble}\n\n{task(1)}\n"))
    with untouched(backlog.repo):
        assert "import --assign-groups does so" in backlog("import", path, status=6).err
        tried = backlog("import", path, "--assign-groups", "--dry-run").out
    assert "would be put into groups: TASK-20260204-001\n" in tried
    with one_commit(backlog.repo, POLICY, "items/TASK-20260204-001.md"):
        answer = backlog("import", path, "--assign-groups")
    assert "put into groups: TASK-20260204-001\n" in answer.out
    assert backlog.item("TASK-20260204-001")["group"] == "infra-high"
    assert "groups" not in backlog.repo.read(POLICY)
