/* The first serial port (16550 UART at 0x3f8), the system's console. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stddef.h>

void serial_init(void);
/* Turns input on, by interrupt; needs pic_init. */
void serial_input_init(void);
void serial_write(const char *text, size_t length);
/* One character typed, or -1. Never waits. */
int serial_read(void);
struct wait_queue *serial_wait_queue(void);

#endif
