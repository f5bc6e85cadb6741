# ./do test: one area or all, one summary, an honest exit status.

passed=0
failed=0
summary=

# note_result AREA STATUS PASSED FAILED SECONDS
note_result() {
    passed=$((passed + $3))
    failed=$((failed + $4))
    [ "$2" -ne 0 ] && [ "$4" -eq 0 ] && failed=$((failed + 1))
    if [ "$2" -eq 0 ]; then word=passed; else word=FAILED; fi
    line=$(printf '  %-12s %-7s %5d passed %3d failed %5ds' "$1" "$word" "$3" "$4" "$5")
    say "$line"
    summary="$summary
$line"
}

# Counts of a module of Maven, in its last line about tests: "[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 1".
surefire='{ run = bad = skipped = 0 }
/^\[[A-Z]+\] Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+$/ { run = $4 + 0; bad = $6 + $8; skipped = $10 }'

# run_area AREA function...: with its output in build/logs/test-AREA.log and its counts read from there.
run_area() {
    area=$1
    shift
    started=$(date +%s)
    say ""
    say "== $area"
    log=$logs/test-$area.log
    : >"$log"
    "$@" 2>&1 | tee "$log.raw" | grep -vE '^(\[ +(OK|RUN|PASSED) |# Subtest|ok [0-9]+|    (ok|#|---|\.\.\.)|      |  (---|\.\.\.|duration_ms|type:)|TAP version|# (tests|suites|cancelled|todo|duration_ms) )' ||
        true
    status=$(cat "$logs/status-$area" 2>/dev/null || echo 1)
    mv "$log.raw" "$log"
    good=$(awk "$surefire"' {n += run - bad - skipped} /^\[  PASSED  \]/ {n += $4} /^# pass / {n += $3} /^gate .* passed$|, nothing found$/ {n++} END {print n + 0}' "$log")
    bad=$(awk "$surefire"' {n += bad} /^\[  FAILED  \] [0-9]+ test/ {n += $4} /^# fail / {n += $3} /^gate .* failed$|: FOUND something/ {n++} END {print n + 0}' "$log")
    note_result "$area" "$status" "$good" "$bad" $(($(date +%s) - started))
    note_skipped "$log"
}

# note_skipped LOG: what was not tested, and why, is said here and in the summary.
note_skipped() {
    skipped=$(sed -n 's/^ok [0-9]* - .* # SKIP //p' "$1" | sort | uniq -c | sed 's/^ *\([0-9]*\) /             \1 skipped: /')
    [ -n "$skipped" ] || return 0
    say "$skipped"
    summary="$summary
$skipped"
}

# The status of a function on the left of a pipe is lost in POSIX sh: it is written down.
with_status() {
    area_name=$1
    shift
    rm -f "$logs/status-$area_name"
    "$@"
    echo $? >"$logs/status-$area_name"
}

area_lint() {
    . tools/do.d/lint.sh
    build_preset release || return 1
    begin_lint_web
    result=0
    for gate in lint_format tools/check-layers "tools/check-pure build/release" tools/check-headers tools/check-banned lint_causes lint_docs lint_cppcheck lint_web; do
        if $gate; then echo "gate ${gate%% *} passed"; else
            echo "gate ${gate%% *} failed"
            result=1
        fi
    done
    return $result
}

# start_behind TASK COMMAND...: in the background, with the time of the processors that nobody else wants, while areas run that
# mostly wait. For work that takes no clock for a judge. finish_behind TASK waits for it, gives its output and its status; or
# does it now, where it was not started.
behind=
start_behind() {
    task=$1
    shift
    rm -f "$logs/behind-$task.status"
    (
        chrt --idle -p 0 "$(exec sh -c 'echo $PPID')"
        "$@" >"$logs/behind-$task.log" 2>&1 </dev/null
        echo $? >"$logs/behind-$task.status"
    ) &
    behind="$behind $!"
    eval "behind_$task=$!"
}
finish_behind() {
    task=$1
    shift
    eval "pid=\${behind_$task:-}"
    if [ -z "$pid" ]; then
        "$@"
        return
    fi
    # An area is a shell of its own, and may not wait for what another one started.
    until [ -e "$logs/behind-$task.status" ] || ! kill -0 "$pid" 2>/dev/null; do sleep 1; done
    cat "$logs/behind-$task.log"
    return "$(cat "$logs/behind-$task.status" || echo 1)"
}
stop_behind() {
    for pid in $behind; do stop_tree "$pid" 2>/dev/null; done
}

