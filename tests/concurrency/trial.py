"""One command in a repository full of a person's work, and what the person's next commit then holds.

All that is compared is read from files and with plain git; ``Broken`` says which promise does not hold.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cli.session import POLICY, Session
from tests.concurrency import states
from tests.concurrency.ledger import Commit, blobs, history
from tests.concurrency.states import TARGET, State
from tests.repositories import Repo

#: What a person does next: commits what is staged, commits everything, puts it aside and takes it up again.
AFTERWARDS = ("commit", "commit --all", "stash")
_OWN = f"items/{TARGET}.md"
_NEW_ITEM = r"items/bl_[0-9a-f]{12}\.md"
#: name -> (the command, which paths its commit may hold).
COMMANDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "create": (("create", "Patch it", "P1"), _NEW_ITEM),
    "edit": (("edit", TARGET, "--set", "owner=bob"), re.escape(_OWN)),
    "move": (("set-status", TARGET, "in_progress"), re.escape(_OWN)),
    "comment": (("comment", TARGET, "said by the tool"), re.escape(_OWN)),
    "close": (("close", TARGET, "--status", "canceled"), re.escape(_OWN)),
    "assign": (("assign", TARGET, "bob"), re.escape(_OWN)),
    "upsert": (("upsert", "--dedupe-key", f"key:{TARGET}", "--title", "Newer"), re.escape(_OWN)),
    "upsert of a new key": (("upsert", "--dedupe-key", "k", "--title", "New"), _NEW_ITEM),
    "undo": (("undo",), re.escape(_OWN)),
    "import": (("import", "tasks.md"), rf"items/TASK-20260204-00\d\.md|{re.escape(POLICY)}"),
    "generate": (("generate", "weekly"), _NEW_ITEM),
    "an illegal step": (("set-status", TARGET, "done"), ""),
    "an unknown field": (("edit", TARGET, "--set", "nope=1"), ""),
}
#: Commands that change no text that a hand edit of ours changes.
_KEEPING = ("edit", "move", "comment", "close", "assign")
_ENTRY = re.compile(
    r"(?P<tag>[A-Za-z?]) (?P<mode>\d+) (?P<blob>[0-9a-f]+) (?P<stage>\d)\t(?P<path>[^\0]*)\0"
    r"  ctime: .*\n  mtime: .*\n  dev: .*\n  uid: .*\n  size: \d+\tflags: (?P<flags>[0-9a-f]+)\n"
)
_INTENDED, _LASTING = 1 << 29, 1 << 30 | 1 << 29 | 0x8000
_QUIET = {"GIT_OPTIONAL_LOCKS": "0"}

#: (tag, mode, blob, stage, lasting flags) of one entry of the index.
Entry = tuple[str, str, str, str, int]
Tree = dict[str, tuple[str, str]]


class Broken(AssertionError):  # noqa: N818 - it is the sentence that does not hold
    """A promise about the person's work that does not hold."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The index, the work tree and the settings at one moment; ``raw`` is the index as bytes."""

    entries: Mapping[str, list[Entry]]
    files: Mapping[str, tuple[object, ...]]
    settings: Mapping[str, tuple[object, ...]]
    raw: bytes

    def without(self, paths: Iterable[str]) -> tuple[object, ...]:
        """Everything but what is at some paths and what makes up their folders."""
        own = set(paths)
        entries = {path: held for path, held in self.entries.items() if path not in own}
        return entries, {path: held for path, held in self.files.items() if path not in own}, self.settings


def seen(repo: Repo) -> Seen:
    """Looks, and changes nothing."""
    entries: dict[str, list[Entry]] = {}
    told = repo.git("ls-files", "--stage", "-v", "--debug", "-z", extra=_QUIET)
    for one in _ENTRY.finditer(told):
        flags = int(one["flags"], 16) & _LASTING
        entries.setdefault(one["path"], []).append((one["tag"], one["mode"], one["blob"], one["stage"], flags))
    git = repo.root / ".git"
    kept = [git / name for name in ("config", "info", "refs", "packed-refs", "hooks", "modules/vendor/HEAD", "HEAD")]
    settings = {path: held for place in kept for path, held in _walk(place, git) if path != "refs/heads/main"}
    return Seen(entries, dict(_walk(repo.root, repo.root)), settings, (git / "index").read_bytes())


def _walk(place: Path, root: Path) -> Iterable[tuple[str, tuple[object, ...]]]:
    """(path, what it is) of everything below a place but ``.git``; a file that was written anew is another one."""
    waiting = [os.fspath(place)] if place.exists() else []
    while waiting:
        path = waiting.pop()
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            waiting += [entry.path for entry in os.scandir(path) if entry.name != ".git"]
        elif stat.S_ISLNK(status.st_mode):
            yield os.path.relpath(path, root), (status.st_mode, os.readlink(path))
        else:
            held = (status.st_mode, status.st_mtime_ns, status.st_ino, Path(path).read_bytes())
            yield os.path.relpath(path, root), held


def trial(repo: Repo, head: Tree, state: State, command: str, with_edits: bool, afterwards: str) -> str:
    """Brings a copy of the template, whose tree is ``head``, into the state and runs everything; how the command ended.

    Raises ``Broken``.
    """
    states.enter(repo, state)
    before, base = seen(repo), repo.head()
    changed = _changed(repo) if afterwards == "commit --all" else set()
    words, allowed = COMMANDS[command]
    more = ("--with-edits",) if with_edits else ()
    answer = Session(repo).answer(*words, *more, "--json")
    after, commits = seen(repo), history(repo, f"{base}..HEAD")
    told = answer.data.get("commit") if answer.status == 0 else None
    if not told:
        _same(before, after, commits, answer.status)
    else:
        _held(before, after, commits, told, allowed)
        _as_committed(repo, after, commits[0])
        if state.target and command in _KEEPING and _OWN in commits[0].paths:
            _hand_edits_taken(repo, commits[0])
    own = {path for one in commits for path in one.paths}
    _continue(repo, head, before, own, changed, _undecided(state, before), afterwards)
    return "done" if told else "unchanged" if answer.status == 0 else f"status {answer.status}"


