"""Starts one command and tells what it cost: ``python -I -S launcher.py FD COMMAND…``.

A process of its own, and a small one, because the system counts what a process needed in memory from the one that
started it. Writes ``wall cpu peak code`` (seconds, seconds, KiB, exit code) to the file descriptor; wall is the time
until the command itself has ended, cpu and peak are those of it and of every process it has waited for.
"""

import os
import sys
import time


def main() -> None:
    report, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(report, False)
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    code = os.waitstatus_to_exitcode(status)
    os.write(report, f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss} {code}".encode())


main()
