"""A file of rules has a greatest size, and whoever reads it says so: command, range, server, hook before a commit."""

from __future__ import annotations

import pytest

from backlogtool.codec import allowed_signers
from backlogtool.codec.policy_layers import MAX_FILE
from tests.cli.session import GATEWAY, Session, run
from tests.server.ground import POLICY, Ground

ROLES = "config/rbac.yml"
#: What every finding about such a file says.
SAID = f"it may have {MAX_FILE} [BL107]"


def filled(text: str, size: int) -> str:
    """The text, and a comment that makes it as long as wanted."""
    return f"{text}#{'x' * (size - len(text) - 2)}\n"


TEXTS = {POLICY: "version: 1\n", ROLES: "enforce: false\n"}


@pytest.fixture
def cli(ground: Ground) -> Session:
    return ground.command


@pytest.mark.parametrize("path", TEXTS)
def test_a_file_of_rules_may_have_a_mebibyte_and_not_a_byte_more(path: str, cli: Session) -> None:
    cli.repo.write(path, filled(TEXTS[path], MAX_FILE))
    assert cli("validate").status == 0
    cli.repo.write(path, filled(TEXTS[path], MAX_FILE + 1))
    assert f"{path}: error: {MAX_FILE + 1} bytes; {SAID}" in cli("validate", status=1).out
    for words in (("list",), ("create", "x"), ("config", "show"), ("render",)):
        assert f"{MAX_FILE + 1} bytes; {SAID}" in cli(*words, status=6).err


@pytest.mark.sampled(2)
@pytest.mark.parametrize("path", TEXTS)
def test_a_range_says_so_wherever_the_rules_come_from(path: str, cli: Session) -> None:
    cli.repo.write("notes.txt", "x\n")
    first = cli.repo.commit("before")
    cli.repo.write(path, filled(TEXTS[path], 2 * MAX_FILE))
    cli.repo.commit("large")
    for words in (("--since", first), ("--base", first, "--head", "HEAD")):
        assert SAID in cli("validate", *words, status=1).out
    cli.repo.git("rm", "--quiet", path)
    cli.repo.git("commit", "--quiet", "--message", "gone")
    for words in (("--since", "HEAD~1"), ("--base", "HEAD~1", "--head", "HEAD")):
        told = cli("validate", *words, status=1).out
        assert f"{2 * MAX_FILE} bytes; it may have {MAX_FILE} (in " in told, "the base's rules judge the commits"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("path", TEXTS)
def test_a_server_takes_no_push_that_brings_one(path: str, ground: Ground) -> None:
    ground.work.write(path, filled(TEXTS[path], MAX_FILE + 1))
    ground.work.commit("large")
    assert f"{MAX_FILE + 1} bytes; it may have {MAX_FILE}" in ground.refused("HEAD:refs/heads/main", code="BL107").told


def test_the_hook_before_a_commit_reads_none_that_is_staged(cli: Session) -> None:
    cli("init", "--hooks")
    cli.repo.write(POLICY, filled(TEXTS[POLICY], MAX_FILE + 1))
    cli.repo.git("add", POLICY)
    cli.repo.write(POLICY, TEXTS[POLICY])
    cli.repo.write(cli.path(GATEWAY), cli.repo.read(cli.path(GATEWAY)) + "\nmore\n")
    cli.repo.git("add", cli.path(GATEWAY))
    done = run("-C", str(cli.repo.root), "hook", "pre-commit")
    assert done.status == 1
    assert SAID in done.out + done.err


def test_a_list_of_signers_may_not_have_more_either() -> None:
    line = b"ann@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqYcZ0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z0Z\n"
    told = allowed_signers.read(line + b"#" * MAX_FILE, "config/allowed_signers")
    assert not told.keys
    assert [(one.code, one.path, one.is_error) for one in told.findings] == [("BL107", "config/allowed_signers", True)]
    assert SAID.removesuffix(" [BL107]") in told.findings[0].message
