"""Item files, in the work tree or in a commit: which there are, and what is in them.

Paths from a repository are hostile input. Nothing follows a symbolic link, opens anything but a regular
file, or leaves the repository; whatever is odd is reported and the rest is read all the same.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import is_id
from backlogtool.errors import InvalidError, UnavailableError

if TYPE_CHECKING:  # a work tree is read without git
    from backlogtool.stores.git.runner import Git

ITEMS = "items"
_IGNORED = frozenset(("README.md",))
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: How a folder is opened that may be a link.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Listing(NamedTuple):
    """id -> paths of the files that claim it (more than one is a finding), and what is odd."""

    paths: dict[str, list[str]]
    findings: list[Finding]


class Files(Protocol):
    """A place where item files are."""

    def entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        """(path, is it a regular file) of everything below a folder."""

    def read(self, paths: Iterable[str], limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | Finding | None]]:
        """Each path with its content, why it cannot be read, or None if nothing is there.

        A file of more than ``limit`` bytes is not read.
        """


class WorkTree:
    """The files as they stand in a work tree, with whatever a person is editing."""

    def __init__(self, root: str) -> None:
        self._root = root

    def read(self, paths: Iterable[str], limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | Finding | None]]:
        for _, some in itertools.groupby(paths, lambda path: path.rpartition("/")[0]):
            yield from self._in_folder(list(some), limit)

    def _in_folder(self, paths: Sequence[str], limit: int) -> Iterator[tuple[str, bytes | Finding | None]]:
        """The contents of several files in one folder, which is opened once."""
        for path in paths:
            _parts(path)
        try:
            with self._folder(paths[0]) as (folder, _):
                yield from ((path, content(folder, path, limit)[0]) for path in paths)
        except FileNotFoundError:
            yield from ((path, None) for path in paths)
        except OSError as error:
            yield from ((path, _unopened(path, error)) for path in paths)

    def entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        parts = folder.split("/")
        for depth in range(1, len(parts) + 1):
            if os.path.islink(os.path.join(self._root, *parts[:depth])):
                yield "/".join(parts[:depth]), False
                return
        folders = [folder]
        while folders:
            inner = folders.pop()
            try:
                entries = sorted(os.scandir(os.path.join(self._root, inner)), key=lambda entry: entry.name)
            except FileNotFoundError:
                continue
            except OSError:
                yield inner, False
                continue
            for entry in entries:
                path = f"{inner}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        folders.append(path)
                else:
                    yield path, entry.is_file(follow_symlinks=False)

    @contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder of a path, opened (or made) step by step without following links, and the last name."""
        *folders, name = _parts(path)
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                        os.fsync(handle)
                below = os.open(part, FOLDER, dir_fd=handle)
                os.close(handle)
                handle = below
            yield handle, name
        finally:
            os.close(handle)


class Tree:
    """The files as they stand in a commit."""

    def __init__(self, git: Git, revision: str) -> None:
        self._git = git
        self._revision = revision

    def _listed(self, options: Sequence[str], *paths: str) -> bytes:
        result = self._git.read("ls-tree", "-z", "--full-tree", *options, self._revision, "--", *paths)
        if result.status:
            raise UnavailableError(f"git cannot list {self._revision}: {result.err}")
        return result.out

    def entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        for entry in self._listed(["-r"], folder).split(b"\0"):
            if entry:
                mode, _, path = entry.partition(b"\t")
                yield os.fsdecode(path), mode.startswith((b"100644", b"100755"))

    def read(self, paths: Iterable[str], limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | Finding | None]]:
        wanted = list(paths)
        names, large = self._names([path for path in wanted if "\n" not in path], limit)
        from backlogtool.stores.git.objects import read_within  # a work tree is read without git

        asked = [name for path, name in names.items() if name and path not in large]
        found, sizes = read_within(self._git, asked, limit, (b"blob", b"commit"))
        large |= {path: sizes[name] for path, name in names.items() if name in sizes}
        for path in wanted:
            name = names.get(path)
            data = found.get(name) if name else None
            if "\n" in path:  # git could not be asked for it
                yield path, Finding("BL113", "a line end in its path, so it is not read", path=path)
            elif name == "":
                yield path, Finding("BL113", "it is not a regular file", path=path)
            elif path in large:
                yield path, Finding("BL107", f"{large[path]} bytes; it may have {limit}", path=path)
            elif data is None and name and self._revision:
                raise self._missing(path)
            else:
                yield path, data

    def _names(self, paths: Sequence[str], limit: int) -> tuple[dict[str, str], dict[str, int]]:
        """path -> what git is asked for, nothing for what is odd; and the sizes of files that are known to be large."""
        if not self._revision or not paths:
            return {path: f"{self._revision}:{path}" for path in paths}, {}
        from backlogtool.stores.git.committed import standing  # as above

        return standing(self._listed, paths, limit)

    def _missing(self, path: str) -> UnavailableError:
        """The error for a file of the commit whose content is not here: it must not pass for none."""
        message = f"{path} of commit {self._revision[:10]} is missing here"
        return UnavailableError(message, hint="git fsck tells what is damaged or missing")


