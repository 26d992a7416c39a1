"""Commits as raw objects, signed by keys of their own: what tests of signatures are made from."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

from tests.repositories import Repo


@dataclass(frozen=True)
class Key:
    """A pair of keys in files; ``public`` is the type and the key, as a list of signers has them."""

    path: Path
    public: str

    def sign(self, payload: bytes, namespace: str = "git") -> bytes:
        words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.path), "-n", namespace]
        return subprocess.run(words, input=payload, capture_output=True, check=True).stdout.rstrip(b"\n")


def make_key(place: Path, kind: str = "ed25519") -> Key:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(place)], capture_output=True, check=True
    )
    return Key(place, place.with_suffix(".pub").read_text().strip())


def commit_object(tree: str, parents: list[str], author: str, *, at: int = 1_771_222_800, message: str = "m") -> bytes:
    """A commit's content; ``author`` is a name and an address in angle brackets."""
    above = "".join(f"parent {one}\n" for one in parents)
    return f"tree {tree}\n{above}author {author} {at} +0000\ncommitter {author} {at} +0000\n\n{message}\n".encode()


def with_signature(raw: bytes, signature: bytes, field: bytes = b"gpgsig") -> bytes:
    """The commit with a signature in its head, as git writes it."""
    head, _, message = raw.partition(b"\n\n")
    return head + b"\n" + field + b" " + signature.replace(b"\n", b"\n ") + b"\n\n" + message


def signed(raw: bytes, key: Key) -> bytes:
    return with_signature(raw, key.sign(raw))


def write_commit(repo: Repo, raw: bytes) -> str:
    """Puts a commit into the object database; its id."""
    data = b"commit %d\0" % len(raw) + raw
    name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    place = repo.root / ".git" / "objects" / name[:2] / name[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(data, 1))
    return name


def tree_of(repo: Repo, commit: str = "HEAD") -> str:
    return repo.git("rev-parse", f"{commit}^{{tree}}").strip()
