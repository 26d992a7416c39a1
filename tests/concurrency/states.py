"""States of an index and a work tree as people leave them, and how to bring a repository into one.

A state says what was done to which file. All files are written first, then one git stages them all, and so on:
a state costs a handful of git processes, whatever it holds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.cli.grouped_file import grouped_file, task
from tests.cli.session import BILLING, GATEWAY, POLICY, PREPARED, ROUTER, SEARCH, Session, item_text
from tests.repositories import Repo, make

#: The item that commands are about; everything else is the person's.
TARGET = GATEWAY
LINK, PROGRAM, BINARY, SUBMODULE = "src/link", "bin/run", "src/picture.png", "vendor"
TRACKED = ("src/a.txt", "src/b.txt", "src/c c.txt", "src/ü.txt", "src/deep/d.txt", "e.txt", "LOCAL.md", PROGRAM, BINARY)
ITEMS = tuple(f"items/{one}.md" for one in (BILLING, ROUTER, SEARCH))
NEW = (
    "new.txt",
    "src/new.txt",
    "-n",
    ":(exclude)x",
    "a\nb",
    "quote'\"",
    "b\udcff",
    "items/bl_00000000beef.md",
    "items/note.txt",
)
IGNORED = ("build/out.o", "x.log")

_EARLIER = "earlier"  # a file of ours in the submodule's git directory: the commit it can be moved to

#: What may be done to a file that is committed.
ON_TRACKED = (
    "edited", "staged", "staged and edited", "part staged", "touched", "deleted", "removed", "untracked again",
    "renamed", "moved by hand", "made executable", "staged executable", "turned into a link", "staged as a link",
    "turned into a folder", "carriage returns", "assume unchanged", "skip worktree", "skip worktree, gone",
    "conflicted",
)  # fmt: skip
#: What may be done to a file that is not.
ON_NEW = ("untracked", "added", "added and edited", "added and gone", "intended", "empty")
#: What may be done to the target: only hand edits, which --with-edits takes along.
ON_TARGET = ("edited", "staged", "staged and edited")
KINDS = (
    "plain",
    "plain",
    "split index",
    "index v4",
    "autocrlf",
    "untracked cache",
    "assume untracked off",
    "file mode off",
)


@dataclass(frozen=True, slots=True)
class State:
    """``files`` maps a path to what was done to it; ``kind`` is how the repository is set up."""

    kind: str
    files: Mapping[str, str]
    submodule: str
    target: str


_rarely_conflicted = st.sampled_from([one for one in ON_TRACKED for _ in range(1 if one == "conflicted" else 6)])
states = st.builds(
    State,
    kind=st.sampled_from(KINDS),
    files=st.builds(
        lambda *parts: {path: done for part in parts for path, done in part.items()},
        st.dictionaries(st.sampled_from(TRACKED), _rarely_conflicted, max_size=6),
        st.dictionaries(st.sampled_from(ITEMS), _rarely_conflicted, max_size=2),
        st.dictionaries(st.sampled_from(NEW), st.sampled_from(ON_NEW), max_size=4),
        st.dictionaries(st.sampled_from(IGNORED), st.sampled_from(("ignored", "forced")), max_size=2),
        st.dictionaries(
            st.just(LINK), st.sampled_from(("retargeted", "staged link", "deleted", "removed")), max_size=1
        ),
    ),
    submodule=st.sampled_from(["", "", "", "dirty", "moved", "moved and staged", "gone"]),
    target=st.sampled_from(["", "", "", "", *ON_TARGET]),
)


def template(place: Path) -> Repo:
    """A repository with a backlog, code of every kind beside it and a submodule, to be copied for each state."""
    vendor = make(place / "vendor")
    for number in range(2):
        vendor.write("lib.txt", f"lib {number}\n")
        vendor.commit(f"lib {number}")
    repo = make(place / "template")
    repo.git("config", "core.hooksPath", "/dev/null")
    repo.git("config", "gc.auto", "0")
    Session(repo)("init")
    repo.write(POLICY, "version: 1\n")
    for item_id, text in PREPARED.items():
        repo.write(f"items/{item_id}.md", text)
    for path in TRACKED:
        repo.write(path, "".join(f"{path} line {number}\n" for number in range(30)))
    (repo.root / PROGRAM).chmod(0o755)
    (repo.root / BINARY).write_bytes(bytes(range(256)) * 4)
    (repo.root / LINK).symlink_to("a.txt")
    repo.write(".gitignore", "build/\n*.log\n")
    repo.write(".gitattributes", "*.png binary\n")
    repo.write("ops/reports/platform/2026-W08.json", DIGEST)
    repo.write("tasks.md", grouped_file({("ops", "high"): [task(1), task(2)]}))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../vendor", SUBMODULE)
    repo.commit("everything")
    (repo.root / ".git/modules" / SUBMODULE / _EARLIER).write_text(vendor.git("rev-parse", "HEAD~1"))
    Session(repo)("comment", TARGET, "worth undoing")
    repo.git("repack", "-a", "-d", "--quiet")
    return repo


DIGEST = """{"schema_version": 1, "week": "2026-W08", "env": "prod", "generated_at": "2026-02-16T06:00:00Z",
 "services": [{"service": "mail", "pressure": {"requires_arch_review": true, "band": "high"}}]}
