/*
 * The flows of the client protocol, message by message: each test is one table of what is said to
 * the client, to SIP and to the media, in order.
 */
#include "desk.h"

static struct desk desk;

/* ---- sessions ---- */

static void connecting_registers_and_tells_once(void **state)
{
    (void)state;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_input(&desk, &in);
    EXPECT(&desk, "> getUserData ESTABLISHED\nSIP_ACCOUNT_ADD\nSIP_REGISTER\n");
    assert_int_equal(strlen(desk.token), 22);
    assert_false(zv_switch_is_registered(desk.sw, desk.session));
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    EXPECT(&desk, "> registered REGISTERED\n");
    assert_true(zv_switch_is_registered(desk.sw, desk.session));
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    EXPECT(&desk, ""); /* a refresh */
    desk_closed(&desk);
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n");
    desk_close(&desk);
}

static void sessions_are_counted_by_their_registration(void **state)
{
    (void)state;
    struct zv_switch_gauges gauges;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_input(&desk, &in);
    zv_switch_gauges(desk.sw, &gauges);
    assert_int_equal(gauges.sessions, 1);
    assert_int_equal(gauges.registrations_registering, 1);
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    zv_switch_gauges(desk.sw, &gauges);
    assert_int_equal(gauges.registrations_registering, 0);
    assert_int_equal(gauges.registrations_registered, 1);
    desk_call(&desk, "c1", "1002"); /* a session that fails stays for its call */
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTER_FAILED, (struct zv_in_sip){.end = ZV_SIP_END_TIMEOUT});
    zv_switch_gauges(desk.sw, &gauges);
    assert_int_equal(gauges.registrations_registered, 0);
    assert_int_equal(gauges.registrations_failed, 1);
    desk_end_all(&desk);
}

static void without_registration_there_is_no_register(void **state)
{
    (void)state;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    in.u.connect.sip_register_required = false;
    desk_input(&desk, &in);
    EXPECT(&desk, "> getUserData ESTABLISHED\nSIP_ACCOUNT_ADD\n");
    desk_closed(&desk);
    EXPECT(&desk, "SIP_ACCOUNT_REMOVE\n");
    desk_close(&desk);
}

static void without_an_account_there_are_no_calls(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_input(&desk, &(struct zv_call_in){
                          .kind = ZV_CALL_IN_CLIENT_CONNECT,
                          .u.connect = {.conn = {DESK_CONN}, .sip_register_required = true}});
    EXPECT(&desk, "> getUserData ESTABLISHED\n");
    desk_call(&desk, "c1", "1002");
    EXPECT(&desk, "> fail CallStatusEvent no_account\n> finish FAILED no_account\n"
                  "CALL_ENDED no_account\n");
    desk_closed(&desk);
    EXPECT(&desk, "");
    desk_close(&desk);
}

static void a_bad_login_is_refused_at_once_with_the_remedy(void **state)
{
    (void)state;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    in.u.connect.sip_login = zv_str("Ralf C12441@host.com");
    in.u.connect.sip_auth_name = zv_str("Ralf C");
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent bad_account sipLogin\n> close 1000\n");
    assert_string_equal(desk.info, "sipLogin: a blank at position 5 is not allowed");
    assert_string_equal(desk.remedy, "try Ralf_C12441; \"@host.com\" belongs to sipDomain");
    desk_closed(&desk);
    EXPECT(&desk, "");
    desk_close(&desk);
}

