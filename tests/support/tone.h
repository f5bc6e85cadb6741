/*
 * Sound for tests: a tone, G.711, and a Goertzel filter that finds a tone again.
 */
#ifndef ZV_TESTS_SUPPORT_TONE_H
#define ZV_TESTS_SUPPORT_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zv_g711_law {
    ZV_G711_ULAW,
    ZV_G711_ALAW,
};

/* ITU-T G.711, by its definition, not by tables. */
uint8_t zv_g711_encode(enum zv_g711_law law, int16_t sample);
int16_t zv_g711_decode(enum zv_g711_law law, uint8_t byte);

struct zv_tone {
    double hz;
    double rate_hz;
    double phase;     /* radians */
    double amplitude; /* of 32767 */
};
int16_t zv_tone_next(struct zv_tone *tone);

/*
 * The share of a block's energy that lies at `hz`: 0 … 1 (a pure tone at that frequency is 1;
 * silence is 0).
 */
double zv_goertzel(const int16_t *samples, size_t count, double hz, double rate_hz);

#endif
