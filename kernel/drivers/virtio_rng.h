/* The virtio entropy device. */
#ifndef DRIVERS_VIRTIO_RNG_H
#define DRIVERS_VIRTIO_RNG_H

#include <stdbool.h>

/* Feeds up to 64 octets of the device to the kernel's generator, waiting at most 20 ms for them. False: there is no
 * device, or no answer yet. To be called again for a reseed. */
bool virtio_rng_seed(void);

#endif
