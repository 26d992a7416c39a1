"""Repositories with odd things where items, rules, digests, templates and views should be."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from tests.cli.session import POLICY, item_text
from tests.untrusted.case import every, odd
from tests.untrusted.ground import DIGEST, ITEM, SECRET, Ground

STRANGER = "bl_00000000abcd"
#: One file among the items that cannot be read: the rest is shown, and nothing is made that would lack it.
UNREADABLE = {"list": 6, "form": 6, "json": 6, "figures": 6, "validate": 1, "since": 1, "doctor": 1}
UNREADABLE |= dict.fromkeys(("views", "generate", "import", "promote", "render"), 6)
#: The same, and it is the item that is asked for.
MISSING = UNREADABLE | {"show": 6}
#: Without a policy nothing can be said.
LAWLESS = every(6, validate=1, since=1, doctor=1)


def _item(ground: Ground, name: str = STRANGER) -> Path:
    return ground.root / f"items/{name}.md"


@odd(ends=UNREADABLE, says="is not a regular file")
def an_item_that_is_a_link_out(ground: Ground) -> None:
    """A link to a file of somebody else's."""
    _item(ground).symlink_to(ground.secret("item.md", item_text(STRANGER, SECRET, title=SECRET)))


@odd(ends=UNREADABLE, says="is not a regular file")
def an_item_that_is_a_link_in(ground: Ground) -> None:
    """A link to another item; and one to itself, and one to nothing."""
    _item(ground).symlink_to(f"{ITEM}.md")
    _item(ground, "bl_00000000abce").symlink_to("bl_00000000abce.md")
    _item(ground, "bl_00000000abcf").symlink_to("nothing")


@odd(ends=MISSING, says="is not a regular file")
def an_item_that_is_a_pipe(ground: Ground) -> None:
    """Whoever opens it waits for ever."""
    ground.pipe(_item(ground, ITEM))


@odd(ends=UNREADABLE, says="is not a regular file")
def items_that_are_devices_and_sockets(ground: Ground) -> None:
    """A link to a device without an end, a socket, and where it can be made a device."""
    _item(ground).symlink_to("/dev/zero")
    before = os.getcwd()
    os.chdir(ground.root / "items")  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("bl_00000000abce.md")
    finally:
        os.chdir(before)
    if os.geteuid() == 0:
        os.mknod(_item(ground, "bl_00000000abcf"), 0o20644, os.makedev(1, 5))


@odd(ends={"show": 6, "views": 1}, says="is not a regular file")
def an_item_that_is_a_folder(ground: Ground) -> None:
    """A folder has the name of a file, and nothing in it: the item is gone."""
    _item(ground, ITEM).unlink()
    _item(ground, ITEM).mkdir()


@odd(says="items: error: is not a regular file", ends=MISSING)
def a_folder_of_items_that_is_a_link(ground: Ground) -> None:
    """items/ leads out of the repository."""
    (ground.root / "items").rename(ground.outside / "items")
    (ground.root / "items").symlink_to(ground.outside / "items")


@odd(ends=UNREADABLE, says="is not a regular file")
def a_folder_in_items_that_is_a_link(ground: Ground) -> None:
    """items/more leads out of the repository, items/again back in."""
    ground.secret(f"more/{STRANGER}.md", item_text(STRANGER, SECRET, title=SECRET))
    (ground.root / "items/more.md").symlink_to(ground.outside / "more")
    (ground.root / "items/again.md").symlink_to("../items")


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_behind_a_link(ground: Ground) -> None:
    """config/ leads out of the repository."""
    (ground.root / "config").rename(ground.outside / "config")
    (ground.root / "config").symlink_to(ground.outside / "config")


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_that_is_a_link_out(ground: Ground) -> None:
    """The policy is a file of somebody else's."""
    (ground.root / POLICY).unlink()
    (ground.root / POLICY).symlink_to(ground.secret("policy.yml"))


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_that_is_a_pipe(ground: Ground) -> None:
    """Whoever opens it waits for ever."""
    ground.pipe(ground.root / POLICY)


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_that_is_a_folder(ground: Ground) -> None:
    """A folder has the name of a file."""
    (ground.root / POLICY).unlink()
    (ground.root / POLICY).mkdir()


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_that_is_a_bomb(ground: Ground) -> None:
    """Aliases of aliases, which a usual reader would follow for ever."""
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    ground.policy_text("\n".join(lines) + "\n")


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_without_a_bottom(ground: Ground) -> None:
    """50,000 brackets."""
    ground.policy_text("version: " + "[" * 50_000 + "\n")


