"""Objects that git itself would never write: what is judged is what a checkout of the branch would hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backlogtool.stores.git.objects import parse_commit
from backlogtool.stores.git.sound import lines_of, odd_about
from tests.cli.session import BILLING, GATEWAY, item_text
from tests.server.ground import PATH, Ground

Entry = tuple[str, str, str]  # mode, name, id
Odd = Callable[[list[Entry], str], list[Entry]]
WHO = "author A <a@example.org> 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n"


def stored(ground: Ground, kind: str, data: bytes) -> str:
    return ground.work.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", stdin=data).strip()


def tree(ground: Ground, entries: list[Entry]) -> str:
    """A tree of exactly these entries in this order."""
    lines = (f"{mode} {name}\0".encode() + bytes.fromhex(blob) for mode, name, blob in entries)
    return stored(ground, "tree", b"".join(lines))


def entries(ground: Ground, revision: str) -> list[Entry]:
    found = []
    for line in ground.work.git("ls-tree", revision).splitlines():
        told, name = line.split("\t")
        mode, _, blob = told.split()
        found.append((mode.lstrip("0"), name, blob))
    return found


def commit(ground: Ground, made: str, more: str = "") -> str:
    """A commit of a tree on HEAD, with more lines behind those that git knows."""
    return stored(ground, "commit", f"tree {made}\nparent {ground.work.head()}\n{WHO}{more}\nwork\n".encode())


def illegal(ground: Ground) -> str:
    """A version of the item that may not follow the one that stands."""
    values = {"title": "Review the gateway", "priority": "P1", "service": "gateway", "status": "done"}
    return stored(ground, "blob", item_text(GATEWAY, "The gateway drops connections.", **values).encode())


def with_items(ground: Ground, items: str) -> list[Entry]:
    return [(mode, name, items if name == "items" else one) for mode, name, one in entries(ground, "HEAD")]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("careful", ["true", "false"])
def test_a_commit_that_names_two_trees_is_judged_by_the_one_that_git_checks_out(careful: str, ground: Ground) -> None:
    """Git bears any line behind those that it knows, with ``receive.fsckObjects`` too."""
    ground.server.git("config", "receive.fsckObjects", careful)
    lines = entries(ground, "HEAD:items")
    bad = [(mode, name, illegal(ground) if name == f"{GATEWAY}.md" else one) for mode, name, one in lines]
    there = tree(ground, with_items(ground, tree(ground, bad)))
    legal = ground.work.git("rev-parse", "HEAD^{tree}").strip()
    made = commit(ground, there, f"tree {legal}\n")
    ground.refused(f"{made}:refs/heads/main", code="BL301")


def twice(found: list[Entry], blob: str) -> list[Entry]:
    place = next(number for number, one in enumerate(found) if one[1] == f"{GATEWAY}.md")
    return [*found[: place + 1], ("100644", f"{GATEWAY}.md", blob), *found[place + 1 :]]


def twice_the_other_way(found: list[Entry], blob: str) -> list[Entry]:
    place = next(number for number, one in enumerate(found) if one[1] == f"{GATEWAY}.md")
    return [*found[:place], ("100644", f"{GATEWAY}.md", blob), *found[place:]]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("odd", [twice, twice_the_other_way])
def test_a_name_that_stands_twice_in_a_folder_is_refused(odd: Odd, ground: Ground) -> None:
    items = tree(ground, odd(entries(ground, "HEAD:items"), illegal(ground)))
    made = commit(ground, tree(ground, with_items(ground, items)))
    assert "is not as git writes it" in ground.refused(f"{made}:refs/heads/main", code="BL333").told


@pytest.mark.exhaustive
def test_a_folder_that_stands_twice_is_refused(ground: Ground) -> None:
    lines = [(mode, name, illegal(ground)) for mode, name, _ in entries(ground, "HEAD:items")]
    folder = ("40000", "items", tree(ground, lines))
    found = entries(ground, "HEAD")
    place = next(number for number, one in enumerate(found) if one[1] == "items")
    made = commit(ground, tree(ground, [*found[: place + 1], folder, *found[place + 1 :]]))
    ground.refused(f"{made}:refs/heads/main", code="BL333")


def test_a_path_that_stands_as_a_name_is_refused(ground: Ground) -> None:
    made = commit(ground, tree(ground, [*entries(ground, "HEAD"), ("100644", PATH, illegal(ground))]))
    ground.refused(f"{made}:refs/heads/main", code="BL333")


def test_where_git_looks_at_objects_itself_it_refuses_such_a_folder(ground: Ground) -> None:
    ground.server.git("config", "transfer.fsckObjects", "true")
    items = tree(ground, twice(entries(ground, "HEAD:items"), illegal(ground)))
    before = ground.refs()
    assert ground.push(f"{commit(ground, tree(ground, with_items(ground, items)))}:refs/heads/main").status == 1
    assert ground.refs() == before


def test_trees_that_git_writes_are_sound(ground: Ground) -> None:
    """Also where a folder sorts behind a file whose name begins like its own."""
    for path in ("a/b", "a.md", "a-b/c", f"items/deep/{BILLING}.txt", "é/x"):
        ground.work.write(path, "x\n")
    ground.work.commit("files")
    ground.accepted("HEAD:refs/heads/main")
    found = entries(ground, "HEAD")
    assert [name for _, name, _ in found].index("a.md") < [name for _, name, _ in found].index("a")


def test_an_order_a_name_or_a_length_that_git_does_not_write_is_none() -> None:
    def data(*names: str, mode: str = "100644") -> bytes:
        return b"".join(f"{mode} {name}\0".encode() + b"\n" * 20 for name in names)

    def sound(tree: bytes) -> bool:
        return not odd_about(tree, lines_of(tree, 20))

    assert sound(b"")
    assert sound(data("a", "b"))
    assert sound(data("a.b", mode="100664") + data("a", mode="040000")), "others write such modes"
    assert not sound(data("b", "a"))
    assert not sound(data("a", "a"))
    assert not sound(data("a/b"))
    assert not sound(data("a") + b"x")
    assert not sound(data("a", "a.b") + data("a", mode="40000")), "a file and a folder of one name"
    assert not sound(data("a", "a.b") + data("a", mode="040000"))


def test_of_a_commit_the_first_line_of_a_kind_counts_and_parents_right_behind_the_tree() -> None:
    text = "tree 1\nparent 2\nparent 3\nauthor A <a> 5 +0000\ncommitter A <a> 5 +0000\n"
    found = parse_commit("0", f"{text}parent 4\ntree 9\nauthor B <b> 7 +0000\n\nmessage\n".encode())
    assert (found.tree, found.parents, found.author) == ("1", ("2", "3"), "A")
    assert parse_commit("0", b"tree \xff\nparent \xff\n\nx").message == "x", "whatever stands there"
