"""Grad-CAM: held to the paper's formula written out slowly, and to CAM, which it equals on nets that end in a mean."""

from types import SimpleNamespace

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.gradcam import class_activation_map
from minigrad import nn

from ..exercises.judging import compare

cams = pytest.mark.exercise(
    "gradcam", "explain.gradcam:class_activation_map", chapter=12, needs=["input-gradient"]
)
guided = pytest.mark.exercise(
    "guided-gradcam", "explain.gradcam:guided_gradcam", chapter=13, needs=["gradcam", "relu-guided"]
)

# Two maps of 2 x 2, and gradients whose means are 2 and -1, so that the signed map is 2 A_1 - A_2.
MAPS = np.array([[[[1.0, 0], [0, 2]], [[1, 3], [1, 0]]]])
GRADIENTS = np.array([[[[2.0, 6], [0, 0]], [[-4, 0], [0, 0]]]])


def cam_by_hand(relu, upsample=False, maps=MAPS, gradients=GRADIENTS, size=(4, 4)):
    run = SimpleNamespace(gradient=lambda wanted: gradients, x=SimpleNamespace(shape=(len(maps), 3, *size)))
    return class_activation_map(run, mg.tensor(maps), relu, upsample)


@cams
def test_a_map_counts_as_much_as_its_mean_gradient():
    one = cam_by_hand(False, maps=MAPS[:, :1], gradients=GRADIENTS[:, :1])
    compare(one, 2 * MAPS[:, 0], "the signed map of one map, whose gradients are 2, 6, 0, 0")
    compare(cam_by_hand(False), np.array([[[1.0, -3], [-1, 4]]]), "the signed map of two maps")


@cams
def test_the_relu_keeps_what_speaks_for_the_class():
    compare(cam_by_hand(True), np.array([[[1.0, 0], [0, 4]]]), "Grad-CAM with its ReLU, after the maps are added")


@cams
def test_the_map_becomes_as_large_as_the_picture_after_its_relu():
    large = slow_bilinear(np.array([[1.0, 0], [0, 4]]), 4, 6)[None]
    compare(cam_by_hand(True, upsample=True, size=(4, 6)), large, "Grad-CAM, brought to the picture's 4 x 6 pixels")


@cams
def test_every_picture_weighs_its_maps_by_its_own_gradients():
    maps, gradients = np.concatenate([MAPS, MAPS]), np.concatenate([GRADIENTS, -3 * GRADIENTS])
    expected = np.array([[[1.0, -3], [-1, 4]], [[-3, 9], [3, -12]]])
    compare(cam_by_hand(False, maps=maps, gradients=gradients), expected, "the signed maps of two pictures")


@cams
def test_an_empty_map_is_announced():
    with pytest.warns(UserWarning) as seen:
        cam_by_hand(True, gradients=-abs(GRADIENTS))
    assert "is empty" in str(seen[0].message)


class OnPixels(nn.Module):
    """One score: a weighted sum of relu(x), so that all maps can be worked out by hand."""

    last_conv_stage = "relu"

    def __init__(self, weight):
        self.relu, self.weight = nn.ReLU(), np.array(weight, float)

    def forward(self, x):
        return (self.relu(x) * self.weight).sum(axis=(1, 2, 3)).reshape(-1, 1)


@guided
def test_only_what_excites_an_open_unit_passes_the_guided_part():
    # The mean of the weights, 3.75, times relu(x) is the Grad-CAM; 8 and 6 are what guided backpropagation leaves.
    net, picture = OnPixels([[[8, -4], [5, 6]]]), np.array([[[1.0, 2], [-3, 4]]])
    expected = np.array([[[8 * 3.75, 0], [0, 6 * 15.0]]])
    compare(explain.guided_gradcam(net, picture, 0), expected, "guided gradient times Grad-CAM")


@guided
def test_nothing_is_left_where_grad_cam_sees_no_evidence():
    # Mean weights 2 and -1: the signed map is 2 A_1 - A_2 = [[1, -3], [1, 3.5]], and its ReLU removes a place.
    net = OnPixels([[[2, 6], [1, -1]], [[-3, -3], [1, 1]]])
    picture = np.array([[[1.0, 0.5], [1, 2]], [[1, 4], [1, 0.5]]])
    expected = np.array([[[2.0, 0], [1, 0]], [[0, 0], [1, 3.5]]])
    compare(explain.guided_gradcam(net, picture, 0), expected, "guided gradient times Grad-CAM with its ReLU")



def slow_bilinear(small, height, width):
    """Bilinear enlargement from its definition: pixel centres correspond, borders are extended."""
    h, w = small.shape
    big = np.empty((height, width))
    for i in range(height):
        for j in range(width):
            y = min(max((i + 0.5) * h / height - 0.5, 0), h - 1)
            x = min(max((j + 0.5) * w / width - 0.5, 0), w - 1)
            top, left = int(y), int(x)
            bottom, right = min(top + 1, h - 1), min(left + 1, w - 1)
            fy, fx = y - top, x - left
            upper = (1 - fx) * small[top, left] + fx * small[top, right]
            lower = (1 - fx) * small[bottom, left] + fx * small[bottom, right]
            big[i, j] = (1 - fy) * upper + fy * lower
    return big


