"""The policy's file with keys that a command sets; every other byte of it stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backlogtool.app import packaged
from backlogtool.app.workspace import Workspace
from backlogtool.codec import frontmatter, splice, strictyaml
from backlogtool.errors import InvalidError

_NEW = "# The rules of this backlog: what is absent has the tool's default.\n\nversion: 1\n"


def with_keys(space: Workspace, keys: Mapping[str, Any]) -> bytes:
    """The repository's policy, or a new one, with these keys; a map changes only the keys of its section.

    Raises ``InvalidError`` if the file is written in a way that cannot be changed safely.
    """
    data = space.store.file(packaged.POLICY_PATH)
    text = data.decode("utf-8") if data is not None else _NEW
    bare = text.removeprefix(frontmatter.BOM)
    root, findings = strictyaml.read(bare, max_list=strictyaml.MAX_NODES)
    if root is None:
        placed = [one._replace(path=packaged.POLICY_PATH) for one in findings]
        raise InvalidError("the policy cannot be changed", placed)
    wanted = dict(root.value)
    for key, held in keys.items():
        wanted[key] = {**(wanted.get(key) or {}), **held} if isinstance(held, Mapping) else held
    newline = "\r\n" if "\r\n" in bare else "\n"
    changed = splice.update(bare, root, wanted, order=list(wanted), newline=newline)
    return (text[: len(text) - len(bare)] + changed).encode()
