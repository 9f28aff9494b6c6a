"""Gradients: why they explain anything, what they show, what they are good for, and what they gave away."""

from __future__ import annotations

import numpy as np

import nets
from minigrad import functional as F

from .. import plot
from ..bias import background_reliance
from ..evaluation.similarity import correlation
from ..linearisation import along_line, draw_lines
from ..page import Choice, Section, Shown
from ..saliency import gradient, saliency
from ..segmentation import BACKGROUND, FOREGROUND, iou, segment_by, threshold_mask
from .cams import overlaid, positive_map
from .charts import bars
from .showcase import HELD_OUT, Material
from .tiles import RULES

RED, BLUE = np.array([0.85, 0.1, 0.1]), np.array([0.1, 0.3, 0.9])
NEAR = 0.02  # how far from the picture still counts as near, where black is -1 and white is 1
CONFIDENCES = (0.5, 0.8, 0.95, 1.0)  # of the pictures on which score and probability are compared
QUANTILES = (0.8, 0.9, 0.95, 0.98)
SEGMENTED = 100  # scenes
FOUND = {"accuracy": "accuracy", "accuracy_reversed": "accuracy,\nground reversed",
         "saliency_inside": "saliency's mass\non the animal", "gradcam_inside": "Grad-CAM's mass\non the animal"}


def linearisation(material: Material) -> Section:
    """The Taylor argument: the score along lines through a picture."""
    net = material.shown
    image, other = net.images[net.one_of_each(2)]
    noise = np.random.default_rng(0).uniform(-1, 1, image.shape)

    def walk(direction, first: float, last: float):
        return along_line(net.model, image, None, direction, np.linspace(first, last, 41).tolist())

    far, near, grain, way = walk(None, -1, 1), walk(None, -NEAR, NEAR), walk(noise, -1, 1), walk(other - image, 0, 1)
    missed = [abs(s[-1] - tangent[-1]) / abs(tangent[-1] - tangent[20]) for _, s, tangent in (near, far)]
    slopes = [abs(line.prediction[-1] - line.prediction[0]) / np.ptp(line.t) for line in (near, grain)]
    climb = gradient(net.model, image)
    climb /= np.abs(climb).max()
    steps = [image, image + NEAR * climb, image + climb, image + noise, (image + other) / 2]
    titles = ["x₀", f"gradient, t = {NEAR}", "gradient, t = 1", "noise, t = 1", "another, t = 0.5"]
    return Section(
        key="linearisation",
        title="From weights to gradients",
        question="A linear model is explained by its weights. What takes their place in a network?",
        formula=[("linear model", "S(x) = ⟨w, x⟩ + b,   so   ∂S/∂x = w"),
                 ("network, near x₀", "S(x₀ + t d) ≈ S(x₀) + t ⟨∂S/∂x (x₀), d⟩   (Taylor)")],
        shown=[Shown(plot.png(plot.grid([[plot.picture(one) for one in steps]], titles, side=1.5)),
                     "A picture, and what it becomes on the way in four directions"),
               Shown(plot.png(draw_lines({"up the gradient": far, "the same, near": near})),
                     "Two curves of the score with their tangents, up the gradient and near the picture"),
               Shown(plot.png(draw_lines({"into random noise": grain, "towards another picture": way})),
                     "Two curves of the score with their tangents, into noise and towards another picture",
                     "The score of the predicted class along lines through the picture. Dashed: what the gradient at "
                     "t = 0 predicts.")],
        notice=f"At t = {NEAR}, where nobody sees a difference, the dashed line is off by {missed[0]:.0%} of the "
               f"change that it predicts; at t = 1 by {missed[1]:.0%}, as the true score is highest at "
               f"{far.t[far.score.argmax()]:.2f}. So the gradient explains the network at this picture and "
               "close to it, not in general. In noise of the same size the score at first changes "
               f"{slopes[0] / slopes[1]:.0f} times more slowly than up the gradient: hardly any direction matters, but "
               "this one does.",
        code=net.code + """
line = explain.along_line(model, images[0])
explain.draw_lines({"up the gradient": line}).savefig("line.png")""",
    )


