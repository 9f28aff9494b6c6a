"""From the weights of a linear model to the gradient of a network: the Taylor argument.

Of a linear model ``S(x) = <w, x> + b`` everybody agrees what explains it: its weights.  A network has no such
weights, but near any picture x0 it is almost linear (Taylor's theorem, to first order):

    S(x0 + t d)  =  S(x0)  +  t <dS/dx (x0), d>  +  what vanishes faster than t

So the gradient is to the network *at this picture* what w is to the linear model.  How near is near enough?  Go along a
line from the picture, in some direction d, and look: `along_line` compares the score with what the gradient predicts.

Read next: ``explain/saliency.py``, which draws the gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import minigrad as mg
from nets.training import evaluating

from .forward import Forward, Target, scores_of

if TYPE_CHECKING:  # it takes a while to load: not before there is something to draw
    from matplotlib.figure import Figure


class Line(NamedTuple):
    """A walk along a line: steps `t` (T,), the true `score` there and the `prediction` from the gradient at t = 0."""

    t: np.ndarray
    score: np.ndarray
    prediction: np.ndarray


def along_line(model, image, target: Target = None, direction=None, steps: int | Sequence[float] = 41,
               batch_size: int = 64) -> Line:
    """The score along a line through the picture, and its tangent at the picture.

    Formula: ``score(t) = S(x0 + t d)``, ``prediction(t) = S(x0) + t <dS/dx (x0), d>``.

    Parameters
    ----------
    model : Module
    image : array_like (C, H, W)
        x0.
    target : int, None (the class predicted for x0) or callable (output -> scores)
    direction : array_like (C, H, W), optional
        d, used as it is; None is the gradient itself, scaled so that no pixel changes by more than 1 at t = 1.
    steps : int or sequence of numbers
        The t's; an odd number of them, evenly spaced from -1 to 1, meets t = 0.
    batch_size : int
        So many pictures are in memory at a time.

    Returns
    -------
    Line

    Raises
    ------
    ValueError
        If the picture is not a single one, the direction is not of its shape or not finite, or there are no steps.

    Examples
    --------
    >>> import numpy as np, nets
    >>> line = along_line(nets.SmallCNN(), np.zeros((3, 32, 32)), 0, np.ones((3, 32, 32)), steps=[0.0, 0.1])
    >>> bool(np.isclose(line.score[0], line.prediction[0]))
    True
    """
    run = Forward(model, image, target)
    if not run.single:
        raise ValueError(f"along_line: takes one picture (C, H, W), not {run.x.shape}; call it for each in turn")
    x0, gradient = run.x.array[0], run.gradient(run.x)[0]
    d = of_unit_size(gradient) if direction is None else checked_direction(direction, x0)
    t = np.linspace(-1, 1, steps) if isinstance(steps, (int, np.integer)) else np.asarray(steps, float)
    if t.ndim != 1 or not len(t):
        raise ValueError(f"along_line: steps must be a number of at least 1 or a list of numbers, not {steps!r}")
    predicted_class = run.target if callable(run.target) else int(np.ravel(run.target)[0])
    score = np.concatenate([scores_at(model, x0, t[i : i + batch_size], d, predicted_class)
                            for i in range(0, len(t), batch_size)])
    return Line(t, score, run.scores.array[0] + t * float((gradient * d).sum()))


def scores_at(model, x0: np.ndarray, t: np.ndarray, d: np.ndarray, target) -> np.ndarray:
    """``S(x0 + t d)`` for some t's at once."""
    with mg.no_grad(), evaluating(model):
        return scores_of(model(mg.tensor((x0 + t[:, None, None, None] * d).astype(x0.dtype))), target).array


def of_unit_size(gradient: np.ndarray) -> np.ndarray:
    """The gradient scaled so that its largest pixel is 1: the direction in which the score climbs."""
    return gradient / (np.abs(gradient).max() or 1.0)


def checked_direction(direction, x0: np.ndarray) -> np.ndarray:
    """The direction as an array that fits the picture."""
    d = np.asarray(getattr(direction, "array", direction), x0.dtype)
    if d.shape != x0.shape or not np.isfinite(d).all():
        raise ValueError(f"along_line: the direction must be finite numbers of the picture's shape {x0.shape}, not "
                         f"{'some infinite or NaN' if d.shape == x0.shape else d.shape}")
    return d


def draw_lines(lines: dict[str, Line]) -> Figure:
    """Draw walks side by side: the score as a curve, the prediction as its tangent.

    Parameters
    ----------
    lines : dict from a title to a Line

    Returns
    -------
    matplotlib Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4 * len(lines), 2.8), layout="constrained")
    for axes, (title, line) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items()):
        axes.plot(line.t, line.prediction, "--", color="tab:orange", label="what the gradient predicts")
        axes.plot(line.t, line.score, color="tab:blue", label="the score")
        axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set(title=title, xlabel="t", ylim=with_margin(line.score))
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("S(x₀ + t d)")
    figure.axes[0].legend(frameon=False, fontsize=8)
    return figure


def with_margin(values: np.ndarray) -> tuple[float, float]:
    """Limits of an axis that show all the values; a tangent may leave the picture, as it does leave the truth."""
    margin = 0.3 * float(np.ptp(values)) + 1e-6
    return float(values.min()) - margin, float(values.max()) + margin
