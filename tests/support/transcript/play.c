#include "support/transcript/play.h"

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"

/* A record has a message and some fields of it; an escaped byte takes three. */
#define MEMORY_BYTES ((size_t)4 * ZV_MAX_SIP_MESSAGE_BYTES)

struct player {
    struct zv_sip *sip;
    struct transcript *played;
    struct transcript_record record;
    int64_t now_us;
};

static uint64_t uint_of(const struct player *player, const char *key, bool *is_good)
{
    uint64_t value;
    *is_good &= transcript_get_uint(&player->record, key, &value);
    return value;
}

static uint64_t id_of(const struct player *player, const char *key, bool *is_good)
{
    uint64_t id = 0;
    *is_good &= transcript_get_id(&player->record, key, &id);
    return id;
}

static struct zv_str str_of(struct player *player, const char *key, bool *is_good)
{
    struct zv_str text;
    *is_good &= transcript_get_str(&player->record, key, &text);
    return text;
}

static struct zv_str lines_of(struct player *player, const char *key, bool *is_good)
{
    struct zv_str text;
    *is_good &= transcript_get_lines(&player->record, key, &text);
    return text;
}

static int err_of(struct zv_str name)
{
#define X(number, id, text)                                                                        \
    if (zv_str_is(name, "ZV_E_" #id))                                                              \
        return number;
    ZV_ERR_LIST(X)
#undef X
    return 0;
}

/* ---- inputs, by their verbs ---- */

static bool play_new(struct player *player)
{
    bool is_good = !player->sip;
    player->played->seed.state = id_of(player, "seed", &is_good);
    struct zv_sip_cfg cfg = {
        .user_agent = str_of(player, "user_agent", &is_good),
        .t1_us = (int64_t)uint_of(player, "t1", &is_good),
        .t2_us = (int64_t)uint_of(player, "t2", &is_good),
        .t4_us = (int64_t)uint_of(player, "t4", &is_good),
        .register_timeout_us = (int64_t)uint_of(player, "register_timeout", &is_good),
        .max_ringing_us = (int64_t)uint_of(player, "max_ringing", &is_good),
        .default_expires_s = (uint32_t)uint_of(player, "default_expires", &is_good),
        .session_expires_s = (uint32_t)uint_of(player, "session_expires", &is_good),
        .max_redirects = (uint8_t)uint_of(player, "max_redirects", &is_good),
        .udp_max_request_bytes = uint_of(player, "udp_max_request", &is_good),
        .max_transactions = uint_of(player, "max_transactions", &is_good),
        .max_legs = uint_of(player, "max_legs", &is_good),
        .max_accounts = uint_of(player, "max_accounts", &is_good),
    };
    return is_good && transcript_new(player->played, &player->sip, &cfg) == 0;
}

static bool play_free(struct player *player)
{
    player->sip = transcript_free(player->played, player->sip);
    return true;
}

static bool play_message(struct player *player)
{
    struct zv_sip_flow flow;
    size_t count;
    bool is_good = transcript_get_flows(&player->record, "flow", &flow, 1, &count) && count;
    struct zv_str data = lines_of(player, "data", &is_good);
    if (is_good)
        transcript_on_message(player->played, player->sip, &flow, data, player->now_us);
    return is_good;
}

static bool play_stranger(struct player *player)
{
    struct zv_sip_flow flow;
    size_t count;
    bool is_good = transcript_get_flows(&player->record, "flow", &flow, 1, &count) && count;
    struct zv_str data = lines_of(player, "data", &is_good);
    bool drops = zv_str_is(str_of(player, "drops", &is_good), "yes");
    if (is_good)
        transcript_on_stranger(player->played, player->sip, &flow, data, drops, player->now_us);
    return is_good;
}

static bool play_resolved(struct player *player)
{
    struct zv_sip_flow flows[ZV_SIP_MAX_TARGETS];
    size_t count;
    bool is_good = transcript_get_flows(&player->record, "flow", flows, ZV_SIP_MAX_TARGETS, &count);
    uint64_t id = id_of(player, "id", &is_good);
    int err = err_of(str_of(player, "err", &is_good));
    if (is_good)
        transcript_on_resolved(player->played, player->sip, id, err, flows, count, player->now_us);
    return is_good;
}

static bool play_flow(struct player *player)
{
    struct zv_sip_flow flow;
    size_t count;
    if (!transcript_get_flows(&player->record, "flow", &flow, 1, &count) || !count)
        return false;
    transcript_on_flow_failed(player->played, player->sip, &flow,
                              zv_str_is(player->record.verb, "flow_untrusted"), player->now_us);
    return true;
}

static bool play_timeout(struct player *player)
{
    transcript_on_timeout(player->played, player->sip, player->now_us);
    return true;
}

static bool play_account(struct player *player)
{
    bool is_good = true;
    struct zv_sip_account_cfg cfg = {
        .user = str_of(player, "user", &is_good),
        .auth_name = str_of(player, "auth_name", &is_good),
        .password = str_of(player, "password", &is_good),
        .realm = str_of(player, "realm", &is_good),
        .domain = str_of(player, "domain", &is_good),
        .port = (uint16_t)uint_of(player, "port", &is_good),
        .proxy = str_of(player, "proxy", &is_good),
        .proxy_port = (uint16_t)uint_of(player, "proxy_port", &is_good),
        .proxy_route = uint_of(player, "proxy_route", &is_good),
        .transport = (enum zv_sip_transport)uint_of(player, "transport", &is_good),
        .display = str_of(player, "display", &is_good),
        .expires_s = (uint32_t)uint_of(player, "expires", &is_good),
        .contact_params = str_of(player, "contact_params", &is_good),
    };
    uint64_t id = id_of(player, "id", &is_good);
    if (is_good)
        (void)transcript_account_add(player->played, player->sip, id, &cfg);
    return is_good;
}

static bool play_invite(struct player *player)
{
    struct zv_sip_extra_header extra[ZV_SIP_MAX_EXTRA_HEADERS];
    struct zv_str at = player->record.fields, pair;
    size_t count = 0;
    bool is_good = true;
    while (count < ZV_SIP_MAX_EXTRA_HEADERS &&
           transcript_get_next(&player->record, "extra", &at, &pair)) {
        struct zv_sip_extra_header *header = &extra[count++];
        is_good &= zv_str_split(&pair, ':', &header->name);
        header->value = pair;
    }
    uint64_t leg = id_of(player, "id", &is_good);
    struct zv_sip_invite_cfg cfg = {
        .account = id_of(player, "account", &is_good),
        .callee = str_of(player, "callee", &is_good),
        .callee_uri = str_of(player, "callee_uri", &is_good),
        .display = str_of(player, "display", &is_good),
        .again = str_of(player, "again", &is_good),
        .sdp = lines_of(player, "sdp", &is_good),
        .extra = extra,
        .extra_count = count,
    };
    if (is_good)
        (void)transcript_invite(player->played, player->sip, leg, &cfg, player->now_us);
    return is_good;
}

static bool play_command(struct player *player)
{
    bool is_good = true;
    struct transcript_command command = {
        .id = id_of(player, "id", &is_good),
        .status = (uint16_t)uint_of(player, "status", &is_good),
        .mode = (int)uint_of(player, "mode", &is_good),
        .text = lines_of(player, "text", &is_good),
        .now_us = player->now_us,
    };
    for (int kind = 0; kind < TRANSCRIPT_COMMANDS; kind++) {
        command.kind = (enum transcript_command_kind)kind;
        if (!zv_str_is(player->record.verb, transcript_command_name(command.kind)))
            continue;
        if (is_good)
            (void)transcript_command(player->played, player->sip, &command);
        return is_good;
    }
    return false;
}

/* ---- outputs: one where one came then, all of them before the deadline ---- */

static bool play_output(struct player *player)
{
    struct zv_sip_out out;
    (void)transcript_poll(player->played, player->sip, &out);
    return true;
}

static bool play_deadline(struct player *player)
{
    struct zv_sip_out out;
    while (transcript_poll(player->played, player->sip, &out) != ZV_SIP_OUT_NONE)
        continue;
    (void)transcript_deadline_us(player->played, player->sip);
    return true;
}

static bool skip(struct player *player)
{
    (void)player;
    return true;
}

static const struct {
    const char *verb;
    bool (*fn)(struct player *player);
} verbs[] = {
    {"free", play_free},         {"message", play_message},     {"stranger", play_stranger},
    {"resolved", play_resolved}, {"flow_failed", play_flow},    {"flow_untrusted", play_flow},
    {"timeout", play_timeout},   {"account_add", play_account}, {"invite", play_invite},
    {"-", play_output},          {"deadline", play_deadline},   {"=", skip},
};

static bool play_record(struct player *player)
{
    uint64_t at_us;
    if (zv_str_is(player->record.verb, "new"))
        return play_new(player);
    if (!player->sip)
        return false;
    if (!zv_str_is(player->record.verb, "deadline")) {
        if (!transcript_get_uint(&player->record, "at", &at_us))
            return false;
        player->now_us = TRANSCRIPT_BASE_US + (int64_t)at_us;
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(verbs); i++) {
        if (zv_str_is(player->record.verb, verbs[i].verb))
            return verbs[i].fn(player);
    }
    return play_command(player);
}

bool transcript_play(struct zv_str text, struct transcript *ret_played, struct zv_str *ret_record)
{
    static char memory[MEMORY_BYTES];
    struct player player = {.played = ret_played,
                            .record = {.memory = zv_buf(memory, sizeof(memory))}};
    bool is_good = true;
    while (is_good && transcript_next(&text, &player.record)) {
        *ret_record = player.record.verb;
        is_good = play_record(&player);
    }
    zv_sip_free(player.sip); /* who wrote it was killed */
    return is_good;
}

static struct zv_str line_at(struct zv_str text)
{
    ptrdiff_t end = zv_str_find(text, '\n');
    return end < 0 ? text : zv_str_head(text, (size_t)end);
}

struct transcript_difference transcript_compare(struct zv_str was, struct zv_str is)
{
    struct transcript_difference difference = {0};
    for (size_t line = 1; was.len || is.len; line++) {
        struct zv_str a = line_at(was), b = line_at(is);
        if (!zv_str_eq(a, b) || !was.len || !is.len) {
            difference = (struct transcript_difference){.line = line, .was = a, .is = b};
            break;
        }
        was = zv_str_tail(was, ZV_MIN(a.len + 1, was.len));
        is = zv_str_tail(is, ZV_MIN(b.len + 1, is.len));
    }
    return difference;
}
