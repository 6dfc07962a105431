/* What the loader told us, in one form whichever loader it was. */
#ifndef BOOT_H
#define BOOT_H

#include <stddef.h>
#include <stdint.h>

/* Memory types as multiboot, PVH and ACPI number them; every other value is reserved. */
#define MEMORY_USABLE 1
#define MEMORY_ACPI   3
#define MEMORY_NVS    4

#define MEMORY_REGIONS 256      /* firmware with more has its last ones ignored */
#define COMMAND_LINE_SIZE 4096  /* loader's words and fw_cfg's together, with the terminator */

struct memory_region {
    uint64_t start, length;
    uint32_t type;
};

struct boot_info {
    struct memory_region regions[MEMORY_REGIONS];
    unsigned region_count;
    uint8_t rsdp[36];           /* ACPI's root pointer, copied; all zero: search the BIOS area */
    const char *loader;         /* name of the protocol */
    char command_line[COMMAND_LINE_SIZE];
};

extern struct boot_info boot_info;

/* Reads the loader's structures at physical address `information` (below 4 GiB) into boot_info. */
void boot_read(uint32_t protocol, uint32_t information);
/* Appends fw_cfg's opt/pynet/cmdline, if there is one. */
void command_line_init(void);

/* Symbols of the linker script. */
extern char text_start[], text_end[], rodata_end[], data_end[], kernel_end[], boot_start[];

#endif
