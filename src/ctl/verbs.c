/* The table of verbs: the program's help, its checks of arguments, and what to do. */
#include "ctl/verbs.h"

#include <string.h>

#define ID_HELP                                                                                    \
    "ID is the call's name in the gateway's log (c-0.12.3), the client's callId, or the Call-ID\n" \
    "of its SIP leg; where several calls have it, the youngest is meant.\n"

const struct zv_ctl_verb zv_ctl_verbs[] = {
    {
        .verb = ZV_ADMIN_STATUS,
        .name = "status",
        .synopsis = "",
        .summary = "version, uptime, and how much of each limit is used",
        .help = "Sessions, registrations, calls by state, media ports and workers, and a warning\n"
                "for each limit that is nearly reached.\n",
        .run_fn = zv_ctl_run_plain,
        .show_fn = zv_ctl_show_status,
    },
    {
        .verb = ZV_ADMIN_CALLS,
        .name = "calls",
        .synopsis = "[--ended]",
        .summary = "the calls that live, or that are over, one line each",
        .help =
            "HEARD says from which side media came so far: the client, SIP, or both; a side in\n"
            "brackets has gone silent.\n"
            "  --ended   finished calls with their causes, the youngest first; as many are known\n"
            "            as trace.calls and trace.keep allow\n",
        .run_fn = zv_ctl_run_calls,
        .show_fn = zv_ctl_show_calls,
    },
    {
        .verb = ZV_ADMIN_CALL,
        .name = "call",
        .synopsis = "ID",
        .summary = "one call: its legs, codecs and counters; or how it ended",
        .help = ID_HELP,
        .least_words = 1,
        .most_words = 1,
        .run_fn = zv_ctl_run_plain,
        .show_fn = zv_ctl_show_call,
    },
    {
        .verb = ZV_ADMIN_TRACE,
        .name = "trace",
        .synopsis = "ID | --file FILE",
        .summary = "what happened in a call, step by step, as a ladder",
        .help = "Finished calls are kept for a while (trace.keep, trace.calls).\n"
                "  --text        an aligned ladder (the default)\n"
                "  --mermaid     a sequence diagram for https://mermaid.js.org\n"
                "  --json        all that was recorded, SIP messages as well\n"
                "  --file FILE   shows what --json gave, without a gateway; - is standard "
                "input\n" ID_HELP,
        .most_words = 1,
        .run_fn = zv_ctl_run_trace,
    },
    {
        .verb = ZV_ADMIN_SESSIONS,
        .name = "sessions",
        .synopsis = "",
        .summary = "the clients' sessions, their accounts and registrations",
        .help = "CLIENT says whether the client's connection is there; calls outlive it for the\n"
                "time that timers.client_gone sets.\n",
        .run_fn = zv_ctl_run_plain,
        .show_fn = zv_ctl_show_sessions,
    },
    {
        .verb = ZV_ADMIN_HANGUP,
        .name = "hangup",
        .synopsis = "ID",
        .summary = "ends a call; both sides are told",
        .help = "The cause that client, log and trace show is admin_hangup.\n" ID_HELP,
        .least_words = 1,
        .most_words = 1,
        .run_fn = zv_ctl_run_plain,
        .show_fn = zv_ctl_show_hangup,
    },
    {
        .verb = ZV_ADMIN_LOGLEVEL,
        .name = "loglevel",
        .synopsis = "MODULE=LEVEL",
        .summary = "changes what is logged, until a reload or the gateway stops",
        .help =
            "LEVEL is error, warn, info or debug. MODULE is one of the words that stand behind\n"
            "the level in each line of the log, such as sip or media, or all.\n",
        .least_words = 1,
        .most_words = 1,
        .run_fn = zv_ctl_run_loglevel,
        .show_fn = zv_ctl_show_loglevel,
    },
    {
        .verb = ZV_ADMIN_DOCTOR,
        .name = "doctor",
        .synopsis = "",
        .summary = "what is wrong with this machine and configuration, in prose",
        .help = "Exit status 4 when something fails now.\n",
        .run_fn = zv_ctl_run_doctor,
        .show_fn = zv_ctl_show_doctor,
    },
    {
        .verb = ZV_ADMIN_RELOAD,
        .name = "reload",
        .synopsis = "",
        .summary = "reads the configuration and all certificates anew",
        .help =
            "Calls, sessions and registrations go on. When anything is wrong, nothing changes,\n"
            "and the answer says what and where. zvonok.yaml(5) says of each key whether a\n"
            "change needs a restart; such keys are named, and keep their value until then.\n",
        .run_fn = zv_ctl_run_plain,
        .show_fn = zv_ctl_show_reload,
    },
    {
        .verb = ZV_ADMIN_PCAP,
        .name = "pcap",
        .synopsis = "ID on FILE | ID off",
        .summary = "writes a call's SIP and RTP to a pcapng file while it goes on",
        .help =
            "Ends with the call, with `off` from elsewhere, or with Ctrl-C. FILE - is standard\n"
            "output: zvonokctl pcap ID on - | wireshark -k -i -\n"
            "What is said is in the file only where capture.media is set.\n" ID_HELP,
        .least_words = 2,
        .most_words = 3,
        .run_fn = zv_ctl_run_pcap,
        .show_fn = zv_ctl_show_pcap,
    },
    {
        .verb = ZV_ADMIN_DRAIN,
        .name = "drain",
        .synopsis = "[--wait | --cancel]",
        .summary = "no new calls and clients; stops with the last call",
        .help = "What SIGTERM does: calls that go on have drain.timeout to end. Returns at once.\n"
                "  --wait     returns when the gateway has stopped; 1 if its drain was cancelled\n"
                "  --cancel   takes it back, unless SIGTERM has come: calls are taken again\n",
        .run_fn = zv_ctl_run_drain,
        .show_fn = zv_ctl_show_drain,
    },
};
const size_t zv_ctl_verb_count = ZV_ARRAY_LEN(zv_ctl_verbs);

const struct zv_ctl_verb *zv_ctl_find_verb(const char *name)
{
    for (size_t i = 0; i < zv_ctl_verb_count; i++) {
        if (strcmp(zv_ctl_verbs[i].name, name) == 0)
            return &zv_ctl_verbs[i];
    }
    return NULL;
}
