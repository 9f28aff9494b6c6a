"""The space of the last layer: who are neighbours there, and what a map of it looks like."""

from __future__ import annotations

import numpy as np

from .. import plot
from ..embedding import embed, nearest, trustworthiness, tsne
from ..embedding_map import scatter_by_class, scatter_of_pictures
from ..page import Choice, Section, Shown
from .showcase import Material

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
ORANGE = (1.0, 0.45, 0.0)


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
