/*
 * Who is behind a reverse proxy. Its own address is not a client's: it names that in the header
 * X-Forwarded-For, to which each proxy on the way adds whom it was asked by. Whatever stands there
 * before the first of our own proxies may be made up by the client, so the list is read from its
 * end, and what counts is the first address that is no trusted proxy's. Pure.
 */
#ifndef ZV_HTTP_FORWARDED_H
#define ZV_HTTP_FORWARDED_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>

/* Networks of the proxies that are believed. */
struct zv_proxies {
    const struct zv_cidr *networks; /* borrowed */
    size_t count;
};

bool zv_proxies_has(const struct zv_proxies *proxies, const struct zv_addr *addr);

/* The client whose request a trusted proxy passes on with this X-Forwarded-For; its port
 * is 0. False: the header names none, and *ret_client is untouched. */
bool zv_forwarded_client(const struct zv_proxies *proxies, struct zv_str header,
                         struct zv_addr *ret_client);

#endif
