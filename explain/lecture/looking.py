"""Looking into the net, without any gradient: its filters, its maps, what excites it, what it holds for alike.

The last section covers parts of the picture, and so leads over to the explanations that follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import minigrad as mg
import nets
from minigrad import functional as F

from .. import plot
from ..activations import activations, strongest_channels
from ..embedding import embed, nearest, trustworthiness, tsne
from ..embedding_map import scatter_by_class, scatter_of_pictures
from ..filters import filter_rows, filter_tiles, filters
from ..occlusion import cover, occlusion, occlusion_heatmap, positions
from ..page import Choice, Section, Shown
from ..patches import maximal_patches
from ..receptive_field import receptive_field
from ..saliency import saliency
from .showcase import Material

STAGES = ("features.2", "features.6", "features.9", "features.12")  # the ReLU of each stage of a SmallCNN
DEEP = ("features.4", "features.10")  # the second and the last convolution
NEIGHBOURS = {
    "scenes": "Neighbours by pixels have the same background. Neighbours by features show the same object, whatever "
              "its size, place and colour.",
    "digits": "These digits are all upright, centred and of one size, and then pixels do nearly as well; with scenes "
              "they don't.",
}
MAPS = {
    "scenes": "By features every class is an island. By pixels the classes are mixed, and what lies together has a "
              "background of one colour.",
    "digits": "By features every class is an island. By pixels the islands are nearly as good: digits are so much "
              "alike that they hardly need a network; with scenes it is another matter.",
}
YELLOW, ORANGE = (1.0, 0.9, 0.0), (1.0, 0.45, 0.0)


def first_filters(material: Material) -> Section:
    """Filters of the first layer, of two architectures and three nets."""
    trained = [material.scenes.model, material.digits.model, material.lenet.model]
    fresh = []
    for make, seed in ((partial(nets.SmallCNN, 10, 3), 0), (partial(nets.SmallCNN, 10, 1), 0), (nets.LeNet, 1)):
        mg.manual_seed(material.seed + seed)  # as in `Material`: these are the very weights that training began with
        fresh.append(make())
    return Section(
        key="filters",
        title="Filters of the first layer",
        question="What does a network look for first, and does it depend on the network?",
        formula=[("tile", "½ + w / (2 max |w|)     mid grey is a weight of zero")],
        shown=[Choice({"weights": ["after training", "before training"]}, [first_filters_of(trained),
                                                                            first_filters_of(fresh)],
                      "Filters of the first layer of three networks as small pictures",
                      "All are 5 × 5 pixels, each scaled about zero by itself. A SmallCNN has 16, a LeNet has 6.")],
        notice="Edges: in many tiles one side is light and the other dark, at every angle; in colour there are also "
               "filters for one hue. The net for scenes and the LeNet share neither architecture nor pictures, and "
               "look for the same. The SmallCNN for digits is the odd one out: choose “before training”, and see how "
               "much of that noise is still in it. It read digits well with nearly any first layer, and what isn't "
               "needed isn't learned. (The LeNet's filters began at a tenth of their size, and so had to be.)",
        code=material.lenet.code + """
tiles = explain.filter_tiles(explain.filters(model, "features.0"))
plot.grid([tiles]).savefig("filters.png")""",
    )


def first_filters_of(models, columns: int = 8) -> bytes:
    """The first filters of the nets for scenes and for digits, and of a LeNet, below each other."""
    rows, labels = [], []
    for name, model in zip(("SmallCNN,\nscenes", "SmallCNN,\ndigits", "LeNet,\ndigits"), models):
        tiles = list(filter_tiles(filters(model, "features.0")))
        parts = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
        rows += parts
        labels += [name] + [""] * (len(parts) - 1)
    return plot.png(plot.grid(rows, labels=labels, side=0.85))


def deeper_filters(material: Material, count: int = 6, channels: int = 12) -> Section:
    """Filters of the other layers, which nobody can read."""
    net = material.shown
    pngs = []
    for layer in DEEP:
        weights = filters(net.model, layer)[:count, :channels]
        labels = [f"filter {i}" for i in range(count)]
        pngs += [plot.png(plot.grid(list(filter_rows(weights, per)), labels=labels, side=0.5))
                 for per in ("tile", "filter")]
    return Section(
        key="deep-filters",
        title="Filters of the deeper layers",
        question="Can the other filters be read as well?",
        shown=[Choice({"layer": list(DEEP), "scaled": ["each tile by itself", "each row by itself"]}, pngs,
                      "Rows of small grey squares without any recognisable pattern",
                      f"A row for each of the first {count} filters, a tile of 3 × 3 weights for each of the first "
                      f"{channels} channels that it looks at. Grey is zero, white excites, black inhibits.")],
        notice="No, and that is what to see. These filters weigh the maps of the layer before, which are no colours, "
               "and one must know what each of those stands for. With each row scaled by itself one sees at least "
               "which maps a filter cares for. To learn what it looks for, ask the data: the next two sections do.",
        code=net.code + """