"""


def enter(repo: Repo, state: State) -> None:
    """Brings a fresh copy of the template into the state."""
    _configure(repo, state.kind)
    done = {**state.files, **({f"items/{TARGET}.md": state.target} if state.target else {})}
    _submodule(repo, state.submodule)
    for path, what in done.items():
        _first(repo, path, what)
    _git(repo, ("add", "--force"), _paths(done, _STAGED) + _renamed(done) + [SUBMODULE] * ("staged" in state.submodule))
    _git(repo, ("add", "--intent-to-add", "--force"), _paths(done, ("intended",)))
    _git(repo, ("rm", "--cached", "--quiet", "--force"), _paths(done, ("removed", "untracked again", "renamed")))
    _git(repo, ("update-index", "--assume-unchanged"), _paths(done, ("assume unchanged",)))
    _git(repo, ("update-index", "--skip-worktree"), _paths(done, ("skip worktree", "skip worktree, gone")))
    _conflict(repo, _paths(done, ("conflicted",)))
    for path, what in done.items():
        _then(repo, path, what)
    if state.kind == "split index":
        repo.git("update-index", "--split-index")
    if state.kind == "index v4":
        repo.git("update-index", "--index-version", "4")


_STAGED = (
    "staged", "staged and edited", "part staged", "staged executable", "staged as a link", "turned into a folder",
    "added", "added and edited", "added and gone", "empty", "forced", "staged link",
)  # fmt: skip
_SETTINGS = {
    "split index": "[core]\n\tsplitIndex = true\n",
    "index v4": "[index]\n\tversion = 4\n",
    "autocrlf": "[core]\n\tautocrlf = true\n\tsafecrlf = false\n",
    "untracked cache": "[core]\n\tuntrackedCache = true\n",
    "file mode off": "[core]\n\tfileMode = false\n",
    "assume untracked off": "[status]\n\tshowUntrackedFiles = no\n",
}


def _configure(repo: Repo, kind: str) -> None:
    with (repo.root / ".git/config").open("a") as file:
        file.write(_SETTINGS.get(kind, ""))


def _paths(done: Mapping[str, str], kinds: Sequence[str]) -> list[str]:
    return [path for path, what in done.items() if what in kinds]


def _renamed(done: Mapping[str, str]) -> list[str]:
    return [_new_name(path) for path, what in done.items() if what == "renamed"]


def _new_name(path: str) -> str:
    """Where a renamed file goes: an item keeps its name, which is its id, and goes to a folder."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/2026/{name}" if folder == "items" else f"moved/{name}"


