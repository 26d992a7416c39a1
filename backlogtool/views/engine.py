"""Templates and plain data in, text out.

Templates come from a repository and may be anybody's, so they run in Jinja's sandbox, see nothing but plain
values, and reach no file: the engine is given every template as text (ROBUSTNESS.md 2.5). Output depends on
templates and values alone, so what differs from run to run cannot be printed. How much a template takes is
not bounded here: ``limited`` does that for templates that are not our own.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, Undefined
from jinja2.exceptions import SecurityError, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backlogtool.views import escape
from backlogtool.views.renderer import Answer, Failure, Job, Renderer, finished

#: What Jinja calls the code of a template that has no name.
_NAMELESS = "<template>"
_MAX_CAUSE = 500  # characters: what fails may be a value of any length
#: What a dict has beside its entries, and before them.
_OF_DICTS = frozenset(dir(dict))
#: filter -> escaper for the place of that name.
FILTERS: Mapping[str, Callable[[str], str]] = {
    "plain": escape.plain,
    "md": escape.md,
    "cell": escape.cell,
    "link": escape.link,
    "href": escape.href,
    "xml": escape.xml,
    "mermaid": escape.mermaid,
}


class Engine(Renderer):
    """Renders in this process."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        super().__init__(templates)
        self._environment = _environment(self._templates)

    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        return [self.answer(job) for job in jobs]

    def answer(self, job: Job) -> Answer:
        """What comes of one job."""
        try:
            text = self._template(job).render(job.values)
            # A lone surrogate is found here and not by whoever writes the file.
            text.encode()
        except Exception as error:
            # Whatever a template does wrong, down to a division by zero, is a fault in that file.
            return _failure(error, job.name, self._templates)
        return finished(text, job)

    def _template(self, job: Job) -> Template:
        if job.is_text:
            return self._environment.from_string(job.template)
        return self._environment.get_template(job.template)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without the operators that make a short template use much memory or time."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's. ``row.title`` of a dict is most of what views ask for, and nothing but its entry can be meant."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_DICTS:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise SecurityError(f"'{operator}' is only for numbers, and '**' for nothing")
        return super().call_binop(context, operator, left, right)


def _environment(templates: Mapping[str, str]) -> Environment:
    environment = _Sandbox(
        loader=FunctionLoader(lambda name: _source(templates, name)),
        undefined=StrictUndefined,
        finalize=_text,
        autoescape=False,  # views are Markdown, SVG and more: each place names its escaper
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    del environment.filters["random"]
    environment.filters |= {name: _on_values(escaper) for name, escaper in FILTERS.items()}
    return environment


def _source(templates: Mapping[str, str], name: str) -> tuple[str, str, Callable[[], bool]] | None:
    # The name stands in the place of a file's, so that tracebacks lead back to it.
    return (templates[name], name, lambda: True) if name in templates else None


def _on_values(escaper: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: escaper(_text(value))


def _text(value: Any) -> str:
    """How a value is printed. Only values with one text are: the address of a method changes from run to run."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float, Undefined)):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is not text: name the part of it to print")


def _failure(error: Exception, name: str, known: Mapping[str, str]) -> Failure:
    path, line = _place(error, known)
    cause = f"no template '{error}'" if isinstance(error, TemplateNotFound) else _cause(error)
    cause = cause if len(cause) <= _MAX_CAUSE else f"{cause[:_MAX_CAUSE]}…"
    return Failure(cause, path or name, line, exhausted=isinstance(error, MemoryError))


def _cause(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return escape.plain(error.message or type(error).__name__)
    return escape.plain(f"{type(error).__name__}: {error}")


def _place(error: Exception, known: Mapping[str, str]) -> tuple[str, int]:
    """(template, line) where it went wrong: innermost, for a part is to blame and not who includes it."""
    if isinstance(error, TemplateSyntaxError):
        return error.name or "", error.lineno
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    path, line = next((one for one in reversed(frames) if one[0] in known or one[0] == _NAMELESS), ("", 0))
    return ("" if path == _NAMELESS else path), line
