"""Explanations put to the test: three ways to judge one, a league table, and nets that forget.

What is said in words beneath the figures is worked out from them: another seed may well say something else.
"""

from __future__ import annotations

import numpy as np

import nets

from .. import plot
from ..evaluation import figures, report
from ..evaluation.cascade import LIKENESSES, Cascade, cascade
from ..evaluation.league import SCENES_SEED, League, league
from ..evaluation.measures import MEASURES
from ..evaluation.methods import METHODS, chosen
from ..page import Section, Shown, Table
from .charts import number
from .showcase import Material

LEAGUE_SCENES = 12  # few, as a page should not keep one waiting; `python -m explain evaluate` takes 500
CONTENDERS = ("gradient", "deconvnet", "guided", "integrated gradients", "occlusion", "Grad-CAM", "Guided Grad-CAM",
              "edges", "centre", "uniform", "random")
CHECKED_SCENES = 12
CLEAR = 0.2  # how much further apart two correlations must be for us to say so
CHECKED = ("gradient", "guided", "Grad-CAM", "Guided Grad-CAM", "edges")
JUDGED = ("Guided Grad-CAM", "edges", "gradient", "random", "Grad-CAM")

WHY_BASELINES_WIN = {
    "average drop": "of a map that is the same everywhere the net gets to see the whole picture, and nothing drops",
    "sensitivity": "what never looks at the net cannot be upset by it",
}


def three_kinds(material: Material) -> Section:
    """Direct, indirect, targeted: who judges, and where each measure stands."""
    model = material.scenes.model
    scene = nets.scenes(1, SCENES_SEED + 3, objects=2)
    answer = int(nets.predict(model, scene.images)[0].argmax())
    maps = [METHODS[name](model, scene.images, answer)[0] for name in JUDGED]
    letters = "ABCDEFG"[: len(JUDGED)]
    names = {kind: ", ".join(measure.name for measure in MEASURES if measure.kind == kind)
             for kind in ("indirect", "targeted")}
    return Section(
        key="evaluation",
        title="Three ways to judge an explanation",
        question="How would you know whether a heat map is any good?",
        shown=[Shown(plot.png(plot.grid([[plot.picture(scene.images[0]), *map(figures.tile, maps)]],
                                        ["picture", *letters], side=1.5)),
                     f"A picture and {len(JUDGED)} maps of it, lettered {letters[0]} to {letters[-1]}",
                     f"The net says “{nets.CLASSES[answer]}”. Which of these maps would you believe? Two of them come "
                     "from methods that have never seen the net."),
               Table(["kind", "who judges", "where it stands here", "what it cannot tell"],
                     kinds_table(names), "The division is that of AlRegib and Prabhushankar (2022).")],
        notice=f"The maps are, from {letters[0]} to {letters[-1]}: {', '.join(JUDGED)}. If you had believed the edge "
               "detector, you are in good company: it draws what people see, and knows nothing of what the net does. "
               "So a judgement by eye alone (direct) can be fooled by beauty, one by a task (indirect) by whatever "
               "else solves the task, and one for a purpose (targeted) asks no more than its one question. "
               "A method should pass all three. Try the direct one yourself: python -m explain quiz makes a page on "
               "which you guess from the map alone what the net says, and get a score for each method.",
        code=material.scenes.code + f"""
from explain.evaluation import METHODS

scene = nets.scenes(1, seed={SCENES_SEED + 3}, objects=2)
maps = [METHODS[name](model, scene.images)[0] for name in {JUDGED}]
plot.grid([[plot.picture(scene.images[0]), *map(plot.heat, maps)]]).savefig("which.png")""",
    )


