"""Repositories whose configuration, attributes or hooks name programs to run or files to read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.repositories import make
from tests.untrusted.case import canary, every, odd
from tests.untrusted.ground import ITEM, Ground

HOOKS = (
    "applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout", "post-commit",
    "post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch",
    "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase", "pre-receive",
    "prepare-commit-msg", "proc-receive", "push-to-checkout", "reference-transaction", "sendemail-validate", "update",
)  # fmt: skip
#: A person's commit, as hooks see it.
COMMIT = ("git", "commit", "--quiet", "--allow-empty", "--message", "mine")


def _touched(ground: Ground) -> None:
    """Makes git unsure whether the items are what they were, so that it looks into them."""
    for path in (ground.root / "items").glob("*.md"):
        os.utime(path, (1, 1))


@canary("git", "status")
def a_program_that_watches_files(ground: Ground) -> None:
    """core.fsmonitor is run by whatever reads the index."""
    ground.config("core.fsmonitor", ground.canary())


@canary("git", "status")
def a_clean_filter(ground: Ground) -> None:
    """filter.*.clean is run by whatever compares work files."""
    ground.attributes("* filter=bad\n")
    ground.config("filter.bad.clean", ground.canary())
    _touched(ground)


@canary("git", "status")
def a_filter_process(ground: Ground) -> None:
    """filter.*.process is run in the place of clean and smudge; a required one that fails stops git."""
    ground.attributes("* filter=a=b.c\n")
    ground.config("filter.a=b.c.process", ground.canary(then="exit 1"))
    ground.config("filter.a=b.c.required", "true")
    _touched(ground)


@canary("git", "checkout-index", "--force", "--all")
def a_smudge_filter(ground: Ground) -> None:
    """filter.*.smudge is run by whatever writes work files; its attribute stands in a file of the repository."""
    ground.repo.write("items/.gitattributes", "*.md filter=bad diff=bad merge=bad\n")
    ground.config("filter.bad.smudge", ground.canary())


@canary("git", "log", "-p", "--", "items")
def a_text_conversion(ground: Ground) -> None:
    """diff.*.textconv is run by whatever shows changes."""
    ground.attributes("*.md diff=bad\n")
    ground.config("diff.bad.textconv", ground.canary())


@canary("git", "diff", "HEAD~2", "HEAD")
def an_external_diff(ground: Ground) -> None:
    """diff.external and diff.*.command take the place of git's own."""
    ground.config("diff.external", ground.canary())
    ground.config("diff.md.command", ground.canary("driver"))
    ground.attributes("*.md diff=md\n")


@canary("git", "log")
def a_pager(ground: Ground) -> None:
    """core.pager and pager.* get what git prints on a terminal."""
    for name in ("core.pager", "pager.log", "pager.status", "pager.diff", "pager.show"):
        ground.config(name, ground.canary())


@canary("git", "backlog-list")
def aliases_in_the_place_of_commands(ground: Ground) -> None:
    """An alias may be a program; one that has the name of a git command is not used."""
    for name in ("status", "log", "rev-parse", "cat-file", "ls-tree", "diff-tree", "config", "backlog-list"):
        ground.config(f"alias.{name}", f"!{ground.canary()}")


@odd(provoked=("git", "log"))
def signatures_that_are_always_checked(ground: Ground) -> None:
    """log.showSignature runs gpg.program for every signed commit."""
    ground.config("log.showSignature", "true")
    ground.config("gpg.program", ground.canary())
    head = ground.repo.git("cat-file", "commit", "HEAD").encode()
    signed = head.replace(b"\n\n", b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n", 1)
    made = ground.repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed).strip()
    ground.repo.git("update-ref", "HEAD", made)


@canary("git", "fetch", "origin")
def a_program_in_the_place_of_ssh(ground: Ground) -> None:
    """core.sshCommand, core.gitProxy and an upload program are run by whatever talks to a remote."""
    ground.config("core.sshCommand", ground.canary(then="exit 1"))
    ground.config("core.gitProxy", ground.canary("proxy"))
    ground.config("remote.origin.url", "ssh://nobody.invalid/x")
    ground.config("remote.origin.uploadpack", ground.canary("upload"))
    ground.config("branch.main.remote", "origin")


@canary("sh", "-c", "printf 'protocol=https\nhost=nobody.invalid\n\n' | git credential fill")
def helpers_for_passwords(ground: Ground) -> None:
    """credential.helper and core.askPass are run by whatever needs a password."""
    ground.config("credential.helper", f"!{ground.canary()}")
    ground.config("core.askPass", ground.canary("ask"))


