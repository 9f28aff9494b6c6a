"""Pictures to explain: shapes on textured backgrounds, with the truth about where each shape is.

A net may be right for a wrong reason, and an explanation may look right and be wrong. Here both can be checked, since
every object comes with its mask. Nothing but its form tells an object's class: place, size, turn, colour and light are
drawn independently of it, and small dots and strokes that belong to no class lie about.

Scenes are made in blocks of :data:`BLOCK`, a block at a time with array operations, and each block has a random stream
of its own. So a longer set begins with the shorter one of the same seed.

Legend: ``N`` scenes, ``M`` objects in a scene at most, ``K`` classes, ``H = W = size`` pixels.
Before: ``nets/shapes.py`` (the classes) and ``nets/textures.py`` (the backgrounds).
"""

from dataclasses import dataclass
from itertools import combinations
from numbers import Integral

import numpy as np

from .painting import object_at, paint, photograph, stroke_at
from .shapes import CLASSES
from .textures import textures

BLOCK = 64
SMALLEST, LARGEST = 0.15, 0.24  # radius of an object, as a share of the picture's side
CONTRAST = 0.3  # how much brighter than its background an object is at least; black is 0, white is 1
VARIETY = 0.2  # of a background: how far each channel of its second colour may be from its first
TRIES = 32  # places tried for the objects of a scene at a time
CLUTTER = 6  # dots and strokes in a scene, at most
NOISE = 0.14  # of the camera, from the least to the most; black is 0, white is 1


@dataclass(frozen=True, eq=False)
class Scenes:
    """A set of scenes.

    Attributes
    ----------
    images : float32 array (N, 3, H, W)
        Red, green, blue in [-1, 1]; 0 is mid-grey, so a patch of zeros hides what is behind it.
    classes : int64 array (N, M)
        Each object's index into :data:`CLASSES`, in random order; -1 where a scene has fewer than M objects.
    masks : bool array (N, M, H, W)
        The pixels each object covers by more than half.
    """

    images: np.ndarray
    classes: np.ndarray
    masks: np.ndarray

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """The scenes at a slice, an array of indices, or one index (a set of one)."""
        index = [index] if isinstance(index, Integral) else index
        return Scenes(self.images[index], self.classes[index], self.masks[index])

    @property
    def labels(self):
        """Class of each scene's first object, the answer where there is only one; int64 (N,)."""
        return self.classes[:, 0]

    @property
    def targets(self):
        """What a net should answer: each object's class has an equal share; float32 (N, K), rows sum to 1."""
        present = self.classes[..., None] == np.arange(len(CLASSES))
        shares = present.any(axis=1).astype(np.float32)
        return shares / shares.sum(axis=1, keepdims=True)


def scenes(n, seed=0, objects=(1, 3), size=64, start=0):
    """Draw `n` scenes.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        At least 0. Equal seeds give equal scenes, and ``scenes(100, s)`` begins with ``scenes(10, s)``.
    objects : int or (int, int)
        How many objects a scene has, or the least and the most; from 1 to 3.
    size : int
        Side of the picture in pixels, at least 32.
    start : int
        Leave out so many scenes: ``scenes(10, s, start=90)`` is the end of ``scenes(100, s)``, and little work.

    Returns
    -------
    Scenes
        Objects of one scene are of different classes, lie inside the picture and do not overlap.

    Examples
    --------
    >>> few = scenes(5, seed=1, objects=2)
    >>> few.images.shape, few.classes.shape, few.masks.shape
    ((5, 3, 64, 64), (5, 2), (5, 2, 64, 64))
    >>> float(few.targets.max())
    0.5
    """
    least, most = checked(n, seed, objects, size)
    if not isinstance(start, Integral) or start < 0:
        raise ValueError(f"start is {start!r}; give a whole number of at least 0")
    drawn = in_blocks(n, seed, lambda rng: block(rng, size, lambda: _draw_classes(rng, least, most)), start)
    return Scenes(*drawn)


def in_blocks(n, seed, draw, start=0):
    """From the place `start`, `n` of what ``draw(rng)`` makes, a tuple of arrays (BLOCK, ...), called with one random
    stream after the other."""
    first, last = start // BLOCK, (start + n - 1) // BLOCK
    streams = (np.random.SeedSequence(seed, spawn_key=(number,)) for number in range(first, last + 1))
    blocks = [draw(np.random.default_rng(stream)) for stream in streams]
    return tuple(np.concatenate(parts)[start - first * BLOCK :][:n] for parts in zip(*blocks))


def checked(n, seed, objects, size):
    """The least and the most objects, once all arguments are known to make sense."""
    for name, value, low in (("n", n, 1), ("seed", seed, 0), ("size", size, 32)):
        if not isinstance(value, Integral) or value < low:
            raise ValueError(f"{name} is {value!r}; give a whole number of at least {low}")
    pair = (objects, objects) if isinstance(objects, Integral) else objects
    if pair in [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]:
        return pair
    raise ValueError(f"objects is {objects!r}; give 1, 2 or 3, or a pair such as (1, 3) for the least and the most")


