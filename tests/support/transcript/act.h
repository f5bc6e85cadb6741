/*
 * Every input and output of a stack, done and written down. Who calls these in place of the
 * functions of src/sip that they are named after gets a transcript of all that happened.
 */
#ifndef ZV_TESTS_SUPPORT_TRANSCRIPT_ACT_H
#define ZV_TESTS_SUPPORT_TRANSCRIPT_ACT_H

#include "sip/sip.h"
#include "support/transcript/transcript.h"

/* The stack's random bytes are the transcript's; it must outlive the stack. */
int transcript_new(struct transcript *transcript, struct zv_sip **ret_sip,
                   const struct zv_sip_cfg *cfg);
/* What it counted is the last record. */
struct zv_sip *transcript_free(struct transcript *transcript, struct zv_sip *sip);

bool transcript_on_message(struct transcript *transcript, struct zv_sip *sip,
                           const struct zv_sip_flow *flow, struct zv_str bytes, int64_t now_us);
bool transcript_on_stranger(struct transcript *transcript, struct zv_sip *sip,
                            const struct zv_sip_flow *flow, struct zv_str bytes, bool drops,
                            int64_t now_us);
void transcript_on_resolved(struct transcript *transcript, struct zv_sip *sip, uint64_t resolve_id,
                            int err, const struct zv_sip_flow *targets, size_t count,
                            int64_t now_us);
void transcript_on_flow_failed(struct transcript *transcript, struct zv_sip *sip,
                               const struct zv_sip_flow *flow, bool is_untrusted, int64_t now_us);
void transcript_on_timeout(struct transcript *transcript, struct zv_sip *sip, int64_t now_us);
int64_t transcript_deadline_us(struct transcript *transcript, const struct zv_sip *sip);

int transcript_account_add(struct transcript *transcript, struct zv_sip *sip, uint64_t account,
                           const struct zv_sip_account_cfg *cfg);
int transcript_invite(struct transcript *transcript, struct zv_sip *sip, uint64_t leg,
                      const struct zv_sip_invite_cfg *cfg, int64_t now_us);

/* Commands that have no more than this. */
enum transcript_command_kind {
    TRANSCRIPT_ACCOUNT_REMOVE,
    TRANSCRIPT_REGISTER,
    TRANSCRIPT_UNREGISTER,
    TRANSCRIPT_RING,
    TRANSCRIPT_ACCEPT,
    TRANSCRIPT_REJECT,
    TRANSCRIPT_HANGUP,
    TRANSCRIPT_REOFFER,
    TRANSCRIPT_REPLY_OFFER,
    TRANSCRIPT_INFO,
    TRANSCRIPT_SEND_DIGITS,
    TRANSCRIPT_COMMANDS,
};
struct transcript_command {
    enum transcript_command_kind kind;
    uint64_t id;        /* of the account or leg */
    uint16_t status;    /* of an answer */
    int mode;           /* of digits: enum zv_sip_digit_mode; of INFO: enum zv_sip_info_type */
    struct zv_str text; /* SDP, body, digits */
    int64_t now_us;     /* ACCOUNT_REMOVE: not used */
};
/* "ring", … */
const char *transcript_command_name(enum transcript_command_kind kind);
int transcript_command(struct transcript *transcript, struct zv_sip *sip,
                       const struct transcript_command *command);

enum zv_sip_out_kind transcript_poll(struct transcript *transcript, struct zv_sip *sip,
                                     struct zv_sip_out *ret_out);

#endif
