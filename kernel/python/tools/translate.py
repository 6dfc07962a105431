"""Translate one Python or Cython module to C, for meson.build; translation.py does it and says what the words mean.

Loading Cython takes longer than translating most modules. So the first translation of a build leaves a process in the build directory that has loaded
it, forks for each of the others, and ends when nothing came for PATIENCE seconds. Where it cannot be had, a translation loads Cython itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

PATIENCE = 20.0
BACKLOG = 64
LONGEST_REQUEST = 65536


def identity() -> str:
    """The name of the helper's socket: another one when Python or a tool beside this file is another."""
    tools = sorted(Path(__file__).resolve().parent.glob("*.py"))
    return ".translator-" + sha256(repr((sys.executable, [(str(path), path.stat().st_mtime_ns) for path in tools])).encode()).hexdigest()[:16]


def translate(words: list[str]) -> int:
    from translation import main

    return main(words)


def answer(connection: socket.socket) -> None:
    """In a process of its own: do what the client asks, on the client's stdout and stderr, and tell the exit status."""
    request, descriptors, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 2)
    for number, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    status = 1
    try:
        status = translate(json.loads(request))
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except Exception:  # noqa: BLE001 whoever asked is told all of it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    connection.send(bytes([status]))


def serve(listener: socket.socket, name: str) -> None:
    """Fork for each client until nobody comes any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    import translation  # noqa: F401 what every child then has

    listener.settimeout(PATIENCE)
    with suppress(TimeoutError):
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                answer(connection)
                os._exit(0)
            connection.close()
    os.unlink(name)


def start(name: str) -> None:
    """Listen under the name, and leave a process that serves."""
    with suppress(FileNotFoundError):
        os.unlink(name)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(name)
    listener.listen(BACKLOG)
    if os.fork() == 0:
        # Ninja waits until its pipes are closed, and other clients for the lock: nothing of the client's stays open.
        listener = socket.socket(fileno=os.dup2(listener.detach(), 3))
        os.closerange(4, 256)
        for number in range(3):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        os.closerange(4, 256)
        try:
            serve(listener, name)
        finally:
            os._exit(0)
    listener.close()


def connect(name: str) -> socket.socket | None:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        client.connect(name)
    except OSError:
        client.close()
        return None
    return client


def helper(name: str) -> socket.socket | None:
    """A connection to the helper, which is started if there is none; None if that fails."""
    if client := connect(name):
        return client
    with open(name + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another may have started it while we waited.
        if client := connect(name):
            return client
        start(name)
    return connect(name)


def main(words: list[str]) -> int:
    with suppress(OSError):
        if client := helper(identity()):
            socket.send_fds(client, [json.dumps(words).encode()], [1, 2])
            if status := client.recv(1):
                return status[0]
    return translate(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
