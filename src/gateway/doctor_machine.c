/* The doctor on the machine: descriptors, socket buffers, the clock, what meddles with SIP. */
#define _GNU_SOURCE
#include "gateway/doctor_int.h"
#include "worker/worker.h"

/* Sockets of a call at most: RTP and RTCP for each of two legs towards SIP; a client's leg has none
 * of its own, or a TCP connection or two. */
#define FILES_PER_CALL 4
/* Listeners, workers' sockets and pollers, DNS, logs. */
#define FILES_RESERVE 256

static void check_open_files(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_config *config = examination->config;
    long long soft = examination->machine->open_files_soft;
    long long clients = config->limits_clients, calls = config->limits_calls;
    long long needed = clients + FILES_PER_CALL * calls + FILES_RESERVE;
    if (soft < 0) {
        zv_findings_add(findings, ZV_DOCTOR_OPEN_FILES, ZV_SEVERITY_NOTE,
                        "The limit of open files cannot be read in /proc/self/limits; "
                        "limits.clients and limits.calls need %lld.",
                        needed);
        return;
    }
    if (soft >= needed) {
        zv_findings_add(findings, ZV_DOCTOR_OPEN_FILES, ZV_SEVERITY_OK,
                        "zvonokd may open %lld files; limits.clients (%lld) and limits.calls "
                        "(%lld) need %lld.",
                        soft, clients, calls, needed);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_OPEN_FILES, ZV_SEVERITY_WARN,
        "zvonokd may open %lld files (RLIMIT_NOFILE), but limits.clients (%lld) and limits.calls "
        "(%lld) need %lld: connections and calls will fail before those limits are reached.",
        soft, clients, calls, needed);
    zv_finding_advise(finding,
                      "LimitNOFILE=%lld in the [Service] section of the systemd unit, or `ulimit "
                      "-n %lld` before zvonokd is started",
                      needed, needed);
}

static void check_buffers(const struct zv_examination *examination, struct zv_findings *findings)
{
    long long wanted = ZV_WORKER_WEB_BUFFER_BYTES;
    long long rmem = examination->machine->rmem_max, wmem = examination->machine->wmem_max;
    if (rmem < 0 || wmem < 0) {
        zv_findings_add(findings, ZV_DOCTOR_SOCKET_BUFFERS, ZV_SEVERITY_NOTE,
                        "net.core.rmem_max and wmem_max cannot be read here (a container hides "
                        "them); media sockets ask for %lld bytes.",
                        wanted);
        return;
    }
    if (rmem >= wanted && wmem >= wanted) {
        zv_findings_add(findings, ZV_DOCTOR_SOCKET_BUFFERS, ZV_SEVERITY_OK,
                        "Media sockets get the buffers of %lld bytes that they ask for "
                        "(net.core.rmem_max %lld, wmem_max %lld).",
                        wanted, rmem, wmem);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_SOCKET_BUFFERS, ZV_SEVERITY_WARN,
        "Clients' media sockets ask for buffers of %lld bytes, but net.core.rmem_max is %lld and "
        "net.core.wmem_max %lld: with many calls a short stall of the machine loses packets.",
        wanted, rmem, wmem);
    zv_finding_advise(finding,
                      "sysctl -w net.core.rmem_max=%lld net.core.wmem_max=%lld   (and the same in "
                      "/etc/sysctl.d/zvonok.conf), then restart zvonokd",
                      ZV_MAX(rmem, wanted), ZV_MAX(wmem, wanted));
}

static void check_clock(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_machine *machine = examination->machine;
    if (!machine->is_clock_known) {
        zv_findings_add(findings, ZV_DOCTOR_CLOCK, ZV_SEVERITY_NOTE,
                        "Whether the clock is synchronised cannot be asked here (adjtimex).");
    } else if (machine->is_clock_synchronised) {
        zv_findings_add(findings, ZV_DOCTOR_CLOCK, ZV_SEVERITY_OK,
                        "The clock is synchronised (adjtimex).");
    } else {
        struct zv_finding *finding = zv_findings_add(
            findings, ZV_DOCTOR_CLOCK, ZV_SEVERITY_WARN,
            "The clock is not synchronised (adjtimex says STA_UNSYNC): it drifts, and then "
            "certificates seem expired or not yet valid and logs do not match those of others.");
        zv_finding_advise(finding, "timedatectl set-ntp true   (Debian: apt install "
                                   "systemd-timesyncd); in a container do so on its host");
    }
}

static void check_sip_alg(const struct zv_examination *examination, struct zv_findings *findings)
{
    if (!examination->machine->has_sip_alg) {
        zv_findings_add(findings, ZV_DOCTOR_SIP_ALG, ZV_SEVERITY_OK,
                        "The kernel module nf_conntrack_sip, which rewrites SIP on its way, is not "
                        "loaded (/proc/modules).");
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_SIP_ALG, ZV_SEVERITY_WARN,
        "The kernel module nf_conntrack_sip is loaded (/proc/modules): where the firewall uses it, "
        "it rewrites addresses in SIP messages, and calls lose their sound or their end.");
    zv_finding_advise(finding, "modprobe -r nf_nat_sip nf_conntrack_sip   (and `blacklist "
                               "nf_conntrack_sip` in /etc/modprobe.d/zvonok.conf)");
}

void zv_examine_machine(const struct zv_examination *examination, struct zv_findings *findings)
{
    check_open_files(examination, findings);
    check_buffers(examination, findings);
    check_clock(examination, findings);
    check_sip_alg(examination, findings);
}
