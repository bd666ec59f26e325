#!/bin/sh
# Installs the Debian packages that rote needs and that are missing, by apt.
#
#   sh tests/packages.sh build     to build rote
#   sh tests/packages.sh test      and its tests
#   sh tests/packages.sh full      and the clang and sanitizer builds
#
# Needs root or sudo only when something is missing. Prints what it installs, nothing otherwise.
set -eu

build="gcc libc6-dev meson ninja-build pkg-config libncurses-dev libsqlite3-dev libopenblas-dev
    liblapacke-dev libpcre2-dev libjansson-dev libcsv-dev zlib1g-dev libxxhash-dev libcairo2-dev
    fonts-dejavu-core"
test="libcmocka-dev libvterm-dev"
full="clang libclang-rt-14-dev"

case "${1:-}" in
build) wanted=$build ;;
test) wanted="$build $test" ;;
full) wanted="$build $test $full" ;;
*)
    echo "usage: sh tests/packages.sh build|test|full" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "packages: this is not Debian; make sure that these are installed:" $wanted >&2
    exit 0
fi

# Another architecture's package, or one that was removed but not purged, does not count. A virtual
# package (pkg-config is one on newer systems) is found through what provides it.
have=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package} ${Provides}\n' |
    sed -n 's/^ii *//p' | sed 's/([^)]*)//g; s/,//g')
missing=
for package in $wanted; do
    case " $(echo $have) " in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages: missing:$missing" >&2
        echo "packages: run as root: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
        >>"$log" 2>&1
}
install() {
    apt install --no-install-recommends $missing
}

echo "packages: installing by apt:$missing"
# The lists are fetched only where there are none, or where what they name is no longer there.
if ! apt-cache show $missing >/dev/null 2>&1 || ! install; then
    apt update && install || {
        cat "$log" >&2
        echo "packages: apt could not install:$missing" >&2
        exit 1
    }
fi
