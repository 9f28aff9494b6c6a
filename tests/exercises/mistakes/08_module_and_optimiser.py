"""Chapter 8: names without their prefix, shared modules twice; a learning rate or a memory forgotten."""

from . import Mistake

MISTAKES = [
    Mistake(
        "module-names",
        """
        yield prefix, self
        for part, child in self.named_children():
            yield part, child
        """,
        "'features.0.conv', 'features.0.norm', 'features.0.relu', 'features.1'] are missing",
    ),
    Mistake(
        "module-names",
        """
        yield prefix, self
        for part, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{part}" if prefix else part)
        """,
        "['2'] should not be there",
    ),
    Mistake(
        "module-names",
        """
        yield prefix, self
        for part, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{part}")
        """,
        "are missing; found were ['', '.features', '.features.0'",
    ),
    Mistake(
        "module-names",
        """
        seen, stack = set(), [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module
                stack.extend((f"{name}.{part}" if name else part, child) for part, child in module.named_children())
        """,
        "the right names in another order",
    ),
    Mistake("sgd", "return self.velocity[i]", "all zero: nothing is passed on"),
    Mistake(
        "sgd",
        """
        self.velocity[i] = self.momentum * self.velocity[i] + g + self.weight_decay * w
        return self.velocity[i]
        """,
        "every number is 2 times what it should be: a missing (or extra) constant factor",
    ),
    Mistake(
        "sgd",
        """
        self.velocity[i] = self.momentum * self.velocity[i] + g + self.weight_decay * w
        return -self.lr * self.velocity[i]
        """,
        "-1 times what it should be: a sign",
    ),
    Mistake(
        "sgd",
        """
        v = self.momentum * self.velocity[i] + g + self.weight_decay * w
        return self.lr * v
        """,
        "the second step, with momentum 0.5: wrong",
    ),
    Mistake(
        "sgd",
        """
        self.velocity[i] = self.momentum * self.velocity[i] + g - self.weight_decay * w
        return self.lr * self.velocity[i]
        """,
        "with weight decay 0.25: wrong",
    ),
    Mistake(
        "sgd",
        """
        self.velocity[i] *= self.momentum
        self.velocity[i] += g + self.weight_decay * w
        return self.lr * self.velocity[i]
        """,
        "the old velocity was written into",
    ),
]
