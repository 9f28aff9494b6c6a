"""Pairs of scenes differ in the paint of one group, and that is what their question asks for."""

import numpy as np
import pytest
from scipy import ndimage

from nets.language import ANSWERS, decoded, group_scenes, pairs
from nets.language.words import COLOUR_WORDS, PATTERN_WORDS, PLURALS, SHAPE_WORDS

MANY = 70


@pytest.fixture(scope="module", params=["existence", "colour"])
def drawn(request):
    return pairs(MANY, seed=4, kind=request.param)


@pytest.fixture(scope="module")
def existence():
    return pairs(MANY, seed=4)


def test_the_first_pictures_are_scenes_as_they_are(drawn):
    np.testing.assert_array_equal(drawn.before.images, group_scenes(MANY, 4, groups=3).images)


def test_one_group_differs_in_one_thing(drawn):
    differs = np.stack([getattr(drawn.before, name) != getattr(drawn.after, name) for name in ("colour", "pattern")])
    assert (differs.sum(axis=(0, 2)) == 1).all()
    n, g = np.nonzero(differs.any(axis=0))
    np.testing.assert_array_equal(drawn.changed, drawn.before.masks[n, g])


def test_pictures_differ_on_that_group_alone(drawn):
    differ = (drawn.before.images != drawn.after.images).any(axis=1)
    assert differ.any(axis=(1, 2)).all()
    assert not (differ & ~ndimage.binary_dilation(drawn.changed, np.ones((1, 7, 7)))).any()


def has(scenes, i, word, noun):
    """Whether scene i has a group that is called so."""
    g = np.flatnonzero(scenes.shape[i] == SHAPE_WORDS.index(noun))
    return {COLOUR_WORDS[k] for k in scenes.colour[i, g]} | {PATTERN_WORDS[k] for k in scenes.pattern[i, g]} >= {word}


def test_what_is_asked_for_is_in_the_second_picture_only(existence):
    for i, row in enumerate(existence.words):
        *_, word, noun = decoded(row).split()
        assert has(existence.after, i, word, noun) and not has(existence.before, i, word, noun)
    assert {ANSWERS[k] for k in existence.answers[:, 0]} == {"no"}
    assert {ANSWERS[k] for k in existence.answers[:, 1]} == {"yes"}


def test_colours_and_patterns_are_asked_for(existence):
    asked = {decoded(row).split()[3] for row in existence.words}
    assert asked == {*COLOUR_WORDS, *PATTERN_WORDS}


def test_the_answer_to_a_question_for_the_colour_is_the_paint():
    drawn = pairs(MANY, seed=4, kind="colour")
    for i, row in enumerate(drawn.words):
        noun = decoded(row).split()[-1]
        noun = SHAPE_WORDS[PLURALS.index(noun)] if noun in PLURALS else noun
        assert has(drawn.before, i, ANSWERS[drawn.answers[i, 0]], noun)
        assert has(drawn.after, i, ANSWERS[drawn.answers[i, 1]], noun)


def test_paint_answers_no_other_question():
    with pytest.raises(ValueError, match="kind is 'size'; only the answers of existence and colour change with paint"):
        pairs(2, kind="size")
