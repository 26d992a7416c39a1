"""What travels with the tool: the default policy, the templates, the demo's sample input.

In a checkout these are the files at its top level, where people edit them; in an installed wheel they lie
inside the package.
"""

from __future__ import annotations

from pathlib import Path

POLICY_PATH = "config/backlog_policy.yml"
TEMPLATES = "templates"

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "_packaged"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def policy_text() -> str:
    """The default policy."""
    return (ROOT / POLICY_PATH).read_text(encoding="utf-8")


def templates() -> dict[str, str]:
    """name -> text of every packaged template; a name is the path below ``templates/``."""
    folder = ROOT / TEMPLATES
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.j2"))
    }


def sample(name: str) -> bytes:
    """A file of the demo's sample input."""
    return (_PACKAGE / "app" / "sample" / name).read_bytes()
