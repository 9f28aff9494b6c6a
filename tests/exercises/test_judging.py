"""Comparing a value with the one that was worked out by hand: what a failure says."""

import numpy as np
import pytest

import minigrad as mg

from .judging import compare


def said(yours, expected):
    with pytest.raises(AssertionError) as failure:
        compare(yours, expected, "the sums")
    return str(failure.value)


def test_equal_values_pass_as_arrays_tensors_and_numbers():
    for yours in (np.array([1.0, 2.0]), mg.tensor(np.array([1.0, 2.0]))):
        compare(yours, [1.0, 2.0], "the sums")
    compare(np.float64(3), 3.0, "the sum")
    compare(np.array([np.nan]), [np.nan], "a share")


def test_a_difference_is_told_by_its_worst_place_both_values_and_their_ratio():
    words = said(np.array([[1.0, 2.0], [3.0, 8.0]]), [[1.0, 2.0], [3.0, 4.0]])
    assert "the sums: wrong at 1 of 4 places" in words
    assert "worst at index (1, 1): yours is 8, and should be 4, ratio 2" in words


@pytest.mark.parametrize(
    ("yours", "words"),
    [
        (np.array([[2.0, 4, 6], [8, 10, 12]]), "every number is 2 times what it should be"),
        (-np.array([[1.0, 2, 3], [4, 5, 6]]), "a sign"),
        (np.array([[1.0, 4], [2, 5], [3, 6]]), "something is transposed"),
        (np.array([6.0, 15]), r"has shape (2,), and should have (2, 3)"),
        (np.array([[1, 2, 3], [4, 5, 6]]), "are int64, and should be floats"),
        (None, "returned None"),
        ([[1.0, 2, 3], [4, 5, 6]], "returned a list"),
    ],
)
def test_a_common_mistake_is_recognised(yours, words):
    assert words in said(yours, np.array([[1.0, 2, 3], [4, 5, 6]]))


def test_answers_of_yes_and_no_are_not_taken_for_gradients():
    assert "this looks like" not in said(np.array([True, False]), [False, False])
