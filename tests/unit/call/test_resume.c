/* A client that is lost, returns or does not: in every state of a call, and by which token. */
#include "desk.h"

#include "base/alloc.h"
#include "call/switch_int.h"
#include "call/view.h"

static struct desk desk;

#define OTHER_FINGERPRINT                                                                          \
    "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:"                   \
    "66:77:88:99:AA:BB:CC:DD:EE:FF"
#define WEB_MEDIA(fingerprint, ufrag)                                                              \
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:" ufrag "\r\na=ice-pwd:asd88fds9s8d7f6g5h4j3k2l\r\n"          \
    "a=fingerprint:" fingerprint "\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=setup:actpass\r\n"  \
    "a=rtpmap:96 opus/48000/2\r\n"
/* As DESK_WEB_OFFER, after an ICE restart; of a new peer connection, whose opus has another number;
 * and without the committed codec. */
#define RESTART_OFFER                                                                              \
    DESK_WEB_HEAD                                                                                  \
    "m=audio 9 UDP/TLS/RTP/SAVPF 96 0 8\r\n" WEB_MEDIA(DESK_FINGERPRINT, "9iiZ")
#define NEW_OFFER                                                                                  \
    DESK_WEB_HEAD                                                                                  \
    "m=audio 9 UDP/TLS/RTP/SAVPF 96 0 8\r\n" WEB_MEDIA(OTHER_FINGERPRINT, "0jjA")
#define OPUS_OFFER                                                                                 \
    DESK_WEB_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n" WEB_MEDIA(OTHER_FINGERPRINT, "0jjA")

static void open_resuming(void)
{
    desk_open(&desk);
    desk.can_resume = true;
}

static void keep_token(char ret_token[64])
{
    memcpy(ret_token, desk.token, sizeof(desk.token));
}

/* ---- in every state of a call ---- */

static const struct {
    enum zv_call_state state;
    void (*reach_fn)(struct desk *desk);
    const char *status; /* that the client finds; NULL: it does not know of the call */
    const char *end;    /* when nobody returns: what the SIP side is told; NULL: over by itself */
    const char *rings;  /* what is told again */
} states[] = {
    {ZV_CALL_OUT_SETUP, desk_out_setup, "TRYING", NULL, ""},
    {ZV_CALL_OUT_TRYING, desk_trying, "TRYING", NULL, ""},
    {ZV_CALL_OUT_RINGING, desk_ringing_out, "RING", "SIP_HANGUP\n", ""},
    {ZV_CALL_IN_SETUP, desk_in_setup, NULL, NULL, ""},
    {ZV_CALL_IN_RINGING, desk_ringing_in, "RING", NULL,
     "> setRemoteSDP offer (again)\n> notifyIncomingCall RING (again)\n> ring RING (again)\n"},
    {ZV_CALL_IN_ANSWERING, desk_answering, "ESTABLISHED", NULL, ""},
    {ZV_CALL_IN_CONFIRMING, desk_confirming, "ESTABLISHED", NULL, ""},
    {ZV_CALL_REOFFERING, desk_reoffering, "SESSION_PROGRESS", NULL, ""},
    {ZV_CALL_ACTIVE, desk_active, "ESTABLISHED", "SIP_HANGUP\n", ""},
};

static void a_return_finds_the_call_as_it_is(void **state)
{
    char expected[512];
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(states); i++) {
        open_resuming();
        states[i].reach_fn(&desk);
        desk_forget(&desk);
        desk_lost(&desk);
        EXPECT(&desk, ""); /* the SIP side notices nothing, and nobody is left to be told */
        assert_string_equal(desk.state, zv_call_state_name(states[i].state));
        desk_wait(&desk, ZV_SECONDS(1));
        desk_return(&desk, 4);
        (void)snprintf(expected, sizeof(expected),
                       "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n"
                       "> zvResumed 4:%s%s%s%s\n%s",
                       states[i].status ? " " : "", states[i].status ? desk.call_id : "",
                       states[i].status ? " " : "", states[i].status ? states[i].status : "",
                       states[i].rings);
        EXPECT(&desk, expected);
        assert_string_equal(desk.state, zv_call_state_name(states[i].state));
        desk_end_all(&desk);
    }
}

