"""The only door between Python and the kernel's C.  Frames, time, randomness and threads pass through; nothing here looks into a frame.

Times are integers in microseconds since start, unless a name says otherwise; a deadline of -1 means none.  The functions marked
"waits" let other threads run: whatever was read before them may have changed after.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport strcmp

cdef extern from "kernel.h":
    struct wait_queue:
        pass
    void wait_queue_init(wait_queue *queue)
    bint wait_queue_sleep(wait_queue *queue, uint64_t deadline_us)
    void wait_queue_wake(wait_queue *queue)
    struct memory_statistics:
        uint64_t frames_total, frames_free, heap_bytes, heap_blocks, heap_frames, heap_peak_bytes
    void c_memory_statistics "memory_statistics"(memory_statistics *out)
    uint64_t c_clock_us "clock_us"()
    uint64_t c_wall_time_us "wall_time_us"()
    void c_random_bytes "random_bytes"(void *out, size_t length)
    void c_console_write "console_write"(const char *text, size_t length)
    const char *c_command_line "command_line"()
    ptrdiff_t fw_cfg_size(const char *name)
    ptrdiff_t fw_cfg_read(const char *name, void *out, size_t size)
    void c_sleep_until "sleep_until"(uint64_t deadline_us)
    uint64_t longest_hold_us(const char **name, bint reset)
    void c_power_off "power_off"(unsigned status)

cdef extern from "drivers/serial.h":
    unsigned SERIAL_PORTS, SERIAL_RING
    bint serial_present(unsigned port)
    size_t serial_put(unsigned port, const void *data, size_t length)
    size_t serial_get(unsigned port, void *out, size_t size)
    bint c_serial_wait "serial_wait"(unsigned port, uint64_t deadline_us)

cdef extern from "user/user.h":
    uint64_t USER_LOW, USER_HIGH
    enum: PROT_READ, PROT_WRITE, PROT_EXEC
    enum: EPERM, ENOMEM, EFAULT, EINVAL, ENAMETOOLONG
    enum: CONTEXT_REGISTERS, VECTOR_FRAME
    struct region:
        uint64_t start, end
        uint32_t protection
        bint shared
    struct space:
        region *regions
        uint32_t count, running
        uint64_t resident
    space *space_new(uint64_t limit)
    void space_close(space *of)
    int space_map(space *of, uint64_t address, uint64_t length, uint32_t protection, bint shared)
    int space_unmap(space *of, uint64_t address, uint64_t length)
    int space_protect(space *of, uint64_t address, uint64_t length, uint32_t protection)
    uint64_t space_find(const space *of, uint64_t length, uint64_t hint)
    space *space_fork(space *of)
    int space_readable(const space *of, uint64_t address, uint64_t count)
    int space_read(space *of, uint64_t address, void *out, uint64_t count)
    int space_write(space *of, uint64_t address, const void *data, uint64_t count)
    int space_load(space *of, uint64_t address, const void *data, uint64_t count)
    int64_t space_string_length(space *of, uint64_t address, uint64_t limit)
    struct trap_frame:
        uint64_t rdi, rsi, rdx, r10, r8, r9, rax, vector, error
    struct context:
        trap_frame frame
        uint64_t number, fault_address
        bint running, interrupted
        space *space
        uint8_t *vectors
    context *context_new(space *of)
    void context_free(context *of)
    void context_copy(context *to, context *source)
    int context_run(context *of)
    void context_registers(const context *of, uint64_t *out)
    void context_set_registers(context *of, const uint64_t *values)
    uint64_t context_fs_base(const context *of)
    uint64_t context_gs_base(const context *of)
    int context_set_fs_base(context *of, uint64_t base)
    int context_set_gs_base(context *of, uint64_t base)
    uint32_t vectors_to_frame(const uint8_t *area, uint8_t *out)
    int vectors_from_frame(uint8_t *area, const uint8_t *data, uint64_t count)

cdef extern from "pyhost.h":
    int python_thread_start(object function, const char *name) except -1

cdef extern from "drivers/pci.h":
    struct pci_device:
        uint8_t bus, slot, function

cdef extern from "drivers/nic.h":
    struct nic:
        const char *name
        pci_device *pci
        uint8_t mac[6]
        uint32_t capabilities
        bint (*send)(const uint8_t *frame, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size) noexcept
        void (*flush)() noexcept
        const uint8_t *(*receive)(uint32_t *length, uint32_t *flags) noexcept
        void (*release)(const uint8_t *frame) noexcept
        bint (*link_up)() noexcept
        bint (*interrupt)(void *unused) noexcept
    bint nic_refuses(nic *card, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size)
    nic *nic_probe()
    void nic_wait(uint64_t deadline_us)
    void nic_wake()

cdef extern from *:
    """
    extern const char ca_bundle_start[], ca_bundle_end[];
    """
    const char *ca_bundle_start
    const char *ca_bundle_end

cdef extern from *:
    """
    struct embedded { const char *name, *start, *end; };
    extern const struct embedded embedded_files[];
    """
    struct embedded:
        const char *name
        const char *start
        const char *end
    const embedded *embedded_files


cdef nic *card = NULL


cdef nic *the_card() except NULL:
    if card is NULL:
        raise RuntimeError("there is no network card: net_init() has not returned True")
    return card


cdef uint64_t c_deadline(deadline_us) except? 1:
    """-1 is none; any other time in the past has passed."""
    cdef int64_t deadline = deadline_us
    return UINT64_MAX if deadline < 0 else <uint64_t>deadline


# The network card


def net_init() -> bool:
    """Look for a network card, virtio-net first, then E1000, and start it. False: there is none. May be called again."""
    global card
    card = nic_probe()
    return card is not NULL


def net_send_frame(frame) -> None:
    """Send one whole Ethernet frame (any contiguous bytes-like object) at once. Raises BlockingIOError when the ring is full."""
    if not net_send(frame, 0, 0, 0):
        raise BlockingIOError(11, "the transmit ring is full")
    the_card().flush()


def net_recv_frame() -> bytearray | None:
    """The oldest received frame, or None. Never waits."""
    received = net_recv()
    return None if received is None else received[0]


def net_mac_address() -> bytes:
    """The card's own address, 6 bytes."""
    return PyBytes_FromStringAndSize(<const char *>the_card().mac, 6)


