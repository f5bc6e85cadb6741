/* Each check of the doctor, provoked both ways on machines and certificates made up for it. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "gateway/cert.h"
#include "gateway/doctor_int.h"
#include "sip/sip.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_S INT64_C(1790000000) /* 2026-09-21 */
#define DAY_S INT64_C(86400)

static struct zv_config config;
static struct zv_machine machine;
static struct zv_addr offered[4];
static struct zv_examination examination;
static struct zv_findings findings;
static char dir[] = "/tmp/zv-test-doctor-XXXXXX";

static struct zv_addr addr_of(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    return addr;
}

static void set(const char *key, const char *value)
{
    char error[ZV_CONFIG_ERROR_CAP];
    if (zv_config_set(&config, key, value, error))
        fail_msg("%s", error);
}

static void add_interface(const char *address)
{
    machine.addrs[machine.addr_count++].addr = addr_of(address);
}

static void offer(const char *address)
{
    offered[examination.offered_count++] = addr_of(address);
}

/* A sound machine, a sound configuration without TLS, nothing offered yet. */
static int open_scene(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof(machine));
    memset(&findings, 0, sizeof(findings));
    assert_int_equal(zv_config_init(&config), 0);
    machine.local_port_first = 32768;
    machine.local_port_last = 60999;
    machine.open_files_soft = machine.open_files_hard = 524288;
    machine.rmem_max = machine.wmem_max = 8 << 20;
    machine.is_clock_known = machine.is_clock_synchronised = true;
    machine.wall_s = NOW_S;
    strcpy(machine.host_name, "phone.example.test");
    add_interface("127.0.0.1");
    examination =
        (struct zv_examination){.config = &config, .machine = &machine, .offered = offered};
    strcpy(dir, "/tmp/zv-test-doctor-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static const char *path_of(const char *name)
{
    static char text[128];
    snprintf(text, sizeof(text), "%s/%s", dir, name);
    return text;
}

static int close_scene(void **state)
{
    static const char *const files[] = {"ca.crt", "ca.key", "server.crt", "server.key"};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(files); i++)
        unlink(path_of(files[i]));
    zv_config_fini(&config);
    return rmdir(dir);
}

static const struct zv_finding *find(const char *check)
{
    const struct zv_finding *found = NULL;
    for (size_t i = 0; i < findings.count; i++) {
        if (strcmp(findings.list[i].check, check) == 0) {
            assert_null(found); /* one of each */
            found = &findings.list[i];
        }
    }
    return found;
}

/* What holds for every finding whatever it says. */
static void assert_sound(const struct zv_finding *finding)
{
    size_t len = strlen(finding->text);
    assert_true(len > 20 && len < sizeof(finding->text) - 1);
    assert_true(strlen(finding->remedy) < sizeof(finding->remedy) - 1);
    if (finding->text[len - 1] != '.')
        fail_msg("%s: no sentence: %s", finding->check, finding->text);
    if (finding->severity >= ZV_SEVERITY_WARN && !finding->remedy[0])
        fail_msg("%s: no remedy for: %s", finding->check, finding->text);
    if (finding->severity == ZV_SEVERITY_OK)
        assert_string_equal(finding->remedy, "");
}

/* The last examination found this and the sentence names `value`. */
static void assert_found(const char *check, enum zv_severity severity, const char *value)
{
    const struct zv_finding *finding = find(check);
    assert_non_null(finding);
    assert_sound(finding);
    if (finding->severity != severity)
        fail_msg("%s is %s: %s", check, zv_severity_name(finding->severity), finding->text);
    if (!strstr(finding->text, value))
        fail_msg("%s does not name %s: %s", check, value, finding->text);
}

static void assert_remedy(const char *check, const char *part)
{
    const struct zv_finding *finding = find(check);
    if (!finding || !strstr(finding->remedy, part))
        fail_msg("%s does not advise %s: %s", check, part,
                 finding ? finding->remedy : "not looked at");
}

