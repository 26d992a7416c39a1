"""Where the files of items stand below ``items/``: side by side, or in 256 folders.

Readers take a file at any depth. The policy's ``layout`` says where a new one goes, so two clones agree.
A commit writes the whole list of every folder that it changes, so from some thousand items on folders are
cheaper (PERFORMANCE.md 4).
"""

from __future__ import annotations

from backlogtool.domain.item import is_id

FLAT, SHARDED = "flat", "sharded"
LAYOUTS = (FLAT, SHARDED)
#: From so many files side by side on, folders pay (PERFORMANCE.md 9).
MANY = 2_000

_HEX_MARK = "bl_"


def path_of(item_id: str, layout: str) -> str:
    """Where the file of an item stands in a layout, unless people put it into a folder of their own."""
    return f"items/{item_id}.md" if layout == FLAT else f"items/{_folder(item_id)}/{item_id}.md"


def usual_paths(item_id: str, layout: str) -> tuple[str, str]:
    """Where the item's file may stand without anybody having put it there: in this layout, then in the other."""
    other = SHARDED if layout == FLAT else FLAT
    return path_of(item_id, layout), path_of(item_id, other)


def layout_of(path: str) -> str:
    """The layout that puts an item's file at this path; empty for a folder of people's own."""
    item_id = stem_of(path)
    return next((one for one in LAYOUTS if path_of(item_id, one) == path), "")


def stem_of(path: str) -> str:
    """What a file is named without ``.md``: the id of the item, if it is an item's file."""
    return path.rpartition("/")[2].removesuffix(".md")


def id_of(path: str) -> str:
    """The id of the item whose file this is; empty if it is none."""
    stem = stem_of(path)
    return stem if path.startswith("items/") and path.endswith(".md") and is_id(stem) else ""


def _folder(item_id: str) -> str:
    """Two hex digits, evenly spread over the ids of every kind."""
    if item_id.startswith(_HEX_MARK):
        return item_id[len(_HEX_MARK) :][:2]
    import zlib  # only ids that are not random need it

    return f"{zlib.crc32(item_id.encode()) & 0xFF:02x}"
