"""Pictures to talk about: two or three groups of like objects, of which everything is known.

A group is one to three objects that share shape, colour, size and pattern, close together.  Groups of one picture
differ in shape, so a noun is enough to say which is meant; all else is drawn independently, so that no word of a
question gives its answer away.  Any two groups are clearly side by side, or clearly one above the other.

Like ``nets/scenes.py``, whose backgrounds and camera these pictures share, this draws block by block.

Legend: ``N`` scenes, ``G`` groups, ``M`` objects of a group at most, ``H = W = size`` pixels.
Read next: ``captions.py`` and ``questions.py``, what is said about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import combinations
from numbers import Integral

import numpy as np

from ..painting import framed, paint, photograph
from ..scenes import BLOCK, backgrounds, draw_palette, in_blocks
from ..shapes import coverage
from .words import COLOUR_WORDS, COLOURS, COUNT_WORDS, FORMS, PATTERN_WORDS, RELATIONS, SHAPE_WORDS, SIZE_WORDS

RADIUS = np.array([[5.0, 5.6], [7.6, 8.4]]) / 64  # of small and of large objects, as a share of the picture's side
GAP = 1.5 / 64  # between the objects of a group
REACH = np.array([1.0, 2.0, 1 + 2 / np.sqrt(3)])  # radius of a disc about 1, 2, 3 touching discs of radius 1
ROOM = {2: 28 / 64, 3: 33 / 64}  # what the groups' radii may add up to, or the other groups than the first are single
CLEARLY = 1.4  # how much more a group is beside another one than above it, or the reverse
TRIES = 128  # arrangements of the groups tried at a time
UPRIGHT = np.array([-3 if name == "heart" else 2 for name in FORMS]) * np.pi / 4  # turn of each form, more or less
TILT = 0.3  # radians: how much more or less
STRIPE = 0.8  # width of a bright and a dark stripe, in radii
DARK = 0.3  # of a dark stripe's colour, the share of the bright one's
NOISE = 0.08
PAINTS = np.array(list(COLOURS.values()))
PAINTED = {"colour": COLOUR_WORDS, "pattern": PATTERN_WORDS}  # what can be painted over, as nothing else hangs on it


@dataclass(frozen=True, eq=False)
class GroupScenes:
    """A set of pictures with all that can be said about them.

    Attributes
    ----------
    images : float32 array (N, 3, H, W)
        In [-1, 1].
    shape, colour, size, pattern, count : int64 arrays (N, G)
        Of each group: places in ``SHAPE_WORDS``, ``COLOUR_WORDS``, ``SIZE_WORDS``, ``PATTERN_WORDS``, ``COUNT_WORDS``.
    centres : float array (N, G, 2)
        Row and column of each group's middle, in pixels.
    masks : bool array (N, G, H, W)
        The pixels that each group covers by more than half.
    """

    images: np.ndarray
    shape: np.ndarray
    colour: np.ndarray
    size: np.ndarray
    pattern: np.ndarray
    count: np.ndarray
    centres: np.ndarray
    masks: np.ndarray

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """The scenes at a slice, an array of indices, or one index (a set of one)."""
        index = [index] if isinstance(index, Integral) else index
        return GroupScenes(*(getattr(self, field.name)[index] for field in fields(self)))

    def relation(self, i: int, a: int, b: int) -> int:
        """Where group `a` of scene `i` is, seen from group `b`: a place in ``RELATIONS``."""
        down, right = self.centres[i, a] - self.centres[i, b]
        word = ("right of" if right > 0 else "left of") if abs(right) > abs(down) else "below" if down > 0 else "above"
        return RELATIONS.index(word)


def group_scenes(n: int, seed: int = 0, groups: int = 2, size: int = 64, start: int = 0,
                 repainted: Mapping[str, np.ndarray] | None = None) -> GroupScenes:
    """Draw `n` pictures of two or three groups.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        Equal seeds give equal pictures, and a longer set begins with the shorter one.
    groups : {2, 3}
    size : int
        Side of the picture in pixels, at least 48.
    start : int
        Leave out so many pictures, at little cost.
    repainted : dict from ``"colour"`` or ``"pattern"`` to int arrays (n, groups), optional
        What the groups have instead of what would be drawn.  No random number hangs on either, so nothing else
        changes: light, noise and every pixel that a repainted group doesn't touch stay as they are.

    Examples
    --------
    >>> few = group_scenes(5, seed=1)
    >>> few.images.shape, few.masks.shape, few.colour.shape
    ((5, 3, 64, 64), (5, 2, 64, 64), (5, 2))
    >>> red = group_scenes(5, seed=1, repainted={"colour": np.zeros((5, 2), int)})
    >>> bool(red.colour.any()), np.array_equal(few.masks, red.masks), np.array_equal(few.images, red.images)
    (False, True, False)
    """
    for name, value, low in (("n", n, 1), ("seed", seed, 0), ("size", size, 48), ("start", start, 0)):
        if not isinstance(value, Integral) or value < low:
            raise ValueError(f"{name} is {value!r}; give a whole number of at least {low}")
    if groups not in ROOM:
        raise ValueError(f"groups is {groups!r}; give 2 or 3")
    paints = block_by_block(checked_paints(repainted or {}, (n, groups)), n, start)
    return GroupScenes(*in_blocks(n, seed, lambda rng: block(rng, groups, size, next(paints)), start))


def checked_paints(repainted: Mapping[str, np.ndarray], shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """What is to be painted over, as arrays, once it is known to fit."""
    for name, values in repainted.items():
        if name not in PAINTED:
            raise ValueError(f"repainted has {name!r}; only {' and '.join(PAINTED)} can be painted over, as all else "
                             "decides where things are")
        values = np.asarray(values)
        if values.shape != shape or values.dtype.kind not in "iu" or not 0 <= values.min() <= values.max() < len(
                PAINTED[name]):
            raise ValueError(f"repainted[{name!r}] must be whole numbers {shape} from 0 to {len(PAINTED[name]) - 1}, a "
                             "row for each scene and a column for each group")
    return {name: np.asarray(values) for name, values in repainted.items()}


def block_by_block(paints: dict[str, np.ndarray], n: int, start: int):
    """Of arrays (n, G), the rows of one block after the other; scenes of a block that nobody asked for have zeros."""
    before = start % BLOCK
    padded = {name: np.pad(rows, ((before, -(before + n) % BLOCK), (0, 0))) for name, rows in paints.items()}
    for first in range(0, before + n, BLOCK):
        yield {name: rows[first : first + BLOCK] for name, rows in padded.items()}


def block(rng, groups: int, size: int, repainted: dict[str, np.ndarray]):
    """BLOCK pictures, as the attributes of `GroupScenes`; some attributes may be `repainted` (BLOCK, G)."""
    shape, colour, large, pattern = (
        rng.permuted(np.tile(np.arange(len(SHAPE_WORDS)), (BLOCK, 1)), axis=1)[:, :groups],
        *(rng.integers(len(words), size=(BLOCK, groups)) for words in (COLOUR_WORDS, SIZE_WORDS, PATTERN_WORDS)),
    )
    colour, pattern = repainted.get("colour", colour), repainted.get("pattern", pattern)
    radius = rng.uniform(*np.moveaxis(RADIUS[large], -1, 0))
    count, reach = draw_counts(rng, radius, groups)
    centres = draw_centres(rng, reach * size, size)
    canvases = backgrounds(rng, draw_palette(rng), size)
    masks = np.zeros((BLOCK, groups, size, size), np.float32)
    for g in range(groups):
        for m, (y, x) in enumerate(members(rng, centres[:, g], count[:, g], radius[:, g], size)):
            form = np.where(m <= count[:, g], shape[:, g], -1)
            draw_object(rng, canvases, masks[:, g : g + 1], (form, y, x, radius[:, g] * size, colour[:, g],
                                                           pattern[:, g]), size)
    return photograph(rng, canvases, NOISE), shape, colour, large, pattern, count, centres, masks > 0.5


def draw_counts(rng, radius: np.ndarray, groups: int):
    """How many objects each group has, less one, and the radius of a disc about it; (BLOCK, G) each.

    The first group's number is drawn freely; the others have one object where there would be no room.
    """
    count = rng.integers(len(COUNT_WORDS), size=radius.shape)
    reach = radius * REACH[count] + GAP * (count > 0)
    crowded = (reach.sum(axis=1, keepdims=True) > ROOM[groups]) & (np.arange(groups) > 0)
    count[crowded] = 0
    return count, np.where(crowded, radius, reach)


def draw_centres(rng, reach: np.ndarray, size: int) -> np.ndarray:
    """Row and column of each group (BLOCK, G, 2): the first of many tries that is `arranged`, or of many more."""
    centres = np.empty((*reach.shape, 2))
    waiting = np.arange(len(reach))
    while len(waiting):
        edge = reach[waiting, None, :, None] + 1
        tries = rng.uniform(edge, size - edge, (len(waiting), TRIES, reach.shape[1], 2))
        good = arranged(tries, reach[waiting, None])
        found = good.any(axis=1)
        centres[waiting[found]] = tries[found, good[found].argmax(axis=1)]
        waiting = waiting[~found]
    return centres


def arranged(centres: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Whether all groups (..., G, 2) are apart, and any two beside each other more than above, or the reverse."""
    good = np.ones(centres.shape[:-2], bool)
    for a, b in combinations(range(centres.shape[-2]), 2):
        step = np.abs(centres[..., a, :] - centres[..., b, :])
        apart = np.hypot(*np.moveaxis(step, -1, 0)) > reach[..., a] + reach[..., b] + 2
        good &= apart & (step.max(axis=-1) > CLEARLY * step.min(axis=-1))
    return good


