"""Do our nets agree with PyTorch's of the same structure: scores, and gradients of the picture, for random weights?

The twins (``twins.py``) were written down a second time, from the same tables, and take the weights by torchvision's
keys.  What is compared is a whole picture's way through a whole net and back.  In float64 both must be the same but for
the order of sums.

In float32, rounding may also tip a ReLU whose input is nearly 0, or the maximum of a window with two nearly equal
numbers; then the gradients of some pixels differ by percents.  Nobody is wrong: PyTorch's own gradient in float32 is as
far from its own in float64 then, and VGG-16, with 13 million ReLUs at 224 x 224, does it on about every picture.
So pictures are smaller here, and if scores or gradients differ, another one is drawn, up to five.  A mistake would show
in all of them.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import minigrad as mg
from minigrad import nn
from nets.architectures import ARCHITECTURES

from .agreement import relative_difference

TOLERANCES = {"float64": 1e-9, "float32": 1e-4}  # relative to the largest score, or gradient
SIDES = {"lenet": 28, "small_cnn": 64, "resnet20_cifar": 32}  # of pictures
FULL, SMALL = 224, 64  # of the other nets' pictures, in float64 and in float32
PICTURES = 5


def add_arguments(parser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="of weights and pictures")
    parser.add_argument("--only", metavar="NET", default="", help="only the nets whose name contains this")


def run(options) -> int:
    """Print a line per net.  0 if everything agrees, 1 if anything doesn't, 2 without PyTorch."""
    try:
        import torch
    except ImportError:
        print("This benchmark compares with PyTorch, which is not installed:  pip install torch", file=sys.stderr)
        return 2
    print(f"minigrad ({mg.get_backend()} kernels) against PyTorch {torch.__version__}, seed {options.seed}\n"
          "worst differences of the scores and of the picture's gradient, relative to the largest\n")
    print(f"{'net':14}{'float64 scores':>16}{'gradient':>10}{'float32 scores':>17}{'gradient':>10}{'pictures':>10}"
          f"{'time':>9}")
    agrees = True
    for name in (name for name in ARCHITECTURES if options.only in name):
        start = time.perf_counter()
        double, single = compare(name, "float64", options.seed), compare(name, "float32", options.seed)
        agrees &= max(double[:2]) <= TOLERANCES["float64"] and max(single[:2]) <= TOLERANCES["float32"]
        print(f"{name:14}{double[0]:16.1e}{double[1]:10.1e}{single[0]:17.1e}{single[1]:10.1e}{single[2]:10}"
              f"{time.perf_counter() - start:7.1f} s")
    verdict = "Everything agrees" if agrees else "Something disagrees"
    print(f"\n{verdict}: the tolerance is 1e-9 in float64, and 1e-4 in float32.")
    return 0 if agrees else 1


def compare(name: str, dtype: str, seed: int) -> tuple[float, float, int]:
    """How far scores and gradients are apart, and how many pictures were drawn until they weren't too far."""
    from .twins import twin

    rng = np.random.default_rng(seed)
    mg.manual_seed(seed)
    ours = unsettled(ARCHITECTURES[name](), rng).astype(dtype).eval()
    theirs = twin(name, ours)
    size = SIDES.get(name) or (FULL if dtype == "float64" else SMALL)
    shape = (1, next(ours.parameters()).shape[1], size, size)
    drawn = 0
    while True:
        found = differences(ours, theirs, rng.standard_normal(shape).astype(dtype), rng)
        drawn += 1
        if max(found) <= TOLERANCES[dtype] or dtype == "float64" or drawn == PICTURES:
            return *found, drawn


def differences(ours, theirs, picture: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Of the scores, and of the gradient of the picture for a random gradient of the scores."""
    import torch

    x, t = mg.tensor(picture, requires_grad=True), torch.tensor(picture, requires_grad=True)
    y, s = ours(x), theirs(t)
    g = rng.standard_normal(y.shape).astype(picture.dtype)
    (gt,) = torch.autograd.grad(s, t, torch.tensor(g))
    return (relative_difference(y.numpy(), s.detach().numpy()),
            relative_difference(mg.grad(y, x, g).numpy(), gt.numpy()))


def unsettled(model: nn.Module, rng: np.random.Generator) -> nn.Module:
    """Give what a fresh net has as zeros and ones, in batch norms, some other values."""
    state = model.state_dict(copy=False)
    news = {}
    for name, array in state.items():
        of_norm = name.rpartition(".")[0] + ".running_var" in state
        if of_norm and name.endswith(("weight", "var")):
            news[name] = rng.uniform(0.5, 1.5, array.shape)
        elif of_norm and array.dtype.kind == "f":
            news[name] = rng.normal(0, 0.3, array.shape)
    model.load_state_dict({**state, **news})
    return model
