"""Chapter 13: the other rule, the other sign, the other class."""

from . import Mistake

MISTAKES = [
    Mistake(
        "guided-gradcam",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        where = class_activation_map(run, maps, relu=True, upsample=True)
        return run.result(run.gradient(run.x) * where[:, None])
        """,
        "a mask is missing or too wide",
    ),
    Mistake(
        "guided-gradcam",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        where = class_activation_map(run, maps, relu=False, upsample=True)
        return run.result(run.gradient(run.x, rule) * where[:, None])
        """,
        "guided gradient times Grad-CAM with its ReLU: wrong",
    ),
    Mistake(
        "guided-gradcam",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        return run.result(run.gradient(run.x, rule))
        """,
        "guided gradient times Grad-CAM: wrong",
    ),
    Mistake(
        "guided-gradcam",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        where = class_activation_map(run, maps, relu=True, upsample=True)
        return run.gradient(run.x, rule) * where[:, None]
        """,
        "has shape (1, 1, 2, 2), and should have (1, 2, 2)",
    ),
    Mistake(
        "counterfactual",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        return run.result(class_activation_map(run, maps, relu, upsample, "counterfactual Grad-CAM"))
        """,
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "counterfactual",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        return -run.result(class_activation_map(run, maps, relu, upsample, "counterfactual Grad-CAM"))
        """,
        "the counterfactual map with its ReLU: wrong",
    ),
    Mistake(
        "counterfactual",
        """
        run, maps = forward_to_layer(model, images, target, layer)
        run.scores = run.scores.abs()
        return run.result(class_activation_map(run, maps, relu, upsample, "counterfactual Grad-CAM"))
        """,
        "the signed counterfactual map: wrong",
    ),
    Mistake(
        "contrastive",
        """
        n, classes = foils(output.array, foil)
        return F.log_softmax(output, axis=1)[n, classes]
        """,
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "contrastive",
        "return F.cross_entropy(output, np.broadcast_to(foil, len(output)))",
        "has shape (), and should have (2,)",
    ),
    Mistake(
        "contrastive",
        """
        n, classes = foils(output.array, foil)
        return -F.softmax(output, axis=1)[n, classes]
        """,
        "J of the foil 0, whose p is 1/8: wrong",
    ),
    Mistake(
        "contrastive",
        """
        n, _ = foils(output.array, foil)
        return -F.log_softmax(output, axis=1)[n, output.array.argmax(axis=1)]
        """,
        "J of the foil 0, whose p is 1/8: wrong",
    ),
    Mistake(
        "contrastive",
        """
        n, classes = foils(output.array, foil)
        return -F.log_softmax(output.array, axis=1)[n, classes]
        """,
        "J is not on the tape",
    ),
]
