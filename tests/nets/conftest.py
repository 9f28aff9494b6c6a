"""What the tests of data sets share: a server on this machine, and a folder of pictures."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_):
        pass


class Served:
    """Files where a data set's module will look for them."""

    def __init__(self, folder, address, cache, monkeypatch):
        self.folder, self.address, self.cache, self.monkeypatch = folder, address, cache, monkeypatch

    def put(self, base, table, contents):
        """Serve `contents` instead of the files in `table`, with the checksums that they should have."""
        for name, content in contents.items():
            (self.folder / name).write_bytes(content)
        self.monkeypatch.setattr(base, self.address)
        self.monkeypatch.setattr(table, {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()})


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A server of files, and a cache folder that is still empty."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("MINIGRAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/"
        yield Served(folder, address, tmp_path / "cache", monkeypatch)
        server.shutdown()
        thread.join()


@pytest.fixture
def photos(tmp_path):
    """Ten red and ten blue pictures of 30 x 20 pixels, whose left and right thirds are green."""
    folder = tmp_path / "photos"
    for name, colour in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
        (folder / name).mkdir(parents=True)
        for i in range(10):
            pixels = np.full((20, 30, 3), (0, 255, 0), np.uint8)
            pixels[:, 5:25] = colour
            pixels[0, 5 + i] = 0
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder
