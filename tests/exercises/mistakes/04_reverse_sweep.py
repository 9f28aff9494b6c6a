"""Chapter 4: recursion, orders that are none, gradients that are overwritten where they should meet."""

from . import Mistake

MISTAKES = [
    Mistake(
        "topological-order",
        """
        order = []

        def visit(x):
            if x.requires_grad and all(x is not one for one in order):
                for source in x.op.inputs if x.op else ():
                    visit(source)
                order.append(x)

        visit(y)
        return order
        """,
        "runs out of stack",
    ),
    Mistake(
        "topological-order",
        """
        order, stack = [], [y]
        while stack:
            x = stack.pop()
            order.append(x)
            stack.extend(i for i in (x.op.inputs if x.op else ()) if i.requires_grad)
        return order[::-1]
        """,
        "each tensor belongs there once",
    ),
    Mistake(
        "topological-order",
        """
        order, seen, stack = [], set(), [y]
        while stack:
            x = stack.pop()
            if id(x) not in seen:
                seen.add(id(x))
                order.append(x)
                stack.extend(i for i in (x.op.inputs if x.op else ()) if i.requires_grad)
        return order[::-1]
        """,
        "inputs come first",
    ),
    Mistake(
        "topological-order",
        """
        order, seen, stack = [], set(), [(y, False)]
        while stack:
            x, inputs_are_in_order = stack.pop()
            if inputs_are_in_order:
                order.append(x)
            elif id(x) not in seen:
                seen.add(id(x))
                stack.append((x, True))
                stack.extend((i, False) for i in (x.op.inputs if x.op else ()))
        return order
        """,
        "a constant, which requires no gradient",
    ),
    Mistake(
        "reverse-sweep",
        """
        ops = [x.op for x in order if x.op is not None and any(id(i) in wanted for i in x.op.inputs)]
        rule_of = choose(rule, ops, create_graph)
        arrived = {id(y): seed}
        for x in reversed(order):
            if id(x) not in arrived:
                continue
            g, leaving = arrived[id(x)], ()
            if x.op is not None:
                with context.recorded(create_graph):
                    leaving = pass_on(x, g, wanted, rule_of(x.op))
                for source, gx in zip(x.op.inputs, leaving):
                    if gx is not None:
                        arrived[id(source)] = gx
            yield Step(x, g, leaving)
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "reverse-sweep",
        """
        ops = [x.op for x in order if x.op is not None and any(id(i) in wanted for i in x.op.inputs)]
        rule_of = choose(rule, ops, create_graph)
        arrived = {id(y): seed}
        for x in order:
            if id(x) in arrived:
                leaving = pass_on(x, arrived[id(x)], wanted, rule_of(x.op)) if x.op else ()
                for source, gx in zip(x.op.inputs if x.op else (), leaving):
                    if gx is not None:
                        arrived[id(source)] = arrived[id(source)] + gx if id(source) in arrived else gx
                yield Step(x, arrived[id(x)], leaving)
        """,
        "nothing is passed on",
    ),
    Mistake(
        "reverse-sweep",
        """
        arrived = {id(y): seed}
        for x in reversed(order):
            if id(x) in arrived:
                with context.recorded(create_graph):
                    leaving = pass_on(x, arrived[id(x)], wanted, vanilla) if x.op else ()
                    for source, gx in zip(x.op.inputs if x.op else (), leaving):
                        if gx is not None:
                            arrived[id(source)] = arrived[id(source)] + gx if id(source) in arrived else gx
                yield Step(x, arrived[id(x)], leaving)
        """,
        "a mask made from the wrong array",
    ),
    Mistake(
        "reverse-sweep",
        """
        ops = [x.op for x in order if x.op is not None and any(id(i) in wanted for i in x.op.inputs)]
        rule_of = choose(rule, ops, create_graph)
        arrived = {id(y): seed}
        for x in reversed(order):
            if id(x) in arrived:
                leaving = pass_on(x, arrived[id(x)], wanted, rule_of(x.op)) if x.op else ()
                for source, gx in zip(x.op.inputs if x.op else (), leaving):
                    if gx is not None:
                        arrived[id(source)] = arrived[id(source)] + gx if id(source) in arrived else gx
                yield Step(x, arrived[id(x)], leaving)
        """,
        "recorded without create_graph",
    ),
    Mistake(
        "reverse-sweep",
        """
        ops = [x.op for x in order if x.op is not None and any(id(i) in wanted for i in x.op.inputs)]
        rule_of = choose(rule, ops, create_graph)
        waiting = [(y, seed)]
        while waiting:
            x, g = waiting.pop()
            with context.recorded(create_graph):
                leaving = pass_on(x, g, wanted, rule_of(x.op)) if x.op else ()
            yield Step(x, g, leaving)
            waiting.extend((i, gx) for i, gx in zip(x.op.inputs if x.op else (), leaving) if gx is not None)
        """,
        "wait until its whole gradient has arrived",
    ),
    Mistake(
        "leaf-gradients",
        """
        order = recorded_before(y)
        for step in list(sweep(y, first_gradient(y, seed), order, {id(x) for x in order}, rule)):
            if step.tensor.op is None:
                step.tensor.grad = step.arrived.array.copy()
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "leaf-gradients",
        """
        order = recorded_before(y)
        for step in list(sweep(y, first_gradient(y, seed), order, {id(x) for x in order}, rule)):
            x, g = step.tensor, step.arrived.array
            if x.op is None:
                x.grad = g if x.grad is None else x.grad + g
        """,
        "are one array: keep a copy",
    ),
    Mistake(
        "leaf-gradients",
        """
        order = recorded_before(y)
        for step in list(sweep(y, first_gradient(y, seed), order, {id(x) for x in order}, rule)):
            x, g = step.tensor, step.arrived.array
            x.grad = g.copy() if x.grad is None else x.grad + g
        """,
        "only leaves keep one",
    ),
    Mistake(
        "leaf-gradients",
        """
        order = recorded_before(y)
        for step in sweep(y, first_gradient(y, seed), order, {id(x) for x in order}, rule):
            x, g = step.tensor, step.arrived.array
            if x.op is None:
                x.grad = g.copy() if x.grad is None else x.grad + g
        """,
        "sweep to the end first",
    ),
    Mistake(
        "leaf-gradients",
        """
        order = recorded_before(y)
        for step in list(sweep(y, first_gradient(y, seed), order, {id(x) for x in order})):
            x, g = step.tensor, step.arrived.array
            if x.op is None:
                x.grad = g.copy() if x.grad is None else x.grad + g
        """,
        "a mask made from the wrong array",
    ),
]
