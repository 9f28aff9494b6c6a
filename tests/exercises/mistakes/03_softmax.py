"""Chapter 3: the diagonal only, a sum along the wrong axis; a sign, and a mean too early."""

from . import Mistake

MISTAKES = [
    Mistake("softmax-backward", "return y * g", "the right gradient sums to 0 along axis 1"),
    Mistake("softmax-backward", "return y * (1.0 - y) * g", "the right gradient sums to 0 along axis 1"),
    Mistake(
        "softmax-backward",
        "return g - (g * y).sum(axis=self.axis, keepdims=True)",
        "the right gradient sums to 0 along axis 1",
    ),
    Mistake(
        "softmax-backward",
        "return y * ((g * y).sum(axis=self.axis, keepdims=True) - g)",
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "cross-entropy",
        """
        where = np.indices(target.shape, sparse=True)
        checked_classes(log_p, target)
        return Gather((where[0], target, *where[1:]))(log_p)
        """,
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "cross-entropy",
        """
        checked_classes(log_p, target)
        where = np.indices(target.shape, sparse=True)
        return -Gather((where[0], target, *where[1:]))(log_p).mean()
        """,
        "has shape (), and should have (2,)",
    ),
    Mistake(
        "cross-entropy",
        """
        checked_classes(log_p, target)
        return -log_p[np.arange(len(target)), target]
        """,
        "has shape (2, 2, 2), and should have (2, 2)",
    ),
    Mistake(
        "cross-entropy",
        """
        where = np.indices(target.shape, sparse=True)
        return -Gather((where[0], target, *where[1:]))(log_p)
        """,
        "IndexError: index 3 is out of bounds",
    ),
]
