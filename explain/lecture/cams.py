"""Class activation maps: step by step, stage by stage, sharpened, for nonsense, and for other questions than why."""

from __future__ import annotations

import warnings

import numpy as np

import nets

from .. import plot
from ..evaluation.localisation import peak_inside
from ..forward import Forward
from ..gradcam import enlarged, gradcam, guided_gradcam
from ..page import Choice, Section
from ..saliency import gradient, largest
from .charts import number, weights
from .looking import STAGES
from .rules import measured
from .showcase import HELD_OUT, Material
from .tiles import rule_saliency

EVIDENCE = 200  # scenes of one object, on which peaks are counted


def positive_map(model, images, target=None, layer=None) -> np.ndarray:
    """Grad-CAM, and zeros without a warning where there is no positive evidence: that is what is to be seen here."""
    return np.maximum(gradcam(model, images, target, layer, relu=False), 0)


def overlaid(image, cam: np.ndarray) -> np.ndarray:
    """`plot.overlay`; where `positive_map` is empty the picture stays cold, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return plot.overlay(image, cam)


def step_by_step(material: Material, picture: int = 0) -> Section:
    """Grad-CAM's steps for two classes, and its map at every stage."""
    net, drawn = material.scenes, nets.scenes(2, HELD_OUT + 2, objects=2)
    image, classes = drawn.images[picture], drawn.classes[picture].tolist()
    steps = [steps_for(net.model, image, target) for target in classes]
    stages, hits = stage_pictures(material)
    options = {"class": [nets.CLASSES[c] for c in classes]}
    return Section(
        key="gradcam",
        title="Grad-CAM, step by step",
        question="How does the last convolutional layer say where the evidence is?",
        formula=[("weights", "αₖ = mean over i, j of ∂S_c / ∂Aₖ[i, j]"), ("map", "L = ReLU( Σₖ αₖ Aₖ )")],
        shown=[Choice(options, [bar for bar, _ in steps], "Bars: the weights of all 64 maps for the chosen class",
                      "1. The gradient of the class score at each map, averaged over the map, is the map's weight. "
                      "Numbered: the maps drawn below."),
               Choice(options, [tiles for _, tiles in steps],
                      "Three rows: maps, weighted maps, and the sum on its way to the overlay",
                      "2. The three maps that add most to the sum and the three that take most from it (black: "
                      "nothing; all on one scale). 3. The same times their weights (red for, blue against). 4. The sum "
                      "of all 64, its ReLU, enlarged, and laid over the picture."),
               Choice({"layer": [f"stage {i} ({layer})" for i, layer in enumerate(STAGES, 1)]}, stages,
                      "Grad-CAM of five pictures at one stage of the net",
                      "Why the last layer? The same at every stage, each for the predicted class.")],
        notice="Change the class: the maps stay what they are, and only their weights change. That is why the heat "
               "moves to the other object. Then go through the stages. Only the last one's maps mean a class by "
               "themselves; of an earlier one, a single weight for a whole map says little, as an edge here may speak "
               f"for the class and the same edge there against it. On {EVIDENCE} new scenes of one object the "
               f"brightest pixel is on it, stage by stage, {hits} of the time.",
        code=material.scenes.code + """
run = explain.Forward(model, images[0], layers=["features.12"])
maps = run.activations["features.12"][0]
alpha = run.gradient(maps).mean(axis=(2, 3))[0]
cam = sum(weight * one for weight, one in zip(alpha, maps.numpy()[0])).clip(min=0)
assert abs(cam - explain.gradcam(model, images[0], upsample=False)).max() < 1e-4
by_stage = [explain.gradcam(model, images[0], layer=f"features.{i}", relu=False).clip(0) for i in (2, 6, 9, 12)]
plot.grid([[plot.overlay(images[0], heat) for heat in by_stage]]).savefig("stages.png")""",
    )