static void a_token_of_no_session_and_a_second_connection_are_refused(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_input(&desk, &(struct zv_call_in){
                          .kind = ZV_CALL_IN_CLIENT_CONNECT,
                          .u.connect = {.conn = {DESK_CONN}, .auth_token = zv_str("7c1e")}});
    EXPECT(&desk, "> fail ConnectionStatusEvent resume_unknown_token\n> close 1000\n");
    desk_connect(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent already_connected\n");
    desk_end_all(&desk);
}

static const struct {
    enum zv_sip_end end;
    int status;
    const char *cause;
} register_failures[] = {
    {ZV_SIP_END_AUTH, 403, "sip_auth_failed"},
    {ZV_SIP_END_AUTH, 401, "sip_auth_failed"},
    {ZV_SIP_END_REJECTED, 404, "sip_not_found"},
    {ZV_SIP_END_REJECTED, 403, "sip_forbidden"},
    {ZV_SIP_END_REJECTED, 503, "sip_server_error"},
    {ZV_SIP_END_TIMEOUT, 0, "sip_timeout"},
    {ZV_SIP_END_UNREACHABLE, 0, "sip_unreachable"},
    {ZV_SIP_END_UNTRUSTED, 0, "sip_untrusted"},
    {ZV_SIP_END_UNKNOWN_DOMAIN, 0, "sip_unknown_domain"},
    {ZV_SIP_END_DENIED, 0, "sip_target_denied"},
    {ZV_SIP_END_INTERNAL, 0, "internal_error"},
    {ZV_SIP_END_PROTOCOL, 401, "sip_server_error"},
};

static void a_failed_registration_is_told_and_closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(register_failures); i++) {
        char want[256];
        desk_open(&desk);
        struct zv_call_in in = desk_connect_input();
        desk_input(&desk, &in);
        desk_forget(&desk);
        desk_sip(&desk, ZV_CALL_IN_SIP_REGISTER_FAILED,
                 (struct zv_in_sip){.end = register_failures[i].end,
                                    .status = register_failures[i].status,
                                    .remedy = zv_str("add it to sip.allow")});
        snprintf(want, sizeof(want),
                 "> fail RegistrationStatusEvent %s\nSIP_ACCOUNT_REMOVE\n> close 1000\n",
                 register_failures[i].cause);
        EXPECT(&desk, want);
        assert_string_equal(desk.remedy, "add it to sip.allow");
        desk_closed(&desk);
        desk_close(&desk);
    }
}

static void a_lost_registration_spares_the_call_that_lives(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTER_FAILED, (struct zv_in_sip){.end = ZV_SIP_END_TIMEOUT});
    EXPECT(&desk, "> fail RegistrationStatusEvent sip_timeout\n");
    desk_call(&desk, "c2", "1003");
    EXPECT(&desk, "> fail CallStatusEvent sip_timeout\n> finish FAILED sip_timeout\n"
                  "CALL_ENDED sip_timeout\n");
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal\nMEDIA_CLOSE\nSIP_ACCOUNT_REMOVE\n"
                  "> close 1000\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED normal\n");
    desk_close(&desk);
}

/* ---- outgoing ---- */

static void an_outgoing_call_is_accepted_and_hung_up_here(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_call(&desk, "c1", "+7 (495) 123-45-67");
    EXPECT(&desk, "> notifyTryingResponse TRYING\nMEDIA_CREATE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nSIP_INVITE +74951234567\n");
    assert_int_equal(desk.leg, desk.call.v);
    assert_false(desk.web.is_dtls_client);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 100});
    EXPECT(&desk, "");
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    EXPECT(&desk, "> ring RING 180\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    EXPECT(&desk, "");
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> setRemoteSDP answer\n"
                  "> talk ESTABLISHED 200\n");
    assert_int_equal(zv_media_plan_committed(&desk.plan)->kind, ZV_CODEC_PCMA);
    assert_non_null(strstr(desk.web_sdp, "m=audio 30000 UDP/TLS/RTP/SAVPF 8 111 0 126\r\n"));
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "Normal call clearing");
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, ""); /* stale pages do that */
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED normal\n");
    assert_int_equal(desk.ended.codec, ZV_CODEC_PCMA);
    assert_true(desk.ended.has_counters);
    desk_end_all(&desk);
}