def saliency_maps(material: Material) -> Section:
    """Saliency of the score, and of the softmax probability beside it."""
    net = material.shown
    p = F.softmax(nets.predict(net.model, net.images)).numpy()
    sure = p.max(axis=1)
    places = [int(np.abs(sure - level).argmin()) for level in CONFIDENCES]
    images, classes = net.images[places], p[places].argmax(axis=1)
    labels = [f"{net.names[c]}\n{share:.2%}" for c, share in zip(classes, sure[places])]
    titles = ["picture", "score", "softmax", "softmax,\neach row by itself"]
    maps = {rule: [saliency(net.model, images, target, rule) for target in (classes, probability_of(classes))]
            for rule in RULES}
    pngs = [plot.png(plot.grid(score_and_probability(images, *maps[rule]), titles, labels, side=1.6)) for rule in RULES]
    score, chance = maps["vanilla"]
    sizes = chance.max(axis=(1, 2)) / score.max(axis=(1, 2))
    alike = correlation(score, chance)
    return Section(
        key="saliency",
        title="Saliency maps, and why not of softmax",
        question="Which pixels need to change least to change the score most?",
        formula=[("saliency", "M[i, j] = max over channels of | ∂S_c / ∂x[i, j] |"),
                 ("of softmax instead", "∂p_c/∂x = p_c ( ∂S_c/∂x − Σ_k p_k ∂S_k/∂x )")],
        shown=[Choice({"rule": list(RULES)}, pngs,
                      "A row for each picture: the picture, and saliency maps of its score and of its probability",
                      "Rows from unsure to sure; left, the predicted class and its probability. The maps of a column "
                      "share one scale, except in the last.")],
        notice="The map of the score does not ask how sure the net is. That of softmax goes out as the net gets "
               "sure: where it is surest, the largest pixel is "
               f"{sizes[-1]:.5f} of the score's, where it is least sure {sizes[0]:.2f}. Nothing that one pixel does "
               "can raise a probability of 1. Brightened by itself it is still a map, but of a difference: it asks "
               "what favours this class over the others, so what lowers another counts as well. The two maps "
               f"correlate with {alike[-1]:.2f} where the net is surest and with {alike[0]:.2f} where it is "
               "least sure, so for this net the blend shows little; that the map goes out is the better reason.",
        code=net.code + """
rows = [[plot.picture(image), plot.heat(explain.saliency(model, image))] for image in images[:4]]
plot.grid(rows).savefig("saliency.png")""",
    )


def probability_of(classes: np.ndarray):
    """A target for `saliency`: the probability of each picture's class."""
    return lambda output: F.softmax(output, axis=1)[np.arange(len(classes)), classes]


def score_and_probability(images, score: np.ndarray, probability: np.ndarray) -> list:
    """Rows of tiles: a picture, its maps on the scales that their columns share, and the last on its own."""
    together = [np.split(plot.heat(np.concatenate(maps)), len(maps)) for maps in (score, probability)]
    return [[plot.picture(image), s, p, plot.heat(alone)] for image, s, p, alone in zip(images, *together, probability)]


def segmentation(material: Material, n: int = 5) -> Section:
    """Masks out of saliency: by graph cut, and by threshold."""
    net = material.scenes
    images, masks = net.images[:SEGMENTED], nets.scenes(SEGMENTED, HELD_OUT + 1, objects=1).masks[:, 0]
    maps = saliency(net.model, images)
    cuts = np.stack([segment_by(heat, image) for heat, image in zip(maps, images)])
    by_cut, pngs, means = iou(cuts, masks), [], []
    for quantile in QUANTILES:
        plain = threshold_mask(maps, quantile)
        by_threshold = iou(plain, masks)
        means.append(f"{by_threshold.mean():.2f} at {quantile:.0%}")
        rows = [segmentation_row(images[i], maps[i], cuts[i], plain[i], masks[i]) for i in range(n)]
        labels = [f"IoU\ncut {by_cut[i]:.2f}\nthreshold {by_threshold[i]:.2f}" for i in range(n)]
        pngs.append(plot.png(plot.grid(rows, ["true outline", "saliency", "seeds", "cut", "threshold"], labels)))
    return Section(
        key="segmentation",
        title="A segmentation for free",
        question="Can a net that was only told what is in a picture say where its outline is?",
        formula=[("cut", "least Σ −log p(colour | label) + Σ over neighbours with different labels of w"),
                 ("IoU", "| A ∩ B | / | A ∪ B |")],
        shown=[Choice({"threshold at quantile": [f"{q:.0%}" for q in QUANTILES]}, pngs,
                      "A row for each picture: true outline, saliency, seeds, the cut and a thresholded mask",
                      f"Seeds: the {1 - FOREGROUND:.0%} most salient pixels (red) teach the colours of the object, the "
                      f"{BACKGROUND:.0%} least salient (blue) those of the background. The cut then labels all.")],
        notice="Saliency lights up what is telling, mostly the edge, and a threshold keeps just that. Two palettes and "
               f"a cut make a mask of it. Over {SEGMENTED} new scenes the mean IoU is {by_cut.mean():.2f} by cut, and "
               f"by threshold {', '.join(means)}: no quantile helps. It works because objects here have a colour of "
               f"their own; where the seeds miss the object, so does the cut ({(by_cut < 0.5).mean():.0%} of the "
               "scenes are below 0.5). The net was never shown an outline.",
        code=net.code + """
masks = [explain.segment(model, image) for image in images[:4]]
print("IoU", explain.iou(masks, test.masks[:4, 0]))
plot.grid([[plot.outlined(plot.picture(i), m) for i, m in zip(images, masks)]]).savefig("segmentation.png")""",
    )


