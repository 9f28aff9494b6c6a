"""The answerer: held to finite differences as a whole, and several questions at once to one after the other."""

import numpy as np
import pytest

import minigrad as mg
from nets.language import ANSWERS, Answerer, answers, group_scenes, questions
from nets.language.answerer import HIDDEN, answer_loss, right_answers
from nets.language.encoder import MAPS, coordinates, places
from nets.language.recipes import with_answers


@pytest.fixture
def net():
    mg.manual_seed(2)
    return Answerer().eval()


@pytest.fixture(scope="module")
def scenes():
    return group_scenes(3, seed=3, groups=3)


def test_several_questions_at_once_are_answered_as_one_after_the_other(net, scenes):
    asked = questions(scenes).words
    together = net(mg.tensor(scenes.images), asked).numpy()
    assert together.shape == (3, 5, len(ANSWERS))
    for kind in range(5):
        alone = net(mg.tensor(scenes.images), asked[:, kind]).numpy()
        np.testing.assert_allclose(alone, together[:, kind], rtol=1e-4, atol=1e-5)


def test_padding_after_a_question_changes_nothing(net, scenes):
    asked = questions(scenes).words[:, 1]
    longer = np.pad(asked, ((0, 0), (0, 4)))
    a, b = (net(mg.tensor(scenes.images), words).numpy() for words in (asked, longer))
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_answer_depends_on_the_picture_and_on_the_question(net, scenes):
    asked = questions(scenes).words
    scores = net(mg.tensor(scenes.images), asked[:1].repeat(3, axis=0)).numpy()
    assert np.ptp(scores, axis=0).max() > 1e-3 and np.ptp(scores, axis=1).max() > 1e-3


def test_a_question_is_read_in_order_and_word_by_word(net):
    words = np.array([[[38, 8, 14, 0], [14, 8, 38, 0]]])
    forth, back = net.read(words)[0].numpy()[0]
    _, (h, _) = net.reader(net.embedding(words[0, :1, :3]))
    np.testing.assert_allclose(forth, (h[0, 0] + net.embedding(words[0, 0]).sum(axis=0)).numpy(), rtol=1e-5, atol=1e-5)
    assert np.abs(forth - back).max() > 1e-2


