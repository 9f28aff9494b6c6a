"""Holding a map against the object's mask: hand-worked cases, and the definitions written out as loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import explain
import nets
from explain.evaluation.localisation import best_iou, mass_inside, near, peak_inside, two_object_hits

from ...exercises.judging import compare

MODULE = "explain.evaluation.localisation"
pointing = pytest.mark.exercise("pointing-game", f"{MODULE}:peak_inside", chapter=14)
energy = pytest.mark.exercise("energy-in-mask", f"{MODULE}:mass_inside", chapter=14)
CORNER = np.array([[[True, False], [False, False]]])


@pointing
def test_each_map_points_with_its_own_largest_value():
    maps = np.array([[[9.0, 1], [2, 3]], [[1, 2], [3, 0]], [[5, 7], [6, 0]]])
    compare(peak_inside(maps, CORNER.repeat(3, axis=0)), [True, False, False], "hits of three maps")


@pointing
def test_a_large_negative_number_is_no_peak():
    compare(peak_inside(np.array([[[1.0, -9], [0, 0]]]), CORNER), [True], "the hit of a map with a deep trough")


@pointing
def test_of_several_peaks_the_first_in_reading_order_points():
    compare(peak_inside(np.ones((1, 2, 2)), CORNER), [True], "the hit of an even map")


@pointing
def test_a_peak_nearer_than_the_margin_hits():
    maps, masks = np.array([[[0.0, 0, 7, 0]]]), np.array([[[True, False, False, False]]])
    found = [peak_inside(maps, masks, margin)[0] for margin in (0, 1.9, 2, 2.1)]
    compare(np.array(found), [False, False, False, True], "hits 2 pixels from the mask, for margins 0, 1.9, 2, 2.1")


@energy
def test_the_share_of_the_mass_inside():
    maps = np.array([[[3.0, 1], [0, 0]], [[0, 2], [2, 0]], [[5, 0], [0, 0]]])
    compare(mass_inside(maps, CORNER.repeat(3, axis=0)), [0.75, 0, 1], "the shares of three maps")


@energy
def test_negative_numbers_are_no_mass():
    maps = np.array([[[3.0, 1], [-2, 0]], [[-1, 1], [2, 1]]])
    compare(mass_inside(maps, CORNER.repeat(2, axis=0)), [0.75, 0], "the shares of maps with negative numbers")


@energy
def test_a_map_without_mass_has_no_share():
    compare(mass_inside(np.array([[[-1.0, 0], [0, 0]]]), CORNER), [np.nan], "the share of a map without positive mass")

SHAPE = (2, 5, 6)
MAPS = arrays(float, SHAPE, elements=st.integers(-4, 4).map(float))
MASKS = arrays(bool, SHAPE).filter(lambda masks: masks.any(axis=(1, 2)).all())
MARGINS = st.sampled_from([0.0, 1.0, 1.5, 2.0, 5**0.5, 3.0])


def slow_peak_inside(heat, mask, margin):
    """Look at every pixel of the mask: is it the peak, or closer to it than the margin?"""
    peak = np.unravel_index(heat.argmax(), heat.shape)
    squared = [(r - peak[0]) ** 2 + (c - peak[1]) ** 2 for r, c in zip(*np.nonzero(mask))]
    return any(d == 0 or d < margin**2 for d in squared)


def slow_best_iou(heat, mask):
    """Try every threshold."""
    return max(float(explain.iou(heat >= t, mask)) for t in np.unique(heat))


@given(MAPS, MASKS, MARGINS)
def test_the_pointing_game_is_played_as_defined(maps, masks, margin):
    assert peak_inside(maps, masks, margin).tolist() == [slow_peak_inside(*pair, margin) for pair in zip(maps, masks)]


@given(MAPS, MASKS)
def test_the_best_iou_is_that_of_the_best_of_all_thresholds(maps, masks):
    assert best_iou(maps, masks) == pytest.approx([slow_best_iou(*pair) for pair in zip(maps, masks)])


@given(MAPS, MASKS, MARGINS)
def test_only_the_order_of_the_pixels_counts_for_pointing_and_for_iou(maps, masks, margin):
    rescaled = np.exp(0.3 * maps) - 7
    assert np.array_equal(peak_inside(maps, masks, margin), peak_inside(rescaled, masks, margin))
    assert np.allclose(best_iou(maps, masks), best_iou(rescaled, masks))


@given(MAPS, MASKS, st.floats(0.1, 50))
def test_the_unit_of_a_map_does_not_change_its_energy_in_the_mask(maps, masks, unit):
    assert np.allclose(mass_inside(maps, masks), mass_inside(unit * maps, masks), equal_nan=True)


@given(MASKS)
def test_no_map_beats_the_mask_itself(masks):
    maps = masks.astype(float)
    assert peak_inside(maps, masks).all()
    assert (mass_inside(maps, masks) == 1).all() and (best_iou(maps, masks) == 1).all()


@given(MAPS, MASKS)
def test_no_map_covers_the_mask_worse_than_the_whole_picture_does(maps, masks):
    assert (best_iou(maps, masks) >= masks.mean(axis=(1, 2)) - 1e-12).all()


def test_a_peak_counts_where_the_mask_is():
    maps = np.zeros((2, 3, 3))
    maps[:, 1, 2] = 1
    masks = np.zeros((2, 3, 3), bool)
    masks[0, 1, 2] = masks[1, 0, 0] = True
    assert explain.peak_inside(maps, masks).tolist() == [True, False]


def test_a_margin_is_strict_a_peak_exactly_15_pixels_away_misses():
    maps, masks = np.zeros((1, 1, 20)), np.zeros((1, 1, 20), bool)
    maps[0, 0, 0] = 1
    masks[0, 0, 15] = True
    assert not peak_inside(maps, masks, margin=15)
    assert peak_inside(maps, masks, margin=15.001)


def test_the_first_of_several_peaks_is_the_one_that_points():
    assert peak_inside(np.ones((1, 2, 2)), np.array([[[True, False], [False, False]]]))


def test_iou_by_hand_keeps_equal_pixels_together():
    # Descending: 9 (in), then both 5s (one in, one out), then 1 (in): 1/3, 2/4, 3/4.
    maps, masks = np.array([[[9.0, 5.0], [5.0, 1.0]]]), np.array([[[True, True], [False, True]]])
    assert best_iou(maps, masks) == pytest.approx(3 / 4)


def test_random_maps_hit_as_often_as_the_mask_is_large():
    masks = nets.scenes(400, seed=3, objects=1).masks[:, 0]
    maps = np.random.default_rng(0).random(masks.shape)
    for margin in (0.0, 4.0):
        chance = near(masks, margin).mean()
        error = np.sqrt(chance * (1 - chance) / len(masks))
        assert abs(peak_inside(maps, masks, margin).mean() - chance) < 3 * error
    assert mass_inside(maps, masks).mean() == pytest.approx(masks.mean(), abs=0.002)


def test_maps_that_are_the_masks_always_hit():
    drawn = nets.scenes(10, seed=5, objects=2)
    def masks_of(model, images, target):
        return (drawn.masks * (drawn.classes == target[:, None])[..., None, None]).sum(axis=1).astype(float)
    assert two_object_hits(None, drawn, masks_of) == 1.0


def test_nothing_is_near_an_empty_mask():
    assert not near(np.zeros((1, 3, 3), bool), 2.0).any()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="must both be"):
        explain.peak_inside(np.zeros((2, 3, 3)), np.zeros((2, 3, 4), bool))


@pytest.mark.parametrize(("maps", "masks", "words"), [
    (np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), "must be of bools, not float64"),
    (np.full((1, 2, 2), np.nan), np.ones((1, 2, 2), bool), "have NaNs"),
    (np.zeros((1, 2, 2)), np.zeros((1, 2, 2), bool), "a mask is empty"),
])
def test_masks_must_be_masks_and_maps_numbers(maps, masks, words):
    with pytest.raises(ValueError, match=words):
        best_iou(maps, masks)


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="at least 0, not -1"):
        peak_inside(np.zeros((1, 2, 2)), np.ones((1, 2, 2), bool), -1)
