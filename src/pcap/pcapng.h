/*
 * A writer of pcapng files (draft-ietf-opsawg-pcapng), block by block into memory of the caller:
 * what Wireshark and tshark open.
 *
 * Zvonok sees datagrams, not frames, so IP and UDP headers are made up around each payload from
 * its two addresses (LINKTYPE_RAW): right lengths, right checksums, TTL 64, no fragments. Of a
 * payload that is cut the lengths are those of the whole one, and the checksum is that of a
 * datagram whose missing bytes are zero: a true one would tell 16 bits of what was left out.
 *
 * Numbers are in network byte order, which the format allows (its readers look at the magic), so
 * that a file is the same whatever machine wrote it.
 */
#ifndef ZV_PCAP_PCAPNG_H
#define ZV_PCAP_PCAPNG_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest text of a comment or a name; what is longer is cut. */
#define ZV_PCAPNG_MAX_TEXT_BYTES 256
/* The largest UDP payload over IPv4; what is longer is cut there. */
#define ZV_PCAPNG_MAX_PAYLOAD_BYTES 65507
/* No block is larger: headers of IPv6 and UDP, the payload, the block's own fields, a comment. */
#define ZV_PCAPNG_MAX_BLOCK_BYTES                                                                  \
    (40 + 8 + ZV_PCAPNG_MAX_PAYLOAD_BYTES + 128 + ZV_PCAPNG_MAX_TEXT_BYTES)

/*
 * Each writes one whole block, or nothing: ZV_E_TRUNCATED, `out` is unchanged (and not in
 * overflow). A file is one section, its interfaces (numbered from 0 in the order of writing), then
 * packets and statistics in any order.
 */

/* `application`: product and version; `comment`: what the file is. Both may be empty. */
int zv_pcapng_write_section(struct zv_buf *out, struct zv_str application,
                            struct zv_str comment) ZV_MUST_CHECK;
int zv_pcapng_write_interface(struct zv_buf *out, struct zv_str name,
                              struct zv_str comment) ZV_MUST_CHECK;

struct zv_pcapng_packet {
    uint32_t interface; /* number */
    bool is_outbound;   /* local -> remote */
    int64_t wall_us;    /* since 1970 */
    /* Of two families, or of none: written as IPv6, with IPv4 mapped into it. */
    struct zv_addr local;
    struct zv_addr remote;
    const uint8_t *payload; /* of UDP; `captured_len` bytes of it */
    size_t captured_len;
    size_t original_len;   /* at least captured_len */
    struct zv_str comment; /* may be empty */
};
int zv_pcapng_write_packet(struct zv_buf *out, const struct zv_pcapng_packet *packet) ZV_MUST_CHECK;

struct zv_pcapng_statistics {
    uint32_t interface;
    int64_t wall_us;
    uint64_t received; /* packets that were there to be written */
    uint64_t dropped;  /* of those: not written, for lack of room or time */
};
int zv_pcapng_write_statistics(struct zv_buf *out,
                               const struct zv_pcapng_statistics *statistics) ZV_MUST_CHECK;

#endif