def net_irq() -> None:
    """What the card's interrupt does: acknowledge it and wake whoever is in net_wait. The handler itself is C and calls no Python."""
    the_card().interrupt(NULL)


def net_driver() -> str:
    """"virtio-net" or "e1000"."""
    return the_card().name.decode("ascii")


def net_location() -> str:
    """Bus, slot and function, as "00:03.0"."""
    cdef pci_device *pci = the_card().pci
    return "%02x:%02x.%d" % (pci.bus, pci.slot, pci.function)


def net_link_up() -> bool:
    """The cable is in."""
    return the_card().link_up()


def net_capabilities() -> int:
    """NIC_CAN_... bits of drivers/nic.h: what the driver negotiated."""
    return the_card().capabilities


def net_send(frame, csum_start: int, csum_offset: int, gso_size: int) -> bool:
    """Put one frame into the transmit ring, to leave at the next net_flush. False: the ring is full; try again after net_wait.

    frame: any contiguous bytes-like object; it is copied.  csum_start, csum_offset, gso_size: octets, 0 for "nothing to do".
    Raises ValueError for a frame that is empty or longer than 1514 bytes (65,549 where gso_size has it cut), and for a hint that
    net_capabilities() does not offer.
    """
    cdef Py_buffer view
    cdef nic *to = the_card()
    cdef uint16_t start = csum_start, offset = csum_offset, size = gso_size
    cdef bint refused, sent = False
    cdef Py_ssize_t length
    PyObject_GetBuffer(frame, &view, PyBUF_SIMPLE)
    length = view.len
    refused = view.len > 0xFFFFFFFF or nic_refuses(to, <uint32_t>view.len, start, offset, size)
    if not refused:
        sent = to.send(<const uint8_t *>view.buf, <uint32_t>view.len, start, offset, size)
    PyBuffer_Release(&view)
    if refused:
        raise ValueError("the card cannot send that: %d bytes, hints %d %d %d" % (length, start, offset, size))
    return sent


