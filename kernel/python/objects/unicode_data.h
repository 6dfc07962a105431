/* The table that unicode_table.py writes: three levels of index to shared records. */
#ifndef PYNET_OBJECTS_UNICODE_DATA_H
#define PYNET_OBJECTS_UNICODE_DATA_H

#include <stdint.h>

/* record = unicode_records[unicode_entries[16 * block + c % 16]], block = unicode_blocks[32 * group + c / 16 % 32],
 * group = unicode_groups[c / 512] */
#define UNICODE_BLOCK 16
#define UNICODE_GROUP 32
/* A mapping to 2 or 3 code points: 0x40000000 | count << 16 | index into unicode_sequences. */
#define UNICODE_SEQUENCE 0x40000000

struct unicode_record {
    uint16_t flags;
    int32_t mapped[4]; /* upper, lower, title, folded: a difference to add, or a sequence */
};

extern const uint8_t unicode_groups[];
extern const uint16_t unicode_blocks[], unicode_entries[];
extern const uint32_t unicode_sequences[];
extern const struct unicode_record unicode_records[];

#endif
