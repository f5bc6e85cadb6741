#include "tools/webclient/ear.h"

#include "base/attr.h"
#include "support/tone.h"

#include <string.h>

/* The search near a given tone. */
#define TOLERANCE_HZ 6.0
#define STEP_HZ      0.5
/* The search for any tone: coarse in a part of the window, then fine round the best. */
#define COARSE_SAMPLES 800
#define COARSE_STEP_HZ 5.0
#define LOWEST_HZ      100.0
#define HIGHEST_HZ     3600.0
/* Quieter than that (mean square) is silence, whose noise may look like a tone. */
#define LEAST_POWER 100.0

void zv_wc_ear_init(struct zv_wc_ear *ear, double hz)
{
    memset(ear, 0, sizeof(*ear));
    ear->hz = hz;
}

static struct zv_wc_heard search(const int16_t *samples, size_t count, double from_hz, double to_hz,
                                 double step_hz)
{
    struct zv_wc_heard best = {0};
    for (double hz = from_hz; hz <= to_hz; hz += step_hz) {
        double purity = zv_goertzel(samples, count, hz, ZV_WC_EAR_RATE_HZ);
        if (purity > best.purity)
            best = (struct zv_wc_heard){.hz = hz, .purity = purity};
    }
    return best;
}

static double power(const int16_t *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    return sum / (double)count;
}

static void measure(struct zv_wc_ear *ear)
{
    double near_hz = ear->hz;
    ear->windows++;
    ear->latest = (struct zv_wc_heard){0};
    ear->latest_power = power(ear->window, ZV_WC_EAR_WINDOW);
    if (ear->latest_power < LEAST_POWER)
        return;
    if (near_hz <= 0)
        near_hz = search(ear->window, COARSE_SAMPLES, LOWEST_HZ, HIGHEST_HZ, COARSE_STEP_HZ).hz;
    struct zv_wc_heard here = search(ear->window, ZV_WC_EAR_WINDOW, near_hz - TOLERANCE_HZ,
                                     near_hz + TOLERANCE_HZ, STEP_HZ);
    if (here.purity > ear->heard.purity) {
        ear->heard.hz = here.hz;
        ear->heard.purity = here.purity;
    }
    if (here.purity >= ZV_WC_EAR_PURITY)
        here.seconds = (double)ZV_WC_EAR_WINDOW / ZV_WC_EAR_RATE_HZ;
    ear->heard.seconds += here.seconds;
    ear->latest = here;
}

void zv_wc_ear_take(struct zv_wc_ear *ear, const int16_t *samples, size_t count)
{
    while (count) {
        size_t taken = ZV_MIN(count, ZV_WC_EAR_WINDOW - ear->count);
        memcpy(ear->window + ear->count, samples, taken * sizeof(samples[0]));
        ear->count += taken;
        samples += taken;
        count -= taken;
        if (ear->count == ZV_WC_EAR_WINDOW) {
            measure(ear);
            ear->count = 0;
        }
    }
}
