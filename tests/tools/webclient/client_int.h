/*
 * What the files of a client share:
 *   client.c    lifecycle, deadlines, the end
 *   messages.c  what the gateway says and what is said to it
 *   returning.c a lost connection, and the way back
 *   hearing.c   what it hears, half a second at a time
 *   report.c    what is told about it
 */
#ifndef ZV_TESTS_WEBCLIENT_CLIENT_INT_H
#define ZV_TESTS_WEBCLIENT_CLIENT_INT_H

#include "tools/webclient/client.h"
#include "tools/webclient/ws.h"

#include "base/limits.h"

enum zv_wc_state {
    ZV_WC_CONNECTING,  /* the WebSocket opens */
    ZV_WC_GREETING,    /* `connection` was sent */
    ZV_WC_REGISTERING, /* `registered` is to come */
    ZV_WC_WAITING,     /* for a call */
    ZV_WC_CALLING,     /* `call` was sent, or a call rings here */
    ZV_WC_TALKING,     /* `talk` came */
    ZV_WC_ENDING,      /* `hangup` was sent */
    ZV_WC_DONE,
};

struct zv_wc_client {
    struct zv_wc_client_cfg cfg;
    struct zv_wc_ws *ws;       /* owned; NULL while it is away */
    struct zv_wc_ws *mute_ws;  /* owned; not listened to any more; NULL: none */
    struct zv_wc_media *media; /* owned; NULL before the call */
    enum zv_wc_state state;
    int64_t started_us;
    int64_t give_up_us;
    int64_t hangup_us; /* ZV_TIME_NEVER: nothing to hang up by time */
    /* the call */
    char call_id[ZV_MAX_CALL_ID_BYTES + 1]; /* empty: none */
    json_t *offer;                          /* owned; string: of an incoming call */
    char caller[ZV_MAX_CALLEE_BYTES + 1];   /* login as the gateway gave it */
    enum zv_codec_kind codec;
    unsigned listens;    /* orders to listen anew */
    size_t told_windows; /* of the ear, since the latest of them */
    /* the cut */
    struct zv_dtls_ctx *own_dtls_ctx; /* owned; NULL: that of cfg */
    char token[64];
    int64_t last_seq; /* -1: none remembered */
    bool was_cut;
    int64_t cut_us;    /* ZV_TIME_NEVER: not yet, or it was */
    int64_t return_us; /* likewise */
    uint64_t packets_before;
    int64_t resumed_us; /* zvResumed came; 0: not yet, as the next */
    int64_t sound_us;   /* the first packet after it */
    /* milestones; 0: not yet */
    int64_t registered_us;
    int64_t called_us; /* `call` sent, or notifyIncomingCall came */
    int64_t ringing_us;
    int64_t answered_us;
    int64_t ice_us;
    int64_t dtls_us;
    int64_t heard_us;
    /* the end */
    bool has_finish; /* the gateway ended the call in due form */
    bool is_hung_up; /* by us */
    bool is_ok;
    char cause[64];
    char info[256];
    int sip_status;
};

/* messages.c */
void zv_wc_client_on_open(struct zv_wc_client *client, int64_t now_us);
void zv_wc_client_on_text(struct zv_wc_client *client, struct zv_str text, int64_t now_us);
/* zvUpdate with our new description. */
void zv_wc_client_offer_again(struct zv_wc_client *client, int64_t now_us);
/* A call rings, or talks: as the message says it. */
void zv_wc_client_on_ring(struct zv_wc_client *client, int64_t now_us);
void zv_wc_client_on_talk(struct zv_wc_client *client, int64_t now_us);
/* As after a registration. */
void zv_wc_client_go_on(struct zv_wc_client *client, int64_t now_us);

/* client.c */
/* A call begins: makes its media. False: the client ended. */
bool zv_wc_client_open_media(struct zv_wc_client *client, int64_t now_us);
/* Ends the client. `cause`: why, unless the gateway has given one; NULL: all went as it should. */
void zv_wc_client_end(struct zv_wc_client *client, const char *cause, int64_t now_us);

/* returning.c */
bool zv_wc_client_may_return(const struct zv_wc_client *client);
/* True: here the connection is cut, at the end of this turn; what would follow has to wait. */
bool zv_wc_client_reach(struct zv_wc_client *client, enum zv_wc_point point, int64_t now_us);
void zv_wc_client_on_resumed(struct zv_wc_client *client, json_t *data, int64_t now_us);
int64_t zv_wc_client_cut_deadline_us(const struct zv_wc_client *client);
void zv_wc_client_run_cut(struct zv_wc_client *client, int64_t now_us);

/* hearing.c */
/* From now on, another tone; 0: any. */
void zv_wc_client_listen(struct zv_wc_client *client, double hz);
/* What the ear has heard since it was ordered to listen. */
void zv_wc_client_tell_heard(struct zv_wc_client *client, int64_t now_us);

/* report.c; each takes over `fields`, which may be NULL. */
void zv_wc_report(struct zv_wc_client *client, const char *event, json_t *fields, int64_t now_us);
void zv_wc_report_peer_event(struct zv_wc_client *client, const struct zv_peer_event *event,
                             int64_t now_us);
void zv_wc_report_presence(struct zv_wc_client *client, const struct zv_wc_presence *presence,
                           int64_t now_us);
void zv_wc_report_result(struct zv_wc_client *client, int64_t now_us);

#endif
