"""``edit --where`` changes every item that matches, in one commit, and only if it is told to."""

from __future__ import annotations

from tests.cli.session import GATEWAY, ROUTER, Session, touched, untouched


def chosen(cli: Session, *words: str) -> list[str]:
    return cli("list", *words, "--format", "ids").out.split()


def test_all_that_match_are_changed_in_one_commit(cli: Session) -> None:
    ids, others = chosen(cli, "status:open"), chosen(cli, "~status:open")
    assert len(ids) > 1
    commits = cli.repo.commits()
    told = cli("edit", "--where", "status:open", "--set", "owner=zoe", "--add", "tags=swept", "--yes")
    assert cli.repo.commits() == commits + 1
    assert sorted(touched(cli.repo)) == sorted(cli.path(one) for one in ids)
    assert all(one in told.out for one in ids)
    assert chosen(cli, "owner:zoe", "tag:swept") == ids
    assert not set(others) & set(chosen(cli, "owner:zoe"))
    assert f"{len(ids)} items edited: status:open" in cli.repo.git("log", "-1", "--format=%s")
    cli("undo")
    assert chosen(cli, "owner:zoe") == []


def test_without_a_yes_the_number_is_told_and_nothing_is_written(cli: Session) -> None:
    with untouched(cli.repo):
        refused = cli("edit", "--where", "status:open", "--set", "owner=zoe", status=1)
        assert f"{len(chosen(cli, 'status:open'))} items would be changed" in refused.err
        shown = cli("edit", "--where", "status:open", "--set", "owner=zoe", "--dry-run")
        assert shown.out.count("+owner: zoe") == len(chosen(cli, "status:open"))


def test_one_refusal_refuses_all(cli: Session) -> None:
    with untouched(cli.repo):
        cli("edit", "--where", "~text:'no such text'", "--set", "status=done", "--yes", status=1)


def test_words_are_cut_as_a_shell_cuts_them_and_may_be_repeated(cli: Session) -> None:
    both = cli("edit", "--where", "status:open", "--where", "service:gateway", "--set", "owner=zoe", "--dry-run").out
    assert cli("edit", "--where", "status:open service:gateway", "--set", "owner=zoe", "--dry-run").out == both
    assert GATEWAY in both
    cli("edit", "--where", "text:'not closed", "--set", "owner=zoe", status=2)


def test_nothing_to_change_is_no_commit(cli: Session) -> None:
    commits = cli.repo.commits()
    assert "nothing to change" in cli("edit", "--where", "service:nowhere", "--set", "owner=zoe", "--yes").out
    assert cli("edit", "--where", "service:nowhere", "--set", "owner=zoe", "--yes", "--json").data["items"] == []
    assert cli.repo.commits() == commits


def test_an_item_that_cannot_be_read_may_be_one_of_them(cli: Session) -> None:
    cli.repo.write(cli.path(ROUTER), "no frontmatter\n")
    with untouched(cli.repo):
        refused = cli("edit", "--where", "status:open", "--set", "owner=zoe", "--yes", status=6)
        assert "whether every item was found is not known" in refused.err


def test_what_does_not_go_together_is_a_wrong_command_line(cli: Session) -> None:
    cli("edit", "--where", "status:open", GATEWAY, "--set", "owner=zoe", status=2)
    cli("edit", "--where", "status:open", "--yes", status=2)
    cli("edit", GATEWAY, "--set", "owner=zoe", "--yes", status=2)
    cli("edit", "--set", "owner=zoe", status=2)
