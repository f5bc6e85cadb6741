/* One call: who, since when, how it ended; both legs side by side. */
#include "base/buf.h"
#include "ctl/screen.h"
#include "ctl/show_video.h"
#include "ctl/verbs.h"

#include <string.h>

/* Beside the longest name of a row, within 100 columns. */
#define SENTENCE_COLUMNS 78

static unsigned long long count(const json_t *object, const char *key)
{
    return (unsigned long long)zv_ctl_count(object, key);
}

/* ---- the call ---- */

/* A sentence may be longer than a line: it goes on below. */
static void add_sentence(struct zv_ctl_table *table, const char *name, struct zv_str text)
{
    while (text.len) {
        size_t len = ZV_MIN(text.len, (size_t)SENTENCE_COLUMNS);
        while (len < text.len && len > 1 && text.p[len] != ' ')
            len--;
        if (len <= 1)
            len = ZV_MIN(text.len, (size_t)SENTENCE_COLUMNS); /* a word as long as a line */
        zv_ctl_table_add(table, name);
        zv_ctl_table_printf(table, "%.*s", (int)len, text.p);
        text = zv_str_trim(zv_str_tail(text, len));
        name = "";
    }
}

static void add_field(struct zv_ctl_table *table, const char *name, const json_t *call,
                      const char *key)
{
    const char *text = zv_ctl_text(call, key);
    if (!text[0])
        return;
    zv_ctl_table_add(table, name);
    zv_ctl_table_add(table, text);
}

static void add_began(struct zv_ctl_table *table, const json_t *call)
{
    char when[ZV_CTL_TEXT_CAP], age[ZV_CTL_TEXT_CAP];
    zv_ctl_table_add(table, "began");
    zv_ctl_table_printf(table, "%s, %s ago",
                        zv_ctl_write_time(zv_ctl_number(call, "createdWallUs") / 1e6, when),
                        zv_ctl_write_duration(zv_ctl_seconds(call, "ageMs"), age));
}

static void add_duration(struct zv_ctl_table *table, const char *name, const json_t *call,
                         const char *key)
{
    char text[ZV_CTL_TEXT_CAP];
    if (!zv_ctl_has(call, key))
        return;
    zv_ctl_table_add(table, name);
    zv_ctl_table_add(table, zv_ctl_write_duration(zv_ctl_seconds(call, key), text));
}

static void write_pt(const json_t *codec, const char *key, char text[8])
{
    if (zv_ctl_has(codec, key))
        snprintf(text, 8, "%u", (unsigned)zv_ctl_count(codec, key) & 0x7f);
    else
        snprintf(text, 8, "none");
}

static void add_codecs(struct zv_ctl_table *table, const json_t *call)
{
    const json_t *codec;
    size_t i;
    json_array_foreach(json_object_get(call, "codecs"), i, codec)
    {
        char client[8], sip_tx[8], sip_rx[8];
        write_pt(codec, "clientPt", client);
        write_pt(codec, "sipTxPt", sip_tx);
        write_pt(codec, "sipRxPt", sip_rx);
        zv_ctl_table_add(table, zv_ctl_is(codec, "agreed") ? "codec, agreed" : "codec");
        zv_ctl_table_printf(table, "%s %llu Hz, payload types: client %s, to SIP %s, from SIP %s",
                            zv_ctl_text(codec, "name"), count(codec, "clockHz"), client, sip_tx,
                            sip_rx);
    }
}

static void add_video(struct zv_ctl_table *table, const json_t *call)
{
    char memory[256];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    zv_ctl_write_video(json_object_get(call, "video"), &text);
    add_sentence(table, "video", zv_buf_str(&text));
}

static void add_transport(struct zv_ctl_table *table, const json_t *call)
{
    if (!zv_ctl_has(call, "ice"))
        return;
    zv_ctl_table_add(table, "ICE, DTLS");
    zv_ctl_table_printf(table, "%s, %s", zv_ctl_is(call, "ice") ? "up" : "not up",
                        zv_ctl_is(call, "dtls") ? "up" : "not up");
}

static void add_sip_status(struct zv_ctl_table *table, const json_t *call)
{
    if (!zv_ctl_has(call, "sipStatus"))
        return;
    zv_ctl_table_add(table, "SIP status");
    zv_ctl_table_printf(table, "%llu", count(call, "sipStatus"));
}

static const char *const leg_keys[] = {"client", "sip"};

/* "ok", or what is wrong, since when, and below it what to do. */
static void add_verdict(struct zv_ctl_table *table, const char *name, const json_t *verdict)
{
    char since[ZV_CTL_TEXT_CAP];
    char memory[1024];
    struct zv_buf said = zv_buf(memory, sizeof(memory));
    const char *code = zv_ctl_text(verdict, "code");
    zv_buf_put_text(&said, code);
    if (code[0] && strcmp(code, "ok") != 0)
        zv_buf_printf(&said, " (%s), for %s: %s", zv_ctl_text(verdict, "severity"),
                      zv_ctl_write_duration(zv_ctl_seconds(verdict, "sinceMs"), since),
                      zv_ctl_text(verdict, "text"));
    add_sentence(table, name, zv_buf_str(&said));
    add_sentence(table, "remedy", zv_str(zv_ctl_text(verdict, "remedy")));
}

