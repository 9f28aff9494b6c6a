"""Scenes of groups are what they say: repeatable, of different shapes, apart, and with one clear relation per pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nets.language import groups as groups_module
from nets.language.groups import GroupScenes, group_scenes
from nets.language.words import COLOUR_WORDS, COLOURS, PATTERN_WORDS, RELATIONS, SHAPE_WORDS

MANY = 1280


@pytest.fixture(scope="module", params=[2, 3])
def drawn(request):
    return group_scenes(MANY, seed=4, groups=request.param)


@settings(max_examples=8, deadline=None)
@given(n=st.integers(1, 70), more=st.integers(0, 70), seed=st.integers(0, 2**70), groups=st.sampled_from([2, 3]))
def test_a_longer_set_begins_with_the_shorter_one(n, more, seed, groups):
    short, long = group_scenes(n, seed, groups), group_scenes(n + more, seed, groups)
    for name in GroupScenes.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:n])


def test_scenes_from_a_place_on_are_those_of_the_longer_set():
    np.testing.assert_array_equal(group_scenes(80, seed=3).images[70:], group_scenes(10, seed=3, start=70).images)


def test_a_slice_an_array_and_an_index_pick_scenes(drawn):
    assert len(drawn[10:20]) == 10 and len(drawn[3]) == 1
    np.testing.assert_array_equal(drawn[np.array([7, 3])].colour, drawn.colour[[7, 3]])


def test_pictures_are_floats_in_range_and_masks_bools(drawn):
    assert drawn.images.dtype == np.float32 and drawn.images.shape == (MANY, 3, 64, 64)
    assert drawn.images.min() >= -1 and drawn.images.max() <= 1
    assert drawn.masks.dtype == bool and drawn.masks.shape == (*drawn.shape.shape, 64, 64)


def test_groups_of_a_scene_differ_in_shape(drawn):
    assert (np.diff(np.sort(drawn.shape, axis=1), axis=1) > 0).all()


def test_a_mask_has_as_many_parts_as_its_group_has_objects(drawn):
    for i, g in np.ndindex(60, drawn.shape.shape[1]):
        labels, parts = ndimage.label(drawn.masks[i, g], np.ones((3, 3)))
        large = np.bincount(labels[labels > 0]) > 4  # the tip of a star may be a pixel apart
        assert large.sum() == drawn.count[i, g] + 1 and parts <= large.sum() + 2


def test_objects_lie_inside_the_picture_and_do_not_overlap(drawn):
    assert drawn.masks.sum(axis=1).max() == 1
    assert not drawn.masks[..., [0, -1], :].any() and not drawn.masks[..., [0, -1]].any()


def test_a_groups_middle_is_its_masks_middle(drawn):
    grid = np.indices((64, 64)) + 0.5
    for g in range(drawn.shape.shape[1]):
        mask = drawn.masks[:, g]
        middle = np.einsum("nhw,khw->nk", mask, grid) / mask.sum(axis=(1, 2))[:, None]
        assert np.abs(middle - drawn.centres[:, g]).max() < 3


def test_small_objects_are_smaller_than_large_ones(drawn):
    for shape in range(len(SHAPE_WORDS)):
        per_object = drawn.masks.sum(axis=(2, 3)) / (drawn.count + 1)
        mine = drawn.shape == shape
        assert per_object[mine & (drawn.size == 0)].max() < per_object[mine & (drawn.size == 1)].min()


def test_objects_have_the_colour_that_is_said(drawn):
    plain = drawn.pattern == PATTERN_WORDS.index("plain")
    i, g = np.nonzero(plain)
    seen = np.einsum("nchw,nhw->nc", drawn.images[i] / 2 + 0.5, drawn.masks[i, g])
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    paints = np.array(list(COLOURS.values()))
    paints /= np.linalg.norm(paints, axis=1, keepdims=True)
    assert ((seen @ paints.T).argmax(axis=1) == drawn.colour[i, g]).mean() > 0.995


def test_striped_objects_are_darker_in_places(drawn):
    i, g = np.nonzero(drawn.size == 1)
    spread = np.array([drawn.images[a].max(axis=0)[drawn.masks[a, b]].std() for a, b in zip(i, g)])
    striped = drawn.pattern[i, g] == PATTERN_WORDS.index("striped")
    assert spread[striped].min() > np.median(spread[~striped])


@pytest.mark.parametrize("name", ["shape", "colour", "size", "pattern"])
def test_every_value_is_drawn_equally_often(drawn, name):
    counts = np.bincount(getattr(drawn, name)[:, 0])
    assert abs(counts - MANY / len(counts)).max() < 4 * np.sqrt(MANY / len(counts))


def test_the_first_groups_number_depends_on_nothing(drawn):
    for size in (0, 1):
        counts = np.bincount(drawn.count[drawn.size[:, 0] == size, 0])
        assert abs(counts / counts.sum() - 1 / 3).max() < 0.08


def test_the_relation_is_the_direction_of_the_larger_step():
    scenes = group_scenes(1, seed=0)
    for (row, column), word in {(0, 30): "right of", (5, -30): "left of", (30, 5): "below", (-30, -5): "above"}.items():
        moved = GroupScenes(**{**vars(scenes), "centres": np.array([[[row, column], [0, 0]]])})
        assert RELATIONS[moved.relation(0, 0, 1)] == word


def test_two_groups_are_clearly_beside_each_other_or_clearly_one_above_the_other(drawn):
    for a in range(drawn.shape.shape[1]):
        for b in range(a):
            step = np.sort(np.abs(drawn.centres[:, a] - drawn.centres[:, b]), axis=1)
            assert (step[:, 1] > groups_module.CLEARLY * step[:, 0]).all()


def test_backgrounds_do_not_give_the_colour_away(drawn):
    # The mean colour of the background, and the nearest of the colours' mean backgrounds: right as often as by chance.
    outside = ~drawn.masks.any(axis=1)
    mean = np.einsum("nchw,nhw->nc", drawn.images, outside) / outside.sum(axis=(1, 2))[:, None]
    truth, half = drawn.colour[:, 0], MANY // 2
    middles = np.stack([mean[:half][truth[:half] == k].mean(axis=0) for k in range(len(COLOUR_WORDS))])
    guess = np.linalg.norm(mean[half:, None] - middles, axis=2).argmin(axis=1)
    assert (guess == truth[half:]).mean() < 0.2 + 0.07


@pytest.fixture(scope="module")
def painted_over():
    """70 scenes from the 60th on, and again with all second groups of the next colour."""
    drawn = group_scenes(70, seed=3, start=60)
    colour = drawn.colour.copy()
    colour[:, 1] = (colour[:, 1] + 1) % len(COLOUR_WORDS)
    return drawn, group_scenes(70, seed=3, start=60, repainted={"colour": colour})


def test_a_group_that_is_painted_over_has_the_new_colour(painted_over):
    drawn, after = painted_over
    np.testing.assert_array_equal(after.colour[:, 0], drawn.colour[:, 0])
    np.testing.assert_array_equal(after.colour[:, 1], (drawn.colour[:, 1] + 1) % len(COLOUR_WORDS))
    assert (np.abs(after.images - drawn.images).max(axis=1) * drawn.masks[:, 1]).max(axis=(1, 2)).min() > 0.1


def test_paint_changes_no_pixel_that_the_group_does_not_touch(painted_over):
    drawn, after = painted_over
    touched = ndimage.binary_dilation(drawn.masks[:, 1], np.ones((1, 7, 7)))  # a sharp tip is in no mask
    untouched = np.broadcast_to(~touched[:, None], drawn.images.shape)
    np.testing.assert_array_equal(drawn.images[untouched], after.images[untouched])


def test_paint_changes_nothing_else_about_a_scene(painted_over):
    drawn, after = painted_over
    for name in set(GroupScenes.__dataclass_fields__) - {"images", "colour"}:
        np.testing.assert_array_equal(getattr(drawn, name), getattr(after, name))


def test_what_is_painted_as_it_was_is_the_same_picture(painted_over):
    drawn, _ = painted_over
    same = {"colour": drawn.colour, "pattern": drawn.pattern}
    np.testing.assert_array_equal(group_scenes(70, seed=3, start=60, repainted=same).images, drawn.images)


@pytest.mark.parametrize(("repainted", "message"), [
    ({"size": np.zeros((2, 2), int)}, "repainted has 'size'; only colour and pattern can be painted over"),
    ({"colour": np.zeros((2, 3), int)}, r"repainted\['colour'\] must be whole numbers \(2, 2\) from 0 to 4"),
    ({"pattern": np.full((2, 2), 2)}, r"repainted\['pattern'\] must be whole numbers \(2, 2\) from 0 to 1"),
    ({"colour": np.zeros((2, 2))}, "must be whole numbers"),
])
def test_paint_that_does_not_fit_is_refused(repainted, message):
    with pytest.raises(ValueError, match=message):
        group_scenes(2, repainted=repainted)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"n": 0}, "n is 0; give a whole number of at least 1"),
    ({"n": 1, "seed": -1}, "seed is -1"),
    ({"n": 1, "size": 40}, "size is 40; give a whole number of at least 48"),
    ({"n": 1, "start": -1}, "start is -1"),
    ({"n": 1, "groups": 4}, "groups is 4; give 2 or 3"),
])
def test_bad_arguments_are_named_with_what_to_give_instead(arguments, message):
    with pytest.raises(ValueError, match=message):
        group_scenes(**arguments)
