# Helpers of ./do: steps with progress, one sentence when something fails.

say() { printf '%s\n' "$*"; }
fail() {
    printf 'do: %s\n' "$*" >&2
    return 1
}

# Ends a process and all that it started. A shell without job control lets its background commands ignore Ctrl-C.
stop_tree() {
    # shellcheck disable=SC2046
    set -- "$1" $(cat /proc/"$1"/task/*/children 2>/dev/null)
    kill "$1" 2>/dev/null
    shift
    for child in "$@"; do stop_tree "$child"; done
}

# step "Installing 3 packages" setup.log command...: runs it with its output in build/logs, shows that time passes,
# and on failure the end of the log. On a terminal one line is rewritten; elsewhere a line every half minute.
step() {
    title=$1
    log=$logs/$2
    shift 2
    start=$(date +%s)
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    trap 'stop_tree $pid; wait $pid; exit 130' INT TERM HUP
    shown=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        now=$(($(date +%s) - start))
        if [ -t 1 ]; then
            printf '\r  %s … %ds ' "$title" "$now"
        elif [ $((now - shown)) -ge 30 ]; then
            shown=$now
            say "  $title … ${now}s"
        fi
    done
    wait "$pid"
    status=$?
    trap - INT TERM HUP
    now=$(($(date +%s) - start))
    [ -t 1 ] && printf '\r'
    if [ $status -eq 0 ]; then
        say "  $title: done in ${now}s"
        return 0
    fi
    say "  $title: FAILED after ${now}s; the end of $log:"
    tail -n 25 "$log" | sed 's/^/    /'
    return $status
}

# As root, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "this needs root to install packages: run it as root, or install sudo"
    fi
}
