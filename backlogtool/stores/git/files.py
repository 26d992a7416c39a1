"""Item files, in the work tree or in a commit: which there are, and what is in them.

Paths from a repository are hostile input. Nothing follows a symbolic link, opens anything but a regular
file, or leaves the repository; whatever is odd is reported and the rest is read all the same.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from backlogtool.codec.frontmatter import MAX_FILE
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import is_id
from backlogtool.errors import InvalidError, UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.runner import Git

ITEMS = "items"
#: How the names of files begin that are not whole yet.
TEMPORARY = ".backlogtool-"
_IGNORED = frozenset(("README.md",))
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Listing:
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
        for path in paths:
            yield path, self._content(path, limit)

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

    def _content(self, path: str, limit: int) -> bytes | Finding | None:
        try:
            with self._folder(path) as (folder, name):
                handle = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Finding("BL113", f"cannot be opened: {error.strerror}", path=path)
        try:
            return _regular_content(handle, path, limit)
        finally:
            os.close(handle)

    def write(self, path: str, data: bytes) -> None:
        """Puts a whole new content in place, durably: the old one or the new one is there, never a part.

        Raises ``UnavailableError`` if the disk says no, ``InvalidError`` if something else is at the path.
        """
        with answered(f"{path} cannot be written"), self._folder(path, make=True) as (folder, name):
            _refuse_odd(folder, name, path)
            _write_durably(folder, name, data)

    def remove(self, path: str) -> None:
        """Removes a file, and the folders it leaves empty, as git does. Raises ``UnavailableError``."""
        with (
            answered(f"{path} cannot be removed"),
            suppress(FileNotFoundError),
            self._folder(path) as (folder, name),
        ):
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
        self._remove_empty(path.rpartition("/")[0])

    def _remove_empty(self, folder: str) -> None:
        with suppress(OSError):
            while folder:
                with self._folder(folder) as (above, name):
                    os.rmdir(name, dir_fd=above)
                folder = folder.rpartition("/")[0]

    def keep(self, path: str, place: str) -> None:
        """Makes the file stand at ``place`` as well, outside the work tree; the two part when one is replaced."""
        with answered(f"{path} cannot be set aside"), self._folder(path) as (folder, name):
            with suppress(FileNotFoundError):
                os.unlink(place)
            try:
                os.link(name, place, src_dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return
            except OSError:
                _copy(os.path.join(self._root, path), place)

    def put_back(self, path: str, place: str) -> None:
        """Moves a file that was kept back to where it stood, which needs no space. Raises ``UnavailableError``."""
        with answered(f"{path} cannot be put back"), self._folder(path, make=True) as (folder, name):
            try:
                os.rename(place, name, dst_dir_fd=folder)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                with open(place, "rb") as file:
                    _write_durably(folder, name, file.read())
            os.fsync(folder)

    def stamp(self, path: str) -> tuple[int, ...]:
        """What changes whenever somebody writes to the file; empty if there is none."""
        with suppress(OSError), self._folder(path) as (folder, name):
            seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
        return ()

    def remove_temporary(self, paths: Iterable[str]) -> None:
        """Removes what a writer that died left beside the paths. The caller holds the clone's writer lock."""
        for one in {path.rpartition("/")[0]: path for path in paths}.values():
            with suppress(FileNotFoundError), self._folder(one) as (folder, _):
                for name in os.listdir(folder):
                    if name.startswith(TEMPORARY):
                        os.unlink(name, dir_fd=folder)

    @contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder of a path, opened (or made) step by step without following links, and the last name."""
        *folders, name = path.split("/")
        if name in ("", ".", "..") or any(part in ("", ".", "..", ".git") for part in folders):
            raise InvalidError(f"'{path}' is not a path inside the repository")
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                        os.fsync(handle)
                below = os.open(part, _FOLDER, dir_fd=handle)
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

    def entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        result = self._git.read("ls-tree", "-r", "-z", "--full-tree", self._revision, "--", folder)
        if result.status:
            raise UnavailableError(f"git cannot list {self._revision}: {result.err}")
        for entry in result.out.split(b"\0"):
            if entry:
                mode, _, path = entry.partition(b"\t")
                yield os.fsdecode(path), mode.startswith((b"100644", b"100755"))

    def read(self, paths: Iterable[str], limit: int = MAX_FILE) -> Iterator[tuple[str, bytes | Finding | None]]:
        wanted = list(paths)
        names = {path: f"{self._revision}:{path}" for path in wanted}
        found = read_objects(self._git, names.values())
        for path in wanted:
            data = found.get(names[path])
            if "\n" in path:  # git could not be asked for it
                yield path, Finding("BL113", "a line end in its path, so it is not read", path=path)
            elif data is not None and len(data) > limit:
                yield path, Finding("BL107", f"{len(data)} bytes; it may have {limit}", path=path)
            else:
                yield path, data


def listing(files: Files) -> Listing:
    """All item files below ``items/``."""
    paths: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for path, regular in files.entries(ITEMS):
        folder, _, name = path.rpartition("/")
        alias = _alias(name) if regular else ""
        if (not name.endswith(".md") and regular and not alias) or name in _IGNORED or name.startswith("."):
            continue
        stem = name.removesuffix(".md")
        if not regular:
            fix = "put a file there, not a link, folder or device"
            findings.append(Finding("BL113", "is not a regular file, so it is not read", path=path, fix=fix))
        elif alias or not is_id(stem) or not name.isascii():
            why = f"is the same name as {alias} on some systems" if alias else "is no item id"
            fix = "name it after its id, such as bl_0123456789ab.md, or move it out of items/"
            findings.append(Finding("BL114", f"'{stem}' {why}, so the file is not read", path=path, fix=fix))
        else:
            paths.setdefault(stem, []).append(f"{folder}/{name}")
    for stem, several in paths.items():
        findings += [_twice(stem, one, several) for one in several] if len(several) > 1 else []
    return Listing(paths, findings)


def _alias(name: str) -> str:
    """The name of an item's file that another name means on other systems; empty if it means none.

    macOS takes letters of either case for the same, Windows leaves out blanks and dots at the end, and opens what
    stands before a colon (ROBUSTNESS.md 2.2).
    """
    if name.endswith(".md"):
        return ""
    bare, suffix = os.path.splitext(unicodedata.normalize("NFKC", name).partition(":")[0].rstrip(". "))
    return f"{bare}.md" if suffix.casefold() == ".md" and bare != "README" else ""


def _twice(stem: str, path: str, several: list[str]) -> Finding:
    others = ", ".join(one for one in several if one != path)
    fix = "keep one of them; give the other a new id if it is other work"
    return Finding("BL205", f"{stem} also stands in {others}", path=path, item=stem, fix=fix)


def _regular_content(handle: int, path: str, limit: int) -> bytes | Finding:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        return Finding("BL113", "is not a regular file, so it is not read", path=path)
    if status.st_size > limit:
        return Finding("BL107", f"{status.st_size} bytes; it may have {limit}", path=path)
    parts = []
    while part := os.read(handle, status.st_size + 1):
        parts.append(part)
    return b"".join(parts)


def _refuse_odd(folder: int, name: str, path: str) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise InvalidError(f"{path} is not a regular file", hint="remove what stands there")


@contextmanager
def answered(what: str) -> Iterator[None]:
    """Raises what the system says no with (no space, no permission …) as ``UnavailableError``."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(f"{what}: {error.strerror}") from error


def _write_durably(folder: int, name: str, data: bytes) -> None:
    temporary = f"{TEMPORARY}{secrets.token_hex(8)}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        try:
            with suppress(FileNotFoundError):
                os.fchmod(handle, stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode))
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        fault.point()
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _copy(path: str, place: str) -> None:
    """For a git directory on another file system."""
    with open(path, "rb") as source, open(place, "wb") as target:
        target.write(source.read())
        target.flush()
        os.fsync(target.fileno())
        os.fchmod(target.fileno(), stat.S_IMODE(os.fstat(source.fileno()).st_mode))
