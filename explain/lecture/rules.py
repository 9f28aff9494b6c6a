"""Three ways back through a ReLU: in nine numbers, on pictures, and held against the class that was asked for."""

from __future__ import annotations

import numpy as np

import minigrad as mg
import nets
from minigrad import functional as F

from .. import plot
from ..evaluation.localisation import two_object_hits
from ..evaluation.similarity import class_correlation, correlation
from ..gradcam import gradcam
from ..page import Choice, Section, Shown
from ..saliency import gradient
from .charts import bars, number
from .showcase import HELD_OUT, Material
from .tiles import RULES, rule_saliency

MEASURED = 100  # scenes of two objects

H = np.array([[1.0, -1, 5], [2, -5, -7], [-3, 2, 4]])  # the lecture's numbers: what goes into the ReLU,
G = np.array([[-2.0, 3, -1], [6, -3, 1], [2, -1, 3]])  # and the gradient that arrives at it
KEPT = {"vanilla": H > 0, "deconvnet": G > 0, "guided": (H > 0) & (G > 0)}


def worked_example(material: Material) -> Section:
    """The lecture's three matrices, computed by the engine; then the three rules on pictures."""
    net = material.shown
    together, steps = drawn_matrices()
    images = net.images[net.one_of_each(3)]
    rows = [[plot.picture(image), *(plot.signed(gradient(net.model, image, rule=rule)) for rule in RULES)]
            for image in images]
    return Section(
        key="rules",
        title="One ReLU, three ways back",
        question="What happens to a gradient when it meets a ReLU?",
        formula=[("vanilla", "g · [x > 0]"), ("deconvnet", "g · [g > 0]"), ("guided", "g · [x > 0] · [g > 0]")],
        shown=[Shown(together, "Five matrices of three by three numbers",
                     "Shaded: positive in the first two, let through in the others."),
               Choice({"rule": list(RULES)}, steps,
                      "Five matrices: forwards, backwards, and the mask between",
                      "Forwards in the first two, then backwards: the gradient that leaves is the one that arrives, "
                      "times the mask."),
               Shown(plot.png(plot.grid(rows, ["picture", *RULES], side=1.7)),
                     "A row for each picture: the picture, and its gradient under three rules",
                     "The gradients themselves, in the picture's own colours where it has any: mid-grey is zero there, "
                     "and otherwise white, with red above and blue below.")],
        notice="Forwards all three are the same ReLU. Backwards, vanilla asks whether the signal was positive, "
               "deconvnet whether the gradient is, and guided backpropagation asks both. Only vanilla is the gradient. "
               "On pictures the guided rule leaves the cleanest drawing, vanilla has more grain, and deconvnet draws "
               "mostly the grid of the strides and the borders.",
        code=net.code + """
import minigrad as mg
x = mg.tensor([[1, -1, 5], [2, -5, -7], [-3, 2, 4.0]], requires_grad=True)
y = mg.functional.relu(x)
for rule in ("vanilla", "deconvnet", "guided"):
    print(rule, mg.grad(y, x, [[-2, 3, -1], [6, -3, 1], [2, -1, 3]], rule=rule), sep="\\n")

backwards = [plot.signed(explain.gradient(model, images[0], rule=rule)) for rule in ("vanilla", "guided")]
plot.grid([[plot.picture(images[0]), *backwards]]).savefig("rules.png")""",
    )


def drawn_matrices() -> tuple[bytes, list[bytes]]:
    """The three rules' results side by side, and each rule's way through the mask."""
    x = mg.tensor(H, requires_grad=True)
    y = F.relu(x)
    passed = {rule: mg.grad(y, x, G, rule=rule).numpy() for rule in RULES}
    tables = [("went into the ReLU", H, H > 0), ("gradient that arrives", G, G > 0)]
    tables += [(f"{rule} lets through", passed[rule], KEPT[rule]) for rule in RULES]
    steps = [[("goes in", H, H > 0), ("comes out", y.numpy(), H > 0), ("gradient arrives", G, G > 0),
              (f"{rule}'s mask", KEPT[rule].astype(int), KEPT[rule]), ("gradient leaves", passed[rule], KEPT[rule])]
             for rule in RULES]
    return plot.png(plot.matrices(tables)), [plot.png(plot.matrices(step)) for step in steps]


