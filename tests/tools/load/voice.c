#include "tools/load/voice.h"

#include "base/err.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void zv_load_voice_init(struct zv_load_voice *voice, const struct zv_load_voice_cfg *cfg,
                        unsigned call)
{
    enum zv_load_end other = cfg->end == ZV_LOAD_CLIENT ? ZV_LOAD_FAR_END : ZV_LOAD_CLIENT;
    memset(voice, 0, sizeof(*voice));
    voice->mode = cfg->mode;
    voice->probe = (struct zv_load_probe){
        .call = (uint16_t)call, .follows = cfg->end == ZV_LOAD_FAR_END, .delays = cfg->delays};
    if (cfg->mode == ZV_LOAD_PROBES)
        return;
    zv_load_tone_init(&voice->tone, cfg->law, zv_load_tone_hz(call, cfg->end));
    zv_load_ear_init(&voice->ear, cfg->law, zv_load_tone_hz(call, other));
}

void zv_load_voice_speak(void *voice_, uint8_t *payload, size_t len)
{
    struct zv_load_voice *voice = voice_;
    if (voice->mode == ZV_LOAD_PROBES)
        zv_load_probe_write(&voice->probe, payload, len);
    else
        zv_load_tone_speak(&voice->tone, payload, len);
}

void zv_load_voice_hear(void *voice_, const uint8_t *payload, size_t len)
{
    struct zv_load_voice *voice = voice_;
    if (voice->mode == ZV_LOAD_PROBES)
        zv_load_probe_read(&voice->probe, payload, len);
    else
        zv_load_ear_hear(&voice->ear, payload, len);
}

void zv_load_picture_show(void *probe, uint8_t *rest, size_t len)
{
    zv_load_probe_write(probe, rest, len);
}

void zv_load_picture_see(void *probe, const uint8_t *rest, size_t len)
{
    zv_load_probe_read(probe, rest, len);
}

int zv_load_law_of(const char *codec, enum zv_g711_law *ret_law)
{
    if (strcasecmp(codec, "PCMU") != 0 && strcasecmp(codec, "PCMA") != 0)
        return ZV_E_UNSUPPORTED;
    *ret_law = strcasecmp(codec, "PCMA") == 0 ? ZV_G711_ALAW : ZV_G711_ULAW;
    return 0;
}

int zv_load_mode_of(const char *name, enum zv_load_mode *ret_mode)
{
    if (strcmp(name, "tones") != 0 && strcmp(name, "probes") != 0)
        return ZV_E_UNSUPPORTED;
    *ret_mode = strcmp(name, "tones") == 0 ? ZV_LOAD_TONES : ZV_LOAD_PROBES;
    return 0;
}

/* ---- All together ---- */

void zv_load_sum_add_probe(struct zv_load_sum *sum, const struct zv_load_probe *probe)
{
    sum->tx += probe->tx;
    sum->rx += probe->rx;
    sum->lost += zv_load_probe_lost(probe);
    sum->foreign += probe->foreign;
}

void zv_load_sum_add(struct zv_load_sum *sum, const struct zv_load_voice *voice)
{
    const struct zv_load_ear *ear = &voice->ear;
    zv_load_sum_add_probe(sum, &voice->probe);
    if (voice->mode == ZV_LOAD_PROBES)
        return;
    sum->right += ear->right;
    sum->wrong += ear->wrong;
    sum->ears += ear->right && !ear->wrong;
    sum->worst_purity = ZV_MIN(sum->worst_purity, ear->worst_purity);
    sum->worst_foreign = ZV_MAX(sum->worst_foreign, ear->worst_foreign);
}

static double rounded(double value)
{
    return round(value * 100000) / 100000;
}

json_t *zv_load_sum_report(const struct zv_load_sum *sum, enum zv_load_mode mode,
                           const struct zv_load_delays *delays)
{
    if (mode == ZV_LOAD_TONES)
        return json_pack("{s:{s:i, s:I, s:I, s:f, s:f}}", "tones", "ears", (int)sum->ears, "right",
                         (json_int_t)sum->right, "wrong", (json_int_t)sum->wrong, "worstPurity",
                         rounded(sum->worst_purity), "worstForeign", rounded(sum->worst_foreign));
    return json_pack(
        "{s:{s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}}", "packets", "tx", (json_int_t)sum->tx, "rx",
        (json_int_t)sum->rx, "lost", (json_int_t)sum->lost, "foreign", (json_int_t)sum->foreign,
        "delayUs", "p50", (json_int_t)zv_load_delays_percentile(delays, 0.5), "p99",
        (json_int_t)zv_load_delays_percentile(delays, 0.99), "max", (json_int_t)delays->max_us);
}

void zv_load_print(const char *event, json_t *fields)
{
    json_t *line = json_pack("{s:s}", "event", event);
    if (fields)
        json_object_update_missing_new(line, fields);
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}
