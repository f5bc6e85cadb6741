/* zvonok.yaml(5) says what the table says. */
#define _GNU_SOURCE
#include "support/test.h"

#include "gateway/config_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAP (256 * 1024)

static char written[CAP];
static size_t written_len;

static void append(void *arg, const char *text)
{
    (void)arg;
    size_t len = strlen(text);
    assert_true(written_len + len < sizeof(written));
    memcpy(written + written_len, text, len + 1);
    written_len += len;
}

static const char *read_file(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, CAP - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void the_manual_page_is_current(void **state)
{
    (void)state;
    static char frame[CAP], on_disk[CAP];
    written_len = 0;
    zv_config_write_man(read_file(ZV_SOURCE_DIR "/docs/man/zvonok.yaml.5.in", frame), append, NULL);
    /* After a change of the table: make-man <docs/man/zvonok.yaml.5.in >docs/man/zvonok.yaml.5 */
    assert_string_equal(read_file(ZV_SOURCE_DIR "/docs/man/zvonok.yaml.5", on_disk), written);
}

static void texts_of_the_table_are_no_requests(void **state)
{
    (void)state;
    written_len = 0;
    zv_config_write_man("@KEYS@\n@TRUNK_KEYS@\n", append, NULL);
    for (const char *line = written; *line; line = strchr(line, '\n') + 1)
        assert_true(line[0] != '\'' &&
                    (line[0] != '.' || strncmp(line, ".TP\n", 4) == 0 ||
                     strncmp(line, ".br\n", 4) == 0 || strncmp(line, ".B \"", 4) == 0 ||
                     strncmp(line, ".SS ", 4) == 0));
}

static void every_text_and_list_shows_its_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        bool shows_form = key->type != ZV_CONFIG_TEXT && key->type != ZV_CONFIG_LIST;
        assert_true(shows_form || key->dflt[0] || key->form[0]);
        assert_true(key->help[0]);
    }
}

/* The sentence of a section stands in config_man.c. */
static void every_section_says_what_it_is_about(void **state)
{
    (void)state;
    size_t sections = 0;
    written_len = 0;
    zv_config_write_man("@KEYS@\n", append, NULL);
    for (const char *line = written; (line = strstr(line, "\n.SS ")); sections++) {
        const char *about = strchr(++line, '\n') + 1;
        if (about[0] == '.' || about[0] == '\n')
            fail_msg("the section%.*s has no sentence", (int)(about - 1 - (line + 3)), line + 3);
    }
    assert_true(sections > 10);
}

/* An example that its own key would refuse misleads. */
static void every_example_is_a_value_of_its_key(void **state)
{
    (void)state;
    setenv("TURN_SECRET", "north-wind", true);
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        struct zv_config config;
        char name[96], value[256], error[ZV_CONFIG_ERROR_CAP];
        const char *quote = key->type == ZV_CONFIG_LIST ? "" : "\"";
        if (key->type == ZV_CONFIG_INT || !key->form[0])
            continue;
        assert_int_equal(zv_config_init(&config), 0);
        snprintf(name, sizeof(name), "%s.%s", key->section, key->name);
        snprintf(value, sizeof(value), "%s%s%s", quote, key->form, quote);
        assert_int_equal(zv_config_set(&config, name, value, error), 0);
        zv_config_fini(&config);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_manual_page_is_current),
    cmocka_unit_test(texts_of_the_table_are_no_requests),
    cmocka_unit_test(every_text_and_list_shows_its_form),
    cmocka_unit_test(every_section_says_what_it_is_about),
    cmocka_unit_test(every_example_is_a_value_of_its_key),
};
ZV_TEST_MAIN(tests)
