"""How Numba compiles our kernels: every option is in this file.

    kernel    a function that a team of threads runs together, called by `launch.launch`
    helper    a piece of a kernel, compiled into whatever calls it
    summing   the same for sums in no particular order

All threads of a team run the same kernel with the same arguments.  The first argument is their list of work, a
``queue``, from which each takes the next number that nobody has taken yet (`claim`), until all is done:

    i = claim(queue)
    while i < count:
        ...              # item i is this thread's
        i = claim(queue)

A thread that the system has put to sleep holds up nobody: what it has not claimed, the others do.

Numba keeps what it has compiled on disk, and looks only at the file that a kernel stands in to see whether it still is
what was compiled: edit a helper in another file, and the old kernel would go on being served.  So the stamp of *every*
file in this folder is put in that file's place (`stamp`), and no edit here is ever missed.

Read next: ``tiles.py``.
"""

import os
from pathlib import Path

import numba
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

NEXT_ITEM, NEXT_THREAD = 0, 1  # the two numbers of a queue


def kernel(function):
    """Compile on the first call, without the lock that lets Python run one thread at a time; keep the result on disk."""
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:  # type: ignore[attr-defined]
        compiled._cache._cache_file._source_stamp = stamp()
    return compiled


def helper(function):
    """Compile as a part of the kernels that call it."""
    return numba.njit(nogil=True, error_model="numpy")(function)


def summing(function):
    """A helper whose sums may be added in another order than they are written in: as vectors."""
    return numba.njit(nogil=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"})(function)


def stamp():
    """Names, times and sizes of all sources in this folder: what a kept kernel is valid for."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((file.name, os.stat(file).st_mtime_ns, os.stat(file).st_size) for file in files)


def plain_claim(queue, which=NEXT_ITEM):
    """The next number that no thread of the team has taken yet."""
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


if config.DISABLE_JIT:  # type: ignore[attr-defined]
    claim = plain_claim
else:

    @helper
    def claim(queue, which=NEXT_ITEM):
        """`plain_claim`, safe between threads."""
        return atomic_claim(queue, which)
