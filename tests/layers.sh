#!/bin/sh
# The dependency rules: includes point down only (tui -> analysis -> storage), inside analysis only
# run/ and report/ touch the database, files or exporters, and each third-party header has one home.
# usage: layers.sh SOURCE_ROOT   exit 1 with file:line of every breach
set -u
cd "$1" || exit 2
found=0
breach() { # RULE, then the offending lines on stdin
    lines=$(cat)
    if [ -n "$lines" ]; then
        printf '%s\n%s\n' "$1" "$lines"
        found=1
    fi
}
includes() { # PATTERN DIR…: lines of C files that include PATTERN (an extended regular expression)
    pattern=$1
    shift
    grep -rnE --include='*.c' --include='*.h' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "$@"
}
home() { # PATTERN HOME NAME: nothing outside HOME includes PATTERN
    includes "$1" storage analysis tui sample_data tests | grep -vE "^($2)" | breach "$3 outside $2"
}
includes '(analysis|tui)/' storage | breach 'storage may not include analysis or tui'
includes 'tui/' analysis | breach 'analysis may not include tui'
includes 'storage/(db|files|import|export)/' analysis | grep -vE '^analysis/(run|report)/' |
    breach 'only analysis/run and analysis/report may include storage/db, files, import, export'
includes '\.\./' storage analysis tui sample_data tests | breach 'includes are written from the root'
home 'sqlite3' 'storage/db/|tests/storage/' 'sqlite3'
home 'jansson|csv\.h|zlib' 'storage/|tests/storage/' 'jansson, libcsv, zlib'
home 'pcre2' 'storage/base/regex\.' 'PCRE2'
home 'xxhash' 'storage/base/' 'xxhash'
home 'cblas|lapack|openblas' 'analysis/math/linalg' 'BLAS and LAPACK'
home 'n?curses|ncursesw/|term\.h' 'tui/term/' 'curses'
home 'cairo' 'storage/export/' 'cairo'
home 'vterm' 'tests/tui/' 'libvterm'
exit $found
