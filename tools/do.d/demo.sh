# ./do demo: everything for a first call on this machine. The programs are started and stopped by tools/demo.mjs.

do_demo() {
    groups="build demo"
    for argument in "$@"; do
        [ "$argument" = --check ] && groups="$groups chromium"
    done
    # shellcheck disable=SC2086
    do_setup $groups || return 1
    build_pages || return 1
    build_preset release zvonokd && build_preset release zvonokctl || return 1
    exec node tools/demo.mjs "$@"
}