static void the_far_end_hangs_up(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_BYE});
    EXPECT(&desk, "> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static const struct {
    enum zv_sip_end end;
    int status;
    const char *lines;
    const char *info;
} outgoing_ends[] = {
    {ZV_SIP_END_REJECTED, 486, "> busy BUSY 486 busy\n> finish FINISH 486 busy\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 600, "> busy BUSY 600 busy\n> finish FINISH 600 busy\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 603, "> finish FINISH 603 sip_rejected\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 404, "> finish FINISH 404 sip_not_found\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 480, "> finish FINISH 480 sip_unavailable\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 403, "> finish FINISH 403 sip_forbidden\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 302, "> finish FINISH 302 sip_redirected\n", "Busy Now"},
    {ZV_SIP_END_REJECTED, 408, "> finish FAILED 408 sip_timeout\n", "Failed by request timeout"},
    {ZV_SIP_END_REJECTED, 500, "> finish FAILED 500 sip_server_error\n", "Failed by error"},
    {ZV_SIP_END_AUTH, 403, "> finish FINISH 403 sip_auth_failed\n", "Busy Now"},
    {ZV_SIP_END_TIMEOUT, 0, "> finish FAILED sip_timeout\n", "Failed by request timeout"},
    {ZV_SIP_END_UNREACHABLE, 0, "> finish FAILED sip_unreachable\n", "Failed by error"},
    {ZV_SIP_END_UNTRUSTED, 0, "> finish FAILED sip_untrusted\n", "Failed by error"},
    {ZV_SIP_END_UNKNOWN_DOMAIN, 0, "> finish FAILED sip_unknown_domain\n", "Failed by error"},
    {ZV_SIP_END_DENIED, 0, "> finish FAILED sip_target_denied\n", "Failed by error"},
    {ZV_SIP_END_INTERNAL, 0, "> finish FAILED internal_error\n", "Failed by error"},
    {ZV_SIP_END_PROTOCOL, 401, "> finish FAILED 401 sip_server_error\n", "Failed by error"},
};

static void each_failure_of_the_sip_side_has_its_last_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(outgoing_ends); i++) {
        char want[256];
        desk_open(&desk);
        desk_trying(&desk);
        desk_sip(&desk, ZV_CALL_IN_SIP_ENDED,
                 (struct zv_in_sip){.end = outgoing_ends[i].end,
                                    .status = outgoing_ends[i].status,
                                    .reason = zv_str("Busy\rNow")});
        snprintf(want, sizeof(want), "%sMEDIA_CLOSE\n", outgoing_ends[i].lines);
        EXPECT(&desk, want);
        assert_string_equal(desk.info, outgoing_ends[i].info);
        desk_end_all(&desk);
    }
}

static void a_caller_may_cancel_from_the_first_moment(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_call(&desk, "c1", "1002"); /* the worker has not answered yet */
    desk_forget(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, "> finish FINISH cancelled\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY); /* crosses */
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED cancelled\n");
    desk_end_all(&desk);

    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH cancelled\nMEDIA_CLOSE\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED, /* the 200 crosses the CANCEL: sip/ ends it */
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void early_media_sends_the_one_description_early(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> setRemoteSDP answer\n"
                  "> ring SESSION_PROGRESS 183\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    EXPECT(&desk, ""); /* no second ringback tone */
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "> talk ESTABLISHED 200\n");
    assert_int_equal(desk.sip_remote.version, 1);
    desk_end_all(&desk);
}

static void another_fork_with_the_committed_codec_is_followed(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, /* cannot be followed: waits for the 2xx */
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMU)});
    EXPECT(&desk, "");
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200,
                                .sdp = zv_str("v=0\r\no=- 9 1 IN IP4 192.0.2.20\r\n"
                                              "c=IN IP4 192.0.2.20\r\n"
                                              "m=audio 20010 RTP/AVP 0 8\r\n")});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> talk ESTABLISHED 200\n");
    assert_int_equal(zv_media_plan_committed(&desk.plan)->kind, ZV_CODEC_PCMA);
    assert_int_equal(desk.sip_remote.version, 2);
    desk_end_all(&desk);
}

static void answer_with_another_codec(void)
{
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMU)});
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_non_null(strstr(desk.sip_sdp, "m=audio 12000 RTP/AVP 8 101\r\n"));
    assert_non_null(strstr(desk.sip_sdp, " 2 IN IP4 ")); /* next version */
}

static void an_answer_with_another_codec_gets_one_reinvite(void **state)
{
    (void)state;
    answer_with_another_codec();
    desk_sip(&desk, ZV_CALL_IN_SIP_REOFFER_DONE,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA "a=ptime:20\r\n")});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> talk ESTABLISHED 200\n");
    desk_end_all(&desk);

    answer_with_another_codec();
    desk_sip(&desk, ZV_CALL_IN_SIP_REOFFER_DONE, (struct zv_in_sip){.status = 488});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED no_common_codec\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "No common codecs");
    desk_end_all(&desk);
}

