#!/bin/sh
# Builds rote and opens it on the sample data: the orders of 3,000 shoppers at an invented shop.
#
#   sh sample_data/demo.sh            the screens; without a terminal, the overview as text
#   sh sample_data/demo.sh --batch    the overview as text
#
# From any folder, on a fresh Debian 12, as root or with sudo. Builds in build/ of the source folder
# or in $ROTE_BUILD; the workspace is the folder wayside/ in there, and stays for the next time.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
build=${ROTE_BUILD:-$source/build}
mkdir -p "$build"
log=$build/demo.log

sh "$source/tests/packages.sh" build
# ccache wants a home that it can write to.
[ -d "${HOME:-}" ] && [ -w "$HOME" ] || export CCACHE_DISABLE=1
[ -f "$build/build.ninja" ] || echo "demo: building rote, about a minute"
if ! { [ -f "$build/build.ninja" ] || meson setup "$build" "$source"; } >"$log" 2>&1 ||
    ! ninja -C "$build" rote >>"$log" 2>&1; then
    cat "$log" >&2
    echo "demo: the build failed; to begin anew, remove $build" >&2
    exit 1
fi
exec "$build/rote" -w "$build/wayside" demo "$@"
