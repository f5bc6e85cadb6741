/*
 * The contract in api/: every example is valid against its schema, every message of a client is
 * parsed, every message of the gateway is written again from values, field by field the same.
 */
#include "support/test.h"

#include "wire/event.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API     ZV_SOURCE_DIR "/api/"
#define L(text) ZV_STR_LIT(text)

static json_t *load(const char *folder, const char *name)
{
    char path[512];
    assert_true(snprintf(path, sizeof path, API "%s/%s.json", folder, name) < (int)sizeof path);
    json_error_t error;
    json_t *tree = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!tree)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return tree;
}

/* ------------------------------------------------------------------ a JSON Schema validator */

/* The keywords that api/schema uses; an unknown one fails, so that none is silently ignored. */
struct check {
    json_t *root;   /* the schema's document */
    json_t *common; /* common.json */
    const char *name;
};

/* Where the last value did not match: the innermost keyword or field. */
static char complaint[128];

static bool complain(const char *what)
{
    if (!complaint[0])
        snprintf(complaint, sizeof complaint, "%s", what);
    return false;
}

static bool matches(const struct check *check, json_t *schema, json_t *value);

static bool is_type(const char *type, json_t *value)
{
    if (!strcmp(type, "string"))
        return json_is_string(value);
    if (!strcmp(type, "integer"))
        return json_is_integer(value);
    if (!strcmp(type, "number"))
        return json_is_number(value);
    if (!strcmp(type, "boolean"))
        return json_is_boolean(value);
    if (!strcmp(type, "object"))
        return json_is_object(value);
    if (!strcmp(type, "array"))
        return json_is_array(value);
    if (!strcmp(type, "null"))
        return json_is_null(value);
    fail_msg("type %s is not known to this validator", type);
    return false;
}

static bool is_one_of(json_t *allowed, json_t *value)
{
    for (size_t i = 0; i < json_array_size(allowed); i++)
        if (json_equal(json_array_get(allowed, i), value))
            return true;
    return false;
}

static bool check_type(json_t *types, json_t *value)
{
    if (json_is_string(types))
        return is_type(json_string_value(types), value);
    for (size_t i = 0; i < json_array_size(types); i++)
        if (is_type(json_string_value(json_array_get(types, i)), value))
            return true;
    return false;
}

static bool check_required(json_t *names, json_t *value)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (json_is_object(value) &&
            !json_object_get(value, json_string_value(json_array_get(names, i))))
            return false;
    return true;
}

static bool check_properties(const struct check *check, json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *others = json_object_get(schema, "additionalProperties");
    if (!json_is_object(value))
        return true;
    const char *key;
    json_t *field;
    json_object_foreach(value, key, field)
    {
        json_t *known = json_object_get(properties, key);
        if (known ? !matches(check, known, field)
                  : json_is_false(others) ||
                        (json_is_object(others) && !matches(check, others, field)))
            return complain(key);
    }
    return true;
}

static bool check_items(const struct check *check, json_t *schema, json_t *value)
{
    json_t *prefix = json_object_get(schema, "prefixItems");
    json_t *items = json_object_get(schema, "items");
    if (!json_is_array(value))
        return true;
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *one = i < json_array_size(prefix) ? json_array_get(prefix, i) : items;
        if (one && !matches(check, one, json_array_get(value, i)))
            return false;
    }
    return true;
}

static bool check_reference(const struct check *check, const char *reference, json_t *value)
{
    static const char in_common[] = "common.json#/$defs/", here[] = "#/$defs/";
    struct check next = *check;
    if (!strncmp(reference, in_common, strlen(in_common))) {
        next.root = check->common;
        reference += strlen(in_common);
    } else {
        assert_int_equal(strncmp(reference, here, strlen(here)), 0);
        reference += strlen(here);
    }
    json_t *target = json_object_get(json_object_get(next.root, "$defs"), reference);
    assert_non_null(target);
    return matches(&next, target, value);
}

/* Sizes of texts, lists and objects, and ranges of numbers. */
static bool check_bound(const char *keyword, json_t *bound, json_t *value)
{
    json_int_t limit = json_integer_value(bound), size = 0;
    bool applies = false;
    if (strstr(keyword, "Length")) {
        applies = json_is_string(value);
        size = (json_int_t)json_string_length(value);
    } else if (strstr(keyword, "Items")) {
        applies = json_is_array(value);
        size = (json_int_t)json_array_size(value);
    } else if (strstr(keyword, "Properties")) {
        applies = json_is_object(value);
        size = (json_int_t)json_object_size(value);
    } else {
        applies = json_is_integer(value);
        size = json_integer_value(value);
    }
    return !applies || (keyword[1] == 'a' ? size <= limit : size >= limit);
}

