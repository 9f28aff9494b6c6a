"""Wrong backwards, one for every mistake that is easily made: each must be caught, and diagnosed rightly.

What to take from it: read a mutant and say what its gradient will look like before you look at the words it is paired
with.  If your own backward fails the check with the same words, you know where to look.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import functional as F
from minigrad.gradcheck import GradientError
from minigrad.ops import activation, conv, elementwise, index, matmul, norm, pool, shape, softmax
from minigrad.ops.op import Op

# Arithmetic


class MulByItself(elementwise.Mul):
    def backward(self, g, y, a, b):
        return g * a, g * b


class MulWithoutTheOther(elementwise.Mul):
    def backward(self, g, y, a, b):
        return g, g * a


class DivWithoutMinus(elementwise.Div):
    def backward(self, g, y, a, b):
        return g / b, g * y / b


class DivMultiplies(elementwise.Div):
    def backward(self, g, y, a, b):
        return g, -g * y / b


class SubWithoutMinus(elementwise.Sub):
    def backward(self, g, y, a, b):
        return g, g


class PowWithoutTheExponent(elementwise.Pow):
    def backward(self, g, y, a, b):
        return g * a ** (b - 1), None


class ExpWithoutItself(elementwise.Exp):
    def backward(self, g, y, x):
        return g


class SqrtWithoutTheHalf(elementwise.Sqrt):
    def backward(self, g, y, x):
        return g / y


class AbsWithoutSign(elementwise.Abs):
    def backward(self, g, y, x):
        return g


class DividesByZero(elementwise.Exp):
    def backward(self, g, y, x):
        with np.errstate(all="ignore"):
            return g * y * (x / x)


class WhereToBoth(elementwise.Where):
    def backward(self, g, y, a, b):
        return g, g


class AddWithoutUnbroadcast(elementwise.Add):
    def backward(self, g, y, a, b):
        return g, g


class BroadcastTakesTheMean(shape.BroadcastTo):
    def backward(self, g, y, x):
        return g.mean(axis=0, keepdims=True)


# Shapes and indices


class SumAsMean(shape.Sum):
    def backward(self, g, y, x):
        return super().backward(g, y, x) / x.size


class SumAlongTheOtherAxis(shape.Sum):
    def backward(self, g, y, x):
        return g.reshape(-1, 1).broadcast_to(x.shape)


class TransposeForgotten(shape.Transpose):
    def backward(self, g, y, x):
        return g.reshape(x.shape)


class TransposeNotInverted(shape.Transpose):
    def backward(self, g, y, x):
        return shape.Transpose(self.axes)(g)


class PadFoldsTheMarginBack(shape.Pad):
    def backward(self, g, y, x):
        edge = np.pad(np.arange(x.size).reshape(x.shape), self.widths, mode="edge")
        return index.Scatter(edge, (x.size,))(g).reshape(x.shape)


class GatherOverwrites(index.Gather):
    def backward(self, g, y, x):
        gx = np.zeros(x.shape)
        gx[self.index] = g.array
        return x.wrap(gx)


# Matrices


class MatmulTransposed(matmul.Matmul):
    def backward(self, g, y, a, b):
        return (g @ b.T).T, a.T @ g


class MatmulWithoutTranspose(matmul.Matmul):
    def backward(self, g, y, a, b):
        return g @ b, a.T @ g


# Non-linearities


class ReLUOnTheWrongSide(Op):
    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, g, y, x):
        return g * (x < 0)


class ReLUWithoutMask(ReLUOnTheWrongSide):
    def backward(self, g, y, x):
        return g


class ReLUMasksByTheGradient(ReLUOnTheWrongSide):
    def backward(self, g, y, x):
        return g * (g > 0)


class TanhWithoutInner(activation.Tanh):
    def backward(self, g, y, x):
        return g


class SigmoidHalfInner(activation.Sigmoid):
    def backward(self, g, y, x):
        return g * (1.0 - y)


class Detached(activation.Tanh):
    def backward(self, g, y, x):
        return g * 0


# Softmax and losses


class SoftmaxDiagonalOnly(softmax.Softmax):
    def backward(self, g, y, x):
        return y * g


class LogSoftmaxWithoutSum(softmax.LogSoftmax):
    def backward(self, g, y, x):
        return g


class CrossEntropy(Op):
    """Mean cross-entropy in one op, to be got wrong."""

    def __init__(self, classes):
        self.classes = classes

    def forward(self, x):
        log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
        return -(log_p * self.classes).sum() / len(x)


class CrossEntropyAsSum(CrossEntropy):
    def backward(self, g, y, x):
        return g * (softmax.softmax(x) - self.classes)


class CrossEntropyWithoutTarget(CrossEntropy):
    def backward(self, g, y, x):
        return g * softmax.softmax(x) / len(x)


# Normalisation


class BatchNormWithoutMeans(norm.BatchNorm):
    def backward(self, g, y, x, w, b):
        scale = w / np.sqrt(self.var + self.eps)
        return g * scale, None, g.sum(axis=0)


class ScaleWithoutWeight(Op):
    def forward(self, x, w):
        return x * w.reshape(-1, 1)

    def backward(self, g, y, x, w):
        return g, (g * x).sum(axis=1)


class CentreWithoutMean(Op):
    def forward(self, x):
        return x - x.mean()

    def backward(self, g, y, x):
        return g


class CentreRowsWithoutMean(Op):
    def forward(self, x):
        return x - x.mean(axis=1, keepdims=True)

    def backward(self, g, y, x):
        return g


# Convolution and pooling


class ConvFlipsTheKernel(conv.Conv2d):
    def backward(self, g, y, x, w):
        return conv.Conv2dInput(x.shape, self.geometry)(g, w[:, :, ::-1, ::-1]), None


class ConvTransposesTheWeight(conv.Conv2d):
    def backward(self, g, y, x, w):
        return None, conv.Conv2dWeight(w.shape, self.geometry)(x, g).swapaxes(2, 3)


class ConvSwapsChannels(conv.Conv2d):
    def backward(self, g, y, x, w):
        return None, conv.Conv2dWeight(w.shape, self.geometry)(x, g).swapaxes(0, 1)


class ConvForgetsThePadding(conv.Conv2d):
    """Crops the gradient of the padded picture to the upper left instead of the middle."""

    def backward(self, g, y, x, w):
        n, c, height, width = x.shape
        padded = conv.Conv2dInput((n, c, height + 2, width + 2), self.geometry._replace(padding=(0, 0)))(g, w)
        return padded[:, :, :height, :width], None


class MaxPoolOverwrites(pool.MaxPool2d):
    def backward(self, g, y, x):
        gx = np.zeros((x.shape[0], x.shape[1], x.shape[2] * x.shape[3]))
        np.put_along_axis(gx, self.switches.reshape(*x.shape[:2], -1), g.array.reshape(*x.shape[:2], -1), axis=2)
        return x.wrap(gx.reshape(x.shape))


class AvgPoolWithoutDividing(pool.AvgPool2d):
    def backward(self, g, y, x):
        return pool.AvgPool2dInput(x.shape, *self.window)(g) * 4.0


# State and shared arrays


class Accumulates(activation.Tanh):
    total = 0.0

    def backward(self, g, y, x):
        self.total = self.total + super().backward(g, y, x)
        return self.total


class WritesIntoG(activation.Tanh):
    def backward(self, g, y, x):
        g.array[...] *= 1 - y.array**2
        return g


class WritesIntoWhatForwardStored(activation.Tanh):
    def backward(self, g, y, x):
        self.slope = getattr(self, "slope", 1 - y.array**2)
        self.slope *= 0.5
        return g * (2 * self.slope)


class Mutant(NamedTuple):
    """A wrong op (or a function that uses one), its inputs, and words that the diagnosis must have."""

    fn: Callable
    inputs: tuple
    words: str


def draw(*size, seed=3):
    """Normal numbers, at least 0.1 from 0."""
    x = np.random.default_rng(seed).standard_normal(size)
    return x + 0.1 * np.sign(x)


def grow(*size):
    """Positive numbers."""
    return np.abs(draw(*size)) + 0.5


ONE_HOT = np.eye(3)[[0, 2, 1, 1]]
GEOMETRY = conv.Geometry((1, 1), (0, 0), (1, 1), 1)
PADDED = GEOMETRY._replace(padding=(1, 1))
PLANE = np.array([[0.0, 0.1, 0.2, 0.3], [0.4, 2.0, 0.5, 0.6], [0.7, 0.8, 0.9, 1.0], [1.1, 1.2, 1.3, 3.0]])[None, None]

MUTANTS = {
    "Mul weighs each by itself": Mutant(
        lambda a, b: MulByItself()(a, b), (grow(3, 2), grow(3, 2)[::-1]), "sizes are not: a factor"
    ),
    "Mul forgets the other factor": Mutant(
        lambda a, b: MulWithoutTheOther()(a, b), (draw(2, 3), draw(2, 3, seed=4)), "lacks the factor that input 1"
    ),
    "Div forgets the minus": Mutant(
        lambda a, b: DivWithoutMinus()(a, b), (draw(2, 3), grow(2, 3)), "-1 times .* a sign"
    ),
    "Div forgets to divide": Mutant(
        lambda a, b: DivMultiplies()(a, b), (draw(2, 3), draw(2, 3, seed=4)), "factor of input 1 once too often"
    ),
    "Sub forgets the minus": Mutant(
        lambda a, b: SubWithoutMinus()(a, b), (draw(3), draw(3)), "input 1.*\n.*\n.* -1 times .* a sign"
    ),
    "Pow forgets the exponent": Mutant(
        lambda x: PowWithoutTheExponent()(x, 3.0), (draw(2, 4),), "0.3333 times .* constant factor"
    ),
    "Exp forgets itself": Mutant(lambda x: ExpWithoutItself()(x), (draw(2, 3),), "inner derivative"),
    "Sqrt forgets the half": Mutant(lambda x: SqrtWithoutTheHalf()(x), (grow(3, 3),), "every number is 2 times"),
    "Abs forgets the sign": Mutant(lambda x: AbsWithoutSign()(x), (draw(2, 3),), "some with the wrong sign"),
    "0 / 0": Mutant(lambda x: DividesByZero()(x), (np.array([0.0, 1.0, 2.0]),), "NaN or infinity"),
    "Where gives all to both": Mutant(
        lambda a, b: WhereToBoth(np.array([True, False, True]))(a, b), (draw(3), draw(3)), "mask is missing"
    ),
    "Add without unbroadcast": Mutant(
        lambda a, b: AddWithoutUnbroadcast()(a, b),
        (draw(2, 3), draw(1, 3)),
        r"shape \(2, 3\) for an input of shape \(1, 3\)",
    ),
    "BroadcastTo takes the mean": Mutant(
        lambda x: BroadcastTakesTheMean((4, 3))(x), (draw(1, 3),), "0.25 times .* constant factor"
    ),
    "Sum divides like a mean": Mutant(
        lambda x: SumAsMean((0, 1), False)(x), (draw(3, 4),), "off by the number of elements"
    ),
    "Sum returns along the other axis": Mutant(
        lambda x: SumAlongTheOtherAxis((0,), False)(x), (draw(3, 3),), "axes 0 and 1 are swapped"
    ),
    "Transpose forgotten": Mutant(lambda x: TransposeForgotten((1, 0))(x), (draw(3, 3),), "axes 0 and 1 are swapped"),
    "Transpose of three axes not inverted": Mutant(
        lambda x: TransposeNotInverted((1, 2, 0))(x), (draw(2, 2, 2),), "right numbers in the wrong places"
    ),
    "Pad folds the margin back": Mutant(
        lambda x: PadFoldsTheMarginBack([(1, 1), (1, 1)], 0.0)(x), (draw(4, 4),), "at the borders only"
    ),
    "Gather overwrites duplicates": Mutant(
        lambda x: GatherOverwrites(np.array([0, 1, 1, 2, 3]))(x), (draw(4, 2),), r"added \(\+=\), not overwritten"
    ),
    "Matmul returns it transposed": Mutant(
        lambda a, b: MatmulTransposed()(a, b), (draw(3, 3), draw(3, 3)), "axes 0 and 1 are"
    ),
    "Matmul forgets the transpose": Mutant(
        lambda a, b: MatmulWithoutTranspose()(a, b), (draw(3, 3), draw(3, 3)), "no common pattern; .* by hand"
    ),
    "ReLU masks the wrong side": Mutant(lambda x: ReLUOnTheWrongSide()(x), (draw(3, 3),), "a mask on the wrong side"),
    "ReLU forgets the mask": Mutant(lambda x: ReLUWithoutMask()(x), (draw(3, 3),), "mask is missing"),
    "ReLU masks by the gradient": Mutant(
        lambda x: ReLUMasksByTheGradient()(x), (draw(5, 5, seed=5),), "gradient's sign for the input's"
    ),
    "Tanh forgets the inner derivative": Mutant(lambda x: TanhWithoutInner()(x), (draw(2, 3),), "inner derivative"),
    "Sigmoid has half the inner derivative": Mutant(lambda x: SigmoidHalfInner()(x), (draw(2, 3),), "inner derivative"),
    "nothing is passed on": Mutant(lambda x: Detached()(x), (draw(3),), "all zero: nothing is passed on"),
    "Softmax has the diagonal only": Mutant(
        lambda x: SoftmaxDiagonalOnly(1)(x), (draw(2, 4),), "sums to 0 along axis 1"
    ),
    "LogSoftmax forgets the sum": Mutant(lambda x: LogSoftmaxWithoutSum(1)(x), (draw(2, 4),), "sums to 0 along axis 1"),
    "cross-entropy's mean as a sum": Mutant(
        lambda x: CrossEntropyAsSum(ONE_HOT)(x), (draw(4, 3),), r"batch size \(4 times"
    ),
    "cross-entropy forgets the target": Mutant(
        lambda x: CrossEntropyWithoutTarget(ONE_HOT)(x), (draw(4, 3),), "sums to 0 along axis 1"
    ),
    "BatchNorm forgets the means": Mutant(
        lambda x: BatchNormWithoutMeans(1e-5)(x, np.array([0.5, 2.0, 1.0]), np.zeros(3)),
        (draw(5, 3),),
        "sums to 0 along axis 0",
    ),
    "a scale per row is forgotten": Mutant(
        lambda x: ScaleWithoutWeight()(x, np.array([0.5, -2.0, 3.0])), (draw(3, 4),), "depends on axis 0 alone"
    ),
    "centring forgets the mean": Mutant(lambda x: CentreWithoutMean()(x), (draw(4),), "same .*mean of the gradient"),
    "centring rows forgets the mean": Mutant(
        lambda x: CentreRowsWithoutMean()(x), (draw(2, 4),), "same amount all along axis 1"
    ),
    "Conv2d flips the kernel": Mutant(
        lambda x: ConvFlipsTheKernel(GEOMETRY)(x, mg.tensor(draw(1, 1, 3, 3))), (draw(1, 1, 3, 3),), "kernel is flipped"
    ),
    "Conv2d transposes the weight's": Mutant(
        lambda w: ConvTransposesTheWeight(GEOMETRY)(draw(1, 1, 5, 6), w),
        (draw(2, 1, 3, 3),),
        "axes 2 and 3 are swapped",
    ),
    "Conv2d swaps filters and channels": Mutant(
        lambda w: ConvSwapsChannels(GEOMETRY)(draw(1, 2, 4, 5), w), (draw(2, 2, 3, 2),), "axes 0 and 1 are swapped"
    ),
    "Conv2d crops the padding in the wrong place": Mutant(
        lambda x: ConvForgetsThePadding(PADDED)(x, np.ones((1, 1, 3, 3))), (draw(1, 1, 5, 5),), r"shifted by \(1, 1\)"
    ),
    "MaxPool2d overwrites where windows overlap": Mutant(
        lambda x: MaxPoolOverwrites((3, 3), (1, 1), (0, 0), (1, 1), False)(x),
        (PLANE,),
        r"added \(\+=\), not overwritten",
    ),
    "AvgPool2d forgets to divide": Mutant(
        lambda x: AvgPoolWithoutDividing((2, 2), (2, 2), (0, 0), False, True)(x),
        (draw(1, 1, 4, 4),),
        "every number is 4 times",
    ),
    "accumulates from call to call": Mutant(
        lambda x: Accumulates()(x), (draw(3),), "gives 2 times the first: .*accumulates"
    ),
    "writes into the gradient that arrives": Mutant(
        lambda x: WritesIntoG()(x) + x, (draw(3),), "WritesIntoG writes into g"
    ),
    "writes into what forward stored": Mutant(
        lambda x: WritesIntoWhatForwardStored()(x), (draw(3),), "gives 0.5 times the first.*what forward stored"
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_caught_with_the_right_diagnosis(name):
    mutant = MUTANTS[name]
    with pytest.raises((GradientError, ValueError), match=mutant.words):
        mg.gradcheck(mutant.fn, mutant.inputs)


def test_there_are_at_least_forty_mutants():
    assert len(MUTANTS) >= 40


@pytest.mark.parametrize(
    "fn", [lambda x: F.tanh(x), lambda x: F.softmax(x), lambda x: F.log_softmax(x), lambda x: x - x.mean()]
)
def test_what_the_mutants_were_made_from_passes(fn):
    assert mg.gradcheck(fn, draw(3, 4))
