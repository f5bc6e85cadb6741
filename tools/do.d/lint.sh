# ./do lint: every gate, all of them even when one fails.

lint_format() {
    # shellcheck disable=SC2046
    clang-format --dry-run -Werror $(find src tests -name '*.[ch]') && echo "format: as clang-format wants it" ||
        { echo "format: run ./do format"; return 1; }
}

lint_cppcheck() {
    cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=tools/cppcheck.suppressions --template='{file}:{line}: {id}: {message}' \
        -I src -j "$(nproc)" src && echo "cppcheck: nothing found" ||
        { echo "cppcheck: mend it, or suppress it with a reason beside the line"; return 1; }
}

lint_causes() {
    node tools/make-causes.mjs --check && node tools/make-verdicts.mjs --check
}

lint_web() {
    [ -f package.json ] || return 0
    npm run --silent lint && echo "web: types and style are right"
}

do_lint() {
    bad=0
    build_preset release || return 1 # check-pure reads objects: not those of yesterday
    for gate in lint_format tools/check-layers "tools/check-pure build/release" tools/check-headers tools/check-banned lint_causes lint_cppcheck lint_web; do
        $gate || bad=$((bad + 1))
    done
    tools/check-size
    [ $bad -eq 0 ] || fail "$bad gates found something"
}
