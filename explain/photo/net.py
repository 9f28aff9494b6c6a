"""The net that is asked, with all that belongs to it: weights, the names of its classes, and how it takes photos.

Read next: ``explain/photo/asked.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

import nets
from minigrad import nn
from nets.cifar_archive import THINGS

from .classes import read_names

OURS = nets.Preprocessing(64, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # what this project trains on: pixels from -1 to 1
PREPROCESSING = {"small_cnn": OURS}
NAMES = {"small_cnn": nets.CLASSES, "resnet20_cifar": THINGS}  # all others were trained on ImageNet


@dataclass(frozen=True)
class Net:
    """A net that knows photos.

    Attributes
    ----------
    name : str
        Of its architecture.
    model : Module, in eval mode
    names : tuple of str
        Of its classes.
    preprocessing : nets.Preprocessing
    code : str
        The call that makes it, for the page.
    """

    name: str
    model: nn.Module = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    preprocessing: nets.Preprocessing
    code: str

    def prepare(self, photo: Image.Image) -> np.ndarray:
        """The photo as the net takes it, float32 (3, size, size)."""
        return self.preprocessing.prepare(photo)

    def seen(self, image: np.ndarray) -> np.ndarray:
        """What the net takes as pixels in [-1, 1], to be drawn by ``explain/plot.py``."""
        return 2 * self.preprocessing.to_pixels(image) - 1


def load_net(name: str, weights: str | None = None, names: str | None = None, progress: bool = True) -> Net:
    """Make a net that can be asked about photos.

    Parameters
    ----------
    name : str
        One of `nets.ARCHITECTURES` that takes photos.
    weights : path, optional
        A file for `nets.load_weights`; without it, the published weights are fetched.
    names : path, optional
        A file for `read_names`; without it, the classes are those that the published net was trained on.

    Raises
    ------
    ValueError, OSError
        If there is no such net, or its weights or names can't be had or don't fit; the message says what to do.
    """
    if name not in nets.ARCHITECTURES:
        raise ValueError(f"there is no net {name!r}; use one of {', '.join(photo_nets())}")
    called = tuple(NAMES.get(name, nets.imagenet_classes())) if names is None else read_names(names)
    arguments = [repr(name), *(f"{key}={value!r}" for key, value in (("weights", weights), ("names", names)) if value)]
    if weights is None:
        model = nets.pretrained(name, progress)
    else:
        model = nets.load_weights(nets.ARCHITECTURES[name](num_classes=len(called)), weights)
    how = preprocessing_of(name, model)
    return Net(name, model.eval(), called, how, f"load_net({', '.join(arguments)})")


def photo_nets() -> list[str]:
    """The architectures that take photos."""
    return [name for name in nets.ARCHITECTURES if name != "lenet"]


def preprocessing_of(name: str, model: nn.Module) -> nets.Preprocessing:
    found = getattr(model, "preprocessing", PREPROCESSING.get(name))
    if found is None:
        raise ValueError(f"{name} takes no photos; use one of {', '.join(photo_nets())}")
    return found
