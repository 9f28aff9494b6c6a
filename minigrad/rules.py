"""Backward rules: three answers to the question what a ReLU does to a gradient.

Forwards a ReLU is always ``y = max(x, 0)``.  Backwards, ``g`` is the gradient that arrives and ``x`` is what went in;
the three functions below say what leaves; ``gate(a, b)`` is "a where b > 0, else 0".  ``deconvnet`` and ``guided``
are not gradients of anything: they make pictures of what *excites* a unit by never letting a negative influence
through.  (Only at the input, where no ReLU follows, does such a map have both signs.)

A rule is any function ``(grad, x) -> grad`` on arrays.  The sweep applies it at the ReLU, when it gets there: so it
does not matter whether that was a function, a method or a module, was used twice or lies on a branch.

Read next: ``explain/saliency.py``, which turns the result into pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .kernels import gate

Rule = Callable[[Any, Any], Any]


def vanilla(g, x):
    """Backpropagation as it is: the true gradient, with relu'(0) = 0 (Simonyan et al. 2014 show its maps)."""
    return gate(g, x)  # g * [x > 0]: it passes where the ReLU was open


def deconvnet(g, x):
    """A ReLU on the way back as well, for what comes back, whatever went in (Zeiler & Fergus 2014, section 2.1)."""
    return gate(g, g)  # g * [g > 0]: it passes where it is positive


def guided(g, x):
    """Masked by both: nothing passes where either of the other two stops it (Springenberg et al. 2015, section 3.4)."""
    return gate(gate(g, g), x)  # g * [g > 0] * [x > 0]


RULES: dict[str, Rule] = {"vanilla": vanilla, "deconvnet": deconvnet, "guided": guided}


def resolve(rule) -> Rule:
    """The rule behind a name, a function or None (vanilla).  ValueError for a name that isn't one."""
    found = rule if callable(rule) else RULES.get("vanilla" if rule is None else str(rule))
    if found is None:
        raise ValueError(f"unknown backward rule {rule!r}; use one of {', '.join(RULES)}, a function "
                         "(grad, x) -> grad, or a dict from layer names to these")
    return found


def choose(rule, ops, create_graph: bool = False) -> Callable[[Any], Rule]:
    """Make the function that tells the sweep which rule an op gets, or refuse loudly.

    Parameters
    ----------
    rule : str, callable, None, or dict from layer names to these
        A name in a dict stands for that layer and all inside it; the longest name wins, ``""`` is everything, and what
        is not named is vanilla.
    ops : list of Op
        All the ops that the sweep will pass.
    create_graph : bool
        Whether the result is to be differentiated again.

    Raises
    ------
    ValueError
        If a rule finds no ReLU to act on (the map would silently be the vanilla one), or meets another non-linearity,
        for which neither paper defines anything; or if it is to be differentiated again, and is no gradient.
    """
    by_layer = rule if isinstance(rule, Mapping) else {"": rule}
    rules = {layer: resolve(one) for layer, one in by_layer.items()}

    def chosen(op) -> Rule:
        names = [name for name in rules if is_in(op.layer, name)]
        return rules[max(names, key=len)] if names else vanilla

    for layer, one in rules.items():
        if one is not vanilla and not any(op.follows_rule and is_in(op.layer, layer) for op in ops):
            where = f"in layer {layer!r}, " if layer else ""
            relus = ", ".join(sorted({op.layer or "(no module)" for op in ops if op.follows_rule})) or "no layer"
            kinds = ", ".join(dict.fromkeys(type(op).__name__ for op in ops))
            raise ValueError(f"rule {name_of(one)!r} finds no ReLU to act on: {where}the path passes {kinds}; "
                             f"there are ReLUs in {relus}")
    for op in ops:
        if create_graph and op.follows_rule and chosen(op) is not vanilla:
            raise ValueError("create_graph=True differentiates the gradient again, and under this rule it is not one")
        if op.activation and chosen(op) is not vanilla:
            raise ValueError(f"rule {name_of(chosen(op))!r} is defined for ReLUs only, and the gradient passes {op!r}; "
                             "use vanilla, or a dict that names the layers with ReLUs, e.g. {'features': 'guided'}")
    return chosen


def is_in(layer: str, name: str) -> bool:
    """Whether the layer is the one called `name`, or lies inside it."""
    return not name or layer == name or layer.startswith(name + ".")


def name_of(rule: Rule) -> str:
    return getattr(rule, "__name__", repr(rule))