def kinds_table(names: dict[str, str]) -> list[list[str]]:
    """A row for each kind of evaluation; `names` are the league's measures of the two kinds that need no people."""
    return [
        ["direct", "people look at the map", "the quiz: python -m explain quiz",
         "whether the net used what people like to see"],
        ["indirect", "a task is done with the map, and its success counts", names["indirect"],
         "whether the task asks for what the net does: an object can be found without the net"],
        ["targeted", "a test made for one property, one net, or one data set",
         f"{names['targeted']}; weights made random, labels shuffled (python -m explain sanity --labels)",
         "more than that one property: a map may pass and still be useless"],
    ]


def league_table(material: Material) -> Section:
    """Every measure for a dozen methods, on few scenes, with what follows from the figures in words."""
    code = material.scenes.code
    net = material.checkpoints / f"scenes-{material.seed}.npz"
    found = league(net, CONTENDERS, LEAGUE_SCENES)
    return Section(
        key="league",
        title="The league table",
        question="Does the heat lie on the object, and does the net hang on the heat?",
        formula=[("pointing game", "is the brightest pixel on the object? (near: within 15 pixels of 224)"),
                 ("energy in mask", "Σ inside the mask of max(M, 0)  /  Σ everywhere of max(M, 0)"),
                 ("best IoU", "max over t of | {M ≥ t} ∩ mask | / | {M ≥ t} ∪ mask |"),
                 ("deletion, insertion", "area under p when the hottest pixels are taken out first, or put in first"),
                 ("average drop, increase", "mean of max(0, p − p′) / p,  share with p′ > p;  p′ with x masked by M"),
                 ("infidelity", "E over I of (β Iᵀ M − (S(x) − S(x − I)))², as a share of what M = 0 leaves"),
                 ("ROAD", "mean p when the hottest pixels are replaced by what their neighbours suggest"),
                 ("sensitivity", "max over |δ| ≤ r of |M(x + δ) − M(x)| / |M(x)|")],
        shown=[Shown(plot.png(report.picture(found, columns=4)),
                     "A panel for each measure, with a dot and an interval for each method",
                     f"{LEAGUE_SCENES} new scenes of two objects; means and 95% bootstrap intervals. The better side "
                     "is always the right one. Grey: baselines, which never saw the net. Dashed: the random map."),
               table(found)],
        notice=league_notice(found),
        code=code + """
from explain.evaluation import league, report

found = league("lecture/checkpoints/scenes-0.npz", "Grad-CAM,gradient,edges,random", n=3)
print(report.text(found))
report.picture(found, columns=4).savefig("league.png")""",
    )


def table(found: League) -> Table:
    """The league's means with half the width of their intervals; bold is best, in brackets is no better than chance."""
    mean, low, high = found.intervals()
    titles = [f"{measure.name} {report.ARROWS[measure.better]}" for measure in found.measures]
    rows = []
    for name, means, halves in zip(found.methods, mean, (high - low) / 2):
        better = METHODS[name].baseline | (found.lead(name, "random")[1] > 0)
        rows.append([name, *(f"{value:.2f}\n±{half:.2f}" if sure else f"({value:.2f})\n±{half:.2f}"
                             for value, half, sure in zip(means, halves, better))])
    best = [(m, k + 1) for m, k in np.argwhere(found.ranks() == 1).tolist()]
    return Table(["", *titles], rows, "The same in numbers: means, and half the width of their intervals. Arrows say "
                 "which way is better, and bold is best. In brackets: no better than a random map on the same scenes, "
                 "as far as so few can tell. Where all scenes agree, an interval has no width, and promises too much.",
                 numbers=True, strong=best)


def league_notice(found: League) -> str:
    """What follows from the table, in words."""
    firsts = {name: int((ranks == 1).sum()) for name, ranks in zip(found.methods, found.ranks())
              if not METHODS[name].baseline}
    most = max(firsts.values())
    winners = " and ".join(name for name, times in firsts.items() if times == most)
    lost = report.lost_to_edges(found) or ["An edge detector does better than none of these methods."]
    return " ".join([
        f"Most often the best mean is that of {winners}, in {most} of {len(found.measures)} measures.", *lost,
        "(Such a lead counts if its 95% interval, over the same scenes, lies above 0, as one in forty will by luck.)",
        *won_by_baselines(found),
        "Measures disagree because they ask different things: choose the one whose question is yours before you look "
        f"at who wins. And {len(found.values)} scenes leave much open: python -m explain evaluate takes 500, and every "
        "method."])


