/* The doctor on the trunks: SRTP whose keys anybody on the way can read. */
#include "base/buf.h"
#include "gateway/doctor_int.h"

/* By TLS nobody on the way reads them. */
static bool is_secret(const struct zv_config *config, const struct zv_config_trunk *trunk)
{
    bool has_own = trunk->is_set >> ZV_CONFIG_TRUNK_ROW_transport & 1;
    return (has_own ? trunk->transport : config->sip_transport) == ZV_TRUNK_TLS;
}

/* What asks for SRTP where anybody can read the keys, as an operator finds it in the file; returns
 * how many places do. */
static size_t write_places(const struct zv_config *config, struct zv_buf *out)
{
    size_t count = 0;
    if (config->media_srtp != ZV_SRTP_POLICY_OFF && config->sip_transport != ZV_TRUNK_TLS) {
        zv_buf_printf(out, "media.srtp: %s", zv_srtp_policy_name(config->media_srtp));
        count++;
    }
    for (size_t i = 0; i < config->trunks.count; i++) {
        const struct zv_config_trunk *trunk = &config->trunks.items[i];
        if (trunk->srtp == ZV_SRTP_POLICY_OFF || is_secret(config, trunk))
            continue;
        zv_buf_printf(out, "%strunks: %s: srtp: %s", count ? ", " : "", trunk->name,
                      zv_srtp_policy_name(trunk->srtp));
        count++;
    }
    return count;
}

void zv_examine_trunks(const struct zv_examination *examination, struct zv_findings *findings)
{
    char text[160];
    struct zv_buf places = zv_buf(text, sizeof(text));
    size_t count = write_places(examination->config, &places);
    if (!count) {
        zv_findings_add(findings, ZV_DOCTOR_SRTP_KEYS, ZV_SEVERITY_OK,
                        "No keys stand in SIP messages that others can read: media towards SIP is "
                        "plain RTP, or SIP goes by TLS where it is not.");
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_SRTP_KEYS, ZV_SEVERITY_WARN,
        "SRTP towards SIP is on (%.*s%s), and its keys stand in SIP messages, which go over UDP or "
        "TCP in clear: it hides the sound from those who see the media alone.",
        ZV_STR_ARG(zv_buf_str(&places)), places.overflow ? " …" : "");
    zv_finding_advise(
        finding, "let SIP go by TLS (sip.transport, trunks: {DOMAIN: {transport: tls}}), or keep "
                 "the way to the SIP server on a network that you trust, or in a VPN; see "
                 "operations.md, SRTP towards SIP");
}