def block(rng, size, draw_classes, palette=None, family=None):
    """BLOCK scenes, painted from back to front: background, clutter, objects, and then light over everything.

    The classes (BLOCK, M) come from ``draw_classes()``.  The backgrounds are of any kind, unless their two colours, a
    `palette` (BLOCK, 2, 3), are given, or their `family`, as in `textures`; that choice changes nothing else.
    Returns images, classes and masks as in `Scenes`.
    """
    palette = draw_palette(rng) if palette is None else palette
    canvases = backgrounds(rng if family is None else rng.spawn(1)[0], palette, size, family)
    _add_clutter(rng, canvases)
    classes = draw_classes()
    most = classes.shape[1]
    places = _draw_places(rng, classes >= 0, size)
    colours = _draw_colours(rng, palette, most)
    covered = np.zeros((BLOCK, most, size, size), np.float32)
    for m in range(most):
        angle = rng.uniform(0, 2 * np.pi, BLOCK)
        y, x, radius = places[:, m].T
        corner, share = object_at(classes[:, m], y, x, radius, angle, size)
        paint(canvases, corner, share, colours[:, m])
        paint(covered[:, m : m + 1], corner, share, np.ones((BLOCK, 1)))
    return photograph(rng, canvases, NOISE), classes, covered > 0.5


def _draw_classes(rng, least, most):
    """Different classes for the objects of each scene, -1 for those it does not have; int64 (BLOCK, M)."""
    shuffled = rng.permuted(np.tile(np.arange(len(CLASSES)), (BLOCK, 1)), axis=1)
    count = rng.integers(least, most + 1, (BLOCK, 1))
    return np.where(np.arange(most) < count, shuffled[:, :most], -1)


def _draw_places(rng, present, size):
    """Centre and radius of each object, (BLOCK, M, 3), so that the discs about them do not touch.

    Rejection sampling: each scene takes the first of many tries that will do, or tries again. That favours smaller
    objects where there are more of them.
    """
    places = np.empty((*present.shape, 3))
    waiting = np.arange(len(present))
    while len(waiting):
        tries = _try_places(rng, (len(waiting), TRIES, present.shape[1]), size)
        clear = _apart(tries, present[waiting, None])
        found = clear.any(axis=1)
        places[waiting[found]] = tries[found, clear[found].argmax(axis=1)]
        waiting = waiting[~found]
    return places


def _try_places(rng, shape, size):
    """Any ``(y, x, radius)`` that keeps an object within the picture; `shape` + (3,)."""
    radius = rng.uniform(SMALLEST * size, LARGEST * size, shape)
    y, x = rng.uniform(radius + 1, size - radius - 1, (2, *shape))
    return np.stack([y, x, radius], axis=-1)


def _apart(places, present):
    """Whether no two discs of those present are closer than two pixels; (..., M, 3) and (..., M) to (...)."""
    apart = np.ones(places.shape[:-2], bool)
    for i, j in combinations(range(places.shape[-2]), 2):
        y, x, _ = np.moveaxis(places[..., i, :] - places[..., j, :], -1, 0)
        reach = places[..., i, 2] + places[..., j, 2] + 2
        apart &= (y * y + x * x > reach * reach) | ~(present[..., i] & present[..., j])
    return apart


def draw_palette(rng):
    """Two muted colours for each background, akin but not the same; (BLOCK, 2, 3)."""
    first = rng.uniform(0.05, 0.45, (BLOCK, 1, 3))
    second = np.clip(first + rng.uniform(-VARIETY, VARIETY, (BLOCK, 1, 3)), 0, 0.5)
    return np.concatenate([first, second], axis=1)


def _draw_colours(rng, palette, most):
    """Any vivid colour for each object, with as much white in it as sets it off from its background; (BLOCK, M, 3)."""
    needed = palette.mean(axis=2).max(axis=1)[:, None] + CONTRAST
    colour = rng.uniform(0, 1, (BLOCK, most, 3))
    colour /= colour.max(axis=2, keepdims=True)
    brightness = colour.mean(axis=2)
    white = np.maximum(0, (needed - brightness) / (1 - brightness))
    return colour + white[..., None] * (1 - colour)


def backgrounds(rng, palette, size, family=None):
    """Textures from the first to the second colour of each palette; float32 (BLOCK, 3, size, size)."""
    first, second = palette.astype(np.float32).swapaxes(0, 1)[..., None, None]
    return first + textures(rng, BLOCK, size, family)[:, None] * (second - first)


def _add_clutter(rng, canvases):
    """Up to CLUTTER strokes, the shortest of which are dots, in any colour and anywhere (objects will hide some)."""
    size = canvases.shape[-1]
    for _ in range(CLUTTER):
        y, x = rng.uniform(0, size, (2, BLOCK))
        length, pen = rng.uniform([[0], [size / 80]], [[size / 8], [size / 40]], (2, BLOCK))
        corner, share = stroke_at(y, x, length, pen, rng.uniform(0, np.pi, BLOCK), size)
        drawn = rng.random((BLOCK, 1, 1)) < 0.5
        paint(canvases, corner, share * drawn, rng.uniform(0, 1, (BLOCK, 3)))
