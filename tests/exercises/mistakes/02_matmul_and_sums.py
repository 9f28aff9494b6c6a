"""Chapter 2: transposes in the wrong place, stacks of matrices forgotten, and a sum that is taken for a mean."""

from . import Mistake

MISTAKES = [
    Mistake(
        "matmul-backward",
        "return b @ g.swapaxes(-1, -2), g.swapaxes(-1, -2) @ a",
        "another order: something is transposed",
    ),
    Mistake(
        "matmul-backward",
        "return g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g",
        "broadcasting is not undone",
    ),
    Mistake("matmul-backward", "return unbroadcast(g @ b, a.shape), unbroadcast(a @ g, b.shape)", "do not fit"),
    Mistake(
        "matmul-backward",
        "return unbroadcast(g @ b.T, a.shape), unbroadcast(a.T @ g, b.shape)",
        "do not fit",
    ),
    Mistake("sum-backward", "return broadcast_to(g, x.shape)", "something is transposed"),
    Mistake(
        "sum-backward",
        """
        kept = tuple(1 if i in self.axis else n for i, n in enumerate(x.shape))
        return broadcast_to(reshape(g, kept), x.shape) / (x.size / y.size)
        """,
        "a sum for a mean, or the reverse",
    ),
    Mistake("sum-backward", "return g", "hand the numbers out"),
    Mistake(
        "sum-backward",
        """
        kept = tuple(1 if i in self.axis else n for i, n in enumerate(x.shape))
        return broadcast_to(reshape(g, kept), x.shape) * x
        """,
        "the factor of input 0 once too often",
    ),
]
