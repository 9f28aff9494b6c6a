"""Networks: modules that own parameters (``module.py``), the layers (``layers.py``, ``recurrent.py``,
``attention.py``) and their first values (``init.py``).
"""

from . import init
from .attention import AdditiveAttention, DotProductAttention
from .layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from .module import Buffer, Module, Parameter, watch
from .recurrent import LSTM, LSTMCell, lengths_mask

__all__ = [
    "AdaptiveAvgPool2d",
    "AdditiveAttention",
    "AvgPool2d",
    "BatchNorm2d",
    "Buffer",
    "Conv2d",
    "DotProductAttention",
    "Dropout",
    "Embedding",
    "Flatten",
    "LSTM",
    "LSTMCell",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "init",
    "lengths_mask",
    "watch",
]