static void a_call_ends_with_the_window_if_nobody_returns(void **state)
{
    struct zv_switch_stats stats;
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(states); i++) {
        desk_open_with(&desk,
                       (struct zv_switch_cfg){.timers = {.resume_window_us = ZV_SECONDS(1)}});
        desk.can_resume = true;
        states[i].reach_fn(&desk);
        desk_forget(&desk);
        desk_lost(&desk);
        desk_wait(&desk, ZV_SECONDS(1) - 1);
        assert_int_equal(zv_switch_call_count(desk.sw), 1);
        assert_string_equal(desk.state, zv_call_state_name(states[i].state));
        desk_wait(&desk, 1);
        zv_switch_stats(desk.sw, &stats);
        assert_int_equal(stats.ended_by[ZV_CAUSE_CLIENT_GONE], 1);
        assert_int_equal(zv_switch_session_count(desk.sw), 0);
        assert_non_null(zv_buf_cstr(&desk.log));
        assert_non_null(strstr(desk.lines, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"));
        if (states[i].end)
            assert_non_null(strstr(desk.lines, states[i].end));
        desk_end_all(&desk);
    }
}

static void what_happens_meanwhile_is_told_to_whoever_may_return(void **state)
{
    (void)state;
    open_resuming();
    desk_ringing_out(&desk);
    desk_lost(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n>> setRemoteSDP answer\n"
                  ">> talk ESTABLISHED 200\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_BYE});
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, ">> finish FINISH 200 normal\nMEDIA_CLOSE\nCALL_ENDED normal\n");
    assert_true(desk.ended.is_told);
    desk_return(&desk, 3);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n> zvResumed 3:\n");
    desk_end_all(&desk);
}

static void an_account_whose_client_may_return_is_called(void **state)
{
    (void)state;
    open_resuming();
    desk_connect(&desk);
    desk_lost(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "MEDIA_CREATE\n>> setRemoteSDP offer\n>> notifyIncomingCall RING\n>> ring RING\n"
                  "SIP_RING\n");
    desk_return(&desk, -1);
    desk_forget(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    desk_end_all(&desk);
}

/* ---- clients of Web Call Server, and good-byes ---- */

static void a_client_without_resume_gets_its_session_and_what_rings(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_in(&desk);
    desk_lost(&desk);
    EXPECT(&desk, "");
    desk_return(&desk, -1);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n"
                  "> setRemoteSDP offer (again)\n> notifyIncomingCall RING (again)\n"
                  "> ring RING (again)\n");
    desk_wait(&desk, ZV_SECONDS(20)); /* longer than it is waited for */
    assert_string_equal(desk.state, "IN_RINGING");
    desk_end_all(&desk);
}

static void a_good_bye_ends_session_and_calls_at_once(void **state)
{
    static const struct {
        void (*reach_fn)(struct desk *desk);
        const char *said;
    } cases[] = {
        {desk_connect, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"},
        {desk_ringing_out, "SIP_HANGUP\nMEDIA_CLOSE\nSIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"},
        {desk_ringing_in, "SIP_REJECT 480\nMEDIA_CLOSE\nSIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"},
        {desk_active, "SIP_HANGUP\nMEDIA_CLOSE\nSIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"},
    };
    static const enum zv_cause causes[] = {ZV_CAUSE_NONE, ZV_CAUSE_CANCELLED,
                                           ZV_CAUSE_CLIENT_OFFLINE, ZV_CAUSE_NORMAL};
    struct zv_switch_stats stats;
    (void)state;
    for (size_t i = 0; i < 2 * ZV_ARRAY_LEN(cases); i++) {
        desk_open(&desk);
        cases[i / 2].reach_fn(&desk);
        desk_close_frame(&desk, DESK_CONN, i % 2 ? 1000 : 1005);
        EXPECT(&desk, cases[i / 2].said);
        zv_switch_stats(desk.sw, &stats);
        if (causes[i / 2])
            assert_int_equal(stats.ended_by[causes[i / 2]], 1);
        desk_end_all(&desk);
    }
}

static void every_other_end_of_a_socket_is_a_loss(void **state)
{
    static const uint16_t codes[] = {0, 1001, 1006, 1011, 4000};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(codes); i++) {
        desk_open(&desk);
        desk_active(&desk);
        desk_close_frame(&desk, DESK_CONN, codes[i]);
        EXPECT(&desk, "");
        desk_end_all(&desk);
    }
}

static void keep_alive_makes_no_good_bye_of_a_close(void **state)
{
    struct zv_call_in in = desk_connect_input();
    (void)state;
    desk_open(&desk);
    in.u.connect.keep_alive = true;
    desk_input(&desk, &in);
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    desk_call(&desk, "c1", "1002");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    desk_forget(&desk);
    desk_close_frame(&desk, DESK_CONN, 1000);
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(15));
    EXPECT(&desk, "SIP_HANGUP\nMEDIA_CLOSE\n"); /* its call */
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    desk_wait(&desk, ZV_SECONDS(1800));
    desk_forget(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH); /* and its account is called */
    EXPECT(&desk, "MEDIA_CREATE\n");
    desk_return(&desk, -1);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n");
    desk_end_all(&desk);
}

