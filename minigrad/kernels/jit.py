"""How Numba compiles our kernels: every option is in this file.

    kernel    a function that a team of threads runs together, called by `launch.launch`
    helper    a piece of a kernel, compiled into whatever calls it
    summing   the same for sums in no particular order
    compiled  a function that Python calls, as a kernel is, but not kept on disk

All threads of a team run the same kernel with the same arguments.  The first argument is their list of work, a
``queue``, from which each takes the next number that nobody has taken yet (`claim`), until all is done:

    i = claim(queue)
    while i < count:
        ...              # item i is this thread's
        i = claim(queue)

A thread that the system has put to sleep holds up nobody: what it has not claimed, the others do.

Numba keeps what it has compiled on disk, and looks only at the file that a kernel stands in to see whether it still is
what was compiled: edit a helper in another file, and the old kernel would go on being served.  So the stamp of *every*
file in this folder is put in that file's place (`stamp`), and no edit here is ever missed.  A Numba that does not take
it keeps nothing.

Read next: ``launch.py``.
"""

import os
import threading
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, register_jitable

from .emitter import VECTOR_BYTES

NEXT_ITEM, NEXT_THREAD = 0, 1  # the two numbers of a queue
DISABLED = config.DISABLE_JIT  # type: ignore[attr-defined]
# Numba would also make of every function one that C can call: a twentieth of the time of compiling, for nobody.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

_lock = threading.Lock()


def kernel(function):
    """Compile on the first call, and keep on disk what was compiled."""
    kept = compiled(function)
    if DISABLED:
        return kept
    try:
        kept.enable_caching()
        kept._cache._cache_file._source_stamp  # noqa: B018  (to write it would succeed where nobody reads it)
        kept._cache._cache_file._source_stamp = stamp()
    except (AttributeError, RuntimeError):  # another Numba than those we know, or no folder that can be written to
        return compiled(function)
    return kept


def compiled(function):
    """Compile on the first call, to run without the lock that lets Python run one thread at a time."""
    return numba.njit(**OPTIONS)(function)


def helper(function):
    """Compile as a part of the kernels that call it.

    For Python it stays the function that it was: to make an entry for Python as well took a tenth of all compiling.
    """
    return register_jitable(**OPTIONS)(function)


def summing(function):
    """A helper whose sums may be added in another order than they are written in: as vectors."""
    return register_jitable(**OPTIONS, fastmath={"reassoc", "nsz", "contract"})(function)


def stamp():
    """What a kept kernel is valid for: names, times and sizes of all sources in this folder, and the vectors' length.

    That length is chosen when `emitter` is imported, and NUMBA_CPU_NAME can change it for one and the same processor.
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    return VECTOR_BYTES, *((file.name, os.stat(file).st_mtime_ns, os.stat(file).st_size) for file in files)


def either(plain, emitted):
    """The function that kernels call: the emitted one, or under NUMBA_DISABLE_JIT=1 its plain twin."""
    return plain if DISABLED else emitted


def plain_claim(queue, which=NEXT_ITEM):
    """The next number that no thread of the team has taken yet."""
    with _lock:
        queue[which] += 1
        return queue[which] - 1


@intrinsic
def atomic_claim(typing, queue, which):
    """`plain_claim` in one instruction, between whose reading and writing no other thread can come."""

    def emit(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(data, [context.cast(builder, arguments[1], signature.args[1], types.intp)])
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "monotonic")

    return types.int64(queue, which), emit


@compiled
def compiled_claim(queue, which=NEXT_ITEM):
    """`plain_claim` for compiled kernels, and for the plain Python that they were made of (``kernel.py_func``)."""
    return atomic_claim(queue, which)  # type: ignore[call-arg]


claim = either(plain_claim, compiled_claim)
