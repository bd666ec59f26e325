#!/bin/sh
# The experiment of halves from the command line: started as a whole, taken up again as a whole, and
# what comes out; canaries in `runs show`.
#
#   test_halves.sh ROTE
set -eu

rote=$1
dir=$(mktemp -d)
w=$dir/workspace
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "test_halves: $1" >&2
    exit 1
}

awk 'BEGIN { print "user,item,time"
    for (u = 0; u < 40; u++) for (i = 0; i < 8; i++) print "u" u ",i" (u * 7 + i * 3) % 30 "," i }' >"$dir/rows.csv"
"$rote" -w "$w" import "$dir/rows.csv" >/dev/null
train() {
    "$rote" -w "$w" train --model sasrec --set width=16 --set layers=1 --set mlp=1 --set items=6 \
        --set batch-tokens=200 --set epochs=3 --set patience=0 "$@"
}

train --strategy halves:m=2 --name x >"$dir/first" || fail "it does not train"
grep -q '^counterfactual memorization, 2 runs' "$dir/first" || fail "it says $(cat "$dir/first")"
"$rote" -w "$w" export counterfactual-summary --run x-2 >"$dir/summary"
# 40 users, 6 training items, the first of which is no target.
grep -qx 'positions,200,,' "$dir/summary" || fail "not all positions: $(cat "$dir/summary")"

# Every position once, by mem.
"$rote" -w "$w" export counterfactual --run x-1 >"$dir/rows"
head -n 1 "$dir/rows" | grep -qx 'user,position,item,previous_item,with,without,mem,label' || fail "no header"
awk -F, 'NR > 1 { n++; seen[$1 "," $2]++; if (NR > 2 && $7 > last) exit 1; last = $7
    if ($2 < 2 || $2 > 6) exit 1; if (($5 - $6 - $7) ^ 2 > 1e-12) exit 1 }
    END { k = 0; for (s in seen) k++; if (n != 200 || k != 200) exit 1 }' "$dir/rows" || fail "rows are wrong"

# One run is lost: only that one is trained again, and the figures are the same.
"$rote" -w "$w" runs show x-1 --json >"$dir/before"
"$rote" -w "$w" runs delete x-2 --yes >/dev/null
"$rote" -w "$w" export counterfactual --run x-1 2>"$dir/err" && fail "a part is missing"
grep -q 'x-2 is not there' "$dir/err" || fail "it says $(cat "$dir/err")"
train --strategy halves:m=2 --name x >"$dir/second"
cmp "$dir/first" "$dir/second" || fail "other figures"
"$rote" -w "$w" runs show x-1 --json | cmp "$dir/before" - || fail "a run that was done was touched"
[ "$("$rote" -w "$w" runs | grep -c ' x-')" -eq 2 ] || fail "there are other runs"

train --strategy halves:m=2 --name x --json | grep -q '"counterfactual": {"positions": 200' || fail "no JSON"
train --strategy halves:m=2 --name x --set epochs=2 2>"$dir/err" && fail "other options pass"
grep -q 'another way' "$dir/err" || fail "it says $(cat "$dir/err")"
train --strategy halves:m=3 2>"$dir/err" && fail "an odd number passes"
grep -q 'even' "$dir/err" || fail "it says $(cat "$dir/err")"
train --strategy halves:m=2,part=2 --name one >/dev/null || fail "one part alone"
"$rote" -w "$w" export counterfactual --run one 2>/dev/null && fail "one part is no experiment"

# Twice the same bytes: of the experiment, of the curves in each form, and of the weights, which are
# those of the run.
twice() { # NAME ARGUMENT…
    name=$1
    shift
    "$rote" -w "$w" export "$@" -o "$dir/1-$name" >/dev/null 2>&1 || fail "export $*"
    "$rote" -w "$w" export "$@" -o "$dir/2-$name" >/dev/null 2>&1 || fail "export $*"
    [ -d "$dir/1-$name" ] || [ -s "$dir/1-$name" ] || fail "export $*: nothing"
    diff -r "$dir/1-$name" "$dir/2-$name" >/dev/null || fail "export $*: other bytes the second time"
}
for as in csv json; do
    twice "counterfactual.$as" counterfactual --run x-1
    twice "summary.$as" counterfactual-summary --run x-1
done
for as in csv json svg; do
    twice "curves.$as" curves x-1 x-2
done
(
    # What fontconfig keeps until the end is no leak.
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
    twice curves.png curves x-1 x-2
) || exit 1
twice weights weights --run x-1
id=$("$rote" -w "$w" sql "SELECT run FROM run WHERE name = 'x-1'" --format csv | tail -n 1)
for file in "$dir"/1-weights/*; do
    cmp "$file" "$w/runs/$id/${file##*/}" || fail "other weights than the run's"
done
[ -s "$dir/1-weights/model.safetensors" ] && [ -s "$dir/1-weights/config.json" ] || fail "no weights"

train --strategy canary:count=3,copies=4 --name c >/dev/null
"$rote" -w "$w" runs show c | grep -q '^ *4  *3  *[0-9.]* \[' || fail "no exposure"
"$rote" -w "$w" runs show c --json | grep -q '"canary": {"catalogue": 30' || fail "no exposure in JSON"
