/*
 * A DNS server on a loopback socket of the test's own loop: answers from a table, and remembers
 * what it was asked.
 */
#ifndef ZV_TESTS_UNIT_SIPNET_DNS_SERVER_H
#define ZV_TESTS_UNIT_SIPNET_DNS_SERVER_H

#include "support/test.h"

#include "base/addr.h"
#include "base/buf.h"
#include "io/udp.h"
#include "io/udp_large.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

/* RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 3403. */
#define DNS_A     1
#define DNS_CNAME 5
#define DNS_SOA   6
#define DNS_AAAA  28
#define DNS_SRV   33
#define DNS_NAPTR 35
/* RFC 1035 §4.1.1 */
#define DNS_OK       0
#define DNS_SERVFAIL 2
#define DNS_NXDOMAIN 3
#define DNS_REFUSED  5

#define DNS_MAX_ASKED 64

/* One record, or what else becomes of a question. */
struct dns_record {
    const char *name;
    uint16_t type;
    const char *value; /* A, AAAA: the address; CNAME, SRV, NAPTR: the name that it leads to */
    uint16_t priority, weight, port; /* NAPTR: order, preference */
    const char *service;             /* NAPTR, with the flag "s" */
    uint32_t ttl_s;                  /* 0: it may not be kept, so that each question comes here */
    uint32_t denial_s;               /* of this name's other types, by an SOA; 0: without one */
    bool is_silent;                  /* no answer at all */
    bool is_garbage;                 /* an answer that is none */
    uint8_t rcode;                   /* not 0: this and no record */
};

struct dns_server {
    struct zv_udp_socket socket;
    uv_poll_t poll;
    const struct dns_record *records;
    size_t count;
    char asked[DNS_MAX_ASKED][300]; /* "33 _sip._udp.example" */
    size_t asked_count;
    char text[ZV_ADDR_TEXT_CAP]; /* its address and port */
};

struct dns_question {
    char name[260];
    uint16_t type;
    size_t len; /* of header and question */
};

static inline void dns_read_question(const struct zv_dgram *in, struct dns_question *ret_question)
{
    struct zv_buf name = zv_buf(ret_question->name, sizeof(ret_question->name));
    size_t at = 12;
    while (at < in->len && in->data[at]) {
        zv_buf_printf(&name, "%s%.*s", at == 12 ? "" : ".", in->data[at],
                      (const char *)&in->data[at + 1]);
        at += 1u + in->data[at];
    }
    assert_non_null(zv_buf_cstr(&name));
    assert_true(at + 5 <= in->len);
    ret_question->type = zv_get_u16(&in->data[at + 1]);
    ret_question->len = at + 5;
}

static inline void dns_put_name(struct zv_buf *out, const char *name)
{
    struct zv_str rest = zv_str(name), label;
    while (zv_str_split(&rest, '.', &label)) {
        if (label.len) {
            zv_buf_put_u8(out, (uint8_t)label.len);
            zv_buf_put_str(out, label);
        }
    }
    zv_buf_put_u8(out, 0);
}

static inline void dns_put_string(struct zv_buf *out, const char *text)
{
    zv_buf_put_u8(out, (uint8_t)strlen(text));
    zv_buf_put_text(out, text);
}

static inline void dns_put_data(struct zv_buf *data, const struct dns_record *record)
{
    struct zv_addr addr;
    if (record->type == DNS_SRV || record->type == DNS_NAPTR) {
        zv_buf_put_u16(data, record->priority);
        zv_buf_put_u16(data, record->weight);
    }
    if (record->type == DNS_SRV)
        zv_buf_put_u16(data, record->port);
    if (record->type == DNS_NAPTR) {
        dns_put_string(data, "s");
        dns_put_string(data, record->service);
        dns_put_string(data, "");
    }
    if (record->type != DNS_A && record->type != DNS_AAAA) {
        dns_put_name(data, record->value);
    } else {
        assert_int_equal(zv_addr_parse_ip(zv_str(record->value), &addr), 0);
        zv_buf_put(data, addr.ip, record->type == DNS_A ? 4 : 16);
    }
}

static inline void dns_put_record(struct zv_buf *out, const struct dns_record *record)
{
    uint8_t memory[600];
    struct zv_buf data = zv_buf(memory, sizeof(memory));
    dns_put_data(&data, record);
    zv_buf_put_u16(out, 0xc00c); /* the name of the question */
    zv_buf_put_u16(out, record->type);
    zv_buf_put_u16(out, 1); /* IN */
    zv_buf_put_u32(out, record->ttl_s);
    zv_buf_put_u16(out, (uint16_t)data.len);
    zv_buf_put(out, data.p, data.len);
}

