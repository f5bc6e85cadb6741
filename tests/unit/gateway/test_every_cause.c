/*
 * Each cause of the table is provoked once; what the client is told, what the log says, what the
 * trace holds, what is counted and what the metrics show must agree. A cause without a script here
 * fails the test.
 */
#define _GNU_SOURCE
#include "unit/trace/recorded.h"

#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

/* Where the causes of one script were seen. */
struct sight {
    struct recorded recorded;
    char client[64]; /* the last of finish, or of fail */
    char finish[64];
    int finishes;
    int ends;
    enum zv_cause ended;
    bool logged[ZV_CAUSE_COUNT];
    struct zv_metrics metrics;
};

static struct sight sight;

/* "… cause no_ack, …" */
static void see_line(const struct zv_log_line *line)
{
    const char *found = strstr(line->text, "cause ");
    if (!found)
        return;
    struct zv_str word = zv_str(found + strlen("cause "));
    size_t len = strcspn(word.p, ",: ");
    for (int cause = 0; cause < ZV_CAUSE_COUNT; cause++) {
        if (zv_str_is(zv_str_head(word, len), zv_cause_name((enum zv_cause)cause)))
            sight.logged[cause] = true;
    }
}

static void see_command(void *arg, const struct zv_call_cmd *cmd)
{
    const struct zv_cmd_client *client = &cmd->u.client;
    recorded_on_command(arg, cmd);
    zv_metrics_note_command(&sight.metrics, cmd);
    if (cmd->kind == ZV_CALL_CMD_SESSION_LOG || cmd->kind == ZV_CALL_CMD_CALL_LOG ||
        cmd->kind == ZV_CALL_CMD_CALL_ENDED)
        zv_gateway_log(cmd, NULL);
    if (cmd->kind == ZV_CALL_CMD_CALL_ENDED) {
        sight.ends++;
        sight.ended = cmd->u.ended.cause;
    }
    if (cmd->kind != ZV_CALL_CMD_CLIENT_EVENT)
        return;
    if (client->message == ZV_MSG_FINISH || client->message == ZV_MSG_FAIL)
        desk_keep(client->cause, sight.client, sizeof(sight.client));
    if (client->message == ZV_MSG_FINISH) {
        desk_keep(client->cause, sight.finish, sizeof(sight.finish));
        sight.finishes++;
    }
}

/* ---- scripts ---- */

static struct desk *desk(void)
{
    return &sight.recorded.desk;
}

static void close_media(void)
{
    desk_media(desk(), ZV_CALL_IN_MEDIA_CLOSED);
}

static void end_by_sip(enum zv_sip_end end, int status)
{
    desk_sip(desk(), ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = end, .status = status});
    close_media();
}

static void end_ringing(enum zv_sip_end end, int status)
{
    desk_ringing_out(desk());
    end_by_sip(end, status);
}

static void reject(int status)
{
    end_ringing(ZV_SIP_END_REJECTED, status);
}

static void fail_media(enum zv_media_failure failure)
{
    desk_connect(desk());
    desk_call(desk(), "c1", "1002");
    desk_input(desk(), &(struct zv_call_in){.kind = ZV_CALL_IN_MEDIA_FAILED,
                                            .u.media = {.call = desk()->call, .failure = failure}});
}

static void fail_dtls(enum zv_media_failure failure)
{
    desk_active_without_media(desk());
    desk_input(desk(), &(struct zv_call_in){.kind = ZV_CALL_IN_MEDIA_DTLS_FAILED,
                                            .u.media = {.call = desk()->call, .failure = failure}});
    desk_wait(desk(), ZV_SECONDS(1)); /* the worker is asked, and does not answer */
    close_media();
}

static void wait_and_close(int64_t us)
{
    desk_wait(desk(), us);
    close_media();
}

static void open_with(struct zv_switch_cfg cfg)
{
    desk()->sw = zv_switch_free(desk()->sw);
    struct desk_watch watch = desk()->watch;
    desk_open_with(desk(), cfg);
    desk()->watch = watch;
}

static void connect_as(const char *login, const char *token)
{
    struct zv_call_in in = desk_connect_input();
    in.u.connect.sip_login = zv_str(login);
    in.u.connect.auth_token = zv_str(token);
    desk_input(desk(), &in);
}

