"""What travels with the tool: the default policy, the templates, the demo's sample input.

In a checkout these are the files at its top level, where people edit them; in an installed wheel they lie
inside the package.
"""

from __future__ import annotations

import os

from backlogtool import __version__

POLICY_PATH = "config/backlog_policy.yml"
#: Where a repository may keep the policy's section ``rbac``.
ROLES_PATH = "config/rbac.yml"
TEMPLATES = "templates"

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_INSTALLED = os.path.join(_PACKAGE, "_packaged")
ROOT = _INSTALLED if os.path.isdir(_INSTALLED) else os.path.dirname(_PACKAGE)


def policy_text() -> str:
    """The default policy."""
    with open(os.path.join(ROOT, POLICY_PATH), encoding="utf-8") as file:
        return file.read()


def build() -> str:
    """What tells this installation from another one: its version, and when the folders of what decides were changed.

    A version may stay the same while the tool does not: in a checkout, or installed from one.
    """
    folders = (os.path.join(_PACKAGE, name) for name in ("app", "codec", "domain", "interchange"))
    return " ".join([__version__, *(str(os.stat(one).st_mtime_ns) for one in folders)])


def templates() -> dict[str, str]:
    """name -> text of every packaged template; a name is the path below ``templates/``."""
    from pathlib import Path  # only what renders needs it

    folder = Path(ROOT, TEMPLATES)
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.j2"))
    }


def sample(name: str) -> bytes:
    """A file of the demo's sample input."""
    with open(os.path.join(_PACKAGE, "app", "sample", name), "rb") as file:
        return file.read()
