"""Running the tests of one exercise, in a process of its own, and saying what became of each.

The learner's code runs in here, so nothing that this process says about itself is believed elsewhere: ``server.py``
takes its report only with the password that it was given before.

Read next: ``server.py``.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from .registry import Collector, Exercise, marked_files
from .sandbox import become, limit_resources, watch_every_step
from .submission import Overlay, lay_in, refusal
from .values import compare
from .watching import Watch

OURS = ("minigrad", "nets", "explain", "benchmarks", "tests")
PRINTED = 2000  # characters of what the learner's code printed


def collect(root: str) -> dict:
    """All exercises that pytest finds under `root`."""
    collector = Collector(Path(root))
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        enter(root, "numpy")
        code = pytest.main([*options(root), "--collect-only", *marked_files(Path(root))], plugins=[collector])
    if code:
        return {"error": output.getvalue()}
    return {"exercises": collector.exercises}


def judge(root: str, scratch: str, exercise: Exercise, learners: str | None, seconds: float, user: int | None) -> dict:
    """Lay a learner's module into the tree at `root`, and run the tests.

    Parameters
    ----------
    root, scratch : str
        The throw-away copy of the reference, and a folder for whatever is written.
    learners : str or None
        The learner's source of the module; None runs our solution.
    seconds : float
        Of computing, at most.
    user : int or None
        Whom to become before anything of the learner's is run.

    Returns
    -------
    dict
        ``outcomes``: one for each test, up to the first that fails.  ``notes``: what the function was given and
        returned.  ``printed``.  Or
        ``refused``, if nothing was run, with a ``kind``, and a ``line`` of the learner's file.
    """
    limit_resources(seconds, user)
    file = Path(root, exercise.file)
    overlay = Overlay("", ())
    if learners is not None:
        if why := refusal(file.read_text(encoding="utf-8"), learners, exercise):
            return why
        overlay = laid_in(file, exercise, learners)
    become(user)
    watch = Watch(exercise.target.partition(":")[0], exercise.function, lambda n: overlay.learners_line(n) is not None)
    witness = Witness(exercise, file, overlay, watch)
    output = run(root, scratch, exercise, watch, witness)
    return {"outcomes": witness.outcomes, "notes": watch.notes, "printed": witness.printed[:PRINTED],
            "output": output[-PRINTED:]}


def laid_in(file: Path, exercise: Exercise, learners: str) -> Overlay:
    """Lay the learner's module into the file, whose bodies that are judged are then nowhere in the tree."""
    overlay = lay_in(file.read_text(encoding="utf-8"), learners, exercise.function, exercise.helpers)
    file.write_text(overlay.source, encoding="utf-8")
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()
    return overlay


def run(root: str, scratch: str, exercise: Exercise, watch: Watch, witness: Witness) -> str:
    """Hand over to pytest, and return what it says."""
    sys.dont_write_bytecode = True
    enter(root, backend_of(exercise.target))
    os.environ |= dict.fromkeys(("TMPDIR", "TEMP", "HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"), scratch)
    tempfile.tempdir = scratch
    sys.meta_path.insert(0, watch)
    end_watch = watch_every_step(root, scratch)
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        pytest.main([*options(root), "--basetemp", os.path.join(scratch, "pytest"), *exercise.files],
                    plugins=[witness])
    end_watch()
    os.chdir(sys.prefix)  # so that this folder can be thrown away
    return output.getvalue()


def enter(root: str, backend: str) -> None:
    """Forget our modules, so that they are imported anew, from the tree at `root`."""
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    sys.path[:] = [root, *(path for path in sys.path if path and not Path(path, "minigrad").exists())]
    os.environ |= {"MINIGRAD_BACKEND": backend, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    os.chdir(root)
    few_examples()


def backend_of(target: str) -> str:
    """The kernels to run with: those that are being written, or else NumPy's, which need no compiler."""
    return "reference" if target.startswith("minigrad.kernels.reference:") else "numpy"


def few_examples() -> None:
    """Hypothesis: the same examples every time, few, and the first failure will do."""
    from hypothesis import Phase, settings

    settings.register_profile("exercise", derandomize=True, max_examples=20, deadline=None, database=None,
                              phases=[Phase.explicit, Phase.generate])
    settings.load_profile("exercise")


def options(root: str) -> list[str]:
    """How pytest is to run: as in setup.cfg, but without the examples in docstrings, and leaving no files."""
    return ["-c", os.path.join(root, "setup.cfg"), "--rootdir", root, "-o", "addopts=", "--import-mode=importlib",
            "--strict-markers", "-q", "--maxfail=1", "-p", "no:cacheprovider", "-p", "no:faulthandler",
            "-p", "no:unraisableexception", "-p", "no:threadexception", "--tb=short"]


class Witness:
    """A plugin of pytest: chooses the tests of one exercise, and keeps what becomes of them."""

    def __init__(self, exercise: Exercise, file: Path, overlay: Overlay, watch: Watch):
        self.exercise, self.file, self.overlay, self.watch = exercise, file, overlay, watch
        self.outcomes: list[dict] = []
        self.printed = ""
        self.compared = None

    def pytest_collection_modifyitems(self, items) -> None:
        items[:] = [i for i in items if any(m.args[0] == self.exercise.name for m in i.iter_markers("exercise"))]

    def pytest_runtest_setup(self, item) -> None:
        self.compared = None
        self.watch.test = item.nodeid

    def pytest_assertrepr_compare(self, op, left, right) -> None:
        if op == "==":
            self.compared = left, right

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if call.excinfo is not None or call.when == "call":
            found = {"test": item.nodeid, "passed": call.excinfo is None}
            self.outcomes.append(found | (self.failure(call.excinfo) if call.excinfo else {}))
            self.printed = self.printed or report.capstdout
        return report

    def failure(self, excinfo) -> dict:
        """What went wrong in one test: the exception, the learner's lines on the way to it, and the numbers."""
        error = excinfo.value
        lines = [(entry.lineno + 1, entry.name) for entry in excinfo.traceback if entry.path == self.file]
        theirs = [(self.overlay.learners_line(line), name) for line, name in lines]
        return {
            "error": type(error).__name__,
            "words": str(error)[:PRINTED],
            "exercise": exercise_named_by(error),
            "lines": [(line, name) for line, name in theirs if line is not None],
            "values": self.values(excinfo) if isinstance(error, AssertionError) else None,
        }

    def values(self, excinfo) -> str | None:
        """Two arrays that should have been equal, compared the way a gradient is compared with differences."""
        if type(excinfo.value).__name__ == "GradientError":
            return str(excinfo.value)
        bare = str(excinfo.value).startswith("assert ")  # otherwise the test has words of its own
        pair = self.compared if bare else None
        for entry in excinfo.traceback:
            names = entry.frame.f_locals
            if entry.name.startswith("assert_") and {"actual", "desired"} <= set(names):
                pair = names["actual"], names["desired"]
        return compare(*pair) if pair else None


def exercise_named_by(error: BaseException) -> str | None:
    """The exercise whose blank body raised this."""
    text = str(error)
    return text.removeprefix("exercise: ") if isinstance(error, NotImplementedError) and "exercise: " in text else None