def test_the_noun_is_the_words_that_are_weighed_most_whatever_their_order(net):
    words = np.array([[[38, 8, 14, 0], [14, 8, 38, 0]]])
    embedded = net.embedding(words[0, 0, :3]).numpy()
    weights = np.exp(embedded @ net.noun.weight.numpy()[0])
    forth, back = net.read(words)[1].numpy()[0]
    np.testing.assert_allclose(forth, weights @ embedded / weights.sum(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(forth, back, rtol=1e-4, atol=1e-5)


def test_every_place_knows_its_direction_from_where_the_net_looked_first(net):
    look = np.zeros((1, 1, 9))
    look[0, 0, 4] = 1  # the middle of 3 x 3 places
    down, right, share = net.seen_from(mg.tensor(np.zeros((1, 1, 2))), mg.tensor(look), (3, 3)).numpy()[0, 0]
    half = np.sqrt(2.01)  # from a corner, with NEAR squared
    np.testing.assert_allclose(down, [[-1 / half, -1 / np.sqrt(1.01), -1 / half], [0, 0, 0],
                                      [1 / half, 1 / np.sqrt(1.01), 1 / half]], rtol=1e-6)
    np.testing.assert_allclose(right, down.T)
    assert share.tolist() == [[0, 0, 0], [0, 3, 0], [0, 0, 0]]


def test_the_question_scales_and_shifts_every_map_of_every_place(net):
    rng = np.random.default_rng(1)
    maps, where, q = (rng.standard_normal(shape) for shape in ((2, MAPS, 3, 3), (2, 4, 3, 3, 3), (2, 4, HIDDEN)))
    net.astype("float64")
    found = net.fused(*(mg.tensor(a) for a in (maps, where, q))).numpy()
    place = net.maps.weight.numpy()[:, :, 0, 0] @ maps[1, :, 2, 0] + net.maps.bias.numpy()
    place += net.where.weight.numpy()[:, :, 0, 0] @ where[1, 3, :, 2, 0]
    scale, shift = (part(mg.tensor(q[1, 3:])).numpy()[0] for part in (net.scale, net.shift))
    met = np.maximum((1 + scale) * place + shift, 0)
    expected = np.maximum(net.asked.weight.numpy()[:, :, 0, 0] @ met + net.asked.bias.numpy(), 0)
    np.testing.assert_allclose(found[1 * 4 + 3, :, 2, 0], expected, rtol=1e-9)


def test_all_that_an_answer_knows_of_the_picture_is_what_was_seen(net, scenes):
    asked = questions(scenes).words[:1, 0].repeat(3, axis=0)
    with mg.nn.watch(net, "seen") as watched:
        scores = net(mg.tensor(scenes.images), asked).numpy()
    told = watched["seen"][0].numpy().sum(axis=(2, 3)) @ net.answer.weight.numpy().T
    np.testing.assert_allclose(scores - scores[0], told - told[0], rtol=1e-3, atol=1e-5)


def test_a_net_that_looks_again_looks_elsewhere_and_at_the_whole_picture_once(net, scenes):
    asked, looks = questions(scenes).words[:, 4], []
    for again in (-50.0, 50.0):
        net.gaze.move.bias = mg.nn.Parameter(np.full(1, again, np.float32))
        with mg.nn.watch(net, "gaze") as seen:
            net(mg.tensor(scenes.images), asked)
        looks.append(seen["gaze"][0].numpy())
    first, second = looks
    np.testing.assert_allclose([first.sum(axis=(1, 2)), second.sum(axis=(1, 2))], 1, rtol=1e-5)
    assert np.abs(first - second).max() > 1e-6


def test_the_gradient_of_the_loss_matches_finite_differences(net):
    net.astype("float64")
    rng = np.random.default_rng(0)
    image, targets = rng.standard_normal((1, 3, 8, 8)), np.array([[[38, 8, 14, 0, 3], [36, 39, 9, 15, 0]]])
    assert mg.gradcheck(lambda x: answer_loss_of(net, x, targets), image, rtol=1e-4)


def answer_loss_of(net, x, targets):
    return mg.functional.cross_entropy(net(x, targets[..., :-1])[0], targets[0, :, -1])


def test_the_loss_is_the_mean_surprise_at_all_answers(net, scenes):
    targets = with_answers(scenes)
    scores = net(mg.tensor(scenes.images), targets[..., :-1]).numpy().reshape(15, -1)
    expected = mg.functional.cross_entropy(scores, targets[..., -1].reshape(-1)).item()
    assert answer_loss(net, scenes.images, targets).item() == pytest.approx(expected, rel=1e-5)


def test_answers_are_those_with_the_highest_score(net, scenes):
    targets = with_answers(scenes)
    given = answers(net, scenes.images, targets[..., :-1], batch_size=2)
    assert given.shape == (3, 5)
    assert right_answers(net, scenes.images, targets) == (given == targets[..., -1]).mean()


def test_a_place_knows_its_row_and_column():
    grid = coordinates(1, 2, 3, np.float32)[0].tolist()
    assert grid == [[-1, -1], [-1, 0], [-1, 1], [1, -1], [1, 0], [1, 1]]


def test_a_place_has_all_maps_at_that_place():
    maps = np.random.default_rng(0).standard_normal((2, 5, 3, 4))
    flat = places(mg.tensor(maps)).numpy()
    np.testing.assert_array_equal(flat[1, 2 * 4 + 3, :5], maps[1, :, 2, 3])


def test_questions_must_fit_the_pictures(net, scenes):
    for words in (np.zeros((2, 6), int), np.zeros(6, int)):
        with pytest.raises(ValueError, match=r"Answerer: 3 pictures need questions \(3, L\), or several each"):
            net(mg.tensor(scenes.images), words)