static void examine(void)
{
    memset(&findings, 0, sizeof(findings));
    zv_examine(&examination, &findings);
}

/* ---- media ---- */

static void ports_that_the_kernel_gives_away_are_warned_of(void **state)
{
    (void)state;
    examine();
    assert_found("media_ports", ZV_SEVERITY_OK, "32768-60999");
    machine.local_port_first = 20000;
    examine();
    assert_found("media_ports", ZV_SEVERITY_WARN, "10000-29999");
    assert_found("media_ports", ZV_SEVERITY_WARN, "20000-60999");
    assert_found("media_ports", ZV_SEVERITY_WARN, "in 10000 ports");
    assert_remedy("media_ports", "net.ipv4.ip_local_reserved_ports=10000-29999");
}

static void ports_at_the_edge_count(void **state)
{
    (void)state;
    machine.local_port_first = 29999;
    examine();
    assert_found("media_ports", ZV_SEVERITY_WARN, "in 1 ports");
    machine.local_port_first = 1024;
    machine.local_port_last = 9999;
    examine();
    assert_found("media_ports", ZV_SEVERITY_OK, "1024-9999");
}

static void reserved_ports_are_not_given_away(void **state)
{
    (void)state;
    machine.local_port_first = 20000;
    for (uint32_t port = 20000; port < 30000; port++)
        zv_port_set_add(&machine.reserved_ports, port);
    examine();
    assert_found("media_ports", ZV_SEVERITY_OK, "20000-60999");
}

static void a_range_that_cannot_be_read_is_said_so(void **state)
{
    (void)state;
    machine.local_port_first = machine.local_port_last = ZV_MACHINE_UNKNOWN;
    examine();
    assert_found("media_ports", ZV_SEVERITY_NOTE, "ip_local_port_range");
}

static void ports_must_suffice_for_the_calls(void **state)
{
    (void)state;
    examine();
    assert_found("media_port_count", ZV_SEVERITY_OK, "10000 pairs");
    set("media.port_to", "11997"); /* 999 pairs for 1000 calls */
    examine();
    assert_found("media_port_count", ZV_SEVERITY_WARN, "999 pairs");
    assert_found("media_port_count", ZV_SEVERITY_WARN, "(1000)");
    assert_remedy("media_port_count", "3000 ports");
    set("media.port_to", "12000"); /* enough for the calls, not for those that rest */
    examine();
    assert_found("media_port_count", ZV_SEVERITY_NOTE, "1000 pairs");
    set("media.port_rest", "0s");
    examine();
    assert_found("media_port_count", ZV_SEVERITY_OK, "1000 pairs");
}

static void ports_of_other_programs_are_named(void **state)
{
    (void)state;
    zv_port_set_add(&machine.foreign_udp, 9999);
    zv_port_set_add(&machine.foreign_udp, 30000);
    examine();
    assert_found("media_ports_taken", ZV_SEVERITY_OK, "10000-29999");
    zv_port_set_add(&machine.foreign_udp, 10500);
    zv_port_set_add(&machine.foreign_udp, 29999);
    examine();
    assert_found("media_ports_taken", ZV_SEVERITY_WARN, "hold 2 of");
    assert_found("media_ports_taken", ZV_SEVERITY_WARN, "the first is 10500");
    assert_remedy("media_ports_taken", "ss -ulnp");
}

static void private_addresses_alone_are_warned_of(void **state)
{
    (void)state;
    add_interface("10.1.2.3");
    offer("10.1.2.3");
    examine();
    assert_found("media_addresses", ZV_SEVERITY_WARN, "10.1.2.3");
    assert_remedy("media_addresses", "public_address");
    examination.public_addresses[0] = addr_of("203.0.113.9");
    examine();
    assert_found("media_addresses", ZV_SEVERITY_OK, "203.0.113.9");
    examination.public_addresses[0] = addr_of("192.168.7.7");
    examine();
    assert_found("media_addresses", ZV_SEVERITY_WARN, "192.168.7.7");
}

