#!/bin/sh
# Runs the examples of README.md and docs/*.md.
#
#   docs.sh ROTE SOURCE [FILE…]     of these files only (README.md, docs/export.md)
#
# An example is a line that begins with "rote", either indented by four blanks, where an explanation may
# follow after three blanks or more, or in a block that begins with ```sh. Lines of one block are run
# one after the other in one folder, every indented line in a folder of its own. Those of the list
# `not_run` are not run, and no others but those of python3 where there is none.
#
# The folder is a copy of one with a small workspace in ./rote-workspace: users U, u1854 and u2 to u39,
# runs markov, popularity, item-knn, sasrec, gr, A, B, next-1, next-2, iirg-1, iirg-2 and R, which
# another program made, and a case Seals; and with the files that examples read. Models are small and trained for two epochs, whatever the line
# says, and questions are answered with yes. A new example that needs more finds its place in prepare().
set -eu

rote=$(realpath "$1") source=$(realpath "$2")
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }' EXIT
export HOME="$dir" ROTE_EXAMPLE="$rote" OPENBLAS_NUM_THREADS=1
unset XDG_CONFIG_HOME XDG_STATE_HOME ROTE_CONFIG 2>/dev/null || true
failed=0 run=0 skipped=0

# The screens want a terminal; what stands for a statement is none. Each has to be on some page.
not_run='rote
rote -w DIR -s FILE
rote sql "SELECT …"'

# What examples call: rote that asks nothing and trains little.
mkdir "$dir/bin"
cat >"$dir/bin/rote" <<'END'
#!/bin/sh
case " $* " in
*' train '*'--launcher '*) ;;
*' train '*'--model sasrec '* | *' train '*'--model gr '*)
    set -- "$@" --set epochs=2 --set width=16 --set heads=2 --set layers=1 --set mlp=1 --set items=6
    ;;
esac
exec "$ROTE_EXAMPLE" --yes "$@"
END
chmod +x "$dir/bin/rote"
PATH=$dir/bin:$PATH

# Makes the folder that is copied.
prepare() {
    mkdir "$dir/base" && cd "$dir/base"
    awk 'BEGIN {
        print "userId,movieId,rating,timestamp" >"ratings.csv"
        print "movieId,title,genres" >"movies.csv"
        printf "{" >"Beauty.index.json"
        for (i = 0; i < 30; i++) {
            title = "Item " i % 5 " of shelf " i % 7
            print "i" i "," title ",Shelf " i % 7 >"movies.csv"
            print "i" i " " title >"item_text.txt"
            printf "%s\"%d\": [\"<a_%d>\", \"<b_%d>\"]", i ? ", " : "", i + 1, i % 5, i >"Beauty.index.json"
        }
        print "}" >"Beauty.index.json"
        for (u = 0; u < 40; u++) {
            user = u == 0 ? "U" : u == 1 ? "u1854" : "u" u
            printf "%s", user >"user_sequence.txt"
            for (k = 0; k < 8; k++) {
                item = "i" (u * 7 + k * 3) % 30
                print user "," item "," 1 + k % 5 "," 1000 + k >"ratings.csv"
                printf " %s", item >"user_sequence.txt"
            }
            print "" >"user_sequence.txt"
        }
    }'
    awk '/^```python$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/docs/training.md" >train.py
    printf 'users\n' >FILE
    rote import ratings.csv --items movies.csv --semids Beauty.index.json --semids-by order
    rote train --model markov
    rote train --model popularity
    rote train --model item-knn
    rote train --model sasrec --name A
    rote train --model sasrec --seed 2 --name B
    for n in 1 2; do
        rote train --model markov --set order=$n --name next-$n
        rote train --model item-knn --set window=$n --name iirg-$n
    done
    rote train --model sasrec
    rote train --model gr
    cat >r.sh <<'END'
