/*
 * Whose is a SIP message? Its Call-ID says so. A call that comes back to this gateway through a
 * proxy has two legs with one Call-ID, and so has one that a proxy forks to two accounts of this
 * gateway: our own tag tells them apart (RFC 3261 §12), and before there is one, the branch of the
 * INVITE that came, and who plays which part: what calls out sends requests and gets responses.
 *
 * An INVITE comes before the call that it makes: it waits until that call claims it.
 */
#include "base/alloc.h"
#include "base/time.h"
#include "trace/recorder_int.h"
#include "trace/redact.h"

#include <string.h>

/* ---- Call-IDs ---- */

static struct zv_recorder_sip_id *find_sip_id(const struct zv_recorder *recorder,
                                              struct zv_str call_id)
{
    struct zv_map_node *node = zv_map_find(&recorder->by_sip_id, call_id);
    return node ? ZV_CONTAINER_OF(node, struct zv_recorder_sip_id, node) : NULL;
}

static struct zv_recorder_sip_id *make_sip_id(struct zv_recorder *recorder, struct zv_str call_id)
{
    struct zv_recorder_sip_id *id = zv_zalloc(sizeof(*id));
    if (!id)
        return NULL;
    zv_list_init(&id->entries);
    if (zv_str_copy(call_id, id->text, sizeof(id->text)) ||
        zv_map_insert(&recorder->by_sip_id, zv_str(id->text), &id->node))
        return zv_free(id);
    return id;
}

/* The i-th oldest of them, if it may be the entry's. */
static struct zv_recorder_orphan *orphan_of(struct zv_recorder *recorder,
                                            const struct zv_recorder_entry *entry, size_t i)
{
    struct zv_recorder_orphan *orphan =
        &recorder->orphans[(recorder->orphan_next + i) % ZV_RECORDER_MAX_ORPHANS];
    bool is_alike = orphan->event && !strcmp(orphan->sip_call_id, entry->trace.sip_call_id);
    return is_alike ? orphan : NULL;
}

static void adopt_orphans(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                          uint64_t branch)
{
    for (size_t i = 0; i < ZV_RECORDER_MAX_ORPHANS; i++) {
        struct zv_recorder_orphan *orphan = orphan_of(recorder, entry, i);
        if (!orphan || orphan->branch != branch)
            continue;
        zv_recorder_append(recorder, entry, orphan->event);
        orphan->event = NULL;
    }
}

/* The call is made as soon as its INVITE is read: that is the last one. */
static void adopt_invite(struct zv_recorder *recorder, struct zv_recorder_entry *entry)
{
    for (size_t i = 0; i < ZV_RECORDER_MAX_ORPHANS; i++) {
        const struct zv_recorder_orphan *orphan = orphan_of(recorder, entry, i);
        if (orphan)
            entry->branch = orphan->branch;
    }
    adopt_orphans(recorder, entry, entry->branch);
}

void zv_recorder_bind_entry(struct zv_recorder *recorder, struct zv_recorder_entry *entry,
                            struct zv_str call_id)
{
    if (entry->sip_id || !call_id.len)
        return;
    struct zv_recorder_sip_id *id = find_sip_id(recorder, call_id);
    if (!id)
        id = make_sip_id(recorder, call_id);
    if (!id)
        return; /* too long a name, or no memory: the trace has no SIP messages */
    entry->sip_id = id;
    zv_list_append(&id->entries, &entry->alike);
    zv_recorder_clean(call_id, entry->trace.sip_call_id, sizeof(entry->trace.sip_call_id));
    if (entry->trace.incoming)
        adopt_invite(recorder, entry);
}

void zv_recorder_bind(struct zv_recorder *recorder, zv_call_id call, struct zv_str sip_call_id)
{
    struct zv_recorder_entry *entry = zv_recorder_entry_of(recorder, call);
    if (entry)
        zv_recorder_bind_entry(recorder, entry, sip_call_id);
}

