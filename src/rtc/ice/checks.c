/*
 * The controlling agent's connectivity checks (RFC 8445 §6, §7.2, §8.1.1): pairs by priority, one
 * new check every Ta, retransmission with doubling RTO, regular nomination of the pair that answers
 * first. It is the client of our own tests, opposite a lite agent: the pair that answers first has
 * the shortest way, and waiting for a better one would only delay the call.
 *
 * Each check has at most one transaction; its request is built when it is polled, so that what is
 * in flight costs a transaction id and not a copy of the message.
 */
#include "base/err.h"
#include "rtc/ice/ice_int.h"

#include <string.h>

/* RFC 8445 §5.1.2.1: type preferences of host and peer-reflexive candidates. */
#define HOST_PREFERENCE  126
#define PRFLX_PREFERENCE 110

static uint32_t priority_of(uint32_t type_preference, size_t local_index)
{
    uint32_t component = 1;
    return (type_preference << 24) | ((UINT32_C(65535) - (uint32_t)local_index) << 8) |
           (256 - component);
}

/* RFC 8445 §6.1.2.3, for the controlling side. */
static uint64_t pair_priority(uint32_t ours, uint32_t theirs)
{
    uint64_t low = ZV_MIN(ours, theirs), high = ZV_MAX(ours, theirs);
    return (low << 32) + 2 * high + (ours > theirs ? 1 : 0);
}

static bool is_selected(const struct zv_ice *ice, const struct zv_ice_check *check)
{
    return ice->has_selected && check->generation == ice->agent->selected_generation &&
           zv_ice_pair_eq(&check->pair, &ice->selected);
}

static bool is_current(const struct zv_ice *ice, const struct zv_ice_check *check)
{
    return check->generation == ice->current.generation;
}

/* Pairs. */

static bool has_check(const struct zv_ice *ice, const struct zv_ice_pair *pair)
{
    const struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; i < agent->check_count; i++) {
        if (is_current(ice, &agent->checks[i]) && zv_ice_pair_eq(&agent->checks[i].pair, pair))
            return true;
    }
    return false;
}

static void form_pair(struct zv_ice *ice, size_t local_index,
                      const struct zv_ice_remote_cand *remote)
{
    struct zv_ice_agent *agent = ice->agent;
    struct zv_ice_pair pair = {agent->locals[local_index], remote->addr};
    if (pair.local.family != pair.remote.family || pair.local.transport != pair.remote.transport ||
        has_check(ice, &pair))
        return;
    if (agent->check_count == ZV_ICE_MAX_CHECKS)
        return;
    agent->checks[agent->check_count++] = (struct zv_ice_check){
        .pair = pair,
        .priority = pair_priority(priority_of(HOST_PREFERENCE, local_index), remote->priority),
        .generation = ice->current.generation,
        .state = ZV_ICE_CHECK_WAITING,
    };
    agent->has_failed = false;
}

void zv_ice_checks_form_pairs(struct zv_ice *ice)
{
    const struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; i < agent->local_count; i++) {
        for (size_t j = 0; j < agent->remote_count; j++)
            form_pair(ice, i, &agent->remotes[j]);
    }
}

bool zv_ice_checks_is_validated(const struct zv_ice_agent *agent, const struct zv_ice_pair *pair)
{
    for (size_t i = 0; i < agent->check_count; i++) {
        if (agent->checks[i].is_valid && zv_ice_pair_eq(&agent->checks[i].pair, pair))
            return true;
    }
    return false;
}

/* Transactions. */

void zv_ice_fill_tx_id(struct zv_ice *ice, uint8_t tx_id[ZV_STUN_TX_ID_BYTES])
{
    zv_rand_fill(&ice->rand, tx_id, ZV_STUN_TX_ID_BYTES);
}

static const struct zv_ice_remote_cred *remote_cred(const struct zv_ice *ice, uint32_t generation)
{
    return generation == ice->current.generation ? &ice->agent->remote
                                                 : &ice->agent->previous_remote;
}

