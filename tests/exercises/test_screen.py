"""What may be said in an exercise: mathematics of any kind, and nothing that leads elsewhere."""

import ast

import pytest

from .screen import Refused, screen

OURS = ast.parse("import numpy as np\nfrom . import kernels\n\ndef f(x):\n    return x.__class__(setattr)\n")


def screened(body):
    screen([ast.parse("def f(x):\n    " + body.replace("\n", "\n    "))], OURS.body[2], OURS)


@pytest.mark.parametrize(
    "body",
    [
        "return np.lib.stride_tricks.sliding_window_view(x, 2)",
        "import math\nfrom itertools import product\nreturn math.pi",
        "from numpy.lib.stride_tricks import sliding_window_view\nreturn x",
        "from . import kernels\nreturn kernels.relu(x)",
        "def inner(y):\n    nonlocal x\n    return lambda: y\nreturn inner(x)",
        "return type(x).name, getattr(x, 'grad', None), isinstance(x, tuple)",
        "print(x)\nwith np.errstate(all='ignore'):\n    x.grad = 1\nyield x",
        "return x.__class__(setattr)",
    ],
)
def test_mathematics_is_allowed_and_what_our_solution_says_itself(body):
    screened(body)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("import os", "import os"),
        ("from os import fork", "import from os"),
        ("from . import numpy_backend", r"import from \."),
        ("import numpy.ctypeslib", "import numpy.ctypeslib"),
        ("from numpy import *", "import from numpy"),
        ("from numpy import testing", "import from numpy"),
        ("import numpy._core", "import numpy._core"),
        ("__import__('os')", "use __import__"),
        ("eval('1')", "use eval"),
        ("open('file')", "use open"),
        ("globals()['np'] = None", "use globals"),
        ("f = getattr", "use getattr"),
        ("getattr(x, '__dict__')", "use getattr"),
        ("getattr(x, 'a' + 'b')", "use getattr"),
        ("type('Fake', (), {})", "use type"),
        ("x.__dict__['a'] = 1", r"use \.__dict__"),
        ("().__class__.__base__.__subclasses__()", r"use \.__"),
        ("np.fromfile('x')", r"use \.fromfile"),
        ("x.tofile('x')", r"use \.tofile"),
        ("np.testing.assert_allclose = print", r"use \.testing"),
        ("(i for i in x).gi_frame.f_back", r"use \.(gi_frame|f_back)"),
        ("np.lib.stride_tricks.as_strided(x)", r"use \.as_strided"),
        ("global np\nnp = None", "global np"),
        ("class Yes:\n    def __eq__(self, other): return True", "define a class"),
        ("match x:\n    case object(__dict__=d): pass", "match classes"),
    ],
)
def test_what_leads_elsewhere_is_refused_by_name(body, named):
    with pytest.raises(Refused, match=named):
        screened(body)
