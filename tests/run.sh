#!/bin/sh
# Builds rote and runs its tests. From any folder, on a fresh Debian 12, as root or with sudo.
#
#   sh tests/run.sh           the quick suite: 2 to 3 minutes after the build
#   sh tests/run.sh --full    gcc, clang and ASan+UBSan builds, quick and full suites: 40 min
#
# Builds in build/ of the source folder (build-clang/ and build-asan/ beside it), or in $ROTE_BUILD.
# Tests that need outside data read it from the folder $ROTE_TEST_DATA and are skipped without it.
# The last line is "N passed, N failed, N skipped"; exit status 1 when something failed.
set -u

source=$(cd "$(dirname "$0")/.." && pwd)
build=${ROTE_BUILD:-$source/build}
passed=0 failed=0 skipped=0
bad_results='FAIL|TIMEOUT|ERROR|INTERRUPT|UNEXPECTEDPASS'

case "${1:-}" in
"") packages=test ;;
--full) packages=full ;;
*)
    echo "usage: sh tests/run.sh [--full]" >&2
    exit 2
    ;;
esac

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

# What goes wrong outside a test counts as one failed test, so that the last line says so.
broken() {
    echo "run.sh: $1" >&2
    failed=$((failed + 1))
}

# configure DIR CC OPTION…: sets up a build folder, or brings an existing one to these options. One
# that no longer fits (another version of meson, a moved source folder) is made anew.
configure() {
    dir=$1 cc=$2
    shift 2
    command -v ccache >/dev/null && cc="ccache $cc"
    mkdir -p "$dir"
    log=$dir/setup.log
    for how in --reconfigure --wipe; do
        [ -f "$dir/meson-private/coredata.dat" ] || how=
        CC=$cc meson setup $how "$@" "$dir" "$source" >"$log.new" 2>&1
        status=$?
        mv "$log.new" "$log" 2>/dev/null
        [ "$status" -ne 0 ] || return 0
    done
    tail -n 40 "$log" >&2
    return 1
}

# The number of tests in a log (one JSON object a line) with one of these results.
count() { # LOG RESULTS
    grep -cE "\"result\": \"($2)\"" "$1"
}

# What those tests printed.
show() { # LOG RESULTS
    awk -v results="^($2)\$" '
        # The text of a key, its escapes undone. A quote inside a text is escaped, so the first
        # match of key and quote is the key itself.
        function text(key,    at, out, c) {
            at = index($0, "\"" key "\": \"")
            if (at == 0)
                return ""
            out = ""
            for (at += length(key) + 5; (c = substr($0, at, 1)) != "\"" && c != ""; at++) {
                if (c == "\\") {
                    c = substr($0, ++at, 1)
                    c = c == "n" ? "\n" : c == "t" ? "\t" : c == "u" ? "\\u" : c
                }
                out = out c
            }
            return out
        }
        text("result") ~ results {
            print "-- " text("result") ": " text("name")
            printf "%s%s", text("stdout"), text("stderr")
        }' "$1"
}

# run NAME DIR SETUP CC OPTION…: configures, builds and tests one build. SETUP is one of the test
# setups of tests/meson.build: which suites, and how patient.
run() {
    name=$1 dir=$2 setup=$3 cc=$4
    shift 4
    echo "== $name"
    if ! configure "$dir" "$cc" -Dtests=enabled "$@"; then
        broken "$name: meson setup failed"
        return
    fi
    if ! ninja -C "$dir" >"$dir/build.log" 2>&1; then
        grep -v '^\[[0-9]*/[0-9]*\] [CL]' "$dir/build.log" | tail -n 60 >&2
        broken "$name: the build failed"
        return
    fi
    log=$dir/meson-logs/testlog-$setup.json
    rm -f "$log"
    meson test -C "$dir" --no-rebuild --setup "$setup" >"$dir/test.log" 2>&1
    status=$?
    if [ ! -f "$log" ]; then
        cat "$dir/test.log" >&2
        broken "$name: meson test failed"
        return
    fi
    ok=$(count "$log" 'OK|EXPECTEDFAIL')
    skip=$(count "$log" SKIP)
    bad=$(count "$log" "$bad_results")
    show "$log" SKIP
    show "$log" "$bad_results"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || broken "$name: meson test failed, see $dir/test.log"
    [ "$((ok + bad))" -gt 0 ] || broken "$name: no test ran"
}

sh "$source/tests/packages.sh" "$packages" || {
    broken "packages are missing"
    finish
}
# ccache wants a home that it can write to.
[ -d "${HOME:-}" ] && [ -w "$HOME" ] || export CCACHE_DISABLE=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

if [ "$packages" = test ]; then
    run "quick suite" "$build" quick gcc --buildtype=release -Db_sanitize=none
else
    run "gcc" "$build" full gcc --buildtype=release -Db_sanitize=none
    run "clang" "$build-clang" full clang --buildtype=release
    # gcc warns of null format strings where its own sanitizers put checks; clang does not.
    run "clang, ASan and UBSan" "$build-asan" sanitize clang --buildtype=debugoptimized \
        -Db_sanitize=address,undefined -Db_lundef=false
fi
finish
