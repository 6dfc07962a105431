"""qemu/run itself, with a stand-in for the guest: a few instructions that print given text on the serial port and end QEMU."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu import namespace, options
from pynet_qemu.build import TOP
from pynet_qemu.machine import GUEST_SUCCESS

TRUE_LINES = """\
[SERIAL] virtio-net found at PCI 00:03.0
[SERIAL] MAC: 52:54:00:12:34:56
[SERIAL] DHCP: acquired 10.0.2.15/24 gw 10.0.2.2
[SERIAL] DNS: resolved example.org → 192.0.2.1
[SERIAL] TCP connect to 192.0.2.1:80: OK
[SERIAL] TLS handshake: OK
[SERIAL] HTTPS GET /: 200 OK (received 10 bytes)
suite: a_case: ok
[SERIAL] Socket test suite: PASS
"""

# Multiboot 1 with a checksum that makes the three words add up to zero; entered in 32-bit mode.
STAND_IN = """
    .section .text
    .align 4
    .long 0x1BADB002, 0, -0x1BADB002
    .globl _start
_start:
    mov $text, %esi
next:
    lodsb
    test %al, %al
    jz done
    mov $0x3F8, %dx
    out %al, %dx
    jmp next
done:
    mov $EXIT, %al
    mov $0xF4, %dx
    test $0xFF, %al
    jz hang
    out %al, %dx
hang:
    hlt
    jmp hang
text:
    .incbin "text"
    .byte 0
"""
HANG = 0

StandIn = Callable[..., subprocess.CompletedProcess[str]]


def make_stand_in(directory: Path, text: str, exit_value: int) -> Path:
    """An ELF that QEMU's loader boots; it prints `text` and writes `exit_value` to isa-debug-exit (HANG: never ends)."""
    (directory / "text").write_text(text, encoding="utf-8")
    (directory / "stand-in.S").write_text(STAND_IN.replace("EXIT", str(exit_value)), encoding="ascii")
    subprocess.run(
        ["gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0x100000,--build-id=none,-n", "-o", "stand-in.elf", "stand-in.S"],
        cwd=directory, check=True,
    )  # fmt: skip
    return directory / "stand-in.elf"


