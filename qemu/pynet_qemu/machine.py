"""The virtual machine: a PC with one network card at PCI slot 3, a serial console, and a way to end QEMU with a status."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pynet_qemu.console import Console
from pynet_qemu.namespace import TIED_TO_STARTER, end_process
from pynet_qemu.qmp import Control, QMPError

NIC_SLOT = 3
NIC_ID = "nic0"
NETDEV_ID = "net0"
#: The guest's `power_off(status)` writes 0x10 + status to isa-debug-exit, which ends QEMU with twice that plus one.
GUEST_SUCCESS = 33
GUEST_PANIC = 127
#: Names the options of qemu/run give to QEMU's device models; any other model is named as QEMU does.
NIC_MODELS = {"virtio": "virtio-net-pci", "e1000": "e1000"}
UEFI_FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
UEFI_VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")

#: Which driver of ours is for which card: PCI vendor and device.
DRIVERS = {
    (0x1AF4, 0x1000): "virtio-net",
    (0x1AF4, 0x1041): "virtio-net",
    (0x8086, 0x100E): "e1000",
    (0x8086, 0x100F): "e1000",
}
PCI_CLASS_ETHERNET = 0x0200


@dataclass(frozen=True)
class MachineConfig:
    """What is built into the machine. `netdev` is QEMU's back end for the network card, without its id."""

    image: Path
    netdev: str
    mac: str = "52:54:00:12:34:56"
    nic: str = "virtio"
    nic_options: str = ""
    firmware: str = "bios"
    command_line: str = ""
    trust_anchor: Path | None = None
    pcap: Path | None = None
    cpus: int = 1
    memory_mib: int = 256
    #: The guest's clock at power-on, UTC, as "2040-01-01T00:00:00"; empty: now.
    clock: str = ""
    kvm: bool = False
    gdb: bool = False
    #: QEMU has the device by which the guest ends it with a status; without it the guest switches the machine off by ACPI.
    debug_exit: bool = True
    #: Files of fw_cfg besides the command line and the trust anchor: opt/pynet/NAME and where the file lies.
    files: tuple[tuple[str, Path], ...] = ()
    #: A second serial port, whose other end is Machine.port.
    second_port: bool = False
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """What QEMU itself says of the guest's network card."""

    driver: str
    location: str
    mac: str


class MachineError(Exception):
    """QEMU did not start; the text is one line for the user."""


