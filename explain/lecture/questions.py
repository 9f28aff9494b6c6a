"""Questions that one may ask Grad-CAM besides "why?": nonsense, and three kinds of sense."""

from __future__ import annotations

import numpy as np

import nets
from minigrad import functional as F

from .. import plot
from ..contrastive import contrastive_gradcam, counterfactual_gradcam
from ..evaluation.localisation import peak_inside
from ..evaluation.randomisation import randomised
from ..page import Choice, Section
from .cams import EVIDENCE, overlaid, positive_map
from .showcase import HELD_OUT, Material


def unreasonable(material: Material, n: int = 4, classes: int = 10) -> Section:
    """Grad-CAM for classes that aren't there, and for a net that knows nothing."""
    net = material.shown
    random_net = randomised(net.model, seed=1)
    images, labels = net.images[net.one_of_each(n)], net.labels[net.one_of_each(n)]
    p = F.softmax(nets.predict(net.model, images)).numpy()
    names, pngs = [str(name) for name in net.names][:classes], []
    for target in range(len(names)):
        titles = [f"p = {share:.1%}" + (", right" if label == target else "")
                  for share, label in zip(p[:, target], labels)]
        cams = [positive_map(model, images, target) for model in (net.model, random_net)]
        rows = [[overlaid(image, cam) for image, cam in zip(images, maps)] for maps in cams]
        pngs.append(plot.png(plot.grid([[plot.picture(image) for image in images], *rows], titles,
                                       ["picture", "trained net", "random net"])))
    return Section(
        key="unreasonable",
        title="Even unreasonable predictions seem justifiable",
        question="What does the map look like if the class is not there, or the net knows nothing?",
        shown=[Choice({"class": names}, pngs, "Grad-CAM of four pictures for one class, by two nets",
                      "Grad-CAM for the chosen class, whatever is in the picture; above, the trained net's "
                      "probability of it. A cold picture has no positive evidence anywhere. The random net has the "
                      "same architecture, and weights that nothing was learned with.")],
        notice=unreasonable_notice(material),
        code=net.code + """
wrong = 1 if labels[0] == 0 else 0
random_net = explain.randomised(model, seed=1)
maps = [explain.gradcam(one, images[0], wrong, relu=False).clip(0) for one in (model, random_net)]
plot.grid([[plot.overlay(images[0], heat) for heat in maps]]).savefig("unreasonable.png")""",
    )


def unreasonable_notice(material: Material) -> str:
    """How often maps for right and for wrong classes, and those of a random net, peak on the object."""
    test = nets.scenes(EVIDENCE, HELD_OUT + 1, objects=1)
    model, masks, labels = material.scenes.model, test.masks[:, 0], test.labels
    right = positive_map(model, test.images, labels)
    wrong = np.stack([positive_map(model, test.images, (labels + shift) % 10) for shift in (1, 4, 7)])
    there = wrong.max(axis=(2, 3)) > 0
    on_object = np.stack([peak_inside(maps, masks) for maps in wrong])[there].mean() if there.any() else 0.0
    nothing = positive_map(randomised(model, seed=1), test.images, labels)
    size = np.median(wrong.max(axis=(2, 3))) / max(np.median(right.max(axis=(1, 2))), 1e-9)
    return ("Every map is scaled by itself, so that for a wrong class looks as sure of itself as that for the right "
            f"one, though its peak is but {size:.0%} as high (median). Where two classes have something in common, the "
            f"wrong one looks well justified. On {EVIDENCE} scenes of one object the trained net finds something for "
            f"{there.mean():.0%} of the wrong classes that we asked for, with the brightest pixel on the object in "
            f"{on_object:.0%} of the cases (for the right class: {peak_inside(right, masks).mean():.0%}). That is more "
            f"than the object's share of the picture, {masks.mean():.0%}, but for this net most wrong maps lie beside "
            "it, and would make one suspicious. The random net's maps like borders and plain areas, and still peak on "
            f"the object in {peak_inside(nothing, masks).mean():.0%}: edges excite any filter. So a map that points at "
            "something sensible does not make the answer right. Look at the probability first.")


def kinds(material: Material, picture: int = 1) -> Section:
    """Why P?  What if not P?  Why P, rather than Q?"""
    model, drawn = material.scenes.model, nets.scenes(2, HELD_OUT + 2, objects=2)
    image, classes = drawn.images[picture], drawn.classes[picture].tolist()
    scores = nets.predict(model, image[None])[0]
    order = np.argsort(-scores).tolist()
    answer, foils = order[0], order[1:]
    names = [nets.CLASSES[c] + (" (there as well)" if c in classes else "") for c in foils]
    pngs = [three_questions(model, image, answer, foil) for foil in foils]
    return Section(
        key="kinds",
        title="Three questions that one answer raises",
        question="Why P? What if not P? And why P, rather than Q?",
        formula=[("why P?", "αₖ = mean of ∂S_P / ∂Aₖ"), ("what if not P?", "αₖ = mean of −∂S_P / ∂Aₖ"),
                 ("why P rather than Q?", "αₖ = mean of ∂J / ∂Aₖ,   J = −log softmax(S)_Q"),
                 ("", "so  αₖ(P, Q) = Σ_c p_c αₖ(c) − αₖ(Q)")],
        shown=[Choice({"foil Q": names}, pngs, "A picture of two objects and four maps of it",
                      f"The net says {nets.CLASSES[answer]}; the foils are in the order of their scores. Signed: red "
                      "speaks for P rather than Q, blue for Q rather than P.")],
        notice=f"“Why {nets.CLASSES[answer]}?” shows what speaks for it, “what if not?” what speaks against it and "
               "would come to the fore were it gone. Both are the same whatever the foil. The contrastive map needs a "
               "foil. For the class that is there as well, it is red on the one object and blue on the other. For a "
               "class that is not there, both may be red: the other object, too, speaks for something that the net "
               "believes in, and not for Q. Where it is blue all the same, that object looks more like Q than like P.",
        code=material.scenes.code + f"""
image = nets.scenes(2, seed={HELD_OUT + 2}, objects=2).images[{picture}]
why = explain.gradcam(model, image)
if_not = explain.counterfactual_gradcam(model, image)
rather = explain.contrastive_gradcam(model, image, foil={foils[0]}, relu=False)
tiles = [plot.overlay(image, why), plot.overlay(image, if_not), plot.signed(rather)]
plot.grid([tiles]).savefig("kinds.png")""",
    )


def three_questions(model, image: np.ndarray, answer: int, foil: int) -> bytes:
    """A picture and the maps that answer the three questions, the last one also with its sign."""
    why, if_not = positive_map(model, image), np.maximum(counterfactual_gradcam(model, image, relu=False), 0)
    contrast = contrastive_gradcam(model, image, foil, relu=False)
    tiles = [plot.picture(image), *(overlaid(image, m) for m in (why, if_not, np.maximum(contrast, 0))),
             plot.signed(contrast)]
    p, q = nets.CLASSES[answer], nets.CLASSES[foil]
    titles = ["picture", f"why {p}?", f"what if not {p}?", f"rather than {q}?", "the same, signed"]
    return plot.png(plot.grid([tiles], titles, side=1.6))
