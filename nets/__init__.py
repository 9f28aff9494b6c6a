"""Architectures, the data they learn from, and the loop that trains them.

``small_cnn``, ``lenet``, ``alexnet``, ``vgg``, ``resnet``, ``squeezenet`` (architectures); ``scenes``, ``digits``,
``datasets`` (data); ``weights`` (files); ``training``, ``checkpoint``, ``recipes``; ``language`` (pictures with words).
"""

from . import language
from .alexnet import AlexNet, alexnet
from .architectures import ARCHITECTURES
from .bias import ANIMALS, SnowScenes, biased_nets, snow_scenes
from .cifar_archive import cifar10
from .datasets import dataset
from .digits import Digits, digits
from .idx import fashion_mnist, mnist
from .image_folder import image_folder
from .imagenet_classes import imagenet_classes
from .learning_curve import learning_curve
from .lenet import LeNet, lenet
from .loader import Loader
from .picture_file import picture_file
from .pictures import Pictures
from .preprocessing import CIFAR, IMAGENET, Preprocessing
from .pretrained import pretrained
from .recipes import digits_net, lenet_net, pictures_net, scenes_net
from .resnet import ResNet18, ResNet20, resnet18, resnet20_cifar
from .scenes import CLASSES, Scenes, scenes
from .small_cnn import SmallCNN
from .squeezenet import SqueezeNet, squeezenet1_1
from .summary import summary
from .training import History, Recipe, accuracy, evaluating, predict, train
from .vgg import VGG, vgg11, vgg16
from .weights import load_weights, read_weights, save_weights

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
    "Loader",
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
    "dataset",
    "digits",
    "digits_net",
    "evaluating",
    "fashion_mnist",
    "image_folder",
    "imagenet_classes",
    "language",
    "learning_curve",
    "lenet",
    "lenet_net",
    "load_weights",
    "mnist",
    "picture_file",
    "pictures_net",
    "predict",
    "pretrained",
    "read_weights",
    "resnet18",
    "resnet20_cifar",
    "save_weights",
    "scenes",
    "scenes_net",
    "snow_scenes",
    "squeezenet1_1",
    "summary",
    "train",
    "vgg11",
    "vgg16",
]
