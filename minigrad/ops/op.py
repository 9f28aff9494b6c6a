"""An op: one line of mathematics, forwards and backwards.

This is the idea that all of minigrad rests on.  A subclass says how to compute ``y`` from its inputs
(`forward`, on NumPy arrays) and, right beneath, how the gradient that arrives at ``y`` is passed on to
those inputs (`backward`, on tensors: it is written with the same ops, so it can be differentiated again).
Everything else (when to call which, what to add up) is the business of the reverse sweep.

One vocabulary throughout: ``x, w, b`` go in and ``y`` comes out; ``g`` is the gradient that arrives, ``gx, gw, gb``
are those that leave.

Read next: ``ops/elementwise.py``, the simplest ops; then ``tensor.py``, which records them.
"""

from __future__ import annotations

from typing import Any


class Op:
    """One recorded operation.  The tape is nothing but ops that point at their inputs.

    An op that is called runs `forward` and, if anything wants a gradient, is remembered by its output as
    ``y.op``.  An instance serves one call, so `forward` may leave what `backward` needs on ``self``.

    Attributes
    ----------
    inputs : tuple of Tensor
        What the op was applied to.  Empty until it is recorded.
    layer : str
        Dotted name of the module that was running, ``""`` outside of any.
    follows_rule : bool
        True for ReLU alone: the sweep consults a backward rule instead of `backward`.
    activation : bool
        True for the other point-wise non-linearities, for which deconvnet and guided are not defined.
    """

    inputs: tuple = ()
    marks: tuple = ()
    layer = ""
    follows_rule = False
    activation = False

    def forward(self, *arrays: Any) -> Any:
        """Compute the output array from the input arrays, changing none of them."""

    def backward(self, g: Any, y: Any, *inputs: Any) -> Any:
        """Pass the gradient `g` that arrived at `y` on to `inputs`.

        Returns
        -------
        A gradient per input, each of that input's shape; alone, or in a tuple where there are several inputs.
        ``None`` says that an input has no gradient.  A costly gradient may be given as a function without
        arguments, which the sweep calls only if somebody wants the result.
        """

    def __call__(self, *inputs: Any) -> Any:
        # Only a tensor knows how to record, and at least one input is a tensor: let it.
        return next(x for x in inputs if hasattr(x, "op")).record(self, inputs)

    def __repr__(self) -> str:
        return type(self).__name__ + (f" in {self.layer!r}" if self.layer else "")
