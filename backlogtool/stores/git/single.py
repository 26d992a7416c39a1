"""One item of a commit, by its id: read from where it usually stands, so that the cost does not follow the backlog."""

from __future__ import annotations

from backlogtool.codec.quick import item_of
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.layout import FLAT, usual_paths
from backlogtool.stores.git.differences import ODD, listing
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git


def item_at(git: Git, commit: str, item_id: str) -> Item | None:
    """The item as it is at a commit; None if it is not there, has several files or cannot be read."""
    if not is_id(item_id):
        return None
    found = read_objects(git, (f"{commit}:{path}" for path in usual_paths(item_id, FLAT)), (b"blob",))
    if not found:  # in a folder of people's own
        blobs = [one.after for one in listing(git, commit, {item_id}).get(item_id, ()) if one.after not in (None, ODD)]
        found = read_objects(git, (blob for blob in blobs if blob), (b"blob",))
    return item_of(next(iter(found.values())), item_id)[0] if len(found) == 1 else None
