/* Offers of ours that a far end refused: which part it was, and what the repaired offer says. */
#include "vectors.h"

#include <string.h>

#define HEAD   "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define AUDIO  "m=audio 4000 RTP/AVP 111 0 8\r\na=rtpmap:111 opus/48000/2\r\n"
#define SECURE "m=audio 4000 RTP/SAVP 111 0 8\r\na=rtpmap:111 opus/48000/2\r\n"
#define KEYS                                                                                       \
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"
#define VIDEO "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"

#define OFF      ZV_SRTP_POLICY_OFF
#define OPTIONAL ZV_SRTP_POLICY_OPTIONAL
#define REQUIRED ZV_SRTP_POLICY_REQUIRED

#define V ZV_PLAN_PART_VIDEO
#define S ZV_PLAN_PART_SRTP
#define C ZV_PLAN_PART_CODECS
#define A ZV_PLAN_PART_ATTRIBUTES
#define B ZV_PLAN_PART_BANDWIDTH
#define X ZV_PLAN_PART_ADDRESS

#define KIND(name)  (1u << ZV_CODEC_##name)
#define BESIDE      (KIND(TELEPHONE_EVENT) | KIND(CN))
#define STATIC_ONLY (KIND(PCMU) | KIND(PCMA) | KIND(G722) | BESIDE)

struct refusal {
    const char *what;
    enum zv_srtp_policy policy;
    const char *ours;
    uint16_t warning;
    const char *theirs;
    uint32_t kbps; /* that our offer has in b= */
    int parts;
    bool has_chance;
    int cut;
    bool is_savp;
    uint32_t codecs;
};

