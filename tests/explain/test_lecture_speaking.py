"""What the lecture shows of language, made with nets that have learned nothing: every figure is the net's own."""

import re

import numpy as np
import pytest

import explain
import minigrad as mg
import nets
from explain.evaluation.speaking import Pointing
from explain.lecture import other_scores, speaking
from minigrad import functional as F
from nets import language
from nets.language.words import PAD, WORDS


@pytest.fixture(scope="module")
def two():
    return language.group_scenes(2, seed=5)


@pytest.fixture(scope="module")
def captioner():
    mg.manual_seed(1)
    return language.Captioner().eval()


@pytest.fixture(scope="module")
def caption(captioner, two):
    """A true caption of the first scene, and what the page shows of it."""
    words = language.captions(two).words[0]
    return words, speaking.described(captioner, two, 0, words)


def test_every_word_has_an_item_and_padding_has_none(caption):
    words, group = caption
    assert [item.name for item in group.items] == [WORDS[word] for word in words if word != PAD]


def test_beneath_a_word_is_the_probability_that_the_net_gave_it(caption, captioner, two):
    words, group = caption
    p = F.softmax(captioner(mg.tensor(two.images[:1]), words[None])).numpy()[0]
    assert [item.note for item in group.items] == [f"{p[t, word]:.0%}" for t, word in enumerate(words) if word != PAD]


def test_the_next_word_would_be_the_most_probable_other_one(captioner, two):
    words = language.write(captioner, two.images)[0]
    scores = captioner(mg.tensor(two.images[:1]), words[None]).numpy()[0]
    _, seconds = speaking.word_probabilities(captioner, two.images[0], words)
    for t in np.flatnonzero(words != PAD):
        better = [word for word in range(1, len(WORDS)) if word != words[t] and scores[t, word] > scores[t, seconds[t]]]
        assert seconds[t] != words[t] and better == []


def test_a_words_maps_are_its_gradcam_and_its_attention(caption, captioner, two):
    words, group = caption
    heat = explain.word_gradcam(captioner, two.images[0], words, relu=False).clip(0)
    looks = explain.attention_maps(captioner, two.images[0], words)
    drawn = [explain.plot.pixels(explain.plot.overlay(two.images[0], maps[1])) for maps in (heat, looks)]
    assert [tile.png for tile in group.items[1].tiles] == drawn


def test_a_right_caption_is_called_right_whichever_group_comes_first(two):
    for seed in range(4):
        words = language.captions(two, seed).words[0]
        assert speaking.verdict(two, 0, words) == f"All of it is right. True: “{language.decoded(words)}.”"


def test_what_is_wrong_with_a_caption_is_named(two):
    words = language.captions(two).words[0].copy()
    colour = next(t for t, word in enumerate(words) if WORDS[word] in ("red", "green", "blue", "yellow", "white"))
    words[colour] = WORDS.index("red" if WORDS[words[colour]] != "red" else "blue")
    assert speaking.verdict(two, 0, words).startswith("Wrong: colour. True: ")
    assert speaking.verdict(two, 0, words[::-1].copy()).startswith("This follows no grammar. True: ")


def test_without_a_noun_that_fits_nothing_is_counted(captioner, two):
    assert speaking.peaks_of_nouns(captioner, two, np.full((2, 3), 2)) == []
    assert "%" not in speaking.caption_notice() and "Selvaraju" in speaking.caption_notice()


@pytest.mark.parametrize(("heat", "looks", "better"), [(0.8, 0.5, "Grad-CAM"), (0.5, 0.8, "attention")])
def test_the_better_pointer_is_named_with_its_figures(heat, looks, better):
    text = speaking.caption_notice(Pointing(40, heat, 0.05), Pointing(40, looks, 0.05))
    assert f"Here {better} points" in text and f"in {heat:.0%} with Grad-CAM and in {looks:.0%} with att" in text


# Answers


@pytest.fixture(scope="module")
def three():
    return language.group_scenes(2, seed=5, groups=3)


@pytest.fixture(scope="module")
def asked(three):
    return language.questions(three)


@pytest.fixture(scope="module")
def answerer():
    mg.manual_seed(1)
    return language.Answerer().eval()


@pytest.fixture(scope="module")
def group(answerer, three, asked):
    return speaking.interrogated(answerer, three, asked, 0)


