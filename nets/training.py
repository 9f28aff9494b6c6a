"""Training: the loop, written so that it can be stopped anywhere and go on to the very same result.

Everything that the next batch depends on is in a checkpoint: the weights, the optimiser's memory, the random
generator, and how many batches are done.  The order of the samples, and what augmentation does to them, is drawn from
the seed and the numbers of epoch and batch (``loader.py``), so it needs no saving.

Read next: ``explain/forward.py``, which asks a trained net for its reasons.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

import minigrad as mg
from minigrad import functional as F
from minigrad import random as mg_random

from .augmentation import augmentation
from .checkpoint import load_checkpoint, save_checkpoint
from .loader import Loader
from .pictures import converter
from .step import training_step

SAVE_EVERY = 300  # seconds of a long epoch that a power cut may cost


@dataclass(frozen=True)
class Recipe:
    """How to train: kept in every checkpoint, so that a run is only continued with the recipe it began with.

    Attributes
    ----------
    epochs, batch_size : int
    lr : float
        Highest learning rate; it rises to it over the first `warm_up` (share of the steps), then falls along half a
        cosine.
    weight_decay : float
        As in `minigrad.optim`.
    seed : int
        Of the first weights, the samples' order, augmentation and dropout.
    optimizer : str
        ``"adam"``, or ``"sgd"``, which has a momentum of 0.9 and needs about ten times the learning rate.
    augment : str
        What happens to the pictures of a batch, such as ``"crop,flip"``: names from ``augmentation.py``.
    max_norm : float
        Longer gradients are shortened to this, as by `minigrad.optim.clip_grad_norm`; 0 leaves them as they are.
    about : str
        What else a run depends on, such as checksums of its pictures and first weights.  It is compared, not used.
    """

    epochs: int
    batch_size: int = 32
    lr: float = 1e-2
    warm_up: float = 0.2
    weight_decay: float = 0.0
    seed: int = 0
    optimizer: str = "adam"
    augment: str = ""
    max_norm: float = 0.0
    about: str = ""

    def optimizer_for(self, model: mg.nn.Module) -> mg.optim.Optimizer:
        """A fresh optimiser of the model's parameters."""
        settings = {"lr": self.lr, "weight_decay": self.weight_decay}
        if self.optimizer == "adam":
            return mg.optim.Adam(model.parameters(), **settings)
        if self.optimizer == "sgd":
            return mg.optim.SGD(model.parameters(), momentum=0.9, **settings)
        raise ValueError(f"train: there is no optimizer {self.optimizer!r}; use adam or sgd")

    def lr_at(self, progress: float) -> float:
        """Learning rate when the share `progress` (0 to 1) of all steps is done."""
        if progress < self.warm_up:
            return self.lr * progress / self.warm_up
        return self.lr * (1 + math.cos(math.pi * (progress - self.warm_up) / max(1 - self.warm_up, 1e-9))) / 2


@dataclass
class History:
    """What happened: the loss of every batch, and the accuracy on held-out samples after every epoch."""

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    batches_per_epoch: int = 0


Samples = tuple[np.ndarray, np.ndarray]


def class_loss(model: mg.nn.Module, images: np.ndarray, targets: np.ndarray) -> mg.Tensor:
    """What a classifier is trained on: the cross entropy of its scores, for classes or probabilities."""
    return F.cross_entropy(model(mg.tensor(images)), targets)


