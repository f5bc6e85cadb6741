#include "trace/sip_head.h"

/* Long names and RFC 3261 §7.3.3's short ones. */
static bool is_name(struct zv_str name, const char *full, const char *brief)
{
    return zv_str_is_i(name, full) || (brief && zv_str_is_i(name, brief));
}

/* The value of ";tag=" in From or To, or of ";branch=" in the first Via of a line. A quoted display
 * name may hold anything: it is skipped. */
static struct zv_str param_of(struct zv_str value, const char *start)
{
    bool is_quoted = false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.p[i] == '"')
            is_quoted = !is_quoted;
        if (value.p[i] != ';' || is_quoted)
            continue;
        struct zv_str rest = zv_str_tail(value, i);
        if (!zv_str_has_prefix_i(rest, start))
            continue;
        rest = zv_str_tail(rest, strlen(start));
        size_t len = 0;
        while (len < rest.len && rest.p[len] != ';' && rest.p[len] != ',' && rest.p[len] > ' ')
            len++;
        return zv_str_head(rest, len);
    }
    return (struct zv_str){0};
}

static void read_start(struct zv_str line, struct zv_trace_sip_head *head)
{
    struct zv_str rest = line, word = {0};
    head->is_request = !zv_str_has_prefix_i(line, "SIP/2.0 ");
    if (!head->is_request) {
        head->title = zv_str_tail(line, 8);
        return;
    }
    if (zv_str_split(&rest, ' ', &word))
        head->title = word;
    if (zv_str_split(&rest, ' ', &word))
        head->request_uri = word;
}

static void read_header(struct zv_str line, struct zv_trace_sip_head *head)
{
    ptrdiff_t colon = zv_str_find(line, ':');
    if (colon < 0)
        return;
    struct zv_str name = zv_str_trim(zv_str_head(line, (size_t)colon));
    struct zv_str value = zv_str_trim(zv_str_tail(line, (size_t)colon + 1));
    if (!name.len || !strchr("cfitv", zv_ascii_lower(name.p[0])))
        return; /* nearly all */
    if (is_name(name, "Call-ID", "i")) {
        head->call_id = value;
    } else if (is_name(name, "From", "f")) {
        head->from_tag = param_of(value, ";tag=");
    } else if (is_name(name, "To", "t")) {
        head->to_tag = param_of(value, ";tag=");
    } else if (is_name(name, "Via", "v")) {
        if (!head->branch.len)
            head->branch = param_of(value, ";branch=");
    } else if (is_name(name, "CSeq", NULL)) {
        ptrdiff_t blank = zv_str_find(value, ' ');
        if (blank >= 0)
            head->cseq_method = zv_str_trim(zv_str_tail(value, (size_t)blank));
    }
}

void zv_trace_read_sip_head(struct zv_str message, struct zv_trace_sip_head *ret_head)
{
    struct zv_str rest = message, line;
    *ret_head = (struct zv_trace_sip_head){0};
    if (zv_str_line(&rest, &line))
        read_start(line, ret_head);
    while (zv_str_line(&rest, &line) && line.len)
        read_header(line, ret_head);
}
