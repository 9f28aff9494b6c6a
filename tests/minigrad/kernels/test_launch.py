"""The team of threads: the same bits for any number of them, right answers for many callers, nobody left waiting."""

import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from minigrad.kernels import launch as launching
from minigrad.kernels.launch import get_num_threads, launch, plain, scratch, set_num_threads


@pytest.fixture(autouse=True)
def own_team(monkeypatch):
    """As many threads as chosen before, and no work left over from a test whose helpers do not come."""
    monkeypatch.setattr(launching, "_chosen", [])
    monkeypatch.setattr(launching, "_jobs", queue.SimpleQueue())
    monkeypatch.setattr(launching, "_helpers", [])


class Kernel:
    """Stands in for a compiled kernel: every thread of the team does `work`; the call that only compiles does not."""

    def __init__(self, work):
        self.work = work

    def __call__(self, items, *arguments):
        if items[0] < launching.NOTHING_LEFT:
            self.work(items, *arguments)


def test_the_call_that_compiles_leaves_no_trace():
    """A kernel that cuts its work into pieces multiplies what it claims, and that must not begin again at 0."""
    channel_kernels = pytest.importorskip("minigrad.kernels.channel_kernels")
    y = np.full(3, 7.0)
    channel_kernels.relu(np.full(2, launching.NOTHING_LEFT), np.ones(3), y)
    assert y.tolist() == [7, 7, 7]


def is_caller():
    return threading.current_thread() is threading.main_thread()


def test_a_team_has_as_many_threads_as_asked_for():
    everybody_is_here = threading.Barrier(3)
    launch(Kernel(lambda items, x: everybody_is_here.wait(timeout=30)), np.ones(1), threads=3)


def test_the_caller_does_not_wait_for_helpers_that_never_come(monkeypatch):
    monkeypatch.setattr(launching, "_hire", lambda count: None)
    x = np.zeros(1)
    launch(Kernel(lambda items, x: np.add(x, 1, out=x)), x, threads=4)
    assert x == 1


def test_the_caller_waits_for_a_helper_that_has_begun():
    begun, finished = threading.Event(), []

    def work(items, x):
        if is_caller():
            assert begun.wait(timeout=30)
        else:
            begun.set()
            threading.Event().wait(0.05)
            finished.append("helper")

    launch(Kernel(work), np.ones(1), threads=2)
    assert finished == ["helper"]


def test_a_helper_that_comes_late_does_nothing():
    job = launching.Job(Kernel(lambda items, x: np.add(x, 1, out=x)), [np.zeros(1)])
    job.run()
    job.help()
    assert job.arguments[0] == 1


def test_an_exception_of_a_helper_arrives_at_the_caller_and_the_team_lives_on():
    raised = threading.Event()

    def work(items, x):
        if is_caller():
            assert raised.wait(timeout=30)
        else:
            raised.set()
            raise ZeroDivisionError("a helper's")

    with pytest.raises(ZeroDivisionError, match="a helper's"):
        launch(Kernel(work), np.ones(1), threads=2)
    test_a_team_has_as_many_threads_as_asked_for()


def test_an_exception_of_the_caller_leaves_no_helper_at_work():
    begun, finished = threading.Event(), []

    def work(items, x):
        if is_caller():
            assert begun.wait(timeout=30)
            raise KeyboardInterrupt
        begun.set()
        threading.Event().wait(0.05)
        finished.append("helper")

    with pytest.raises(KeyboardInterrupt):
        launch(Kernel(work), np.ones(1), threads=2)
    assert finished == ["helper"]


@pytest.mark.parametrize("count", [0, -1, 1.0, True, "2", None])
def test_a_number_of_threads_is_a_whole_number_of_at_least_1(count):
    with pytest.raises(ValueError, match="set_num_threads: needs a whole number"):
        set_num_threads(count)


def test_the_number_of_threads_is_what_was_chosen():
    set_num_threads(3)
    assert get_num_threads() == 3


def test_without_a_choice_it_is_numbas_number_and_1_for_uncompiled_kernels():
    config = pytest.importorskip("numba").config
    assert get_num_threads() == (1 if config.DISABLE_JIT else config.NUMBA_NUM_THREADS)


POOLING = (3, 2), (2, 1), (1, 0)


def everything(x, w):
    """Results of all kernels; of the problem "winograd", Winograd's convolution among them."""
    backend = pytest.importorskip("minigrad.kernels.numba_backend")
    how = (1, 1), (1, 1), (1, 1), 1
    y = backend.conv2d(x, w, *how)
    largest, switches = backend.max_pool2d(y, *POOLING, (1, 1), False)
    mean = *POOLING, False, True
    return [
        y,
        backend.conv2d_grad_input(y, w, x.shape, *how),
        backend.conv2d_grad_weight(y, x, w.shape, *how),
        backend.conv2d(x, w[:, :, :1, :1], (1, 1), (0, 0), (1, 1), 1),
        largest,
        switches,
        backend.max_unpool2d(largest, switches, y.shape[2:]),
        backend.gather_switches(y, switches),
        backend.avg_pool2d(y, *mean),
        backend.avg_pool2d_grad(largest, y.shape, *mean),
    ]


