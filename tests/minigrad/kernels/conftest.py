"""A cache so small that the pictures of a test do not fit it."""

from contextlib import contextmanager

import pytest


@pytest.fixture(scope="session")
def cache_of():
    """``with cache_of(1000):`` lays frames out for so many bytes, which cuts even small pictures into bands."""
    from minigrad.kernels import frames

    def forget_layouts():
        for layout in (frames.forward_layout, frames.backward_layout):
            layout.cache_clear()

    @contextmanager
    def cache(size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frames, "CACHE_BYTES", size)
            forget_layouts()
            yield
        forget_layouts()

    return cache
