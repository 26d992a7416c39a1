"""The verb ``init --ci``: the jobs of a forge that judge what comes into the backlog, and render its views.

The files stand whole in ``ci/`` beside this module. What differs in them from one repository to the next: what pip
installs, the name of the default branch, and who acts where roles are enforced.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from backlogtool import __version__
from backlogtool.app.installing import install
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.domain import rbac
from backlogtool.domain.policy import Rbac
from backlogtool.errors import RefusedError, UnavailableError
from backlogtool.stores.git import branches, remotes
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
#: What rendering asks for.
_RENDERS = "upsert"
_ADDRESS, _COMMIT = r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~-]+)+", r"[0-9a-f]{40,64}"


class Actors(NamedTuple):
    """Who acts in the job that judges, and who in the one that renders; empty is whoever git says, as where all may."""

    reader: str = ""
    writer: str = ""


_WHOEVER = Actors()


def ci(space: Workspace, forge: str, options: Options, *, remove: bool = False) -> tuple[Result, list[str]]:
    """Writes the jobs for a forge, or takes them out again, in one commit; names the files that changed.

    Repeating it changes nothing. Raises ``RefusedError`` if another file stands there, or the default branch has a
    name that no workflow could hold; ``UnavailableError`` without a repository.
    """
    space.require("create")
    if space.repository is None:
        raise UnavailableError("this store is no git repository", hint="use the git store")
    source = installed_from() or _named_in(space.store.file(PATHS[forge]))
    acting = actors(space.policy.rbac)
    branch = "" if remove else default_branch(space.repository)
    text = jobs(forge, source=source, branch=branch, acting=acting)
    summary = f"{forge} no longer checks the backlog" if remove else f"{forge} checks the backlog"
    result, changed = install(space, options, {PATHS[forge]: text}, summary, remove=remove)
    notes = () if remove else (*_notes(space, forge, source), *_about_roles(space.policy.rbac, forge, acting))
    return result._replace(notes=(*result.notes, *notes)), changed


def jobs(forge: str, *, source: str, branch: str, acting: Actors = _WHOEVER) -> str:
    """The file of a forge; ``source`` is what pip installs, or empty."""
    values = {"@SOURCE@": source, "@BRANCH@": branch, "@READER@": acting.reader, "@WRITER@": acting.writer}
    with open(os.path.join(_FOLDER, f"{forge}.yml"), encoding="utf-8") as file:
        text = file.read()
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def actors(rules: Rbac) -> Actors:
    """For each job the role that may do what it does and holds the least: an actor may be named like a role."""
    return Actors(_least(rules, rbac.READS), _least(rules, (*rbac.READS, _RENDERS))) if rules.enforce else _WHOEVER


def _least(rules: Rbac, actions: Sequence[str]) -> str:
    """A role's name holds nothing that means something in a workflow. Empty if no role may."""
    able = [role for role in rules.roles if _may(rules, role, actions)]
    return min(able, key=lambda role: len(rules.roles[role]), default="")


def _may(rules: Rbac, actor: str, actions: Sequence[str]) -> bool:
    return not any(rbac.lacking(rules, actor, action) for action in actions)


def default_branch(repository: Repository) -> str:
    """What the remote says, else ``main`` or ``master`` if there is one, else the branch that is checked out.

    Raises ``RefusedError`` if its name would mean something else in a workflow.
    """
    branch = remotes.default(repository, "origin") or branches.usual(repository) or repository.branch() or "main"
    if not re.fullmatch(_BRANCH, branch):
        hint = "rename the branch, or copy the file from another repository and name the branch in it yourself"
        raise RefusedError(f"a workflow cannot name the default branch '{branch}' as it is", hint=hint)
    return branch


def installed_from(package: str = _PACKAGE) -> str:
    """What pip installs to get this very tool: a commit of a repository.

    Empty where that cannot be told: in a checkout, installed from a folder or file of this machine, or from an index or
    by another installer. A bare version is never named: a job would take it from whichever index its own pip knows, and
    in the public one nobody holds the name. ``package`` is the folder of the installed package.
    """
    record = os.path.join(os.path.dirname(package), f"backlogtool-{__version__}.dist-info")
    with suppress(OSError), open(os.path.join(record, "direct_url.json"), encoding="utf-8") as file:
        return _address(file.read())
    return ""


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
    address = rf"git\+{_ADDRESS}@{_COMMIT}"
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


def _about_roles(rules: Rbac, forge: str, acting: Actors) -> Iterator[str]:
    """As whom the jobs act, or that nobody could be found for one of them."""
    if not rules.enforce:
        return
    named = " and ".join(dict.fromkeys(filter(None, acting)))
    if named:
        yield f"rbac.enforce is true, so the jobs act as {named}; the variable BACKLOG_ACTOR at {forge} names another"
    wanted = {"judges": (acting.reader, rbac.READS), "renders": (acting.writer, (*rbac.READS, _RENDERS))}
    for what, (actor, actions) in wanted.items():
        if not _may(rules, actor, actions):
            yield f"the job that {what} stops, as rbac.enforce is true: set the variable BACKLOG_ACTOR to who may do it"