def net_recv():
    """The oldest received frame, the caller's own, and its NIC_FRAME_... flags as (bytearray, int), or None. Never waits."""
    cdef uint32_t length = 0, flags = 0
    cdef nic *by = the_card()
    cdef const uint8_t *frame = by.receive(&length, &flags)
    if frame is NULL:
        return None
    try:
        return PyByteArray_FromStringAndSize(<const char *>frame, length), flags
    finally:
        by.release(frame)


def net_flush() -> None:
    """Tell the card of all frames put into the ring since the last call."""
    the_card().flush()


def net_wait(deadline_us: int) -> None:
    """Waits until the card interrupts, net_wake() is called or the deadline comes. A wake before the wait is not lost."""
    nic_wait(c_deadline(deadline_us))


def net_wake() -> None:
    """End the present net_wait, or else the next one."""
    nic_wake()


# Time, randomness, console


def clock_us() -> int:
    """Microseconds since start. Never goes back."""
    return c_clock_us()


def wall_time_us() -> int:
    """Unix time in microseconds: the battery clock read at start, carried on by clock_us."""
    return c_wall_time_us()


def random_bytes(count: int) -> bytes:
    """Cryptographic random bytes. ValueError for a negative count."""
    if count < 0:
        raise ValueError("negative count")
    cdef bytes out = PyBytes_FromStringAndSize(NULL, count)
    c_random_bytes(PyBytes_AS_STRING(out), <size_t>count)
    return out


def console_write(text: str) -> None:
    """Write to the first serial port, in UTF-8."""
    cdef bytes encoded = text.encode("utf-8", "backslashreplace")
    c_console_write(PyBytes_AS_STRING(encoded), <size_t>len(encoded))


# What the machine was given


def command_line() -> str:
    """The words of the boot loader and of fw_cfg's opt/pynet/cmdline."""
    return c_command_line().decode("utf-8", "replace")


def firmware_file(name: str) -> bytes | None:
    """The file opt/pynet/<name> of QEMU's fw_cfg, None where there is none. MemoryError when it does not fit."""
    cdef bytes path = ("opt/pynet/" + name).encode("utf-8")
    cdef ptrdiff_t size = fw_cfg_size(PyBytes_AS_STRING(path))
    if size < 0:
        return None
    cdef bytes out = PyBytes_FromStringAndSize(NULL, size)
    fw_cfg_read(PyBytes_AS_STRING(path), PyBytes_AS_STRING(out), <size_t>size)
    return out


def ca_bundle() -> bytes:
    """The certificates this image was built to trust: DER, one behind the other."""
    return PyBytes_FromStringAndSize(ca_bundle_start, ca_bundle_end - ca_bundle_start)


def embedded_file(name: str) -> bytes | None:
    """A file this image was built with (tests/user/meson.build names them), None where there is none of that name."""
    cdef bytes wanted = name.encode("utf-8")
    cdef const embedded *row = embedded_files
    while row.name is not NULL:
        if strcmp(row.name, PyBytes_AS_STRING(wanted)) == 0:
            return PyBytes_FromStringAndSize(row.start, row.end - row.start)
        row += 1
    return None


# Threads


def thread_start(function, name: str) -> None:
    """Run function() in a new kernel thread. An exception that leaves it is printed with its traceback. MemoryError: no thread to be had."""
    cdef bytes encoded = name.encode("utf-8", "replace")
    python_thread_start(function, PyBytes_AS_STRING(encoded))


cdef class Gate:
    """What one thread waits at until another opens it. Opened before the wait, it lets one wait through."""

    # Threads asleep here are linked through it, so it never moves; a waiter holds a reference.
    cdef wait_queue queue

    def __cinit__(self):
        wait_queue_init(&self.queue)

    def wait(self, deadline_us: int) -> bool:
        """Waits until opened (True) or until the deadline (False)."""
        return wait_queue_sleep(&self.queue, c_deadline(deadline_us))

    def open(self) -> None:
        """Let through everybody who waits, or else the next to come."""
        wait_queue_wake(&self.queue)


