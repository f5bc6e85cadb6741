/*
 * The log lines of the client's door. Anybody can open and close WebSockets and send nonsense, so
 * most of them may repeat without bound and are marked so; a connection that matters is named again
 * by the line of its session. `name` is the connection's, "w-17".
 */
#ifndef ZV_HTTP_JOURNAL_H
#define ZV_HTTP_JOURNAL_H

#include "base/addr.h"
#include "wire/wire.h"

#include <stdint.h>

void zv_journal_open(const char *name, const struct zv_addr *peer);
void zv_journal_closing(const char *name, uint16_t code, const char *reason);
void zv_journal_closed(const char *name);
/* A trusted proxy did not say for whom it asks. */
void zv_journal_unnamed(const struct zv_addr *proxy);
void zv_journal_upgrade_refused(const struct zv_addr *peer, int status, const char *sentence);
/* Debug, and then whole: what the client said, with the callId where it is about a call; never its
 * content. */
void zv_journal_message(const char *name, const struct zv_wire_msg *msg);
void zv_journal_message_refused(const char *name, const struct zv_wire_error *error);

#endif
