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
        #: Streams for ``git fast-import``, and between them commits that it would not write so.
        self._streams: list[list[bytes]] = [[]]
        self._raw: list[bytes] = []
        self._begin: dict[str, int] = {}
        self._marks: dict[str, int] = {}
        self._clock = 1_770_000_000

    def commit(self, tree: Tree, parents: Sequence[str], message: str, author: str, *, capitals: bool = False) -> str:
        """A commit of exactly these files; its name. With ``capitals`` it names tree and parents in such letters."""
        self._clock += 60
        who = f"{author} {self._clock} +0000"
        lines = [f"tree {_tree(tree)}", *(f"parent {one}" for one in parents), f"author {who}", f"committer {who}"]
        made = _name("commit", "\n".join([*lines, "", message]).encode())
        mark = self._marks[made] = len(self._marks) + 1
        self._begin[made] = len(self._raw)
        said = message.encode()
        parts = [f"commit refs/heads/{made}\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {len(said)}\n".encode()]
        parts += [said, b"\n"]
        parts += [f"{'merge' if n else 'from'} {self._named(one)}\n".encode() for n, one in enumerate(parents)]
        parts.append(b"deleteall\n")
        for path, data in sorted(tree.items()):
            parts.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self._streams[-1].append(b"".join(parts) + b"\n")
        return self._in_capitals(lines, message) if capitals else made

    def _in_capitals(self, lines: Sequence[str], message: str) -> str:
        """The same commit with other letters, to be written before whatever comes next."""
        keys = (line.partition(" ") for line in lines)
        named = [f"{key} {held.upper() if key in ('tree', 'parent') else held}" for key, _, held in keys]
        raw = "\n".join([*named, "", message]).encode()
        self._raw.append(raw)
        self._streams.append([])
        made = _name("commit", raw)
        self._begin[made] = -1
        return made

    def _named(self, commit: str) -> str:
        """A mark, for what is in the same stream."""
        return f":{self._marks[commit]}" if self._begin[commit] == len(self._raw) else commit

    def refer(self, name: str, commit: str) -> None:
        """Makes a ref point to a commit."""
        self._streams[-1].append(f"reset {name}\nfrom {self._named(commit)}\n\n".encode())

    def write(self, repo: Repo) -> None:
        """Puts all of it into a repository, and holds git to the names computed here."""
        for number, stream in enumerate(self._streams):
            repo.git("fast-import", "--quiet", "--force", stdin=b"".join(stream))
            if number < len(self._raw):
                made = repo.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=self._raw[number]).strip()
                assert self._begin[made] == -1
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
