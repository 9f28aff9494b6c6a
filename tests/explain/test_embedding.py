"""Embeddings and neighbours: held to slow loops, to sums by hand, and to scikit-learn's own figures."""

import numpy as np
import pytest

import nets
from explain.activations import activations
from explain.embedding import embed, nearest, trustworthiness, tsne
from minigrad import nn


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def slow_nearest(queries, gallery, k):
    """Sort all (distance, place) pairs, query by query."""
    indices, distances = [], []
    for q in queries:
        pairs = sorted((sum((q - g) ** 2) ** 0.5, i) for i, g in enumerate(gallery))
        indices.append([i for _, i in pairs[:k]])
        distances.append([distance for distance, _ in pairs[:k]])
    return indices, distances


def slow_trustworthiness(x, points, k):
    """Venna & Kaski's formula in loops."""
    n, penalty = len(x), 0
    for i in range(n):
        in_truth = sorted((j for j in range(n) if j != i), key=lambda j: np.linalg.norm(x[i] - x[j]))
        on_map = sorted((j for j in range(n) if j != i), key=lambda j: np.linalg.norm(points[i] - points[j]))
        penalty += sum(max(0, in_truth.index(j) + 1 - k) for j in on_map[:k])
    return 1 - penalty * 2 / (n * k * (2 * n - 3 * k - 1))


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_the_embedding_is_what_the_last_layer_sees(real_cnn, images, batch_size):
    ours = embed(real_cnn, images, batch_size=batch_size)
    w, b = (p.numpy() for p in (real_cnn.classifier.weight, real_cnn.classifier.bias))
    assert ours.shape == (3, 64)
    assert np.allclose(ours @ w.T + b, activations(real_cnn, images, "classifier"))


def test_lenets_embedding_is_what_its_last_layer_sees():
    model, digits = nets.LeNet().astype("float64"), normal(2, 1, 28, 28)
    w, b = (p.numpy() for p in (model.classifier[4].weight, model.classifier[4].bias))
    assert np.allclose(embed(model, digits) @ w.T + b, activations(model, digits, "classifier.4"))


def test_another_layer_can_be_chosen_and_is_flattened(real_cnn, images):
    assert embed(real_cnn, images, layer="features.12").shape == (3, 64 * 4 * 4)


def test_a_net_that_names_no_layer_says_what_to_pass(images):
    with pytest.raises(ValueError, match="Sequential doesn't say.*pass layer=, one of 0, 1"):
        embed(nn.Sequential(nn.Flatten(), nn.ReLU()), images)


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_neighbours_are_those_found_slowly(chunk):
    queries, gallery = normal(7, 5), normal(20, 5, seed=1)
    indices, distances = nearest(queries, gallery, k=6, chunk=chunk)
    slow_indices, slow_distances = slow_nearest(queries, gallery, k=6)
    assert indices.tolist() == slow_indices
    assert np.allclose(distances, slow_distances, rtol=1e-12)


def test_of_equally_near_ones_the_first_come_first():
    gallery = np.repeat(normal(3, 4), 5, axis=0)
    indices, distances = nearest(gallery[[5]], gallery, k=7)
    assert indices[0, :5].tolist() == [5, 6, 7, 8, 9] and np.array_equal(distances[0, :5], np.zeros(5))
    assert indices[0, 5] % 5 == 0 and indices[0, 6] == indices[0, 5] + 1


def test_a_tiny_distance_between_large_numbers_is_not_lost():
    _, distances = nearest(np.array([[1e8, 0.0]]), np.array([[1e8, 1e-3]]), k=1)
    assert np.isclose(distances.item(), 1e-3, rtol=1e-12)


def test_pictures_are_compared_pixel_by_pixel(images):
    indices, distances = nearest(images[:1], images, k=3)
    assert indices[0, 0] == 0 and distances[0, 0] == 0
    assert np.isclose(distances[0, 1], np.linalg.norm(images[0] - images[indices[0, 1]]))


@pytest.mark.parametrize(
    ("queries", "gallery", "k", "words"),
    [
        (np.zeros((1, 2)), np.zeros((3, 3)), 1, "2 numbers each, and the gallery's 3"),
        (np.zeros((1, 2)), np.zeros((3, 2)), 4, "k is 4, and the gallery has 3"),
        (np.zeros((1, 2)), np.full((3, 2), np.nan), 1, "gallery must be.*NaN"),
        (np.zeros(2), np.zeros((3, 2)), 1, "queries must be"),
    ],
)
def test_neighbours_that_cannot_be_found_are_refused(queries, gallery, k, words):
    with pytest.raises(ValueError, match=words):
        nearest(queries, gallery, k)


def test_tsne_keeps_two_clusters_apart_and_equal_seeds_give_equal_points():
    x = normal(40, 6)
    x[20:] += 20
    first, second = tsne(x, perplexity=5, seed=3), tsne(x, perplexity=5, seed=3)
    assert np.array_equal(first, second)
    neighbours, _ = nearest(first, first, k=6)
    assert ((neighbours < 20) == (np.arange(40) < 20)[:, None]).all()


def test_fewer_samples_than_the_perplexity_allows_are_refused_with_what_would_do():
    with pytest.raises(ValueError, match="30 needs more than 90 samples, not 90; give more, or lower it below 30"):
        tsne(normal(90, 4))
    with pytest.raises(ValueError, match="at least 1"):
        tsne(normal(90, 4), perplexity=0.5)


def test_embeddings_without_a_map_are_refused():
    with pytest.raises(ValueError, match="all the same"):
        tsne(np.ones((20, 4)), perplexity=5)
    with pytest.raises(ValueError, match="finite"):
        tsne(np.full((20, 4), np.inf), perplexity=5)


def test_trustworthiness_follows_the_formula():
    x, points = normal(15, 4), normal(15, 2, seed=1)
    assert np.isclose(trustworthiness(x, points, neighbours=3), slow_trustworthiness(x, points, 3))


def test_a_map_that_keeps_all_distances_is_fully_trustworthy():
    points = normal(12, 2)
    assert trustworthiness(points, 5 - 2 * points, neighbours=4) == 1


def test_a_trustworthiness_that_is_not_defined_is_refused():
    with pytest.raises(ValueError, match="10 embeddings, 10 points and 5 neighbours"):
        trustworthiness(normal(10, 3), normal(10, 2), neighbours=5)
    with pytest.raises(ValueError, match="10 embeddings, 9 points"):
        trustworthiness(normal(10, 3), normal(9, 2), neighbours=2)
