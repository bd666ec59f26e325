#!/bin/sh
# What README.md and docs/*.md name: every :command is an action, the views of bind are those there
# are, and every SELECT of README.md, docs/sql.md and in backticks elsewhere runs. (Examples in blocks of other pages: tests/docs.sh.)
#
#   test_docs_names.sh ROTE SOURCE
set -eu

rote=$(realpath "$1") source=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
fail() {
    echo "test_docs_names: $1" >&2
    exit 1
}

# ---- :commands ----

sed -n 's/^ACTION([A-Z_0-9]*, "\([a-z-]*\)".*/\1/p' "$source/tui/command/actions.def" | sort >"$dir/actions"
[ -s "$dir/actions" ] || fail "there are no actions"
cd "$source"
# `:name` is how docs/keys.md speaks of all of them. Letters before the colon are a strategy's (iirg:k=1).
grep -noE '(^|[^[:alnum:]_])[:][a-z][a-z-]+' README.md docs/*.md |
    sed -n 's/^\([^:]*:[0-9]*\):.*:\([a-z-]*\)$/\2 \1/p' | grep -v '^name ' | sort >"$dir/named"
[ "$(wc -l <"$dir/named")" -ge 20 ] || fail "the commands are not found on the pages"
join -v 1 "$dir/named" "$dir/actions" >"$dir/unknown"
[ ! -s "$dir/unknown" ] || fail "no such action: $(cat "$dir/unknown")"

# ---- SQL ----

cd "$dir"
"$rote" import "$source/sample_data/wayside.inter" "$source/sample_data/wayside.item" >/dev/null
"$rote" train --model popularity >/dev/null
"$rote" train --model markov >/dev/null
"$rote" eval --definition last >/dev/null

# docs/sql.md: indented statements, over several lines up to an empty one.
awk '/^    (SELECT|WITH) / { on = 1 } /^$/ && on { on = 0; print statement; statement = "" }
    on { sub(/^ +/, ""); statement = statement (statement == "" ? "" : " ") $0 }
    END { if (on) print statement }' "$source/docs/sql.md" >statements
[ "$(wc -l <statements)" -ge 10 ] || fail "docs/sql.md has only $(wc -l <statements) examples"
# In backticks, and in `rote sql "…"`; … stands for any statement.
cat "$source"/README.md "$source"/docs/*.md | grep -oE '`(rote sql ")?(SELECT|WITH) [^`]*`' |
    sed -e 's/^`rote sql "\(.*\)"`$/\1/' -e 's/^`\(.*\)`$/\1/' | grep -v '…' >>statements
ran=0
while IFS= read -r statement; do
    "$rote" sql "$statement" >out 2>&1 </dev/null || fail "$statement: $(cat out)"
    ran=$((ran + 1))
done <statements
# ---- views that keys are bound in ----

views=$("$rote" -c 'bind nowhere' --batch 2>&1 </dev/null | sed -n 's/.*the views are //p' | tr -d '\n')
on_page=$(sed -n 's/^The views are \(.*\); a view.*/\1/p' "$source/docs/keys.md" | tr -d '\140' | sed 's/ and /, /')
in_config=$(sed -n 's/^# Only in one view: //p' "$source/docs/rote.config")
[ -n "$views" ] || fail "the views are not said"
[ "$views" = "$on_page" ] || fail "docs/keys.md: the views are $views, not $on_page"
[ "$views" = "$in_config" ] || fail "docs/rote.config: the views are $views, not $in_config"

echo "$(wc -l <named) commands, $ran statements"
