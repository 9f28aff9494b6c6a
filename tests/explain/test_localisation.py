"""Holding a map against the object's mask."""

import numpy as np
import pytest

import explain
import nets
from explain.localisation import two_object_hits


def test_a_peak_counts_where_the_mask_is():
    maps = np.zeros((2, 3, 3))
    maps[:, 1, 2] = 1
    masks = np.zeros((2, 3, 3), bool)
    masks[0, 1, 2] = masks[1, 0, 0] = True
    assert explain.peak_inside(maps, masks).tolist() == [True, False]


def test_maps_that_are_the_masks_always_hit():
    drawn = nets.scenes(10, seed=5, objects=2)
    def masks_of(model, images, target):
        return (drawn.masks * (drawn.classes == target[:, None])[..., None, None]).sum(axis=1).astype(float)
    assert two_object_hits(None, drawn, masks_of) == 1.0


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="must both be"):
        explain.peak_inside(np.zeros((2, 3, 3)), np.zeros((2, 3, 4), bool))