static void a_public_address_is_fine(void **state)
{
    (void)state;
    offer("10.1.2.3");
    offer("203.0.113.9");
    examine();
    assert_found("media_addresses", ZV_SEVERITY_OK, "203.0.113.9");
}

static void loopback_alone_is_warned_of(void **state)
{
    (void)state;
    examine();
    assert_found("media_addresses", ZV_SEVERITY_WARN, "this machine itself");
    assert_found("media_addresses", ZV_SEVERITY_WARN, "none");
    offer("127.0.0.1");
    examine();
    assert_found("media_addresses", ZV_SEVERITY_WARN, "127.0.0.1");
    assert_remedy("media_addresses", "media: {addresses:");
}

static void an_address_that_went_away_is_warned_of(void **state)
{
    (void)state;
    add_interface("203.0.113.9");
    offer("203.0.113.9");
    examine();
    assert_found("media_addresses_here", ZV_SEVERITY_OK, "addresses: 1");
    offer("203.0.113.10");
    examine();
    assert_found("media_addresses_here", ZV_SEVERITY_WARN, "203.0.113.10");
    assert_remedy("media_addresses_here", "203.0.113.10");
}

static void keys_that_travel_in_clear_are_warned_of_and_named(void **state)
{
    (void)state;
    set("trunks.a.example.srtp", "off");
    examine();
    assert_found("srtp_keys", ZV_SEVERITY_OK, "plain RTP");
    set("media.srtp", "optional");
    set("trunks.1001@pbx.example.srtp", "required");
    examine();
    assert_found("srtp_keys", ZV_SEVERITY_WARN,
                 "media.srtp: optional, trunks: 1001@pbx.example: srtp: required");
    assert_remedy("srtp_keys", "VPN");
    assert_remedy("srtp_keys", "transport: tls");
    set("sip.transport", "tls");
    set("trunks.1001@pbx.example.transport", "tcp");
    examine();
    assert_found("srtp_keys", ZV_SEVERITY_WARN, "is on (trunks: 1001@pbx.example: srtp: required)");
    set("trunks.1001@pbx.example.transport", "tls");
    examine();
    assert_found("srtp_keys", ZV_SEVERITY_OK, "TLS");
}

static void ipv6_here_but_not_offered_is_noted(void **state)
{
    (void)state;
    offer("203.0.113.9");
    examine();
    assert_found("ipv6", ZV_SEVERITY_OK, "no public IPv6");
    add_interface("2a00:1450::7");
    examine();
    assert_found("ipv6", ZV_SEVERITY_NOTE, "2a00:1450::7");
    assert_remedy("ipv6", "2a00:1450::7");
    offer("2a00:1450::7");
    examine();
    assert_found("ipv6", ZV_SEVERITY_OK, "which this machine has");
}

static void ipv6_offered_but_not_here_is_warned_of(void **state)
{
    (void)state;
    examination.public_addresses[0] = addr_of("2a00:1450::9");
    examine();
    assert_found("ipv6", ZV_SEVERITY_WARN, "2a00:1450::9");
}

/* ---- the machine ---- */

static void open_files_must_suffice(void **state)
{
    (void)state;
    examine(); /* 5000 clients, 4 for each of 1000 calls, 256 */
    assert_found("open_files", ZV_SEVERITY_OK, "need 9256");
    machine.open_files_soft = 9255;
    examine();
    assert_found("open_files", ZV_SEVERITY_WARN, "9255");
    assert_remedy("open_files", "LimitNOFILE=9256");
    machine.open_files_soft = 9256;
    examine();
    assert_found("open_files", ZV_SEVERITY_OK, "9256");
    machine.open_files_soft = ZV_MACHINE_UNKNOWN;
    examine();
    assert_found("open_files", ZV_SEVERITY_NOTE, "/proc/self/limits");
}

