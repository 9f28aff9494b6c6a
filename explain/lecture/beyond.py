"""Beyond the lecture: what its students meet next."""

from __future__ import annotations

import numpy as np

import nets
from minigrad import functional as F

from .. import plot
from ..class_image import class_image
from ..gradcam import gradcam
from ..gradcam_plus_plus import gradcam_plus_plus
from ..integrated_gradients import input_x_gradient, integrated_gradients
from ..page import Choice, Section, Shown
from ..saliency import largest, saliency
from ..smoothgrad import smoothgrad
from .charts import number
from .rules import measured
from .showcase import HELD_OUT, Material
from .tiles import RULES

NOISES = (0.0, 0.05, 0.15, 0.4)  # standard deviation as a share of a picture's range
NOISY = 30  # copies of each picture
BASELINES = {"grey": 0.0, "black": -1.0, "white": 1.0}
STEPS = 50
LARGEST_DRAWN = 64  # side of a class image in pixels


def smooth(material: Material, n: int = 4) -> Section:
    """SmoothGrad under every rule, with more and less noise."""
    net = material.shown
    images = net.images[net.one_of_each(n)]
    answers = nets.predict(net.model, images).argmax(axis=1)
    pngs, rng = [], np.random.default_rng(0)
    noise = rng.standard_normal(images.shape)
    for rule in RULES:
        for sigma in NOISES:
            maps = largest(smoothgrad(net.model, images, answers, NOISY if sigma else 1, sigma, rule))
            noisy = [image + sigma * np.ptp(image) * grain for image, grain in zip(images, noise)]
            rows = [[plot.picture(image) for image in noisy], [plot.heat(one) for one in maps]]
            pngs.append(plot.png(plot.grid(rows, labels=["one of the\nnoisy pictures", "mean\ngradient"], side=1.5)))
    return Section(
        key="smoothgrad",
        title="SmoothGrad: noise against noise",
        question="How much of the grain in a saliency map is about the picture?",
        formula=[("SmoothGrad", "M(x) = mean over n of ∂S_c/∂x (x + noiseₙ),   noise normal, σ (max x − min x)")],
        shown=[Choice({"rule": list(RULES), "σ": ["0 (the plain gradient)", *(f"{s:.0%}" for s in NOISES[1:])]}, pngs,
                      "Four pictures with noise, and their mean gradients",
                      f"The mean of {NOISY} noisy copies; the class is the one predicted without noise.")],
        notice="A net of ReLUs is linear in pieces, and the gradient jumps from piece to piece. The mean over a "
               "neighbourhood evens that out. Photos' maps often get clearer. Those of scenes are clear to begin "
               "with, and with more noise their lines fill up to a patch, then drown: the net never saw such pictures "
               "in training, and soon it no longer sees the object. The guided rule bears the noise best; deconvnet's "
               "map, which hardly depends on the picture, gains nothing.",
        code=net.code + """
smooth = explain.smoothgrad(model, images[0], n=30, sigma=0.15)
plot.grid([[plot.picture(images[0]), plot.heat(abs(smooth).max(axis=0))]]).savefig("smoothgrad.png")""",
    )


def integrated(material: Material, n: int = 4) -> Section:
    """Integrated Gradients from three baselines, beside saliency and picture times gradient."""
    net = material.shown
    images = net.images[net.one_of_each(n)]
    scores = nets.predict(net.model, images)
    answers, every = scores.argmax(axis=1), np.arange(n)
    beside = [saliency(net.model, images, answers), input_x_gradient(net.model, images, answers).sum(axis=1)]
    titles = ["picture", "saliency", "picture × gradient", "Integrated Gradients"]
    pngs = []
    for value in BASELINES.values():
        shares = integrated_gradients(net.model, images, answers, value, STEPS)
        start = nets.predict(net.model, np.full_like(images[:1], value))[0]
        labels = [f"F(x) − F(x′) {whole:.2f}\nΣ IG {part:.2f}\nΣ x·∂S/∂x {linear:.2f}".replace("-", "−")
                  for whole, part, linear in zip(scores[every, answers] - start[answers], shares.sum(axis=(1, 2, 3)),
                                                 beside[1].sum(axis=(1, 2)))]
        rows = [[plot.picture(image), plot.heat(s), plot.signed(product), plot.signed(ig)]
                for image, s, product, ig in zip(images, *beside, shares.sum(axis=1))]
        pngs.append(plot.png(plot.grid(rows, titles, labels, side=1.5)))
    return Section(
        key="integrated-gradients",
        title="Integrated Gradients: sharing out the whole score",
        question="How much did each pixel contribute?",
        formula=[("Integrated Gradients", "IGᵢ(x) = (xᵢ − x′ᵢ) ∫₀¹ ∂F/∂xᵢ (x′ + a (x − x′)) da"),
                 ("completeness", "Σᵢ IGᵢ(x) = F(x) − F(x′)"), ("picture × gradient", "xᵢ ∂F/∂xᵢ (x)")],
        shown=[Choice({"baseline x′": list(BASELINES)}, pngs,
                      "A row for each picture: saliency, picture times gradient, and Integrated Gradients",
                      f"Red raises the score, blue lowers it; summed over channels. {STEPS} steps. Left, what the "
                      "contributions should add up to, and what they do.")],
        notice=completeness_notice(net.model, images[0], int(answers[0])),
        code=net.code + """
shares = explain.integrated_gradients(model, images[0], int(labels[0]), baseline=0.0, steps=200)
here, there = (nets.predict(model, one[None])[0, labels[0]] for one in (images[0], 0 * images[0]))
print("F(x) - F(x') =", here - there, "and the contributions add up to", shares.sum())
plot.grid([[plot.picture(images[0]), plot.signed(shares.sum(axis=0))]]).savefig("integrated.png")""",
    )