struct zv_str zv_ice_remote_pwd(const struct zv_ice *ice, uint32_t generation)
{
    return zv_str(remote_cred(ice, generation)->pwd);
}

size_t zv_ice_write_request(struct zv_ice *ice, const uint8_t *tx_id, uint32_t generation,
                            bool use_candidate)
{
    const struct zv_ice_remote_cred *remote = remote_cred(ice, generation);
    const struct zv_ice_cred *local =
        generation == ice->current.generation ? &ice->current : &ice->previous;
    char username[ZV_STUN_MAX_USERNAME];
    struct zv_buf name = zv_buf(username, sizeof(username));
    zv_buf_put_text(&name, remote->ufrag);
    zv_buf_put_char(&name, ':');
    zv_buf_put_text(&name, local->ufrag);

    struct zv_buf buf = zv_buf(ice->agent->request, sizeof(ice->agent->request));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, name.p, name.len);
    zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, priority_of(PRFLX_PREFERENCE, 0));
    zv_stun_write_u64(&buf, ZV_STUN_ATTR_CONTROLLING, ice->tie_breaker);
    if (use_candidate)
        zv_stun_write_attr(&buf, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
    zv_stun_write_integrity(&buf, zv_str(remote->pwd));
    zv_stun_write_fingerprint(&buf);
    ice->counters.checks_sent++;
    return buf.overflow ? 0 : buf.len;
}

/* RFC 8445 §14.3: the more checks are under way, the longer each waits. */
static int64_t rto_of(const struct zv_ice_agent *agent)
{
    int64_t active = 0;
    for (size_t i = 0; i < agent->check_count; i++) {
        enum zv_ice_check_state state = agent->checks[i].state;
        active += state == ZV_ICE_CHECK_WAITING || state == ZV_ICE_CHECK_IN_PROGRESS;
    }
    return ZV_MAX(ZV_ICE_MIN_RTO_US, ZV_ICE_PACE_US * active);
}

static void start_check(struct zv_ice *ice, struct zv_ice_check *check, bool nominates)
{
    check->state = ZV_ICE_CHECK_IN_PROGRESS;
    check->nominates = nominates;
    check->sends = 0;
    check->is_due = true;
    check->rto_us = rto_of(ice->agent);
    check->next_us = ice->now_us;
    zv_ice_fill_tx_id(ice, check->tx_id);
}

static struct zv_ice_check *best_in_state(struct zv_ice *ice, enum zv_ice_check_state state)
{
    struct zv_ice_agent *agent = ice->agent;
    struct zv_ice_check *best = NULL;
    for (size_t i = 0; i < agent->check_count; i++) {
        struct zv_ice_check *check = &agent->checks[i];
        if (check->state == state && is_current(ice, check) &&
            (!best || check->priority > best->priority))
            best = check;
    }
    return best;
}

/* Nomination. */

static bool wants_nomination(const struct zv_ice *ice)
{
    const struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; i < agent->check_count; i++) {
        const struct zv_ice_check *check = &agent->checks[i];
        if (check->state == ZV_ICE_CHECK_IN_PROGRESS && check->nominates && is_current(ice, check))
            return false;
    }
    bool is_done = ice->is_nominated && agent->selected_generation == ice->current.generation;
    return !is_done || ice->now_us - ice->heard_us > ZV_ICE_SILENT_US;
}

/* RFC 8445 §8.1.2: checks that are not needed any more stop; their pairs stay as a reserve. */
static void stop_checks(struct zv_ice *ice, uint32_t generation)
{
    for (size_t i = 0; i < ice->agent->check_count; i++) {
        struct zv_ice_check *check = &ice->agent->checks[i];
        if (check->generation == generation &&
            (check->state == ZV_ICE_CHECK_WAITING || check->state == ZV_ICE_CHECK_IN_PROGRESS)) {
            check->state = ZV_ICE_CHECK_FAILED;
            check->is_due = false;
        }
    }
}