static void normal(void)
{
    desk_active(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    close_media();
}
static void cancelled(void)
{
    desk_trying(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    close_media();
}
static void declined(void)
{
    desk_ringing_in(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_HANGUP, desk()->call_id, "");
    close_media();
}
static void no_answer(void)
{
    desk_ringing_in(desk());
    wait_and_close(ZV_SECONDS(61));
}
static void ring_timeout(void)
{
    desk_ringing_out(desk());
    wait_and_close(ZV_SECONDS(181));
}
static void admin_hangup(void)
{
    desk_active(desk());
    desk_media(desk(), ZV_CALL_IN_ADMIN_HANGUP);
    close_media();
}
static void shut_down(void)
{
    desk_active(desk());
    desk_input(desk(), &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    close_media();
}
static void draining(void)
{
    desk_active(desk());
    desk_input(desk(), &(struct zv_call_in){.kind = ZV_CALL_IN_DRAIN,
                                            .u.drain = {.left_us = ZV_SECONDS(30)}});
    desk_call(desk(), "c2", "1003");
}
static void busy(void)
{
    reject(486);
}
static void sip_rejected(void)
{
    reject(603);
}
static void sip_not_found(void)
{
    reject(404);
}
static void sip_unavailable(void)
{
    reject(480);
}
static void sip_forbidden(void)
{
    reject(403);
}
static void sip_redirected(void)
{
    reject(302);
}
static void sip_auth_failed(void)
{
    end_ringing(ZV_SIP_END_AUTH, 407);
}
static void sip_server_error(void)
{
    reject(500);
}
static void sip_timeout(void)
{
    desk_trying(desk());
    wait_and_close(ZV_SECONDS(33));
}
static void sip_unreachable(void)
{
    end_ringing(ZV_SIP_END_UNREACHABLE, 0);
}
static void sip_untrusted(void)
{
    end_ringing(ZV_SIP_END_UNTRUSTED, 0);
}
static void sip_unknown_domain(void)
{
    end_ringing(ZV_SIP_END_UNKNOWN_DOMAIN, 0);
}
static void sip_target_denied(void)
{
    end_ringing(ZV_SIP_END_DENIED, 0);
}
static void sip_lost(void)
{
    desk_active(desk());
    end_by_sip(ZV_SIP_END_LOST, 481);
}
static void no_ack(void)
{
    desk_confirming(desk());
    wait_and_close(ZV_SECONDS(11));
}
static void answer_with(const char *sdp)
{
    desk_ringing_out(desk());
    desk_sip(desk(), ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(sdp)});
    close_media();
}
static void offer_refused(void)
{
    desk_trying(desk());
    for (int i = 0; i < 2; i++) /* the second is a repaired offer */
        desk_sip(
            desk(), ZV_CALL_IN_SIP_ENDED,
            (struct zv_in_sip){.end = ZV_SIP_END_REJECTED, .status = 488, .refusal.warning = 307});
    close_media();
}
static void no_common_codec(void)
{
    answer_with(DESK_SIP_G729);
}
static void bad_sip_sdp(void)
{
    answer_with("v=1\r\n");
}
static void srtp_required(void)
{
    open_with((struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_REQUIRED});
    answer_with(DESK_SIP_PCMA);
}
static void srtp_off(void)
{
    answer_with(DESK_SIP_HEAD "m=audio 20010 RTP/SAVP 8\r\n");
}
static void srtp_unusable(void)
{
    open_with((struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_OPTIONAL});
    answer_with(DESK_SIP_PCMA "a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n");
}
static void bad_client_sdp(void)
{
    desk_ringing_in(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_ANSWER, desk()->call_id, "not a description");
    close_media();
}
static void ice_failed(void)
{
    desk_active_without_media(desk());
    wait_and_close(ZV_SECONDS(16));
}
static void dtls_failed(void)
{
    fail_dtls(ZV_MEDIA_FAILURE_HANDSHAKE);
}
static void dtls_fingerprint(void)
{
    fail_dtls(ZV_MEDIA_FAILURE_FINGERPRINT);
}
static void no_media(void)
{
    desk_active(desk());
    desk_media_leg(desk(), ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk()->now_us);
    wait_and_close(ZV_SECONDS(31));
}
static void max_duration(void)
{
    desk_active(desk());
    wait_and_close(ZV_SECONDS(4 * 3600 + 1));
}
static void client_gone(void)
{
    desk_active(desk());
    desk_lost(desk());
    wait_and_close(ZV_SECONDS(16));
}
static void client_offline(void)
{
    desk_active(desk());
    desk_lost(desk());
    desk_incoming(desk(), DESK_SIP_BOTH);
}
static void bad_account(void)
{
    connect_as("two words", "");
}
static void bad_callee(void)
{
    desk_connect(desk());
    desk_call(desk(), "c1", "sip:1002@elsewhere.example");
}
static void bad_request(void)
{
    desk_connect(desk());
    desk_call(desk(), "a b", "1002");
}
static void no_account(void)
{
    desk_input(desk(), &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CONNECT,
                                            .u.connect = {.conn = {DESK_CONN}}});
    desk_call(desk(), "c1", "1002");
}
static void already_connected(void)
{
    desk_connect(desk());
    connect_as("1001", "");
}
static void not_connected(void)
{
    desk_call(desk(), "c1", "1002");
}
static void resume_unknown_token(void)
{
    connect_as("1001", "no-such-token");
}
static void duplicate_call_id(void)
{
    desk_trying(desk());
    desk_call(desk(), "c1", "1003");
}
static void limit_clients(void)
{
    open_with((struct zv_switch_cfg){.max_clients = 1});
    desk_connect(desk());
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = DESK_CONN + 1;
    desk_input(desk(), &in);
}
static void limit_calls(void)
{
    open_with((struct zv_switch_cfg){.max_calls = 1});
    desk_trying(desk());
    desk_call(desk(), "c2", "1003");
}
static void limit_client_calls(void)
{
    open_with((struct zv_switch_cfg){.max_calls_per_client = 1});
    desk_trying(desk());
    desk_call(desk(), "c2", "1003");
}
static void no_ports(void)
{
    fail_media(ZV_MEDIA_FAILURE_NO_PORTS);
}
static void media_setup(void)
{
    fail_media(ZV_MEDIA_FAILURE_INTERNAL);
}
static void not_supported(void)
{
    desk_active(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_TRANSFER, "c1", "");
}
static void hold_refused(void)
{
    desk_active(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_HOLD, "c1", "");
    desk_sip(desk(), ZV_CALL_IN_SIP_REOFFER_DONE, (struct zv_in_sip){.status = 488});
}
static void dtmf_refused(void)
{
    desk_active(desk());
    desk_sip(desk(), ZV_CALL_IN_SIP_DIGITS_REFUSED, (struct zv_in_sip){.status = 415});
}
static void no_such_call(void)
{
    desk_connect(desk());
    desk_client(desk(), ZV_CALL_IN_CLIENT_ANSWER, "nobody", "");
}
static void internal_error(void)
{
    desk_active(desk());
    close_media(); /* the worker stops under the call */
}

/* What the cause ends, and so where it must be seen. */
enum reach {
    OF_CALL,    /* client, log, trace, count, metric */
    OF_UNTOLD,  /* log, trace, count, metric: no client is there to be told */
    OF_SESSION, /* client, log, metric */
    OF_REQUEST, /* client alone: a request that changed nothing */
};

static const struct {
    void (*play)(void);
    enum reach reach;
} scripts[ZV_CAUSE_COUNT] = {
    [ZV_CAUSE_NORMAL] = {normal, OF_CALL},
    [ZV_CAUSE_CANCELLED] = {cancelled, OF_CALL},
    [ZV_CAUSE_DECLINED] = {declined, OF_CALL},
    [ZV_CAUSE_NO_ANSWER] = {no_answer, OF_CALL},
    [ZV_CAUSE_RING_TIMEOUT] = {ring_timeout, OF_CALL},
    [ZV_CAUSE_ADMIN_HANGUP] = {admin_hangup, OF_CALL},
    [ZV_CAUSE_SHUTDOWN] = {shut_down, OF_CALL},
    [ZV_CAUSE_BUSY] = {busy, OF_CALL},
    [ZV_CAUSE_SIP_REJECTED] = {sip_rejected, OF_CALL},
    [ZV_CAUSE_SIP_NOT_FOUND] = {sip_not_found, OF_CALL},
    [ZV_CAUSE_SIP_UNAVAILABLE] = {sip_unavailable, OF_CALL},
    [ZV_CAUSE_SIP_FORBIDDEN] = {sip_forbidden, OF_CALL},
    [ZV_CAUSE_SIP_REDIRECTED] = {sip_redirected, OF_CALL},
    [ZV_CAUSE_SIP_AUTH_FAILED] = {sip_auth_failed, OF_CALL},
    [ZV_CAUSE_SIP_SERVER_ERROR] = {sip_server_error, OF_CALL},
    [ZV_CAUSE_SIP_TIMEOUT] = {sip_timeout, OF_CALL},
    [ZV_CAUSE_SIP_UNREACHABLE] = {sip_unreachable, OF_CALL},
    [ZV_CAUSE_SIP_UNKNOWN_DOMAIN] = {sip_unknown_domain, OF_CALL},
    [ZV_CAUSE_SIP_UNTRUSTED] = {sip_untrusted, OF_CALL},
    [ZV_CAUSE_SIP_TARGET_DENIED] = {sip_target_denied, OF_CALL},
    [ZV_CAUSE_SIP_LOST] = {sip_lost, OF_CALL},
    [ZV_CAUSE_NO_ACK] = {no_ack, OF_CALL},
    [ZV_CAUSE_NO_COMMON_CODEC] = {no_common_codec, OF_CALL},
    [ZV_CAUSE_OFFER_REFUSED] = {offer_refused, OF_CALL},
    [ZV_CAUSE_BAD_SIP_SDP] = {bad_sip_sdp, OF_CALL},
    [ZV_CAUSE_SRTP_REQUIRED] = {srtp_required, OF_CALL},
    [ZV_CAUSE_SRTP_OFF] = {srtp_off, OF_CALL},
    [ZV_CAUSE_SRTP_UNUSABLE] = {srtp_unusable, OF_CALL},
    [ZV_CAUSE_BAD_CLIENT_SDP] = {bad_client_sdp, OF_CALL},
    [ZV_CAUSE_ICE_FAILED] = {ice_failed, OF_CALL},
    [ZV_CAUSE_DTLS_FAILED] = {dtls_failed, OF_CALL},
    [ZV_CAUSE_DTLS_FINGERPRINT] = {dtls_fingerprint, OF_CALL},
    [ZV_CAUSE_NO_MEDIA] = {no_media, OF_CALL},
    [ZV_CAUSE_MAX_DURATION] = {max_duration, OF_CALL},
    [ZV_CAUSE_CLIENT_GONE] = {client_gone, OF_UNTOLD},
    [ZV_CAUSE_CLIENT_OFFLINE] = {client_offline, OF_UNTOLD},
    [ZV_CAUSE_BAD_ACCOUNT] = {bad_account, OF_SESSION},
    [ZV_CAUSE_BAD_CALLEE] = {bad_callee, OF_CALL},
    [ZV_CAUSE_BAD_REQUEST] = {bad_request, OF_CALL},
    [ZV_CAUSE_NO_ACCOUNT] = {no_account, OF_CALL},
    [ZV_CAUSE_ALREADY_CONNECTED] = {already_connected, OF_REQUEST},
    [ZV_CAUSE_NOT_CONNECTED] = {not_connected, OF_CALL},
    [ZV_CAUSE_RESUME_UNKNOWN_TOKEN] = {resume_unknown_token, OF_SESSION},
    [ZV_CAUSE_DUPLICATE_CALL_ID] = {duplicate_call_id, OF_CALL},
    [ZV_CAUSE_LIMIT_CLIENTS] = {limit_clients, OF_SESSION},
    [ZV_CAUSE_LIMIT_CALLS] = {limit_calls, OF_CALL},
    [ZV_CAUSE_LIMIT_CLIENT_CALLS] = {limit_client_calls, OF_CALL},
    [ZV_CAUSE_NO_PORTS] = {no_ports, OF_CALL},
    [ZV_CAUSE_MEDIA_SETUP] = {media_setup, OF_CALL},
    [ZV_CAUSE_NOT_SUPPORTED] = {not_supported, OF_REQUEST},
    [ZV_CAUSE_HOLD_REFUSED] = {hold_refused, OF_REQUEST},
    [ZV_CAUSE_DTMF_REFUSED] = {dtmf_refused, OF_REQUEST},
    [ZV_CAUSE_NO_SUCH_CALL] = {no_such_call, OF_REQUEST},
    [ZV_CAUSE_INTERNAL_ERROR] = {internal_error, OF_CALL},
    [ZV_CAUSE_DRAINING] = {draining, OF_CALL},
};

/* ---- the check ---- */

static void check_client(enum zv_cause cause, enum reach reach)
{
    if (reach == OF_UNTOLD) {
        assert_int_equal(sight.finishes, 0);
        return;
    }
    assert_string_equal(sight.client, zv_cause_name(cause));
    /* Without a callId that could be said there is no finish (bad_request). */
    if (reach == OF_CALL && cause != ZV_CAUSE_BAD_REQUEST) {
        assert_string_equal(sight.finish, zv_cause_name(cause));
        assert_int_equal(sight.finishes, 1);
    }
}

static void check_call(enum zv_cause cause)
{
    struct zv_switch_stats stats;
    const struct zv_trace *trace = zv_recorder_next(sight.recorded.recorder, NULL);
    while (trace && trace->is_live)
        trace = zv_recorder_next(sight.recorded.recorder, trace);
    assert_int_equal(sight.ends, 1);
    assert_int_equal(sight.ended, cause);
    assert_non_null(trace);
    assert_int_equal(trace->cause, cause);
    const struct zv_trace_event *last =
        ZV_CONTAINER_OF(trace->events.head.prev, struct zv_trace_event, node);
    assert_int_equal(last->kind, ZV_TRACE_KIND_END);
    assert_true(zv_str_is(last->label, zv_cause_name(cause)));
    zv_switch_stats(desk()->sw, &stats);
    assert_int_equal(stats.ended_by[cause], 1);
    for (int other = 0; other < ZV_CAUSE_COUNT; other++)
        assert_true(other == (int)cause || !stats.ended_by[other]);
}

static uint64_t ended_as(int cause)
{
    return sight.metrics.calls_ended[0][cause] + sight.metrics.calls_ended[1][cause];
}

static void check_metrics(enum zv_cause cause, enum reach reach)
{
    bool is_of_call = reach == OF_CALL || reach == OF_UNTOLD;
    for (int other = 0; other < ZV_CAUSE_COUNT; other++)
        assert_int_equal(ended_as(other), is_of_call && other == (int)cause);
    if (reach == OF_SESSION)
        assert_int_equal(sight.metrics.sessions_ended[cause], 1);
}

static void check(enum zv_cause cause, enum reach reach)
{
    check_metrics(cause, reach);
    check_client(cause, reach);
    if (reach != OF_REQUEST)
        assert_true(sight.logged[cause]);
    if (reach == OF_CALL || reach == OF_UNTOLD)
        check_call(cause);
}

static void play(enum zv_cause cause)
{
    sight = (struct sight){0};
    zv_metrics_init(&sight.metrics, 0);
    recorded_open(&sight.recorded);
    desk()->watch.command_fn = see_command;
    zv_log_set_sink(see_line);
    scripts[cause].play();
    zv_log_set_sink(NULL);
    check(cause, scripts[cause].reach);
    zv_recorder_free(sight.recorded.recorder);
    zv_switch_free(desk()->sw);
}

static void client_log_trace_and_count_agree_on_each_cause(void **state)
{
    (void)state;
    for (int cause = ZV_CAUSE_NONE + 1; cause < ZV_CAUSE_COUNT; cause++) {
        print_message("%s\n", zv_cause_name((enum zv_cause)cause));
        assert_non_null(scripts[cause].play);
        play((enum zv_cause)cause);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(client_log_trace_and_count_agree_on_each_cause),
};
ZV_TEST_MAIN(tests)