static void socket_buffers_must_be_allowed(void **state)
{
    (void)state;
    examine();
    assert_found("socket_buffers", ZV_SEVERITY_OK, "8388608");
    machine.rmem_max = 212992;
    examine();
    assert_found("socket_buffers", ZV_SEVERITY_WARN, "212992");
    assert_remedy("socket_buffers", "net.core.rmem_max=4194304");
    assert_remedy("socket_buffers", "net.core.wmem_max=8388608"); /* never less than there is */
    machine.rmem_max = 8 << 20;
    machine.wmem_max = 1 << 20;
    examine();
    assert_found("socket_buffers", ZV_SEVERITY_WARN, "1048576");
    machine.wmem_max = ZV_MACHINE_UNKNOWN;
    examine();
    assert_found("socket_buffers", ZV_SEVERITY_NOTE, "4194304");
}

static void a_clock_that_nobody_sets_is_warned_of(void **state)
{
    (void)state;
    examine();
    assert_found("clock", ZV_SEVERITY_OK, "synchronised");
    machine.is_clock_synchronised = false;
    examine();
    assert_found("clock", ZV_SEVERITY_WARN, "STA_UNSYNC");
    assert_remedy("clock", "timedatectl");
    machine.is_clock_known = false;
    examine();
    assert_found("clock", ZV_SEVERITY_NOTE, "adjtimex");
}

static void a_kernel_that_rewrites_sip_is_warned_of(void **state)
{
    (void)state;
    examine();
    assert_found("sip_alg", ZV_SEVERITY_OK, "nf_conntrack_sip");
    machine.has_sip_alg = true;
    examine();
    assert_found("sip_alg", ZV_SEVERITY_WARN, "nf_conntrack_sip");
    assert_remedy("sip_alg", "modprobe -r");
}

/* ---- certificates ---- */

struct cert_cfg {
    int64_t from_s, to_s; /* since 1970 */
    const char *names;    /* subjectAltName as OpenSSL writes it, or NULL */
};

static void write_pem(const char *name, X509 *cert, EVP_PKEY *key)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    if (cert)
        assert_int_equal(PEM_write_X509(file, cert), 1);
    else
        assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), 0600), 0);
}

/* server.crt, signed by itself, and server.key. */
static void make_cert(const struct cert_cfg *cfg)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    assert_true(X509_set_version(cert, 2));
    ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)cfg->from_s);
    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)cfg->to_s);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"Test", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    if (cfg->names) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, cfg->names);
        assert_non_null(extension);
        X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    write_pem("server.crt", cert, NULL);
    write_pem("server.key", NULL, key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void use_cert(void)
{
    set("http.certificate", path_of("server.crt"));
    set("http.private_key", path_of("server.key"));
}

static void use_cert_valid_from_to(int64_t from_s, int64_t to_s, const char *names)
{
    make_cert(&(struct cert_cfg){.from_s = from_s, .to_s = to_s, .names = names});
    use_cert();
}

static void without_a_certificate_there_is_a_note(void **state)
{
    (void)state;
    examine();
    assert_found("certificate", ZV_SEVERITY_NOTE, "http.certificate");
    assert_null(find("certificate_dates"));
}

static void a_certificate_that_is_not_there_fails(void **state)
{
    (void)state;
    use_cert();
    examine();
    assert_found("certificate", ZV_SEVERITY_FAIL, "server.crt cannot be read");
    assert_remedy("certificate", dir);
    assert_found("private_key", ZV_SEVERITY_FAIL, "server.key");
}

static void a_file_that_is_no_certificate_fails(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S - DAY_S, NOW_S + 90 * DAY_S, NULL);
    FILE *file = fopen(path_of("server.crt"), "w");
    fputs("no certificate\n", file);
    fclose(file);
    examine();
    assert_found("certificate", ZV_SEVERITY_FAIL, "PEM");
}

