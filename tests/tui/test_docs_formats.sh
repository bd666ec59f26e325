#!/bin/sh
# The examples of docs/formats.md: the files of each section are written, its commands run, and the
# line "# …" below a command is in what it printed.
# usage: test_docs_formats.sh ROTE docs/formats.md
set -u
rote=$(realpath "$1") docs=$(realpath "$2")
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
mkdir "$top/bin" && ln -s "$rote" "$top/bin/rote" || exit 1
PATH=$top/bin:$PATH

# one folder per section, "text NAME" blocks as files in it, "sh" blocks as its script
awk -v top="$top" '
    /^## /          { dir = sprintf("%s/%02d", top, ++n); system("mkdir -p " dir) }
    /^```$/         { out = ""; next }
    /^```text /     { out = dir "/" $2; if (split($2, part, "/") > 1) system("mkdir -p " dir "/" part[1])
                      printf "" > out; next }
    /^```sh$/       { out = dir "/commands"; next }
    /^```/          { out = "/dev/null"; next }
    out != ""       { print > out }
' "$docs"

ran=0
for script in "$top"/*/commands; do
    cd "$(dirname "$script")" || exit 1
    while IFS= read -r line; do
        case $line in
        "# "*)
            if ! grep -qF -- "${line#\# }" printed; then
                echo "\"${line#\# }\" was not printed by: $command"
                cat printed
                exit 1
            fi
            ran=$((ran + 1)) ;;
        *)
            command=$line
            if ! sh -c "$command" >printed 2>&1 </dev/null; then
                echo "failed: $command"
                cat printed
                exit 1
            fi ;;
        esac
    done <"$script"
done
[ "$ran" -ge 16 ] || { echo "only $ran examples ran"; exit 1; }
echo "$ran examples"
