# ./do build: C by CMake presets, the phone page by npm.

build_pages() {
    [ -f package.json ] || return 0
    # Only when a source is newer than what was built.
    if [ -f apps/web-phone/dist/index.html ] &&
        [ -z "$(find apps/web-phone sdk/web package-lock.json -type f -newer apps/web-phone/dist/index.html \
            -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null | head -n 1)" ]; then
        return 0
    fi
    step "Building the phone page" build-pages.log npm run build --silent ||
        { fail "the phone page does not build"; return 1; }
}

# build_preset asan [TARGET...]: configure and build. Each preset has its own folder below build/.
# One at a time in each: whoever comes second finds nothing left to do.
configure_and_build() {
    preset_name=$1
    shift
    (
        flock 9 && cmake --preset "$preset_name" &&
            ${politely:-} cmake --build --preset "$preset_name" -j "$(nproc)" ${1:+--target "$@"}
    ) 9>"$logs/lock-$preset_name"
}
# build_ahead PRESET [TARGET...]: in the background, with the time of the processors that nobody else wants. Who needs it calls
# build_preset, which waits for it, and tells of what went wrong.
build_ahead() {
    (
        politely="chrt --idle 0"
        configure_and_build "$@"
    ) >"$logs/build-ahead-$1.log" 2>&1 </dev/null &
}
build_preset() {
    step "Building ($1${2:+, a part})" "build-$1.log" configure_and_build "$@" ||
        { fail "the build with preset $1 failed; the whole log is $logs/build-$1.log"; return 1; }
}

do_build() {
    preset=${1:-release}
    case $preset in
    debug | release | asan | tsan | fuzz) ;;
    *) fail "there is no preset '$preset': debug, release, asan, tsan, fuzz"; return 1 ;;
    esac
    if [ "$preset" = release ]; then
        build_pages || return 1
    fi
    build_preset "$preset"
}
