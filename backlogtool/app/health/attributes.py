"""Whether git attributes send items through a program (LFS, encryption) on their way into commits.

The files of attributes are read here: git would open whatever is configured as one, and wait for ever at a pipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from backlogtool.app.health.check import NOTE, Check
from backlogtool.app.health.seen import Seen
from backlogtool.stores.git.files import WorkTree

_ITEM = "items/bl_0123456789ab.md"
_LIMIT = 1 << 16  # bytes of a file of attributes that is read


def filters(seen: Seen) -> Iterator[Check]:
    """The filters that are configured and that items pass through."""
    repository = seen.repository
    found: dict[str, str] = {}
    for tree, name in (
        (repository.root, ".gitattributes"),
        (repository.root, "items/.gitattributes"),
        (repository.common_dir, "info/attributes"),
    ):
        for driver in _drivers(tree, name) if tree else ():
            found.setdefault(driver, name)
    for driver, name in found.items():
        if any(f"filter.{driver}.{way}" in seen.config for way in ("clean", "smudge", "process")):
            yield _filtered(driver, name)


def _filtered(driver: str, name: str) -> Check:
    return Check(
        "filters",
        NOTE,
        f"items pass through the filter '{driver}' of {name}",
        "the attribute was set for other files, such as large ones, and takes the items in",
        "what it leaves in commits is no item: history cannot be read, and items look edited",
        f"add this line to the end of {name}: {_pattern(name)} -filter, then git add --renormalize items",
    )


def _pattern(name: str) -> str:
    return "*.md" if name.startswith("items/") else "items/**"


def _drivers(tree: str, name: str) -> Iterator[str]:
    """The filters that a file of attributes sets for an item; the last line that fits counts."""
    folder = name.rpartition("/")[0] if name.startswith("items/") else ""
    driver = ""
    for _, data in WorkTree(tree).read([name], _LIMIT):
        for line in data.decode("utf-8", "replace").splitlines() if isinstance(data, bytes) else ():
            pattern, *attributes = line.split() or [""]
            if _fits(pattern, _ITEM.removeprefix(f"{folder}/") if folder else _ITEM):
                driver = _driver(attributes, driver)
    if driver:
        yield driver


def _driver(attributes: list[str], before: str) -> str:
    for one in attributes:
        if one.startswith("filter="):
            before = one.removeprefix("filter=")
        elif one in ("-filter", "!filter"):
            before = ""
    return before


def _fits(pattern: str, path: str) -> bool:
    """As in gitattributes(5): a pattern without a slash fits the name, another one the whole path."""
    plain = pattern.removeprefix("/")
    return fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], plain.replace("**", "*"))
