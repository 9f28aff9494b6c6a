"""What a submission may do: little, for a limited time, and only inside a folder that is thrown away.

Three fences stand behind one another.  Limits that the operating system keeps (time, memory, files, processes).  A
user of its own, where the judge may choose one (as root, in a container): then files and processes of others are
out of reach, and the limit on processes counts nobody else's.  And an audit hook: Python tells it of every file that
is opened and every process that is started, and has no way to take the hook away.

Without root, the last fence is one that code with enough skill gets through, as Python's documentation says of audit
hooks; ``screen.py`` has refused the words for that before anything runs.  Windows knows only the time limit and the
hook.

Read next: ``judge.py``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

MEMORY = 2 << 30  # bytes beyond what the judge has itself
FILE = 16 << 20
PROCESSES = 32
FIRST_USER = 1_500_000_000  # user ids that nobody has

STARTS = ("os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn", "os.spawn", "os.startfile",
          "os.system", "pty.spawn", "subprocess.Popen")
INSIDES = ("ctypes.", "gc.get_", "socket.", "urllib.", "winreg.", "_winapi.")
ASKED = (("ctypes.dlopen", (None,)), ("ctypes.dlsym", ("sched_getcpu",)))  # minigrad asks which core it runs on
READS = ("open", "os.listdir", "os.scandir")
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink",
           "os.truncate", "os.utime", "shutil.")


def limit_resources(seconds: float, user: int | None) -> None:
    """Ask the operating system to keep the limits, where it has a way to.

    The limit on processes counts all of a user's, so it is for a `user` of its own only.
    """
    try:
        import resource
    except ImportError:
        return
    lower(resource, "RLIMIT_CPU", int(seconds) + 1, kill_after=2)
    lower(resource, "RLIMIT_FSIZE", FILE)
    lower(resource, "RLIMIT_NPROC", None if user is None else PROCESSES)
    lower(resource, "RLIMIT_CORE", 0)
    lower(resource, "RLIMIT_AS", address_space() + MEMORY)


def lower(resource, name: str, value: int | None, kill_after: int = 0) -> None:
    """Set one limit for good, unless it is lower already or this system doesn't have it."""
    kind = getattr(resource, name, None)
    if kind is None or value is None:
        return
    soft, hard = resource.getrlimit(kind)
    value = min([value, *(n for n in (soft, hard) if n != resource.RLIM_INFINITY)])
    resource.setrlimit(kind, (value, value + kill_after if hard == resource.RLIM_INFINITY else value))


def address_space() -> int:
    """Bytes of address space in use; a guess where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 4 << 30


def become(user: int | None) -> None:
    """Change to a user without rights or belongings, for good; None stays who we are."""
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def works_as_another() -> bool:
    """Whether a changed user could still read Python and its libraries."""
    if not hasattr(os, "fork") or os.getuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        try:
            become(FIRST_USER)
            for module in ("os", "numpy", "pytest", "json.decoder"):
                __import__(module)
                with open(sys.modules[module].__file__, "rb") as file:
                    file.read(1)
            with tempfile.TemporaryDirectory():
                os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def libraries() -> tuple[str, ...]:
    """Folders that any program reads: Python's own, installed packages, fonts, zones, the machine."""
    installed = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    python = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)]
    return (*python, *installed, "/usr/share", "/etc/localtime", "/dev/urandom", "/proc/self", "/proc/cpuinfo",
            "/proc/meminfo", "/sys/devices/system/cpu")


def watch_every_step(tree: str, scratch: str) -> Callable[[], None]:
    """Install the audit hook: what is in `tree` may be read, what is in `scratch` changed as well.

    Returns
    -------
    callable
        Ends the watch, for the judge to tidy up; Python itself has no way to take a hook away.
    """
    over: list[bool] = []
    writable = (os.path.realpath(scratch), os.devnull)
    readable = (*writable, *(os.path.realpath(path) for path in (tree, *libraries())))

    def below(path, folders) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return isinstance(path, int) or path is None
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)

    def hook(event: str, args: tuple) -> None:
        if over:
            return
        if event in STARTS or event.startswith(INSIDES) and (event, args[-1:]) not in ASKED:
            raise PermissionError(f"an exercise may not do this: {event}")
        if event in READS:
            flags = args[2] if event == "open" and len(args) > 2 and isinstance(args[2], int) else 0
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if not below(args[0], writable if writes else readable):
                raise PermissionError(f"an exercise may not touch the file {args[0]!r}")
        elif event.startswith(CHANGES) and not all(below(path, writable) for path in args[:2]):
            raise PermissionError(f"an exercise may not change the file {args[0]!r}")

    sys.addaudithook(hook)
    return lambda: over.append(True)
