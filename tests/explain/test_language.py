"""Maps of words: held to Grad-CAM one word after the other, and to sums that must come out."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain import Given
from explain.language import GUIDED, word_log_probabilities
from minigrad import functional as F
from nets import language
from nets.language.captioner import MIXTURES
from nets.language.words import NUMBER_OF, PAD

LEFT = NUMBER_OF["left"]


@pytest.fixture(scope="module")
def scenes():
    return language.group_scenes(2, seed=5, size=48)


@pytest.fixture(scope="module")
def words(scenes):
    return language.captions(scenes).words


@pytest.fixture(params=[True, False], ids=["attention", "no attention"])
def captioner(request):
    mg.manual_seed(1)
    return language.Captioner(request.param).astype("float64").eval()


def test_a_words_score_is_its_log_probability(captioner, scenes, words):
    output = captioner(mg.tensor(scenes.images.astype(float)), words)
    log_p = F.log_softmax(output).numpy()
    found = explain.word_score(words, [1, 3])(output).numpy()
    np.testing.assert_allclose(found, [log_p[0, 1, words[0, 1]], log_p[1, 3, words[1, 3]]])


def test_a_captions_score_is_the_sum_over_its_words_without_padding(captioner, scenes, words):
    output = captioner(mg.tensor(scenes.images.astype(float)), words)
    log_p = F.log_softmax(output).numpy()
    total = [sum(log_p[i, t, word] for t, word in enumerate(row) if word != PAD) for i, row in enumerate(words)]
    np.testing.assert_allclose(explain.caption_score(words)(output).numpy(), total)


def test_against_a_foil_the_score_is_a_difference_of_log_probabilities(captioner, scenes, words):
    output = captioner(mg.tensor(scenes.images.astype(float)), words)
    log_p = F.log_softmax(output).numpy()
    found = explain.word_score(words, 0, foil=9)(output).numpy()
    np.testing.assert_allclose(found, [log_p[i, 0, words[i, 0]] - log_p[i, 0, 9] for i in (0, 1)], rtol=1e-9)


def test_every_words_map_is_the_gradcam_of_its_score(captioner, scenes, words):
    maps = explain.word_gradcam(captioner, scenes.images, words, relu=False)
    for t in (0, 2, 4):
        alone = explain.gradcam(Given(captioner, words), scenes.images, explain.word_score(words, t), relu=False)
        np.testing.assert_allclose(maps[:, t], alone, rtol=1e-8, atol=1e-12)


def test_the_maps_of_the_words_add_up_to_that_of_the_caption(captioner, scenes, words):
    whole = explain.caption_gradcam(captioner, scenes.images, words, relu=False)
    parts = explain.word_gradcam(captioner, scenes.images, words, relu=False)
    np.testing.assert_allclose(parts.sum(axis=1), whole, rtol=1e-8, atol=1e-12)


def test_padding_has_no_map(captioner, scenes, words):
    maps = explain.word_gradcam(captioner, scenes.images, words, relu=False)
    np.testing.assert_array_equal(maps.any(axis=(2, 3)), words != PAD)


def test_one_picture_gives_a_result_without_the_n_axis(captioner, scenes, words):
    one = explain.word_gradcam(captioner, scenes.images[0], words[0], relu=False)
    assert one.shape == (13, 48, 48)
    coarse = explain.caption_gradcam(captioner, scenes.images[0], words[0], relu=False, upsample=False)
    assert coarse.shape == (12, 12)


@pytest.mark.filterwarnings("ignore:.*is empty")
def test_guided_gradcam_of_a_word(captioner, scenes, words):
    target = explain.word_score(words, 2)
    found = explain.guided_gradcam(Given(captioner, words), scenes.images, target, rule=GUIDED)
    assert found.shape == scenes.images.shape


def test_padding_is_certain():
    log_p = word_log_probabilities(mg.tensor(np.zeros((1, 2, 4))), np.array([[3, PAD]]))
    assert log_p.numpy().tolist() == [[pytest.approx(-np.log(4)), 0]]


@pytest.mark.parametrize(("place", "foil", "message"), [
    (12, None, "place 12 is no word of every caption"),
    (-1, None, "place -1 is no word"),
    (13, None, "place 13 is no word"),
    (0, 2, "the foil 2 is the word itself"),
])
def test_words_that_are_none_are_refused(place, foil, message):
    with pytest.raises(ValueError, match=message):
        explain.word_score(np.array([[2, 9, 14, 1] + [PAD] * 9]), place, foil)


def test_the_score_of_an_answer_takes_no_notice_of_what_all_scores_have_in_common():
    scores = np.array([[1.0, 3.0, 0.5]])
    score = explain.answer_score([1])
    together = score(mg.tensor(scores + 100.0)).item()
    assert score(mg.tensor(scores)).item() == pytest.approx(together, abs=1e-9)
    assert together == pytest.approx(3.0 - np.log(np.exp(scores).sum()))


def test_attention_is_laid_out_row_by_row(scenes, words):
    mg.manual_seed(1)
    net = language.Captioner().eval()
    with mg.nn.watch(net, "gaze") as seen:
        net(mg.tensor(scenes.images), words)
    maps = explain.attention_maps(net, scenes.images, words, upsample=False)
    assert maps.shape == (2, 13, 12, 12)
    assert maps[1, 4, 3, 7] == seen["gaze"][4].numpy()[1, 0, 3 * 12 + 7]
    assert explain.attention_maps(net, scenes.images[0], words[0]).shape == (13, 48, 48)


def test_a_word_comes_from_what_was_seen_for_it_and_not_for_the_words_before_it(scenes, words):
    mg.manual_seed(1)
    net = language.Captioner().eval()
    with mg.nn.watch(net, "seen") as found:
        scores = net(mg.tensor(scenes.images), words)
    g = mg.grad(word_log_probabilities(scores, words)[:, 3].sum(), found["seen"][0]).numpy()
    by_word = np.abs(g.reshape(2, 13, -1)).max(axis=(0, 2))
    np.testing.assert_array_equal(by_word > 0, np.arange(13) == 3)


@pytest.mark.parametrize("attention", [True, False], ids=["attention", "no attention"])
def test_a_words_gradcam_is_what_each_place_has_added_to_its_score(scenes, words, attention):
    """The scores are linear in what is seen, so nothing is lost by taking the mean of the gradients."""
    mg.manual_seed(1)
    net = language.Captioner(attention).eval()
    given, noun = explain.Given(net, words), words[:, 3]
    where = explain.gradcam(given, scenes.images, lambda scores: scores[np.arange(2), 3, noun], relu=False,
                            upsample=False)
    with mg.nn.watch(net, "seen", "choice" if not attention else "evidence") as found:
        net(mg.tensor(scenes.images), words)
    seen = found["seen"][0].numpy().reshape(2, -1, net.evidence.weight.shape[1], 12, 12)
    weights = net.evidence.weight.numpy()[noun]
    if not attention:  # one look serves all words, and each has its own choice of what was seen
        weights = weights / (1 + np.exp(-found["choice"][0].numpy()[:, 3]))
    added = np.einsum("nk,nkhw->nhw", weights, seen[:, 3 if attention else 0])
    np.testing.assert_allclose(where, added, atol=1e-6)
    assert np.abs(added).max() > 1e-4


def test_without_attention_grad_cam_shows_what_speaks_for_left_of_by_where_it_is():
    """What is seen by row and by column is seen at its place, so it counts for the map there."""
    mg.manual_seed(1)
    net = language.Captioner(attention=False).eval()
    net.evidence.weight.data = np.zeros_like(net.evidence.weight.array)
    net.evidence.weight.array[LEFT, 2 * MIXTURES :] = -1  # the less to the right, the more it is "left"
    scene = language.group_scenes(1, seed=5, size=48)
    map_of = explain.gradcam(explain.Given(net, language.captions(scene).words), scene.images,
                             lambda scores: scores[:, 0, LEFT], relu=False, upsample=False)
    assert (map_of[..., :6] > 0).all() and (map_of[..., 6:] < 0).all()


def test_an_answerer_looks_once(answerer, three_groups):
    asked = language.questions(three_groups).words[:, 2]
    maps = explain.attention_maps(answerer, three_groups.images, asked)
    assert maps.shape == (2, 1, 48, 48)


def test_without_attention_there_is_nothing_to_look_at(scenes, words):
    with pytest.raises(ValueError, match="this Captioner has no gaze to follow"):
        explain.attention_maps(language.Captioner(attention=False), scenes.images, words)


# Questions


@pytest.fixture
def answerer():
    mg.manual_seed(1)
    return language.Answerer().astype("float64").eval()


@pytest.fixture(scope="module")
def three_groups():
    return language.group_scenes(2, seed=5, groups=3, size=48)


def test_question_saliency_is_the_length_of_the_gradient_at_each_word(answerer, three_groups):
    asked = language.questions(three_groups).words[:, 2]
    ours = explain.question_saliency(answerer, three_groups.images, asked, target=4)
    with mg.nn.watch(answerer, "embedding") as seen:
        scores = answerer(mg.tensor(three_groups.images.astype(float)), asked)
    g = mg.grad(scores[:, 4].sum(), seen["embedding"][0]).numpy()
    np.testing.assert_allclose(ours, np.sqrt((g**2).sum(axis=2)) * (asked != PAD), rtol=1e-9)


def test_every_word_of_a_question_counts_and_padding_does_not(answerer, three_groups):
    asked = language.questions(three_groups).words[:, 1]
    np.testing.assert_array_equal(explain.question_saliency(answerer, three_groups.images, asked) > 0, asked != PAD)
    assert explain.question_saliency(answerer, three_groups.images[0], asked[0]).shape == (6,)


class AddsUp(mg.nn.Module):
    """Reads a question as the sum of its words, and does not look at the picture."""

    def __init__(self):
        self.embedding, self.answer = mg.nn.Embedding(20, 5, padding_idx=PAD), mg.nn.Linear(5, 3)

    def forward(self, images, questions):
        return self.answer(self.embedding(questions).sum(axis=1)) + 0 * images.sum(axis=(1, 2, 3)).reshape(-1, 1)


def test_times_the_word_it_is_what_a_linear_score_loses_without_that_word():
    mg.manual_seed(1)
    net, image, question = AddsUp().astype("float64"), np.ones((1, 3, 4, 4)), np.array([[3, 7, 4, PAD]])
    score = lambda words: net(mg.tensor(image), words).numpy()[0, 2]  # noqa: E731
    without = [np.where(np.arange(4) == place, PAD, question) for place in range(4)]
    lost = [abs(score(question) - score(words)) for words in without]
    found = explain.question_saliency(net, image, question, 2, times_word=True)
    np.testing.assert_allclose(found[0], lost, rtol=1e-9, atol=1e-12)
    assert np.ptp(explain.question_saliency(net, image, question, 2)[0, :3]) < 1e-12, "its gradient is the same for all"
