"""Do our outputs and gradients equal PyTorch's, in float64, on random configurations of every op and layer?

Finite differences find a backward that does not fit its forward.  They cannot find a forward that is wrong: that takes
somebody else's.  The configurations stand in ``pictures.py`` and ``arrays.py`` (ops) and in ``networks.py`` (layers,
optimisers, nets).
"""

from __future__ import annotations

import sys
import time
import zlib

import numpy as np

from .arrays import ARRAYS
from .networks import NETWORKS
from .pictures import PICTURES

TOLERANCE = 1e-9


def add_arguments(parser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="draw other configurations")
    parser.add_argument("--times", type=int, default=1, help="draw so many times as many configurations")
    parser.add_argument("--only", metavar="OP", help="only the ops whose name contains this")


def run(options) -> int:
    """Print a line per op.  0 if everything agrees, 1 if anything doesn't, 2 without PyTorch."""
    try:
        import torch
    except ImportError:
        print("This benchmark compares with PyTorch, which is not installed:  pip install torch", file=sys.stderr)
        return 2
    import minigrad as mg

    start, total, worst = time.perf_counter(), 0, 0.0
    print(f"minigrad ({mg.get_backend()} kernels) against PyTorch {torch.__version__}, float64, seed {options.seed}\n")
    print(f"{'op':32} {'configurations':>14} {'worst relative difference':>27}")
    for name, (draw, count) in {**PICTURES, **ARRAYS, **NETWORKS}.items():
        if options.only and options.only not in name:
            continue
        count *= options.times
        rng = np.random.default_rng([options.seed, zlib.crc32(name.encode())])
        difference = max(worst_difference(draw(rng, torch)) for _ in range(count))
        print(f"{name:32} {count:14} {difference:27.1e}{'   DISAGREES' if not difference <= TOLERANCE else ''}")
        total, worst = total + count, max(worst, difference) if difference == difference else difference
    agrees = worst <= TOLERANCE
    print(f"{'all':32} {total:14} {worst:27.1e}   ({time.perf_counter() - start:.1f} s)\n")
    print(f"{'Everything agrees' if agrees else 'Something disagrees'}: the tolerance is {TOLERANCE:g}.")
    return 0 if agrees else 1


def worst_difference(pairs) -> float:
    """Largest difference in pairs of (ours, theirs), each relative to the largest number in theirs."""
    return max(relative_difference(np.asarray(ours), theirs.detach().numpy()) for ours, theirs in pairs)


def relative_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    if ours.shape != theirs.shape:
        raise AssertionError(f"ours has shape {ours.shape}, theirs {theirs.shape}")
    if not ours.size:
        return 0.0
    largest = float(np.abs(theirs).max())
    return float(np.abs(ours - theirs).max()) / (largest or 1.0)
