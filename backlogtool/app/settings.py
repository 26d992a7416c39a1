"""How the tool behaves for one person: a table of settings, and where each value comes from.

A flag beats the environment, which beats ``$XDG_CONFIG_HOME/backlogtool/config.yml``, which beats the
default. The rules of a backlog are no settings: they are the repository's policy, the same for everybody
(docs/decisions/0003-rules-and-settings.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from backlogtool.domain.calendar import normal_moment
from backlogtool.domain.spelling import did_you_mean
from backlogtool.domain.value import Value
from backlogtool.errors import InvalidError, UsageError


class Setting(Value):
    """One setting. ``choices`` is empty where any text will do; ``flag`` where the option is not named after it."""

    name: str
    variable: str
    default: str
    doc: str
    choices: tuple[str, ...] = ()
    flag: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting("repo", "BACKLOG_REPO", ".", "A directory in the repository to work in.", flag="-C"),
    Setting("actor", "BACKLOG_ACTOR", "", "Who acts; without it git's user.name."),
    Setting("now", "BACKLOG_NOW", "", "The moment that counts as now, for reproducible runs."),
    Setting("backend", "BACKLOG_BACKEND", "git", "Where items live.", ("git", "memory")),
    Setting(
        "format", "BACKLOG_FORMAT", "table", "How lists are printed.", ("table", "plain", "jsonl", "csv", "md", "ids")
    ),
    Setting(
        "color", "BACKLOG_COLOR", "auto", "Colours in the terminal; NO_COLOR is honoured.", ("auto", "always", "never")
    ),
    Setting("pager", "BACKLOG_PAGER", "auto", "Whether long output goes through a pager.", ("auto", "never")),
    Setting("lock_wait", "BACKLOG_LOCK_WAIT", "10", "Seconds to wait for another writer."),
    Setting("index", "BACKLOG_INDEX", "auto", "Whether what is derived is kept in the git directory.", ("auto", "off")),
)
_MAX_FILE = 1 << 16  # bytes
BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The value of each setting, and where it comes from."""

    __slots__ = ("origin", "values")

    def __init__(self, values: Mapping[str, str], origin: Mapping[str, str]) -> None:
        self.values = values
        self.origin = origin

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def lock_wait(self) -> float:
        return float(self.values["lock_wait"])


def load(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """The settings in force. Raises ``UsageError`` for a value that is not allowed, naming its source."""
    path = config_path(environment)
    personal = _personal(path) if path else {}
    values, origin = {}, {}
    for setting in SETTINGS:
        flag = flags.get(setting.name)
        if flag is not None:
            value, source = flag, setting.flag or f"--{setting.name.replace('_', '-')}"
        elif environment.get(setting.variable):
            value, source = environment[setting.variable], f"${setting.variable}"
        elif setting.name in personal:
            value, source = personal[setting.name], path or ""
        else:
            value, source = setting.default, "default"
        _check(setting, value, source)
        values[setting.name], origin[setting.name] = value, source
    return Settings(values, origin)


def config_path(environment: Mapping[str, str]) -> str | None:
    """The file of personal settings, whether it exists or not; None where there is no home for one."""
    home = environment.get("HOME")
    base = environment.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # the specification says that a relative one is to be ignored
        base = os.path.join(home, ".config") if home else ""
    return os.path.join(base, "backlogtool", "config.yml") if base else None


def _personal(path: str) -> dict[str, str]:
    if not os.path.lexists(path):
        return {}
    from backlogtool.app.bounded import read_bounded

    try:
        text = read_bounded(path, _MAX_FILE).decode("utf-8")
    except OSError:
        return {}
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 text") from error
    from backlogtool.codec.strictyaml import SCALAR, read  # yaml takes its time, and most people have no such file

    root, findings = read(text)
    if root is None:
        raise InvalidError(f"{path} cannot be read", [finding.at(path, finding.line) for finding in findings])
    for key, (_, node) in root.entries.items():
        if key not in BY_NAME:
            raise InvalidError(f"{path}: unknown setting '{key}'", hint=did_you_mean(key, BY_NAME))
        if node.kind != SCALAR:
            raise InvalidError(f"{path}: {key} must be one value on one line")
    return {key: node.text for key, (_, node) in root.entries.items()}


def _check(setting: Setting, value: str, source: str) -> None:
    if setting.choices and value not in setting.choices:
        raise UsageError(f"{setting.name} '{value}' ({source}) is unknown", hint=did_you_mean(value, setting.choices))
    if setting.name == "now" and value and normal_moment(value) is None:
        raise UsageError(f"now '{value}' ({source}) is not a moment", hint="write YYYY-MM-DDTHH:MM:SSZ")
    if setting.name == "lock_wait" and not _is_seconds(value):
        raise UsageError(f"lock_wait '{value}' ({source}) is not a number of seconds")


def _is_seconds(text: str) -> bool:
    """Whether it is a number such as 10 or 0.5, of at most nine digits before and behind the point."""
    whole, point, part = text.partition(".")
    numbers = [whole, part] if point else [whole]
    return all(one.isascii() and one.isdigit() and len(one) <= 9 for one in numbers)
