/* Inputs, commands and milestones of the media as events of their call. */
#include "base/json.h"
#include "base/time.h"
#include "sdp/codec.h"
#include "trace/input.h"
#include "trace/recorder_int.h"

#include <string.h>

static void begin(struct zv_recorder *recorder, struct zv_buf *detail, struct zv_buf *data)
{
    *detail = zv_buf(recorder->detail, sizeof(recorder->detail));
    *data = zv_buf(recorder->data, sizeof(recorder->data));
}

/* The detail as one clean line, within the room of an event; in place. */
static struct zv_str cleaned(struct zv_recorder *recorder, const struct zv_buf *detail)
{
    zv_recorder_clean(zv_buf_str(detail), recorder->detail, sizeof(recorder->detail));
    return zv_str(recorder->detail);
}

static struct zv_str label_of(struct zv_recorder *recorder, struct zv_str text)
{
    zv_recorder_clean(text, recorder->label, sizeof(recorder->label));
    return zv_str(recorder->label);
}

/* What did not fit is left out: half of it would mislead. */
static struct zv_str whole(const struct zv_buf *data)
{
    if (data->overflow)
        return (struct zv_str){0};
    return zv_buf_str(data);
}

/* ---- inputs ---- */

/* Of its own accord, as opposed to a page that is reloaded or a broken network. */
static bool is_leaving(const struct zv_call_in *in)
{
    return in->u.client.close_code == 1000 || in->u.client.close_code == 1005;
}

/* The message behind an input of a client; NULL: it is none. */
static const char *message_of(const struct zv_call_in *in)
{
    switch (in->kind) {
    case ZV_CALL_IN_CLIENT_CALL:
    case ZV_CALL_IN_CLIENT_REFUSED:
        return "call";
    case ZV_CALL_IN_CLIENT_ANSWER:
        return "answer";
    case ZV_CALL_IN_CLIENT_HANGUP:
        return "hangup";
    case ZV_CALL_IN_CLIENT_HOLD:
        return "hold";
    case ZV_CALL_IN_CLIENT_UNHOLD:
        return "unhold";
    case ZV_CALL_IN_CLIENT_DTMF:
        return "sendDtmf";
    case ZV_CALL_IN_CLIENT_TRANSFER:
        return "transfer";
    case ZV_CALL_IN_CLIENT_UPDATE:
    case ZV_CALL_IN_CLIENT_UPDATE_ANSWER:
        return "zvUpdate";
    case ZV_CALL_IN_CLIENT_CLOSED:
        return is_leaving(in) ? "client left" : "client lost";
    default:
        return NULL;
    }
}

static void describe_input(const struct zv_call_in *in, struct zv_buf *detail)
{
    if (in->kind == ZV_CALL_IN_CLIENT_CALL)
        zv_buf_printf(detail, "to %.*s", ZV_STR_ARG(in->u.call.callee));
    else if (in->kind == ZV_CALL_IN_CLIENT_REFUSED)
        zv_buf_printf(detail, "refused: %.*s", ZV_STR_ARG(in->u.refused.text));
    else if (in->kind == ZV_CALL_IN_CLIENT_UPDATE)
        zv_buf_put_text(detail, in->u.client.is_reload ? "offer, after a reload" : "offer");
    else if (in->kind == ZV_CALL_IN_CLIENT_UPDATE_ANSWER)
        zv_buf_put_text(detail, in->u.client.sdp.len ? "answer" : "rollback");
    else if (in->kind == ZV_CALL_IN_CLIENT_DTMF)
        zv_buf_printf(detail, "%zu digits", in->u.client.text.len); /* which is nobody's business */
    else if (in->kind == ZV_CALL_IN_CLIENT_CLOSED && in->u.client.close_code)
        zv_buf_printf(detail, "closed its socket, code %u", in->u.client.close_code);
    else if (in->kind == ZV_CALL_IN_CLIENT_CLOSED)
        zv_buf_put_text(detail, "its socket is gone");
    else if (in->kind >= ZV_CALL_IN_SIP_PROGRESS && in->kind <= ZV_CALL_IN_SIP_ENDED &&
             in->u.sip.status)
        zv_buf_printf(detail, "%d %.*s", in->u.sip.status, ZV_STR_ARG(in->u.sip.reason));
}

