"""Whether the folders of commits are as git writes them: sorted, each name once, and no path for a name.

Of any other, what is compared is not what is checked out: a name that stands there twice hides a version of the file
from whoever judges. Git takes such trees from a push unless ``receive.fsckObjects`` is set.
"""

from __future__ import annotations

from backlogtool.errors import UnavailableError
from backlogtool.stores.git import trees
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.repository import Repository

_AT_ONCE = 64  # trees; one of 10,000 files takes half a megabyte
_CHECKS = ("receive.fsckObjects", "transfer.fsckObjects")


def is_checked_by_git(repository: Repository) -> bool:
    """Whether git looks at every object that it receives itself."""
    asked = (repository.git.read("config", "--type=bool", "--get", name) for name in _CHECKS)
    return next((one.out.strip() == b"true" for one in asked if one.status == 0), False)


def refuse_odd_trees(repository: Repository, base: str, head: str) -> None:
    """Raises ``UnavailableError`` if a tree of ``head`` that ``base`` does not have is not as git writes it.

    An empty ``base`` has none.
    """
    ends = (head, f"^{base}") if base else (head,)
    told = repository.git.read("rev-list", "--objects", "--no-object-names", "--filter=blob:none", *ends, "--")
    if told.status:
        raise UnavailableError(f"git cannot read the history: {told.err.partition(chr(10))[0]}")
    names = told.out.decode().split()
    for start in range(0, len(names), _AT_ONCE):
        for name, data in read_objects(repository.git, names[start : start + _AT_ONCE], (b"tree",)).items():
            if trees.folder(data, len(head) // 2, trees.READABLE) is None:
                hint = "git fsck tells what is damaged; make the commit anew, with git itself"
                raise UnavailableError(f"the tree {name[:10]} is not as git writes it", hint=hint)
