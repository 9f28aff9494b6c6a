"""One forward pass serves many explanations, and leaves the net as it found it.

The score that is explained may be a class, a class for each picture, the predicted one, or any function of the output.
"""

import numpy as np
import pytest

import minigrad as mg
from explain.forward import Forward


def test_a_class_stands_for_its_score_before_softmax(small_cnn, images):
    run = Forward(small_cnn, images, 3)
    assert np.array_equal(run.scores.numpy(), run.output.numpy()[:, 3])


def test_every_picture_may_have_a_class_of_its_own(small_cnn, images):
    run = Forward(small_cnn, images, [0, 4, 2])
    assert np.array_equal(run.scores.numpy(), run.output.numpy()[[0, 1, 2], [0, 4, 2]])


def test_without_a_target_the_predicted_class_is_explained(small_cnn, images):
    run = Forward(small_cnn, images)
    assert np.array_equal(run.scores.numpy(), run.output.numpy().max(axis=1))


def test_a_score_may_be_any_function_of_the_output(small_cnn, images):
    run = Forward(small_cnn, images, lambda output: output[:, 0] - output[:, 1])
    assert np.allclose(run.scores.numpy(), run.output.numpy()[:, 0] - run.output.numpy()[:, 1])


def test_the_net_is_explained_in_eval_mode_and_left_in_the_mode_it_was_in(small_cnn, images):
    small_cnn.train()
    small_cnn.features.eval()
    before = [module.training for module in small_cnn.modules()]
    state = small_cnn.state_dict()
    first, second = Forward(small_cnn, images).output.numpy(), Forward(small_cnn, images[:1]).output.numpy()
    assert np.allclose(first[:1], second), "in training mode the other pictures would have mattered"
    assert [module.training for module in small_cnn.modules()] == before
    assert all(np.array_equal(state[key], value) for key, value in small_cnn.state_dict().items())


def test_the_mode_is_put_back_after_an_error_too(small_cnn):
    small_cnn.train()
    with pytest.raises(ValueError, match="channels"):
        Forward(small_cnn, np.zeros((1, 2, 16, 16)))
    assert all(module.training for module in small_cnn.modules())


def test_no_gradient_is_left_on_the_parameters(small_cnn, images):
    run = Forward(small_cnn, images, 0)
    run.gradient(run.x, "guided")
    assert all(p.grad is None for p in small_cnn.parameters())


@pytest.mark.parametrize(
    ("images", "target", "words"),
    [
        (np.zeros((8, 8)), 0, r"\(N, C, H, W\)"),
        (np.zeros((0, 3, 16, 16)), 0, "empty"),
        (np.full((3, 16, 16), np.nan), 0, "NaN"),
        (np.zeros((3, 16, 16)), 5, "classes 0 to 4"),
        (np.zeros((3, 16, 16)), -1, "classes 0 to 4"),
        (np.zeros((2, 3, 16, 16)), [0, 1, 2], "2 classes for 2 pictures"),
        (np.zeros((3, 16, 16)), 1.5, "must be a class"),
        (np.zeros((3, 16, 16)), lambda output: output.sum(), "1 scores"),
    ],
)
def test_bad_input_is_refused_with_the_numbers_involved(small_cnn, images, target, words):
    with pytest.raises(ValueError, match=words):
        Forward(small_cnn, images, target)


def test_pictures_of_integers_are_refused(small_cnn):
    with pytest.raises(TypeError, match="floats"):
        Forward(small_cnn, np.zeros((3, 16, 16), np.uint8))


def test_tensors_are_accepted_as_pictures(small_cnn, images):
    from_tensor, from_array = Forward(small_cnn, mg.tensor(images)), Forward(small_cnn, images)
    assert np.array_equal(from_tensor.output.numpy(), from_array.output.numpy())
