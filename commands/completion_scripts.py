"""Completion scripts for bash, zsh and fish, written from the click tree.

The scripts are static: verbs, options and fixed values stand in them, so that a Tab costs no
process. Only names that change (of corpora, of communities) are asked of
`hearth completions --values`.
They are checked in under completions/ (a test holds them to the tree) and installed under share/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hearth.commands.completion_tree import Node, Option, tree

SHELLS = ("bash", "zsh", "fish")
_HEAD = "# Completions of hearth, generated from the program (make generate); do not edit.\n"


def script(shell: str) -> str:
    """The completion script of one of `SHELLS`."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](tree())


# --- bash ------------------------------------------------------------------------------------


_BASH = """
_hearth_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_hearth_names() {  # not by compgen -W, which would expand them
    local name
    while IFS= read -r name; do
        [[ $name == "$cur"* ]] && COMPREPLY+=("$name")
    done < <(hearth completions --values "$1" 2>/dev/null)
}

_hearth() {
    local cur=${COMP_WORDS[COMP_CWORD]} path="" word last="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case "$path":$word in
        @options@) last="$path":$word; i=$((i + 1)); continue ;;
        esac
        case "${path:+$path }$word" in
        @paths@) path="${path:+$path }$word" ;;
        esac
    done
    if ((i > COMP_CWORD)); then
        case $last in
@values@
        esac
        return
    fi
    case $path in
@words@
    esac
}

complete -F _hearth hearth
"""


def _bash(nodes: list[Node]) -> str:
    paths, options, values, words = [], [], [], []
    for node in nodes:
        key = " ".join(node.path)
        paths += [f'"{" ".join((*node.path, child))}"' for child in node.children]
        for option in node.options:
            if option.value:
                patterns = [f'"{key}":{name}' for name in option.names]
                options += patterns
                value = _bash_value(option.value, option.words)
                values.append(f"        {'|'.join(patterns)}) {value} ;;")
        names = " ".join(name for option in node.options for name in option.names)
        then = _bash_value(node.value, node.words)
        if node.children:
            then = f'_hearth_words "{" ".join(node.children)}"'
        words.append(
            f'    "{key}") if [[ $cur == -* ]]; then _hearth_words "{names}"; else {then}; fi ;;'
        )
    parts = {
        "@options@": " |\\\n        ".join(options),
        "@paths@": " |\\\n        ".join(paths),
        "@values@": "\n".join(values),
        "@words@": "\n".join(words),
    }
    return _HEAD + re.sub(r"@\w+@", lambda found: parts[found.group()], _BASH)


def _bash_value(kind: str, words: tuple[str, ...]) -> str:
    match kind:
        case "words":
            return f'_hearth_words "{" ".join(words)}"'
        case "file":
            return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
        case "dir":
            return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur")'
        case "corpora" | "communities" | "elsewhere" | "conversations" | "models":
            return f"_hearth_names {kind}"
    return ":"


# --- zsh -------------------------------------------------------------------------------------


def _zsh(nodes: list[Node]) -> str:
    by_path = {node.path: node for node in nodes}
    parts = [f"#compdef hearth\n{_HEAD}", _ZSH_NAMES]
    for node in nodes:
        name = "_".join(("_hearth", *node.path)).replace("-", "_")
        arguments = [piece for option in node.options for piece in _zsh_option(option)]
        if not node.children:
            arguments.append(f"'*:{node.value or 'word'}:{_zsh_value(node.value, node.words)}'")
            body = f"    _arguments -s -S : \\\n        {_zsh_folded(arguments)}\n"
            parts.append(f"{name}() {{\n{body}}}\n")
            continue
        verbs = "\n".join(
            f"            '{child}:{_zsh_quoted(by_path[(*node.path, child)].help)}'"
            for child in node.children
            if (*node.path, child) in by_path
        )
        calls = "\n".join(
            f"        {child}) {name}_{child.replace('-', '_')} ;;" for child in node.children
        )
        arguments += ["'1: :->verb'", "'*:: :->rest'"]
        parts.append(
            f"{name}() {{\n"
            f"    local curcontext=$curcontext state line\n    typeset -A opt_args\n"
            f"    _arguments -s -S -C : \\\n        {_zsh_folded(arguments)}\n"
            f"    case $state in\n    verb)\n        local -a verbs=(\n{verbs}\n        )\n"
            f"        _describe verb verbs\n        ;;\n"
            f"    rest)\n        case $line[1] in\n{calls}\n        esac\n        ;;\n"
            f"    esac\n}}\n"
        )
    return "\n".join(parts) + '\n_hearth "$@"\n'


_ZSH_NAMES = """\
_hearth_names() {
    local -a names=("${(@f)$(hearth completions --values $1 2>/dev/null)}")
    compadd -a names
}
"""


def _zsh_option(option: Option) -> Iterator[str]:
    value = f":value:{_zsh_value(option.value, option.words)}" if option.value else ""
    for name in option.names:
        others = " ".join(option.names)
        yield f"'({others}){name}[{_zsh_quoted(option.help)}]{value}'"


def _zsh_value(kind: str, words: tuple[str, ...]) -> str:
    match kind:
        case "words":
            return "(" + " ".join(words) + ")"
        case "file":
            return "_files"
        case "dir":
            return "_files -/"
        case "corpora" | "communities" | "elsewhere" | "conversations" | "models":
            return f"_hearth_names {kind}"
    return " "


def _zsh_quoted(text: str) -> str:
    return re.sub(r"([\[\]:])", r"\\\1", text).replace("'", "'\\''")


def _zsh_folded(arguments: list[str]) -> str:
    return " \\\n        ".join(arguments)


# --- fish ------------------------------------------------------------------------------------


def _fish(nodes: list[Node]) -> str:
    known = " ".join(f"'{' '.join(node.path)}'" for node in nodes if node.path)
    lines = [_HEAD, _FISH_PATH.format(paths=known), "complete -c hearth -f"]
    for node in nodes:
        at = f"-n '__hearth_at \"{' '.join(node.path)}\"'"
        for child in node.children:
            help = next((n.help for n in nodes if n.path == (*node.path, child)), "")
            lines.append(f"complete -c hearth {at} -a {child} -d {_fish_quoted(help)}")
        if not node.children:
            lines += [f"complete -c hearth {at} {_fish_value(node.value, node.words)}".rstrip()] * (
                node.value not in ("", "any")
            )
        for option in node.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            takes = {"": "", "file": " -r"}.get(option.value, " -x")  # -x: and no files
            value = f"{takes} {_fish_value(option.value, option.words)}".rstrip()
            lines.append(f"complete -c hearth {at} {names}{value} -d {_fish_quoted(option.help)}")
    return "\n".join(lines) + "\n"


_FISH_PATH = """\
function __hearth_at
    set -l known {paths}
    set -l so_far
    for word in (commandline -opc)[2..-1]
        set -l next (string join ' ' -- $so_far $word)
        contains -- $next $known; and set so_far $next
    end
    test "$so_far" = "$argv"
end
"""


def _fish_value(kind: str, words: tuple[str, ...]) -> str:
    match kind:
        case "words":
            return f"-a '{' '.join(words)}'"
        case "file":
            return "-F"
        case "dir":
            return "-a '(__fish_complete_directories)'"
        case "corpora" | "communities" | "elsewhere" | "conversations" | "models":
            return f"-a '(hearth completions --values {kind} 2>/dev/null)'"
    return ""


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
