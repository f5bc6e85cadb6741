#include "tools/webclient/client_int.h"

#include "base/time.h"
#include "io/clock.h"

#include <math.h>

static json_int_t ms_since_start(const struct zv_wc_client *client, int64_t at_us)
{
    return (json_int_t)((at_us - client->started_us) / ZV_US_PER_MS);
}

void zv_wc_report(struct zv_wc_client *client, const char *event, json_t *fields, int64_t now_us)
{
    json_t *line = json_pack("{s:s, s:I}", "event", event, "ms", ms_since_start(client, now_us));
    if (fields)
        json_object_update_missing_new(line, fields);
    client->cfg.on_report_fn(client->cfg.arg, line);
}

void zv_wc_report_peer_event(struct zv_wc_client *client, const struct zv_peer_event *event,
                             int64_t now_us)
{
    char local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    json_t *fields = json_object();
    if (event->remote.family) {
        json_object_set_new(fields, "local", json_string(zv_addr_write(&event->local, local)));
        json_object_set_new(fields, "remote", json_string(zv_addr_write(&event->remote, remote)));
    }
    if (event->profile)
        json_object_set_new(fields, "profile", json_integer(event->profile));
    if (event->reason)
        json_object_set_new(fields, "reason", json_string(event->reason));
    zv_wc_report(client, zv_peer_event_name(event->kind), fields, now_us);
}

void zv_wc_report_presence(struct zv_wc_client *client, const struct zv_wc_presence *presence,
                           int64_t now_us)
{
    int64_t wall_us = presence->at_us + zv_clock_wall_offset_us();
    json_t *fields = json_pack("{s:b, s:I}", "there", presence->is_there, "wallMs",
                               (json_int_t)(wall_us / ZV_US_PER_MS));
    zv_wc_report(client, "tone", fields, now_us);
}

/* Milliseconds from `from_us` to `to_us`, or null where one of them never came. */
static json_t *span(int64_t from_us, int64_t to_us)
{
    if (!from_us || !to_us)
        return json_null();
    return json_integer((json_int_t)((to_us - from_us) / ZV_US_PER_MS));
}

static double rounded(double value)
{
    return round(value * 1000) / 1000;
}

static void add_media(const struct zv_wc_client *client, json_t *fields)
{
    struct zv_wc_media_stats stats;
    if (!client->media)
        return;
    zv_wc_media_stats(client->media, &stats);
    json_t *media = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:{s:f, s:f, s:f}}", "rxPackets",
        (json_int_t)stats.peer.rx_packets, "txPackets", (json_int_t)stats.peer.tx_packets, "rxLost",
        (json_int_t)stats.peer.lost, "rxDropped", (json_int_t)stats.peer.rx_dropped, "rxOther",
        (json_int_t)stats.rx_other, "heard", "hz", rounded(stats.heard.hz), "purity",
        rounded(stats.heard.purity), "seconds", rounded(stats.heard.seconds));
    if (client->codec)
        json_object_set_new(media, "codec", json_string(zv_codec_name(client->codec)));
    json_object_update_new(fields, media);
}

static void add_end(const struct zv_wc_client *client, json_t *fields)
{
    if (client->cause[0])
        json_object_set_new(fields, "cause", json_string(client->cause));
    if (client->info[0])
        json_object_set_new(fields, "info", json_string(client->info));
    if (client->sip_status)
        json_object_set_new(fields, "sipStatus", json_integer(client->sip_status));
    if (client->has_finish)
        json_object_set_new(fields, "endedBy",
                            json_string(client->is_hung_up ? "local" : "remote"));
}

void zv_wc_report_result(struct zv_wc_client *client, int64_t now_us)
{
    json_t *fields = json_pack("{s:b, s:b, s:b}", "ok", client->is_ok, "registered",
                               client->registered_us != 0, "established", client->answered_us != 0);
    int64_t start_us = client->started_us, called_us = client->called_us;
    json_object_set_new(fields, "registerMs", span(start_us, client->registered_us));
    json_object_set_new(fields, "ringMs", span(called_us, client->ringing_us));
    json_object_set_new(fields, "setupMs", span(called_us, client->answered_us));
    json_object_set_new(fields, "iceMs", span(called_us, client->ice_us));
    json_object_set_new(fields, "dtlsMs", span(called_us, client->dtls_us));
    json_object_set_new(fields, "firstMediaMs", span(called_us, client->heard_us));
    add_media(client, fields);
    add_end(client, fields);
    zv_wc_report(client, "result", fields, now_us);
}
