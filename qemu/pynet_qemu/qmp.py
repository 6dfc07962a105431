"""A client for QMP, QEMU's control socket (docs/interop/qmp-spec of QEMU)."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any


class QMPError(Exception):
    """QEMU refused a command, or is gone."""


class QMPClient:
    """One connection to QEMU's control socket at `path`, waited for up to `patience` seconds."""

    def __init__(self, path: Path, patience: float = 20.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(patience)
        deadline = time.monotonic() + patience
        while True:
            try:
                self._socket.connect(str(path))
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise QMPError(f"no answer at {path}: {error}") from error
                time.sleep(0.02)
        self._stream = self._socket.makefile("rwb")
        self._read()
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run one command and return its answer; events that come in between are passed over."""
        request = {
            "execute": command,
            "arguments": {name.replace("_", "-"): value for name, value in arguments.items()},
        }
        try:
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            while "event" in (answer := self._read()):
                pass
        except (OSError, ValueError) as error:
            raise QMPError(f"{command}: {error}") from error
        if "error" in answer:
            raise QMPError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def _read(self) -> dict[str, Any]:
        line = self._stream.readline()
        if not line:
            raise QMPError("QEMU closed its control socket")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Close the connection; QEMU runs on."""
        self._stream.close()
        self._socket.close()
