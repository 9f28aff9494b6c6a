"""The sections of a photo's page: what is shown, and in words what it is, with layer, rule, class and probability.

Read next: ``explain/photo/command.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..lecture.tiles import RULES
from ..occlusion import cover, spread
from ..page import Choice, Section, Shown
from ..plot import signed
from .asked import Asked
from .classes import short
from .panels import (
    Panel,
    answer_picture,
    draw,
    heat_panel,
    overlay_panel,
    percent,
    place,
    seen_panel,
    signed_panel,
)


@dataclass
class Subject:
    """What the page is about: a photo, one or two nets that were asked, and the classes in question."""

    path: str
    photo: Image.Image
    asked: Sequence[Asked]
    classes: Sequence[int]
    code: str

    def name(self, number: int) -> str:
        return short(self.asked[0].net.names[number])

    def nets(self) -> str:
        """``squeezenet1_1 (layer features.12, 13 x 13)``, for each net."""
        return " and ".join(f"{one.net.name} (layer {one.layer}, {' × '.join(map(str, one.maps.shape[2:]))} values for "
                            f"each of {one.maps.shape[1]} maps)" for one in self.asked)

    def probabilities(self, number: int) -> str:
        """How sure each net is of a class."""
        return " and ".join(f"{percent(one.p[number])} ({one.net.name})" if len(self.asked) > 1 else
                            percent(one.p[number]) for one in self.asked)

    def per_class(self, panels: Callable[[Asked, int], list[Panel]], alt: str, caption: str) -> Choice:
        """Panels for each class, to choose from; two nets side by side."""
        pngs = [draw([(f"{one.net.name}\n{self.name(number)}, p = {percent(one.p[number])}", panels(one, number))
                      for one in self.asked]) for number in self.classes]
        options = {"class": [f"{number} {self.name(number)}" for number in self.classes]}
        return Choice(options, pngs, f"{alt} Class", caption)

    def each(self, say: Callable[[Asked, int], str]) -> str:
        """A sentence about every class and net."""
        net = (lambda one: f" ({one.net.name})") if len(self.asked) > 1 else (lambda one: "")
        return " ".join(f"For “{self.name(number)}”{net(one)}: {say(one, number)}."
                        for number in self.classes for one in self.asked)


def answer(subject: Subject) -> Section:
    """The photo, what is cut from it, and the most probable classes."""
    size = subject.asked[0].net.preprocessing.size
    sure = "; ".join(f"“{subject.name(number)}” gets {subject.probabilities(number)}" for number in subject.classes)
    png = answer_picture(subject.photo, [(one.net.name, one.answer()) for one in subject.asked])
    tops = "; ".join(f"{one.net.name}: " + ", ".join(f"{short(name)} {percent(p)}" for _, name, p in one.answer())
                     for one in subject.asked)
    return Section(
        key="answer", title="What the net sees, and what it says", question="What is in the picture?",
        formula=[("probability", "p_c = exp(S_c) / Σ_k exp(S_k),  from the scores S of all classes")],
        shown=[Shown(png, f"The photo with a frame around its central square, and bars. {tops}",
                     f"Framed: the central square, all that the net gets to see, in {size} × {size} pixels. At the "
                     "right its five most probable classes.")],
        notice=f"Explained below: {sure}. The probabilities of all {len(subject.asked[0].p)} classes add up to one, "
               "whatever is in the picture; two things in it share them. A map for a class that the net does not "
               "believe in can look as convincing as any other: look at the probability first.",
        code=subject.code + "\nprint(net.names[int(nets.predict(net.model, image[None]).argmax())])")


def saliency(subject: Subject) -> Section:
    """The size of the gradient at each pixel, under three rules."""
    def panels(one: Asked, number: int) -> list[Panel]:
        return [seen_panel(one.seen), *(heat_panel(f"rule: {rule}", one.saliency(number, rule)) for rule in RULES)]

    return Section(
        key="saliency", title="Saliency, under three rules", question="Which pixels would change the score most?",
        formula=[("map", "M[i, j] = max over colours of |∂S_c / ∂x[i, j]|"), ("vanilla", "g · [x > 0]  at every ReLU"),
                 ("deconvnet", "g · [g > 0]"), ("guided", "g · [x > 0] · [g > 0]")],
        shown=[subject.per_class(panels, "The net's input and three saliency maps, one for each backward rule.",
                                 "The size of the gradient of the class's score at every pixel of the input, the "
                                 "largest of three colours. The three maps come from one forward pass and three "
                                 "sweeps back, which differ only in what they do at a ReLU. Each has its own scale.")],
        notice="Vanilla is the gradient: grainy, and spread over whatever the net looks at. Guided backpropagation "
               "draws edges most cleanly; but change the class and see how little it changes. The deconvnet does not "
               "ask what was there on the way forward: of the picture it knows only the switches of max pooling, if "
               "the net has any, and else it draws the grid of the strides.",
        code=subject.code + f"""
