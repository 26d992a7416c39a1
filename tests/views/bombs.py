"""Templates that try to take more than they may, and templates that try to get out."""

from __future__ import annotations

from typing import Any

#: What they are given: no function among it, and nothing large.
DATA: dict[str, Any] = {
    "many": list(range(40)),
    "long": "word " * 2000,
    "item": {"title": "x", "tags": ["a", "b"], "items": [1]},
}


def loops(depth: int, inner: str = "") -> str:
    """Loops inside each other: each makes what is inside forty times as long."""
    return "{% for one in many %}" * depth + inner + "{% endfor %}" * depth


PROCESSOR, CLOCK, MEMORY, OUTPUT, DEEP = "processor time", "takes more than", "of memory", "of text", "RecursionError"

#: name -> (template, what is said about it)
BOMBS: dict[str, tuple[str, str]] = {
    "loops": (loops(8), PROCESSOR),
    "a wide wrap": ("{{ long | wordwrap(9, wrapstring='x' | center(9999999)) }}", MEMORY),
    "a wide filter": ("{{ 'x' | center(999999999999) }}", MEMORY),
    "a wide format": ("{{ '%999999999d' | format(1) }}", MEMORY),
    "a wide method": ("{{ '{:999999999d}'.format(1) }}", MEMORY),
    "a wide indent": ("{{ 'a\nb' | indent('x' | center(999999999)) }}", MEMORY),
    "a wide replacement": ("{{ long | replace('', 'x' | center(9999999)) }}", MEMORY),
    "padded batches": ("{{ [1] | batch(999999999, 'x') | list | length }}", MEMORY),
    "doubling": ("{% macro grow(text) %}{{ grow(text ~ text) }}{% endmacro %}{{ grow(long) }}", MEMORY),
    "a long view": (loops(2, "{{ long }}{{ long }}"), OUTPUT),
    "an endless macro": ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", DEEP),
    "an endless inclusion": ("{% include 'view.md.j2' %}", DEEP),
    "brackets": ("{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}", DEEP),
    "signs": ("{{ " + "-" * 50_000 + "1 }}", DEEP),
}

_UNSAFE, _GONE = "unsafe", "is undefined"

#: expression -> what is said about it
ESCAPES: dict[str, str] = {
    "''.__class__.__mro__[1].__subclasses__()": _UNSAFE,
    "item.__class__.__base__": _UNSAFE,
    "item['__class__'].mro()": _UNSAFE,
    "item | attr('__class__')": _UNSAFE,
    "[item] | map(attribute='__class__.__mro__') | join": _UNSAFE,
    "'{0.__class__.__mro__}'.format(item)": _UNSAFE,
    "'{x.__class__}'.format_map({'x': item})": _UNSAFE,
    "'{0.__class__}' | format | string ~ ('' | attr('format'))('', 1).__class__": _UNSAFE,
    "item.update.__self__": _UNSAFE,
    "self.__init__.__globals__": _UNSAFE,
    "self._TemplateReference__context.environment": _UNSAFE,
    "cycler.__init__.__globals__.os.popen('id')": _UNSAFE,
    "lipsum.__globals__": _GONE,
    "joiner()": _GONE,
    "namespace(x=1)": _GONE,
    "range(10)": _GONE,
    "dict()": _GONE,
    "open('/etc/passwd').read()": _GONE,
    "__import__('os')": _GONE,
    "caller.__globals__": _GONE,
    "loop.__init__": _UNSAFE,
    "item.update({'title': 'y'})": _UNSAFE,
    "item.tags.append('c')": _UNSAFE,
    "item.tags.__setitem__(0, 'c')": _UNSAFE,
    "'' | random": "No filter named",
    "config": _GONE,
    "request.application": _GONE,
}
