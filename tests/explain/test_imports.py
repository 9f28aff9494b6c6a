"""What a first explanation has to load, and what can wait for those who need it."""

import subprocess
import sys
from pathlib import Path

import pytest

import explain

# For drawing, for putting explanations to the test, for fetching data: together they take longer than all else.
CAN_WAIT = ("matplotlib", "scipy.ndimage", "scipy.optimize", "scipy.spatial", "scipy.stats", "sklearn", "pooch")

PROGRAM = """
import sys
import numpy as np
import explain, nets
import minigrad as mg
mg.kernels.set_backend("numpy")
explain.saliency(nets.SmallCNN(), np.ones((3, 16, 16)))
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded():
    """The modules that a process has loaded when its first saliency map is there."""
    root = Path(explain.__file__).parents[1]
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize("library", CAN_WAIT)
def test_a_first_saliency_map_does_not_load(library, loaded):
    assert "explain.plot" in loaded
    assert library not in loaded