rows = explain.filter_rows(explain.filters(model, "features.4"), per="tile")
plot.grid(rows[:6], side=0.5).savefig("deeper.png")""",
    )


def feature_maps(material: Material, n: int = 4, channels: int = 6) -> Section:
    """Maps of the strongest channels at every stage."""
    net = material.shown
    places = net.one_of_each(n)
    pngs = [maps_of(net.model, net.images[i], channels) for i in places]
    fields = ", ".join(str(receptive_field(net.model, layer, net.images.shape[1:]).size[0]) for layer in STAGES)
    return Section(
        key="activations",
        title="Activations: what the layers make of a picture",
        question="What comes out of the layers in the middle?",
        shown=[Choice({"picture": [str(net.names[net.labels[i]]) for i in places]}, pngs,
                      "A row for each stage: the picture, and the maps of the channels that it excites most",
                      f"The {channels} strongest channels of each stage, after its ReLU, the strongest first; the "
                      "square is the receptive field of the brightest unit in the first of them.")],
        notice="The filters could not be read, but what they do can. The first stage draws edges, each channel those "
               "of one direction. Later channels answer to a part of the object, and the last stage hardly draws any "
               "more: it says that something is there, and where. Meanwhile the square grows: one unit has seen a "
               f"window with sides of {fields} pixels. The bright lines along the border are edges, too: there the "
               "picture ends, and the zeros begin with which it is padded.",
        code=net.code + """
maps = explain.activations(model, images[0], "features.6")
strongest = explain.strongest_channels(maps, count=6)
plot.grid([[plot.picture(images[0])] + [plot.heat(maps[k]) for k in strongest]]).savefig("maps.png")""",
    )


def maps_of(model, image: np.ndarray, channels: int) -> bytes:
    """A row for each stage: the picture with one unit's field, and the strongest maps."""
    rows, labels = [], []
    for number, layer in enumerate(STAGES, 1):
        maps = activations(model, image, layer)
        strongest = strongest_channels(maps, channels)
        unit = np.unravel_index(maps[strongest[0]].argmax(), maps.shape[1:])
        field = receptive_field(model, layer, image.shape).rectangle(*map(int, unit))
        rows.append([in_square(image, field)] + [plot.heat(maps[k]) for k in strongest])
        labels.append(f"stage {number}\n{maps.shape[1]} × {maps.shape[2]}")
    return plot.png(plot.grid(rows, labels=labels))


def in_square(image: np.ndarray, field) -> np.ndarray:
    """The picture as a tile, with the outline of a field, as far as that is inside."""
    top, left, bottom, right = field.cropped(*image.shape[1:])
    mask = np.zeros(image.shape[1:], bool)
    mask[top + 1 : bottom - 1, left + 1 : right - 1] = True  # the outline runs along the outermost pixels inside
    return plot.outlined(plot.picture(image), mask, YELLOW)


