"""Captions say what is there, each word knows which objects it means, and mistakes cost the slot they are in."""

import re

import numpy as np
import pytest

from nets.language import SLOTS, GroupScenes, captions, decoded, encoded, group_scenes, slots
from nets.language.captions import LONGEST
from nets.language.words import END, PAD, PLURALS, SHAPE_WORDS, WORDS


@pytest.fixture(scope="module")
def scenes():
    return group_scenes(300, seed=8)


@pytest.fixture(scope="module")
def said(scenes):
    return captions(scenes, seed=2)


@pytest.fixture
def scene_by_hand():
    """Two large striped red rings, and right of them a small plain blue star."""
    values = {"shape": [0, 1], "colour": [0, 2], "size": [1, 0], "pattern": [1, 0], "count": [1, 0]}
    arrays = {name: np.array([two]) for name, two in values.items()}
    return GroupScenes(np.zeros((1, 3, 64, 64)), **arrays, centres=np.array([[[30.0, 10.0], [34.0, 50.0]]]),
                       masks=np.zeros((1, 2, 64, 64), bool))


def refers_only(refers, g):
    """The places of the words that refer to group `g` alone."""
    return refers[:, g] & ~refers[:, 1 - g]


def one(scenes, text):
    """What is right about this caption of the first scene."""
    rights = slots(encoded([text.split()], LONGEST), scenes[0])
    return {slot for slot, right in rights.items() if right[0]}


def test_true_captions_are_right_in_every_slot(scenes, said):
    assert all(right.all() for right in slots(said.words, scenes).values())


def test_a_caption_ends_in_a_full_stop_and_padding(said):
    for row in said.words:
        end = row.tolist().index(END)
        assert (row[:end] > END).all() and (row[end + 1 :] == PAD).all()


def test_either_group_may_come_first(scenes, said):
    firsts = said.refers[:, 0, 0]
    assert 0.35 < firsts.mean() < 0.65


def test_a_phrases_words_refer_to_their_group_and_a_relations_to_both(scenes, said):
    for i, (row, refers) in enumerate(zip(said.words, said.refers)):
        for number, groups in zip(row, refers):
            word = WORDS[number]
            if word in ("left", "right", "of", "above", "below"):
                assert groups.all()
            elif number in (PAD, END):
                assert not groups.any()
            else:
                assert groups.sum() == 1
        for g in (0, 1):
            own = [WORDS[number] for number in row[refers_only(said.refers[i], g)]]
            assert own[-1] in (SHAPE_WORDS[scenes.shape[i, g]], PLURALS[scenes.shape[i, g]])


def test_only_what_is_small_or_striped_or_many_is_said_to_be(scenes, said):
    for i, text in enumerate(said.texts()):
        assert text.count("small") == (scenes.size[i] == 0).sum()
        assert text.count("striped") == (scenes.pattern[i] == 1).sum()
        assert len(re.findall(r"\ba\b", text)) == (scenes.count[i] == 0).sum()


@pytest.mark.parametrize(("slot", "said", "instead"), [
    ("object", "star", "heart"), ("colour", "blue", "red"), ("size", "a small", "a"), ("size", "two", "two small"),
    ("pattern", " striped", ""), ("count", "two", "three"), ("relation", "left of", "above"),
])
def test_a_mistake_costs_its_slot_and_no_other(scene_by_hand, slot, said, instead):
    text = "two striped red rings left of a small blue star"
    assert one(scene_by_hand, text) == {"grammar", *SLOTS}
    assert one(scene_by_hand, text.replace(said, instead)) == {"grammar", *SLOTS} - {slot}


def test_the_other_order_is_as_right(scenes):
    both = {captions(scenes[0], seed).texts()[0] for seed in range(8)}
    assert len(both) == 2 and all(one(scenes, text) == {"grammar", *SLOTS} for text in both)


@pytest.mark.parametrize("text", ["", "a ring", "red red red", "a red ring left a blue star"])
def test_what_follows_no_grammar_has_nothing_right(scenes, text):
    assert one(scenes, text) == set()


def test_captions_are_of_two_groups():
    with pytest.raises(ValueError, match="a caption speaks of two groups, and these scenes have 3"):
        captions(group_scenes(1, groups=3))


def test_texts_are_the_decoded_words(said):
    assert said.texts()[5] == decoded(said.words[5])
