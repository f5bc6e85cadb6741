# What the scripts of this folder share. They are run by ./do android, after `mvn verify`, and each works alone as well.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/android
sdk=$root/sdk/android
app=$root/apps/android-phone-min
webrtc=$sdk/third-party/webrtc/target
aapt2=$sdk/third-party/android-tools/target/prebuilt/linux/aapt2
published="sdk-core sdk-android sdk-compat-wcs"

# property NAME: of the parent POM, the one place of versions.
property() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" "$sdk/pom.xml"; }
version=$(property revision)
min_sdk=$(property minSdk)

jar_of() { echo "$sdk/$1/target/$1-$version.jar"; }
app_jars() { echo "$app/target/android-phone-min-$version.jar" "$(jar_of sdk-core)" "$(jar_of sdk-android)" \
    "$webrtc/third-party-webrtc-$version.jar"; }

# Where tools/android/pom.xml found Google's tools, and the platform's classes.
tools_classpath() { cat "$out/tools/classpath"; }
platform() { cat "$out/tools/platform"; }
jdk() { dirname "$(dirname "$(readlink -f "$(command -v javac)")")"; }

# refuse "what is wrong; what to do": the end of a gate that something does not pass.
refuse() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}
# A folder that goes away with the script.
scratch_folder() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/zvonok-android.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT TERM HUP
}
