"""Random lives of a backlog: edits by hand, by command and by git, and what an index has to say after each."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from backlogtool.app import layout
from backlogtool.app.bulk import edit_matching
from backlogtool.app.items import Edits
from backlogtool.app.result import Options
from backlogtool.app.searching import search
from backlogtool.app.undoing import undo
from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query, Term
from backlogtool.errors import BacklogError
from backlogtool.stores.base import Commit, Write
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from tests.domain.samples import item
from tests.repositories import Repo, make

ORDER = ("P0", "P1", "P2", "P3")
IDS = tuple(f"bl_{number:012x}" for number in range(12))
FOLDERS = ("items", "items/00", "items/team/a", "items/.hidden")
QUERIES = (
    Query(),
    Query((Term("status", ("open", "blocked")),)),
    Query((Term("text", ("Certificate",)), Term("tag", ("auth",), negated=True))),
    Query((Term("due", ("<2026-06-01", "=")), Term("is", ("overdue",))), today="2026-04-01"),
)


def some_item(choose: random.Random, item_id: str) -> Item:
    """An item whose values repeat, so that filters and keys meet several."""
    return item(
        id=item_id,
        title=choose.choice(("Rotate the key", "Renew it", "Über alles")),
        status=choose.choice(("open", "blocked", "done", "weird")),
        priority=choose.choice((*ORDER, "urgent")),
        owner=choose.choice(("bob", "eve", "@cto")),
        due_date=choose.choice(("", "2026-03-01", "2026-09-30", "soon")),
        dedupe_key=choose.choice((item_id, "shared:key")),
        tags=choose.choice(((), ("auth",), ("auth", "keys"))),
    )


def seen(store: GitStore) -> dict[str, Any]:
    """All that a store says of its items."""
    told: dict[str, Any] = {
        "ids": store.ids(),
        "listed": (store.listed().paths, store.listed().findings),
        "edited": store.edited(),
        "count": store.count(Query(), "status"),
        "ranks": store.count(Query(), "rank"),
        "starting": store.ids_starting("0000"),
        "sharing": sorted(one.path for one in store.sharing()),
    }
    for number, query in enumerate(QUERIES):
        found = store.find(query)
        told[f"found {number}"] = sorted((one.path, one.text, one.findings) for one in found.stored)
        told[f"unreadable {number}"] = found.unreadable
        told[f"briefs {number}"] = store.briefs(query, order=ORDER)
        told[f"page {number}"] = store.briefs(query, order=ORDER, limit=3, offset=1)
    try:
        told["holders"] = store.holders(["shared:key", IDS[0], "nobody's"])
    except BacklogError as error:
        told["holders"] = str(error)
    return told


class Life:
    """A repository, the steps that can be taken in it, and a store that has an index all the time."""

    def __init__(self, place: Path, seed: int) -> None:
        self.repo = make(place / f"repo{seed}")
        self.choose = random.Random(seed)
        for item_id in IDS[:6]:
            self._write(item_id)
        self.repo.commit("first")
        self.store = GitStore(discover(str(self.repo.root)))

    def run(self, steps: int) -> Iterator[str]:
        """Takes random steps; gives the name of each."""
        kinds = [value for name, value in vars(Life).items() if name.startswith("by_")]
        for _ in range(steps):
            step: Callable[[Life], None] = self.choose.choice(kinds)
            try:
                step(self)
            except OSError:
                continue  # what the step would change is something else by now
            yield step.__name__

    def close(self) -> None:
        self.store.close()

    def agrees(self) -> None:
        """The store with an index, a new one with it, and one without any say the same."""
        repository = discover(str(self.repo.root))
        truth = seen(GitStore(repository, indexed=False))
        fresh = GitStore(repository)
        assert seen(fresh) == truth
        assert not fresh.notes
        fresh.close()
        index = ItemIndex(repository.git_dir, repository.root)
        assert index.unreadable() == list(truth["unreadable 0"])  # and not None: it was the index that spoke
        index.close()
        self.store.listed()
        with self.store.writing(dry=True):  # forgets which names there were
            pass
        assert seen(self.store) == truth

    def agrees_on_findings(self) -> None:
        """``validate`` says the same twice with an index and once without."""
        told = [self._told(index, validate) for index in ("auto", "auto", "off")]
        assert told[0] == told[1] == told[2]

    def agrees_on_words(self) -> None:
        """``search`` finds the same with an index of words and without."""
        for words in (["rotate"], ["key"], ["über*"], ["delete", "owner:eve"], ["certificat"]):
            verb = partial(search, arguments=words, limit=3)
            told = [self._told(index, verb) for index in ("auto", "off")]
            assert told[0] == told[1]

    def _told(self, index: str, verb: Callable[[Workspace], object]) -> object:
        """What a verb gives, or why it refuses."""
        try:
            return verb(self._open(index))
        except BacklogError as error:
            return str(error)

    def _open(self, index: str = "auto") -> Workspace:
        return Workspace.open(self.repo.root, environment={"BACKLOG_INDEX": index})

    def _path(self, *, there: bool = True) -> Path:
        """A path at which an item stands, or may stand."""
        standing = sorted((self.repo.root / "items").rglob("bl_*.md")) if there else []
        if standing:
            return self.choose.choice(standing)
        return self.repo.root / self.choose.choice(FOLDERS) / f"{self.choose.choice(IDS)}.md"

    def _file(self) -> Path:
        """A path at which a regular file stands, or a link to one: others cannot be read without waiting for ever."""
        path = self._path()
        if not path.is_file():
            raise FileNotFoundError(path)
        return path

    def _write(self, item_id: str, folder: str = "items") -> None:
        path = self.repo.root / folder / f"{item_id}.md"
        if path.exists() and not path.is_file():
            raise FileExistsError(path)
        self.repo.write(f"{folder}/{item_id}.md", markdown.write(some_item(self.choose, item_id)))

    def by_hand_new(self) -> None:
        self._write(self.choose.choice(IDS), self.choose.choice(FOLDERS))

    def by_hand_in_place_with_the_old_time(self) -> None:
        """The same size and, by utime, the same time."""
        path = self._file()
        before = path.stat()
        data = path.read_bytes()
        letters = bytes(data).replace(b"Rotate", b"Delete") if b"Rotate" in data else data.replace(b"Delete", b"Rotate")
        with path.open("r+b") as file:
            file.write(letters)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def by_hand_renamed_over_with_the_old_time(self) -> None:
        path = self._file()
        before = path.stat()
        aside = path.with_name("aside")
        aside.write_bytes(path.read_bytes().replace(b"bob", b"eve").replace(b"open", b"done"))
        os.utime(aside, ns=(before.st_atime_ns, before.st_mtime_ns))
        aside.replace(path)

    def by_hand_swapped(self) -> None:
        one, other = self._path(), self._path()
        aside = one.with_name("aside")
        one.rename(aside)
        if one != other:
            other.rename(one)
        aside.rename(other)

    def by_hand_deleted(self) -> None:
        self._path().unlink()

    def by_hand_moved(self) -> None:
        path = self._path()
        target = self.repo.root / self.choose.choice(FOLDERS) / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    def by_hand_broken(self) -> None:
        broken = (b"\xff\xfe", b"no frontmatter\n", b"---\nid: [\n---\n", b"", b"---\nid: other\n---\n\n\ttext\n")
        self._file().write_bytes(self.choose.choice(broken))

    def by_hand_something_else(self) -> None:
        """A link, a pipe, a folder or a second link in the place of a file."""
        path, other = self._path(), self._path()
        path.unlink()
        kind = self.choose.randrange(4)
        if kind == 0:
            path.symlink_to(other)
        elif kind == 1:
            os.mkfifo(path)
        elif kind == 2:
            path.mkdir()
        else:
            path.hardlink_to(other)

    def by_hand_odd_names(self) -> None:
        name = self.choose.choice(("README.md", ".hidden.md", "notes.md", "bl_000000000001.MD", "x.txt", "\udcff.md"))
        place = self.repo.root / self.choose.choice(FOLDERS[:3]) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.unlink()
        else:
            place.write_text("text\n")

    def by_hand_a_folder_renamed(self) -> None:
        inner = self.repo.root / self.choose.choice(FOLDERS[1:])
        inner.rename(inner.with_name(self.choose.choice(("other", "00", ".aside"))))

    def by_hand_a_folder_as_a_link(self) -> None:
        inner = self.repo.root / "items/00"
        if inner.is_symlink():
            inner.unlink()
        elif inner.is_dir():
            inner.rename(self.repo.root / f"elsewhere{self.choose.random()}")
            inner.symlink_to(self.repo.root / "items/team")
        else:
            inner.symlink_to(self.repo.root)

    def by_hand_touched(self) -> None:
        os.utime(self._path())

    def by_command(self) -> None:
        """A write of the tool, by the store that has an index."""
        try:
            with self.store.writing():
                free = next(one for one in IDS if one not in self.store.ids())
                held = self.store.get(self._path().stem)
                after = held.item._replace(owner=self.choose.choice(("bob", "eve")), rank=self.choose.randrange(3))
                writes = [Write(None, some_item(self.choose, free)), Write(held, after)]
                about = Commit("bob", "2026-03-01T09:00:00Z", "backlog: a change")
                self.store.commit(writes, about, with_edits=True)
        except (BacklogError, StopIteration):
            pass

    def by_command_on_many(self) -> None:
        edits = Edits(values={"owner": self.choose.choice(("bob", "eve", "mallory"))})
        words = [self.choose.choice(("status:open", "owner:bob", "priority:P0,P1", "tag:auth"))]
        self._commanded(lambda space: edit_matching(space, words, edits, self._options(), agreed=True))

    def by_command_undo(self) -> None:
        self._commanded(lambda space: undo(space, "", self._options()))

    def by_command_layout(self) -> None:
        wanted = self.choose.choice(("flat", "sharded"))
        self._commanded(lambda space: layout.change(space, wanted, self._options()))

    def _options(self) -> Options:
        return Options(with_edits=self.choose.random() < 0.5)

    def _commanded(self, verb: Callable[[Workspace], object]) -> None:
        """A command of the tool in a process of its own, which may refuse."""
        with suppress(BacklogError):
            verb(self._open())

    def by_hand_new_mode(self) -> None:
        self._path().chmod(self.choose.choice((0o600, 0o644, 0o755)))

    def by_hand_many_times_at_once(self) -> None:
        """Looked at in between, so that the last edit is as young as the look."""
        path = self._file()
        for owner in (b"bob", b"eve", b"zoe"):
            path.write_bytes(re.sub(rb"(?m)^owner: .*$", b"owner: " + owner, path.read_bytes()))
            self.store.count(Query(), "owner")

    def by_hand_a_folder_in_place_of_another(self) -> None:
        """Copied with the times of its files, and renamed over the one that was there."""
        inner = self.repo.root / self.choose.choice(FOLDERS[1:3])
        aside = self.repo.root / "aside"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(inner, aside, symlinks=True)
        for path in filter(Path.is_file, aside.glob("bl_*.md")):
            held = path.stat()
            path.write_bytes(path.read_bytes().replace(b"bob", b"eve"))
            os.utime(path, ns=(held.st_atime_ns, held.st_mtime_ns))
        inner.rename(self.repo.root / f"gone{self.choose.random()}")
        aside.rename(inner)

    def by_hand_what_is_derived_deleted(self) -> None:
        """While a store has it open."""
        shutil.rmtree(self.repo.root / ".git/backlogtool/cache")

    def by_git_commit(self) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "some work")

    def by_git_branch(self) -> None:
        self._git("checkout", "--quiet", "-B", self.choose.choice(("one", "two")))

    def by_git_checkout(self) -> None:
        self._git("checkout", "--quiet", "--force", self.choose.choice(("main", "one", "two", "HEAD~1", "HEAD~2")))

    def by_git_merge(self) -> None:
        self._git("merge", "--quiet", "--no-edit", self.choose.choice(("main", "one", "two")))
        if self.choose.random() < 0.7:
            self._git("merge", "--abort")

    def by_git_rebase(self) -> None:
        self._git("rebase", "--quiet", self.choose.choice(("main", "one", "two")))
        if self.choose.random() < 0.7:
            self._git("rebase", "--abort")

    def by_git_pull(self) -> None:
        how = self.choose.choice(("--rebase", "--no-rebase", "--ff-only"))
        self._git("pull", "--quiet", how, ".", self.choose.choice(("main", "one", "two")))

    def by_git_mv(self) -> None:
        path = self._path()
        target = self.repo.root / self.choose.choice(FOLDERS[:3]) / f"{self.choose.choice(IDS)}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        self._git("mv", "--force", str(path), str(target))

    def by_git_sparse(self) -> None:
        """Leaves out a folder and takes it back; a store that was open before looks in between."""
        self._git("sparse-checkout", "set", "--no-cone", "/*", f"!/{self.choose.choice(FOLDERS[1:3])}/")
        self.store.count(Query(), "owner")
        self._git("sparse-checkout", "disable")

    def by_git_restore(self) -> None:
        self._git("checkout", "--quiet", self.choose.choice(("HEAD", "HEAD~1", "one")), "--", "items")

    def by_git_revert(self) -> None:
        self._git("revert", "--no-edit", "HEAD")
        if self.choose.random() < 0.7:
            self._git("revert", "--abort")

    def by_git_clean(self) -> None:
        self._git("clean", "--quiet", "--force", "-d", "items")

    def by_git_stash(self) -> None:
        self._git("stash", "--quiet", "--include-untracked")

    def by_git_stash_pop(self) -> None:
        self._git("stash", "pop", "--quiet")

    def by_git_reset(self) -> None:
        self._git("reset", "--quiet", "--hard", self.choose.choice(("HEAD", "HEAD~1")))

    def _git(self, *arguments: str) -> None:
        """As a person, who goes on whatever git says."""
        self.repo.git(*arguments, check=False)


def repository(place: Path, amount: int, *, folder: Callable[[int], str] = lambda number: "items") -> Repo:
    """A repository with so many committed items."""
    repo = make(place)
    choose = random.Random(amount)
    for number in range(amount):
        item_id = f"bl_{number:012x}"
        repo.write(f"{folder(number)}/{item_id}.md", markdown.write(some_item(choose, item_id)))
    repo.commit("items")
    return repo