static void an_answer_that_cannot_be_used_ends_the_call(void **state)
{
    (void)state;
    static const struct {
        const char *sdp, *lines;
    } rows[] = {
        {DESK_SIP_G729, "SIP_HANGUP\n> finish FAILED no_common_codec\nMEDIA_CLOSE\n"},
        {"nonsense", "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {NULL, "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {DESK_SIP_HEAD "m=audio 0 RTP/AVP 8\r\n",
         "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {DESK_SIP_HEAD "m=audio 4 UDP/TLS/RTP/SAVP 8\r\n",
         "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        desk_open(&desk);
        desk_trying(&desk);
        desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
                 (struct zv_in_sip){.status = 200, .sdp = zv_str(rows[i].sdp)});
        EXPECT(&desk, rows[i].lines);
        desk_end_all(&desk);
    }
}

static void a_call_does_not_wait_for_the_registration(void **state)
{
    (void)state;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_input(&desk, &in);
    desk_forget(&desk);
    desk_call(&desk, "c1", "1002");
    EXPECT(&desk, "> notifyTryingResponse TRYING\nMEDIA_CREATE\n");
    desk_end_all(&desk);
}

static void a_call_that_cannot_be_is_refused_with_finish(void **state)
{
    (void)state;
    static const struct {
        const char *call_id, *callee, *sdp, *lines;
    } rows[] = {
        {"c1", "1002", DESK_WEB_OFFER,
         "> fail CallStatusEvent duplicate_call_id callId\n> finish FAILED duplicate_call_id\n"
         "CALL_ENDED duplicate_call_id\n"},
        {"", "1002", DESK_WEB_OFFER,
         "> fail CallStatusEvent bad_request callId\nCALL_ENDED bad_request\n"},
        {"a b", "1002", DESK_WEB_OFFER,
         "> fail CallStatusEvent bad_request callId\nCALL_ENDED bad_request\n"},
        {"c2", "", DESK_WEB_OFFER,
         "> fail CallStatusEvent bad_callee callee\n> finish FAILED bad_callee\n"
         "CALL_ENDED bad_callee\n"},
        {"c2", "sip:1002@evil.example", DESK_WEB_OFFER,
         "> fail CallStatusEvent bad_callee callee\n> finish FAILED bad_callee\n"
         "CALL_ENDED bad_callee\n"},
        {"c2", "1002", "v=0\r\n",
         "> fail CallStatusEvent bad_client_sdp sdp\n> finish FAILED bad_client_sdp\n"
         "CALL_ENDED bad_client_sdp\n"},
        {"c2", "1002", NULL,
         "> fail CallStatusEvent bad_client_sdp sdp\n> finish FAILED bad_client_sdp\n"
         "CALL_ENDED bad_client_sdp\n"},
    };
    desk_open(&desk);
    desk_active(&desk);
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CALL,
                                               .u.call = {.conn = {DESK_CONN},
                                                          .call_id = zv_str(rows[i].call_id),
                                                          .callee = zv_str(rows[i].callee),
                                                          .sdp = zv_str(rows[i].sdp)}});
        EXPECT(&desk, rows[i].lines);
    }
    desk_end_all(&desk);
}

static void a_call_that_the_door_refuses_ends_like_any_other(void **state)
{
    (void)state;
    struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_REFUSED,
                            .u.refused = {.conn = {DESK_CONN},
                                          .call_id = zv_str("c1"),
                                          .callee = zv_str("1002"),
                                          .cause = ZV_CAUSE_NOT_SUPPORTED,
                                          .field = zv_str("isMsrp"),
                                          .text = zv_str("No chats.")}};
    struct zv_switch_stats stats;
    desk_open(&desk);
    desk_connect(&desk);
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail CallStatusEvent not_supported isMsrp\n> finish FAILED not_supported\n"
                  "CALL_ENDED not_supported\n");
    assert_string_equal(desk.text, "No chats.");
    assert_int_equal(desk.ended.session.v, desk.session.v);
    in.u.refused = (struct zv_in_refused){
        .conn = {DESK_CONN}, .cause = ZV_CAUSE_BAD_REQUEST, .text = zv_str("callId is a number")};
    desk_input(&desk, &in); /* it named no call that could be finished */
    EXPECT(&desk, "> fail CallStatusEvent bad_request\nCALL_ENDED bad_request\n");
    zv_switch_stats(desk.sw, &stats);
    assert_int_equal(stats.calls_refused, 2);
    assert_int_equal(stats.ended_by[ZV_CAUSE_BAD_REQUEST], 1);
    assert_int_equal(stats.ended_by[ZV_CAUSE_NOT_SUPPORTED], 1);
    desk_end_all(&desk);
}

