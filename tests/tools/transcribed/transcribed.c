/*
 * zvonokd-transcribed is zvonokd with a transcript of its SIP stack (support/transcript): the
 * linker's --wrap hands every call of the stack's inputs and outputs to a function here, which
 * writes it down in the file that ZV_SIP_TRANSCRIPT names. The gateway itself has no line of code
 * for this, no switch that somebody could leave on, and costs nothing for it. The stack's random
 * bytes are a seeded sequence here, and passwords stand in the file: for tests only, and installed
 * nowhere.
 *
 * tools.cmake has the list of what is wrapped.
 */
#include "support/transcript/act.h"

#include "base/err.h"
#include "sip/dtmf.h"
#include "sip/info.h"
#include "sip/stranger.h"

#include <stdio.h>
#include <stdlib.h>

static struct transcript transcript;
static FILE *file;
static bool is_inside; /* of a function below, which calls the real one by its plain name */

/* Defines __wrap_NAME, and __real_NAME as the linker's name of what it stands for. */
#define WRAP(type, name, parameters, arguments, action)                                            \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (is_inside || !open_file())                                                             \
            return __real_##name arguments;                                                        \
        is_inside = true;                                                                          \
        type result = action;                                                                      \
        is_inside = false;                                                                         \
        return result;                                                                             \
    }
#define WRAP_VOID(name, parameters, arguments, action)                                             \
    void __real_##name parameters;                                                                 \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (is_inside || !open_file()) {                                                           \
            __real_##name arguments;                                                               \
            return;                                                                                \
        }                                                                                          \
        is_inside = true;                                                                          \
        action;                                                                                    \
        is_inside = false;                                                                         \
    }
