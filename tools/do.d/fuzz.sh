# ./do fuzz [SECONDS]: every fuzzer on its corpus; a finding is written to build/fuzz/ and fails the run.

# With --full the SIP parser, its transactions and its dialogs run a million times each, besides.
million="fuzz_sip_dialog fuzz_sip_transaction fuzz_sip_msg"

# run_fuzzer NAME LIMIT: as libFuzzer takes it. Its output goes to build/logs, its status to a file beside it.
run_fuzzer() {
    mkdir -p "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1"
    "build/fuzz/bin/$1" "$2" -timeout="${patience_s:-5}" -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="build/fuzz/$1-" \
        "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1" >"$logs/$1$2.log" 2>&1
    echo $? >"$logs/$1$2.status"
}

# report_fuzzer NAME LIMIT
report_fuzzer() {
    log=$logs/$1$2
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log.log")
    if [ "$(cat "$log.status")" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        say "  $1: $runs runs, nothing found"
        return 0
    fi
    say "  $1: FOUND something after ${runs:-0} runs:"
    grep -E '^(SUMMARY|==|.*runtime error)' "$log.log" | head -n 4 | sed 's/^/    /'
    ls -t build/fuzz/"$1"-* 2>/dev/null | head -n 1 | sed 's/^/    input: /'
    return 1
}

# fuzz_all LIMIT NAME...: one process for each core, since each fuzzer is one thread; whichever is done takes the next.
fuzz_all() {
    limit=$1
    shift
    mkdir -p build/fuzz
    export logs
    echo "$@" | tr ' ' '\n' |
        xargs -P "$(nproc)" -I{} sh -c '. tools/do.d/fuzz.sh; run_fuzzer "$1" "$2"' fuzzer {} "$limit"
    bad=0
    for name in "$@"; do
        report_fuzzer "$name" "$limit" || bad=$((bad + 1))
    done
    [ $bad -eq 0 ] || fail "$bad fuzzers found something"
}

do_fuzz() {
    # shellcheck disable=SC2046
    build_preset fuzz fuzzers && fuzz_all -max_total_time="${1:-10}" $(ls build/fuzz/bin | grep ^fuzz_)
}

# With only the time that nobody else wants a run may take a minute before it counts as endless.
do_fuzz_patiently() {
    export patience_s=60
    do_fuzz
}

do_million() {
    # shellcheck disable=SC2086
    build_preset fuzz fuzzers && fuzz_all -runs="${1:-1000000}" $million
}