@canary("git", "commit", "--allow-empty")
def an_editor(ground: Ground) -> None:
    """core.editor is run by whatever wants a text."""
    ground.config("core.editor", ground.canary())
    ground.config("sequence.editor", ground.canary("sequence"))


@canary(*COMMIT)
def every_hook_there_is(ground: Ground) -> None:
    """Among them two that plain reading sets off: post-index-change and reference-transaction."""
    folder = ground.git_dir / "hooks"
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        (folder / name).symlink_to(ground.canary(name))


@canary("git", "update-ref", "refs/heads/other", "HEAD")
def hooks_that_stand_in_the_tree(ground: Ground) -> None:
    """core.hooksPath names any folder."""
    ground.config("core.hooksPath", "tools/hooks")
    (ground.root / "tools/hooks").mkdir(parents=True)
    for name in HOOKS:
        (ground.root / "tools/hooks" / name).symlink_to(ground.canary(name))


@canary("git", "interpret-trailers", "items/README.md")
def a_program_that_makes_trailers(ground: Ground) -> None:
    """trailer.*.cmd and trailer.*.command are run when trailers are read or written."""
    for name in ("Backlog-Item", "Backlog-Actor"):
        ground.config(f"trailer.{name}.cmd", ground.canary())
        ground.config(f"trailer.{name}.command", ground.canary("command"))


@canary("git", "status", opens=("more.config",))
def configuration_that_stands_outside(ground: Ground) -> None:
    """include.path and includeIf: git itself reads that file, and nothing that it says runs."""
    more = ground.secret("more.config", f"[core]\n\tfsmonitor = {ground.canary()}\n")
    ground.config("include.path", more)
    ground.config("includeIf.onbranch:main.path", more)


@canary("git", "status")
def configuration_of_one_work_tree(ground: Ground) -> None:
    """extensions.worktreeConfig adds a file that stands beside the usual one."""
    ground.config("extensions.worktreeConfig", "true")
    (ground.git_dir / "config.worktree").write_text(f"[core]\n\tfsmonitor = {ground.canary()}\n")


@canary("git", "status")
def ignored_files_named_by_a_pipe(ground: Ground) -> None:
    """core.excludesFile may be anything that can be opened."""
    ground.config("core.excludesFile", ground.pipe(ground.outside / "excludes"))


@canary("git", "status")
def attributes_that_stand_in_a_pipe(ground: Ground) -> None:
    """core.attributesFile may be anything that can be opened."""
    ground.config("core.attributesFile", ground.pipe(ground.outside / "attributes"))
    _touched(ground)


@canary("git", "log")
def names_that_stand_in_a_pipe(ground: Ground) -> None:
    """mailmap.file may be anything that can be opened."""
    ground.config("mailmap.file", ground.pipe(ground.outside / "mailmap"))


@canary("git", "log", "--name-only")
def an_order_that_stands_in_a_pipe(ground: Ground) -> None:
    """diff.orderFile is read by whatever shows which files changed."""
    ground.config("diff.orderFile", ground.pipe(ground.outside / "order"))


@canary("git", "status")
def pipes_where_git_looks_for_rules(ground: Ground) -> None:
    """.gitattributes and .gitignore, at the top and beside the items."""
    for name in (".gitattributes", ".gitignore", "items/.gitattributes", "items/.gitignore", ".git/info/exclude"):
        ground.pipe(ground.root / name)
    _touched(ground)


@canary("git", "log")
def pipes_where_git_looks_for_names(ground: Ground) -> None:
    """.mailmap and .gitmodules at the top."""
    for name in (".mailmap", ".gitmodules"):
        ground.pipe(ground.root / name)


@canary("git", "cat-file", "blob", "0123456789012345678901234567890123456789")
def objects_that_another_place_promises(ground: Ground) -> None:
    """A partial clone fetches what is missing, from wherever and with whatever program its remote names."""
    promised(ground, str(ground.outside))
    ground.config("remote.origin.uploadpack", ground.canary())


def promised(ground: Ground, url: str) -> None:
    ground.config("core.repositoryFormatVersion", "1")
    ground.config("extensions.partialClone", "origin")
    ground.config("remote.origin.url", url)
    ground.config("remote.origin.promisor", "true")
    ground.config("remote.origin.partialCloneFilter", "blob:none")