void zv_recorder_unbind(struct zv_recorder *recorder, struct zv_recorder_entry *entry)
{
    struct zv_recorder_sip_id *id = entry->sip_id;
    if (!id)
        return;
    zv_list_remove(&entry->alike);
    entry->sip_id = NULL;
    if (!zv_list_is_empty(&id->entries))
        return;
    zv_map_remove(&recorder->by_sip_id, &id->node);
    zv_free(id);
}

/* ---- legs with the same Call-ID ---- */

/* Never 0. */
static uint64_t hash_branch(const struct zv_recorder *recorder,
                            const struct zv_trace_sip_head *head)
{
    return zv_siphash(recorder->cfg.seed, head->branch.p, head->branch.len) | 1;
}

static struct zv_str our_tag(const struct zv_trace_sip_head *head, bool is_sent)
{
    return is_sent == head->is_request ? head->from_tag : head->to_tag;
}

static struct zv_recorder_entry *choose(const struct zv_recorder_sip_id *id,
                                        const struct zv_trace_sip_head *head, uint64_t branch,
                                        bool is_sent)
{
    struct zv_recorder_entry *by_branch = NULL, *by_part = NULL, *any = NULL;
    struct zv_str tag = our_tag(head, is_sent);
    bool is_caller = is_sent == head->is_request;
    ZV_LIST_EACH (node, &id->entries) {
        struct zv_recorder_entry *entry = ZV_CONTAINER_OF(node, struct zv_recorder_entry, alike);
        if (tag.len && zv_str_is(tag, entry->local_tag))
            return entry;
        if (!is_caller && entry->branch == branch)
            by_branch = entry;
        if (entry->trace.incoming != is_caller && (!tag.len || !entry->local_tag[0]))
            by_part = entry;
        any = entry;
    }
    if (by_branch)
        return by_branch;
    return by_part ? by_part : any;
}

/* Nothing says that the message belongs to another INVITE than the entry does. */
static bool is_of_branch(const struct zv_recorder_entry *entry, uint64_t branch)
{
    return !entry->branch || entry->branch == branch;
}

/* An outgoing leg's tag stands in its first request, an incoming one's in its responses. */
static void learn_tag(struct zv_recorder_entry *entry, const struct zv_trace_sip_head *head,
                      uint64_t branch, bool is_sent)
{
    struct zv_str tag = our_tag(head, is_sent);
    bool is_ours =
        is_sent && entry->trace.incoming != head->is_request && is_of_branch(entry, branch);
    if (is_ours && !entry->local_tag[0] && tag.len < sizeof(entry->local_tag))
        zv_recorder_clean(tag, entry->local_tag, sizeof(entry->local_tag));
}

/* ---- messages ---- */

/* The view into the message, as one into the blanked copy. */
static struct zv_str copy_of(const struct zv_recorder *recorder,
                             const struct zv_recorder_sip *message, struct zv_str view)
{
    return view.len ? zv_str_n(recorder->scratch + (view.p - message->bytes.p), view.len) : view;
}

static void describe(const struct zv_recorder *recorder, const struct zv_recorder_sip *message,
                     const struct zv_trace_sip_head *head, struct zv_buf *detail)
{
    char remote[ZV_ADDR_TEXT_CAP];
    struct zv_str what =
        copy_of(recorder, message, head->is_request ? head->request_uri : head->cseq_method);
    zv_buf_put_text(detail, head->is_request ? "" : "to ");
    zv_buf_put_str(detail, what);
    zv_buf_put_text(detail, message->is_sent ? ", to " : ", from ");
    zv_buf_put_text(detail, zv_addr_write(&message->remote, remote));
}

