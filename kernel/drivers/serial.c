/* 16550 UARTs: output polled, so that a panic can use it; input by interrupt into a ring. */
#include "drivers/serial.h"

#include "kernel.h"

enum { DATA = 0, INTERRUPT_ENABLE = 1, FIFO_CONTROL = 2, LINE_CONTROL = 3, MODEM_CONTROL = 4, LINE_STATUS = 5, SCRATCH = 7 };

#define RECEIVE_INTERRUPT 0x01
#define LINE_8N1          0x03
#define LINE_DIVISOR      0x80
#define FIFO_ON_CLEARED   0xc7
#define MODEM_DTR_RTS_IRQ 0x0b
#define STATUS_RECEIVED   0x01
#define STATUS_EMPTY      0x20
#define DIVISOR_115200    1

/* A port that never empties (no UART, a stopped terminal with flow control) must not stop the kernel. */
#define POLLS 1000000u

#define FIFO_SIZE 16u           /* characters that an empty transmitter takes */

static struct port {
    uint16_t base;
    uint8_t irq;
    bool present;
    bool stopped;               /* the ring is full and the UART asks for nothing */
    uint8_t ring[SERIAL_RING];
    uint32_t in, out;           /* count on; interrupts are off where both are used */
    struct wait_queue input;
} ports[SERIAL_PORTS] = {
    {.base = 0x3f8, .irq = 4, .input = WAIT_QUEUE_INIT},
    {.base = 0x2f8, .irq = 3, .input = WAIT_QUEUE_INIT},
};

static void init_port(struct port *port)
{
    out8(port->base + SCRATCH, 0x5a);
    port->present = in8(port->base + SCRATCH) == 0x5a;
    out8(port->base + INTERRUPT_ENABLE, 0);
    out8(port->base + LINE_CONTROL, LINE_DIVISOR);
    out8(port->base + DATA, DIVISOR_115200);
    out8(port->base + INTERRUPT_ENABLE, 0);
    out8(port->base + LINE_CONTROL, LINE_8N1);
    out8(port->base + FIFO_CONTROL, FIFO_ON_CLEARED);
    out8(port->base + MODEM_CONTROL, MODEM_DTR_RTS_IRQ);
}

void serial_init(void)
{
    for (unsigned i = 0; i < SERIAL_PORTS; i++)
        init_port(&ports[i]);
    serial_put(SERIAL_PROGRAM, SERIAL_MARK, sizeof SERIAL_MARK - 1);
}

bool serial_present(unsigned port)
{
    return ports[port].present;
}

static bool transmitter_is_empty(const struct port *port)
{
    return in8(port->base + LINE_STATUS) & STATUS_EMPTY;
}

/* An empty transmitter takes FIFO_SIZE characters before it need be asked again. */
static void print(struct port *port, char c, unsigned *room)
{
    if (*room == 0) {
        for (unsigned i = 0; i < POLLS && !transmitter_is_empty(port); i++)
            __asm__ volatile("pause");
        *room = FIFO_SIZE;
    }
    --*room;
    out8(port->base + DATA, (uint8_t)c);
}

void serial_print(const char *text, size_t length)
{
    struct port *port = &ports[SERIAL_CONSOLE];
    unsigned room = 0;
    for (size_t i = 0; port->present && i < length; i++) {
        if (text[i] == '\n')
            print(port, '\r', &room);
        print(port, text[i], &room);
    }
}

size_t serial_put(unsigned number, const void *data, size_t length)
{
    const struct port *port = &ports[number];
    size_t done = 0;
    while (done < length && port->present && transmitter_is_empty(port))
        for (unsigned i = 0; i < FIFO_SIZE && done < length; i++)
            out8(port->base + DATA, ((const uint8_t *)data)[done++]);
    return done;
}

/* With the ring full the rest stays in the UART, which asks no more until serial_get has made room. */
static bool receive(struct port *port)
{
    bool any = false;
    while (port->in - port->out < SERIAL_RING && (in8(port->base + LINE_STATUS) & STATUS_RECEIVED)) {
        port->ring[port->in++ % SERIAL_RING] = in8(port->base + DATA);
        any = true;
    }
    bool full = port->in - port->out == SERIAL_RING;
    if (full != port->stopped)
        out8(port->base + INTERRUPT_ENABLE, full ? 0 : RECEIVE_INTERRUPT);
    port->stopped = full;
    return any;
}

static bool received(void *argument)
{
    struct port *port = argument;
    bool any = receive(port);
    if (any)
        wait_queue_wake(&port->input);
    return any;
}

void serial_input_init(void)
{
    for (unsigned i = 0; i < SERIAL_PORTS; i++)
        if (ports[i].present && irq_register(ports[i].irq, received, &ports[i]))
            out8(ports[i].base + INTERRUPT_ENABLE, RECEIVE_INTERRUPT);
}

size_t serial_get(unsigned number, void *out, size_t size)
{
    struct port *port = &ports[number];
    uint64_t flags = interrupts_off();
    size_t count = 0;
    while (count < size && port->in != port->out)
        ((uint8_t *)out)[count++] = port->ring[port->out++ % SERIAL_RING];
    if (port->present && count > 0)
        receive(port);
    interrupts_restore(flags);
    return count;
}

/* A wake may be left over from characters that were read since. */
bool serial_wait(unsigned number, uint64_t deadline_us)
{
    struct port *port = &ports[number];
    while (port->in == port->out)
        if (!wait_queue_sleep(&port->input, deadline_us))
            return port->in != port->out;
    return true;
}