/* ---- tokens ---- */

static void expect_refused(const char *token)
{
    struct zv_switch_stats before, after;
    zv_switch_stats(desk.sw, &before);
    desk_forget(&desk);
    desk_return_with(&desk, token, -1);
    EXPECT(&desk, "> fail ConnectionStatusEvent resume_unknown_token\n> close 1000\n");
    zv_switch_stats(desk.sw, &after);
    assert_int_equal(after.tokens_refused, before.tokens_refused + 1);
    assert_int_equal(after.sessions_refused, before.sessions_refused + 1);
    assert_int_equal(after.sessions_returned, before.sessions_returned);
}

static void a_token_is_void_once_its_successor_was_shown_to_have_come(void **state)
{
    char first[64], second[64];
    (void)state;
    open_resuming();
    desk_active(&desk);
    keep_token(first);
    desk_lost(&desk);
    desk_return(&desk, 0);
    keep_token(second);
    assert_string_not_equal(first, second);
    desk_lost(&desk); /* before it said anything: perhaps it never heard of the second */
    desk_return_with(&desk, first, 0);
    expect_refused(second); /* which nobody has ever got now */
    desk_input(&desk,
               &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_ALIVE, .u.client.conn = {desk.conn}});
    expect_refused(first);
    desk_return(&desk, 0);
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void whatever_a_client_says_confirms_its_token(void **state)
{
    static const enum zv_call_in_kind kinds[] = {
        ZV_CALL_IN_CLIENT_ANSWER,   ZV_CALL_IN_CLIENT_HANGUP,  ZV_CALL_IN_CLIENT_HOLD,
        ZV_CALL_IN_CLIENT_UNHOLD,   ZV_CALL_IN_CLIENT_DTMF,    ZV_CALL_IN_CLIENT_UPDATE,
        ZV_CALL_IN_CLIENT_TRANSFER, ZV_CALL_IN_CLIENT_CONNECT, ZV_CALL_IN_CLIENT_CALL,
        ZV_CALL_IN_CLIENT_REFUSED};
    char first[64];
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(kinds); i++) {
        open_resuming();
        desk_active(&desk);
        keep_token(first);
        desk_return(&desk, 0);
        struct zv_call_in in = {.kind = kinds[i]};
        if (kinds[i] == ZV_CALL_IN_CLIENT_CONNECT)
            in.u.connect.conn.v = desk.conn;
        else if (kinds[i] == ZV_CALL_IN_CLIENT_CALL)
            in.u.call.conn.v = desk.conn;
        else if (kinds[i] == ZV_CALL_IN_CLIENT_REFUSED)
            in.u.refused =
                (struct zv_in_refused){.conn = {desk.conn}, .cause = ZV_CAUSE_BAD_REQUEST};
        else
            in.u.client.conn.v = desk.conn;
        desk_input(&desk, &in);
        expect_refused(first);
        desk_end_all(&desk);
    }
}

static void the_old_socket_of_a_session_is_closed(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_return(&desk, 0);
    EXPECT(&desk, "> close 1000\n> getUserData ESTABLISHED\n> registered REGISTERED (again)\n"
                  "> zvResumed 0: c1 ESTABLISHED\n");
    desk_close_frame(&desk, DESK_CONN, 1000); /* says nothing of the session any more */
    EXPECT(&desk, "");
    desk_input(&desk,
               &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_HANGUP,
                                    .u.client = {.conn = {DESK_CONN}, .call_id = zv_str("c1")}});
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void a_wrong_token_does_nothing_to_any_session(void **state)
{
    char token[64], longer[80];
    (void)state;
    open_resuming();
    desk_active(&desk);
    keep_token(token);
    expect_refused("0");
    token[0] = token[0] == 'x' ? 'y' : 'x';
    expect_refused(token);
    keep_token(token);
    token[ZV_SESSION_TOKEN - 1]++;
    expect_refused(token);
    keep_token(token);
    (void)snprintf(longer, sizeof(longer), "%sx", token);
    expect_refused(longer);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL); /* its client has it still */
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_token_ends_with_its_session(void **state)
{
    char token[64];
    (void)state;
    open_resuming();
    desk_connect(&desk);
    keep_token(token);
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(60) - 1);
    desk_return(&desk, 0); /* in the last moment */
    keep_token(token);
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(60));
    expect_refused(token);
    desk_connect(&desk);
    keep_token(token);
    desk_closed(&desk);
    expect_refused(token);
    desk_end_all(&desk);
}

