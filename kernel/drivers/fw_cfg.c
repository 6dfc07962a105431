/* QEMU's firmware configuration device (QEMU docs/specs/fw_cfg): files by name, read through two ports. */
#include <string.h>

#include "kernel.h"

#define SELECTOR 0x510
#define DATA     0x511

#define KEY_SIGNATURE 0x00
#define KEY_DIRECTORY 0x19
#define FILES_MAX     1024u     /* a directory that claims more is not believed */

struct file {
    uint32_t size;              /* big-endian, as is `select` */
    uint16_t select;
    uint16_t reserved;
    char name[56];
};

_Static_assert(sizeof(struct file) == 64, "fw_cfg: struct FWCfgFile");

static void read_bytes(void *out, size_t size)
{
    __asm__ volatile("rep insb" : "+D"(out), "+c"(size) : "d"((uint16_t)DATA) : "memory");
}

static bool is_qemu(void)
{
    char signature[4];
    out16(SELECTOR, KEY_SIGNATURE);
    read_bytes(signature, sizeof signature);
    return memcmp(signature, "QEMU", sizeof signature) == 0;
}

static bool find(const char *name, struct file *file)
{
    if (!is_qemu() || strlen(name) >= sizeof file->name)
        return false;
    uint32_t count;
    out16(SELECTOR, KEY_DIRECTORY);
    read_bytes(&count, sizeof count);
    count = __builtin_bswap32(count);
    for (uint32_t i = 0; i < count && i < FILES_MAX; i++) {
        read_bytes(file, sizeof *file);
        if (strncmp(file->name, name, sizeof file->name) == 0)
            return true;
    }
    return false;
}

ptrdiff_t fw_cfg_size(const char *name)
{
    struct file file;
    return find(name, &file) ? (ptrdiff_t)__builtin_bswap32(file.size) : -1;
}

ptrdiff_t fw_cfg_read(const char *name, void *out, size_t size)
{
    struct file file;
    if (!find(name, &file))
        return -1;
    size_t length = __builtin_bswap32(file.size);
    if (length > size)
        length = size;
    out16(SELECTOR, __builtin_bswap16(file.select));
    read_bytes(out, length);
    return (ptrdiff_t)length;
}