static void select_pair(struct zv_ice *ice, const struct zv_ice_check *check)
{
    ice->selected = check->pair;
    ice->has_selected = true;
    ice->agent->selected_generation = check->generation;
}

static void on_nominated(struct zv_ice *ice, const struct zv_ice_check *check)
{
    struct zv_ice_pair pair = check->pair; /* ending a restart moves the table */
    ice->agent->selected_generation = check->generation;
    stop_checks(ice, check->generation);
    zv_ice_nominate(ice, &pair, is_current(ice, check));
    zv_ice_consent_start(ice);
}

static void nominate_another(struct zv_ice *ice)
{
    struct zv_ice_check *check = best_in_state(ice, ZV_ICE_CHECK_SUCCEEDED);
    if (check && wants_nomination(ice))
        start_check(ice, check, true);
}

static void fail_check(struct zv_ice *ice, struct zv_ice_check *check)
{
    check->state = ZV_ICE_CHECK_FAILED;
    check->is_due = false;
    if (check->nominates)
        nominate_another(ice);
}

static void check_failure(struct zv_ice *ice)
{
    struct zv_ice_agent *agent = ice->agent;
    size_t failed = 0;
    for (size_t i = 0; i < agent->check_count; i++) {
        if (!is_current(ice, &agent->checks[i]))
            continue;
        if (agent->checks[i].state != ZV_ICE_CHECK_FAILED)
            return;
        failed++;
    }
    if (!failed || agent->has_failed)
        return;
    agent->has_failed = true;
    zv_ice_push(ice, ZV_ICE_OUT_FAILED, NULL);
}

/* Input. */

static void on_success(struct zv_ice *ice, struct zv_ice_check *check)
{
    check->state = ZV_ICE_CHECK_SUCCEEDED;
    if (!check->is_valid) {
        check->is_valid = true;
        zv_ice_push(ice, ZV_ICE_OUT_VALIDATED, &check->pair);
    }
    if (!ice->has_selected)
        select_pair(ice, check);
    if (check->nominates)
        on_nominated(ice, check);
    else if (wants_nomination(ice))
        start_check(ice, check, true);
}

static struct zv_ice_check *find_transaction(struct zv_ice_agent *agent, const uint8_t *tx_id)
{
    for (size_t i = 0; i < agent->check_count; i++) {
        struct zv_ice_check *check = &agent->checks[i];
        if (check->state == ZV_ICE_CHECK_IN_PROGRESS && check->sends &&
            memcmp(check->tx_id, tx_id, ZV_STUN_TX_ID_BYTES) == 0)
            return check;
    }
    return NULL;
}

/* RFC 8445 §7.2.5: the response must come over the pair that was asked, and be signed. */
enum zv_ice_verdict zv_ice_checks_on_response(struct zv_ice *ice, const struct zv_ice_pair *pair,
                                              const struct zv_stun_msg *msg)
{
    struct zv_ice_check *check = find_transaction(ice->agent, msg->tx_id);
    if (!check && !zv_ice_consent_is_ours(ice, msg->tx_id))
        return ZV_ICE_DROP_STRAY;
    if (!zv_ice_pair_eq(pair, check ? &check->pair : &ice->selected))
        return ZV_ICE_DROP_STRAY;
    uint32_t generation = check ? check->generation : ice->agent->selected_generation;
    if (!zv_stun_is_authentic(msg, zv_ice_remote_pwd(ice, generation)))
        return ZV_ICE_DROP_INTEGRITY;
    if (msg->cls == ZV_STUN_SUCCESS) {
        bool is_consent =
            !check || !ice->has_selected || is_selected(ice, check) || check->nominates;
        if (check)
            on_success(ice, check);
        if (is_consent)
            zv_ice_hear(ice);
    } else if (check) {
        fail_check(ice, check);
        check_failure(ice);
    }
    return ZV_ICE_PASS;
}

