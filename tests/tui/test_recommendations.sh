#!/bin/sh
# The examples of docs/recommendations.md: each block that names a file is written, each command run.
#
#   test_recommendations.sh ROTE DOCS
set -eu

rote=$(realpath "$1") docs=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
    echo "test_recommendations: $1" >&2
    exit 1
}

awk '/^```/ { file = NF > 1 ? $2 : $0 == "```sh" ? "commands" : ""; next } file { print > file }' \
    "$docs/recommendations.md"
[ "$(grep -c '^rote' commands)" -ge 12 ] || fail "only $(cat commands)"
sed "s|^rote|$rote|" commands >run
sh -eu ./run >said 2>&1 || fail "$(cat said)"

# Rank of each user's target, worked out by hand; - for a miss.
ranks() {
    "$rote" export recs --run "$1" | awk -F, 'NR > 1 { printf "%s ", $3 == "" ? "-" : $3 }'
}
check() {
    [ "$(ranks "$1")" = "$2 " ] || fail "$1 has the ranks $(ranks "$1"), not $2"
}
check jsonl "1 2 1"
check tid "1 - -"
check eval "1 - -"
check raw "1 - -"
check mini "1 2 2"
check mini-titles "1 2 2"
check with-validation "1 2 1"
check tiger "1 1 -"
check long "1 1 -"
check wide "1 1 -"
check recbole "1 - -"
check cells "1 1 -"
check trec "1 - -"
check trec-eval "2 - -"
"$rote" runs show jsonl | grep -q '1 slot names an item that is not in the data: a miss' || fail "no count"
"$rote" runs show tiger | grep -q '1 slot is empty in the file: a miss' || fail "no empty slot"

# The benchmark checks every list that it reads, by external ids.
"$rote" bench import-recs --users 300 --items 80 --repeat 1 --json >bench || fail "the benchmark: $(cat bench)"
for name in import-recs json-lines rows wide; do
    grep -q "\"name\": *\"$name\"" bench || fail "the benchmark has no $name"
done

# A pickle, also gzipped and under another name; test_hints.sh runs what is said.
printf '\200\004\225' | gzip >recs.jsonl.gz
"$rote" import-recs recs.jsonl.gz 2>err && fail "a pickle is read"
grep -q '^import gzip, json, pickle, sys$' err || fail "no Python: $(cat err)"
