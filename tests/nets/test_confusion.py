"""The confusion matrix counts, reports and draws which class is taken for which."""

import numpy as np
import pytest

from nets.confusion import class_report, confusion_matrix, confusion_picture


def test_the_matrix_counts_every_pair_as_a_plain_loop_does():
    rng = np.random.default_rng(0)
    labels, answers = rng.integers(0, 4, (2, 200))
    slowly = np.zeros((4, 4), int)
    for label, answer in zip(labels, answers):
        slowly[label, answer] += 1
    assert np.array_equal(confusion_matrix(labels, answers, 4), slowly)


def test_rows_are_what_is_and_columns_what_was_called():
    assert confusion_matrix(np.array([0]), np.array([2]), 3)[0, 2] == 1


def test_the_report_has_a_line_for_each_class_also_for_one_without_pictures():
    report = class_report(np.array([[8, 2, 0], [0, 5, 0], [0, 0, 0]]), ["cat", "horse", "dog"])
    assert report.splitlines() == ["cat     80.0%  of 10  mostly taken for horse (2)", "horse  100.0%  of  5",
                                   "dog    no test pictures"]


@pytest.mark.parametrize("classes", [2, 10, 20, 30, 200])
def test_the_picture_has_a_number_in_every_field_that_is_not_zero_as_long_as_there_is_room(classes):
    matrix = np.diag(np.arange(1, classes + 1))
    (axes,) = confusion_picture(matrix, [f"a class with a long name {i}" for i in range(classes)]).axes
    written = [text.get_text() for text in axes.texts]
    assert written == ([str(i) for i in range(1, classes + 1)] if classes <= 20 else [])
    assert max(len(label.get_text()) for label in axes.get_yticklabels()) <= 18


def test_the_darkness_is_the_share_of_the_row():
    (axes,) = confusion_picture(np.array([[1, 3], [0, 0]]), ["a", "b"]).axes
    assert np.array_equal(axes.images[0].get_array(), [[0.25, 0.75], [0, 0]])


@pytest.mark.parametrize(("arguments", "words"), [
    ((np.zeros(3, int), np.zeros(2, int), 2), "must be as many"),
    ((np.array([0, 2]), np.array([0, 0]), 2), "must be 0 to 1"),
    ((np.array([0, 1]), np.array([0, -1]), 2), "must be 0 to 1"),
])
def test_labels_that_do_not_fit_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        confusion_matrix(*arguments)


def test_a_picture_with_too_few_names_is_refused():
    with pytest.raises(ValueError, match="1 names don't fit"):
        confusion_picture(np.eye(2, dtype=int), ["a"])
