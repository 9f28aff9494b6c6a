"""How Numba compiles our kernels: every option is in this file.

    kernel    a function that runs on all threads, called from Python
    helper    a piece of a kernel, on one thread, compiled into whatever calls it

Numba keeps what it has compiled on disk, and looks only at the file that a kernel stands in to see whether it still is
what was compiled: edit a helper in another file, and the old kernel would go on being served.  So the stamp of *every*
file in this folder is put in that file's place (`stamp`), and no edit here is ever missed.

Read next: ``tiles.py``.
"""

import os
from pathlib import Path

import numba
from numba import config

# OpenMP's idle threads spin, and steal the cores from the matrix product that
# comes next (measured: 4 ms per change-over).  Numba's own pool sleeps.
if config.THREADING_LAYER == "default":  # type: ignore[attr-defined]
    config.THREADING_LAYER = "workqueue"  # type: ignore[attr-defined]


def kernel(function):
    """Compile on the first call, run the ``prange`` loops on all threads, keep the result on disk."""
    compiled = numba.njit(parallel=True, cache=True, nogil=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:  # type: ignore[attr-defined]
        compiled._cache._cache_file._source_stamp = stamp()
    return compiled


def helper(function):
    """Compile as a part of the kernels that call it."""
    return numba.njit(nogil=True, error_model="numpy")(function)


def stamp():
    """Names, sizes and times of change of all sources in this folder: what a kept kernel is valid for."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((file.name, os.stat(file).st_mtime_ns, os.stat(file).st_size) for file in files)
