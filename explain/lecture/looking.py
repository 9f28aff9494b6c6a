"""Looking into the net, without any gradient: its filters, its maps, and what excites them."""

from __future__ import annotations

from functools import partial

import numpy as np

import minigrad as mg
import nets

from .. import plot
from ..activations import activations, strongest_channels
from ..filters import filter_rows, filter_tiles, filters
from ..page import Choice, Section
from ..patches import maximal_patches
from ..receptive_field import receptive_field
from .showcase import Material

STAGES = ("features.2", "features.6", "features.9", "features.12")  # the ReLU of each stage of a SmallCNN
DEEP = ("features.4", "features.10")  # the second and the last convolution
YELLOW = (1.0, 0.9, 0.0)


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
