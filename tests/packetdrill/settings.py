"""Where Linux and the BSDs differ in what nobody asked for (a profile), and what scripts ask for by shell commands: sysctl and its kin.

A command is applied to the Config, or ignored for the reason that stands here; any other makes the script fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pynet.tcp.layer import Config

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000


def pynet() -> Config:
    """What pynet does by itself, with the buffers that google/packetdrill's scripts set up: 540,000 octets growing to 15 MiB make a window scale of 8."""
    config = Config()
    config.mtu_probing = False
    config.pacing = False
    config.rcvbuf = 65_535
    config.rcvbuf_max = 15 << 20
    return config


def linux() -> Config:
    """Linux, where the RFCs leave a choice or where it does otherwise than they say."""
    config = pynet()
    config.empty_probe = True
    config.linux_hystart = True
    config.drops_unstamped = False
    config.delayed_fin_ack = True
    config.ignores_future_acks = True
    config.reset_at_timeout = False
    config.whole_pieces = True
    config.replaces_time_wait = True
    return config


def bsd() -> Config:
    """FreeBSD's defaults: net.inet.tcp.recvspace and sendspace, kern.ipc.maxsockbuf of 2 MiB makes a window scale of 6, no quick ACKs, no probes."""
    config = Config()
    config.mtu_probing = False
    config.pacing = False
    config.rcvbuf = 65_536
    config.rcvbuf_max = 2 << 20
    config.sndbuf = 32_768
    config.quick_acks = 0
    config.exact_window = True
    config.tail_loss_probe = False
    config.shut_rd_discards = True
    config.cwr_at_once = True
    config.reset_unread = False
    config.repeats_fin = True
    config.patient_connect = True
    config.keeps_time_wait = True
    config.always_connreset = True
    config.syn_slop = 200_000
    config.ecn_retries = 1
    config.keep_count = 8
    config.bsd_time_wait = True
    config.syn_timeout_exact = True
    config.rto_max = 64 * SECOND
    config.syn_timeout = 75 * SECOND
    return config


PROFILES: dict[str, Callable[[], Config]] = {"linux": linux, "bsd": bsd, "pynet": pynet}


class UnknownCommand(Exception):
    """Neither understood nor on the list."""


def switch(name: str) -> Callable[[Config, str], None]:
    """A Config's bool."""
    return lambda config, value: setattr(config, name, number(value) != 0)


def unswitch(name: str) -> Callable[[Config, str], None]:
    """A Config's bool, which the sysctl has the other way round."""
    return lambda config, value: setattr(config, name, number(value) == 0)


def microseconds(name: str, unit: int) -> Callable[[Config, str], None]:
    """A Config's time, which the sysctl has in another unit."""
    return lambda config, value: setattr(config, name, number(value) * unit)


def octets(name: str) -> Callable[[Config, str], None]:
    """A Config's buffer size."""
    return lambda config, value: setattr(config, name, number(value))


def triple(start: str, most: str) -> Callable[[Config, str], None]:
    """tcp_rmem and tcp_wmem: minimum, default and maximum. The default of tcp_rmem counts overhead; what a SYN offers is at most 65535."""

    def apply(config: Config, value: str) -> None:
        sizes = [number(word) for word in value.split()]
        setattr(config, start, min(sizes[1], 65_535) if start == "rcvbuf" else sizes[1])
        setattr(config, most, max(sizes[2], sizes[1]))

    return apply


def congestion(config: Config, value: str) -> None:
    """cubic, or reno by either name."""
    config.congestion = {"newreno": "reno"}.get(value, value)


def rfc1323(config: Config, value: str) -> None:
    """FreeBSD: 1 is window scale and timestamps, 2 window scale only, 3 timestamps only."""
    config.window_scale = number(value) in (1, 2)
    config.timestamps = number(value) in (1, 3)


def number(text: str) -> int:
    """Decimal, 0x, or the shell's $((a*b))."""
    product = 1
    for factor in text.strip().strip("$()").split("*"):
        product *= int(factor.strip("() "), 0)
    return product


def initial_window(config: Config, value: str) -> None:
    """Only RFC 6928's ten segments are known."""
    if number(value) != 10:
        raise UnknownCommand(f"an initial window of {value} segments")


def syn_tries(name: str) -> Callable[[Config, str], None]:
    """How often a SYN is sent again, as the time until that is over: 1 + 2 + 4 ... seconds."""
    return lambda config, value: setattr(config, name, ((2 << number(value)) - 1) * SECOND)


