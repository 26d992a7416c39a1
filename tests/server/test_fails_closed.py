"""Whatever keeps the hook from its work refuses the push (ROBUSTNESS.md R12)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, item_text
from tests.server.ground import POLICY, Ground

Break = Callable[[Ground], object]


def changed(ground: Ground, old: str, new: str) -> None:
    """Changes the hook, as somebody might who wants to see it fail."""
    place = ground.server.root / "hooks/pre-receive"
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new))


def killed(ground: Ground) -> None:
    changed(ground, "exec ", "( sleep 0.05; kill -9 $$ ) &\nexec ")


def ended(ground: Ground) -> None:
    changed(ground, "exec ", "( sleep 0.05; kill -15 $$ ) &\nexec ")


def out_of_memory(ground: Ground) -> None:
    changed(ground, "exec ", "ulimit -v 20000\nexec ")


def out_of_files(ground: Ground) -> None:
    changed(ground, "exec ", "ulimit -n 6\nexec ")


def without_python(ground: Ground) -> None:
    changed(ground, f"program={sys.executable}", "program=/nowhere/python")


def without_git(ground: Ground) -> None:
    changed(ground, "exec ", "PATH=/nowhere exec ")


def without_the_tool(ground: Ground) -> None:
    changed(ground, "-I -m backlogtool", "-I -S -m backlogtool")


def without_its_input(ground: Ground) -> None:
    changed(ground, "exec ", "cat >/dev/null\nexec ")


def unreadable_configuration(ground: Ground) -> None:
    """An include that leads to something else than settings."""
    (ground.server.root / "odd").write_text("[backlogtool\n")
    changed(ground, "exec ", "git config include.path odd\nexec ")


def a_default_branch_that_is_lost(ground: Ground) -> None:
    """HEAD names a branch whose commit is not there."""
    changed(ground, "exec ", f"mkdir -p refs/heads; echo {'1' * 40} > refs/heads/main\nexec ")


def without_quarantine(ground: Ground) -> None:
    """The new objects cannot be seen."""
    changed(ground, "exec ", "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\nexec ")


BREAKS: tuple[Break, ...] = (
    *(killed, ended, out_of_memory, out_of_files, without_python, without_git, without_the_tool, without_its_input),
    *(unreadable_configuration, a_default_branch_that_is_lost, without_quarantine),
)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("act", BREAKS, ids=lambda one: one.__name__)
def test_a_push_that_cannot_be_judged_is_refused(ground: Ground, act: Break) -> None:
    """The push is a legal one, so that nothing but the failure speaks against it."""
    before = ground.refs()
    ground.branch("topic")
    ground.put(status="in_progress")
    act(ground)
    found = ground.push("topic")
    (ground.server.root / "odd").unlink(missing_ok=True)
    assert (found.status, "pre-receive hook declined" in found.seen) == (1, True), found.seen
    assert ground.refs().keys() == before.keys()


@pytest.mark.exhaustive
def test_a_push_that_takes_too_long_is_refused(ground: Ground) -> None:
    ground.server.git("config", "backlogtool.timeout", "1")
    values = "".join(f"  key{number}: '{number} # {{'\n" for number in range(2000))
    for number in range(40):
        name = f"bl_{number:012x}"
        text = item_text(name).removesuffix("---\n")
        ground.work.write(f"items/{name}.md", f"{text}meta:\n{values}---\n")
    ground.work.commit("slow")
    told = ground.refused("main").told
    assert "takes more than 1 seconds" in told
    assert "backlogtool.timeout" in told


def test_nobody_listening_is_no_consent(ground: Ground) -> None:
    """The pusher has hung up, so nothing can be said; the push is refused all the same."""
    head, bad = ground.work.head(), ground.put(status="done")
    ground.work.git("push", "--quiet", str(ground.server.root), f"{bad}:refs/other/bad")
    reading, writing = os.pipe()
    os.close(reading)
    program = [sys.executable, "-I", "-m", "backlogtool", "hook", "pre-receive"]
    try:
        done = subprocess.run(
            program,
            cwd=ground.server.root,
            input=f"{head} {bad} refs/heads/main\n".encode(),
            stderr=writing,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode not in (0, None)


def test_roles_are_those_of_commits_and_not_of_the_server(ground: Ground) -> None:
    """The account that runs the server has no role in the backlog, and needs none to say what is wrong."""
    ground.work.write(POLICY, "version: 1\nrbac:\n  enforce: true\n")
    ground.work.commit("roles")
    ground.accepted("main")
    ground.put(status="in_progress")
    ground.accepted("main")
    ground.put(status="open")
    assert GATEWAY in ground.refused("main", code="BL301").told


def test_the_server_keeps_nothing_of_what_was_judged(ground: Ground) -> None:
    def files() -> set[str]:
        places = ground.server.root.rglob("*")
        return {str(one.relative_to(ground.server.root)) for one in places if "objects" not in one.parts}

    before = files()
    ground.put(status="done")
    ground.refused("main", code="BL301")
    assert files() == before
    assert Path(ground.server.root, "objects/info").exists()
