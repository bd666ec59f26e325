#!/bin/sh
# Runs from several rote processes at once: one starts, two follow, another cancels and resumes.
#
#   test_runs.sh ROTE
set -eu

rote=$1
dir=$(mktemp -d)
w=$dir/workspace
trap 'for r in first second; do "$rote" -w "$w" runs cancel $r --yes >/dev/null 2>&1 || :; done; rm -rf "$dir"' EXIT

fail() {
    echo "test_runs: $1" >&2
    exit 1
}

# Waits for a state; each look is a process of its own.
until_state() { # RUN STATE
    looks=0
    until "$rote" -w "$w" runs | grep -q " $1 .* $2 "; do
        looks=$((looks + 1))
        [ $looks -lt 2000 ] || fail "$1 does not become $2: $("$rote" -w "$w" runs)"
    done
}

awk 'BEGIN { print "user,item,time"
    for (u = 0; u < 40; u++) for (i = 0; i < 8; i++) print "u" u ",i" (u * 7 + i * 3) % 30 "," i }' >"$dir/rows.csv"
"$rote" -w "$w" import "$dir/rows.csv" >/dev/null
# What the data lack is said before anything starts.
"$rote" -w "$w" train --model sasrec --strategy iirg 2>"$dir/lack" && fail "iirg without texts"
grep -q 'needs item texts or --embeddings' "$dir/lack" || fail "it says $(cat "$dir/lack")"
"$rote" -w "$w" runs | grep -q sasrec && fail "a run that cannot be was queued"
tiny="--model sasrec --detach --set width=16 --set layers=1 --set mlp=1 --set items=6 --set batch-tokens=200 --set patience=0"
"$rote" -w "$w" train $tiny --name first --set epochs=100000 >/dev/null
"$rote" -w "$w" train $tiny --name second --set epochs=3 >/dev/null
[ "$("$rote" -w "$w" runs at-once)" = 1 ] || fail "more than one at once"
until_state first running

# Two follow; one of them stops following and the run does not care.
"$rote" -w "$w" runs follow first >"$dir/follow" 2>"$dir/follow.err" &
follower=$!
"$rote" -w "$w" runs follow first --json >"$dir/follow.json" 2>/dev/null &
other=$!
looks=0
until grep -q '"kind": *"epoch"' "$dir/follow.json"; do
    looks=$((looks + 1))
    [ $looks -lt 100000 ] || fail "nothing is followed"
done
kill -9 $other
wait $other 2>/dev/null && status=0 || status=$?
[ "$status" -eq 137 ] || fail "it had ended with status $status before it was killed"
"$rote" -w "$w" runs | grep -q ' second .* queued ' || fail "the second does not wait"
"$rote" -w "$w" runs at-once 2 >/dev/null
"$rote" -w "$w" runs follow second >"$dir/second" || fail "the second does not end"
grep -q '^ *3  *[0-9.]* ' "$dir/second" || fail "no line of its third epoch: $(cat "$dir/second")"

"$rote" -w "$w" runs cancel first </dev/null 2>"$dir/asks" && fail "it does not ask"
grep -q -- --yes "$dir/asks" || fail "it does not say how to answer: $(cat "$dir/asks")"
"$rote" -w "$w" runs cancel first --yes >/dev/null
wait $follower && fail "a cancelled run is no success"
grep -q 'first is cancelled' "$dir/follow.err" || fail "the follower says $(cat "$dir/follow.err")"
head -n 1 "$dir/follow" | grep -q 'epoch.*loss.*recall@10.*one-hop.*shuffle.*extraction' || fail "no titles"

"$rote" -w "$w" runs resume first >/dev/null
until_state first running
"$rote" -w "$w" runs resume first 2>/dev/null && fail "two workers on one run"
"$rote" -w "$w" runs show first --json | grep -q '"epochs": *\[{"epoch": *1,' || fail "no history"
"$rote" -w "$w" runs log first | grep -q ' start ' || fail "no events"
"$rote" -w "$w" runs delete first --yes >/dev/null
"$rote" -w "$w" runs | grep -q ' first ' && fail "it is still there"
[ "$(find "$w/runs" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ] || fail "its folder is still there"
