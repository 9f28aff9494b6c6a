"""Even unreasonable predictions seem justifiable: a net that knows nothing, to compare with.

A heat map looks convincing whatever it is a map of.  Two questions keep one honest.  What would the map be for a class
that is *not* there?  And what would it be for a net that knows *nothing*?  If the map hardly changes, then it never was
about what the net knows (Adebayo et al. 2018 make that a test).  `randomised` makes such a net, or one that has
forgotten some of its layers only, and `stages` says in which order to let it forget.

Kind of evaluation: *targeted*, at a given net.
Read next: ``explain/evaluation/cascade.py``, the test.
"""

from __future__ import annotations

import math

import numpy as np

import minigrad as mg
from minigrad import nn

DIRECTIONS = ("cascading", "independent")


def randomised(model: nn.Module, seed: int = 0, layers=None) -> nn.Module:
    """A copy of a net with fresh random weights: the same architecture, and no knowledge.

    Filters and matrices get normal numbers of variance ``2 / fan_in``, so that signals keep their size on the way (He
    et al. 2015); biases become 0, the scales of norms 1, and the running averages of batch norm those of a new layer,
    since they too were learned.

    Parameters
    ----------
    model : Module
        Left as it is.
    seed : int
    layers : sequence of str, optional
        Dotted names of the layers to make new, each with all inside it; None is all of them.  A cascade from the last
        layer to the first shows how deep an explanation looks.

    Returns
    -------
    Module of the same kind, mode and precision.

    Raises
    ------
    ValueError
        If the net has no such layer; the message lists those it has.

    Examples
    --------
    >>> import nets
    >>> net = nets.SmallCNN()
    >>> other = randomised(net, seed=1)
    >>> net.classifier.weight.shape == other.classifier.weight.shape
    True
    >>> bool((net.classifier.weight.numpy() == other.classifier.weight.numpy()).any())
    False
    """
    chosen = [""] if layers is None else list(layers)
    for name in chosen:
        model.get_submodule(name)
    other, rng = copied(model), np.random.default_rng(seed)
    state = other.state_dict()
    for name, old in state.items():
        new = first_values(name, old, rng)  # drawn for all, so that a layer's don't depend on which others are chosen
        if any(not layer or name.startswith(layer + ".") for layer in chosen):
            state[name] = new
    other.load_state_dict(state)
    return other


def stages(model: nn.Module) -> list[tuple[str, ...]]:
    """The layers that have weights, from the top down; each with the norms that follow it, as their scales are its own.

    The order is that in which the layers were put on the net, which for a chain of layers is that in which they run.

    Examples
    --------
    >>> import nets
    >>> stages(nets.SmallCNN())[:2]
    [('classifier',), ('features.10', 'features.11')]
    """
    found: list[list[str]] = []
    for name, module in model.named_modules():
        own = [vars(module)[key] for key in vars(module) if isinstance(vars(module)[key], nn.Parameter)]
        if any(parameter.ndim > 1 for parameter in own):
            found.append([name])
        elif own and found:
            found[-1].append(name)
    if not found:
        raise ValueError(f"{type(model).__name__} has no layer with weights to make random")
    return [tuple(names) for names in reversed(found)]


def forgetting(model: nn.Module, direction: str = "cascading", seed: int = 0) -> dict[str, nn.Module]:
    """Nets that have forgotten more and more, or each something else, from the layer's name to the net.

    ``"cascading"``: all layers from the top down to the named one have random weights, so the last net knows nothing.
    ``"independent"``: the named layer only.  (Adebayo et al. 2018.)
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"forgetting: unknown direction {direction!r}; use one of {', '.join(DIRECTIONS)}")
    gone: list[str] = []
    made = {}
    for names in stages(model):
        gone = [*gone, *names] if direction == "cascading" else list(names)
        made[names[0]] = randomised(model, seed, gone)
    return made


def first_values(name: str, old: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a tensor of this name and shape begins with."""
    if old.dtype.kind != "f":
        return np.zeros_like(old)  # a count of batches
    if old.ndim > 1:
        return rng.standard_normal(old.shape) * math.sqrt(2 / math.prod(old.shape[1:]))
    return np.ones_like(old) if name.endswith(("weight", "running_var")) else np.zeros_like(old)


def copied(module: nn.Module, made: dict | None = None) -> nn.Module:
    """A net of the same parts with tensors of its own; a part or a tensor that is used twice is copied once."""
    made = {} if made is None else made
    if id(module) not in made:
        twin = made[id(module)] = object.__new__(type(module))
        vars(twin).update(vars(module))
        for name, part in vars(module).items():
            if isinstance(part, nn.Module):
                setattr(twin, name, copied(part, made))
            elif isinstance(part, mg.Tensor):
                setattr(twin, name, made.setdefault(id(part), type(part)(part.array)))
    return made[id(module)]
