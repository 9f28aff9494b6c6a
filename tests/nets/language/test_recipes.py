"""The recipes train what they say, once, and keep it; and a blind net is blind."""

from dataclasses import replace

import numpy as np
import pytest

from nets.language import answerer_net, captioner_net, recipes
from nets.language.recipes import as_bytes, held_out, with_answers
from nets.training import Run


@pytest.fixture
def quick(monkeypatch):
    for name in ("CAPTIONS_RECIPE", "PLAIN_RECIPE", "QUESTIONS_RECIPE", "BLIND_RECIPE"):
        monkeypatch.setattr(recipes, name, replace(getattr(recipes, name), epochs=1))
    for name, value in {"CAPTION_SCENES": 64, "QUESTION_SCENES": 64, "TEST": 8}.items():
        monkeypatch.setattr(recipes, name, value)


@pytest.mark.training
@pytest.mark.parametrize(("recipe", "choice"), [(captioner_net, {"attention": True}), (captioner_net,
                         {"attention": False}), (answerer_net, {}), (answerer_net, {"blind": True})])
def test_a_net_is_trained_once_and_read_after_that(quick, tmp_path, monkeypatch, recipe, choice):
    first, history = recipe(seed=3, folder=tmp_path, progress=False, **choice)
    monkeypatch.setattr(Run, "step", lambda *_: pytest.fail("trained again"))
    second, again = recipe(seed=3, folder=tmp_path, progress=False, **choice)
    assert history == again and len(history.accuracies) == 1 and not second.training
    assert all(np.array_equal(a, second.state_dict()[name]) for name, a in first.state_dict().items())


@pytest.mark.training
def test_the_variants_have_files_of_their_own(quick, tmp_path):
    for recipe, choice in ((captioner_net, {}), (captioner_net, {"attention": False}), (answerer_net, {}),
                           (answerer_net, {"blind": True})):
        recipe(folder=tmp_path, progress=False, **choice)
    assert len(list(tmp_path.glob("*.npz"))) == 4


@pytest.mark.training
def test_in_training_what_can_be_about_any_group_is_asked_twice(quick, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Run, "step", lambda self, images, targets: seen.append(targets) or 0.0)
    answerer_net(folder=tmp_path, progress=False)
    targets = np.concatenate(seen)
    assert targets.shape == (64, 8, 7)
    for once, again in ((0, 5), (2, 6), (4, 7)):
        assert (targets[:, once] != targets[:, again]).any(axis=1).mean() > 0.3
        assert targets[:, once, 0].max() == targets[:, again, 0].max()  # they begin with the same words


@pytest.mark.training
def test_a_blind_net_sees_grey(quick, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Run, "step", lambda self, images, targets: seen.append(np.unique(images).size) or 0.0)
    answerer_net(folder=tmp_path, progress=False, blind=True)
    assert seen and set(seen) == {1}


def test_no_net_is_trained_on_the_held_out_scenes():
    assert recipes.FIRST_HELD_OUT_SEED > 0 and len(held_out(groups=2, n=3)) == 3


def test_questions_carry_their_answer_last():
    rows = with_answers(held_out(groups=3, n=4))
    assert rows.shape == (4, 5, 7) and rows[..., -1].max() < 18


def test_bytes_are_the_nearest_ones():
    assert as_bytes(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]
