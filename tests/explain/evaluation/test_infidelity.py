"""Infidelity and sensitivity, held to the definitions as loops, and to linear models, for which they are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import explain
import minigrad as mg
from explain.evaluation.infidelity import infidelity, sensitivity_max, squares_removed, unexplained_share


def slow_infidelity(model, image, phi, perturbations, target):
    """Definition 2.1, one I after the other."""
    def f(picture):
        return model.eval()(mg.tensor(picture[None])).numpy()[0, target]
    return np.mean([((I * phi).sum() - (f(image) - f(image - I))) ** 2 for I in perturbations])


@pytest.fixture
def noises():
    return 0.1 * np.random.default_rng(1).standard_normal((3, 7, 3, 16, 16))


@pytest.mark.parametrize("batch_size", [2, 64])
def test_infidelity_is_the_mean_squared_error(small_cnn, images, noises, batch_size):
    phi = explain.gradient(small_cnn, images, [0, 1, 2])
    ours = infidelity(small_cnn, images, phi, noises, [0, 1, 2], batch_size=batch_size)
    slow = [slow_infidelity(small_cnn, images[i], phi[i], noises[i], i) for i in range(3)]
    assert np.allclose(ours, slow, rtol=1e-9)


def test_by_hand(weighed):
    # Score 2a + 3b at (1, 1); the map says (2, 1). Without a: foretold 2, true 2. Without b: foretold 1, true 3.
    model, x = weighed([[[2.0, 3.0]]]), np.ones((1, 1, 1, 2))
    phi, without = np.array([[[[2.0, 1.0]]]]), np.array([[[[[1.0, 0.0]]], [[[0.0, 1.0]]]]])
    assert infidelity(model, x, phi, without, 0) == pytest.approx([(0 + 4) / 2])
    # Best factor: (2 * 2 + 1 * 3) / (4 + 1) = 1.4; errors 0.8 and -1.6.
    assert infidelity(model, x, phi, without, 0, normalise=True) == pytest.approx([(0.64 + 2.56) / 2])
    assert unexplained_share(model, x, phi, without, 0) == pytest.approx([1.6 / 6.5])


def test_the_weights_of_a_linear_model_are_perfect(linear_model):
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype("float32")
    noise = np.random.default_rng(1).standard_normal((2, 5, 3, 8, 8))
    assert infidelity(linear_model, x, explain.gradient(linear_model, x, 1), noise, 1) == pytest.approx(0, abs=1e-9)


def test_picture_times_weight_foretells_what_squares_take_away(weighed):
    rng = np.random.default_rng(0)
    weight, picture = rng.standard_normal((2, 3, 9, 9))
    removed, perturbed = squares_removed(picture, 6, 4, seed=1)
    contributions = (weight * picture).sum(axis=0)
    assert infidelity(weighed(weight), picture[None], contributions[None], removed[None], 0,
                      perturbed[None]) == pytest.approx(0, abs=1e-20)


@given(st.floats(0.01, 100), st.booleans())
def test_normalised_the_unit_and_even_the_sign_of_a_map_do_not_matter(unit, turned):
    rng = np.random.default_rng(0)
    model = mg.nn.Sequential(mg.nn.Flatten(), mg.nn.Linear(8, 3), mg.nn.ReLU(), mg.nn.Linear(3, 2)).astype("float64")
    x, phi, noise = rng.standard_normal((1, 2, 2, 2)), rng.standard_normal((1, 2, 2, 2)), rng.random((1, 4, 2, 2, 2))
    factor = -unit if turned else unit
    assert infidelity(model, x, factor * phi, noise, 0, normalise=True) == pytest.approx(
        infidelity(model, x, phi, noise, 0, normalise=True))


def test_squares_are_squares_and_filled():
    removed, perturbed = squares_removed(np.ones((3, 10, 12)), 20, 4, fill=0.5, seed=0)
    assert (removed.sum(axis=(1, 2)) == 16).all() and (perturbed == 1 - 0.5 * removed[:, None]).all()
    assert len(np.unique(removed, axis=0)) > 10


def test_sensitivity_is_the_largest_move(small_cnn, images):
    noise = 0.02 * np.random.default_rng(3).uniform(-1, 1, (4, 3, 16, 16))
    def explanation(x):
        return explain.gradient(small_cnn, x, [0, 1, 2])
    before = explanation(images)
    moves = [[np.linalg.norm(explanation(images + one)[i] - before[i]) for one in noise] for i in range(3)]
    assert sensitivity_max(explanation, images, noise=noise, normalise=False) == pytest.approx(np.max(moves, axis=1))
    sizes = [np.linalg.norm(one) for one in before]
    assert sensitivity_max(explanation, images, noise=noise) == pytest.approx(np.max(moves, axis=1) / sizes)


def test_sensitivity_of_the_picture_itself_by_hand():
    x, noise = np.full((1, 1, 1, 2), 3.0), np.array([[[[0.0, 0.1]]], [[[-0.3, 0.4]]]])
    assert sensitivity_max(lambda images: images, x, noise=noise, normalise=False) == pytest.approx([0.5])
    assert sensitivity_max(lambda images: images, x, noise=noise) == pytest.approx([0.5 / np.sqrt(18)])


def test_noise_stays_within_the_radius_and_a_linear_models_gradient_does_not_move(linear_model):
    seen = []
    def explanation(images):
        seen.append(images)
        return explain.gradient(linear_model, images, 1)
    assert sensitivity_max(explanation, np.zeros((2, 3, 8, 8)), radius=0.1, n=5).tolist() == [0, 0]
    assert len(seen) == 6 and 0.09 < np.abs(seen).max() <= 0.1


@pytest.mark.parametrize(("shape", "words"), [
    ((1, 3, 3, 16, 16), "don't fit"), ((3, 3, 16, 16), "don't fit"), ((3, 0, 3, 16, 16), "don't fit")])
def test_perturbations_that_do_not_fit_are_refused(small_cnn, images, shape, words):
    with pytest.raises(ValueError, match=words):
        infidelity(small_cnn, images, images, np.zeros(shape), 0)


def test_a_map_without_channels_needs_to_be_told_what_the_pictures_become(small_cnn, images):
    with pytest.raises(ValueError, match="give perturbed="):
        infidelity(small_cnn, images[:, :, :, :], images[:, 0], np.zeros((3, 2, 16, 16)), 0, np.zeros((3, 2, 16, 16)))


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="n is at least 1 and radius at least 0"):
        sensitivity_max(lambda x: x, np.zeros((1, 3, 8, 8)), n=0)
    with pytest.raises(ValueError, match="a side from 1 to 8"):
        squares_removed(np.zeros((3, 8, 8)), 1, 9)
