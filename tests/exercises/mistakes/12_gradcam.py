"""Chapter 12: gradients that are added up or not pooled at all, and a ReLU in the wrong place."""

from . import Mistake

MISTAKES = [
    Mistake(
        "gradcam",
        """
        alpha = run.gradient(maps).sum(axis=(2, 3), keepdims=True)
        cam = (alpha * maps.array).sum(axis=1)
        if relu:
            warn_if_empty(cam, name)
            cam = np.maximum(cam, 0)
        return enlarged(cam, run.x.shape[2:]) if upsample else cam
        """,
        "off by the number of elements (4 times): a sum for a mean",
    ),
    Mistake(
        "gradcam",
        """
        cam = (run.gradient(maps) * maps.array).sum(axis=1)
        if relu:
            warn_if_empty(cam, name)
            cam = np.maximum(cam, 0)
        return enlarged(cam, run.x.shape[2:]) if upsample else cam
        """,
        "the signed map of one map, whose gradients are 2, 6, 0, 0: wrong",
    ),
    Mistake(
        "gradcam",
        """
        alpha = run.gradient(maps).mean(axis=(2, 3), keepdims=True)
        each = alpha * maps.array
        if relu:
            each = np.maximum(each, 0)
        cam = each.sum(axis=1)
        return enlarged(cam, run.x.shape[2:]) if upsample else cam
        """,
        "Grad-CAM with its ReLU, after the maps are added: wrong",
    ),
    Mistake(
        "gradcam",
        """
        alpha = run.gradient(maps).mean(axis=(2, 3), keepdims=True)
        cam = (alpha * maps.array).sum(axis=1)
        return enlarged(cam, run.x.shape[2:]) if upsample else cam
        """,
        "a mask is missing or too wide",
    ),
    Mistake(
        "gradcam",
        """
        alpha = run.gradient(maps).mean(axis=(2, 3), keepdims=True)
        cam = (alpha * maps.array).sum(axis=1)
        cam = enlarged(cam, run.x.shape[2:]) if upsample else cam
        if relu:
            warn_if_empty(cam, name)
            cam = np.maximum(cam, 0)
        return cam
        """,
        "Grad-CAM, brought to the picture's 4 x 6 pixels: wrong",
    ),
    Mistake(
        "gradcam",
        """
        alpha = run.gradient(maps).mean(axis=(0, 2, 3), keepdims=True)
        cam = (alpha * maps.array).sum(axis=1)
        if relu:
            cam = np.maximum(cam, 0)
        return enlarged(cam, run.x.shape[2:]) if upsample else cam
        """,
        "the signed maps of two pictures: wrong",
    ),
]
