"""Holding a value against the one that was worked out by hand, and saying what the difference looks like.

`minigrad.gradcheck` does that for gradients.  What is no gradient (a picture's largest numbers, an order, a share) has
no finite difference; there tests work the answer out, and call `compare`.
"""

import numpy as np

from minigrad.diagnosis import diagnose, of_shapes


def compare(yours, expected, what, rtol=1e-6):
    """Fail unless `yours` is `expected`, naming the worst index, both values, their ratio and the likely mistake.

    Parameters
    ----------
    yours : ndarray, Tensor or number
    expected : array_like
        Bools and integers must be hit exactly; floats up to `rtol` of the largest.
    what : str
        What it is, in the words of the exercise: the message begins with it.
    """
    expected = np.asarray(expected)
    assert yours is not None, f"{what}: returned None; is there a return?"
    assert isinstance(yours, (np.ndarray, np.generic, int, float)) or hasattr(yours, "array"), (
        f"{what}: returned a {type(yours).__name__}, and should be an array"
    )
    yours = np.asarray(getattr(yours, "array", yours))
    assert yours.shape == expected.shape, (
        f"{what}: has shape {yours.shape}, and should have {expected.shape}\n"
        f"  this looks like: {of_shapes(yours.shape, expected.shape)}"
    )
    kinds = {"f": "floats", "i": "integers", "u": "integers", "b": "bools"}
    assert kinds.get(yours.dtype.kind) == kinds[expected.dtype.kind], (
        f"{what}: are {yours.dtype}, and should be {kinds[expected.dtype.kind]}"
    )
    ours, true = yours.astype(float), expected.astype(float)
    scale = np.abs(true[np.isfinite(true)]).max(initial=0)

    def close(a, b):
        return np.isclose(a, b, rtol=0, atol=rtol * scale, equal_nan=True)

    wrong = ~close(ours, true)
    if wrong.any():
        pattern = "" if expected.dtype.kind == "b" else "\n  this looks like: " + diagnose(ours, true, close)
        raise AssertionError(difference(ours, true, wrong, what) + pattern)


def difference(ours, true, wrong, what):
    """Where the two differ most, in words."""
    size = np.where(wrong, np.nan_to_num(np.abs(ours - true), nan=np.inf), -1)
    worst = tuple(int(i) for i in np.unravel_index(size.argmax(), size.shape))
    ratio = f"{ours[worst] / true[worst]:.6g}" if true[worst] else "none (it should be 0)"
    place = f"worst at index {worst}: " if worst else ""
    return (
        f"{what}: wrong at {wrong.sum()} of {wrong.size} places.\n"
        f"  {place}yours is {ours[worst]:.8g}, and should be {true[worst]:.8g}, ratio {ratio}"
    )
