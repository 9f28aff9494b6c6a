"""The digits: real ones, enlarged, and never in both halves of the split."""

import numpy as np
import pytest

import nets


def test_the_split_is_complete_and_repeatable():
    training, test = nets.digits()
    assert len(training.labels) + len(test.labels) == 1797
    assert all(np.array_equal(a, b) for a, b in zip(nets.digits()[1], test))


def test_no_digit_is_in_both_halves():
    training, test = nets.digits()
    seen = {image.tobytes() for image in training.images}
    assert sum(image.tobytes() in seen for image in test.images) == 0


def test_paper_is_minus_one_and_ink_is_one():
    training, _ = nets.digits()
    assert training.images.dtype == np.float32 and training.images.min() == -1 and training.images.max() <= 1


def test_the_size_can_be_chosen():
    assert nets.digits(size=28)[1].images.shape[1:] == (1, 28, 28)


@pytest.mark.parametrize(("arguments", "words"), [({"size": 7}, "at least 8"), ({"held_out": 1.0}, "between 0 and 1")])
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        nets.digits(**arguments)
