"""Hypothesis may take as long as it needs: the first example of a property may be the one for which kernels compile."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
