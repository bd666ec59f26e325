#!/bin/sh
# rote bench screens on a small workspace: it checks itself, every figure is there, and what does
# not depend on the machine's speed holds.
#   test_bench_screens.sh ROTE
set -eu
rote=$1
dir=$(mktemp -d /tmp/rote-bench-screens-XXXXXX)
trap 'rm -rf "$dir"' EXIT

fail() { echo "$1" >&2; cat "$dir/out.json" >&2; exit 1; }

"$rote" bench screens --users 2000 --items 500 --length 20 --dir "$dir/ws" --json >"$dir/out.json"
for figure in first_frame_ms key_p99_ms filter_ms sort_ms recs_sort_ms rss_mb idle_wakeups \
    move_bytes case_bytes recs_move_bytes; do
    grep -q "\"$figure\":" "$dir/out.json" || fail "$figure is missing"
done
grep -q '"idle_wakeups": *0[,.} ]' "$dir/out.json" || fail "it wakes up while nothing happens"
# A figure that was asked for is an object with its own "holds".
for figure in move_bytes recs_move_bytes case_bytes rss_mb; do
    tr -d '\n ' <"$dir/out.json" | grep -q "\"$figure\":{[^}]*\"holds\":true" ||
        fail "$figure does not hold"
done
"$rote" -w "$dir/ws" runs | grep -q bench-training && fail "the training run was left behind"

# The workspace is kept and used again; another size is made anew, and a wrong option is refused.
before=$(stat -c %i "$dir/ws/rote.db")
"$rote" bench screens --users 2000 --items 500 --length 20 --dir "$dir/ws" --json >"$dir/out.json"
[ "$before" = "$(stat -c %i "$dir/ws/rote.db")" ] || fail "the workspace was made again"
if "$rote" bench screens --users 0 --dir "$dir/ws" 2>"$dir/err"; then fail "no users are fine"; fi
grep -q -- --users "$dir/err" || fail "the refusal does not name the option"