@odd(
    ends={"json": 7, "show": 7, "log": 7, "story": 7, "since": 7},
    says="is missing here: not all can be judged",
    provoked=("git", "log", "-p"),
)
def objects_that_are_missing_and_promised(ground: Ground) -> None:
    """An old version of an item is not here; its remote would be run to get it."""
    blob = ground.repo.git("rev-parse", f"HEAD~2:items/{ITEM}.md").strip()
    without(ground, blob)
    promised(ground, str(ground.outside))
    ground.config("remote.origin.uploadpack", ground.canary())


@odd(
    ends={"json": 7, "show": 7, "log": 7, "story": 7, "since": 7},
    says="is missing here: not all can be judged",
    provoked=("git", "log", "-p"),
)
def objects_that_a_program_promises(ground: Ground) -> None:
    """The same with a remote that is a command, and a repository that allows it: its word beats protocol.allow."""
    without(ground, ground.repo.git("rev-parse", f"HEAD~2:items/{ITEM}.md").strip())
    promised(ground, f"ext::{ground.canary()}")
    ground.config("protocol.ext.allow", "always")


def without(ground: Ground, *names: str) -> None:
    """Takes objects out of the repository."""
    packs = ground.git_dir / "objects/pack"
    moved = ground.outside / "packs"
    packs.rename(moved)
    packs.mkdir()
    for pack in moved.glob("*.pack"):
        ground.repo.git("unpack-objects", "-q", stdin=pack.read_bytes())
    for pack in moved.iterdir():
        pack.unlink()
    moved.rmdir()
    for name in names:
        (ground.git_dir / "objects" / name[:2] / name[2:]).unlink()


@odd(ends={"validate": 1, "since": 1, "doctor": 1}, says="is a submodule", provoked=("git", "status"))
def a_repository_of_its_own_among_the_items(ground: Ground) -> None:
    """git enters a submodule, and obeys the configuration that it finds there."""
    inner = ground.root / "items/sub"
    inner.mkdir()
    other = make(inner)
    other.git("commit", "--quiet", "--allow-empty", "--message", "x")
    other.git("config", "core.fsmonitor", ground.canary())
    ground.repo.git("add", "items/sub")
    ground.repo.git("commit", "--quiet", "--message", "a submodule")


@odd(
    provoked=("git", "-C", "items/bare", "config", "--list"),
    ends=every(3, list=0, json=0, log=0, figures=0, config=0, doctor=1),
    says="there is no backlog in this repository yet",
)
def a_bare_repository_inside_the_tree(ground: Ground) -> Path:
    """Whoever runs git inside it obeys its configuration."""
    inner = ground.root / "items/bare"
    ground.repo.git("init", "--quiet", "--bare", str(inner))
    for name in ("core.fsmonitor", "core.pager"):
        ground.repo.git("-C", str(inner), "config", name, ground.canary())
    return inner


@odd(
    provoked=("git", "-C", "items/bare", "status"),
    says="core.worktree names another folder",
    ends=every(7, **{"import": 3}),
)
def a_bare_repository_that_claims_the_tree_around_it(ground: Ground) -> Path:
    """It is found from inside, and names a work tree that is not its own."""
    inner = a_bare_repository_inside_the_tree(ground)
    assert inner is not None
    ground.repo.git("-C", str(inner), "config", "core.bare", "false")
    ground.repo.git("-C", str(inner), "config", "core.worktree", "../..")
    return inner


@odd(ends=every(7), says="core.worktree names another folder")
def a_work_tree_elsewhere(ground: Ground) -> None:
    """core.worktree names a folder of somebody else's."""
    shutil.copytree(ground.root / "items", ground.outside / "elsewhere/items")
    ground.config("core.worktree", ground.outside / "elsewhere")


@odd(ends=every(7), says="core.worktree names another folder")
def a_work_tree_above(ground: Ground) -> None:
    """core.worktree names a folder that holds the repository and much else."""
    ground.config("core.worktree", ground.root.parent)


@canary("git", "status", opens=("more.config",))
def one_program_for_everything(ground: Ground) -> None:
    """All that can be configured at once."""
    for also in (
        a_program_that_watches_files, a_clean_filter, a_text_conversion, an_external_diff, a_pager,
        aliases_in_the_place_of_commands, a_program_in_the_place_of_ssh, helpers_for_passwords, an_editor,
        every_hook_there_is, a_program_that_makes_trailers, names_that_stand_in_a_pipe,
        an_order_that_stands_in_a_pipe, configuration_that_stands_outside,
    ):  # fmt: skip
        also(ground)
