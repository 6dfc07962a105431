"""The lab's certificate authority, made afresh with openssl for every lab: nothing that is trusted outlives a run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from pynet_qemu.namespace import LabError

#: What may be wrong with the server's certificate ("good": nothing).
KINDS = ("good", "wrong-host", "expired", "untrusted", "self-signed", "weak-key")

_KEYS = {
    "p256": ("ec", "ec_paramgen_curve:P-256"),
    "p384": ("ec", "ec_paramgen_curve:P-384"),
    "rsa2048": ("rsa", "rsa_keygen_bits:2048"),
    "rsa1024": ("rsa", "rsa_keygen_bits:1024"),
}

_YEAR = 365


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: what the guest is told to trust, and what the web server presents (its key beside it)."""

    trust_anchor: Path
    certificate: Path
    key: Path


def make_certificates(directory: Path, name: str, kind: str = "good", key_kind: str = "p256") -> Certificates:
    """Make an authority and a certificate for the host `name`; `kind` is one of KINDS, `key_kind` of p256 p384 rsa2048 rsa1024.

    Raises LabError when openssl fails.
    """
    if kind not in KINDS or key_kind not in _KEYS:
        raise LabError(f"no such certificate: {kind} {key_kind}")
    authority = _authority(directory / "authority", "pynet lab authority")
    issuer = _authority(directory / "stranger", "an authority nobody trusts") if kind == "untrusted" else authority
    host = "wrong." + name if kind == "wrong-host" else name
    key = _key(directory / "server.key", "rsa1024" if kind == "weak-key" else key_kind)
    certificate = directory / "server.pem"
    request = directory / "server.csr"
    _openssl("req", "-new", "-key", str(key), "-subj", f"/CN={host}", "-out", str(request))
    extensions = directory / "server.ext"
    extensions.write_text(
        f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n",
        encoding="ascii",
    )
    signer = ["-signkey", str(key)] if kind == "self-signed" else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
    days = -1 if kind == "expired" else _YEAR
    _openssl("x509", "-req", "-in", str(request), *signer, "-set_serial", "0x1001", "-days", str(days),
             "-sha256", "-extfile", str(extensions), "-out", str(certificate))  # fmt: skip
    return Certificates(Path(f"{authority}.pem"), certificate, key)


def _authority(stem: Path, common_name: str) -> Path:
    key = _key(Path(f"{stem}.key"), "p256")
    _openssl("req", "-x509", "-new", "-key", str(key), "-sha256", "-days", str(10 * _YEAR), "-subj", f"/CN={common_name}",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", f"{stem}.pem")  # fmt: skip
    return stem


def _key(path: Path, kind: str) -> Path:
    algorithm, option = _KEYS[kind]
    _openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", str(path))
    return path


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"openssl {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
