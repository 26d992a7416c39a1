"""The command line.

A short command makes no garbage worth looking for, but Python looks for it again and again while modules are loaded:
a fifteenth of the whole time. It still looks where a command handles many items (docs/decisions/0021-start-up.md).
"""

import gc

gc.set_threshold(50_000, 20, 50)