def problem(case):
    """x and w, so few that the plain loops can do it, and so many that every thread finds work."""
    from minigrad.kernels.emitter import lanes
    from minigrad.kernels.tiles import WIDE
    from minigrad.kernels.winograd_tiles import ROWS

    N = 1 if case == "winograd, one picture" else 5  # the filters stay in the cache, or the pieces
    C = {"narrow": 3, "wide": WIDE}.get(case, max(ROWS, lanes(np.float32)))
    dtype = np.float64 if case == "wide" else np.float32
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, C, 10, 11)).astype(dtype), rng.normal(size=(C, C, 3, 3)).astype(dtype)


@pytest.fixture
def nothing_is_too_small(monkeypatch):
    """Small convolutions are worth several threads too."""
    winograd = pytest.importorskip("minigrad.kernels.winograd")
    monkeypatch.setattr(winograd, "FEWEST_PRODUCTS", 0)
    monkeypatch.setattr(launching, "FEW", 0)


def assert_same_bits(results, expected):
    for one, other in zip(results, expected):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", ["narrow", "wide", "winograd", "winograd, one picture"])
@pytest.mark.usefixtures("nothing_is_too_small")
def test_results_are_the_same_bits_for_1_2_and_4_threads(case):
    set_num_threads(1)
    expected = everything(*problem(case))
    for threads in (2, 4):
        set_num_threads(threads)
        assert_same_bits(everything(*problem(case)), expected)


@pytest.mark.usefixtures("nothing_is_too_small")
def test_results_are_the_same_bits_when_the_helpers_do_all_the_work(monkeypatch):
    x, w = problem("wide")
    set_num_threads(1)
    expected = everything(x, w)
    run = launching.Job.run

    def run_late(job):
        threading.Event().wait(0.005)
        run(job)

    monkeypatch.setattr(launching.Job, "run", run_late)
    set_num_threads(4)
    assert_same_bits(everything(x, w), expected)


@pytest.mark.usefixtures("nothing_is_too_small")
@pytest.mark.parametrize("case", ["narrow", "winograd", "winograd, one picture"])
def test_four_python_threads_may_call_at_once(case):
    x, w = problem(case)
    set_num_threads(2)
    expected = everything(x, w)
    with ThreadPoolExecutor(4) as pool:
        for results in pool.map(lambda _: everything(x, w), range(8)):
            assert_same_bits(results, expected)


FORK = """
import os, numpy as np
from minigrad.kernels import launch, numba_backend
launch.FEW = 0
launch.set_num_threads(2)

def convolve():
    return numba_backend.conv2d(np.ones((4, 2, 6, 6)), np.ones((3, 2, 3, 3)), (1, 1), (0, 0), (1, 1), 1)

assert (convolve() == 18).all()
child = os.fork()
if child == 0:
    right = (convolve() == 18).all() and launch._helpers[0].is_alive()
    os._exit(0 if right else 1)
assert (convolve() == 18).all()
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_hires_helpers_of_its_own():
    pytest.importorskip("numba")
    environment = {**os.environ, "PYTHONPATH": str(Path(launching.__file__).parents[2])}
    program = [sys.executable, "-W", "ignore", "-c", FORK]  # newer Pythons warn of forks beside threads
    subprocess.run(program, check=True, env=environment, timeout=120)


class Compiling:
    """Stands in for a kernel that takes its time: to compile, or to be read from disk."""

    def __init__(self, compiles):
        self.compiles = compiles
        self.stats = self
        self.cache_misses = {}

    def __call__(self, items, x):
        self.cache_misses = {"float64": 1} if self.compiles else {}
        threading.Event().wait(0.1)


@pytest.mark.parametrize("compiles", [True, False])
def test_only_a_slow_compilation_is_announced(monkeypatch, capsys, compiles):
    monkeypatch.setattr(launching, "PATIENCE", 0.03)
    monkeypatch.setattr(launching, "_announced", threading.Event())
    launch(Compiling(compiles), np.ones(1))
    assert ("Numba compiles the kernels once" in capsys.readouterr().err) == compiles


def test_a_second_call_of_a_kernel_is_silent(monkeypatch, capsys):
    monkeypatch.setattr(launching, "PATIENCE", 0.0)
    kernel = Compiling(compiles=True)
    launch(kernel, np.ones(1))
    capsys.readouterr()
    monkeypatch.setattr(launching, "_announced", threading.Event())
    launch(kernel, np.ones(1))
    assert capsys.readouterr().err == ""


def test_plain_copies_only_what_numba_would_compile_anew_for():
    x = np.ones((2, 3))
    assert plain(x) is x
    frozen = np.broadcast_to(1.0, (2, 3))
    for odd in (x.T, x[:, ::2], frozen):
        flags = plain(odd).flags
        assert flags.c_contiguous and flags.writeable


def test_scratch_is_the_same_room_again_until_it_is_too_small():
    room = scratch("test", np.float32, 4, 5)
    assert np.shares_memory(scratch("test", np.float32, 2, 3), room)
    assert scratch("test", np.float32, 10, 10).shape == (10, 10)


def test_threads_and_dtypes_do_not_share_scratch():
    room = scratch("test", np.float32, 4)
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(scratch, "test", np.float32, 4).result(), scratch("test", np.float64, 4)
    assert not any(np.shares_memory(other, room) for other in others)
