"""Repositories that are set up in ways of their own, each with a backlog and a person's half-finished work.

``ODD`` maps a name to what makes a repository odd. Where the function gives a repository, that one is used.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.repositories import Repo, four_texts, half_finished, make
from tests.stores.test_contract import item

#: The items that are there to begin with.
OLD = tuple(f"items/{item(number).id}.md" for number in (1, 2, 3))
_TARGET, _OTHER, _THIRD = OLD


def configured(text: str) -> Callable[[Repo, Path], None]:
    """As a person has it who has set these."""

    def odd(repo: Repo, place: Path) -> None:
        with (repo.root / ".git/config").open("a") as file:
            file.write(text)

    return odd


def attributed(attributes: str, settings: str = "", *, lost: bool = False) -> Callable[[Repo, Path], None]:
    """With these attributes, by which all that is committed has been made; ``lost``: in the index only."""

    def odd(repo: Repo, place: Path) -> None:
        configured(settings)(repo, place)
        repo.write(".gitattributes", attributes)
        repo.git("add", ".gitattributes")
        repo.git("add", "--renormalize", "items")
        repo.git("commit", "--quiet", "--message", "attributes", "--only", "--", ".gitattributes", "items")
        _fresh(repo)
        if lost:
            (repo.root / ".gitattributes").unlink()

    return odd


def _fresh(repo: Repo) -> None:
    """Checks the items out anew, with whatever filters there are by now."""
    shutil.rmtree(repo.root / "items")
    repo.git("checkout", "--quiet", "HEAD", "--", "items")


def _cloned(*options: str) -> Callable[[Repo, Path], Repo]:
    def odd(repo: Repo, place: Path) -> Repo:
        repo.git("config", "uploadpack.allowFilter", "true")
        url = f"file://{repo.root}" if options else str(repo.root)
        repo.git("clone", "--quiet", *(options or ("--shared",)), url, str(place / "clone"))
        clone = Repo(place / "clone")
        clone.git("config", "user.name", "Ann Author")
        clone.git("config", "user.email", "ann@example.org")
        half_finished(clone)
        return clone

    return odd


def _sha256(repo: Repo, place: Path) -> Repo:
    other = Repo(place / "sha256")
    other.root.mkdir()
    other.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    configured("[user]\n\tname = Ann Author\n\temail = ann@example.org\n")(other, place)
    four_texts(other)
    shutil.copytree(repo.root / "items", other.root / "items")
    other.commit("base", ".")
    half_finished(other)
    return other


def _linked(repo: Repo, place: Path) -> Repo:
    repo.git("worktree", "add", "--quiet", "-b", "linked", str(place / "linked"))
    linked = Repo(place / "linked")
    half_finished(linked)
    return linked


def _submodule(repo: Repo, place: Path) -> None:
    vendor = make(place / "vendor")
    vendor.write("lib.txt", "lib\n")
    vendor.commit("lib")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(vendor.root), "vendor")
    repo.git("commit", "--quiet", "--message", "submodule", "--only", "--", "vendor", ".gitmodules")
    (repo.root / "vendor/lib.txt").write_text("dirty\n")


def _conflicted(repo: Repo, place: Path) -> None:
    blob = repo.git("rev-parse", "HEAD:d.txt").strip()
    lines = "".join(f"100644 {blob} {stage}\td.txt\n" for stage in (1, 2, 3))
    repo.git("update-index", "--index-info", stdin=f"0 {'0' * 40}\td.txt\n{lines}".encode())


def _sparse(*options: str) -> Callable[[Repo, Path], None]:
    def odd(repo: Repo, place: Path) -> None:
        repo.write("far/away.txt", "far\n")
        repo.git("add", "far")
        repo.git("commit", "--quiet", "--message", "far", "--only", "--", "far")
        repo.git("sparse-checkout", "set", *options, "items", "config")

    return odd


def _carriage_returns(settings: str) -> Callable[[Repo, Path], None]:
    """Committed with them, before anybody set anything."""

    def odd(repo: Repo, place: Path) -> None:
        for path in OLD:
            repo.write(path, repo.read(path).replace("\n", "\r\n"))
        repo.git("commit", "--quiet", "--message", "carriage returns", "--only", "--", "items")
        configured(settings)(repo, place)

    return odd


def _executable(settings: str) -> Callable[[Repo, Path], None]:
    def odd(repo: Repo, place: Path) -> None:
        (repo.root / _TARGET).chmod(0o755)
        repo.git("commit", "--quiet", "--message", "executable", "--only", "--", "items")
        configured(settings)(repo, place)

    return odd


def _monitored(repo: Repo, place: Path) -> None:
    script = place / "monitor"
    script.write_text('#!/bin/sh\nprintf "1\\0/\\0"\n')
    script.chmod(0o755)
    configured(f"[core]\n\tfsmonitor = {script}\n")(repo, place)
    repo.git("update-index", "--fsmonitor")


def _replaced(repo: Repo, place: Path) -> None:
    repo.git("replace", "HEAD", repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD~", "-m", "other").strip())


def _alias(repo: Repo, place: Path) -> None:
    repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    repo.git("symbolic-ref", "HEAD", "refs/heads/alias")


def _included(text: str) -> Callable[[Repo, Path], None]:
    def odd(repo: Repo, place: Path) -> None:
        (place / "more").write_text(text)
        configured(f'[includeIf "onbranch:main"]\n\tpath = {place / "more"}\n')(repo, place)

    return odd


def _signing(repo: Repo, place: Path) -> None:
    program = place / "sign"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n")
    program.chmod(0o755)
    _included(f"[commit]\n\tgpgSign\n[gpg]\n\tprogram = {program}\n")(repo, place)


def _hooked(repo: Repo, place: Path) -> None:
    hook = place / "hooks/commit-msg"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    _included(f"[core]\n\thooksPath = {hook.parent}\n")(repo, place)


def _old_modes(repo: Repo, place: Path) -> None:
    """As gits before 2005 wrote them; they are the same files for every git."""
    line = repo.git("ls-tree", "HEAD", _TARGET).replace("100644", "100664").replace("items/", "")
    others = "".join(repo.git("ls-tree", "HEAD", path).replace("items/", "") for path in OLD[1:])
    items = repo.git("mktree", stdin=(line + others).encode()).strip()
    top = [one for one in repo.git("ls-tree", "HEAD").splitlines() if not one.endswith("\titems")]
    root = repo.git("mktree", stdin="".join(f"{one}\n" for one in [*top, f"040000 tree {items}\titems"]).encode())
    repo.git("update-ref", "HEAD", repo.git("commit-tree", root.strip(), "-p", "HEAD", "-m", "old").strip())


_UPPER = '[filter "upper"]\n\tclean = tr a-z A-Z\n\tsmudge = tr A-Z a-z\n'
_SAME = '[filter "same"]\n\tclean = cat\n\tsmudge = cat\n\trequired = true\n'

ODD: Mapping[str, Callable[[Repo, Path], object]] = {
    "plain": configured(""),
    "sha256": _sha256,
    "split index": lambda repo, _: repo.git("update-index", "--split-index"),
    "index v4": lambda repo, _: repo.git("update-index", "--index-version", "4"),
    "many files": configured("[feature]\n\tmanyFiles = true\n"),
    "untracked cache": lambda repo, _: repo.git("update-index", "--untracked-cache"),
    "fsmonitor": _monitored,
    "skip-worktree elsewhere": lambda repo, _: repo.git("update-index", "--skip-worktree", "a.txt"),
    "assume-unchanged": lambda repo, _: repo.git("update-index", "--assume-unchanged", _TARGET),
    "ignore stat": configured("[core]\n\tignoreStat = true\n"),
    "check stat": configured("[core]\n\tcheckStat = minimal\n\ttrustctime = false\n"),
    "conflicted": _conflicted,
    "submodule": _submodule,
    "alternates": _cloned(),
    "partial": _cloned("--filter=blob:none"),
    "treeless": _cloned("--filter=tree:0"),
    "shallow": _cloned("--depth=1"),
    "linked": _linked,
    "sparse": _sparse("--no-cone"),
    "sparse index": _sparse("--cone", "--sparse-index"),
    "replaced": _replaced,
    "grafted": lambda repo, _: repo.write(".git/info/grafts", f"{repo.head()}\n"),
    "packed refs": lambda repo, _: repo.git("pack-refs", "--all"),
    "packed": lambda repo, _: repo.git("gc", "--quiet", "--prune=now"),
    "detached": lambda repo, _: repo.git("checkout", "--quiet", "--detach"),
    "alias": _alias,
    "odd branch": lambda repo, _: repo.git("checkout", "--quiet", "-b", "ü'$(x)/-&\"{0}"),
    "no reflog": configured("[core]\n\tlogAllRefUpdates = false\n"),
    "autocrlf true": attributed("", "[core]\n\tautocrlf = true\n"),
    "autocrlf, committed crlf": _carriage_returns("[core]\n\tautocrlf = input\n"),
    "safecrlf": _carriage_returns("[core]\n\tautocrlf = input\n\tsafecrlf = true\n"),
    "text=auto": attributed("* text=auto\n"),
    "eol=crlf": attributed("items/*.md text eol=crlf\n"),
    "ident": attributed("items/*.md ident\n"),
    "filter": attributed("items/*3.md filter=upper\nitems/*4.md filter=upper\n", _UPPER),
    "required filter": attributed("items/*.md filter=same\n", _SAME),
    "attributes in the index only": attributed("items/*4.md filter=upper\n", _UPPER, lost=True),
    "attributes in .git": lambda repo, _: repo.write(".git/info/attributes", "*.md text eol=lf\n"),
    "ignore case": configured("[core]\n\tignoreCase = true\n"),
    "executable": _executable(""),
    "file mode off": _executable("[core]\n\tfileMode = false\n"),
    "no symlinks": configured("[core]\n\tsymlinks = false\n"),
    "protected names": configured("[core]\n\tprotectHFS = true\n\tprotectNTFS = true\n"),
    "shared": configured("[core]\n\tsharedRepository = group\n"),
    "fsync": configured("[core]\n\tfsync = all\n\tfsyncMethod = batch\n"),
    "latin": configured("[i18n]\n\tcommitEncoding = ISO-8859-1\n"),
    "ignored items": lambda repo, _: repo.write(".git/info/exclude", "items\n"),
    "old modes": _old_modes,
    "signing by an include": _signing,
    "hooks by an include": _hooked,
    "gc now": configured("[gc]\n\tauto = 1\n\tautoDetach = false\n"),
}
#: Where ``git commit`` has to make every commit.
LEFT_TO_GIT = frozenset((
    "assume-unchanged", "ignore stat", "sparse", "sparse index", "replaced", "eol=crlf",
    "autocrlf true", "filter", "attributes in the index only", "old modes", "signing by an include",
    "hooks by an include",
))  # fmt: skip


def enter(odd: str, source: Path, place: Path) -> Repo:
    """A copy of the repository ``source``, made odd in that way, with a person's work begun."""
    repo = Repo(Path(shutil.copytree(source, place / "repo", symlinks=True)))
    made = ODD[odd](repo, place)
    return made if isinstance(made, Repo) else repo


def template(place: Path) -> Path:
    """Three items and four texts, of which a person is in the middle of changing some."""
    from tests.git.test_write_path import create

    repo = make(place)
    repo.git("config", "gc.auto", "0")
    shutil.rmtree(repo.root / ".git/hooks", ignore_errors=True)
    four_texts(repo)
    repo.write("ü.txt", "not in ASCII\n")
    repo.commit("base", ".")
    for number in (1, 2, 3):
        create(repo, item(number))
    half_finished(repo)
    assert os.path.isfile(repo.root / _TARGET)
    return repo.root
