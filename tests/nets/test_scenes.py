"""Scenes are what they say they are: repeatable, honest about where objects are, and telling by form alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.scenes import CLASSES, scenes
from nets.shapes import coverage

MANY = 1500


@pytest.fixture(scope="module")
def mixed():
    return scenes(MANY, seed=5)


@pytest.fixture(scope="module")
def single():
    return scenes(MANY, seed=6, objects=1)


def neighbours_of(mask):
    """Pixels within three steps of a mask but not within one."""
    reached = [mask]
    for _ in range(3):
        padded = np.pad(reached[-1], ((0, 0), (1, 1), (1, 1)))
        near = padded[:, :-2, 1:-1] | padded[:, 2:, 1:-1] | padded[:, 1:-1, :-2] | padded[:, 1:-1, 2:]
        reached.append(reached[-1] | near)
    return reached[3] & ~reached[1]


def mean_colours(images, masks):
    return np.einsum("nchw,nhw->nc", images, masks) / masks.sum(axis=(1, 2))[:, None]


def turned_and_drawn(index, angle, size=65):
    """One shape of radius 28 about the middle of a picture; (size, size)."""
    x, y = (np.mgrid[:size, :size][::-1] - size // 2) / 28
    cos, sin = np.cos(angle), np.sin(angle)
    return coverage(np.array([index]), (cos * x + sin * y)[None], (cos * y - sin * x)[None], np.array([28.0]))[0]


def test_equal_seeds_give_equal_scenes():
    first, second = scenes(70, seed=3), scenes(70, seed=3)
    for name in ("images", "classes", "masks"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_different_seeds_give_different_scenes():
    assert abs(scenes(1, seed=0).images - scenes(1, seed=1).images).max() > 0.1


def test_blocks_of_one_set_differ():
    few = scenes(65, seed=0)
    assert abs(few.images[0] - few.images[64]).max() > 0.1


@settings(max_examples=10)
@given(n=st.integers(1, 140), more=st.integers(0, 70), seed=st.integers(0, 2**70), objects=st.sampled_from([1, (1, 3)]))
def test_a_longer_set_begins_with_the_shorter_one(n, more, seed, objects):
    short, long = scenes(n, seed, objects, size=32), scenes(n + more, seed, objects, size=32)
    assert len(short) == n
    np.testing.assert_array_equal(short.images, long.images[:n])
    np.testing.assert_array_equal(short.classes, long.classes[:n])
    np.testing.assert_array_equal(short.masks, long.masks[:n])


@settings(max_examples=10)
@given(size=st.integers(32, 100), least=st.integers(1, 3), extra=st.integers(0, 2), seed=st.integers(0, 1000))
def test_shapes_types_ranges_and_numbers_of_objects(size, least, extra, seed):
    most = min(least + extra, 3)
    few = scenes(3, seed, objects=(least, most), size=size)
    assert few.images.shape == (3, 3, size, size) and few.images.dtype == np.float32
    assert few.classes.shape == (3, most) and few.classes.dtype == np.int64
    assert few.masks.shape == (3, most, size, size) and few.masks.dtype == bool
    assert few.images.min() >= -1 and few.images.max() <= 1
    assert few.classes.min() >= -1 and few.classes.max() < len(CLASSES)
    assert ((few.classes >= 0).sum(axis=1) >= least).all()


def test_an_int_asks_for_exactly_that_many_objects():
    assert (scenes(70, objects=3).classes >= 0).all()


def test_all_numbers_of_objects_occur(mixed):
    counts = np.bincount((mixed.classes >= 0).sum(axis=1), minlength=4)
    assert counts[0] == 0 and counts[1:].min() > 0.28 * MANY


def test_a_mask_is_empty_exactly_where_there_is_no_object(mixed):
    np.testing.assert_array_equal(mixed.masks.any(axis=(2, 3)), mixed.classes >= 0)


def test_an_object_covers_a_sensible_part_of_the_picture(mixed):
    share = mixed.masks.mean(axis=(2, 3))[mixed.classes >= 0]
    assert share.min() > 0.015 and share.max() < 0.15


def test_objects_lie_inside_the_picture(mixed):
    assert not mixed.masks[..., [0, -1], :].any() and not mixed.masks[..., [0, -1]].any()


def test_objects_do_not_overlap(mixed):
    assert mixed.masks.sum(axis=1).max() == 1


def test_objects_of_one_scene_are_of_different_classes(mixed):
    ordered = np.sort(mixed.classes, axis=1)
    assert not ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] >= 0)).any()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_class_is_drawn_about_equally_often(mixed, place):
    drawn = mixed.classes[:, place]
    expected = (drawn >= 0).sum() / len(CLASSES)
    counts = np.bincount(drawn[drawn >= 0], minlength=len(CLASSES))
    assert abs(counts - expected).max() < 4 * np.sqrt(expected)


def test_an_object_is_brighter_than_what_is_around_it(single):
    own = mean_colours(single.images, single.masks[:, 0]).mean(axis=1)
    around = mean_colours(single.images, neighbours_of(single.masks[:, 0])).mean(axis=1)
    assert (own - around).min() > 0.1


def test_colour_does_not_give_the_class_away(single):
    colours, half = mean_colours(single.images, single.masks[:, 0]), MANY // 2
    centroids = np.stack([colours[:half][single.labels[:half] == k].mean(axis=0) for k in range(len(CLASSES))])
    nearest = np.linalg.norm(colours[half:, None] - centroids, axis=2).argmin(axis=1)
    assert (nearest == single.labels[half:]).mean() < 0.15


def test_place_does_not_give_the_class_away(single):
    rows, columns = single.masks[:, 0].any(axis=2).argmax(axis=1), single.masks[:, 0].any(axis=1).argmax(axis=1)
    for first in (rows, columns):
        middles = [first[single.labels == k].mean() for k in range(len(CLASSES))]
        assert np.ptp(middles) < 10


def test_labels_are_the_classes_of_the_first_objects(mixed):
    np.testing.assert_array_equal(mixed.labels, mixed.classes[:, 0])


def test_targets_share_equally_between_the_classes_present(mixed):
    assert mixed.targets.dtype == np.float32
    for row, present in zip(mixed.targets[:50], mixed.classes):
        present = present[present >= 0]
        np.testing.assert_array_equal(row[present], np.float32(1 / len(present)))
        assert np.count_nonzero(row) == len(present)


def test_a_slice_an_array_and_an_index_pick_scenes(mixed):
    assert len(mixed[10:20]) == 10
    np.testing.assert_array_equal(mixed[np.array([7, 3])].classes, mixed.classes[[7, 3]])
    np.testing.assert_array_equal(mixed[-1].images, mixed.images[-1:])


@pytest.mark.parametrize("index", range(len(CLASSES)), ids=CLASSES)
def test_a_shape_stays_in_the_unit_disc_and_fills_a_good_part_of_it(index):
    share = turned_and_drawn(index, 0.3)
    radius = np.hypot(*(np.mgrid[:65, :65] - 32)) / 28
    assert share[radius > 1.03].max() == 0
    assert share.sum() > 0.25 * np.pi * 28**2


@pytest.mark.parametrize("index", range(len(CLASSES)), ids=CLASSES)
def test_a_shape_differs_from_every_other_one_however_turned(index):
    mine = turned_and_drawn(index, 0.0)
    for other in set(range(len(CLASSES))) - {index}:
        for angle in np.arange(0, 2 * np.pi, np.pi / 9):
            theirs = turned_and_drawn(other, angle)
            assert np.minimum(mine, theirs).sum() < 0.86 * np.maximum(mine, theirs).sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n is 0; give a whole number of at least 1"),
        ({"n": 2.5}, "n is 2.5"),
        ({"n": 1, "seed": -1}, "seed is -1; give a whole number of at least 0"),
        ({"n": 1, "size": 31}, "size is 31; give a whole number of at least 32"),
        ({"n": 1, "objects": 0}, "objects is 0; give 1, 2 or 3"),
        ({"n": 1, "objects": 4}, "objects is 4"),
        ({"n": 1, "objects": (3, 1)}, r"objects is \(3, 1\)"),
        ({"n": 1, "objects": (1, 2, 3)}, r"objects is \(1, 2, 3\)"),
        ({"n": 1, "objects": 1.5}, r"objects is 1.5"),
    ],
)
def test_bad_arguments_are_named_with_what_to_give_instead(arguments, message):
    with pytest.raises(ValueError, match=message):
        scenes(**arguments)


@pytest.mark.parametrize(("start", "n"), [(0, 5), (60, 9), (64, 3), (70, 70)])
def test_scenes_from_a_place_on_are_those_of_the_longer_set(start, n):
    whole, part = scenes(140, seed=3, objects=2), scenes(n, seed=3, objects=2, start=start)
    for name in ("images", "classes", "masks"):
        assert np.array_equal(getattr(part, name), getattr(whole, name)[start : start + n])


def test_a_negative_start_is_refused():
    with pytest.raises(ValueError, match="start is -1"):
        scenes(3, start=-1)
