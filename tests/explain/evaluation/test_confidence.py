"""Average drop and increase in confidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import minigrad as mg
from explain.evaluation.confidence import average_drop, confidences, increase_in_confidence, visible_share
from minigrad import functional as F

SHARES = arrays(float, 5, elements=st.floats(0.01, 1))


def slow_confidences(model, image, heat, target, fill):
    """Pixel by pixel: keep as much of it as the map says."""
    seen = np.empty_like(image)
    for (c, y, x), value in np.ndenumerate(image):
        share = max(heat[y, x], 0) / max(heat.max(), 0)
        seen[c, y, x] = share * value + (1 - share) * fill
    return F.softmax(model.eval()(mg.tensor(np.stack([image, seen]))), axis=1).numpy()[:, target]


def test_what_is_seen_is_what_the_map_leaves(small_cnn, images):
    heat = np.random.default_rng(0).standard_normal((3, 16, 16))
    before, after = confidences(small_cnn, images, heat, [0, 1, 2], fill=0.3)
    slow = np.array([slow_confidences(small_cnn, images[i], heat[i], i, 0.3) for i in range(3)])
    assert np.allclose(before, slow[:, 0]) and np.allclose(after, slow[:, 1])


def test_by_hand(weighed):
    # Probabilities 9/10 of the whole; 3/4 with the left pixel alone: a drop of 1/6.
    model, picture = weighed(np.log([[[3.0, 3.0]]])), np.ones((1, 1, 2))
    before, after = confidences(model, picture, np.array([[5.0, 0.0]]), target=0)
    assert (before[0], after[0]) == pytest.approx((0.9, 0.75))
    assert average_drop(before, after)[0] == pytest.approx(1 / 6)
    assert not increase_in_confidence(before, after)[0]


def test_hiding_what_speaks_against_the_class_raises_the_confidence(weighed):
    model, picture = weighed([[[1.0, -1.0]]]), np.ones((1, 1, 2))
    before, after = confidences(model, picture, np.array([[1.0, 0.0]]), target=0)
    assert increase_in_confidence(before, after)[0] and average_drop(before, after)[0] == 0


def test_a_uniform_map_hides_nothing_and_an_empty_one_everything(small_cnn, images):
    before, after = confidences(small_cnn, images, np.full((3, 16, 16), 0.2), 0)
    assert np.allclose(before, after)
    _, of_nothing = confidences(small_cnn, images, np.zeros((3, 16, 16)), 0)
    assert np.allclose(of_nothing, confidences(small_cnn, 0 * images, np.zeros((3, 16, 16)), 0)[0])


@given(SHARES, SHARES)
def test_a_drop_is_a_share_and_excludes_an_increase(before, after):
    drop, increase = average_drop(before, after), increase_in_confidence(before, after)
    assert ((drop >= 0) & (drop <= 1)).all() and (drop[increase] == 0).all()


@given(arrays(float, (2, 3, 3), elements=st.integers(-9, 9).map(float)), st.floats(0.1, 10))
def test_the_unit_of_a_map_does_not_matter(maps, unit):
    assert np.allclose(visible_share(maps), visible_share(unit * maps))


def test_where_there_was_no_confidence_none_is_lost():
    assert average_drop(np.zeros(1), np.zeros(1)).tolist() == [0]