def data_tries(config: Config, value: str) -> None:
    """tcp_retries2, as Linux makes a time of it: from an RTO of 200 ms, doubled up to two minutes."""
    tries = number(value)
    config.timeout = ((2 << min(tries, 9)) - 1) * 200_000 + max(tries - 9, 0) * 120 * SECOND


APPLIED: dict[str, Callable[[Config, str], None]] = {
    "net.ipv4.tcp_timestamps": switch("timestamps"),
    "net.ipv4.tcp_sack": switch("sack"),
    "net.ipv4.tcp_ecn": octets("ecn"),
    "net.ipv4.tcp_frto": switch("frto"),
    "net.inet.tcp.ecn.enable": octets("ecn"),
    "net.ipv4.tcp_window_scaling": switch("window_scale"),
    "net.ipv4.tcp_mtu_probing": switch("mtu_probing"),
    "net.ipv4.tcp_syncookies": switch("syn_cookies"),
    "net.ipv4.tcp_rmem": triple("rcvbuf", "rcvbuf_max"),
    "net.ipv4.tcp_wmem": triple("sndbuf", "sndbuf_max"),
    "net.ipv4.tcp_congestion_control": congestion,
    "net.ipv4.tcp_early_retrans": switch("tail_loss_probe"),
    "net.ipv4.tcp_syn_retries": syn_tries("syn_timeout"),
    "net.ipv4.tcp_synack_retries": syn_tries("syn_received_timeout"),
    "net.ipv4.tcp_retries2": data_tries,
    "net.ipv4.tcp_slow_start_after_idle": switch("restart_idle"),
    "net.ipv4.tcp_rto_max_ms": microseconds("rto_max", 1000),
    "net.ipv4.tcp_notsent_lowat": octets("notsent_lowat"),
    "net.ipv4.tcp_tw_reuse_delay": microseconds("tw_reuse_delay", 1000),
    "net.ipv4.tcp_fin_timeout": microseconds("fin_timeout", SECOND),
    "net.ipv4.tcp_keepalive_time": microseconds("keep_idle", SECOND),
    "net.ipv4.tcp_keepalive_intvl": microseconds("keep_interval", SECOND),
    "net.ipv4.tcp_keepalive_probes": octets("keep_count"),
    "net.inet.tcp.rfc1323": rfc1323,
    "net.inet.tcp.tolerate_missing_ts": unswitch("drops_unstamped"),
    "net.inet.tcp.sack.enable": switch("sack"),
    "net.inet.tcp.pmtud_blackhole_detection": switch("mtu_probing"),
    "net.inet.tcp.syncookies": switch("syn_cookies"),
    "net.inet.tcp.recvspace": octets("rcvbuf"),
    "net.inet.tcp.sendspace": octets("sndbuf"),
    "net.inet.tcp.recvbuf_max": octets("rcvbuf_max"),
    "net.inet.tcp.sendbuf_max": octets("sndbuf_max"),
    "kern.ipc.maxsockbuf": octets("rcvbuf_max"),
    "net.inet.tcp.cc.algorithm": congestion,
    "net.inet.tcp.delacktime": microseconds("delack", 1000),
    "net.inet.tcp.msl": microseconds("time_wait", 2000),
    "net.inet.tcp.keepidle": microseconds("keep_idle", 1000),
    "net.inet.tcp.keepintvl": microseconds("keep_interval", 1000),
    "net.inet.tcp.keepcnt": octets("keep_count"),
    "net.inet.tcp.keepinit": microseconds("syn_timeout", 1000),
    "net.inet.tcp.finwait2_timeout": microseconds("fin_timeout", 1000),
    "net.inet.tcp.initcwnd_segments": initial_window,
    "net.inet.tcp.insecure_rst": unswitch("careful_reset"),
    "net.inet.tcp.insecure_syn": unswitch("careful_syn"),
    "net.ipv4.tcp_rfc1337": switch("keeps_time_wait"),
    "net.inet.tcp.icmp_may_rst": switch("icmp_may_reset"),
    "net.inet.tcp.drop_synfin": switch("drops_syn_fin"),
    "net.inet.tcp.rexmit_initial": microseconds("rto_initial", 1000),
    "net.inet.tcp.rexmit_drop_options": switch("syn_drops_options"),
    "net.inet.tcp.rexmit_slop": microseconds("syn_slop", 1000),
    "net.inet.tcp.ecn.maxretries": octets("ecn_retries"),
}

