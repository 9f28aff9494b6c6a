"""Chapter 9: steps in the wrong order, gradients left over from the batch before, a sum for a mean."""

from . import Mistake

MISTAKES = [
    Mistake(
        "training-step",
        """
        loss = F.cross_entropy(model(mg.tensor(images)), targets)
        if not math.isfinite(loss.item()):
            raise ValueError(f"the loss became {loss.item()}")
        loss.backward()
        optimizer.step()
        return loss.item()
        """,
        "what a second step adds (an earlier batch left gradients): wrong",
    ),
    Mistake(
        "training-step",
        """
        loss = F.cross_entropy(model(mg.tensor(images)), targets, reduction="sum")
        if not math.isfinite(loss.item()):
            raise ValueError(f"the loss became {loss.item()}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()
        """,
        "every number is off by the batch size (4 times): a sum for a mean",
    ),
    Mistake(
        "training-step",
        """
        loss = F.cross_entropy(model(mg.tensor(images)), targets)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        return loss.item()
        """,
        "all zero: nothing is passed on",
    ),
    Mistake(
        "training-step",
        """
        loss = F.cross_entropy(model(mg.tensor(images)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss
        """,
        "the result is a Tensor; a number is asked for",
    ),
    Mistake(
        "training-step",
        """
        optimizer.zero_grad()
        F.cross_entropy(model(mg.tensor(images)), targets).backward()
        optimizer.step()
        return F.cross_entropy(model(mg.tensor(images)), targets).item()
        """,
        "the loss that is returned, which is that before the step: wrong",
    ),
    Mistake(
        "training-step",
        """
        loss = F.cross_entropy(model(mg.tensor(images)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()
        """,
        "should raise a ValueError before anything has changed",
    ),
]
