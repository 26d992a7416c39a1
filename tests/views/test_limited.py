"""Templates that are not ours run in a process of their own: the same texts and failures, within limits."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backlogtool.codec import plain
from backlogtool.domain.item import Item
from backlogtool.errors import InvalidError, UnavailableError
from backlogtool.interchange import grouped
from backlogtool.views.engine import FILTERS, Engine
from backlogtool.views.limited import Limited, Limits
from backlogtool.views.renderer import Failure, Job
from tests.views import samples
from tests.views.bombs import BOMBS, CLOCK, DATA, ESCAPES, OUTPUT, PROCESSOR, loops

QUICK = Limits(processor=1)
VIEW = "view.md.j2"


def _both(templates: Mapping[str, str], jobs: list[Job]) -> tuple[list[Any], list[Any]]:
    """The answers of this process and of the limited one."""
    return Engine(templates).answers(jobs), Limited(templates).answers(jobs)


def _context(items: list[Item]) -> dict[str, Any]:
    """What the packaged views are given for these items."""
    shown = [{**plain.item(one), "path": f"items/{one.id}.md"} for one in items]
    grouping = {
        "backlog": grouped.grouped_view(items, samples.policy()),
        "todo": grouped.todo_view(items, samples.policy()),
    }
    return {"as_of": samples.TODAY, "items": shown, **samples.data(items), **grouping}


# --- the same


def test_the_packaged_views_are_the_same_bytes_both_ways() -> None:
    templates = samples.templates()
    names = [f"{path}.j2" for path in Engine(templates).outputs()]
    contexts = [_context(items) for items in (samples.platform(), samples.hostile(), [])]
    here, there = _both(templates, [Job(name, seen) for seen in contexts for name in names])
    assert len(here) == 3 * len(names)
    assert here == there
    assert not any(isinstance(one, Failure) for one in here)


#: What JSON, UTF-8 or a line of text could make something else of.
VALUES: list[Any] = [
    None, True, False, 0, -1, 10**18, 2**64, 0.1, -0.0, 1e308, 5e-324, float("inf"), float("nan"), "", " ", "\n",
    "\r\n", "\x00\x1b\x7f\x85\u2028\u2029\ufeff", "\ud800", "\udc80\ud83d\ude00", "\U0001f600", "漢字 é e\u0301",
    '"\\/', "{{ 1 }}", [], {}, [[[[]]]], {"": {"\n": [None, {"\udcff": ""}]}}, "x" * 100_000, list(range(1000)),
]  # fmt: skip


def test_what_nobody_sees_is_made_visible_both_ways() -> None:
    here, there = _both({}, [Job("{{ value }}", {"value": "a\x1b[2J\u202e\ufeffb"}, is_text=True)])
    assert here == there == ["a\\u{1b}[2J\\u{202e}\\u{feff}b"]


def test_every_value_arrives_as_it_is() -> None:
    jobs = [Job("{{ value | tojson }}{{ value | pprint }}", {"value": value}, is_text=True) for value in VALUES]
    jobs += [Job("{{ value | length }}{{ value | plain }}", {"value": value}, is_text=True) for value in VALUES]
    here, there = _both({}, jobs)
    assert here == there
    assert not any(isinstance(one, Failure) for one in here[: len(VALUES)])


#: Calls of Jinja's own filters that need more than the value.
_CALLS = {
    "attr": "{'a': 1} | attr('a') is defined",
    "batch": "[1, 2, 3] | batch(2) | list | tojson",
    "d": "x | d('y')",
    "default": "x | default('y')",
    "dictsort": "{'b': 1, 'a': 2} | dictsort | tojson",
    "groupby": "[{'a': 1}, {'a': 2}] | groupby('a') | list | length",
    "items": "{'a': 1} | items | list | tojson",
    "map": "[1, 2] | map('string') | join",
    "format": "'%s' | format(1)",
    "replace": "'aa' | replace('a', 'b')",
    "pprint": "{'a': [1] } | pprint",
    "reject": "[1, 2] | reject('odd') | list | tojson",
    "rejectattr": "[{'a': 1}] | rejectattr('a') | list | tojson",
    "select": "[1, 2] | select('odd') | list | tojson",
    "selectattr": "[{'a': 1}] | selectattr('a') | list | tojson",
    "slice": "[1, 2, 3] | slice(2) | list | tojson",
    "xmlattr": "{'a': 1} | xmlattr",
    "urlencode": "{'a': 'ü'} | urlencode",
    "tojson": "{'a': 'ü<'} | tojson",
    "max": "[1] | max",
    "min": "[1] | min",
    "sum": "[1] | sum",
    "first": "[1] | first",
    "last": "[1] | last",
    "sort": "[2, 1] | sort | tojson",
    "unique": "[1, 1] | unique | list | tojson",
    "reverse": "[1, 2] | reverse | list | tojson",
    "list": "'ab' | list | tojson",
    "join": "[1, 2] | join",
    "abs": "-1 | abs",
    "round": "1.5 | round",
    "float": "'1' | float",
    "int": "'1' | int",
    "filesizeformat": "3000 | filesizeformat",
}
_LITERALS = [r"'\N{BULLET}\x41\u00e9\t'", "'é' ~ '漢'", "1.5e3", "'a' is string", "[1, 2][1:] | tojson", "7 % 4"]


def test_every_filter_and_test_works_without_opening_a_file() -> None:
    """What Jinja and Python import late must be there before the limits are."""
    environment = Engine({})._environment
    shown = [_CALLS.get(name, f"'a <b>c</b> https://example.org' | {name}") for name in environment.filters]
    tests = [f"3 is {name}(2)" for name in environment.tests if name.isidentifier()]
    tests += [f"'a' is {name}" for name in environment.tests if name.isidentifier()]
    texts = [f"{{{{ {expression} }}}}" for expression in (*shown, *tests, *_LITERALS)]
    here, there = _both({}, [Job(text, {}, is_text=True) for text in texts])
    assert here == there
    worked = {text for text, answer in zip(texts, here, strict=True) if isinstance(answer, str)}
    assert worked >= {f"{{{{ {expression} }}}}" for expression in (*_CALLS.values(), *_LITERALS)}


BROKEN = {
    "a name that does not exist": "one\n\n{{ gone.title }}\n",
    "syntax": "\n{% if %}",
    "a missing part": "\n{% include '_gone.j2' %}",
    "a part that fails": "{% include 'p/_part.j2' %}",
    "a part with bad syntax": "{% include 'p/_syntax.j2' %}",
    "a division": "{{ 1 / 0 }}",
    "no text": "{{ item }}",
    "an operator": "{{ 'x' * 9 }}",
    "a lone surrogate": r"{{ '\ud800' }}",
    "a filter": "{{ 1 | gone }}",
    "a long cause": "{{ {}[long] }}",
    "a cause with control characters": r"{{ {}['\x1b[31m\u202e'] }}",
}
PARTS = {"p/_part.j2": "\n\n\n{{ gone }}", "p/_syntax.j2": "\n{% endif %}"}


def test_a_template_that_fails_gives_the_same_finding_both_ways() -> None:
    templates = {**PARTS, **{f"{number}.j2": text for number, text in enumerate(BROKEN.values())}}
    jobs = [Job(name, DATA) for name in templates if name not in PARTS]
    jobs += [Job(text, DATA, is_text=True) for text in BROKEN.values()]
    told = []
    for kind in (Engine, Limited):
        with pytest.raises(InvalidError) as caught:
            kind(templates).texts(jobs)
        told.append((caught.value.message, caught.value.hint, caught.value.findings))
    assert told[0] == told[1]
    findings = told[0][2]
    assert {one.path for one in findings} == {*templates, ""} - {"3.j2", "4.j2"}, "their parts are to blame"
    assert all(len(one.message) < 600 and one.message.isprintable() for one in findings)


def test_all_that_fails_is_told_and_once() -> None:
    templates = {"a.j2": "{{ gone }}", "b.j2": "fine", "c.j2": "{{ gone }}"}
    with pytest.raises(InvalidError, match=r"^a\.j2:1: 'gone' is undefined$") as caught:
        Limited(templates).texts([Job(name, {}) for name in [*templates, *templates]])
    assert [one.path for one in caught.value.findings] == ["a.j2", "c.j2"]


@pytest.mark.parametrize("expression", ESCAPES)
def test_what_tries_to_get_out_fails_in_this_process_too(expression: str) -> None:
    [answer] = Engine({VIEW: f"{{{{ {expression} }}}}"}).answers([Job(VIEW, DATA)])
    assert isinstance(answer, Failure), answer
    assert ESCAPES[expression] in answer.cause


def test_what_tries_to_get_out_fails_with_its_line() -> None:
    templates = {f"{number}.j2": f"\n{{{{ {expression} }}}}" for number, expression in enumerate(ESCAPES)}
    answers = Limited(templates).answers([Job(name, DATA) for name in templates])
    for (name, answer), told in zip(zip(templates, answers, strict=True), ESCAPES.values(), strict=True):
        assert isinstance(answer, Failure), answer
        assert (answer.path, answer.line) == (name, 2)
        assert told in answer.cause


# --- limits


def _told(template: str, limits: Limits = QUICK) -> tuple[str, InvalidError]:
    """What is said about a template behind one that is fine, and the error."""
    with pytest.raises(InvalidError) as caught:
        Limited({"fine.j2": "fine", VIEW: template}, limits).texts([Job("fine.j2", {}), Job(VIEW, DATA)])
    [finding] = caught.value.findings
    assert (finding.code, finding.path) == ("BL703", VIEW)
    return finding.message, caught.value


@pytest.mark.sampled(16)
@pytest.mark.parametrize("name", BOMBS)
def test_a_template_that_takes_too_much_is_stopped_and_named(name: str) -> None:
    template, told = BOMBS[name]
    limits = QUICK if told == PROCESSOR else Limits()
    began = time.monotonic()
    message, error = _told(template, limits)
    assert told in message
    assert error.message.startswith(VIEW)
    assert time.monotonic() - began < limits.clock
    if told == PROCESSOR:
        allowed = "all templates of a command together may take 1 second, 512 MiB of memory and 20 MiB of text"
        assert error.findings[0].fix == f"let it do less: {allowed}"


def test_a_template_that_takes_long_is_stopped_by_the_clock() -> None:
    message, _ = _told(loops(8), Limits(clock=0.7))
    assert message == f"{CLOCK} 0.7 seconds"


def test_the_output_is_limited_in_sum() -> None:
    limits = replace(QUICK, output=10_000)
    templates = {f"{number}.j2": "x" * 3000 for number in range(4)}
    jobs = [Job(name, {}) for name in templates]
    assert Limited(templates, limits).texts(jobs[:3]) == ["x" * 3000 + "\n"] * 3
    with pytest.raises(InvalidError, match=rf"^3\.j2: makes more than .* {OUTPUT}"):
        Limited(templates, limits).texts(jobs)


def test_a_text_without_a_name_is_shown_when_it_takes_too_much() -> None:
    text = '{{ ("x" | center(9999999999)) }} and then something that is rather long'
    with pytest.raises(InvalidError, match=r"^template text '\{\{ \(\"x\" .*…':1: needs more than") as caught:
        Limited({}, QUICK).texts([Job(text, {}, is_text=True)])
    assert "let it do less" in caught.value.hint


def test_values_that_do_not_fit_are_told_as_memory() -> None:
    with pytest.raises(InvalidError, match=r"^view\.md\.j2: needs more than 40 MiB of memory$"):
        Limited({VIEW: "x"}, replace(QUICK, memory=40 << 20)).render(VIEW, {"long": "x" * (40 << 20)})


# --- what the process has


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder below /proc of a process that is in the middle of a template.

    This process has a secret in its environment and a descriptor that would be inherited.
    """
    if not Path("/proc/self/environ").exists():
        pytest.skip("this system has no /proc")
    monkeypatch.setenv("SECRET", "s3cret")
    inherited = os.memfd_create("inherited", 0)
    ended: list[Exception] = []

    def render() -> None:
        with pytest.raises(InvalidError) as caught:
            Limited({VIEW: loops(8)}, Limits(clock=2)).render(VIEW, DATA)
        ended.append(caught.value)

    rendering = threading.Thread(target=render)
    before = _children()
    rendering.start()
    try:
        yield _spinning(before)
    finally:
        rendering.join()
        os.close(inherited)
    assert "takes more than 2 seconds" in str(ended[0])


