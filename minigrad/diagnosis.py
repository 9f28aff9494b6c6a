"""What a wrong gradient usually means: mistakes leave patterns, and these are the common ones.

Each function below looks for one pattern in `ours` (the gradient of the backward under test) beside `true` (finite
differences), two arrays of one shape, and answers with a sentence or None.  `diagnose` takes the first answer, so the
order goes from patterns that explain everything to those that only narrow it down.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np


def diagnose(ours: np.ndarray, true: np.ndarray, close, inputs=()) -> str:
    """Say what the difference between two gradients looks like.

    Parameters
    ----------
    ours, true : ndarray of one shape
    close : callable
        ``close(a, b)`` gives a mask of where two arrays count as equal.
    inputs : sequence of ndarray, optional
        What the function was called with: a forgotten factor is often one of them.
    """
    for pattern in PATTERNS:
        if found := pattern(ours, true, close):
            return found
    return (
        factor_is_an_input(ours, true, close, inputs)
        or factor_per_element(ours, true)
        or "no common pattern; work the smallest failing case by hand"
    )


def not_finite(ours, true, close):
    if not np.isfinite(ours).all():
        return "NaN or infinity: a division by zero, the log of 0, or an overflowing exponential"


def nothing_arrives(ours, true, close):
    if not ours.any():
        return "all zero: nothing is passed on (a mask that blocks everything, or a gradient that is not returned)"


def constant_factor(ours, true, close):
    ratio = float((ours * true).sum() / (true * true).sum()) if true.any() else 0.0
    if ratio == 0 or not close(ours, ratio * true).all() or close(ratio * true, true).all():
        return None
    if np.isclose(ratio, -1, rtol=1e-4):
        return "every number is -1 times what it should be: a sign"
    batch = ours.shape[0] if ours.ndim else 1
    for n, name in ((batch, "batch size"), (ours.size, "number of elements")):
        for factor in (n, 1 / n):
            if n > 2 and np.isclose(ratio, factor, rtol=1e-4):
                return f"every number is off by the {name} ({ratio:.4g} times): a sum for a mean, or the reverse"
    return f"every number is {ratio:.4g} times what it should be: a missing (or extra) constant factor"


def transposed(ours, true, close):
    for a, b in combinations(range(ours.ndim), 2):
        if ours.shape[a] == ours.shape[b] > 1 and close(ours, true.swapaxes(a, b)).all():
            return f"axes {a} and {b} are swapped: something is transposed"


def flipped(ours, true, close):
    for axes in (tuple(range(-2, 0)), (-1,), (-2,)):
        if ours.ndim >= len(axes) and min(axes) >= -ours.ndim and close(ours, np.flip(true, axes)).all():
            return f"the numbers are reversed along axes {axes}: the kernel is flipped (convolution, not correlation)"


def shifted(ours, true, close):
    for rows, columns in product((-1, 0, 1), repeat=2):
        if ours.ndim >= 2 and (rows or columns) and min(ours.shape[-2:]) > 2:
            here = (..., beside(rows), beside(columns))
            there = (..., beside(-rows), beside(-columns))
            if close(ours[here], true[there]).all():
                return f"the right numbers, shifted by {(rows, columns)}: an offset, such as padding cut off one side"


def beside(step):
    return slice(max(step, 0), min(step, 0) or None)


def overwritten_copies(ours, true, close):
    wrong = ~close(ours, true)
    if wrong.mean() <= 0.5 and ours[wrong].any():
        return ("right in most places and wrong in some; if those are the ones that are used more than once: where "
                "several gradients meet, they must be added (+=), not overwritten (=)")


def mask(ours, true, close):
    blocked, leaked = (ours == 0) & ~close(true, 0 * true), (ours != 0) & close(true, 0 * true)
    both = (ours != 0) & ~close(true, 0 * true)
    if blocked.any() and leaked.any() and not both.any():
        return "zero exactly where it should not be, and the reverse: a mask on the wrong side"
    if close(ours, true)[both].all() and both.any():
        if leaked.any() and not blocked.any():
            return "gradient passes where none should: a mask is missing or too wide"
        if blocked.any() and not leaked.any():
            return "zero where a gradient should pass, right elsewhere: a mask is too narrow"
        if blocked.any() and leaked.any():
            return ("zero in some places where a gradient should pass, and the reverse in others: a mask made from the "
                    "wrong array (such as the gradient's sign for the input's)")


def whole_border(ours, true, close):
    return borders_only(ours, true, close, least=1.0)


def borders_only(ours, true, close, least=0.3):
    if ours.ndim < 2 or min(ours.shape[-2:]) < 3:
        return None
    wrong, border = ~close(ours, true), np.ones(ours.shape, bool)
    border[..., 1:-1, 1:-1] = False
    if not wrong[~border].any() and wrong[border].mean() >= least:
        return "wrong at the borders only: padding (cropped by the wrong amount, or not at all)"


def should_sum_to_zero(ours, true, close):
    """A shift along some axes that the function doesn't see: the gradient along it is 0."""
    for axes in (axes for n in range(1, ours.ndim + 1) for axes in combinations(range(ours.ndim), n)):
        long_enough = min(ours.shape[i] for i in axes) > 1
        if long_enough and close(true.sum(axis=axes), 0).all() and not close(ours.sum(axis=axes), 0).any():
            along = "axis " + " and ".join(map(str, axes))
            return (f"the right gradient sums to 0 along {along}, and this one doesn't: the term that keeps it so is "
                    "missing (a sum or mean over that axis, as every normalisation has)")


