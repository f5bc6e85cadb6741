#!/bin/sh
# One verb per task, for all languages of the tree. `./do help` lists them.
set -u
cd "$(dirname "$0")" || exit 2
root=$(pwd)
logs=$root/build/logs
mkdir -p "$logs"
. tools/do.d/lib.sh

usage() {
    cat <<'EOT'
usage: ./do VERB [ARGUMENT ...]

  setup [GROUP ...]   install what is missing from Debian and npm (groups: build demo test android,
                      the default, and pbx)
  build [PRESET]      build the C programs (release, debug, asan, tsan, fuzz) and, for release, the phone page
  demo [--check]      gateway, SIP server and softphones on this machine; prints a URL to open.
                      --check: a headless browser makes a call each way and the sound is measured
  android             the Android SDK and its sample app: tests, AARs, a signed APK, and all that a store or a shrinker checks
  test [AREA]         everything of the short tier, or one area: lint unit sim tsan web fuzz peers call sip trace media video
                      android demo; or pbx, of the long tier: a real Asterisk, and Linphone
  test --full         the long tier as well
  lint                the gates: format, layers, purity, headers, banned calls, documents, cppcheck
  fuzz [SECONDS]      every fuzzer, SECONDS each (10)
  bench [OPTION ...]  what relaying costs, in CPU time and delay (docs/performance.md); --help lists the options
  format              let clang-format lay out the C files
  clean               remove build/ and what npm installed
EOT
}

verb=${1:-help}
[ $# -gt 0 ] && shift
case $verb in
setup) . tools/do.d/setup.sh; do_setup "$@" ;;
build) . tools/do.d/setup.sh; do_setup build && { . tools/do.d/build.sh; do_build "$@"; } ;;
demo) . tools/do.d/setup.sh; . tools/do.d/build.sh; . tools/do.d/demo.sh; do_demo "$@" ;;
android) . tools/do.d/setup.sh; . tools/do.d/android.sh; do_android "$@" ;;
test) . tools/do.d/setup.sh; . tools/do.d/build.sh; . tools/do.d/demo.sh; . tools/do.d/test.sh; do_test "$@" ;;
lint) . tools/do.d/setup.sh; do_setup build test && { . tools/do.d/build.sh; . tools/do.d/lint.sh; do_lint "$@"; } ;;
fuzz) . tools/do.d/setup.sh; do_setup build test && { . tools/do.d/build.sh; . tools/do.d/fuzz.sh; do_fuzz "$@"; } ;;
bench) . tools/do.d/setup.sh; do_setup build test && { . tools/do.d/build.sh; build_preset release && node bench/relay.mjs "$@"; } ;;
format) find src tests bench -name '*.[ch]' 2>/dev/null | xargs clang-format -i ;;
clean) rm -rf build node_modules sdk/web/node_modules apps/*/node_modules tests/e2e/node_modules apps/web-phone/dist \
    sdk/android/target sdk/android/*/target sdk/android/third-party/*/target apps/*/target ;;
help | -h | --help) usage ;;
*)
    echo "do: there is no verb '$verb'" >&2
    usage >&2
    exit 2
    ;;
esac