[ ! -e fail ] || exit 1
while [ -e wait ]; do sleep 0.1; done
echo '{"user": "U", "items": ["i1", "i5"]}' >"$1/recommendations.jsonl"
END
    train_r
    rote case new Seals
    rote case add seals --user U --run markov --rank 1
    echo '{"user": "U", "items": ["i1", "i5"]}' >recs.jsonl
    echo '[{"metadata": {"user_id": "U"}, "test_ground_truth_id": "i21",
        "raw_contents": ["<a_1><b_1>", "<a_2><b_7>"]}]' >beauty_generation_outputs_sid.json
    cp -r rote-workspace DIR
}

train_r() {
    rote train --launcher command --command 'sh r.sh {dir}' --name R "$@"
}

# R as another run of the same name: one that failed, or one that is at work.
failed_r() {
    rote runs delete R
    touch fail
    train_r || rm fail
}
working_r() {
    rote runs delete R
    touch wait
    train_r --detach
}

# One example or block, the script $dir/script, of the place $1.
try() {
    run=$((run + 1))
    cp -r "$dir/base" "$dir/$run" # a new folder: what the last example started may still be at work
    cd "$dir/$run"
    case $(cat "$dir/script") in
    *' import '*' -w '* | *'-w '*' import '*) ;;
    *'rote import '*) rm -rf rote-workspace ;;
    *'runs resume R'*) failed_r >/dev/null 2>&1 ;;
    *'runs cancel R'*) working_r >/dev/null 2>&1 ;;
    *'case new '*) rote case delete seals >/dev/null 2>&1 ;;
    esac
    if ! sh -e "$dir/script" >"$dir/said" 2>&1 </dev/null; then
        failed=$((failed + 1))
        echo "$1 fails:" >&2
        cat "$dir/script" "$dir/said" >&2
    fi
    rm -f wait
}

is_skipped() {
    case $1 in
    *'python3 '*) ! command -v python3 >/dev/null && return 0 ;;
    esac
    printf '%s\n' "$not_run" | grep -qxF -e "$1" || return 1
    printf '%s\n' "$1" >>"$dir/not_run"
}

# PLACE⇥CODE, a line an example; the lines of a block are joined by \001.
examples() {
    awk -v file="$1" '
        function flush() { if (block != "") print place "\t" block; block = "" }
        /^```sh$/ { inside = 1; place = file ":" NR; next }
        /^```/ && inside { inside = 0; flush(); next }
        inside { if ($0 ~ /^rote( |$)/) block = block (block == "" ? "" : "\001") $0; next }
        /^```/ { other = !other; next }
        other { next }
        /^    rote( |$)/ {
            line = substr($0, 5)
            sub(/   .*/, "", line)
            print file ":" NR "\t" line
        }' "$source/$1"
}

prepare >"$dir/prepared" 2>&1 || {
    echo "the folder for the examples cannot be made:" >&2
    cat "$dir/prepared" >&2
    exit 1
}
# Pages that bring their own files or their own workspace have tests of their own in tests/tui/.
: >"$dir/not_run"
all=$#
[ $# -gt 0 ] ||
    set -- README.md $(cd "$source" && ls docs/*.md | grep -vE '/(recommendations|formats|tasks)\.md$')
for file; do
    examples "$file" >"$dir/examples"
    while IFS="$(printf '\t')" read -r place code; do
        if is_skipped "$code"; then
            skipped=$((skipped + 1))
            continue
        fi
        printf '%s\n' "$code" | tr '\001' '\n' >"$dir/script"
        try "$place"
    done <"$dir/examples"
done
if [ "$all" -eq 0 ]; then
    printf '%s\n' "$not_run" | while read -r line; do
        grep -qxF -e "$line" "$dir/not_run" || echo "on no page, but in the list of what is not run: $line"
    done >"$dir/stale"
    cat "$dir/stale" >&2
    [ ! -s "$dir/stale" ] || failed=$((failed + 1))
fi
echo "$run examples run, $failed failed, $skipped not run"
[ "$failed" -eq 0 ] && [ "$run" -gt 0 ]
