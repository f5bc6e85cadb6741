/*
 * Any bytes as what DNS servers answer: the search for a domain's SIP servers goes on with them,
 * and must come to an end, with addresses of the families that were asked for and names that a host
 * can have.
 *
 * The first byte chooses transports and family; then each answer: two bytes of length, a message. A
 * question for which none is left gets silence.
 */
#include "fuzz_input.h"

#include "base/buf.h"
#include "base/err.h"
#include "sip/locate.h"
#include "sipnet/dns_message.h"

#include <string.h>

/* NAPTR, an SRV for each service, both families of each host, and the domain's own. */
#define MAX_QUESTIONS (1 + ZV_SIP_MAX_SERVICES * (1 + 2 * ZV_DNS_MAX_RECORDS) + 2)

static void check_answer(const struct zv_dns_answer *answer)
{
    CHECK(answer->err || (answer->count && answer->count <= ZV_DNS_MAX_RECORDS));
    for (size_t i = 0; !answer->err && i < answer->count; i++) {
        if (answer->type == ZV_DNS_A)
            CHECK(answer->of.addrs[i].family == ZV_ADDR_IPV4);
        else if (answer->type == ZV_DNS_AAAA)
            CHECK(answer->of.addrs[i].family == ZV_ADDR_IPV6);
        else if (answer->type == ZV_DNS_SRV && strcmp(answer->of.srv[i].target, ".") != 0)
            CHECK(zv_dns_is_name(zv_str(answer->of.srv[i].target)));
    }
}

static void read_answer(struct zv_str *rest, const struct zv_sip_locate_out *question,
                        struct zv_dns_answer *answer)
{
    const uint8_t *bytes = (const uint8_t *)rest->p;
    size_t len = rest->len > 2 ? zv_get_u16(bytes) : 0;
    struct zv_str message = zv_str_head(zv_str_tail(*rest, 2), len);
    *answer = (struct zv_dns_answer){.type = question->type, .err = ZV_E_TIMEOUT};
    if (rest->len > 2 && zv_dns_message_read(message, question->name, question->type, answer))
        *answer = (struct zv_dns_answer){.type = question->type, .err = ZV_E_IO};
    *rest = zv_str_tail(*rest, 2 + len);
    check_answer(answer);
}

static void search(const struct zv_sip_locate_cfg *cfg, struct zv_str rest)
{
    static struct zv_sip_locate locate;
    static struct zv_dns_answer answer;
    struct zv_sip_locate_out out;
    int questions = 0;
    if (zv_sip_locate_init(&locate, cfg))
        return;
    for (;;) {
        switch (zv_sip_locate_poll(&locate, &out)) {
        case ZV_SIP_LOCATE_DONE:
            return;
        case ZV_SIP_LOCATE_ASK:
            CHECK(++questions <= MAX_QUESTIONS);
            read_answer(&rest, &out, &answer);
            zv_sip_locate_on_answer(&locate, &answer);
            break;
        case ZV_SIP_LOCATE_FOUND:
            CHECK(out.transport != ZV_SIP_ANY);
            break;
        case ZV_SIP_LOCATE_WAIT:
            abort(); /* for nothing */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_rand_seeded seeded = {.state = 1};
    if (!size)
        return 0;
    const struct zv_sip_locate_cfg cfg = {
        .host = ZV_STR_LIT("a.test"),
        .transport = (enum zv_sip_transport)(data[0] & 3),
        .transports = data[0] >> 1 & 0xe,
        .family = data[0] & 0x20 ? ZV_ADDR_IPV6 : ZV_ADDR_NONE,
        .rand = zv_rand_seeded_source(&seeded),
    };
    search(&cfg, zv_str_n((const char *)data + 1, size - 1));
    return 0;
}
