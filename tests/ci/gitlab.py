"""The jobs of GitLab, run as shell with the variables of its runner."""

from __future__ import annotations

import os
from typing import Any

import yaml

from backlogtool.app.setup_ci import jobs
from tests.ci.forge import Done, Forge, installed, on_path, shell
from tests.repositories import Repo

FILE: dict[str, Any] = yaml.safe_load(jobs("gitlab", source="", branch=""))
JUDGE, RENDER = "backlog", "backlog views"
CHECK, VIEWS = FILE[JUDGE], FILE[RENDER]
BEFORE = "\n".join(FILE[".backlog"]["before_script"])


def run(job: dict[str, Any], hub: Forge, repo: Repo, **variables: str) -> Done:
    """Runs the script of a job; what comes before it installs the tool, which is here already."""
    tool = installed(repo.root.parent)
    script = "\n".join([f"tool={tool}", *job["script"]])
    environment = {
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": "main",
        "CI_PROJECT_URL": str(hub.hub.root).removesuffix(".git"),
        "CI_SERVER_HOST": "lab.example",
        "BACKLOG_TOKEN": "secret",
        **job.get("variables", {}),
        **hub.variables,
        "PATH": f"{on_path(repo.root.parent / 'bin')}:{os.environ['PATH']}",
        **variables,
    }
    status, out = shell(script, repo.root, environment, command=("sh", "-e"))
    assert "secret" not in out
    return Done(status, out)
