"""The fences behind the screen: what code may do that has got past it.  Each child here tries one thing."""

import os
import sys
from pathlib import Path

import pytest

from . import server
from .sandbox import become, limit_resources, watch_every_step, works_as_another

pytestmark = pytest.mark.skipif(server.CANNOT_FORK, reason="this system cannot fork")


@pytest.fixture
def attempt(tmp_path, monkeypatch):
    """``attempt(work)``: the report of a child that does `work` inside the fences, within two seconds."""
    for name in ("tree", "scratch"):
        (tmp_path / name).mkdir()
    channel = os.open(os.devnull, os.O_WRONLY)

    def fenced(work):
        limit_resources(2, None)
        watch_every_step(str(tmp_path / "tree"), str(tmp_path / "scratch"))
        try:
            return {"did": str(work(tmp_path))}
        except (OSError, MemoryError) as error:
            return {"kept from": type(error).__name__}

    yield lambda work: server.in_a_child(lambda: fenced(work), 10, channel)
    os.close(channel)


def endless(folder):
    while True:
        pass


def write(path):
    path.write_text("x")
    return "wrote"


@pytest.mark.parametrize(
    "work",
    [
        lambda folder: os.fork(),
        lambda folder: os.system("true"),
        lambda folder: os.kill(os.getppid(), 9),
        lambda folder: os.execv(sys.executable, [sys.executable, "-c", ""]),
        lambda folder: Path(__file__).read_text(),
        lambda folder: os.listdir(folder),
        lambda folder: write(folder / "outside.txt"),
        lambda folder: write(folder / "tree" / "reference.py"),
        lambda folder: os.remove(folder / "scratch" / ".." / "tree"),
        lambda folder: os.rename(folder / "tree", folder / "scratch" / "mine"),
        lambda folder: os.symlink(__file__, folder / "link"),
        lambda folder: __import__("ctypes").CDLL("libc.so.6"),
        lambda folder: __import__("socket").socket().connect(("127.0.0.1", 9)),
    ],
    ids=["fork", "shell", "kill", "exec", "read", "list", "write", "change", "remove", "rename", "link", "C", "net"],
)
def test_what_would_reach_outside_is_kept_from_it(work, attempt):
    assert attempt(work) == {"kept from": "PermissionError"}


def test_a_file_in_its_own_folder_may_be_written(attempt):
    assert attempt(lambda folder: write(folder / "scratch" / "mine.txt")) == {"did": "wrote"}


def test_a_loop_without_end_is_ended(attempt):
    assert attempt(endless)["fault"] == "time"


def test_more_memory_than_there_is_room_for_is_refused(attempt):
    assert attempt(lambda folder: len(bytearray(1 << 40))) == {"kept from": "MemoryError"}


def test_a_file_without_end_is_cut_off(attempt):
    def flood(folder):
        with open(folder / "scratch" / "flood", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))

    assert attempt(flood) == {"kept from": "OSError"} or attempt(flood)["fault"] == "died"


@pytest.mark.parametrize("code", [0, 1])
def test_who_leaves_python_has_reported_nothing(code, attempt):
    assert attempt(lambda folder: os._exit(code))["fault"] == "died"


@pytest.mark.parametrize(
    "forged",
    [b"", b"passed", b"{}", b'{"outcomes": []}', b'secre{"outcomes": []}', b'SECRET{"outcomes": []}', b"\xff\xfe",
     b"[" * 100_000],
)
def test_a_report_without_the_password_is_none(forged):
    assert server.report_in(forged, "secret", 0)["fault"] == "died"


def test_a_report_with_the_password_is_believed():
    assert server.report_in(b'secret{"outcomes": []}', "secret", 0) == {"outcomes": []}


@pytest.mark.skipif(not works_as_another(), reason="only root can change the user")
def test_another_user_cannot_touch_what_is_ours(tmp_path):
    private = tmp_path / "private"
    private.write_text("ours")
    private.chmod(0o600)
    channel = os.open(os.devnull, os.O_WRONLY)

    def trespass():
        become(1_500_000_000)
        return {"did": Path(private).read_text()}

    assert server.in_a_child(trespass, 10, channel)["fault"] == "died"
    os.close(channel)
