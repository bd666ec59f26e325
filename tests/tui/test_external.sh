#!/bin/sh
# An external trainer from the command line: the example of docs/training.md, taken from there,
# gives the lists of rote's own markov; with several cases a user, too.
#
#   test_external.sh ROTE DOCS_FOLDER
set -eu

command -v python3 >/dev/null || {
    echo "skipped: there is no python3"
    exit 77
}
rote=$(realpath "$1") docs=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "test_external: $1" >&2
    exit 1
}

awk '/^```/ { inside = $0 == "```python"; next } inside' "$docs/training.md" >"$dir/train it.py"
awk 'BEGIN { print "user,item,time"
    for (u = 0; u < 40; u++) {
        x = u * 7 % 30
        for (i = 0; i < 3 + u % 6; i++) { print "u" u ",i" x "," u + 10 * i; x = (x * 3 + 7 + u % 3) % 30 }
    } }' >"$dir/rows.csv"

for split in leave-one-out temporal:0.5,0.8; do
    w=$dir/$split
    "$rote" -w "$w" import "$dir/rows.csv" --split $split >/dev/null
    "$rote" -w "$w" train --model markov >/dev/null
    (cd "$dir" && "$rote" -w "$w" train --launcher command --name outside --seed 5 \
        --set lr=1e-5 --set lora.r=8 --strategy iirg:lambda_c=0.5+goldfish:k=3 --set iirg.lambda_s=2 \
        --command 'python3 "train it.py" {dir}' >"$dir/said") || fail "$split: it did not train"
    for run in markov outside; do
        for part in test valid; do
            "$rote" -w "$w" export recs --run $run --split $part --format csv | cut -d, -f1-4 >"$dir/$run.$part"
        done
    done
    grep -q . "$dir/markov.test" || fail "$split: nothing is exported"
    cmp "$dir/markov.test" "$dir/outside.test" || fail "$split: other test lists than markov's"
    cmp "$dir/markov.valid" "$dir/outside.valid" || fail "$split: other validation lists"
    "$rote" -w "$w" compare markov outside >/dev/null || fail "$split: they cannot be compared"
done

"$rote" -w "$w" runs show outside --json >"$dir/show"
grep -q '"strategy": *"iirg:lambda_c=0.5,lambda_s=2+goldfish:k=3"' "$dir/show" || fail "the strategy is lost"
grep -q '"lr": *1e-0*5' "$dir/show" || fail "the options are lost: $(cat "$dir/show")"
grep -q '"lora.r": *8' "$dir/show" || fail "an option with a dot is lost"
grep -q '"seed": *5' "$dir/show" || fail "the seed is lost"
for strategy in canary halves:part=1; do
    "$rote" -w "$w" train --launcher command --name none --strategy $strategy --command true 2>"$dir/said" &&
        fail "$strategy is taken"
    grep -q "another program cannot train it" "$dir/said" || fail "$strategy: $(cat "$dir/said")"
done
"$rote" -w "$w" runs show none >/dev/null 2>&1 && fail "a refused run is there"
"$rote" -w "$w" runs show outside | grep -q '^ *1 *0.0000 ' || fail "no line of the epoch"
"$rote" -w "$w" runs show outside >"$dir/show"
grep -q '^test: [0-9]* of [0-9]* cases have a list' "$dir/show" || fail "its lists are not told: $(cat "$dir/show")"
