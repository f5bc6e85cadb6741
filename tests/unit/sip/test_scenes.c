/*
 * Transcripts of the stack in the scenes of tests/e2e/sip, played to the stack alone: it does what
 * it did there, byte by byte. Those of tests/vectors/sip_scenes show as a difference whatever a
 * change of src/sip changes; ZV_SIP_SCENES names others (the end-to-end tests' own).
 *
 * ZV_WRITE_SIP_SCENES=1 writes down what the stack does now in place of what it did. That is right
 * as long as the far end's messages still answer what the stack says; where they do not (tags,
 * Call-IDs or branches are others) the file stays and the scene is to be recorded anew
 * (tests/vectors/sip_scenes/README.md).
 */
#define _GNU_SOURCE
#include "support/test.h"
#include "support/transcript/play.h"

#include "base/err.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *name, size_t *ret_len)
{
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail_msg("%s cannot be read", name);
    long len = ftell(file);
    char *text = malloc((size_t)len + 1);
    assert_non_null(text);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)len, file), len);
    fclose(file);
    *ret_len = (size_t)len;
    return text;
}

static void write_file(const char *name, struct zv_str text)
{
    FILE *file = fopen(name, "wb");
    if (!file)
        fail_msg("%s cannot be written", name);
    assert_int_equal(fwrite(text.p, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* ---- one transcript ---- */

struct scene {
    struct zv_str was;
    struct transcript played;
};

static void play(struct scene *scene, struct zv_str was)
{
    struct zv_str verb = {0};
    *scene = (struct scene){.was = was};
    if (!transcript_play(was, &scene->played, &verb))
        fail_msg("no record that can be read: %.*s", ZV_STR_ARG(verb));
}

static struct zv_str is_now(const struct scene *scene)
{
    return zv_str_n(scene->played.text, scene->played.len);
}

/* Messages that meant nothing to the stack, as the last record says; UINT64_MAX: there is none. */
static uint64_t unmatched_of(struct zv_str text)
{
    struct transcript_record record = {.memory = {.cap = 0}};
    uint64_t unmatched = UINT64_MAX;
    while (transcript_next(&text, &record)) {
        if (zv_str_is(record.verb, "free"))
            assert_true(transcript_get_uint(&record, "unmatched", &unmatched));
    }
    return unmatched;
}

static int take_file(const char *name, bool writes)
{
    struct scene scene;
    size_t len;
    char *text = read_file(name, &len);
    play(&scene, zv_str_n(text, len));
    struct transcript_difference at = transcript_compare(scene.was, is_now(&scene));
    bool is_answered = unmatched_of(scene.was) == unmatched_of(is_now(&scene));
    if (at.line && writes && is_answered)
        write_file(name, is_now(&scene));
    else if (at.line)
        print_error("%s:%zu\n  was: %.*s\n  is:  %.*s\n%s", name, at.line, ZV_STR_ARG(at.was),
                    ZV_STR_ARG(at.is),
                    is_answered ? "" : "  and the far end now answers something else\n");
    transcript_fini(&scene.played);
    free(text);
    return at.line && !(writes && is_answered);
}

static void scenes_play_again(void **state)
{
    const char *pattern = getenv("ZV_SIP_SCENES");
    bool writes = getenv("ZV_WRITE_SIP_SCENES") != NULL;
    glob_t files;
    int different = 0;
    (void)state;
    if (glob(pattern ? pattern : ZV_TEST_DIR "/vectors/sip_scenes/*.txt", 0, NULL, &files))
        fail_msg("there is no transcript at %s", pattern ? pattern : "tests/vectors/sip_scenes");
    for (size_t i = 0; i < files.gl_pathc; i++)
        different += take_file(files.gl_pathv[i], writes);
    print_message("%zu transcripts played\n", files.gl_pathc);
    globfree(&files);
    if (different)
        fail_msg("%d of them end in something else: read the difference; "
                 "tests/vectors/sip_scenes/README.md says how to write them anew",
                 different);
}

/* ---- the player itself ---- */

static const char options[] = "new seed=1 user_agent=Zvonok\n"
                              "message flow=UDP,192.0.2.1:5060,192.0.2.9:5060,0\n"
                              " data\n"
                              " |OPTIONS sip:192.0.2.1 SIP/2.0\n"
                              " |Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\n"
                              " |From: <sip:a@192.0.2.9>;tag=1\n"
                              " |To: <sip:192.0.2.1>\n"
                              " |Call-ID: 1\n"
                              " |CSeq: 1 OPTIONS\n"
                              " |X-Odd: 100%25 %C3%BC\n"
                              " |\n"
                              "deadline at=never\n"
                              "free\n";

static void what_was_written_plays_as_it_is(void **state)
{
    struct scene first, second;
    (void)state;
    play(&first, zv_str(options));
    struct transcript_difference at = transcript_compare(first.was, is_now(&first));
    assert_int_equal(at.line, 12); /* nobody wrote that it was taken, and what was answered */
    assert_true(zv_str_is(at.is, "= true"));
    play(&second, is_now(&first));
    assert_int_equal(transcript_compare(second.was, is_now(&second)).line, 0);
    transcript_fini(&first.played);
    transcript_fini(&second.played);
}

/* Any byte of an input or an output that is another one shows. */
static void one_other_byte_is_another_transcript(void **state)
{
    static const char *const of[] = {"seed=1", "a@192.0.2.9", "Server: ", "sent=1"};
    struct scene good, bad;
    (void)state;
    play(&good, zv_str(options));
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        char *text = strndup(good.played.text, good.played.len);
        assert_non_null(text);
        char *at = strstr(text, of[i]);
        if (!at)
            fail_msg("%s is not in it", of[i]);
        at[strlen(of[i]) - 1]++;
        play(&bad, zv_str(text));
        /* The far end's own words are answered as they are: what differs is the answer. */
        assert_int_not_equal(transcript_compare(bad.was, is_now(&bad)).line, 0);
        transcript_fini(&bad.played);
        free(text);
    }
    transcript_fini(&good.played);
}

static void what_is_no_transcript_is_told(void **state)
{
    static const char *const texts[] = {
        "ring id=1 status=180\n",
        "new seed=x\n",
        "new seed=1\nsing\n",
        "new seed=1\nmessage\n",
        "new seed=1\ntimeout at=soon\n",
        "new seed=1\nnew seed=1\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct transcript played = {0};
        struct zv_str verb;
        assert_false(transcript_play(zv_str(texts[i]), &played, &verb));
        transcript_fini(&played);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_written_plays_as_it_is),
    cmocka_unit_test(one_other_byte_is_another_transcript),
    cmocka_unit_test(what_is_no_transcript_is_told),
    cmocka_unit_test(scenes_play_again),
};
ZV_TEST_MAIN(tests)