#define COMMAND(what, ...)                                                                         \
    transcript_command(&transcript, sip,                                                           \
                       &(struct transcript_command){.kind = TRANSCRIPT_##what, __VA_ARGS__})

/* The seed is the same in each run, so that records of two runs have much in common. Gateways that
 * have one SIP server in common need different ones: it would take the second one's calls for the
 * first one's. */
static bool open_file(void)
{
    const char *name = getenv("ZV_SIP_TRANSCRIPT"), *seed = getenv("ZV_SIP_SEED");
    if (!file && name && !(file = fopen(name, "wb"))) {
        perror(name);
        abort();
    }
    if (!transcript.seed.state)
        transcript.seed.state = seed ? strtoull(seed, NULL, 10) : 1;
    return file != NULL;
}

/* What was written so far is in the file, whoever kills us. */
static void flush(void)
{
    if (fwrite(transcript.text, 1, transcript.len, file) != transcript.len || fflush(file))
        abort();
    transcript.len = 0;
}

static int64_t deadline_us(const struct zv_sip *sip)
{
    int64_t us = transcript_deadline_us(&transcript, sip);
    flush();
    return us;
}

static struct zv_sip *close_stack(struct zv_sip *sip)
{
    transcript_free(&transcript, sip);
    flush();
    transcript_fini(&transcript);
    fclose(file);
    return NULL;
}

WRAP(int, zv_sip_new, (struct zv_sip * *ret_sip, const struct zv_sip_cfg *cfg), (ret_sip, cfg),
     transcript_new(&transcript, ret_sip, cfg))
WRAP(struct zv_sip *, zv_sip_free, (struct zv_sip * sip), (sip), close_stack(sip))
WRAP(bool, zv_sip_on_message,
     (struct zv_sip * sip, const struct zv_sip_flow *flow, const void *data, size_t len,
      int64_t now_us),
     (sip, flow, data, len, now_us),
     transcript_on_message(&transcript, sip, flow, zv_str_n(data, len), now_us))
WRAP(bool, zv_sip_on_stranger,
     (struct zv_sip * sip, const struct zv_sip_flow *flow, struct zv_str bytes, bool drops,
      int64_t now_us),
     (sip, flow, bytes, drops, now_us),
     transcript_on_stranger(&transcript, sip, flow, bytes, drops, now_us))
WRAP_VOID(zv_sip_on_resolved,
          (struct zv_sip * sip, uint64_t id, int err, const struct zv_sip_flow *targets,
           size_t count, int64_t now_us),
          (sip, id, err, targets, count, now_us),
          transcript_on_resolved(&transcript, sip, id, err, targets, count, now_us))
WRAP_VOID(zv_sip_on_flow_failed,
          (struct zv_sip * sip, const struct zv_sip_flow *flow, int64_t now_us),
          (sip, flow, now_us), transcript_on_flow_failed(&transcript, sip, flow, false, now_us))
WRAP_VOID(zv_sip_on_flow_untrusted,
          (struct zv_sip * sip, const struct zv_sip_flow *flow, int64_t now_us),
          (sip, flow, now_us), transcript_on_flow_failed(&transcript, sip, flow, true, now_us))
WRAP_VOID(zv_sip_on_timeout, (struct zv_sip * sip, int64_t now_us), (sip, now_us),
          transcript_on_timeout(&transcript, sip, now_us))
WRAP(int64_t, zv_sip_deadline_us, (const struct zv_sip *sip), (sip), deadline_us(sip))
WRAP(enum zv_sip_out_kind, zv_sip_poll, (struct zv_sip * sip, struct zv_sip_out *ret_out),
     (sip, ret_out), transcript_poll(&transcript, sip, ret_out))

WRAP(int, zv_sip_account_add,
     (struct zv_sip * sip, uint64_t id, const struct zv_sip_account_cfg *cfg), (sip, id, cfg),
     transcript_account_add(&transcript, sip, id, cfg))
WRAP(int, zv_sip_account_remove, (struct zv_sip * sip, uint64_t id), (sip, id),
     COMMAND(ACCOUNT_REMOVE, .id = id))
WRAP(int, zv_sip_register, (struct zv_sip * sip, uint64_t id, int64_t now_us), (sip, id, now_us),
     COMMAND(REGISTER, .id = id, .now_us = now_us))
WRAP(int, zv_sip_unregister, (struct zv_sip * sip, uint64_t id, int64_t now_us), (sip, id, now_us),
     COMMAND(UNREGISTER, .id = id, .now_us = now_us))
WRAP(int, zv_sip_invite,
     (struct zv_sip * sip, uint64_t id, const struct zv_sip_invite_cfg *cfg, int64_t now_us),
     (sip, id, cfg, now_us), transcript_invite(&transcript, sip, id, cfg, now_us))
WRAP(int, zv_sip_ring,
     (struct zv_sip * sip, uint64_t id, uint16_t status, struct zv_str sdp, int64_t now_us),
     (sip, id, status, sdp, now_us),
     COMMAND(RING, .id = id, .status = status, .text = sdp, .now_us = now_us))
WRAP(int, zv_sip_accept, (struct zv_sip * sip, uint64_t id, struct zv_str sdp, int64_t now_us),
     (sip, id, sdp, now_us), COMMAND(ACCEPT, .id = id, .text = sdp, .now_us = now_us))
WRAP(int, zv_sip_reject, (struct zv_sip * sip, uint64_t id, uint16_t status, int64_t now_us),
     (sip, id, status, now_us), COMMAND(REJECT, .id = id, .status = status, .now_us = now_us))
WRAP(int, zv_sip_hangup, (struct zv_sip * sip, uint64_t id, int64_t now_us), (sip, id, now_us),
     COMMAND(HANGUP, .id = id, .now_us = now_us))
WRAP(int, zv_sip_reoffer, (struct zv_sip * sip, uint64_t id, struct zv_str sdp, int64_t now_us),
     (sip, id, sdp, now_us), COMMAND(REOFFER, .id = id, .text = sdp, .now_us = now_us))
WRAP(int, zv_sip_reply_offer,
     (struct zv_sip * sip, uint64_t id, uint16_t status, struct zv_str sdp, int64_t now_us),
     (sip, id, status, sdp, now_us),
     COMMAND(REPLY_OFFER, .id = id, .status = status, .text = sdp, .now_us = now_us))
WRAP(int, zv_sip_info,
     (struct zv_sip * sip, uint64_t id, enum zv_sip_info_type type, struct zv_str body,
      int64_t now_us),
     (sip, id, type, body, now_us),
     COMMAND(INFO, .id = id, .mode = (int)type, .text = body, .now_us = now_us))
WRAP(int, zv_sip_send_digits,
     (struct zv_sip * sip, uint64_t id, enum zv_sip_digit_mode mode, struct zv_str digits,
      int64_t now_us),
     (sip, id, mode, digits, now_us),
     COMMAND(SEND_DIGITS, .id = id, .mode = (int)mode, .text = digits, .now_us = now_us))