static void add_verdicts(struct zv_ctl_table *table, const json_t *call)
{
    static const char *const names[] = {"verdict, client", "verdict, SIP"};
    const json_t *legs = json_object_get(call, "legs");
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg_keys); i++)
        add_verdict(table, names[i],
                    json_object_get(json_object_get(legs, leg_keys[i]), "verdict"));
}

/* ---- its legs ---- */

/* One row: what `write_fn` says of each leg; left out where it has nothing to say of both. */
static void add_row(struct zv_ctl_table *table, const char *name, const json_t *legs,
                    void (*write_fn)(const json_t *leg, struct zv_buf *out))
{
    char memory[ZV_ARRAY_LEN(leg_keys)][256];
    bool is_empty = true;
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg_keys); i++) {
        struct zv_buf out = zv_buf(memory[i], sizeof(memory[i]) - 1);
        write_fn(json_object_get(legs, leg_keys[i]), &out);
        memory[i][out.len] = 0;
        is_empty = is_empty && !out.len;
    }
    if (is_empty)
        return;
    zv_ctl_table_add(table, name);
    for (size_t i = 0; i < ZV_ARRAY_LEN(leg_keys); i++)
        zv_ctl_table_add(table, memory[i][0] ? memory[i] : "-");
}

static void write_local(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "localPort"))
        zv_buf_printf(out, "UDP port %llu", count(leg, "localPort"));
    else
        zv_buf_put_text(out, zv_ctl_text(leg, "local"));
}

static void write_remote(const json_t *leg, struct zv_buf *out)
{
    zv_buf_put_text(out, zv_ctl_text(leg, "remote"));
}

static void write_described(const json_t *leg, struct zv_buf *out)
{
    if (strcmp(zv_ctl_text(leg, "described"), zv_ctl_text(leg, "remote")) != 0)
        zv_buf_put_text(out, zv_ctl_text(leg, "described"));
}

/* Absent: plain RTP, or a handshake that is not over. */
static void write_srtp(const json_t *leg, struct zv_buf *out)
{
    zv_buf_put_text(out, zv_ctl_text(leg, "srtp"));
}

static void write_refused(const json_t *leg, struct zv_buf *out)
{
    zv_buf_put_text(out, zv_ctl_text(leg, "lastRejected"));
}

static void write_traffic(const json_t *leg, const char *packets_key, const char *bytes_key,
                          struct zv_buf *out)
{
    char bytes[ZV_CTL_TEXT_CAP];
    if (zv_ctl_has(leg, packets_key))
        zv_buf_printf(out, "%llu packets, %s", count(leg, packets_key),
                      zv_ctl_write_bytes(zv_ctl_count(leg, bytes_key), bytes));
}

static void write_received(const json_t *leg, struct zv_buf *out)
{
    write_traffic(leg, "rxPackets", "rxBytes", out);
}

static void write_sent(const json_t *leg, struct zv_buf *out)
{
    write_traffic(leg, "txPackets", "txBytes", out);
}

static void write_lost(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "rxLost"))
        zv_buf_printf(out, "%llu (%.2f %%), %llu reordered", count(leg, "rxLost"),
                      zv_ctl_number(leg, "rxLossPercent"), count(leg, "rxReordered"));
}

static void write_jitter(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "rxJitterMs"))
        zv_buf_printf(out, "%.1f ms", zv_ctl_number(leg, "rxJitterMs"));
}

static void write_last(const json_t *leg, struct zv_buf *out)
{
    char text[ZV_CTL_TEXT_CAP];
    if (zv_ctl_has(leg, "lastRxAgoMs"))
        zv_buf_printf(out, "%s ago",
                      zv_ctl_write_duration(zv_ctl_seconds(leg, "lastRxAgoMs"), text));
    else if (zv_ctl_has(leg, "rxPackets"))
        zv_buf_put_text(out, "never");
}

static void write_drops(const json_t *leg, struct zv_buf *out)
{
    json_t *drops = json_object_get(leg, "drops");
    const char *reason;
    json_t *number;
    json_object_foreach(drops, reason, number)
    {
        zv_buf_printf(out, "%s%s %lld", out->len ? ", " : "", reason,
                      (long long)json_integer_value(number));
    }
}

static void write_reported(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "remoteLost"))
        zv_buf_printf(out, "%llu lost, jitter %.1f ms", count(leg, "remoteLost"),
                      zv_ctl_number(leg, "remoteJitterMs"));
}

static void write_round_trip(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "rttMs"))
        zv_buf_printf(out, "%.1f ms", zv_ctl_number(leg, "rttMs"));
}