def _git(repo: Repo, command: Sequence[str], paths: Sequence[str]) -> None:
    if paths:
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        if command[0] == "update-index":
            repo.git(*command, "-z", "--stdin", stdin=names)
        else:
            repo.git("--literal-pathspecs", *command, "--pathspec-from-file=-", "--pathspec-file-nul", stdin=names)


def _first(repo: Repo, path: str, what: str) -> None:
    """What is in the work tree when everything that is to be staged is staged."""
    file = repo.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if what in ("staged", "staged and edited", "part staged"):
        _edit(file, "staged by hand", 2)
    elif what in ON_NEW or what in ("ignored", "forced"):
        file.write_bytes(_fresh(path) if what != "empty" else b"")
    elif what == "renamed":
        _move(repo, path)
    elif what == "staged executable":
        file.chmod(file.stat().st_mode ^ 0o111)
    elif what in ("staged as a link", "staged link"):
        file.unlink()
        file.symlink_to("elsewhere")
    elif what == "turned into a folder":
        file.unlink()
        file.mkdir()
        (file / "inside.txt").write_text("inside\n")


def _then(repo: Repo, path: str, what: str) -> None:
    """What is done behind the last ``git add``."""
    file = repo.root / path
    if what in ("edited", "staged and edited", "part staged", "assume unchanged", "skip worktree", "added and edited"):
        _edit(file, "edited by hand", -1)
    elif what in ("deleted", "removed", "added and gone", "skip worktree, gone"):
        file.unlink(missing_ok=True)
    elif what == "moved by hand":
        _move(repo, path)
    elif what == "made executable":
        file.chmod(file.stat().st_mode ^ 0o111)
    elif what in ("turned into a link", "retargeted"):
        file.unlink()
        file.symlink_to("elsewhere")
    elif what == "carriage returns":
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    elif what == "touched":
        os.utime(file, (1, 1))


def _move(repo: Repo, path: str) -> None:
    target = repo.root / _new_name(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    (repo.root / path).rename(target)


def _edit(file: Path, said: str, at: int) -> None:
    """Changes one line: of an item its title or its description, so that it stays an item."""
    lines = file.read_bytes().split(b"\n")
    if file.parent.name == "items" and file.suffix == ".md" and len(lines) > 9:
        places = {
            2: next(number for number, line in enumerate(lines) if line.startswith(b"title: ")),
            -1: len(lines) - 1,
        }
        lines[places[at]] = f"title: {said}".encode() if at == 2 else said.encode() + b"\n"
    else:
        lines.insert(at, said.encode())
    file.write_bytes(b"\n".join(lines))


def _fresh(path: str) -> bytes:
    stem = path.rpartition("/")[2].removesuffix(".md")
    return item_text(stem).encode() if path.startswith("items/bl_") else b"fresh\n" * 20


def _conflict(repo: Repo, paths: Sequence[str]) -> None:
    """Unmerged entries, as a stash that did not apply leaves them: no operation is in progress."""
    if paths:
        blob = repo.git("rev-parse", "HEAD:e.txt").strip()
        lines = [f"100644 {blob} {stage}\t{path}\0" for path in paths for stage in (1, 2, 3)]
        gone = [f"0 {'0' * len(blob)}\t{path}\0" for path in paths]
        repo.git("update-index", "-z", "--index-info", stdin="".join(gone + lines).encode("utf-8", "surrogateescape"))


def _submodule(repo: Repo, what: str) -> None:
    inside = repo.root / SUBMODULE / "lib.txt"
    if what == "dirty":
        inside.write_text("dirty\n")
    elif what.startswith("moved"):
        modules = repo.root / ".git/modules" / SUBMODULE
        (modules / "HEAD").write_text((modules / _EARLIER).read_text())
    elif what == "gone":
        inside.unlink()
