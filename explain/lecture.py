"""The lecture: train a net in front of the reader, then ask it for its reasons in every way there is.

Each function below makes one section of the page.  Nothing is stored: all pictures and figures are computed when the
page is made, on pictures that the net has never seen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tqdm import tqdm

import minigrad as mg
import nets
from minigrad import functional as F
from nets.files import write_atomically

from . import plot
from .gradcam import gradcam, guided_gradcam
from .localisation import two_object_hits
from .occlusion import occlusion_heatmap
from .page import Section, Shown, render
from .saliency import saliency, saliency_by_rule

RULES = ("vanilla", "deconvnet", "guided")
HELD_OUT = 1_000_000  # seeds from here on make the scenes that no net is trained on
TEST_SCENES = 200  # of two objects, on which maps are held against masks


def lecture(out: str | Path = "lecture", seed: int = 0, retrain: bool = False, progress: bool = True) -> Path:
    """Make the page, training the nets first if that has not been done yet.

    Parameters
    ----------
    out : path
        Folder for ``index.html`` and the nets' checkpoints, which are used again the next time.
    seed : int
        Of the training.
    retrain : bool
        Train again even if there are checkpoints.

    Returns
    -------
    Path of the page.
    """
    out = Path(out)
    scenes_net, scenes_history = nets.scenes_net(seed, out / "checkpoints", retrain, progress)
    digits_net, digits_history = nets.digits_net(seed, out / "checkpoints", retrain, progress)
    makers = (
        lambda: the_net(scenes_net, scenes_history),
        worked_example,
        lambda: one_object(scenes_net),
        lambda: two_objects(scenes_net),
        lambda: handwritten(digits_net, digits_history),
    )
    sections = [make() for make in tqdm(makers, desc="page", unit="section", disable=not progress)]
    page = render("Why does the network say so?", INTRODUCTION, sections)
    return write_atomically(out / "index.html", page)


INTRODUCTION = (
    "A small convolutional network was trained on this computer a moment ago. Below it is asked for its reasons: by "
    "covering parts of a picture, by following its score back to the pixels, and by asking its last convolutional "
    "layer where the evidence is. All pictures here are new to the network, and as most are drawn by a program, we "
    "know where each object really is."
)


def the_net(model, history) -> Section:
    """What the net learned from, and how well."""
    shown = nets.scenes(16, seed=HELD_OUT, objects=(1, 3))
    tiles = [plot.picture(image) for image in shown.images]
    accuracy = nets.accuracy(model, *one_object_test())
    return Section(
        key="net",
        title="The pictures, and a network that learns them",
        question="What does the network see, and does it see it well?",
        shown=[
            Shown(plot.png(plot.grid([tiles[:8], tiles[8:]])), "Sixteen colourful pictures of shapes",
                  f"Scenes of one to three objects out of {len(nets.CLASSES)} classes: {', '.join(nets.CLASSES)}. "
                  "Only the shape tells the class: colour, size, angle, light and background say nothing."),
            Shown(plot.png(nets.learning_curve(history)), "Learning curves: the loss falls, the accuracy rises"),
        ],
        notice=f"On 1,000 new scenes of one object the network names it right {accuracy:.1%} of the time.",
        code="import nets\nmodel, history = nets.scenes_net()\nnets.learning_curve(history).savefig('curve.png')",
    )


def worked_example() -> Section:
    """The lecture's three matrices, computed by the engine."""
    h = np.array([[1.0, -1, 5], [2, -5, -7], [-3, 2, 4]])
    g = np.array([[-2.0, 3, -1], [6, -3, 1], [2, -1, 3]])
    x = mg.tensor(h, requires_grad=True)
    y = F.relu(x)
    kept = {"vanilla": h > 0, "deconvnet": g > 0, "guided": (h > 0) & (g > 0)}
    tables = [("went into the ReLU", h, h > 0), ("gradient that arrives", g, g > 0)]
    tables += [(f"{rule} lets through", mg.grad(y, x, g, rule=rule).numpy(), kept[rule]) for rule in RULES]
    return Section(
        key="rules",
        title="One ReLU, three ways back",
        question="What happens to a gradient when it meets a ReLU?",
        formula=[("vanilla", "g · [x > 0]"), ("deconvnet", "g · [g > 0]"), ("guided", "g · [x > 0] · [g > 0]")],
        shown=[Shown(plot.png(plot.matrices(tables)), "Five matrices of three by three numbers",
                     "Shaded: positive in the first two, let through in the others.")],
        notice="Forwards all three are the same ReLU. Backwards, vanilla asks whether the signal was positive, "
               "deconvnet whether the gradient is, and guided backpropagation asks both. Only vanilla is the gradient.",
        code="""
import minigrad as mg
x = mg.tensor([[1, -1, 5], [2, -5, -7], [-3, 2, 4.0]], requires_grad=True)
y = mg.functional.relu(x)
for rule in ("vanilla", "deconvnet", "guided"):
    print(rule, mg.grad(y, x, [[-2, 3, -1], [6, -3, 1], [2, -1, 3]], rule=rule), sep="\\n")""",
    )


METHODS = ("picture", "occlusion", *RULES, "Grad-CAM", "Guided\nGrad-CAM")


def explanations(model, image: np.ndarray, target: int, patch: int = 12, stride: int = 4) -> list[np.ndarray]:
    """A row of tiles: the picture, and what each method makes of it."""
    # Covered in the picture's own mean colour: a square of any other would be one more square to see.
    mean = image.mean(axis=(1, 2), keepdims=True)
    dropped = np.maximum(occlusion_heatmap(model, image, target, patch, stride, fill=mean), 0)
    by_rule = saliency_by_rule(model, image, target, RULES)
    return [
        plot.picture(image),
        plot.overlay(image, dropped),
        *(plot.heat(by_rule[rule]) for rule in RULES),
        plot.overlay(image, gradcam(model, image, target)),
        plot.signed(guided_gradcam(model, image, target)),
    ]


