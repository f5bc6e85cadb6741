/*
 * The stack as a whole: where a message goes. Responses belong to a transaction by their branch;
 * requests to a transaction (repetitions, ACK, CANCEL), to a dialog (a tag in To), or to an
 * account.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"
#include "sip/stranger.h"

#include <string.h>

/* RFC 3261 §17.1.1.1, §17.1.2.2. */
#define DEFAULT_T1_US               ZV_MS(500)
#define DEFAULT_T2_US               ZV_SECONDS(4)
#define DEFAULT_T4_US               ZV_SECONDS(5)
#define DEFAULT_REGISTER_TIMEOUT_US ZV_SECONDS(32)
#define DEFAULT_MAX_RINGING_US      ZV_SECONDS(240)
#define DEFAULT_EXPIRES_S           300
#define DEFAULT_MAX_TRANSACTIONS    20000
#define DEFAULT_MAX_LEGS            5000
#define DEFAULT_MAX_ACCOUNTS        20000

static void set_defaults(struct zv_sip_cfg *cfg)
{
#define DEFAULT(field, value)                                                                      \
    if (!cfg->field)                                                                               \
    cfg->field = (value)
    DEFAULT(t1_us, DEFAULT_T1_US);
    DEFAULT(t2_us, DEFAULT_T2_US);
    DEFAULT(t4_us, DEFAULT_T4_US);
    DEFAULT(register_timeout_us, DEFAULT_REGISTER_TIMEOUT_US);
    DEFAULT(max_ringing_us, DEFAULT_MAX_RINGING_US);
    DEFAULT(default_expires_s, DEFAULT_EXPIRES_S);
    DEFAULT(max_transactions, DEFAULT_MAX_TRANSACTIONS);
    DEFAULT(max_legs, DEFAULT_MAX_LEGS);
    DEFAULT(max_accounts, DEFAULT_MAX_ACCOUNTS);
#undef DEFAULT
}

static void init_maps(struct zv_sip *sip)
{
    const struct zv_sip_cfg *cfg = &sip->cfg;
    /* Ended legs linger by a transaction each, so those bound them. */
    const struct {
        struct zv_map *map;
        size_t max;
    } maps[] = {
        {&sip->clients, cfg->max_transactions},
        {&sip->servers, cfg->max_transactions},
        {&sip->merges, cfg->max_transactions},
        {&sip->requests, cfg->max_transactions},
        {&sip->accounts, cfg->max_accounts},
        {&sip->contacts, cfg->max_accounts},
        {&sip->aors, cfg->max_accounts},
        {&sip->legs, cfg->max_legs},
        {&sip->leg_keys, cfg->max_legs + cfg->max_transactions},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(maps); i++) {
        uint64_t seed[2] = {zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)};
        zv_map_init(maps[i].map, maps[i].max, seed);
    }
}

int zv_sip_new(struct zv_sip **ret_sip, const struct zv_sip_cfg *cfg)
{
    if (!cfg->rand.fill_fn || !zv_sip_is_text(cfg->user_agent) ||
        (cfg->session_expires_s && cfg->session_expires_s < ZV_SIP_MIN_SE_S))
        return ZV_E_INVAL;
    struct zv_sip *sip = zv_zalloc(sizeof(*sip));
    if (!sip)
        return ZV_E_NOMEM;
    sip->cfg = *cfg;
    sip->cfg.user_agent.p =
        zv_strndup(cfg->user_agent.len ? cfg->user_agent.p : "", cfg->user_agent.len);
    if (!sip->cfg.user_agent.p) {
        zv_free(sip);
        return ZV_E_NOMEM;
    }
    set_defaults(&sip->cfg);
    zv_timers_init(&sip->timers);
    zv_list_init(&sip->out);
    zv_list_init(&sip->graves);
    init_maps(sip);
    zv_rand_fill(&cfg->rand, sip->tag_seed, sizeof(sip->tag_seed));
    *ret_sip = sip;
    return 0;
}

static void drop_objects(struct zv_sip *sip)
{
    struct zv_map_node *node;
    while ((node = zv_map_next(&sip->leg_keys, NULL)))
        zv_sip_leg_drop(ZV_CONTAINER_OF(node, struct zv_sip_leg, by_key));
    while ((node = zv_map_next(&sip->accounts, NULL))) {
        int err =
            zv_sip_account_remove(sip, ZV_CONTAINER_OF(node, struct zv_sip_account, by_id)->id);
        (void)err;
    }
    while ((node = zv_map_next(&sip->clients, NULL)))
        zv_sip_client_kill(sip, ZV_CONTAINER_OF(node, struct zv_sip_client, node));
    while ((node = zv_map_next(&sip->servers, NULL)))
        zv_sip_server_kill(sip, ZV_CONTAINER_OF(node, struct zv_sip_server, node));
    zv_sip_sweep(sip);
}

