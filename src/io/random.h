/*
 * Random bytes of the operating system, as the zv_rand that machines take in their config.
 */
#ifndef ZV_IO_RANDOM_H
#define ZV_IO_RANDOM_H

#include "base/rand.h"

/*
 * The process-wide source, of static storage; usable from every thread (each keeps a buffer of its
 * own). Fit for secrets. When the system has no random bytes to give the process ends: going on
 * with guessable keys would be worse.
 */
const struct zv_rand *zv_rand_os(void);

#endif
