/*
 * Flows as tests compare them: to the last field, where the product asks where they lead.
 */
#ifndef ZV_TESTS_SUPPORT_FLOW_H
#define ZV_TESTS_SUPPORT_FLOW_H

#include "sip/flow.h"

static inline bool flow_eq(const struct zv_sip_flow *a, const struct zv_sip_flow *b)
{
    return a->transport == b->transport && a->conn == b->conn && zv_addr_eq(&a->local, &b->local) &&
           zv_addr_eq(&a->remote, &b->remote);
}

#endif