static void add_event(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                      const struct zv_call_in *in, const char *message, int64_t at_us)
{
    struct zv_buf detail, data, scratch = zv_buf(recorder->scratch, sizeof(recorder->scratch));
    begin(recorder, &detail, &data);
    describe_input(in, &detail);
    struct zv_json json = zv_json(&data);
    zv_trace_write_input(&json, in, &scratch);
    struct zv_recorder_draft draft = {
        .kind = message ? ZV_TRACE_KIND_CLIENT : ZV_TRACE_KIND_INPUT,
        .from = message ? ZV_TRACE_LANE_CLIENT : ZV_TRACE_LANE_GATEWAY,
        .to = ZV_TRACE_LANE_GATEWAY,
        .label = zv_str(message ? message : zv_call_in_name(in->kind)),
        .detail = cleaned(recorder, &detail),
        .data = whole(&data),
    };
    zv_recorder_add(recorder, entry, &draft, at_us);
}

static void add_input(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                      const struct zv_call_in *in, int64_t at_us)
{
    add_event(recorder, entry, in, message_of(in), at_us);
}

/* How the session stood when its call began, so that the call can be played again. */
static void add_session(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        const struct zv_switch_connect *session, int64_t at_us)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CONNECT, .u.connect = session->in};
    entry->conn = session->in.conn;
    zv_recorder_clean(session->in.sip_login, entry->trace.caller, sizeof(entry->trace.caller));
    add_input(recorder, entry, &in, at_us);
    if (session->is_registered) {
        in = (struct zv_call_in){.kind = ZV_CALL_IN_SIP_REGISTERED};
        add_input(recorder, entry, &in, at_us);
    }
    if (session->is_draining) {
        in = (struct zv_call_in){.kind = ZV_CALL_IN_DRAIN};
        add_input(recorder, entry, &in, at_us);
    }
}

static void introduce_outgoing(struct zv_recorder_entry *entry, zv_conn_id conn,
                               struct zv_str call_id, struct zv_str callee)
{
    struct zv_trace *trace = &entry->trace;
    entry->conn = conn;
    zv_recorder_clean(call_id, trace->call_id, sizeof(trace->call_id));
    zv_recorder_clean(callee, trace->callee, sizeof(trace->callee));
}

static void introduce(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                      const struct zv_call_in *in)
{
    struct zv_trace *trace = &entry->trace;
    const struct zv_in_call *call = &in->u.call;
    const struct zv_in_refused *refused = &in->u.refused;
    const struct zv_in_sip *sip = &in->u.sip;
    if (in->kind == ZV_CALL_IN_CLIENT_CALL) {
        introduce_outgoing(entry, call->conn, call->call_id, call->callee);
        return;
    }
    if (in->kind == ZV_CALL_IN_CLIENT_REFUSED) {
        introduce_outgoing(entry, refused->conn, refused->call_id, refused->callee);
        return;
    }
    trace->incoming = true;
    zv_recorder_clean(sip->caller, trace->caller, sizeof(trace->caller));
    zv_recorder_clean(sip->callee, trace->callee, sizeof(trace->callee));
    zv_recorder_bind_entry(recorder, entry, sip->sip_call_id);
}

static bool begins_call(enum zv_call_in_kind kind)
{
    return kind == ZV_CALL_IN_CLIENT_CALL || kind == ZV_CALL_IN_CLIENT_REFUSED ||
           kind == ZV_CALL_IN_SIP_INCOMING;
}

