"""The options of qemu/run. Standard library only: they are read before anything is installed, so that a wrong one is told at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

DESCRIPTION = """\
Install what is missing, build pynet.iso, boot it in QEMU inside the network lab, show its serial console, and check the eight
lines it prints against what is learned without the guest: QEMU's view of the card, dnsmasq's lease and query log, nginx's access
log. Exits 0 only if all eight came, in order, and are true.

With --program it runs a static Linux executable of this machine in the guest instead: standard input, output and error output
and the exit status are the program's own (125: the guest did not run it; 128 + n: it was ended by signal n)."""

EPILOGUE = """\
words for --append:
  host=NAME path=/PATH    the page that is fetched (default: example.com and /)
  services                serve echo, discard and chargen (ports 7, 9, 19) over TCP and UDP; use it with --stay
  suite=off, peer=none    leave out the socket test suite, or only its cases that need the lab's peer
  patience=S              how long a case of the suite waits
  counters=S              print every S seconds what was dropped, and why
  reflect                 send every frame back as it is, and nothing else
  poweroff                give the lease back and switch the machine off when all is done

The lab is a network namespace of its own: dnsmasq leases 10.0.2.15/24 and answers example.com, nginx serves a page over TLS with
a certificate by an authority made afresh for the run. It needs root, or unprivileged user namespaces, and /dev/net/tun.
Command line and trust anchor reach the guest through fw_cfg (opt/pynet/cmdline, opt/pynet/trust-anchor), however it is booted."""

KVM = Path("/dev/kvm")
NETWORK_DEVICES = Path("/sys/class/net")


class _Parser(argparse.ArgumentParser):
    """What is wrong is told in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (`{self.prog} --help` tells the options)\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; ends the program on a wrong one."""
    parser = _Parser(
        prog="qemu/run",
        usage="%(prog)s [options] [--program FILE [argument ...]]",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    option("--append", default="", metavar='"WORDS"', help="the guest's command line, see below")
    option("--pcap", type=Path, metavar="FILE", help="write every frame to FILE, for tcpdump or wireshark")
    option(
        "--timeout", type=_seconds, metavar="S",
        help="give up after S seconds (default: 180; with --program that is for its start, and then it may run)",
    )  # fmt: skip
    option("--kvm", action="store_true", help="use KVM; never chosen by itself, some machines hang under it")
    option("--cpus", type=_count, default=1, metavar="N", help="processors in the machine (the guest uses one)")
    option(
        "--nic-options", default="", metavar="NAME=VALUE,...", help="properties of the card, such as disable-legacy=on"
    )
    option("--gdb", action="store_true", help="wait for gdb before the first instruction")
    option("--image", type=Path, metavar="FILE", help="boot this ISO, or ELF by QEMU's own loader, and build nothing")
    option("--console", type=Path, metavar="FILE", help="write the guest's console to FILE; --program does not show it")
    option("--strace", action="store_true", help="with --program: its system calls, on the standard error output")
    option(
        "--program", nargs=argparse.REMAINDER, metavar="FILE [argument ...]",
        help="run this executable in the guest; all that follows is the program's, so it comes last",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if problem := _problem(options):
        parser.error(problem)
    return options


def _seconds(text: str) -> float:
    if (seconds := float(text)) > 0:
        return seconds
    raise ValueError


def _count(text: str) -> int:
    if (count := int(text)) > 0:
        return count
    raise ValueError


# What argparse calls a value that is none.
_seconds.__name__, _count.__name__ = "time", "number"


def _problem(options: argparse.Namespace) -> str:
    """What this machine cannot do of what is asked for, as far as it can be known before anything is installed."""
    net: str = options.net
    if net not in ("lab", "user") and not (net.startswith("tap=") and net != "tap="):
        return f"--net is lab, user or tap=NAME, not {net!r}"
    if net.startswith("tap=") and not (NETWORK_DEVICES / net.removeprefix("tap=")).exists():
        return f"--net: there is no network device {net.removeprefix('tap=')}"
    if options.kvm and not os.access(KVM, os.R_OK | os.W_OK):
        return f"--kvm: no {KVM} that this user may open; run without --kvm"
    if options.image and not options.image.is_file():
        return f"--image: there is no file {options.image}"
    if problem := _problem_of_program(options):
        return problem
    if options.pcap and options.pcap.is_dir():
        return f"--pcap: {options.pcap} is a directory"
    if options.pcap and options.pcap.exists() and not os.access(options.pcap, os.W_OK):
        return f"--pcap: {options.pcap} is there and this user may not write it"
    if options.pcap and not os.access(options.pcap.absolute().parent, os.W_OK):
        return f"--pcap: no directory {options.pcap.absolute().parent} that this user may write to"
    return ""


def _problem_of_program(options: argparse.Namespace) -> str:
    if options.program == []:
        return "--program: the name of a file has to follow"
    if options.program and not os.access(options.program[0], os.R_OK):
        return f"--program: there is no file {options.program[0]} that this user may read"
    if options.strace and not options.program:
        return "--strace goes with --program"
    return ""


if __name__ == "__main__":
    parse(sys.argv[1:])
