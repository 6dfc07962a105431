/* The serial ports: 16550 UARTs. The first is the system's console, the second is for programs. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_PORTS   2u
#define SERIAL_CONSOLE 0u
#define SERIAL_PROGRAM 1u
/* Sent at start on the port for programs: what firmware printed there ends here. */
#define SERIAL_MARK    "\0pynet\0\n"
#define SERIAL_RING    4096u    /* received characters waiting to be read; a full ring stops the sender, nothing is lost */

void serial_init(void);
/* Turns input on, by interrupt; needs pic_init. */
void serial_input_init(void);
bool serial_present(unsigned port);
/* All of it, waiting as the line demands, but not for ever: a panic uses it. `\n` goes out as `\r\n`. */
void serial_print(const char *text, size_t length);
/* As many bytes, unchanged, as the port takes now. Never waits. */
size_t serial_put(unsigned port, const void *data, size_t length);
/* Characters received, at most `size`; how many. Never waits. */
size_t serial_get(unsigned port, void *out, size_t size);
/* Waits until something is received (true) or the deadline comes (false). */
bool serial_wait(unsigned port, uint64_t deadline_us);

#endif
