"""Call a compiled kernel: one at a time, and say so when the call has to compile.

A kernel already spreads over all cores, so a second one at the same moment gains
nothing; and Numba's own thread pool, which ``numba_kernels.py`` chooses, must not
be entered by two Python threads at once.  Hence one lock.
"""

import sys
import threading
from contextlib import contextmanager

import numpy as np

PATIENCE = 1.0  # seconds of silence before a compilation is explained

_lock = threading.Lock()
_launched: set = set()
_announced = threading.Event()


def launch(kernel, *arguments):
    """Run ``kernel(*arguments)``; the first argument's dtype picks the machine code."""
    with _lock:
        variant = (kernel, arguments[0].dtype)
        if variant in _launched:
            kernel(*arguments)
            return
        with _explained(kernel):
            kernel(*arguments)
        _launched.add(variant)


def plain(x):
    """``x`` as C-contiguous, aligned and writable; copied only if it is not.

    Numba compiles anew for every layout, and for read-only arrays too.
    """
    return np.require(x, requirements=["C", "A", "W", "E"])


@contextmanager
def _explained(kernel):
    """Have a line printed if, after a while, the block is still compiling."""
    if not hasattr(kernel, "stats"):  # NUMBA_DISABLE_JIT: there is nothing to compile
        yield
        return
    timer = threading.Timer(PATIENCE, _announce_if_compiling, [kernel, _misses(kernel)])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _misses(kernel):
    """How often the cache on disk had no machine code for this kernel."""
    return sum(kernel.stats.cache_misses.values())


def _announce_if_compiling(kernel, misses_before):
    # Otherwise the cache was warm, and it is the work itself that takes long.
    if _misses(kernel) > misses_before and not _announced.is_set():
        _announced.set()
        print(
            "minigrad: Numba compiles the kernels once (cached afterwards); this takes some seconds ...",
            file=sys.stderr,
            flush=True,
        )
