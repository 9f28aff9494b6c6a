"""Putting the lecture together: which sections there are, in the lecture's order, and making only what is new.

A section is kept beside the page under the checksum of all that it depends on: the project's source, the trained nets,
and the options.  If none of these has changed, the kept one is used.

The nets of language learn for longer than all others.  So the page is first written without their sections, and there
is something to read while they learn; who stops them loses nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from nets.files import write_atomically

from ..page import Section, render_page, render_section
from . import (
    beyond,
    cams,
    covering,
    gradients,
    looking,
    neighbourhoods,
    other_scores,
    overview,
    questions,
    rules,
    speaking,
    tested,
)
from .showcase import Material

SECTIONS: dict[str, Callable[[Material], Section]] = {
    "net": overview.the_net,
    "one-object": overview.one_object,
    "two-objects": overview.two_objects,
    "digits": overview.handwriting,
    "filters": looking.first_filters,
    "deep-filters": looking.deeper_filters,
    "activations": looking.feature_maps,
    "patches": looking.best_patches,
    "neighbours": neighbourhoods.neighbours,
    "tsne": neighbourhoods.embedding_maps,
    "occlusion": covering.covering,
    "linearisation": gradients.linearisation,
    "saliency": gradients.saliency_maps,
    "segmentation": gradients.segmentation,
    "bias": gradients.bias,
    "rules": rules.worked_example,
    "class-discrimination": rules.class_discrimination,
    "gradcam": cams.step_by_step,
    "guided-gradcam": cams.sharpened,
    "unreasonable": questions.unreasonable,
    "kinds": questions.kinds,
    "smoothgrad": beyond.smooth,
    "integrated-gradients": beyond.integrated,
    "gradcam-plus-plus": beyond.plus_plus,
    "class-images": beyond.class_images,
    "captions": speaking.captions_word_by_word,
    "answers": speaking.questions_answered,
    "scores": other_scores.any_score,
    "evaluation": tested.three_kinds,
    "league": tested.league_table,
    "sanity": tested.forgetting_nets,
}

SPEAKING = ("captions", "answers", "scores")  # the sections that need the nets of language

INTRODUCTION = (
    "A small convolutional network was trained on this computer a moment ago. Below it is asked for its reasons: by "
    "covering parts of a picture, by following its score back to the pixels, and by asking its last convolutional "
    "layer where the evidence is. All pictures here are new to it. The scenes among them are drawn by a program, so "
    "there we know where each object really is. The lines beneath each section make its result: paste and run them in "
    "the folder from which you made this page."
)
TO_COME = (
    " The sections on language are still to come: their nets have more to learn. Leave the command running, or start "
    "it again, and reload this page when it is done."
)


def lecture(out: str | Path = "lecture", seed: int = 0, retrain: bool = False, progress: bool = True,
            only: Sequence[str] = (), data: str = "scenes", tell: Callable[[str], object] = lambda text: None) -> Path:
    """Make the page, training the nets first if that has not been done yet.

    If the nets of language have still to learn, the page is written twice: before that, without their sections, and
    after it.

    Parameters
    ----------
    out : path
        Folder for ``index.html``, the nets' checkpoints and the finished sections, which are used again the next time.
    seed : int
        Of the training.
    retrain : bool
        Train again even if there are checkpoints.
    only : names of sections
        Make a page of these; all by default.
    data : str
        The pictures to show: ``"scenes"``, ``"digits"``, ``"mnist"``, ``"fashion_mnist"``, ``"cifar10"`` or the path of
        a folder.
    tell : callable
        Is given what a reader should know before all is done.

    Returns
    -------
    Path of the page.

    Raises
    ------
    ValueError
        For a section or data that there isn't, or a checkpoint that is damaged.
    """
    unknown = [key for key in only if key not in SECTIONS]
    if unknown:
        raise ValueError(f"there is no section {', '.join(unknown)}; the sections are {', '.join(SECTIONS)}")
    out = Path(out)
    material = Material(data, seed, out / "checkpoints", progress, retrain)
    chosen = [key for key in SECTIONS if not only or key in only]
    seeing = [key for key in chosen if key not in SPEAKING]
    if seeing:
        material.train()
    if seeing != chosen:
        if seeing and not material.speaks():
            path = write_page(out, material, seeing, INTRODUCTION + TO_COME)
            tell(f"The page is {path.resolve()} - open it in a browser. It gets its sections on language when their "
                 "nets have learned to speak, which takes some minutes for each. Ctrl-C does no harm: the same command "
                 "goes on from there.")
        material.learn_to_speak()
    return write_page(out, material, chosen, INTRODUCTION)


def write_page(out: Path, material: Material, keys: Sequence[str], introduction: str) -> Path:
    """Make the sections that have not been kept, and a page of them all."""
    versions = {speaks: fingerprint(checkpoints(material, speaks), material.data, material.seed)
                for speaks in (False, True)}
    parts = []
    for key in tqdm(keys, desc="page", unit="section", disable=not material.progress):
        path = out / "sections" / f"{key}-{versions[key in SPEAKING]}.html"
        parts.append(kept(path, partial(rendered, SECTIONS[key], material)))
    return write_atomically(out / "index.html", render_page("Why does the network say so?", introduction, parts))


def checkpoints(material: Material, speaks: bool) -> list[Path]:
    """Those that a section depends on: if it `speaks`, the nets of language, too.

    What they learn changes no other section.
    """
    spoken = material.language_checkpoints
    return [path for path in sorted(material.checkpoints.glob("*.npz")) if speaks or path not in spoken]


def rendered(make: Callable[[Material], Section], material: Material) -> str:
    return render_section(make(material))


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text in `path`, made and written if it isn't there yet; what it replaces is removed."""
    if path.exists():
        return path.read_text(encoding="utf-8")
    text = make()
    key, version = path.stem.rsplit("-", 1)
    for old in path.parent.glob(f"{key}-{'?' * len(version)}.html") if path.parent.exists() else ():
        old.unlink()
    write_atomically(path, text.encode())
    return text


def fingerprint(trained: Sequence[Path], *options) -> str:
    """A checksum of the project's source, the trained nets' checkpoints and the options."""
    digest = hashlib.sha256(json.dumps(options).encode())
    root = Path(__file__).resolve().parents[2]
    sources = [path for folder in ("minigrad", "nets", "explain") for path in sorted((root / folder).rglob("*.py"))]
    for path in [*sources, *trained]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
