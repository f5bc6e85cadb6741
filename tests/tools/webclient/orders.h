/*
 * What the client's user does, by lines on standard input: the name of a message about the call,
 * and its other fields as a JSON object where it has any.
 *
 *     hold
 *     sendDtmf {"dtmf": "5", "type": "RFC2833"}
 */
#ifndef ZV_TESTS_WEBCLIENT_ORDERS_H
#define ZV_TESTS_WEBCLIENT_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_wc_client;

struct zv_wc_orders {
    char line[512];
    size_t len;
    bool is_over; /* the end of the input, or a line that is too long */
};

/* Reads what there is, without waiting, and has it done. */
void zv_wc_orders_read(struct zv_wc_orders *orders, struct zv_wc_client *client, int64_t now_us);

#endif
