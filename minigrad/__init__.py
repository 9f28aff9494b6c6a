"""minigrad: a tape of NumPy arrays, a reverse pass that can be watched, and ReLUs whose backward rule you choose.

Start reading at ``ops/op.py``; each file names the next.

>>> import minigrad as mg
>>> x = mg.tensor([[-1.0, 2.0]], requires_grad=True)
>>> y = mg.functional.relu(x) * mg.tensor([[3.0, -4.0]])
>>> mg.grad(y.sum(), x).numpy()
array([[ 0., -4.]], dtype=float32)
>>> mg.grad(y.sum(), x, rule="deconvnet").numpy()
array([[3., 0.]], dtype=float32)
"""

from . import functional, nn, optim, rules
from .backward import Step, backward, grad, recorded_before, sweep
from .context import no_grad
from .functional import cat, maximum, minimum, stack, where
from .gradcheck import gradcheck, gradgradcheck
from .kernels import get_backend, get_num_threads, set_backend, set_num_threads
from .random import manual_seed
from .tensor import Tensor, tensor

__version__ = "0.1.0"

__all__ = [
    "Step",
    "Tensor",
    "backward",
    "cat",
    "functional",
    "get_backend",
    "get_num_threads",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "manual_seed",
    "maximum",
    "minimum",
    "nn",
    "no_grad",
    "optim",
    "recorded_before",
    "rules",
    "set_backend",
    "set_num_threads",
    "stack",
    "sweep",
    "tensor",
    "where",
]
