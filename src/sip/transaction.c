/*
 * The four transaction machines of RFC 3261 §17 with the corrections of RFC 6026 (the Accepted
 * state), as one table. Read a row as: in this state, on this event, go there, do that.
 *
 * Two things that the figures leave to prose: a 2xx retransmitted to an INVITE client is handed up,
 * since only the user has the ACK; and after its 2xx an INVITE server only absorbs the INVITE,
 * since the user repeats the 2xx until its ACK (§13.3.1.4). And one that they have not: an INVITE
 * client whose user has left ends in Proceeding as well, by a timer that is not theirs.
 */
#include "sip/transaction.h"

#define STEP(next_state, ...)                                                                      \
    {                                                                                              \
        .is_defined = true, .next = ZV_SIP_TX_##next_state, __VA_ARGS__                            \
    }

static const struct zv_sip_tx_step
    steps[ZV_SIP_TX_KIND_COUNT][ZV_SIP_TX_STATE_COUNT][ZV_SIP_TX_EVENT_COUNT] =
        {
            [ZV_SIP_TX_INVITE_CLIENT] =
                {
                    [ZV_SIP_TX_TRYING] =
                        {
                            [ZV_SIP_TX_1XX] =
                                STEP(PROCEEDING, .actions = ZV_SIP_TX_PASS,
                                     .repeat = ZV_SIP_TX_REPEAT_STOP, .end = ZV_SIP_TX_END_STOP),
                            [ZV_SIP_TX_2XX] =
                                STEP(ACCEPTED, .actions = ZV_SIP_TX_PASS,
                                     .repeat = ZV_SIP_TX_REPEAT_STOP, .end = ZV_SIP_TX_END_64T1),
                            [ZV_SIP_TX_FINAL] =
                                STEP(COMPLETED, .actions = ZV_SIP_TX_SEND_ACK | ZV_SIP_TX_PASS,
                                     .repeat = ZV_SIP_TX_REPEAT_STOP,
                                     .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                            [ZV_SIP_TX_RETRANSMIT] = STEP(TRYING, .actions = ZV_SIP_TX_RESEND,
                                                          .repeat = ZV_SIP_TX_REPEAT_DOUBLE),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                            [ZV_SIP_TX_TRANSPORT] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                        },
                    [ZV_SIP_TX_PROCEEDING] =
                        {
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_PASS),
                            [ZV_SIP_TX_2XX] =
                                STEP(ACCEPTED, .actions = ZV_SIP_TX_PASS,
                                     .end = ZV_SIP_TX_END_64T1),
                            [ZV_SIP_TX_FINAL] =
                                STEP(COMPLETED, .actions = ZV_SIP_TX_SEND_ACK | ZV_SIP_TX_PASS,
                                     .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                    [ZV_SIP_TX_COMPLETED] =
                        {
                            [ZV_SIP_TX_FINAL] = STEP(COMPLETED, .actions = ZV_SIP_TX_SEND_ACK),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                            [ZV_SIP_TX_TRANSPORT] = STEP(TERMINATED, .actions = 0),
                        },
                    [ZV_SIP_TX_ACCEPTED] =
                        {
                            [ZV_SIP_TX_2XX] = STEP(ACCEPTED, .actions = ZV_SIP_TX_PASS),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                },
            [ZV_SIP_TX_CLIENT] =
                {
                    [ZV_SIP_TX_TRYING] =
                        {
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_PASS),
                            [ZV_SIP_TX_2XX] =
                                STEP(COMPLETED,
                                     .actions = ZV_SIP_TX_PASS, .repeat = ZV_SIP_TX_REPEAT_STOP,
                                     .end = ZV_SIP_TX_END_T4_UNRELIABLE),
                            [ZV_SIP_TX_FINAL] = STEP(COMPLETED, .actions = ZV_SIP_TX_PASS,
                                                     .repeat = ZV_SIP_TX_REPEAT_STOP,
                                                     .end = ZV_SIP_TX_END_T4_UNRELIABLE),
                            [ZV_SIP_TX_RETRANSMIT] =
                                STEP(TRYING, .actions = ZV_SIP_TX_RESEND,
                                     .repeat = ZV_SIP_TX_REPEAT_CAPPED),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                            [ZV_SIP_TX_TRANSPORT] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                        },
                    [ZV_SIP_TX_PROCEEDING] =
                        {
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_PASS),
                            [ZV_SIP_TX_2XX] = STEP(COMPLETED, .actions = ZV_SIP_TX_PASS,
                                                   .repeat = ZV_SIP_TX_REPEAT_STOP,
                                                   .end = ZV_SIP_TX_END_T4_UNRELIABLE),
                            [ZV_SIP_TX_FINAL] = STEP(COMPLETED, .actions = ZV_SIP_TX_PASS,
                                                     .repeat = ZV_SIP_TX_REPEAT_STOP,
                                                     .end = ZV_SIP_TX_END_T4_UNRELIABLE),
                            [ZV_SIP_TX_RETRANSMIT] = STEP(PROCEEDING, .actions = ZV_SIP_TX_RESEND,
                                                          .repeat = ZV_SIP_TX_REPEAT_T2),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                            [ZV_SIP_TX_TRANSPORT] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                        },
                    [ZV_SIP_TX_COMPLETED] =
                        {
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                },
            [ZV_SIP_TX_INVITE_SERVER] =
                {
                    [ZV_SIP_TX_PROCEEDING] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(PROCEEDING, .actions = ZV_SIP_TX_RESEND),
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_SEND),
                            [ZV_SIP_TX_2XX] =
                                STEP(ACCEPTED, .actions = ZV_SIP_TX_SEND,
                                     .end = ZV_SIP_TX_END_64T1),
                            [ZV_SIP_TX_FINAL] =
                                STEP(COMPLETED, .actions = ZV_SIP_TX_SEND,
                                     .repeat = ZV_SIP_TX_REPEAT_START, .end = ZV_SIP_TX_END_64T1),
                        },
                    [ZV_SIP_TX_COMPLETED] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(COMPLETED, .actions = ZV_SIP_TX_RESEND),
                            [ZV_SIP_TX_ACK] = STEP(CONFIRMED, .repeat = ZV_SIP_TX_REPEAT_STOP,
                                                   .end = ZV_SIP_TX_END_T4_UNRELIABLE),
                            [ZV_SIP_TX_RETRANSMIT] = STEP(COMPLETED, .actions = ZV_SIP_TX_RESEND,
                                                          .repeat = ZV_SIP_TX_REPEAT_CAPPED),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = ZV_SIP_TX_FAIL),
                        },
                    [ZV_SIP_TX_CONFIRMED] =
                        {
                            [ZV_SIP_TX_ACK] = STEP(CONFIRMED, .actions = 0),
                            [ZV_SIP_TX_REQUEST] = STEP(CONFIRMED, .actions = 0),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                    [ZV_SIP_TX_ACCEPTED] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(ACCEPTED, .actions = 0),
                            [ZV_SIP_TX_2XX] = STEP(ACCEPTED, .actions = ZV_SIP_TX_SEND),
                            [ZV_SIP_TX_ACK] = STEP(ACCEPTED, .actions = ZV_SIP_TX_PASS),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                },
            [ZV_SIP_TX_SERVER] =
                {
                    [ZV_SIP_TX_TRYING] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(TRYING, .actions = 0),
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_SEND),
                            [ZV_SIP_TX_2XX] =
                                STEP(COMPLETED, .actions = ZV_SIP_TX_SEND,
                                     .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                            [ZV_SIP_TX_FINAL] = STEP(COMPLETED, .actions = ZV_SIP_TX_SEND,
                                                     .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                        },
                    [ZV_SIP_TX_PROCEEDING] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(PROCEEDING, .actions = ZV_SIP_TX_RESEND),
                            [ZV_SIP_TX_1XX] = STEP(PROCEEDING, .actions = ZV_SIP_TX_SEND),
                            [ZV_SIP_TX_2XX] = STEP(COMPLETED, .actions = ZV_SIP_TX_SEND,
                                                   .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                            [ZV_SIP_TX_FINAL] = STEP(COMPLETED, .actions = ZV_SIP_TX_SEND,
                                                     .end = ZV_SIP_TX_END_64T1_UNRELIABLE),
                        },
                    [ZV_SIP_TX_COMPLETED] =
                        {
                            [ZV_SIP_TX_REQUEST] = STEP(COMPLETED, .actions = ZV_SIP_TX_RESEND),
                            [ZV_SIP_TX_END] = STEP(TERMINATED, .actions = 0),
                        },
                },
};

