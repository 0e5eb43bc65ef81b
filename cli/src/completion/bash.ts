/**
 * Completion for bash. The library's own script needs the package bash-completion, complains when it is read twice, and evaluates what stands
 * on the line: `$(…)` would run at a press of Tab.
 */
export const bashCompletion = `# bash completion for everhook
_everhook() {
  local current="\${COMP_WORDS[COMP_CWORD]}" word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [[ "$word" != :* && "$word" == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done < <(everhook complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _everhook everhook
`;
