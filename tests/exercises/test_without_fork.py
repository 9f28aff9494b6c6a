"""Where Python cannot fork, as on Windows, a server judges one exercise itself, and ends."""

import json
import subprocess
import sys

from .conftest import ROOT

SERVER = """
import os, sys
del os.fork
from tests.exercises import server
server.main(sys.argv[1])
"""


def test_a_server_that_cannot_fork_answers_one_job_and_ends(exercises):
    exercise = exercises["mul-backward"]
    learners = (ROOT / exercise.file).read_text(encoding="utf-8")
    job = json.dumps({"kind": "judge", "exercise": exercise, "learners": learners, "seconds": 20})
    done = subprocess.run([sys.executable, "-c", SERVER, str(ROOT)], input=f"{job}\n{job}\n", cwd=ROOT,
                          capture_output=True, encoding="utf-8")
    [line] = done.stdout.splitlines()
    outcomes = json.loads(line)["outcomes"]
    assert done.returncode == 0 and len(outcomes) == exercise.tests and all(one["passed"] for one in outcomes)
