"""The command line.

A short command makes no garbage worth looking for, but Python looks for it again and again while modules are loaded:
a fifteenth of the whole time. It still looks where a command handles many items (docs/decisions/0021-start-up.md).
"""

import gc

#: How seldom a process of ours looks for garbage. Who imports a command into a program of his own keeps his way.
SELDOM = (50_000, 20, 50)
_before = gc.get_threshold()
gc.set_threshold(*SELDOM)
import click  # noqa: E402, F401

gc.set_threshold(*_before)
