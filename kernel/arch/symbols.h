/* The table that kernel/tools/symbols.py makes of the linked kernel. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdint.h>

/* A function, in order of address. Its line rows are bytes [lines, next function's lines) of symbol_lines: for each row the address
   advance times two plus one if the file changes (ULEB128), the file's number if so (ULEB128), the line advance (SLEB128). */
struct symbol_function {
    uint32_t start;             /* address - KERNEL_BASE */
    uint32_t size;
    uint32_t name;              /* offset in symbol_strings */
    uint32_t lines;             /* offset in symbol_lines */
};

extern const uint32_t symbol_function_count;            /* one more entry follows, whose lines ends the last one's */
extern const struct symbol_function symbol_functions[];
extern const uint32_t symbol_files[];                   /* offsets in symbol_strings */
extern const char symbol_strings[];
extern const uint8_t symbol_lines[];

#endif