def steps_for(model, image: np.ndarray, target: int) -> tuple[bytes, bytes]:
    """Two pictures: all weights as bars, and the maps, the weighted maps and the sum as rows of tiles."""
    run = Forward(model, image, target, [model.last_conv_stage])
    maps = run.activations[model.last_conv_stage][0]
    alpha, maps = run.gradient(maps)[0].mean(axis=(1, 2)), maps.array[0]
    weighted = alpha[:, None, None] * maps
    order = np.argsort(-weighted.sum(axis=(1, 2)))
    chosen = [*order[:3].tolist(), *order[-3:].tolist()]
    total = weighted.sum(axis=0)
    cam = enlarged(np.maximum(total, 0)[None], image.shape[1:])[0]
    along = lambda colour, arrays: np.split(colour(np.concatenate(arrays)), len(arrays))  # noqa: E731  (on one scale)
    rows = [along(plot.heat, maps[chosen]), along(plot.signed, weighted[chosen]),
            [plot.picture(image), plot.signed(total), plot.heat(np.maximum(total, 0)), plot.heat(cam),
             plot.overlay(image, cam)]]
    titles = [f"map {k}\n1000 α = {1000 * alpha[k]:+.1f}".replace("-", "−") for k in chosen]
    labels = ["Aₖ", "αₖ Aₖ", "picture, Σ,\nReLU, enlarged,\noverlay"]
    return plot.png(weights(alpha, chosen)), plot.png(plot.grid(rows, titles, labels))


def stage_pictures(material: Material, n: int = 5) -> tuple[list[bytes], str]:
    """For each stage, pictures with Grad-CAM over them; and how often the brightest pixel is on the object."""
    net, pngs, hits = material.shown, [], []
    images = net.images[net.one_of_each(n)]
    test = nets.scenes(EVIDENCE, HELD_OUT + 1, objects=1)
    for layer in STAGES:
        cams = positive_map(net.model, images, layer=layer)
        rows = [[plot.picture(image) for image in images], [overlaid(*pair) for pair in zip(images, cams)]]
        pngs.append(plot.png(plot.grid(rows, labels=["picture", "Grad-CAM"], side=1.5)))
        hits.append(peak_inside(positive_map(material.scenes.model, test.images, layer=layer), test.masks[:, 0]))
    return pngs, ", ".join(f"{hit.mean():.0%}" for hit in hits)


def sharpened(material: Material, n: int = 4) -> Section:
    """Guided Grad-CAM, and whether it inherits the virtues of both parents."""
    model, drawn = material.scenes.model, nets.scenes(n, HELD_OUT + 2, objects=2)
    methods = {"guided": rule_saliency("guided"), "Grad-CAM": gradcam,
               "Guided Grad-CAM": lambda *about: largest(guided_gradcam(*about))}
    alike, hits, chart = measured(model, methods)
    pngs = [plot.png(product_rows(model, drawn, i)) for i in range(n)]
    return Section(
        key="guided-gradcam",
        title="Guided Grad-CAM",
        question="Can a map be as sharp as guided backpropagation and as specific as Grad-CAM?",
        formula=[("Guided Grad-CAM", "guided gradient · enlarged Grad-CAM, pixel by pixel")],
        shown=[Choice({"picture": [" and ".join(nets.CLASSES[c] for c in classes) for classes in drawn.classes]}, pngs,
                      "A row for each class: the guided gradient, Grad-CAM, and their product"),
               chart],
        notice="The product keeps the lines of the one where the other is warm. The maps for two classes, which were "
               f"alike under the guided rule ({alike['guided']:.2f}), are so no more "
               f"({number(alike['Guided Grad-CAM'])}), and the share of brightest pixels on the right object rises "
               f"from {hits['guided']:.2f} to {hits['Guided Grad-CAM']:.2f} (Grad-CAM's: "
               f"{hits['Grad-CAM']:.2f}). "
               "Most of what is specific about it comes from Grad-CAM: the lines alone would be much the same for "
               "another class.",
        code=material.scenes.code + f"""
scene = nets.scenes(1, seed={HELD_OUT + 2}, objects=2)
both = [explain.guided_gradcam(model, scene.images[0], int(c)) for c in scene.classes[0]]
plot.grid([[plot.signed(one) for one in both]]).savefig("guided-gradcam.png")""",
    )


def product_rows(model, drawn: nets.Scenes, i: int):
    """Rows for the two classes of a scene: the factors and their product."""
    image, rows = drawn.images[i], []
    for target, mask in zip(drawn.classes[i].tolist(), drawn.masks[i]):
        rows.append([plot.outlined(plot.picture(image), mask), plot.signed(gradient(model, image, target, "guided")),
                     overlaid(image, positive_map(model, image, target)),
                     plot.signed(guided_gradcam(model, image, target))])
    labels = [f"why\n“{nets.CLASSES[c]}”?" for c in drawn.classes[i]]
    return plot.grid(rows, ["picture", "guided", "Grad-CAM", "Guided Grad-CAM"], labels, side=1.7)
