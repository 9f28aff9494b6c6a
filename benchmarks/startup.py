"""How long until there is something to see: fresh processes, from their start to the result.

Our kernels are compiled when they are first called and kept on disk.  So a *cold* cache is what a new user meets, once,
and a *warm* one is every other day.  The bytecode that Python itself keeps is there either way.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from . import peers, processes
from .case import Probe

CONVOLUTION = """
import numpy as np
x, w = np.ones((1, 3, 32, 32), np.float32), np.ones((16, 3, 3, 3), np.float32)
"""
OUR_CONVOLUTION = CONVOLUTION + "import minigrad as mg; mg.functional.conv2d(x, w, padding=1)"
THEIR_CONVOLUTION = CONVOLUTION + """
import torch
torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(w), padding=1)
"""
PICTURE = """
import numpy as np
picture = np.random.default_rng(0).standard_normal((3, 64, 64), np.float32)
"""
OUR_SALIENCY = PICTURE + "import explain, nets; explain.saliency(nets.SmallCNN(), picture)"
THEIR_SALIENCY = PICTURE + """
import torch
from captum.attr import Saliency
from benchmarks.twins import small_cnn
model, x = small_cnn().eval(), torch.tensor(picture[None])
Saliency(model).attribute(x, model(x).argmax(1)).amax(1)
"""


def cases() -> Iterator[Probe]:
    """Without PyTorch the counterpart is our NumPy backend, which compiles nothing, and for the import SciPy's."""
    torch, captum = peers.installed("torch") is not None, peers.installed("captum") is not None
    rival = "torch" if torch else "scipy.signal"
    yield Probe("start-up", f"import minigrad (theirs: import {rival})",
                partial(processes.seconds_to_import, "minigrad"), partial(processes.seconds_to_import, rival))
    for title, ours, theirs, both in (
        ("first convolution", OUR_CONVOLUTION, THEIR_CONVOLUTION, torch),
        ("first saliency map", OUR_SALIENCY, THEIR_SALIENCY, torch and captum),
    ):
        script, env = (theirs, {}) if both else (ours, {"MINIGRAD_BACKEND": "numpy"})
        for state, timed in (("cold", with_cold_cache), ("warm", with_warm_cache)):
            yield Probe("start-up", f"{title}, {state} cache", partial(timed, ours),
                        partial(processes.seconds_until_done, script, env))
    yield Probe("compilation", "everything that the lecture page needs", compilation_for_the_lecture, pairs=1)


@contextmanager
def fresh_cache() -> Iterator[dict[str, str]]:
    """The variable that gives Numba an empty cache of compiled code, which is removed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"NUMBA_CACHE_DIR": folder}


def with_cold_cache(script: str) -> float:
    """Seconds until a script is done that has to compile everything."""
    with fresh_cache() as env:
        return processes.seconds_until_done(script, env)


def with_warm_cache(script: str) -> float:
    """Seconds until a script is done that was run before."""
    with fresh_cache() as env:
        processes.seconds_until_done(script, env)
        return processes.seconds_until_done(script, env)


def compilation_for_the_lecture() -> float:
    """Seconds of compiling, in a process that makes the page of `explain.lecture` with nets that learn little."""
    with fresh_cache() as env, tempfile.TemporaryDirectory() as folder:
        return float(processes.run("-m", "benchmarks.lecture_compilation", os.path.join(folder, "lecture"), env=env))
