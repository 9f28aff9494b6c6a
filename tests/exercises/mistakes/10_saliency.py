"""Chapter 10: the mean of the scores, the score of one picture only; signs and channels."""

from . import Mistake

MISTAKES = [
    Mistake(
        "input-gradient",
        "return mg.grad(self.scores.mean(), wanted, rule=rule).array",
        "every number is off by the batch size (0.3333 times): a sum for a mean",
    ),
    Mistake("input-gradient", "return mg.grad(self.scores[0], wanted, rule=rule).array", "a mask is too narrow"),
    Mistake(
        "input-gradient",
        "return mg.grad(self.output.sum(), wanted, rule=rule).array",
        "the gradient of three pictures' scores: wrong",
    ),
    Mistake("input-gradient", "return mg.grad(self.scores.sum(), wanted).array", "a mask made from the wrong array"),
    Mistake(
        "input-gradient",
        """
        self.scores.sum().backward(rule=rule)
        return wanted.grad
        """,
        "a .grad was left on the picture",
    ),
    Mistake("input-gradient", "return mg.grad(self.scores.sum(), wanted, rule=rule)", "the result is a Tensor"),
    Mistake("saliency-map", "return gradients.max(axis=-3)", "an absolute value"),
    Mistake("saliency-map", "return np.abs(gradients.max(axis=-3))", "a picture (C, H, W) of two channels: wrong"),
    Mistake("saliency-map", "return np.abs(gradients).sum(axis=-3)", "every number is 3 times"),
    Mistake("saliency-map", "return np.abs(gradients).mean(axis=-3)", "a picture (C, H, W) of two channels: wrong"),
    Mistake("saliency-map", "return np.abs(gradients)", "has shape (1, 1, 2, 2), and should have (1, 2, 2)"),
]