@pytest.fixture
def run_stand_in(artifacts: Path) -> StandIn:
    """`run_stand_in(text, exit_value, *options)` is how `qemu/run --net user` ended with a guest that prints `text`."""

    def run(text: str, exit_value: int = GUEST_SUCCESS >> 1, *options: str) -> subprocess.CompletedProcess[str]:
        image = make_stand_in(artifacts, text, exit_value)
        command = [str(TOP / "qemu/run"), "--image", str(image), "--net", "user", *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_eight_true_lines_end_well(run_stand_in: StandIn) -> None:
    done = run_stand_in(TRUE_LINES)
    assert (done.returncode, done.stdout) == (0, TRUE_LINES), done.stderr


@pytest.mark.parametrize(
    ("true", "false", "told"),
    [
        ("00:03.0", "00:04.0", "QEMU's query-pci says `virtio-net found at PCI 00:03.0`"),
        ("virtio-net", "e1000", "QEMU's query-pci says `virtio-net found at PCI 00:03.0`"),
        ("12:34:56", "12:34:57", "QEMU's network card says `MAC: 52:54:00:12:34:56`"),
        ("10.0.2.15/24", "10.0.2.15/25", "the DHCP server's lease says `DHCP: acquired 10.0.2.15/24 gw 10.0.2.2`"),
    ],
)
def test_a_false_value_is_named_with_the_true_one(run_stand_in: StandIn, true: str, false: str, told: str) -> None:
    done = run_stand_in(TRUE_LINES.replace(true, false))
    assert done.returncode == 1
    assert told in done.stderr


def test_the_other_cards_are_known(run_stand_in: StandIn) -> None:
    e1000 = TRUE_LINES.replace("virtio-net", "e1000")
    assert run_stand_in(e1000, GUEST_SUCCESS >> 1, "--nic", "e1000").returncode == 0
    assert run_stand_in(e1000, GUEST_SUCCESS >> 1, "--nic", "e1000-82545em").returncode == 0
    assert run_stand_in(TRUE_LINES, GUEST_SUCCESS >> 1, "--nic-options", "disable-legacy=on").returncode == 0


def test_a_missing_line_and_a_wrong_order_fail(run_stand_in: StandIn) -> None:
    lines = TRUE_LINES.splitlines(keepends=True)
    done = run_stand_in("".join(lines[:5] + lines[6:]))
    assert done.returncode == 1
    assert "line 6 of 8 did not come" in done.stderr
    done = run_stand_in("".join([*lines[:4], lines[5], lines[4], *lines[5:]]))
    assert done.returncode == 1
    assert "`[SERIAL] TLS handshake: OK` came before `[SERIAL] TCP connect to" in done.stderr


def test_the_guests_own_complaint_is_repeated(run_stand_in: StandIn) -> None:
    complaint = "[SERIAL] DHCP: no offer in 10 s (tried 4 times)"
    done = run_stand_in("".join(TRUE_LINES.splitlines(keepends=True)[:2]) + complaint + "\n", 0x11)
    assert done.returncode == 1
    assert "the guest ended with status 1" in done.stderr
    assert done.stderr.splitlines()[-1] == f"qemu/run: failed: {complaint}"


def test_eight_lines_and_a_bad_status_fail(run_stand_in: StandIn) -> None:
    done = run_stand_in(TRUE_LINES, 0x12)
    assert done.returncode == 1
    assert "the guest ended with status 2" in done.stderr


def test_a_silent_guest_runs_out_of_time(run_stand_in: StandIn) -> None:
    done = run_stand_in("hello\n", HANG, "--timeout", "2")
    assert done.returncode == 1
    assert "time is up" in done.stderr
    assert "line 1 of 8 did not come" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stay_keeps_the_guest_up_until_it_is_ended(artifacts: Path, how: signal.Signals) -> None:
    image = make_stand_in(artifacts, TRUE_LINES, HANG)
    # As an interactive shell would start it: tests may run where SIGINT is ignored.
    shell = ["env", "--default-signal=INT"]
    command = [*shell, str(TOP / "qemu/run"), "--image", str(image), "--net", "user", "--stay"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "stays up" not in (line := process.stderr.readline()):
            assert line, "qemu/run ended early"
        time.sleep(0.2)
        process.send_signal(how)
        assert process.wait(20) == 0
        assert process.stderr.read() == "qemu/run: ended\n"


def test_gdb_is_waited_for(artifacts: Path) -> None:
    image = make_stand_in(artifacts, TRUE_LINES, GUEST_SUCCESS >> 1)
    command = [str(TOP / "qemu/run"), "--image", str(image), "--net", "user", "--gdb"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "target remote" not in (line := process.stderr.readline()):
            assert line, "qemu/run ended early"
        target = line.partition("-ex '")[2].rstrip("'\n")
        # At the reset vector; the guest runs on when gdb lets go of it.
        gdb = [
            "gdb",
            "-nx",
            "-batch",
            "-ex",
            "set architecture i386:x86-64",
            "-ex",
            target,
            "-ex",
            "info registers rip",
            "-ex",
            "detach",
        ]
        done = subprocess.run(gdb, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        assert "0xfff0" in done.stdout, done.stdout + done.stderr
        assert process.wait(30) == 0, process.stderr.read()


def test_a_killed_run_leaves_nothing_behind(artifacts: Path) -> None:
    image = make_stand_in(artifacts, TRUE_LINES, HANG)
    command = [str(TOP / "qemu/run"), "--image", str(image), "--stay", "--timeout", "60"]
    # One that is killed cannot remove its files.
    environment = os.environ | {"TMPDIR": str(artifacts)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        while "PASS" not in process.stdout.readline():
            pass
        mine = [
            p
            for p in Path("/proc").glob("[0-9]*")
            if str(artifacts) in command_line(p) and "qemu-system" in command_line(p)
        ]
        process.kill()
        process.wait()
    deadline = time.monotonic() + 10.0
    while any(p.exists() for p in mine) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mine
    assert not any(p.exists() for p in mine)


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def test_a_lab_that_cannot_be_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(namespace, "TUN", tmp_path / "no-tun")
    with pytest.raises(namespace.LabError, match="so the lab has no cable: run as root, or with `--net user`"):
        namespace.Namespace()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--bogus", "unrecognized arguments: --bogus"),
        ("uefi", "unrecognized arguments: uefi"),
        ("--net foo", "--net is lab, user or tap=NAME, not 'foo'"),
        ("--net tap=", "--net is lab, user or tap=NAME, not 'tap='"),
        ("--net tap=nowhere", "--net: there is no network device nowhere"),
        ("--firmware efi", "invalid choice: 'efi'"),
        ("--timeout 0", "invalid time value: '0'"),
        ("--cpus none", "invalid number value: 'none'"),
        ("--image /nowhere.iso", "--image: there is no file /nowhere.iso"),
        ("--pcap /no/where.pcap", "--pcap: no directory /no that this user may write to"),
        ("--pcap /", "--pcap: / is a directory"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(words: str, told: str) -> None:
    command = [str(TOP / "qemu/run"), *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        options.parse(["--help"])
    told = capsys.readouterr().out
    names = "--stay --nic --firmware --net --append --pcap --gdb --kvm --timeout"
    assert all(f" {name}" in told for name in names.split())


def test_kvm_without_the_device_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(options, "KVM", tmp_path / "no-kvm")
    with pytest.raises(SystemExit, match="2"):
        options.parse(["--kvm"])
    assert f"no {tmp_path / 'no-kvm'} that this user may open; run without --kvm" in capsys.readouterr().err
