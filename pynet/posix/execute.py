"""execve(2): from the name of a file to a process that runs it. Nothing of the old program is touched before the new one is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import elf
from pynet.posix.abi import PATH_MAX, path_bytes, path_text, read_path, read_words
from pynet.posix.elf import PROT_READ, PROT_WRITE
from pynet.posix.files import RegularFile
from pynet.posix.process import RLIMIT_STACK, STACK_SIZE
from pynet.posix.signals import FRAME, RED_ZONE, RFLAGS, RIP, RSP

if TYPE_CHECKING:
    from pynet.posix.files import Node
    from pynet.posix.process import Memory, Process, Processes, Thread

# Bytes of arguments and environment with their pointers; E2BIG beyond.
MAX_ARGUMENTS = 128 << 10
# The first line of a script, and how often a script's interpreter may be a script (Linux's numbers).
MAX_SCRIPT_LINE = 255
MAX_SCRIPTS = 5
# rflags of a program that starts: interrupts on.
FIRST_FLAGS = 0x202


class Program:
    """A file that is to be run: its bytes, the path that found it, and the arguments once scripts have put theirs in front."""

    def __init__(self, data: bytes, path: str, arguments: list[bytes]) -> None:
        self.data = data
        self.path = path
        self.arguments = arguments


def find(process: Process, start: Node | None, path: str, arguments: list[bytes]) -> Program:
    """The program behind `path`, past the "#!" lines of scripts. OSError ENOENT, EACCES, ENOEXEC, ELOOP ..."""
    files = process.processes.files
    asked = path
    for _ in range(MAX_SCRIPTS):
        node = files.walk(start, path, process.cwd)
        if not isinstance(node, RegularFile) or not node.mode & 0o111:
            raise os_error(errno.EACCES)
        data = node.content()
        if data[:2] != b"#!":
            return Program(data, node.path(), arguments)
        interpreter, argument = script_line(data)
        arguments = [interpreter, *([argument] if argument else []), path_bytes(path if path is not asked else asked), *arguments[1:]]
        path = path_text(interpreter)
        start = None
    raise os_error(errno.ELOOP)


def script_line(data: bytes) -> tuple[bytes, bytes]:
    """(interpreter, argument) of "#!interpreter argument". OSError ENOEXEC."""
    line = bytes(data[2:MAX_SCRIPT_LINE]).partition(b"\n")[0].strip(b" \t")
    interpreter, _, argument = line.replace(b"\t", b" ").partition(b" ")
    if not interpreter or b"\0" in interpreter:
        raise os_error(errno.ENOEXEC)
    return interpreter, argument.strip(b" ")


def load(process: Process, program: Program, environment: list[bytes]) -> tuple[Memory, int, int]:
    """(memory, rip, rsp) of a program. OSError ENOEXEC, ENOENT, ENOMEM, E2BIG; what was built up is then given back."""
    processes = process.processes
    image = elf.parse(program.data)
    interpreter: elf.Image | None = None
    if image.interpreter:
        node = processes.files.walk(None, path_text(image.interpreter), process.cwd)
        if not isinstance(node, RegularFile):
            raise os_error(errno.EACCES)
        interpreter = elf.parse(node.content())
    memory = processes.new_memory()
    try:
        return lay_out(process, memory, image, interpreter, program, environment)
    except (OSError, MemoryError):
        memory.release()
        raise


def lay_out(
    process: Process, memory: Memory, image: elf.Image, interpreter: elf.Image | None, program: Program, environment: list[bytes]
) -> tuple[Memory, int, int]:
    """Map stack and segments, and fill them."""
    processes = process.processes
    space = memory.space
    size = min(max(process.limits[RLIMIT_STACK][0], 2 * MAX_ARGUMENTS), 8 * STACK_SIZE) & ~0xFFF
    top = elf.USER_HIGH
    space.map(top - size, size, PROT_READ | PROT_WRITE)
    end = elf.place(space, image, elf.PROGRAM_BASE, top - size)
    entry, interpreter_base = image.position + image.entry, 0
    if interpreter is not None:
        elf.place(space, interpreter, elf.INTERPRETER_BASE, top - size)
        entry, interpreter_base = interpreter.position + interpreter.entry, interpreter.position
    vector = len(processes.machine.Context(space).vector_state())
    start = elf.Start(program.arguments, environment, path_bytes(program.path), processes.stack.entropy(16), FRAME + RED_ZONE + 64 + vector)
    stack = elf.build(image, interpreter_base, start, top)
    if top - stack.rsp > size // 2:
        raise os_error(errno.E2BIG)
    space.load(stack.rsp, stack.content)
    memory.brk_start = memory.brk = end
    memory.stack_top = top
    memory.executable = program.path
    memory.arguments = b"".join([argument + b"\0" for argument in program.arguments])
    memory.environment = b"".join([entry + b"\0" for entry in environment])
    memory.auxiliary = stack.auxiliary
    memory.names[top - size] = (top, "[stack]")
    for segment in image.segments:
        first = image.position + segment.vaddr & ~0xFFF
        memory.names[first] = (image.position + segment.vaddr + segment.memsz, program.path)
    return memory, entry, stack.rsp


def set_start(thread: Thread, rip: int, rsp: int) -> None:
    """The registers of a program that starts: all zero but these."""
    registers = [0] * 18
    registers[RIP] = rip
    registers[RSP] = rsp
    registers[RFLAGS] = FIRST_FLAGS
    context = thread.context
    context.set_registers(tuple(registers))
    context.fs_base = 0
    context.gs_base = 0
    context.set_vector_state(thread.process.processes.machine.Context(thread.space).vector_state())
    name = thread.process.memory.executable.rpartition("/")[2][:15]
    thread.name = thread.process.name = name


def read_strings(thread: Thread, address: int, room: int) -> tuple[list[bytes], int]:
    """argv or envp, and the room that is left. OSError EFAULT, E2BIG."""
    strings: list[bytes] = []
    for word in read_words(thread, address, room // 8):
        room -= 8
        try:
            text = thread.space.read_string(word, max(room, 0))
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise os_error(errno.E2BIG) from None
            raise
        room -= len(text) + 1
        if room < 0:
            raise os_error(errno.E2BIG)
        strings.append(text)
    return strings, room


def execve(thread: Thread, path: int, argv: int, envp: int) -> int:
    """execve(2)"""
    return run_file(thread, None, read_path(thread, path), argv, envp)


def run_file(thread: Thread, start: Node | None, path: str, argv: int, envp: int) -> int:
    """execve and execveat behind the path."""
    process = thread.process
    arguments, room = read_strings(thread, argv, MAX_ARGUMENTS)
    environment, _ = read_strings(thread, envp, room)
    program = find(process, start, path, arguments or [b""])
    if sum([len(argument) + 9 for argument in program.arguments]) > MAX_ARGUMENTS + PATH_MAX:
        raise os_error(errno.E2BIG)
    memory, rip, rsp = load(process, program, environment)
    try:
        process.end_other_threads(thread)
    except OSError:
        memory.release()
        raise
    process.replace_memory(thread, memory)
    set_start(thread, rip, rsp)
    thread.keeps_registers = True
    return 0


def start(processes: Processes, path: str, arguments: list[bytes], environment: list[bytes]) -> Process:
    """A new child of init, ready to run `path`: its descriptors are still to be given, then `Thread.start`. OSError as execve's."""
    process = processes.create(processes.init)
    try:
        program = find(process, None, path, arguments)
        memory, rip, rsp = load(process, program, environment)
    except (OSError, MemoryError):
        process.memory.release()
        process.leave_family()
        raise
    process.memory.release()
    process.memory = memory
    thread = processes.add_thread(process)
    set_start(thread, rip, rsp)
    return process


CALLS = {"execve": execve}
