"""Chapter 9: steps in the wrong order, gradients left over from the batch before, a loss that is looked at too late."""

from . import Mistake

STEP = """
value = loss(model, images, targets)
{first}
if not math.isfinite(value.item()):
    raise ValueError(f"the loss became {{value.item()}}")
{then}
optimizer.step()
return {returned}
"""
CLIP = "if max_norm:\n    mg.optim.clip_grad_norm(optimizer.params, max_norm)"
DOWN = "optimizer.zero_grad()\nvalue.backward()\n" + CLIP

MISTAKES = [
    Mistake(
        "training-step",
        STEP.format(first="", then="value.backward()\n" + CLIP, returned="value.item()"),
        "what a second step adds (an earlier batch left gradients): wrong",
    ),
    Mistake(
        "training-step",
        STEP.format(first="", then="value.backward()\noptimizer.zero_grad()", returned="value.item()"),
        "all zero: nothing is passed on",
    ),
    Mistake(
        "training-step",
        STEP.format(first="", then=DOWN + "\noptimizer.step()", returned="value.item()"),
        "every number is 2 times what it should be",
    ),
    Mistake(
        "training-step",
        STEP.format(first="", then=DOWN, returned="loss(model, images, targets).item()"),
        "the loss that is returned, which is that before the step: wrong",
    ),
    Mistake("training-step", STEP.format(first="", then=DOWN, returned="value"), "is a Tensor"),
    Mistake(
        "training-step",
        STEP.format(first=DOWN + "\noptimizer.step()", then=DOWN, returned="value.item()").replace(
            DOWN + "\noptimizer.step()\nreturn", "return"
        ),
        "which should be left alone",
    ),
    Mistake(
        "training-step",
        STEP.format(first="", then="optimizer.zero_grad()\nvalue.backward()", returned="value.item()"),
        "the length of a step whose gradient is shortened",
    ),
]