struct zv_sip *zv_sip_free(struct zv_sip *sip)
{
    if (!sip)
        return NULL;
    drop_objects(sip);
    zv_sip_out_node_free(sip->polled);
    for (struct zv_list_node *node; (node = zv_list_pop(&sip->out));)
        zv_sip_out_node_free(ZV_CONTAINER_OF(node, struct zv_sip_out_node, node));
    struct zv_map *maps[] = {&sip->clients,  &sip->servers,  &sip->merges,
                             &sip->requests, &sip->accounts, &sip->contacts,
                             &sip->aors,     &sip->legs,     &sip->leg_keys};
    for (size_t i = 0; i < ZV_ARRAY_LEN(maps); i++)
        zv_map_fini(maps[i]);
    zv_timers_fini(&sip->timers);
    zv_free((void *)(uintptr_t)sip->cfg.user_agent.p);
    return zv_free(sip);
}

/* A 2xx whose transaction is over: only its ACK was lost (§13.2.2.4). */
static bool repeat_ack(struct zv_sip *sip, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_msg mirrored = {.call_id = msg->call_id, .to_tag = msg->from_tag};
    if (msg->method != ZV_SIP_METHOD_INVITE || msg->status < 200 || msg->status > 299)
        return false;
    struct zv_sip_leg *leg = zv_sip_leg_find_dialog(sip, &mirrored);
    struct zv_sip_leg_dialog *dialog = leg ? zv_sip_leg_dialog_find(leg, msg->to_tag) : NULL;
    if (!dialog || dialog->ack_cseq != msg->cseq)
        return false;
    zv_sip_leg_dialog_ack(dialog, msg->cseq, now_us);
    return true;
}

/* Whether it answers anything. */
static bool on_response(struct zv_sip *sip, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_client *client = zv_sip_client_find(sip, msg);
    bool is_matched = client || repeat_ack(sip, msg, now_us);
    if (client)
        zv_sip_client_on_response(sip, client, msg, now_us);
    sip->counts.unmatched += !is_matched;
    return is_matched;
}

static void on_ack(struct zv_sip *sip, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_server *server = zv_sip_server_find(sip, msg);
    if (server && server->tx.state != ZV_SIP_TX_ACCEPTED)
        zv_sip_server_on_event(sip, server, ZV_SIP_TX_ACK, now_us);
    else
        zv_sip_on_ack(sip, msg, now_us);
}

/* Those of ZV_SIP_SUPPORTED. */
static bool is_supported(struct zv_str option)
{
    return zv_str_is_i(option, "100rel") || zv_str_is_i(option, "timer");
}

/* §8.2.2.3 */
static bool refuse_required(struct zv_sip *sip, const struct zv_sip_msg *msg,
                            const struct zv_sip_flow *flow)
{
    char memory[256];
    struct zv_buf tags = zv_buf(memory, sizeof(memory));
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_REQUIRE);
    struct zv_str tag;
    bool is_refused = false;
    while (zv_sip_iter_text(&iter, &tag)) {
        if (!tag.len || is_supported(tag))
            continue;
        is_refused = true;
        if (tag.len + 2 > tags.cap - tags.len)
            continue;
        if (tags.len)
            zv_buf_put_text(&tags, ", ");
        zv_buf_put_str(&tags, tag);
    }
    if (!is_refused)
        return false;
    struct zv_sip_reply reply = {.status = 420, .unsupported = zv_buf_str(&tags)};
    zv_sip_reply_stateless(sip, msg, flow, &reply);
    return true;
}

