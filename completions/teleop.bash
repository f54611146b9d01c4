# What completes `teleop` in bash. What may come next, teleop itself says: it asks the process that is
# meant, where its socket is open.

_teleop() {
    local candidate quoted
    COMPREPLY=()
    while IFS= read -r candidate; do
        # Quoted, as whatever a process calls its services is inserted here.
        printf -v quoted %q "${candidate%%$'\t'*}"
        COMPREPLY+=("$quoted")
    done < <(command teleop complete --line="${COMP_LINE:0:COMP_POINT}" --breaks="$COMP_WORDBREAKS" 2>/dev/null)
    # There is more to come of such a word.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.:/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _teleop teleop