static void the_key_must_be_of_the_certificate(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S - DAY_S, NOW_S + 90 * DAY_S, "DNS:phone.example.test");
    examine();
    assert_found("certificate", ZV_SEVERITY_OK, "server.crt");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    write_pem("server.key", NULL, other);
    EVP_PKEY_free(other);
    examine();
    assert_found("certificate", ZV_SEVERITY_FAIL, "not the key of this certificate");
    unlink(path_of("server.key"));
    examine();
    assert_found("certificate", ZV_SEVERITY_FAIL, "cannot be read");
}

static void a_key_with_a_passphrase_is_not_asked_for_it(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S - DAY_S, NOW_S + 90 * DAY_S, NULL);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path_of("server.key"), "w");
    assert_int_equal(PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(),
                                          (const unsigned char *)"secret", 6, NULL, NULL),
                     1);
    fclose(file);
    EVP_PKEY_free(key);
    examine();
    assert_found("certificate", ZV_SEVERITY_FAIL, "passphrase");
}

static void dates_are_compared_with_the_clock(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S - DAY_S, NOW_S + 21 * DAY_S, NULL);
    examine();
    assert_found("certificate_dates", ZV_SEVERITY_OK, "21 more days");
    assert_found("certificate_dates", ZV_SEVERITY_OK, "2026-10-12");
    use_cert_valid_from_to(NOW_S - DAY_S, NOW_S + 21 * DAY_S - 1, NULL);
    examine();
    assert_found("certificate_dates", ZV_SEVERITY_WARN, "in 20 days");
    assert_remedy("certificate_dates", "zvonokctl reload");
    use_cert_valid_from_to(NOW_S - 9 * DAY_S, NOW_S, NULL);
    examine();
    assert_found("certificate_dates", ZV_SEVERITY_FAIL, "expired on 2026-09-21");
    use_cert_valid_from_to(NOW_S + DAY_S, NOW_S + 9 * DAY_S, NULL);
    examine();
    assert_found("certificate_dates", ZV_SEVERITY_FAIL, "valid from 2026-09-22");
    assert_remedy("certificate_dates", "date -u");
}

static void names_must_cover_what_clients_type(void **state)
{
    (void)state;
    offer("10.1.2.3");
    examination.public_addresses[0] = addr_of("203.0.113.9");
    strcpy(machine.host_name, "phone");
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, "DNS:phone,IP:10.1.2.3,IP:203.0.113.9");
    examine();
    assert_found("certificate_names", ZV_SEVERITY_OK, "203.0.113.9");
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, "DNS:phone,IP:10.1.2.3");
    examine();
    assert_found("certificate_names", ZV_SEVERITY_WARN, "not for 203.0.113.9");
    assert_remedy("certificate_names", "--name 203.0.113.9");
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, "DNS:localhost");
    examine();
    assert_found("certificate_names", ZV_SEVERITY_WARN, "not for phone, 203.0.113.9, 10.1.2.3");
}

static void a_domain_of_its_own_is_enough(void **state)
{
    (void)state;
    offer("10.1.2.3");
    strcpy(machine.host_name, "node-7");
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, "DNS:phone.example.org");
    examine();
    assert_found("certificate_names", ZV_SEVERITY_NOTE, "phone.example.org");
    assert_found("certificate_names", ZV_SEVERITY_NOTE, "node-7, 10.1.2.3");
}

static void a_certificate_without_names_fails(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, NULL);
    examine();
    assert_found("certificate_names", ZV_SEVERITY_FAIL, "subjectAltName");
    assert_remedy("certificate_names", "--name phone.example.test");
}

static void many_names_still_make_a_sentence(void **state)
{
    char names[4096];
    struct zv_buf out = zv_buf(names, sizeof(names));
    (void)state;
    for (int i = 0; i < 100; i++)
        zv_buf_printf(&out, "%sDNS:name-%d.example.org", i ? "," : "", i);
    assert_non_null(zv_buf_cstr(&out));
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, names);
    examine();
    assert_found("certificate_names", ZV_SEVERITY_NOTE, "…");
}

