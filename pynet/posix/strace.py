"""System calls as strace(1) prints them: name, arguments by their meaning, the result with its errno's name.

The letters of a format (pynet.posix.syscalls.NUMBERS): d int, u unsigned, k size, l offset, x hexadecimal, m octal mode, p pointer, f descriptor,
Z directory's descriptor, s string, b bytes in (their count is the next argument), B bytes out (as many as the result says), Q string out,
V strings, q environment, t timespec, n socket name (its length is the next), and sets of names: o open, P protection, M mapping, S signal, H mask's
how, h whence, w wait, c clone, F fcntl, i ioctl, W futex, A domain, T socket type, D level's option, C clock, R arch_prctl, a advice.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix.abi import TWO_LONGS, UINT64, signed32, signed64

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Thread
    from pynet.posix.signals import Siginfo
    from pynet.posix.syscalls import Call

# How much of a string is shown, and how many of an array's (strace's default).
SHOWN = 32

OPEN = {
    0o2000: "O_APPEND", 0o100: "O_CREAT", 0o200: "O_EXCL", 0o400: "O_NOCTTY", 0o1000: "O_TRUNC", 0o4000: "O_NONBLOCK", 0o100000: "O_LARGEFILE",
    0o200000: "O_DIRECTORY", 0o400000: "O_NOFOLLOW", 0o2000000: "O_CLOEXEC", 0o10000000: "O_PATH",
}  # fmt: skip
PROTECTION = {1: "PROT_READ", 2: "PROT_WRITE", 4: "PROT_EXEC"}
MAPPING = {
    0x10: "MAP_FIXED", 0x20: "MAP_ANONYMOUS", 0x100: "MAP_GROWSDOWN", 0x800: "MAP_DENYWRITE", 0x2000: "MAP_LOCKED", 0x4000: "MAP_NORESERVE",
    0x8000: "MAP_POPULATE", 0x20000: "MAP_STACK", 0x100000: "MAP_FIXED_NOREPLACE",
}  # fmt: skip
WAIT = {1: "WNOHANG", 2: "WUNTRACED", 4: "WEXITED", 8: "WCONTINUED", 0x1000000: "WNOWAIT"}
CLONE = {
    0x100: "CLONE_VM", 0x200: "CLONE_FS", 0x400: "CLONE_FILES", 0x800: "CLONE_SIGHAND", 0x4000: "CLONE_VFORK", 0x8000: "CLONE_PARENT",
    0x10000: "CLONE_THREAD", 0x40000: "CLONE_SYSVSEM", 0x80000: "CLONE_SETTLS", 0x100000: "CLONE_PARENT_SETTID",
    0x200000: "CLONE_CHILD_CLEARTID", 0x400000: "CLONE_DETACHED", 0x1000000: "CLONE_CHILD_SETTID",
}  # fmt: skip
SIGNALS = (
    "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
    "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
    "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
)  # fmt: skip
HOW = {0: "SIG_BLOCK", 1: "SIG_UNBLOCK", 2: "SIG_SETMASK"}
WHENCE = {0: "SEEK_SET", 1: "SEEK_CUR", 2: "SEEK_END", 3: "SEEK_DATA", 4: "SEEK_HOLE"}
FCNTL = {
    0: "F_DUPFD", 1: "F_GETFD", 2: "F_SETFD", 3: "F_GETFL", 4: "F_SETFL", 5: "F_GETLK", 6: "F_SETLK", 7: "F_SETLKW", 8: "F_SETOWN", 9: "F_GETOWN",
    1030: "F_DUPFD_CLOEXEC", 1031: "F_SETPIPE_SZ", 1032: "F_GETPIPE_SZ",
}  # fmt: skip
IOCTL = {
    0x5401: "TCGETS", 0x5402: "TCSETS", 0x5403: "TCSETSW", 0x5404: "TCSETSF", 0x540B: "TCFLSH", 0x540E: "TIOCSCTTY", 0x540F: "TIOCGPGRP",
    0x5410: "TIOCSPGRP", 0x5413: "TIOCGWINSZ", 0x5414: "TIOCSWINSZ", 0x541B: "FIONREAD", 0x5421: "FIONBIO", 0x5429: "TIOCGSID", 0x5450: "FIONCLEX",
    0x5451: "FIOCLEX",
}  # fmt: skip
FUTEX = {
    0: "FUTEX_WAIT", 1: "FUTEX_WAKE", 3: "FUTEX_REQUEUE", 4: "FUTEX_CMP_REQUEUE", 5: "FUTEX_WAKE_OP", 9: "FUTEX_WAIT_BITSET", 10: "FUTEX_WAKE_BITSET",
}  # fmt: skip
DOMAIN = {1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET"}
TYPE = {1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 5: "SOCK_SEQPACKET"}
CLOCK = {
    0: "CLOCK_REALTIME", 1: "CLOCK_MONOTONIC", 2: "CLOCK_PROCESS_CPUTIME_ID", 3: "CLOCK_THREAD_CPUTIME_ID", 4: "CLOCK_MONOTONIC_RAW",
    5: "CLOCK_REALTIME_COARSE", 6: "CLOCK_MONOTONIC_COARSE", 7: "CLOCK_BOOTTIME",
}  # fmt: skip
ARCH = {0x1001: "ARCH_SET_GS", 0x1002: "ARCH_SET_FS", 0x1003: "ARCH_GET_FS", 0x1004: "ARCH_GET_GS"}
ADVICE = {0: "MADV_NORMAL", 1: "MADV_RANDOM", 2: "MADV_SEQUENTIAL", 3: "MADV_WILLNEED", 4: "MADV_DONTNEED", 8: "MADV_FREE", 14: "MADV_HUGEPAGE"}
ESCAPES = {9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
SOCKADDR_IN = Struct("<HBBBBBB")

# Results that are addresses.
RETURNS_ADDRESS = frozenset(("mmap", "mremap", "brk"))
NEVER_RETURNS = frozenset(("exit", "exit_group"))


def quoted(data: bytes) -> str:
    """Bytes as a C string; what is beyond SHOWN is three dots."""
    shown = data[:SHOWN]
    text = ""
    for at, octet in enumerate(shown):
        if octet in ESCAPES:
            text += ESCAPES[octet]
        elif 32 <= octet < 127:
            text += chr(octet)
        else:
            # An octal escape is as short as the next character allows.
            longer = at + 1 < len(shown) and 48 <= shown[at + 1] <= 55
            text += "\\" + (f"{octet:03o}" if longer else f"{octet:o}")
    return '"' + text + '"' + ("..." if len(data) > SHOWN else "")


def names(value: int, known: dict[int, str], nothing: str) -> str:
    """A word of flags: the known ones by name, the rest in hexadecimal."""
    found = [name for flag, name in known.items() if value & flag]
    rest = value & ~sum(known)
    if rest or not found:
        found.append(f"{rest:#x}" if rest else nothing)
    return "|".join(found)


def pointer(value: int) -> str:
    """An address."""
    return f"{value:#x}" if value else "NULL"


def signal_name(number: int) -> str:
    """SIGINT, SIGRT_3."""
    if 0 < number < len(SIGNALS):
        return SIGNALS[number]
    return "SIGRT_" + str(number - 32) if 32 <= number <= 64 else str(number)


def open_flags(value: int) -> str:
    """O_RDONLY and the like, with the others."""
    mode = ("O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE")[value & 3]
    return mode + ("|" + names(value & ~3, OPEN, "") if value & ~3 else "")


def mapping_flags(value: int) -> str:
    """MAP_PRIVATE and the like, with the others."""
    kind = {1: "MAP_SHARED", 2: "MAP_PRIVATE", 3: "MAP_SHARED_VALIDATE"}.get(value & 15, f"{value & 15:#x}")
    return kind + ("|" + names(value & ~15, MAPPING, "") if value & ~15 else "")


def clone_flags(value: int) -> str:
    """CLONE_VM and the like, with the signal of the end."""
    flags = names(value & ~0xFF, CLONE, "0")
    return "flags=" + (flags + "|" if value & ~0xFF else "") + (signal_name(value & 0xFF) if value & 0xFF else "0")


def futex_operation(value: int) -> str:
    """FUTEX_WAKE_PRIVATE and the like."""
    name = FUTEX.get(value & ~384, f"{value:#x}")
    return name + ("_PRIVATE" if value & 128 else "") + ("|FUTEX_CLOCK_REALTIME" if value & 256 else "")


def socket_type(value: int) -> str:
    """SOCK_STREAM and the like, with its flags."""
    kind = TYPE.get(value & 15, str(value & 15))
    return kind + ("|SOCK_CLOEXEC" if value & 0o2000000 else "") + ("|SOCK_NONBLOCK" if value & 0o4000 else "")


def socket_name(thread: Thread, address: int, length: int) -> str:
    """A struct sockaddr."""
    data = thread.space.read(address, min(length, 128))
    if len(data) >= 8 and data[0] == 2 and data[1] == 0:
        _, high, low, *quad = SOCKADDR_IN.unpack_from(data, 0)
        dotted = ".".join([str(octet) for octet in quad])
        return "{sa_family=AF_INET, sin_port=htons(" + str(high << 8 | low) + '), sin_addr=inet_addr("' + dotted + '")}'
    if len(data) >= 2 and data[0] == 1 and data[1] == 0:
        return "{sa_family=AF_UNIX, sun_path=" + quoted(data[2:].partition(b"\0")[0] if data[2:3] != b"\0" else data[2:]) + "}"
    return pointer(address)


def strings(thread: Thread, address: int) -> str:
    """argv."""
    shown: list[str] = []
    while address:
        (word,) = UINT64.unpack(thread.space.read(address, 8))
        if not word:
            break
        if len(shown) == SHOWN:
            shown.append("...")
            break
        shown.append(quoted(thread.space.read_string(word, 4096)))
        address += 8
    return "[" + ", ".join(shown) + "]"


def count_strings(thread: Thread, address: int) -> str:
    """envp: strace shows how many there are."""
    count = 0
    at = address
    while at and UINT64.unpack(thread.space.read(at, 8))[0] and count < 4096:
        count += 1
        at += 8
    return f"{address:#x} /* {count} var{'' if count == 1 else 's'} */"


PLAIN: dict[str, Any] = {
    "d": lambda value: str(signed32(value)),
    "u": lambda value: str(value & 0xFFFFFFFF),
    "k": str,
    "l": lambda value: str(signed64(value)),
    "x": lambda value: f"{value & 0xFFFFFFFF:#x}" if value & 0xFFFFFFFF else "0",
    "m": lambda value: f"0{value & 0o177777:o}",
    "p": pointer,
    "f": lambda value: str(signed32(value)),
    "Z": lambda value: "AT_FDCWD" if signed32(value) == -100 else str(signed32(value)),
    "o": lambda value: open_flags(value & 0xFFFFFFFF),
    "P": lambda value: names(value, PROTECTION, "PROT_NONE"),
    "M": mapping_flags,
    "S": lambda value: signal_name(signed32(value)),
    "H": lambda value: HOW.get(value, str(value)),
    "h": lambda value: WHENCE.get(value, str(value)),
    "w": lambda value: names(value & 0xFFFFFFFF, WAIT, "0"),
    "c": clone_flags,
    "F": lambda value: FCNTL.get(value & 0xFFFFFFFF, str(value)),
    "i": lambda value: IOCTL.get(value & 0xFFFFFFFF, f"{value & 0xFFFFFFFF:#x}"),
    "W": lambda value: futex_operation(value & 0xFFFFFFFF),
    "A": lambda value: DOMAIN.get(value, str(signed32(value))),
    "T": lambda value: socket_type(value & 0xFFFFFFFF),
    "D": lambda value: str(signed32(value)),
    "C": lambda value: CLOCK.get(value, str(signed32(value))),
    "R": lambda value: ARCH.get(value, f"{value:#x}"),
    "a": lambda value: ADVICE.get(value, str(value)),
}


def argument(thread: Thread, letter: str, values: list[int], at: int) -> str:
    """One argument as it stands before the call; "" for what the call is to fill in."""
    value = values[at]
    plain = PLAIN.get(letter)
    if plain is not None:
        return str(plain(value))
    if letter in "BQ":
        return ""
    try:
        if letter == "s":
            return quoted_path(thread, value)
        if letter == "b":
            return quoted(thread.space.read(value, min(values[at + 1], SHOWN))) + ("..." if values[at + 1] > SHOWN else "")
        if letter == "n":
            return socket_name(thread, value, signed32(values[at + 1])) if value else "NULL"
        if letter == "V":
            return strings(thread, value)
        if letter == "q":
            return count_strings(thread, value)
        if letter == "t" and value:
            seconds, nanoseconds = TWO_LONGS.unpack(thread.space.read(value, 16))
            return f"{{tv_sec={seconds}, tv_nsec={nanoseconds}}}"
    except OSError:
        pass
    return pointer(value)


def quoted_path(thread: Thread, address: int) -> str:
    """A path: shown whole."""
    path = thread.space.read_string(address, 4096)
    return '"' + "".join([quoted(path[at : at + SHOWN])[1:-1] for at in range(0, len(path), SHOWN)]) + '"'


def entering(thread: Thread, number: int, call: Call | None) -> str:
    """The line as far as it is known before the call; what the call fills in is a gap."""
    if call is None:
        return f"syscall_{number:#x}("
    values = [thread.context.argument(at) for at in range(call.count)]
    if call.name == "clone":
        return clone_line(values)
    if call.form[1:3] == "om" or call.form[2:4] == "om":
        # The mode counts only where a file may be made.
        flags = values[call.count - 2]
        letters = call.form if flags & 0o100 else call.form[:-1]
    else:
        letters = call.form
    return call.name + "(" + ", ".join([argument(thread, letter, values, at) or GAP for at, letter in enumerate(letters)])


def clone_line(values: list[int]) -> str:
    """clone's arguments stand in the order of the library's function."""
    flags = values[0] & 0xFFFFFFFF
    text = "clone(child_stack=" + pointer(values[1]) + ", " + clone_flags(flags)
    for flag, name, value in ((0x100000, "parent_tid", values[2]), (0x80000, "tls", values[4]), (0x1200000, "child_tidptr", values[3])):
        if flags & flag:
            text += ", " + name + "=" + pointer(value)
    return text


# What the call is to fill in.
GAP = "\0"


def left(thread: Thread, call: Call | None, before: str, result: int) -> str:
    """The whole line."""
    if call is not None and GAP in before:
        at = next(number for number, letter in enumerate(call.form) if letter in "BQ")
        address = thread.context.argument(at)
        filled = pointer(address)
        if result >= 0:
            try:
                count = result - 1 if call.form[at] == "Q" else result
                filled = quoted(thread.space.read(address, min(count, SHOWN))) + ("..." if count > SHOWN else "")
            except OSError:
                pass
        before = before.replace(GAP, filled)
    return (prefix(thread) + before + ")").ljust(39) + " = " + result_text(call, result)


def prefix(thread: Thread) -> str:
    """Who it was, where there are several."""
    return f"[pid {thread.tid:5}] " if len(thread.process.processes.threads) > 1 else ""


CODES = {0: "SI_USER", 0x80: "SI_KERNEL", -1: "SI_QUEUE", -2: "SI_TIMER", -6: "SI_TKILL"}
CHILD_CODES = {1: "CLD_EXITED", 2: "CLD_KILLED", 5: "CLD_STOPPED", 6: "CLD_CONTINUED"}


def signal_line(thread: Thread, info: Siginfo) -> str:
    """A signal that a thread takes."""
    name = signal_name(info.number)
    text = "si_signo=" + name
    if info.number == 17 and info.code > 0 and info.code in CHILD_CODES:
        status = str(info.value) if info.code == 1 else signal_name(info.value)
        text += ", si_code=" + CHILD_CODES[info.code] + f", si_pid={info.pid}, si_uid={info.uid}, si_status={status}, si_utime=0, si_stime=0"
    else:
        text += ", si_code=" + CODES.get(info.code, str(info.code))
        if info.address >= 0:
            text += ", si_addr=" + pointer(info.address)
        elif info.code in (0, -6):
            text += f", si_pid={info.pid}, si_uid={info.uid}"
    return prefix(thread) + "--- " + name + " {" + text + "} ---"


def end_line(thread: Thread) -> str:
    """A thread that is over."""
    status = thread.process.wait_status
    if status > 0 and status & 0x7F:
        return prefix(thread) + "+++ killed by " + signal_name(status & 0x7F) + " +++"
    return prefix(thread) + "+++ exited with " + str(max(status, 0) >> 8) + " +++"


def result_text(call: Call | None, result: int) -> str:
    """What a call returned."""
    name = call.name if call is not None else ""
    if name in NEVER_RETURNS:
        return "?"
    if -4096 < result < 0:
        return "-1 " + ERRNO_NAMES.get(-result, "errno " + str(-result)) + " (" + errno.TEXT.get(-result, "Unknown error " + str(-result)) + ")"
    return pointer(result) if name in RETURNS_ADDRESS else str(result)


ERRNO_NAMES = {value: name for name, value in vars(errno).items() if name[:1] == "E" and isinstance(value, int)}
