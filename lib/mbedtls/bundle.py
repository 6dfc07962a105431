"""Write a file of trusted certificates in DER, one behind the other, and assembler source that puts it into the image.

usage: bundle.py OUTPUT.S OUTPUT.DER BUNDLE.PEM
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

SOURCE = """\
    .section .rodata.ca_bundle, "a"
    .globl ca_bundle_start, ca_bundle_end
ca_bundle_start:
    .incbin "{path}"
ca_bundle_end:
    .section .note.GNU-stack, "", @progbits
"""
END = "-----END CERTIFICATE-----\n"


def certificates(pem: str) -> list[bytes]:
    """Each certificate of a PEM file, in DER. ValueError for a file without one."""
    texts = [text + END for text in pem.split(END)[:-1]]
    if not texts:
        raise ValueError("no certificate in it")
    return [ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN") :]) for text in texts]


if __name__ == "__main__":
    source, der, bundle = (Path(name).resolve() for name in sys.argv[1:])
    try:
        der.write_bytes(b"".join(certificates(bundle.read_text(encoding="ascii"))))
    except ValueError as error:
        sys.exit(f"{bundle}: {error}")
    source.write_text(SOURCE.format(path=der))
