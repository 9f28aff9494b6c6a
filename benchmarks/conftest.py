"""The examples in these files are tests; those files that import PyTorch are left out where it is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") and find_spec("captum") else ["twins.py", "captum_explanations.py"]
