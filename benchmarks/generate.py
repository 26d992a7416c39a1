"""Repositories of any size, the same every time: ``python -m benchmarks.generate DIR --items N --commits M``."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.history import EMAIL, FLAT, SHARDED, Plan, stream

POLICY_PATH = "config/backlog_policy.yml"
_POLICY = "# The rules of this backlog. A key that is absent has the tool's default.\nversion: 1\nlayout: {layout}\n"
#: What would change what is measured: settings of git and of ours, and Python without its compiled files.
_DROPPED = ("GIT_", "BACKLOG_", "XDG_", "PYTHONDONTWRITEBYTECODE")


def environment() -> dict[str, str]:
    """The environment without anything that would make git or the tool behave as somebody likes it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": os.devnull}
    return kept | nowhere | {"NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def git(folder: Path, *arguments: str) -> str:
    """Runs git in the folder, and gives what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def generate(folder: Path, plan: Plan, files: Mapping[str, str] | None = None) -> Path:
    """Makes a repository with a work tree in ``folder``, which must be empty or absent.

    The same plan gives the same commits, ids included. Automatic maintenance is off, so that no command pays for
    what an earlier one left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "oncall"), ("user.email", EMAIL), ("gc.auto", "0")):
        git(folder, "config", name, value)
    _import(folder, plan, {POLICY_PATH: _POLICY.format(layout=plan.layout)} if files is None else files)
    git(folder, "reset", "--quiet", "--hard")
    if plan.merges and plan.commits > plan.merges:
        git(folder, "branch", "--quiet", "-D", "side")
    return folder


def _import(folder: Path, plan: Plan, files: Mapping[str, str]) -> None:
    # Low compression: the repository is thrown away, and trees of many entries are most of what is written.
    command = ["git", "-c", "core.compression=1", "fast-import", "--quiet", "--date-format=raw"]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdin=subprocess.PIPE) as importer:
        if importer.stdin:
            with importer.stdin as pipe:
                pipe.writelines(stream(plan, files))
    if importer.returncode:
        raise SystemExit(f"git fast-import failed in {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--commits", type=int, default=1)
    parser.add_argument("--layout", choices=(FLAT, SHARDED), default=FLAT)
    parser.add_argument("--merges", type=int, default=0, metavar="N", help="one merge after every N commits")
    given = parser.parse_args()
    generate(given.folder, Plan(given.items, given.commits, given.layout, given.merges))


if __name__ == "__main__":
    main()
