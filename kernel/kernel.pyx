"""The only door between Python and the kernel's C.  Frames, time, randomness and threads pass through; nothing here looks into a frame.

Times are integers in microseconds since start, unless a name says otherwise; a deadline of -1 means none.  The functions marked
"waits" let other threads run: whatever was read before them may have changed after.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

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


def net_recv_frame() -> bytes | None:
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
    Raises ValueError for a frame that is empty or longer than 1514 bytes, and for a hint that net_capabilities() does not offer.
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
    """The oldest received frame and its NIC_FRAME_... flags as (bytes, int), or None. Never waits."""
    cdef uint32_t length = 0, flags = 0
    cdef nic *by = the_card()
    cdef const uint8_t *frame = by.receive(&length, &flags)
    if frame is NULL:
        return None
    try:
        return PyBytes_FromStringAndSize(<const char *>frame, length), flags
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
    """The certificates this image was built to trust, PEM."""
    return PyBytes_FromStringAndSize(ca_bundle_start, ca_bundle_end - ca_bundle_start)


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
