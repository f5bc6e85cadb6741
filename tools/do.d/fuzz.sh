# ./do fuzz [SECONDS]: every fuzzer on its corpus; a finding is written to build/fuzz/ and fails the run.

# With --full the SIP parser, its transactions and its dialogs go on until each has run a million times.
million="fuzz_sip_dialog fuzz_sip_transaction fuzz_sip_msg"

# runs_of NAME: how often it ran, by its log.
runs_of() {
    sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$1.log" | awk '{ n += $1 } END { print n + 0 }'
}

# fuzz_once PROGRAM LIMIT...
fuzz_once() {
    program=$1
    fuzzer=$(basename "$1")
    shift
    "$program" "$@" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="build/fuzz/$fuzzer-" \
        "build/fuzz/corpus/$fuzzer" "tests/fuzz/corpus/$fuzzer" >>"$logs/$fuzzer.log" 2>&1
}

# run_fuzzer NAME SECONDS: its output goes to build/logs, its status to a file beside it.
run_fuzzer() {
    mkdir -p "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1"
    : >"$logs/$1.log"
    fuzz_once "build/fuzz/bin/$1" -max_total_time="$2"
    echo $? >"$logs/$1.status"
}

# run_on NAME RUNS: until it has run so often, if nothing was found yet.
run_on() {
    missing=$(($2 - $(runs_of "$1")))
    [ "$(cat "$logs/$1.status")" -eq 0 ] && [ $missing -gt 0 ] || return 0
    fuzz_once "build/fuzz/bin/$1" -runs=$missing
    echo $? >"$logs/$1.status"
}

# report_fuzzer NAME HOW-LONG
report_fuzzer() {
    runs=$(runs_of "$1")
    if [ "$(cat "$logs/$1.status")" -eq 0 ] && [ "$runs" -gt 0 ]; then
        say "  $1: $runs runs in $2, nothing found"
        return 0
    fi
    say "  $1: FOUND something after $runs runs:"
    grep -E '^(SUMMARY|==|.*runtime error)' "$logs/$1.log" | head -n 4 | sed 's/^/    /'
    ls -t build/fuzz/"$1"-* 2>/dev/null | head -n 1 | sed 's/^/    input: /'
    return 1
}

# for_each_fuzzer COMMAND ARGUMENT NAME...: one process for each core, since each fuzzer is one thread; whichever is done takes
# the next.
for_each_fuzzer() {
    command=$1
    argument=$2
    shift 2
    export logs
    echo "$@" | tr ' ' '\n' |
        xargs -P "$(nproc)" -I{} sh -c '. tools/do.d/fuzz.sh; "$2" "$1" "$3"' fuzzer {} "$command" "$argument"
}

# report_fuzzers HOW NAME...
report_fuzzers() {
    how=$1
    shift
    bad=0
    for name in "$@"; do
        report_fuzzer "$name" "$how" || bad=$((bad + 1))
    done
    [ $bad -eq 0 ] || fail "$bad fuzzers found something"
}

do_fuzz() {
    build_preset fuzz fuzzers || return 1
    mkdir -p build/fuzz
    # shellcheck disable=SC2046
    set -- "${1:-10}" $(ls build/fuzz/bin | grep ^fuzz_)
    seconds=$1
    shift
    for_each_fuzzer run_fuzzer "$seconds" "$@"
    report_fuzzers "$seconds s" "$@"
}

# After do_fuzz.
do_million() {
    # shellcheck disable=SC2086
    for_each_fuzzer run_on 1000000 $million
    # shellcheck disable=SC2086
    report_fuzzers "all" $million
}
