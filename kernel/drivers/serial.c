/* 16550 UART: output polled, so that a panic can use it; input by interrupt into a ring. */
#include "drivers/serial.h"

#include "kernel.h"

#define PORT 0x3f8
#define SERIAL_IRQ 4

enum { DATA = 0, INTERRUPT_ENABLE = 1, FIFO_CONTROL = 2, LINE_CONTROL = 3, MODEM_CONTROL = 4, LINE_STATUS = 5, SCRATCH = 7 };

#define LINE_8N1         0x03
#define LINE_DIVISOR     0x80
#define FIFO_ON_CLEARED  0xc7
#define MODEM_DTR_RTS_IRQ 0x0b
#define STATUS_RECEIVED  0x01
#define STATUS_EMPTY     0x20
#define DIVISOR_115200   1

/* A port that never empties (no UART, a stopped terminal with flow control) must not stop the kernel. */
#define POLLS 1000000u

#define FIFO_SIZE 16u
#define RING 256u               /* characters typed ahead; more are dropped */

static bool present;
static unsigned room;           /* characters the transmitter takes without being asked */
static char ring[RING];
static volatile unsigned ring_in, ring_out;
static struct wait_queue input = WAIT_QUEUE_INIT;

void serial_init(void)
{
    out8(PORT + SCRATCH, 0x5a);
    present = in8(PORT + SCRATCH) == 0x5a;
    out8(PORT + INTERRUPT_ENABLE, 0);
    out8(PORT + LINE_CONTROL, LINE_DIVISOR);
    out8(PORT + DATA, DIVISOR_115200);
    out8(PORT + INTERRUPT_ENABLE, 0);
    out8(PORT + LINE_CONTROL, LINE_8N1);
    out8(PORT + FIFO_CONTROL, FIFO_ON_CLEARED);
    out8(PORT + MODEM_CONTROL, MODEM_DTR_RTS_IRQ);
}

/* An empty transmitter takes FIFO_SIZE characters before it need be asked again. */
static void put(char c)
{
    if (room == 0) {
        for (unsigned i = 0; i < POLLS && !(in8(PORT + LINE_STATUS) & STATUS_EMPTY); i++)
            __asm__ volatile("pause");
        room = FIFO_SIZE;
    }
    room--;
    out8(PORT + DATA, (uint8_t)c);
}

void serial_write(const char *text, size_t length)
{
    if (!present)
        return;
    room = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            put('\r');
        put(text[i]);
    }
}

static bool received(void *unused)
{
    (void)unused;
    bool any = false;
    while (in8(PORT + LINE_STATUS) & STATUS_RECEIVED) {
        char c = (char)in8(PORT + DATA);
        if (ring_in - ring_out < RING)
            ring[ring_in++ % RING] = c;
        any = true;
    }
    if (any)
        wait_queue_wake(&input);
    return any;
}

void serial_input_init(void)
{
    if (!present || !irq_register(SERIAL_IRQ, received, NULL))
        return;
    out8(PORT + INTERRUPT_ENABLE, 1);
}

int serial_read(void)
{
    return ring_out == ring_in ? -1 : (unsigned char)ring[ring_out++ % RING];
}

struct wait_queue *serial_wait_queue(void)
{
    return &input;
}
