"""What the quiz asks: a fair experiment, and the truth about it."""

import numpy as np
import pytest

import minigrad as mg
import nets
from explain import plot
from explain.evaluation.figures import tile
from explain.evaluation.methods import Method, chosen
from explain.quiz.questions import ENLARGED, OBJECTS, QUIZ_SEED, larger, questions, shown

pytestmark = pytest.mark.training  # with the plain loops, a net takes too long for so many scenes


@pytest.fixture(scope="module")
def net():
    mg.manual_seed(0)
    return nets.SmallCNN(len(nets.CLASSES)).eval()


def of_the_class(model, images, target):
    """A map that is bright in the column whose number is the class."""
    maps = np.zeros((len(images), *images.shape[2:]))
    maps[np.arange(len(images)), :, target] = 1
    return maps


def test_every_method_is_asked_about_equally_often_in_an_order_that_the_seed_decides(net):
    orders = [[one.method for one in questions(net, chosen("edges,random,centre"), 4, seed)] for seed in (5, 5, 6)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == 4 * ["centre"] + 4 * ["edges"] + 4 * ["random"]


def test_no_picture_is_shown_twice(net):
    pictures = [one.picture.tobytes() for one in questions(net, chosen("edges,random"), 5)]
    assert len(set(pictures)) == 10


def test_the_right_answer_is_what_the_net_says_not_what_is_there(net):
    asked, drawn = questions(net, chosen("edges"), 6), nets.scenes(6, QUIZ_SEED, OBJECTS)
    assert [one.said for one in asked] == nets.predict(net, drawn.images).argmax(axis=1).tolist()
    assert [one.there for one in asked] == [tuple(classes) for classes in drawn.classes.tolist()]
    assert any(one.said not in one.there for one in asked), "this net knows nothing"


def test_the_map_is_that_of_the_class_which_the_net_says(net):
    for one in questions(net, [Method("spy", of_the_class)], 3):
        assert np.flatnonzero(one.heat[0].sum(axis=1) > 1).tolist() == [one.said]


def test_each_map_is_that_of_its_own_picture_by_its_own_method(net):
    asked, drawn = questions(net, chosen("edges,gradient"), 2, seed=3), nets.scenes(4, QUIZ_SEED + 3, OBJECTS)
    for i, one in enumerate(asked):
        (method,) = chosen([one.method])
        alone = tile(method(net, drawn.images[i : i + 1], one.said)[0])
        assert abs(one.heat - alone).max() < 0.05, "but for rounding, which may change a pixel's shade by a step"


def test_what_speaks_against_the_class_is_as_dark_as_nothing(net):
    against = Method("against", lambda model, images, target: of_the_class(model, images, target) - 1)
    assert not questions(net, [against], 1)[0].heat.any()


def test_the_object_that_the_net_names_is_outlined_and_nothing_of_it_is_hidden():
    drawn = nets.scenes(1, QUIZ_SEED, OBJECTS)
    plain, outlined = larger(plot.picture(drawn.images[0])), shown(drawn, 0, drawn.classes[0, 1])
    changed, mask = (plain != outlined).any(axis=2), larger(drawn.masks[0, 1])
    near = larger(np.pad(drawn.masks[0, 1], 2))[: changed.shape[0] + 4 * ENLARGED]
    rows, columns = np.nonzero(changed)
    assert changed.any() and not (changed & mask).any()
    assert all(near[r : r + 4 * ENLARGED, c : c + 4 * ENLARGED].any() for r, c in zip(rows, columns))


def test_a_picture_without_what_the_net_names_has_no_outline():
    drawn = nets.scenes(1, QUIZ_SEED, OBJECTS)
    absent = next(c for c in range(len(nets.CLASSES)) if c not in drawn.classes[0])
    assert np.array_equal(shown(drawn, 0, absent), larger(plot.picture(drawn.images[0])))


def test_no_question_is_no_quiz(net):
    with pytest.raises(ValueError, match="n is the number of questions for each method, at least 1, not 0"):
        questions(net, chosen("edges"), 0)
