"""What both nets of language look with: a gaze that stays or moves on, and maps that are looked at."""

import numpy as np
import pytest

import minigrad as mg
from nets.language.encoder import Gaze, LookedAt


@pytest.mark.parametrize("bias, expected", [(-50.0, [0.75, 0.25]), (50.0, [0.0, 1.0]), (0.0, [0.375, 0.625])])
def test_a_gaze_stays_moves_on_or_does_both_by_half(bias, expected):
    gaze = Gaze(1, bias)
    gaze.move.weight.data = np.zeros((1, 1))
    before, other = mg.tensor([[[0.75, 0.25]]]), mg.tensor([[[0.0, 1.0]]])
    np.testing.assert_allclose(gaze(mg.tensor([[[3.0]]]), before, other).numpy()[0, 0], expected, atol=1e-6)


def test_a_first_gaze_goes_where_it_is_sent():
    other = mg.tensor([[[0.25, 0.75]]])
    assert Gaze(2)(mg.tensor([[[1.0, 2.0]]]), None, other) is other


def test_maps_stand_look_after_look_each_weighed_by_it():
    maps = mg.tensor(np.arange(4.0).reshape(1, 2, 1, 2))
    looks = mg.tensor([[[[1.0, 0.0]], [[0.5, 0.5]]]])
    seen = LookedAt()(maps, looks).numpy()
    assert seen.reshape(4, 2).tolist() == [[0, 0], [2, 0], [0, 0.5], [1, 1.5]]
