"""The files of a work tree as a writer needs them: replaced durably, set aside, put back.

Readers do not import this. Paths are hostile input here too: nothing follows a link or leaves the repository.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from backlogtool.errors import InvalidError, UnavailableError
from backlogtool.stores.git import fault
from backlogtool.stores.git.files import WorkTree, content

#: How the names of files begin that are not whole yet.
TEMPORARY = ".backlogtool-"


class WorkFiles(WorkTree):
    """The files of a work tree, to be written."""

    def write(self, path: str, data: bytes, *, alone: bool = True) -> None:
        """Puts a whole new content in place, durably: the old one or the new one is there, never a part.

        Which of the two is there is durable as well if it is ``alone``, else once ``settle`` has been called. Raises
        ``UnavailableError`` if the disk says no, ``InvalidError`` if something else is at the path.
        """
        with answered(f"{path} cannot be written"), self._folder(path, make=True) as (folder, name):
            _refuse_odd(folder, name, path)
            _replace(folder, name, data)
            if alone:
                os.fsync(folder)

    def change(self, path: str, before: bytes, after: bytes, *, durable: bool = True) -> bool:
        """Puts a whole new content in place of the one that was read; False if the file has another by now, or is gone.

        If it is not ``durable``, a power cut may take both: then the old one has to stand elsewhere. Raises
        ``UnavailableError`` if the disk says no.
        """
        with answered(f"{path} cannot be written"), suppress(FileNotFoundError), self._folder(path) as (folder, name):
            changed = _replace(folder, name, after, before=before, durable=durable)
            if changed and durable:
                os.fsync(folder)
            return changed
        return False

    def remove(self, path: str, *, alone: bool = True) -> None:
        """Removes a file, and the folders it leaves empty, as git does. Raises ``UnavailableError``.

        If it is not ``alone``, ``settle`` makes that durable, and removes the folders.
        """
        with (
            answered(f"{path} cannot be removed"),
            suppress(FileNotFoundError),
            self._folder(path) as (folder, name),
        ):
            os.unlink(name, dir_fd=folder)
            if alone:
                os.fsync(folder)
        if alone:
            self._remove_empty(path.rpartition("/")[0])

    def move(self, path: str, target: str) -> None:
        """Moves a file as it is; ``settle`` makes that durable. Raises ``UnavailableError``, ``InvalidError``."""
        told = answered(f"{target} cannot be written")
        with told, self._folder(path) as (old, name), self._folder(target, make=True) as (new, last):
            _refuse_odd(new, last, target)
            os.rename(name, last, src_dir_fd=old, dst_dir_fd=new)

    def settle(self, come: Iterable[str], left: Iterable[str]) -> None:
        """Makes the names in folders durable to which files have come, then in those they left; empty ones go."""
        for folder in dict.fromkeys((*come, *left)):
            inside = f"{folder}/_" if folder else "_"
            told = answered(f"{folder or inside} cannot be written")
            with told, suppress(FileNotFoundError), self._folder(inside) as (handle, _):
                os.fsync(handle)
        for folder in left:
            self._remove_empty(folder)

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
                    _replace(folder, name, file.read())
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


def _replace(folder: int, name: str, data: bytes, *, before: bytes | None = None, durable: bool = True) -> bool:
    """Whether it was done, which it is not if the file has to have a content ``before`` and has another."""
    temporary = f"{TEMPORARY}{os.urandom(8).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        try:
            with suppress(FileNotFoundError):
                os.fchmod(handle, stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode))
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
        fault.point()
        if before is not None and content(folder, name, len(before))[0] != before:
            os.unlink(temporary, dir_fd=folder)
            return False
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return True
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _copy(path: str, place: str) -> None:
    """For a git directory on another file system."""
    with open(path, "rb") as source, open(place, "wb") as target:
        target.write(source.read())
        target.flush()
        os.fsync(target.fileno())
        os.fchmod(target.fileno(), stat.S_IMODE(os.fstat(source.fileno()).st_mode))
