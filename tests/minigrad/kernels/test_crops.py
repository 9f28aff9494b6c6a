"""Crops with something laid over: a case by hand, and the backends against the plain loops."""

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.kernels import numpy_backend, reference


def pairs(*numbers):
    return np.array(numbers, np.int64).reshape(-1, 2)


@pytest.fixture(params=["reference", "numpy_backend", "numba_backend"])
def crops(request):
    if request.param == "numba_backend":
        pytest.importorskip("numba")
    return importlib.import_module(f"minigrad.kernels.{request.param}").crops


def test_a_patch_covers_what_it_reaches_and_no_more(crops):
    x = np.arange(16.0).reshape(1, 4, 4)
    patches = np.full((3, 1, 2, 2), -1.0)
    y = crops(x, pairs((0, 0), (1, 1), (2, 2)), (2, 2), patches, pairs((0, 1), (0, 0), (0, 0)))
    assert y[:, 0].tolist() == [[[0, -1], [4, -1]], [[-1, 6], [9, 10]], [[10, 11], [14, 15]]]


def test_a_patch_without_size_changes_nothing(crops):
    x = np.arange(9.0).reshape(1, 3, 3)
    y = crops(x, pairs((1, 1)), (2, 2), np.zeros((1, 1, 0, 0)), pairs((1, 1)))
    assert y[0, 0].tolist() == [[4, 5], [7, 8]]


@given(st.data())
def test_all_backends_agree_with_the_loops(data):
    H, W, h, w = (data.draw(st.integers(1, 6)) for _ in range(4))
    size = data.draw(st.integers(1, H)), data.draw(st.integers(1, W))
    B, rng = data.draw(st.integers(1, 4)), np.random.default_rng(data.draw(st.integers(0, 99)))
    x, patches = rng.standard_normal((2, H, W)), rng.standard_normal((B, 2, h, w))
    corners = rng.integers(0, (H - size[0] + 1, W - size[1] + 1), (B, 2))
    places = rng.integers(-7, 8, (B, 2))
    expected = reference.crops(x, corners, size, patches, places)
    backends = [numpy_backend]
    if importlib.util.find_spec("numba"):
        backends.append(importlib.import_module("minigrad.kernels.numba_backend"))
    for backend in backends:
        assert np.array_equal(backend.crops(x, corners, size, patches, places), expected)