struct zv_sip_tx_step zv_sip_tx_step(enum zv_sip_tx_kind kind, enum zv_sip_tx_state state,
                                     enum zv_sip_tx_event event)
{
    if (state >= ZV_SIP_TX_STATE_COUNT)
        return (struct zv_sip_tx_step){.is_defined = false};
    return steps[kind][state][event];
}

enum zv_sip_tx_event zv_sip_tx_event_of(uint16_t status)
{
    if (status < 200)
        return ZV_SIP_TX_1XX;
    return status < 300 ? ZV_SIP_TX_2XX : ZV_SIP_TX_FINAL;
}

static void set_repeat_timer(struct zv_sip *sip, struct zv_sip_tx *tx, enum zv_sip_tx_repeat repeat,
                             int64_t now_us)
{
    if (repeat == ZV_SIP_TX_REPEAT_KEEP)
        return;
    if (repeat == ZV_SIP_TX_REPEAT_STOP || zv_sip_flow_is_reliable(&tx->flow)) {
        zv_sip_timer_stop(sip, &tx->repeat);
        return;
    }
    if (repeat == ZV_SIP_TX_REPEAT_START)
        tx->interval_us = sip->cfg.t1_us;
    else if (repeat == ZV_SIP_TX_REPEAT_T2)
        tx->interval_us = sip->cfg.t2_us;
    else
        tx->interval_us *= 2;
    if (repeat == ZV_SIP_TX_REPEAT_CAPPED)
        tx->interval_us = ZV_MIN(tx->interval_us, sip->cfg.t2_us);
    zv_sip_timer_arm(sip, &tx->repeat, now_us + tx->interval_us);
}

