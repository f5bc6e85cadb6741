/* The doctor on the clients' door: certificate, key, listeners without TLS, origins. */
#define _GNU_SOURCE
#include "base/buf.h"
#include "base/err.h"
#include "gateway/cert_check.h"
#include "gateway/doctor_int.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DAY_S       INT64_C(86400)
#define RENEW_DAYS  21 /* less than this is left: renewing should have happened */
#define DATE_CAP    32
#define TEXT_CAP    256
#define MAX_MISSING 8

static const char *write_date(int64_t unix_s, char text[DATE_CAP])
{
    time_t seconds = (time_t)unix_s;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || !strftime(text, DATE_CAP, "%Y-%m-%d %H:%M UTC", &tm))
        memcpy(text, "?", sizeof("?"));
    return text;
}

/* The folder of http.certificate, for `zvonokd --make-cert`. */
static struct zv_str folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? zv_str_n(path, (size_t)(slash - path)) : zv_str(".");
}

/* ---- certificate ---- */

static void report_unreadable(const struct zv_config *config, int err, struct zv_findings *findings)
{
    struct zv_str folder = folder_of(config->http_certificate);
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_CERTIFICATE, ZV_SEVERITY_FAIL,
        "http.certificate %s %s: zvonokd will not start again with it.", config->http_certificate,
        err == ZV_E_IO ? "cannot be read" : "holds no certificate in PEM");
    zv_finding_advise(finding,
                      "put the server's certificate there, readable for zvonokd's user, or make "
                      "one: zvonokd --make-cert %.*s",
                      ZV_STR_ARG(folder));
}

static const char *key_problem(int key_err)
{
    switch (key_err) {
    case ZV_E_IO:
        return "cannot be read";
    case ZV_E_PARSE:
        return "holds no key in PEM that opens without a passphrase";
    default:
        return "is not the key of this certificate";
    }
}

static void check_pair(const struct zv_config *config, const struct zv_cert_facts *facts,
                       struct zv_findings *findings)
{
    if (!facts->key_err) {
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE, ZV_SEVERITY_OK,
                        "http.certificate %s, signed by \"%s\", can be read, and "
                        "http.private_key is its key.",
                        config->http_certificate, facts->issuer);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_CERTIFICATE, ZV_SEVERITY_FAIL,
        "http.private_key %s %s (%s): zvonokd will not start again with it.",
        config->http_private_key, key_problem(facts->key_err), config->http_certificate);
    zv_finding_advise(finding,
                      "put the key that %s was made with there, readable for zvonokd's "
                      "user, then zvonokctl reload",
                      config->http_certificate);
}

static void check_dates(const struct zv_examination *examination, const struct zv_cert_facts *facts,
                        struct zv_findings *findings)
{
    const char *path = examination->config->http_certificate;
    int64_t now_s = examination->machine->wall_s;
    char after[DATE_CAP], before[DATE_CAP], now[DATE_CAP];
    long long days = (facts->not_after_s - now_s) / DAY_S;
    struct zv_finding *finding;
    write_date(facts->not_after_s, after);
    write_date(facts->not_before_s, before);
    write_date(now_s, now);
    if (now_s < facts->not_before_s) {
        finding = zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_DATES, ZV_SEVERITY_FAIL,
                                  "The certificate %s is valid from %s, and this machine's clock "
                                  "says %s: browsers refuse it, or the clock is wrong.",
                                  path, before, now);
        zv_finding_advise(finding, "check the clock with `date -u`; if it is right, put a "
                                   "certificate there that is valid already");
        return;
    }
    if (now_s >= facts->not_after_s) {
        finding = zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_DATES, ZV_SEVERITY_FAIL,
                                  "The certificate %s expired on %s (it is %s now): browsers and "
                                  "apps refuse to connect.",
                                  path, after, now);
    } else if (days < RENEW_DAYS) {
        finding = zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_DATES, ZV_SEVERITY_WARN,
                                  "The certificate %s expires on %s, in %lld days: then browsers "
                                  "and apps refuse to connect.",
                                  path, after, days);
    } else {
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_DATES, ZV_SEVERITY_OK,
                        "The certificate %s is valid until %s, for %lld more days.", path, after,
                        days);
        return;
    }
    struct zv_str folder = folder_of(path);
    zv_finding_advise(finding,
                      "renew it (of a local authority: zvonokd --make-cert %.*s), then zvonokctl "
                      "reload",
                      ZV_STR_ARG(folder));
}