def listing(files: Files) -> Listing:
    """All item files below ``items/``."""
    paths: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for path, regular in files.entries(ITEMS):
        told = judged(path, regular)
        if isinstance(told, Finding):
            findings.append(told)
        elif told:
            paths.setdefault(told, []).append(path)
    return Listing(paths, findings + repeated(paths))


def judged(path: str, regular: bool) -> str | Finding:
    """The id of the item whose file this is, what is odd about it, or empty: it is no business of ours."""
    name = path.rpartition("/")[2]
    alias = _alias(name) if regular else ""
    if (not name.endswith(".md") and regular and not alias) or name in _IGNORED or name.startswith("."):
        return ""
    stem = name.removesuffix(".md")
    if is_hidden(path):
        return _hidden(path, stem) if name.endswith(".md") and is_id(stem) else ""
    if not regular:
        fix = "put a file there, not a link, folder or device"
        return Finding("BL113", "is not a regular file, so it is not read", path=path, fix=fix)
    if alias or not is_id(stem) or not name.isascii():
        why = f"is the same name as {alias} on some systems" if alias else "is no item id"
        fix = "name it after its id, such as bl_0123456789ab.md, or move it out of items/"
        return Finding("BL114", f"'{stem}' {why}, so the file is not read", path=path, fix=fix)
    return stem


def _hidden(path: str, stem: str) -> Finding:
    fix = "move it out of the folder whose name begins with a dot, or out of items/"
    return Finding("BL114", f"'{stem}' stands in a hidden folder, so the file is not read", path=path, fix=fix)


def is_hidden(path: str) -> bool:
    """Whether it stands below a folder whose name begins with a dot: no such one is looked into in a work tree."""
    return "/." in path.rpartition("/")[0]


def hidden(path: str) -> Finding | None:
    """What there is to say about a file that is committed in a hidden folder, into which no work tree is followed."""
    told = judged(path, regular=True) if is_hidden(path) else ""
    return told if isinstance(told, Finding) else None


def submodule(path: str) -> Finding | None:
    """What there is to say about a submodule in a work tree; nothing where it is no business of ours.

    Its items are read here as far as they are checked out, and nowhere where commits alone are read.
    """
    fix = "take it out of items/: git rm --cached, then move the files that you want into this repository"
    message = "is a submodule, so its items are none of this repository's"
    told = judged(path, regular=False)
    return Finding("BL113", message, path=path, fix=fix) if isinstance(told, Finding) else None


def repeated(paths: Mapping[str, Sequence[str]]) -> list[Finding]:
    """A finding for each of several files that claim one id."""
    return [_twice(stem, one, several) for stem, several in paths.items() if len(several) > 1 for one in several]


def _alias(name: str) -> str:
    """The name of an item's file that another name means on other systems; empty if it means none.

    macOS takes letters of either case for the same, Windows leaves out blanks and dots at the end, and opens what
    stands before a colon (ROBUSTNESS.md 2.2).
    """
    if name.endswith(".md"):
        return ""
    bare, suffix = os.path.splitext(_elsewhere(name))
    return f"{bare}.md" if suffix.casefold() == ".md" and bare != "README" else ""


def folded(name: str) -> str:
    """The name in small letters, as such systems compare it."""
    return _elsewhere(name).casefold()


def _elsewhere(name: str) -> str:
    if not name.isascii():
        import unicodedata  # few names are odd

        name = unicodedata.normalize("NFKC", name)
    return name.partition(":")[0].rstrip(". ")


def _twice(stem: str, path: str, several: Sequence[str]) -> Finding:
    others = ", ".join(one for one in several if one != path)
    fix = "keep one of them; if it is other work, backlogtool renumber gives it another id"
    return Finding("BL205", f"{stem} also stands in {others}", path=path, item=stem, fix=fix)


def _parts(path: str) -> list[str]:
    """The names that a path goes through. Raises ``InvalidError`` for one that would leave the repository."""
    *folders, name = path.split("/")
    if name in ("", ".", "..") or any(part in ("", ".", "..", ".git") for part in folders):
        raise InvalidError(f"'{path}' is not a path inside the repository")
    return [*folders, name]


def content(folder: int, path: str, limit: int) -> tuple[bytes | Finding | None, os.stat_result | None]:
    """What stands at the last name of a path in its folder, which is open, and the state of the file that was read."""
    try:
        handle = os.open(path.rpartition("/")[2], _READ, dir_fd=folder)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return _unopened(path, error), None
    try:
        return _regular_content(handle, path, limit)
    finally:
        os.close(handle)


def _unopened(path: str, error: OSError) -> Finding:
    return Finding("BL113", f"cannot be opened: {error.strerror}", path=path)


def _regular_content(handle: int, path: str, limit: int) -> tuple[bytes | Finding, os.stat_result]:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        return Finding("BL113", "is not a regular file, so it is not read", path=path), status
    if status.st_size > limit:
        return Finding("BL107", f"{status.st_size} bytes; it may have {limit}", path=path), status
    # One byte more than there is, so that the end shows without a second call.
    data = os.read(handle, status.st_size + 1)
    if len(data) == status.st_size:
        return data, status
    parts = [data]
    while part := os.read(handle, status.st_size + 1):
        parts.append(part)
    return b"".join(parts), status
