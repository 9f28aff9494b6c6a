"""A net with its question held fixed is explained as a classifier is: held to the two side by side."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain import Given
from nets import language


@pytest.fixture(scope="module")
def scenes():
    return language.group_scenes(3, seed=5, groups=3, size=48)


@pytest.fixture
def answerer():
    mg.manual_seed(1)
    return language.Answerer().astype("float64").eval()


@pytest.fixture
def asked(scenes):
    return language.questions(scenes).words[:, 2]


def test_it_puts_out_what_the_net_says_to_pictures_and_words(answerer, scenes, asked):
    images = mg.tensor(scenes.images)
    np.testing.assert_array_equal(Given(answerer, asked)(images).numpy(), answerer(images, asked).numpy())


def test_one_sentence_goes_with_every_picture(answerer, scenes, asked):
    images = mg.tensor(scenes.images)
    repeated = answerer(images, asked[:1].repeat(3, axis=0))
    np.testing.assert_array_equal(Given(answerer, asked[0])(images).numpy(), repeated.numpy())


def test_gradcam_of_an_answer_is_the_formula_by_hand(answerer, scenes, asked):
    x = mg.tensor(scenes.images[:1].astype(float), requires_grad=True)
    with mg.nn.watch(answerer, "seen") as seen:
        scores = answerer(x, asked[:1])
    (maps,) = seen["seen"]
    alpha = mg.grad(scores[0, 7], maps).numpy().mean(axis=(2, 3), keepdims=True)
    by_hand = np.maximum((alpha * maps.numpy()).sum(axis=1), 0)
    ours = explain.gradcam(Given(answerer, asked[:1]), scenes.images[:1], target=7, upsample=False)
    np.testing.assert_allclose(ours, by_hand, rtol=1e-10, atol=1e-12)


def test_gradcam_of_an_answer_is_what_each_place_has_added_to_its_score(answerer, scenes, asked):
    maps = explain.gradcam(Given(answerer, asked), scenes.images, target=7, relu=False, upsample=False)
    added = maps.sum(axis=(1, 2))
    scores = answerer(mg.tensor(scenes.images.astype(float)), asked).numpy()[:, 7]
    without = answerer.guess(answerer.read(asked[:, None])[0]).numpy()[:, 0, 7]  # the same question, with no picture
    np.testing.assert_allclose(added + without, scores, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:.*is empty")
def test_counterfactual_and_contrastive_maps_of_answers_follow_from_gradcams(answerer, scenes, asked):
    net = Given(answerer, asked)
    scores = net(mg.tensor(scenes.images.astype(float))).numpy()
    foil = (scores.argmax(axis=1) + 1) % scores.shape[1]
    signed = {c: explain.gradcam(net, scenes.images, int(c), relu=False) for c in range(scores.shape[1])}
    against = explain.counterfactual_gradcam(net, scenes.images, 7, relu=False)
    np.testing.assert_allclose(against, -signed[7], rtol=1e-6, atol=1e-12)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    mixed = sum(p[:, c, None, None] * signed[c] for c in signed)
    wanted = mixed - np.stack([signed[c][i] for i, c in enumerate(foil)])
    found = explain.contrastive_gradcam(net, scenes.images, foil, relu=False)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", [explain.saliency, explain.input_x_gradient, explain.gradcam_plus_plus])
@pytest.mark.filterwarnings("ignore:.*is empty")
def test_other_explanations_take_it_as_it_is(method, answerer, scenes, asked):
    assert len(method(Given(answerer, asked), scenes.images, 3)) == 3


def test_occlusion_takes_one_picture_and_its_question(answerer, scenes, asked):
    drops = explain.occlusion(Given(answerer, asked[0]), scenes.images[0], 3, patch=24, stride=24)
    assert drops.shape == (2, 2)


@pytest.mark.filterwarnings("ignore:.*is empty")
def test_guided_gradcam_of_an_answer_passes_relus_only(answerer, scenes, asked):
    assert explain.guided_gradcam(Given(answerer, asked), scenes.images, 3).shape == scenes.images.shape


@pytest.mark.filterwarnings("ignore:.*is empty")
def test_through_an_lstm_guided_gradcam_needs_to_know_where_the_relus_are():
    two = language.group_scenes(1, seed=5, size=48)
    words = language.captions(two).words
    net, target = Given(language.Captioner(), words), explain.word_score(words, 2)
    with pytest.raises(ValueError, match="defined for ReLUs only.*dict that names the layers"):
        explain.guided_gradcam(net, two.images, target)
    assert explain.guided_gradcam(net, two.images, target, rule={"model.encoder": "guided"}).shape == two.images.shape


def test_the_net_is_left_as_it_was(answerer, scenes, asked):
    answerer.train()
    explain.saliency(Given(answerer, asked), scenes.images, 3)
    assert answerer.training and all(p.grad is None for p in answerer.parameters())


@pytest.mark.parametrize(("words", "message"), [
    (np.zeros((1, 2, 3), int), r"words must be whole numbers \(N, L\), or \(L,\).*\(1, 2, 3\)"),
    (np.zeros((2, 3)), "whole numbers.*float64"),
    (np.zeros((0, 3), int), r"\(0, 3\)"),
])
def test_words_that_are_no_sentences_are_refused(answerer, words, message):
    with pytest.raises(ValueError, match=message):
        Given(answerer, words)


def test_as_many_sentences_as_pictures_are_needed(answerer, scenes, asked):
    with pytest.raises(ValueError, match="Given: 3 pictures need 3 sentences or a single one, not 2"):
        Given(answerer, asked[:2])(mg.tensor(scenes.images))
