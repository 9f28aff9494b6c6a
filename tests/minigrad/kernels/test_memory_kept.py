"""Memory that was freed stays for the next array."""

import resource
import sys

import numpy as np
import pytest

from minigrad.kernels.memory import keep_freed_memory


def test_a_large_array_that_comes_again_costs_no_new_pages():
    if not (sys.platform == "linux" and keep_freed_memory()):
        pytest.skip("this C library cannot be asked to keep memory")

    def pages_of(count):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(count):
            np.empty(3 << 20, np.uint8).fill(1)  # 768 pages
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    pages_of(3)
    assert pages_of(10) < 768
