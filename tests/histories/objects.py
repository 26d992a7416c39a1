"""Git objects written by hand, so that their names are known before git has them: blobs, trees, commits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tests.repositories import Repo

#: path -> content; every file is a regular one.
Tree = Mapping[str, bytes]


class Objects:
    """Collects commits with computed names and hands them to ``git fast-import`` all at once."""

    def __init__(self) -> None:
        self._stream: list[bytes] = []
        self._marks: dict[str, int] = {}
        self._clock = 1_770_000_000

    def commit(self, tree: Tree, parents: Sequence[str], message: str, author: str) -> str:
        """A commit of exactly these files; its name."""
        self._clock += 60
        who = f"{author} {self._clock} +0000"
        lines = [f"tree {_tree(tree)}", *(f"parent {one}" for one in parents), f"author {who}", f"committer {who}"]
        made = _name("commit", "\n".join([*lines, "", message]).encode())
        mark = self._marks[made] = len(self._marks) + 1
        said = message.encode()
        parts = [f"commit refs/heads/{made}\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {len(said)}\n".encode()]
        parts += [said, b"\n"]
        parts += [f"{'merge' if n else 'from'} :{self._marks[one]}\n".encode() for n, one in enumerate(parents)]
        parts.append(b"deleteall\n")
        for path, data in sorted(tree.items()):
            parts.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self._stream.append(b"".join(parts) + b"\n")
        return made

    def refer(self, name: str, commit: str) -> None:
        """Makes a ref point to a commit."""
        self._stream.append(f"reset {name}\nfrom :{self._marks[commit]}\n\n".encode())

    def write(self, repo: Repo) -> None:
        """Puts all of it into a repository, and holds git to the names computed here."""
        repo.git("fast-import", "--quiet", "--force", stdin=b"".join(self._stream))
        told = repo.git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads/").splitlines()
        assert {line.split()[0] for line in told} >= self._marks.keys()


def _name(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def _tree(files: Tree) -> str:
    folders: dict[str, dict[str, bytes]] = {}
    entries: list[tuple[bytes, bytes, str]] = []
    for path, data in files.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = data
        else:
            entries.append((head.encode(), b"100644", _name("blob", data)))
    entries += [(head.encode() + b"/", b"40000", _tree(inner)) for head, inner in folders.items()]
    lines = [mode + b" " + name.rstrip(b"/") + b"\0" + bytes.fromhex(made) for name, mode, made in sorted(entries)]
    return _name("tree", b"".join(lines))
