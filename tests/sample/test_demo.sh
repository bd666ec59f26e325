#!/bin/sh
# rote demo from the outside: the sample data, the models, the Overview as text, and labels that
# agree with truth.tsv.
#
#   test_demo.sh ROTE SAMPLE_DATA_FOLDER [trained]
#
# "trained": also the models that workers train, which takes a minute.
set -eu

rote=$1 data=$2
counted=--counted n=3
[ "${3-}" != trained ] || counted= n=5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "test_demo: $1" >&2
    exit 1
}

# Without a terminal, and with --batch, the Overview is printed.
LC_ALL=C.UTF-8 "$rote" -w "$dir/wayside" demo $counted >"$dir/first" </dev/null
grep -q '3,000 users' "$dir/first" || fail "no users in the overview: $(cat "$dir/first")"
for model in popularity markov item-knn; do
    grep -q " $model " "$dir/first" || fail "no $model in the overview"
done

if [ $n -eq 5 ]; then
    for model in sasrec gr; do
        grep -q " $model " "$dir/first" || fail "no $model in the overview"
    done
    "$rote" -w "$dir/wayside" runs | grep -c ' done ' | grep -qx 5 || fail "not all runs are done"
fi

# A second time nothing is trained again.
LC_ALL=C.UTF-8 "$rote" -w "$dir/wayside" demo $counted --batch >"$dir/second" </dev/null
cmp "$dir/first" "$dir/second" || fail "a second demo shows something else"
[ "$(find "$dir/wayside/runs" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq $n ] || fail "a second demo trained again"
"$rote" -w "$dir/wayside" --json demo $counted >"$dir/json" </dev/null
[ "$(grep -o '"run":' "$dir/json" | wc -l)" -eq $n ] || fail "--json does not list $n runs"

# The planted labels come out of the real thing.
"$rote" -w "$dir/wayside" export target-labels --format tsv -o "$dir/labels.tsv"
awk -F '\t' '
    FNR == 1 { next }
    NR == FNR { rule[$1] = $2; planted[$1] = $3; next }
    {
        n[rule[$1]]++
        memorized[rule[$1]] += $3 == "memorization"
        carried += planted[$1] != "" && index("," $3 ",", "," planted[$1] ",") > 0
    }
    END {
        if (n["route"] != 1000 || memorized["route"] != 1000) { print "routes"; exit 1 }
        if (n["mood"] != 1000 || memorized["mood"] > 50) { print "moods"; exit 1 }
        if (n["hop"] != 600 || carried < 540) { print "hops"; exit 1 }
    }' "$data/truth.tsv" "$dir/labels.tsv" || fail "labels do not agree with truth.tsv"

# Other data are left alone.
printf 'user,item\na,1\na,2\na,3\n' >"$dir/other.csv"
"$rote" -w "$dir/other" import "$dir/other.csv" >/dev/null
if "$rote" -w "$dir/other" demo >/dev/null 2>"$dir/refusal" </dev/null; then
    fail "the demo took over a workspace with other data"
fi
grep -q 'rote -w DIR demo' "$dir/refusal" || fail "the refusal does not say what to do"
