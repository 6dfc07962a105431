/* The kernel's words: from the loader, then from QEMU's fw_cfg (an ISO cannot be given any by -append). */
#include <string.h>

#include "boot/boot.h"
#include "kernel.h"

#define FW_CFG_NAME "opt/pynet/cmdline"

void command_line_init(void)
{
    size_t used = strlen(boot_info.command_line);
    char *end = boot_info.command_line + used;
    size_t room = COMMAND_LINE_SIZE - used;
    if (room < 3 || fw_cfg_size(FW_CFG_NAME) <= 0)
        return;
    if (used)
        *end++ = ' ', room--;
    end += fw_cfg_read(FW_CFG_NAME, end, room - 1);
    *end = 0;
}

const char *command_line(void)
{
    return boot_info.command_line;
}

/* The next word at or after `at` and its length; NULL at the end. */
static const char *next_word(const char *at, size_t *length)
{
    at += strspn(at, " \n");
    *length = strcspn(at, " \n");
    return *length ? at : NULL;
}

bool command_line_has(const char *word)
{
    size_t length;
    for (const char *at = command_line(); (at = next_word(at, &length)); at += length)
        if (strlen(word) == length && strncmp(at, word, length) == 0)
            return true;
    return false;
}

bool command_line_value(const char *name, char *out, size_t size)
{
    size_t length, prefix = strlen(name);
    for (const char *at = command_line(); (at = next_word(at, &length)); at += length) {
        if (length <= prefix || strncmp(at, name, prefix) != 0 || at[prefix] != '=')
            continue;
        size_t count = length - prefix - 1;
        if (count >= size)
            count = size - 1;
        memcpy(out, at + prefix + 1, count);
        out[count] = 0;
        return true;
    }
    return false;
}
