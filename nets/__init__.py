"""Architectures, the data they learn from, and the loop that trains them.

``small_cnn``, ``lenet``, ``alexnet``, ``vgg``, ``resnet``, ``squeezenet`` (architectures); ``scenes``, ``digits``,
``datasets`` (data); ``training``, ``checkpoint``, ``recipes``.
"""

from .alexnet import AlexNet, alexnet
from .architectures import ARCHITECTURES
from .bias import ANIMALS, SnowScenes, biased_nets, snow_scenes
from .datasets import Pictures, cifar10, fashion_mnist, image_folder
from .digits import Digits, digits
from .imagenet_classes import imagenet_classes
from .learning_curve import learning_curve
from .lenet import LeNet, lenet
from .preprocessing import CIFAR, IMAGENET, Preprocessing
from .recipes import digits_net, lenet_net, pictures_net, scenes_net
from .resnet import ResNet18, ResNet20, resnet18, resnet20_cifar
from .scenes import CLASSES, Scenes, scenes
from .small_cnn import SmallCNN
from .squeezenet import SqueezeNet, squeezenet1_1
from .training import History, Recipe, accuracy, evaluating, predict, train
from .vgg import VGG, vgg11, vgg16

__all__ = [
    "ANIMALS",
    "ARCHITECTURES",
    "AlexNet",
    "CIFAR",
    "CLASSES",
    "Digits",
    "History",
    "IMAGENET",
    "LeNet",
    "Pictures",
    "Preprocessing",
    "Recipe",
    "ResNet18",
    "ResNet20",
    "Scenes",
    "SmallCNN",
    "SnowScenes",
    "SqueezeNet",
    "VGG",
    "accuracy",
    "alexnet",
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
    "pictures_net",
    "predict",
    "resnet18",
    "resnet20_cifar",
    "scenes",
    "scenes_net",
    "snow_scenes",
    "squeezenet1_1",
    "train",
    "vgg11",
    "vgg16",
]
