"""The first sections: the net, and all explanations at a glance."""

from __future__ import annotations

import nets

from .. import plot
from ..evaluation.localisation import two_object_hits
from ..gradcam import gradcam
from ..page import Section, Shown
from .showcase import HELD_OUT, Material
from .tiles import METHODS, RULES, all_methods, answers, rule_saliency

TEST_SCENES = 200  # of two objects, on which maps are held against masks


def the_net(material: Material) -> Section:
    """What the net learned from, and how well."""
    net = material.scenes
    shown = nets.scenes(16, seed=HELD_OUT, objects=(1, 3))
    tiles = [plot.picture(image) for image in shown.images]
    accuracy = nets.accuracy(net.model, net.images, net.labels)
    return Section(
        key="net",
        title="The pictures, and a network that learns them",
        question="What does the network see, and does it see it well?",
        shown=[
            Shown(plot.png(plot.grid([tiles[:8], tiles[8:]])), "Sixteen colourful pictures of shapes",
                  f"Scenes of one to three objects out of {len(nets.CLASSES)} classes: {', '.join(nets.CLASSES)}. "
                  "Only the shape tells the class: colour, size, angle, light and background say nothing."),
            Shown(plot.png(nets.learning_curve(net.history)), "Learning curves: the loss falls, the accuracy rises"),
        ],
        notice=f"On 1,000 new scenes of one object the network names it right {accuracy:.1%} of the time.",
        code="import nets\nmodel, history = nets.scenes_net()\nnets.learning_curve(history).savefig('curve.png')",
    )


def one_object(material: Material, n: int = 6) -> Section:
    """All methods on pictures of one object."""
    net = material.shown
    places = net.one_of_each(n)
    rows = [all_methods(net.model, net.images[i], int(net.labels[i])) for i in places]
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
        shown=[Shown(plot.png(plot.grid(rows, METHODS, answers(net.model, net.images[places], net.names))),
                     "A row for each picture: the picture, and six heat maps of it",
                     "Left: what the network answers, and how sure it is. Each map explains the true class.")],
        notice="Occlusion and Grad-CAM say where, coarsely. The gradients are sharp, and noisy; the guided one is the "
               "cleanest drawing of the shape. Deconvnet hardly looks at the picture at all: its rule never asks what "
               "went into the ReLUs, so only the switches of the one max pooling tell it where anything was. Cleanest "
               "is not most faithful either: two objects will show the difference.",
        code=net.code + """
image = images[0]
heat = explain.occlusion_heatmap(model, image, patch=12, stride=4, fill=image.mean(axis=(1, 2), keepdims=True))
maps = explain.saliency_by_rule(model, image, rules=("vanilla", "deconvnet", "guided"))
cam = explain.gradcam(model, image)
both = explain.guided_gradcam(model, image)""",
    )


def two_objects(material: Material, n: int = 3) -> Section:
    """All methods on pictures of two objects, once for each object's class; and how often the heat is right."""
    model = material.scenes.model
    drawn = nets.scenes(n, seed=HELD_OUT + 2, objects=2)
    rows, labels = [], []
    for image, classes, masks in zip(drawn.images, drawn.classes, drawn.masks):
        for target, mask in zip(classes, masks):
            tiles = all_methods(model, image, int(target))
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


def handwriting(material: Material, n: int = 5) -> Section:
    """All methods on real handwriting."""
    net = material.digits
    images = net.images[net.one_of_each(n)]
    rows = [all_methods(net.model, image, digit) for digit, image in enumerate(images)]
    return Section(
        key="digits",
        title="The same on real handwriting",
        question="Which strokes make a 3 a 3?",
        shown=[Shown(plot.png(plot.grid(rows, METHODS, answers(net.model, images, net.names))),
                     "A row for each digit: the digit, and six heat maps of it"),
               Shown(plot.png(nets.learning_curve(net.history)), "Learning curves of the net for digits")],
        notice="The last column is signed: ink where it is red would make the digit surer, where it is blue less sure.",
        code=net.code + "maps = explain.saliency_by_rule(model, images[0])",
    )
