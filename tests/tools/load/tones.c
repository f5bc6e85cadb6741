#include "tools/load/tones.h"

#include "base/attr.h"

#include <string.h>

#define RATE_HZ   8000
#define LOWEST_HZ 350.0
#define STEP_HZ   50.0
#define TONES     (2 * ZV_LOAD_TONE_CALLS)
#define AMPLITUDE 12000.0
/* The first second, in which both ends begin. */
#define BEGINNING_SAMPLES 8000

static double hz_of(unsigned tone)
{
    return LOWEST_HZ + STEP_HZ * tone;
}

double zv_load_tone_hz(unsigned call, enum zv_load_end end)
{
    return hz_of(2 * (call % ZV_LOAD_TONE_CALLS) + (end == ZV_LOAD_FAR_END));
}

void zv_load_ear_init(struct zv_load_ear *ear, enum zv_g711_law law, double hz)
{
    memset(ear, 0, sizeof(*ear));
    ear->law = law;
    ear->hz = hz;
    ear->worst_purity = 1;
    ear->skip = BEGINNING_SAMPLES;
}

static void measure(struct zv_load_ear *ear)
{
    double purity = zv_goertzel(ear->window, ZV_LOAD_EAR_WINDOW, ear->hz, RATE_HZ), foreign = 0;
    for (unsigned i = 0; i < TONES; i++) {
        if (hz_of(i) == ear->hz)
            continue;
        double share = zv_goertzel(ear->window, ZV_LOAD_EAR_WINDOW, hz_of(i), RATE_HZ);
        foreign = ZV_MAX(foreign, share);
    }
    bool is_right = purity >= ZV_LOAD_PURE && foreign <= ZV_LOAD_FOREIGN;
    ear->right += is_right;
    ear->wrong += !is_right;
    ear->worst_purity = ZV_MIN(ear->worst_purity, purity);
    ear->worst_foreign = ZV_MAX(ear->worst_foreign, foreign);
}

void zv_load_ear_hear(struct zv_load_ear *ear, const uint8_t *payload, size_t len)
{
    if (ear->skip) {
        ear->skip -= ZV_MIN(ear->skip, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        ear->window[ear->count++] = zv_g711_decode(ear->law, payload[i]);
        if (ear->count < ZV_LOAD_EAR_WINDOW)
            continue;
        measure(ear);
        ear->count = 0;
    }
}

void zv_load_tone_init(struct zv_load_tone *tone, enum zv_g711_law law, double hz)
{
    struct zv_tone source = {.hz = hz, .rate_hz = RATE_HZ, .amplitude = AMPLITUDE};
    tone->at = 0;
    for (size_t i = 0; i < ZV_LOAD_EAR_WINDOW; i++)
        tone->samples[i] = zv_g711_encode(law, zv_tone_next(&source));
}

void zv_load_tone_speak(struct zv_load_tone *tone, uint8_t *payload, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        payload[i] = tone->samples[tone->at];
        tone->at = (tone->at + 1) % ZV_LOAD_EAR_WINDOW;
    }
}
