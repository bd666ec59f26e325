#!/bin/sh
# Completion of the command line: what bash's function offers, and rote complete as zsh calls it.
#
#   test_completion.sh ROTE SOURCE
set -eu

command -v bash >/dev/null || exit 77
set -- "$(realpath "$1")" "$(realpath "$2")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/here"
ln -s "$1" "$dir/bin/rote"
cat >"$dir/rows.csv" <<'END'
user,item
a,x
a,y
a,z
b,y
b,x
b,z
END
w=$dir/here/rote-workspace
"$1" -w "$w" import "$dir/rows.csv" >/dev/null
for name in plain 'two words' '$(touch pwned)'; do
    "$1" -w "$w" train --model markov --name "$name" >/dev/null
done
mkdir "$dir/here/folder"
: >"$dir/here/file.csv"

cat >"$dir/test.bash" <<'END'
set -eu
source "$1/tui/completion/rote.bash"
failed=0

# offers WORD… is CANDIDATE…: the words of the line, the last one at hand
offers() {
    local -a words=() wanted=()
    while [[ $1 != is ]]; do words+=("$1"); shift; done
    shift
    wanted=("$@")
    COMP_WORDS=(rote "${words[@]}") COMP_CWORD=${#words[@]}
    _rote rote "${words[-1]}" || true
    local got wants
    got=$(printf '%s\n' "${COMPREPLY[@]+"${COMPREPLY[@]}"}" | sort)
    wants=$(printf '%s\n' "${wanted[@]+"${wanted[@]}"}" | sort)
    if [[ $got != "$wants" ]]; then
        printf 'rote %s: it offers\n%s\nnot\n%s\n' "${words[*]}" "$got" "$wants" >&2
        failed=1
    fi
}

offers do is doctor
offers e is eval export
offers worke is
offers complet is
offers help aud is audit
offers help audit '' is
offers export '' is target-labels recs users items figures frontier curves comparison counterfactual \
    counterfactual-summary recbole sequences embeddings semids trec weights llama-factory
offers export l is llama-factory
offers export frontier '' is plain 'two\ words' '\$\(touch\ pwned\)'
offers export frontier plain,t is 'plain\,two\ words'
offers export recs --run p is plain
offers export recs --run = p is plain
offers export recs --run = is plain 'two\ words' '\$\(touch\ pwned\)'
offers export recs --run=p is --run=plain
offers export recs -r "'tw" is 'two\ words'
offers export recs -r 'two\ w' is 'two\ words'
offers export recs -rplain --s is --scale --split --strategy
offers export recs --split '' is test valid
offers export recs -o f is file.csv folder
offers -w fo is folder
offers --workspace = fo is folder
offers -w folder export recs --run '' is
offers -w nowhere export recs --run p is
offers -w rote-workspace export recs --run p is plain
offers runs s is show
offers runs '' is show log follow cancel resume rename delete at-once
offers case add --compare plain,p is 'plain\,plain'
offers runs show p is plain
offers runs show plain '' is
offers compare p is plain
offers compare plain p is plain
offers import fi is file.csv
offers import --order '' is time file
offers import --split t is temporal
offers train --model '' is popularity markov item-knn sasrec gr ensemble
offers train --model m is markov
offers train --model markov --set '' is order= "${strategies[@]}"
offers train --model = markov --set o is order=
offers train --set iirg.w is iirg.window=
offers train --set order = 3 is
offers train --strategy ii is iirg
offers train --strategy iirg+gold is iirg+goldfish
offers train --strategy iirg : k is
offers train --strategy iirg : window = 3 --model m is markov
offers train --launcher '' is local command
offers export users -f t is tsv tex txt
offers report --format '' is html md tex json txt
offers case export 1 --format h is html
offers sql --format j is json jsonl
offers bench d is decode
offers --no-c is --no-color
offers audit --qu is --quiet
offers nothing '' is
[[ ! -e pwned ]] || failed=1
exit $failed
END
# The options of strategies, which go with any model.
strategies=$("$1" complete -- 3 rote train --set '' | grep '\.' | tr '\n' ' ')
sed -i "2i strategies=($strategies)" "$dir/test.bash"
cd "$dir/here"
PATH=$dir/bin:$PATH bash "$dir/test.bash" "$2"

# zsh gives whole words, and none where nothing is typed yet.
[ "$("$1" complete -- 2 rote train --model=ma)" = --model=markov ]
[ "$("$1" complete -- 2 rote export | head -n 1)" = target-labels ]
[ "$("$1" -w "$w" complete -- 3 rote export recs --run=plain,pl)" = --run=plain,plain ]
"$1" complete -- x rote 2>/dev/null && exit 1
"$1" complete -- 9 rote 2>/dev/null && exit 1

# The words of a command are the same in its help, in what is offered and in what it does.
words_of() { # COMMAND
    "$1" "$2" --help | awk '/ is one of$/ { on = 1; next } on && /^  [a-z]/ { print $1 } on && /^$/ { exit }'
}
for command in bench case export runs; do
    words_of "$1" "$command" >"$dir/words"
    [ -s "$dir/words" ]
    "$1" complete -- 2 rote "$command" '' | cmp - "$dir/words"
    [ "$command" = bench ] && continue
    while read -r word; do
        "$1" -w "$w" "$command" "$word" nothing >/dev/null 2>"$dir/error" </dev/null || true
        if grep -E 'there is no `|say what to export' "$dir/error"; then exit 1; fi
    done <"$dir/words"
done
"$1" complete -- 2 rote bench im | grep -qx import-recs
"$1" bench nothing 2>&1 | grep -q 'import-recs ('

# Every command and long option of --help is offered.
"$1" --help | awk '/^commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' >"$dir/commands"
"$1" complete -- 1 rote '' | grep -vx help | cmp - "$dir/commands"
while read -r command; do
    "$1" "$command" --help | awk '/^options/ { on = 1 } on && /^  (-.,|   ) --/ && match($0, /--[a-z0-9-]+/) {
        print substr($0, RSTART, RLENGTH) }' >"$dir/options"
    "$1" complete -- 2 rote "$command" -- | cmp - "$dir/options"
done <"$dir/commands"