static void the_account_of_the_session_wins(void **state)
{
    struct zv_call_in in = desk_connect_input();
    (void)state;
    open_resuming();
    desk_connect(&desk);
    desk_lost(&desk);
    in.u.connect.conn.v = 9;
    in.u.connect.auth_token = zv_str(desk.token);
    in.u.connect.sip_login = zv_str("1005");
    in.u.connect.sip_domain = zv_str("elsewhere.example");
    char token[64];
    keep_token(token);
    in.u.connect.auth_token = zv_str(token);
    desk_input(&desk, &in);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n");
    desk_call(&desk, "c2", "1002");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    const void *at = NULL;
    struct zv_session_view view;
    assert_true(zv_switch_next_session(desk.sw, &at, &view));
    assert_string_equal(view.login, "1001");
    assert_false(zv_switch_next_session(desk.sw, &at, &view));
    desk_end_all(&desk);
}

static void a_shutdown_ends_sessions_whose_client_is_away(void **state)
{
    (void)state;
    open_resuming();
    desk_connect(&desk);
    desk_lost(&desk);
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n");
    desk_return(&desk, 0);
    EXPECT(&desk, "> fail ConnectionStatusEvent shutdown\n> close 1000\n");
    desk_end_all(&desk);
}

/* ---- who is away ---- */

static void those_away_without_a_call_make_room(void **state)
{
    (void)state;
    desk_open_with(&desk, (struct zv_switch_cfg){.max_clients = 1});
    desk.can_resume = true;
    desk_connect(&desk);
    desk_lost(&desk);
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = 6;
    desk_input(&desk, &in);
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n> getUserData ESTABLISHED\n"
                  "SIP_ACCOUNT_ADD\nSIP_REGISTER\n");
    desk_call(&desk, "c1", "1002");
    desk_lost(&desk); /* with a call it stays */
    desk_forget(&desk);
    in.u.connect.conn.v = 7;
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent limit_clients\n> close 1000\n");
    desk_end_all(&desk);
}

static void an_operator_sees_who_is_away_and_for_how_long(void **state)
{
    struct zv_switch_gauges gauges;
    struct zv_session_view session;
    struct zv_call_view call;
    const void *at = NULL;
    (void)state;
    open_resuming();
    desk_active(&desk);
    int64_t lost_us = desk.now_us;
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(5));
    zv_switch_gauges(desk.sw, &gauges);
    assert_int_equal(gauges.sessions_away, 1);
    assert_true(zv_switch_next_session(desk.sw, &at, &session));
    assert_int_equal(session.conn.v, 0);
    assert_true(session.away_us == lost_us);
    assert_true(zv_switch_view_call(desk.sw, desk.call, &call));
    assert_true(call.client_away_us == lost_us);
    desk_return(&desk, 0);
    zv_switch_gauges(desk.sw, &gauges);
    assert_int_equal(gauges.sessions_away, 0);
    assert_true(zv_switch_view_call(desk.sw, desk.call, &call));
    assert_true(call.client_away_us == 0);
    desk_forget(&desk);
    desk_end_all(&desk);
}

/* ---- the media ---- */

