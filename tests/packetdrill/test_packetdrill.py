"""The scripts of this directory, each a clause of an RFC; and the runner itself: what is wrong is said, at its line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.packetdrill.__main__ import profile_of, run_text
from tests.packetdrill.packets import Live, describe, option_octets, read_options
from tests.packetdrill.parser import chosen, parse
from tests.packetdrill.runner import Flow, Runner
from tests.packetdrill.script import Binary, Call, Code, Command, Ellipsis, Option, Packet, Quote, Struct
from tests.packetdrill.settings import PROFILES, UnknownCommand, linux, run_command
from tests.packetdrill.skips import FEATURES, reason_to_skip

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted((HERE / "scripts").glob("*.pkt"))

PASSIVE = """0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
"""
# The line of what a test adds to PASSIVE.
NEXT = 9


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path: Path) -> None:
    """It comes true, on the profile that its name may end with."""
    assert run_text(path.read_text(), profile_of(path, "linux")) == ("passed", 0, "")


def test_ifdef_keeps_lines_for_one_system() -> None:
    """The FreeBSD dialect: #ifdef, #ifndef and #else choose by the system under test, nested too; lines keep their numbers."""
    text = """#ifdef FreeBSD
bsd
#ifndef STANDARD // of no use here
both
#endif
#else
#ifdef Linux
linux
#else
pynet
#endif
#endif
all
"""
    found = {profile: [(i + 1, line) for i, line in enumerate(chosen(text, profile).split("\n")) if line] for profile in PROFILES}
    assert found == {"linux": [(8, "linux"), (13, "all")], "bsd": [(2, "bsd"), (4, "both"), (13, "all")], "pynet": [(10, "pynet"), (13, "all")]}
    assert run_text("#ifdef Linux\n0 socket(..., SOCK_STREAM, 0) = 3\n", "linux") == ("failed", 3, "#ifdef without #endif")
    assert run_text("#else\n", "linux")[0] == "failed"


def test_every_script_is_named_after_a_clause_and_says_so() -> None:
    """rfcN-section-what.pkt, and its first line cites the same."""
    for path in SCRIPTS:
        _, number, section = path.stem.replace("rfc", "-", 1).split("-")[:3]
        first = path.read_text().partition("\n")[0]
        assert f"RFC {number} §{section}" in first, path.name