def _children() -> set[Path]:
    mine = f"\nPPid:\t{os.getpid()}\n"
    return {place for place in Path("/proc").glob("[0-9]*") if mine in _status(place)}


def _status(place: Path) -> str:
    try:
        return (place / "status").read_text()
    except OSError:
        return ""


def _spinning(before: set[Path]) -> Path:
    """The child that has set its last limit."""
    for _ in range(6000):
        for place in _children() - before:
            if "Max open files            3 " in (place / "limits").read_text():
                os.kill(int(place.name), signal.SIGSTOP)  # it has been seen at work, and need not go on
                return place
        time.sleep(0.01)
    raise AssertionError("no process was started")


def test_the_process_has_no_environment_and_no_descriptors_and_no_way_to_get_any(busy: Path) -> None:
    assert (busy / "environ").read_bytes().strip(b"\0") in (b"", b"LC_CTYPE=C.UTF-8")
    assert {name.name for name in (busy / "fd").iterdir()} == {"0", "1", "2"}
    assert (busy / "cwd").readlink() == Path("/")
    fields = (busy / "stat").read_text().rpartition(") ")[2].split()
    assert fields[2:4] == [busy.name, busy.name], "it is not the first of a process group and session of its own"
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (busy / "limits").read_text().splitlines()}
    assert limits["Max cpu time"] == ["5", "6"]
    assert limits["Max address space"] == [str(512 << 20)] * 2
    assert limits["Max open files"] == ["3", "3"]
    for name in ("Max file size", "Max core file size", "Max processes"):
        assert limits[name] == ["0", "0"]


