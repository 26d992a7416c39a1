"""The verbs of ``config``: every value of the policy and the settings, and where it comes from; who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.app.workspace import Workspace
from backlogtool.domain import rbac, rights
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.meant import commit_meant


def show(space: Workspace) -> dict[str, dict[str, Any]]:
    """dotted name -> {"value", "origin"}; settings stand under ``settings.``."""
    policy = space.policy
    found = {
        name: {"value": _plain(_value(policy, name)), "origin": origin}
        for name, origin in sorted(space.loaded.origin.items())
    }
    for name, value in space.settings.values.items():
        found[f"settings.{name}"] = {"value": value, "origin": space.settings.origin[name]}
    return found


def _value(policy: Any, name: str) -> Any:
    held = policy
    for part in name.split("."):
        held = held[part] if isinstance(held, Mapping) else getattr(held, part)
    return held


def _plain(held: Any) -> Any:
    if hasattr(held, "_asdict"):
        return _plain(held._asdict())
    if isinstance(held, Mapping):
        return {str(key): _plain(one) for key, one in held.items()}
    return [_plain(one) for one in held] if isinstance(held, (list, tuple)) else held


def roles(space: Workspace) -> dict[str, Any]:
    """What everybody may do, as it is in force: the matrix of actions and roles, people, members, rules."""
    rules = space.policy.rbac
    return {
        "enforce": rules.enforce,
        "commits": rules.commits,
        "allowed_signers": rules.allowed_signers,
        "actions": {action: dict(row) for action, row in rbac.matrix(rules).items()},
        "people": {name: _plain(one) for name, one in sorted(rules.people.items())},
        "members": dict(sorted(rules.members.items())),
        "rules": [{**_plain(one), "says": rights.told(one)} for one in rules.rules],
    }


def roles_changed(space: Workspace, since: str) -> dict[str, list[str]]:
    """What the rules about roles say now and did not where HEAD and a revision parted ("gained"), and the other way
    round ("lost"), each a sentence; reviewers of a change of rules need not work that out (ROBUSTNESS.md 2.5).

    Raises ``NotFoundError`` for what is no commit or several, ``InvalidError`` if its policy cannot be used.
    """
    if space.repository is None:
        raise UnavailableError(f"this store has no commits to compare with: --since {since}", hint="use the git store")
    base = space.repository.merge_base(commit_meant(space.repository, since))
    place = space.repository.root or space.repository.git_dir
    before, now = _sentences(Workspace.open(place, environment={}, revision=base)), _sentences(space)
    return {
        "gained": [one for one in now if one not in before],
        "lost": [one for one in before if one not in now],
    }


def _sentences(space: Workspace) -> list[str]:
    """Everything that decides who may do what, a sentence each."""
    rules, told = space.policy.rbac, roles(space)
    keys = (space.store.file(rules.allowed_signers) or b"").decode("utf-8", "replace").splitlines()
    return [
        f"commands look at roles: {'yes' if rules.enforce else 'no'}",
        f"commits are held to roles by: {rules.commits}",
        *(f"{role or 'others'} may {action}" for action, row in told["actions"].items() for role in row if row[role]),
        *(
            f"{name} is a {one['kind']} in the role {one['role']}, by {', '.join(one['emails'])}"
            for name, one in told["people"].items()
        ),
        *(f"{name} is a member in the role {role}" for name, role in told["members"].items()),
        *(f"rule {one['says']}" for one in told["rules"]),
        *(f"key {line}" for line in keys if line.strip() and not line.startswith("#")),
    ]
