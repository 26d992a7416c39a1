"""Random histories of a few items, written by ``git fast-import``: everything that people do to a history."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from backlogtool.codec import markdown
from backlogtool.domain.event import DELETED, Event
from backlogtool.domain.item import Comment, Item
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.marks import Marks, marks_of
from tests.repositories import Repo
from tests.stores.test_contract import item

IDS = [f"bl_00000000000{number}" for number in range(1, 5)]
BRANCHES = ("main", "a", "b")
CLOSED = ("done", "canceled")
_STATUSES = ("open", "in_progress", "blocked", "done", "canceled")
_CLAIM = 'Backlog-Item: {}\nBacklog-Event: status_change\nBacklog-Actor: {}\nBacklog-Meta: {{"old_status": "{}", "new_status": "{}"}}'  # noqa: E501


class File(NamedTuple):
    """What stands at a path: an item, or bytes; and its mode."""

    held: Item | bytes
    mode: str = "100644"

    @property
    def data(self) -> bytes:
        return self.held if isinstance(self.held, bytes) else markdown.write(self.held).encode()


#: path -> file
Tree = dict[str, File]


class Histories:
    """A repository whose branches grow, meet, are rewritten and pruned by chance."""

    def __init__(self, repo: Repo, seed: int) -> None:
        self.repo = repo
        self.choose = random.Random(seed)
        self.trees: dict[str, Tree] = {}
        self._count = 0
        self._stream: list[bytes] = []
        self._commit("main", {"notes.txt": File(b"0\n")}, [])
        for name in BRANCHES[1:]:
            self._reset(name, "main")

    def grow(self, commits: int) -> None:
        """Some more commits on any branch."""
        for _ in range(commits):
            name = self.choose.choice(BRANCHES)
            action = self.choose.choices((self._edit, self._merge, self._rewrite, self._elsewhere), (10, 6, 1, 1))[0]
            action(name)
        self.repo.git("fast-import", "--quiet", "--force", stdin=b"".join(self._stream))
        # The next process has to be told to go on from what is there.
        self._stream = [f"reset refs/heads/{name}\nfrom refs/heads/{name}^0\n\n".encode() for name in BRANCHES]

    def revision(self) -> str:
        """The tip of a branch, or now and then a commit of the past."""
        name = self.choose.choice(BRANCHES)
        back = self.choose.choice(("", "", "~1", "^2"))
        told = self.repo.git("rev-parse", "--verify", "--quiet", f"refs/heads/{name}{back}", check=False).strip()
        return told or self.repo.git("rev-parse", f"refs/heads/{name}").strip()

    def _edit(self, name: str) -> None:
        tree = dict(self.trees[name])
        said = self._change(tree)
        self._commit(name, tree, [], said)

    def _merge(self, name: str) -> None:
        """A merge takes every file from any side, and now and then changes one itself."""
        others = [one for one in BRANCHES if one != name][:: self.choose.choice((1, -1))]
        sides = others[: self.choose.choice((1, 1, 2))]
        trees = [self.trees[one] for one in (name, *sides)]
        how = self.choose.choice(("mixed", "mixed", "ours", "theirs"))
        picked = {"ours": trees[:1], "theirs": trees[1:2]}.get(how, trees)
        tree: Tree = {}
        for item_id in IDS:
            side = self.choose.choice(picked)
            tree |= {path: file for path, file in side.items() if item_id in path}
        tree |= {path: file for path, file in self.choose.choice(picked).items() if "bl_" not in path}
        said = self._change(tree) if self.choose.random() < 0.25 else "merge"
        self._commit(name, tree, sides, said)

    def _rewrite(self, name: str) -> None:
        """The branch goes back to where it, or another, once was: its last commits belong to no branch."""
        self._reset(name, self.choose.choice([one for one in BRANCHES if one != name]))

    def _elsewhere(self, name: str) -> None:
        tree = dict(self.trees[name])
        path = self.choose.choice(("notes.txt", "items/README.md", "items/notes.txt"))
        tree[path] = File(f"{self._count}\n".encode())
        self._commit(name, tree, [])

    def _change(self, tree: Tree) -> str:
        """Changes one item in the tree; gives what the commit says."""
        item_id = self.choose.choice(IDS)
        path = next((one for one in sorted(tree) if item_id in one), "")
        if not path:
            tree[f"items/{item_id}.md"] = File(self._new(item_id))
            return "create"
        file = tree.pop(path)
        actions: tuple[Callable[[str, str, File, Tree], str], ...] = (
            self._set, self._set, self._set, self._comment, self._squash, self._move, self._delete, self._break,
        )  # fmt: skip
        return self.choose.choice(actions)(item_id, path, file, tree)

    def _new(self, item_id: str) -> Item:
        return item()._replace(id=item_id, dedupe_key=item_id, status=self.choice_of_status())

    def choice_of_status(self) -> str:
        return self.choose.choice(_STATUSES)

    def _held(self, item_id: str, file: File) -> Item:
        return file.held if isinstance(file.held, Item) else self._new(item_id)

    def _set(self, item_id: str, path: str, file: File, tree: Tree) -> str:
        changed: dict[str, str] = self.choose.choice(
            [{"status": self.choice_of_status()}, {"owner": f"o{self._count % 3}"}, {"description": f"x{self._count}"}]
        )
        tree[path] = File(self._held(item_id, file)._replace(**changed))
        return f"by hand\n\nsaid {self._count}"

    def _comment(self, item_id: str, path: str, file: File, tree: Tree) -> str:
        held = self._held(item_id, file)
        remark = Comment("2026-03-01T00:00:00Z", "ann", f"remark {self._count}")
        tree[path] = File(held._replace(comments=(*held.comments, remark)))
        return "comment"

    def _squash(self, item_id: str, path: str, file: File, tree: Tree) -> str:
        held = self._held(item_id, file)
        path_of = [held.status, *self.choose.sample(_STATUSES, 2)]
        tree[path] = File(held._replace(status=path_of[-1]))
        claims = [_CLAIM.format(item_id, "bob", old, new) for old, new in pairwise(path_of)]
        return "squashed\n\n" + "\n\nand\n\n".join(claims)

    def _move(self, item_id: str, path: str, file: File, tree: Tree) -> str:
        tree[self.choose.choice([f"items/{item_id}.md", f"items/00/{item_id}.md", f"items/x/y/{item_id}.md"])] = file
        return "move"

    def _delete(self, *_: object) -> str:
        return "delete"

    def _break(self, item_id: str, path: str, file: File, tree: Tree) -> str:
        tree[path] = self.choose.choice([File(b"broken\n"), File(b"target", "120000"), file._replace(mode="100755")])
        return "break"

    def _reset(self, name: str, source: str) -> None:
        self._stream.append(f"reset refs/heads/{name}\nfrom refs/heads/{source}\n\n".encode())
        self.trees[name] = self.trees[source]

    def _commit(self, name: str, tree: Tree, others: list[str], said: str = "x") -> None:
        self._count += 1
        # Clocks are wrong now and then, and authors are not committers.
        when = 1_770_000_000 + self.choose.choice((3600, 86400)) * self._count * self.choose.choice((1, 1, 1, -1))
        message = f"{said}\n".encode()
        head = f"commit refs/heads/{name}\nauthor A <a@b> {when} +0000\ncommitter C <c@d> 1770000000 +0000\n"
        lines = [head.encode(), b"data %d\n" % len(message), message]
        lines += [f"merge refs/heads/{other}\n".encode() for other in others]
        lines.append(b"deleteall\n")
        for path, file in tree.items():
            lines += [f"M {file.mode} inline {path}\ndata {len(file.data)}\n".encode(), file.data, b"\n"]
        self._stream += lines
        self.trees[name] = tree


def opened(repo: Repo, revision: str, *, indexed: bool) -> GitStore:
    """The backlog at a revision; the policy calls every other path of statuses legal."""
    return GitStore(
        discover(str(repo.root)), legal=lambda path: "blocked" not in path, revision=revision, indexed=indexed
    )


def refuse_differences(repo: Repo, revision: str, choose: random.Random, *, index: GitStore | None = None) -> None:
    """Fails unless the indexed store tells of a revision what the one without index tells."""
    plain = opened(repo, revision, indexed=False)
    held = index or opened(repo, revision, indexed=True)
    history = plain.history()
    whole = history.recent(None)
    assert held.events() == whole == list(held.every_event()) == list(plain.every_event())
    since = choose.choice([event.ts for event in whole] or ["2026-01-01"])
    assert held.events(since=since, limit=3) == [event for event in whole if event.ts >= since][-3:]
    assert held.events(limit=2) == whole[-2:]
    assert held.deleted("") == {event.item_id for event in whole if event.type == DELETED} == history.deleted("bl_")
    told = dict(history.stories(history._walk.graphs(IDS)))
    one = choose.choice(IDS)
    assert history.timeline(one) == told.get(one, [])
    some, others = IDS[:2], IDS[2:]
    assert [held.events(one) for one in some] == [told.get(one, []) for one in some]
    stamps = held.stamps([item()._replace(id=one, status="done") for one in IDS], CLOSED)
    for one in IDS:
        expected = marks_of(told[one]) if one in told else Marks()
        assert stamps[one] == expected.stamps(item()._replace(status="done"), CLOSED)
    assert [held.events(one) for one in others] == [told.get(one, []) for one in others]
    assert answers(held, revision), "the index did not answer"
    held.close()


def answers(store: GitStore, revision: str) -> bool:
    """Whether it was the index that told the stories."""
    index = store._telling._index
    return index is not None and index.timeline(IDS[0], revision) is not None


def stories(store: GitStore) -> list[list[Event]]:
    """What the store tells of each item, and of all of them."""
    return [*(store.events(one) for one in IDS), store.events()]
