"""How kernels are compiled and kept: an edit is never missed, an unchanged kernel is not compiled again."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from minigrad.kernels import jit

compiles = pytest.mark.skipif(jit.DISABLED, reason="uncompiled, there is nothing to keep")

PROGRAM = """
import numpy as np
from kernels import conv_kernels, numba_backend
y = numba_backend.conv2d(np.full((1, 1, 2, 2), 5.0), np.ones((1, 1, 1, 1)), (1, 1), (0, 0), (1, 1), 1)
print(y.max(), sum(conv_kernels.correlate.stats.cache_hits.values()))
"""


def convolve(folder):
    """A pixel of 5 times a weight of 1 in a new process, and how many compiled kernels were found on disk."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True, text=True
    ).stdout.split()
    return float(answer[0]), int(answer[1])


@pytest.fixture(scope="module")
def own_copy(tmp_path_factory):
    """A folder with a copy of the kernels whose convolution has been compiled and kept."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(jit.__file__).parent, folder / "kernels", ignore=ignore)
    assert convolve(folder) == (5, 0)
    return folder


@compiles
def test_a_second_process_finds_what_the_first_has_compiled(own_copy):
    assert convolve(own_copy) == (5, 1)


@compiles
def test_an_edit_in_a_file_that_only_lends_a_piece_to_the_kernel_is_obeyed(own_copy):
    """`correlate` stands in conv_kernels.py, its tile in tiles.py, and where sums begin, in emitter.py."""
    file = own_copy / "kernels" / "emitter.py"
    source, zero = file.read_text(), "self.zero = self.constant(0)"
    assert zero in source
    file.write_text(source.replace(zero, "self.zero = self.constant(2)"))
    assert convolve(own_copy) == (7, 0)


def doubled(queue, x):
    x *= 2


@compiles
@pytest.mark.parametrize("error", [AttributeError, RuntimeError])
def test_a_kernel_that_cannot_be_kept_safely_is_compiled_without_being_kept(monkeypatch, error):
    """Another Numba may know no stamp (AttributeError); there may be no folder to write to (RuntimeError)."""

    def refuse(dispatcher):
        raise error

    monkeypatch.setattr("numba.core.dispatcher.Dispatcher.enable_caching", refuse)
    x, kernel = np.ones(3), jit.kernel(doubled)
    kernel(np.zeros(2, np.int64), x)
    assert x.tolist() == [2, 2, 2]
    assert kernel.stats.cache_path is None


@compiles
def test_a_stamp_that_nobody_reads_is_not_trusted(monkeypatch):
    """If Numba gives its stamp another name, ours must not be written beside it and forgotten."""
    def without_stamp(self, cache_path, filename_base, source_stamp):
        self.cache_path, self.renamed = cache_path, source_stamp

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.__init__", without_stamp)
    assert jit.kernel(doubled).stats.cache_path is None


def test_every_source_of_the_folder_is_in_the_stamp():
    sources = {file.name for file in Path(jit.__file__).parent.glob("*.py")}
    assert {name for name, *_ in jit.stamp()[1:]} == sources


def test_what_was_compiled_for_longer_vectors_is_not_valid(monkeypatch):
    before = jit.stamp()
    monkeypatch.setattr(jit, "VECTOR_BYTES", jit.VECTOR_BYTES // 2)
    assert jit.stamp() != before


@jit.compiled
def claim(queue, which):
    return jit.claim(queue, which)


def test_a_queue_counts_items_and_threads_apart():
    queue = np.zeros(2, np.int64)
    claimed = [claim(queue, which) for which in (jit.NEXT_ITEM, jit.NEXT_ITEM, jit.NEXT_THREAD, jit.NEXT_ITEM)]
    assert claimed == [0, 1, 0, 2]
    assert queue.tolist() == [3, 1]


@jit.compiled
def claim_all(queue, takers):
    i = jit.claim(queue)
    while i < takers.size:
        takers[i] += 1
        i = jit.claim(queue)


def test_threads_claim_every_item_exactly_once():
    queue, takers = np.zeros(2, np.int64), np.zeros(100_000, np.int64)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: claim_all(queue, takers), range(4)))
    assert (takers == 1).all()
    assert queue[jit.NEXT_ITEM] == takers.size + 4  # each asked once more, to hear that nothing is left
