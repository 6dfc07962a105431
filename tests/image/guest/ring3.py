"""A little of ring 3 to run programs in: a page of code, one of data, one of stack, and what a test asks of them."""

from __future__ import annotations

from ring3_programs import PROGRAMS

import kernel

PAGE = 4096
USER_LOW, USER_HIGH = 0x10000, 0x7FFFFFFFF000
NONE, READ, WRITE, EXEC = 0, 1, 2, 4
SYSCALL, FAULT, INTERRUPTED = 0, 1, 2
EPERM, ENOMEM, EFAULT, EINVAL, ENAMETOOLONG = 1, 12, 14, 22, 36
DE, DB, BP, UD, SS, GP, PF, MF, XM = 0, 1, 3, 6, 12, 13, 14, 16, 19
NAMES = ("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip", "rflags")
CODE, DATA, STACK = 0x400000, 0x500000, 0x600000
STACK_TOP = STACK + PAGE
NO_DEADLINE = -1


def new_space(code: bytes, limit: int = 64) -> kernel.AddressSpace:
    """Code at CODE (read, execute), data at DATA and a stack below STACK_TOP (read, write)."""
    space = kernel.AddressSpace(limit)
    space.map(CODE, len(code), READ | EXEC)
    space.load(CODE, code)
    space.map(DATA, PAGE, READ | WRITE)
    space.map(STACK, PAGE, READ | WRITE)
    return space


def set_registers(context: kernel.Context, **values: int) -> None:
    """Those named; the others stay."""
    registers = list(context.registers())
    for name, value in values.items():
        registers[NAMES.index(name)] = value
    context.set_registers(tuple(registers))


def get_register(context: kernel.Context, name: str) -> int:
    """One of them."""
    value: int = context.registers()[NAMES.index(name)]
    return value


def new_context(code: bytes, limit: int = 64, **values: int) -> kernel.Context:
    """At the first instruction, with these registers."""
    context = kernel.Context(new_space(code, limit))
    set_registers(context, rip=CODE, rsp=STACK_TOP, **values)
    return context


def program(name: str, limit: int = 64, **values: int) -> kernel.Context:
    """As new_context, of programs.S."""
    return new_context(PROGRAMS[name], limit, **values)


def errno_of(call, *arguments) -> int:
    """The errno of the OSError that the call raises; 0 when it raises none."""
    try:
        call(*arguments)
    except OSError as error:
        return error.errno
    return 0


def close(*contexts: kernel.Context) -> None:
    """Give back their memory."""
    for context in contexts:
        context.space.close()


class Runner:
    """A kernel thread that runs a context until its first event, and then opens a gate."""

    def __init__(self, context: kernel.Context) -> None:
        self.context, self.event, self.done = context, -1, kernel.Gate()
        kernel.thread_start(self.run, "ring 3")

    def run(self) -> None:
        """The thread's body."""
        self.event = self.context.run()
        self.done.open()

    def wait(self, seconds: int = 10) -> int:
        """The event, -1 when there was none in time."""
        if self.event < 0:
            self.done.wait(kernel.clock_us() + seconds * 1000000)
        return self.event
