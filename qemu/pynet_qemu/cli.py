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
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from pynet_qemu import program
from pynet_qemu.build import BUILD_DIRECTORY, BuildError, build
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
from pynet_qemu.options import parse
from pynet_qemu.oracle import PREFIX, CardWitness, LabWitness, Oracle, UserNetworkWitness, Witness

#: Seconds that a guest may go on after it has said what failed, and that it has for powering off after its last line.
PATIENCE_AFTER_COMPLAINT = 3.0
PATIENCE_AFTER_LAST_LINE = 5.0
PATIENCE_FOR_LOGS = 5.0
#: Words of the guest's command line: power off after the eight lines; there is no peer for the suite at the gateway.
POWER_OFF = "poweroff"
NO_PEER = "peer=none"
#: A program from the host is run; its system calls are told.
PROGRAM, STRACE = "program", "strace"
DEFAULT_TIMEOUT = 180.0
#: How much of the console is shown when the guest failed to run a program.
CONSOLE_LINES = 20
KVM_HINT = "/dev/kvm does not work on every machine that has it: try without --kvm"


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if not options.image and not (BUILD_DIRECTORY / "pynet.iso").exists():
            say("building pynet.iso; the first time takes some minutes")
        image = options.image or build()
        with _directory() as directory:
            return _run_program(options, image, directory) if options.program else _boot(options, image, directory)
    except (BuildError, LabError, MachineError) as error:
        say(str(error))
        if options.kvm and isinstance(error, MachineError):
            say(KVM_HINT)
        return program.NOT_THE_PROGRAM if options.program else 1
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


def _lab(options: argparse.Namespace, directory: Path, stack: ExitStack) -> tuple[Lab | None, str]:
    """The lab, if it is asked for, and the back end of the network card."""
    if options.net == "lab":
        return stack.enter_context(Lab(LabConfig(), directory / "lab")), tap_netdev(TAP)
    return None, user_netdev() if options.net == "user" else tap_netdev(options.net.removeprefix("tap="))


def _config(options: argparse.Namespace, image: Path, lab: Lab | None, netdev: str, *words: str) -> MachineConfig:
    return MachineConfig(
        image=image,
        netdev=netdev,
        nic=options.nic,
        nic_options=options.nic_options,
        firmware=options.firmware,
        command_line=" ".join(word for word in (options.append, *words) if word),
        trust_anchor=lab.certificates.trust_anchor if lab else None,
        pcap=options.pcap.absolute() if options.pcap else None,
        cpus=options.cpus,
        kvm=options.kvm,
        gdb=options.gdb,
    )


def _boot(options: argparse.Namespace, image: Path, directory: Path) -> int:
    with ExitStack() as stack:
        lab, netdev = _lab(options, directory, stack)
        witnesses: list[Witness] = []
        if lab:
            witnesses.append(LabWitness(lab))
        elif options.net == "user":
            witnesses.append(UserNetworkWitness())
        config = _config(options, image, lab, netdev, "" if options.stay else POWER_OFF, NO_PEER if lab is None else "")
        prefix = lab.namespace.prefix if lab else TIED_TO_STARTER
        machine = stack.enter_context(Machine(config, directory / "machine", prefix, _shown(options, stack, _show)))
        oracle = Oracle([CardWitness(machine.card()), *witnesses])
        if options.stay and lab:
            say(f"another terminal reaches the guest by: {lab.namespace.entrance} ping {lab.config.address}")
        if options.gdb:
            say(f"waiting for: gdb build/pynet.elf -ex 'target remote {machine.directory / GDB_SOCKET}'")
        else:
            machine.resume()
        status = judge(machine, oracle, None if options.gdb else options.timeout or DEFAULT_TIMEOUT, options.stay)
        if options.kvm and not any(line.text.startswith(PREFIX) for line in machine.console.lines):
            say(KVM_HINT)
        return status


def _run_program(options: argparse.Namespace, image: Path, directory: Path) -> int:
    """The streams and the exit status are the program's; the console is told only when the guest failed."""
    file = Path(options.program[0])
    arguments = directory / "arguments"
    arguments.write_bytes(b"".join(os.fsencode(argument) + b"\0" for argument in options.program))
    with ExitStack() as stack:
        lab, netdev = _lab(options, directory, stack)
        config = _config(options, image, lab, netdev, PROGRAM, STRACE if options.strace else "")
        config = replace(config, second_port=True, files=(("program", file.absolute()), ("arguments", arguments)))
        prefix = lab.namespace.prefix if lab else TIED_TO_STARTER
        shown = _shown(options, stack, lambda text: None)
        machine = stack.enter_context(Machine(config, directory / "machine", prefix, shown))
        line = program.Line(machine.port, 0, 1, 2)
        if not options.gdb:
            machine.resume()
        try:
            return program.run(machine, line, options.timeout, say)
        except program.ProgramError as error:
            say(f"{error}; the console's last lines:")
            for text in machine.console.text().splitlines()[-CONSOLE_LINES:]:
                print(f"    {text}", file=sys.stderr)
            return program.NOT_THE_PROGRAM


def _shown(options: argparse.Namespace, stack: ExitStack, show: Callable[[str], None]) -> Callable[[str], None]:
    """What is done with a line of the console: written to the file of --console if there is one, and shown."""
    if not options.console:
        return show
    file = stack.enter_context(options.console.open("w", encoding="utf-8"))

    def write_and_show(text: str) -> None:
        print(text, file=file, flush=True)
        show(text)

    return write_and_show


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
            return [] if given_up < deadline else ["time is up; `--timeout S` gives more"]
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
