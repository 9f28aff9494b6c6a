"""Keep the memory of arrays that are gone, for those that come next.

A training step makes and drops the same arrays again and again.  The C library gives large ones back to the system at
once, which then has to hand over new pages, each filled with zeros when it is first touched: for ReLU and its like that
takes longer than the work (measured: a fifth of a step of ResNet-20, a third of one of LeNet).  Two settings let it
keep what was freed.  They hold for the whole process; what is kept at most is `KEPT`.

Read next: ``tiles.py``.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # numbers of glibc's malloc.h
KEPT = 512 << 20  # bytes at the end of the heap that stay when they are free
LARGEST = 256 << 20  # bytes of an array up to which it lives in the heap


def keep_freed_memory() -> bool:
    """Ask for it; returns whether the C library is one that can be asked."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return bool(mallopt and mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, KEPT))