def sleep_until(deadline_us: int) -> None:
    """Waits until the clock reaches the deadline."""
    c_sleep_until(c_deadline(deadline_us))


def lock_holds():
    """(microseconds, name): the longest time a thread ran between two waits, and that thread."""
    cdef const char *name = NULL
    cdef uint64_t longest = longest_hold_us(&name, False)
    return longest, name.decode("utf-8", "replace")


# Serial ports


cdef unsigned checked_port(port) except? 99:
    if not 0 <= port < SERIAL_PORTS or not serial_present(port):
        raise ValueError("no such serial port")
    return port


def serial_ports() -> int:
    """How many there are, from 0 on: the console, then the one for programs."""
    return sum([1 for port in range(SERIAL_PORTS) if serial_present(port)])


def serial_write(port: int, data) -> int:
    """Send as many of the bytes, unchanged, as the port takes at the moment; how many. Never waits."""
    cdef Py_buffer view
    cdef unsigned to = checked_port(port)
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    cdef size_t sent = serial_put(to, view.buf, <size_t>view.len)
    PyBuffer_Release(&view)
    return sent


def serial_read(port: int) -> bytes:
    """What was received and not yet read; b"" when there is nothing. Never waits. Unread input stops the sender: nothing is lost."""
    cdef char buffer[4096]
    return PyBytes_FromStringAndSize(buffer, serial_get(checked_port(port), buffer, sizeof(buffer)))


def serial_wait(port: int, deadline_us: int) -> bool:
    """Waits until there is something to read (True) or until the deadline (False)."""
    return c_serial_wait(checked_port(port), c_deadline(deadline_us))


# Ring 3


cdef check(int64_t result):
    """Raise what a negative errno stands for."""
    if result == -EFAULT:
        raise OSError(EFAULT, "Bad address")
    if result == -ENOMEM:
        raise OSError(ENOMEM, "Cannot allocate memory")
    if result == -ENAMETOOLONG:
        raise OSError(ENAMETOOLONG, "File name too long")
    if result == -EPERM:
        raise OSError(EPERM, "Operation not permitted")
    if result < 0:
        raise OSError(EINVAL, "Invalid argument")


