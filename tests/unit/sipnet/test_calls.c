/* Calls through the SIP edge as the switchboard sees them, against a scripted server. */
#include "world.h"

/* Answers an INVITE with 100, 180 and 200, and whatever ends a call with 200. */
static void answer_calls(struct sip_server *server, const struct sip_request *request)
{
    char contact[128], own[ZV_ADDR_TEXT_CAP];
    accept_all(server, request);
    snprintf(contact, sizeof(contact), "Contact: <sip:1002@%s>\r\n",
             zv_addr_write(&server->socket.local, own));
    if (strcmp(request->method, "INVITE") == 0) {
        sip_reply(server, request, "100 Trying", NULL, NULL);
        sip_reply(server, request, "180 Ringing", contact, NULL);
        sip_reply(server, request, "200 OK", contact, offer);
    } else if (strcmp(request->method, "BYE") == 0) {
        sip_reply(server, request, "200 OK", NULL, NULL);
    }
}

static void a_call_is_placed_answered_and_hung_up(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "1002");
    zv_sipnet_flush(world.net);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->status, 200);
    assert_string_equal(news->sdp, offer);
    assert_int_equal(find_news(&world, ZV_CALL_IN_SIP_PROGRESS, 1)->leg, 5);
    on_leg(&world, ZV_CALL_CMD_SIP_HANGUP, 5, 0, NULL);
    wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_int_equal(strncmp(world.server.last, "BYE ", 4), 0);
    assert_int_equal(counts_of(&world).legs, 0);
    on_leg(&world, ZV_CALL_CMD_SIP_HANGUP, 5, 0, NULL); /* crossed with its end: nothing happens */
    close_world(&world);
}

static void wait_message(struct world *world, const char *start)
{
    while (strncmp(world->server.last, start, strlen(start)) != 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* An INFO of the far end within the call that the last message belongs to. */
static void say_info(struct world *world, unsigned cseq, const char *type, const char *body)
{
    char memory[4096], from[512], to[512], call_id[256], own[ZV_ADDR_TEXT_CAP];
    struct zv_buf text = zv_buf(memory, sizeof(memory));
    assert_true(sip_field(world->server.last, "From", to, sizeof(to)));
    assert_true(sip_field(world->server.last, "To", from, sizeof(from)));
    assert_true(sip_field(world->server.last, "Call-ID", call_id, sizeof(call_id)));
    zv_buf_printf(&text,
                  "INFO %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKinfo%u\r\nFrom: %s\r\n"
                  "To: %s\r\nCall-ID: %s\r\nCSeq: %u INFO\r\n"
                  "Content-Type: application/%s\r\nContent-Length: %zu\r\n\r\n%s",
                  world->server.contact, zv_addr_write(&world->server.socket.local, own), cseq,
                  from, to, call_id, cseq, type, strlen(body), body);
    assert_non_null(zv_buf_cstr(&text));
    sip_say(&world->server, &world->server.client, memory);
}

static void key_frames_are_asked_for_by_info_both_ways(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* no such leg: nothing */
    call(&world, 5, "1002");
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* not answered yet */
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    int before = world.server.requests;
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL);
    on_leg(&world, ZV_CALL_CMD_SIP_ASK_KEYFRAME, 5, 0, NULL); /* one at a time */
    wait_message(&world, "INFO ");
    assert_non_null(strstr(world.server.last, "<picture_fast_update/>"));
    assert_true(world.server.requests <= before + 2); /* the ACK, and one INFO */
    say_info(&world, 1, "media_control+xml",
             "<media_control><general_error>no</general_error></media_control>");
    say_info(&world, 2, "media_control+xml", "hello");
    say_info(&world, 3, "media_control+xml",
             "<media_control><picture_fast_update/></media_control>");
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_KEYFRAME, 1)->leg, 5);
    assert_int_equal(world.news[world.count - 2].kind, ZV_CALL_IN_SIP_ANSWERED);
    close_world(&world);
}

static void digits_go_and_come_by_info(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "1002");
    zv_sipnet_flush(world.net);
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_SIP_SEND_DIGITS,
        .u.digits = {.leg = 5, .session = {1}, .mode = ZV_DTMF_INFO, .digits = zv_str("7")}};
    zv_sipnet_execute(world.net, &cmd);
    zv_sipnet_flush(world.net);
    wait_message(&world, "INFO ");
    assert_non_null(strstr(world.server.last, "Content-Type: application/dtmf\r\n"));
    assert_non_null(strstr(world.server.last, "\r\n\r\n7"));
    say_info(&world, 1, "dtmf-relay", "Signal=16\r\nDuration=100\r\n"); /* a flash is no key */
    say_info(&world, 2, "dtmf-relay", "Signal=*\r\nDuration=100\r\n");
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_DIGIT, 1);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->digit, '*');
    cmd.u.digits.mode = ZV_DTMF_INFO_RELAY;
    char many[130];
    memset(many, '7', sizeof(many));
    cmd.u.digits.digits = zv_str_n(many, sizeof(many));
    zv_sipnet_execute(world.net, &cmd);
    zv_sipnet_flush(world.net);
    assert_non_null(find_news(&world, ZV_CALL_IN_SIP_DIGITS_REFUSED, 0)); /* too many */
    close_world(&world);
}

