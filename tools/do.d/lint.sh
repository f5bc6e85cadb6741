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
    node tools/make-causes.mjs --check && node tools/make-verdicts.mjs --check && node tools/make-protocol.mjs --check
}

lint_docs() {
    node tools/check-docs.mjs
}

# The web's gate is one process for as long as all others together: it runs beside them.
begin_lint_web() {
    npm run --silent lint >"$logs/lint-web.log" 2>&1 &
    lint_web_pid=$!
}
lint_web() {
    wait "$lint_web_pid"
    result_web=$?
    cat "$logs/lint-web.log"
    [ $result_web -eq 0 ] && echo "web: types and style are right"
    return $result_web
}

do_lint() {
    bad=0
    build_preset release || return 1 # check-pure reads objects: not those of yesterday
    begin_lint_web
    for gate in lint_format tools/check-layers "tools/check-pure build/release" tools/check-headers tools/check-banned lint_causes lint_docs lint_cppcheck lint_web; do
        $gate || bad=$((bad + 1))
    done
    tools/check-size
    [ $bad -eq 0 ] || fail "$bad gates found something"
}
