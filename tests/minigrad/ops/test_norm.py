"""Normalisation: batch norm is held to Ioffe & Szegedy's formulae by hand, local response norm to Krizhevsky's.

What to take from it: in training mode the statistics depend on the batch, so a gradient cannot shift or scale it; in
eval mode they are constants, and batch norm is one multiplication and one addition per channel.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F

# One channel, four values: mean 4, biased variance 5, unbiased 20 / 3.
VALUES = np.array([1.0, 3.0, 5.0, 7.0]).reshape(4, 1)


def statistics(channels):
    return mg.tensor(np.zeros(channels)), mg.tensor(np.ones(channels))


def test_training_mode_by_hand():
    y = F.batch_norm(VALUES, *statistics(1), np.array([2.0]), np.array([10.0]), training=True, eps=0.0)
    np.testing.assert_allclose(y.numpy(), (VALUES - 4) / np.sqrt(5) * 2 + 10)


def test_running_averages_move_by_momentum_and_keep_the_unbiased_variance():
    mean, var = statistics(1)
    F.batch_norm(VALUES, mean, var, np.ones(1), np.zeros(1), training=True, momentum=0.1)
    assert mean.item() == pytest.approx(0.9 * 0 + 0.1 * 4)
    assert var.item() == pytest.approx(0.9 * 1 + 0.1 * 20 / 3)


def test_eval_mode_by_hand_and_without_a_change_of_the_averages():
    mean, var = mg.tensor(np.array([1.0])), mg.tensor(np.array([4.0]))
    y = F.batch_norm(VALUES, mean, var, np.array([3.0]), np.array([5.0]), eps=0.0)
    np.testing.assert_allclose(y.numpy(), (VALUES - 1) / 2 * 3 + 5)
    assert (mean.item(), var.item()) == (1, 4)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(3, 2), (2, 2, 2, 3)])
def test_batch_norm_matches_finite_differences_twice(training, shape, normal, positive):
    mean, var = normal(2), positive(2)

    def fn(x, w, b):
        return F.batch_norm(x, mg.tensor(mean), mg.tensor(var), w, b, training)

    assert mg.gradcheck(fn, (normal(*shape), positive(2), normal(2)))
    assert mg.gradgradcheck(fn, (normal(*shape), positive(2), normal(2)))


def test_no_gradient_shifts_or_scales_the_batch(leaf, normal):
    x = leaf(normal(5, 3))
    y = F.batch_norm(x, *statistics(3), np.ones(3), np.zeros(3), training=True, eps=0.0)
    g = mg.grad(y, x, normal(5, 3)).numpy()
    np.testing.assert_allclose(g.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((g * x.numpy()).sum(axis=0), 0, atol=1e-12)


def test_a_channel_without_variance_is_finite():
    x = mg.tensor(np.full((4, 1), 3.0), requires_grad=True)
    y = F.batch_norm(x, *statistics(1), np.ones(1), np.zeros(1), training=True)
    assert y.numpy().tolist() == np.zeros((4, 1)).tolist()
    assert np.isfinite(mg.grad(y, x, np.ones((4, 1))).numpy()).all()


def test_float32_statistics_stay_float32():
    mean, var = mg.tensor([0.0]), mg.tensor([1.0])
    y = F.batch_norm(VALUES.astype(np.float32), mean, var, mg.tensor([1.0]), mg.tensor([0.0]), training=True)
    assert {y.dtype, mean.dtype, var.dtype} == {np.dtype(np.float32)}


def test_one_value_per_channel_is_refused_in_training():
    with pytest.raises(ValueError, match=r"batch_norm: one value per channel has no variance.*\(1, 2\); use eval"):
        F.batch_norm(np.ones((1, 2)), *statistics(2), np.ones(2), np.zeros(2), training=True)


def test_another_number_of_channels_is_refused():
    with pytest.raises(ValueError, match=r"batch_norm: x has shape \(4, 3\).*made for 2 channels"):
        F.batch_norm(np.ones((4, 3)), *statistics(2), np.ones(2), np.zeros(2))


def slow_response_norm(x, size, alpha, beta, k):
    """Krizhevsky et al. 2012, section 3.3, as it is written there but for PyTorch's ``alpha / size``."""
    y = np.empty_like(x)
    for n, c, i, j in np.ndindex(x.shape):
        first, last = max(0, c - size // 2), min(x.shape[1], c + (size - 1) // 2 + 1)
        energy = sum(x[n, near, i, j] ** 2 for near in range(first, last))
        y[n, c, i, j] = x[n, c, i, j] / (k + alpha / size * energy) ** beta
    return y


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_local_response_norm_equals_its_slow_twin(size, normal):
    x = normal(2, 5, 2, 2)
    np.testing.assert_allclose(
        F.local_response_norm(x, size, 0.5, 0.75, 2.0).numpy(), slow_response_norm(x, size, 0.5, 0.75, 2.0)
    )


def test_local_response_norm_matches_finite_differences_twice(normal):
    assert mg.gradcheck(lambda x: F.local_response_norm(x, 3, 0.5, 0.75, 1.0), normal(1, 4, 2, 1))
    assert mg.gradgradcheck(lambda x: F.local_response_norm(x, 3, 0.5, 0.75, 1.0), normal(1, 3, 1, 2))


def test_local_response_norm_refuses_mistakes_in_words():
    with pytest.raises(ValueError, match=r"local_response_norm: x must be \(N, C, ...\).*\(2, 3\)"):
        F.local_response_norm(np.ones((2, 3)))
    with pytest.raises(ValueError, match="local_response_norm: size must be a positive integer, not 0"):
        F.local_response_norm(np.ones((1, 2, 3)), size=0)
