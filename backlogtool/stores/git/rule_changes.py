"""Which commits change the rules: files in the folders that hold them, each commit against each of its parents.

A merge may take over what one side changed. What it makes of a file beyond that is its own doing, as it is where both
sides changed one file, since somebody then chose between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backlogtool.stores.git.bases import merge_bases
from backlogtool.stores.git.differences import all_told, ask, differing, raw
from backlogtool.stores.git.objects import all_commits
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.steps import TREES

#: path -> mode and blob in the older and in the newer of two commits.
_Steps = Mapping[str, tuple[str, str]]


def rule_changes(git: Git, parents: Mapping[str, Sequence[str]], folders: Sequence[str]) -> dict[str, list[str]]:
    """commit -> the paths in the folders that it changes itself, for each of the commits that changes any.

    ``parents`` are the commits with their parents. Raises ``UnavailableError`` where something cannot be seen.
    """
    edges = _steps(git, [(parent, commit) for commit, several in parents.items() for parent in several], folders)
    found = {}
    for commit, several in parents.items():
        if not several:
            paths = {one.path for one in differing(git, "", commit, *folders)}
        elif len(several) == 1:
            paths = set(edges[several[0], commit])
        else:
            steps = [edges[parent, commit] for parent in several]
            paths = set(_beyond(git, commit, several, steps, folders)) if any(steps) else set()
        if paths:
            found[commit] = sorted(paths)
    return found


def _beyond(
    git: Git, commit: str, parents: Sequence[str], steps: Sequence[_Steps], folders: Sequence[str]
) -> Iterator[str]:
    """The paths of which a merge makes something else than the one version that a side has changed."""
    bases = [merge_bases(git, one, *(other for other in parents if other != one)) for one in parents]
    older = _steps(git, [(base, commit) for several in bases for base in several], folders)
    for path in {path for some in (*steps, *older.values()) for path in some}:
        result = next(some[path][1] for some in (*steps, *older.values()) if path in some)
        sides = [some[path][0] if path in some else result for some in steps]
        olds = [{older[base, commit].get(path, (result, result))[0] for base in several} or {""} for several in bases]
        changed = {side for side, held in zip(sides, olds, strict=True) if held != {side}}
        if (changed or set(sides)) != {result}:
            yield path


def _steps(git: Git, pairs: Sequence[tuple[str, str]], folders: Sequence[str]) -> dict[tuple[str, str], _Steps]:
    """(older, newer) -> what differs in the folders."""
    commits = all_commits(git, {one for pair in pairs for one in pair})
    trees = {pair: f"{commits[pair[0]].tree} {commits[pair[1]].tree}" for pair in pairs}
    sent = "".join(f"{line}\n" for line in dict.fromkeys(trees.values())).encode()
    out = ask(git, "diff-tree", "--stdin", *TREES, "--", *folders, stdin=sent) if sent else b""
    told: dict[str, dict[str, tuple[str, str]]] = {}
    for header, about, path in raw(out):
        found = told.setdefault(header, {})
        if about:
            old_mode, new_mode, old, new = about[:4]
            found[path] = (f"{old_mode} {old}", f"{new_mode} {new}")
    return {pair: told[line] for pair, line in all_told(trees, told).items()}
