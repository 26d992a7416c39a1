"""What the owner of a server can set, in the configuration of the repository itself."""

from __future__ import annotations

import pytest

from backlogtool.app import pushing
from backlogtool.app.pushing import Server, Update
from backlogtool.errors import UsageError
from backlogtool.stores.git.repository import discover
from tests.cli.session import GATEWAY, run
from tests.server.ground import Ground

ONE, TWO, ZERO = "1" * 40, "2" * 40, "0" * 40


def configure(ground: Ground, name: str, *values: str) -> None:
    for value in values:
        ground.server.git("config", "--add", f"backlogtool.{name}", value)


def test_the_default_branch_is_protected_unless_branches_are_named(ground: Ground) -> None:
    ground.work.git("branch", "release/1", "main")
    ground.work.git("branch", "topic", "main")
    ground.put(status="in_progress")
    ground.accepted("main", "release/1", "topic")
    configure(ground, "protected", "release/*", "trunk")
    ground.refused(":release/1", code="BL330")
    ground.refused(":release/1", ":topic", code="BL330")
    ground.accepted(":topic")
    ground.accepted("--force", "main~1:main")


@pytest.mark.exhaustive
def test_a_protected_branch_is_judged_by_its_own_rules(ground: Ground) -> None:
    """Not by those of the default branch: what stands there is what it was."""
    configure(ground, "protected", "main", "release/*")
    ground.put(status="in_progress")
    ground.accepted("main:refs/heads/release/1")
    ground.put(status="open")
    ground.refused("main:refs/heads/release/1", code="BL301")


@pytest.mark.exhaustive
def test_a_branch_is_protected_by_its_own_name_and_by_the_one_that_it_stands_for(ground: Ground) -> None:
    """As where ``master`` is kept for those who know no ``main``."""
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.server.git("symbolic-ref", "refs/heads/master", "refs/heads/main")
    for name in ("main", "master"):
        ground.server.git("config", "backlogtool.protected", name)
        ground.refused("--force", "main~1:master", code="BL331")
        ground.refused(":master", code="BL330")
        ground.refused("--force", "main~1:main", code="BL331")


@pytest.mark.exhaustive
def test_other_branches_can_be_left_unjudged(ground: Ground) -> None:
    configure(ground, "judge", "protected")
    ground.branch("topic")
    ground.put(status="done")
    ground.accepted("topic")
    ground.refused("topic:main", code="BL301")


@pytest.mark.exhaustive
def test_no_branch_is_protected_where_an_empty_name_says_so(ground: Ground) -> None:
    configure(ground, "protected", "")
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.accepted("--force", "main~1:main")
    ground.put(status="open")
    ground.refused("main", code="BL301")


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("judge", "some", "one of all, protected"),
        ("timeout", "soon", "not a number of seconds"),
        ("timeout", "0", "where the push arrives is wrong: backlogtool.timeout '0' is not a number of seconds"),
        ("timeout", "0", "the owner of that repository has to mend it: a number from 1 to 99999999"),
        ("timeout", "-1", "not a number of seconds"),
        ("timeout", "9999999999", "not a number of seconds"),
        ("protect", "main", "did you mean 'protected'?"),
    ],
)
def test_a_setting_that_is_not_understood_refuses_every_push(ground: Ground, name: str, value: str, told: str) -> None:
    configure(ground, name, value)
    ground.put(status="in_progress")
    found = ground.push("main")
    assert found.status == 1
    assert told in found.told


def test_the_pusher_cannot_set_anything(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOG_BACKEND", "memory")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "backlogtool.judge")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "protected")
    ground.work.git("config", "--global", "backlogtool.judge", "protected")
    try:
        ground.branch("topic")
        ground.put(status="done")
        ground.refused("topic", code="BL301")
    finally:
        ground.work.git("config", "--global", "--unset", "backlogtool.judge")


def test_settings_are_read_as_they_stand(ground: Ground) -> None:
    repository = discover(str(ground.server.root))
    assert pushing.server(repository) == Server(("refs/heads/main",), True, 60.0)
    configure(ground, "protected", "main", "release/*", "refs/heads/x")
    configure(ground, "judge", "all", "protected")
    configure(ground, "timeout", "5")
    held = pushing.server(repository)
    assert held == Server(("refs/heads/main", "refs/heads/release/*", "refs/heads/x"), False, 5.0)
    assert [held.protects(f"refs/heads/{one}") for one in ("main", "release/1/2", "x", "Main", "y")] == [
        *(True, True, True),
        *(False, False),
    ]


def test_what_git_tells_the_hook_is_read_strictly() -> None:
    assert pushing.updates(f"{ONE} {TWO} refs/heads/a b\n{ZERO} {ONE} refs/tags/\u00e4\n".encode()) == [
        Update("refs/heads/a b", ONE, TWO),
        Update("refs/tags/\u00e4", "", ONE),
    ]
    for odd in (
        "\n",
        "x\n",
        f"{ONE} {TWO}\n",
        f"{ONE} {TWO} heads/a\n",
        f"{ONE} {TWO} refs/../a\n",
        f"{ONE}  refs/x\n",
    ):
        with pytest.raises(UsageError):
            pushing.updates(odd.encode())
    with pytest.raises(UsageError, match="did not arrive"):
        pushing.updates(b"")


def test_a_hook_that_is_told_nothing_says_no(ground: Ground) -> None:
    """Another hook has taken what git told; nothing has been judged then."""
    answer = run("-C", str(ground.server.root), "hook", "pre-receive")
    assert answer.status == 2
    assert "did not arrive" in answer.err


def test_an_owner_hears_that_nothing_is_protected(ground: Ground) -> None:
    ground.server.git("symbolic-ref", "HEAD", "refs/heads/master")
    told = run("-C", str(ground.server.root), "init", "--hooks")
    assert "HEAD names refs/heads/master, which is not there" in told.err
    assert told.status == 0


@pytest.mark.exhaustive
def test_the_update_hook_takes_the_good_part_of_a_push(ground: Ground) -> None:
    hooks = ground.server.root / "hooks"
    text = (hooks / "pre-receive").read_text()
    (hooks / "pre-receive").rename(hooks / "update")
    (hooks / "update").write_text(text.replace("hook pre-receive", "hook update"))
    ground.branch("good")
    ground.put(status="in_progress")
    ground.branch("bad")
    ground.put(status="done")
    found = ground.push("good", "bad", "good:refs/tags/v1")
    assert found.status == 1
    assert "refs/heads/bad stays as it is" in found.told
    assert "[BL301]" in found.told
    assert ground.refs().keys() == {"refs/heads/main", "refs/heads/good", "refs/tags/v1"}
    assert GATEWAY in found.told
