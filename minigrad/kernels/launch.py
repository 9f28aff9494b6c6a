"""Run a compiled kernel on a team of threads, and say so when the call has to compile.

Kernels let go of Python's lock, so ordinary Python threads run them side by side.  The thread that calls works too, and
it does not wait for the others to arrive: it claims piece after piece of the work (``jit.py``), and whoever comes
when all is done goes back to sleep.  So a call costs two microseconds more than the work, and a busy machine delays it
by one piece at most.  Several Python threads may launch kernels at once.

Read next: ``memory.py``.
"""

import ctypes
import math
import os
import queue
import sys
import threading
from contextlib import contextmanager, suppress

import numpy as np

FEW = 6 << 20  # multiply-adds that one thread has done before another is awake
PATIENCE = 1.0  # seconds of silence before a compilation is explained
NOTHING_LEFT = 1 << 40  # where the queue of a call without work begins; kernels may multiply it by what an item has

_launched: set = set()
_announced = threading.Event()
_jobs: queue.SimpleQueue = queue.SimpleQueue()
_helpers: list = []
_chosen: list = []


def set_num_threads(count):
    """Use at most so many threads from now on, the calling one included."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"set_num_threads: needs a whole number of at least 1, not {count!r}")
    _chosen[:] = [count]


def get_num_threads():
    """Threads that a kernel may use: as chosen, as the variable NUMBA_NUM_THREADS says, or one for each core."""
    if not _chosen:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Uncompiled kernels hold Python's lock: a second thread would only wait for the first.
        plain_python = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
        set_num_threads(1 if plain_python else int(os.environ.get("NUMBA_NUM_THREADS") or cores))
    return _chosen[0]


def team(multiply_adds):
    """How many threads so much work is worth: all, or one for what it has done before another is awake."""
    return 1 if multiply_adds < FEW else get_num_threads()


def launch(kernel, *arguments, threads=1):
    """Run ``kernel(queue, *arguments)`` on a team; the first's dtype and the last's type pick the machine code."""
    variant = (kernel, arguments[0].dtype, type(arguments[-1]))
    if variant not in _launched:
        with _explained(kernel):
            kernel(np.full(2, NOTHING_LEFT), *arguments)  # this only compiles
        _launched.add(variant)
    if threads == 1:
        kernel(np.zeros(2, np.int64), *arguments)
        return
    job = Job(kernel, arguments)
    _hire(threads - 1)
    _step_aside()
    for _ in range(threads - 1):
        _jobs.put(job)
    job.run()


class Job:
    """One call of a kernel, which any number of threads may join while it runs."""

    def __init__(self, kernel, arguments):
        self.kernel, self.arguments = kernel, arguments
        self.queue = np.zeros(2, np.int64)
        self.lock = threading.Lock()
        self.helping, self.closed, self.error = 0, False, None
        self.all_gone = threading.Event()

    def run(self):
        """Work on it until all is claimed, then wait for those who still work."""
        try:
            self.kernel(self.queue, *self.arguments)
        finally:
            with self.lock:
                self.closed = True
                helping = self.helping
            if helping:
                self.all_gone.wait()
        if self.error:
            raise self.error

    def help(self):
        """Join, if it is not over yet."""
        with self.lock:
            if self.closed:
                return
            self.helping += 1
        try:
            self.kernel(self.queue, *self.arguments)
        except BaseException as error:
            self.error = error
        finally:
            with self.lock:
                self.helping -= 1
                if self.closed and not self.helping:
                    self.all_gone.set()


def _hire(count):
    """See to it that so many helpers are there."""
    while len(_helpers) < count:
        helper = threading.Thread(target=_help_for_ever, name="minigrad kernel", daemon=True)
        _helpers.append(helper)
        helper.start()
        _avoided[0] = -1  # the new one is yet to be told


def _help_for_ever():
    while True:
        _jobs.get().help()


def _step_aside():
    """Keep the helpers off the core on which the calling thread runs.

    Linux likes to wake a thread on the core of the one that wakes it, where it would wait until all is done.
    """
    core = _this_core() if _this_core else -1
    if core == _avoided[0] or core not in _cores or len(_cores) == 1:
        return
    _avoided[0] = core
    with suppress(OSError):  # then the system has other plans for its cores
        for helper in _helpers:
            os.sched_setaffinity(helper.native_id, _cores - {core})


_cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
_this_core = getattr(ctypes.CDLL(None), "sched_getcpu", None) if sys.platform == "linux" else None
_avoided = [-1]

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.clear)  # a forked process has none of its parent's threads


class Rooms(threading.local):
    """Arrays of which every Python thread has its own."""

    def __init__(self):
        self.arrays = {}


_rooms = Rooms()


def scratch(name, dtype, *shape):
    """Room to work in, used again and again by the same Python thread; what is in it is left from the last time."""
    size = math.prod(shape)
    room = _rooms.arrays.get((name, dtype))
    if room is None or room.size < size:
        room = _rooms.arrays[name, dtype] = np.zeros(size, dtype)
    return room[:size].reshape(shape)


def plain(x):
    """``x`` as C-contiguous, aligned and writable; copied only if it is not.

    Numba compiles anew for every layout, and for read-only arrays too.
    """
    flags = x.flags
    return x if flags.c_contiguous and flags.behaved else np.array(x, order="C")


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
