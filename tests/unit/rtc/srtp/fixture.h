/*
 * Contexts and packets that the SRTP tests share.
 */
#ifndef ZV_TESTS_UNIT_RTC_SRTP_FIXTURE_H
#define ZV_TESTS_UNIT_RTC_SRTP_FIXTURE_H

#include "support/test.h"

#include "base/buf.h"
#include "rtc/srtp/srtp.h"

#include <string.h>

static const enum zv_srtp_profile all_profiles[] = {
    ZV_SRTP_AES_CM_128_HMAC_SHA1_80, ZV_SRTP_AES_CM_128_HMAC_SHA1_32,
    ZV_SRTP_AES_256_CM_HMAC_SHA1_80, ZV_SRTP_AES_256_CM_HMAC_SHA1_32,
    ZV_SRTP_AEAD_AES_128_GCM,        ZV_SRTP_AEAD_AES_256_GCM,
};

/* Master key and salt: bytes counting up from 1. */
static inline const uint8_t *test_master(void)
{
    static uint8_t master[ZV_SRTP_MAX_KEY_BYTES + ZV_SRTP_MAX_SALT_BYTES];
    for (size_t i = 0; i < sizeof(master); i++)
        master[i] = (uint8_t)(i + 1);
    return master;
}

static inline struct zv_srtp_cfg test_cfg(enum zv_srtp_profile profile)
{
    size_t key_len = zv_srtp_key_bytes(profile);
    return (struct zv_srtp_cfg){
        .profile = profile,
        .key = test_master(),
        .key_len = key_len,
        .salt = test_master() + key_len,
        .salt_len = zv_srtp_salt_bytes(profile),
    };
}

static inline struct zv_srtp *new_context(enum zv_srtp_profile profile)
{
    struct zv_srtp_cfg cfg = test_cfg(profile);
    struct zv_srtp *srtp = NULL;
    assert_int_equal(zv_srtp_new(&srtp, &cfg), 0);
    return srtp;
}

/* 12 bytes of header and `payload` bytes that depend on the sequence number; returns the length. */
static inline size_t write_rtp(uint8_t *packet, uint32_t ssrc, uint16_t sequence, size_t payload)
{
    packet[0] = 0x80;
    packet[1] = 0;
    zv_set_u16(packet + 2, sequence);
    zv_set_u32(packet + 4, (uint32_t)sequence * 160);
    zv_set_u32(packet + 8, ssrc);
    for (size_t i = 0; i < payload; i++)
        packet[12 + i] = (uint8_t)(sequence + i);
    return 12 + payload;
}

/* An empty receiver report with `blocks` report blocks. */
static inline size_t write_rtcp(uint8_t *packet, uint32_t ssrc, uint8_t blocks)
{
    packet[0] = (uint8_t)(0x80 | blocks);
    packet[1] = 201;
    zv_set_u16(packet + 2, (uint16_t)(1 + 6 * blocks));
    zv_set_u32(packet + 4, ssrc);
    memset(packet + 8, 0x55, 24 * (size_t)blocks);
    return 8 + 24 * (size_t)blocks;
}

#endif