def one_object(model, n: int = 6) -> Section:
    """All methods on pictures of one object."""
    drawn = nets.scenes(n, seed=HELD_OUT + 1, objects=1)
    rows = [explanations(model, image, int(label)) for image, label in zip(drawn.images, drawn.labels)]
    return Section(
        key="one-object",
        title="One object, six explanations",
        question="Which pixels made the network say what it said?",
        formula=[
            ("occlusion", "p(x) − p(x with a patch covered)"),
            ("saliency", "max over channels of | ∂S / ∂x |, with the ReLUs going back by one of the three rules"),
            ("Grad-CAM", "ReLU( Σₖ αₖ Aₖ ),   αₖ = mean over places of ∂S / ∂Aₖ"),
            ("Guided Grad-CAM", "guided gradient · Grad-CAM"),
        ],
        shown=[Shown(plot.png(plot.grid(rows, METHODS, answers(model, drawn.images))),
                     "A row for each picture: the picture, and six heat maps of it",
                     "Left: what the network answers, and how sure it is. Each map explains the true class.")],
        notice="Occlusion and Grad-CAM say where, coarsely. The gradients are sharp, and noisy; the guided one is the "
               "cleanest drawing of the shape. Deconvnet hardly looks at the picture at all: its rule never asks what "
               "went into the ReLUs, so only the switches of the one max pooling tell it where anything was. Cleanest "
               "is not most faithful either: two objects will show the difference.",
        code=f"""
import explain, nets
model, _ = nets.scenes_net()
scene = nets.scenes(1, seed={HELD_OUT + 1}, objects=1)
image = scene.images[0]
heat = explain.occlusion_heatmap(model, image, patch=12, stride=4, fill=image.mean(axis=(1, 2), keepdims=True))
maps = explain.saliency_by_rule(model, image, rules=("vanilla", "deconvnet", "guided"))
cam = explain.gradcam(model, image)
both = explain.guided_gradcam(model, image)""",
    )


def two_objects(model, n: int = 3) -> Section:
    """All methods on pictures of two objects, once for each object's class; and how often the heat is right."""
    drawn = nets.scenes(n, seed=HELD_OUT + 2, objects=2)
    rows, labels = [], []
    for image, classes, masks in zip(drawn.images, drawn.classes, drawn.masks):
        for target, mask in zip(classes, masks):
            tiles = explanations(model, image, int(target))
            rows.append([plot.outlined(tiles[0], mask), *tiles[1:]])
            labels.append(f"why\n“{nets.CLASSES[target]}”?")
    test = nets.scenes(TEST_SCENES, seed=HELD_OUT + 3, objects=2)
    methods = {"Grad-CAM": gradcam} | {f"saliency, {rule}": rule_saliency(rule) for rule in RULES}
    hits = ", ".join(f"{name} {two_object_hits(model, test, method):.0%}" for name, method in methods.items())
    return Section(
        key="two-objects",
        title="Two objects: whose evidence is it?",
        question="Does a map for one class show that class's object, or just all that is there?",
        shown=[Shown(plot.png(plot.grid(rows, METHODS, labels)),
                     "Two rows for each picture of two objects, one for each object's class",
                     "The object whose class is explained is outlined in the first column.")],
        notice="Read the rows in pairs. The three gradients draw much the same for both classes, whichever is asked "
               "for; Grad-CAM moves to the object in question, as does Guided Grad-CAM. How often the brightest "
               f"pixel lies on the right object, in {TEST_SCENES} scenes and for both classes: {hits}.",
        code=f"""
import explain, nets
model, _ = nets.scenes_net()
scene = nets.scenes(1, seed={HELD_OUT + 2}, objects=2)
first, second = (explain.gradcam(model, scene.images[0], int(c)) for c in scene.classes[0])""",
    )


def handwritten(model, history, n: int = 5) -> Section:
    """All methods on real handwriting."""
    _, test = nets.digits()
    images = np.stack([test.images[test.labels == digit][0] for digit in range(n)])
    rows = [explanations(model, image, digit, patch=8, stride=2) for digit, image in enumerate(images)]
    return Section(
        key="digits",
        title="The same on real handwriting",
        question="Which strokes make a 3 a 3?",
        shown=[Shown(plot.png(plot.grid(rows, METHODS, answers(model, images, "0123456789"))),
                     "A row for each digit: the digit, and six heat maps of it"),
               Shown(plot.png(nets.learning_curve(history)), "Learning curves of the net for digits")],
        notice="The last column is signed: ink where it is red would make the digit surer, where it is blue less sure.",
        code="""
import explain, nets
model, _ = nets.digits_net()
_, test = nets.digits()
maps = explain.saliency_by_rule(model, test.images[0])""",
    )


def answers(model, images: np.ndarray, names=nets.CLASSES) -> list[str]:
    """What the net says of each picture, and with what probability."""
    p = F.softmax(nets.predict(model, images)).numpy()
    return [f"{names[row.argmax()]}\n{row.max():.0%}" for row in p]


def rule_saliency(rule: str):
    """Saliency under one rule, in the form that every method has: (model, images, target)."""
    return lambda model, images, target: saliency(model, images, target, rule)


def one_object_test():
    """A thousand scenes of one object that no net is trained on: images and labels."""
    test = nets.scenes(1000, seed=HELD_OUT + 4, objects=1)
    return test.images, test.labels
