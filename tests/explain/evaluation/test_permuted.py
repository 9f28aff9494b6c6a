"""Nets that learned shuffled labels."""

import numpy as np

import explain
import nets
from explain.evaluation import permuted
from explain.evaluation.methods import chosen
from explain.evaluation.permuted import label_likeness, permuted_nets


def test_both_nets_see_the_same_pictures_and_only_the_labels_are_shuffled(tmp_path, monkeypatch):
    seen = {}
    def spy(classes, channels, samples, recipe, held_out, name, *rest):
        seen[name] = samples
        return None, nets.History([], [0.5])
    monkeypatch.setattr(permuted, "trained", spy)
    assert permuted_nets(3, tmp_path) == {"true": (None, 0.5), "permuted": (None, 0.5)}
    (pictures, labels), (same, shuffled) = seen["true-labels"], seen["permuted-labels"]
    assert pictures is same and sorted(labels) == sorted(shuffled) and (labels == shuffled).mean() < 0.3


def test_a_net_is_like_itself_and_less_like_another(small_cnn, images):
    other = explain.randomised(small_cnn, seed=2)
    alike = label_likeness((small_cnn, small_cnn), images, chosen(["gradient"]), 0)["gradient"]
    unlike = label_likeness((small_cnn, other), images, chosen(["gradient"]), 0)["gradient"]
    assert all(np.allclose(triple, 1) for triple in alike.values())
    assert all(low <= mean <= high < 0.9 for mean, low, high in unlike.values())
