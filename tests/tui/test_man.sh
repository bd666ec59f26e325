#!/bin/sh
# The manual page: every command, option, action and environment variable, rendered without a warning.
#
#   test_man.sh ROTE PAGE SOURCE
set -eu

rote=$1 page=$2 source=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
    echo "test_man: $1" >&2
    exit 1
}

"$rote" help --man | cmp - "$page" || fail "$page is not what the program prints"
LC_ALL=C grep -n '[^ -~]' "$page" && fail "bytes beyond ASCII"
if ! command -v groff >/dev/null; then
    echo "skipped: groff is not installed, so only the source of $page was looked at"
    exit 77
fi
groff -man -Tutf8 -ww -rLL=80n "$page" >"$dir/page" 2>"$dir/warnings" || fail "groff fails"
[ ! -s "$dir/warnings" ] || fail "warnings: $(head -n 3 "$dir/warnings")"
# as plain text
sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g; s/‐$//' "$dir/page" >"$dir/text"
awk '{ gsub(/[\x80-\xbf]/, "") } length($0) > 80 { print; bad = 1 } END { exit bad }' "$dir/text" ||
    fail "lines over 80 columns"

"$rote" --help | awk '/^commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' |
    while read -r command; do
        grep -q "^   rote $command" "$dir/text" || fail "no command $command"
        "$rote" "$command" --help | awk '/^options/ { on = 1 } on && /^  (-.,|   ) --/ && match($0, /--[a-z0-9-]+/) {
            print substr($0, RSTART, RLENGTH) }' | while read -r option; do
            grep -q -e "$option\( \|\$\)" "$dir/text" || fail "no option $option of $command"
        done
    done
sed -n 's/^ACTION([A-Z_]*, "\([a-z-]*\)".*/\1/p' "$source/tui/command/actions.def" >"$dir/actions"
[ -s "$dir/actions" ] || fail "no actions"
while read -r action; do
    grep -q ":$action\( \|\$\)" "$dir/text" || fail "no action $action"
done <"$dir/actions"
for title in NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS SCREENS FILES ENVIRONMENT 'EXIT STATUS' EXAMPLES; do
    grep -q "^$title\$" "$dir/text" || fail "no section $title"
done
# What the program asks the environment for, but for what only tests set.
grep -rhoE 'getenv\("[A-Z_]+"\)' "$source/tui" "$source/analysis" "$source/storage" | cut -d '"' -f 2 |
    grep -vE '^ROTE_TEST_|^TMUX$' | sort -u | while read -r name; do
    grep -q "$name" "$dir/text" || fail "the environment variable $name is missing"
done
