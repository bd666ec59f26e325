#!/bin/sh
# Trains sasrec on a catalogue of a million items, ranks, and reports peak memory: by hand, some
# minutes on two cores (USERS=2000 LENGTH=550 has fewer lists to make: two). The limit is 4 GB.
#   sh tests/bench/million_items.sh build/rote [FOLDER]     USERS=10000 LENGTH=110 by default
set -eu
rote=$(realpath "$1")
work=${2:-$(mktemp -d)}
mkdir -p "$work"
cd "$work"
# Every item occurs once; one in 11 interactions is with one of 1,000 popular items.
awk -v users="${USERS:-10000}" -v each="${LENGTH:-110}" -v items=1000000 'BEGIN {
    srand(1)
    for (u = 1; u <= users; u++) {
        line = u
        for (i = 0; i < each; i++)
            line = line " " (i % 11 == 10 ? 1 + int(1000 * rand() * rand()) : 1 + n++ % items)
        print line
    }
}' >million.txt
"$rote" -w million import --format s3rec million.txt
"$rote" -w million train --model sasrec --set epochs=1 --set batch-tokens=8192 --detach
folder=million/runs/1
peak=0
until tail -n 1 $folder/events.jsonl 2>/dev/null | grep -q '"end"'; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(sed "s/ .*//;q" $folder/lock 2>/dev/null)/status" \
        2>/dev/null || true)
    [ "${now:-0}" -gt "$peak" ] && peak=$now
    sleep 1
done
tail -n 2 $folder/events.jsonl
echo "peak memory of the worker: $((peak / 1024)) MiB"
tail -n 1 $folder/events.jsonl | grep -q '"state": "done"'
[ "$peak" -gt 0 ] && [ "$peak" -lt $((4 * 1000 * 1000)) ]
