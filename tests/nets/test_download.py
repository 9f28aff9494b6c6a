"""Downloads from a server on this machine that is slow, breaks off, knows no parts, or has another file."""

import hashlib
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import nets
from nets import download as module
from nets.download import download
from nets.pretrained import PUBLISHED, hash_in

CONTENT = np.random.default_rng(0).bytes(5000)
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]


class Handler(BaseHTTPRequestHandler):
    """Sends the server's `content`, as badly as the test wishes."""

    def do_GET(self):
        wishes = self.server
        asked = self.headers.get("Range")
        wishes.asked.append(asked)
        if wishes.content is None:
            return self.send_error(404)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and wishes.knows_parts else 0
        if start and start >= len(wishes.content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(wishes.content) - 1}/{len(wishes.content)}")
        self.send_header("Content-Length", str(len(wishes.content) - start))
        self.end_headers()
        time.sleep(wishes.delay)
        wishes.may_send.wait()
        self.wfile.write(wishes.content[start : start + (wishes.breaks.pop(0) if wishes.breaks else 10**9)])

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    content: bytes | None = CONTENT
    knows_parts = True
    delay = 0.0  # seconds before anything comes

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.may_send = threading.Event()
        self.may_send.set()
        self.asked: list[str | None] = []  # the Range header of each request
        self.breaks: list[int] = []  # after how many bytes the line breaks, request by request
        self.url = f"http://127.0.0.1:{self.server_port}/weights-{HASH}.npz"

    def handle_error(self, *_):
        """Whoever hangs up is no news."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "PAUSE", 0)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "weights.npz"


def visible(folder):
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


def test_a_file_is_fetched_once(server, path):
    for _ in range(2):
        assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT
    assert server.asked == [None]


def test_a_line_that_breaks_is_taken_up_where_it_broke(server, path):
    server.breaks = [1000, 2000]
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1000-", "bytes=3000-"]


def test_the_next_run_takes_up_what_an_interrupted_one_has_left(server, path):
    path.parent.mkdir()
    path.with_name("weights.npz.part").write_bytes(CONTENT[:700])
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT
    assert server.asked == ["bytes=700-"]
    assert visible(path.parent) == ["weights.npz"]


def test_a_server_that_knows_no_parts_sends_everything_again(server, path):
    server.knows_parts, server.breaks = False, [1000]
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_part_that_was_whole_already_is_taken(server, path):
    path.parent.mkdir()
    path.with_name("weights.npz.part").write_bytes(CONTENT)
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"", CONTENT[:10], b"of something else", 2 * CONTENT])
def test_the_wrong_file_is_removed_and_the_next_try_begins_anew(server, path, left):
    path.parent.mkdir()
    if left:
        path.with_name("weights.npz.part").write_bytes(left)
    server.content = CONTENT[::-1]
    with pytest.raises(ValueError, match=f"{HASH}; it has been removed"):
        download(server.url, path, HASH, progress=False)
    assert visible(path.parent) == []
    server.content = CONTENT
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_given_up_after_some_attempts(server, path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    server.delay = 0.2
    with pytest.raises(OSError, match="broke 5 times.*timed out"):
        download(server.url, path, HASH, progress=False)
    assert len(server.asked) == 5


def test_a_slow_server_is_waited_for(server, path):
    server.delay = 0.2
    assert download(server.url, path, HASH, progress=False).read_bytes() == CONTENT


def test_a_line_that_keeps_breaking_leaves_what_it_brought(server, path):
    server.breaks = [1000, 0, 0, 0, 0]
    with pytest.raises(OSError, match="broke 5 times.*1000 of 5000"):
        download(server.url, path, HASH, progress=False)
    assert path.with_name("weights.npz.part").read_bytes() == CONTENT[:1000]


def test_of_two_processes_at_once_one_waits_and_finds_what_the_other_has_fetched(server, path):
    code = "import sys, pathlib, nets.download as d; d.download(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3])"
    command = [sys.executable, "-c", code, server.url, str(path), HASH]
    server.may_send.clear()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as first:
        while not server.asked and first.poll() is None:
            time.sleep(0.01)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as second:
            assert "waiting for another process" in second.stderr.readline()
            server.may_send.set()
    assert (first.returncode, second.returncode) == (0, 0)
    assert path.read_bytes() == CONTENT
    assert server.asked == [None]


def test_a_file_put_there_by_hand_is_used(server, path):
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    download(server.url, path, HASH, progress=False)
    assert server.asked == []


def test_a_file_of_somebody_elses_under_that_name_is_refused_and_left_alone(server, path):
    path.parent.mkdir()
    path.write_bytes(b"my own")
    with pytest.raises(ValueError, match="move it away"):
        download(server.url, path, HASH, progress=False)
    assert path.read_bytes() == b"my own"


def test_progress_is_shown_on_stderr(server, path, capsys):
    download(server.url, path, HASH)
    assert "weights.npz: 100%" in capsys.readouterr().err


# Nets


@pytest.fixture
def published(server, tmp_path, monkeypatch):
    """A ResNet-20 whose weights the server has."""
    monkeypatch.setenv("MINIGRAD_CACHE", str(tmp_path / "cache"))
    net = nets.resnet20_cifar()
    server.content = nets.save_weights(net, tmp_path / "net.npz").read_bytes()
    address = server.url.replace(HASH, hashlib.sha256(server.content).hexdigest()[:8])
    monkeypatch.setitem(PUBLISHED, "resnet20_cifar", address)
    return net


def test_a_pretrained_net_has_the_published_weights_and_is_in_eval_mode(published):
    net = nets.pretrained("resnet20_cifar", progress=False)
    assert not any(module.training for module in net.modules())
    assert all(np.array_equal(array, net.state_dict()[name]) for name, array in published.state_dict().items())


def test_where_there_is_no_such_file_it_says_what_to_do_by_hand(published, server, tmp_path):
    server.content = None
    with pytest.raises(OSError, match=f"404.*get {server.url[:20]}.*by hand and put it into {tmp_path / 'cache'}"):
        nets.pretrained("resnet20_cifar", progress=False)
    assert len(server.asked) == 1


def test_where_there_is_no_network_it_says_what_to_do_by_hand(published, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setitem(PUBLISHED, "resnet18", f"http://127.0.0.1:{closed.getsockname()[1]}/a-b.pth")
        with pytest.raises(OSError, match=r"a-b.pth could not be fetched .*refused.* by hand .* MINIGRAD_CACHE"):
            nets.pretrained("resnet18", progress=False)


def test_a_net_without_published_weights_is_refused_with_a_list_of_those_with():
    with pytest.raises(ValueError, match="'resnet50'.*resnet18"):
        nets.pretrained("resnet50")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_files_are_fetched_by_https_and_carry_their_hash(name):
    url = PUBLISHED[name]
    assert name in nets.ARCHITECTURES and url.startswith("https://")
    assert len(bytes.fromhex(hash_in(url))) == 4
