"""The verb ``schema export``: JSON Schemas for whatever people edit, with the names of this backlog."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from backlogtool.app import packaged
from backlogtool.app.settings import SETTINGS
from backlogtool.app.workspace import Workspace
from backlogtool.codec import schemas


def _settings() -> schemas.Schema:
    return schemas.settings({one.name: (one.doc, one.choices) for one in SETTINGS})


#: What has a schema: name -> how it is made for an open backlog. The policy is that of the file's stem.
_MADE: Mapping[str, Callable[[Workspace], schemas.Schema]] = {
    "item": lambda space: schemas.item(space.policy),
    "backlog_policy": lambda space: schemas.policy(packaged.policy_text(), space.policy),
    "rbac": lambda space: schemas.roles(packaged.policy_text(), space.policy),
    "settings": lambda space: _settings(),  # noqa: ARG005 - a person's settings are the same in every backlog
}
NAMES = tuple(_MADE)


def schema(space: Workspace, name: str) -> str:
    """The schema ``name``, one of ``NAMES``, as JSON text. Raises ``InvalidError`` if the policy cannot be used."""
    return json.dumps(_MADE[name](space), indent=2, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """What its file is called, wherever that lies."""
    return f"{name}.schema.json"