static void start_next(struct zv_ice *ice)
{
    struct zv_ice_agent *agent = ice->agent;
    if (!agent->remote.ufrag[0] || agent->pace_us > ice->now_us)
        return;
    struct zv_ice_check *check = best_in_state(ice, ZV_ICE_CHECK_WAITING);
    if (!check)
        return;
    start_check(ice, check, false);
    agent->pace_us = ice->now_us + ZV_ICE_PACE_US;
}

void zv_ice_checks_on_timeout(struct zv_ice *ice)
{
    struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; i < agent->check_count; i++) {
        struct zv_ice_check *check = &agent->checks[i];
        if (check->state != ZV_ICE_CHECK_IN_PROGRESS || check->next_us > ice->now_us)
            continue;
        if (check->sends == ZV_ICE_MAX_SENDS)
            fail_check(ice, check);
        else
            check->is_due = true;
    }
    start_next(ice);
    check_failure(ice);
}

int64_t zv_ice_checks_deadline_us(const struct zv_ice_agent *agent)
{
    int64_t deadline_us = ZV_TIME_NEVER;
    for (size_t i = 0; i < agent->check_count; i++) {
        const struct zv_ice_check *check = &agent->checks[i];
        if (check->state == ZV_ICE_CHECK_IN_PROGRESS)
            deadline_us = zv_time_min(deadline_us, check->next_us);
        else if (check->state == ZV_ICE_CHECK_WAITING && agent->remote.ufrag[0])
            deadline_us = zv_time_min(deadline_us, agent->pace_us);
    }
    return deadline_us;
}

static void on_sent(struct zv_ice *ice, struct zv_ice_check *check)
{
    check->is_due = false;
    check->sends++;
    int64_t wait_us = check->sends == ZV_ICE_MAX_SENDS ? check->rto_us * ZV_ICE_LAST_WAIT
                                                       : check->rto_us << (check->sends - 1);
    check->next_us = ice->now_us + wait_us;
}

bool zv_ice_checks_poll(struct zv_ice *ice, struct zv_dgram *ret_dgram)
{
    struct zv_ice_agent *agent = ice->agent;
    for (size_t i = 0; i < agent->check_count; i++) {
        struct zv_ice_check *check = &agent->checks[i];
        if (!check->is_due)
            continue;
        size_t len = zv_ice_write_request(ice, check->tx_id, check->generation, check->nominates);
        on_sent(ice, check);
        *ret_dgram = (struct zv_dgram){agent->request, len, check->pair.local, check->pair.remote};
        return true;
    }
    return false;
}

/* Restart and change of address. */

void zv_ice_checks_retire(struct zv_ice *ice)
{
    struct zv_ice_agent *agent = ice->agent;
    size_t kept = 0;
    for (size_t i = 0; i < agent->check_count; i++) {
        if (is_current(ice, &agent->checks[i]) || is_selected(ice, &agent->checks[i]))
            agent->checks[kept++] = agent->checks[i];
    }
    agent->check_count = kept;
}

/* The selected pair is gone: what was stopped or failed may work now, what answered is nominated.
 */
static void reselect(struct zv_ice *ice)
{
    ice->has_selected = ice->is_nominated = false;
    zv_ice_consent_stop(ice);
    for (size_t i = 0; i < ice->agent->check_count; i++) {
        struct zv_ice_check *check = &ice->agent->checks[i];
        if (check->state == ZV_ICE_CHECK_FAILED)
            check->state = ZV_ICE_CHECK_WAITING;
    }
    nominate_another(ice);
}

void zv_ice_checks_remove_local(struct zv_ice *ice, const struct zv_addr *local)
{
    struct zv_ice_agent *agent = ice->agent;
    size_t kept = 0;
    for (size_t i = 0; i < agent->check_count; i++) {
        if (!zv_addr_eq(&agent->checks[i].pair.local, local))
            agent->checks[kept++] = agent->checks[i];
    }
    agent->check_count = kept;
    if (ice->has_selected && zv_addr_eq(&ice->selected.local, local))
        reselect(ice);
}
