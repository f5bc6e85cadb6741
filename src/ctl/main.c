/* zvonokctl: the command line. */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct zv_ctl_args args;
    const struct zv_ctl_verb *verb; /* NULL: none was named */
    bool wants_help;
    bool wants_version;
};

static const char head_text[] = "usage: zvonokctl [--socket PATH] [--json] VERB [ARGUMENT ...]\n"
                                "       zvonokctl VERB --help\n"
                                "\n"
                                "Asks a running zvonokd what goes on, over its Unix socket.\n"
                                "\n";

static const char tail_text[] =
    "\n"
    "  --socket PATH   the gateway's socket (default $ZVONOKCTL_SOCKET, else\n"
    "                  " ZV_ADMIN_DEFAULT_SOCKET ")\n"
    "  --json          the answer as JSON\n"
    "  --version       prints the version\n"
    "  --help          prints this; behind a verb, what that verb does\n"
    "\n"
    "Exit status: 0 done, 1 the gateway says no, 2 the command line is wrong, 3 no gateway\n"
    "answers, 4 the doctor found something that fails.\n";

static void print_help(void)
{
    fputs(head_text, stdout);
    for (size_t i = 0; i < zv_ctl_verb_count; i++) {
        char usage[64];
        snprintf(usage, sizeof(usage), "%s %s", zv_ctl_verbs[i].name, zv_ctl_verbs[i].synopsis);
        printf("  %-26s%s\n", usage, zv_ctl_verbs[i].summary);
    }
    fputs(tail_text, stdout);
}

static void print_verb_help(const struct zv_ctl_verb *verb)
{
    printf("usage: zvonokctl %s%s%s\n\n%c%s.\n\n%s", verb->name, verb->synopsis[0] ? " " : "",
           verb->synopsis, toupper((unsigned char)verb->summary[0]), verb->summary + 1, verb->help);
}

static int usage_error(const char *sentence, const char *detail)
{
    zv_ctl_complain("%s%s", sentence, detail);
    fputs("Try zvonokctl --help.\n", stderr);
    return ZV_CTL_USAGE;
}

static int parse_words(int count, char **words, struct options *options)
{
    if (count == 0)
        return 0;
    options->verb = zv_ctl_find_verb(words[0]);
    if (!options->verb)
        return usage_error("there is no verb ", words[0]);
    options->args.words = (const char *const *)words + 1;
    options->args.word_count = (size_t)count - 1;
    return 0;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    enum { SOCKET = 256, JSON, TEXT, MERMAID, FROM_FILE, ENDED, WAIT, CANCEL, VERSION, HELP = 'h' };
    static const struct option table[] = {
        {"socket", required_argument, NULL, SOCKET},
        {"json", no_argument, NULL, JSON},
        {"text", no_argument, NULL, TEXT},
        {"mermaid", no_argument, NULL, MERMAID},
        {"file", required_argument, NULL, FROM_FILE},
        {"ended", no_argument, NULL, ENDED},
        {"wait", no_argument, NULL, WAIT},
        {"cancel", no_argument, NULL, CANCEL},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    const char *from_environment = getenv("ZVONOKCTL_SOCKET");
    int option;
    options->args.socket_path =
        from_environment && from_environment[0] ? from_environment : ZV_ADMIN_DEFAULT_SOCKET;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option == SOCKET)
            options->args.socket_path = optarg;
        else if (option == JSON)
            options->args.wants_json = true;
        else if (option == TEXT)
            options->args.wants_mermaid = false;
        else if (option == MERMAID)
            options->args.wants_mermaid = true;
        else if (option == FROM_FILE)
            options->args.file = optarg;
        else if (option == ENDED)
            options->args.wants_ended = true;
        else if (option == WAIT)
            options->args.wants_wait = true;
        else if (option == CANCEL)
            options->args.wants_cancel = true;
        else if (option == VERSION)
            options->wants_version = true;
        else if (option == HELP)
            options->wants_help = true;
        else
            return usage_error("the command line was not understood", "");
    }
    return parse_words(argc - optind, argv + optind, options);
}

static int run(const struct options *options)
{
    const struct zv_ctl_verb *verb = options->verb;
    size_t count = options->args.word_count;
    if (!verb)
        return usage_error("a verb is missing", "");
    if ((options->args.file || options->args.wants_mermaid) && verb->verb != ZV_ADMIN_TRACE)
        return usage_error("--file and --mermaid go with trace only", "");
    if (options->args.wants_ended && verb->verb != ZV_ADMIN_CALLS)
        return usage_error("--ended goes with calls only", "");
    if ((options->args.wants_wait || options->args.wants_cancel) && verb->verb != ZV_ADMIN_DRAIN)
        return usage_error("--wait and --cancel go with drain only", "");
    if (options->args.wants_wait && options->args.wants_cancel)
        return usage_error("--wait or --cancel, not both", "");
    if (count < verb->least_words || count > verb->most_words) {
        zv_ctl_complain("usage: zvonokctl %s %s", verb->name, verb->synopsis);
        return ZV_CTL_USAGE;
    }
    return verb->run_fn(verb, &options->args);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int status = parse_options(argc, argv, &options);
    if (status)
        return status;
    if (options.wants_version)
        printf("zvonokctl %s\n", ZV_VERSION);
    else if (options.wants_help && options.verb)
        print_verb_help(options.verb);
    else if (options.wants_help)
        print_help();
    else
        status = run(&options);
    return fflush(stdout) == 0 ? status : ZV_CTL_REFUSED;
}
