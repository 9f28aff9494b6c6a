"""Three questions that one answer raises: why P?  What if not P?  Why P, rather than Q?

AlRegib & Prabhushankar 2022 sort explanations by the question that they answer.  All three below weigh the same maps
A_k of the last convolutional stage, and differ only in what is differentiated:

    observed correlation     why P?                  alpha_k = mean of  dS_P / dA_k            `gradcam`
    observed counterfactual  what if not P?          alpha_k = mean of -dS_P / dA_k            `counterfactual_gradcam`
    observed contrastive     why P, rather than Q?   alpha_k = mean of  dJ(P, Q) / dA_k        `contrastive_gradcam`

The first shows what speaks for P.  The second shows what would have to go, or change, for the answer to be another:
what speaks *against* P (Selvaraju et al. 2017).  For the third, P is what the net said and the *foil* Q is
what one might have expected.  J is the loss that the net would have in training were Q the truth; it grows with
whatever takes the net away from Q, so that is what its gradient shows (Prabhushankar et al. 2020):

    J  =  -log softmax(S)_Q,  with  dJ/dS_c = p_c - [c = Q],  so
    alpha_k(P, Q)  =  sum over c of p_c alpha_k(c)  -  alpha_k(Q)

In words: what speaks for the classes that the net believes in, less what speaks for Q.

Read next: ``explain/evaluation/randomisation.py``, where Grad-CAM explains nonsense.
"""

from __future__ import annotations

import numpy as np

from minigrad import functional as F

from .forward import Target
from .gradcam import class_activation_map, forward_to_layer


def counterfactual_gradcam(model, images, target: Target = None, layer: str | None = None, relu: bool = True,
                           upsample: bool = True) -> np.ndarray:
    """What if not P?  Grad-CAM with the gradient negated before it is pooled: where the evidence against a class lies.

    Formula: ``ReLU(sum over k of alpha_k A_k)``, ``alpha_k = mean over i, j of -dS_P / dA_k[i, j]``.  Without its
    ReLU it is Grad-CAM's signed map, negated; arguments, result and warnings are as for `gradcam`.

    Examples
    --------
    >>> import numpy as np, nets
    >>> counterfactual_gradcam(nets.SmallCNN(), np.ones((3, 32, 32)), target=0, relu=False).shape
    (32, 32)
    """
    run, maps = forward_to_layer(model, images, target, layer)
    # Negating the score negates its gradient, and nothing else.
    run.scores = -run.scores
    return run.result(class_activation_map(run, maps, relu, upsample, "counterfactual Grad-CAM"))


def contrastive_gradcam(model, images, foil=None, layer: str | None = None, relu: bool = True,
                        upsample: bool = True) -> np.ndarray:
    """Why P, the predicted class, rather than Q, the foil?

    Formula: ``ReLU(sum over k of alpha_k A_k)``, ``alpha_k = mean over i, j of dJ / dA_k[i, j]``,
    ``J = cross entropy(S, Q)`` (Prabhushankar et al. 2020).  Nothing is negated.

    Parameters
    ----------
    model : Module
        A classifier.
    images : array_like (N, C, H, W) or (C, H, W)
    foil : int, N ints or None
        Q; None is the class with the second highest score.
    layer, relu, upsample
        As for `gradcam`.

    Returns
    -------
    ndarray (N, H, W), or the layer's own (N, h, w); without N for one picture.

    Raises
    ------
    ValueError
        If the foil is the predicted class, about which there is nothing to contrast, or no class at all.

    Examples
    --------
    >>> import numpy as np, nets
    >>> contrastive_gradcam(nets.SmallCNN(), np.ones((2, 3, 32, 32)), relu=False, upsample=False).shape
    (2, 8, 8)
    """
    run, maps = forward_to_layer(model, images, lambda output: loss_of_foil(output, foil), layer)
    return run.result(class_activation_map(run, maps, relu, upsample, "contrastive Grad-CAM"))


def loss_of_foil(output, foil):
    """Loss J (N,) that the net would have for its output (N, K) in training, were the foil the truth.

    It stays on the tape.  `foils` finds the class for each picture.
    """
    n, classes = foils(output.array, foil)
    return -F.log_softmax(output, axis=1)[n, classes]


def foils(scores: np.ndarray, foil) -> tuple[np.ndarray, np.ndarray]:
    """Index of each picture and its Q, or say what is wrong with the foil."""
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"contrastive: the net puts out {scores.shape}; it takes scores of two classes or more")
    n, count = scores.shape
    order = np.argsort(scores, axis=1)
    classes = order[:, -2] if foil is None else np.asarray(foil)
    if classes.dtype.kind not in "iu" or classes.shape not in ((), (n,)):
        raise ValueError(f"foil must be a class, or {n} classes for {n} pictures, not {foil!r}")
    if classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"foil {foil!r}: the net has classes 0 to {count - 1}")
    same = np.flatnonzero(classes == order[:, -1])
    if len(same):
        raise ValueError(f"foil {foil!r}: picture {same[0]} is predicted to be just that, so there is nothing to "
                         "contrast; choose another class, or None for the second choice")
    return np.arange(n), np.broadcast_to(classes, (n,))