static void make_local_authority(void)
{
    char error[ZV_CERT_ERROR_CAP];
    assert_int_equal(zv_cert_make(&(struct zv_cert_cfg){.dir = dir}, error), 0);
    use_cert();
}

static void who_signed_it_is_told(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, "DNS:phone.example.test");
    examine();
    assert_found("certificate_trust", ZV_SEVERITY_NOTE, "by itself (\"Test\")");
    make_local_authority();
    examine();
    assert_found("certificate_trust", ZV_SEVERITY_NOTE, "Zvonok local CA");
    assert_remedy("certificate_trust", "ca.crt");
}

static void an_authority_of_the_machines_store_is_trusted(void **state)
{
    (void)state;
    char link_name[32];
    make_local_authority();
    FILE *file = fopen(path_of("ca.crt"), "r");
    X509 *ca = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    snprintf(link_name, sizeof(link_name), "%08lx.0", X509_subject_name_hash(ca));
    X509_free(ca);
    assert_int_equal(symlink("ca.crt", path_of(link_name)), 0);
    setenv("SSL_CERT_DIR", dir, 1);
    examine();
    unsetenv("SSL_CERT_DIR");
    unlink(path_of(link_name));
    assert_found("certificate_trust", ZV_SEVERITY_OK, "Zvonok local CA");
}

static void a_key_that_others_can_read_fails(void **state)
{
    (void)state;
    use_cert_valid_from_to(NOW_S, NOW_S + 90 * DAY_S, NULL);
    examine();
    assert_found("private_key", ZV_SEVERITY_OK, "mode 0600");
    assert_int_equal(chmod(path_of("server.key"), 0640), 0);
    examine();
    assert_found("private_key", ZV_SEVERITY_OK, "mode 0640");
    assert_int_equal(chmod(path_of("server.key"), 0644), 0);
    examine();
    assert_found("private_key", ZV_SEVERITY_FAIL, "mode 0644");
    assert_remedy("private_key", "chmod 640");
    assert_int_equal(chmod(path_of("server.key"), 0660), 0);
    examine();
    assert_found("private_key", ZV_SEVERITY_FAIL, "its group");
}

/* ---- listeners, origins ---- */

static void websocket_without_tls_stays_on_loopback(void **state)
{
    (void)state;
    set("http.ws_listen", "[\"127.0.0.1:8080\", \"[::1]:8080\"]");
    examine();
    assert_found("ws_listen", ZV_SEVERITY_OK, "http.ws_listen: 2");
    set("http.ws_listen", "[\"127.0.0.1:8080\", \"0.0.0.0:8081\"]");
    examine();
    assert_found("ws_listen", ZV_SEVERITY_WARN, "0.0.0.0:8081");
    assert_remedy("ws_listen", "127.0.0.1:8081");
}

static void an_origin_is_no_pattern(void **state)
{
    (void)state;
    set("http.allowed_origins", "[\"https://app.example.org\"]");
    examine();
    assert_found("allowed_origins", ZV_SEVERITY_OK, "origins: 1");
    set("http.allowed_origins", "[\"https://*.example.org\"]");
    examine();
    assert_found("allowed_origins", ZV_SEVERITY_WARN, "https://*.example.org");
}

/* ---- SIP ---- */

static void examine_server(const char *name, uint16_t port, const struct zv_probe_result *result)
{
    memset(&findings, 0, sizeof(findings));
    zv_examine_server(name, port, result, &findings);
}

static struct zv_probe_result answered(void)
{
    struct zv_probe_result result = {.addr_count = 2,
                                     .addr = addr_of("203.0.113.9"),
                                     .resolve_us = 12000,
                                     .rtt_us = 3400,
                                     .status = 404};
    result.addr.port = 5070;
    return result;
}