def constant_shift(ours, true, close):
    shift = (ours - true).mean()
    if ours.size > 2 and close(ours, true + shift).all():
        return f"every number is off by the same {shift:.4g}: a term is missing (such as the mean of the gradient)"


def missing_term_per_row(ours, true, close):
    for axis in range(ours.ndim):
        off = ours - true
        if ours.shape[axis] > 2 and close(off, off.mean(axis=axis, keepdims=True) + 0 * off).all():
            return f"off by the same amount all along axis {axis}: a term summed over that axis is missing"


def same_numbers_elsewhere(ours, true, close):
    if ours.size > 1 and close(np.sort(ours, axis=None), np.sort(true, axis=None)).all():
        return "the right numbers in the wrong places: an index or an order of axes"


def signs(ours, true, close):
    if close(np.abs(ours), np.abs(true)).all():
        return "the right sizes, some with the wrong sign: an absolute value, or a sign forgotten in one of two cases"


def factor_along_an_axis(ours, true, close):
    for axis in range(ours.ndim):
        rest = tuple(i for i in range(ours.ndim) if i != axis)
        norm = (true * true).sum(axis=rest, keepdims=True)
        ratio = (ours * true).sum(axis=rest, keepdims=True) / np.where(norm == 0, 1, norm)
        wrong = ~close(ours, true)
        several_each = wrong.sum() >= 2 * wrong.any(axis=rest).sum()
        if several_each and 1 < ours.shape[axis] < ours.size and close(ours, ratio * true).all():
            factors = ", ".join(f"{r:.3g}" for r in ratio.flat[:4])
            return (f"off by a factor that depends on axis {axis} alone ({factors}...): a factor per row or channel "
                    "is missing")


PATTERNS = (
    not_finite,
    nothing_arrives,
    constant_factor,
    transposed,
    flipped,
    shifted,
    whole_border,
    mask,
    borders_only,
    constant_shift,
    same_numbers_elsewhere,
    signs,
    missing_term_per_row,
    should_sum_to_zero,
    factor_along_an_axis,
    overwritten_copies,
)


def factor_is_an_input(ours, true, close, inputs):
    for i, x in enumerate(inputs):
        if ours.size < 2 or x.ndim > ours.ndim or any(a not in (1, b) for a, b in zip(x.shape[::-1], ours.shape[::-1])):
            continue
        if close(ours * x, true).all():
            return f"every number lacks the factor that input {i} has there"
        if close(ours, true * x).all():
            return f"every number has the factor of input {i} once too often"


def factor_per_element(ours, true):
    if ours.size > 1 and np.abs(true).min() > 0 and (np.sign(ours) == np.sign(true)).all():
        return ("the signs are right and the sizes are not: a factor that depends on the input is missing (the inner "
                "derivative?)")


def of_shapes(ours: tuple[int, ...], true: tuple[int, ...]) -> str:
    """Say what a wrong shape looks like.

    Examples
    --------
    >>> of_shapes((2, 3), (3, 2))
    'these are the right axes in another order: something is transposed'
    """
    if sorted(ours) == sorted(true):
        return "these are the right axes in another order: something is transposed"
    if stretches(true, ours):
        return "if that was stretched, broadcasting is not undone: sum over the stretched axes (unbroadcast)"
    if stretches(ours, true):
        return "an axis is missing, or has length 1: hand the numbers out to all that they came from (broadcast_to)"
    more = [a - b for a, b in zip(ours, true)] if len(ours) == len(true) else []
    if more[:-2] == [0] * len(more[:-2]) and len(more) > 1 and all(n % 2 == 0 for n in more):
        return "rows and columns differ by an even number: padding (not cut off again, or cut off twice)"
    return "compare it with the shapes in the docstring"


def stretches(small, large) -> bool:
    """Whether NumPy would stretch an array of shape `small` to `large`."""
    return len(small) <= len(large) and all(a in (1, b) for a, b in zip(small[::-1], large[::-1]))