/* Of a session, and so of each of its calls. */
static bool is_of_session(const struct zv_call_in *in, const struct zv_recorder_entry *entry)
{
    switch (in->kind) {
    case ZV_CALL_IN_CLIENT_CLOSED:
        return in->u.client.conn.v == entry->conn.v;
    case ZV_CALL_IN_SIP_REGISTER_FAILED:
        return in->u.sip.session.v == entry->session.v;
    default:
        return true; /* of all */
    }
}

static bool is_about_sessions(enum zv_call_in_kind kind)
{
    return kind == ZV_CALL_IN_CLIENT_CLOSED || kind == ZV_CALL_IN_SIP_REGISTER_FAILED ||
           kind == ZV_CALL_IN_SHUTDOWN || kind == ZV_CALL_IN_DRAIN ||
           kind == ZV_CALL_IN_DRAIN_CANCELLED;
}

static void add_to_session(struct zv_recorder *recorder, const struct zv_call_in *in, int64_t at_us)
{
    if (!is_about_sessions(in->kind))
        return;
    ZV_LIST_EACH (node, &recorder->live) {
        struct zv_recorder_entry *entry = ZV_CONTAINER_OF(node, struct zv_recorder_entry, node);
        if (is_of_session(in, entry))
            add_input(recorder, entry, in, at_us);
    }
}

/* Its calls have it at another socket from now on. */
static void add_return(struct zv_recorder *recorder, const struct zv_switch_connect *session,
                       int64_t at_us)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CONNECT, .u.connect = session->in};
    ZV_LIST_EACH (node, &recorder->live) {
        struct zv_recorder_entry *entry = ZV_CONTAINER_OF(node, struct zv_recorder_entry, node);
        if (entry->session.v != session->session.v)
            continue;
        entry->conn = session->in.conn;
        add_event(recorder, entry, &in, "client returned", at_us);
    }
}

void zv_recorder_input(struct zv_recorder *recorder, const struct zv_call_in *in, zv_call_id about,
                       const struct zv_switch_connect *session, struct zv_recorder_now now)
{
    struct zv_recorder_entry *entry = zv_recorder_entry_of(recorder, about);
    recorder->is_timeout = false;
    recorder->current = NULL;
    if (!entry && begins_call(in->kind)) {
        entry = zv_recorder_open(recorder, about, now);
        if (entry && session)
            add_session(recorder, entry, session, now.us);
        if (entry)
            introduce(recorder, entry, in);
        recorder->current = about.v ? NULL : entry;
    }
    if (entry)
        add_input(recorder, entry, in, now.us);
    else if (in->kind == ZV_CALL_IN_CLIENT_CONNECT && session)
        add_return(recorder, session, now.us);
    else if (!about.v)
        add_to_session(recorder, in, now.us);
}

void zv_recorder_timeout(struct zv_recorder *recorder)
{
    recorder->is_timeout = true;
    recorder->current = NULL;
}

/* ---- commands ---- */

static void describe_client(const struct zv_cmd_client *client, struct zv_buf *detail)
{
    if (client->message == ZV_MSG_SET_REMOTE_SDP) {
        zv_buf_put_text(detail, client->is_initiator ? "answer" : "offer");
        return;
    }
    if (client->message == ZV_MSG_UPDATE) {
        zv_buf_put_text(detail, client->is_offer    ? "offer, video"
                                : client->is_reload ? "answer, new peer connection"
                                                    : "answer, ICE restart");
        return;
    }
    if (client->message == ZV_MSG_FAIL) {
        zv_buf_put_str(detail, client->api_method);
        zv_buf_put_char(detail, ' ');
    }
    zv_buf_put_str(detail, client->status);
    if (client->cause.p) {
        zv_buf_put_text(detail, ": ");
        zv_buf_put_str(detail, client->cause);
    }
    if (client->field.p) {
        zv_buf_put_text(detail, ", ");
        zv_buf_put_str(detail, client->field);
    }
    if (client->sip_status) {
        zv_buf_put_text(detail, " (SIP ");
        zv_buf_put_int(detail, client->sip_status);
        zv_buf_put_char(detail, ')');
    }
}

