"""A learner's engine at work: it learns to read digits and says what it looked at.  Run by ``check --mine``.

Everything that is imported here comes from the learner's own tree: their convolution, their sweep, their optimiser,
their Grad-CAM.  The net is so small that even plain loops have trained it within a minute or two.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import numpy as np
from tqdm import tqdm

STEPS, BATCH, SHOWN = 150, 16, 6
GOOD = 0.6  # of 100 digits; one in ten is right by chance


def main(backend: str, picture: str) -> None:
    """Train, test, explain, and write a picture.  Fails, with a traceback, where the engine does."""
    import explain
    import minigrad as mg
    from nets.step import training_step
    from nets.training import class_loss

    mg.set_backend(backend)
    mg.manual_seed(0)
    model = digit_net()
    optimizer = mg.optim.Adam(model.parameters(), lr=0.03)
    images, labels = digits()
    rng = np.random.default_rng(0)
    for _ in tqdm(range(STEPS), desc="training", file=sys.stderr):
        batch = rng.integers(0, len(images) - 100, BATCH)
        loss = training_step(model, optimizer, class_loss, images[batch], labels[batch])
    answers = model(mg.tensor(images[-100:])).numpy().argmax(axis=1)
    right = float((answers == labels[-100:]).mean())
    print(f"Your engine has learned: the loss is {loss:.3f}, and {right:.0%} of 100 new digits are read rightly.")
    if right < GOOD:
        raise ValueError(f"that is too little: after {STEPS} steps of {BATCH} digits it should be {GOOD:.0%} at least")
    shown = images[-SHOWN:]
    rows = [[explain.plot.picture(image) for image in shown],
            [explain.plot.heat(one) for one in explain.saliency(model, shown, None)],
            [explain.plot.overlay(image, one) for image, one in zip(shown, explain.gradcam(model, shown, None))]]
    figure = explain.plot.grid(rows, labels=["digit", "saliency", "Grad-CAM"])
    Path(picture).write_bytes(explain.plot.png(figure))
    print(f"What it looked at is drawn in {picture}")


def digit_net():
    """Two convolutions, ReLU, pooling, and the mean of each map: so that the maps have to know where the ink is."""
    from minigrad import nn

    class DigitNet(nn.Module):
        last_conv_stage = "features.4"

        def __init__(self):
            first = [nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            self.features = nn.Sequential(*first, nn.Conv2d(6, 12, 3, padding=1), nn.ReLU())
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.classifier = nn.Linear(12, 10)

        def forward(self, x):
            return self.classifier(self.pool(self.features(x)).flatten(1))

    return DigitNet()


def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's handwritten digits, 8 x 8, in [-1, 1], shuffled."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    order = np.random.default_rng(0).permutation(len(raw.target))
    return (raw.images[order, None] / 8 - 1).astype(np.float32), raw.target[order].astype(np.int64)


if __name__ == "__main__":
    backend, picture, trouble = sys.argv[1:]
    try:
        main(backend, picture)
    except Exception:  # whatever it is, it is told in the words of the exercises
        Path(trouble).write_text(traceback.format_exc(), encoding="utf-8")
        sys.exit(1)
