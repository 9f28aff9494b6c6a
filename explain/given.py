"""A net that needs more than a picture, made into one of a picture alone.

Who asks where the answer to a question comes from holds the question fixed, and so makes a function of the picture out
of a function of both.  `Given` does just that; and since an explanation asks of a net no more than that it takes
pictures, all of them work on it as they are: saliency, Grad-CAM, occlusion, counterfactual and contrastive maps.  For a
net that answers questions the answers are classes.  For one that writes captions a score is a word's log-probability,
or the sum of several (`explain.caption_gradcam`).

Read next: ``explain/language.py``.
"""

from __future__ import annotations

import numpy as np

from minigrad import nn


class Given(nn.Module):
    """The net ``images -> model(images, words)``.

    Parameters
    ----------
    model : Module
        Called with pictures and words.  It is left as it was.
    words : int array (N, L), or (L,) for one sentence
        A sentence for each picture; one alone goes with every picture.

    Attributes
    ----------
    last_conv_stage : str
        The model's own, with its name here: ``"model."`` stands before the names of all of its layers.

    Examples
    --------
    >>> import numpy as np, nets, explain
    >>> from nets import language
    >>> scene = language.group_scenes(1, seed=2, groups=3)
    >>> asked = language.questions(scene)
    >>> net = Given(language.Answerer(), asked.words[0, 2])
    >>> explain.gradcam(net, scene.images[0], target=language.ANSWERS.index("red"), relu=False).shape
    (64, 64)
    """

    def __init__(self, model: nn.Module, words):
        words = np.asarray(words)
        if words.ndim not in (1, 2) or words.dtype.kind not in "iu" or not words.size:
            raise ValueError(f"Given: words must be whole numbers (N, L), or (L,) for one sentence, not {words.dtype} "
                             f"{words.shape}")
        self.model, self.words = model, np.atleast_2d(words)
        stage = getattr(model, "last_conv_stage", None)
        self.last_conv_stage = None if stage is None else f"model.{stage}"

    def forward(self, images):
        n = len(images)
        if len(self.words) not in (1, n):
            raise ValueError(f"Given: {n} pictures need {n} sentences or a single one, not {len(self.words)}; explain "
                             "one picture after the other if a method passes several variants of it")
        return self.model(images, np.broadcast_to(self.words, (n, self.words.shape[1])))
