"""A net for photos that is small enough for tests, and what a user would have of it: weights, names, a photo."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import minigrad as mg
import nets
from explain.photo import load_net, read_photo
from minigrad import nn
from nets.checkpoint import save_checkpoint


class Tiny(nn.Module):
    """A net for photos of 12 x 12 pixels."""

    last_conv_stage = "features.4"
    preprocessing = nets.Preprocessing(12, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))

    def __init__(self, num_classes: int = 5):
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                      nn.Conv2d(4, 6, 3, padding=1), nn.ReLU())
        self.classifier = nn.Linear(6, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean(axis=(2, 3)))


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Paths of a photo, weights and names, for nets called ``tiny`` and ``other``; the working directory is empty."""
    for name in ("tiny", "other"):
        monkeypatch.setitem(nets.ARCHITECTURES, name, Tiny)
    found = SimpleNamespace(photo=str(tmp_path / "photo.png"), names=str(tmp_path / "names.txt"), folder=tmp_path,
                            weights=str(tmp_path / "tiny.npz"), other=str(tmp_path / "other.npz"),
                            checkpoint=str(tmp_path / "checkpoint.npz"))
    for seed, path in enumerate((found.weights, found.other)):
        mg.manual_seed(seed)
        model = Tiny()
        nets.save_weights(model, path)
    save_checkpoint(found.checkpoint, {f"model/{k}": v for k, v in model.state_dict().items()}, {})
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(found.photo)
    (tmp_path / "names.txt").write_text("tabby, tabby cat\ntiger cat\nboxer\nbull mastiff\nespresso\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return found


@pytest.fixture
def tiny(files):
    """The net called ``tiny`` with its names, and the photo."""
    return load_net("tiny", files.weights, files.names), read_photo(files.photo)
