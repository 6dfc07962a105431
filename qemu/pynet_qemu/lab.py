"""The network lab: what is at the other end of the guest's cable, all real programs, inside a namespace of its own.

    guest --- tap0 --- 10.0.2.2  dnsmasq (DHCP, DNS), the peer (peer.py)
                       93.184.216.34  nginx: ports 80 and 443, the page, a certificate by the lab's own authority

Every value the guest prints is a field of LabConfig, so that a test can change one and see the line change with it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any, Self

from pynet_qemu.certificates import Certificates, make_certificates
from pynet_qemu.namespace import LabError, Namespace, end_process

TAP = "tap0"
PACKAGE_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class LabConfig:
    """What the lab tells the guest."""

    mac: str = "52:54:00:12:34:56"
    address: str = "10.0.2.15"
    gateway: str = "10.0.2.2"
    prefix_length: int = 24
    lease_seconds: int = 3600
    name: str = "example.com"
    name_address: str = "93.184.216.34"
    page_size: int = 1256
    status: int = 200
    certificate: str = "good"
    key_kind: str = "p256"
    tls_protocols: str = "TLSv1.2 TLSv1.3"
    dhcp: bool = True
    dns: bool = True
    web: bool = True
    peer: bool = True
    #: More lines for dnsmasq.conf, such as "cname=www.example.com,example.com".
    dnsmasq_lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebRequest:
    """One line of nginx's access log."""

    client: str
    server: str
    port: int
    host: str
    method: str
    status: int
    body_bytes: int
    tls: str


