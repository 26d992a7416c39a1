"""The verb ``init --ci``: the jobs of a forge that judge what comes into the backlog, and render its views.

The files stand whole in ``ci/`` beside this module. Two things in them differ from one repository to the next: what
pip installs, and the name of the default branch.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress

from backlogtool import __version__
from backlogtool.app.installing import install
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git.repository import Repository

#: forge -> where its jobs stand in a repository.
PATHS = {
    "github": ".github/workflows/backlog.yml",
    "gitlab": ".gitlab/backlog.yml",
    "gitea": ".gitea/workflows/backlog.yml",
}
_GITLAB = ".gitlab-ci.yml"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_FOLDER = os.path.join(_PACKAGE, "app", "ci")
#: What can stand in a workflow as it is.
_BRANCH = r"[A-Za-z0-9_][A-Za-z0-9._/-]*"
_ADDRESS, _COMMIT = r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~-]+)+", r"[0-9a-f]{40,64}"


def ci(space: Workspace, forge: str, options: Options, *, remove: bool = False) -> tuple[Result, list[str]]:
    """Writes the jobs for a forge, or takes them out again, in one commit; names the files that changed.

    Repeating it changes nothing. Raises ``RefusedError`` if another file stands there, or the default branch has a
    name that no workflow could hold; ``UnavailableError`` without a repository.
    """
    space.require("create")
    if space.repository is None:
        raise UnavailableError("this store is no git repository", hint="use the git store")
    source = installed_from() or _named_in(space.store.file(PATHS[forge]))
    text = jobs(forge, source=source, branch="" if remove else default_branch(space.repository))
    summary = f"{forge} no longer checks the backlog" if remove else f"{forge} checks the backlog"
    result, changed = install(space, options, {PATHS[forge]: text}, summary, remove=remove)
    notes = () if remove else _notes(space, forge, source)
    return result._replace(notes=(*result.notes, *notes)), changed


def jobs(forge: str, *, source: str, branch: str) -> str:
    """The file of a forge; ``source`` is what pip installs, or empty."""
    with open(os.path.join(_FOLDER, f"{forge}.yml"), encoding="utf-8") as file:
        return file.read().replace("@SOURCE@", source).replace("@BRANCH@", branch)


def default_branch(repository: Repository) -> str:
    """What the remote says, else ``main`` or ``master`` if there is one, else the branch that is checked out.

    Raises ``RefusedError`` if its name would mean something else in a workflow.
    """
    # Whole names: git writes short ones in another way where a tag has the same.
    remote = repository.git.read("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    told = repository.git.read("for-each-ref", "--format=%(refname)", "refs/heads/main", "refs/heads/master")
    current = repository.git.read("symbolic-ref", "--quiet", "HEAD")
    named = [remote.out, *told.out.split(b"\n")[:1], current.out, b"main"]
    name = next(one for one in named if one.strip()).decode("utf-8", "replace").strip()
    branch = name.removeprefix("refs/remotes/origin/").removeprefix("refs/heads/")
    if not re.fullmatch(_BRANCH, branch):
        hint = "rename the branch, or copy the file from another repository and name the branch in it yourself"
        raise RefusedError(f"a workflow cannot name the default branch '{branch}' as it is", hint=hint)
    return branch


def installed_from(package: str = _PACKAGE) -> str:
    """What pip installs to get this very tool: a commit of a repository, or a version of an index.

    Empty where that cannot be told: in a checkout, or installed from a folder or file of this machine. ``package`` is
    the folder of the installed package.
    """
    record = os.path.join(os.path.dirname(package), f"backlogtool-{__version__}.dist-info")
    if not os.path.isdir(record):
        return ""
    try:
        with open(os.path.join(record, "direct_url.json"), encoding="utf-8") as file:
            return _address(file.read())
    except FileNotFoundError:
        return f"backlogtool=={__version__}"


def _address(told: str) -> str:
    """What pip has noted of an installation that came from no index (PEP 610), as a requirement."""
    with suppress(ValueError, KeyError, TypeError):
        noted = json.loads(told)
        address, commit = str(noted["url"]), str(noted["vcs_info"]["commit_id"])
        is_git = noted["vcs_info"]["vcs"] == "git" and not noted.get("subdirectory")
        if is_git and re.fullmatch(_ADDRESS, address) and re.fullmatch(_COMMIT, commit):
            return f"git+{address}@{commit}"
    return ""


def _named_in(held: bytes | None) -> str:
    """What the file that stands there has pip install, if it was once written from such an installation."""
    address = rf"git\+{_ADDRESS}@{_COMMIT}|backlogtool==[0-9][A-Za-z0-9.]*"
    found = re.search(rf"(?m)^ *BACKLOGTOOL: .*['\"]({address})['\"]", (held or b"").decode("utf-8", "replace"))
    return found[1] if found else ""


def _notes(space: Workspace, forge: str, source: str) -> tuple[str, ...]:
    """What is left for a person to do."""
    notes = []
    if not source:
        notes.append(f"set the variable BACKLOGTOOL at {forge} to what pip shall install, or the jobs stop at once")
    if forge == "gitlab" and PATHS[forge].encode() not in (space.store.file(_GITLAB) or b""):
        notes.append(f"put this into {_GITLAB}: include: [{{local: {PATHS[forge]}}}]")
    return tuple(notes)