@pytest.mark.exhaustive
def test_nothing_is_left_of_a_process_that_was_stopped() -> None:
    before = _children()
    _told(loops(8), Limits(clock=0.5))
    assert _children() <= before


# --- a process that has been taken over


@pytest.fixture
def taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a program in the interpreter's place that sends what it likes."""

    def install(script: str) -> None:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(stat.S_IRWXU)
        monkeypatch.setattr(sys, "executable", str(program))

    return install


SENSELESS = {
    "no JSON": "echo 'no json'",
    "no text": "echo '{\"a\": 1}'",
    "too few parts": "echo '[\"cause\"]'",
    "parts of other types": "echo '[1, 2, \"x\", null, 0]'",
    "a line below zero": 'echo \'["c", "", -1, "", false]\'',
    "a lone surrogate": "printf '\"\\\\ud800\"\\n'",
    "bytes that are no text": "printf '\"\\377\"\\n'",
    "depth": "head -c 100000 /dev/zero | tr '\\0' '['; echo",
    "digits": "head -c 100000 /dev/zero | tr '\\0' '1'; echo",
}


@pytest.mark.parametrize("name", SENSELESS)
def test_an_answer_that_makes_no_sense_is_a_finding(name: str, taken_over: Any) -> None:
    taken_over(f"echo ready; {SENSELESS[name]}")
    with pytest.raises(InvalidError, match=r"^view\.md\.j2: ends the process .* with an answer that makes no sense$"):
        Limited({VIEW: ""}).render(VIEW, {})


