# ./do android: the SDK and the sample app for Android, tested, packed and judged. Maven brings everything but a few programs
# of Debian's; no Android SDK is needed.

# maven GOAL...: over all modules. What a bad moment of the network broke is tried again, and only that: a failed download is
# remembered by Maven for a day unless -U tells it to forget.
maven() {
    for again in "" -U -U; do
        # shellcheck disable=SC2086
        (cd sdk/android && exec timeout 1800 mvn -B $maven_options $again "$@") >"$logs/maven.log" 2>&1
        status=$?
        cat "$logs/maven.log"
        [ $status -ne 0 ] || return 0
        [ $status -ne 124 ] || { echo "Maven did not end within 30 minutes: see what it did last, above."; return 1; }
        grep -qE 'Could not transfer|Connection (reset|refused|timed out)|Read timed out' "$logs/maven.log" || return 1
    done
    echo "Maven could not download what is named above: it needs repo.maven.apache.org and dl.google.com, or a mirror in ~/.m2/settings.xml."
    return 1
}
# Maven keeps what it fetched below HOME; where it may not write there, it gets a place of its own.
maven_options=
maven_find_cache() {
    home=$(getent passwd "$(id -u)" | cut -d: -f6)
    [ -w "${home:-/nonexistent}" ] || maven_options="-Dmaven.repo.local=$root/build/m2"
}

# The steps after Maven. Each says what it did in one line; gates refuse with a sentence.
android_reference() {
    for module in sdk-core sdk-android sdk-compat-wcs; do tools/android/make-javadoc "$module" || return 1; done
}
android_pack() {
    tools/android/make-repository && tools/android/make-apk
}
android_apk=build/android/phone-min-check.apk
android_maven=build/android/maven/org/zvonok
android_gates() {
    result=0
    for gate in check-versions "check-signed $android_apk" "check-aligned $android_apk" "check-dex $android_apk" \
        "check-badging $android_apk apps/android-phone-min/badging.txt" check-shrunk check-published \
        "check-lint sdk-android" "check-lint sdk-compat-wcs" "check-lint android-phone-min" \
        "check-aar $android_maven/sdk-android/*/sdk-android-*.aar" \
        "check-aar $android_maven/sdk-compat-wcs/*/sdk-compat-wcs-*.aar" "check-sizes build/android/sizes.txt tools/android/sizes.budget"; do
        # shellcheck disable=SC2086
        if tools/android/$gate; then echo "gate ${gate%% build/*} passed"; else
            echo "gate ${gate%% build/*} failed"
            result=1
        fi
    done
    return $result
}
android_sizes() {
    tools/android/measure-sizes >build/android/sizes.txt && cat build/android/sizes.txt
}

# android_step TITLE LOG COMMAND...
android_step() {
    step "$@" || fail "$1 went wrong; the whole log is $logs/$2"
}
# do_android_steps [OPTION OF MAVEN ...]
do_android_steps() {
    maven_find_cache
    mkdir -p build/android/tools
    android_step "Building and testing with Maven" android-maven.log maven verify "$@" &&
        android_step "Fetching D8, R8 and lint" android-tools.log maven -f ../../tools/android/pom.xml initialize &&
        android_step "Writing the API reference" android-javadoc.log android_reference &&
        android_step "Packing" android-pack.log android_pack &&
        android_step "Measuring" android-sizes.log android_sizes &&
        android_step "Judging" android-gates.log android_gates
}
do_android() {
    do_setup android && do_android_steps && android_report
}
android_report() {
    say ""
    grep -hE '^gate ' "$logs/android-gates.log" | sed 's/^/  /'
    say ""
    awk '/^methods/ { printf "  %-22s %8d methods\n", $1, $2; next } { printf "  %-22s %8.1f kB\n", $1, $2 / 1000 }' build/android/sizes.txt
    say ""
    say "  build/android/maven                 the SDK as a Maven repository (jar, AARs, sources, javadoc)"
    say "  build/android/javadoc               the API reference"
    say "  build/android/phone-min-check.apk   the sample app; debug key, not for distribution"
}