static void an_offer_without_a_codec_of_ours_fails_before_sip_hears_of_it(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_input(&desk,
               &(struct zv_call_in){
                   .kind = ZV_CALL_IN_CLIENT_CALL,
                   .u.call = {.conn = {DESK_CONN},
                              .call_id = zv_str("c1"),
                              .callee = zv_str("1002"),
                              .sdp = zv_str(DESK_WEB_HEAD
                                            "m=audio 9 UDP/TLS/RTP/SAVPF 18\r\n" DESK_WEB_TAIL
                                            "a=setup:actpass\r\n")}});
    desk_forget(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> finish FAILED no_common_codec\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void only_x_headers_reach_the_invite(void **state)
{
    (void)state;
    const struct zv_call_header headers[] = {
        {zv_str("header"), zv_str("value")},
        {zv_str("X-Order"), zv_str("42")},
        {zv_str("Route"), zv_str("<sip:evil.example;lr>")},
        {zv_str("X-Bad"), zv_str("a\r\nRoute: <sip:evil.example>")},
        {zv_str("X-Evil: 1\r\nRoute"), zv_str("b")},
        {zv_str("x-name"), zv_str("жук")},
    };
    struct zv_switch_stats stats;
    desk_open(&desk);
    desk_connect(&desk);
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CALL,
                                           .u.call = {.conn = {DESK_CONN},
                                                      .call_id = zv_str("c1"),
                                                      .callee = zv_str("1002"),
                                                      .sdp = zv_str(DESK_WEB_OFFER),
                                                      .headers = headers,
                                                      .header_count = ZV_ARRAY_LEN(headers)}});
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    assert_string_equal(desk.invite_headers, "X-Order=42;x-name=жук;");
    zv_switch_stats(desk.sw, &stats);
    assert_int_equal(stats.headers_dropped, 4);
    desk_forget(&desk);
    desk_end_all(&desk);
}

/* ---- incoming ---- */

static void an_incoming_call_is_answered_when_dtls_is_up(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "MEDIA_CREATE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> setRemoteSDP offer\n> notifyIncomingCall RING\n> ring RING\nSIP_RING\n");
    assert_string_equal(desk.visible_name, "Bob");
    assert_non_null(strstr(desk.web_sdp, "a=setup:actpass\r\n"));
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    EXPECT(&desk, "SIP_ACCEPT\n");
    assert_non_null(strstr(desk.sip_sdp, "m=audio 12000 RTP/AVP 0\r\n"));
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, "> talk ESTABLISHED 200\n");
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, desk.call_id, NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void an_incoming_call_is_declined(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_in(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, desk.call_id, NULL);
    EXPECT(&desk, "SIP_REJECT 603\n> finish FINISH 603 declined\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_caller_cancels_while_it_rings(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_in(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_CANCEL});
    EXPECT(&desk, "> finish FINISH 487 cancelled\nMEDIA_CLOSE\n");
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER); /* crosses */
    EXPECT(&desk, "> fail ErrorStatusEvent no_such_call\n");
    desk_end_all(&desk);
}