/* What clients may type or be told that the certificate does not have. */
struct missing {
    const struct zv_cert_view *view;
    struct zv_buf names;   /* "a, b" */
    struct zv_buf options; /* " --name a --name b" */
    size_t count;
};

static void look_for(struct missing *missing, const char *name)
{
    if (!name[0] || zv_cert_view_covers(missing->view, name) || missing->count == MAX_MISSING)
        return;
    zv_buf_printf(&missing->names, "%s%s", missing->count ? ", " : "", name);
    zv_buf_printf(&missing->options, " --name %s", name);
    missing->count++;
}

static void look_for_all(struct missing *missing, const struct zv_examination *examination)
{
    char ip[ZV_ADDR_TEXT_CAP];
    look_for(missing, examination->machine->host_name);
    for (size_t i = 0; i < ZV_MAX_PUBLIC_ADDRESSES; i++) {
        if (examination->public_addresses[i].family != ZV_ADDR_NONE)
            look_for(missing, zv_addr_write_ip(&examination->public_addresses[i], ip));
    }
    for (size_t i = 0; i < examination->offered_count; i++)
        look_for(missing, zv_addr_write_ip(&examination->offered[i], ip));
}

static void check_names(const struct zv_examination *examination, const struct zv_cert_view *view,
                        struct zv_findings *findings)
{
    const struct zv_cert_facts *facts = zv_cert_view_facts(view);
    const char *path = examination->config->http_certificate;
    struct zv_str folder = folder_of(path);
    char names[TEXT_CAP], options[TEXT_CAP];
    struct missing missing = {.view = view,
                              .names = zv_buf(names, sizeof(names)),
                              .options = zv_buf(options, sizeof(options))};
    look_for_all(&missing, examination);
    if (!missing.count) {
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_NAMES, ZV_SEVERITY_OK,
                        "The certificate %s has this host's name and every address that clients "
                        "are offered: %s.",
                        path, facts->names);
        return;
    }
    struct zv_finding *finding;
    if (!facts->name_count) {
        finding = zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_NAMES, ZV_SEVERITY_FAIL,
                                  "The certificate %s has no name at all (no subjectAltName; the "
                                  "common name does not count): browsers refuse it.",
                                  path);
    } else if (facts->has_public_name) {
        /* A public authority signs neither bare host names nor private addresses. */
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_NAMES, ZV_SEVERITY_NOTE,
                        "The certificate %s is for %s, and not for %.*s: clients must connect by "
                        "a name that it has.",
                        path, facts->names, ZV_STR_ARG(zv_buf_str(&missing.names)));
        return;
    } else {
        finding = zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_NAMES, ZV_SEVERITY_WARN,
                                  "The certificate %s is for %s, and not for %.*s: clients that "
                                  "connect by those are warned or refused.",
                                  path, facts->names, ZV_STR_ARG(zv_buf_str(&missing.names)));
    }
    zv_finding_advise(finding, "zvonokd --make-cert %.*s%.*s, then zvonokctl reload",
                      ZV_STR_ARG(folder), ZV_STR_ARG(zv_buf_str(&missing.options)));
}

static void check_trust(const struct zv_examination *examination, const struct zv_cert_facts *facts,
                        struct zv_findings *findings)
{
    const char *path = examination->config->http_certificate;
    if (facts->is_trusted) {
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE_TRUST, ZV_SEVERITY_OK,
                        "The certificate %s is signed by \"%s\", whose authority this machine "
                        "knows, and its chain is whole.",
                        path, facts->issuer);
        return;
    }
    struct zv_str folder = folder_of(path);
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_CERTIFICATE_TRUST, ZV_SEVERITY_NOTE,
        facts->is_self_signed
            ? "The certificate %s is signed by itself (\"%s\"): each device must be told to trust "
              "it, and service workers of the phone page may not run."
            : "The certificate %s is signed by \"%s\", which is no authority that this machine "
              "knows: each device must be told to trust it, or an intermediate certificate is "
              "missing behind it in the file.",
        path, facts->issuer);
    zv_finding_advise(finding,
                      "trust the authority's certificate (of zvonokd --make-cert: %.*s/ca.crt) on "
                      "each device, or use one of a public authority, with its chain",
                      ZV_STR_ARG(folder));
}

/* ---- the key's file ---- */

