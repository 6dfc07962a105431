/* The little of ACPI that is used: the PM timer's port and how to power off (ACPI 6.4, 5.2 and 7.4.2). */
#include <string.h>

#include "arch/arch.h"
#include "boot/boot.h"
#include "kernel.h"
#include "mm/mm.h"

struct table {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
};

_Static_assert(sizeof(struct table) == 36, "ACPI 5.2.6");

/* Offsets in the RSDP and in the FADT (ACPI 5.2.5.3, 5.2.9). */
enum { RSDP_REVISION = 15, RSDP_RSDT = 16, RSDP_XSDT = 24 };
enum { FADT_DSDT = 40, FADT_PM1A_CONTROL = 64, FADT_PM1B_CONTROL = 68, FADT_PM_TIMER = 76, FADT_PM_TIMER_LENGTH = 91 };

#define BIOS_AREA_START 0xe0000u
#define BIOS_AREA_END   0x100000u
#define TABLE_MAX       (1u << 20)      /* a longer table is not believed */
#define SLEEP_ENABLE    (1u << 13)

static uint16_t pm_timer_port, pm1a_control, pm1b_control;
static uint8_t sleep_type_a, sleep_type_b;
static bool can_power_off;

/* Tables need not be aligned: fields are read byte for byte. */
static uint32_t get32(const void *base, unsigned offset)
{
    uint32_t value;
    memcpy(&value, (const char *)base + offset, sizeof value);
    return value;
}

static uint64_t get64(const void *base, unsigned offset)
{
    return get32(base, offset) | (uint64_t)get32(base, offset + 4) << 32;
}

/* Firmware may call the tables' memory reserved, which the direct map leaves out: map what is missing. */
static bool reach(uint64_t phys, uint64_t size)
{
    for (uint64_t at = phys / PAGE_SIZE * PAGE_SIZE; at < phys + size; at += PAGE_SIZE)
        if (!page_entry((uint64_t)phys_to_virt(at)) && !page_map((uint64_t)phys_to_virt(at), at, PAGE_NX))
            return false;
    return true;
}

static const struct table *table_at(uint64_t phys)
{
    const struct table *table = phys_to_virt(phys);
    if (phys == 0 || !reach(phys, sizeof *table) || table->length > TABLE_MAX || !reach(phys, table->length))
        return NULL;
    return table;
}

static const uint8_t *find_rsdp(void)
{
    if (memcmp(boot_info.rsdp, "RSD PTR ", 8) == 0)
        return boot_info.rsdp;
    for (uint64_t at = BIOS_AREA_START; at < BIOS_AREA_END; at += 16)
        if (memcmp(phys_to_virt(at), "RSD PTR ", 8) == 0)
            return phys_to_virt(at);
    return NULL;
}

static const struct table *find_table(const char *signature)
{
    const uint8_t *rsdp = find_rsdp();
    if (rsdp == NULL)
        return NULL;
    bool wide = rsdp[RSDP_REVISION] >= 2 && get64(rsdp, RSDP_XSDT) != 0;
    const struct table *root = table_at(wide ? get64(rsdp, RSDP_XSDT) : get32(rsdp, RSDP_RSDT));
    unsigned width = wide ? 8 : 4;
    for (unsigned at = sizeof *root; root && at + width <= root->length; at += width) {
        const struct table *table = table_at(wide ? get64(root, at) : get32(root, at));
        if (table && memcmp(table->signature, signature, 4) == 0)
            return table;
    }
    return NULL;
}

/* One small integer of AML: ZeroOp, OneOp or a byte constant. */
static uint8_t aml_integer(const uint8_t **at)
{
    uint8_t op = *(*at)++;
    return op == 0x0a ? *(*at)++ : op == 0x01;
}

/* The _S5_ package gives the two sleep types. Its encoding is fixed enough to be read without an AML interpreter. */
static void read_sleep_types(const struct table *dsdt)
{
    const uint8_t *bytes = (const uint8_t *)dsdt;
    for (uint32_t i = sizeof *dsdt; dsdt && i + 16 < dsdt->length; i++) {
        if (memcmp(bytes + i, "_S5_", 4) != 0 || bytes[i + 4] != 0x12)
            continue;
        const uint8_t *at = bytes + i + 5;
        at += (*at >> 6) + 2;           /* package length, then the number of elements */
        sleep_type_a = aml_integer(&at);
        sleep_type_b = aml_integer(&at);
        can_power_off = pm1a_control != 0;
        return;
    }
}

void acpi_init(void)
{
    const struct table *fadt = find_table("FACP");
    if (fadt == NULL)
        return;
    pm1a_control = (uint16_t)get32(fadt, FADT_PM1A_CONTROL);
    pm1b_control = (uint16_t)get32(fadt, FADT_PM1B_CONTROL);
    if (((const uint8_t *)fadt)[FADT_PM_TIMER_LENGTH] == 4)
        pm_timer_port = (uint16_t)get32(fadt, FADT_PM_TIMER);
    read_sleep_types(table_at(get32(fadt, FADT_DSDT)));
}

uint16_t acpi_pm_timer_port(void)
{
    return pm_timer_port;
}

void acpi_power_off(void)
{
    if (!can_power_off)
        return;
    out16(pm1a_control, (uint16_t)(sleep_type_a << 10 | SLEEP_ENABLE));
    if (pm1b_control)
        out16(pm1b_control, (uint16_t)(sleep_type_b << 10 | SLEEP_ENABLE));
}