@odd(ends=LAWLESS, says="config/backlog_policy.yml")
def a_policy_that_is_very_large(ground: Ground) -> None:
    """A gigabyte of nothing, of which the disk holds no byte."""
    with open(ground.root / POLICY, "r+b") as file:
        file.truncate(1 << 30)


@odd(ends=LAWLESS, says="generation.digest_dir")
def a_policy_that_looks_for_digests_outside(ground: Ground) -> None:
    """generation.digest_dir climbs out of the repository."""
    shutil.copytree(ground.root / "ops", ground.outside / "ops")
    ground.policy_text("version: 1\ngeneration:\n  digest_dir: ../outside/ops/reports/platform\n")


@odd(ends=LAWLESS, says="todo.file")
def a_policy_that_puts_views_outside(ground: Ground) -> None:
    """Paths of views climb out, or into the git directory."""
    ground.policy_text(
        "version: 1\nbacklog_md:\n  file: ../outside/BACKLOG.md\ntodo:\n  file: .git/hooks/post-commit\n"
    )


@odd(ends={"generate": 3}, says="no digest of 2026-W08")
def a_digest_that_is_a_pipe(ground: Ground) -> None:
    """Whoever opens it waits for ever."""
    ground.pipe(ground.root / DIGEST)


@odd(ends={"generate": 3}, says="no digest of 2026-W08")
def a_folder_of_digests_that_is_a_link(ground: Ground) -> None:
    """It leads out of the repository."""
    (ground.root / "ops/reports/platform").rename(ground.outside / "platform")
    (ground.root / "ops/reports/platform").symlink_to(ground.outside / "platform")


@odd(ends={"generate": 3}, says="no digest of 2026-W08")
def a_digest_that_is_a_link_out(ground: Ground) -> None:
    """The digest is a file of somebody else's."""
    outside = ground.secret("digest.json", (ground.root / DIGEST).read_text())
    (ground.root / DIGEST).unlink()
    (ground.root / DIGEST).symlink_to(outside)


@odd(ends={"generate": 6}, says=DIGEST)
def a_digest_that_is_hostile(ground: Ground) -> None:
    """Deep, and with a number that takes long to read."""
    ground.repo.write(DIGEST, '{"services": ' + "[" * 100_000 + "9" * 100_000)


@odd(
    ends={"validate": 1, "since": 1, "views": 6, "doctor": 1, "generate": 6, "promote": 6, "render": 6},
    says="is not a regular file",
)
def templates_that_are_pipes_and_links(ground: Ground) -> None:
    """What is no regular file is no template."""
    folder = ground.root / "templates"
    folder.mkdir()
    ground.pipe(folder / "DASHBOARD.md.j2")
    (folder / "BACKLOG.md.j2").symlink_to(ground.secret("template.j2"))
    (folder / "loop").symlink_to(".")
    (folder / "out").symlink_to(ground.outside)


@odd(ends={"doctor": 1, "render": 6, "generate": 6}, says="BL703")
def templates_that_look_around(ground: Ground) -> None:
    """A template reads no file, and reaches no object of ours."""
    ground.repo.write("templates/A.md.j2", "{% include '/etc/passwd' %}")
    ground.repo.write("templates/B.md.j2", "{{ ''.__class__.__mro__[1].__subclasses__() }}")
    ground.repo.write("templates/_generated_item.md.j2", "{% include '../../outside/secret' %}")
    ground.secret("secret")


@odd(ends={"doctor": 1, "views": 6, "generate": 6, "promote": 6, "render": 6}, says="BL703")
def templates_with_names_of_other_places(ground: Ground) -> None:
    """A name is a path in the repository."""
    ground.repo.write("templates/a\\b:c.j2", "x")


@odd(ends={"render": 6}, says="cannot be the path of a view")
def templates_for_other_places(ground: Ground) -> None:
    """The path of a view is the name of its template; not every path may be a view."""
    ground.repo.write(f"templates/items/{STRANGER}.md.j2", item_text(STRANGER))
    ground.repo.write("templates/.git/hooks/post-commit.j2", "#!/bin/sh")


@odd(ends={"doctor": 1, "views": 6, "import": 3, "promote": 6, "render": 6}, says="is not a regular file")
def views_that_are_links_and_folders(ground: Ground) -> None:
    """What stands at the path of a view leads elsewhere, or holds files."""
    for name in ("BACKLOG.md", "TODO.md", "DASHBOARD.md"):
        (ground.root / name).unlink()
    (ground.root / "BACKLOG.md").mkdir()
    (ground.root / "TODO.md").symlink_to(ground.secret("todo.md"))
    (ground.root / "DASHBOARD.md").symlink_to("DASHBOARD.md")


