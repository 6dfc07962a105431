/* PCI enumeration by configuration mechanism 1: an address port and a data port. Bridges are followed as firmware set them up. */
#include "drivers/pci.h"

#include "kernel.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000u

/* Type 0 header (PCI 3.0, figure 6-1). */
enum {
    PCI_VENDOR = 0x00, PCI_DEVICE = 0x02, PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_REVISION = 0x08, PCI_SUBCLASS = 0x0a,
    PCI_CLASS = 0x0b, PCI_HEADER_TYPE = 0x0e, PCI_BAR0 = 0x10, PCI_SECONDARY_BUS = 0x19, PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e, PCI_CAPABILITIES = 0x34, PCI_INTERRUPT_LINE = 0x3c,
};

#define COMMAND_IO         0x001
#define COMMAND_MEMORY     0x002
#define COMMAND_BUS_MASTER 0x004
#define COMMAND_INTX_OFF   0x400
#define STATUS_CAPABILITIES 0x10
#define HEADER_MULTI       0x80
#define HEADER_BRIDGE      1
#define BAR_IO             1u
#define BAR_TYPE           6u
#define BAR_64             4u
#define NOT_PRESENT        0xffff

#define DEVICES 64              /* functions noted; further ones are not seen */
#define BRIDGE_DEPTH 8
#define CAPABILITIES_MAX 48     /* a list longer than config space can hold is a loop */

static struct pci_device devices[DEVICES];
static unsigned device_count;

static void select_register(const struct pci_device *device, uint8_t offset)
{
    out32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)device->bus << 16 | (uint32_t)device->slot << 11
                              | (uint32_t)device->function << 8 | (offset & 0xfcu));
}

uint8_t pci_read8(const struct pci_device *device, uint8_t offset)
{
    select_register(device, offset);
    return in8(CONFIG_DATA + (offset & 3));
}

uint16_t pci_read16(const struct pci_device *device, uint8_t offset)
{
    select_register(device, offset);
    return in16(CONFIG_DATA + (offset & 2));
}

uint32_t pci_read32(const struct pci_device *device, uint8_t offset)
{
    select_register(device, offset);
    return in32(CONFIG_DATA);
}

void pci_write8(const struct pci_device *device, uint8_t offset, uint8_t value)
{
    select_register(device, offset);
    out8(CONFIG_DATA + (offset & 3), value);
}

void pci_write16(const struct pci_device *device, uint8_t offset, uint16_t value)
{
    select_register(device, offset);
    out16(CONFIG_DATA + (offset & 2), value);
}

void pci_write32(const struct pci_device *device, uint8_t offset, uint32_t value)
{
    select_register(device, offset);
    out32(CONFIG_DATA, value);
}

static void read_header(struct pci_device *device)
{
    device->vendor = pci_read16(device, PCI_VENDOR);
    device->device = pci_read16(device, PCI_DEVICE);
    device->revision = pci_read8(device, PCI_REVISION);
    device->subclass = pci_read8(device, PCI_SUBCLASS);
    device->class_code = pci_read8(device, PCI_CLASS);
    device->header_type = pci_read8(device, PCI_HEADER_TYPE) & (uint8_t)~HEADER_MULTI;
    device->irq = pci_read8(device, PCI_INTERRUPT_LINE);
    if (device->header_type != 0)
        return;
    device->subsystem_vendor = pci_read16(device, PCI_SUBSYSTEM_VENDOR);
    device->subsystem = pci_read16(device, PCI_SUBSYSTEM);
    for (unsigned i = 0; i < 6; i++)
        device->bar[i] = pci_read32(device, (uint8_t)(PCI_BAR0 + 4 * i));
}

static void scan_bus(uint8_t bus, unsigned depth);

static bool scan_function(struct pci_device at, unsigned depth)
{
    if (pci_read16(&at, PCI_VENDOR) == NOT_PRESENT)
        return false;
    read_header(&at);
    if (device_count < DEVICES)
        devices[device_count++] = at;
    if (at.header_type == HEADER_BRIDGE && depth < BRIDGE_DEPTH) {
        uint8_t secondary = pci_read8(&at, PCI_SECONDARY_BUS);
        if (secondary > at.bus)
            scan_bus(secondary, depth + 1);
    }
    return true;
}

static void scan_bus(uint8_t bus, unsigned depth)
{
    for (uint8_t slot = 0; slot < 32; slot++) {
        struct pci_device at = {.bus = bus, .slot = slot};
        if (!scan_function(at, depth) || !(pci_read8(&at, PCI_HEADER_TYPE) & HEADER_MULTI))
            continue;
        for (at.function = 1; at.function < 8; at.function++)
            scan_function(at, depth);
    }
}

void pci_init(void)
{
    scan_bus(0, 0);
}

struct pci_device *pci_next(struct pci_device *previous)
{
    struct pci_device *next = previous ? previous + 1 : devices;
    return next < devices + device_count ? next : NULL;
}

struct pci_device *pci_find(uint16_t vendor, uint16_t device)
{
    struct pci_device *at = NULL;
    while ((at = pci_next(at)))
        if (at->vendor == vendor && at->device == device)
            return at;
    return NULL;
}

uint64_t pci_bar(const struct pci_device *device, unsigned n, bool *is_io)
{
    if (n >= 6)
        return 0;
    uint32_t bar = device->bar[n];
    *is_io = bar & BAR_IO;
    if (bar & BAR_IO)
        return bar & ~3u;
    uint64_t high = (bar & BAR_TYPE) == BAR_64 && n < 5 ? device->bar[n + 1] : 0;
    return high << 32 | (bar & ~15u);
}

uint8_t pci_find_capability(const struct pci_device *device, uint8_t id, uint8_t after)
{
    if (!(pci_read16(device, PCI_STATUS) & STATUS_CAPABILITIES))
        return 0;
    uint8_t at = pci_read8(device, after ? (uint8_t)(after + 1) : PCI_CAPABILITIES) & 0xfc;
    for (unsigned i = 0; at && i < CAPABILITIES_MAX; i++) {
        if (pci_read8(device, at) == id)
            return at;
        at = pci_read8(device, (uint8_t)(at + 1)) & 0xfc;
    }
    return 0;
}

void pci_enable(const struct pci_device *device)
{
    uint16_t command = pci_read16(device, PCI_COMMAND);
    command |= COMMAND_IO | COMMAND_MEMORY | COMMAND_BUS_MASTER;
    pci_write16(device, PCI_COMMAND, command & (uint16_t)~COMMAND_INTX_OFF);
}
