"""Templates write where views belong and nowhere else (ROBUSTNESS.md 2.5); what they may do is in tests/views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import Session, cli, template, untouched
from tests.hostile.test_output import safe

__all__ = ["cli", "template"]

#: what a template would write -> its name below templates/.
PLACES = {
    "an item": "items/bl_000000000000.md.j2",
    "the policy": "config/backlog_policy.yml.j2",
    "a template": "templates/x.md.j2.j2",
    "a name with a blank": "a b.md.j2",
    "a name that goes up, of Windows": "..\\x.md.j2",
    "a name with an escape sequence": "\x1b[2J.md.j2",
    "a name of two dots": "docs/..j2",
    "an option": "--output=x.j2",
}


@pytest.mark.parametrize("name", PLACES.values(), ids=PLACES)
def test_no_view_stands_where_something_else_is_read(cli: Session, name: str) -> None:
    cli.repo.write(f"templates/{name}", "canary")
    with untouched(cli.repo):
        answer = safe(cli.answer("render"))
    assert answer.status == 6, answer


@pytest.mark.parametrize("name", [".git/hooks/post-commit.j2", "docs/.git/config.j2", ".hidden/x.md.j2"])
def test_a_hidden_folder_holds_no_template(cli: Session, name: str) -> None:
    cli.repo.write(f"templates/{name}", "canary")
    changed = safe(cli("render", "--json")).data["changed"]
    assert changed == ["BACKLOG.md", "DASHBOARD.md", "TODO.md", "reports/dashboard.svg"]
    assert not list((cli.repo.root / ".git").rglob("post-commit"))


#: what stands where a view would be written -> how it came there.
TARGETS: dict[str, Callable[[Path], None]] = {
    "a link out": lambda path: path.symlink_to("/nonexistent/canary"),
    "a link to an item": lambda path: path.symlink_to("items/bl_d8a7874e737d.md"),
    "a link into git": lambda path: path.symlink_to(".git/config"),
    "a folder": lambda path: path.mkdir(),
    "text of somebody's": lambda path: path.write_text("# Mine\n\nimportant\n") and None,
    "bytes": lambda path: path.write_bytes(b"\xff\xfe\x00") and None,
}


@pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS)
def test_nothing_that_is_not_ours_is_written_over(cli: Session, make: Callable[[Path], None]) -> None:
    make(cli.repo.root / "DASHBOARD.md")
    with untouched(cli.repo):
        answer = safe(cli.answer("render", "DASHBOARD.md"))
    assert answer.status in (1, 6), answer
    assert "DASHBOARD.md" in answer.err


def test_a_folder_of_views_that_is_a_link_is_not_followed(cli: Session, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (cli.repo.root / "reports").symlink_to(tmp_path / "outside")
    safe(cli.answer("render"))
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["templates/LEAK.md.j2", "templates/reports", "templates"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_template_that_is_a_link_is_not_read_and_is_told(
    cli: Session, tmp_path: Path, name: str, committed: bool
) -> None:
    """Nor is the tool's own template taken in its place without a word."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/LEAK.md.j2").write_text("canary")
    link = cli.repo.root / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "secret" / ("LEAK.md.j2" if name.endswith(".j2") else ""))
    if committed:
        cli.repo.commit("a link")
        cli.repo.git("config", "core.bare", "true")
    for command in (("render", "--print"), ("render",), ("render", "--check"), ("validate",)):
        answer = safe(cli.answer(*command))
        assert answer.status == (1 if command == ("validate",) else 6), answer
        assert (
            f"{name}: error: is not a regular file, so no template is read from it [BL113]" in answer.out + answer.err
        )
        assert "canary" not in answer.out
    assert not (cli.repo.root / "LEAK.md").exists()


def test_links_among_other_peoples_templates_are_nobodys_business(cli: Session) -> None:
    (cli.repo.root / "templates").mkdir()
    (cli.repo.root / "templates/page.html").symlink_to("/etc/passwd")
    assert cli("validate").out == ""
    cli("render")