static void check_key_file(const struct zv_config *config, struct zv_findings *findings)
{
    const char *path = config->http_private_key;
    struct stat info;
    if (stat(path, &info)) {
        struct zv_finding *finding = zv_findings_add(
            findings, ZV_DOCTOR_PRIVATE_KEY, ZV_SEVERITY_FAIL,
            "http.private_key %s cannot be looked at (%s): zvonokd will not start again.", path,
            strerrordesc_np(errno));
        zv_finding_advise(finding, "put the key there, or mend http.private_key in zvonok.yaml");
        return;
    }
    unsigned mode = (unsigned)info.st_mode & 07777;
    if (!(mode & (S_IRWXO | S_IWGRP))) {
        zv_findings_add(findings, ZV_DOCTOR_PRIVATE_KEY, ZV_SEVERITY_OK,
                        "http.private_key %s is closed to other users (mode %04o).", path, mode);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_PRIVATE_KEY, ZV_SEVERITY_FAIL,
        "http.private_key %s has mode %04o: %s can pretend to be this gateway.", path, mode,
        mode & S_IRWXO ? "every user of this machine may open it and"
                       : "its group may replace it and");
    zv_finding_advise(finding,
                      "chmod 640 %s, and a new certificate with a new key where strangers "
                      "had accounts here",
                      path);
}

static void check_tls(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_config *config = examination->config;
    struct zv_cert_view *view;
    if (!config->http_certificate[0]) {
        zv_findings_add(findings, ZV_DOCTOR_CERTIFICATE, ZV_SEVERITY_NOTE,
                        "http.certificate is not set, so there is no TLS: browsers give the "
                        "microphone to pages of https:// and of localhost alone.");
        return;
    }
    int err = zv_cert_view_open(&view, config->http_certificate, config->http_private_key);
    if (err) {
        report_unreadable(config, err, findings);
    } else {
        const struct zv_cert_facts *facts = zv_cert_view_facts(view);
        check_pair(config, facts, findings);
        check_dates(examination, facts, findings);
        check_names(examination, view, findings);
        check_trust(examination, facts, findings);
        zv_cert_view_free(view);
    }
    check_key_file(config, findings);
}

/* ---- listeners, origins ---- */

static void check_ws_listen(const struct zv_config *config, struct zv_findings *findings)
{
    const struct zv_config_list *list = &config->http_ws_listen;
    struct zv_addr addr;
    for (size_t i = 0; i < list->count; i++) {
        if (zv_addr_parse(zv_str(list->items[i]), &addr) || zv_addr_is_loopback(&addr))
            continue;
        struct zv_finding *finding =
            zv_findings_add(findings, ZV_DOCTOR_WS_LISTEN, ZV_SEVERITY_WARN,
                            "http.ws_listen has %s, which other machines can reach: SIP passwords "
                            "pass there without TLS, readable for everybody on the way.",
                            list->items[i]);
        zv_finding_advise(finding,
                          "http: {ws_listen: [\"127.0.0.1:%u\"]} in zvonok.yaml; clients "
                          "connect by http.wss_listen",
                          addr.port);
        return;
    }
    zv_findings_add(findings, ZV_DOCTOR_WS_LISTEN, ZV_SEVERITY_OK,
                    "WebSocket without TLS is served on loopback alone (addresses in "
                    "http.ws_listen: %zu).",
                    list->count);
}

static void check_origins(const struct zv_config *config, struct zv_findings *findings)
{
    const struct zv_config_list *list = &config->http_allowed_origins;
    for (size_t i = 0; i < list->count; i++) {
        if (!strchr(list->items[i], '*'))
            continue;
        struct zv_finding *finding = zv_findings_add(
            findings, ZV_DOCTOR_ALLOWED_ORIGINS, ZV_SEVERITY_WARN,
            "http.allowed_origins has \"%s\": origins are compared as they stand and * is no "
            "pattern, so pages that were meant by it are refused (403).",
            list->items[i]);
        zv_finding_advise(finding, "name each origin whole in zvonok.yaml: http: {allowed_origins: "
                                   "[\"https://app.example.org\"]}");
        return;
    }
    zv_findings_add(findings, ZV_DOCTOR_ALLOWED_ORIGINS, ZV_SEVERITY_OK,
                    "Each origin of http.allowed_origins stands there whole (origins: %zu); pages "
                    "of this host may always connect.",
                    list->count);
}

void zv_examine_http(const struct zv_examination *examination, struct zv_findings *findings)
{
    check_tls(examination, findings);
    check_ws_listen(examination->config, findings);
    check_origins(examination->config, findings);
}
