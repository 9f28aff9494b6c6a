"""Architectures, the data they learn from, and the loop that trains them.

``small_cnn``, ``lenet`` (architectures); ``scenes``, ``digits``, ``datasets`` (data); ``weights`` (files);
``training``, ``checkpoint``, ``recipes``.
"""

from .architectures import ARCHITECTURES
from .bias import ANIMALS, SnowScenes, biased_nets, snow_scenes
from .datasets import Pictures, cifar10, fashion_mnist, image_folder
from .digits import Digits, digits
from .imagenet_classes import imagenet_classes
from .learning_curve import learning_curve
from .lenet import LeNet, lenet
from .preprocessing import CIFAR, IMAGENET, Preprocessing
from .recipes import digits_net, lenet_net, pictures_net, scenes_net
from .scenes import CLASSES, Scenes, scenes
from .small_cnn import SmallCNN
from .squeezenet import SqueezeNet, squeezenet1_1
from .training import History, Recipe, accuracy, evaluating, predict, train
from .weights import load_weights, read_weights, save_weights

__all__ = [
    "ANIMALS",
    "ARCHITECTURES",
    "CIFAR",
    "CLASSES",
    "Digits",
    "History",
    "IMAGENET",
    "LeNet",
    "Pictures",
    "Preprocessing",
    "Recipe",
    "Scenes",
    "SmallCNN",
    "SnowScenes",
    "SqueezeNet",
    "accuracy",
    "biased_nets",
    "cifar10",
    "digits",
    "digits_net",
    "evaluating",
    "fashion_mnist",
    "image_folder",
    "imagenet_classes",
    "learning_curve",
    "lenet",
    "lenet_net",
    "load_weights",
    "pictures_net",
    "predict",
    "read_weights",
    "save_weights",
    "scenes",
    "scenes_net",
    "snow_scenes",
    "squeezenet1_1",
    "train",
]