maps = explain.saliency_by_rule(net.model, image, {subject.classes[0]})
plot.grid([[plot.picture(seen), *map(plot.heat, maps.values())]]).savefig("saliency.png")""")


def occlusion_maps(subject: Subject) -> Section:
    """How much the probability falls when a patch is covered."""
    def panels(one: Asked, number: int) -> list[Panel]:
        drops, (rows, columns) = one.occlusion(number), one.places()
        heat = spread(drops, one.image.shape[1:], *one.window)
        r, c = np.unravel_index(drops.argmax(), drops.shape)
        worst = one.net.seen(cover(one.image, rows[r], columns[c], one.fill))
        before = one.p[number]
        return [seen_panel(worst, f"covered where it hurts most:\np = {percent(before)} → "
                                  f"{percent(before - drops[r, c])}"),
                overlay_panel("mean fall of p over the patches\nthat cover a pixel", one.seen, heat,
                              f"{100 * max(heat.max(), 0):.1f} points")]

    patch, stride = subject.asked[0].window
    return Section(
        key="occlusion", title="Occlusion", question="Without which part would the net not have said so?",
        formula=[("drop", "p_c(x) − p_c(x with a patch covered)")],
        shown=[subject.per_class(panels, "The photo with a patch covered, and a heat map of how much covering costs.",
                                 f"A patch of {patch} × {patch} pixels in the picture's mean colour moves over the "
                                 f"picture in steps of {stride}. Left: where it costs the class most. Right: how far "
                                 "the class's probability falls, in percentage points, averaged over all patches "
                                 "that cover a pixel; where it rises, nothing is drawn.")],
        notice="No gradient, no rule, no layer: the net is simply asked again, once for every position of the patch. "
               "If two things share the probability, covering the one raises the other. A patch is something to see "
               "itself, and what is smaller than a patch, or is there twice, escapes it.",
        code=subject.code + f"""
fill = image.mean(axis=(1, 2), keepdims=True)
heat = explain.occlusion_heatmap(net.model, image, {subject.classes[0]}, {patch}, {stride}, fill, progress=True)
plot.grid([[plot.picture(seen), plot.overlay(seen, heat.clip(0))]]).savefig("occlusion.png")""")


def gradcam_maps(subject: Subject) -> Section:
    """Grad-CAM, with and without its last ReLU."""
    def panels(one: Asked, number: int) -> list[Panel]:
        evidence = one.evidence(number)
        return [overlay_panel("Grad-CAM: evidence for it", one.seen, evidence, "most evidence"),
                signed_panel("before the last ReLU", one.seen, evidence, ("against", "0", "for"))]

    return Section(
        key="gradcam", title="Grad-CAM", question="Where is the evidence for the class?",
        formula=[("weights", "αₖ = mean over i, j of ∂S_c / ∂Aₖ[i, j]"), ("map", "L = ReLU( Σₖ αₖ Aₖ )")],
        shown=[subject.per_class(panels, "Grad-CAM over the photo, and the same with its sign.",
                                 f"The maps Aₖ of {subject.nets()}, weighed by what they do for the class, added up "
                                 "and enlarged. Left: what is positive, on a scale of its own. Right: all of it; grey "
                                 "is neither for nor against.")],
        notice=subject.each(lambda one, number: place(one.evidence(number))) + " Choose another class: does the "
               "heat move to another thing? Where it stays, what the layer found there speaks for both classes (a face "
               "speaks for any animal), and the contrastive map below shows what tells them apart. The map is as "
               "coarse as the layer.",
        code=subject.code + f"""
cam = explain.gradcam(net.model, image, {subject.classes[0]}, layer={subject.asked[0].layer!r}, relu=False)
plot.grid([[plot.overlay(seen, cam.clip(0)), plot.signed(cam)]]).savefig("gradcam.png")""")


def guided_gradcam_maps(subject: Subject) -> Section:
    """Guided backpropagation, and its product with Grad-CAM."""
    def panels(one: Asked, number: int) -> list[Panel]:
        guided, where = one.gradient(number, "guided"), one.guided_gradcam(number)
        return [Panel("guided gradient", signed(guided)), Panel("times Grad-CAM: Guided Grad-CAM", signed(where))]

    return Section(
        key="guided-gradcam", title="Guided Grad-CAM", question="Which lines, of those that speak for the class?",
        formula=[("Guided Grad-CAM", "guided gradient · enlarged Grad-CAM, pixel by pixel")],
        shown=[subject.per_class(panels, "The guided gradient, and its product with Grad-CAM.",
                                 f"The gradient under the guided rule, times Grad-CAM of {subject.nets()}. Both in "
                                 "the colours of the pixels' three channels; mid-grey is 0.")],
        notice="The product keeps the lines of the one where the other is warm. That it changes with the class is "
               "Grad-CAM's merit: the guided gradient alone hardly does.",
        code=subject.code + f"""