def accuracy(model: mg.nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of pictures whose highest score is that of the right class."""
    return float((predict(model, images).argmax(axis=1) == labels).mean())


def train(
    model: mg.nn.Module,
    data: Callable[[int], Samples],
    recipe: Recipe,
    held_out: Samples | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    name: str = "training",
    loss: Callable[..., mg.Tensor] = class_loss,
    measure: Callable[..., float] = accuracy,
) -> History:
    """Train `model`, going on from `checkpoint` if that exists.

    Parameters
    ----------
    model : Module
        Its weights are trained in place; pass it as it was made, with the same seed, to repeat a run.
    data : callable
        ``data(epoch)`` returns the images (N, C, H, W), floats or bytes, and targets (classes (N,) or probabilities
        (N, K)) of an epoch, always the same for the same number.  For a fixed set: ``lambda epoch: (images, labels)``.
    recipe : Recipe
    held_out : (images, labels), optional
        Measured after every epoch.
    checkpoint : path, optional
        Written after every epoch (and within long ones), and when training is interrupted by Ctrl-C or an error, as of
        the last whole batch.
    progress : bool
        Show a progress bar.
    loss : callable
        ``loss(model, images, targets)`` is one number, which a step makes smaller.  A net that does something else than
        to classify has another, and targets (N, ...) of its own.
    measure : callable
        ``measure(model, images, targets)`` of the held-out samples, from 0 to 1.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For samples that don't fit, or a checkpoint that is damaged or of another recipe.
    """
    run = Run(model, recipe, loss, measure)
    if checkpoint is not None and Path(checkpoint).exists():
        run.restore(checkpoint)
    model.train()
    try:
        run.to_the_end(data, held_out, checkpoint, progress, name)
    except BaseException:
        if checkpoint is not None:
            run.save(checkpoint)
        raise
    finally:
        model.eval()
    return run.history


class Run:
    """One training run: what changes from batch to batch, and how to save and restore it."""

    def __init__(self, model: mg.nn.Module, recipe: Recipe, loss=class_loss, measure=accuracy):
        if recipe.epochs < 1 or recipe.batch_size < 1:
            raise ValueError(f"train: epochs and batch_size must be at least 1, and the recipe is {recipe}")
        self.model, self.recipe, self.loss, self.measure = model, recipe, loss, measure
        self.optimizer = recipe.optimizer_for(model)
        self.augment = augmentation(recipe.augment)
        self.history = History()
        self.done = 0  # batches
        self.saved_at = time.monotonic()
        mg.manual_seed(recipe.seed)
        self.remember()

    def remember(self) -> None:
        """Note the state after a whole batch.  Arrays are replaced by training, never written into: no copies."""
        arrays = {f"model/{k}": v for k, v in self.model.state_dict(copy=False).items()}
        arrays |= {f"optimizer/{k}": v for k, v in self.optimizer.state_dict(copy=False).items()}
        self.last_whole: tuple[dict, dict] = arrays, {"done": self.done, "random": mg_random.get_state()}

    def save(self, path) -> None:
        """Write the state after the last whole batch."""
        arrays, notes = self.last_whole
        epochs = notes["done"] // max(self.history.batches_per_epoch, 1)
        history = History(
            self.history.losses[: notes["done"]], self.history.accuracies[:epochs], self.history.batches_per_epoch
        )
        save_checkpoint(path, arrays, notes | {"recipe": asdict(self.recipe), "history": asdict(history)})
        self.saved_at = time.monotonic()

    def restore(self, path) -> None:
        """Go back to the state in a checkpoint.  ValueError if it is damaged, or of another recipe or net."""
        arrays, notes = load_checkpoint(path)
        theirs, mine = asdict(Recipe(epochs=0)) | notes["recipe"], asdict(self.recipe)  # old files lack new settings
        if theirs != mine:
            others = ", ".join(f"{key} {theirs[key]!r} and not {mine[key]!r}" for key in mine
                               if theirs[key] != mine[key])
            raise ValueError(f"{path} was trained by another recipe ({others}); delete it to train anew, or use its "
                             "recipe")
        self.model.load_state_dict({k[6:]: v for k, v in arrays.items() if k.startswith("model/")})
        self.optimizer.load_state_dict({k[10:]: v for k, v in arrays.items() if k.startswith("optimizer/")})
        self.history, self.done = History(**notes["history"]), notes["done"]
        mg_random.set_state(notes["random"])
        self.remember()

    def batches(self, images: np.ndarray, targets: np.ndarray, epoch: int) -> Generator[Samples, None, None]:
        """The batches of an epoch that are still to do, in an order that the seed and the epoch decide."""
        loader = Loader(images, targets, self.recipe.batch_size, seed=self.recipe.seed, augment=self.augment,
                        drop_last=True, convert=converter(self.model))
        return loader.batches(epoch, start=self.done - epoch * self.history.batches_per_epoch)

    def step(self, images: np.ndarray, targets: np.ndarray) -> float:
        """Train on one batch, at the learning rate whose turn it is, and return its loss."""
        total = self.recipe.epochs * self.history.batches_per_epoch
        self.optimizer.lr = self.recipe.lr_at((self.done + 1) / total)
        return training_step(self.model, self.optimizer, self.loss, images, targets, self.recipe.max_norm)

    def to_the_end(self, data, held_out, checkpoint, progress: bool, name: str) -> None:
        """Do all batches that are still to do."""
        per_epoch = self.history.batches_per_epoch
        if held_out is not None and per_epoch and len(self.history.accuracies) < self.done // per_epoch:
            self.history.accuracies.append(self.measure(self.model, *held_out))  # the stop came just before this
        with tqdm(total=None, desc=name, unit="batch", disable=not progress, leave=True) as bar:
            for epoch in range(self.done // per_epoch if per_epoch else 0, self.recipe.epochs):
                images, targets = checked(*data(epoch))
                self.history.batches_per_epoch = per_epoch = max(len(images) // self.recipe.batch_size, 1)
                bar.total, bar.n = self.recipe.epochs * per_epoch, self.done
                with contextlib.closing(self.batches(images, targets, epoch)) as batches:
                    for batch in batches:
                        self.one_more(batch, checkpoint, bar)
                if held_out is not None:
                    self.history.accuracies.append(self.measure(self.model, *held_out))
                if checkpoint is not None:
                    self.save(checkpoint)

    def one_more(self, batch: Samples, checkpoint, bar) -> None:
        """Do a batch, and note it: in the history, on the bar and, if that is long ago, in the checkpoint."""
        loss = self.step(*batch)
        self.history.losses.append(loss)
        self.done += 1
        self.remember()
        bar.set_postfix_str(f"loss {loss:.3f}{self.latest_accuracy()}", refresh=False)
        bar.update()
        if checkpoint is not None and time.monotonic() - self.saved_at > SAVE_EVERY:
            self.save(checkpoint)

    def latest_accuracy(self) -> str:
        return f", held-out {self.history.accuracies[-1]:.1%}" if self.history.accuracies else ""


def checked(images, targets) -> Samples:
    """Refuse samples that cannot be trained on."""
    images, targets = np.asarray(images), np.asarray(targets)
    if images.ndim != 4 or len(images) == 0 or len(images) != len(targets):
        raise ValueError(f"train: images {images.shape} must be (N, C, H, W) with N at least 1, and targets "
                         f"{targets.shape} as many")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError("train: the images have NaN or infinite pixels")
    return images, targets


@contextlib.contextmanager
def evaluating(model: mg.nn.Module):
    """Put every part of `model` in eval mode inside this ``with``, and back as it was afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    for module, _ in modes:
        module.training = False
    try:
        yield model
    finally:
        for module, mode in modes:
            module.training = mode


def predict(model: mg.nn.Module, images: np.ndarray, batch_size: int | None = None) -> np.ndarray:
    """Scores (N, K) of a net in eval mode, batch by batch, without a tape.  Bytes become what the net wants.

    By default 128 pictures are a batch, or fewer if they are larger than 64 x 64.
    """
    convert = converter(model)
    batch_size = batch_size or max(min(128, 128 * 64 * 64 // max(math.prod(images.shape[2:]), 1)), 1)
    with mg.no_grad(), evaluating(model):
        starts = range(0, len(images), batch_size)
        parts = [model(mg.tensor(convert(images[i : i + batch_size]))).array for i in starts]
    return np.concatenate(parts)