@dataclass
class Lab:
    """A running lab; use it as a context manager. Raises LabError when a part does not come up."""

    config: LabConfig
    directory: Path
    namespace: Namespace = field(init=False)
    certificates: Certificates = field(init=False)

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificates = make_certificates(
            self.directory, self.config.name, self.config.certificate, self.config.key_kind
        )
        self.namespace = Namespace()
        try:
            self._lay_cables()
            self._start_names()
            self._start_web()
            self._start_peer()
        except BaseException:
            self.namespace.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.namespace.close()

    def _lay_cables(self) -> None:
        address = f"{self.config.gateway}/{self.config.prefix_length}"
        self.namespace.run(
            "sh", "-ec",
            f"ip link set lo up; ip tuntap add {TAP} mode tap vnet_hdr; ip addr add {address} dev {TAP}; ip link set {TAP} up;"
            f" ip addr add {self.config.name_address}/32 dev lo",
        )  # fmt: skip

    def _start_names(self) -> None:
        config = self.config
        if not (config.dhcp or config.dns):
            return
        lines = [
            "keep-in-foreground", "no-daemon", f"interface={TAP}", "bind-interfaces", "except-interface=lo",
            "no-resolv", "no-hosts", "log-queries", f"pid-file={self.directory}/dnsmasq.pid",
        ]  # fmt: skip
        if config.dhcp:
            netmask = IPv4Interface(f"{config.address}/{config.prefix_length}").netmask
            lines += [
                f"dhcp-range={config.address},{config.address},{netmask},{config.lease_seconds}s",
                f"dhcp-host={config.mac},{config.address}", "dhcp-ignore=tag:!known",
                f"dhcp-option=option:router,{config.gateway}", f"dhcp-option=option:dns-server,{config.gateway}",
                # Without no-ping an offer waits 3 s for an answer from the address it is about to offer.
                "dhcp-authoritative", "no-ping", "log-dhcp", f"dhcp-leasefile={self.lease_file}",
            ]  # fmt: skip
        # local= makes a query for a type that is not there (AAAA) an empty answer and not a refusal.
        lines += (
            ["port=53", f"address=/{config.name}/{config.name_address}", f"local=/{config.name}/"]
            if config.dns
            else ["port=0"]
        )
        configuration = self.directory / "dnsmasq.conf"
        configuration.write_text("\n".join([*lines, *config.dnsmasq_lines]) + "\n", encoding="ascii")
        command = ["dnsmasq", f"--conf-file={configuration}"]
        self._dnsmasq = self.namespace.start(command, self.names_log)
        self._wait_for("dnsmasq", self._dnsmasq, self.names_log, lambda: "started" in self._text(self.names_log))

    def _start_web(self) -> None:
        if not self.config.web:
            return
        page = self.directory / "page"
        page.mkdir(exist_ok=True)
        (page / "index.html").write_bytes(make_page(self.config.page_size))
        configuration = self.directory / "nginx.conf"
        configuration.write_text(self._nginx_configuration(page), encoding="ascii")
        # OpenSSL refuses to serve a weak key unless it is told that anything goes.
        policy = self.directory / "openssl.cnf"
        policy.write_text(_OPENSSL_ANYTHING_GOES, encoding="ascii")
        command = [
            "env",
            f"OPENSSL_CONF={policy}",
            "nginx",
            "-c",
            str(configuration),
            "-p",
            str(self.directory),
            "-e",
            str(self.web_error_log),
        ]
        self._nginx = self.namespace.start(command, self.directory / "nginx.out")
        self._wait_for("nginx", self._nginx, self.web_error_log, (self.directory / "nginx.pid").exists)

    def _nginx_configuration(self, page: Path) -> str:
        config, directory = self.config, self.directory
        temporary = "".join(
            f"{module}_temp_path {directory}/nginx-{module};\n"
            for module in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        answer = "" if config.status == 200 else f"if ($request_uri ~ .) {{ return {config.status}; }}"
        return f"""
daemon off;
# In a user namespace there is no user but root, who is who started the lab.
user root;
# One process: workers would outlive a master that was killed.
master_process off;
pid {directory}/nginx.pid;
error_log {self.web_error_log} info;
events {{ worker_connections 512; }}
http {{
    log_format oracle escape=json '{{"client":"$remote_addr","server":"$server_addr","port":$server_port,"host":"$host","method":"$request_method",'
        '"status":$status,"body_bytes":$body_bytes_sent,"tls":"$ssl_protocol"}}';
    access_log {self.web_log} oracle;
    {temporary}
    server {{
        listen {config.name_address}:80;
        listen {config.name_address}:443 ssl;
        server_name {config.name};
        ssl_certificate {self.certificates.certificate};
        ssl_certificate_key {self.certificates.key};
        ssl_protocols {config.tls_protocols};
        root {page};
        {answer}
    }}
}}
"""

    def _start_peer(self) -> None:
        if not self.config.peer:
            return
        log = self.directory / "peer.out"
        command = ["env", f"PYTHONPATH={PACKAGE_ROOT}", sys.executable, "-m", "pynet_qemu.peer"]
        process = self.namespace.start([*command, self.config.gateway, str(self.peer_log)], log)
        self._wait_for("the peer", process, log, lambda: "ready" in self._text(log))

    def _wait_for(self, what: str, process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20.0
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                last_words = self._text(log).strip().splitlines()[-1:] or ["it said nothing"]
                raise LabError(f"the lab's {what} did not come up: {last_words[0]}")
            time.sleep(0.02)

    @staticmethod
    def _text(path: Path) -> str:
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def lease_file(self) -> Path:
        """dnsmasq's leases."""
        return self.directory / "dnsmasq.leases"

    @property
    def names_log(self) -> Path:
        """dnsmasq's log: DHCP messages with their options, DNS queries and answers."""
        return self.directory / "dnsmasq.log"

    @property
    def web_log(self) -> Path:
        """nginx's access log, one JSON object a line."""
        return self.directory / "nginx-access.log"

    @property
    def web_error_log(self) -> Path:
        """nginx's error log, which at level info tells of connections that carried no request, too."""
        return self.directory / "nginx-error.log"

    @property
    def peer_log(self) -> Path:
        """What the peer served, one JSON object a line."""
        return self.directory / "peer.log"

    def web_requests(self) -> list[WebRequest]:
        """Every request nginx has answered so far."""
        return [WebRequest(**json.loads(line)) for line in self._text(self.web_log).splitlines()]

    def served_by_peer(self) -> list[dict[str, Any]]:
        """Every connection and datagram the peer has finished with so far."""
        return [json.loads(line) for line in self._text(self.peer_log).splitlines()]

    def kill_web_server(self) -> None:
        """End nginx at once; its ports then refuse."""
        end_process(self._nginx, 0.5)

    def kill_dnsmasq(self) -> None:
        """End dnsmasq; DHCP and DNS then go unanswered."""
        end_process(self._dnsmasq, 0.5)

    def remove(self) -> None:
        """Delete the lab's files."""
        shutil.rmtree(self.directory, ignore_errors=True)


_OPENSSL_ANYTHING_GOES = """
openssl_conf = lab
[lab]
ssl_conf = ssl
[ssl]
system_default = all
[all]
CipherString = DEFAULT:@SECLEVEL=0
"""


def make_page(size: int) -> bytes:
    """The web server's page: exactly `size` bytes."""
    text = b"<!doctype html><title>pynet lab</title>\n" + b"".join(
        b"<p>line %d of the lab's page</p>\n" % n for n in range(size // 8)
    )
    return text[:size]