def won_by_baselines(found: League) -> list[str]:
    """Where a map that explains nothing is best, and why, as far as we know."""
    sentences = []
    for measure, ranks in zip(found.measures, found.ranks().T):
        first = [name for name, rank in zip(found.methods, ranks) if rank == 1]
        if all(METHODS[name].baseline for name in first):
            why = WHY_BASELINES_WIN.get(measure.name)
            who = "a baseline" if len(first) == 1 else "baselines"
            sentences.append(f"In {measure.name} the first place goes to {who} ({', '.join(first)})"
                             + (f": {why}." if why else "."))
    return sentences


def forgetting_nets(material: Material) -> Section:
    """The sanity check by random weights, as Adebayo et al. draw it."""
    drawn = nets.scenes(CHECKED_SCENES, SCENES_SEED, objects=1)
    down = cascade(material.scenes.model, drawn.images, chosen(CHECKED))
    return Section(
        key="sanity",
        title="Which maps notice when the net forgets?",
        question="If the net's layers are made random one after the other, does its explanation fall apart?",
        formula=[("Spearman", "ρ = correlation of the ranks of all pixels of the two maps"),
                 ("SSIM", "(2 μ₁μ₂ + c₁)(2 σ₁₂ + c₂) / ((μ₁² + μ₂² + c₁)(σ₁² + σ₂² + c₂)), mean over windows")],
        shown=[Shown(plot.png(figures.tiles(down, drawn.images[0])),
                     "A row of maps for each method: by the whole net, and by nets that have forgotten more and more",
                     "From left to right, the layer named above and all that come after it have random weights."),
               Shown(plot.png(figures.curves(down)), "Three charts of curves: the likeness to the first map by layer",
                     f"How alike the maps are to those of the whole net; means over {CHECKED_SCENES} new scenes.")],
        notice=sanity_notice(down),
        code=material.scenes.code + """
from explain.evaluation import cascade, figures
from explain.evaluation.methods import chosen

down = cascade(model, images[:4], chosen("gradient,guided,edges"))
figures.curves(down).savefig("sanity.png")""",
    )


def sanity_notice(down: Cascade) -> str:
    """What the curves say of the two rules that the paper sets against each other, and of the edge detector."""
    mean = dict(zip(down.methods, down.means()))
    size, signed = (LIKENESSES.index(name) for name in ("Spearman, absolute", "Spearman, signed"))
    plain, guided = mean["gradient"], mean["guided"]
    late, survives = guided[-2, signed] - plain[-2, signed] >= CLEAR, guided[-1, size] - plain[-1, size] >= CLEAR
    signs, sizes, ends = ([number(values[stage, k]) for values in (guided, plain)]
                          for stage, k in ((-2, signed), (-2, size), (-1, size)))
    return (
        "When only the first layer is left as it was, the signs of the guided map still correlate with those at first "
        f"by {signs[0]}, and those of the gradient by {signs[1]}: "
        + ("as in the paper, the guided rule notices late what the gradient notices at once. " if late else
           "unlike in the paper, the guided rule notices as soon as the gradient does. ")
        + f"Of where the heat is, whatever its sign, {' and '.join(sizes)} are left, as pooling lets either through at "
        f"the same pixels as before. When the first layer is random as well, it is {' and '.join(ends)}. "
        + ("As in the paper, the guided map survives even that. " if survives else
           "In the paper's large nets the guided map survives even that, and here it does not: hundreds of random "
           "filters together see every edge, and the first layer of this net has sixteen. ")
        + "The edge detector never looks at the net, and never notices. A map that behaves as its row does is a "
        "picture of the picture.")
