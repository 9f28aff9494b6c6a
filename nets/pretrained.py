"""Nets with the weights that the world uses, as their authors and torchvision publish them.

The first time, the file comes over https, and from then on from the cache (``fetch.py`` says where that is).  A name
carries the beginning of the file's SHA-256, so a file can be told to be the right one, whoever put it there.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from minigrad import nn

from .architectures import ARCHITECTURES
from .download import download
from .fetch import cache_folder
from .weights import load_weights

TORCHVISION = "https://download.pytorch.org/models/"
PUBLISHED = {
    "resnet20_cifar": "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/"
                      "resnet20-12fca82f.th",
    "squeezenet1_1": f"{TORCHVISION}squeezenet1_1-b8a52dc0.pth",
    "resnet18": f"{TORCHVISION}resnet18-f37072fd.pth",
    "alexnet": f"{TORCHVISION}alexnet-owt-7be5be79.pth",
    "vgg11": f"{TORCHVISION}vgg11-8a719046.pth",
    "vgg16": f"{TORCHVISION}vgg16-397923af.pth",
}


def pretrained(name: str, progress: bool = True) -> nn.Module:
    """A net with its published weights, in eval mode.

    All but ``resnet20_cifar`` were trained on ImageNet, and `imagenet_classes` names their outputs.

    Parameters
    ----------
    name : str
        One of squeezenet1_1 (5 MB to fetch), resnet18 (45 MB), alexnet (233 MB), vgg11 (507 MB), vgg16 (528 MB), and
        resnet20_cifar (1 MB), which was trained on CIFAR-10.
    progress : bool
        Show a progress bar while it is fetched.

    Raises
    ------
    ValueError
        If no weights are published under that name, or a file is not the published one.
    OSError
        If it cannot be fetched; the message says from where, and where to put it by hand.
    """
    path = published_file(name, progress)
    return load_weights(ARCHITECTURES[name](), path).eval()


def published_file(name: str, progress: bool = True) -> Path:
    """The file with a net's published weights, fetched the first time; all else is as for `pretrained`."""
    if name not in PUBLISHED:
        raise ValueError(f"pretrained: no weights are known for {name!r}; there are some for {', '.join(PUBLISHED)}")
    url = PUBLISHED[name]
    file = url.rpartition("/")[2]
    folder = cache_folder()
    try:
        return download(url, folder / file, hash_in(file), progress)
    except OSError as error:
        reason = textwrap.shorten(str(error), 150, placeholder=" ...")
        raise OSError(f"{file} could not be fetched ({reason}).  Try again: what has arrived is kept.  Or get {url} by "
                      f"hand and put it into {folder} (the variable MINIGRAD_CACHE chooses another folder)") from error


def hash_in(file: str) -> str:
    """The beginning of its SHA-256 that a file carries in its name.

    Examples
    --------
    >>> hash_in("alexnet-owt-7be5be79.pth")
    '7be5be79'
    """
    return file.rpartition("-")[2].partition(".")[0]