static void a_client_that_hangs_up_between_answer_and_talk(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_answering(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, desk.call_id, NULL);
    EXPECT(&desk, "SIP_REJECT 480\n> finish FINISH 480 normal\nMEDIA_CLOSE\n");
    desk_end_all(&desk);

    desk_open(&desk);
    desk_confirming(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, desk.call_id, NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH normal\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void an_incoming_call_that_cannot_be_is_rejected(void **state)
{
    (void)state;
    static const struct {
        const char *sdp, *lines;
    } rows[] = {
        {DESK_SIP_G729, "SIP_REJECT 488\nMEDIA_CLOSE\n"},
        {"nonsense", "SIP_REJECT 488\nMEDIA_CLOSE\n"},
        {DESK_SIP_HEAD "m=audio 4 RTP/SAVP 0\r\n", "SIP_REJECT 488\nMEDIA_CLOSE\n"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        desk_open(&desk);
        desk_connect(&desk);
        desk_incoming(&desk, rows[i].sdp);
        desk_forget(&desk);
        desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
        EXPECT(&desk, rows[i].lines);
        desk_end_all(&desk);
    }
}

static void a_bad_answer_of_the_client_ends_both_legs(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_in(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, "v=0\r\n");
    EXPECT(&desk, "SIP_REJECT 480\n> finish FAILED 480 bad_client_sdp\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_client_that_is_gone_is_not_called(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_lost(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "SIP_REJECT 480\nCALL_ENDED client_offline\n");
    desk_end_all(&desk);
    desk_open(&desk);
    desk.session.v = 12345;
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "SIP_REJECT 480\nCALL_ENDED client_offline\n");
    desk_close(&desk);
}

static void a_second_call_rings_or_is_busy_as_configured(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "MEDIA_CREATE\n");
    desk_end_all(&desk);
    desk_open_with(&desk, (struct zv_switch_cfg){.send_busy_when_on_call = true});
    desk_active(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "SIP_REJECT 486\nCALL_ENDED busy\n");
    desk_end_all(&desk);
}

static void caps_name_themselves(void **state)
{
    (void)state;
    desk_open_with(&desk, (struct zv_switch_cfg){.max_calls_per_client = 1, .max_clients = 1});
    desk_active(&desk);
    desk_call(&desk, "c2", "1003");
    EXPECT(&desk, "> fail CallStatusEvent limit_client_calls\n"
                  "> finish FAILED limit_client_calls\nCALL_ENDED limit_client_calls\n");
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "SIP_REJECT 486\nCALL_ENDED limit_client_calls\n");
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = 6;
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent limit_clients\n> close 1000\n");
    desk_end_all(&desk);
    desk_open_with(&desk, (struct zv_switch_cfg){.max_calls = 1});
    desk_active(&desk);
    desk_call(&desk, "c2", "1003");
    EXPECT(&desk, "> fail CallStatusEvent limit_calls\n> finish FAILED limit_calls\n"
                  "CALL_ENDED limit_calls\n");
    desk_incoming(&desk, DESK_SIP_BOTH);
    EXPECT(&desk, "SIP_REJECT 503\nCALL_ENDED limit_calls\n");
    desk_end_all(&desk);
}

/* ---- in a call ---- */

static void the_record_of_an_end_says_whether_the_client_was_told(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_true(desk.ended.is_told);
    desk_call(&desk, "c2", "a b");
    assert_true(desk.ended.is_told);
    desk_call(&desk, "not a callId", "1002");
    assert_false(desk.ended.is_told);
    desk_sip(&desk, ZV_CALL_IN_SIP_INCOMING, /* for nobody */
             (struct zv_in_sip){
                 .leg = DESK_LEG, .session = {desk.session.v + 1}, .sdp = zv_str(DESK_SIP_BOTH)});
    assert_false(desk.ended.is_told);
    desk_incoming(&desk, DESK_SIP_G729); /* likewise, with media */
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_int_equal(desk.ended.cause, ZV_CAUSE_NO_COMMON_CODEC);
    assert_false(desk.ended.is_told);
    desk_call(&desk, "c3", "1002");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(15));
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_int_equal(desk.ended.cause, ZV_CAUSE_CLIENT_GONE);
    assert_false(desk.ended.is_told);
    desk_wait(&desk, ZV_SECONDS(60));
    desk_forget(&desk);
    desk_close(&desk);
}

static void what_cannot_be_done_yet_is_refused_and_harms_nothing(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_TRANSFER, "c1", NULL);
    EXPECT(&desk, "> fail TransferStatusEvent not_supported\n");
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, "c1", DESK_WEB_ANSWER);
    EXPECT(&desk, "");
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void an_administrator_hangs_up(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_media(&desk, ZV_CALL_IN_ADMIN_HANGUP);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 admin_hangup\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_shutdown_ends_calls_then_sessions(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 shutdown\nMEDIA_CLOSE\n"
                  "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n> close 1001\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED shutdown\n");
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = 6;
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent shutdown\n> close 1000\n");
    desk_close(&desk);
}