static void put_text(struct zv_json *json, const char *key, struct zv_str text)
{
    if (text.p)
        zv_json_str(json, key, text);
}

static void write_client(struct zv_recorder *recorder, const struct zv_cmd_client *client,
                         struct zv_buf *data)
{
    struct zv_buf scratch = zv_buf(recorder->scratch, sizeof(recorder->scratch));
    struct zv_json json = zv_json(data);
    zv_json_open_object(&json, NULL);
    put_text(&json, "callId", client->call_id.p ? client->call_id : client->id);
    put_text(&json, "status", client->status);
    put_text(&json, "cause", client->cause);
    put_text(&json, "info", client->info);
    put_text(&json, "text", client->text);
    put_text(&json, "remedy", client->remedy);
    put_text(&json, "field", client->field);
    zv_trace_write_sdp(&json, "sdp", client->sdp, &scratch);
    zv_json_close_object(&json);
}

static void add_client(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                       const struct zv_cmd_client *client, int64_t at_us)
{
    struct zv_buf detail, data;
    begin(recorder, &detail, &data);
    describe_client(client, &detail);
    write_client(recorder, client, &data);
    if (client->call_id.p && !entry->trace.call_id[0])
        zv_recorder_clean(client->call_id, entry->trace.call_id, sizeof(entry->trace.call_id));
    struct zv_recorder_draft draft = {
        .kind = ZV_TRACE_KIND_CLIENT,
        .from = ZV_TRACE_LANE_GATEWAY,
        .to = ZV_TRACE_LANE_CLIENT,
        .label = zv_str(zv_client_message_name(client->message)),
        .detail = cleaned(recorder, &detail),
        .data = whole(&data),
    };
    zv_recorder_add(recorder, entry, &draft, at_us);
}

static void add_note(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                     enum zv_trace_kind kind, struct zv_str label, const struct zv_buf *detail,
                     int64_t at_us)
{
    struct zv_recorder_draft draft = {
        .kind = kind,
        .from = ZV_TRACE_LANE_GATEWAY,
        .to = ZV_TRACE_LANE_GATEWAY,
        .label = label_of(recorder, label),
        .detail = cleaned(recorder, detail),
    };
    zv_recorder_add(recorder, entry, &draft, at_us);
}

static void set_session(struct zv_recorder_entry *entry, zv_session_id session)
{
    entry->session = session;
    if (session.v)
        zv_session_id_write(session, entry->trace.session);
}

static void add_state(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                      const struct zv_cmd_call_log *log, int64_t at_us)
{
    char memory[64];
    struct zv_buf label = zv_buf(memory, sizeof(memory)), detail, data;
    begin(recorder, &detail, &data);
    if (!zv_str_eq(log->old_state, log->new_state)) { /* else it begins there */
        zv_buf_put_str(&label, log->old_state);
        zv_buf_put_text(&label, " -> ");
    }
    zv_buf_put_str(&label, log->new_state);
    if (log->cause != ZV_CAUSE_NONE)
        zv_buf_printf(&detail, "cause %s", zv_cause_name(log->cause));
    set_session(entry, log->session);
    if (zv_str_is(log->new_state, "ACTIVE") && !entry->trace.answered_us)
        entry->trace.answered_us = at_us;
    add_note(recorder, entry, ZV_TRACE_KIND_STATE, zv_buf_str(&label), &detail, at_us);
}

static struct zv_str name_of(enum zv_codec_kind codec)
{
    return zv_str(codec == ZV_CODEC_NONE ? "" : zv_codec_name(codec));
}

static void set_codec(struct zv_trace *trace, enum zv_codec_kind codec)
{
    zv_recorder_clean(name_of(codec), trace->codec, sizeof(trace->codec));
}