cdef class AddressSpace:
    """Ring 3's half of a page table and the regions in it. Addresses are USER_LOW 0x10000 to USER_HIGH 0x7ffffffff000, pages are 4096 bytes,
    protections Linux's: PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4. Pages come, zeroed, when they are touched. Errors are OSError with Linux's errno.

    limit: frames it may hold at once, page tables and what it shares with a fork included.
    """

    cdef space *space

    def __cinit__(self, limit: int):
        self.space = space_new(limit)
        if self.space is NULL:
            check(-ENOMEM)

    def __dealloc__(self):
        if self.space is not NULL:
            space_close(self.space)

    cdef space *open(self) except NULL:
        if self.space is NULL:
            raise ValueError("the address space is closed")
        return self.space

    def map(self, address: int, length: int, protection: int, shared: bool = False) -> None:
        """Map zeroed pages in place of whatever was there. shared: the same frames on both sides of a fork. EINVAL, ENOMEM."""
        check(space_map(self.open(), address, length, protection, shared))

    def unmap(self, address: int, length: int) -> None:
        """Give the pages back. Holes are no error. EINVAL, ENOMEM (a region cut in two is one more)."""
        check(space_unmap(self.open(), address, length))

    def protect(self, address: int, length: int, protection: int) -> None:
        """Change what ring 3 may do. EINVAL; ENOMEM where there is a hole, and then nothing is changed."""
        check(space_protect(self.open(), address, length, protection))

    def find(self, length: int, hint: int = 0) -> int:
        """Where a range of that length is free: at the hint if it is, else the highest below the stack's area. ENOMEM."""
        cdef uint64_t address = space_find(self.open(), length, hint)
        if address == 0:
            check(-ENOMEM)
        return address

    def read(self, address: int, count: int) -> bytes:
        """EFAULT unless ring 3 may read all of it."""
        cdef uint64_t start = address, length = count
        check(space_readable(self.open(), start, length))
        cdef bytes out = PyBytes_FromStringAndSize(NULL, count)
        check(space_read(self.space, start, PyBytes_AS_STRING(out), length))
        return out

    def write(self, address: int, data) -> None:
        """Any contiguous bytes-like object. EFAULT, and nothing is written, unless ring 3 may write all of it; EFAULT too where memory is out."""
        cdef Py_buffer view
        cdef uint64_t start = address
        self.open()
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        cdef int result = space_write(self.space, start, view.buf, <uint64_t>view.len)
        PyBuffer_Release(&view)
        check(result)

    def load(self, address: int, data) -> None:
        """The loader's write, whatever the protection. EFAULT where nothing is mapped, ENOMEM."""
        cdef Py_buffer view
        cdef uint64_t start = address
        self.open()
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        cdef int result = space_load(self.space, start, view.buf, <uint64_t>view.len)
        PyBuffer_Release(&view)
        check(result)

    def read_string(self, address: int, limit: int) -> bytes:
        """Up to the NUL, which is not included. EFAULT; ENAMETOOLONG when there is none within `limit` bytes."""
        cdef uint64_t start = address
        cdef int64_t length = space_string_length(self.open(), start, limit)
        check(length)
        cdef bytes out = PyBytes_FromStringAndSize(NULL, length)
        check(space_read(self.space, start, PyBytes_AS_STRING(out), <uint64_t>length))
        return out

    def regions(self) -> list:
        """(start, end, protection, shared) of each region, sorted; neighbours that could be one are one."""
        cdef space *of = self.open()
        cdef uint32_t i
        return [
            (of.regions[i].start, of.regions[i].end, of.regions[i].protection, of.regions[i].shared != 0) for i in range(of.count)
        ]

    def resident(self) -> int:
        """Pages present."""
        return self.open().resident

    def fork(self) -> AddressSpace:
        """A copy, made page by page as either side writes. ENOMEM."""
        cdef AddressSpace child = AddressSpace.__new__(AddressSpace, 0)
        cdef space *forked = space_fork(self.open())
        if forked is NULL:
            check(-ENOMEM)
        space_close(child.space)
        child.space = forked
        return child

    def close(self) -> None:
        """Give all back; closing twice is no error. RuntimeError while a context of it runs."""
        if self.space is NULL:
            return
        if self.space.running:
            raise RuntimeError("a context of the address space runs")
        space_close(self.space)
        self.space = NULL