static void a_server_that_answers_is_well(void **state)
{
    struct zv_probe_result result = answered();
    (void)state;
    examine_server("sip.example.org", 0, &result);
    assert_found("dns", ZV_SEVERITY_OK, "12 ms");
    assert_found("dns", ZV_SEVERITY_OK, "203.0.113.9:5070");
    assert_found("sip_server", ZV_SEVERITY_OK, "404 after 3.4 ms");
    examine_server("203.0.113.9", 5070, &result); /* an address needs no DNS */
    assert_null(find("dns"));
    assert_found("sip_server", ZV_SEVERITY_OK, "203.0.113.9:5070");
}

static void slow_dns_is_warned_of(void **state)
{
    struct zv_probe_result result = answered();
    (void)state;
    result.resolve_us = 1200000;
    examine_server("sip.example.org", 0, &result);
    assert_found("dns", ZV_SEVERITY_WARN, "1200 ms");
    assert_remedy("dns", "dig sip.example.org");
}

static void a_name_that_does_not_resolve_fails_by_its_reason(void **state)
{
    static const struct {
        int err;
        const char *text, *remedy;
    } cases[] = {
        {ZV_E_NOTFOUND, "neither an SRV record", "dig SRV _sip._udp.sip.example.org"},
        {ZV_E_TIMEOUT, "no DNS server answered", "dns: {servers:"},
        {ZV_E_IO, "answer with an error", "dig sip.example.org"},
        {ZV_E_NOROUTE, "sip.listen", "listen:"},
        {ZV_E_DENIED, "sip.allow", "allow: [sip.example.org]"},
        {ZV_E_LIMIT, "look-ups", "limits.clients"},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        examine_server("sip.example.org", 0,
                       &(struct zv_probe_result){.resolve_err = cases[i].err});
        assert_found("dns", ZV_SEVERITY_FAIL, "sip.example.org");
        assert_found("dns", ZV_SEVERITY_FAIL, cases[i].text);
        assert_remedy("dns", cases[i].remedy);
        assert_null(find("sip_server")); /* which was not asked */
    }
}

static void a_server_that_is_silent_or_away_fails(void **state)
{
    struct zv_probe_result result = answered();
    (void)state;
    result.err = ZV_E_TIMEOUT;
    examine_server("sip.example.org", 0, &result);
    assert_found("sip_server", ZV_SEVERITY_FAIL, "within 2 s");
    assert_found("sip_server", ZV_SEVERITY_FAIL, "203.0.113.9:5070");
    assert_remedy("sip_server", "udp port 5070");
    result.err = ZV_E_NOROUTE;
    examine_server("sip.example.org", 5070, &result);
    assert_found("sip_server", ZV_SEVERITY_FAIL, "ICMP");
    assert_found("sip_server", ZV_SEVERITY_FAIL, "sip.example.org:5070");
}

static void refreshes_that_fail_are_counted_by_cause(void **state)
{
    struct zv_sipnet_registrations registrations = {.registered = 41};
    (void)state;
    zv_examine_registrations(&registrations, &findings);
    assert_found("registrations", ZV_SEVERITY_OK, "registered: 41");
    memset(&findings, 0, sizeof(findings));
    registrations.failing = 3;
    registrations.failing_by_cause[ZV_SIP_CAUSE_TIMEOUT] = 2;
    registrations.failing_by_cause[ZV_SIP_CAUSE_REJECTED] = 1;
    zv_examine_registrations(&registrations, &findings);
    assert_found("registrations", ZV_SEVERITY_WARN, "1 REJECTED, 2 TIMEOUT");
    assert_found("registrations", ZV_SEVERITY_WARN, "3 registrations");
}

/* ---- the whole ---- */