def slow_gradcam(maps, gradients):
    """Equations 1 and 2 of the paper, in loops: maps and gradients (K, h, w)."""
    total = np.zeros(maps.shape[1:])
    for a, g in zip(maps, gradients):
        alpha = sum(g.flat) / g.size
        total += alpha * a
    return np.maximum(total, 0)


def maps_and_gradients(model, image, target, layer):
    model.eval()
    with nn.watch(model, layer) as outputs:
        scores = model(mg.tensor(image[None], requires_grad=True))
    maps = outputs[layer][0]
    return maps.numpy()[0], mg.grad(scores[0, target], maps).numpy()[0]


@pytest.mark.parametrize("layer", ["features.6", "features.2", "features.1"])
def test_gradcam_follows_the_papers_equations(small_cnn, images, layer):
    expected = slow_gradcam(*maps_and_gradients(small_cnn, images[0], 2, layer))
    ours = explain.gradcam(small_cnn, images[0], 2, layer, upsample=False)
    assert np.allclose(ours, expected, rtol=1e-10)


def test_gradcam_is_cam_where_the_net_ends_in_a_mean_and_a_linear_layer(small_cnn, images):
    maps, _ = maps_and_gradients(small_cnn, images[0], 4, "features.6")
    weights = small_cnn.classifier.weight.numpy()[4]
    cam = np.tensordot(weights, maps, axes=1) / maps[0].size
    assert np.allclose(explain.gradcam(small_cnn, images[0], 4, relu=False, upsample=False), cam, rtol=1e-10)


def test_the_signed_map_of_such_a_net_adds_up_to_the_score(small_cnn, images):
    score = explain.Forward(small_cnn, images[0], 1).scores.item()
    cam = explain.gradcam(small_cnn, images[0], 1, relu=False, upsample=False)
    assert np.isclose(cam.sum() + small_cnn.classifier.bias.numpy()[1], score)


def test_enlarging_is_bilinear_between_pixel_centres(small_cnn, images):
    small = explain.gradcam(small_cnn, images[0], 2, relu=False, upsample=False)
    big = explain.gradcam(small_cnn, images[0], 2, relu=False)
    assert np.allclose(big, slow_bilinear(small, 16, 16), rtol=1e-10)


def test_the_relu_comes_before_the_enlargement(small_cnn, images):
    small = np.maximum(explain.gradcam(small_cnn, images[0], 2, relu=False, upsample=False), 0)
    assert np.allclose(explain.gradcam(small_cnn, images[0], 2), slow_bilinear(small, 16, 16))


def test_guided_gradcam_is_guided_backpropagation_times_gradcam(small_cnn, images):
    guided = explain.gradient(small_cnn, images, 2, rule="guided")
    cam = explain.gradcam(small_cnn, images, 2)
    assert np.allclose(explain.guided_gradcam(small_cnn, images, 2), guided * cam[:, None], rtol=1e-10)


def test_a_single_picture_gives_a_map_without_the_batch_axis(small_cnn, images):
    assert explain.gradcam(small_cnn, images[0], 2).shape == (16, 16)
    assert explain.guided_gradcam(small_cnn, images[0], 2).shape == (3, 16, 16)


def test_an_unknown_layer_is_refused_with_a_list_of_the_layers(small_cnn, images):
    with pytest.raises(ValueError, match="no layer 'conv9'.*features.6, pool, classifier"):
        explain.gradcam(small_cnn, images, 0, layer="conv9")


def test_a_layer_without_rows_and_columns_is_refused(small_cnn, images):
    with pytest.raises(ValueError, match="classifier.*without rows and columns"):
        explain.gradcam(small_cnn, images, 0, layer="classifier")


def test_a_net_that_names_no_last_stage_says_what_to_pass(images):
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ValueError, match="pass layer="):
        explain.gradcam(net, images.astype(np.float32), 0)


class Negative(nn.Module):
    """A net whose score falls with every activation: all evidence speaks against the class."""

    last_conv_stage = "relu"

    def __init__(self):
        self.relu = nn.ReLU()

    def forward(self, x):
        return -self.relu(x).mean(axis=(2, 3))


def test_a_map_without_positive_evidence_is_zero_and_says_why():
    with pytest.warns(UserWarning, match="picture 0 is empty.*relu=False"):
        cam = explain.gradcam(Negative(), np.ones((1, 4, 4)), 0)
    assert np.array_equal(cam, np.zeros((4, 4)))
    assert explain.gradcam(Negative(), np.ones((1, 4, 4)), 0, relu=False).max() < 0


class Twice(nn.Module):
    """A net that uses one ReLU module in two places."""

    def __init__(self):
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(2 * self.relu(x) - 1).sum(axis=(2, 3))


def test_a_layer_that_ran_twice_must_be_told_apart():
    with pytest.raises(ValueError, match="ran 2 times.*'relu:0'"):
        explain.gradcam(Twice(), np.ones((1, 4, 4)), 0, layer="relu")


def test_each_run_of_a_reused_layer_can_be_chosen():
    image = np.full((1, 4, 4), 2.0)
    first = explain.gradcam(Twice(), image, 0, layer="relu:0")
    second = explain.gradcam(Twice(), image, 0, layer="relu:1")
    assert np.allclose(first, 2 * 2.0) and np.allclose(second, 1 * 3.0)