static bool check_keyword(const struct check *check, json_t *schema, const char *keyword,
                          json_t *wanted, json_t *value)
{
    static const char *const annotations[] = {"$schema", "$id",         "$defs",      "title",
                                              "pattern", "description", "prefixItems"};
    static const char *const bounds[] = {"minLength", "maxLength", "minItems",     "maxItems",
                                         "minimum",   "maximum",   "maxProperties"};
    if (!strcmp(keyword, "type"))
        return check_type(wanted, value);
    if (!strcmp(keyword, "const"))
        return json_equal(wanted, value);
    if (!strcmp(keyword, "enum"))
        return is_one_of(wanted, value);
    if (!strcmp(keyword, "required"))
        return check_required(wanted, value);
    if (!strcmp(keyword, "properties") || !strcmp(keyword, "additionalProperties"))
        return check_properties(check, schema, value);
    if (!strcmp(keyword, "items"))
        return check_items(check, schema, value);
    if (!strcmp(keyword, "$ref"))
        return check_reference(check, json_string_value(wanted), value);
    for (size_t i = 0; i < ZV_ARRAY_LEN(bounds); i++)
        if (!strcmp(keyword, bounds[i]))
            return check_bound(keyword, wanted, value);
    for (size_t i = 0; i < ZV_ARRAY_LEN(annotations); i++)
        if (!strcmp(keyword, annotations[i]))
            return strcmp(keyword, "prefixItems") || check_items(check, schema, value);
    fail_msg("%s: keyword %s is not known to this validator", check->name, keyword);
    return false;
}

static bool matches(const struct check *check, json_t *schema, json_t *value)
{
    const char *keyword;
    json_t *wanted;
    json_object_foreach(schema, keyword, wanted)
    {
        if (!check_keyword(check, schema, keyword, wanted, value))
            return complain(keyword);
    }
    return true;
}

/* "client.hold.transfer" -> "client.hold" */
static void schema_of(const char *example, char *schema, size_t cap)
{
    const char *end = strchr(example, '.');
    assert_non_null(end);
    end = end[1] ? strchr(end + 1, '.') : NULL;
    size_t len = end ? (size_t)(end - example) : strlen(example);
    assert_true(len < cap);
    memcpy(schema, example, len);
    schema[len] = '\0';
}

static bool is_valid(const char *example, json_t *value)
{
    char name[128];
    schema_of(example, name, sizeof name);
    struct check check = {.name = example};
    complaint[0] = '\0';
    check.root = load("schema", name);
    check.common = load("schema", "common");
    bool result = matches(&check, check.root, value);
    json_decref(check.root);
    json_decref(check.common);
    return result;
}

/* ------------------------------------------------------------------ the examples */

/* Calls `fn` with the name of each example of a direction; returns how many there are. */
static int each_example(const char *direction, void (*fn)(const char *name))
{
    DIR *folder = opendir(API "examples");
    assert_non_null(folder);
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        char name[128];
        size_t len = strlen(entry->d_name);
        if (strncmp(entry->d_name, direction, strlen(direction)) || len < 6 || len >= sizeof name)
            continue;
        memcpy(name, entry->d_name, len - 5);
        name[len - 5] = '\0';
        fn(name);
        count++;
    }
    closedir(folder);
    return count;
}

static void validate_example(const char *name)
{
    json_t *tree = load("examples", name);
    if (!is_valid(name, tree))
        fail_msg("%s is not valid against its schema: %s", name, complaint);
    json_decref(tree);
}

static void every_example_is_valid_against_its_schema(void **state)
{
    (void)state;
    assert_true(each_example("client.", validate_example) >= 20);
    assert_true(each_example("server.", validate_example) >= 20);
}

