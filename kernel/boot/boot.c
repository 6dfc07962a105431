/* Three boot protocols, read into one struct: Multiboot 0.6.96, Multiboot2 2.0, and the PVH start info of Xen's public ABI. */
#include "boot/boot.h"

#include "boot/layout.h"
#include "kernel.h"

struct boot_info boot_info;

struct multiboot1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};

struct multiboot1_map {
    uint32_t size;              /* of what follows */
    uint64_t start, length;
    uint32_t type;
} __attribute__((packed));

struct multiboot2_tag {
    uint32_t type, size;
};

struct multiboot2_map_tag {
    uint32_t type, size, entry_size, entry_version;
};

struct multiboot2_map {
    uint64_t start, length;
    uint32_t type, reserved;
};

struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, cmdline, rsdp, map;
    uint32_t map_entries, reserved;
};

struct pvh_map {
    uint64_t start, length;
    uint32_t type, reserved;
};

_Static_assert(sizeof(struct multiboot1_map) == 24, "multiboot 3.3");
_Static_assert(sizeof(struct multiboot2_map) == 24, "multiboot2 3.6.8");
_Static_assert(sizeof(struct pvh_start_info) == 56, "xen/arch-x86/hvm/start_info.h");

#define MULTIBOOT1_HAS_COMMAND_LINE 4u
#define MULTIBOOT1_HAS_MAP 0x40u

enum { TAG_END = 0, TAG_COMMAND_LINE = 1, TAG_MAP = 6, TAG_ACPI_OLD = 14, TAG_ACPI_NEW = 15 };

#define RSDP_SIZE_1   20
#define RSDP_REVISION 15

/* The boot tables map the first 4 GiB at DIRECT_BASE, where loaders put what they tell. */
static const void *low(uint64_t phys)
{
    return (const void *)(DIRECT_BASE + phys);
}

static void add_region(uint64_t start, uint64_t length, uint32_t type)
{
    if (boot_info.region_count == MEMORY_REGIONS || length == 0)
        return;
    boot_info.regions[boot_info.region_count++] = (struct memory_region){start, length, type};
}

static void set_command_line(const char *text)
{
    size_t at = 0;
    while (text[at] && at < COMMAND_LINE_SIZE - 1) {
        boot_info.command_line[at] = text[at];
        at++;
    }
    boot_info.command_line[at] = 0;
}

/* The revision 2 form is 36 bytes, the first one's 20; the longer wins, whichever tag comes first. */
static void copy_rsdp(const void *from, size_t size)
{
    const uint8_t *rsdp = from;
    if (size < RSDP_SIZE_1 || (boot_info.rsdp[RSDP_REVISION] != 0 && rsdp[RSDP_REVISION] == 0))
        return;
    if (rsdp[RSDP_REVISION] != 0)
        size = sizeof boot_info.rsdp;
    for (size_t i = 0; i < size && i < sizeof boot_info.rsdp; i++)
        boot_info.rsdp[i] = rsdp[i];
}

/* Multiboot1's command line begins with the program's own name. */
static const char *without_program(const char *text)
{
    while (*text && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

static void read_multiboot1(const struct multiboot1_info *info)
{
    boot_info.loader = "multiboot1";
    if (info->flags & MULTIBOOT1_HAS_COMMAND_LINE)
        set_command_line(without_program(low(info->cmdline)));
    if (!(info->flags & MULTIBOOT1_HAS_MAP))
        return;
    for (uint32_t at = 0; at < info->mmap_length;) {
        const struct multiboot1_map *entry = low(info->mmap_addr + at);
        add_region(entry->start, entry->length, entry->type);
        at += entry->size + 4;
    }
}

static void read_multiboot2_map(const struct multiboot2_map_tag *tag)
{
    const char *end = (const char *)tag + tag->size;
    for (const char *at = (const char *)(tag + 1); at + sizeof(struct multiboot2_map) <= end; at += tag->entry_size) {
        const struct multiboot2_map *entry = (const void *)at;
        add_region(entry->start, entry->length, entry->type);
    }
}

static void read_multiboot2(uint32_t information)
{
    boot_info.loader = "multiboot2";
    uint64_t at = information + 8u;
    for (;;) {
        const struct multiboot2_tag *tag = low(at);
        if (tag->type == TAG_END)
            return;
        if (tag->type == TAG_COMMAND_LINE)
            set_command_line((const char *)(tag + 1));
        if (tag->type == TAG_MAP)
            read_multiboot2_map((const void *)tag);
        if (tag->type == TAG_ACPI_OLD || tag->type == TAG_ACPI_NEW)
            copy_rsdp(tag + 1, tag->size - sizeof *tag);
        at += (tag->size + 7u) & ~7u;
    }
}

static void read_pvh(const struct pvh_start_info *info)
{
    boot_info.loader = "pvh";
    if (info->rsdp)
        copy_rsdp(low(info->rsdp), RSDP_SIZE_1);
    if (info->cmdline)
        set_command_line(low(info->cmdline));
    const struct pvh_map *map = low(info->map);
    for (uint32_t i = 0; i < info->map_entries; i++)
        add_region(map[i].start, map[i].length, map[i].type);
}

void boot_read(uint32_t protocol, uint32_t information)
{
    if (protocol == BOOT_MULTIBOOT1)
        read_multiboot1(low(information));
    else if (protocol == BOOT_MULTIBOOT2)
        read_multiboot2(information);
    else
        read_pvh(low(information));
}
