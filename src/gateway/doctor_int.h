/*
 * What the files of the doctor share: the checks' names, the list that they write to, and what they
 * look at.
 */
#ifndef ZV_GATEWAY_DOCTOR_INT_H
#define ZV_GATEWAY_DOCTOR_INT_H

#include "base/addr.h"
#include "base/attr.h"
#include "gateway/config.h"
#include "gateway/doctor.h"
#include "gateway/machine.h"
#include "sipnet/probe.h"
#include "sipnet/sipnet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_DOCTOR_CHECK_LIST(X)                                                                    \
    X(MEDIA_PORTS, "media_ports")                                                                  \
    X(MEDIA_PORT_COUNT, "media_port_count")                                                        \
    X(MEDIA_PORTS_TAKEN, "media_ports_taken")                                                      \
    X(MEDIA_ADDRESSES, "media_addresses")                                                          \
    X(MEDIA_ADDRESSES_HERE, "media_addresses_here")                                                \
    X(IPV6, "ipv6")                                                                                \
    X(SRTP_KEYS, "srtp_keys")                                                                      \
    X(OPEN_FILES, "open_files")                                                                    \
    X(SOCKET_BUFFERS, "socket_buffers")                                                            \
    X(CLOCK, "clock")                                                                              \
    X(SIP_ALG, "sip_alg")                                                                          \
    X(CERTIFICATE, "certificate")                                                                  \
    X(CERTIFICATE_DATES, "certificate_dates")                                                      \
    X(CERTIFICATE_NAMES, "certificate_names")                                                      \
    X(CERTIFICATE_TRUST, "certificate_trust")                                                      \
    X(PRIVATE_KEY, "private_key")                                                                  \
    X(WS_LISTEN, "ws_listen")                                                                      \
    X(ALLOWED_ORIGINS, "allowed_origins")                                                          \
    X(REGISTRATIONS, "registrations")                                                              \
    X(DNS, "dns")                                                                                  \
    X(SIP_SERVER, "sip_server")

enum zv_doctor_check {
#define X(name, text) ZV_DOCTOR_##name,
    ZV_DOCTOR_CHECK_LIST(X)
#undef X
};

struct zv_findings {
    size_t count;
    /* One more than is reported: what finds no room is written there and lost. */
    struct zv_finding list[ZV_DOCTOR_MAX_FINDINGS + 1];
};

struct zv_finding *zv_findings_add(struct zv_findings *findings, enum zv_doctor_check check,
                                   enum zv_severity severity, const char *format, ...)
    ZV_PRINTF(4, 5);
void zv_finding_advise(struct zv_finding *finding, const char *format, ...) ZV_PRINTF(2, 3);

/* What the checks without network look at. All borrowed. */
struct zv_examination {
    const struct zv_config *config;
    const struct zv_machine *machine;
    const struct zv_addr *offered; /* to clients, without the public ones */
    size_t offered_count;
    struct zv_addr public_addresses[ZV_MAX_PUBLIC_ADDRESSES]; /* ZV_ADDR_NONE: none */
};

void zv_examine_media(const struct zv_examination *examination, struct zv_findings *findings);
void zv_examine_trunks(const struct zv_examination *examination, struct zv_findings *findings);
void zv_examine_machine(const struct zv_examination *examination, struct zv_findings *findings);
void zv_examine_http(const struct zv_examination *examination, struct zv_findings *findings);
/* All of the above, in the order of ZV_DOCTOR_CHECK_LIST. */
void zv_examine(const struct zv_examination *examination, struct zv_findings *findings);

/* Texts about the SIP side. `name` as the operator wrote it; `port` 0: none. */
void zv_examine_registrations(const struct zv_sipnet_registrations *registrations,
                              struct zv_findings *findings);
void zv_examine_server(const char *name, uint16_t port, const struct zv_probe_result *result,
                       struct zv_findings *findings);

#endif
