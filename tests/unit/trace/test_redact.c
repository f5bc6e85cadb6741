/* What is blanked in a message, and that nothing else changes. */
#include "support/test.h"

#include "trace/redact.h"

#include <string.h>

static void expect(const char *text, const char *expected)
{
    char memory[512];
    size_t len = strlen(text);
    assert_true(len < sizeof(memory));
    memcpy(memory, text, len + 1);
    zv_trace_redact(memory, len);
    assert_string_equal(memory, expected);
}

static void digest_credentials_are_blanked(void **state)
{
    (void)state;
    expect("REGISTER sip:x SIP/2.0\r\n"
           "Authorization: Digest username=\"response\", realm=\"r\", nonce=\"abc\", "
           "response=\"0123456789abcdef\",cnonce=\"feed\", nc=00000001\r\n\r\n",
           "REGISTER sip:x SIP/2.0\r\n"
           "Authorization: Digest username=\"response\", realm=\"r\", nonce=\"abc\", "
           "response=\"xxxxxxxxxxxxxxxx\",cnonce=\"xxxx\", nc=00000001\r\n\r\n");
    expect("proxy-authorization : Digest RESPONSE = 0123, x=1\r\n",
           "proxy-authorization : Digest RESPONSE = xxxx, x=1\r\n");
    expect("Authorization: Digest username=\"a\",\r\n response=\"0123\"\r\nX-Note: "
           "response=\"0123\"\n",
           "Authorization: Digest username=\"a\",\r\n response=\"xxxx\"\r\nX-Note: "
           "response=\"0123\"\n");
    expect("Authorization: Digest response=\"not ended",
           "Authorization: Digest response=\"xxxxxxxxx");
}

static void what_a_server_proves_is_blanked(void **state)
{
    (void)state;
    expect("SIP/2.0 200 OK\r\nAuthentication-Info: qop=auth, rspauth=\"0123\", cnonce=\"feed\"\r\n"
           "Proxy-Authentication-Info: rspauth=\"0123\"\r\n",
           "SIP/2.0 200 OK\r\nAuthentication-Info: qop=auth, rspauth=\"xxxx\", cnonce=\"xxxx\"\r\n"
           "Proxy-Authentication-Info: rspauth=\"xxxx\"\r\n");
}

static void credentials_of_other_schemes_are_blanked(void **state)
{
    (void)state;
    expect("Authorization: Basic YTpi\r\nX: y\r\n", "Authorization: Basic xxxx\r\nX: y\r\n");
    expect("Proxy-Authorization:Bearer a.b,\r\n c\r\nX: y",
           "Proxy-Authorization:Bearer xxxx\r\n x\r\nX: y");
    expect("Authorization: response=\"0 12\"3 4", "Authorization: response=\"x xxxx x");
    expect("Authorization: response=\"x xxxx x", "Authorization: response=\"x xxxx x");
}

static void a_header_of_several_lines_is_one(void **state)
{
    (void)state;
    expect("Authorization:\r\n Digest response=\r\n\t\"0123\"\r\n",
           "Authorization:\r\n Digest response=\r\n\t\"xxxx\"\r\n");
    expect("Authorization: Digest response=\"01\r\n 23\"\r\n",
           "Authorization: Digest response=\"xx\r\nxxx\"\r\n");
}

static void passwords_in_addresses_are_blanked(void **state)
{
    (void)state;
    expect(
        "INVITE sip:a:hu.sh@x:5060 SIP/2.0\r\nFrom: \"a: b\" <SIPS:a;b:%20@x;c=d:e@f>;tag=1\r\n",
        "INVITE sip:a:xxxxx@x:5060 SIP/2.0\r\nFrom: \"a: b\" <SIPS:a;b:xxx@x;c=d:e@f>;tag=1\r\n");
    expect("BYE sip:x:5060 SIP/2.0\r\nTo: <sip:x:5060;a=b@c>, <sip:a@x:5060>\r\n",
           "BYE sip:x:5060 SIP/2.0\r\nTo: <sip:x:5060;a=b@c>, <sip:a@x:5060>\r\n");
    expect("sip:", "sip:");
    expect(":a:b@c", ":a:b@c");
}

static void what_people_write_and_dial_is_blanked(void **state)
{
    (void)state;
    expect("INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nD=1",
           "INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nxxxxxxxx\r\nxxx");
    expect("MESSAGE sip:x SIP/2.0\r\n\r\n hush\r\n", "MESSAGE sip:x SIP/2.0\r\n\r\nxxxxx\r\n");
    expect("\r\n\r\nBYE sip:x SIP/2.0\r\n\r\n", "\r\n\r\nBYE sip:x SIP/2.0\r\n\r\n");
    expect("INVITE sip:x SIP/2.0\nc:application/SDP;x=1\n\nv=0\na=ice-pwd:hush\n",
           "INVITE sip:x SIP/2.0\nc:application/SDP;x=1\n\nv=0\na=ice-pwd:xxxx\n");
    expect("NOTIFY sip:x SIP/2.0\r\nContent-Type:\r\n message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\n"
           "Authorization: Basic YTpi\r\n\r\n",
           "NOTIFY sip:x SIP/2.0\r\nContent-Type:\r\n message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\n"
           "Authorization: Basic xxxx\r\n\r\n");
    expect("v=0\r\n\r\na=x\r\n", "v=0\r\n\r\na=x\r\n");
}

static void keys_in_descriptions_are_blanked(void **state)
{
    (void)state;
    expect("v=0\r\na=ice-ufrag:u\r\na=ice-pwd:hush\r\n",
           "v=0\r\na=ice-ufrag:u\r\na=ice-pwd:xxxx\r\n");
    expect("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a+b/==|2^20|1:4;inline:cd KDR=1\n",
           "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxx==|2^20|1:4;inline:xx KDR=1\n");
    expect("a= crypto:1 AES_CM_128_HMAC_SHA1_80 INLINE:abcd\n",
           "a= crypto:1 AES_CM_128_HMAC_SHA1_80 INLINE:xxxx\n");
    expect("inline:a:inline:b;c inline:inline:d\n", "inline:xxxxxxxxxx;c inline:xxxxxxxx\n");
    expect("A=Ice-Pwd:hush\nK=clear:hush\n", "A=Ice-Pwd:xxxx\nK=xxxxxxxxxx\n");
    expect("k=base64:aGk=\na=key-mgmt:mikey AQ\n", "k=xxxxxxxxxxx\na=key-mgmt:xxxxxxxx\n");
    expect("a=rtpmap:0 PCMU/8000\r\n", "a=rtpmap:0 PCMU/8000\r\n");
    expect("a=ice-pwd:hush", "a=ice-pwd:xxxx");
}

static void whatever_comes_stays_within_its_bounds(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "\r\n",
                                        "\r\r\r",
                                        "a=crypto:",
                                        "a=crypto:inline:",
                                        "Authorization",
                                        "Authorization:",
                                        "Authorization:response",
                                        "Authorization: response=",
                                        "Authorization: response=\""};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++)
        expect(texts[i], texts[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(digest_credentials_are_blanked),
    cmocka_unit_test(what_a_server_proves_is_blanked),
    cmocka_unit_test(credentials_of_other_schemes_are_blanked),
    cmocka_unit_test(a_header_of_several_lines_is_one),
    cmocka_unit_test(passwords_in_addresses_are_blanked),
    cmocka_unit_test(what_people_write_and_dial_is_blanked),
    cmocka_unit_test(keys_in_descriptions_are_blanked),
    cmocka_unit_test(whatever_comes_stays_within_its_bounds),
};
ZV_TEST_MAIN(tests)