static const struct refusal refusals[] = {
    {"nothing is known: plain audio", OFF, AUDIO, 0, NULL, 0, 0, true, C | A, false, STATIC_ONLY},
    {"the same with video", OFF, AUDIO VIDEO, 399, NULL, 0, 0, true, V | C | A, false, STATIC_ONLY},
    {"keys beside RTP/AVP: they insist on RTP/SAVP", OPTIONAL, AUDIO KEYS VIDEO, 0, NULL, 64, 0,
     true, 0, true, 0},
    {"RTP/SAVP by our choice is given up again", OPTIONAL, SECURE KEYS, 0, NULL, 0, 0, true, S,
     false, 0},
    {"b= goes with the rest", OFF, AUDIO, 0, NULL, 64, 0, true, C | A | B, false, STATIC_ONLY},
    {"keys that are required stay", REQUIRED, SECURE KEYS, 0, NULL, 0, 0, true, C | A, false,
     STATIC_ONLY},
    {"nothing plainer is left", OFF, "m=audio 4000 RTP/AVP 0 8\r\n", 0, NULL, 0, 0, false, 0, false,
     0},
    {"opus alone has nothing plainer", OFF,
     "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n", 0, NULL, 0, 0, false, 0, false,
     0},

    {"300", OFF, AUDIO VIDEO, 300, NULL, 0, X, false, 0, false, 0},
    {"301", OFF, AUDIO VIDEO, 301, NULL, 0, X, false, 0, false, 0},
    {"302 of what may be encrypted", OPTIONAL, AUDIO KEYS, 302, NULL, 0, S, true, 0, true, 0},
    {"302 of what may not", OFF, AUDIO, 302, NULL, 0, S, false, 0, false, 0},
    {"302 of what has to be", REQUIRED, SECURE KEYS, 302, NULL, 0, S, false, 0, false, 0},
    {"303", OFF, AUDIO, 303, NULL, 64, B, true, B, false, 0},
    {"303 without b= says nothing", OFF, AUDIO, 303, NULL, 0, 0, true, C | A, false, STATIC_ONLY},
    {"304", OFF, AUDIO VIDEO, 304, NULL, 0, V, true, V, false, 0},
    {"304 of audio alone says nothing", OFF, AUDIO, 304, NULL, 0, 0, true, C | A, false,
     STATIC_ONLY},
    {"305", OFF, AUDIO, 305, NULL, 0, C, true, C, false, STATIC_ONLY},
    {"305 may be about the video", OFF, "m=audio 4000 RTP/AVP 0\r\n" VIDEO, 305, NULL, 0, C, true,
     V, false, 0},
    {"306 of a=crypto beside RTP/AVP", OPTIONAL, AUDIO KEYS, 306, NULL, 0, A | S, true, A | S,
     false, 0},
    {"306 of RTP/SAVP", REQUIRED, SECURE KEYS, 306, NULL, 0, A, true, A, false, 0},
    {"307", OFF, AUDIO, 307, NULL, 64, A | B, true, A | B, false, 0},
    {"330", OFF, AUDIO, 330, NULL, 0, X, false, 0, false, 0},
    {"370", OFF, AUDIO VIDEO, 370, NULL, 64, V | B, true, V | B, false, 0},

    {"theirs has no video", OFF, AUDIO VIDEO, 0, AUDIO, 0, V, true, V, false, 0},
    {"theirs has ports 0", OFF, AUDIO VIDEO, 0, "m=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\n",
     0, C, true, C, false, KIND(PCMA) | BESIDE},
    {"their codecs", OFF, AUDIO, 0, "m=audio 9 RTP/AVP 8 18\r\n", 0, C, true, C, false,
     KIND(PCMA) | BESIDE},
    {"no codec in common", OFF, AUDIO, 0, "m=audio 9 RTP/AVP 18\r\n", 0, C, false, 0, false, 0},
    {"they encrypt, and we may", OPTIONAL, AUDIO KEYS, 0, SECURE, 0, S, true, 0, true, 0},
    {"they encrypt, and we may not", OFF, AUDIO, 0, SECURE, 0, S, false, 0, false, 0},
    {"they do not encrypt, and we have to", REQUIRED, SECURE KEYS VIDEO, 0, AUDIO, 0, V | S, false,
     0, false, 0},
    {"what they would take counts before a warning", OFF, AUDIO VIDEO, 305, AUDIO, 0, V, true, V,
     false, 0},
    {"no audio in theirs is no evidence", OFF, AUDIO VIDEO, 304, "m=image 9 udptl t38\r\n", 0, V,
     true, V, false, 0},
};

static void check(const struct refusal *row)
{
    char ours_text[1024], theirs_text[1024];
    struct zv_sdp ours, theirs;
    struct zv_plan_sip local = test_sip();
    struct zv_plan_refusal refusal = {.warning = row->warning};
    struct zv_plan_cut cut = {0};
    uint8_t parts = 0xff;
    local.srtp = row->policy;
    local.session_kbps = row->kbps;
    local.video_kbps = strstr(row->ours, "m=video") ? 0 : 2000; /* of what is not offered */
    snprintf(ours_text, sizeof(ours_text), HEAD "%s", row->ours);
    assert_int_equal(zv_sdp_parse(zv_str(ours_text), &ours), 0);
    if (row->theirs) {
        snprintf(theirs_text, sizeof(theirs_text), HEAD "%s", row->theirs);
        assert_int_equal(zv_sdp_parse(zv_str(theirs_text), &theirs), 0);
        refusal.theirs = &theirs;
    }
    bool has_chance = zv_plan_repair(&ours, &refusal, &local, &parts, &cut);
    if (parts != row->parts || has_chance != row->has_chance || cut.parts != row->cut ||
        cut.is_savp != row->is_savp || cut.codecs != row->codecs)
        fail_msg("%s: parts %x, chance %d, cut %x, savp %d, codecs %x", row->what, parts,
                 has_chance, cut.parts, cut.is_savp, cut.codecs);
}

static void each_refusal_is_understood_as_far_as_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(refusals); i++)
        check(&refusals[i]);
}

