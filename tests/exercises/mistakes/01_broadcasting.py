"""Chapter 1: the factor that is forgotten, the wrong one, and stretching that is not undone."""

from . import Mistake

MISTAKES = [
    Mistake("unbroadcast", "return g", "broadcasting is not undone"),
    Mistake(
        "unbroadcast",
        """
        new_axes = tuple(range(g.ndim - len(shape)))
        return sum_(g, axis=new_axes)
        """,
        "broadcasting is not undone",
    ),
    Mistake(
        "unbroadcast",
        """
        new_axes = g.ndim - len(shape)
        stretched = tuple(i for i in range(g.ndim) if i < new_axes or shape[i - new_axes] != g.shape[i])
        return reshape(g.mean(axis=stretched), shape)
        """,
        "constant factor",
    ),
    Mistake(
        "unbroadcast",
        """
        while g.ndim > len(shape):
            g = sum_(g, axis=-1)
        return g
        """,
        "compare it with the shapes in the docstring",
    ),
    Mistake(
        "mul-backward",
        "return unbroadcast(g * a, a.shape), unbroadcast(g * b, b.shape)",
        "a factor that depends on the input",
    ),
    Mistake("mul-backward", "return g * b, g * a", "broadcasting is not undone"),
    Mistake(
        "mul-backward",
        "return unbroadcast(g, a.shape), unbroadcast(g, b.shape)",
        "lacks the factor that input 1 has",
    ),
    Mistake("mul-backward", "return unbroadcast(g * b, a.shape), None", "part 1 of the result is None"),
    Mistake(
        "div-backward",
        "return unbroadcast(g / b, a.shape), unbroadcast(g * a / (b * b), b.shape)",
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "div-backward",
        "return unbroadcast(g / b, a.shape), unbroadcast(-g * a / b, b.shape)",
        "the factor of input 1 once too often",
    ),
    Mistake("div-backward", "return g / b, -g * a / (b * b)", "broadcasting is not undone"),
    Mistake(
        "div-backward",
        "return unbroadcast(g * b, a.shape), unbroadcast(-g * y / b, b.shape)",
        "a factor that depends on the input",
    ),
]
