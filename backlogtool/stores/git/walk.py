"""Which commits matter to items, and what they did: asked of git each time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.graphs import Graph, graphs
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.steps import RAW, PathStep, Step, changes, path_steps, steps

DAMAGED = "git fsck tells what is damaged or missing"


class Walk(Protocol):
    """The history that leads to one commit, as far as it matters to items."""

    def graph_of(self, item_id: str) -> Graph | None:
        """The commits that matter to one item; None if no commit does."""

    def graphs(self, wanted: Collection[str]) -> dict[str, Graph]:
        """item id -> the commits that matter to it, for those of the wanted items to which any does."""

    def latest(self, since: str) -> Iterator[list[Step]]:
        """The steps of all items, newest first, merges left out; whole commits at a time.

        Commits before the moment ``since`` may be left out.
        """


class GitWalk:
    """Asks git. An empty ``head`` is a branch without a commit. Raises ``UnavailableError`` where git cannot tell."""

    def __init__(self, git: Git, head: str) -> None:
        self._git = git
        self._head = head

    def graph_of(self, item_id: str) -> Graph | None:
        lines = self._lines()
        # The item's file at any depth; an id holds no character that a glob takes for magic.
        spec = f":(top,glob){ITEMS}/**/{item_id}.md"
        return graphs(lines, self._steps(_pairs(lines), spec, "-m", pathspecs="glob")).get(item_id)

    def graphs(self, wanted: Collection[str]) -> dict[str, Graph]:
        lines = self._lines()
        told = self._steps(_pairs(lines), f"{ITEMS}/", "-m")
        return graphs(lines, [step for step in told if step.item_id in wanted])

    def latest(self, since: str, first: int = 64) -> Iterator[list[Step]]:  # noqa: ARG002 - git's dates are another's
        if not self._head:
            return
        listed = self._ask("rev-list", "--topo-order", "--no-merges", self._head, "--", f"{ITEMS}/").decode().split()
        start = 0
        while start < len(listed):
            some = listed[start : start + first]
            start, first = start + first, first * 4
            yield self._steps(some)

    def steps_of(self, commit: str) -> list[Step]:
        """What one commit did to items, by comparison with its first parent; nothing for a merge."""
        return self._steps([commit])

    def files_of(self, commit: str) -> list[PathStep]:
        """Every file that one commit changed, by comparison with its first parent."""
        return path_steps(self._ask("diff-tree", *RAW, "--no-commit-id", commit).split(b"\0")[:-1])

    def last_commit(self) -> str:
        """The last commit that changed items, merges left out; empty if there is none."""
        if not self._head:
            return ""
        specs = (f":(top,glob){ITEMS}/**/*.md", f":(top,exclude,glob){ITEMS}/**/README.md")
        found = self._ask("rev-list", "--no-merges", "--max-count=1", self._head, "--", *specs, pathspecs="glob")
        return found.decode().strip()

    def _lines(self) -> list[list[str]]:
        """Merges and commits that changed items, with the nearest of them behind each parent, ancestors first."""
        if not self._head:
            return []
        arguments = ("--topo-order", "--reverse", "--full-history", "--parents")
        found = self._ask("rev-list", *arguments, self._head, "--", f"{ITEMS}/")
        return [line.split() for line in found.decode().splitlines()]

    def _steps(
        self, commits: Iterable[str], spec: str = f"{ITEMS}/", *options: str, pathspecs: str = "literal"
    ) -> list[Step]:
        """What commits did to items, each by comparison with the parent that stands behind it, else with its own.

        With the option ``-m`` a merge is compared with each parent of its own, else with none.
        """
        sent = "".join(f"{commit}\n" for commit in commits).encode()
        out = self._ask("diff-tree", "--stdin", *RAW, *options, "--", spec, stdin=sent, pathspecs=pathspecs)
        return list(steps(changes(out.split(b"\0")[:-1])))

    def _ask(self, *arguments: str, stdin: bytes = b"", pathspecs: str = "literal") -> bytes:
        """What git says. Raises ``UnavailableError`` if it cannot: half a history would be a wrong answer."""
        result = self._git.read(*arguments, stdin=stdin, pathspecs=pathspecs)
        if result.status:
            raise UnavailableError(f"git cannot read the history: {result.err.partition(chr(10))[0]}", hint=DAMAGED)
        return result.out


def _pairs(lines: Iterable[Sequence[str]]) -> Iterator[str]:
    return (" ".join(line[:2]) for line in lines)
