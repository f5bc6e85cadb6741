/*
 * What one end of a call says and listens for: a tone of its own, or probes for figures; and what
 * all ends of one kind heard together.
 */
#ifndef ZV_TESTS_LOAD_VOICE_H
#define ZV_TESTS_LOAD_VOICE_H

#include "base/attr.h"
#include "tools/load/probe.h"
#include "tools/load/tones.h"

#include <jansson.h>

enum zv_load_mode {
    ZV_LOAD_TONES,
    ZV_LOAD_PROBES,
};

struct zv_load_voice_cfg {
    enum zv_load_mode mode;
    enum zv_load_end end;
    enum zv_g711_law law;
    struct zv_load_delays *delays; /* borrowed; probes */
};

struct zv_load_voice {
    enum zv_load_mode mode;
    struct zv_load_probe probe;
    struct zv_load_tone tone;
    struct zv_load_ear ear;
};

void zv_load_voice_init(struct zv_load_voice *voice, const struct zv_load_voice_cfg *cfg,
                        unsigned call);
/* `voice` is a struct zv_load_voice; as void * to fit struct zv_wc_voice. */
void zv_load_voice_speak(void *voice, uint8_t *payload, size_t len);
void zv_load_voice_hear(void *voice, const uint8_t *payload, size_t len);

/* Probes as a picture. `probe` is a struct zv_load_probe; fits struct zv_wc_picture. */
void zv_load_picture_show(void *probe, uint8_t *rest, size_t len);
void zv_load_picture_see(void *probe, const uint8_t *rest, size_t len);

/* "PCMU", "PCMA"; ZV_E_UNSUPPORTED. */
int zv_load_law_of(const char *codec, enum zv_g711_law *ret_law) ZV_MUST_CHECK;
/* "tones", "probes"; ZV_E_UNSUPPORTED. */
int zv_load_mode_of(const char *name, enum zv_load_mode *ret_mode) ZV_MUST_CHECK;

/* ---- All together ---- */

struct zv_load_sum {
    uint64_t tx;
    uint64_t rx;
    uint64_t lost;
    uint64_t foreign;
    uint64_t right;
    uint64_t wrong;
    unsigned ears;       /* that heard at least one window, and none that was wrong */
    double worst_purity; /* 1 at first */
    double worst_foreign;
};

void zv_load_sum_add(struct zv_load_sum *sum, const struct zv_load_voice *voice);
void zv_load_sum_add_probe(struct zv_load_sum *sum, const struct zv_load_probe *probe);
/* As fields of a result: {"tones": …} or {"packets": …, "delayUs": …}. */
json_t *zv_load_sum_report(const struct zv_load_sum *sum, enum zv_load_mode mode,
                           const struct zv_load_delays *delays);
/* One line of JSON on standard output; takes over `fields`. */
void zv_load_print(const char *event, json_t *fields);

#endif
