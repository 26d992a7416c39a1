"""Words of the command line that were not so: numbers with their word, helps that are cut, errors within errors."""

from __future__ import annotations

import click
import pytest

from backlogtool.app.health.layout import of_standing
from backlogtool.app.layout import Standing
from backlogtool.cli.main import COMMANDS, backlogtool
from tests.cli.session import BILLING, GATEWAY, Session, cli, run, template
from tests.cli.test_sync import origin, pair

__all__ = ["cli", "origin", "pair", "template"]


def groups() -> list[str]:
    context = click.Context(backlogtool)
    return [name for name in COMMANDS if isinstance(backlogtool.get_command(context, name), click.Group)]


@pytest.mark.parametrize("name", groups())
def test_the_help_of_a_group_tells_whole_sentences(name: str) -> None:
    listed = run(name, "--help").out.partition("Commands:\n")[2].rstrip()
    assert listed
    assert "..." not in listed
    assert all(line.endswith(".") for line in listed.split("\n"))


def test_the_list_of_commands_says_that_validate_judges_ranges() -> None:
    assert "what a range of commits does" in run("--help").out


def test_one_file_is_no_files(cli: Session) -> None:
    for item_id in (BILLING, GATEWAY):
        assert cli("fmt", item_id).err == "0 of 1 file changed\n"
    assert cli("fmt").err == "0 of 4 files changed\n"


@pytest.mark.parametrize(("number", "said"), [(1, "1 file in items/"), (2, "2 files in items/")])
def test_one_file_that_is_astray_is_no_files(number: int, said: str) -> None:
    [check] = of_standing(Standing("sharded", number, 5, 0))
    assert check.told.startswith(said)


def test_fmt_tells_in_json_whether_it_wrote(cli: Session) -> None:
    cli.hand_edit(GATEWAY, "env: prod\npriority: P1\n", "priority: P1\nenv: prod\n")
    for words in (("--check",), ("--diff",), ("--check", "--diff")):
        done = cli("fmt", *words, "--json", status="--check" in words).data
        assert done == {"files": 4, "changed": [cli.path(GATEWAY)], "unreadable": [], "dry_run": True}
    assert cli("fmt", "--json").data == {"files": 4, "changed": [cli.path(GATEWAY)], "unreadable": [], "dry_run": False}


def conflict(session: Session, *, ends: bool = False) -> None:
    """One item in conflict, of a merge that goes on or of a stash, after which nothing does; another one is edited."""
    git, text = session.repo.git, session.text(GATEWAY)
    for branch, owner in (("side", "carol"), ("main", "dave")):
        git("checkout", "--quiet", *(["-b"] if branch == "side" else []), branch)
        session.repo.write(session.path(GATEWAY), text.replace("owner: oncall", f"owner: {owner}"))
        if branch == "side" and ends:
            git("stash", "--quiet")
        else:
            session.repo.commit(branch)
    session.repo.git(*(("stash", "pop") if ends else ("merge", "side")), check=False)
    session.hand_edit(BILLING, "owner: oncall", "owner: eve")


@pytest.mark.parametrize("ends", [False, True])
def test_doctor_counts_a_conflict_and_names_no_way_that_is_closed(cli: Session, ends: bool) -> None:
    conflict(cli, ends=ends)
    told = {one["name"]: one for one in cli("doctor", "--json", status=1).data}
    assert told["conflicts"]["told"] == f"1 file in conflict: {cli.path(GATEWAY)}"
    assert told["edits"]["told"] == f"1 item with edits that are not committed: {BILLING}"
    assert ("--with-edits" in told["edits"]["fix"]) is ends
    assert ends or "git merge --continue" in told["edits"]["fix"]


def test_sync_says_once_that_it_is_an_error(pair: tuple[Session, Session]) -> None:
    ann, bob = pair
    ann.repo.write("notes.txt", "ann\n")
    ann.repo.commit("notes")
    ann("sync")
    bob("comment", GATEWAY, "from bob")
    bob.repo.write("notes.txt", "bob\n")
    told = bob("sync", status=1).err
    assert told.startswith("error: git does not merge: The following untracked working tree files would be overwritten")
    assert told.count("error:") == 1