def segmentation_row(image, heat, cut, plain, truth) -> list[np.ndarray]:
    """Tiles of one picture: its true outline, saliency, seeds, and what the cut and the threshold make of them."""
    tile = plot.picture(image)
    seeds = np.repeat(tile.mean(axis=2, keepdims=True), 3, axis=2)
    seeds[heat > np.quantile(heat, FOREGROUND)] = RED
    seeds[heat <= np.quantile(heat, BACKGROUND)] = BLUE
    faded = [np.where(mask[..., None], tile, 0.85 + 0.15 * tile) for mask in (cut, plain)]
    return [plot.outlined(tile, truth), plot.heat(heat), seeds, *faded]


def bias(material: Material) -> Section:
    """The wolf that was a snow detector."""
    trained = material.biased
    models = {name: model for name, (model, _) in trained.items()}
    found = {name: background_reliance(model) for name, model in models.items()}
    chart = bars({f"{name} net": [figures[key] for key in FOUND] for name, figures in found.items()},
                 list(FOUND.values()), 8.0)
    return Section(
        key="bias",
        title="The wolf that was a snow detector",
        question="Can an explanation find out what an accuracy cannot?",
        formula=[("mass on the animal", "Σ inside the mask of max(M, 0)  /  Σ everywhere of max(M, 0)")],
        shown=[Shown(bias_pictures(models), "Animals on the usual and on the reversed ground, with maps of two nets",
                     "The husky is a circle, the wolf a triangle; snow is striped, a meadow is cloudy. Pictures in "
                     "pairs: the same animal on the ground that the shortcut net knows, and on the other. Left, what "
                     "the two nets answer."),
               Shown(plot.png(chart), "Bars: accuracy and mass on the animal for the two nets",
                     "200 new pictures. A map that spreads evenly would have "
                     f"{found['shortcut']['animal']:.2f} of its mass on the animal.")],
        notice=bias_notice(found),
        code="""
import explain, nets
from explain import plot

nets_and_histories = nets.biased_nets()
test = nets.snow_scenes(4, seed=1000004)
for name, (model, history) in nets_and_histories.items():
    print(name, explain.background_reliance(model))
    maps = explain.saliency(model, test.images)
    rows = [[plot.picture(image), plot.heat(heat)] for image, heat in zip(test.images, maps)]
    plot.grid(rows).savefig(f"{name}.png")""",
    )


def bias_pictures(models: dict) -> bytes:
    """A wolf and a husky, each on the usual and on the other ground, with maps of the nets."""
    usual, swapped = (nets.snow_scenes(32, HELD_OUT + 4, shortcut) for shortcut in (1.0, 0.0))
    chosen = [int(np.flatnonzero(usual.labels == animal)[0]) for animal in (1, 0)]
    rows, labels = [], []
    for drawn, i in [(drawn, i) for i in chosen for drawn in (usual, swapped)]:
        rows.append([plot.outlined(plot.picture(drawn.images[i]), drawn.masks[i])])
        labels.append(f"{nets.ANIMALS[drawn.labels[i]]} in {'snow' if drawn.snow[i] else 'meadow'}")
        for name, model in models.items():
            rows[-1] += bias_tiles(model, drawn.images[i])
            labels[-1] += f"\n{name}: {nets.ANIMALS[nets.predict(model, drawn.images[i:i + 1]).argmax()]}"
    titles = ["picture", *(f"{name} net,\n{method}" for name in models for method in ("saliency", "Grad-CAM"))]
    return plot.png(plot.grid(rows, titles, labels, side=1.35))


def bias_tiles(model, image: np.ndarray) -> list[np.ndarray]:
    """Saliency and Grad-CAM of what the net answers; a map without positive evidence stays blank."""
    return [plot.heat(saliency(model, image)), overlaid(image, positive_map(model, image))]


def bias_notice(found: dict) -> str:
    """What the figures of the two nets say."""
    shortcut, honest = found["shortcut"], found["honest"]
    return ("In training, all wolves of the shortcut net stood in snow; the honest net saw both animals on both. On "
            f"pictures of the usual kind the two are right {shortcut['accuracy']:.1%} and {honest['accuracy']:.1%} of "
            "the time, so no such test tells them apart. The maps do: the shortcut net's lie on the stripes and "
            f"around the animal ({shortcut['saliency_inside']:.2f} of the saliency is on it), the honest net's on it "
            f"({honest['saliency_inside']:.2f}, where {honest['animal']:.2f} would be even). And where one can "
            f"reverse the ground, it is plain: {shortcut['accuracy_reversed']:.0%} against "
            f"{honest['accuracy_reversed']:.0%}.")
