"""Three questions, one set of maps: the formulae are held to the identities that follow from them."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.contrastive import contrastive_gradcam, counterfactual_gradcam, loss_of_foil
from explain.gradcam import forward_to_layer
from minigrad import nn

from ..exercises.judging import compare

against = pytest.mark.exercise(
    "counterfactual", "explain.contrastive:counterfactual_gradcam", chapter=13, needs=["gradcam"]
)
rather = pytest.mark.exercise(
    "contrastive", "explain.contrastive:loss_of_foil", chapter=13, needs=["gradcam", "cross-entropy"]
)
ODDS = np.array([[1.0, 2, 5], [1, 1, 6]])  # out of 8


@rather
def test_the_loss_is_the_surprise_at_the_foil():
    compare(loss_of_foil(mg.tensor(np.log(ODDS)), 0), -np.log([1 / 8, 1 / 8]), "J of the foil 0, whose p is 1/8")
    compare(loss_of_foil(mg.tensor(np.log(ODDS)), [1, 0]), -np.log([2 / 8, 1 / 8]), "J of the foils 1 and 0")


@rather
def test_without_a_foil_the_second_choice_is_it():
    scores = mg.tensor(np.log(ODDS[:1] + [0, 0.5, 0]))
    compare(loss_of_foil(scores, None), -np.log([2.5 / 8.5]), "J without a foil, which is then the second choice")


@rather
def test_the_loss_can_be_differentiated():
    scores = mg.tensor(np.log(ODDS), requires_grad=True)
    loss = loss_of_foil(scores, 0)
    assert getattr(loss, "requires_grad", False), "J is not on the tape: compute with tensors, not with their arrays"
    assert mg.gradcheck(lambda scores: loss_of_foil(scores, 0), np.log(ODDS))


@against
def test_the_signed_map_shows_the_opposite_of_gradcams(small_cnn, images):
    ours = counterfactual_gradcam(small_cnn, images, 2, relu=False)
    compare(ours, -explain.gradcam(small_cnn, images, 2, relu=False), "the signed counterfactual map")


@against
@pytest.mark.filterwarnings("ignore:.*is empty")
def test_what_speaks_against_the_class_is_kept_and_nothing_else(small_cnn, images):
    signed = explain.gradcam(small_cnn, images, 2, relu=False, upsample=False)
    ours = counterfactual_gradcam(small_cnn, images, 2, upsample=False)
    compare(ours, np.maximum(-signed, 0), "the counterfactual map with its ReLU")


def loud(model):
    """With probabilities that differ, so that the net is neither sure nor undecided."""
    model.classifier.weight.data = 20 * model.classifier.weight.numpy()
    return model


def probabilities(model, image):
    scores = model.eval()(mg.tensor(image[None])).numpy()[0]
    return np.exp(scores) / np.exp(scores).sum()


def alphas(model, image, target):
    run, maps = forward_to_layer(model, image, target, None)
    return run.gradient(maps).mean(axis=(2, 3))[0]


def ranked(model, image):
    return np.argsort(-probabilities(model, image))


def test_contrastive_weights_are_those_of_the_classes_believed_in_less_those_of_the_foil(small_cnn, images):
    model, image = loud(small_cnn), images[0]
    p, foil = probabilities(model, image), int(ranked(model, image)[3])
    loss = alphas(model, image, lambda output: -mg.functional.log_softmax(output, axis=1)[:, foil])
    by_class = np.stack([alphas(model, image, c) for c in range(5)])
    assert np.allclose(loss, p @ by_class - by_class[foil], rtol=1e-10, atol=1e-14)


def test_the_contrastive_map_is_the_mixture_of_signed_gradcams_less_the_foils(small_cnn, images):
    model, image = loud(small_cnn), images[0]
    p, foil = probabilities(model, image), int(ranked(model, image)[2])
    cams = np.stack([explain.gradcam(model, image, c, relu=False) for c in range(5)])
    ours = contrastive_gradcam(model, image, foil, relu=False)
    assert np.allclose(ours, np.tensordot(p, cams, axes=1) - cams[foil], rtol=1e-9, atol=1e-13)


class TwoClasses(nn.Module):
    """The smallest net with a choice."""

    last_conv_stage = "features.1"

    def __init__(self):
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
        self.pool, self.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 2)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def test_of_two_classes_it_is_the_difference_of_the_two_maps_scaled(images):
    mg.manual_seed(4)
    model = loud(TwoClasses()).astype("float64")
    first, second = ranked(model, images[0])
    cams = [explain.gradcam(model, images[0], int(c), relu=False) for c in (first, second)]
    ours = contrastive_gradcam(model, images[0], int(second), relu=False)
    assert np.allclose(ours, probabilities(model, images[0])[first] * (cams[0] - cams[1]), rtol=1e-9, atol=1e-13)


def test_the_foil_is_the_second_choice_unless_another_is_named(small_cnn, images):
    seconds = [ranked(small_cnn, image)[1] for image in images]
    ours, named = (contrastive_gradcam(small_cnn, images, foil, relu=False) for foil in (None, seconds))
    assert np.array_equal(ours, named)


def test_the_counterfactual_map_is_gradcams_negated(small_cnn, images):
    ours = counterfactual_gradcam(small_cnn, images, 2, relu=False)
    assert np.array_equal(ours, -explain.gradcam(small_cnn, images, 2, relu=False))


@pytest.mark.filterwarnings("ignore:Grad-CAM of picture")
def test_the_relu_keeps_what_speaks_against_the_class(small_cnn, images):
    small = explain.gradcam(small_cnn, images, 2, relu=False, upsample=False)
    assert np.array_equal(counterfactual_gradcam(small_cnn, images, 2, upsample=False), np.maximum(-small, 0))


@pytest.mark.parametrize("question", [contrastive_gradcam, counterfactual_gradcam])
def test_shapes_are_those_of_gradcam(small_cnn, images, question):
    assert question(small_cnn, images, relu=False).shape == (3, 16, 16)
    assert question(small_cnn, images[0], relu=False, upsample=False).shape == (8, 8)
    assert question(small_cnn, images, layer="features.2", relu=False, upsample=False).shape == (3, 16, 16)


@pytest.mark.parametrize(
    ("foil", "words"),
    [(5, "classes 0 to 4"), (-1, "classes 0 to 4"), ([1, 2], "2 classes|3 classes for 3"), (1.0, "must be a class")],
)
def test_what_is_no_class_is_no_foil(small_cnn, images, foil, words):
    with pytest.raises(ValueError, match=words):
        contrastive_gradcam(small_cnn, images, foil)


def test_the_predicted_class_is_no_foil(small_cnn, images):
    with pytest.raises(ValueError, match="nothing to contrast"):
        contrastive_gradcam(small_cnn, images[0], int(ranked(small_cnn, images[0])[0]))
