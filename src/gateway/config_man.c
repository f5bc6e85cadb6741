/*
 * zvonok.yaml(5): what is written by hand (docs/man/zvonok.yaml.5.in), with the keys of the table
 * in it. The roff is of man(7); every text of the table passes put_text, so that none of its
 * characters means something there.
 */
#include "gateway/config_int.h"

#include <string.h>

struct page {
    zv_config_write_fn *write;
    void *arg;
};

/* What the sections are about. One that is not named here has no sentence. */
static const struct {
    const char *section, *about;
} sections[] = {
    {"sip", "SIP: where clients may send it, what it goes by, how much is taken."},
    {"dns", "How the names of SIP servers are looked up."},
    {"http", "Where clients and operators connect."},
    {"keep_alive", "When a client's connection counts as lost."},
    {"media", "Sound: threads, ports, addresses, encryption towards SIP."},
    {"video", "Video."},
    {"turn", "A TURN server for clients whose network lets nothing else out."},
    {"timers", "How long each state of a call may last."},
    {"session", "Clients that come back."},
    {"limits", "How much this gateway takes at once."},
    {"drain", "When the gateway is to stop."},
    {"accounts", "Accounts of clients."},
    {"calls", "Calls."},
    {"trace", "What is kept of each call for those who ask later."},
    {"capture", "Captures of single calls (zvonokctl pcap)."},
    {"admin", "The socket of zvonokctl."},
    {"log", "What is logged, and how."},
};

static const char *about(const char *section)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(sections); i++) {
        if (strcmp(section, sections[i].section) == 0)
            return sections[i].about;
    }
    return NULL;
}

static void put(const struct page *page, const char *roff)
{
    page->write(page->arg, roff);
}

/* Text as it is; a line of it never begins a request. */
static void put_text(const struct page *page, struct zv_str text)
{
    char last = '\n';
    for (size_t i = 0; i < text.len; i++) {
        char one[2] = {text.p[i], '\0'};
        if (last == '\n' && (one[0] == '.' || one[0] == '\''))
            put(page, "\\&");
        put(page, one[0] == '\\' ? "\\e" : one[0] == '-' ? "\\-" : one[0] == '"' ? "\\(dq" : one);
        last = text.p[i];
    }
}

static void put_words(const struct page *page, const char *text)
{
    put_text(page, zv_str(text));
}

/* A request with one argument. */
static void put_bold(const struct page *page, const char *section, const char *name)
{
    put(page, ".TP\n.B \"");
    put_words(page, section);
    put(page, section[0] ? "." : "");
    put_words(page, name);
    put(page, "\"\n");
}

static void put_allowed(const struct page *page, const struct zv_config_key *key)
{
    char text[320];
    struct zv_buf out = zv_buf(text, sizeof(text));
    zv_config_describe(key, &out);
    bool is_sentence = strncmp(text, "a ", 2) == 0 || strncmp(text, "one ", 4) == 0;
    if (zv_buf_cstr(&out) && is_sentence) /* else it begins with a value, which stays as it is */
        text[0] = (char)(text[0] - 'a' + 'A');
    put_words(page, text);
}

static bool may_be_empty(const struct zv_config_key *key)
{
    return key->type == ZV_CONFIG_LIST || key->type == ZV_CONFIG_TEXT ||
           key->type == ZV_CONFIG_SECRET;
}

static void put_key(const struct page *page, const struct zv_config_key *key)
{
    const char *empty = key->type == ZV_CONFIG_LIST ? "[]" : "\"\"";
    put_bold(page, key->section, key->name);
    put_allowed(page, key);
    put(page, ".\nDefault: ");
    put_words(page, key->dflt[0] || !may_be_empty(key) ? key->dflt : empty);
    put(page, key->reload == ZV_CONFIG_RELOAD ? ".\nReload.\n.br\n" : ".\nRestart.\n.br\n");
    put_words(page, key->help);
    put(page, "\n");
}

static void put_keys(const struct page *page)
{
    const char *section = "";
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        if (strcmp(section, key->section) != 0) {
            put(page, ".SS ");
            put_words(page, key->section);
            put(page, "\n");
            put_words(page, about(key->section) ? about(key->section) : "");
            put(page, about(key->section) ? "\n" : "");
            section = key->section;
        }
        put_key(page, key);
    }
}

static void put_trunk_keys(const struct page *page)
{
    for (size_t i = 0; i < ZV_CONFIG_TRUNK_KEY_COUNT; i++) {
        const struct zv_config_key *key = &zv_config_trunk_keys[i];
        put_bold(page, "", key->name);
        put_allowed(page, key);
        put(page, ".\nWhere it is not set: ");
        put_words(page, key->dflt);
        put(page, ".\n.br\n");
        put_words(page, key->help);
        put(page, "\n");
    }
}

void zv_config_write_man(const char *frame, zv_config_write_fn *write, void *arg)
{
    struct page page = {.write = write, .arg = arg};
    struct zv_str rest = zv_str(frame), line;
    while (zv_str_line(&rest, &line)) {
        if (zv_str_is(line, "@KEYS@")) {
            put_keys(&page);
        } else if (zv_str_is(line, "@TRUNK_KEYS@")) {
            put_trunk_keys(&page);
        } else {
            for (size_t i = 0; i < line.len; i++)
                put(&page, (char[]){line.p[i], '\0'});
            put(&page, "\n");
        }
    }
}