cdef class Context:
    """The registers of one thread of ring 3, all zero at first."""

    cdef context *context
    cdef AddressSpace memory

    def __cinit__(self, AddressSpace space not None):
        self.context = context_new(space.open())
        if self.context is NULL:
            check(-ENOMEM)
        self.memory = space

    def __dealloc__(self):
        if self.context is not NULL:
            context_free(self.context)

    def run(self) -> int:
        """Run ring 3 until its next event: SYSCALL 0, FAULT 1, or INTERRUPTED 2. Waits; in ring 3 the thread is preempted."""
        if self.context.running:
            raise RuntimeError("the context runs already")
        self.context.space = self.memory.open()
        return context_run(self.context)

    def interrupt(self) -> None:
        """The run() in progress, or else the next, returns INTERRUPTED once its thread has the processor."""
        self.context.interrupted = True

    @property
    def number(self) -> int:
        """Of the last system call."""
        return self.context.number

    def argument(self, n: int) -> int:
        """Of the system call: 0 to 5, unsigned. IndexError."""
        cdef trap_frame *frame = &self.context.frame
        cdef int which = n
        if which == 0:
            return frame.rdi
        if which == 1:
            return frame.rsi
        if which == 2:
            return frame.rdx
        if which == 3:
            return frame.r10
        if which == 4:
            return frame.r8
        if which == 5:
            return frame.r9
        raise IndexError("a system call has six arguments")

    @property
    def result(self) -> int:
        """What the system call returns to ring 3, in rax: -4095 to 2**63 - 1. To be set only; reads as rax does, signed."""
        return <int64_t>self.context.frame.rax

    @result.setter
    def result(self, value: int) -> None:
        self.context.frame.rax = <uint64_t><int64_t>value

    def registers(self) -> tuple:
        """r8 to r15, rdi rsi rbp rbx rdx rax rcx rsp rip rflags: 18 unsigned numbers, the order of Linux's struct sigcontext."""
        cdef uint64_t values[CONTEXT_REGISTERS]
        context_registers(self.context, values)
        return tuple([values[i] for i in range(CONTEXT_REGISTERS)])

    def set_registers(self, registers) -> None:
        """The same 18 numbers. Of the flags those are taken that ring 3 may set itself. ValueError."""
        cdef uint64_t values[CONTEXT_REGISTERS]
        cdef int i = 0
        if len(registers) != CONTEXT_REGISTERS:
            raise ValueError("there are 18 registers")
        for register in registers:
            values[i] = register
            i += 1
        if self.context.running:
            raise RuntimeError("the context runs")
        context_set_registers(self.context, values)

    def vector_state(self) -> bytes:
        """x87, SSE and AVX as Linux lays them out in a signal frame: the FXSAVE area, or XSAVE's with the marks around it."""
        cdef uint8_t out[VECTOR_FRAME]
        return PyBytes_FromStringAndSize(<const char *>out, vectors_to_frame(self.context.vectors, out))

    def set_vector_state(self, state: bytes) -> None:
        """What vector_state gave, or any bytes: what the processor would refuse is put right. ValueError for less than 512 of them."""
        cdef const unsigned char[::1] view = state
        if self.context.running:
            raise RuntimeError("the context runs")
        if len(view) < 512:
            raise ValueError("a vector state has at least 512 bytes")
        vectors_from_frame(self.context.vectors, &view[0], <uint64_t>len(view))

    @property
    def fs_base(self) -> int:
        """Where FS points. EPERM for an address that is not ring 3's."""
        return context_fs_base(self.context)

    @fs_base.setter
    def fs_base(self, address: int) -> None:
        check(context_set_fs_base(self.context, address))

    @property
    def gs_base(self) -> int:
        """Where GS points. EPERM for an address that is not ring 3's."""
        return context_gs_base(self.context)

    @gs_base.setter
    def gs_base(self, address: int) -> None:
        check(context_set_gs_base(self.context, address))

    def fault(self) -> tuple:
        """(vector, error code, address) of the last FAULT. The address is that of a page fault (14), 0 of any other; bit 31 of a page fault's
        code says that the access was allowed, and memory was out or the limit reached."""
        return self.context.frame.vector, self.context.frame.error, self.context.fault_address

    def copy(self, AddressSpace space not None) -> Context:
        """Another thread with the same registers and vector state, in `space`: fork, clone."""
        cdef Context other = Context(space)
        context_copy(other.context, self.context)
        return other

    @property
    def space(self) -> AddressSpace:
        """Where it runs. execve puts a new one in; RuntimeError while it runs."""
        return self.memory

    @space.setter
    def space(self, AddressSpace space not None) -> None:
        if self.context.running:
            raise RuntimeError("the context runs")
        self.memory = space


# The machine


def memory() -> dict:
    """Frames of 4096 bytes and heap bytes in use."""
    cdef memory_statistics now
    c_memory_statistics(&now)
    return {
        "frames_total": now.frames_total,
        "frames_free": now.frames_free,
        "heap_bytes": now.heap_bytes,
        "heap_blocks": now.heap_blocks,
        "heap_frames": now.heap_frames,
        "heap_peak_bytes": now.heap_peak_bytes,
    }


def power_off(status: int) -> None:
    """Stop the machine. 0 is success; under qemu/run QEMU exits with 33 + 2 x status."""
    c_power_off(<unsigned>status)
