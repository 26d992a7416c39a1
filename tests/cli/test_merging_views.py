"""Views in conflict are rendered from the merged items, unless somebody's text would be lost."""

from __future__ import annotations

import pytest

from tests.cli.session import BILLING, GATEWAY, ROUTER, Session, untouched
from tests.cli.test_merge_driver import meet

VIEWS = ("BACKLOG.md", "DASHBOARD.md")


@pytest.fixture
def rendered(cli: Session) -> Session:
    """A backlog whose views are committed."""
    for item in (GATEWAY, BILLING, ROUTER):
        cli("edit", item, "--set", "list=backlog", "--set", "group=gateway")
    cli("render", *VIEWS)
    cli.repo.commit("views")
    return cli


def side(cli: Session, *commands: tuple[str, ...], name: str = "side", write: str = "") -> None:
    """A branch with commands, and its views rendered and committed."""
    cli.repo.git("checkout", "--quiet", *(["-b", name, "main"] if name != "main" else [name]))
    for command in commands:
        cli(*command)
    cli("render", *VIEWS)
    if write:
        cli.repo.write("BACKLOG.md", cli.repo.read("BACKLOG.md") + write)
    cli.repo.commit(f"views of {name}")
    cli.repo.git("checkout", "--quiet", "main")


def both(cli: Session, *, write: str = "") -> None:
    """Two branches with other titles of one item; their views are in conflict, and no item is."""
    side(cli, ("edit", GATEWAY, "--set", "title=Their words"), ("set-status", GATEWAY, "in_progress"), write=write)
    side(cli, ("edit", GATEWAY, "--set", "priority=P0"), name="main")
    told = meet(cli)
    assert f"UU {VIEWS[0]}" in told, told


def test_views_in_conflict_are_rendered_and_staged(rendered: Session) -> None:
    both(rendered)
    with untouched(rendered.repo):
        assert "BACKLOG.md: would be merged" in rendered("merge", "--dry-run").out
    rendered("merge")
    assert rendered.repo.git("ls-files", "--unmerged") == ""
    rendered.repo.git("commit", "--quiet", "--no-edit")
    assert rendered.repo.git("status", "--short") == ""
    assert "Their words" in rendered.repo.read("BACKLOG.md")
    rendered("render", "--check", *VIEWS)


@pytest.mark.exhaustive
def test_text_that_people_wrote_into_a_view_is_left_to_them(rendered: Session) -> None:
    both(rendered, write="\nA word of somebody.\n")
    before = rendered.repo.read("BACKLOG.md")
    told = rendered("merge", status=1).out
    assert "BACKLOG.md: left: their side has text in it that its items do not render to" in told
    assert rendered.repo.read("BACKLOG.md") == before
    assert "UU BACKLOG.md" in rendered.repo.git("status", "--short")


@pytest.mark.exhaustive
def test_text_that_people_wrote_into_a_view_in_conflict_is_left_to_them(rendered: Session) -> None:
    both(rendered)
    conflict = rendered.repo.read("BACKLOG.md")
    rendered.repo.write("BACKLOG.md", conflict + "\nA word of somebody.\n")
    with untouched(rendered.repo):
        for options in ((), ("--dry-run",)):
            told = rendered("merge", *options, status=1).out
            assert "BACKLOG.md: left: somebody has written into it since the merge" in told
    rendered.repo.write("BACKLOG.md", conflict)
    index = (rendered.repo.root / ".git/index").read_bytes()
    rendered("merge")
    made = rendered.repo.read("BACKLOG.md")
    (rendered.repo.root / ".git/index").write_bytes(index)  # as if it had been killed before it staged that
    rendered("merge")
    assert rendered.repo.read("BACKLOG.md") == made
    assert rendered.repo.git("ls-files", "--unmerged") == ""


@pytest.mark.exhaustive
def test_a_view_that_is_no_text_any_more_is_left(rendered: Session) -> None:
    both(rendered)
    (rendered.repo.root / "BACKLOG.md").write_bytes(b"\xff")
    with untouched(rendered.repo):
        assert "BACKLOG.md: left:" in rendered("merge", status=1).out
    (rendered.repo.root / "BACKLOG.md").unlink()
    rendered("merge")
    assert "Their words" in rendered.repo.read("BACKLOG.md")


@pytest.mark.exhaustive
def test_a_view_in_conflict_is_named_while_the_policy_is_in_conflict_too(rendered: Session) -> None:
    side(rendered, ("edit", GATEWAY, "--set", "title=Their words"))
    side(rendered, ("edit", GATEWAY, "--set", "title=Our words"), name="main")
    meet(rendered)
    rendered.repo.git("checkout", "--ours", rendered.path(GATEWAY))
    rendered.repo.git("add", rendered.path(GATEWAY))
    rendered.repo.write("config/backlog_policy.yml", "<<<<<<< HEAD\nversion: 1\n")
    assert "BACKLOG.md: left: it cannot be rendered" in rendered("merge", status=1).out


def test_views_wait_for_the_items(rendered: Session) -> None:
    side(rendered, ("edit", GATEWAY, "--set", "title=Their words"))
    side(rendered, ("edit", GATEWAY, "--set", "title=Our words"), name="main")
    meet(rendered)
    told = rendered("merge", status=1).out
    assert "BACKLOG.md: left:" in told
    text = rendered.text(GATEWAY)
    start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
    rendered.repo.write(rendered.path(GATEWAY), text[:start] + "title: Settled\n" + text[end:].partition("\n")[2])
    rendered.repo.git("add", rendered.path(GATEWAY))
    rendered("merge")
    assert "Settled" in rendered.repo.read("BACKLOG.md")
    rendered("render", "--check", *VIEWS)


@pytest.mark.exhaustive
def test_they_are_rendered_in_a_rebase_too(rendered: Session) -> None:
    side(rendered, ("edit", GATEWAY, "--set", "title=Their words"))
    side(rendered, ("edit", GATEWAY, "--set", "priority=P0"), name="main")
    rendered.repo.git("rebase", "side", check=False)
    rendered("merge")
    assert rendered.repo.git("ls-files", "--unmerged") == ""
    assert "Their words" in rendered.repo.read("BACKLOG.md")