# What does not come true is reported, at its line.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("+0 write(4, ..., 100) = 100\n+0 > P. 1:102(101) ack 1", "size: expected 101, got 100"),
        ("+0 write(4, ..., 100) = 100\n+0 > . 1:101(100) ack 1", "flags: expected ., got P."),
        ("+0 write(4, ..., 100) = 100\n+0 > P. 2:102(100) ack 1", "sequence number: expected 2, got 1"),
        ("+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 2", "acknowledgment number: expected 2, got 1"),
        ("+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 win 5", "window: expected 5, got 65535"),
        ("+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 urg 5", "urgent pointer: expected 5, got 0"),
        ("+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 <nop,nop,TS val 1 ecr 2>", "options: expected <nop,nop,TS val 1 ecr 2>, got none"),
        ("+0 write(4, ..., 100) = 100\n+0 > [ce] P. 1:101(100) ack 1", "ECN: expected ce, got noecn"),
        ("+0 write(4, ..., 100) = 100\n+0 > [ttl 3] P. 1:101(100) ack 1", "TTL: expected 3, got 64"),
        ("+0 write(4, ..., 100) = 100\n+0 > [tos 0x8] P. 1:101(100) ack 1", "TOS: expected 0x8, got 0x0"),
        ("+0 write(4, ..., 100) = 100\n+0 > udp (100)", "protocol: expected udp, got tcp"),
        ("+0 write(4, ..., 100) = 100\n+.1 > P. 1:101(100) ack 1", "packet at 0.100000, expected at 0.200000"),
        ("+0 write(4, ..., 100) = 100\n+.1~+.2 > P. 1:101(100) ack 1", "packet at 0.100000, expected at 0.200000 to 0.300000"),
        ("+0 getsockopt(4, SOL_SOCKET, SO_TYPE, ..., [4]) = 0\n+0 > . 1:1(0) ack 1", "no packet by 5.100000"),
        ("+0 getsockopt(4, SOL_SOCKET, SO_TYPE, ..., [4]) = 0\n+0 read(4, ..., 10) = 0", "read() blocks, and the script does not say so"),
        ("+0 getsockopt(4, SOL_SOCKET, SO_TYPE, ..., [4]) = 0\n+0...0.5 read(4, ..., 10) = 0", "read() still blocks at"),
        ("+0 close(4) = 0\n+0 close(4) = 0", "close() returned -1 EBADF, expected 0"),
        ("+0 close(4) = 0\n+0 close(4) = -1 EINVAL (Invalid argument)", "close() returned -1 EBADF, expected -1 EINVAL"),
        ("+0 close(4) = 0\n+0 close(4) = -1 EBOGUS (No such error)", "errno EBOGUS is not known here"),
        ("+0 close(4) = 0\n+0 close(3) = -1 EBADF (Bad file descriptor)", "close() returned 0, expected -1 EBADF"),
        ("+0 write(4, ..., 5) = 5\n+0 write(4, ..., 5) = 6", "write() returned 5, expected 6"),
        ("+0 write(4, ..., 5) = 5\n+0 getsockopt(4, SOL_SOCKET, SO_TYPE, [7], [4]) = 0", "getsockopt(): the option's value is 1"),
        ("+0 write(4, ..., 5) = 5\n+0 setsockopt(4, SOL_SOCKET, SO_BOGUS, [1], 4) = 0", "setsockopt(): SO_BOGUS is not known here"),
        ("+0 write(4, ..., 5) = 5\n+0 write(4, ...) = 5", "write() takes other arguments"),
        ("+0 write(4, ..., 5) = 5\n+0 fly(4) = 5", "there is no fly() here"),
        ("+0 write(4, ..., 5) = 5\n+0 %{ assert tcpi_unacked == 2, tcpi_unacked }%", "assertion failed: 1"),
        ("+0 write(4, ..., 5) = 5\n+0 %{ assert tcpi_bogus }%", "code: NameError"),
        ("+0 write(4, ..., 5) = 5\n+0 `sysctl vm.bogus=1`", "sysctl vm.bogus is neither known nor"),
        ("+0 write(4, ..., 5) = 5\n+0 `sockstat -4 -s | grep -c ESTABLISHED | grep 2`", "1 connections are in ESTABLISHED, expected 2"),
        ("+0 write(4, ..., 5) = 5\n+0 `reboot`", "command 'reboot' is neither known nor"),
        ("+0 write(4, ..., 5) = 5\n+0 < . 1:1(0) ack 6 win 9 <nop,nop,TS val 1 ecr 1>", "TS ecr 1 echoes no timestamp"),
    ],
)  # fmt: skip
def test_a_wrong_expectation_is_reported_at_its_line(text: str, problem: str) -> None:
    outcome, line, what = run_text(PASSIVE + text, "linux")
    assert (outcome, line) == ("failed", NEXT + 1)
    assert problem in what


def test_a_mismatch_shows_both_packets() -> None:
    """Expected and actual in the script's language."""
    _, _, what = run_text(PASSIVE + "+0 write(4, ..., 1500) = 1500\n+0 > . 1:1001(1000) ack 1\n+0 > . 1001:1501(500) ack 1", "linux")
    assert "expected: > . 1001:1501(500) ack 1\n" in what
    assert "actual:   0.100000 > P. 1001:1501(500) ack 1 win 65535" in what


def test_what_a_segment_carries_is_what_was_written() -> None:
    """The runner's own octets tell their place: a stack that sent others would be seen."""
    runner = Runner(parse(PASSIVE))
    runner.run()
    flow = runner.flow
    assert isinstance(flow, Flow)
    flow.written += b"abc"
    live = Live(0, "tcp", 0, 0, 0, 64, seq=1, data=b"abd")
    assert runner.check_payload(flow, live) == "the payload is not what was written"
    assert runner.check_read(flow.fd, b"x", False) != ""


# What cannot be parsed has failed, at its line.


@pytest.mark.parametrize(
    "line",
    [
        "+0 < S 0:0(0) win 1 <mss>",
        "+0 < S 0:0(1) win 1",
        "+0 < S 0:0(0)",
        "+0 < X 0:0(0) win 1",
        "+0 < S 0:0(0) win 99999",
        "+0 < . 1:1(0) ack 1 win 1 <...>",
        "+0 < . 1:1(0) ack 1 win 1 <sack>",
        "+0 < [ect01] . 1:1(0) ack 1 win 1",
        "+0 < [frob] . 1:1(0) ack 1 win 1",
        "+0 < . ...(0) ack 1 win 1",
        "+0~+1 < . 1:1(0) ack 1 win 1",
        "* < . 1:1(0) ack 1 win 1",
        "+1~+0 > . 1:1(0) ack 1",
        "-1 close(3) = 0",
        "+0 close(3)",
        "+0 close(3 = 0",
        "+0 close(3) = 0 EBADF (Bad",
        "+0 poll([{fd=3, events}], 1, 0) = 0",
        "+0 write(3, \"abc, 3) = 3",
        "+0 %{ assert True",
        "+0 /* no end",
        "+0 `true",
        "close(3) = 0",
        "+0",
        "--tolerance_usecs=75000",
        "+0 icmp",
    ],
)
def test_what_cannot_be_parsed_has_failed(line: str) -> None:
    outcome, at, _ = run_text("// nothing\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" + line, "linux")
    assert (outcome, at) == ("failed", 3)


