"""The confusion matrix: which class is taken for which, as numbers and as a picture.

Accuracy says how often a net errs.  The matrix says how: row by row, what became of the pictures of one class.

Read next: ``commands/``, which draw it for a net that has just been trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

MOST_NUMBERED = 20  # classes up to which every field has room for its number


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Count how often each class was taken for each.

    Parameters
    ----------
    labels, answers : int arrays (N,)
        The right classes, and those that the net named.
    classes : int
        K.

    Returns
    -------
    int array (K, K)
        Row i, column j: pictures of class i that were called j.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    labels, answers = np.asarray(labels), np.asarray(answers)
    if labels.shape != answers.shape or labels.ndim != 1:
        raise ValueError(f"confusion_matrix: labels {labels.shape} and answers {answers.shape} must be as many (N,)")
    if len(labels) and not (min(labels.min(), answers.min()) >= 0 and max(labels.max(), answers.max()) < classes):
        raise ValueError(f"confusion_matrix: labels and answers must be 0 to {classes - 1}")
    return np.bincount(labels * classes + answers, minlength=classes**2).reshape(classes, classes)


def class_report(matrix: np.ndarray, names: Sequence[str]) -> str:
    """A line for each class: how many of its pictures are called right, and what the others are mostly taken for.

    Examples
    --------
    >>> print(class_report(np.array([[3, 1], [0, 2]]), ["cat", "dog"]))
    cat   75.0%  of 4  mostly taken for dog (1)
    dog  100.0%  of 2
    """
    width, digits = max(map(len, names)), len(str(matrix.sum(axis=1).max()))
    return "\n".join(class_line(row, i, names, width, digits) for i, row in enumerate(matrix))


def class_line(row: np.ndarray, i: int, names: Sequence[str], width: int, digits: int) -> str:
    """One line of the report, about class `i`."""
    total, wrong = row.sum(), np.where(np.arange(len(row)) == i, 0, row)
    if not total:
        return f"{names[i]:{width}}  no test pictures"
    taken = f"  mostly taken for {names[int(wrong.argmax())]} ({wrong.max()})" if wrong.any() else ""
    return f"{names[i]:{width}}  {row[i] / total:6.1%}  of {total:{digits}}{taken}"


def confusion_picture(matrix: np.ndarray, names: Sequence[str], title: str = "") -> Figure:
    """Draw a confusion matrix.

    The darkness of a field is its share of its row, so that classes with many and with few pictures compare; the number
    in it, where there is room, counts.  Zeros are left blank.

    Parameters
    ----------
    matrix : int array (K, K)
        As of `confusion_matrix`.
    names : K strings
        Long ones are cut.

    Returns
    -------
    matplotlib Figure
    """
    classes = len(matrix)
    if matrix.shape != (classes, len(names)):
        raise ValueError(f"confusion_picture: a matrix {matrix.shape} and {len(names)} names don't fit")
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = np.clip(0.42 * classes, 2.4, 12.0)  # inches, of the matrix
    figure = Figure(figsize=(side + 2.6, side + 2.0), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    short = [name if len(name) <= 18 else name[:17] + "…" for name in names]
    ticks = np.arange(0, classes, -(-classes // 60))  # of very many classes, not every one has room for its name
    fit = 0.08 * max(map(len, short)) < side / classes  # inches that a letter and a field take
    axes.set_xticks(ticks, [short[i] for i in ticks], rotation=0 if fit else 90)
    axes.set_yticks(ticks, [short[i] for i in ticks])
    axes.set(xlabel="called", ylabel="is")
    figure.suptitle(title, fontsize=11)
    axes.tick_params(length=0, labelsize=9 if classes <= 30 else 6)
    axes.spines[:].set_visible(False)
    if classes <= MOST_NUMBERED:
        for i, j in zip(*matrix.nonzero()):
            axes.text(j, i, f"{matrix[i, j]}", ha="center", va="center", fontsize=8 if matrix.max() < 1000 else 6.5,
                      color="white" if shares[i, j] > 0.5 else "black")
    return figure
