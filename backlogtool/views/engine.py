"""Templates and plain data in, text out.

Templates come from a repository and may be anybody's, so they run in Jinja's sandbox, see nothing but plain
values, and reach no file: the engine is given every template as text (ROBUSTNESS.md 2.5). Output depends on
templates and values alone, so what differs from run to run cannot be printed.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Undefined
from jinja2.exceptions import SecurityError, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backlogtool.domain.finding import Finding
from backlogtool.errors import InvalidError
from backlogtool.views import escape

SUFFIX = ".j2"
_NAME = re.compile(r"[A-Za-z0-9_./-]+\.j2", re.ASCII)
#: What Jinja calls the code of a template that has no name.
_NAMELESS = "<template>"
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


class Engine:
    """Renders a set of templates: name, a path below ``templates/`` that ends in ``.j2``, to text.

    Raises ``InvalidError`` with a BL703 finding for each name that is not such a path.
    """

    def __init__(self, templates: Mapping[str, str]) -> None:
        bad = [name for name in sorted(templates) if not _is_name(name)]
        if bad:
            findings = [Finding("BL703", "not a path of plain names that ends in .j2", path=name) for name in bad]
            raise InvalidError(f"'{bad[0]}' cannot be the name of a template", findings)
        self._templates = dict(templates)
        self._environment = _environment(self._templates)

    def outputs(self) -> list[str]:
        """The paths of the views, sorted: names without ``.j2``, except parts, where a segment starts with ``_``."""
        views = [name for name in self._templates if not any(part.startswith("_") for part in name.split("/"))]
        return sorted(name.removesuffix(SUFFIX) for name in views)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The text of the template ``name``, with LF line ends and one newline at its end.

        ``context`` holds only dicts with text keys, lists, tuples, text, numbers, booleans and None. Raises
        ``InvalidError`` (BL703, with template and line) if the template fails.
        """
        return self._run(lambda: self._environment.get_template(name), context, name) + "\n"

    def render_text(self, template_text: str, values: Mapping[str, Any]) -> str:
        """The same for a template that is given as text, such as a title; without a newline at the end."""
        return self._run(lambda: self._environment.from_string(template_text), values, "")

    def _run(self, find: Callable[[], Any], values: Mapping[str, Any], name: str) -> str:
        given = _plain(values)
        try:
            text: str = find().render(given)
        except Exception as error:
            # Whatever a template does wrong, down to a division by zero, is a fault in that file.
            raise _failure(error, name, self._templates) from error
        return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without the operators that make a short template use much memory or time."""

    intercepted_binops = frozenset(("*", "**", "%"))

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
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float, Undefined)):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is not text: name the part of it to print")


def _plain(value: Any) -> Any:
    """A copy made of plain values only; anything else is our mistake, so a ``TypeError``."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    raise TypeError(f"templates get plain values only, not {type(value).__name__}")


def _key(key: Any) -> str:
    if type(key) is not str:
        raise TypeError(f"templates get plain values only, not {type(key).__name__} as a key")
    return key


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not {"", ".", ".."} & set(name.split("/"))


def _failure(error: Exception, name: str, known: Mapping[str, str]) -> InvalidError:
    path, line = _place(error, known)
    cause = f"no template '{error}'" if isinstance(error, TemplateNotFound) else _cause(error)
    finding = Finding("BL703", cause, path=path or name, line=line)
    place = ":".join(str(part) for part in (path or name or "template text", line) if part)
    return InvalidError(f"{place}: {cause}", [finding])


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
