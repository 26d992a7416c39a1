"""A forge in a folder: a bare repository, clones as its runners make them, and the steps of its jobs run as shell.

What a forge does with the YAML of a job is done here in small: values of ``env:`` and ``if:`` are worked out from the
event, scripts get them through the environment alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from backlogtool.app.setup_ci import Actors, jobs
from tests.conftest import ROOT
from tests.repositories import Repo, make

ACTION = ROOT / "action.yml"
JUDGE, VIEWS, INSTALL = "Judge the change", "Render the views", "Install backlogtool"
ZERO = "0" * 40
_NAME = re.compile(r"'[^']*'|\b(?:github|inputs|vars|env)(?:\.\w+)+")
#: Nothing of the machine's own forge may be seen.
_FOREIGN = ("GITHUB_", "CI_", "GITLAB_", "GITEA_", "RUNNER_")


@dataclass(frozen=True)
class Done:
    """How a step ended, what it printed, and what the summary of the job says then."""

    status: int
    out: str
    summary: str = ""


@dataclass(frozen=True)
class Step:
    """A step of a job: its script, its environment and its condition as they stand in the file."""

    script: str
    environment: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""


def documents() -> dict[str, Any]:
    """The Action and the workflow of each forge that is like GitHub."""
    return {name: document(name) for name in ("action", "github", "gitea")}


def document(name: str, acting: Actors = Actors()) -> Any:  # noqa: B008
    """One of them; ``acting`` stands in the workflow of a forge."""
    held = ACTION.read_text() if name == "action" else jobs(name, source="", branch="main", acting=acting)
    return yaml.safe_load(held)


def steps(document: Any) -> dict[str, Step]:
    """name -> step of everything that has a script; a condition may also be that of the job."""
    if "runs" in document:
        listed: list[tuple[Any, Any]] = [(one, {}) for one in document["runs"]["steps"]]
    else:
        listed = [(one, job) for job in document["jobs"].values() for one in job["steps"] if "run" in one]
    return {
        one["name"]: Step(one["run"], {**job.get("env", {}), **one.get("env", {})}, one.get("if", job.get("if", "")))
        for one, job in listed
    }


def worth(expression: str, context: Mapping[str, Any]) -> Any:
    """An expression of GitHub's, as far as our files use them."""

    def named(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("'") else f"look({found[0]!r})"

    def look(name: str) -> Any:
        held: Any = context
        for part in name.split("."):
            held = held.get(part, "") if isinstance(held, Mapping) else ""
        return held

    python = _NAME.sub(named, expression)
    python = re.sub(r"!(?!=)", " not ", python.replace("&&", " and ").replace("||", " or "))
    return eval(python, {"look": look, "format": lambda text, *some: text.format(*some)})


def filled(text: str, context: Mapping[str, Any]) -> str:
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(worth(found[1].strip(), context)), text)


def on_path(folder: Path) -> Path:
    """A folder in which ``sleep`` takes no time."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sleep").write_text("#!/bin/sh\n")
    (folder / "sleep").chmod(0o755)
    return folder


def installed(folder: Path) -> Path:
    """The tool, where the step that installs it puts it."""
    place = folder / "backlogtool/bin/backlogtool"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m backlogtool "$@"\n')
    place.chmod(0o755)
    return place


def shell(script: str, place: Path, environment: Mapping[str, str], *, command: Sequence[str]) -> tuple[int, str]:
    """Runs a script in a clone; its exit code and everything that it printed."""
    file = place.parent / "script.sh"
    file.write_text(script)
    held = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    done = subprocess.run(
        [*command, str(file)],
        cwd=place,
        env={**held, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode()


@dataclass(frozen=True)
class Forge:
    """``hub`` is the bare repository, ``place`` where runners work, ``variables`` what people have set at the forge."""

    hub: Repo
    place: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def clone(self, revision: str, *options: str) -> Repo:
        """A clone as a runner checks it out: at a commit, on no branch."""
        number = len(list(self.place.glob("clone*")))
        target = Repo(self.place / f"clone{number}/repo")
        target.root.mkdir(parents=True)
        self.hub.git("clone", "--quiet", *options, f"file://{self.hub.root}", str(target.root))
        if revision:
            target.git("checkout", "--quiet", "--detach", revision)
        return target

    def run(self, step: Step, repo: Repo, name: str, event: Mapping[str, Any], **more: str) -> Done:
        """Runs a step as GitHub does; ``more`` is ``sha``, ``ref`` or an input."""
        work = repo.root.parent
        summary = work / "summary.md"
        summary.touch()
        whole = {"repository": {"default_branch": "main", "fork": False}, **event}
        (work / "event.json").write_text(json.dumps(whole))
        about = {"event": json.loads((work / "event.json").read_text()), "event_name": name, **more}
        context = {"github": about, "inputs": more, "vars": self.variables, "env": {}}
        installed(work)
        environment = {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(work / "event.json"),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(work / "output"),
            "RUNNER_TEMP": str(work),
            "PATH": f"{on_path(work / 'bin')}:{os.environ['PATH']}",
            **{one: filled(value, context) for one, value in step.environment.items()},
        }
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
        status, out = shell(step.script, repo.root, environment, command=command)
        return Done(status, out, summary.read_text())


def forge(repo: Repo, place: Path) -> Forge:
    """A forge that has everything of a repository, and takes and gives what forges do: options, commits by id."""
    hub = make(place / "hub.git", bare=True)
    hub.git("config", "uploadpack.allowAnySHA1InWant", "true")
    hub.git("config", "receive.advertisePushOptions", "true")
    repo.git("push", "--quiet", str(hub.root), "--all")
    repo.git("remote", "add", "origin", str(hub.root))
    return Forge(hub, place)
