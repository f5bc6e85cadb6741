/* calls and sessions, as tables. */
#include "base/buf.h"
#include "ctl/screen.h"
#include "ctl/verbs.h"

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void end_list(struct zv_ctl_table *table, size_t count, const char *what, FILE *out)
{
    if (!zv_ctl_table_print(table, out, 0, true)) {
        zv_ctl_complain("out of memory: the list is not whole");
        return;
    }
    fprintf(out, "\n%zu %s%s\n", count, what, plural(count));
}

/* ---- calls ---- */

/* "ACTIVE", and for how long its client is away. */
static void add_state(struct zv_ctl_table *table, const json_t *call)
{
    char text[ZV_CTL_TEXT_CAP];
    const char *state = zv_ctl_text(call, "state");
    if (zv_ctl_has(call, "clientAwayMs"))
        zv_ctl_table_printf(table, "%s, client away %s", state,
                            zv_ctl_write_duration(zv_ctl_seconds(call, "clientAwayMs"), text));
    else
        zv_ctl_table_add(table, state);
}

/* "client, SIP"; in brackets who went silent; "-": nobody yet. */
static void add_heard(struct zv_ctl_table *table, const json_t *call)
{
    static const char *const keys[] = {"client", "sip"}, *const words[] = {"client", "SIP"};
    const json_t *heard = json_object_get(call, "heard"), *silent = json_object_get(call, "silent");
    char text[32] = "";
    struct zv_buf buf = zv_buf(text, sizeof(text));
    for (size_t i = 0; i < ZV_ARRAY_LEN(keys); i++) {
        bool is_silent = zv_ctl_is(silent, keys[i]);
        if (!zv_ctl_is(heard, keys[i]) && !is_silent)
            continue;
        zv_buf_printf(&buf, "%s%s%s%s", buf.len ? ", " : "", is_silent ? "(" : "", words[i],
                      is_silent ? ")" : "");
    }
    zv_ctl_table_add(table, buf.len ? zv_buf_cstr(&buf) : "-");
}

static void add_text(struct zv_ctl_table *table, const json_t *object, const char *key)
{
    const char *text = zv_ctl_text(object, key);
    zv_ctl_table_add(table, text[0] ? text : "-");
}

static void add_duration(struct zv_ctl_table *table, const json_t *object, const char *key)
{
    char text[ZV_CTL_TEXT_CAP];
    bool is_there = zv_ctl_has(object, key);
    zv_ctl_table_add(table,
                     is_there ? zv_ctl_write_duration(zv_ctl_seconds(object, key), text) : "-");
}

void zv_ctl_show_calls(const json_t *answer, FILE *out)
{
    static const struct zv_ctl_column columns[] = {
        {.title = "CALL"},
        {.title = "STATE"},
        {.title = "DIRECTION"},
        {.title = "FROM", .is_flexible = true},
        {.title = "TO", .is_flexible = true},
        {.title = "CODEC"},
        {.title = "AGE", .is_right = true},
        {.title = "TALK", .is_right = true},
        {.title = "HEARD"},
    };
    const json_t *calls = json_object_get(answer, "calls"), *call;
    size_t i;
    if (!json_array_size(calls)) {
        fputs("No calls.\n", out);
        return;
    }
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    json_array_foreach(calls, i, call)
    {
        add_text(table, call, "name");
        add_state(table, call);
        add_text(table, call, "direction");
        add_text(table, call, "caller");
        add_text(table, call, "callee");
        add_text(table, call, "codec");
        add_duration(table, call, "ageMs");
        add_duration(table, call, "talkMs");
        add_heard(table, call);
    }
    end_list(table, json_array_size(calls), "call", out);
}

void zv_ctl_show_ended(const json_t *answer, FILE *out)
{
    static const struct zv_ctl_column columns[] = {
        {.title = "CALL"},
        {.title = "CAUSE"},
        {.title = "SIP", .is_right = true},
        {.title = "DIRECTION"},
        {.title = "FROM", .is_flexible = true},
        {.title = "TO", .is_flexible = true},
        {.title = "TALK", .is_right = true},
        {.title = "ENDED, AGO", .is_right = true},
    };
    const json_t *calls = json_object_get(answer, "calls"), *call;
    size_t i;
    if (!json_array_size(calls)) {
        fputs("No finished calls.\n", out);
        return;
    }
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    json_array_foreach(calls, i, call)
    {
        add_text(table, call, "name");
        add_text(table, call, "cause");
        if (zv_ctl_has(call, "sipStatus"))
            zv_ctl_table_printf(table, "%llu", (unsigned long long)zv_ctl_count(call, "sipStatus"));
        else
            zv_ctl_table_add(table, "-");
        add_text(table, call, "direction");
        add_text(table, call, "caller");
        add_text(table, call, "callee");
        add_duration(table, call, "talkMs");
        add_duration(table, call, "endedAgoMs");
    }
    end_list(table, json_array_size(calls), "finished call", out);
}

/* ---- sessions ---- */

/* "connected", or for how long it is away. */
static void add_client(struct zv_ctl_table *table, const json_t *session)
{
    char text[ZV_CTL_TEXT_CAP];
    if (!zv_ctl_is(session, "clientConnected") && zv_ctl_has(session, "clientAwayMs"))
        zv_ctl_table_printf(table, "away %s",
                            zv_ctl_write_duration(zv_ctl_seconds(session, "clientAwayMs"), text));
    else
        zv_ctl_table_add(table, zv_ctl_is(session, "clientConnected") ? "connected" : "away");
}

static void add_registration(struct zv_ctl_table *table, const json_t *session)
{
    const char *cause = zv_ctl_text(session, "cause");
    zv_ctl_table_printf(table, "%s%s%s", zv_ctl_text(session, "registration"), cause[0] ? ": " : "",
                        cause);
}

static void add_account(struct zv_ctl_table *table, const json_t *session)
{
    const char *login = zv_ctl_text(session, "login");
    if (login[0])
        zv_ctl_table_printf(table, "%s@%s", login, zv_ctl_text(session, "domain"));
    else
        zv_ctl_table_add(table, "-");
}

void zv_ctl_show_sessions(const json_t *answer, FILE *out)
{
    static const struct zv_ctl_column columns[] = {
        {.title = "SESSION"},
        {.title = "ACCOUNT", .is_flexible = true},
        {.title = "REGISTRATION", .is_flexible = true},
        {.title = "FOR", .is_right = true},
        {.title = "CLIENT"},
        {.title = "CALLS", .is_right = true},
        {.title = "AGE", .is_right = true},
    };
    const json_t *sessions = json_object_get(answer, "sessions"), *session;
    size_t i;
    if (!json_array_size(sessions)) {
        fputs("No sessions.\n", out);
        return;
    }
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    json_array_foreach(sessions, i, session)
    {
        add_text(table, session, "name");
        add_account(table, session);
        add_registration(table, session);
        add_duration(table, session, "registeredMs");
        add_client(table, session);
        zv_ctl_table_printf(table, "%llu", (unsigned long long)zv_ctl_count(session, "calls"));
        add_duration(table, session, "ageMs");
    }
    end_list(table, json_array_size(sessions), "session", out);
}
