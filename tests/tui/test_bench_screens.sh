#!/bin/sh
# rote bench screens on a small workspace: it checks itself, every figure is there, what does not
# depend on the machine's speed holds, and what cannot be measured is not reported.
#   test_bench_screens.sh ROTE
set -eu
rote=$1
dir=$(mktemp -d /tmp/rote-bench-screens-XXXXXX)
trap 'rm -rf "$dir"' EXIT
: >"$dir/out.json"

fail() { echo "$1" >&2; cat "$dir/out.json" >&2; exit 1; }

# Prints its report in one line. A missed ask is for exit status 1, after the report.
bench() {
    status=0
    "$rote" bench screens --users 6000 --items 500 --length 20 --dir "$dir/ws" --json \
        >"$dir/out.json" 2>"$dir/err" || status=$?
    flat=$(tr -d '\n ' <"$dir/out.json")
}
holds() { echo "$flat" | grep -q "\"$1\":{[^}]*\"holds\":true"; }

bench
for figure in first_frame_ms keys keys_while_filtering training_steps_meanwhile filter_ms sort_ms \
    recs_sort_ms rss_peak_mb idle_wakeups move_bytes case_bytes recs_move_bytes; do
    echo "$flat" | grep -q "\"$figure\":" || fail "$figure is missing: $(cat "$dir/err")"
done
# A figure that was asked for is an object with its own "holds".
for figure in idle_wakeups move_bytes recs_move_bytes case_bytes rss_peak_mb training_steps_meanwhile; do
    holds "$figure" || fail "$figure does not hold"
done
# Keys are only timed when they were seen answered beside an unfinished filter.
if holds keys_while_filtering; then
    echo "$flat" | grep -q '"key_p99_ms":{' || fail "key_p99_ms is missing"
elif echo "$flat" | grep -q '"key_p99_ms":'; then
    fail "keys were timed beside nothing"
fi
if echo "$flat" | grep -q '"holds":false'; then
    [ "$status" = 1 ] || fail "an ask is missed, the exit status is $status"
    grep -q "asked for and missed: [a-z]" "$dir/err" || fail "what is missed is not said"
else
    [ "$status" = 0 ] || fail "all hold, the exit status is $status: $(cat "$dir/err")"
fi
"$rote" -w "$dir/ws" runs | grep -q bench-training && fail "the training run was left behind"

# The workspace is kept and used again. What fails inside ends it with its message and no report.
before=$(stat -c %i "$dir/ws/rote.db")
rm "$dir/ws/runs/queue.lock"
mkdir "$dir/ws/runs/queue.lock"
bench
[ "$before" = "$(stat -c %i "$dir/ws/rote.db")" ] || fail "the workspace was made again"
[ "$status" = 1 ] || fail "a training run that cannot begin: status $status"
[ -z "$flat" ] || fail "figures of a benchmark that failed"
grep -q "the training run is failed: .*queue.lock" "$dir/err" || fail "why is not said: $(cat "$dir/err")"
"$rote" -w "$dir/ws" runs | grep -q bench-training && fail "the failed run was left behind"

# A wrong option is refused.
if "$rote" bench screens --users 0 --dir "$dir/ws" 2>"$dir/err"; then fail "no users are fine"; fi
grep -q -- --users "$dir/err" || fail "the refusal does not name the option"
