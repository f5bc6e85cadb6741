# bash completion for zvonokctl(1). Install as /usr/share/bash-completion/completions/zvonokctl.
# Ids are those of the calls that live, for call and trace of those that are over too; a gateway that does not answer within half a second is not waited for.

_zvonokctl_calls() {
    timeout 0.5 "$1" "${@:2}" --json calls 2>/dev/null |
        sed -n 's/^ *"name": "\([cr]-[0-9.]*\)",\{0,1\}$/\1/p'
}

_zvonokctl_files() {
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
    compopt -o filenames 2>/dev/null
}

_zvonokctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local verbs='status calls call trace sessions hangup loglevel doctor pcap'
    local options='--socket --json --help --version'
    local verb='' words=() socket=() i
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --socket) socket=(--socket "${COMP_WORDS[++i]}") ;;
        --file) ((i++)) ;;
        -*) ;;
        *) if [ -z "$verb" ]; then verb=${COMP_WORDS[i]}; else words+=("${COMP_WORDS[i]}"); fi ;;
        esac
    done

    case $previous in
    --socket | --file)
        _zvonokctl_files "$current"
        return
        ;;
    esac
    if [[ $current == -* ]]; then
        [ "$verb" = calls ] && options="$options --ended"
        [ "$verb" = trace ] && options="$options --text --mermaid --file"
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        return
    fi
    case $verb:${#words[@]} in
    :0) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current") ;;
    call:0 | trace:0)
        mapfile -t COMPREPLY < <(compgen -W "$(_zvonokctl_calls "$1" "${socket[@]}")
            $(_zvonokctl_calls "$1" "${socket[@]}" --ended)" -- "$current")
        ;;
    hangup:0 | pcap:0)
        mapfile -t COMPREPLY < <(compgen -W "$(_zvonokctl_calls "$1" "${socket[@]}")" -- "$current")
        ;;
    pcap:1) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$current") ;;
    pcap:2) [ "${words[1]}" = on ] && _zvonokctl_files "$current" ;;
    loglevel:0)
        # "=" ends a word for bash's completion, so MODULE=LEVEL arrives in up to three words.
        mapfile -t COMPREPLY < <(compgen -S = -W 'all main http call sip media dns' -- "$current")
        compopt -o nospace 2>/dev/null
        ;;
    loglevel:*) mapfile -t COMPREPLY < <(compgen -W 'error warn info debug' -- "${current#=}") ;;
    esac
}

complete -F _zvonokctl zvonokctl
