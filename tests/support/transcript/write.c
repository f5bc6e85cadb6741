/* A transcript as it is written. */
#include "support/transcript/transcript.h"

#include "base/err.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 65536

void transcript_fini(struct transcript *transcript)
{
    free(transcript->text);
    *transcript = (struct transcript){0};
}

static void append(struct transcript *transcript, const char *bytes, size_t len)
{
    if (len > transcript->cap - transcript->len) {
        size_t cap = ZV_MAX(2 * transcript->cap, (size_t)FIRST_CAP) + len;
        char *text = realloc(transcript->text, cap);
        if (!text)
            abort();
        transcript->text = text;
        transcript->cap = cap;
    }
    memcpy(transcript->text + transcript->len, bytes, len);
    transcript->len += len;
    transcript->written += len;
}

static void append_text(struct transcript *transcript, const char *text)
{
    append(transcript, text, strlen(text));
}

/* `allows_blanks`: in a line of its own, where they part nothing. */
static void append_escaped(struct transcript *transcript, struct zv_str text, bool allows_blanks)
{
    for (size_t i = 0; i < text.len; i++) {
        char escaped[4];
        unsigned char byte = (unsigned char)text.p[i];
        bool is_plain =
            (byte > ' ' && byte < 0x7f && byte != '%') || (byte == ' ' && allows_blanks);
        if (is_plain)
            append(transcript, &text.p[i], 1);
        else
            append(transcript, escaped, (size_t)snprintf(escaped, sizeof(escaped), "%%%02X", byte));
    }
}

static void append_key(struct transcript *transcript, const char *key)
{
    append_text(transcript, " ");
    append_text(transcript, key);
    append_text(transcript, "=");
}

void transcript_begin(struct transcript *transcript, const char *verb)
{
    append_text(transcript, verb);
}

void transcript_put_uint(struct transcript *transcript, const char *key, uint64_t value)
{
    char text[32];
    if (!value)
        return;
    append_key(transcript, key);
    append(transcript, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, value));
}

void transcript_put_id(struct transcript *transcript, const char *key, uint64_t id)
{
    char text[32];
    if (!id)
        return;
    append_key(transcript, key);
    append(transcript, text, (size_t)snprintf(text, sizeof(text), "%" PRIx64, id));
}

void transcript_put_time(struct transcript *transcript, const char *key, int64_t time_us)
{
    if (time_us == ZV_TIME_NEVER) {
        transcript_put_str(transcript, key, ZV_STR_LIT("never"));
        return;
    }
    if (!transcript->has_base) {
        transcript->has_base = true;
        transcript->base_us = time_us;
    }
    transcript_put_uint(transcript, key, (uint64_t)(time_us - transcript->base_us));
}

void transcript_put_deadline(struct transcript *transcript, int64_t deadline_us)
{
    if (transcript->written && transcript->written == transcript->deadline_end &&
        transcript->deadline_us == deadline_us)
        return;
    transcript_begin(transcript, "deadline");
    transcript_put_time(transcript, "at", deadline_us);
    transcript_end(transcript);
    transcript->deadline_end = transcript->written;
    transcript->deadline_us = deadline_us;
}

void transcript_put_str(struct transcript *transcript, const char *key, struct zv_str value)
{
    if (!value.len)
        return;
    append_key(transcript, key);
    append_escaped(transcript, value, false);
}

void transcript_put_pair(struct transcript *transcript, const char *key, struct zv_str name,
                         struct zv_str value)
{
    append_key(transcript, key);
    append_escaped(transcript, name, false);
    append_text(transcript, ":");
    append_escaped(transcript, value, false);
}

static const char *write_addr(const struct zv_addr *addr, char text[ZV_ADDR_TEXT_CAP])
{
    return addr->family == ZV_ADDR_NONE ? "none" : zv_addr_write(addr, text);
}

void transcript_put_flow(struct transcript *transcript, const char *key,
                         const struct zv_sip_flow *flow)
{
    char text[3 * ZV_ADDR_TEXT_CAP], local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    int len =
        snprintf(text, sizeof(text), "%s,%s,%s,%" PRIx64, zv_sip_transport_name(flow->transport),
                 write_addr(&flow->local, local), write_addr(&flow->remote, remote), flow->conn);
    append_key(transcript, key);
    append(transcript, text, (size_t)len);
}

void transcript_end(struct transcript *transcript)
{
    append_text(transcript, "\n");
}

void transcript_put_lines(struct transcript *transcript, const char *key, struct zv_str lines)
{
    if (!lines.len)
        return;
    append_text(transcript, " ");
    append_text(transcript, key);
    append_text(transcript, "\n");
    while (lines.len) {
        size_t end = 0;
        while (end + 1 < lines.len && memcmp(lines.p + end, "\r\n", 2) != 0)
            end++;
        bool is_whole = end + 1 < lines.len;
        struct zv_str line = is_whole ? zv_str_head(lines, end) : lines;
        append_text(transcript, is_whole ? " |" : " +");
        append_escaped(transcript, line, true);
        append_text(transcript, "\n");
        lines = zv_str_tail(lines, is_whole ? end + 2 : lines.len);
    }
}

void transcript_put_result(struct transcript *transcript, int err)
{
    if (!err)
        return;
    append_text(transcript, "= ");
    append_text(transcript, zv_err_name(err));
    append_text(transcript, "\n");
}
