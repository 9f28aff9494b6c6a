"""Give both sides equally many threads.

The libraries read these variables once, while they are loaded; so `limit` is called before NumPy is imported, and this
file imports nothing that would import it.  `check` sees to it that it has worked.
"""

from __future__ import annotations

import os
import sys

VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
             "VECLIB_MAXIMUM_THREADS")


def available() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def asked(arguments: list[str]) -> int:
    """The number after ``--threads``, or all cores; whatever is wrong with it, the command line will say.

    Examples
    --------
    >>> asked(["kernels", "--threads", "3"]), asked(["--threads=2"])
    (3, 2)
    """
    words = " ".join(arguments).replace("=", " ").split()
    value = words[words.index("--threads") + 1 :][:1] if "--threads" in words else []
    return int(value[0]) if value and value[0].isdecimal() and int(value[0]) else available()


def limit(threads: int) -> None:
    """Say so to all libraries that are yet to be loaded, here and in every process that this one starts."""
    if "numpy" in sys.modules:
        raise RuntimeError("threads.limit comes too late: NumPy has been loaded")
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))


def apply(threads: int) -> None:
    """Hold all libraries that are loaded to so many threads.

    Raises
    ------
    ValueError
        If there are fewer cores: threads that wait for one another are not worth measuring.
    """
    from threadpoolctl import threadpool_limits

    import minigrad as mg

    from .peers import installed

    if threads > available():
        raise ValueError(f"--threads {threads}: this process may use {available()} cores")
    mg.set_num_threads(threads)
    if torch := installed("torch"):
        torch.set_num_threads(threads)
    threadpool_limits(threads)