@odd(ends={"doctor": 1, "render": 6}, says="reports/dashboard.svg")
def a_view_behind_a_link(ground: Ground) -> None:
    """The folder of a view leads out of the repository."""
    (ground.root / "reports").rename(ground.outside / "reports")
    (ground.root / "reports").symlink_to(ground.outside / "reports")


@odd(ends=UNREADABLE, says="BL107")
def items_that_are_very_large(ground: Ground) -> None:
    """A gigabyte of nothing, and two megabytes of text."""
    with open(_item(ground), "wb") as file:
        file.truncate(1 << 30)
    _item(ground, "bl_00000000abce").write_text(item_text("bl_00000000abce", "x " * (1 << 20)))


@odd(ends=UNREADABLE)
def items_that_are_no_text(ground: Ground) -> None:
    """Zero bytes, an executable, UTF-16, a pointer to a large file, nothing at all."""
    contents = (
        b"\x00" * 1000, b"\x7fELF\x02\x01\x01\x00", item_text(STRANGER).encode("utf-16"), b"", b"\xff\xfe\xfd",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n",
    )  # fmt: skip
    for number, data in enumerate(contents):
        _item(ground, f"bl_00000000abc{number}").write_bytes(data)


@odd(ends=UNREADABLE)
def items_with_hostile_frontmatter(ground: Ground) -> None:
    """What kills or hangs usual readers."""
    heads = (
        "a: " + "[" * 50_000, "- " * 30_000, "a: &a [*a, *a]\n<<: *a", "x: !!python/object/apply:os.system [id]",
        "%TAG ! tag:x,2000:\n--- !x", "n: " + "9" * 50_000,
    )  # fmt: skip
    for number, head in enumerate(heads):
        _item(ground, f"bl_00000000abc{number}").write_text(f"---\n{head}\n---\n")


@odd(ends=UNREADABLE, says="BL114")
def names_that_nobody_can_type(ground: Ground) -> None:
    """Names that are no text, colour a terminal, are options, are as long as a name may be; none of them is an id."""
    folder = os.fsencode(ground.root / "items")
    for name in (
        b"\xff\xfe.md", b"bl_\x1b[31m.md", b"--output=x.md", b"-rf.md", b":(exclude)*.md", b"bl_a\nb.md",
        b"a" * 252 + b".md", b"CON.md", b"bl_..md", "bl_café00000000.md".encode(), b"bl_%2e%2e.md",
    ):  # fmt: skip
        with open(os.path.join(folder, name), "wb") as file:
            file.write(item_text(STRANGER).encode())


@odd(ends=UNREADABLE, says="also stands in")
def names_that_clash(ground: Ground) -> None:
    """Two files with one id, and ids that differ in nothing but their letters' case."""
    ground.repo.write(f"items/a/{STRANGER}.md", item_text(STRANGER))
    ground.repo.write(f"items/A/{STRANGER}.md", item_text(STRANGER))
    ground.repo.write("items/BL_00000000ABCD.md", item_text("BL_00000000ABCD"))


@odd(ends=UNREADABLE, says="is not a regular file")
def folders_without_a_bottom(ground: Ground) -> None:
    """An item below folders whose names together are longer than a path may be."""
    before = os.getcwd()
    os.chdir(ground.root / "items")
    try:
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        Path(f"{STRANGER}.md").write_text(item_text(STRANGER))
    finally:
        os.chdir(before)


@odd(ends=UNREADABLE, says="is not a regular file")
def links_of_every_kind_in_the_last_commit(ground: Ground) -> Path:
    """What is committed as a link or a submodule is no item in a bare repository either."""
    _item(ground).symlink_to("/etc/passwd")
    index = f"160000,{ground.repo.head()},items/bl_00000000abce.md"
    ground.repo.git("add", "--all")
    ground.repo.git("update-index", "--add", "--cacheinfo", index)
    ground.repo.git("commit", "--quiet", "--message", "odd")
    ground.config("core.bare", "true")
    return ground.root


@odd(ends=UNREADABLE, says="BL114")
def names_that_are_no_text_in_the_last_commit(ground: Ground) -> None:
    """The same for names."""
    folder = os.fsencode(ground.root / "items") + b"/\xff\xfe"
    os.mkdir(folder)
    with open(folder + f"/{STRANGER}.md".encode(), "wb") as file:
        file.write(item_text(STRANGER).encode())
    with open(folder + b"/\xff.md", "wb") as file:
        file.write(b"x")
    ground.repo.commit("odd")
    ground.config("core.bare", "true")
