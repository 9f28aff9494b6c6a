"""What is true for a while: whether ops are recorded, and which layer of a network is running.

Both live in context variables: every thread has its own, they nest, and leaving a ``with`` puts back what was
there, whether it is left by its end or by an exception.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar

_recording = ContextVar("recording", default=True)
_layer = ContextVar("layer", default="")

recording = _recording.get
current_layer = _layer.get


class set_for_now(ContextDecorator):
    """Give a context variable a value inside a ``with``, and its old one afterwards.

    Every layer that runs and every op that is passed needs one; made by ``@contextmanager``, it would take three times
    as long.
    """

    def __init__(self, variable: ContextVar, value):
        self.variable, self.value = variable, value

    def __enter__(self):
        self.token = self.variable.set(self.value)

    def __exit__(self, *problem):
        self.variable.reset(self.token)

    def _recreate_cm(self):
        """For a decorated function: each of its calls, which may be nested, has a token of its own."""
        return set_for_now(self.variable, self.value)


def no_grad():
    """Leave nothing on the tape inside this ``with`` (or inside a function decorated with ``@no_grad()``).

    Examples
    --------
    >>> import minigrad as mg
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> with mg.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    return set_for_now(_recording, False)


def recorded(yes: bool):
    """Record inside this ``with``, or not: the reverse sweep asks for one or the other."""
    return set_for_now(_recording, yes)


def running(layer: str):
    """Note the dotted name `layer` on every op that is recorded inside this ``with``."""
    return set_for_now(_layer, layer)
