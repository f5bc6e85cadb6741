# ./do package: build/package/zvonok_VERSION_ARCH.deb, judged by lintian. The same commit makes the same package: dates are
# those of the commit, and what is packed is a copy of the sources, in which deploy/debian stands where Debian's tools look for it.

package_version() {
    sed -n 's/^project(zvonok VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt
}
package_file() {
    echo "build/package/zvonok_$(package_version)_$(dpkg --print-architecture).deb"
}

# package_copy FOLDER: what a package is made of, as it is in the work tree.
package_copy() {
    rm -rf "$1" && mkdir -p "$1" &&
        git ls-files -z --cached --others --exclude-standard -- CMakeLists.txt cmake src tools tests deploy docs/man |
        tar --null --files-from=- --mtime="@$SOURCE_DATE_EPOCH" -c | tar -x -C "$1" &&
        mkdir -p "$1/apps/web-phone" && cp -r apps/web-phone/dist "$1/apps/web-phone/" &&
        cp -r deploy/debian "$1/debian" || return 1
    maintainer=$(sed -n 's/^Maintainer: //p' deploy/debian/control)
    "$1/debian/make-changelog" "$(package_version)" "$maintainer" <CHANGELOG.md >"$1/debian/changelog"
}
# package_build FOLDER: makes the package there. Dates and paths of the folder are in nothing that comes out.
package_build() {
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    export SOURCE_DATE_EPOCH
    package_copy "$1/source" &&
        (cd "$1/source" && DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage --build=binary --no-sign)
}
package_judge() {
    lintian --allow-root --fail-on error,warning --info "$(package_file)"
}
# Elsewhere and at another time the same comes out, to the byte.
package_again() {
    package_build build/package/again/elsewhere &&
        cmp "$(package_file)" "build/package/again/elsewhere/$(basename "$(package_file)")"
    result=$?
    rm -rf build/package/again
    return $result
}

# do_package [--twice]
do_package() {
    [ $# -eq 0 ] || [ "$*" = --twice ] || { fail "usage: ./do package [--twice]"; return 2; }
    build_pages || return 1
    step "Building the package" package-build.log package_build build/package ||
        { fail "the package does not build; the whole log is $logs/package-build.log"; return 1; }
    step "Judging it with lintian" package-lintian.log package_judge ||
        { fail "lintian found something: mend it, or override it in deploy/debian with a reason"; return 1; }
    if [ $# -gt 0 ]; then
        step "Building it again, elsewhere" package-again.log package_again ||
            { fail "the second build differs from the first, or failed: $logs/package-again.log"; return 1; }
    fi
    say ""
    say "  $(package_file)    $(wc -c <"$(package_file)" | awk '{ printf "%.1f MB", $1 / 1e6 }'), installs with: apt install ./$(package_file)"
}