#define WEB                                                                                        \
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"                    \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 126\r\n" TRANSPORT                                          \
    "a=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"                        \
    "a=rtpmap:126 telephone-event/8000\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" TRANSPORT            \
    "a=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
#define TRANSPORT                                                                                  \
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fds9s8d7f6g5h4j3k2l\r\n"               \
    "a=fingerprint:sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"     \
    "00:11:22:33:44:55:66:77:88:99\r\na=setup:actpass\r\na=rtcp-mux\r\n"

static struct zv_media_plan plan;
static char body_text[8192];

static const char *offer_with(enum zv_srtp_policy policy, struct zv_plan_cut cut)
{
    struct zv_sdp web;
    struct zv_rand_seeded seed = {.state = 5};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_plan_sip local = test_sip();
    struct zv_buf body = zv_buf(body_text, sizeof(body_text));
    local.srtp = policy;
    local.session_kbps = 64;
    local.video.rtp = local.audio.rtp;
    local.video.rtp.port += 2;
    local.cut = cut;
    zv_plan_offer_srtp(&rand, &local);
    assert_int_equal(zv_sdp_parse(zv_str(WEB), &web), 0);
    assert_int_equal(zv_plan_sip_offer(&web, &local, &plan, &body), ZV_PLAN_OK);
    return zv_buf_cstr(&body);
}

static void a_repaired_offer_leaves_out_what_was_refused_and_no_more(void **state)
{
    (void)state;
    const char *text = offer_with(OPTIONAL, (struct zv_plan_cut){0});
    static const char *const all[] = {"RTP/AVP 111 0 101", "a=fmtp:111", "a=rtcp:", "a=ptime:20",
                                      "b=AS:64",           "a=crypto:",  "m=video"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(all); i++)
        assert_non_null(strstr(text, all[i]));
    text = offer_with(OPTIONAL, (struct zv_plan_cut){.parts = V});
    assert_null(strstr(text, "m=video"));
    assert_non_null(strstr(text, "a=crypto:"));
    assert_int_equal(plan.video.reason, ZV_VIDEO_REASON_REFUSED);
    text = offer_with(OPTIONAL, (struct zv_plan_cut){.parts = C, .codecs = KIND(PCMU) | BESIDE});
    assert_non_null(strstr(text, "RTP/AVP 0 101\r\n"));
    assert_non_null(strstr(text, "m=video"));
    text = offer_with(OPTIONAL, (struct zv_plan_cut){.parts = A | B});
    for (size_t i = 1; i <= 4; i++)
        assert_null(strstr(text, all[i]));
    assert_non_null(strstr(text, "a=sendrecv"));
}

static void a_repaired_offer_changes_encryption_as_far_as_the_policy_goes(void **state)
{
    (void)state;
    assert_null(strstr(offer_with(OPTIONAL, (struct zv_plan_cut){.parts = S}), "a=crypto:"));
    const char *text = offer_with(OPTIONAL, (struct zv_plan_cut){.is_savp = true});
    assert_non_null(strstr(text, " RTP/SAVP 111"));
    assert_non_null(strstr(text, "a=crypto:"));
    text = offer_with(REQUIRED, (struct zv_plan_cut){.parts = S});
    assert_non_null(strstr(text, " RTP/SAVP 111"));
    assert_non_null(strstr(text, "a=crypto:"));
}

static void parts_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < ZV_PLAN_PART_COUNT; i++)
        assert_string_not_equal(zv_plan_part_name((enum zv_plan_part)(1 << i)), "a part");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_refusal_is_understood_as_far_as_it_says),
    cmocka_unit_test(a_repaired_offer_leaves_out_what_was_refused_and_no_more),
    cmocka_unit_test(a_repaired_offer_changes_encryption_as_far_as_the_policy_goes),
    cmocka_unit_test(parts_have_names),
};
ZV_TEST_MAIN(tests)
