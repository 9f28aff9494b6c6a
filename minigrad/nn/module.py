"""Modules: functions that own parameters, and know by what name.

There is no registration.  The parameters and children of a module are those of its attributes that are parameters or
modules, in the order in which they were assigned; their dotted names (``features.0.weight``) follow from that.  While
a module runs, its name is noted on every op that it records, so a tape knows which layer an op belongs to.

Read next: ``nn/layers.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .. import context
from ..dtypes import as_array
from ..tensor import Tensor

_names: ContextVar[dict | None] = ContextVar("names", default=None)
_watched: ContextVar[tuple] = ContextVar("watched", default=())


class Parameter(Tensor):
    """A tensor that training changes.  Layers don't `copy` what they have just drawn: it can be half a gigabyte."""

    __slots__ = ()

    def __init__(self, data, copy: bool = True):
        super().__init__(data, requires_grad=True, copy=copy)


class Buffer(Tensor):
    """A tensor that belongs to a module's state but isn't trained, such as a running mean."""

    __slots__ = ()


class Module:
    """Base of all layers and networks.  A subclass assigns its parts in ``__init__`` and defines ``forward``.

    Examples
    --------
    >>> import minigrad as mg
    >>> class Double(mg.nn.Module):
    ...     def __init__(self):
    ...         self.factor = mg.nn.Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> net = mg.nn.Sequential(Double(), mg.nn.ReLU())
    >>> [name for name, _ in net.named_parameters()]
    ['0.factor']
    """

    training = True

    def forward(self, *inputs: Any) -> Any:
        """Compute the module's output.  Called by ``module(x)``, which also notes the layer's name."""

    def __call__(self, *inputs: Any) -> Any:
        # The outermost module names all others; inside it, names are looked up.
        names = _names.get() or {id(module): name for name, module in self.named_modules()}
        name = names.get(id(self), context.current_layer())
        with context.set_for_now(_names, names), context.running(name):
            y = self.forward(*inputs)
        for module, outputs in _watched.get():
            if module is self:
                outputs.append(y)
        return y

    # Parts and their names

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Name and module of each direct part."""
        return ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Dotted name and module of this module (``""``, or `prefix`) and of everything inside it.

        A module comes before its parts, which `named_children` lists, and a part with all inside it before the next.
        One that is used in several places comes once, by the name of the first.
        """
        seen, stack = set(), [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module
                parts = [(f"{name}.{part}" if name else part, child) for part, child in module.named_children()]
                stack.extend(reversed(parts))

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Dotted name and tensor of all that is trained; a shared one comes once."""
        seen = set()
        for name, tensor in self._named_tensors(Parameter):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield name, tensor

    def parameters(self) -> Iterator[Parameter]:
        return (tensor for _, tensor in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        return self._named_tensors(Buffer)

    def _named_tensors(self, kind) -> Iterator[tuple[str, Any]]:
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kind):
                    yield (f"{prefix}.{name}" if prefix else name), value

    def get_submodule(self, name: str) -> Module:
        """The module with this dotted name.  ValueError, with a list of the names, if there is none."""
        modules = dict(self.named_modules())
        if name not in modules:
            raise ValueError(f"there is no layer {name!r} in this {type(self).__name__}; its layers are "
                             + ", ".join(filter(None, modules)))
        return modules[name]

    # State

    def state_dict(self, copy: bool = True) -> dict[str, np.ndarray]:
        """Every parameter and buffer, by dotted name: PyTorch's keys for the same structure."""
        own = self._named_tensors((Parameter, Buffer))
        return {name: tensor.array.copy() if copy else tensor.array for name, tensor in own}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the arrays (or tensors) in `state`, each in the dtype that the parameter has.

        Raises
        ------
        ValueError
            Listing all keys that are missing, unexpected or of the wrong shape.  Nothing has been changed then.
        """
        own = dict(self._named_tensors((Parameter, Buffer)))
        new = {key: as_array(value, copy=False) for key, value in state.items()}
        problems = [f"missing {key} {tensor.shape}" for key, tensor in own.items() if key not in new]
        problems += [f"unexpected {key} {array.shape}" for key, array in new.items() if key not in own]
        problems += [
            f"{key} has shape {array.shape} instead of {own[key].shape}"
            for key, array in new.items()
            if key in own and array.shape != own[key].shape
        ]
        if problems:
            title = f"load_state_dict: the state does not fit this {type(self).__name__}:"
            raise ValueError("\n  ".join([title, *problems]))
        converted = {key: array.astype(own[key].dtype, copy=False) for key, array in new.items()}  # may fail
        for key, array in converted.items():
            own[key].data = array  # makes the copy

    def train(self, mode: bool = True) -> Module:
        """Switch dropout and batch norm to how they work in training, here and in all parts."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Switch dropout off and batch norm to its running averages."""
        return self.train(False)

    def astype(self, dtype) -> Module:
        """Bring all parameters and floating buffers to another precision, e.g. ``"float64"`` to check gradients."""
        for _, tensor in self._named_tensors((Parameter, Buffer)):
            if tensor.dtype.kind == "f":
                tensor.data = tensor.array.astype(dtype)
        return self

    def __repr__(self) -> str:
        kind = type(self).__name__
        parts = [f"  ({name}): " + repr(child).replace("\n", "\n  ") for name, child in self.named_children()]
        return "\n".join([f"{kind}(", *parts, ")"]) if parts else f"{kind}({self.extra_repr()})"

    def extra_repr(self) -> str:
        """What stands between the brackets of a layer's repr."""
        return ""


@contextmanager
def watch(model: Module, *layers: str):
    """Collect what the named layers put out inside this ``with``: the tensors themselves, still on the tape.

    Yields
    ------
    dict from layer name to the list of its outputs, one for each time the layer ran.

    Raises
    ------
    ValueError
        If the model has no such layer; the message lists those it has.

    Examples
    --------
    >>> import minigrad as mg
    >>> net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
    >>> with watch(net, "0") as outputs:
    ...     y = net(mg.tensor([[1.0, 2.0]]))
    >>> outputs["0"][0].shape
    (1, 3)
    """
    outputs: dict[str, list] = {layer: [] for layer in layers}
    watched = tuple((model.get_submodule(layer), outputs[layer]) for layer in outputs)
    with context.set_for_now(_watched, (*_watched.get(), *watched)):
        yield outputs