static void the_validator_refuses_what_a_schema_forbids(void **state)
{
    (void)state;
    static const struct {
        const char *example, *text;
    } wrong[] = {
        {"server.ping", "{\"message\":\"ping\"}"},
        {"server.ping", "{\"message\":\"ping\",\"data\":[1]}"},
        {"server.ping", "{\"message\":\"pong\",\"data\":[]}"},
        {"server.setRemoteSDP", "{\"message\":\"setRemoteSDP\",\"data\":[\"a\",\"v=0\"]}"},
        {"server.setRemoteSDP", "{\"message\":\"setRemoteSDP\",\"data\":[\"a\",\"v=0\",1]}"},
        {"server.fail", "{\"message\":\"fail\",\"data\":[{\"status\":\"FAILED\",\"more\":1}]}"},
        {"server.registered", "{\"message\":\"registered\",\"data\":[{\"status\":\"OK\"}]}"},
        {"server.zvReport", "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c\"}]}"},
        {"server.ring", "{\"message\":\"ring\",\"data\":[{}],\"seq\":1}"},
        {"server.zvUpdate",
         "{\"message\":\"zvUpdate\",\"data\":[{\"callId\":\"c\",\"type\":\"rollback\","
         "\"sdp\":\"v=0\",\"reason\":\"video\"}]}"},
        {"client.zvUpdate",
         "{\"message\":\"zvUpdate\",\"data\":[{\"callId\":\"c\",\"type\":\"pranswer\","
         "\"sdp\":\"v=0\",\"reason\":\"video\"}]}"},
        {"server.zvResumed", "{\"message\":\"zvResumed\",\"data\":[{\"calls\":[{\"callId\":\"c\"}],"
                             "\"replayed\":0,\"complete\":true}]}"},
        {"server.ping", "{\"message\":\"ping\",\"data\":[],\"seq\":1}"},
        {"server.zvQuality",
         "{\"message\":\"zvQuality\",\"data\":[{\"callId\":\"c\",\"legs\":[]}]}"},
        {"client.hangup", "{\"message\":\"hangup\",\"data\":[{\"callId\":\"\"}]}"},
        {"client.hangup", "{\"message\":\"hangup\",\"data\":[{}]}"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++) {
        json_t *tree = json_loads(wrong[i].text, 0, NULL);
        assert_non_null(tree);
        assert_false(is_valid(wrong[i].example, tree));
        json_decref(tree);
    }
}

/* ------------------------------------------------------------------ client -> server */

static struct zv_wire_msg *parse_example(const char *name)
{
    json_t *tree = load("examples", name);
    char *text = json_dumps(tree, JSON_COMPACT);
    json_decref(tree);
    struct zv_wire_msg *msg = NULL;
    struct zv_wire_error error;
    if (zv_wire_parse(text, strlen(text), &msg, &error) != 0)
        fail_msg("%s: %s", name, error.sentence);
    free(text);
    return msg;
}

static void parse_one(const char *name)
{
    struct zv_wire_msg *msg = parse_example(name);
    assert_int_not_equal(msg->kind, ZV_WIRE_UNKNOWN);
    zv_wire_msg_free(msg);
}

static void every_message_of_a_client_is_parsed(void **state)
{
    (void)state;
    assert_true(each_example("client.", parse_one) >= 20);
}

#define assert_text(view, expected)                                                                \
    do {                                                                                           \
        struct zv_str view_ = (view);                                                              \
        if (!zv_str_is(view_, expected))                                                           \
            fail_msg("\"%.*s\" is not \"%s\"", ZV_STR_ARG(view_), expected);                       \
    } while (0)

static void a_connection_has_its_account(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.connection");
    const struct zv_wire_connection *c = &msg->connection;
    assert_int_equal(msg->kind, ZV_WIRE_CONNECTION);
    assert_text(c->app_key, "defaultApp");
    assert_text(c->client_version, "2.0");
    assert_int_equal(c->media_providers.count, 3);
    assert_text(c->media_providers.line[1], "MSE");
    assert_int_equal(c->keep_alive, ZV_WIRE_TRUE);
    assert_text(c->sip_login, "1000");
    assert_text(c->sip_authentication_name, "1000");
    assert_text(c->sip_password, "secret");
    assert_text(c->sip_domain, "sip.example");
    assert_text(c->sip_outbound_proxy, "sip.example");
    assert_text(c->sip_port, "5060");
    assert_int_equal(c->sip_register_required, ZV_WIRE_TRUE);
    assert_false(c->has_features);
    assert_int_equal(c->last_seq, -1);
    assert_null(c->auth_token.p);
    assert_null(c->sip_proxy.p);
    zv_wire_msg_free(msg);
}

static void a_native_client_sends_the_port_as_a_number(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.connection.native");
    assert_text(msg->connection.sip_port, "5060");
    assert_null(msg->connection.sip_authentication_name.p);
    assert_int_equal(msg->connection.sip_register_required, ZV_WIRE_ABSENT);
    assert_text(msg->connection.sip_visible_name, "Анна О'Нил");
    zv_wire_msg_free(msg);
}

static void known_features_are_noted_and_others_ignored(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.connection.features");
    assert_true(msg->connection.has_features);
    assert_int_equal(msg->connection.features,
                     ZV_WIRE_FEATURE_RESUME | ZV_WIRE_FEATURE_VERDICT | ZV_WIRE_FEATURE_REPORT);
    assert_int_equal(msg->connection.last_seq, 41);
    assert_int_equal(msg->connection.sip_register_required, ZV_WIRE_FALSE);
    zv_wire_msg_free(msg);
}

static void a_call_has_its_offer_and_headers(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.call.native");
    const struct zv_wire_call *c = &msg->call;
    assert_int_equal(msg->kind, ZV_WIRE_CALL);
    assert_text(c->call_id, "6ad9bb40-70a3-11f1-9d2e-0242ac120002");
    assert_text(c->callee, "2000");
    assert_text(c->visible_name, "Анна");
    assert_true(zv_str_has_prefix(c->sdp, "v=0\r\no=- "));
    assert_int_equal(c->has_audio, ZV_WIRE_TRUE);
    assert_int_equal(c->has_video, ZV_WIRE_FALSE);
    assert_int_equal(c->is_msrp, ZV_WIRE_FALSE);
    assert_int_equal(c->sip_sdp.count, 1);
    assert_text(c->sip_sdp.line[0], "b=AS:500");
    assert_int_equal(c->invite_parameters.count, 2);
    assert_text(c->invite_parameters.param[0].name, "X-Ticket");
    assert_text(c->invite_parameters.param[0].value, "42");
    assert_null(c->caller.p);
    zv_wire_msg_free(msg);
}

static void bandwidth_for_the_sip_side_is_read_and_nothing_else(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.call.video");
    struct zv_wire_bandwidth bandwidth = zv_wire_read_bandwidth(&msg->call.sip_sdp);
    assert_int_equal(msg->call.has_video, ZV_WIRE_TRUE);
    assert_int_equal(bandwidth.as_kbps, 700);
    assert_int_equal(bandwidth.tias_bps, 640000);
    assert_int_equal(bandwidth.dropped, 0);
    zv_wire_msg_free(msg);
    const struct zv_wire_lines lines = {
        .line = {L("a=sendonly"), L("b=AS:0"), L("b=AS:1000001"), L("b=AS:500\r\na=x"), L("b=CT:9"),
                 L("b=TIAS:-1"), L(""), L("b=AS:64 "), L("m=video 9 RTP/AVP 96")},
        .count = 9,
    };
    bandwidth = zv_wire_read_bandwidth(&lines);
    assert_int_equal(bandwidth.as_kbps, 64);
    assert_int_equal(bandwidth.tias_bps, 0);
    assert_int_equal(bandwidth.dropped, 8);
}

static void digits_come_as_text_or_number(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.sendDtmf.number");
    assert_text(msg->dtmf.digits, "123");
    assert_int_equal(msg->dtmf.type, ZV_WIRE_DTMF_RFC2833);
    zv_wire_msg_free(msg);
    msg = parse_example("client.sendDtmf.info");
    assert_text(msg->dtmf.digits, "*12#");
    assert_int_equal(msg->dtmf.type, ZV_WIRE_DTMF_INFO_RELAY);
    zv_wire_msg_free(msg);
}

static void an_update_says_what_it_is(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.zvUpdate");
    assert_int_equal(msg->kind, ZV_WIRE_UPDATE);
    assert_text(msg->update.call_id, "6ad9bb40-70a3-11f1-9d2e-0242ac120002");
    assert_true(zv_str_has_prefix(msg->update.sdp, "v=0\r\no=- "));
    assert_int_equal(msg->update.type, ZV_WIRE_UPDATE_OFFER);
    assert_false(msg->update.is_reload);
    zv_wire_msg_free(msg);
    msg = parse_example("client.zvUpdate.reload");
    assert_int_equal(msg->update.type, ZV_WIRE_UPDATE_OFFER);
    assert_true(msg->update.is_reload);
    zv_wire_msg_free(msg);
    msg = parse_example("client.zvUpdate.answer");
    assert_int_equal(msg->update.type, ZV_WIRE_UPDATE_ANSWER);
    assert_non_null(strstr(msg->update.sdp.p, "m=video"));
    zv_wire_msg_free(msg);
    msg = parse_example("client.zvUpdate.rollback");
    assert_int_equal(msg->update.type, ZV_WIRE_UPDATE_ROLLBACK);
    assert_null(msg->update.sdp.p);
    zv_wire_msg_free(msg);
}

static void the_small_messages_have_their_fields(void **state)
{
    (void)state;
    struct zv_wire_msg *msg = parse_example("client.hold.transfer");
    assert_int_equal(msg->kind, ZV_WIRE_HOLD);
    assert_int_equal(msg->call_ref.hold_for_transfer, ZV_WIRE_TRUE);
    zv_wire_msg_free(msg);
    msg = parse_example("client.transfer");
    assert_text(msg->transfer.target, "1003");
    zv_wire_msg_free(msg);
    msg = parse_example("client.sendData");
    assert_text(msg->send_data.operation_id, "op-1");
    zv_wire_msg_free(msg);
    msg = parse_example("client.sessionDebug");
    assert_text(msg->debug.command, "start");
    zv_wire_msg_free(msg);
    msg = parse_example("client.submitBugReport");
    assert_text(msg->bug_report.type, "no_media");
    zv_wire_msg_free(msg);
    msg = parse_example("client.pushLogs");
    assert_text(msg->logs.logs, "04:05:06 connected\n");
    zv_wire_msg_free(msg);
    msg = parse_example("client.stream.publish");
    assert_int_equal(msg->kind, ZV_WIRE_STREAM);
    assert_text(msg->name, "publishStream");
    assert_text(msg->stream.media_session_id, "s-1");
    zv_wire_msg_free(msg);
    msg = parse_example("client.answer");
    assert_text(msg->answer.call_id, "in-9f3");
    assert_non_null(strstr(msg->answer.sdp.p, "a=setup:active"));
    zv_wire_msg_free(msg);
}

/* ------------------------------------------------------------------ server -> client */

#define CALL     "6ad9bb40-70a3-11f1-9d2e-0242ac120002"
#define OUTGOING .call_id = L(CALL), .caller = L("1000"), .callee = L("2000"), .has_audio = true

static int write_session(struct zv_buf *out, const char *name)
{
    struct zv_wire_session session = {
        .app_key = L("defaultApp"),
        .session_id = L("s-81f0"),
        .auth_token = L("7c1e0d52f5b94a0c"),
        .status = L("ESTABLISHED"),
        .sip_login = L("1000"),
        .sip_domain = L("sip.example"),
        .sip_port = 5060,
        .sip_register_required = ZV_WIRE_TRUE,
        .keep_alive = ZV_WIRE_ABSENT,
        .media_providers = {.line = {L("WebRTC")}, .count = 1},
    };
    struct zv_wire_session with_features = {
        .session_id = L("s-81f1"),
        .auth_token = L("51f39c"),
        .status = L("ESTABLISHED"),
        .sip_login = L("1001"),
        .sip_port = -1,
        .sip_register_required = ZV_WIRE_ABSENT,
        .keep_alive = ZV_WIRE_ABSENT,
        .features = ZV_WIRE_FEATURE_RESUME | ZV_WIRE_FEATURE_VERDICT | ZV_WIRE_FEATURE_REPORT,
        .has_features = true,
    };
    static const struct zv_wire_ice_server turn = {
        .urls = {.line = {L("turn:turn.example.org:3478?transport=udp"),
                          L("turns:turn.example.org:5349?transport=tcp")},
                 .count = 2},
        .username = L("1796083200:s-81f2"),
        .credential = L("P1gyT9IwhEzvmtNRGLlc2qlZWLA="),
    };
    struct zv_wire_session with_turn = with_features;
    with_turn.session_id = zv_str("s-81f2");
    with_turn.auth_token = zv_str("51f39d");
    with_turn.features = ZV_WIRE_FEATURE_ICE_SERVERS;
    with_turn.ice_server = &turn;
    struct zv_wire_session registered = {
        .session_id = L("s-81f0"),
        .status = L("REGISTERED"),
        .sip_login = L("1000"),
        .sip_port = -1,
        .sip_register_required = ZV_WIRE_ABSENT,
        .keep_alive = ZV_WIRE_ABSENT,
    };
    if (!strcmp(name, "server.getUserData"))
        return zv_wire_write_get_user_data(out, &session);
    if (!strcmp(name, "server.getUserData.features"))
        return zv_wire_write_get_user_data(out, &with_features);
    if (!strcmp(name, "server.getUserData.iceServers"))
        return zv_wire_write_get_user_data(out, &with_turn);
    return zv_wire_write_registered(out, &registered);
}

static const struct {
    const char *example;
    struct zv_wire_call_event event;
} call_events[] = {
    {"server.notifyTryingResponse", {.kind = ZV_WIRE_TRYING, OUTGOING, .status = L("TRYING")}},
    {"server.ring", {.kind = ZV_WIRE_RING, OUTGOING, .status = L("RING"), .sip_status = 180}},
    {"server.ring.numbered",
     {.kind = ZV_WIRE_RING, OUTGOING, .status = L("RING"), .sip_status = 180}},
    {"server.ring.progress",
     {.kind = ZV_WIRE_RING, OUTGOING, .status = L("SESSION_PROGRESS"), .sip_status = 183}},
    {"server.talk",
     {.kind = ZV_WIRE_TALK, OUTGOING, .status = L("ESTABLISHED"), .sip_status = 200}},
    {"server.hold", {.kind = ZV_WIRE_HELD, OUTGOING, .status = L("HOLD")}},
    {"server.busy",
     {.kind = ZV_WIRE_BUSY,
      OUTGOING,
      .status = L("BUSY"),
      .sip_status = 486,
      .reason = {L("busy"), L("the far end is busy"), L("try again later"), L("far_end")}}},
    {"server.finish",
     {.kind = ZV_WIRE_FINISH,
      OUTGOING,
      .status = L("FINISH"),
      .sip_status = 200,
      .info = L("Normal call clearing"),
      .reason = {.cause = L("normal"), .text = L("the call was hung up")}}},
    {"server.finish.failed",
     {.kind = ZV_WIRE_FINISH,
      OUTGOING,
      .status = L("FAILED"),
      .sip_status = 488,
      .info = L("No common codecs"),
      .reason = {L("no_common_codec"), L("the two sides have no codec in common"),
                 L("enable opus, G.722, PCMU or PCMA on the far end"), L("gateway")}}},
    {"server.notifyIncomingCall",
     {.kind = ZV_WIRE_INCOMING,
      .call_id = L("in-9f3"),
      .status = L("RING"),
      .incoming = true,
      .caller = L("2000"),
      .callee = L("1000"),
      .visible_name = L("Bob \"Bobby\" Бобров"),
      .has_audio = true}},
    {"server.notifyIncomingCall.video",
     {.kind = ZV_WIRE_INCOMING,
      .call_id = L("in-9f3"),
      .status = L("RING"),
      .incoming = true,
      .caller = L("2000"),
      .callee = L("1000"),
      .visible_name = L("Bob \"Bobby\" Бобров"),
      .has_audio = true,
      .has_video = true}},
};

static const struct {
    const char *example;
    struct zv_wire_fail fail;
} fails[] = {
    {"server.fail.account",
     {.api_method = L("ConnectionStatusEvent"),
      .info = L("sipLogin: a space is not allowed at position 5; try Ralf%20C12441"),
      .field = L("sipLogin"),
      .reason = {L("bad_account"), L("a field of the SIP account is malformed"),
                 L("correct the named field"), L("client")}}},
    {"server.fail.registration",
     {.api_method = L("RegistrationStatusEvent"),
      .info = L("the SIP server refused the login or the password"),
      .sip_status = 403,
      .reason = {L("sip_auth_failed"), L("the SIP server refused the login or the password"),
                 L("check sipLogin, sipAuthenticationName and sipPassword"), L("sip_server")}}},
    {"server.fail.call",
     {.api_method = L("CallStatusEvent"),
      .id = L(CALL),
      .info = L("The field \"sdp\" of the message \"call\" is missing."),
      .field = L("sdp"),
      .reason = {.cause = L("bad_request"),
                 .text = L("the request is malformed"),
                 .hop = L("client")}}},
};

/* A description is long: the one of the example itself is what goes in. */
static int write_remote_sdp(struct zv_buf *out, json_t *example)
{
    json_t *data = json_object_get(example, "data");
    const char *sdp = json_string_value(json_array_get(data, 1));
    const char *id = json_string_value(json_array_get(data, 0));
    return zv_wire_write_remote_sdp(out, zv_str(id), zv_str(sdp),
                                    json_is_true(json_array_get(data, 2)));
}

/* Likewise the ladder. */
static int write_report(struct zv_buf *out, json_t *example)
{
    json_t *data = json_array_get(json_object_get(example, "data"), 0);
    struct zv_wire_report report = {
        .call_id = L(CALL),
        .trace_id = L("c-0.12.3"),
        .reason = {L("sip_not_found"), L("the SIP server knows no such number or account"),
                   L("check the number and sipLogin"), L("sip_server")},
        .sip_status = 404,
        .ladder = zv_str(json_string_value(json_object_get(data, "ladder"))),
    };
    return zv_wire_write_report(out, &report);
}

static int write_update(struct zv_buf *out, json_t *example)
{
    json_t *data = json_array_get(json_object_get(example, "data"), 0);
    struct zv_wire_update_event update = {
        .call_id = L(CALL),
        .sdp = zv_str(json_string_value(json_object_get(data, "sdp"))),
        .is_offer = !strcmp(json_string_value(json_object_get(data, "type")), "offer"),
        .is_reload = !strcmp(json_string_value(json_object_get(data, "reason")), "reload"),
    };
    return zv_wire_write_update(out, &update);
}

static int write_resumed(struct zv_buf *out)
{
    const struct zv_wire_resumed_call call = {
        .call_id = L(CALL),
        .status = L("ESTABLISHED"),
        .caller = L("1000"),
        .callee = L("2000"),
        .visible_name = L("1000"),
        .has_audio = true,
        .since_ms = 61250,
    };
    return zv_wire_write_resumed(
        out, &(struct zv_wire_resumed){
                 .calls = &call, .call_count = 1, .replayed = 2, .is_complete = true});
}

static int write_verdict(struct zv_buf *out, const char *name)
{
    if (!strcmp(name, "server.zvVerdict.ok"))
        return zv_wire_write_verdict(out, &(struct zv_wire_verdict){.call_id = L(CALL),
                                                                    .leg = L("sip"),
                                                                    .code = L("ok"),
                                                                    .severity = L("info"),
                                                                    .text = L("nothing is wrong")});
    return zv_wire_write_verdict(
        out, &(struct zv_wire_verdict){
                 .call_id = L(CALL),
                 .leg = L("sip"),
                 .code = L("wrong_source"),
                 .severity = L("error"),
                 .text = L("no audio from the SIP side: packets come from 10.0.0.7:4000, the SDP "
                           "says 192.0.2.1:9000, the trunk is strict"),
                 .remedy = L("let the SIP side send its media from the address in its description; "
                             "where it cannot, media.strict and strict of its trunk decide what "
                             "else is taken"),
                 .since_ms = 4120});
}

static int write_press(struct zv_buf *out, const char *name)
{
    if (!strcmp(name, "server.zvDtmf.info"))
        return zv_wire_write_press(
            out, &(struct zv_wire_press){.call_id = L(CALL), .digit = L("#"), .via = L("info")});
    return zv_wire_write_press(
        out, &(struct zv_wire_press){
                 .call_id = L(CALL), .digit = L("5"), .via = L("rfc4733"), .duration_ms = 120});
}

static int write_drain(struct zv_buf *out, const char *name)
{
    if (!strcmp(name, "server.zvDrain.cancelled"))
        return zv_wire_write_drain(out, &(struct zv_wire_drain){.is_over = true});
    return zv_wire_write_drain(
        out, &(struct zv_wire_drain){
                 .left_ms = 30000,
                 .reason = {.cause = L("draining"),
                            .text = L("the gateway is about to restart and takes no new calls"),
                            .remedy = L("try again in a minute"),
                            .hop = L("gateway")}});
}

static int write_quality(struct zv_buf *out)
{
    return zv_wire_write_quality(
        out, &(struct zv_wire_quality){
                 .call_id = L(CALL),
                 .legs = {{.heard = {true, .mos = 4.36, .loss_percent = 0.4, .jitter_ms = 3.1},
                           .reported = {true, .mos = 4.21, .loss_percent = 1.95, .jitter_ms = 6},
                           .rtt_ms = 24,
                           .kbps = 32.5,
                           .video = {true, 640, 480, .fps = 29.8, .kbps = 742.3, .freezes = 1}}}});
}

static int write_other(struct zv_buf *out, const char *name, json_t *example)
{
    if (!strncmp(name, "server.zvUpdate", 15))
        return write_update(out, example);
    if (!strcmp(name, "server.zvResumed"))
        return write_resumed(out);
    if (!strcmp(name, "server.zvResumed.bare"))
        return zv_wire_write_resumed(out, &(struct zv_wire_resumed){0});
    if (!strcmp(name, "server.zvReport"))
        return write_report(out, example);
    if (!strcmp(name, "server.zvReport.bare"))
        return zv_wire_write_report(
            out, &(struct zv_wire_report){
                     .call_id = L(CALL),
                     .reason = {.cause = L("normal"), .text = L("the call was hung up")}});
    if (!strncmp(name, "server.zvVerdict", 16))
        return write_verdict(out, name);
    if (!strncmp(name, "server.zvDtmf", 13))
        return write_press(out, name);
    if (!strncmp(name, "server.zvDrain", 14))
        return write_drain(out, name);
    if (!strcmp(name, "server.zvQuality"))
        return write_quality(out);
    if (!strcmp(name, "server.ping"))
        return zv_wire_write_ping(out);
    if (!strcmp(name, "server.pong"))
        return zv_wire_write_pong(out);
    if (!strncmp(name, "server.setRemoteSDP", 19))
        return write_remote_sdp(out, example);
    if (!strcmp(name, "server.notifyTransferEvent"))
        return zv_wire_write_transfer_event(
            out, &(struct zv_wire_transfer_event){
                     .call_id = L(CALL), .status = L("COMPLETED"), .target = L("1003")});
    if (!strcmp(name, "server.DataStatusEvent"))
        return zv_wire_write_data_status(out, L("op-1"), true, (struct zv_str){0});
    if (!strcmp(name, "server.DataStatusEvent.failed"))
        return zv_wire_write_data_status(out, L("op-1"), false,
                                         L("No backend takes data on this gateway."));
    if (!strcmp(name, "server.notifyStreamStatusEvent"))
        return zv_wire_write_stream_refusal(out, L("s-1"),
                                            L("This gateway carries calls, no streams."));
    return write_session(out, name);
}

static int write_again(struct zv_buf *out, const char *name, json_t *example)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(call_events); i++)
        if (!strcmp(name, call_events[i].example))
            return zv_wire_write_call_event(out, &call_events[i].event);
    for (size_t i = 0; i < ZV_ARRAY_LEN(fails); i++)
        if (!strcmp(name, fails[i].example))
            return zv_wire_write_fail(out, &fails[i].fail);
    return write_other(out, name, example);
}

