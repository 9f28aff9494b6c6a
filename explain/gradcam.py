"""Grad-CAM: where in the picture is the evidence for a class?

The last convolutional stage is the last place that still knows *where*, and its maps already mean *what*.  Grad-CAM
(Selvaraju et al. 2017) weighs each map by how much the class score would gain from more of it, and adds them up:

    alpha_k  =  mean over i, j of  dS_c / dA_k[i, j]          (equation 1)
    L        =  ReLU( sum over k of  alpha_k A_k )            (equation 2)

The ReLU keeps what speaks *for* the class.  The map is as coarse as the stage; the paper enlarges it bilinearly.

Read next: ``explain/occlusion.py``, which asks the same without any gradient.
"""

from __future__ import annotations

import warnings

import numpy as np

from minigrad import functional as F
from minigrad import nn

from .forward import Forward, Target, chosen_output


def gradcam(model, images, target: Target = None, layer: str | None = None, relu: bool = True, upsample: bool = True):
    """Class activation map weighed by gradients.

    Parameters
    ----------
    model : Module
    images : array_like (N, C, H, W) or (C, H, W)
    target : int, N ints, None (the predicted class) or callable (output -> N scores)
    layer : str, optional
        Dotted name of the layer whose maps are taken; None is the net's ``last_conv_stage``.  If it runs several
        times, ``"name:0"`` is its first output.
    relu : bool
        Keep positive evidence only.  False gives the signed map.
    upsample : bool
        Enlarge bilinearly to the size of the picture (align_corners=False).

    Returns
    -------
    ndarray (N, H, W), or the layer's own (N, h, w); without N for one picture.

    Warns
    -----
    UserWarning
        If a map is zero everywhere, with the reason.

    Raises
    ------
    ValueError
        If there is no such layer (the message lists those there are), or its output has no rows and columns.

    Examples
    --------
    >>> import numpy as np, nets
    >>> gradcam(nets.SmallCNN(), np.ones((2, 3, 16, 16)), target=0, relu=False).shape
    (2, 16, 16)
    """
    run, maps = forward_to_layer(model, images, target, layer)
    return run.result(class_activation_map(run, maps, relu, upsample))


def guided_gradcam(model, images, target: Target = None, layer: str | None = None, rule="guided") -> np.ndarray:
    """Guided backpropagation where Grad-CAM sees evidence: fine *and* specific to the class.

    Formula: the gradient of the score under `rule`, times the enlarged Grad-CAM map with its ReLU, pixel by
    pixel (Selvaraju et al. 2017, section 3.2).  One forward pass serves both.  Arguments as for `gradcam`, and

    rule : rule, or dict from layers to these
        Of the backward pass to the picture.  For a net with other non-linearities than ReLUs, where the guided rule is
        not defined, name the layers that have ReLUs: ``{"features": "guided"}``.

    Returns
    -------
    ndarray of the shape of `images`.
    """
    run, maps = forward_to_layer(model, images, target, layer)
    where = class_activation_map(run, maps, relu=True, upsample=True)
    return run.result(run.gradient(run.x, rule) * where[:, None])


def forward_to_layer(model, images, target, layer):
    """Run the net and find the maps A (N, K, h, w) of `layer` on the tape."""
    layer = layer_name(model) if layer is None else layer
    name = layer.partition(":")[0]
    run = Forward(model, images, target, [name])
    maps = chosen_output(run.activations, layer)
    if maps.ndim != 4:
        raise ValueError(f"layer {name!r} puts out {maps.shape}, without rows and columns; choose a convolution")
    return run, maps


def layer_name(model: nn.Module) -> str:
    """The layer that the net itself names as its last convolutional stage."""
    layer = getattr(model, "last_conv_stage", None)
    if layer is None:
        names = ", ".join(name for name, _ in model.named_modules() if name)
        raise ValueError(f"{type(model).__name__} doesn't say which layer is its last convolutional stage (attribute "
                         f"last_conv_stage); pass layer=, one of {names}")
    return layer


def class_activation_map(run: Forward, maps, relu: bool, upsample: bool, name: str = "Grad-CAM") -> np.ndarray:
    """Grad-CAM (equations 1 and 2) from a forward pass and a layer's `maps` (N, K, h, w), a tensor on its tape.

    Parameters
    ----------
    run : Forward
        Whose ``run.gradient(maps)`` is dS_c / dA.
    relu : bool
        Whether to end in a ReLU, after `warn_if_empty`, for which `name` is what the map is called.
    upsample : bool
        Whether to bring the map, whose ReLU comes first, to the picture's size (that of ``run.x``) by `enlarged`.

    Returns
    -------
    ndarray (N, H, W), or (N, h, w) without `upsample`
    """
    alpha = run.gradient(maps).mean(axis=(2, 3), keepdims=True)
    cam = (alpha * maps.array).sum(axis=1)
    if relu:
        warn_if_empty(cam, name)
        cam = np.maximum(cam, 0)
    return enlarged(cam, run.x.shape[2:]) if upsample else cam


def warn_if_empty(cam: np.ndarray, name: str, signed: str = "relu=False shows where") -> None:
    """Say why a map will be zero everywhere; `signed` says where the evidence can still be seen."""
    for i, one in enumerate(cam):
        if one.max() <= 0:
            reason = f"all its evidence is negative; {signed}" if one.any() else "its gradient is zero"
            warnings.warn(f"{name} of picture {i} is empty, as {reason}", stacklevel=4)


def enlarged(maps: np.ndarray, size) -> np.ndarray:
    """Resize (N, h, w) bilinearly to (N, H, W)."""
    return F.interpolate(maps[:, None], tuple(size), mode="bilinear").array[:, 0]
