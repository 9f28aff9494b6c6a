"""Occlusion: cover a part of the picture, count the cost, and see what can be misread."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import nets
from minigrad import functional as F

from .. import plot
from ..occlusion import cover, occlusion, occlusion_heatmap, positions
from ..page import Choice, Section
from ..saliency import saliency
from .showcase import Material


def covering(material: Material, n: int = 3) -> Section:
    """Occlusion with patches of several sizes and colours, and what it costs."""
    net = material.shown
    images = net.images[net.one_of_each(n)]
    size, mean = images.shape[-1], net.images.mean(axis=(0, 2, 3))[:, None, None]
    windows = [(size // 8, size // 16), (3 * size // 16, size // 16), (size // 4, size // 8)]
    fills = {"the picture's own mean": None, "grey (0)": 0.0, "the mean of all pictures": mean}
    pngs = [occlusion_figure(net, images, *window, fill) for window in windows for fill in fills.values()]
    _, seconds = timed(partial(saliency, net.model, images[0]))
    return Section(
        key="occlusion",
        title="Occlusion: cover it, and see what happens",
        question="Without which part of the picture would the network not have said so?",
        formula=[("drop", "p(x) − p(x with a patch covered), for the class that the network answers")],
        shown=[Choice({"patch / stride": [f"{p} / {s} pixels" for p, s in windows], "covered with": list(fills)},
                      pngs,
                      "Three rows: pictures, the pictures with the most important patch covered, and heat maps",
                      "Above: the answer, how sure it is, and how sure still with the patch where it hurts most.")],
        notice="Cover this, and the probability falls: what could be misread? The patch. It is something to see "
               "itself, and there is no colour of nothing: choose grey, and see whether the maps still show the "
               "object, or places where one more square confuses. Small patches are sharp, and may hide too little to "
               "matter; large ones hide enough, and are blurred. And it is very expensive: a forward pass for each "
               f"position, where a gradient takes one pass there and back, in {seconds * 1000:.0f} ms.",
        code=net.code + f"""
image = images[0]
mean = image.mean(axis=(1, 2), keepdims=True)
heat = explain.occlusion_heatmap(model, image, patch={size // 8}, stride={size // 16}, fill=mean, progress=True)
plot.grid([[plot.picture(image), plot.overlay(image, heat)]]).savefig("occlusion.png")""",
    )


def occlusion_figure(net, images: np.ndarray, patch: int, stride: int, fill) -> bytes:
    """Pictures, the pictures with the patch where it hurts most, and heat maps; with the cost at their side."""
    rows: tuple[list, list, list] = ([], [], [])
    titles, seconds, passes = [], 0.0, 0
    for image in images:
        colour = image.mean(axis=(1, 2), keepdims=True) if fill is None else fill
        drops, took = timed(partial(occlusion, net.model, image, None, patch, stride, colour))
        seconds, passes = seconds + took, drops.size
        r, c = np.unravel_index(drops.argmax(), drops.shape)
        tops, lefts = positions(image.shape[1:], (patch, patch), (stride, stride))
        covered = cover(image, tops[r], lefts[c], colour)
        heat = np.maximum(occlusion_heatmap(net.model, image, None, patch, stride, colour), 0)
        for row, tile in zip(rows, (plot.picture(image), plot.picture(covered), plot.overlay(image, heat))):
            row.append(tile)
        before, after = F.softmax(nets.predict(net.model, np.stack([image, covered]))).numpy()
        answer = before.argmax()
        titles.append(f"{net.names[answer]}\n{before[answer]:.0%} → {after[answer]:.0%}")
    cost = f"{passes} forward\npasses in\n{seconds / len(images):.2f} s"
    return plot.png(plot.grid(rows, titles, ["picture", "covered", f"heat map\n\n{cost}"]))


def timed(compute: Callable[[], Any]) -> tuple[Any, float]:
    """What `compute` returns, and the seconds that it took."""
    start = time.perf_counter()
    return compute(), time.perf_counter() - start
