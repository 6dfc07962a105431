"""QEMU's control socket, for a program that is not asyncio's: the qemu.qmp library behind two plain calls."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

from qemu.qmp import QMPClient, QMPError

__all__ = ["Control", "QMPError"]

#: Seconds that QEMU has for its greeting and for each answer.
PATIENCE = 20.0
Answer = TypeVar("Answer")

# Whatever the library logs as an error it raises, too.
logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())


class Control:
    """One connection to QEMU, over our end of a pair of sockets; all calls come from one thread."""

    def __init__(self, end: socket.socket) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = QMPClient()
        try:
            self._wait(self._client.connect(end))
        except BaseException:
            self._loop.close()
            raise

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run one command and return its answer. QMPError: QEMU refuses it, is gone, or does not answer in PATIENCE."""
        return self._wait(self._client.execute(command, {n.replace("_", "-"): value for n, value in arguments.items()}))

    def _wait(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            return self._loop.run_until_complete(asyncio.wait_for(coroutine, PATIENCE))
        except TimeoutError as error:
            raise QMPError(f"QEMU does not answer in {PATIENCE:g} s") from error

    def close(self) -> None:
        """Close the connection; QEMU, if it is still there, runs on."""
        try:
            self._loop.run_until_complete(self._client.disconnect())
        except (EOFError, OSError, QMPError):
            pass  # QEMU was faster.
        self._loop.close()
