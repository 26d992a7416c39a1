"""Renders in a process of its own that is held to limits: for templates that are not ours (ROBUSTNESS.md 2.5).

One process renders everything that is asked for together, and ends. It is sent ``[templates, values, jobs]`` as
JSON, where a job is ``[template, index of its values, is_text]``, and sends a line when it is ready and one line
of JSON for each job: a text, or the parts of a ``Failure``. What it sends is data to be doubted: the template
behind it may have broken out of its sandbox. Nothing is written by it, and nothing is unpickled here.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from backlogtool.errors import UnavailableError
from backlogtool.views.child import READY, TOO_LONG
from backlogtool.views.renderer import Answer, Failure, Job, Renderer, finished

#: Only what is needed can be imported there, and none of it from a folder that somebody else may write to.
_START = "import sys; sys.path += sys.argv[2:]; from backlogtool.views import child; child.main()"
_PACKAGES = ("backlogtool", "jinja2", "markupsafe")
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What all templates of one command may take together: seconds of processor time and by the clock, bytes."""

    processor: int = 5
    clock: float = 10
    memory: int = 512 << 20
    output: int = 20 << 20


class Limited(Renderer):
    """Renders in a limited process. ``answers`` raises ``UnavailableError`` if none can be started."""

    def __init__(self, templates: Mapping[str, str], limits: Limits | None = None) -> None:
        super().__init__(templates)
        self._limits = limits or Limits()

    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        if not jobs:
            return []
        ended = _run(_request(self._templates, jobs), self._limits)
        ready, *lines = ended.sent.split(b"\n")
        if ready + b"\n" != READY:
            hint = f"see what this prints: env -i {sys.executable} -I -c 'import jinja2'"
            raise UnavailableError("the process that renders the repository's templates does not start", hint=hint)
        # Behind the last line end stands nothing, or a part of a line.
        answers = [self._answer(line, job) for line, job in zip(lines[:-1], jobs, strict=False)]
        if len(answers) < len(jobs) and not (ended.by_itself and answers and isinstance(answers[-1], Failure)):
            answers.append(replace(_stopped(ended, self._limits), path=jobs[len(answers)].name))
        return answers

    def _answer(self, line: bytes, job: Job) -> Answer:
        try:
            read = json.loads(line)
            # A lone surrogate would be found by whoever writes the file.
            json.dumps(read, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            read = None
        if isinstance(read, str):
            return finished(read, job)
        match read:
            case [str(cause), str(path), int(number), str(), bool(exhausted)] if number >= 0:
                told = _limit_told(cause, exhausted, self._limits) or Failure(cause)
                return replace(told, path=path if path in self._templates else job.name, line=number)
        return Failure("ends the process that renders it with an answer that makes no sense", job.name)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What the process sent, and how it ended: ``stopped`` names the limit at which it was stopped from here."""

    sent: bytes
    status: int
    stopped: str

    @property
    def by_itself(self) -> bool:
        """Whether it said all it had to say."""
        return not self.status and not self.stopped


def _request(templates: Mapping[str, str], jobs: Sequence[Job]) -> bytes:
    values = {id(job.values): job.values for job in jobs}
    index = {key: number for number, key in enumerate(values)}
    wanted = [[job.template, index[id(job.values)], job.is_text] for job in jobs]
    request = json.dumps([dict(templates), list(values.values()), wanted], ensure_ascii=False)
    return request.encode("utf-8", "surrogatepass")


def _run(request: bytes, limits: Limits) -> _Ended:
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _START, json.dumps(asdict(limits)), *_folders()],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.sep,
            env={},
            start_new_session=True,
        )
    except OSError as error:
        raise UnavailableError(f"no process can be started to render templates: {error.strerror}") from error
    with process:
        try:
            sent, stopped = _exchange(process, request, limits)
        finally:
            process.kill()
    return _Ended(sent, process.returncode, stopped)


def _folders() -> list[str]:
    """Where the packages lie that the process imports, whichever way they were installed."""
    files = [str(sys.modules[name].__file__) for name in _PACKAGES]
    return list(dict.fromkeys(os.path.dirname(os.path.dirname(os.path.abspath(file))) for file in files))


def _exchange(process: subprocess.Popen[bytes], request: bytes, limits: Limits) -> tuple[bytes, str]:
    """Sends the request while it takes what is sent back: (that, the limit that was met or nothing)."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
    until = time.monotonic() + limits.clock
    sent, left = bytearray(), memoryview(request)
    os.set_blocking(process.stdin.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdin, selectors.EVENT_WRITE)
        ready.register(process.stdout, selectors.EVENT_READ)
        while (rest := until - time.monotonic()) > 0:
            for key, _ in ready.select(rest):
                if key.fileobj is process.stdout:
                    part = os.read(key.fd, _CHUNK)
                    sent += part
                    if not part or len(sent) > limits.output + _CHUNK:
                        return bytes(sent), "output" if part else ""
                    continue
                left = left[_written(key.fd, left) :]
                if not left:
                    ready.unregister(process.stdin)
                    process.stdin.close()
    return bytes(sent), "clock"


def _written(descriptor: int, data: memoryview) -> int:
    """How much could be sent; all of it, if there is nobody any more to read it."""
    try:
        return os.write(descriptor, data)
    except BrokenPipeError:
        return len(data)


def _limit_told(cause: str, exhausted: bool, limits: Limits) -> Failure | None:
    """The failure, if it is a limit that the process met and lived to tell."""
    if exhausted:
        return _over(f"needs more than {_mebibytes(limits.memory)} of memory", limits)
    return _too_long(limits) if cause == TOO_LONG else None


def _stopped(ended: _Ended, limits: Limits) -> Failure:
    """Why there is no answer."""
    if ended.stopped == "clock":
        return _over(f"takes more than {_seconds(limits.clock)}", limits)
    if ended.stopped == "output":
        return _too_long(limits)
    if ended.status == -signal.SIGXCPU:
        return _over(f"takes more than {_seconds(limits.processor)} of processor time", limits)
    how = f"by signal {-ended.status}" if ended.status < 0 else f"with status {ended.status}"
    return _over(f"ends the process that renders it, {how}", limits)


def _too_long(limits: Limits) -> Failure:
    return _over(f"makes more than {_mebibytes(limits.output)} of text", limits)


def _over(cause: str, limits: Limits) -> Failure:
    allowed = (
        f"{_seconds(limits.processor)}, {_mebibytes(limits.memory)} of memory and {_mebibytes(limits.output)} of text"
    )
    return Failure(cause, fix=f"let it do less: all templates of a command together may take {allowed}")


def _seconds(count: float) -> str:
    return f"{count:g} second{'' if count == 1 else 's'}"


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):g} MiB"
