"""Architectures, the data they learn from, and the loop that trains them.

``small_cnn``, ``lenet`` (architectures); ``scenes``, ``digits`` (data); ``training``, ``checkpoint``, ``recipes``.
"""

from .digits import Digits, digits
from .learning_curve import learning_curve
from .lenet import LeNet, lenet
from .recipes import digits_net, scenes_net
from .scenes import CLASSES, Scenes, scenes
from .small_cnn import SmallCNN
from .training import History, Recipe, accuracy, evaluating, predict, train

__all__ = [
    "CLASSES",
    "Digits",
    "History",
    "LeNet",
    "Recipe",
    "Scenes",
    "SmallCNN",
    "accuracy",
    "digits",
    "digits_net",
    "evaluating",
    "learning_curve",
    "lenet",
    "predict",
    "scenes",
    "scenes_net",
    "train",
]