product = explain.guided_gradcam(net.model, image, {subject.classes[0]}, layer={subject.asked[0].layer!r})
plot.grid([[plot.picture(seen), plot.signed(product)]]).savefig("guided-gradcam.png")""")


def counterfactual_maps(subject: Subject) -> Section:
    """What speaks against the class, beside what speaks for it."""
    def panels(one: Asked, number: int) -> list[Panel]:
        evidence, name = one.evidence(number), subject.name(number)
        strongest = float(np.abs(evidence).max())
        return [overlay_panel(f"why {name}?", one.seen, evidence, "strongest", strongest),
                overlay_panel(f"what if not {name}?", one.seen, -evidence, "strongest", strongest)]

    return Section(
        key="counterfactual", title="Counterfactual", question="What if it were not that?",
        formula=[("weights", "αₖ = mean over i, j of −∂S_c / ∂Aₖ[i, j]"), ("map", "L = ReLU( Σₖ αₖ Aₖ )")],
        shown=[subject.per_class(panels, "Grad-CAM, and Grad-CAM with the gradient negated, over the photo.",
                                 f"Grad-CAM of {subject.nets()}. Left: what speaks for the class. Right: the gradient "
                                 "negated, so what speaks against it, and would have to go for it to become more "
                                 "likely. Both on one scale.")],
        notice=subject.each(against) + " Where two things share a picture, what speaks against the one may be the "
               "other. A cold map says that this layer found nothing against the class: then its rivals are not held "
               "back, they just have more that speaks for them, and the question to ask is the next one.",
        code=subject.code + f"""
against = explain.counterfactual_gradcam(net.model, image, {subject.classes[0]}, layer={subject.asked[0].layer!r})
plot.grid([[plot.picture(seen), plot.overlay(seen, against)]]).savefig("counterfactual.png")""")


def against(one: Asked, number: int) -> str:
    """How much speaks against a class, and where, in words."""
    evidence = one.evidence(number)
    low, high = float(-evidence.min()), float(evidence.max())
    if low <= 0 or high <= 0:
        return "nothing speaks against it" if low <= 0 else "nothing speaks for it, and all against it"
    return (f"what speaks against it is at most {percent(low / high)} as strong as what speaks for it, and "
            f"{place(-evidence)}")


def contrastive_maps(subject: Subject) -> Section:
    """Why what the net says, rather than another class?"""
    first = subject.asked[0]
    wanted = [number for number in subject.classes if number != first.order[0]] or [first.order[1]]

    def columns(foil: int) -> list[tuple[str, list[Panel]]]:
        return [contrast_panels(subject, one, one.foil(foil)) for one in subject.asked]

    options = {"rather than": [f"{number} {subject.name(number)}" for number in wanted]}
    foil = wanted[0]
    return Section(
        key="contrastive", title="Contrastive", question="Why this, rather than that?",
        formula=[("weights", "αₖ = mean over i, j of ∂J / ∂Aₖ[i, j],   J = −log softmax(S)_Q"),
                 ("", "so  αₖ = Σ_c p_c αₖ(c) − αₖ(Q)")],
        shown=[Choice(options, [draw(columns(number)) for number in wanted],
                      "What speaks for the answer rather than for another class, and both ways. Rather than",
                      f"At {subject.nets()}: the gradient of the loss that the net would have, were Q the truth. Left: "
                      "what speaks for what the net believes in, rather than for Q. Right: red speaks for that, blue "
                      "for Q.")],
        notice=f"P is what the net says, “{subject.name(first.order[0])}” with {percent(first.p[first.order[0]])}; Q "
               f"is the class that it is held against. The surer the net is of P, the more this is “P rather than Q”; "
               f"otherwise it is all that it believes in rather than Q. Held against “{subject.name(foil)}”, "
               f"{place(first.contrast(foil))}.",
        code=subject.code + f"""
rather = explain.contrastive_gradcam(net.model, image, foil={foil}, layer={first.layer!r}, relu=False)
plot.grid([[plot.overlay(seen, rather.clip(0)), plot.signed(rather)]]).savefig("contrastive.png")""")


def contrast_panels(subject: Subject, one: Asked, foil: int) -> tuple[str, list[Panel]]:
    """A net's contrastive map, without and with its sign."""
    p, q = one.order[0], foil
    contrast = one.contrast(foil)
    heading = f"{one.net.name}\n{subject.name(p)}, p = {percent(one.p[p])}"
    return heading, [
        overlay_panel(f"rather than {subject.name(q)}, p = {percent(one.p[q])}", one.seen, contrast, "most"),
        signed_panel("with its sign", one.seen, contrast,
                     (f"for {subject.name(q)}", "0", f"for {subject.name(p)}"))]


SECTIONS: dict[str, Callable[[Subject], Section]] = {
    "saliency": saliency,
    "occlusion": occlusion_maps,
    "gradcam": gradcam_maps,
    "guided-gradcam": guided_gradcam_maps,
    "counterfactual": counterfactual_maps,
    "contrastive": contrastive_maps,
}