def test_an_empty_script_has_failed() -> None:
    assert run_text("// nothing\n", "linux")[0] == "failed"


@pytest.mark.parametrize("option", ["--bogus=1", "--tolerance_usecs=soon"])
def test_an_option_that_packetdrill_has_not_has_failed(option: str) -> None:
    assert run_text(f"{option}\n{PASSIVE}", "linux")[:2] == ("failed", 1)


# The grammar.


def only(text: str) -> object:
    """The action of a script of one event."""
    return parse(text).events[0].action


def test_times() -> None:
    """Absolute, relative, ranges, any time; a blocking call's end."""
    events = parse(
        "0.5 > . 1:1(0)\n1 > . 1:1(0)\n+.25 > . 1:1(0)\n* > . 1:1(0)\n1~2.5 > . 1:1(0)\n+1~+2 > . 1:1(0)\n+0...0.2 read(3, ..., 1) = 1\n`true`"
    ).events
    assert [(event.relative, event.start, event.end) for event in events] == [
        (False, 500_000, None), (False, 1_000_000, None), (True, 250_000, None), (True, None, None), (False, 1_000_000, 2_500_000),
        (True, 1_000_000, 2_000_000), (True, 0, None), (True, 0, None),
    ]  # fmt: skip
    call = events[6].action
    assert isinstance(call, Call) and call.end == 200_000
    assert [event.line for event in events] == list(range(1, 9))


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("< S 0:0(0) win 5 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7,eol>",
         Packet(True, flags="S", win=5, options=(Option("mss", (1460,)), Option("sackOK"), Option("TS", (1, 0)), Option("nop"),
                                                 Option("wscale", (7,)), Option("eol")))),
        ("> [ect0] P. 1:1001(1000) ack 1 <nop,nop,sack 2:3 5:7>",
         Packet(False, ecn="ect0", flags="P.", seq=1, size=1000, ack=1, options=(Option("nop"), Option("nop"), Option("sack", (2, 3, 5, 7))))),
        ("> (ce) SEW 0:0(0) win 65535 urg 3 <...>", Packet(False, ecn="ce", flags="SEW", win=65535, urg=3, options=None)),
        ("> [tos 0x10, ttl 3] - 0:0(0)", Packet(False, tos=16, ttl=3)),
        ("> [dscp ef, ecn ce, ttl 9] . ...(10)", Packet(False, dscp=46, ecn="ce", ttl=9, flags=".", seq=None, size=10)),
        ("< (class 0x4, hlim 3) R 7:7(0)! win 1 <TS val 1 ecr 5!>",
         Packet(True, tos=4, ttl=3, flags="R", seq=7, absolute=True, win=1, options=(Option("TS", (1, 5), absolute=True),))),
        ("> 8080 > 4000 R 7:7(0)", Packet(False, sport=8080, dport=4000, flags="R", seq=7)),
        ("> .5 1:1(0) ack 1", Packet(False, flags=".", ace=5, seq=1, ack=1)),
        ("> S 0:0(0) win * <TS val ... ecr 0>", Packet(False, flags="S", options=(Option("TS", (None, 0)),))),
        ("> S 0:0(0) <FO a1b2,nop,FOEXP>", Packet(False, flags="S", options=(Option("FO", (), b"\xa1\xb2"), Option("nop"), Option("FOEXP")))),
        ("< udp (100)", Packet(True, protocol="udp", size=100)),
        ("> udp 53 > 1000 (9)", Packet(False, protocol="udp", sport=53, dport=1000, size=9)),
        ("< icmp unreachable frag_needed mtu 1400 [1:1461(1460)]",
         Packet(True, protocol="icmp", type="unreachable", code="frag_needed", mtu=1400, quote=Quote("tcp", 1, 1460))),
        ("< [1:1461(1460)] icmp unreachable frag_needed mtu 1400",
         Packet(True, protocol="icmp", type="unreachable", code="frag_needed", mtu=1400, quote=Quote("tcp", 1, 1460))),
        ("< icmp echo_request id 7", Packet(True, protocol="icmp", type="echo_request", echo_id=7)),
        ("< icmp unreachable port_unreachable [udp (100)]",
         Packet(True, protocol="icmp", type="unreachable", code="port_unreachable", quote=Quote("udp", 0, 100))),
        ("> ipv4 192.0.2.1 > 192.0.2.2: gre flags 0x2000, sum 0, off 0, key 1, seq 2: . 1:1(0)", Packet(False, layers=("ipv4", "gre"), flags=".", seq=1)),
    ],
)  # fmt: skip
def test_packets(text: str, packet: Packet) -> None:
    assert only("+0 " + text) == packet


