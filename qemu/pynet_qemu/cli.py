"""The command line of qemu/run."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from pynet_qemu.build import BuildError, build
from pynet_qemu.lab import TAP, Lab, LabConfig
from pynet_qemu.machine import (
    GDB_SOCKET,
    GUEST_PANIC,
    GUEST_SUCCESS,
    Machine,
    MachineConfig,
    MachineError,
    tap_netdev,
    user_netdev,
)
from pynet_qemu.namespace import TIED_TO_STARTER, LabError
from pynet_qemu.oracle import CardWitness, LabWitness, Oracle, UserNetworkWitness, Witness

DESCRIPTION = """\
Build pynet.iso with Meson, boot it in QEMU inside the network lab, show its serial console, and check the eight lines it prints
against what is learned without the guest: QEMU's view of the card, dnsmasq's lease and query log, nginx's access log.
Exits 0 only if all eight came, in order, and are true."""

EPILOGUE = """\
The lab is a network namespace of its own: dnsmasq leases 10.0.2.15/24 and answers example.com, nginx serves a page over TLS with
a certificate by an authority made afresh for the run. It needs root, or unprivileged user namespaces, and /dev/net/tun.
Command line and trust anchor reach the guest through fw_cfg (opt/pynet/cmdline, opt/pynet/trust-anchor), however it is booted."""

#: Seconds that a guest may go on after it has said what failed, and that it has for powering off after its last line.
PATIENCE_AFTER_COMPLAINT = 3.0
PATIENCE_AFTER_LAST_LINE = 5.0
PATIENCE_FOR_LOGS = 5.0
#: Words of the guest's command line: power off after the eight lines; there is no peer for the suite at the gateway.
POWER_OFF = "poweroff"
NO_PEER = "peer=none"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; ends the program on a wrong one."""
    parser = argparse.ArgumentParser(
        prog="qemu/run", description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option = parser.add_argument
    option("--stay", action="store_true", help="keep the guest up after the eight lines; Ctrl-C ends it")
    option("--nic", default="virtio", metavar="virtio|e1000", help="the network card (or any of QEMU's models)")
    option("--firmware", default="bios", choices=("bios", "uefi"), help="what boots the ISO (default: bios)")
    option(
        "--net", default="lab", metavar="lab|user|tap=NAME",
        help="lab: the network lab (default); user: QEMU's user-mode network, which needs no root and reaches the real internet"
        " where there is one; tap=NAME: a tap device that you have set up. Outside the lab only the card's values are checked",
    )  # fmt: skip
    option("--append", default="", metavar='"WORDS"', help="the guest's command line")
    option("--pcap", type=Path, metavar="FILE", help="write every frame to FILE, for tcpdump or wireshark")
    option("--gdb", action="store_true", help="wait for gdb before the first instruction")
    option("--kvm", action="store_true", help="use KVM; never chosen by itself, some machines hang under it")
    option("--timeout", type=float, default=180.0, metavar="S", help="give up after S seconds (default: 180)")
    option(
        "--nic-options", default="", metavar="NAME=VALUE,...", help="properties of the card, such as disable-legacy=on"
    )
    option("--cpus", type=int, default=1, metavar="N", help="processors in the machine (the guest uses one)")
    option("--image", type=Path, metavar="FILE", help="boot this ISO, or ELF by QEMU's own loader, and build nothing")
    options = parser.parse_args(arguments)
    if options.net not in ("lab", "user") and not options.net.startswith("tap="):
        parser.error(f"--net is lab, user or tap=NAME, not {options.net}")
    return options


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        image = options.image or build()
        with _directory() as directory:
            return _boot(options, image, directory)
    except (BuildError, LabError, MachineError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """One line of ours, told from the guest's by its beginning."""
    print(f"qemu/run: {text}", file=sys.stderr, flush=True)


@contextmanager
def _directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="pynet-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _boot(options: argparse.Namespace, image: Path, directory: Path) -> int:
    with ExitStack() as stack:
        witnesses: list[Witness] = []
        lab: Lab | None = None
        netdev = user_netdev()
        if options.net == "lab":
            lab = stack.enter_context(Lab(LabConfig(), directory / "lab"))
            witnesses.append(LabWitness(lab))
            netdev = tap_netdev(TAP)
        elif options.net == "user":
            witnesses.append(UserNetworkWitness())
        else:
            netdev = tap_netdev(options.net.removeprefix("tap="))
        words = [options.append, "" if options.stay else POWER_OFF, NO_PEER if lab is None else ""]
        config = MachineConfig(
            image=image,
            netdev=netdev,
            nic=options.nic,
            nic_options=options.nic_options,
            firmware=options.firmware,
            command_line=" ".join(word for word in words if word),
            trust_anchor=lab.certificates.trust_anchor if lab else None,
            pcap=options.pcap.absolute() if options.pcap else None,
            cpus=options.cpus,
            kvm=options.kvm,
            gdb=options.gdb,
        )
        prefix = lab.namespace.prefix if lab else TIED_TO_STARTER
        machine = stack.enter_context(Machine(config, directory / "machine", prefix, _show))
        oracle = Oracle([CardWitness(machine.card()), *witnesses])
        if options.gdb:
            say(f"waiting for: gdb build/pynet.elf -ex 'target remote {machine.directory / GDB_SOCKET}'")
        else:
            machine.resume()
        return judge(machine, oracle, None if options.gdb else options.timeout, options.stay)


def _show(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Who reads us has had enough (`| head`); the run goes on to its verdict.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def judge(
    machine: Machine, oracle: Oracle, timeout: float | None, stay: bool, tell: Callable[[str], None] = say
) -> int:
    """Listen to the guest until all is said, and return the exit status: 0 only if the oracle is content.

    `timeout` is in seconds, None for no limit; with `stay` a good guest is left running until Ctrl-C.
    """
    started = time.monotonic()
    problems = _listen(machine, oracle, started + timeout if timeout is not None else float("inf"))
    _wait_for(oracle.settled, PATIENCE_FOR_LOGS if oracle.complete else 0.0)
    problems += oracle.verdict()
    if not problems and not stay and (status := machine.wait(PATIENCE_AFTER_LAST_LINE)) not in (None, GUEST_SUCCESS):
        problems.append(f"after its last line the guest ended with {_status(status)}")
    for problem in problems:
        tell(problem)
    if problems:
        if oracle.complaint:
            tell(f"failed: {oracle.complaint}")
        return 1
    tell(f"all eight lines came and are true ({time.monotonic() - started:.1f} s)")
    if stay:
        tell("the guest stays up; Ctrl-C ends it")
        try:
            machine.process.wait()
        except KeyboardInterrupt:
            tell("ended")
    return 0


def _listen(machine: Machine, oracle: Oracle, deadline: float) -> list[str]:
    """Hear the console until the eight lines are complete, or the guest ends, or time is up; what went wrong, if anything."""
    given_up = float("inf")
    while not oracle.complete:
        now = time.monotonic()
        line = machine.console.next_line(min(deadline, given_up) - now)
        if line is not None:
            complaint = oracle.complaint
            if oracle.hear(line):
                given_up = float("inf")
            elif oracle.complaint != complaint:
                given_up = min(given_up, now + PATIENCE_AFTER_COMPLAINT)
        elif machine.console.ended:
            status = machine.wait(5.0)
            return [f"the guest ended with {_status(status)}"] if status != GUEST_SUCCESS else []
        elif time.monotonic() >= min(deadline, given_up):
            return [] if given_up < deadline else ["time is up"]
    return []


def _wait_for(condition: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)


def _status(status: int | None) -> str:
    """QEMU's exit status, in the guest's terms."""
    if status == GUEST_PANIC:
        return "a panic"
    if status is None or status < 0 or not status & 1:
        return f"a reset, or QEMU with status {status}"
    return f"status {status - GUEST_SUCCESS >> 1}"
