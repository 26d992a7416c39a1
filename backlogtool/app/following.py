"""What a branch is synced with: the remote's branch that it follows, or why that is not clear."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import NotFoundError, UnavailableError, UsageError
from backlogtool.stores.git import remotes
from backlogtool.stores.git.exchange import Exchange
from backlogtool.stores.git.remotes import Upstream
from backlogtool.stores.git.repository import Repository

_NO_REMOTE = "git remote add origin URL"


def followed(repository: Repository, remote: str, transport: Mapping[str, str]) -> Exchange:
    """What the current branch is exchanged with. Raises what ``sync`` does where that is not clear."""
    branch = repository.branch()
    if not branch:
        raise UnavailableError("HEAD is on no branch, so there is nothing to sync", hint="git switch BRANCH")
    known, follows = remotes.names(repository), remotes.upstream(repository, branch)
    if remote and remote not in known:
        raise NotFoundError(f"there is no remote '{remote}'", hint=did_you_mean(remote, known) if known else _NO_REMOTE)
    own = Upstream(remote, f"refs/heads/{branch}")
    if remote and follows.remote != remote:
        return Exchange(repository, branch, own, transport)
    if follows.remote not in known or not follows.ref:
        if not remote:
            raise _follows_nothing(branch, known)
        return Exchange(repository, branch, own, transport)
    _refuse_other(repository, branch, follows, named=bool(remote))
    return Exchange(repository, branch, follows, transport)


def _follows_nothing(branch: str, known: Sequence[str]) -> NotFoundError:
    name = "origin" if "origin" in known else known[0] if known else ""
    hint = f"backlogtool sync {name} pushes it there, and it follows that from then on" if name else _NO_REMOTE
    return NotFoundError(f"{branch} follows no branch of a remote", hint=hint)


def _refuse_other(repository: Repository, branch: str, follows: Upstream, *, named: bool) -> None:
    """Raises ``UsageError`` where what is pushed would not go where plain ``git push`` lets it."""
    if follows.name != branch and remotes.value(repository, "push.default") not in ("upstream", "tracking"):
        message = f"{branch} follows {follows.remote}/{follows.name}, which has another name"
        hint = (
            f"to push it as a branch of its own: {shlex.join(['git', 'push', '-u', follows.remote, branch])}; "
            f"to let sync push to {follows.name}: git config push.default upstream"
        )
        raise UsageError(message, hint=hint)
    settings = (f"branch.{branch}.pushRemote", "remote.pushDefault")
    pushes = next((found for name in settings if (found := remotes.value(repository, name))), follows.remote)
    if pushes != follows.remote and not named:
        message = f"{branch} takes from {follows.remote}, and git is told to push it elsewhere"
        raise UsageError(message, hint=f"name the remote for both: backlogtool sync {follows.remote}")


def gone(exchange: Exchange) -> NotFoundError:
    """What to raise where the remote does not have the branch that is followed, or nobody has anything."""
    remote, branch = exchange.upstream.remote, exchange.branch
    if not exchange.repository.head():
        return NotFoundError(f"nothing is committed yet, here or in {exchange.there}", hint="commit something first")
    hint = f"backlogtool sync {remote} makes it; or work on another branch: git switch BRANCH"
    return NotFoundError(f"{branch} follows {exchange.there}, which is not there", hint=hint)
