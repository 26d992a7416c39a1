"""``validate --format``: what other tools read, with the same exit code as ever."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest
from junitparser import JUnitXml

from backlogtool.app.reporting import append
from tests.cli.session import BILLING, GATEWAY, Session, untouched
from tests.interchange import forms

FORMATS = ("text", "json", "gcc", "github", "gitlab", "junit", "sarif", "rdjson")
SUMMARY = "GITHUB_STEP_SUMMARY"


@pytest.fixture
def wrong(cli: Session) -> Session:
    """One error and one warning, in two files."""
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P22")
    cli.hand_edit(BILLING, "owner: oncall", "owner: oncall\nfoo: x")
    return cli


@pytest.mark.sampled(4)
@pytest.mark.parametrize("layout", FORMATS)
def test_the_exit_code_is_that_of_the_findings_and_not_of_the_format(cli: Session, layout: str) -> None:
    assert cli("validate", "--format", layout).status == 0
    cli.hand_edit(BILLING, "owner: oncall", "owner: oncall\nfoo: x")
    assert cli("validate", "--format", layout).status == 0
    cli("validate", "--format", layout, "--strict", status=1)
    cli.hand_edit(GATEWAY, "priority: P1", "priority: P22")
    with untouched(cli.repo):
        cli("validate", "--format", layout, status=1)
    cli("validate", "--format", layout, "--since", "nowhere", status=3)


def test_json_is_the_same_by_either_name(wrong: Session) -> None:
    assert wrong("validate", "--json", status=1).out == wrong("validate", "--format", "json", status=1).out


def test_text_is_what_it_is_without_a_format(wrong: Session) -> None:
    assert wrong("validate", status=1) == wrong("validate", "--format", "text", status=1)


def test_documents_hold_every_finding_and_nothing_else_is_printed(wrong: Session) -> None:
    def told(layout: str) -> str:
        answer = wrong("validate", "--format", layout, status=1)
        assert answer.err == ""
        return answer.out

    codes = ["BL115", "BL202"]
    assert sorted(one["check_name"] for one in forms.gitlab(json.loads(told("gitlab")))) == codes
    assert sorted(one["ruleId"] for one in forms.sarif(json.loads(told("sarif")))) == codes
    assert sorted(one.attrib["name"][:5] for one in forms.junit(told("junit"))) == codes
    review = {one["code"]["value"]: one for one in forms.rdjson(json.loads(told("rdjson")))}
    assert sorted(review) == codes
    assert "suggestions" in review["BL202"]


def test_lines_of_compilers_go_to_stdout_and_the_count_to_stderr(wrong: Session) -> None:
    told = wrong("validate", "--format", "gcc", status=1)
    forms.gcc(told.out, ["BL115", "BL202"])
    assert told.err == "4 items: 1 error, 1 warning\n"


def test_strict_makes_an_error_of_every_warning_in_reports(wrong: Session) -> None:
    told = wrong("validate", "--strict", "--format", "github", status=1).out
    assert [kind for kind, _, _ in forms.github(told)] == ["error", "error"]


def test_junit_knows_a_file_by_its_name(wrong: Session) -> None:
    report = JUnitXml.fromstring(wrong("validate", "--format", "junit", status=1).out.encode())
    assert {suite.name: suite.failures for suite in report} == {wrong.path(BILLING): 0, wrong.path(GATEWAY): 1}


# --- GitHub


@pytest.fixture
def many(cli: Session) -> Session:
    """A branch with one error on a changed line, which touches eleven items that are wrong on main too."""
    paths = [f"items/bl_{number:012x}.md" for number in range(11)]
    text = cli.text(GATEWAY).replace("status: open", "status: nowhere")
    for path in paths:
        cli.repo.write(path, text.replace(GATEWAY, path[6:-3]).replace(f"key:{GATEWAY}", f"key:{path}"))
    cli.repo.commit("as it always was")
    cli.repo.git("tag", "base")
    cli.hand_edit(GATEWAY, "env: prod", "env: moon")
    for path in paths:
        cli.repo.write(path, cli.repo.read(path).replace("owner: oncall", "owner: bob"))
    cli.repo.commit("a new fault")
    return cli


def test_errors_on_lines_of_the_branch_come_first(many: Session) -> None:
    told = forms.github(many("validate", "--format", "github", "--since", "base", status=1).out)
    assert told[0][1]["file"] == many.path(GATEWAY)
    assert [kind for kind, _, _ in told] == ["error"] * 10 + ["notice"]


def test_the_summary_of_the_step_has_every_finding_and_a_notice_counts_what_has_no_slot(
    many: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    monkeypatch.setenv(SUMMARY, str(place))
    told = many("validate", "--format", "github", "--since", "base", status=1)
    *annotations, (kind, properties, _) = forms.github(told.out)
    text = place.read_text()
    number = int(text.split("### Findings: ")[1].split(" ")[0])
    assert (len(annotations), kind, properties) == (10, "notice", {"title": f"{number - 10} more findings"})
    assert text.startswith("before\n### ")
    assert text.count("error |") == number


def test_the_summary_leads_to_the_lines_of_the_commit_that_is_judged(
    many: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "summary.md"
    place.write_text("")
    for name, value in {
        SUMMARY: str(place),
        "GITHUB_SERVER_URL": "https://x.example",
        "GITHUB_REPOSITORY": "a/b",
    }.items():
        monkeypatch.setenv(name, value)
    head = many.repo.head()
    many.repo.git("checkout", "--quiet", "base")
    many("validate", "--format", "github", "--base", "base", "--head", head, status=1)
    line = many.repo.git("show", f"{head}:{many.path(GATEWAY)}").split("\n").index("env: moon") + 1
    assert f"(https://x.example/a/b/blob/{head}/{many.path(GATEWAY)}?plain=1#L{line})" in place.read_text()


@pytest.mark.exhaustive
def test_a_report_asks_git_as_often_for_many_findings_as_for_one(
    many: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(head: str, layout: str) -> int:
        trace = tmp_path / f"{head}-{layout}"
        monkeypatch.setenv("GIT_TRACE", str(trace))
        many("validate", "--base", "base", "--head", head, "--format", layout, status=1)
        monkeypatch.delenv("GIT_TRACE")
        return trace.read_text().count("trace: built-in: git ")

    many.repo.git("branch", "much")
    many.repo.git("checkout", "--quiet", "-b", "little", "base")
    many.hand_edit(GATEWAY, "env: prod", "env: moon")
    many.repo.commit("one fault")
    for layout in ("github", "rdjson"):
        assert asked("much", layout) - asked("much", "json") <= asked("little", layout) - asked("little", "json") + 1


def test_on_a_full_disk_the_summary_is_left_out(tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        assert not append(str(place), "x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert append(str(place), "after\n")


def test_nothing_is_added_to_the_summary_where_nothing_is_found(
    cli: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "summary.md"
    place.write_text("")
    monkeypatch.setenv(SUMMARY, str(place))
    cli("validate", "--format", "github")
    assert place.read_text() == ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", ["nothing", "a folder", "a pipe", "a link", "no name"])
def test_a_summary_that_is_no_file_is_left_alone_and_the_rest_is_in_the_log(
    many: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place = tmp_path / "summary.md"
    if kind == "a folder":
        place.mkdir()
    elif kind == "a pipe":
        os.mkfifo(place)
    elif kind == "a link":
        (tmp_path / "target").write_text("")
        place.symlink_to(tmp_path / "target")
    monkeypatch.setenv(SUMMARY, "" if kind == "no name" else str(place))
    told = many("validate", "--format", "github", "--since", "base", status=1)
    commands = forms.github(told.out)
    assert [one for one, _, _ in commands] == ["error"] * 10 + ["notice"]
    rest = int(commands[-1][1]["title"].split(" ")[0])
    assert len(told.out.splitlines()) == 11 + rest
    assert kind != "a link" or (tmp_path / "target").read_text() == ""
