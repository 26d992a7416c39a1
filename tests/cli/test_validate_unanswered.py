"""What ends ``validate`` before it could judge is told where findings would be, and is no report that looks well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import BILLING, POLICY, Session, cli, template
from tests.interchange import forms

__all__ = ["cli", "template"]

DOCUMENTS = ("json", "gitlab", "junit", "sarif", "rdjson")
SUMMARY = "GITHUB_STEP_SUMMARY"


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    monkeypatch.setenv(SUMMARY, str(place))
    return place


CASES = [
    (("--since", "nope"), 3, "no commit 'nope'"),
    (("--base", "nope"), 3, "no commit 'nope'"),
    (("--since", ""), 2, "--since needs a revision, such as origin/main"),
    (("--since", "HEAD", "--base", "HEAD"), 2, "--since judges what is checked out"),
]


@pytest.mark.parametrize(("words", "status", "said"), CASES)
def test_on_github_it_is_an_annotation_and_in_the_summary(
    cli: Session, summary: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    told = cli("validate", *words, "--format", "github", status=status)
    [(kind, properties, message)] = forms.github(told.out)
    assert (kind, properties) == ("error", {"title": "backlogtool"})
    assert message.startswith(said)
    assert told.err == ""
    text = summary.read_text()
    assert text.startswith("before\n### Findings: unknown, as nothing could be judged\n")
    assert said in text.replace("\\", "").replace("&#45;", "-")


def test_without_a_summary_the_annotation_is_all(cli: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SUMMARY, raising=False)
    told = cli("validate", "--since", "nope", "--format", "github", status=3)
    assert len(told.out.splitlines()) == 1
    assert "name a branch, a tag or a commit id" in forms.github(told.out)[0][2]


def test_a_policy_that_cannot_be_used_is_shown_at_its_lines(cli: Session, summary: Path) -> None:
    cli.repo.git("tag", "base")
    cli.repo.write(POLICY, "version: 1\n" + "".join(f"odd{number}: 1\n" for number in range(12)))
    cli.repo.commit("odd")
    told = forms.github(cli("render", "--check", "--format", "github", status=6).out)
    assert [kind for kind, _, _ in told] == ["error"] * 10
    assert told[0][1] == {"title": "backlogtool"}
    assert told[1][1]["file"] == POLICY
    assert told[1][1]["line"] == "2"
    assert "### Findings: unknown" in summary.read_text()


def test_nothing_in_it_is_a_command_or_markup(cli: Session, summary: Path) -> None:
    cli("validate", "--since", "x\n::error::y ##[z] <img> @ann", "--format", "github", status=3)
    told = cli("validate", "--since", "x\n::error::y ##[z] <img> @ann", "--format", "github", status=3).out
    assert len(forms.github(told)) == 1
    assert "<img" not in summary.read_text()
    assert "@ann" not in summary.read_text()


@pytest.mark.parametrize("layout", DOCUMENTS)
def test_a_document_is_not_written(cli: Session, summary: Path, layout: str) -> None:
    """An empty list would say that all is well; an empty file is no list."""
    told = cli("validate", "--since", "nope", "--format", layout, status=3)
    assert told.out == ""
    assert told.err.startswith("error: no commit 'nope'")
    assert summary.read_text() == "before\n"


def test_in_a_folder_that_is_no_repository_it_is_an_annotation_too(tmp_path: Path) -> None:
    from tests.cli.session import run

    told = run("-C", str(tmp_path), "validate", "--format", "github")
    assert told.status == 3
    assert len(forms.github(told.out)) == 1


def test_a_finding_keeps_its_ten_slots_where_there_is_an_answer(cli: Session) -> None:
    cli.hand_edit(BILLING, "env: prod", "env: moon")
    told = forms.github(cli("validate", "--format", "github", status=1).out)
    assert [properties["title"] for _, properties, _ in told] == ["BL202"]


REPORTS = ["text", "gcc", "github", "gitlab", "junit", "sarif", "rdjson"]


@pytest.mark.parametrize(("words", "layout"), [
    *((("validate",), layout) for layout in REPORTS),
    *((("render", "--check"), layout) for layout in REPORTS),
    *((("diff",), layout) for layout in ("text", "md")),
])  # fmt: skip
def test_two_formats_at_once_are_refused(cli: Session, words: tuple[str, ...], layout: str) -> None:
    told = cli(*words, "--format", layout, "--json", status=2)
    assert f"--json and --format {layout} are two formats" in told.err
    assert told.out == ""
