"""The picture of how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .training import History

if TYPE_CHECKING:  # it takes a while to load: not before there is something to draw
    from matplotlib.figure import Figure


def learning_curve(history: History, title: str = "") -> Figure:
    """Draw the loss of every batch (and its running mean) and the accuracy on held-out samples after every epoch.

    Parameters
    ----------
    history : History
        As `train` returns it, with at least one batch.

    Returns
    -------
    matplotlib Figure; ``figure.savefig("curve.png")`` writes it.
    """
    from matplotlib.figure import Figure

    if not history.losses:
        raise ValueError("learning_curve: nothing has been trained yet, so there is no curve to draw")
    figure = Figure(figsize=(9, 3), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    batches = np.arange(1, len(history.losses) + 1)
    losses.plot(batches, history.losses, color="0.8", linewidth=0.8, label="one batch")
    window = max(len(batches) // 40, 1)
    smooth = np.convolve(history.losses, np.ones(window) / window, mode="valid")
    losses.plot(batches[window - 1 :], smooth, color="tab:blue", label=f"mean of {window}")
    losses.set(xlabel="batch", ylabel="loss", title=title or "loss on training batches", ylim=(0, None))
    losses.legend(frameon=False)
    epochs = np.arange(1, len(history.accuracies) + 1)
    accuracies.plot(epochs, np.multiply(history.accuracies, 100), "o-", color="tab:orange", markersize=4)
    last = f"held-out accuracy: {history.accuracies[-1]:.1%}" if history.accuracies else "no held-out samples"
    accuracies.set(xlabel="epoch", ylabel="%", title=last, ylim=(0, 102))
    accuracies.xaxis.get_major_locator().set_params(integer=True)  # there are no quarters of an epoch
    for axes in (losses, accuracies):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
