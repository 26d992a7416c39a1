"""The commands that change nothing, by the kind of what they look at. In a healthy repository each ends with 0.

A kind is what a case speaks about: all commands of one kind end alike wherever a repository is odd in one way.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.untrusted.ground import DIGEST, ITEM

#: name -> (kind, command line)
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "list": ("list", ("list", "--limit", "0")),
    "count": ("list", ("count", "--by", "owner")),
    "search": ("list", ("search", "status:open", "a*", "~nowhere", "--limit", "0")),
    "list --json": ("json", ("list", "--json")),
    "show": ("show", ("show", ITEM)),
    "log": ("log", ("log", "--json")),
    "log ID": ("story", ("log", ITEM, "--json")),
    "validate": ("validate", ("validate",)),
    "validate --since": ("since", ("validate", "--since", "HEAD~2")),
    "fmt --check": ("form", ("fmt", "--check")),
    "dashboard": ("figures", ("dashboard",)),
    "dashboard --json": ("figures", ("dashboard", "--json")),
    "render --check": ("views", ("render", "--check", "BACKLOG.md", "TODO.md")),
    "config": ("config", ("config", "show", "--origin")),
    "config roles": ("config", ("config", "roles")),
    "doctor": ("doctor", ("doctor",)),
    "create": ("create", ("create", "Something new", "P1", "--dry-run")),
    "generate": ("generate", ("generate", "weekly", "--week", "2026-W08", "--dry-run")),
    "import": ("import", ("import", "BACKLOG.md", "--dry-run")),
    "promote": ("promote", ("promote", "--dry-run")),
    "render": ("render", ("render", "--dry-run")),
}
DRY_RUNS = ("create", "generate", "import", "promote", "render")
KINDS = frozenset(kind for kind, _ in COMMANDS.values())
assert DIGEST.endswith("2026-W08.json")