# Unit tests run twice: as released, and with assertions under ASan+UBSan, which alone the short tier has time for; simulations
# under the sanitizers.
run_ctest() { # PRESET LABEL [NAMES]
    out=$logs/ctest-$1-$2.log
    ctest --test-dir "build/$1" -L "$2" -R "${3:-.}" -j "$(nproc)" --no-tests=error -V >"$out" 2>&1
    result=$?
    sed -n 's/^[0-9]*: //p' "$out" | grep -E '^\[  (PASSED|FAILED)  \]|^\[   LINE|^ERROR|runtime error|Sanitizer' || true
    grep -E '\*\*\*(Failed|Timeout|Exception)|Not Run' "$out" || true
    return $result
}
area_unit() {
    build_preset release && build_preset asan || return 1
    result=0
    is_short || run_ctest release unit || result=1
    run_ctest asan unit || result=1
    return $result
}
# Calls by the hundred thousand need the released code; sanitizers see a part of them.
area_sim() {
    build_preset release && build_preset asan && finish_behind sim run_sim
}
run_sim() {
    result=0
    run_ctest asan sim || result=1
    run_ctest release sim sip_calls_end || result=1
    return $result
}
# names_of_tests FOLDER...: of the programs that their unit tests become.
names_of_tests() {
    for folder in "$@"; do
        ls "tests/unit/$folder"/test_*.c | sed "s|.*/test_\(.*\)\.c|test_${folder}_\1|"
    done
}
area_tsan() {
    # shellcheck disable=SC2046
    build_preset tsan $(names_of_tests io worker) || return 1
    runner=
    # A kernel with more than 28 random bits in its memory map needs this for gcc 12's TSan.
    [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && runner="setarch -R"
    out=$logs/ctest-tsan.log
    $runner ctest --test-dir build/tsan -R '^test_(io|worker)_' -j 2 --no-tests=error -V >"$out" 2>&1
    result=$?
    sed -n 's/^[0-9]*: //p' "$out" | grep -E '^\[  (PASSED|FAILED)  \]|WARNING: ThreadSanitizer' || true
    return $result
}
area_fuzz() {
    if is_short; then finish_behind fuzz do_fuzz_patiently; else do_fuzz $([ "$full" -eq 1 ] && echo 30); fi
}
area_million() {
    finish_behind million do_million
}
area_web() {
    build_pages && npm test --silent
}
# Files side by side: they mostly wait.
files_at_once=4
e2e() { # PRESET FILES...
    preset=$1
    shift
    ZVONOKD=$root/build/$preset/bin/zvonokd ZV_BIN=$root/build/$preset/bin \
        node --test --test-concurrency="$files_at_once" --test-reporter=tap "$@"
}
# is_short: the whole short tier runs, in which what takes long and has a shorter relative is left out.
is_short() {
    [ "$alone" -eq 0 ] && [ "$full" -eq 0 ]
}
area_peers() {
    # The page's video against a scripted gateway takes minutes of the browser's own drawing; area video has the page, too.
    # shellcheck disable=SC2046
    build_pages && build_preset release && e2e release $(ls tests/e2e/*.test.mjs | { is_short && grep -v page-video || cat; })
}
area_call() {
    build_pages && build_preset asan && e2e "${1:-asan}" tests/e2e/call/*.test.mjs
}
# SIP far ends in every mood, by SIPp and by script: tests/e2e/sip/README.md. In the short tier without the scenes that wait for
# long timers, and without those that differ from another in a number.
sip_files() {
    ls tests/e2e/sip/*.test.mjs | grep -v /many
}
area_sip() { # PRESET
    build_pages && build_preset "${1:-asan}" || return 1
    is_short && export ZV_TEST_SHORT=1
    # shellcheck disable=SC2046
    e2e "${1:-asan}" $(sip_files)
    result=$?
    unset ZV_TEST_SHORT
    return $result
}
# 10,000 calls in a row through Kamailio: what is left of them, and what each cost. Alone on the machine.
area_calls() {
    build_pages && build_preset release && e2e release tests/e2e/sip/many.test.mjs
}
# What explains a call: recorder, pictures, causes, zvonokctl, captures, metrics, logs; with peers on the release build,
# the load alone on the machine. Its unit tests run here when no other area runs them.
area_trace() { # PRESET
    preset=${1:-release}
    build_pages && build_preset "$preset" && build_preset release || return 1
    result=0
    if [ "$alone" -eq 1 ]; then
        build_preset asan && run_ctest asan trace || result=1
    fi
    # shellcheck disable=SC2046
    e2e "$preset" $(ls tests/e2e/trace/*.test.mjs | grep -v /load) || result=1
    e2e release tests/e2e/trace/load.test.mjs || result=1
    return $result
}
# Sound under trouble: scheme 1, NAT and networks in namespaces, clients that leave and return, SRTP towards SIP, verdicts.
# The gaps that a person hears are figures where the machine is free for them: two files at a time, after all others. In the
# short tier they stand beside the rest, and have to end.
area_media() { # PRESET
    build_pages && build_preset "${1:-release}" || return 1
    # The longest file comes last by name, and would then run alone.
    gaps=$(grep -l assertPromise tests/e2e/media/*.test.mjs | sort -r)
    others=$(grep -L assertPromise tests/e2e/media/*.test.mjs | sort -r)
    files_at_once=6 # twenty files, most of whose time is silence that is waited for
    # shellcheck disable=SC2086
    if is_short; then
        ZV_TEST_SHARED=1 e2e "${1:-release}" $gaps $others
        return
    fi
    result=0
    # shellcheck disable=SC2086
    e2e "${1:-release}" $others || result=1
    files_at_once=2
    # shellcheck disable=SC2086
    e2e "${1:-release}" $gaps || result=1
    return $result
}
# In the short tier calls with real peers, the page, and all that scripted peers do.
video_files() {
    if is_short; then
        ls tests/e2e/video/scheme*.test.mjs tests/e2e/video/page.test.mjs tests/e2e/video/scripted.test.mjs
    else
        ls tests/e2e/video/*.test.mjs
    fi
}
# The picture of calls: real phones and a real browser on the release build, scripted peers, loss in namespaces. Most of the
# time of a file is ten seconds of each call; more at once would take the frames that are counted from each other.
area_video() { # PRESET
    files_at_once=2
    # shellcheck disable=SC2046
    build_pages && build_preset "${1:-release}" && e2e "${1:-release}" $(video_files)
}
# The Android SDK: its modules under Maven, and calls from a phone in the JVM. In the short tier without what needs a copy of
# Android (450 MB of downloads), and with one file of calls.
android_files() {
    if is_short; then ls tests/e2e/android/calls.test.mjs; else ls tests/e2e/android/*.test.mjs; fi
}
run_maven() {
    maven verify $(is_short && echo -Dfast)
}
area_android() {
    result=0
    if [ "$full" -eq 1 ]; then
        do_android_steps -Dwalk.steps=1000000 -Dorder.longest=4 || result=1
        grep -hE '^\[.*Tests run:|^gate ' "$logs/android-maven.log" "$logs/android-gates.log"
        android_report
        node --test --test-reporter=tap tests/android/*.test.mjs || result=1
    else
        finish_behind maven run_maven >"$logs/android-maven.log" || result=1
        grep -E '^\[(INFO|ERROR|WARNING)\] (Tests run:|BUILD)|^\[ERROR\]|^Maven (could|did) not' "$logs/android-maven.log"
    fi
    # shellcheck disable=SC2046
    build_preset release zvonokd && e2e release $(android_files) || result=1
    return $result
}
# The life of the process: signals, drain, what systemd is told, a full disk (tests/e2e/ops/README.md). What needs a machine of
# its own is in the areas package and fresh.
ops_files() {
    ls tests/e2e/ops/*.test.mjs | grep -vE '/(package|container|fresh)\.'
}
area_ops() { # PRESET
    # shellcheck disable=SC2046
    build_pages && build_preset "${1:-release}" && e2e "${1:-release}" $(ops_files)
}
# A real Asterisk and Linphone as SIP peers, on the release build; what cannot be had is said in a sentence, and its tests are
# skipped with it. The first time Asterisk takes a minute (tools/make-asterisk).
find_asterisk() {
    do_setup pbx || true
    if ! ZV_ASTERISK=$(tools/make-asterisk 2>"$logs/make-asterisk.log"); then
        ZV_NO_ASTERISK=$(tail -n 1 "$logs/make-asterisk.log")
        export ZV_NO_ASTERISK
        say "There is no Asterisk: $ZV_NO_ASTERISK"
    fi
    export ZV_ASTERISK
}
area_pbx() {
    find_asterisk
    build_preset release && e2e release tests/e2e/pbx/*.test.mjs
}
# The examples of deploy/ as they stand there, with the servers that they are for: tests/e2e/deploy/README.md.
area_deploy() {
    do_setup deploy || return 1
    find_asterisk
    build_pages && build_preset release && e2e release tests/e2e/deploy/*.test.mjs
}
area_demo() {
    build_pages && build_preset release || return 1
    node tools/demo.mjs --check && echo "gate demo passed" || {
        echo "gate demo failed"
        return 1
    }
}

# The Debian package and the container file, on machines with nothing on them: installed, started, called, upgraded, purged.
make_package() {
    . tools/do.d/package.sh
    do_setup build package && do_package --twice
}
area_package() {
    finish_behind package make_package && build_preset release || return 1
    . tools/do.d/package.sh
    files_at_once=1
    export ZV_PACKAGE="$root/$(package_file)"
    e2e release tests/e2e/ops/package.test.mjs tests/e2e/ops/container.test.mjs
}
# A clone on a machine with nothing on it: the two commands of the README, first try. With --full, in which the short tier has run
# already, the second one builds there and tests two areas (ZV_FRESH_AREAS); alone it is whole.
area_fresh() {
    [ "$alone" -eq 1 ] || export ZV_FRESH_AREAS="lint peers"
    do_setup package && ZV_TEST_FRESH=1 e2e release tests/e2e/ops/fresh.test.mjs
}

run() { run_area "$1" with_status "$@"; }

# The order lets areas that mostly wait run while others' programs are built, or others' work is done that has time; none whose
# figures depend on time does.
short_tier="lint peers unit call sip sim tsan web trace media video ops fuzz android demo"
long_tier="pbx deploy package fresh"

work_ahead_of() { # AREA
    case $1 in
    peers) build_ahead asan ;;
    call)
        build_ahead fuzz fuzzers
        start_behind sim run_sim
        is_short || start_behind million do_million
        ;;
    media)
        if is_short; then start_behind fuzz do_fuzz_patiently && start_behind maven run_maven; fi
        ;;
    pbx) do_setup build package && start_behind package make_package ;;
    esac
}

do_test() {
    full=0
    areas=
    for argument in "$@"; do
        case $argument in
        --full) full=1 ;;
        lint | unit | sim | tsan | web | fuzz | peers | call | sip | trace | media | video | ops | android | demo | pbx | deploy | package | fresh) areas="$areas $argument" ;;
        *) fail "there is no area '$argument'; areas: $short_tier $long_tier"; return 2 ;;
        esac
    done
    do_setup || return 1
    alone=1 # areas were named, and a part of the tests runs
    [ -n "$areas" ] || { alone=0 && areas=$short_tier$([ $full -eq 1 ] && echo " $long_tier"); }
    begun=$(date +%s)
    . tools/do.d/fuzz.sh
    . tools/do.d/android.sh
    maven_find_cache
    trap stop_behind EXIT
    if [ $full -eq 1 ]; then
        export ZV_TEST_EVENTS=10000000 ZV_TEST_CALLS=10000 ZV_TEST_PACKETS=1000000 ZV_TEST_FULL=1
    fi
    for name in $areas; do
        [ "$alone" -eq 1 ] || work_ahead_of "$name"
        run "$name" "area_$name"
    done
    if [ $full -eq 1 ] && [ $alone -eq 0 ]; then
        run call-release area_call release
        run sip-release area_sip release
        run trace-asan area_trace asan
        run media-asan area_media asan
        run video-asan area_video asan
        run million area_million
        run sip-calls area_calls
    fi
    say ""
    say "Summary$summary"
    say "in $(($(date +%s) - begun)) s; logs: build/logs"
    say "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}
