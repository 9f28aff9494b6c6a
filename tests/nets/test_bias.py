"""Wolves in the snow: the shortcut is as perfect as was asked for, and nothing else gives the answer away."""

from dataclasses import replace

import numpy as np
import pytest

import nets.bias
from nets.bias import ANIMALS, SNOW_RECIPE, biased_nets, snow_scenes


def test_equal_seeds_give_equal_pictures_and_others_do_not():
    first, again, other = snow_scenes(3, seed=1), snow_scenes(3, seed=1), snow_scenes(3, seed=2)
    assert np.array_equal(first.images, again.images) and not np.array_equal(first.images, other.images)


def test_a_longer_set_begins_with_the_shorter_one():
    short, long = snow_scenes(5, seed=4, shortcut=0.7), snow_scenes(70, seed=4, shortcut=0.7)
    for name in ("images", "labels", "snow", "masks"):
        assert np.array_equal(getattr(short, name), getattr(long, name)[:5])


def test_shapes_types_and_ranges():
    few = snow_scenes(3, size=40)
    assert len(few) == 3 and few.images.shape == (3, 3, 40, 40) and few.images.dtype == np.float32
    assert few.labels.shape == few.snow.shape == (3,) and few.snow.dtype == few.masks.dtype == bool
    assert few.masks.shape == (3, 40, 40) and few.masks.any(axis=(1, 2)).all()
    assert np.abs(few.images).max() <= 1


@pytest.mark.parametrize("shortcut", [0.0, 0.5, 0.95, 1.0])
def test_the_ground_fits_the_animal_as_often_as_was_asked_for(shortcut):
    many = snow_scenes(640, seed=5, shortcut=shortcut, size=32)
    share = (many.snow == (many.labels == ANIMALS.index("wolf"))).mean()
    assert abs(share - shortcut) <= 4 * np.sqrt(shortcut * (1 - shortcut) / 640)


def test_wolves_and_huskies_are_about_as_many():
    assert 0.4 < snow_scenes(640, size=32).labels.mean() < 0.6


def test_the_same_seed_has_the_same_animals_in_the_same_places_whatever_the_ground():
    always, never = snow_scenes(64, seed=6), snow_scenes(64, seed=6, shortcut=0.0)
    assert np.array_equal(always.labels, never.labels) and np.array_equal(always.snow, ~never.snow)
    assert np.array_equal(always.masks, never.masks)
    difference = abs(always.images - never.images).max(axis=1)
    assert np.median(difference[always.masks]) == 0 and np.median(difference[~always.masks]) > 0.05


def test_snow_can_be_seen_without_the_animal():
    many = snow_scenes(256, seed=7, shortcut=0.5)
    corners = many.images[..., :12, :12].mean(axis=1)
    rough = np.abs(np.diff(corners)).mean(axis=(1, 2)) + np.abs(np.diff(corners, axis=1)).mean(axis=(1, 2))
    assert rough[many.snow].mean() > 1.3 * rough[~many.snow].mean()


@pytest.mark.parametrize("shortcut", [-0.1, 1.1, "always"])
def test_a_shortcut_is_a_share(shortcut):
    with pytest.raises(ValueError, match="give a share between 0"):
        snow_scenes(1, shortcut=shortcut)


def test_other_arguments_are_checked_as_those_of_scenes():
    with pytest.raises(ValueError, match="n is 0"):
        snow_scenes(0)


@pytest.mark.training
def test_both_nets_are_trained_alike_and_read_again_the_next_time(tmp_path, monkeypatch):
    monkeypatch.setattr(nets.bias, "SNOW_SCENES", 16)
    monkeypatch.setattr(nets.bias, "SNOW_TEST", 2)
    monkeypatch.setattr(nets.bias, "SNOW_RECIPE", replace(SNOW_RECIPE, epochs=1))
    first = biased_nets(folder=tmp_path, progress=False)
    monkeypatch.setattr("nets.training.Run.step", lambda *_: pytest.fail("trained again"))
    again = biased_nets(folder=tmp_path, progress=False)
    assert list(first) == ["shortcut", "honest"]
    for name, (model, history) in first.items():
        assert np.array_equal(model.classifier.weight.numpy(), again[name][0].classifier.weight.numpy())
        assert len(history.accuracies) == 1 and not model.training
