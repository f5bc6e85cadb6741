/*
 * STUN and ICE. The whole input as a message; then the input as a sequence of steps for a lite and
 * a controlling agent: raw datagrams, attributes that are signed with the right password (so that
 * what lies behind authentication is reached), responses, time, restarts, addresses.
 */
#include "base/buf.h"
#include "rtc/ice/ice.h"
#include "rtc/stun/stun.h"

#include <stdlib.h>
#include <string.h>

#define MAX_OUTPUTS 256

struct input {
    const uint8_t *p;
    size_t left;
};

struct world {
    struct zv_ice *ice;
    int64_t now_us;
    uint8_t tx_id[ZV_STUN_TX_ID_BYTES]; /* of the agent's latest request */
    struct zv_ice_pair asked;           /* and where it went */
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t take_byte(struct input *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->p++;
}

static struct zv_str take_bytes(struct input *in)
{
    size_t wanted = take_byte(in), len = ZV_MIN(wanted, in->left);
    struct zv_str bytes = zv_str_n((const char *)in->p, len);
    in->p += len;
    in->left -= len;
    return bytes;
}

static struct zv_addr addr_of(uint8_t number)
{
    struct zv_addr addr = {.family = number & 0x80 ? ZV_ADDR_IPV6 : ZV_ADDR_IPV4, .port = 1000};
    addr.ip[0] = 10;
    addr.ip[3] = number & 15;
    return addr;
}

static void drain(struct world *world)
{
    struct zv_ice_out out;
    for (size_t i = 0; zv_ice_poll(world->ice, &out) != ZV_ICE_OUT_NONE; i++) {
        struct zv_stun_msg msg;
        require(i < MAX_OUTPUTS);
        if (out.kind != ZV_ICE_OUT_SEND)
            continue;
        require(zv_stun_parse(out.dgram.data, out.dgram.len, &msg) == 0);
        require(msg.has_fingerprint && msg.integrity_at);
        if (msg.cls == ZV_STUN_REQUEST) {
            memcpy(world->tx_id, msg.tx_id, sizeof(world->tx_id));
            world->asked = (struct zv_ice_pair){out.dgram.local, out.dgram.remote};
        }
    }
    struct zv_ice_pair pair;
    char text[2048];
    if (zv_ice_selected(world->ice, &pair))
        require(zv_ice_is_validated(world->ice, &pair.local, &pair.remote));
    require(zv_ice_dump(world->ice, text, sizeof(text)) < sizeof(text));
}

static void give(struct world *world, uint8_t *data, size_t len, const struct zv_ice_pair *pair)
{
    struct zv_dgram in = {data, len, pair->local, pair->remote};
    zv_ice_on_datagram(world->ice, &in, world->now_us);
    drain(world);
}

/* Attributes from the input, between a right USERNAME and a right signature. */
static void give_request(struct world *world, struct input *in)
{
    uint8_t bytes[1024], tx_id[ZV_STUN_TX_ID_BYTES] = {0};
    struct zv_ice_pair pair;
    tx_id[0] = take_byte(in);
    pair.local = addr_of(take_byte(in));
    pair.remote = addr_of(take_byte(in));
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    struct zv_str ufrag = zv_ice_local_ufrag(world->ice), attrs = take_bytes(in);
    char username[64];
    memcpy(username, ufrag.p, ufrag.len);
    username[ufrag.len] = ':';
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, username, ufrag.len + 1);
    zv_buf_put(&buf, attrs.p, attrs.len & ~(size_t)3);
    zv_stun_write_integrity(&buf, zv_ice_local_pwd(world->ice));
    zv_stun_write_fingerprint(&buf);
    give(world, bytes, buf.len, &pair);
}

static void give_response(struct world *world, struct input *in)
{
    uint8_t bytes[1024];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    enum zv_stun_class cls = take_byte(in) & 1 ? ZV_STUN_SUCCESS : ZV_STUN_ERROR;
    struct zv_str attrs = take_bytes(in);
    zv_stun_write_header(&buf, cls, ZV_STUN_BINDING, world->tx_id);
    zv_buf_put(&buf, attrs.p, attrs.len & ~(size_t)3);
    zv_stun_write_integrity(&buf, zv_str("password"));
    give(world, bytes, buf.len, &world->asked);
}

static void give_raw(struct world *world, struct input *in)
{
    uint8_t bytes[256];
    struct zv_ice_pair pair = {addr_of(0), addr_of(take_byte(in))};
    struct zv_str raw = take_bytes(in);
    if (raw.len)
        memcpy(bytes, raw.p, raw.len);
    give(world, bytes, raw.len, &pair);
}

static void step(struct world *world, struct input *in)
{
    struct zv_addr addr;
    int err = 0;
    switch (take_byte(in) % 9) {
    case 0:
        give_raw(world, in);
        return;
    case 1:
        give_request(world, in);
        return;
    case 2:
        give_response(world, in);
        return;
    case 3:
        world->now_us += take_byte(in) * ZV_MS(200);
        zv_ice_on_timeout(world->ice, world->now_us);
        break;
    case 4:
        zv_ice_restart(world->ice, world->now_us);
        break;
    case 5:
        err = zv_ice_set_remote(world->ice, zv_str("peer"), zv_str("password"), world->now_us);
        break;
    case 6:
        addr = addr_of(take_byte(in));
        err = zv_ice_add_candidate(world->ice, &addr, 1 + take_byte(in), world->now_us);
        break;
    case 7:
        addr = addr_of(take_byte(in));
        err = zv_ice_add_local(world->ice, &addr, world->now_us);
        break;
    default:
        addr = addr_of(take_byte(in));
        zv_ice_remove_local(world->ice, &addr, world->now_us);
        break;
    }
    (void)err; /* a limit reached is no finding */
    drain(world);
}

static void run_machine(enum zv_ice_role role, struct input in)
{
    struct zv_rand_seeded seeded = {1};
    struct zv_addr local = addr_of(1);
    struct world world = {.now_us = ZV_SECONDS(1)};
    struct zv_ice_cfg cfg = {
        .role = role, .rand = zv_rand_seeded_source(&seeded), .locals = &local, .local_count = 1};
    if (zv_ice_new(&world.ice, &cfg) < 0)
        return;
    while (in.left)
        step(&world, &in);
    zv_ice_free(world.ice);
}

static void run_codec(const uint8_t *data, size_t size)
{
    struct zv_stun_msg msg;
    struct zv_str ufrag;
    bool is_message = zv_stun_is_message(data, size);
    if (zv_ice_ufrag_of(data, size, &ufrag) == 0)
        require(ufrag.len && (const uint8_t *)ufrag.p >= data &&
                (const uint8_t *)ufrag.p + ufrag.len <= data + size);
    if (zv_stun_parse(data, size, &msg) < 0)
        return;
    require(is_message && msg.username.len <= ZV_STUN_MAX_USERNAME);
    zv_stun_is_authentic(&msg, zv_str("VOkJxbRl1RmTxUk/WvJxBt"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    run_codec(data, size);
    run_machine(ZV_ICE_LITE, in);
    run_machine(ZV_ICE_CONTROLLING, in);
    return 0;
}