static void draft_of(struct zv_recorder *recorder, const struct zv_recorder_sip *message,
                     const struct zv_trace_sip_head *head, struct zv_recorder_draft *ret_draft)
{
    char memory[sizeof(recorder->detail)];
    struct zv_buf detail = zv_buf(memory, sizeof(memory));
    memcpy(recorder->scratch, message->bytes.p, message->bytes.len);
    zv_trace_redact(recorder->scratch, message->bytes.len);
    describe(recorder, message, head, &detail);
    zv_recorder_clean(copy_of(recorder, message, head->title), recorder->label,
                      sizeof(recorder->label));
    zv_recorder_clean(zv_buf_str(&detail), recorder->detail, sizeof(recorder->detail));
    *ret_draft = (struct zv_recorder_draft){
        .kind = ZV_TRACE_KIND_SIP,
        .from = message->is_sent ? ZV_TRACE_LANE_GATEWAY : ZV_TRACE_LANE_SIP,
        .to = message->is_sent ? ZV_TRACE_LANE_SIP : ZV_TRACE_LANE_GATEWAY,
        .label = zv_str(recorder->label),
        .detail = zv_str(recorder->detail),
        .data = zv_str_n(recorder->scratch, message->bytes.len),
        .local = message->local,
        .remote = message->remote,
    };
}

static void free_orphan(struct zv_recorder_orphan *orphan)
{
    orphan->event = zv_free(orphan->event);
}

void zv_recorder_drop_orphans(struct zv_recorder *recorder)
{
    for (size_t i = 0; i < ZV_RECORDER_MAX_ORPHANS; i++)
        free_orphan(&recorder->orphans[i]);
}

/* An INVITE that begins a call, or our first word to it. */
static bool may_begin(const struct zv_recorder_sip *message, const struct zv_trace_sip_head *head)
{
    bool is_invite = zv_str_is(head->cseq_method, "INVITE");
    return is_invite && message->is_sent != head->is_request && !head->to_tag.len;
}

static void keep_orphan(struct zv_recorder *recorder, const struct zv_recorder_draft *draft,
                        const struct zv_trace_sip_head *head, int64_t at_us)
{
    struct zv_recorder_orphan *orphan = &recorder->orphans[recorder->orphan_next];
    if (draft->data.len > recorder->cfg.bytes_per_call / 4 ||
        zv_str_copy(head->call_id, orphan->sip_call_id, sizeof(orphan->sip_call_id)))
        return;
    free_orphan(orphan);
    orphan->branch = hash_branch(recorder, head);
    orphan->event = zv_recorder_event_new(draft, at_us);
    recorder->orphan_next = (recorder->orphan_next + 1) % ZV_RECORDER_MAX_ORPHANS;
}

const struct zv_trace_event *zv_recorder_sip(struct zv_recorder *recorder,
                                             const struct zv_recorder_sip *message,
                                             struct zv_recorder_now now, zv_call_id *ret_call)
{
    struct zv_trace_sip_head head;
    struct zv_recorder_draft draft;
    if (message->bytes.len > ZV_MAX_SIP_MESSAGE_BYTES)
        return NULL;
    zv_trace_read_sip_head(message->bytes, &head);
    uint64_t branch = hash_branch(recorder, &head);
    struct zv_recorder_sip_id *id = find_sip_id(recorder, head.call_id);
    struct zv_recorder_entry *entry = id ? choose(id, &head, branch, message->is_sent) : NULL;
    bool is_known = entry && entry->trace.incoming && is_of_branch(entry, branch);
    bool begins = may_begin(message, &head) && !is_known;
    if (!entry && !begins)
        return NULL; /* of a registration, of a stranger, or of a call that is long over */
    draft_of(recorder, message, &head, &draft);
    if (begins) {
        keep_orphan(recorder, &draft, &head, now.us);
        return NULL;
    }
    if (message->is_sent && entry->trace.incoming) /* a 482 has an INVITE that made no call */
        adopt_orphans(recorder, entry, branch);
    learn_tag(entry, &head, branch, message->is_sent);
    *ret_call = entry->id;
    return zv_recorder_add(recorder, entry, &draft, now.us);
}
