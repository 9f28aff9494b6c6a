"""The door through which all measures go: what comes in, and what is watched."""

import numpy as np
import pytest

import minigrad as mg
from explain.evaluation import scoring
from explain.evaluation.scoring import in_batches, pictures_and_classes, scores_of_variants
from minigrad import functional as F


def test_a_single_picture_with_its_map_is_a_set_of_one(small_cnn, images):
    x, maps, classes = pictures_and_classes(small_cnn, images[0], images[0, 0], 3)
    assert x.shape == (1, 3, 16, 16) and maps.shape == (1, 16, 16) and classes.tolist() == [3]


def test_without_a_target_the_predicted_classes_are_watched_however_many_pictures_there_are(small_cnn, images,
                                                                                           monkeypatch):
    monkeypatch.setattr(scoring, "BATCH", 2)
    _, _, classes = pictures_and_classes(small_cnn, images, images[:, 0], None)
    assert np.array_equal(classes, small_cnn.eval()(mg.tensor(images)).numpy().argmax(axis=1))


@pytest.mark.parametrize("target", [[0, 1], 1.5, "cat"])
def test_a_target_that_does_not_fit_is_refused(small_cnn, images, target):
    with pytest.raises(ValueError, match="target"):
        pictures_and_classes(small_cnn, images, images[:, 0], target)


def test_a_class_that_the_net_does_not_have_is_refused_when_it_is_asked(small_cnn, images):
    with pytest.raises(ValueError, match="target 9: the net has classes 0 to 4"):
        scores_of_variants(small_cnn, [images], 9)


def test_scores_of_batches_are_those_of_all_at_once(small_cnn, images):
    small_cnn.eval()
    output = small_cnn(mg.tensor(images))
    for score, wanted in (("logit", output), ("probability", F.softmax(output, axis=1))):
        found = scores_of_variants(small_cnn, in_batches(images, 2), 4, score)
        assert np.allclose(found, wanted.numpy()[:, 4])


def test_no_more_than_a_batch_is_made_at_a_time(small_cnn, images):
    alive = []

    def batches():
        for image in images:
            alive.append(1)
            yield image[None]
            assert len(alive) == 1
            alive.pop()
    assert len(scores_of_variants(small_cnn, batches(), 0)) == 3
