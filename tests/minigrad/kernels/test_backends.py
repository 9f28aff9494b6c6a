"""Choosing a backend: by name, by the environment, by what is installed; and only what is chosen is imported."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad import kernels

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