class Machine:
    """A running QEMU; use it as a context manager. It starts paused: `resume` sets it going.

    `directory` takes sockets and logs; its path must be short enough for a socket (107 bytes with the name). `prefix` is put
    before QEMU's command line, as Namespace.prefix is; `on_line` is called for every console line.
    """

    def __init__(
        self,
        config: MachineConfig,
        directory: Path,
        prefix: Sequence[str] = TIED_TO_STARTER,
        on_line: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.config, self.directory = config, directory
        directory.mkdir(parents=True, exist_ok=True)
        self._errors = directory / "qemu.err"
        self._log = (directory / "console.log").open("w", encoding="utf-8")
        ours, theirs = socket.socketpair()
        self.port, guests_port = socket.socketpair()
        with self._errors.open("wb") as errors, theirs, guests_port:
            descriptors = theirs.fileno(), guests_port.fileno()
            # A session of its own: Ctrl-C is for the one who started us, who then ends QEMU in order.
            self.process = subprocess.Popen(
                [*prefix, *qemu_command(config, directory, *descriptors)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=descriptors if config.second_port else descriptors[:1],
                start_new_session=True,
            )
        assert self.process.stdout is not None
        self._on_line = on_line
        self.console = Console(self.process.stdout, self._hear)
        try:
            self.qmp = Control(ours)
        except QMPError as error:
            self.close()
            reason = self._errors.read_text(errors="replace").strip().splitlines() or [str(error)]
            raise MachineError(f"QEMU did not start: {reason[-1]}") from error

    def _hear(self, text: str) -> None:
        self._log.write(text + "\n")
        self._log.flush()
        self._on_line(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def resume(self) -> None:
        """Let the guest run."""
        self.qmp.execute("cont")

    def card(self) -> Card | None:
        """The guest's network card as QEMU sees it, or None when there is none."""
        for bus in self.qmp.execute("query-pci"):
            for device in bus["devices"]:
                if device["class_info"]["class"] == PCI_CLASS_ETHERNET:
                    identity = (device["id"]["vendor"], device["id"]["device"])
                    location = f"{bus['bus']:02x}:{device['slot']:02x}.{device['function']}"
                    mac = self.qmp.execute("qom-get", path=f"/machine/peripheral/{NIC_ID}", property="mac")
                    return Card(DRIVERS.get(identity, f"{identity[0]:04x}:{identity[1]:04x}"), location, mac)
        return None

    def plug(self, connected: bool) -> None:
        """Put the network cable in, or pull it out."""
        self.qmp.execute("set_link", name=NIC_ID, up=connected)

    def monitor(self, command: str) -> str:
        """The answer of QEMU's human monitor, such as `info registers`."""
        answer: str = self.qmp.execute("human-monitor-command", command_line=command)
        return answer

    def cpu_seconds(self) -> float:
        """Processor time that QEMU has used, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def wait(self, timeout: float) -> int | None:
        """QEMU's exit status once the guest has ended it, or None after `timeout` seconds; GUEST_SUCCESS is the good one."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.console.join(2.0)
        return status

    def close(self) -> None:
        """End QEMU, whatever the guest is doing."""
        if self.process.poll() is None:
            end_process(self.process)
        self.console.join(2.0)
        if hasattr(self, "qmp"):
            self.qmp.close()
        self.port.close()
        self._log.close()


GDB_SOCKET = "gdb.sock"


def qemu_command(config: MachineConfig, directory: Path, control: int, port: int) -> list[str]:
    """QEMU's command line: gdb's socket and the fw_cfg files lie in `directory`, QMP goes over the descriptor `control`, a second serial port over `port`."""
    accelerator = ["-accel", "kvm", "-cpu", "host"] if config.kvm else ["-accel", "tcg", "-cpu", "max"]
    command = [
        "qemu-system-x86_64", "-machine", "pc", *accelerator, "-m", str(config.memory_mib), "-smp", str(config.cpus),
        "-nodefaults", "-display", "none", "-no-reboot", "-S",
        "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
        "-chardev", f"socket,id=control,fd={control}", "-mon", "chardev=control,mode=control",
        *(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"] if config.debug_exit else []),
        "-rtc", f"base={config.clock or 'utc'}",
        *_boot(config), *_firmware_files(config, directory), *_network(config),
    ]  # fmt: skip
    if config.second_port:
        command += ["-chardev", f"socket,id=port,fd={port}", "-serial", "chardev:port"]
    if config.gdb:
        command += ["-gdb", f"unix:{directory / GDB_SOCKET},server=on,wait=off"]
    return [*command, *config.extra]


def _boot(config: MachineConfig) -> list[str]:
    medium = ["-kernel", str(config.image)] if config.image.suffix == ".elf" else ["-cdrom", str(config.image)]
    if config.firmware == "bios":
        return medium
    return [
        "-drive", f"if=pflash,format=raw,readonly=on,file={UEFI_FIRMWARE}",
        "-drive", f"if=pflash,format=raw,snapshot=on,file={UEFI_VARIABLES}", *medium,
    ]  # fmt: skip


def _firmware_files(config: MachineConfig, directory: Path) -> list[str]:
    # As files and not as strings: a comma in a string would end it.
    command_line = directory / "cmdline"
    command_line.write_text(config.command_line, encoding="utf-8")
    arguments = ["-fw_cfg", f"name=opt/pynet/cmdline,file={command_line}"]
    if config.trust_anchor is not None:
        arguments += ["-fw_cfg", f"name=opt/pynet/trust-anchor,file={config.trust_anchor}"]
    for name, path in config.files:
        # QEMU's way to write a comma.
        arguments += ["-fw_cfg", f"name=opt/pynet/{name},file={str(path).replace(',', ',,')}"]
    return arguments


def _network(config: MachineConfig) -> list[str]:
    if config.nic == "none":
        return []
    model = NIC_MODELS.get(config.nic, config.nic)
    # No boot ROM on the card: the firmware must not send frames of its own.
    options = f"{model},id={NIC_ID},netdev={NETDEV_ID},mac={config.mac},addr={NIC_SLOT:#x},romfile="
    device = f"{options},{config.nic_options}" if config.nic_options else options
    netdev = f"{config.netdev},id={NETDEV_ID}"
    if config.pcap is not None and netdev.startswith("tap,"):
        # This QEMU would write its header of offload hints before each frame.
        netdev += ",vnet_hdr=off"
    arguments = ["-netdev", netdev, "-device", device]
    if config.pcap is not None:
        arguments += ["-object", f"filter-dump,id=pcap,netdev={NETDEV_ID},file={config.pcap}"]
    return arguments


def tap_netdev(name: str) -> str:
    """The back end that is the tap device `name`."""
    return f"tap,ifname={name},script=no,downscript=no"


def user_netdev() -> str:
    """QEMU's user-mode network: the host's own network, reached without root."""
    return "user"


def dgram_netdev(ours: Path, theirs: Path) -> str:
    """The back end that sends each frame as a datagram from the socket `ours` (QEMU's) to `theirs` (relay.py's)."""
    return f"dgram,local.type=unix,local.path={ours},remote.type=unix,remote.path={theirs}"