static void calls_go_to_the_least_loaded_worker(void **state)
{
    (void)state;
    uint32_t workers[4];
    desk_open_with(&desk, (struct zv_switch_cfg){.worker_count = 3});
    desk_connect(&desk);
    for (int i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        desk_call(&desk, name, "1002");
        workers[i] = zv_call_id_worker(desk.call);
    }
    assert_int_equal(workers[0] + workers[1] + workers[2], 0 + 1 + 2);
    assert_int_equal(workers[3], 0);
    desk_forget(&desk);
    desk_end_all(&desk);
}

static void a_dump_names_all_and_holds_no_secret(void **state)
{
    (void)state;
    char text[2048];
    desk_open(&desk);
    desk_active(&desk);
    size_t len = zv_switch_dump(desk.sw, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "1001@sip.example registered calls=1"));
    assert_non_null(strstr(text, "ACTIVE 1001 -> 1002 PCMA"));
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, desk.token));
    len = zv_switch_dump(desk.sw, text, 10);
    assert_int_equal(len, strlen(text));
    desk_end_all(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connecting_registers_and_tells_once),
        cmocka_unit_test(sessions_are_counted_by_their_registration),
        cmocka_unit_test(without_registration_there_is_no_register),
        cmocka_unit_test(without_an_account_there_are_no_calls),
        cmocka_unit_test(a_bad_login_is_refused_at_once_with_the_remedy),
        cmocka_unit_test(a_token_of_no_session_and_a_second_connection_are_refused),
        cmocka_unit_test(a_failed_registration_is_told_and_closes),
        cmocka_unit_test(a_lost_registration_spares_the_call_that_lives),
        cmocka_unit_test(an_outgoing_call_is_accepted_and_hung_up_here),
        cmocka_unit_test(the_far_end_hangs_up),
        cmocka_unit_test(each_failure_of_the_sip_side_has_its_last_word),
        cmocka_unit_test(a_caller_may_cancel_from_the_first_moment),
        cmocka_unit_test(early_media_sends_the_one_description_early),
        cmocka_unit_test(another_fork_with_the_committed_codec_is_followed),
        cmocka_unit_test(an_answer_with_another_codec_gets_one_reinvite),
        cmocka_unit_test(an_answer_that_cannot_be_used_ends_the_call),
        cmocka_unit_test(a_call_does_not_wait_for_the_registration),
        cmocka_unit_test(a_call_that_cannot_be_is_refused_with_finish),
        cmocka_unit_test(a_call_that_the_door_refuses_ends_like_any_other),
        cmocka_unit_test(an_offer_without_a_codec_of_ours_fails_before_sip_hears_of_it),
        cmocka_unit_test(only_x_headers_reach_the_invite),
        cmocka_unit_test(an_incoming_call_is_answered_when_dtls_is_up),
        cmocka_unit_test(an_incoming_call_is_declined),
        cmocka_unit_test(a_caller_cancels_while_it_rings),
        cmocka_unit_test(a_client_that_hangs_up_between_answer_and_talk),
        cmocka_unit_test(an_incoming_call_that_cannot_be_is_rejected),
        cmocka_unit_test(a_bad_answer_of_the_client_ends_both_legs),
        cmocka_unit_test(a_client_that_is_gone_is_not_called),
        cmocka_unit_test(a_second_call_rings_or_is_busy_as_configured),
        cmocka_unit_test(caps_name_themselves),
        cmocka_unit_test(the_record_of_an_end_says_whether_the_client_was_told),
        cmocka_unit_test(what_cannot_be_done_yet_is_refused_and_harms_nothing),
        cmocka_unit_test(an_administrator_hangs_up),
        cmocka_unit_test(a_shutdown_ends_calls_then_sessions),
        cmocka_unit_test(calls_go_to_the_least_loaded_worker),
        cmocka_unit_test(a_dump_names_all_and_holds_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
