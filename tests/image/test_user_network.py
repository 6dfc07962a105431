"""QEMU's user-mode network: the same lines with other values. The internet behind it is the lab, so that it is there to be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pynet_qemu.lab import Lab
from pynet_qemu.machine import Machine, MachineConfig, user_netdev
from pynet_qemu.oracle import PREFIX

PATIENCE = 60.0


def test_the_way_to_a_page_through_qemus_own_network(start_lab: Callable[..., Lab], artifacts: Path, elf: Path) -> None:
    lab = start_lab(name_address="198.51.100.7", page_size=4321)
    resolver = artifacts / "resolv.conf"
    resolver.write_text(f"nameserver {lab.config.gateway}\n", encoding="ascii")
    # QEMU answers the guest's DNS with its host's, which it reads from /etc/resolv.conf.
    script = f'mount --bind {resolver} "$(readlink -f /etc/resolv.conf)" && exec "$@"'
    prefix = [*lab.namespace.prefix, "unshare", "--mount", "sh", "-c", script, "sh"]
    config = MachineConfig(
        image=elf, netdev=user_netdev(), trust_anchor=lab.certificates.trust_anchor, command_line="peer=none"
    )
    with Machine(config, artifacts / "machine", prefix) as machine:
        machine.resume()
        for line in (
            "virtio-net found at PCI 00:03.0",
            "MAC: 52:54:00:12:34:56",
            "DHCP: acquired 10.0.2.15/24 gw 10.0.2.2",
            "DNS: resolved example.com → 198.51.100.7",
            "TCP connect to 198.51.100.7:80: OK",
            "TLS handshake: OK",
            "HTTPS GET /: 200 OK (received 4321 bytes)",
        ):
            machine.console.expect(PREFIX + line, PATIENCE)
