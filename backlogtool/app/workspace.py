"""An open backlog: its store, its policy, and who acts when.

Every verb in ``app`` takes a ``Workspace``. It is the one place that asks for the time, the environment and
the repository; below it everything is handed in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from backlogtool.app import packaged
from backlogtool.app.settings import Settings, load
from backlogtool.codec.policy_compiled import compiled, restored
from backlogtool.codec.policy_layers import MAX_FILE, Layer, Loaded
from backlogtool.domain import calendar
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import is_id, starts
from backlogtool.domain.layout import FLAT
from backlogtool.domain.policy import Policy
from backlogtool.domain.query import Query, parse
from backlogtool.domain.spelling import distance
from backlogtool.errors import AmbiguousIdError, ForbiddenError, InvalidError, NotFoundError
from backlogtool.stores.base import Store, Stored
from backlogtool.stores.git.index.kept import keep, read_kept
from backlogtool.stores.git.repository import Repository, discover
from backlogtool.stores.git.store import GitStore

Clock = Callable[[], datetime]
_KEPT = "policy"


def system_clock() -> datetime:
    return datetime.now(UTC)


class Workspace:
    """``repository`` is None for a store without one. ``loaded`` holds the policy and its findings.

    ``revision`` is the commit that is read; empty is what stands now.
    """

    __slots__ = ("_actor", "clock", "loaded", "repository", "revision", "settings", "store")

    def __init__(
        self,
        store: Store,
        loaded: Loaded,
        settings: Settings,
        clock: Clock,
        repository: Repository | None = None,
        revision: str = "",
    ) -> None:
        self.store = store
        self.loaded = loaded
        self.settings = settings
        self.clock = clock
        self.repository = repository
        self.revision = revision
        self._actor = ""

    @classmethod
    def open(
        cls,
        place: Any = None,
        *,
        flags: Mapping[str, str | None] | None = None,
        environment: Mapping[str, str] | None = None,
        clock: Clock = system_clock,
        revision: str = "",
        progress: Callable[[int, int], object] | None = None,
    ) -> Workspace:
        """Opens the backlog of a repository.

        ``place`` is a path or a ``git.Repo``; without it the setting ``repo`` decides. ``revision`` opens the
        backlog as it was at a commit, for reading. ``progress`` is told how many of how many files a long
        reading has read. Raises ``NotFoundError`` if there is no repository.
        """
        settings = load(flags or {}, os.environ if environment is None else environment)
        if settings["backend"] == "memory":
            return cls.in_memory(settings=settings, clock=clock)
        repository = discover(_directory(place) if place is not None else settings["repo"])
        commit = repository.resolve(revision) if revision else ""
        space = cls(
            GitStore(repository, revision=commit, indexed=False),
            _NO_POLICY,
            settings,
            clock,
            repository,
            commit,
        )
        space.reload()
        space.store = GitStore(
            repository,
            legal=space._legal,
            layout=lambda: space.policy.layout if space.loaded.policy else FLAT,
            revision=commit,
            lock_wait=settings.lock_wait,
            on_heal=space.reload,
            indexed=settings["index"] == "auto",
            progress=progress,
        )
        return space

    @classmethod
    def in_memory(cls, *, settings: Settings | None = None, clock: Clock = system_clock) -> Workspace:
        """A backlog that lives as long as the process, with the packaged policy."""
        from backlogtool.stores.memory import MemoryStore  # for tests and programs

        store = MemoryStore()
        return cls(store, _load_policy(store), settings or load({}, {}), clock)

    def reload(self) -> None:
        """Reads the policy once more."""
        kept = self.repository is not None and not self.revision and self.settings["index"] == "auto"
        self.loaded = _load_policy(self.store, self.repository.common_dir if self.repository and kept else "")

    @property
    def policy(self) -> Policy:
        """The policy in force. Raises ``InvalidError`` if the repository's cannot be used."""
        if self.loaded.policy is None:
            broken = [finding for finding in self.loaded.findings if finding.is_error]
            raise InvalidError("the policy cannot be used", broken)
        return self.loaded.policy

    @property
    def now(self) -> str:
        """The moment that counts as now."""
        fixed = self.settings["now"]
        return calendar.normal_moment(fixed) or fixed if fixed else calendar.format_moment(self.clock())

    @property
    def today(self) -> str:
        return calendar.day_of(self.now)

    @property
    def actor(self) -> str:
        """Who acts: the setting, else git's user.name. Raises ``UnavailableError`` if there is neither."""
        if not self._actor:
            named = self.settings["actor"]
            self._actor = named or (self.repository.identity() if self.repository else "nobody")
        return self._actor

    def require(self, action: str) -> None:
        """Raises ``ForbiddenError`` if the policy does not let the actor do this (R-069…R-071)."""
        if not self.policy.rbac.enforce:
            return
        from backlogtool.domain import rbac  # few backlogs enforce roles

        lacking = rbac.lacking(self.policy.rbac, self.actor, action)
        if lacking:
            hint = rbac.way_on(self.policy.rbac, self.actor, lacking)
            raise ForbiddenError(f"actor '{self.actor}' lacks {lacking}", hint=hint)

    def require_backlog(self) -> None:
        """Raises ``NotFoundError`` in a repository that holds no backlog yet."""
        if self.repository is None or self.store.file(packaged.POLICY_PATH) is not None or self.store.ids():
            return
        raise NotFoundError("there is no backlog in this repository yet", hint="make one: backlogtool init")

    def find_id(self, prefix: str) -> str:
        """The one id that starts with the prefix, with or without its ``bl_``.

        Raises ``NotFoundError``, or ``AmbiguousIdError`` with the candidates.
        """
        if is_id(prefix):
            return prefix
        ids = self.store.ids_starting(prefix)
        if prefix in ids:
            return prefix
        found = one_of(prefix, ids)
        if not found:
            raise NotFoundError(f"no item '{prefix}'", hint=self._instead(prefix))
        return found

    def get(self, prefix: str) -> Stored:
        """The one item whose id starts with the prefix.

        Raises what ``find_id`` does, also for a whole id that no item has, and ``InvalidError`` if it cannot be read.
        """
        item_id = self.find_id(prefix)
        try:
            return self.store.get(item_id)
        except NotFoundError as error:
            error.hint = self._instead(item_id)
            raise

    def _instead(self, word: str) -> str:
        """What to do where nothing answers to a word: the ids that are close to it (R-213), or its story."""
        if is_id(word) and self.store.events(word):
            return f"it was deleted: backlogtool log {word} tells its story"
        start, end = word[:6], word[-6:]
        alike = [one for one in self.store.ids() if one.startswith(start) or one.endswith(end)]
        close = [one for one in alike if len(word) < 64 and distance(one, word) <= 2]
        return f"did you mean {' or '.join(close[:3])}?" if close else "backlogtool list --format ids shows every id"

    def query(self, words: Iterable[str] = ()) -> Query:
        """The query that the words spell, seen from today and from the actor.

        ``P0``, ``@name`` and ``#word`` are the short forms of a quick line (docs/decisions/0010-quick-line.md).
        """
        terms = [self._spelled_out(word) for word in words]
        me = self.actor if any("@me" in word for word in terms) else ""
        return parse(terms, self.policy, today=self.today, me=me)

    def _spelled_out(self, word: str) -> str:
        """A short form as ``field:value``, so that what creates an item finds it; any other word as it is."""
        sign, bare = ("~", word[1:]) if word.startswith("~") else ("", word)
        mark, name = bare[:1], bare[1:]
        if bare in self.policy.enums.priority:
            return f"{sign}priority:{bare}"
        if mark == "@" and name:
            return f"{sign}owner:{name if name != 'me' else '@me'}"
        if mark == "#" and name and not name.isdigit():
            return f"{sign}{'category' if name in self.policy.categories else 'tag'}:{name}"
        return word

    def _legal(self, path: Any) -> bool:
        from backlogtool.domain import workflow  # squashed commits are few, and most commands judge nothing

        return workflow.is_legal_path(path, self.policy)


