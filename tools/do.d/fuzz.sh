# ./do fuzz [SECONDS]: every fuzzer on its corpus; a finding is written to build/fuzz/ and fails the run. With --full
# (ZV_TEST_FULL) the SIP parser, its transactions and its dialogs go on until each has run a million times.

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

# run_fuzzer PROGRAM SECONDS: its output goes to build/logs, its status to a file beside it.
run_fuzzer() {
    fuzzer=$(basename "$1")
    mkdir -p "build/fuzz/corpus/$fuzzer" "tests/fuzz/corpus/$fuzzer"
    : >"$logs/$fuzzer.log"
    fuzz_once "$1" -max_total_time="$2"
    result=$?
    case " $million " in
    *" $fuzzer "*) least=${ZV_TEST_FULL:+1000000} ;;
    *) least= ;;
    esac
    missing=$((${least:-0} - $(runs_of "$fuzzer")))
    if [ $result -eq 0 ] && [ $missing -gt 0 ]; then
        fuzz_once "$1" -runs=$missing
        result=$?
    fi
    echo $result >"$logs/$fuzzer.status"
}

# report_fuzzer NAME SECONDS
report_fuzzer() {
    runs=$(runs_of "$1")
    if [ "$(cat "$logs/$1.status")" -eq 0 ] && [ "$runs" -gt 0 ]; then
        say "  $1: $runs runs in at least $2 s, nothing found"
        return 0
    fi
    say "  $1: FOUND something after $runs runs:"
    grep -E '^(SUMMARY|==|.*runtime error)' "$logs/$1.log" | head -n 4 | sed 's/^/    /'
    ls -t build/fuzz/"$1"-* 2>/dev/null | head -n 1 | sed 's/^/    input: /'
    return 1
}

# names_of_fuzzers: those first that take longest.
names_of_fuzzers() {
    for name in $million; do echo "$name"; done
    for program in build/fuzz/bin/fuzz_*; do
        case " $million " in
        *" $(basename "$program") "*) ;;
        *) [ -x "$program" ] && basename "$program" ;;
        esac
    done
}

# One process for each core, since each fuzzer is one thread; whichever is done takes the next fuzzer.
do_fuzz() {
    seconds=${1:-10}
    build_preset fuzz fuzzers || return 1
    mkdir -p build/fuzz
    names=$(names_of_fuzzers)
    bad=0
    rm -f "$logs"/fuzz_*.status
    export logs
    echo "$names" | xargs -P "$(nproc)" -I{} sh -c '. tools/do.d/fuzz.sh; run_fuzzer "build/fuzz/bin/$1" "$2"' fuzzer {} "$seconds"
    for name in $names; do
        report_fuzzer "$name" "$seconds" || bad=$((bad + 1))
    done
    [ $bad -eq 0 ] || fail "$bad fuzzers found something"
}
