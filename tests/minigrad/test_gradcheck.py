"""The gradient checker itself: held to derivatives that are right, and to some that are wrong in a known way.

What to take from it: what a good failure message says (which input, where, both values, their ratio), and what a finite
difference cannot judge.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad.diagnosis import diagnose, of_shapes
from minigrad.gradcheck import FULL_CHECK, GradientError
from minigrad.ops.op import Op


class Cube(Op):
    """``y = x^3`` with a derivative that is 10 too large for the number at index 2."""

    def forward(self, x):
        return x**3

    def backward(self, g, y, x):
        error = np.zeros(x.shape)
        error.flat[2] = 10
        return g * (3 * x * x + error)


class NotDifferentiableTwice(Op):
    """``y = e^x``, right once; its backward leaves the tape, so the second derivative is lost."""

    def forward(self, x):
        return np.exp(x)

    def backward(self, g, y, x):
        return g * y.detach()


def test_right_gradients_of_several_inputs_pass(normal, positive):
    assert mg.gradcheck(lambda a, b: a * b / (a * a + b), (normal(2, 3), positive(3)))


def test_outputs_may_be_a_tuple(normal):
    assert mg.gradcheck(lambda x: (x.tanh(), x[0] * x[1]), normal(2, 3))


def test_every_output_takes_part(normal):
    with pytest.raises(GradientError):
        mg.gradcheck(lambda x: (x.tanh(), Cube()(x)), normal(3))


def test_integers_and_masks_are_passed_on_as_they_are(normal):
    assert mg.gradcheck(
        lambda x, i, m: x[i] * mg.where(m, x, 0), (normal(3), np.array([0, 0, 2]), np.array([True, False, True]))
    )


def test_float32_inputs_are_checked_in_float64():
    seen = []
    mg.gradcheck(lambda x: seen.append(x.dtype) or x * x, np.ones(2, np.float32))
    assert set(seen) == {np.dtype(np.float64)}


def test_the_callers_array_is_not_changed(normal):
    x = normal(3)
    before = x.copy()
    mg.gradcheck(lambda x: x * x, x)
    np.testing.assert_array_equal(x, before)


def test_a_failure_names_input_index_both_values_and_ratio():
    with pytest.raises(GradientError) as failure:
        mg.gradcheck(lambda a, b: a.sum() * 0 + Cube()(b).sum(), (np.ones(2), np.full((2, 2), 1.0)))
    message = str(failure.value)
    assert "input 1, shape (2, 2), is wrong at 1 of 4 places" in message
    assert "worst at index (1, 0)" in message
    assert f"ratio {13 / 3:.6g}"[:10] in message


def test_a_wrong_sign_shows_as_a_ratio_of_minus_one():
    class Flipped(Op):
        def forward(self, x):
            return 2 * x

        def backward(self, g, y, x):
            return g * -2

    with pytest.raises(GradientError, match=r"ratio -1\n.*every number is -1 times.*a sign"):
        mg.gradcheck(lambda x: Flipped()(x), np.ones(3))


def test_a_kink_is_seen_and_said():
    with pytest.raises(
        GradientError, match=r"kink here \(slope -?0 to the left, -?\d.* to the right\).*move this input"
    ):
        mg.gradcheck(mg.functional.relu, np.array([0.0, 1.0]))


def test_a_kink_nearby_doesnt_disturb():
    assert mg.gradcheck(mg.functional.relu, np.array([3e-7, 1.0, -3e-7]))


def test_a_large_input_is_checked_along_a_direction_and_at_a_sample(normal):
    x = normal(2, FULL_CHECK)
    assert mg.gradcheck(lambda x: x.tanh(), x)
    with pytest.raises(GradientError, match="along a random direction.*check a smaller input"):
        mg.gradcheck(lambda x: Cube()(x), x)


def test_gradgradcheck_passes_what_is_right_twice(normal):
    assert mg.gradgradcheck(lambda a, b: (a @ b).sigmoid(), (normal(2, 3), normal(3, 2)))


def test_gradgradcheck_of_a_linear_function_passes(normal):
    assert mg.gradgradcheck(lambda a, b: a * 3 - b, (normal(2), normal(2)))


def test_gradgradcheck_finds_a_backward_that_leaves_the_tape(normal):
    x = normal(3)
    assert mg.gradcheck(lambda x: NotDifferentiableTwice()(x), x)
    with pytest.raises(GradientError, match="all zero: nothing is passed on"):
        mg.gradgradcheck(lambda x: NotDifferentiableTwice()(x), x)


def test_inputs_without_floats_are_refused():
    with pytest.raises(ValueError, match="none of the inputs are floats"):
        mg.gradcheck(lambda x: x, np.array([1, 2]))


def test_a_pattern_needs_at_least_something_in_common():
    ours, true = np.array([[1.0, -7.0], [3.0, 0.5]]), np.array([[-2.0, 1.0], [5.0, 4.0]])
    assert "no common pattern" in diagnose(ours, true, np.isclose)


@pytest.mark.parametrize(
    "ours, true, words",
    [
        ((3, 2), (2, 3), "transposed"),
        ((2, 3), (3,), "broadcasting is not undone"),
        ((2, 3), (2, 1), "broadcasting is not undone"),
        ((2,), (4, 2), "hand the numbers out"),
        ((1, 1, 7, 9), (1, 1, 5, 5), "padding"),
        ((2, 5), (3, 4), "compare it with the shapes"),
    ],
)
def test_a_wrong_shape_is_diagnosed(ours, true, words):
    assert words in of_shapes(ours, true)


def test_a_margin_of_zeros_all_round_is_padding_and_not_a_mask(normal):
    true = normal(1, 1, 5, 5)
    ours = np.pad(true[..., 1:-1, 1:-1], [(0, 0), (0, 0), (1, 1), (1, 1)])
    assert "borders only: padding" in diagnose(ours, true, np.isclose)


def test_an_input_that_nothing_arrives_at_has_gradient_zero():
    class OneOfTwo(Op):
        def forward(self, a, b):
            return a * b

        def backward(self, g, y, a, b):
            return g * b, None

    with pytest.raises(GradientError, match="input 1(.|\n)*nothing is passed on"):
        mg.gradcheck(lambda a, b: OneOfTwo()(a, b), (np.ones(3), np.ones(3)))
