#include "call/unreached.h"

#define TEXT_CAP      512
#define MAX_ADDRESSES 4

/* ---- what there was ---- */

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static long long seconds(int64_t us)
{
    return (us + ZV_US_PER_S / 2) / ZV_US_PER_S;
}

/* "12 ICE checks came from 198.51.100.7:4000, the last 3 s ago, ". */
static void put_checks(struct zv_buf *out, uint32_t count, const struct zv_addr *from,
                       int64_t age_us)
{
    char text[ZV_ADDR_TEXT_CAP];
    zv_buf_printf(out, "%u ICE check%s came from %s, the last %lld s ago, ", count, plural(count),
                  zv_addr_write(from, text), seconds(age_us));
}

static void put_ice_text(struct zv_buf *out, const struct zv_switch *sw,
                         const struct zv_in_media_path *path)
{
    if (path->checks) {
        put_checks(out, path->checks, &path->checked_by, path->checked_age_us);
        zv_buf_put_text(out, "and the client chose none of its ways (no nomination)");
    } else if (path->refused) {
        put_checks(out, path->refused, &path->refused_by, path->refused_age_us);
        zv_buf_put_text(out, "none of them authentic");
    } else {
        zv_buf_printf(out, "no ICE check came from the client in %lld s",
                      seconds(sw->cfg.timers.ice_us));
    }
}

/* Time alone is no reason of its own: it is what timers.ice measures too. */
static bool has_failed(const struct zv_in_media_path *path)
{
    return path->dtls_failure.len && !zv_str_is(path->dtls_failure, "timeout");
}

static void put_dtls_text(struct zv_buf *out, const struct zv_in_media_path *path)
{
    char text[ZV_ADDR_TEXT_CAP];
    zv_buf_printf(out, "ICE is up with %s, ", zv_addr_write(&path->nominated, text));
    if (!path->dtls_in && path->dtls_out)
        zv_buf_printf(out, "DTLS got no answer: %u packet%s sent, none came", path->dtls_out,
                      plural(path->dtls_out));
    else if (!path->dtls_in)
        zv_buf_put_text(out, "but no DTLS packet came from there");
    else
        zv_buf_printf(out, "the DTLS handshake %s%.*s: %u packet%s came, %u sent",
                      has_failed(path) ? "failed, " : "did not end",
                      ZV_STR_ARG(has_failed(path) ? path->dtls_failure : zv_str("")), path->dtls_in,
                      plural(path->dtls_in), path->dtls_out);
}

/* ---- what to do ---- */

/* "ports 30000-30001": of all workers, since the next call may be another one's. */
static void put_ports(struct zv_buf *out, const struct zv_switch *sw, const struct zv_call *call)
{
    uint16_t first = sw->cfg.web_port_first, last = sw->cfg.web_port_last;
    if (!first && call->web.candidate_count)
        first = last = call->web.candidates[0].port;
    if (first == last)
        zv_buf_printf(out, "port %u", first);
    else
        zv_buf_printf(out, "ports %u-%u", first, last);
}

static void put_open_ports(struct zv_buf *out, const struct zv_switch *sw,
                           const struct zv_call *call)
{
    zv_buf_put_text(out, "UDP ");
    put_ports(out, sw, call);
    if (!call->web.has_tcp)
        return;
    zv_buf_put_text(out, " and TCP ");
    put_ports(out, sw, call);
}

static bool has_public_candidate(const struct zv_call *call)
{
    for (uint8_t i = 0; i < call->web.candidate_count; i++) {
        if (!zv_addr_is_private(&call->web.candidates[i]))
            return true;
    }
    return false;
}

/* Of those offered: the public ones, where there are any. */
static void put_addresses(struct zv_buf *out, const struct zv_call *call)
{
    char ip[ZV_ADDR_TEXT_CAP];
    bool has_public = has_public_candidate(call);
    size_t count = 0;
    for (uint8_t i = 0; i < call->web.candidate_count && count < MAX_ADDRESSES; i++) {
        const struct zv_addr *addr = &call->web.candidates[i];
        if (has_public && zv_addr_is_private(addr))
            continue;
        zv_buf_printf(out, "%s%s", count++ ? ", " : "", zv_addr_write_ip(addr, ip));
    }
}

static void put_ice_remedy(struct zv_buf *out, const struct zv_switch *sw,
                           const struct zv_call *call, const struct zv_in_media_path *path)
{
    if (!path->checks && path->refused) {
        zv_buf_put_text(out, "reload the page: the client used the description of another call, or "
                             "something on the way changes its packets");
        return;
    }
    zv_buf_put_text(out, path->checks ? "let the answers of " : "open ");
    put_open_ports(out, sw, call);
    zv_buf_put_text(out, path->checks ? " back to the client, at " : " at ");
    put_addresses(out, call);
    if (!path->checks)
        zv_buf_put_text(out, has_public_candidate(call)
                                 ? " in every firewall on the way"
                                 : ", or set media.public_address: all of these are private");
}

static void put_dtls_remedy(struct zv_buf *out, const struct zv_in_media_path *path)
{
    if (has_failed(path)) {
        zv_buf_put_text(out, "use a browser of today; its own log says what it refused");
        return;
    }
    zv_buf_put_text(out, path->dtls_in
                             ? "let UDP packets of 1500 bytes through both ways: small ones pass"
                             : "look for a firewall or VPN on the client's side that lets STUN "
                               "through and not DTLS");
}

/* ---- the end ---- */

static struct zv_text *keep(const struct zv_buf *written)
{
    return written->overflow ? NULL
                             : zv_text_new(zv_buf_str(written)); /* the cause's own words do */
}

static void end(struct zv_switch *sw, struct zv_call *call)
{
    zv_call_end(sw, call, call->is_ice_up ? ZV_CAUSE_DTLS_FAILED : ZV_CAUSE_ICE_FAILED);
}

static void ask(struct zv_switch *sw, struct zv_call *call)
{
    call->is_path_asked = true;
    zv_switch_push(sw, ZV_CALL_CMD_MEDIA_ASK_PATH)->u.media_ask.call = call->id;
    zv_call_arm(sw, call, ZV_CALL_TIMER_ICE, sw->now_us + ZV_CALL_PATH_WAIT_US);
}

void zv_call_on_media_path(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_media_path *path)
{
    char text_memory[TEXT_CAP], remedy_memory[TEXT_CAP];
    struct zv_buf text = zv_buf(text_memory, sizeof(text_memory));
    struct zv_buf remedy = zv_buf(remedy_memory, sizeof(remedy_memory));
    if (!call->is_path_asked) { /* it came up in between */
        sw->stats.stale_inputs++;
        return;
    }
    call->is_ice_up |= path->nominated.family != ZV_ADDR_NONE;
    if (call->is_ice_up) {
        put_dtls_text(&text, path);
        put_dtls_remedy(&remedy, path);
    } else {
        put_ice_text(&text, sw, path);
        put_ice_remedy(&remedy, sw, call, path);
    }
    call->text = keep(&text);
    call->remedy = keep(&remedy);
    end(sw, call);
}

void zv_call_on_ice_timer(struct zv_switch *sw, struct zv_call *call)
{
    if (call->is_path_asked)
        end(sw, call);
    else
        ask(sw, call);
}

void zv_call_on_dtls_failed(struct zv_switch *sw, struct zv_call *call)
{
    if (call->is_path_asked || !call->is_media_ready) {
        sw->stats.stale_inputs++;
        return;
    }
    call->is_ice_up = true; /* DTLS comes from checked pairs only */
    ask(sw, call);
}
