/* Address to function, file and line, for panics. */
#include "arch/symbols.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/arch.h"
#include "boot/layout.h"

static uint32_t unsigned_leb128(const uint8_t **at)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80) || shift >= 28)
            return value;
    }
}

static int32_t signed_leb128(const uint8_t **at)
{
    uint32_t folded = unsigned_leb128(at);      /* sign in the lowest bit */
    return (int32_t)(folded >> 1) ^ -(int32_t)(folded & 1);
}

/* The last function that starts at or before `offset`; NULL when it ends before. */
static const struct symbol_function *find_function(uint32_t offset)
{
    uint32_t low = 0, high = symbol_function_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (symbol_functions[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || offset - symbol_functions[low - 1].start >= symbol_functions[low - 1].size)
        return NULL;
    return &symbol_functions[low - 1];
}

static void find_line(const struct symbol_function *function, uint32_t offset, struct symbol *out)
{
    const uint8_t *at = symbol_lines + function[0].lines, *end = symbol_lines + function[1].lines;
    uint32_t address = function->start, file = 0;
    int32_t line = 0;
    while (at < end) {
        uint32_t advance = unsigned_leb128(&at);
        address += advance >> 1;
        if (address > offset)
            return;
        if (advance & 1)
            file = unsigned_leb128(&at);
        line += signed_leb128(&at);
        out->file = symbol_strings + symbol_files[file];
        out->line = (uint32_t)line;
    }
}

struct symbol symbol_find(uint64_t address)
{
    struct symbol symbol = {0};
    if (address < KERNEL_BASE)
        return symbol;
    const struct symbol_function *function = find_function((uint32_t)(address - KERNEL_BASE));
    if (function) {
        symbol.function = symbol_strings + function->name;
        symbol.offset = address - KERNEL_BASE - function->start;
        find_line(function, (uint32_t)(address - KERNEL_BASE), &symbol);
    }
    return symbol;
}

/* Lines of a .py or .pyx file. */
bool symbol_is_python(const struct symbol *symbol)
{
    const char *at = symbol->file, *suffix = "";
    for (; at && *at; at++)
        if (*at == '.')
            suffix = at;
    return suffix[0] && suffix[1] == 'p' && suffix[2] == 'y';
}