static void findings_beyond_the_limit_are_lost_and_nothing_else(void **state)
{
    (void)state;
    for (int i = 0; i < ZV_DOCTOR_MAX_FINDINGS + 9; i++) {
        struct zv_finding *finding =
            zv_findings_add(&findings, ZV_DOCTOR_CLOCK, ZV_SEVERITY_WARN, "number %d", i);
        zv_finding_advise(finding, "remedy %d", i);
    }
    assert_int_equal(findings.count, ZV_DOCTOR_MAX_FINDINGS);
    assert_string_equal(findings.list[ZV_DOCTOR_MAX_FINDINGS - 1].text, "number 63");
}

/* docs/doctor.md has a row for each check, and none for another. */
static void every_check_is_in_the_manual(void **state)
{
    static char text[32768];
    (void)state;
    FILE *file = fopen(ZV_SOURCE_DIR "/docs/doctor.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = 0;
    fclose(file);
    size_t rows = 0;
    for (const char *at = text; (at = strstr(at, "\n| `")); at++)
        rows++;
    assert_int_equal(rows, zv_doctor_check_count);
    for (size_t i = 0; i < zv_doctor_check_count; i++) {
        char row[64];
        snprintf(row, sizeof(row), "\n| `%s` |", zv_doctor_checks[i]);
        if (!strstr(text, row))
            fail_msg("docs/doctor.md has no row for %s", zv_doctor_checks[i]);
    }
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)
static const struct CMUnitTest tests[] = {
    IN_SCENE(ports_that_the_kernel_gives_away_are_warned_of),
    IN_SCENE(ports_at_the_edge_count),
    IN_SCENE(reserved_ports_are_not_given_away),
    IN_SCENE(a_range_that_cannot_be_read_is_said_so),
    IN_SCENE(ports_must_suffice_for_the_calls),
    IN_SCENE(ports_of_other_programs_are_named),
    IN_SCENE(private_addresses_alone_are_warned_of),
    IN_SCENE(a_public_address_is_fine),
    IN_SCENE(loopback_alone_is_warned_of),
    IN_SCENE(an_address_that_went_away_is_warned_of),
    IN_SCENE(keys_that_travel_in_clear_are_warned_of_and_named),
    IN_SCENE(ipv6_here_but_not_offered_is_noted),
    IN_SCENE(ipv6_offered_but_not_here_is_warned_of),
    IN_SCENE(open_files_must_suffice),
    IN_SCENE(socket_buffers_must_be_allowed),
    IN_SCENE(a_clock_that_nobody_sets_is_warned_of),
    IN_SCENE(a_kernel_that_rewrites_sip_is_warned_of),
    IN_SCENE(without_a_certificate_there_is_a_note),
    IN_SCENE(a_certificate_that_is_not_there_fails),
    IN_SCENE(a_file_that_is_no_certificate_fails),
    IN_SCENE(the_key_must_be_of_the_certificate),
    IN_SCENE(a_key_with_a_passphrase_is_not_asked_for_it),
    IN_SCENE(dates_are_compared_with_the_clock),
    IN_SCENE(names_must_cover_what_clients_type),
    IN_SCENE(a_domain_of_its_own_is_enough),
    IN_SCENE(a_certificate_without_names_fails),
    IN_SCENE(many_names_still_make_a_sentence),
    IN_SCENE(who_signed_it_is_told),
    IN_SCENE(an_authority_of_the_machines_store_is_trusted),
    IN_SCENE(a_key_that_others_can_read_fails),
    IN_SCENE(websocket_without_tls_stays_on_loopback),
    IN_SCENE(an_origin_is_no_pattern),
    IN_SCENE(a_server_that_answers_is_well),
    IN_SCENE(slow_dns_is_warned_of),
    IN_SCENE(a_name_that_does_not_resolve_fails_by_its_reason),
    IN_SCENE(a_server_that_is_silent_or_away_fails),
    IN_SCENE(refreshes_that_fail_are_counted_by_cause),
    IN_SCENE(findings_beyond_the_limit_are_lost_and_nothing_else),
    cmocka_unit_test(every_check_is_in_the_manual),
};
ZV_TEST_MAIN(tests)
