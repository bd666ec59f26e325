#!/bin/sh
# Prints the picture of the case screen that stands in the README: on the sample data, the clearest
# case in which a model repeats a route that shoppers before have taken.
#
#   sh sample_data/picture.sh [COLUMNSxROWS]
#
# Needs a built rote: build/rote, or the one that $ROTE names.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
rote=${ROTE:-$source/build/rote}
size=${1:-100x30}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$rote" -w "$folder/wayside" demo --counted --batch >/dev/null
LC_ALL=C.UTF-8 "$rote" -w "$folder/wayside" --batch \
    -c 'runs markov,item-knn' -c 'find rote' -c open -c "print $size"