def class_discrimination(material: Material, n: int = 4) -> Section:
    """Whether the map asks for the class: maps for two classes, and their correlation."""
    model = material.scenes.model
    methods = {rule: rule_saliency(rule) for rule in RULES} | {"Grad-CAM": gradcam}
    drawn = nets.scenes(n, HELD_OUT + 2, objects=2)
    names = [" and ".join(nets.CLASSES[c] for c in classes) for classes in drawn.classes]
    alike, _, chart = measured(model, methods)
    return Section(
        key="class-discrimination",
        title="Clean is not class-discriminative",
        question="If one asks for another class, does the map change?",
        formula=[("correlation", "Pearson's r between the map for A and the map for B, pixel by pixel")],
        shown=[Choice({"picture": names}, [two_classes(model, methods, drawn, i) for i in range(n)],
                      "Maps of two objects' classes under four methods, and their difference",
                      "Above, a map for either class, each scaled by itself, with its object outlined at the left. "
                      "Below, their difference: red where the first is stronger, blue where the second is. Over each "
                      "column, the correlation of the two maps."),
               chart],
        notice="A gradient under any of the rules draws both objects, whichever class it is asked for, if often the "
               "one in question more strongly; the last row shows how much is left once the two are subtracted. The "
               f"guided rule draws most cleanly, and its two maps are the most alike: {alike['guided']:.2f}, against "
               f"vanilla's {alike['vanilla']:.2f} and deconvnet's {alike['deconvnet']:.2f}. Grad-CAM's are not alike "
               f"at all: {number(alike['Grad-CAM'])}. (A gradient is large on both sides of an edge, so its peak often "
               "lies just outside the object; that counts as a miss.) Clean lines tell that a method draws well, not "
               "that it knows what it was asked.",
        code=material.scenes.code + f"""
scene = nets.scenes(1, seed={HELD_OUT + 2}, objects=2)
for rule in ("vanilla", "deconvnet", "guided"):
    maps = [explain.saliency(model, scene.images[0], int(c), rule) for c in scene.classes[0]]
    print(rule, explain.evaluation.similarity.correlation(*maps))
cams = [explain.gradcam(model, scene.images[0], int(c)) for c in scene.classes[0]]
plot.grid([[plot.overlay(scene.images[0], cam) for cam in cams]]).savefig("classes.png")""",
    )


def measured(model, methods: dict) -> tuple[dict, dict, Shown]:
    """For each method, how alike its maps for two classes are and how often it peaks on the right object; as bars."""
    test = nets.scenes(MEASURED, HELD_OUT + 3, objects=2)
    alike = {name: class_correlation(model, test, method) for name, method in methods.items()}
    hits = {name: two_object_hits(model, test, method) for name, method in methods.items()}
    chart = bars({"correlation of the two maps": list(alike.values()),
                  "peak on the right object": list(hits.values())}, list(methods), 4.2 + 1.1 * len(methods))
    return alike, hits, Shown(plot.png(chart), f"Bars of both figures for {', '.join(methods)}",
                              f"Means over {MEASURED} new scenes of two objects and both of their classes.")


def two_classes(model, methods: dict, drawn: nets.Scenes, i: int) -> bytes:
    """A row of maps for each of the two classes in a scene, and one of their difference."""
    image, classes = drawn.images[i], drawn.classes[i].tolist()
    rows = [[plot.outlined(plot.picture(image), mask)] for mask in drawn.masks[i]] + [[plot.picture(image)]]
    titles = ["picture"]
    for name, method in methods.items():
        a, b = (method(model, image, target) for target in classes)
        colour = (lambda cam: plot.overlay(image, cam)) if name == "Grad-CAM" else plot.heat
        difference = plot.signed(plot.normalised(a) - plot.normalised(b))
        for row, tile in zip(rows, (colour(a), colour(b), difference)):
            row.append(tile)
        titles.append(f"{name}\nr = {number(float(correlation(a, b)))}")
    labels = [f"why\n“{nets.CLASSES[c]}”?" for c in classes] + ["difference"]
    return plot.png(plot.grid(rows, titles, labels, side=1.4))