static void silence_counts_from_the_return(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(5));
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_WEB, desk.now_us - ZV_SECONDS(5));
    desk_wait(&desk, ZV_SECONDS(45));
    desk_return(&desk, 0);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(30) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void ice_has_its_time_again_after_a_return(void **state)
{
    (void)state;
    open_resuming();
    desk_active_without_media(&desk);
    desk_lost(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_FAILED); /* of nobody's handshake */
    desk_wait(&desk, ZV_SECONDS(50));
    EXPECT(&desk, "");
    desk_return(&desk, 0);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_wait(&desk, ZV_SECONDS(1));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 ice_failed\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void the_same_certificate_is_an_ice_restart(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", RESTART_OFFER, false);
    EXPECT(&desk, "MEDIA_WEB_RESTART\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    assert_true(zv_str_is(desk.web.ufrag, "9iiZ"));
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED); /* is believed: it is the same leg */
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate restart\n");
    assert_non_null(strstr(desk.web_sdp, "a=setup:passive\r\n"));
    assert_non_null(strstr(desk.web_sdp, "a=ice-ufrag:gwUF\r\n"));
    assert_non_null(strstr(desk.web_sdp, " 2 IN IP4 ")); /* the second version */
    assert_non_null(strstr(desk.web_sdp, "m=audio 30000 UDP/TLS/RTP/SAVPF 8 96 0\r\n"));
    desk_wait(&desk, ZV_SECONDS(3600)); /* no deadline: what was up stays up */
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void another_certificate_is_a_new_web_leg(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", NEW_OFFER, false);
    EXPECT(&desk, "MEDIA_WEB_RENEW\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    assert_int_equal(desk.plan.pairs[desk.plan.committed].web_pt, 8);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_FAILED); /* of the old leg */
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate reload\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_wait(&desk, ZV_SECONDS(1));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 dtls_failed\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", RESTART_OFFER, true); /* it says itself that it begins anew */
    EXPECT(&desk, "MEDIA_WEB_RENEW\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(30) - 1); /* it is to be heard in time, from now on */
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void the_last_of_several_offers_is_answered(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", RESTART_OFFER, false);
    desk_update(&desk, "c1", NEW_OFFER, true);
    EXPECT(&desk, "MEDIA_WEB_RESTART\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n"
                  "MEDIA_WEB_RENEW\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate reload\n");
    desk_end_all(&desk);
}

static void an_offer_that_cannot_be_taken_leaves_the_call_as_it_is(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk); /* PCMA is committed */
    desk_update(&desk, "c1", OPUS_OFFER, true);
    EXPECT(&desk, "> fail ErrorStatusEvent no_common_codec\n");
    desk_update(&desk, "c1", "nonsense", false);
    EXPECT(&desk, "> fail ErrorStatusEvent bad_client_sdp\n");
    desk_update(&desk, "c9", NEW_OFFER, false);
    EXPECT(&desk, "> fail ErrorStatusEvent no_such_call\n");
    desk_update(&desk, "c1", NEW_OFFER, true);
    desk_forget(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_UPDATE_FAILED);
    EXPECT(&desk, "> fail ErrorStatusEvent media_setup\n");
    desk_wait(&desk, ZV_SECONDS(3600));
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
    open_resuming();
    desk_ringing_in(&desk);
    desk_update(&desk, desk.call_id, NEW_OFFER, true);
    EXPECT(&desk, "> fail ErrorStatusEvent bad_request\n");
    assert_string_equal(desk.state, "IN_RINGING");
    desk_end_all(&desk);
}

/* The worker has put a new leg in the old one's place: nobody may wait for that one any more. */
static void a_new_leg_without_an_answer_ends_with_ices_time(void **state)
{
    (void)state;
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", NEW_OFFER, true);
    desk_update(&desk, "c1", NEW_OFFER, true);
    desk_forget(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_UPDATE_FAILED);
    EXPECT(&desk, "> fail ErrorStatusEvent media_setup\n");
    desk_wait(&desk, ZV_SECONDS(20));
    assert_string_not_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
    open_resuming();
    desk_active(&desk);
    desk_update(&desk, "c1", RESTART_OFFER, false);
    desk_update(&desk, "c1", NEW_OFFER, true);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY); /* of the restart */
    desk_media(&desk, ZV_CALL_IN_MEDIA_UPDATE_FAILED);
    desk_wait(&desk, ZV_SECONDS(20));
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void before_its_answer_an_offer_takes_the_first_ones_place(void **state)
{
    (void)state;
    open_resuming();
    desk_out_setup(&desk);
    desk_forget(&desk);
    desk_update(&desk, "c1", NEW_OFFER, true);
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nSIP_INVITE 1002\n");
    desk_update(&desk, "c1", "v=0\r\n", true);
    EXPECT(&desk, "> fail ErrorStatusEvent bad_client_sdp\n");
    desk_update(&desk, "c1", RESTART_OFFER, false);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> setRemoteSDP answer\n"
                  "> talk ESTABLISHED 200\n");
    assert_non_null(strstr(desk.web_sdp, "SAVPF 8 96 0\r\n")); /* numbers of the last offer */
    desk_end_all(&desk);
}

static void an_update_works_in_every_state_in_which_the_client_has_its_answer(void **state)
{
    static void (*const reach_fns[])(struct desk * desk) = {
        desk_answering, desk_confirming, desk_reoffering, desk_active_without_media, desk_active};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(reach_fns); i++) {
        char before[32];
        open_resuming();
        reach_fns[i](&desk);
        desk_forget(&desk);
        memcpy(before, desk.state, sizeof(before));
        desk_update(&desk, desk.call_id, NEW_OFFER, true);
        EXPECT(&desk, "MEDIA_WEB_RENEW\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
        desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
        EXPECT(&desk, "> zvUpdate reload\n");
        assert_string_equal(desk.state, before);
        desk_end_all(&desk);
    }
}

static void a_question_about_the_old_way_ends_no_call(void **state)
{
    (void)state;
    open_resuming();
    desk_active_without_media(&desk);
    desk_wait(&desk, ZV_SECONDS(15));
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_update(&desk, "c1", NEW_OFFER, true);
    desk_forget(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_PATH); /* the answer, of the leg that goes */
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate reload\n");
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

/* ---- memory ---- */

static void nothing_breaks_or_leaks_when_any_allocation_fails(void **state)
{
    int64_t before = zv_alloc_live();
    (void)state;
    for (int n = 0; n < 40; n++) {
        char token[64];
        open_resuming();
        desk_active(&desk);
        desk_lost(&desk);
        keep_token(token);
        zv_alloc_fail_after(n);
        struct zv_call_in in = {
            .kind = ZV_CALL_IN_CLIENT_CONNECT,
            .u.connect = {.conn = {6}, .auth_token = zv_str(token), .can_resume = true}};
        struct zv_call_in update = {
            .kind = ZV_CALL_IN_CLIENT_UPDATE,
            .u.client = {.conn = {6}, .call_id = zv_str("c1"), .sdp = zv_str(NEW_OFFER)}};
        struct zv_call_in ready = {
            .kind = ZV_CALL_IN_MEDIA_READY,
            .u.media = {.call = desk.call,
                        .ready = {.web_ufrag = zv_str("gwUF"), .web_port_ipv4 = 1}}};
        struct zv_call_in *const steps[] = {&in, &update, &ready};
        for (size_t i = 0; i < ZV_ARRAY_LEN(steps); i++) {
            (void)!zv_switch_input(desk.sw, steps[i], desk.now_us);
            desk_drain(&desk);
        }
        zv_alloc_fail_after(-1);
        desk_forget(&desk);
        desk_end_all(&desk);
        assert_int_equal(zv_alloc_live(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_return_finds_the_call_as_it_is),
        cmocka_unit_test(a_call_ends_with_the_window_if_nobody_returns),
        cmocka_unit_test(what_happens_meanwhile_is_told_to_whoever_may_return),
        cmocka_unit_test(an_account_whose_client_may_return_is_called),
        cmocka_unit_test(a_client_without_resume_gets_its_session_and_what_rings),
        cmocka_unit_test(a_good_bye_ends_session_and_calls_at_once),
        cmocka_unit_test(every_other_end_of_a_socket_is_a_loss),
        cmocka_unit_test(keep_alive_makes_no_good_bye_of_a_close),
        cmocka_unit_test(a_token_is_void_once_its_successor_was_shown_to_have_come),
        cmocka_unit_test(whatever_a_client_says_confirms_its_token),
        cmocka_unit_test(the_old_socket_of_a_session_is_closed),
        cmocka_unit_test(a_wrong_token_does_nothing_to_any_session),
        cmocka_unit_test(a_token_ends_with_its_session),
        cmocka_unit_test(the_account_of_the_session_wins),
        cmocka_unit_test(a_shutdown_ends_sessions_whose_client_is_away),
        cmocka_unit_test(those_away_without_a_call_make_room),
        cmocka_unit_test(an_operator_sees_who_is_away_and_for_how_long),
        cmocka_unit_test(silence_counts_from_the_return),
        cmocka_unit_test(ice_has_its_time_again_after_a_return),
        cmocka_unit_test(the_same_certificate_is_an_ice_restart),
        cmocka_unit_test(another_certificate_is_a_new_web_leg),
        cmocka_unit_test(the_last_of_several_offers_is_answered),
        cmocka_unit_test(an_offer_that_cannot_be_taken_leaves_the_call_as_it_is),
        cmocka_unit_test(a_new_leg_without_an_answer_ends_with_ices_time),
        cmocka_unit_test(before_its_answer_an_offer_takes_the_first_ones_place),
        cmocka_unit_test(an_update_works_in_every_state_in_which_the_client_has_its_answer),
        cmocka_unit_test(a_question_about_the_old_way_ends_no_call),
        cmocka_unit_test(nothing_breaks_or_leaks_when_any_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
