"""The pointing game for words: held to scenes and maps made by hand."""

import numpy as np
import pytest

import explain
import minigrad as mg
from explain.evaluation import speaking
from explain.evaluation.speaking import (
    Pointing,
    counterfactual_evidence,
    meant,
    missing_evidence,
    nouns_meant,
    pointing,
    pointing_of_answers,
    pointing_of_nouns,
)
from nets import language


@pytest.fixture(scope="module")
def scenes():
    return language.group_scenes(12, seed=5, size=48)


@pytest.fixture(scope="module")
def three_groups():
    return language.group_scenes(12, seed=6, groups=3, size=48)


@pytest.fixture(scope="module")
def asked(three_groups):
    return language.questions(three_groups, seed=1)


def test_a_peak_on_the_objects_is_a_hit_and_their_share_is_chance(scenes):
    masks = scenes.masks[:, 0]
    assert pointing(masks.astype(float), masks) == Pointing(12, 1.0, masks.mean())
    assert pointing(1.0 - masks, masks).hits == 0


def test_with_a_margin_near_misses_are_hits_and_chance_is_higher(scenes):
    masks = scenes.masks[:, 0]
    beside = np.roll(masks, 1, axis=2) & ~masks
    peaks = beside * np.arange(1.0, 49 * 48 - 47).reshape(48, 48)  # one peak in each map
    strict, mild = (pointing(peaks, masks, margin) for margin in (0, 1.5))
    assert (strict.hits, mild.hits) == (0, 1) and mild.chance > strict.chance


def test_every_noun_of_a_true_caption_means_its_group(scenes):
    said = language.captions(scenes)
    meanings = nouns_meant(said.words, scenes)
    assert len(meanings) == 24
    assert all(said.refers[i, t].tolist() == [g == 0, g == 1] for i, t, g in meanings)


def test_nouns_of_what_is_not_there_mean_nothing(scenes):
    absent = next(s for s in range(6) if s not in scenes.shape[0])
    words = language.encoded([["a", "red", language.words.SHAPE_WORDS[absent], "."]], 5)
    assert nouns_meant(words, scenes[0]) == []


def test_the_pixels_meant_are_those_of_all_groups_referred_to(scenes):
    refers = np.array([[True, True], [False, False], *[[True, False]] * 10])
    pixels = meant(scenes, refers)
    np.testing.assert_array_equal(pixels[0], scenes.masks[0].any(axis=0))
    assert not pixels[1].any()
    np.testing.assert_array_equal(pixels[2:], scenes.masks[2:, 0])


def test_nouns_are_pointed_at_by_their_own_maps(scenes):
    said = language.captions(scenes)

    def true_maps(model, images, words):
        start = next(i for i in range(len(scenes)) if np.array_equal(scenes.images[i], images[0]))
        refers = said.refers[start : start + len(images)]
        return np.einsum("ntg,nghw->nthw", refers.astype(float), scenes.masks[start : start + len(images)])

    assert pointing_of_nouns(None, scenes, said.words, true_maps, batch_size=5)[:2] == (24, 1.0)


def test_with_a_margin_a_noun_may_be_pointed_at_from_near_by(scenes):
    words = language.captions(scenes).words
    corner = np.zeros((13, 48, 48))
    corner[:, 0, 0] = 1
    strict, mild = (pointing_of_nouns(None, scenes, words, lambda model, images, words: np.stack([corner] * len(words)),
                                      margin=margin) for margin in (0, 30))
    assert strict.hits < mild.hits < 1 and mild.chance > strict.chance


def test_only_right_answers_that_rest_on_something_count(three_groups, asked, monkeypatch):
    monkeypatch.setattr(speaking, "gradcam", lambda net, images, target, relu: np.zeros((len(images), 48, 48)))
    given = asked.answers.copy()
    given[:3, 1] = (given[:3, 1] + 1) % 18
    table = pointing_of_answers(language.Answerer(), three_groups, asked, given)
    yes = (asked.answers[:, 0] == language.ANSWERS.index("yes")).sum()
    assert {kind: found.n for kind, found in table.items()} == \
        {"existence": yes, "count": 9, "colour": 12, "size": 12, "relation": 12}


def test_missing_evidence_is_looked_for_where_the_noun_is_but_not_so(three_groups, asked, monkeypatch):
    no = (asked.answers[:, 0] == language.ANSWERS.index("no")) & asked.subjects[:, 0].any(axis=1)
    truth = meant(three_groups, asked.subjects[:, 0])[no]
    monkeypatch.setattr(speaking, "contrastive_gradcam", lambda *about, relu: truth.astype(float))
    found = missing_evidence(language.Answerer(), three_groups, asked, asked.answers)
    assert found == Pointing(no.sum(), 1.0, truth.mean())


def test_without_any_such_question_it_is_said(three_groups, asked):
    with pytest.raises(ValueError, match='no "no" is right of which the noun is in the picture'):
        missing_evidence(language.Answerer(), three_groups, asked, np.zeros_like(asked.answers))


@pytest.fixture(scope="module")
def painted():
    return language.pairs(12, seed=6, size=48)


def test_counterfactual_maps_are_of_the_first_answer_on_both_pictures(painted, monkeypatch):
    right = np.array([0, 1, 2, 4, 7])
    given = np.where(np.isin(np.arange(12), right)[:, None], painted.answers, painted.answers[:, ::-1])
    both = iter(given.T)
    monkeypatch.setattr(speaking, "answers", lambda *about: next(both))
    asked_about = []

    def maps(net, images, target, relu):
        asked_about.append((images, target))
        return np.stack([np.eye(48)] * len(images))

    monkeypatch.setattr(speaking, "counterfactual_gradcam", maps)
    before, after = counterfactual_evidence(language.Answerer(), painted, batch_size=5)
    assert [found.n for found in (before, after)] == [5, 5]
    for (images, target), scenes in zip(asked_about, (painted.before, painted.after)):
        np.testing.assert_array_equal(images, scenes.images[right])
        scores = mg.tensor(np.random.default_rng(0).standard_normal((5, len(language.ANSWERS))))
        expected = explain.answer_score(painted.answers[right, 0])(scores)
        np.testing.assert_array_equal(target(scores).numpy(), expected.numpy())


def test_evidence_that_moves_to_the_group_is_seen_there(painted, monkeypatch):
    both = iter(painted.answers.T)
    monkeypatch.setattr(speaking, "answers", lambda *about: next(both))
    found = iter([1.0 - painted.changed, painted.changed.astype(float)])
    monkeypatch.setattr(speaking, "counterfactual_gradcam", lambda *about, relu: next(found))
    chance = painted.changed.mean()
    assert counterfactual_evidence(language.Answerer(), painted) == (Pointing(12, 0.0, chance),
                                                                     Pointing(12, 1.0, chance))


def test_a_net_that_answers_no_pair_rightly_is_not_asked_why(painted, monkeypatch):
    monkeypatch.setattr(speaking, "answers", lambda *about: np.zeros(12, int))
    with pytest.raises(ValueError, match="of no pair both answers are right"):
        counterfactual_evidence(language.Answerer(), painted)


def test_with_real_nets_the_numbers_are_shares(three_groups, scenes, asked):
    mg.manual_seed(1)
    table = pointing_of_answers(language.Answerer().eval(), three_groups, asked, asked.answers)
    nouns = pointing_of_nouns(language.Captioner().eval(), scenes, language.captions(scenes).words)
    for found in (*table.values(), nouns):
        assert 0 <= found.hits <= 1 and 0 < found.chance < 0.2