def test_a_question_of_every_kind_is_asked(group, asked):
    assert [item.name for item in group.items] == [asked.text(0, k) for k in range(5)]


def test_the_answer_is_the_nets_with_its_probability_and_the_truth(group, answerer, three, asked):
    for k, item in enumerate(group.items):
        p = F.softmax(answerer(mg.tensor(three.images[:1]), asked.words[:1, k])).numpy()[0]
        said, truth = int(p.argmax()), asked.answers[0, k]
        assert f"“{language.ANSWERS[said]}” ({p[said]:.0%})" in item.text
        assert ("which is right" in item.text) == (said == truth)
        assert said == truth or f"the truth is “{language.ANSWERS[truth]}”" in item.text


def test_the_counterfactual_is_of_the_next_answer_and_the_contrast_of_both(group, answerer, three, asked):
    net, image = explain.Given(answerer, asked.words[0, 2]), three.images[0]
    said, other = np.argsort(-net(mg.tensor(image[None])).numpy()[0])[:2].tolist()
    maps = [explain.counterfactual_gradcam(net, image, other, relu=False),
            explain.contrastive_gradcam(net, image, other, relu=False)]
    drawn = [explain.plot.pixels(speaking.overlaid(image, np.maximum(one, 0))) for one in maps]
    assert [tile.png for tile in group.items[2].tiles[-2:]] == drawn
    p, q = language.ANSWERS[said], language.ANSWERS[other]
    assert [tile.title for tile in group.items[2].tiles[-2:]] == [f"why not “{q}”?", f"why “{p}” rather than “{q}”?"]


def test_the_shares_of_a_questions_words_add_up_to_one(group):
    for item in group.items:
        assert " ".join(word for word, _ in item.shaded) + "?" == item.name
        assert sum(share for _, share in item.shaded) == pytest.approx(1)


def test_a_kind_without_a_right_answer_has_no_peaks():
    rows = speaking.answer_rows(np.ones((4, 5), bool), {"count": Pointing(4, 0.75, 0.1)})
    assert rows[0] == ["existence", "100%", "50%", "–", "–"] and rows[1] == ["count", "100%", "33%", "75%", "10%"]


# Other scores


def test_a_score_for_every_pixel_has_the_class_score_as_its_mean():
    mg.manual_seed(1)
    model, images = nets.SmallCNN().eval(), nets.scenes(2, seed=1).images
    scores = other_scores.Segments(model)(mg.tensor(images)).numpy()
    np.testing.assert_allclose(scores.mean(axis=(2, 3)), nets.predict(model, images), rtol=1e-3, atol=1e-4)


def test_gradcam_cannot_tell_one_pixel_of_such_a_net_from_another():
    mg.manual_seed(1)
    net, image = other_scores.Segments(nets.SmallCNN().eval()), nets.scenes(1, seed=1).images[0]
    here, there = (explain.gradcam(net, image, lambda s, at=at: s[:, 3, at, at], relu=False) for at in (9, 50))
    np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-7)
    assert not np.allclose(*(explain.saliency(net, image, lambda s, at=at: s[:, 3, at, at]) for at in (9, 50)))


def test_a_net_that_measures_is_the_best_linear_one_for_its_scenes():
    mg.manual_seed(1)
    model, drawn = nets.SmallCNN().eval(), nets.scenes(80, seed=0, objects=(1, 3))
    error = nets.predict(other_scores.area_net(model, n=80), drawn.images)[:, 0] - other_scores.covered(drawn)
    seen = explain.embed(model, drawn.images)
    assert abs(error.mean()) < 1 and np.abs(np.corrcoef(error, seen.T)[0, 1:]).max() < 0.02  # nothing linear is left


def test_an_area_is_that_of_all_objects_together():
    drawn = nets.scenes(3, seed=2, objects=2)
    assert other_scores.covered(drawn)[1] == (drawn.masks[1, 0] | drawn.masks[1, 1]).sum()


def test_the_lines_that_are_shown_are_the_lines_that_are_run():
    names = {"t": 3, "label": 7, "row": 1, "column": 2}
    code = other_scores.code_of(names)
    assert all(f" = {line}\n" in code for line in other_scores.LINES.values())
    assert re.search(r"\[0\], 3\n", code) and "(row, column) = Segments(model), (1, 2)" in code
