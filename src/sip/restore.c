/*
 * A call that another process set up goes on here, from its dialog as a value.
 */
#include "base/err.h"
#include "sip/dialog.h"
#include "sip/leg.h"

int zv_sip_leg_dialog(const struct zv_sip *sip, uint64_t id, struct zv_sip_dialog *ret_dialog)
{
    const struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    if (leg->state != ZV_SIP_LEG_CONFIRMED)
        return ZV_E_STATE;
    *ret_dialog = leg->dialog->value;
    return 0;
}

int zv_sip_restore_leg(struct zv_sip *sip, uint64_t id, uint64_t account_id,
                       const struct zv_sip_dialog *value, int64_t now_us)
{
    struct zv_sip_leg *leg;
    struct zv_sip_account *account = zv_sip_account_find(sip, account_id);
    if (account_id && !account)
        return ZV_E_GONE;
    if (!id || (id & ZV_SIP_LEG_INCOMING))
        return ZV_E_INVAL;
    struct zv_sip_leg_cfg cfg = {
        .id = id,
        .account = account,
        .call_id = zv_str(value->call_id),
        .local_tag = zv_str(value->local_tag),
        .state = ZV_SIP_LEG_CONFIRMED,
    };
    int err = zv_sip_leg_new(sip, &cfg, &leg);
    if (err)
        return err;
    leg->dialog = zv_sip_leg_dialog_new(leg, value);
    if (leg->dialog) {
        zv_sip_leg_resume_session(leg, now_us);
    } else {
        zv_sip_leg_drop(leg);
        err = ZV_E_NOMEM;
    }
    zv_sip_sweep(sip);
    return err;
}