static void on_new_request(struct zv_sip *sip, const struct zv_sip_msg *msg,
                           const struct zv_sip_flow *flow, int64_t now_us)
{
    bool is_sip = msg->uri.scheme == ZV_SIP_SCHEME_SIP || msg->uri.scheme == ZV_SIP_SCHEME_SIPS;
    if (!is_sip)
        zv_sip_refuse(sip, msg, flow, 416);
    else if (refuse_required(sip, msg, flow))
        return;
    else if (msg->to_tag.len)
        zv_sip_on_dialog_request(sip, msg, flow, now_us);
    else if (msg->method == ZV_SIP_METHOD_INVITE)
        zv_sip_on_invite(sip, msg, flow, now_us);
    else if (msg->method == ZV_SIP_METHOD_OPTIONS)
        zv_sip_on_options(sip, msg, flow);
    else if (msg->method == ZV_SIP_METHOD_BYE || msg->method == ZV_SIP_METHOD_UPDATE ||
             msg->method == ZV_SIP_METHOD_INFO || msg->method == ZV_SIP_METHOD_PRACK)
        zv_sip_refuse(sip, msg, flow, 481);
    else
        zv_sip_refuse(sip, msg, flow, msg->method == ZV_SIP_METHOD_OTHER ? 501 : 405);
}

static void on_request(struct zv_sip *sip, const struct zv_sip_msg *msg,
                       const struct zv_sip_flow *flow, int64_t now_us)
{
    struct zv_sip_server *server;
    if (msg->method == ZV_SIP_METHOD_ACK)
        on_ack(sip, msg, now_us);
    else if (msg->method == ZV_SIP_METHOD_CANCEL)
        zv_sip_on_cancel(sip, msg, flow, now_us);
    else if ((server = zv_sip_server_find(sip, msg)))
        zv_sip_server_on_event(sip, server, ZV_SIP_TX_REQUEST, now_us);
    else
        on_new_request(sip, msg, flow, now_us);
}

/* The request is for somebody here, by a name that no stranger could guess. */
static bool is_expected(struct zv_sip *sip, const struct zv_sip_msg *msg,
                        const struct zv_sip_flow *flow)
{
    if (zv_sip_server_find(sip, msg))
        return true;
    if (!msg->to_tag.len)
        return zv_sip_account_match(sip, msg, flow) != NULL;
    const struct zv_sip_leg *leg = zv_sip_leg_find_dialog(sip, msg);
    return leg && zv_sip_leg_dialog_find(leg, msg->from_tag);
}

/* What becomes of requests that concern nobody here. */
enum manner { ANSWER, COUNT, DROP };

static bool take(struct zv_sip *sip, const struct zv_sip_flow *flow, struct zv_str bytes,
                 enum manner manner, int64_t now_us)
{
    struct zv_sip_msg msg;
    bool is_somebodys = false;
    int err = zv_sip_msg_parse(bytes.p, bytes.len, &msg);
    if (err == ZV_E_AGAIN)
        return false;
    sip->counts.received++;
    if (err) {
        sip->counts.malformed++;
        sip->answer_max = manner == ANSWER ? 0 : bytes.len;
        if (manner != DROP && msg.answer && msg.is_request && msg.method != ZV_SIP_METHOD_ACK)
            zv_sip_refuse(sip, &msg, flow, msg.answer);
    } else if (msg.is_request) {
        is_somebodys = manner == ANSWER || is_expected(sip, &msg, flow);
        sip->counts.strangers += !is_somebodys;
        sip->answer_max = is_somebodys ? 0 : bytes.len;
        if (is_somebodys || manner != DROP)
            on_request(sip, &msg, flow, now_us);
    } else {
        is_somebodys = on_response(sip, &msg, now_us);
    }
    sip->answer_max = 0;
    zv_sip_sweep(sip);
    return is_somebodys;
}

bool zv_sip_on_message(struct zv_sip *sip, const struct zv_sip_flow *flow, const void *data,
                       size_t len, int64_t now_us)
{
    return take(sip, flow, zv_str_n(data, len), ANSWER, now_us);
}

bool zv_sip_on_stranger(struct zv_sip *sip, const struct zv_sip_flow *flow, struct zv_str bytes,
                        bool drops, int64_t now_us)
{
    return take(sip, flow, bytes, drops ? DROP : COUNT, now_us);
}

void zv_sip_on_timeout(struct zv_sip *sip, int64_t now_us)
{
    for (struct zv_timer *due; (due = zv_timers_pop_due(&sip->timers, now_us));) {
        struct zv_sip_timer *timer = ZV_CONTAINER_OF(due, struct zv_sip_timer, timer);
        timer->fn(sip, timer, now_us);
    }
    zv_sip_sweep(sip);
}

int64_t zv_sip_deadline_us(const struct zv_sip *sip)
{
    return zv_timers_next_us(&sip->timers);
}
