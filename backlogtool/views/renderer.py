"""What is to be rendered and what came of it: the shapes that both ways of rendering share.

``engine.Engine`` renders in this process, ``limited.Limited`` runs the same engine in a process that is held
to limits. Templates and values are the same, and so are texts and failures.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backlogtool.codec.scalars import visible
from backlogtool.domain.finding import Finding
from backlogtool.errors import InvalidError
from backlogtool.views import escape

SUFFIX = ".j2"
_NAME = re.compile(r"[A-Za-z0-9_./-]+\.j2", re.ASCII)
_SCALARS = frozenset((str, int, float, bool, type(None)))
_KEYS = frozenset((str,))
_USUAL = bytes(range(0x20, 0x7F)) + b"\t\n"
_SHOWN = 60  # characters of a template that has no name


@dataclass(frozen=True, slots=True)
class Job:
    """One text to make: from the template of that name, or with ``is_text`` from that very text.

    ``values`` holds only dicts with text keys, lists, tuples, text, numbers, booleans and None.
    """

    template: str
    values: Mapping[str, Any]
    is_text: bool = False

    @property
    def name(self) -> str:
        """The template's name; empty if it has none."""
        return "" if self.is_text else self.template


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job gives no text: in which template (empty: it has no name) and line (0: the whole of it).

    ``exhausted`` says that there was not enough memory.
    """

    cause: str
    path: str = ""
    line: int = 0
    fix: str = ""
    exhausted: bool = False


#: The text as ``finished`` leaves it, or why there is none.
Answer = str | Failure


class Renderer(ABC):
    """A set of templates: name, a path below ``templates/`` that ends in ``.j2``, to text.

    Raises ``InvalidError`` with a BL703 finding for each name that is not such a path.
    """

    def __init__(self, templates: Mapping[str, str]) -> None:
        bad = [name for name in sorted(templates) if not _is_name(name)]
        if bad:
            findings = [Finding("BL703", "not a path of plain names that ends in .j2", path=name) for name in bad]
            raise InvalidError(f"'{bad[0]}' cannot be the name of a template", findings)
        self._templates = dict(templates)

    @abstractmethod
    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        """What came of each job, in their order; where the last is a failure, later jobs may have no answer.

        ``values`` are dicts, lists and scalars already.
        """

    def outputs(self) -> list[str]:
        """The paths of the views, sorted: names without ``.j2``, except parts, where a segment starts with ``_``."""
        views = [name for name in self._templates if not any(part.startswith("_") for part in name.split("/"))]
        return sorted(name.removesuffix(SUFFIX) for name in views)

    def texts(self, jobs: Iterable[Job]) -> list[str]:
        """The text of each job, with LF line ends; a named template's ends with one.

        Raises ``InvalidError`` with a BL703 finding, which has template and line, for each job that fails.
        """
        given = _with_plain_values(jobs)
        answers = self.answers(given)
        failed = [(job, answer) for job, answer in zip(given, answers, strict=False) if isinstance(answer, Failure)]
        if failed:
            raise _refusal(failed)
        return [str(answer) for answer in answers]

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The text of one template."""
        return self.texts([Job(name, context)])[0]


def finished(text: str, job: Job) -> str:
    """A text as a template gave it, as it is handed out: LF line ends, at its end one or none, everything visible.

    A named template's text ends with a line end, another's without. A template may print a value without a filter; a
    view must not act on a terminal for that.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    # A view may have megabytes, so it is copied only where it changes.
    if job.is_text or not plain.endswith("\n") or plain.endswith("\n\n"):
        plain = plain.rstrip("\n") + ("" if job.is_text else "\n")
    unusual = plain.encode("utf-8", "surrogatepass").translate(None, _USUAL).decode("utf-8", "surrogatepass")
    return plain if visible(unusual) == unusual else visible(plain)


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not {"", ".", ".."} & set(name.split("/"))


def _with_plain_values(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with values made of dicts, lists and scalars: copies of others, one of the same values."""
    wanted = list(jobs)
    values = {id(job.values): job.values for job in wanted}
    plain = {key: held if _is_plain(held) else _plain(held) for key, held in values.items()}
    return [Job(job.template, plain[id(job.values)], job.is_text) for job in wanted]


def _is_plain(value: Any) -> bool:
    """Whether the value is made of nothing but dicts with text keys, lists and scalars."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if type(held) is dict:
            if not _KEYS.issuperset(map(type, held)):
                return False
            held = held.values()
        elif type(held) is not list:
            return False
        # Most lists and dicts hold scalars only, and that is soon seen.
        if not _SCALARS.issuperset(map(type, held)):
            waiting += [one for one in held if type(one) not in _SCALARS]
    return True


def _plain(value: Any) -> Any:
    """A copy made of plain values only; anything else is our mistake, so a ``TypeError``."""
    if type(value) in _SCALARS:
        return value
    if type(value) is dict or isinstance(value, Mapping):
        return {_key(key): _plain(one) for key, one in value.items()}
    if type(value) in (list, tuple):  # a value with names is no list, though Python calls it a tuple
        return [_plain(one) for one in value]
    raise TypeError(f"templates get plain values only, not {type(value).__name__}")


def _key(key: Any) -> str:
    if type(key) is not str:
        raise TypeError(f"templates get plain values only, not {type(key).__name__} as a key")
    return key


def _refusal(failed: Sequence[tuple[Job, Failure]]) -> InvalidError:
    findings = [Finding("BL703", one.cause, path=one.path, line=one.line, fix=one.fix) for _, one in failed]
    job, first = failed[0]
    place = ":".join(str(part) for part in (first.path or _shown(job), first.line) if part)
    return InvalidError(f"{place}: {first.cause}", list(dict.fromkeys(findings)), hint="" if first.path else first.fix)


def _shown(job: Job) -> str:
    if job.name:
        return job.name
    text = escape.plain(job.template)
    return f"template text '{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}'"
