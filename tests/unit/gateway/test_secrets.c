/*
 * No secret stands in a log line: a switchboard is driven through calls both ways, refusals and a
 * failed registration, with passwords and keys that are easy to find, everything that it says is
 * logged at debug level, and every line and field is searched.
 */
#define _GNU_SOURCE
#include "unit/call/desk.h"

#include "base/log.h"
#include "gateway/gateway_int.h"

/* As desk.h has them: of the account, of the client's descriptions, of ours. */
static const char *const secrets[] = {"secret-of-1001", "asd88fds9s8d7f6g5h4j3k2l",
                                      "gatewaypasswordgateway12"};

static char everything[65536];
static struct zv_buf log_text;

static void keep(const struct zv_log_line *line)
{
    zv_buf_printf(&log_text, "%s %s", line->correlation ? line->correlation : "", line->text);
    for (size_t i = 0; i < line->field_count; i++) {
        if (line->fields[i].kind == ZV_LOG_FIELD_TEXT)
            zv_buf_printf(&log_text, " %s=%.*s", line->fields[i].name,
                          ZV_STR_ARG(line->fields[i].text));
    }
    zv_buf_put_char(&log_text, '\n');
}

static bool is_written(const char *text)
{
    return memmem(log_text.p, log_text.len, text, strlen(text)) != NULL;
}

/* Instead of desk_drain: logs what the gateway logs. */
static void journal_input(struct desk *desk, const struct zv_call_in *in)
{
    struct zv_call_cmd cmd;
    assert_int_equal(zv_switch_input(desk->sw, in, desk->now_us), 0);
    while (zv_switch_poll(desk->sw, &cmd) != ZV_CALL_CMD_NONE) {
        desk_on_command(desk, &cmd);
        if (cmd.kind == ZV_CALL_CMD_SESSION_LOG || cmd.kind == ZV_CALL_CMD_CALL_LOG ||
            cmd.kind == ZV_CALL_CMD_CALL_ENDED)
            zv_gateway_log(&cmd, NULL);
    }
    desk_forget(desk);
}

static void sip(struct desk *desk, enum zv_call_in_kind kind, struct zv_in_sip in)
{
    in.leg = in.leg ? in.leg : desk->leg;
    in.session = desk->session;
    journal_input(desk, &(struct zv_call_in){.kind = kind, .u.sip = in});
}

static void media(struct desk *desk, enum zv_call_in_kind kind)
{
    struct zv_call_in in = {
        .kind = kind,
        .u.media = {.call = desk->call,
                    .ready = {.web_ufrag = zv_str("gwUF"),
                              .web_pwd = zv_str("gatewaypasswordgateway12"),
                              .web_fingerprint = zv_str(DESK_FINGERPRINT),
                              .web_cname = zv_str("gwcname"),
                              .web_port_ipv4 = 30000,
                              .sip_rtp = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}}}},
    };
    journal_input(desk, &in);
}

static void client(struct desk *desk, enum zv_call_in_kind kind, const char *call_id)
{
    journal_input(desk, &(struct zv_call_in){.kind = kind,
                                             .u.client = {.conn = {DESK_CONN},
                                                          .call_id = zv_str(call_id),
                                                          .sdp = zv_str(DESK_WEB_ANSWER)}});
}

static void call(struct desk *desk, const char *call_id, const char *sdp)
{
    journal_input(desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CALL,
                                             .u.call = {.conn = {DESK_CONN},
                                                        .call_id = zv_str(call_id),
                                                        .callee = zv_str("1002"),
                                                        .sdp = zv_str(sdp)}});
}

