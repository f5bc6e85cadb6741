# ./do fuzz [SECONDS]: every fuzzer on its corpus; a finding is written to build/fuzz/ and fails the run.

do_fuzz() {
    seconds=${1:-10}
    build_preset fuzz || return 1
    bad=0
    count=0
    mkdir -p build/fuzz
    for program in build/fuzz/bin/fuzz_*; do
        [ -x "$program" ] || continue
        count=$((count + 1))
        name=$(basename "$program")
        mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
        "$program" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
            >"$logs/$name.log" 2>&1
        status=$?
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$name.log")
        if [ $status -ne 0 ]; then
            say "  $name: FOUND something after ${runs:-?} runs:"
            grep -E '^(SUMMARY|==|.*runtime error)' "$logs/$name.log" | head -n 4 | sed 's/^/    /'
            ls -t build/fuzz/"$name"-* 2>/dev/null | head -n 1 | sed 's/^/    input: /'
            bad=$((bad + 1))
        else
            say "  $name: ${runs:-?} runs in $seconds s, nothing found"
        fi
    done
    [ $count -gt 0 ] || { fail "the build made no fuzzer"; return 1; }
    say "  $((count - bad)) fuzzers of $count found nothing"
    [ $bad -eq 0 ] || fail "$bad fuzzers found something"
}
