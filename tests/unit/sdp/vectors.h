/* Session descriptions of tests/vectors/sdp, and what the planners are told in tests. */
#ifndef ZV_TESTS_UNIT_SDP_VECTORS_H
#define ZV_TESTS_UNIT_SDP_VECTORS_H

#include "support/test.h"

#include "sdp/plan.h"

#include <stdio.h>
#include <stdlib.h>

struct vector {
    char text[ZV_MAX_SDP_BYTES];
    struct zv_str view;
};

static inline struct zv_str load(struct vector *vector, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/vectors/sdp/%s", ZV_TEST_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(vector->text, 1, sizeof(vector->text), file);
    fclose(file);
    vector->view = zv_str_n(vector->text, len);
    return vector->view;
}

static inline void load_sdp(struct vector *vector, const char *name, struct zv_sdp *ret_sdp)
{
    assert_int_equal(zv_sdp_parse(load(vector, name), ret_sdp), 0);
}

/* Compares with a file; ZV_WRITE_VECTORS=1 writes it instead, for a reader to judge. */
static inline void assert_golden(const struct zv_buf *body, const char *name)
{
    static struct vector expected;
    if (getenv("ZV_WRITE_VECTORS")) {
        char path[512];
        snprintf(path, sizeof(path), "%s/vectors/sdp/%s", ZV_TEST_DIR, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fwrite(body->p, 1, body->len, file);
        fclose(file);
    }
    struct zv_str want = load(&expected, name);
    if (!zv_str_eq(want, zv_buf_str(body)))
        fail_msg("%s differs:\n%.*s", name, ZV_STR_ARG(zv_buf_str(body)));
}

static inline struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static inline struct zv_plan_web test_web(void)
{
    return (struct zv_plan_web){
        .ufrag = zv_str("gwUF"),
        .pwd = zv_str("gatewaypasswordgateway12"),
        .fingerprint = zv_str("sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                              "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"),
        .cname = zv_str("gwcname"),
        .ssrc = 424242,
        .candidates = {addr_of("203.0.113.5:30000"), addr_of("[2001:db8::5]:30000")},
        .candidate_count = 2,
        .session_id = 77,
    };
}

static inline struct zv_plan_sip test_sip(void)
{
    return (struct zv_plan_sip){
        .audio.rtp = addr_of("203.0.113.5:12000"), .session_id = 88, .version = 1};
}

/* The same with ports and source numbers for video. */
static inline struct zv_plan_web video_web(void)
{
    struct zv_plan_web local = test_web();
    local.video_ssrc = 515151;
    local.video_rtx_ssrc = 616161;
    local.video_kbps = 2000;
    return local;
}

static inline struct zv_plan_sip video_sip(void)
{
    struct zv_plan_sip local = test_sip();
    local.video.rtp = addr_of("203.0.113.5:12002");
    local.video_kbps = 2000;
    return local;
}

#endif
