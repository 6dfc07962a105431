"""ftp.py ADDRESS PORT SIZE: a file server that knows as much of FTP (RFC 959, 2428) as a client needs to get one file of that many bytes."""

from __future__ import annotations

import socket
import socketserver
import sys

LINE = b"a file by FTP\n"


class Session(socketserver.StreamRequestHandler):
    """One control connection."""

    def handle(self) -> None:
        """Answer each command."""
        content = (LINE * (int(sys.argv[3]) // len(LINE) + 1))[: int(sys.argv[3])]
        listener = socket.create_server((sys.argv[1], 0))
        port = listener.getsockname()[1]
        self.answer("220 ready")
        for raw in self.rfile:
            command = raw.decode("ascii", "replace").strip()
            verb = command[:4].upper()
            if verb == "PASV":
                self.answer(f"227 Entering Passive Mode ({sys.argv[1].replace('.', ',')},{port >> 8},{port & 255})")
            elif verb == "EPSV":
                self.answer(f"229 Entering Extended Passive Mode (|||{port}|)")
            elif verb == "RETR":
                self.answer("150 here it comes")
                with listener.accept()[0] as data:
                    data.sendall(content)
                self.answer("226 that was it")
            elif verb == "QUIT":
                self.answer("221 goodbye")
                return
            else:
                self.answer({"USER": "331 and a password", "PASS": "230 welcome", "SIZE": f"213 {len(content)}"}.get(verb, "200 as you like"))

    def answer(self, text: str) -> None:
        """One line."""
        self.wfile.write(text.encode() + b"\r\n")


if __name__ == "__main__":
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer((sys.argv[1], int(sys.argv[2])), Session).serve_forever()
