# ./do setup: what the tree needs from Debian 12 and npm, and nothing that is there already.

packages_build="build-essential cmake ninja-build pkg-config libuv1-dev libwebsockets-dev libwebsockets-evlib-uv libc-ares-dev
    libssl-dev libjansson-dev libyaml-dev libjemalloc-dev ca-certificates"
packages_demo="kamailio baresip-core espeak-ng sox openssl procps"
packages_test="libcmocka-dev libsrtp2-dev libnice-dev libosip2-dev clang libclang-rt-14-dev clang-format cppcheck chromium sip-tester rtpengine-daemon
    kamailio-tls-modules dnsmasq-base curl iproute2 nftables conntrack coturn git tshark baresip-ffmpeg ffmpeg man-db mandoc"
# A JDK and Maven for the Android SDK, what packs and inspects an APK, and the libraries that libwebrtc for the desktop loads.
packages_android="openjdk-17-jdk-headless maven zip unzip zipalign apksigner dexdump binutils
    libpulse0 libudev1 libx11-6 libxfixes3 libxrandr2 libxcomposite1 libdbus-1-3"
# What makes the real Asterisk of ./do test pbx, and another softphone: for that area alone.
packages_pbx="debootstrap linphone-cli"

package_installed() {
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

# Node of the machine, unless it is too old for the tools that package-lock.json pins.
node_is_current() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 18 || (a === 18 && b >= 19) ? 0 : 1)'
}

install_debian() {
    export DEBIAN_FRONTEND=noninteractive
    made_policy=0
    trap '[ $made_policy -eq 1 ] && as_root rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 143' TERM
    # Packages that bring a server must not start it: Debian asks this file.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null &&
            as_root chmod 755 /usr/sbin/policy-rc.d && made_policy=1
    fi
    as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# promtool, which judges /metrics, comes in one package with a server that nobody wants here: it is taken out of it.
promtool_is_there() {
    command -v promtool >/dev/null 2>&1 || [ -x build/tools/promtool ]
}
fetch_promtool() {
    mkdir -p build/tools && place=$(mktemp -d build/tools/promtool.XXXXXX) || return 1
    (
        cd "$place" &&
            { timeout 300 apt-get download prometheus || { as_root apt-get update && timeout 300 apt-get download prometheus; }; } &&
            dpkg --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
    ) && mv "$place/usr/bin/promtool" build/tools/promtool
    result=$?
    rm -rf "$place"
    return $result
}

npm_is_current() {
    [ -d node_modules ] && [ -f node_modules/.zvonok-lock ] && cmp -s package-lock.json node_modules/.zvonok-lock
}
# npm wants to write below HOME; where it may not, it gets a place of its own.
npm_find_cache() {
    cache=${npm_config_cache:-${HOME:-/nonexistent}/.npm}
    [ -e "$cache" ] || cache=$(dirname "$cache")
    [ -w "$cache" ] || export npm_config_cache="$root/build/npm-cache"
}
npm_install() {
    npm ci --no-audit --no-fund && cp package-lock.json node_modules/.zvonok-lock
}

do_setup() {
    [ $# -eq 0 ] && set -- build demo test android
    command -v apt-get >/dev/null 2>&1 ||
        { fail "packages are installed with apt-get, which this machine lacks; docs/dependencies.md lists what is needed"; return 1; }
    wanted=
    wants_promtool=0
    for group in "$@"; do
        case $group in
        build) wanted="$wanted $packages_build" ;;
        demo) wanted="$wanted $packages_demo" ;;
        test)
            wanted="$wanted $packages_test"
            wants_promtool=1
            ;;
        android) wanted="$wanted $packages_android" ;;
        pbx) wanted="$wanted $packages_pbx" ;;
        chromium) wanted="$wanted chromium" ;;
        *) fail "setup knows the groups build, demo, test, android and pbx, not '$group'"; return 1 ;;
        esac
    done
    node_is_current || wanted="$wanted nodejs npm"
    missing=
    for package in $wanted; do
        package_installed "$package" || missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        step "Installing $(echo $missing | wc -w) packages from Debian" setup-debian.log install_debian $missing ||
            { fail "packages could not be installed; the lines above say why (apt-get install$missing)"; return 1; }
    fi
    node_is_current ||
        { fail "Node.js 18.19 or newer is needed and Debian's package did not bring it: see docs/dependencies.md"; return 1; }
    if [ $wants_promtool -eq 1 ] && ! promtool_is_there; then
        step "Fetching promtool" setup-promtool.log fetch_promtool ||
            { fail "promtool could not be taken out of Debian's package prometheus; the lines above say why"; return 1; }
    fi
    npm_find_cache
    if [ -f package-lock.json ] && ! npm_is_current; then
        step "Installing packages from npm" setup-npm.log npm_install ||
            { fail "npm could not install what package-lock.json names"; return 1; }
    fi
    return 0
}
