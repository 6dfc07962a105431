"""The names that scripts use for numbers, with Linux's values, which are those of pynet's calls on every profile."""

from __future__ import annotations

from pynet import errno, readiness, sockets

CONSTANTS: dict[str, int] = {
    **{name: value for name, value in vars(sockets).items() if name.isupper() and isinstance(value, int)},
    **{name: value for name, value in vars(readiness).items() if name.startswith("POLL")},
    "NULL": 0,
    "SOCK_RAW": 3, "PF_INET": 2, "AF_UNSPEC": 0, "INADDR_ANY": 0, "IPPROTO_IP": 0, "SOL_IP": 0, "SOL_TCP": 6, "IPPROTO_ICMP": 1,
    "O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2, "O_NONBLOCK": 0o4000, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4,
    "F_DUPFD": 0, "FD_CLOEXEC": 1, "MSG_OOB": 1, "MSG_MORE": 0x8000, "MSG_ERRQUEUE": 0x2000, "MSG_EOR": 0x80, "MSG_DONTROUTE": 4,
    "FIONREAD": 0x541B, "FIONBIO": 0x5421, "SIOCINQ": 0x541B, "SIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894B,
    "SO_DEBUG": 1, "SO_DONTROUTE": 5, "SO_OOBINLINE": 10, "SO_NO_CHECK": 11, "SO_PRIORITY": 12, "SO_RCVLOWAT": 18, "SO_SNDLOWAT": 19,
    "SO_BINDTODEVICE": 25, "SO_TIMESTAMP": 29, "SO_SNDBUFFORCE": 32, "SO_RCVBUFFORCE": 33, "SO_MARK": 36, "SO_BUSY_POLL": 46,
    "SO_INCOMING_CPU": 49, "TCP_SYNCNT": 7, "TCP_DEFER_ACCEPT": 9, "TCP_WINDOW_CLAMP": 10, "TCP_INFO": 11,
    "TCP_QUICKACK": 12, "TCP_CONGESTION": 13, "TCP_NOTSENT_LOWAT": 25, "TCP_THIN_LINEAR_TIMEOUTS": 16, "TCP_THIN_DUPACK": 17,
    "TCP_CC_INFO": 26, "TCP_INQ": 36, "TCP_CM_INQ": 36, "TCP_TIMESTAMP": 24, "TCP_USER_TIMEOUT": 18, "TCP_SAVE_SYN": 27,
    "TCP_SAVED_SYN": 28, "TCP_NOPUSH": 3, "IP_MTU_DISCOVER": 10, "IP_RECVERR": 11, "IP_MTU": 14, "IP_RECVTOS": 13,
    "IP_RECVTTL": 12, "IP_BIND_ADDRESS_NO_PORT": 24, "IP_LOCAL_PORT_RANGE": 51, "IP_PKTINFO": 8, "IP_PMTUDISC_DONT": 0, "IP_PMTUDISC_WANT": 1, "IP_PMTUDISC_DO": 2, "IP_PMTUDISC_PROBE": 3,
    "EPOLLIN": 1, "EPOLLPRI": 2, "EPOLLOUT": 4, "EPOLLERR": 8, "EPOLLHUP": 16, "EPOLLRDHUP": 0x2000, "EPOLLEXCLUSIVE": 1 << 28,
    "EPOLLONESHOT": 1 << 30, "EPOLLET": 1 << 31, "EPOLL_CTL_ADD": 1, "EPOLL_CTL_DEL": 2, "EPOLL_CTL_MOD": 3, "EPOLL_CLOEXEC": 0o2000000,
    **{f"IPTOS_DSCP_CS{number}": number << 5 for number in range(8)}, "IPTOS_DSCP_EF": 0xB8, "IPTOS_DSCP_VA": 0xB0,
    **{f"IPTOS_DSCP_AF{group}{drop}": group << 5 | drop << 3 for group in (1, 2, 3, 4) for drop in (1, 2, 3)},
    "IPTOS_LOWDELAY": 0x10, "IPTOS_THROUGHPUT": 8, "IPTOS_RELIABILITY": 4, "IPTOS_MINCOST": 2,
    "POLLRDNORM": 0x40, "POLLRDBAND": 0x80, "POLLWRNORM": 0x100, "POLLWRBAND": 0x200,
}  # fmt: skip

ERRORS: dict[str, int] = {name: value for name, value in vars(errno).items() if name.startswith("E") and isinstance(value, int)}
ERRORS |= {"EWOULDBLOCK": errno.EAGAIN, "ENOTSUP": errno.EOPNOTSUPP, "EISDIR": errno.EISDIR}

# What Python between %{ and }% sees beside the fields of TCP_INFO.
CODE_NAMES: dict[str, int] = {
    "TCP_ESTABLISHED": 1, "TCP_SYN_SENT": 2, "TCP_SYN_RECV": 3, "TCP_FIN_WAIT1": 4, "TCP_FIN_WAIT2": 5, "TCP_TIME_WAIT": 6,
    "TCP_CLOSE": 7, "TCP_CLOSE_WAIT": 8, "TCP_LAST_ACK": 9, "TCP_LISTEN": 10, "TCP_CLOSING": 11,
    "TCP_CA_Open": 0, "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4,
    "TCPI_CLOSED": 0, "TCPI_ESTABLISHED": 1, "TCPI_SYN_SENT": 2, "TCPI_SYN_RECEIVED": 3, "TCPI_FIN_WAIT_1": 4, "TCPI_FIN_WAIT_2": 5,
    "TCPI_TIME_WAIT": 6, "TCPI_CLOSE_WAIT": 8, "TCPI_LAST_ACK": 9, "TCPI_LISTEN": 10, "TCPI_CLOSING": 11,
    "TCPI_OPT_TIMESTAMPS": 1, "TCPI_OPT_SACK": 2, "TCPI_OPT_WSCALE": 4, "TCPI_OPT_ECN": 8, "TCPI_OPT_SYN_DATA": 32,
}  # fmt: skip


def error_name(number: int) -> str:
    """`EAGAIN` for 11."""
    return next((name for name, value in ERRORS.items() if value == number), f"errno {number}")
