"""The names of ImageNet's thousand classes (Russakovsky et al. 2015), in the order of the published nets' outputs.

The list is torchvision's, which made the names short and no two alike: from the BSD 3-clause licensed file
``torchvision/models/_meta.py``, copyright (c) Soumith Chintala 2016.
"""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def imagenet_classes() -> tuple[str, ...]:
    """The thousand names.

    Examples
    --------
    >>> imagenet_classes()[285]
    'Egyptian cat'
    """
    return tuple(resources.files(__package__).joinpath("imagenet_classes.txt").read_text("utf-8").splitlines())