static void set_video(struct zv_trace *trace, enum zv_codec_kind codec)
{
    zv_recorder_clean(name_of(codec), trace->video, sizeof(trace->video));
}

static void take_codecs(struct zv_trace *trace, const struct zv_media_plan *plan,
                        struct zv_buf *detail)
{
    const struct zv_codec_pair *pair = zv_media_plan_committed(plan);
    const struct zv_video_pair *video =
        zv_video_plan_is_agreed(&plan->video) ? zv_video_plan_committed(&plan->video) : NULL;
    set_codec(trace, pair ? (enum zv_codec_kind)pair->kind : ZV_CODEC_NONE);
    set_video(trace, video ? (enum zv_codec_kind)video->kind : ZV_CODEC_NONE);
    zv_buf_put_text(detail, trace->codec);
    if (video)
        zv_buf_printf(detail, ", %s", trace->video);
}

static void take_end(struct zv_recorder_entry *entry, const struct zv_cmd_call_ended *ended)
{
    struct zv_trace *trace = &entry->trace;
    trace->cause = ended->cause;
    trace->hop = ended->hop;
    trace->sip_status = ended->sip_status;
    trace->incoming = ended->incoming;
    trace->answered_us = ended->answered_us;
    trace->ended_us = ended->ended_us;
    set_session(entry, ended->session);
    if (ended->codec != ZV_CODEC_NONE)
        set_codec(trace, ended->codec);
    set_video(trace, ended->video);
    zv_recorder_clean(zv_str(ended->no_video ? ended->no_video : ""), trace->no_video,
                      sizeof(trace->no_video));
    zv_recorder_clean(ended->call_id, trace->call_id, sizeof(trace->call_id));
    zv_recorder_clean(ended->caller, trace->caller, sizeof(trace->caller));
    zv_recorder_clean(ended->callee, trace->callee, sizeof(trace->callee));
    zv_recorder_clean(ended->text, trace->text, sizeof(trace->text));
    zv_recorder_clean(ended->remedy, trace->remedy, sizeof(trace->remedy));
}

static void write_counters(struct zv_json *json, const char *key,
                           const struct zv_leg_counters *counters)
{
    zv_json_open_object(json, key);
    zv_json_uint(json, "rxPackets", counters->rx_packets);
    zv_json_uint(json, "rxBytes", counters->rx_bytes);
    zv_json_uint(json, "rxLost", counters->rx_lost);
    zv_json_uint(json, "rxDropped", counters->rx_dropped);
    zv_json_uint(json, "txPackets", counters->tx_packets);
    zv_json_uint(json, "txBytes", counters->tx_bytes);
    zv_json_close_object(json);
}

static void add_end(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                    const struct zv_cmd_call_ended *ended, struct zv_recorder_now now)
{
    struct zv_buf detail, data;
    begin(recorder, &detail, &data);
    const char *text = zv_cause_info(ended->cause)->text;
    zv_buf_put_str(&detail, ended->text.len ? ended->text : zv_str(text));
    struct zv_json json = zv_json(&data);
    zv_json_open_object(&json, NULL);
    if (ended->has_counters) {
        write_counters(&json, "web", &ended->counters[ZV_CALL_LEG_WEB]);
        write_counters(&json, "sip", &ended->counters[ZV_CALL_LEG_SIP]);
    }
    zv_json_close_object(&json);
    take_end(entry, ended);
    struct zv_recorder_draft draft = {
        .kind = ZV_TRACE_KIND_END,
        .from = ZV_TRACE_LANE_GATEWAY,
        .to = ZV_TRACE_LANE_GATEWAY,
        .label = zv_str(zv_cause_name(ended->cause)),
        .detail = cleaned(recorder, &detail),
        .data = ended->has_counters ? whole(&data) : (struct zv_str){0},
    };
    zv_recorder_add(recorder, entry, &draft, now.us);
    zv_recorder_finish(recorder, entry, now); /* it may be gone now */
}