@pytest.mark.parametrize(
    "text",
    [
        "> S. 0:0(0) ack 1 win 5 <mss 1460,nop,nop,sackOK,nop,wscale 8>",
        "> [ect0] P. 1:1001(1000) ack 1 <nop,nop,TS val 5 ecr 6>",
        "> .5 1:1(0) ack 1 <sack 1:2 5:7>",
        "< . 1:1(0) ack 1 win 9 urg 3",
        "> R 7:7(0) <...>",
        "> udp (5)",
        "< icmp unreachable frag_needed",
    ],
)
def test_a_packet_is_described_as_scripts_write_it(text: str) -> None:
    packet = only("+0 " + text)
    assert isinstance(packet, Packet) and describe(packet) == text


def test_calls() -> None:
    """Results, errors, notes, and the literals of structs."""
    call = only('+0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = -1 EBADF (Bad "fd")')
    assert isinstance(call, Call) and (call.name, call.error, len(call.arguments)) == ("fcntl", "EBADF", 3)
    assert isinstance(call.arguments[2], Binary)
    call = only('+0 bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("192.0.2.1")}, ...) = 0x2 (flags O_RDWR)')
    assert isinstance(call, Call) and isinstance(call.arguments[1], Struct) and isinstance(call.arguments[2], Ellipsis)
    assert list(call.arguments[1].fields) == ["sa_family", "sin_port", "sin_addr"]
    for text in (
        "poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0",
        "recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=1}]}, 0) = 10",
        "writev(4, [{..., 10}, {\"ab\" \"c\"..., 3}], 2) = 13",
        "epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0",
    ):
        assert isinstance(only("+0 " + text), Call)


def test_comments_commands_and_code() -> None:
    events = parse("#!/usr/bin/env packetdrill\n// one\n/* two\n*/ `true`\n+0 `sysctl \\\n x`\n+0 %{\nassert 1 }%\n").events
    assert [(event.line, type(event.action)) for event in events] == [(4, Command), (5, Command), (7, Code)]


def test_definitions() -> None:
    """--define gives a word another meaning."""
    call = parse('--define=SIZE=100\n--define=CC="reno"\n+0 write(4, CC, SIZE) = SIZE').events[0].action
    assert isinstance(call, Call) and [str(argument) for argument in call.arguments[1:]] == ["Text(value='reno', open=False)", "Number(value=100)"]


def test_options_travel_both_ways() -> None:
    """What is put on the wire is read back."""
    options = (Option("mss", (1460,)), Option("sackOK"), Option("TS", (1, 2)), Option("wscale", (7,)), Option("sack", (1, 2)), Option("FOEXP", (), b"ab"))
    read = read_options(option_octets(options))
    assert read[: len(options)] == options
    assert {option.name for option in read[len(options) :]} <= {"eol"}


# What is skipped.


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("--ip_version=ipv6\n", "IPv6"),
        ("+0 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3", "IPv6"),
        ("+0 > S 0:0(0) <mss 1460,FO,nop,nop>", "TCP Fast Open"),
        ("+0 < S 0:0(0) win 1 <mp_capable a, mss 5>", "MPTCP"),
        ("+0 > sctp: INIT[flgs=0]", "SCTP"),
        ("+0 > .5 1:1(0) ack 1", "AccECN"),
        ('+0 setsockopt(3, SOL_TCP, TCP_CONGESTION, "dctcp", 5) = 0', "congestion control that pynet has not"),
        ("+0 > gre: S 0:0(0)", "encapsulation"),
    ],
)
def test_a_feature_of_the_list_is_skipped(text: str, feature: str) -> None:
    outcome, _, why = run_text(PASSIVE + text, "linux")
    assert (outcome, why.partition(":")[0]) == ("skipped", feature)