static int64_t end_time_us(const struct zv_sip *sip, const struct zv_sip_tx *tx,
                           enum zv_sip_tx_end end)
{
    if (end == ZV_SIP_TX_END_64T1)
        return 64 * sip->cfg.t1_us;
    if (zv_sip_flow_is_reliable(&tx->flow))
        return 0;
    return end == ZV_SIP_TX_END_T4_UNRELIABLE ? sip->cfg.t4_us : 64 * sip->cfg.t1_us;
}

void zv_sip_tx_set_timers(struct zv_sip *sip, struct zv_sip_tx *tx,
                          const struct zv_sip_tx_step *step, int64_t now_us)
{
    set_repeat_timer(sip, tx, step->repeat, now_us);
    if (step->end == ZV_SIP_TX_END_STOP)
        zv_sip_timer_stop(sip, &tx->end);
    else if (step->end != ZV_SIP_TX_END_KEEP)
        zv_sip_timer_arm(sip, &tx->end, now_us + end_time_us(sip, tx, step->end));
}

void zv_sip_tx_resend(struct zv_sip *sip, struct zv_sip_tx *tx)
{
    if (!tx->packet)
        return;
    sip->counts.retransmissions++;
    zv_sip_send(sip, &tx->flow, tx->packet);
}

void zv_sip_tx_fini(struct zv_sip *sip, struct zv_sip_tx *tx)
{
    zv_sip_timer_close(sip, &tx->repeat);
    zv_sip_timer_close(sip, &tx->end);
    tx->packet = zv_sip_packet_unref(tx->packet);
}