ENDS = {
    "silence": ("exec sleep 60", "takes more than 0.5 seconds"),
    "no end of output": ("exec cat /dev/zero", "makes more than 1 MiB of text"),
    "half an answer": ("printf '\"half'", "ends the process that renders it, with status 0"),
    "a status": ("exit 3", "ends the process that renders it, with status 3"),
    "a signal": ("kill -SEGV $$", "ends the process that renders it, by signal 11"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ENDS)
def test_a_process_that_ends_without_an_answer_is_a_finding(name: str, taken_over: Any) -> None:
    script, told = ENDS[name]
    taken_over(f"echo ready; {script}")
    with pytest.raises(InvalidError) as caught:
        Limited({VIEW: ""}, Limits(clock=0.5, output=1 << 20)).render(VIEW, {"much": "x" * (1 << 20)})
    assert caught.value.findings[0].message == told


def test_a_template_that_is_not_there_is_not_named(taken_over: Any) -> None:
    taken_over('echo ready; echo \'["cause", "/etc/passwd", 3, "", false]\'')
    with pytest.raises(InvalidError) as caught:
        Limited({VIEW: ""}).render(VIEW, {})
    assert (caught.value.findings[0].path, caught.value.findings[0].message) == (VIEW, "cause")


def test_an_interpreter_that_does_not_start_is_unavailable(
    taken_over: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken_over("exit 1")
    with pytest.raises(UnavailableError, match="does not start") as caught:
        Limited({VIEW: ""}).render(VIEW, {})
    assert "import jinja2" in caught.value.hint
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(UnavailableError, match="no process can be started"):
        Limited({VIEW: ""}).render(VIEW, {})


def test_nothing_to_render_starts_nothing(taken_over: Any) -> None:
    taken_over("exit 1")
    assert Limited({VIEW: ""}).texts([]) == []


def test_modules_beside_the_caller_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository may hold a file with the name of a module."""
    for name in ("json", "jinja2", "textwrap", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert Limited({VIEW: "fine"}).render(VIEW, {}) == "fine\n"


def test_the_escapers_are_there_too() -> None:
    jobs = [Job(f"{{{{ '<|>`' | {name} }}}}", {}, is_text=True) for name in FILTERS]
    assert Limited({}).texts(jobs) == [escaper("<|>`") for escaper in FILTERS.values()]


def test_the_limits_are_those_of_the_manual() -> None:
    page = (samples.ROOT / "docs/manual/views.md").read_text(encoding="utf-8")
    limits = Limits()
    for told in (
        f"{limits.processor} seconds of processor time",
        f"{limits.clock} seconds by the clock",
        f"{limits.memory >> 20} MiB of memory",
        f"{limits.output >> 20} MiB of text",
    ):
        assert told in page
    assert PROCESSOR in page