static void a_call_to_a_number_that_cannot_be_fails_with_the_next_flush(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 5, "");
    assert_null(find_news(&world, ZV_CALL_IN_SIP_ENDED, 1));
    zv_sipnet_flush(world.net);
    const struct news *news = find_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_non_null(news);
    assert_int_equal(news->leg, 5);
    assert_int_equal(news->end, ZV_SIP_END_INTERNAL);
    assert_int_equal(counts_of(&world).legs, 0);
    close_world(&world);
}

static void call_on_registered(struct world *world, const struct news *news)
{
    if (news->kind == ZV_CALL_IN_SIP_REGISTERED) {
        call(world, 5, "1002");
        zv_sipnet_flush(world->net); /* within a flush: the outer one goes on */
    }
}

static void commands_may_be_given_from_within_an_input(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = answer_calls});
    world.reaction_fn = call_on_registered;
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_ANSWERED, 1);
    close_world(&world);
}

/* An INVITE of the server to the contact that was registered. */
static void invite(struct world *world)
{
    char text[2048], own[ZV_ADDR_TEXT_CAP];
    zv_addr_write(&world->server.socket.local, own);
    snprintf(text, sizeof(text),
             "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKtheirs\r\n"
             "Max-Forwards: 70\r\nFrom: \"Bob\" <sip:1002@zvonok.test>;tag=bob\r\n"
             "To: <sip:1001@zvonok.test>\r\nCall-ID: theirs\r\nCSeq: 1 INVITE\r\n"
             "Contact: <sip:1002@%s>\r\nContent-Type: application/sdp\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             world->server.contact, own, own, strlen(offer), offer);
    sip_say(&world->server, &world->server.client, text);
}

/* ACK or BYE within the call that `invite` began; the To of our 200 has the tag. */
static void follow_up(struct world *world, const char *method, int cseq)
{
    char text[2048], own[ZV_ADDR_TEXT_CAP], to[256];
    assert_true(sip_field(world->server.last, "To", to, sizeof(to)));
    zv_addr_write(&world->server.socket.local, own);
    snprintf(text, sizeof(text),
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\n"
             "From: \"Bob\" <sip:1002@zvonok.test>;tag=bob\r\nTo: %s\r\nCall-ID: theirs\r\n"
             "CSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
             method, world->server.contact, own, method, to, cseq, method);
    sip_say(&world->server, &world->server.client, text);
}

static void wait_status(struct world *world, const char *status)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "SIP/2.0 %s", status);
    while (strncmp(world->server.last, wanted, strlen(wanted)) != 0)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void a_call_comes_in_and_the_far_end_hangs_up(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    invite(&world);
    const struct news *news = wait_news(&world, ZV_CALL_IN_SIP_INCOMING, 1);
    uint64_t leg = news->leg;
    assert_true(leg & ZV_SIP_LEG_INCOMING);
    assert_string_equal(news->caller, "1002");
    assert_string_equal(news->callee, "1001");
    assert_string_equal(news->sdp, offer);
    on_leg(&world, ZV_CALL_CMD_SIP_RING, leg, 0, NULL);
    wait_status(&world, "180");
    on_leg(&world, ZV_CALL_CMD_SIP_ACCEPT, leg, 200, offer);
    wait_status(&world, "200");
    follow_up(&world, "ACK", 1);
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_CONFIRMED, 1)->leg, leg);
    follow_up(&world, "BYE", 2);
    news = wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    assert_int_equal(news->end, ZV_SIP_END_BYE);
    assert_int_equal(counts_of(&world).legs, 0);
    close_world(&world);
}

static void a_call_that_is_declined_gets_its_status(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.handler_fn = accept_all});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    invite(&world);
    uint64_t leg = wait_news(&world, ZV_CALL_IN_SIP_INCOMING, 1)->leg;
    on_leg(&world, ZV_CALL_CMD_SIP_REJECT, leg, 603, NULL);
    wait_status(&world, "603");
    follow_up(&world, "ACK", 1);
    wait_news(&world, ZV_CALL_IN_SIP_ENDED, 1);
    close_world(&world);
}

static void a_reoffer_on_a_leg_that_is_gone_comes_back_as_failed(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    on_leg(&world, ZV_CALL_CMD_SIP_REOFFER, 5, 0, offer);
    assert_int_equal(world.count, 1);
    assert_int_equal(world.news[0].kind, ZV_CALL_IN_SIP_REOFFER_DONE);
    assert_int_equal(world.news[0].leg, 5);
    assert_true(world.news[0].status >= 300);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_call_is_placed_answered_and_hung_up),
    cmocka_unit_test(key_frames_are_asked_for_by_info_both_ways),
    cmocka_unit_test(a_call_to_a_number_that_cannot_be_fails_with_the_next_flush),
    cmocka_unit_test(commands_may_be_given_from_within_an_input),
    cmocka_unit_test(a_call_comes_in_and_the_far_end_hangs_up),
    cmocka_unit_test(a_call_that_is_declined_gets_its_status),
    cmocka_unit_test(a_reoffer_on_a_leg_that_is_gone_comes_back_as_failed),
    cmocka_unit_test(digits_go_and_come_by_info),
};

ZV_TEST_MAIN(tests)