static void write_one(const char *name)
{
    json_t *example = load("examples", name);
    char memory[16384];
    struct zv_buf out = zv_buf(memory, sizeof memory);
    assert_int_equal(write_again(&out, name, example), 0);
    json_t *seq = json_object_get(example, "seq");
    if (seq)
        assert_int_equal(zv_wire_write_seq(&out, (uint64_t)json_integer_value(seq)), 0);
    json_error_t error;
    json_t *written = json_loadb(out.p, out.len, JSON_REJECT_DUPLICATES, &error);
    if (!written)
        fail_msg("%s: %s", name, error.text);
    if (!json_equal(written, example))
        fail_msg("%s was written as %.*s", name, (int)out.len, out.p);
    json_decref(written);
    json_decref(example);
}

static void every_message_of_the_gateway_is_written_again(void **state)
{
    (void)state;
    assert_true(each_example("server.", write_one) >= 20);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_example_is_valid_against_its_schema),
    cmocka_unit_test(the_validator_refuses_what_a_schema_forbids),
    cmocka_unit_test(every_message_of_a_client_is_parsed),
    cmocka_unit_test(a_connection_has_its_account),
    cmocka_unit_test(a_native_client_sends_the_port_as_a_number),
    cmocka_unit_test(known_features_are_noted_and_others_ignored),
    cmocka_unit_test(a_call_has_its_offer_and_headers),
    cmocka_unit_test(bandwidth_for_the_sip_side_is_read_and_nothing_else),
    cmocka_unit_test(digits_come_as_text_or_number),
    cmocka_unit_test(an_update_says_what_it_is),
    cmocka_unit_test(the_small_messages_have_their_fields),
    cmocka_unit_test(every_message_of_the_gateway_is_written_again),
};
ZV_TEST_MAIN(tests)