def one_of(prefix: str, ids: Iterable[str]) -> str:
    """The one id that starts with the prefix, with or without its ``bl_``; empty if none does.

    Raises ``AmbiguousIdError`` with the candidates if several do.
    """
    matches = [one for one in ids if starts(one, prefix)]
    if prefix and len(matches) > 1:
        raise AmbiguousIdError(prefix, matches)
    return matches[0] if prefix and matches else ""


_NO_POLICY = Loaded(None, [], {})


def _directory(place: Any) -> str:
    """A path, or the work tree (else the git directory) of a ``git.Repo``."""
    if isinstance(place, (str, os.PathLike)):
        return os.fspath(place)
    return str(getattr(place, "working_tree_dir", None) or place.git_dir)


def _load_policy(store: Store, git_dir: str = "") -> Loaded:
    """The policy of a store; it is kept in the git directory, if there is one, for the next command."""
    layers = [Layer(packaged.policy_text(), "packaged default")]
    sections = {packaged.POLICY_PATH: "", packaged.ROLES_PATH: "rbac"}
    try:
        own = store.files(tuple(sections), MAX_FILE)  # at once: a commit is asked by a process
    except InvalidError as error:
        return Loaded(None, list(error.findings), {})
    for path, data in own.items():
        try:
            layers.append(Layer(data.decode("utf-8"), path, sections[path]))
        except UnicodeDecodeError:
            return Loaded(None, [Finding("BL101", "the policy is not UTF-8 text", path=path)], {})
    return _kept_policy(tuple(layers), git_dir) if git_dir else _policy_of(tuple(layers))


def _kept_policy(layers: tuple[Layer, ...], git_dir: str) -> Loaded:
    """What was kept of exactly these texts, else what reading them gives."""
    kept, build = read_kept(git_dir, _KEPT), packaged.build()
    found = restored(kept, layers, build) if kept else None
    if found is None:
        found = _policy_of(layers)
        data = compiled(found, layers, build)
        if data is not None:
            keep(git_dir, _KEPT, data)
    return found


@lru_cache(maxsize=16)
def _policy_of(layers: tuple[Layer, ...]) -> Loaded:
    """The same texts give the same policy, so a process that opens several workspaces reads them once."""
    from backlogtool.codec import policy  # yaml takes as long as everything else that a command loads

    return policy.load(layers)