# Settings of what this stack has no choice in, or has not: the script is run, and shows by itself whether it matters.
IGNORED = {
    r"net\.ipv4\.tcp_(orphan_retries|retries1)": "how long to try is a time here, as RFC 9293 §3.8.3 has it",
    r"net\.ipv4\.tcp_(min_tso_segs|tso_\w+|pacing_\w+|limit_output_bytes|autocorking)": "NIC offload and pacing",
    r"net\.ipv4\.tcp_\w+|net\.inet\.tcp\.\S+": "TCP does this one way only",
    r"net\.ipv4\.(ip_\w+|icmp_\w+|route\.\w+|neigh\.\S+|conf\.\S+)|net\.inet\.(ip|icmp|udp)\.\S+": "IP and ICMP have no such switch",
    r"net\.core\.\w+|kernel\.\w+|kern\.\S+|security\.\S+|net\.isr\.\S+|net\.link\.\S+": "of a kernel that is not here",
    r"net\.(mptcp|ipv6|inet6|sctp)\.\S+": "of another protocol",
}

# Commands that set up or look at a machine of their own.
OTHER = {
    r"(\S*/)?sysctl_restore_\S+": "every script starts from the profile",
    r"ip tcp_metrics flush.*|ip route.*|ip rule.*|ip neigh.*|ip link.*|ip addr.*": "no metrics are kept, and the one route is the script's",
    r"tc qdisc (del|delete|show) .*": "there is no queue below the transport",
    r"ethtool .*": "there is no NIC",
    r"(sync|tcpdump|tcpdrop|pkill|kill|killall|rm|wait|nstat|ss|netstat|sockstat|ifconfig|sleep|true|echo|dmesg|grep|cat|uname|date|kldstat|route|arp)\b.*": "looks at a machine that is not there",
    r"(test|\[) .*|exit 0": "looks at a machine that is not there",
}

# What google's and Linux's defaults.sh sets, as far as it is known here.
DEFAULTS = [("net.ipv4.tcp_rmem", "4096 540000 15728640"), ("net.ipv4.tcp_wmem", "4096 262144 4194304"), ("net.ipv4.tcp_timestamps", "1"),
            ("net.ipv4.tcp_syn_retries", "5"), ("net.ipv4.tcp_synack_retries", "5"), ("net.ipv4.tcp_sack", "1"), ("net.ipv4.tcp_congestion_control", "cubic"),
            ("net.ipv4.tcp_slow_start_after_idle", "0"), ("net.ipv4.tcp_early_retrans", "4"), ("net.ipv4.tcp_ecn", "0")]  # fmt: skip


def run_command(text: str, config: Config) -> None:
    """Apply a shell command. UnknownCommand."""
    for line in re.split(r"\n|;|&&|\|\||(?<!>)&(?!\d)", text.replace("\\\n", " ")):
        simple = re.sub(r"\d?>+\s*(&\d|/dev/null)|#.*", "", line).strip()
        if simple:
            run_simple_command(simple, config)


def run_simple_command(command: str, config: Config) -> None:
    """One command without the shell's operators."""
    words = command.split()
    name = words[0].rsplit("/", 1)[-1]
    if name == "defaults.sh":
        for key, value in DEFAULTS:
            APPLIED[key](config, value)
    elif name == "sysctl":
        for key, value in re.findall(r"([\w./]+)\s*=\s*(\"[^\"]*\"|'[^']*'|\S+)", command):
            set_sysctl(key.replace("/", "."), value.strip("\"'"), config)
    elif name == "tc" and (queue := re.fullmatch(r"tc qdisc (?:add|replace|change) dev \S+ root (\w+)", command)):
        # A queue that paces what Linux's TCP leaves to it; any other sends at once.
        config.pacing = queue[1] == "fq"
    elif name == "set_sysctls.py":
        for key, value in re.findall(r"/proc/sys/(\S+?)=(\"[^\"]*\"|\S+)", command):
            set_sysctl(key.replace("/", "."), value.strip("\"'"), config)
    elif not any(re.fullmatch(pattern, command) for pattern in OTHER):
        raise UnknownCommand(f"command {command!r} is neither known nor on the list of those to ignore")


def set_sysctl(name: str, value: str, config: Config) -> None:
    """sysctl name=value. UnknownCommand."""
    if name in APPLIED:
        try:
            APPLIED[name](config, value)
        except (ValueError, IndexError):
            raise UnknownCommand(f"sysctl {name}={value!r} has no value that is known") from None
    elif not any(re.fullmatch(pattern, name) for pattern in IGNORED):
        raise UnknownCommand(f"sysctl {name} is neither known nor on the list of those to ignore")