static void call_out(struct desk *desk)
{
    call(desk, "out-1", DESK_WEB_OFFER);
    media(desk, ZV_CALL_IN_MEDIA_READY);
    sip(desk, ZV_CALL_IN_SIP_ANSWERED,
        (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    client(desk, ZV_CALL_IN_CLIENT_HANGUP, "out-1");
    media(desk, ZV_CALL_IN_MEDIA_CLOSED);
}

#define SRTP_KEY  "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define SRTP_LINE "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" SRTP_KEY "\r\n"

static char our_keys[ZV_MAX_SDP_BYTES + 1]; /* the description that has them */

/* A call under SDES; a re-INVITE takes it to a new key, and one is refused. */
static void call_encrypted(struct desk *desk)
{
    call(desk, "srtp-1", DESK_WEB_OFFER);
    media(desk, ZV_CALL_IN_MEDIA_READY);
    strcpy(our_keys, desk->sip_sdp);
    sip(desk, ZV_CALL_IN_SIP_ANSWERED,
        (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA SRTP_LINE)});
    assert_non_null(desk->sip_remote.srtp);
    sip(desk, ZV_CALL_IN_SIP_OFFER,
        (struct zv_in_sip){.sdp = zv_str(DESK_SIP_PCMA "a=ptime:20\r\n" SRTP_LINE)});
    sip(desk, ZV_CALL_IN_SIP_OFFER,
        (struct zv_in_sip){.sdp = zv_str(DESK_SIP_HEAD "m=audio 1 RTP/SAVP 8\r\n"
                                                       "a=crypto:1 X inline:" SRTP_KEY "\r\n")});
    client(desk, ZV_CALL_IN_CLIENT_HANGUP, "srtp-1");
    media(desk, ZV_CALL_IN_MEDIA_CLOSED);
}

/* Each key that stands in a description of ours. */
static void assert_no_key_is_written(void)
{
    int keys = 0;
    for (const char *at = our_keys; (at = strstr(at, "inline:")); keys++) {
        char key[100] = {0};
        at += strlen("inline:");
        memcpy(key, at, strcspn(at, "\r"));
        assert_true(strlen(key) >= 40);
        assert_false(is_written(key));
    }
    assert_int_equal(keys, ZV_CRYPTO_OFFERED);
    assert_false(is_written(SRTP_KEY));
}

static void call_in(struct desk *desk)
{
    desk->leg = DESK_LEG;
    sip(desk, ZV_CALL_IN_SIP_INCOMING,
        (struct zv_in_sip){.caller = zv_str("2000"),
                           .callee = zv_str("1001"),
                           .sip_call_id = zv_str("f00@192.0.2.20"),
                           .sdp = zv_str(DESK_SIP_BOTH)});
    media(desk, ZV_CALL_IN_MEDIA_READY);
    client(desk, ZV_CALL_IN_CLIENT_ANSWER, desk->call_id);
    sip(desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_CANCEL});
    media(desk, ZV_CALL_IN_MEDIA_CLOSED);
}

static void no_secret_of_sessions_and_calls_is_logged(void **state)
{
    (void)state;
    struct desk desk;
    struct zv_call_in connect = desk_connect_input();
    log_text = zv_buf(everything, sizeof(everything));
    zv_log_set_sink(keep);
    assert_int_equal(zv_log_set_levels(ZV_STR_LIT("all=debug")), 0);
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_OPTIONAL});
    connect.u.connect.sip_login = zv_str("10 01"); /* refused, with a sentence */
    journal_input(&desk, &connect);
    connect.u.connect.sip_login = zv_str("1001");
    journal_input(&desk, &connect);
    sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    call(&desk, "bad-1", DESK_WEB_HEAD DESK_WEB_TAIL);
    call_out(&desk);
    call_in(&desk);
    call_encrypted(&desk);
    sip(&desk, ZV_CALL_IN_SIP_REGISTER_FAILED,
        (struct zv_in_sip){.end = ZV_SIP_END_AUTH, .status = 403});
    zv_log_set_sink(NULL);
    desk_close(&desk);

    assert_false(log_text.overflow);
    static const char *const expected[] = {"out-1",     "bad-1",           "f00@192.0.2.20",
                                           "cancelled", "sip_auth_failed", "bad_account"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(expected); i++)
        assert_true(is_written(expected[i])); /* it was all logged, and the search finds */
    for (size_t i = 0; i < ZV_ARRAY_LEN(secrets); i++)
        assert_false(is_written(secrets[i]));
    assert_true(strlen(desk.token) > 20);
    assert_false(is_written(desk.token));
    assert_no_key_is_written();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_secret_of_sessions_and_calls_is_logged),
};
ZV_TEST_MAIN(tests)
