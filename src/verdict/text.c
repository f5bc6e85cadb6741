/*
 * Sentences of the table with their words filled in. Each word in braces is one of the list below;
 * the generator refuses a table that has another one.
 */
#include "base/attr.h"
#include "base/str.h"
#include "verdict/verdict_int.h"

#include <string.h>

#define WORD_LIST(X)                                                                               \
    X(checks)                                                                                      \
    X(port)                                                                                        \
    X(leg)                                                                                         \
    X(source)                                                                                      \
    X(described)                                                                                   \
    X(rule)                                                                                        \
    X(pt)                                                                                          \
    X(seconds)                                                                                     \
    X(percent)                                                                                     \
    X(jitter)                                                                                      \
    X(codec)                                                                                       \
    X(agreed)                                                                                      \
    X(what)                                                                                        \
    X(requests)                                                                                    \
    X(why)

enum word {
#define X(name) WORD_##name,
    WORD_LIST(X)
#undef X
        WORD_COUNT,
};

static const char *rule_text(enum zv_verdict_rule rule)
{
    switch (rule) {
    case ZV_VERDICT_RULE_STRICT:
        return "the trunk is strict";
    case ZV_VERDICT_RULE_PUBLIC:
        return "which is public, so no other host is taken";
    default:
        return "and another source came first";
    }
}

/* "the call has no video: …" */
static const char *why_text(enum zv_video_reason reason)
{
    switch (reason) {
    case ZV_VIDEO_REASON_OFF:
        return "the gateway gives it no port";
    case ZV_VIDEO_REASON_REFUSED:
        return "one side refused it";
    case ZV_VIDEO_REASON_NO_COMMON_CODEC:
        return "the two sides have no video codec in common";
    case ZV_VIDEO_REASON_PROFILE_MISMATCH:
        return "the two sides have no profile of H.264 in common";
    case ZV_VIDEO_REASON_UNUSABLE:
        return "its description cannot be used";
    case ZV_VIDEO_REASON_SRTP:
        return "its encryption does not suit media.srtp";
    case ZV_VIDEO_REASON_INACTIVE:
        return "it is described as inactive";
    default:
        return "nobody wants it";
    }
}

static void write_addr(const struct zv_addr *addr, zv_verdict_addr_fn *write_fn, struct zv_buf *out)
{
    char text[ZV_ADDR_TEXT_CAP];
    zv_buf_put_text(out, addr->family == ZV_ADDR_NONE ? "nothing" : write_fn(addr, text));
}

static void write_word(enum word word, const struct zv_verdict *verdict,
                       zv_verdict_addr_fn *write_fn, struct zv_buf *out)
{
    switch (word) {
    case WORD_checks:
        zv_buf_printf(out, "%u", verdict->checks);
        break;
    case WORD_port:
        zv_buf_printf(out, "%u", verdict->port);
        break;
    case WORD_leg:
        zv_buf_put_text(out, verdict->leg == ZV_VERDICT_SIP ? "the SIP side" : "the client");
        break;
    case WORD_source:
        write_addr(&verdict->source, write_fn, out);
        break;
    case WORD_described:
        write_addr(&verdict->described, write_fn, out);
        break;
    case WORD_rule:
        zv_buf_put_text(out, rule_text(verdict->rule));
        break;
    case WORD_pt:
        zv_buf_printf(out, "%u", verdict->pt);
        break;
    case WORD_seconds:
        zv_buf_printf(out, "%u", verdict->seconds);
        break;
    case WORD_percent:
        zv_buf_printf(out, "%u", verdict->percent);
        break;
    case WORD_jitter:
        zv_buf_printf(out, "%u", verdict->jitter);
        break;
    case WORD_codec:
        zv_buf_put_text(out, zv_codec_name(verdict->codec));
        break;
    case WORD_agreed:
        zv_buf_put_text(out, zv_codec_name(verdict->agreed));
        break;
    case WORD_what:
        zv_buf_put_text(out, verdict->is_comfort_noise ? "comfort noise" : "reports (RTCP)");
        break;
    case WORD_requests:
        zv_buf_printf(out, "%u", verdict->requests);
        break;
    case WORD_why:
        zv_buf_put_text(out, why_text(verdict->why));
        break;
    case WORD_COUNT:
        break;
    }
}

static enum word find_word(struct zv_str name)
{
    static const char *const names[WORD_COUNT] = {
#define X(name) #name,
        WORD_LIST(X)
#undef X
    };
    int word = 0;
    while (word < WORD_COUNT && !zv_str_is(name, names[word]))
        word++;
    return (enum word)word;
}

static void fill_in(const char *text, const struct zv_verdict *verdict,
                    zv_verdict_addr_fn *write_fn, struct zv_buf *out)
{
    const char *open, *close;
    while ((open = strchr(text, '{')) && (close = strchr(open, '}'))) {
        zv_buf_put_str(out, zv_str_n(text, (size_t)(open - text)));
        struct zv_str name = zv_str_n(open + 1, (size_t)(close - open - 1));
        write_word(find_word(name), verdict, write_fn, out);
        text = close + 1;
    }
    zv_buf_put_text(out, text);
}

void zv_verdict_write_text(const struct zv_verdict *verdict, zv_verdict_addr_fn *write_addr_fn,
                           struct zv_buf *out)
{
    fill_in(zv_verdict_template(verdict->code), verdict, write_addr_fn, out);
}

void zv_verdict_write_remedy(const struct zv_verdict *verdict, zv_verdict_addr_fn *write_addr_fn,
                             struct zv_buf *out)
{
    fill_in(zv_verdict_remedy_template(verdict->code, verdict->leg), verdict, write_addr_fn, out);
}
