# What start.sh, ask.sh, trade.sh and report.sh share; POSIX sh. The script that reads this has
# set $kit, the folder of the kit. Nothing is written but the venv, and what hearth itself writes.

unset PYTHONPATH PYTHONHOME

say() { printf '%s\n' "$*" >&2; }

die() { # message, hints
    say "hearth kit: $1"
    shift
    for hint in "$@"; do say "hint: $hint"; done
    exit 1
}

# The program, of the venv that `set_up` or `ready` has found.
hearth() { "$venv/bin/python" -P -m hearth "$@"; }

# The user's data folder, also where HOME is not set.
data_folder() {
    case ${XDG_DATA_HOME:-} in
    /*) printf '%s' "$XDG_DATA_HOME" ;;
    *)
        case ${HOME:-} in
        /*) printf '%s/.local/share' "$HOME" ;;
        *) "$1" -c 'import os; print(os.path.expanduser("~"), end="/.local/share")' ;;
        esac
        ;;
    esac
}

# The first Python on this machine that the kit is for: sets $python.
find_python() {
    why=
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 \
        python3.15 python; do
        "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if reason=$("$name" -B -I "$kit/lib/install.py" fits "$kit" 2>&1); then
            python=$name
            return
        fi
        why=${why:-$reason}
    done
    die "no Python here that this kit is for" \
        "${why:-it needs Python 3.11 or newer with its module venv: python3 --version}" \
        "PYTHON=/path/to/python3 sh start.sh names one"
}

# Whether programs can live in a folder: it can be written to, holds links, and lets files run.
# FAT holds no links; a stick may be read-only, or forbid running anything.
lets_run() {
    mkdir -p "$1" 2>/dev/null || return 1
    probe=$1/.probe.$$
    fine=1
    printf '#!/bin/sh\nexit 0\n' 2>/dev/null >"$probe" && chmod 755 "$probe" 2>/dev/null &&
        "$probe" 2>/dev/null && ln -s "$probe" "$probe.link" 2>/dev/null && fine=0
    rm -f "$probe" "$probe.link" 2>/dev/null
    rmdir "$1" 2>/dev/null || : # if nothing is in it
    return $fine
}

# Where the venv of this kit, Python and machine is, or may be made: sets $venv.
choose_venv() {
    stamp=$(cksum <"$kit/manifest.json") || die "no manifest in $kit"
    stamp=$(printf '%s' "$stamp" | tr ' ' '-')
    kind=$("$python" -c 'import platform, sys
print("%s-%d.%d" % (platform.machine(), *sys.version_info[:2]))')
    data=$(data_folder "$python")
    for venv in "$kit/local/$kind-$stamp" "$data/hearth-kit/$kind-$stamp"; do
        works && return
    done
    venv=$kit/local/$kind-$stamp
    lets_run "$kit/local" && return
    venv=$data/hearth-kit/$kind-$stamp
    lets_run "$data/hearth-kit" && return
    die "there is nowhere to put the program: not in the kit, and not below $data" \
        "XDG_DATA_HOME=/folder sh start.sh names another folder"
}

# Whether the venv is whole; what is being made has another name.
works() { [ -f "$venv/hearth-kit" ] && "$venv/bin/python" -c '' 2>/dev/null; }

# Find the venv that is there already; 1 if there is none.
ready() {
    find_python
    choose_venv
    works
}

# Make the venv, if need be. Killed anywhere, the next run begins again.
set_up() {
    ready && return
    for old in "$venv".new.*; do # of a run that was killed
        [ -d "$old" ] || continue
        kill -0 "${old##*.}" 2>/dev/null || rm -rf "$old" 2>/dev/null || : # its children die, too
    done
    say "unpacking the program into $venv (once)"
    new=$venv.new.$$
    trap 'rm -rf "$new"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv --without-pip "$new" || die "$python could not make a venv"
    "$new/bin/python" -B -I "$kit/lib/install.py" into "$kit" "$venv" ||
        die "the program could not be unpacked" "sh start.sh --verify names what is damaged"
    : >"$new/hearth-kit"
    rm -rf "$venv" # one that does not work
    mv "$new" "$venv" 2>/dev/null || works || die "the program could not be put into $venv"
    trap - EXIT INT TERM HUP
    rm -rf "$new"
    fresh=1
}

# Whether this hearth belongs to a community: to the one with that id, or to any.
is_member() {
    hearth community list --json 2>/dev/null | "$venv/bin/python" -c 'import json, sys
found = [each["id"] for each in json.load(sys.stdin)["communities"] if each["state"] == "joined"]
sys.exit(not (set(sys.argv[1:]) & set(found) if sys.argv[1:] else found))' "$@" 2>/dev/null
}

# The id of the community that the kit invites to; nothing where it invites to none.
invited_to() {
    [ -f "$kit/ticket.txt" ] || return 0
    sed -n 's/^ *"community_id": "\([0-9a-f]*\)".*/\1/p' "$kit/manifest.json"
}
