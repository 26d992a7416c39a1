"""Trees that git would not write are refused wherever a range is judged, before anybody calls it well."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import pytest

from backlogtool.stores.git.sound import Leaf, leaf_after, lines_of, odd_about, part_unlike
from tests.cli.session import GATEWAY, Answer, item_text, run
from tests.repositories import Repo

Entry = tuple[str, str, str]  # mode, name, id
WHO = "author A <a@example.org> 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n"
RANGES = {"since": ("--since",), "base": ("--head", "HEAD", "--base")}
NAME = f"{GATEWAY}.md"


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.write(f"items/{NAME}", item_text(GATEWAY))
    repo.write("code/main.py", "x = 1\n")
    repo.commit("begin")
    return repo


def judged(repo: Repo, base: str, how: tuple[str, ...] = ("--since",)) -> Answer:
    return run("-C", str(repo.root), "validate", *how, base)


def stored(repo: Repo, kind: str, data: bytes) -> str:
    return repo.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", stdin=data).strip()


def tree(repo: Repo, entries: list[Entry]) -> str:
    """A tree of exactly these entries in this order."""
    return stored(
        repo, "tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(one) for mode, name, one in entries)
    )


def entries(repo: Repo, revision: str) -> list[Entry]:
    told = (line.split("\t") for line in repo.git("ls-tree", revision).splitlines())
    return [(about.split()[0].lstrip("0"), name, about.split()[2]) for about, name in told]


def commit(repo: Repo, root: str) -> str:
    """A commit of a tree on HEAD, and HEAD moved to it."""
    made = stored(repo, "commit", f"tree {root}\nparent {repo.head()}\n{WHO}\nwork\n".encode())
    repo.git("update-ref", "HEAD", made)
    return made


def with_folder(repo: Repo, folder: str, inside: str) -> str:
    """The tree of HEAD with another tree for a folder at its top."""
    return tree(repo, [(mode, name, inside if name == folder else one) for mode, name, one in entries(repo, "HEAD")])


def other(repo: Repo) -> str:
    return stored(repo, "blob", item_text(GATEWAY, status="done").encode())


#: What is odd -> the entries of a folder made so, and a word of what is said.
ODD: Mapping[str, tuple[Callable[[list[Entry], str], list[Entry]], str]] = {
    "a name twice": (lambda held, blob: [*held, ("100644", held[-1][1], blob)], "stands twice"),
    "the other one first": (lambda held, blob: [("100644", held[0][1], blob), *held], "stands twice"),
    "out of order": (lambda held, blob: [*held, ("100644", "a", blob)], "out of order"),
    "a path": (lambda held, blob: [*held, ("100644", "z/z.md", blob)], "does not write"),
    "a mode of nothing": (lambda held, blob: [*held, ("0", "z.md", blob)], "does not write"),
    "a mode that ends like that of a folder": (lambda held, blob: [*held, ("140000", "z", blob)], "does not write"),
    "more zeros": (lambda held, blob: [*held, ("0100644", "z.md", blob)], "does not write"),
    "the folder itself": (lambda held, blob: [("100644", ".", blob), *held], "'.' is no name"),
    "the folder above": (lambda held, blob: [("100644", "..", blob), *held], "'..' is no name"),
    "a git directory": (lambda held, blob: [("100644", ".git", blob), *held], "'.git' is no name"),
    "one in capitals": (lambda held, blob: [("100644", ".GIT", blob), *held], "'.GIT' is no name"),
    "one of Windows": (lambda held, blob: [*held, ("100644", "git~1", blob)], "'git~1' is no name"),
    "one with a dot behind": (lambda held, blob: [("100644", ".git. ", blob), *held], "is no name"),
    "one of macOS": (lambda held, blob: [("100644", ".g\u200cit", blob), *held], "is no name"),
    "no object": (lambda held, blob: [*held, ("100644", "z.md", "00" * 20)], "without an object"),
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
@pytest.mark.parametrize(("make_odd", "word"), ODD.values(), ids=ODD)
def test_a_range_with_a_tree_that_git_would_not_write_is_refused(
    make_odd: Callable[[list[Entry], str], list[Entry]], word: str, how: tuple[str, ...], work: Repo
) -> None:
    base = work.head()
    items = tree(work, make_odd(entries(work, "HEAD:items"), other(work)))
    commit(work, with_folder(work, "items", items))
    done = judged(work, base, how)
    assert (done.status, done.out) == (7, "")
    assert f"the folder 'items', tree {items[:10]}, is not as git writes it" in done.err
    assert word in done.err
    assert "hint: git fsck tells" in done.err


@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_also_what_git_itself_cannot_read(how: tuple[str, ...], work: Repo) -> None:
    base = work.head()
    commit(work, with_folder(work, "items", tree(work, [("100644", "", other(work)), *entries(work, "HEAD:items")])))
    done = judged(work, base, how)
    assert (done.status, done.out) == (7, "")
    assert "empty filename in tree entry" in done.err or "does not write" in done.err


@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_a_file_and_a_folder_may_not_have_one_name_wherever_they_sort(how: tuple[str, ...], work: Repo) -> None:
    base, blob = work.head(), other(work)
    folder = ("40000", "z", work.git("rev-parse", "HEAD:items").strip())
    lines = [*entries(work, "HEAD:items"), ("100644", "z", blob), ("100644", "z.md", blob), folder]
    commit(work, with_folder(work, "items", tree(work, lines)))
    done = judged(work, base, how)
    assert done.status == 7
    assert "a file and a folder have one name" in done.err


@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_also_one_that_a_later_commit_puts_right(how: tuple[str, ...], work: Repo) -> None:
    """Every commit of a range counts: what a rebase or a bisect checks out is one of them."""
    base, sound = work.head(), work.git("rev-parse", "HEAD^{tree}").strip()
    held = entries(work, "HEAD:items")
    commit(work, with_folder(work, "items", tree(work, [*held, *held])))
    commit(work, sound)
    assert judged(work, base, how).status == 7


@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_also_one_of_a_branch_that_is_merged(how: tuple[str, ...], work: Repo) -> None:
    base = work.head()
    held = entries(work, "HEAD:code")
    side = commit(work, with_folder(work, "code", tree(work, [*held, *held])))
    work.git("update-ref", "HEAD", base)
    root = work.git("rev-parse", f"{base}^{{tree}}").strip()
    made = stored(work, "commit", f"tree {root}\nparent {base}\nparent {side}\n{WHO}\nmerge\n".encode())
    work.git("update-ref", "HEAD", made)
    done = judged(work, base, how)
    assert done.status == 7
    assert "the folder 'code'" in done.err


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_one_that_the_base_has_already_is_not_the_ranges(how: tuple[str, ...], work: Repo) -> None:
    """Only what is brought is looked at: an old fault in a folder that nobody touches stops no later work."""
    held = entries(work, "HEAD:code")
    odd = tree(work, [*held, *held])
    base = commit(work, with_folder(work, "code", odd))
    blob = stored(work, "blob", item_text(GATEWAY, owner="bob").encode())
    commit(work, with_folder(work, "items", tree(work, [("100644", NAME, blob)])))
    work.write(f"items/{NAME}", item_text(GATEWAY, owner="bob"))
    assert judged(work, base, how).status == 0
    commit(work, with_folder(work, "code", tree(work, [*held, *held, *held])))
    assert judged(work, base, how).status == 7


def test_modes_that_others_write_and_git_reads_are_borne(work: Repo) -> None:
    base = work.head()
    held = [("100664", name, one) for _, name, one in entries(work, "HEAD:items")]
    items = tree(work, held)
    root = [(mode.replace("40000", "040000"), name, one) for mode, name, one in entries(work, "HEAD")]
    commit(work, tree(work, [(mode, name, items if name == "items" else one) for mode, name, one in root]))
    assert judged(work, base).status == 0


def test_a_tree_that_is_not_here_is_said_to_be_missing(work: Repo) -> None:
    base = work.head()
    commit(work, with_folder(work, "code", "4b" * 20))
    done = judged(work, base)
    assert done.status == 7
    assert "the folder 'code', tree 4b4b4b4b4b, is missing here" in done.err


def test_all_that_git_writes_is_sound(work: Repo) -> None:
    for path in ("a/b", "a.md", "a-b/c", "é/x", ".github/x", ".gitignore", "git~2", ".gitx", "..a", "a.git/x", "é.git"):
        work.write(path, "x\n")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.head()},module")
    work.git("add", "--all", "--", "a", ":!module")
    base = work.head()
    work.git("commit", "--quiet", "--message", "files")
    assert judged(work, base).status == 0
    names = work.git("ls-tree", "-r", "-t", "--format=%(objecttype) %(objectname)", "HEAD").splitlines()
    for name in (one.split()[1] for one in names if one.startswith("tree")):
        lines = work.git("ls-tree", name).splitlines()
        data = b"".join(
            f"{one.split()[0].lstrip('0')} {one.partition(chr(9))[2]}\0".encode() + bytes.fromhex(one.split()[2])
            for one in lines
            if '"' not in one
        )
        assert odd_about(data, lines_of(data, 20)) == ""


_NAMES = (b"a", b"a.b", b"ab", b"b", b"ba", b"100644 a", b"c", b"d", b"z", b".git", b"..")


def _entry(chance: random.Random, names: Sequence[bytes], *, odd: bool = False) -> bytes:
    mode = b"7" if odd and chance.random() < 0.1 else chance.choice((b"100644", b"100755", b"120000"))
    empty = odd and chance.random() < 0.1
    tree = b"\0" * 20 if empty else chance.choice((b"1" * 20, b"100644 a\0" + b"2" * 11, b"\0" * 19 + b"1"))
    return b"%b %b\0%b" % (mode, chance.choice(names), tree)


def _nearly(chance: random.Random, lines: Sequence[bytes]) -> bytes:
    """Entries of which a few were put in, left out, doubled, moved or damaged."""
    some = list(lines)
    for _ in range(chance.choice((0, 1, 1, 2))):
        place = chance.randint(0, len(some))
        some[place : place + chance.randint(0, 2)] = [_entry(chance, _NAMES, odd=True)] * chance.choice((0, 1, 1, 1, 2))
    if some and chance.random() < 0.2:
        some.insert(chance.randint(0, len(some)), some.pop(chance.randrange(len(some))))
    data = b"".join(some)
    place = chance.randint(0, len(data))
    return data[:place] + data[place + 1 :] if chance.random() < 0.1 else data


def leaf(data: bytes) -> Leaf:
    return leaf_after(data, Leaf(b"", []), 20)


def test_what_differs_from_a_sound_folder_is_odd_just_where_all_of_it_is() -> None:
    chance, seen = random.Random(7), Counter[bool]()
    for _ in range(3_000):
        names = sorted(chance.sample(_NAMES[:-2], chance.randint(0, 7)))
        lines = [_entry(chance, [name]) for name in names]
        held, other = b"".join(lines), _nearly(chance, lines)
        assert not odd_about(held, lines_of(held, 20))
        part = part_unlike(other, leaf(held))
        whole = bool(odd_about(other, lines_of(other, 20)))
        assert bool(odd_about(part, lines_of(part, 20))) == whole, (held, other)
        assert whole or leaf_after(other, leaf(held), 20) == leaf(other), (held, other)
        seen[whole] += 1
    assert min(seen.values()) > 500


def test_of_a_large_folder_only_what_differs_is_looked_at() -> None:
    lines = [(b"100644", b"bl_%06d.md" % number, bytes([number % 250 + 1]) * 20) for number in range(5_000)]
    data = b"".join(b"%b %b\0%b" % line for line in lines)
    changed = data.replace(b"bl_002500.md\0" + bytes([1]) * 20, b"bl_002500.md\0" + bytes([9]) * 20)
    assert changed != data
    assert len(part_unlike(changed, leaf(data))) < 200
    assert len(part_unlike(data[:-40] + data[-40:] + b"100644 z\0" + b"1" * 20, leaf(data))) < 200


def test_a_large_folder_is_judged_in_every_commit(work: Repo) -> None:
    """The second commit of a range is compared with the first."""
    base, blob = work.head(), other(work)
    lines = [*entries(work, "HEAD:items"), *(("100644", f"n{number:04}.txt", blob) for number in range(300))]
    for _ in range(2):
        lines.append(("100644", f"p{len(lines)}.txt", blob))
        commit(work, with_folder(work, "items", tree(work, lines)))
    assert "not as git writes it" not in judged(work, base).err
    commit(work, with_folder(work, "items", tree(work, [*lines[:100], lines[99], *lines[100:]])))
    assert "'n0098.txt' is out of order, or stands twice" in judged(work, base).err
