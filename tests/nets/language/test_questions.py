"""Questions are answered truly, and their words don't give the answers away."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from nets.language import ANSWERS, CHANCE, KINDS, group_scenes, questions
from nets.language.words import (
    COLOUR_WORDS,
    COUNT_WORDS,
    PATTERN_WORDS,
    PLURALS,
    RELATIONS,
    SHAPE_WORDS,
    SIZE_WORDS,
)

MANY = 6400


@pytest.fixture(scope="module")
def scenes():
    return group_scenes(MANY, seed=11, groups=3, size=48)


@pytest.fixture(scope="module")
def asked(scenes):
    return questions(scenes, seed=3)


def facts(scenes, i):
    """Scene `i` as a list of groups, in words."""
    return [{"shape": SHAPE_WORDS[scenes.shape[i, g]], "plural": PLURALS[scenes.shape[i, g]],
             "colour": COLOUR_WORDS[scenes.colour[i, g]], "size": SIZE_WORDS[scenes.size[i, g]],
             "pattern": PATTERN_WORDS[scenes.pattern[i, g]], "count": COUNT_WORDS[scenes.count[i, g]],
             "where": scenes.centres[i, g]} for g in range(3)]


def answered(text, groups):
    """The answer of somebody who parses the question and looks at the facts; and the groups that the answer names."""
    words = text.rstrip("?").split()
    named = [g for g in groups if {g["shape"], g["plural"]} & set(words)]
    if text.startswith("is there"):
        fits = [g for g in named if words[3] in (g["colour"], g["size"], g["pattern"])]
        return "yes" if fits else "no", fits
    if text.startswith("how many"):
        return named[0]["count"], named
    if "colour" in words:
        return named[0]["colour"], named
    if "or" in words:
        return named[0]["size"], named
    relation = next(r for r in RELATIONS if f" {r} " in text)
    axis, sign = {"left of": (1, -1), "right of": (1, 1), "above": (0, -1), "below": (0, 1)}[relation]

    def is_there(g):
        step = g["where"] - named[0]["where"]
        return step[axis] * sign > 0 and abs(step[axis]) > abs(step[1 - axis])

    (found,) = [g for g in groups if g is not named[0] and is_there(g)]
    return found["shape"], [found]


def test_every_answer_is_true_and_refers_to_what_it_rests_on(scenes, asked):
    for i in range(400):
        groups = facts(scenes, i)
        for kind in range(len(KINDS)):
            answer, rests_on = answered(asked.text(i, kind), groups)
            assert ANSWERS[asked.answers[i, kind]] == answer
            assert [g for g, refers in zip(groups, asked.refers[i, kind]) if refers] == rests_on


def test_the_subject_is_the_group_that_the_noun_names(scenes, asked):
    for i in range(400):
        for kind in range(len(KINDS)):
            words = asked.text(i, kind).rstrip("?").split()
            named = [bool({g["shape"], g["plural"]} & set(words)) for g in facts(scenes, i)]
            assert asked.subjects[i, kind].tolist() == named


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_who_knows_the_best_guess_for_each_question_stays_near_chance_without_the_picture(asked, kind):
    # The best that any blind net could learn: for each wording the answer that was most frequent in the first half.
    half, seen = MANY // 2, defaultdict(Counter)
    for words, answer in zip(asked.words[:half, kind], asked.answers[:half, kind]):
        seen[words.tobytes()][int(answer)] += 1
    right = [seen[words.tobytes()].most_common(1)[0][0] == answer if words.tobytes() in seen else False
             for words, answer in zip(asked.words[half:, kind], asked.answers[half:, kind])]
    assert abs(np.mean(right) - CHANCE[KINDS[kind]]) < 0.05


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_all_answers_of_a_kind_are_equally_frequent(asked, kind):
    counts = np.bincount(asked.answers[:, kind])
    counts = counts[counts > 0]
    assert abs(counts - MANY / len(counts)).max() < 5 * np.sqrt(MANY / len(counts))


def test_the_other_group_is_no_answer_to_a_relation(scenes, asked):
    # Each scene has two groups that a relation doesn't name; which is meant depends on the direction alone.
    kind = KINDS.index("relation")
    assert (asked.subjects[:, kind].sum(axis=1) == 1).all() and (asked.refers[:, kind].sum(axis=1) == 1).all()
    assert not (asked.subjects[:, kind] & asked.refers[:, kind]).any()


def test_equal_seeds_ask_equal_questions(scenes, asked):
    np.testing.assert_array_equal(questions(scenes[:64], seed=3).words, asked.words[:64])


def test_questions_are_about_three_groups():
    with pytest.raises(ValueError, match="a scene must have three groups, and these have 2"):
        questions(group_scenes(1))
