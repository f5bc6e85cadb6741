/* Media control documents (RFC 5168) as phones write them, and what is none. */
#include "support/test.h"

#include "base/err.h"
#include "sip/media_control.h"

#include <stdlib.h>
#include <string.h>

/* From memory of exactly its size, so that a read beyond it is seen. */
static int parse(const char *text, bool *ret_wants)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    int err = zv_sip_media_control_parse(zv_str_n(copy, len), ret_wants);
    free(copy);
    return err;
}

static void request_is_read_however_it_is_written(void **state)
{
    static const char *const texts[] = {
        "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder>"
        "</vc_primitive></media_control>",
        /* Polycom, Cisco */
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n<media_control>\r\n  <vc_primitive>\r\n"
        "    <to_encoder>\r\n      <picture_fast_update>\r\n      </picture_fast_update>\r\n"
        "    </to_encoder>\r\n  </vc_primitive>\r\n</media_control>\r\n",
        /* one stream named */
        "<media_control>\n<vc_primitive>\n<to_encoder>\n<picture_fast_update/>\n</to_encoder>\n"
        "<stream_id>video.1</stream_id></vc_primitive></media_control>",
        /* prefixes, attributes with '>' in them, a comment and CDATA between */
        "<?xml version='1.0'?><!-- <nothing> --><mc:media_control xmlns:mc='urn:a>b'>"
        "<mc:vc_primitive><mc:to_encoder a=\"1/\"><![CDATA[</x>]]><mc:picture_fast_update />"
        "</mc:to_encoder></mc:vc_primitive></mc:media_control>",
        "\xef\xbb\xbf<media_control><picture_fast_update/></media_control>",
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        bool wants = false;
        if (parse(texts[i], &wants) || !wants)
            fail_msg("not read: %s", texts[i]);
    }
}

static void other_primitives_ask_for_nothing(void **state)
{
    static const char *const texts[] = {
        "<media_control><general_error>picture_fast_update</general_error></media_control>",
        "<media_control><vc_primitive><to_encoder><picture_freeze/></to_encoder></vc_primitive>"
        "</media_control>",
        "<media_control/>",
        "<media_control><!-- <picture_fast_update/> --></media_control>",
        "<media_control><a b='<picture_fast_update/>'/></media_control>",
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        bool wants = true;
        if (parse(texts[i], &wants) || wants)
            fail_msg("misread: %s", texts[i]);
    }
}

static void broken_documents_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "picture_fast_update",
        "<picture_fast_update/>",
        "<media_control>",
        "<media_control><picture_fast_update/>",
        "</media_control>",
        "<media_control></media_control></media_control>",
        "<media_control/><media_control><picture_fast_update/></media_control>",
        "<media_control",
        "<media_control><picture_fast_update a='></media_control>",
        "<media_control><<picture_fast_update/></media_control>",
        "<media_control>< ></media_control>",
        "<>",
        "<",
        "<!",
        "<?xml",
        "<!-- <media_control/>",
        "<media_control><![CDATA[</media_control>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><media_control><picture_fast_update/></media_control>",
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        bool wants = false;
        if (parse(texts[i], &wants) != ZV_E_PARSE || wants)
            fail_msg("taken: %s", texts[i]);
    }
}

static void our_own_is_read_back(void **state)
{
    bool wants = false;
    (void)state;
    assert_int_equal(zv_sip_media_control_parse(zv_sip_media_control_fast_update(), &wants), 0);
    assert_true(wants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_read_however_it_is_written),
        cmocka_unit_test(other_primitives_ask_for_nothing),
        cmocka_unit_test(broken_documents_are_refused),
        cmocka_unit_test(our_own_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
