"""Checks of what the user's git is configured to do when it commits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, OK, PROBLEM, Check
from backlogtool.app.health.seen import Seen
from backlogtool.stores.git import hookfiles

#: The hooks that `git add` and `git commit` run.
_HOOKS = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-index-change",
    "reference-transaction",
)
_PROGRAMS = {"openpgp": "gpg", "x509": "gpgsm", "ssh": "ssh-keygen"}
#: How the value of user.signingKey begins where it is a key and not the path of one.
_KEYS = ("key::", "ssh-", "ecdsa-", "sk-")


def hooks(seen: Seen) -> Iterator[Check]:
    """Which programs of the user's run on every write; our own hook does not."""
    named = os.path.expanduser(seen.config.get("core.hookspath", ""))
    if named == os.devnull:
        return
    repository = seen.repository
    root = repository.root or repository.git_dir
    folder = os.path.join(root, named) if named else os.path.join(repository.common_dir, "hooks")
    inside = any(_lies_in(folder, place) for place in (root, repository.common_dir))
    places = ((hook, os.path.join(folder, hook)) for hook in _HOOKS if inside)
    found = [hook for hook, place in places if os.access(place, os.X_OK) and not hookfiles.judges(place)]
    if found or not inside:
        told = f"{', '.join(found)} in {folder}" if found else f"whatever stands in {folder}"
        risk = "they may refuse a commit, change it, or take their time; commands that only read run none"
        yield Check("hooks", NOTE, f"every write runs {told}", "git is configured so", risk)


def _lies_in(path: str, place: str) -> bool:
    return os.path.join(os.path.normpath(path), "").startswith(os.path.join(os.path.normpath(place), ""))


def signing(seen: Seen) -> Iterator[Check]:
    """Whether commits that have to be signed can be."""
    if not seen.flag("commit.gpgsign"):
        return
    form = seen.config.get("gpg.format", "openpgp").lower()
    program = seen.config.get(f"gpg.{form}.program") or (seen.config.get("gpg.program") if form == "openpgp" else "")
    program = os.path.expanduser(program or _PROGRAMS.get(form, form))
    key = seen.config.get("user.signingkey", "")
    where = os.path.join(seen.repository.root, program) if os.sep in program else program
    if shutil.which(where) is None:
        told, fix = f"'{program}', which has to sign commits, is not there", f"install {program}"
    elif form == "ssh" and not key and "gpg.ssh.defaultkeycommand" not in seen.config:
        told = "no key is named to sign commits with"
        fix = "git config user.signingKey ~/.ssh/id_ed25519.pub"
    elif form == "ssh" and key and not key.startswith(_KEYS) and not os.path.exists(os.path.expanduser(key)):
        told, fix = f"the key {key}, which has to sign commits, is not there", "git config user.signingKey PATH"
    else:
        yield Check("signing", OK, f"commits are signed by {program}")
        return
    yield Check(
        "signing",
        PROBLEM,
        told,
        "commit.gpgSign is set",
        "no commit can be made, so every command that writes refuses",
        f"{fix}; or git config commit.gpgSign false",
    )


def line_ends(seen: Seen) -> Iterator[Check]:
    """Whether git turns line ends; items are read and edited with either."""
    value = seen.config.get("core.autocrlf", "false").lower()
    if value not in ("", "false"):
        yield Check("line ends", OK, f"core.autocrlf is {value}: git turns line ends, items keep what they have")
