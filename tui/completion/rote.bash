# Completion of rote in bash. `rote complete` knows what can stand where the cursor is: commands,
# options, runs of the workspace, models, strategies, formats.

_rote() {
    local line cur=${COMP_WORDS[COMP_CWORD]} program=${1/#\~\//$HOME/}
    [[ $cur == [=:] ]] && cur=
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        $'\tfiles')
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
            ;;
        $'\tdirs')
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
            ;;
        *=)
            compopt -o nospace 2>/dev/null
            COMPREPLY+=("$line")
            ;;
        *)
            printf -v line %q "$line" # a run may have any name
            COMPREPLY+=("$line")
            ;;
        esac
    done < <("$program" complete -- "$COMP_CWORD" "${COMP_WORDS[@]}" 2>/dev/null)
}

complete -F _rote rote