def best_patches(material: Material, rows: int = 7, top: int = 9) -> Section:
    """The patches that excite some channels of each stage most."""
    net = material.shown
    means = stage_means(net.model, net.images)
    pngs = [patches_of(net, layer, telling_channels(means[layer], net.labels, rows), top) for layer in STAGES]
    return Section(
        key="patches",
        title="Maximally activating patches",
        question="What does a channel look for?",
        formula=[("patch of channel k", "receptive field of the unit with the largest Aₖ[i, j], over all pictures")],
        shown=[Choice({"layer": [f"stage {i} ({layer})" for i, layer in enumerate(STAGES, 1)]}, pngs,
                      "A row for each channel: the nine patches that excite it most",
                      f"The {top} strongest of {len(net.images):,} pictures, one from each at most. A row for each of "
                      f"{rows} classes, with the channel that tells it best from the others; left, how many of the "
                      "patches come from a picture of the class. What lies beyond the picture's edge is grey.")],
        notice="Look along a row: what have the patches in common? In the first stage it is brightness, or an edge at "
               "one angle, and the class plays no part. Each stage sees more, and most channels of the last see one "
               "class, though nobody ever told a channel about classes. Not all do: where none knows its class alone, "
               "the patches are of several, or of background. And mind that these are the few that excite a channel "
               "most; it answers weakly to much else.",
        code=net.code + """
best = explain.maximal_patches(model, images, "features.12", channels=[0, 1, 2], top=9)
rows = [[plot.picture(patch.pixels) for patch in patches] for patches in best.values()]
plot.grid(rows, labels=[f"channel {k}" for k in best]).savefig("patches.png")""",
    )


def stage_means(model, images: np.ndarray, batch_size: int = 64) -> dict[str, np.ndarray]:
    """Every channel's mean activation in every picture (N, K), for each stage."""
    parts = []
    for i in range(0, len(images), batch_size):
        with mg.no_grad(), mg.nn.watch(model, *STAGES) as outputs:
            model(mg.tensor(images[i : i + batch_size]))
        parts.append([outputs[layer][0].array.mean(axis=(2, 3)) for layer in STAGES])
    return dict(zip(STAGES, map(np.concatenate, zip(*parts))))


def patches_of(net, layer: str, channels: np.ndarray, top: int) -> bytes:
    """A row of patches for each class, from the class's channel."""
    best = maximal_patches(net.model, net.images, layer, channels.tolist(), top)
    rows, labels = [], []
    for c, (k, patches) in zip(np.unique(net.labels), best.items()):
        hits = sum(int(net.labels[patch.image] == c) for patch in patches)
        labels.append(f"channel {k}\n{net.names[c]}: {hits} of {len(patches)}")
        rows.append([bordered(plot.picture(patch.pixels)) for patch in patches])
    return plot.png(plot.grid(rows, labels=labels, side=1.0))


