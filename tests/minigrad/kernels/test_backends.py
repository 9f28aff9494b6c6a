"""Choosing a backend, and what the compiled one promises: lazy, deterministic, thread-safe."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels import launch as launching

NAMES = ["conv2d", "conv2d_grad_input", "conv2d_grad_weight", "max_pool2d"]
NAMES += ["max_unpool2d", "gather_switches", "avg_pool2d", "avg_pool2d_grad"]
POOLING = (2, 2), (2, 2), (0, 0), (1, 1), False


@pytest.fixture(autouse=True)
def restore_the_choice(monkeypatch):
    monkeypatch.setattr(kernels, "_chosen", None)
    monkeypatch.delenv("MINIGRAD_BACKEND", raising=False)


def without_numba(monkeypatch):
    monkeypatch.setattr(kernels, "find_spec", lambda name: None)


@pytest.mark.parametrize("name", ["numba", "numpy", "reference"])
def test_the_chosen_backend_computes(name):
    if name == "numba":
        pytest.importorskip("numba")
    kernels.set_backend(name)
    assert kernels.get_backend() == name
    y, switches = kernels.max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), *POOLING)
    assert y.ravel().tolist() == switches.ravel().tolist() == [5, 7, 13, 15]


@pytest.mark.parametrize("name", NAMES)
def test_each_function_hands_its_arguments_to_the_active_backend(monkeypatch, name):
    kernels.set_backend("numpy")
    backend = kernels._backend()
    count = getattr(backend, name).__code__.co_argcount
    monkeypatch.setattr(backend, name, lambda *arguments: arguments)
    assert getattr(kernels, name)(*range(count)) == tuple(range(count))


def test_numba_is_the_default_where_it_is_installed():
    pytest.importorskip("numba")
    assert kernels.get_backend() == "numba"


def test_numpy_is_the_default_without_numba(monkeypatch):
    without_numba(monkeypatch)
    assert kernels.get_backend() == "numpy"


def test_the_environment_chooses_the_first_backend(monkeypatch):
    monkeypatch.setenv("MINIGRAD_BACKEND", "reference")
    assert kernels.get_backend() == "reference"


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="'cuda'.*numba, numpy, reference"):
        kernels.set_backend("cuda")


def test_an_unknown_name_in_the_environment_is_answered_at_first_use(monkeypatch):
    monkeypatch.setenv("MINIGRAD_BACKEND", "cuda")
    with pytest.raises(ValueError, match="'cuda'.*numba, numpy, reference"):
        kernels.get_backend()


def test_a_wrong_name_leaves_the_choice_as_it_was():
    kernels.set_backend("reference")
    with pytest.raises(ValueError, match="unknown"):
        kernels.set_backend("cuda")
    assert kernels.get_backend() == "reference"


def test_missing_numba_is_answered_with_how_to_get_it(monkeypatch):
    without_numba(monkeypatch)
    with pytest.raises(ValueError, match='pip install numba, or use the backend "numpy"'):
        kernels.set_backend("numba")


def test_importing_the_kernels_and_using_numpy_does_not_import_numba():
    program = (
        "import sys, numpy as np; from minigrad import kernels; kernels.set_backend('numpy');"
        f"kernels.max_pool2d(np.ones((1, 1, 4, 4)), *{POOLING}); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=_environment())


def _environment():
    root = str(Path(kernels.__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root}


def everything(x, w):
    """Results of all eight functions."""
    how = (1, 1), (1, 1), (1, 1), 1
    y = kernels.conv2d(x, w, *how)
    largest, switches = kernels.max_pool2d(y, *POOLING)
    mean = (2, 2), (2, 2), (0, 0), False, True
    return [
        y,
        kernels.conv2d_grad_input(y, w, x.shape, *how),
        kernels.conv2d_grad_weight(y, x, w.shape, *how),
        largest,
        kernels.max_unpool2d(largest, switches, y.shape[2:]),
        kernels.gather_switches(y, switches),
        kernels.avg_pool2d(y, *mean),
        kernels.avg_pool2d_grad(largest, y.shape, *mean),
    ]


@pytest.fixture
def small_problem():
    pytest.importorskip("numba")
    kernels.set_backend("numba")
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 4, 6, 6)), rng.normal(size=(5, 4, 3, 3))


def test_results_do_not_depend_on_the_number_of_threads(small_problem):
    import numba

    before, results = numba.get_num_threads(), []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            results.append(everything(*small_problem))
    finally:
        numba.set_num_threads(before)
    for one, two in zip(*results):
        np.testing.assert_array_equal(one, two)


def test_four_python_threads_may_call_at_once(small_problem):
    expected = everything(*small_problem)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: everything(*small_problem), range(16)))
    for result in results:
        for one, other in zip(result, expected):
            np.testing.assert_array_equal(one, other)


class Kernel:
    """Stands in for a compiled kernel that takes its time."""

    def __init__(self, compiles):
        self.compiles = compiles
        self.stats = self
        self.cache_misses = {}

    def __call__(self, x):
        self.cache_misses = {"float64": 1} if self.compiles else {}
        launching.threading.Event().wait(0.2)


@pytest.mark.parametrize("compiles", [True, False])
def test_only_a_slow_compilation_is_announced(monkeypatch, capsys, compiles):
    monkeypatch.setattr(launching, "PATIENCE", 0.05)
    monkeypatch.setattr(launching, "_announced", launching.threading.Event())
    launching.launch(Kernel(compiles), np.ones(1))
    assert ("Numba compiles the kernels once" in capsys.readouterr().err) == compiles


def test_a_second_call_of_a_kernel_is_silent(monkeypatch, capsys):
    monkeypatch.setattr(launching, "PATIENCE", 0.0)
    kernel = Kernel(compiles=True)
    launching.launch(kernel, np.ones(1))
    capsys.readouterr()
    monkeypatch.setattr(launching, "_announced", launching.threading.Event())
    launching.launch(kernel, np.ones(1))
    assert capsys.readouterr().err == ""


def test_plain_copies_only_what_numba_would_compile_anew_for():
    x = np.ones((2, 3))
    assert launching.plain(x) is x
    frozen = np.broadcast_to(1.0, (2, 3))
    for odd in (x.T, x[:, ::2], frozen):
        flags = launching.plain(odd).flags
        assert flags.c_contiguous and flags.writeable
