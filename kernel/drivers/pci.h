/* PCI functions of the machine, by configuration mechanism 1 (PCI Local Bus 3.0, 3.2.2.3.2). */
#ifndef PCI_H
#define PCI_H

#include <stdbool.h>
#include <stdint.h>

struct pci_device {
    uint8_t bus, slot, function;
    uint16_t vendor, device;
    uint16_t subsystem_vendor, subsystem;
    uint8_t class_code, subclass, revision;
    uint8_t header_type;        /* without the multi-function bit */
    uint8_t irq;                /* interrupt line register: the 8259 line, 255 when not routed */
    uint32_t bar[6];            /* as read; pci_bar decodes */
};

void pci_init(void);
/* The first function with this vendor and device, in bus order; NULL when absent. */
struct pci_device *pci_find(uint16_t vendor, uint16_t device);
/* The function after `previous` (NULL: the first); NULL at the end. */
struct pci_device *pci_next(struct pci_device *previous);

uint8_t pci_read8(const struct pci_device *device, uint8_t offset);
uint16_t pci_read16(const struct pci_device *device, uint8_t offset);
uint32_t pci_read32(const struct pci_device *device, uint8_t offset);
void pci_write8(const struct pci_device *device, uint8_t offset, uint8_t value);
void pci_write16(const struct pci_device *device, uint8_t offset, uint16_t value);
void pci_write32(const struct pci_device *device, uint8_t offset, uint32_t value);

/* Base address of BAR n, 32 or 64 bits wide; a port number when *is_io. 0: not there. */
uint64_t pci_bar(const struct pci_device *device, unsigned n, bool *is_io);
/* Offset of the next capability with this id after offset `after` (0: from the start); 0 when there is none. */
uint8_t pci_find_capability(const struct pci_device *device, uint8_t id, uint8_t after);
/* Turns on memory and I/O decoding, bus mastering and INTx. */
void pci_enable(const struct pci_device *device);

#endif