def completeness_notice(model, image: np.ndarray, target: int) -> str:
    """How well the contributions add up, with more and more steps."""
    ends = nets.predict(model, np.stack([image, np.zeros_like(image)]))[:, target]
    sums = [f"{integrated_gradients(model, image, target, steps=steps).sum():.3f} with {steps}"
            for steps in (5, STEPS, 500)]
    return ("Saliency says how sensitive the score is to a pixel; the other two share out what the score is. "
            "Integrated Gradients does so without a remainder: for the first picture and a grey baseline "
            f"{ends[0] - ends[1]:.3f} is to be shared out, and the sum is {', '.join(sums)} steps. Picture × gradient "
            "adds up to nothing in particular. Now change the baseline: a pixel that equals it gets nothing, so from "
            "black, black parts count for nothing. There is no neutral baseline, and the map depends on it.")


def plus_plus(material: Material, n: int = 3) -> Section:
    """Grad-CAM++ beside Grad-CAM."""
    model, drawn = material.scenes.model, nets.scenes(n, HELD_OUT + 2, objects=2)
    rows = []
    for image, classes, masks in zip(drawn.images, drawn.classes.tolist(), drawn.masks):
        for target, mask in zip(classes, masks):
            rows.append([plot.outlined(plot.picture(image), mask), plot.overlay(image, gradcam(model, image, target)),
                         plot.overlay(image, gradcam_plus_plus(model, image, target))])
    pairs = [left + right for left, right in zip(rows[::2], rows[1::2])]
    measures = measured(model, {"Grad-CAM": gradcam, "Grad-CAM++": gradcam_plus_plus})
    alike, hits, chart = list(measures[0].values()), list(measures[1].values()), measures[2]
    return Section(
        key="gradcam-plus-plus",
        title="Grad-CAM++",
        question="What if a feature counts in one small place only?",
        formula=[("Grad-CAM++", "wₖ = Σ a[i, j] ReLU(g[i, j]),   a = g² / (2 g² + g³ Σ Aₖ),   g = ∂S_c/∂Aₖ")],
        shown=[Shown(plot.png(plot.grid(pairs, 2 * ["picture", "Grad-CAM", "Grad-CAM++"])),
                     "Pictures of two objects with Grad-CAM and Grad-CAM++ for either class"),
               chart],
        notice="This net ends in a mean, so the gradient is the same all over a map, and what the method is made for "
               "cannot happen. What is left is that negative weights are gone: nothing speaks against a class any "
               f"more. Grad-CAM++ is warm on both objects, its maps for two classes correlate with {number(alike[1])} "
               f"(Grad-CAM's with {number(alike[0])}), and the peak is right in a share of {hits[1]:.2f} "
               f"(Grad-CAM's in {hits[0]:.2f}). "
               "A later method is not a better one for every net.",
        code=material.scenes.code + f"""
scene = nets.scenes(1, seed={HELD_OUT + 2}, objects=2)
cams = [explain.gradcam_plus_plus(model, scene.images[0], int(c)) for c in scene.classes[0]]
plot.grid([[plot.overlay(scene.images[0], cam) for cam in cams]]).savefig("plus-plus.png")""",
    )


def class_images(material: Material, classes: int = 10) -> Section:
    """What each class would draw of itself, up the gradient and under the guided rule."""
    net = material.shown
    names, shape = [str(name) for name in net.names][:classes], np.minimum(net.images.shape[1:], LARGEST_DRAWN)
    ways: dict[str, dict] = {"the gradient": {}, "guided, which is none": {"rule": "guided", "steps": 20}}
    pngs = []
    for way in ways.values():
        drawn = np.stack([class_image(net.model, c, shape, **way) for c in range(len(names))])
        p = F.softmax(nets.predict(net.model, drawn)).numpy()
        titles = [f"{name}\np = {p[c, c]:.1%}" for c, name in enumerate(names)]
        pngs.append(plot.png(titled(drawn, titles)))
    return Section(
        key="class-images",
        title="The picture that a class draws of itself",
        question="What would the net call a class with the most conviction?",
        formula=[("class image", "argmax over x of  S_c(x) − λ |x|²,   from a grey picture")],
        shown=[Choice({"direction": list(ways)}, pngs, "Ten pictures that the net made, one for each class",
                      "With each class, the probability that the net gives it in its own picture. 80 steps up the "
                      "gradient; 20 by the guided rule.")],
        notice="There is no picture here; the net draws. The forms it looks for come many times over, in no order. It "
               "was never taught that an object comes once and has a middle, and a mean over places can't know. A "
               "picture that no human would name can still have a probability of nearly 1. Under the guided rule the "
               "step is no gradient: whatever the class that is asked for, much the same is drawn, and mostly the net "
               "does not take it for that class.",
        code=net.code + """
drawn = [explain.class_image(model, c, (images.shape[1], 48, 48)) for c in range(2)]
plot.grid([[plot.picture(one) for one in drawn]]).savefig("class-images.png")""",
    )


def titled(images: np.ndarray, titles: list[str], columns: int = 5):
    """Pictures in rows, each with a title of its own."""
    tiles = [plot.picture(image) for image in images]
    figure = plot.grid([tiles[i : i + columns] for i in range(0, len(tiles), columns)], titles[:columns], side=1.6)
    figure.set_figheight(figure.get_figheight() + 0.6)
    for axes, title in zip(figure.axes[columns:], titles[columns:]):
        axes.set_title(title, fontsize=9, color=plot.INK)
    return figure
