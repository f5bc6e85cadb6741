#include "support/tone.h"

#include <math.h>

#define ULAW_BIAS 0x84
#define ULAW_CLIP 32635
#define PI        3.14159265358979323846

static uint8_t encode_ulaw(int16_t sample)
{
    int sign = sample < 0 ? 0x80 : 0;
    int magnitude = sample < 0 ? -(int)sample : sample;
    int exponent = 7;
    if (magnitude > ULAW_CLIP)
        magnitude = ULAW_CLIP;
    magnitude += ULAW_BIAS;
    while (exponent > 0 && !(magnitude & (1 << (exponent + 7))))
        exponent--;
    int mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    return (uint8_t) ~(sign | (exponent << 4) | mantissa);
}

static int16_t decode_ulaw(uint8_t byte)
{
    byte = (uint8_t)~byte;
    int exponent = (byte >> 4) & 7;
    int magnitude = (((byte & 0x0f) << 3) + ULAW_BIAS) << exponent;
    magnitude -= ULAW_BIAS;
    return (int16_t)(byte & 0x80 ? -magnitude : magnitude);
}

static uint8_t encode_alaw(int16_t sample)
{
    int sign = sample >= 0 ? 0x80 : 0;
    int magnitude = sample >= 0 ? sample : -(int)sample - 1;
    int exponent = 7;
    while (exponent > 0 && !(magnitude & (1 << (exponent + 7))))
        exponent--;
    int mantissa = (magnitude >> (exponent ? exponent + 3 : 4)) & 0x0f;
    return (uint8_t)((sign | (exponent << 4) | mantissa) ^ 0x55);
}

static int16_t decode_alaw(uint8_t byte)
{
    byte ^= 0x55;
    int exponent = (byte >> 4) & 7;
    int magnitude = ((byte & 0x0f) << 4) + 8;
    if (exponent)
        magnitude = (magnitude + 0x100) << (exponent - 1);
    return (int16_t)(byte & 0x80 ? magnitude : -magnitude);
}

uint8_t zv_g711_encode(enum zv_g711_law law, int16_t sample)
{
    return law == ZV_G711_ULAW ? encode_ulaw(sample) : encode_alaw(sample);
}

int16_t zv_g711_decode(enum zv_g711_law law, uint8_t byte)
{
    return law == ZV_G711_ULAW ? decode_ulaw(byte) : decode_alaw(byte);
}

int16_t zv_tone_next(struct zv_tone *tone)
{
    int16_t sample = (int16_t)lrint(sin(tone->phase) * tone->amplitude);
    tone->phase += 2 * PI * tone->hz / tone->rate_hz;
    if (tone->phase > 2 * PI)
        tone->phase -= 2 * PI;
    return sample;
}

double zv_goertzel(const int16_t *samples, size_t count, double hz, double rate_hz)
{
    double coefficient = 2 * cos(2 * PI * hz / rate_hz), s1 = 0, s2 = 0, energy = 0;
    for (size_t i = 0; i < count; i++) {
        double s0 = samples[i] + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
        energy += (double)samples[i] * samples[i];
    }
    double power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    return energy > 0 ? 2 * power / ((double)count * energy) : 0;
}
