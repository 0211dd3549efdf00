#!/bin/sh
# A check-in or a report, in one line, to #reports of the community; a file where there is none.
#
#     sh report.sh all well at mill lane 12, need insulin
#
# Says which of both it did. Neither means that anybody has read it yet.
set -eu
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$kit/lib/kit.sh"
if [ $# -eq 0 ] && [ -t 0 ]; then
    printf 'Who, where, how many, what is needed, in one line: ' >&2
    IFS= read -r line || line=
    set -- "$line"
fi
text=$*
case $text in
*[![:space:]]*) ;;
*)
    echo 'usage: sh report.sh WHO, WHERE, HOW IT IS, WHAT IS NEEDED' >&2
    exit 2
    ;;
esac

ready || die "this machine is not set up yet" "sh start.sh"
if is_member; then
    hearth chat send '#reports' -- "$text"
    say "it is written down and signed here; it goes with the next sync or trade.sh"
    exit 0
fi

# In no community: a file to be carried by hand, in the kit if it can be written to.
when=$(date -u +%Y-%m-%dT%H%M%SZ)
for folder in "$kit/reports" "$data/hearth-kit/reports"; do
    file=$folder/report-$when-$$.txt
    if mkdir -p "$folder" 2>/dev/null &&
        printf '%s  %s\n' "$when" "$text" 2>/dev/null >"$file"; then
        printf 'wrote %s\n' "$file"
        say "this hearth is in no community: nobody was told; hand the file on"
        exit 0
    fi
done
die "there is nowhere to write the report" "write it down on paper"
