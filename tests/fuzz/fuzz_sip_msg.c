/*
 * Any bytes as a SIP message: parse, walk everything that the view offers, and where a response can
 * be made, make it and read it back. A sound request's response must be sound, and keep what
 * identifies it.
 */
#include "base/err.h"
#include "sip/build.h"
#include "sip/digest.h"
#include "sip/msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static char memory[1 << 18];
static struct zv_sip_msg msg, copy;

static void walk_addrs(enum zv_sip_header id)
{
    struct zv_sip_iter iter = zv_sip_iter(&msg, id);
    struct zv_sip_name_addr addr;
    int err;
    while ((err = zv_sip_iter_addr(&iter, &addr)) != ZV_E_NOTFOUND) {
        struct zv_buf buf = zv_buf(memory, sizeof(memory));
        if (err)
            continue;
        (void)zv_sip_name_addr_param(&addr, "expires", NULL);
        int shown = zv_sip_name_addr_display(&addr, &buf);
        CHECK(shown == 0 || shown == ZV_E_INVAL);
        CHECK(addr.is_star || zv_sip_uri_eq(&addr.uri, &addr.uri));
    }
}

static void walk(void)
{
    struct zv_str body;
    struct zv_sip_challenge challenge;
    struct zv_sip_rack rack;
    uint32_t value;
    for (int id = 0; id < ZV_SIP_HEADER_COUNT; id++) {
        walk_addrs((enum zv_sip_header)id);
        (void)zv_sip_msg_has_token(&msg, (enum zv_sip_header)id, "100rel");
        if (zv_sip_msg_u32(&msg, (enum zv_sip_header)id, &value) == 0)
            CHECK(zv_sip_msg_find(&msg, (enum zv_sip_header)id));
    }
    if (zv_sip_msg_rack(&msg, &rack) == 0)
        CHECK(rack.method_name.len);
    if (zv_sip_msg_body(&msg, "application/sdp", &body) == 0)
        CHECK(body.len <= msg.body.len);
    if (zv_sip_challenge_best(&msg, zv_str(NULL), &challenge) == 0)
        CHECK(challenge.nonce.len <= ZV_SIP_MAX_NONCE_BYTES);
}

/* A refused request's reply only has to be built without a fault; a sound one's is read back. */
static void answer(bool is_sound)
{
    struct zv_sip_builder b;
    struct zv_str out;
    zv_sip_build_init(&b, memory, sizeof(memory));
    zv_sip_build_reply(&b, &(struct zv_sip_build_reply){.request = &msg,
                                                        .status = is_sound ? 200 : msg.answer,
                                                        .to_tag = ZV_STR_LIT("mine"),
                                                        .record_route = is_sound,
                                                        .received = ZV_STR_LIT("192.0.2.1"),
                                                        .rport = 5060});
    int err = zv_sip_build_finish(&b, zv_str(NULL), zv_str(NULL), &out);
    if (err == ZV_E_TRUNCATED)
        return; /* close to the largest message, what is added does not fit */
    if (!is_sound)
        return;
    CHECK(err == 0);
    CHECK(zv_sip_msg_parse(out.p, out.len, &copy) == 0);
    CHECK(zv_str_eq(copy.call_id, msg.call_id) && copy.cseq == msg.cseq);
    CHECK(zv_str_eq(copy.from_tag, msg.from_tag) && zv_str_eq(copy.via.branch, msg.via.branch));
    CHECK(zv_str_is(copy.via.received, "192.0.2.1") || zv_str_is(copy.via.host, "192.0.2.1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t skip, len;
    int framed =
        zv_sip_frame(&(struct zv_sip_framing){0}, zv_str_n((const char *)data, size), &skip, &len);
    CHECK(framed || skip + len <= size);
    int err = zv_sip_msg_parse(data, size, &msg);
    if (err == ZV_E_AGAIN)
        return 0;
    if (err) {
        CHECK(msg.problem);
        if (msg.answer)
            answer(false);
        return 0;
    }
    walk();
    if (msg.is_request)
        answer(true);
    return 0;
}