def members(rng, centre: np.ndarray, count: np.ndarray, radius: np.ndarray, size: int):
    """Row and column (BLOCK,) of each object of a group, evenly about its centre."""
    first = rng.uniform(0, 2 * np.pi, len(centre))
    away = size * np.where(count == 0, 0, radius * (REACH[count] - 1) + GAP * (REACH[count] - 1) / 2)
    for m in range(len(COUNT_WORDS)):
        angle = first + 2 * np.pi * m / (count + 1)
        yield centre[:, 0] + away * np.sin(angle), centre[:, 1] + away * np.cos(angle)


def draw_object(rng, canvases, covered, about, size: int) -> None:
    """Paint one object on each canvas, its dark stripes over it, and its share of the pixels into `covered`."""
    form, y, x, radius, colour, pattern = about
    angle = UPRIGHT[form] + rng.uniform(-TILT, TILT, len(y))
    corner, along, across = framed(y, x, radius, angle, size)
    share = coverage(form, along, across, radius, tuple(FORMS.values()))
    wave = np.sin(2 * np.pi * (across + along) / np.sqrt(2) / STRIPE)
    dark = np.clip(0.5 + 2 * wave, 0, 1) * (pattern == PATTERN_WORDS.index("striped"))[:, None, None]
    paint(canvases, corner, share, PAINTS[colour])
    paint(canvases, corner, share * dark, DARK * PAINTS[colour])
    paint(covered, corner, share, np.ones((len(y), 1)))
