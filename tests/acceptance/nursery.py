"""Processes that are born with everything imported: a fork takes 20 ms, a start one to two seconds.

They are real processes: each has its own memory, its signals, its end. What a cold start does is
seen by `test_packaging`, `test_wheel`, `test_bench` and wherever else `subprocess` is called.

The nursery is a process of its own with one thread, since a fork takes along one thread only.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import communique

PACKAGE = "communique"
LARGEST = 1 << 20  # octets of a request: its words and its environment


class Born:
    """A process of the nursery, with what `subprocess.Popen` has of use here."""

    def __init__(self, pidfd: int, status: int) -> None:
        self._pidfd = pidfd  # becomes readable when the process ends, and can't mean another one
        self._status = status
        self._lock = threading.Lock()
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, negative for a signal. Raises `subprocess.TimeoutExpired`."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(PACKAGE, timeout or 0)
        return code

    def send_signal(self, what: signal.Signals) -> None:
        """Send it a signal; one that has ended hears nothing."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._pidfd, what)

    def kill(self) -> None:
        """Kill -9."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self._code is None:
            waiting = select.poll()
            waiting.register(self._pidfd, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                return None
            with self._lock:
                if self._code is None:
                    told = os.read(self._status, 4)
                    self._code = os.waitstatus_to_exitcode(int.from_bytes(told, "little"))
                    os.close(self._status)
                    os.close(self._pidfd)
        return self._code


def start(
    program: Sequence[str],
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    out: IO[bytes],
    err: IO[bytes],
) -> Born:
    """Start Python on `program` (`-m MODULE`, or a file) with these words."""
    request = json.dumps([list(program), list(words), str(folder), dict(environment)]).encode()
    read, write = os.pipe()
    control = _control()
    socket.send_fds(control, [request], [out.fileno(), err.fileno(), write])
    os.close(write)
    _, [pidfd], _, _ = socket.recv_fds(control, 1, 1)
    return Born(pidfd, read)


@cache
def _control() -> socket.socket:
    """The nursery's ear. It ends with this process, and when nobody holds this."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
    with its:
        nursery = subprocess.Popen(
            [sys.executable, "-m", __name__, str(its.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            cwd=Path(__file__).parents[2],
        )

    def close() -> None:
        ours.close()
        nursery.wait()

    atexit.register(close)
    return ours


def _import_everything() -> None:
    for one in pkgutil.walk_packages(communique.__path__, f"{PACKAGE}."):
        if not one.name.endswith("__main__") and ".migrations.env" not in one.name:
            import_module(one.name)
    gc.collect()
    gc.freeze()


def _listen(control: socket.socket) -> Any:
    """Bear whoever is asked for, and tell how each ended. Returns in a child, with its request."""
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not control:
                    pid, status = key.data
                    _, ended = os.waitpid(pid, 0)
                    os.write(status, ended.to_bytes(4, "little"))
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    os.close(status)
                    continue
                request, fds, _, _ = socket.recv_fds(control, LARGEST, 3)
                if not request:
                    return None
                out, err, status = fds
                if not (pid := os.fork()):
                    for other in list(selector.get_map().values()):
                        if other.fileobj is not control:
                            os.close(other.fd)
                            os.close(other.data[1])
                    control.close()
                    os.close(status)
                    os.dup2(out, 1)
                    os.dup2(err, 2)
                    os.close(out)
                    os.close(err)
                    return json.loads(request)
                pidfd = os.pidfd_open(pid)
                selector.register(pidfd, selectors.EVENT_READ, (pid, status))
                socket.send_fds(control, [b"."], [pidfd])
                os.close(out)
                os.close(err)


def _become(program: Sequence[str], words: Sequence[str], folder: str, environment: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]  # files, both of them
    sys.argv = [program[-1], *words]
    if program[0] == "-m":
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _import_everything()
    if asked := _listen(socket.socket(fileno=int(sys.argv[1]))):
        _become(*asked)