/* RFC 2308 §3: how long "there is none" may be kept. */
static inline void dns_put_soa(struct zv_buf *out, uint32_t minimum_s)
{
    zv_buf_put_u16(out, 0xc00c);
    zv_buf_put_u16(out, DNS_SOA);
    zv_buf_put_u16(out, 1);
    zv_buf_put_u32(out, 3600);
    zv_buf_put_u16(out, 2 + 20); /* two roots, five numbers */
    zv_buf_put_u16(out, 0);
    for (int i = 0; i < 4; i++)
        zv_buf_put_u32(out, 1);
    zv_buf_put_u32(out, minimum_s);
}

/* False: there is nothing to say. */
static inline bool dns_write_answer(const struct dns_server *server,
                                    const struct dns_question *question, const struct zv_dgram *in,
                                    struct zv_buf *out)
{
    bool is_known = false;
    uint16_t answers = 0;
    uint8_t rcode = 0;
    uint32_t denial_s = 0;
    zv_buf_put(out, in->data, question->len);
    for (size_t i = 0; i < server->count; i++) {
        const struct dns_record *record = &server->records[i];
        if (strcasecmp(record->name, question->name) != 0)
            continue;
        is_known = true;
        denial_s = record->denial_s ? record->denial_s : denial_s;
        if (record->type != question->type)
            continue;
        if (record->is_silent)
            return false;
        if (record->is_garbage) {
            *out = zv_buf(out->p, out->cap);
            zv_buf_put(out, in->data, 2);
            zv_buf_put_text(out, "this is not DNS at all");
            return true;
        }
        rcode = record->rcode;
        if (!rcode) {
            dns_put_record(out, record);
            answers++;
        }
    }
    bool has_soa = !answers && !rcode && denial_s;
    if (has_soa)
        dns_put_soa(out, denial_s);
    uint8_t *head = (uint8_t *)out->p;
    head[2] = 0x84; /* an authoritative answer */
    head[3] = is_known ? rcode : DNS_NXDOMAIN;
    zv_set_u16(head + 6, answers);
    zv_set_u16(head + 8, has_soa);
    zv_set_u16(head + 10, 0);
    return true;
}

static inline void dns_on_readable(uv_poll_t *poll, int status, int events)
{
    struct dns_server *server = poll->data;
    uint8_t bytes[512], answer[2048];
    struct zv_dgram in = {.data = bytes};
    (void)status;
    (void)events;
    while (zv_udp_receive_large(&server->socket, &in, sizeof(bytes)) == 0) {
        struct dns_question question;
        struct zv_buf out = zv_buf(answer, sizeof(answer));
        dns_read_question(&in, &question);
        assert_true(server->asked_count < DNS_MAX_ASKED);
        snprintf(server->asked[server->asked_count++], sizeof(server->asked[0]), "%u %s",
                 question.type, question.name);
        if (!dns_write_answer(server, &question, &in, &out))
            continue;
        assert_false(out.overflow);
        const struct zv_dgram reply = {
            .data = answer, .len = out.len, .local = in.local, .remote = in.remote};
        assert_int_equal(zv_udp_send_large(&server->socket, &reply), 0);
    }
}

static inline void dns_server_open(struct dns_server *server, uv_loop_t *loop,
                                   const struct dns_record *records, size_t count)
{
    struct zv_udp_cfg cfg = {0};
    *server = (struct dns_server){.records = records, .count = count};
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(&server->socket, &cfg), 0);
    zv_addr_write(&server->socket.local, server->text);
    assert_int_equal(uv_poll_init(loop, &server->poll, server->socket.fd), 0);
    server->poll.data = server;
    assert_int_equal(uv_poll_start(&server->poll, UV_READABLE, dns_on_readable), 0);
}

/* Its handle closes on the loop's next turns. */
static inline void dns_server_close(struct dns_server *server)
{
    uv_close((uv_handle_t *)&server->poll, NULL);
    zv_udp_close(&server->socket);
}

static inline bool dns_was_asked(const struct dns_server *server, const char *question)
{
    for (size_t i = 0; i < server->asked_count; i++) {
        if (strcasecmp(server->asked[i], question) == 0)
            return true;
    }
    return false;
}

#endif