@pytest.mark.parametrize(
    "text",
    ["// IPv6 and --ip_version=ipv6 in a comment\n", "+.5 > . 1:1(0) ack 1\n", '+0 setsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", 4) = 0\n', "--ip_version=ipv4\n"],
)  # fmt: skip
def test_nothing_else_is_skipped(text: str) -> None:
    assert reason_to_skip(text + PASSIVE) == ""


def test_every_feature_has_its_reason() -> None:
    assert all(name and why for name, _, why in FEATURES)


# The command.


def test_the_command_counts_and_tells_by_its_status(tmp_path: Path) -> None:
    """Files and directories from anywhere; a line a script; the counts; 0 only if none failed."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "good.pkt").write_text(PASSIVE)
    (tmp_path / "six.pkt").write_text("--ip_version=ipv6\n" + PASSIVE)
    done = subprocess.run([HERE / "run", tmp_path], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[-1]) == (0, "1 passed, 0 failed, 1 skipped")
    assert lines[0] == f"passed  {tmp_path}/deep/good.pkt"
    bad = tmp_path / "bad.pkt"
    bad.write_text(PASSIVE + "+0 close(4) = 1")
    done = subprocess.run([HERE / "run", "--profile", "bsd", bad, tmp_path / "none.pkt"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "0 passed, 2 failed, 0 skipped")
    assert done.stdout.startswith(f"failed  {bad}:{NEXT}: close() returned 0, expected 1")


def test_the_command_takes_packetdrills_options(tmp_path: Path) -> None:
    """They hold where the script says nothing else; one that packetdrill has not is refused before anything runs."""
    late = tmp_path / "late.pkt"
    late.write_text(PASSIVE + "+.1 write(4, ..., 1) = 1\n+.5 > P. 1:2(1) ack 1\n")
    for words, status in ([], 1), (["--tolerance_usecs=600000"], 0), (["--tolerance_usecs=x"], 2), (["--tolerance=1"], 2):
        done = subprocess.run([HERE / "run", *words, late], capture_output=True, text=True, check=False)
        assert done.returncode == status, words
    assert "--tolerance is no option of packetdrill" in done.stderr


def test_no_script_is_a_failure(tmp_path: Path) -> None:
    done = subprocess.run([HERE / "run", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "0 passed, 0 failed, 0 skipped\n")


def test_settings_reach_the_stack() -> None:
    """sysctl as scripts spell it, in a shell line, in defaults.sh and in set_sysctls.py; a value that is none fails."""
    config = linux()
    run_command("sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_rmem=\"4096 10000 $((2*1024))\"  # a word", config)
    assert (config.sack, config.rcvbuf, config.rcvbuf_max) == (False, 10_000, 10_000)
    run_command("./defaults.sh\n../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 \\\n /proc/sys/net/ipv4/tcp_syn_retries=2", config)
    assert (config.sack, config.timestamps, config.syn_timeout, config.rcvbuf_max) == (True, False, 7_000_000, 15 << 20)
    run_command("sysctl -w net.inet.tcp.rfc1323=2 && sysctl -w net.inet.tcp.delacktime=100; sysctl net.inet.tcp.cc.algorithm=newreno", config)
    assert (config.window_scale, config.timestamps, config.delack, config.congestion) == (True, False, 100_000, "reno")
    run_command("/tmp/sysctl_restore_${PPID}.sh", config)
    for text in ("sysctl net.ipv4.tcp_sack=maybe", "sysctl net.inet.tcp.initcwnd_segments=4", "sysctl net.ipv4.tcp_rmem=4096"):
        with pytest.raises(UnknownCommand):
            run_command(text, config)


def test_profiles_differ_where_linux_and_the_bsds_do() -> None:
    """The window scale follows from the largest buffer; Linux's default for that has changed, so that a script that does not set it shows which it means."""
    syn = """0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) win 65535 <mss 1460,nop,wscale {},sackOK,TS val 1 ecr 0>
"""
    assert run_text(syn.format(8), "linux")[0] == run_text(syn.format(6), "bsd")[0] == "passed"
    assert run_text(syn.format(6), "linux")[0] == "passed"
    rmem = "`sysctl -q net.ipv4.tcp_rmem='4096 131072 15728640'`\n"
    assert run_text(rmem + syn.format(6), "linux")[0] == run_text(syn.format(8), "bsd")[0] == "failed"
