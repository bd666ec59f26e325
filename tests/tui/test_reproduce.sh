#!/bin/sh
# The commands at the end of a report, done by a shell, make the same data, runs and report again.
#
#   test_reproduce.sh ROTE
set -eu

rote=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "test_reproduce: $1" >&2
    exit 1
}

# Two folders with the same files; the names need quotes.
mkdir "$dir/it's here" "$dir/again" "$dir/bin"
ln -s "$rote" "$dir/bin/rote"
PATH=$dir/bin:$PATH
cd "$dir/it's here"
awk 'BEGIN { print "who,what,when,stars"
    for (u = 0; u < 60; u++) {
        x = u * 7 % 30
        for (i = 0; i < 6 + u % 6; i++) {
            print "u" u ",i" x "," u + 10 * i "," 1 + (u + i) % 5
            x = (x * 3 + 7 + u % 3) % 30
        }
    }
    print "only two" }' >'the "rows" $1.csv'
awk 'BEGIN { print "item,title"; for (i = 0; i < 30; i++) print "i" i ",title " i % 7 }' >'items & titles.csv'
# A trainer that recommends what the user has had.
cat >'train it.sh' <<'TRAINER'
sed -n 's/.*"user": *"\([^"]*\)".*"train": *\(\[[^]]*\]\).*/{"user":"\1","items":\2}/p' "$1/sequences.jsonl" \
    >"$1/recommendations.jsonl"
TRAINER
awk 'BEGIN { print "user,item,rank"
    for (u = 0; u < 60; u++) for (i = 1; i < 3; i++) print "u" u ",i" (u * 5 + i) % 30 "," i }' >"lists it's.csv"
cp ./* "$dir/again"

rote import "$PWD/the \"rows\" \$1.csv" --columns user=who,item=what,time=when,rating=stars --min-rating 1.5 \
    --items "$PWD/items & titles.csv" --max-length 9 --k-core 2 --split leave-one-out --allow-bad >/dev/null
rote train --model popularity --name "all's well" >/dev/null
rote train --model markov --set order=2 --trained-on train+valid --name 'mark $HOME' >/dev/null
rote train --model sasrec --set epochs=2 --set width=16 --set layers=1 --set batch-tokens=200 --seed 7 \
    --strategy goldfish:k=3 --name short >/dev/null
rote train --model sasrec --set epochs=1 --set width=16 --set layers=1 --set batch-tokens=200 --name other >/dev/null
rote train --model ensemble --of short,other --name both >/dev/null
rote runs rename other 'another, name' >/dev/null
rote train --launcher command --command 'sh "train it.sh" {dir}' --model their-own --set 'why=it is $so' \
    --set lr=0.5 --seed 5 --name outside >/dev/null
rote import-recs "$PWD/lists it's.csv" --model llama --strategy 'their way' --columns user=user,item=item,rank=rank \
    --format csv --order file --allow-bad --name 'their lists' >/dev/null

# All but the run that only the ensemble needs.
report() {
    rote report "all's well" 'mark $HOME' short both outside 'their lists' -d last -d any -e 1 "$@"
}
figures() {
    rote dataset --json | grep fingerprint
    for run in "all's well" 'mark $HOME' short 'another, name' both outside 'their lists'; do
        rote eval "$run" --json
    done
}
report -f md -o report.md
report -f json -o report.json
figures >../before
awk '/^#/ { here = $0 ~ /How to make this again/ } here && /^    / { print substr($0, 5) }' report.md >../commands
grep -q "^rote import 'the \"rows\" \$1.csv' " ../commands || fail "another import: $(cat ../commands)"
grep -q "$dir" ../commands && fail "a path of this machine: $(cat ../commands)"
[ "$(grep -c '^rote ' ../commands)" = 9 ] || fail "not all commands: $(cat ../commands)"

cd "$dir/again"
sh -e ../commands >said 2>errors || fail "the commands fail: $(cat errors) $(cat ../commands)"
figures >../after
cmp ../before ../after || fail "other figures: $(diff ../before ../after)"
# The report that the last command makes is the first one, but for seconds and dates.
report -f md -o report.md
awk '/^#/ { here = $0 ~ /How to make this again/ } here && /^    / { print substr($0, 5) }' report.md >../commands-again
cmp ../commands ../commands-again || fail "other commands: $(diff ../commands ../commands-again)"
