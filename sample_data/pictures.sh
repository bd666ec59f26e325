#!/bin/sh
# Makes the pictures of the screens in docs/figures/ on the sample data; the case is the clearest one
# in which a model repeats a route that shoppers before have taken.
#
#   sh sample_data/pictures.sh [FOLDER]
#
# Needs a built rote: build/rote, or the one that $ROTE names.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
rote=${ROTE:-$source/build/rote}
out=${1:-$source/docs/figures}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
LC_ALL=C.UTF-8
export LC_ALL

"$rote" -w "$folder/wayside" demo --counted --batch >/dev/null

# shot NAME SIZE COMMAND…
shot() {
    name=$1 size=$2
    shift 2
    for command; do
        shift
        set -- "$@" -c "$command"
    done
    "$rote" -q -w "$folder/wayside" --batch "$@" -c "picture! $out/screen-$name.svg $size" >/dev/null
}
shot overview 100x24
shot users 100x20 'runs markov,item-knn' users 'sort-down markov.rote'
shot case 104x30 'runs markov,item-knn' 'find rote' open
shot items 100x20 'runs markov,item-knn' items
shot compare 160x40 'compare markov item-knn'