static void write_passed(const json_t *leg, struct zv_buf *out)
{
    if (!zv_ctl_has(leg, "forwarded"))
        return;
    zv_buf_printf(out, "%llu", count(leg, "forwarded"));
    if (count(leg, "held"))
        zv_buf_printf(out, ", %llu held back", count(leg, "held"));
    if (count(leg, "unknownPt"))
        zv_buf_printf(out, ", %llu of no known type", count(leg, "unknownPt"));
    if (count(leg, "telephoneEvents"))
        zv_buf_printf(out, ", %llu of them DTMF", count(leg, "telephoneEvents"));
}

static void write_way(const json_t *way, struct zv_buf *out)
{
    if (zv_ctl_has(way, "mos"))
        zv_buf_printf(out, "MOS %.2f, %.1f %% lost", zv_ctl_number(way, "mos"),
                      zv_ctl_number(way, "lossPercent"));
}

static void write_quality(const json_t *leg, struct zv_buf *out)
{
    const json_t *quality = json_object_get(leg, "quality");
    write_way(quality, out);
    if (out->len)
        zv_buf_printf(out, ", %.1f kbit/s", zv_ctl_number(quality, "kbps"));
}

static void write_heard(const json_t *leg, struct zv_buf *out)
{
    write_way(json_object_get(json_object_get(leg, "quality"), "reported"), out);
}

static void write_ssrcs(const json_t *leg, struct zv_buf *out)
{
    if (zv_ctl_has(leg, "rxSsrc"))
        zv_buf_printf(out, "in %08llx, out %08llx", count(leg, "rxSsrc"), count(leg, "txSsrc"));
}

static void write_moves(const json_t *leg, struct zv_buf *out)
{
    if (count(leg, "moves"))
        zv_buf_printf(out, "%llu times", count(leg, "moves"));
}

static void show_legs(const json_t *legs, FILE *out)
{
    static const struct zv_ctl_column columns[] = {
        {.title = ""},
        {.title = "CLIENT LEG", .is_flexible = true},
        {.title = "SIP LEG", .is_flexible = true},
    };
    static const struct {
        const char *name;
        void (*write_fn)(const json_t *leg, struct zv_buf *out);
    } rows[] = {
        {"ours", write_local},
        {"theirs", write_remote},
        {"theirs, as described", write_described},
        {"SRTP", write_srtp},
        {"refused source", write_refused},
        {"received", write_received},
        {"lost", write_lost},
        {"jitter", write_jitter},
        {"last packet", write_last},
        {"dropped", write_drops},
        {"passed on", write_passed},
        {"sent", write_sent},
        {"they report", write_reported},
        {"we hear, last 5 s", write_quality},
        {"they hear", write_heard},
        {"round trip", write_round_trip},
        {"video", zv_ctl_write_picture},
        {"frames", zv_ctl_write_frames},
        {"video packets", zv_ctl_write_video_packets},
        {"repairs", zv_ctl_write_repairs},
        {"key frames asked", zv_ctl_write_requests},
        {"moved", write_moves},
        {"SSRC", write_ssrcs},
    };
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++)
        add_row(table, rows[i].name, legs, rows[i].write_fn);
    fputc('\n', out);
    (void)zv_ctl_table_print(table, out, 2, true);
}

/* ---- all of it ---- */

static void show_title(const json_t *call, FILE *out)
{
    bool is_live = zv_ctl_is(call, "live");
    const char *state = zv_ctl_text(call, "state");
    fprintf(out, "Call %s, %s, ", zv_ctl_text(call, "name"), zv_ctl_text(call, "direction"));
    zv_ctl_print_in(out, is_live ? ZV_CTL_GREEN : ZV_CTL_PLAIN, is_live ? state : "ended");
    fputc('\n', out);
}

void zv_ctl_show_call(const json_t *answer, FILE *out)
{
    static const struct zv_ctl_column columns[] = {{.title = ""},
                                                   {.title = "", .is_flexible = true}};
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    const json_t *call = json_object_get(answer, "call");
    show_title(call, out);
    add_field(table, "from", call, "caller");
    add_field(table, "to", call, "callee");
    add_field(table, "session", call, "session");
    add_field(table, "client's callId", call, "callId");
    add_field(table, "SIP Call-ID", call, "sipCallId");
    add_began(table, call);
    add_duration(table, "answered after", call, "answeredMs");
    add_duration(table, "talk", call, "talkMs");
    add_field(table, "cause", call, "cause");
    add_sentence(table, "that is", zv_str(zv_ctl_text(call, "text")));
    add_sentence(table, "remedy", zv_str(zv_ctl_text(call, "remedy")));
    add_sip_status(table, call);
    add_transport(table, call);
    add_verdicts(table, call);
    if (zv_ctl_has(call, "codecs"))
        add_codecs(table, call);
    else
        add_field(table, "codec", call, "codec");
    add_video(table, call);
    (void)zv_ctl_table_print(table, out, 2, false);
    if (zv_ctl_has(call, "legs"))
        show_legs(json_object_get(call, "legs"), out);
    if (zv_ctl_has(call, "hasFigures") && !zv_ctl_is(call, "hasFigures"))
        fputs("\nIts worker gave no figures.\n", out);
}
