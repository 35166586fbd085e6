"""Completion in bash, which splits words at `=` and `:`: `--set loss.r1=1` are four of them, and only the last is replaced.

They are joined again before the program is asked, and of its answers what stands in front of the last piece is taken away.
"""

from typing import ClassVar

from click.shell_completion import BashComplete

SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n' line=$COMP_LINE words=() word= last= joins i kind value answers prefix
    for ((i = 0; i <= COMP_CWORD; i++)); do
        last=$word word=${COMP_WORDS[i]} joins=$i
        while [[ $line == [[:blank:]]* ]]; do
            line=${line:1} joins=0
        done
        line=${line#"$word"}
        if ((joins)) && [[ $word =~ ^[=:]+$ || $last =~ ^[=:]+$ ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    [[ $word =~ ^[=:]+$ ]] && word=
    prefix=${words[-1]%%"$word"}
    [[ $prefix == --*=* ]] && prefix=${prefix#*=}
    answers=$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("${value#"$prefix"}") ;;
        esac
    done <<< "$answers"
    [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *[=/:] ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class BashWords(BashComplete):
    """What `gan-tui completion bash` prints."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = SCRIPT