static void add_command(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                        const struct zv_call_cmd *cmd, int64_t at_us)
{
    struct zv_buf detail, data;
    begin(recorder, &detail, &data);
    if (cmd->kind >= ZV_CALL_CMD_SIP_RING && cmd->kind <= ZV_CALL_CMD_SIP_REOFFER &&
        cmd->u.sip.status)
        zv_buf_put_int(&detail, cmd->u.sip.status);
    if (cmd->kind == ZV_CALL_CMD_MEDIA_CODECS)
        take_codecs(&entry->trace, &cmd->u.codecs.plan, &detail);
    if (cmd->kind == ZV_CALL_CMD_MEDIA_ASK_KEYFRAME)
        zv_buf_put_text(&detail, cmd->u.keyframe.leg == ZV_CALL_LEG_WEB ? "of the client"
                                                                        : "of the SIP side");
    add_note(recorder, entry, ZV_TRACE_KIND_COMMAND, zv_str(zv_call_cmd_name(cmd->kind)), &detail,
             at_us);
}

/* A due deadline is an input too. */
static void note_timer(struct zv_recorder *recorder, struct zv_recorder_entry *entry, int64_t at_us)
{
    struct zv_buf detail, data;
    if (!recorder->is_timeout || entry->timer_us == at_us)
        return;
    entry->timer_us = at_us;
    begin(recorder, &detail, &data);
    add_note(recorder, entry, ZV_TRACE_KIND_TIMER, zv_str("deadline"), &detail, at_us);
}

void zv_recorder_command(struct zv_recorder *recorder, const struct zv_call_cmd *cmd,
                         struct zv_recorder_now now)
{
    struct zv_recorder_entry *entry =
        cmd->about.v ? zv_recorder_entry_of(recorder, cmd->about) : recorder->current;
    recorder->ended = NULL;
    if (!entry)
        return;
    note_timer(recorder, entry, now.us);
    switch (cmd->kind) {
    case ZV_CALL_CMD_CLIENT_EVENT:
        if (cmd->u.client.message == ZV_MSG_VERDICT) /* the ladder has it as a note of the media */
            add_command(recorder, entry, cmd, now.us);
        else
            add_client(recorder, entry, &cmd->u.client, now.us);
        break;
    case ZV_CALL_CMD_CALL_LOG:
        add_state(recorder, entry, &cmd->u.call_log, now.us);
        break;
    case ZV_CALL_CMD_CALL_ENDED:
        add_end(recorder, entry, &cmd->u.ended, now);
        break;
    case ZV_CALL_CMD_SESSION_LOG:
        break;
    default:
        add_command(recorder, entry, cmd, now.us);
    }
}

/* ---- media ---- */

void zv_recorder_media(struct zv_recorder *recorder, zv_call_id call, enum zv_call_leg leg,
                       const char *label, struct zv_str text, struct zv_recorder_now now)
{
    struct zv_recorder_entry *entry = zv_recorder_entry_of(recorder, call);
    struct zv_buf detail, data;
    if (!entry)
        return;
    begin(recorder, &detail, &data);
    char memory[64]; /* the SIP side has a way for each medium, and they are told apart */
    struct zv_buf name = zv_buf(memory, sizeof(memory));
    zv_buf_put_text(&name, leg == ZV_CALL_LEG_VIDEO ? "video: " : "");
    zv_buf_put_text(&name, label);
    zv_buf_put_str(&detail, text);
    struct zv_recorder_draft draft = {
        .kind = ZV_TRACE_KIND_MEDIA,
        .from = leg == ZV_CALL_LEG_WEB ? ZV_TRACE_LANE_CLIENT : ZV_TRACE_LANE_SIP,
        .to = ZV_TRACE_LANE_GATEWAY,
        .label = label_of(recorder, zv_buf_str(&name)),
        .detail = cleaned(recorder, &detail),
    };
    zv_recorder_add(recorder, entry, &draft, now.us);
}