def _require(holds: bool, sentence: str, *told: object) -> None:
    if not holds:
        raise Broken(f"{sentence}: " + " | ".join(ascii(one)[:600] for one in told))


def _changed(repo: Repo) -> set[str]:
    """What ``git commit --all`` will hold: every change of a tracked file but one that was added and is gone again."""
    told = repo.git(
        *("status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty"),
        extra=_QUIET,
    )
    return {one[3:] for one in told.split("\0") if one and one[:2] != "AD"}


def _same(before: Seen, after: Seen, commits: list[Commit], status: int) -> None:
    """A command that did not commit changed nothing, down to the bytes of the index."""
    _require(not commits, f"it ended with {status} and made a commit", commits)
    _require(
        before.without(()) == after.without(()), "it refused and changed something", _difference(before, after, set())
    )
    _require(before.raw == after.raw, "it refused and wrote the index")


def _held(before: Seen, after: Seen, commits: list[Commit], told: str, allowed: str) -> None:
    """One commit, of paths that the command is about; nothing else moved."""
    _require([one.id for one in commits] == [told], "not exactly the commit that was told", told, commits)
    paths = commits[0].paths
    _require(bool(paths) and all(re.fullmatch(allowed, one) for one in paths), "foreign paths", paths)
    _require(
        before.without(paths) == after.without(paths),
        "the person's work changed",
        _difference(before, after, set(paths)),
    )


def _difference(before: Seen, after: Seen, own: set[str]) -> list[object]:
    pairs = ((before.entries, after.entries), (before.files, after.files), (before.settings, after.settings))
    return [
        (path, old.get(path), new.get(path))
        for old, new in pairs
        for path in sorted({*old, *new} - own)
        if old.get(path) != new.get(path)
    ]


def _as_committed(repo: Repo, after: Seen, commit: Commit) -> None:
    """Index and work tree hold what the commit holds at its paths."""
    texts = blobs(repo, (new for _, _, _, new in commit.changes))
    for _, path, _, new in commit.changes:
        _require([one[2] for one in after.entries.get(path, [])] == [new], "the index is not as committed", path)
        data = after.files[path][-1]
        _require(
            isinstance(data, bytes) and data.replace(b"\r\n", b"\n") == texts[new], "the file is not as committed", path
        )


def _hand_edits_taken(repo: Repo, commit: Commit) -> None:
    (text,) = blobs(repo, (new for _, path, _, new in commit.changes if path == _OWN)).values()
    _require(b"by hand" in text, "--with-edits left the hand edits behind", text)


def _continue(
    repo: Repo, head: Tree, before: Seen, own: set[str], changed: set[str], undecided: set[str], afterwards: str
) -> None:
    """The person goes on with plain git; their commit holds what they had in it before, and ours stays."""
    base = repo.head()
    if afterwards == "stash":
        done = _done(repo, "stash", "push", "--quiet")
        if done:
            _require(_clean(repo, own), "putting work aside reverted it", sorted(own))
            _done(repo, "stash", "pop", "--index", "--quiet")
    else:
        done = _done(repo, *afterwards.split(), "--quiet", "--message", "the person's own")
    theirs = history(repo, f"{base}..HEAD")
    if afterwards == "commit":
        wanted = {} if _conflicted(before) else _staged(before, head, own)
        held = {path: new for one in theirs for _, path, _, new in one.changes}
        _require(held == wanted, "the person's commit is not what they staged", held, wanted)
    elif afterwards == "commit --all" and done:
        odd = ({path for one in theirs for path in one.paths} ^ (changed - own)) - undecided
        _require(not odd, "the person's commit is not what they changed", odd)
    _require(_clean(repo, own), "the next commit, or what is left for it, reverts ours", sorted(own))


def _done(repo: Repo, *command: str) -> bool:
    return subprocess.run(["git", *command], cwd=repo.root, capture_output=True, check=False).returncode == 0


def _clean(repo: Repo, own: set[str]) -> bool:
    """Whether index and work tree are as the last commit at these paths."""
    return not own or not repo.git(
        "--literal-pathspecs", "status", "--porcelain", "--untracked-files=all", "--", *sorted(own)
    )


def _conflicted(state: Seen) -> set[str]:
    return {path for path, entries in state.entries.items() if any(one[3] != "0" for one in entries)}


def _undecided(state: State, before: Seen) -> set[str]:
    """Paths that ``git status`` lists and that may be no change for ``--all``: unmerged, and other line ends only."""
    same = {path for path, what in state.files.items() if what == "carriage returns" and state.kind == "autocrlf"}
    return same | _conflicted(before)


def _staged(state: Seen, head: Tree, own: set[str]) -> dict[str, str]:
    """path -> the blob that a plain commit brings, zeros for a file that goes."""
    index = {
        path: (one[1], one[2])
        for path, (one, *_) in state.entries.items()
        if not one[4] & _INTENDED and path not in own
    }
    gone = {path: "0" * 40 for path in head if path not in index and path not in own}
    return gone | {path: blob for path, (mode, blob) in index.items() if head.get(path) != (mode, blob)}


def tree(repo: Repo) -> Tree:
    """path -> (mode, object) of the last commit."""
    listed = [one.partition("\t") for one in repo.git("ls-tree", "-r", "-z", "HEAD").split("\0") if one]
    return {path: (meta.split()[0], meta.split()[2]) for meta, _, path in listed}