def bordered(tile: np.ndarray, least: int = 60) -> np.ndarray:
    """A tile with a thin grey line around it, for patches that are as white as the page; small ones are enlarged."""
    enlarged = tile.repeat(-(-least // len(tile)), axis=0).repeat(-(-least // len(tile)), axis=1)
    return np.pad(enlarged, ((1, 1), (1, 1), (0, 0)), constant_values=0.6)


def telling_channels(means: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """For each of the first classes the channel that tells it best from the others, no channel twice.

    Formula: largest ``(mean over the class - largest mean over another class) / standard deviation``, one class after
    the other.

    Parameters
    ----------
    means : ndarray (N, K)
        Every channel's mean activation in every picture.
    labels : int array (N,)
        Of two classes or more.
    count : int
        How many classes, at most K; all, if there are fewer.

    Returns
    -------
    int64 ndarray (classes,)
    """
    spread = means.std(axis=0)
    alive = spread > 1e-6 * spread.max()  # those that never say anything are taken last
    of_class = np.stack([means[labels == c].mean(axis=0) for c in np.unique(labels)])
    chosen: list[int] = []
    for c, mine in enumerate(of_class[:count]):
        lead = mine - np.delete(of_class, c, axis=0).max(axis=0)
        lead = np.where(alive, lead / np.where(alive, spread, 1), -1e9)
        lead[chosen] = -np.inf
        chosen.append(int(lead.argmax()))
    return np.array(chosen)


def neighbours(material: Material, n: int = 6, k: int = 5) -> Section:
    """Nearest neighbours by features and by pixels."""
    net = material.shown
    known = len(net.images) // 5  # the first fifth asks, the rest answers
    k = min(k, len(net.images) - known)
    features = embed(net.model, net.images)
    by = [nearest(x[:known], x[known:], k)[0] + known for x in (features, net.images)]
    shares = [f"{(net.labels[found] == net.labels[:known, None]).mean():.0%}" for found in by]
    queries = np.unique(net.labels[:known], return_index=True)[1][:n]  # the first of each class
    rows = [neighbour_row(net, i, [found[i] for found in by]) for i in queries]
    ranks = [str(rank + 1) for rank in range(k)]
    titles = ["picture", "features:", *ranks, "pixels:", *ranks]
    return Section(
        key="neighbours",
        title="Nearest neighbours in feature space",
        question="Which pictures are alike in the network's eyes?",
        formula=[("distance", f"√ Σ (f(x) − f(x′))²,   f(x) the {features.shape[1]} numbers before the last layer")],
        shown=[Shown(plot.png(plot.grid(rows, titles, side=0.85)),
                     "A row for each picture: its five nearest neighbours by features, then by pixels",
                     f"Left by the {features.shape[1]} features, right by all {net.images[0].size:,} numbers of the "
                     "picture itself. A frame marks neighbours of another class.")],
        notice=f"Of the {k} nearest of {known} pictures among {len(net.images) - known} others, {shares[0]} are of the "
               f"right class by features, and {shares[1]} by pixels. " + NEIGHBOURS.get(net.name, ""),
        code=net.code + """
features = explain.embed(model, images)
indices, distances = explain.nearest(features[:1], features[1:], k=5)
plot.grid([[plot.picture(image) for image in images[1:][indices[0]]]]).savefig("neighbours.png")""",
    )


def neighbour_row(net, query: int, found) -> list[np.ndarray]:
    """A picture, and a gap and the neighbours for each way to find them; those of another class are framed."""
    tile = plot.picture(net.images[query])
    row = [tile]
    for indices in found:
        row.append(np.ones_like(tile))
        for i in indices:
            other = plot.picture(net.images[i])
            row.append(other if net.labels[i] == net.labels[query] else framed(other))
    return row


def framed(tile: np.ndarray) -> np.ndarray:
    """A tile with an orange frame inside its edge."""
    width = max(len(tile) // 16, 1)
    inside = np.full(tile.shape, ORANGE)
    inside[width:-width, width:-width] = tile[width:-width, width:-width]
    return inside


def embedding_maps(material: Material, n: int = 400, k: int = 10) -> Section:
    """t-SNE of features and of pixels."""
    net = material.shown
    images, labels = net.images[:n], net.labels[:n]
    k = min(k, len(images) // 3)
    maps = [map_of(name, x, images, labels, net.names, k)
            for name, x in (("features", embed(net.model, images)), ("pixels", images.reshape(len(images), -1)))]
    by_class, pictures, figures = zip(*maps)
    return Section(
        key="tsne",
        title="A map of all pictures: t-SNE",
        question="How does the network arrange what it has seen?",
        formula=[("map", "points such that neighbours stay neighbours: least KL( P ‖ Q ), P from distances between "
                  "the features, Q from distances on the map")],
        shown=[Choice({"map of": ["features", "pixels"]}, list(by_class), "Points in the plane, coloured by class",
                      f"{len(images)} new pictures; the classes were not told to t-SNE."),
               Choice({"map of": ["features", "pixels"]}, list(pictures), "The same map, with the pictures as points",
                      "Each picture has a cell of its own, as near to its point as can be.")],
        notice=MAPS.get(net.name, "") + f" Trustworthiness, and the share of the {k} nearest on the map that are of "
               f"the same class: {'; '.join(figures)}. So a high trustworthiness says that the map is true to the "
               "distances it was made from, and nothing about classes. Don't read anything into the sizes of the "
               "islands, or the ways between them: t-SNE keeps neither.",
        code=net.code + f"""
features = explain.embed(model, images[:{n}])
points = explain.tsne(features)
print(explain.trustworthiness(features, points))
explain.scatter_by_class(points, labels[:{n}]).savefig("map.png")
explain.scatter_of_pictures(points, images[:{n}], cells=36).savefig("pictures.png")""",
    )


def map_of(name: str, x: np.ndarray, images: np.ndarray, labels: np.ndarray, names, k: int) -> tuple[bytes, bytes, str]:
    """Both pictures of a t-SNE map of `x`; and its trustworthiness, and how often its neighbours are of one class."""
    points = tsne(x, perplexity=min(30, len(x) / 4))
    trust = trustworthiness(x, points, k)
    near = nearest(points, points, k + 1)[0][:, 1:]
    same = (labels[near] == labels[:, None]).mean()
    title = f"t-SNE of the {name}: trustworthiness {trust:.3f}"
    return (plot.png(scatter_by_class(points, labels, names, title)),
            plot.png(scatter_of_pictures(points, images, cells=36, tile=26, title=title, side=6.5)),
            f"{name} {trust:.3f} and {same:.0%}")


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
