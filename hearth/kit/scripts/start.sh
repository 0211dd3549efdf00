#!/bin/sh
# Turns this machine into a hearth, without any network, and answers a question.
#
#     sh start.sh [QUESTION]     set up (once), and answer
#     sh start.sh --join         try once more to use the invitation in the kit
#     sh start.sh --verify       check every file of the kit
set -eu
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$kit/lib/kit.sh"
fresh=

set_up
case ${1:-} in
--verify)
    hearth kit verify "$kit"
    exit
    ;;
--join) join=1 && shift ;;
*) join=$fresh ;;
esac

if [ -n "$fresh" ]; then
    hearth kit verify "$kit" >/dev/null || say "the kit is damaged; going on with what is good"
fi

code=0
hearth id >/dev/null 2>&1 || code=$?
if [ "$code" = 10 ]; then
    hearth init >/dev/null
    say "made a hearth for you: hearth id shows it"
    join=1
fi

hearth kit take "$kit" || say "not everything in the kit could be taken in (see above)"

id=$(invited_to)
if [ -n "$id" ] && ! is_member "$id"; then
    if [ -z "$join" ]; then
        say "not in the community yet: sh start.sh --join, or sh trade.sh STICK"
    elif ! hearth join --file "$kit/ticket.txt"; then
        say "not in the community yet: sh start.sh --join tries again, sh trade.sh STICK asks by stick"
    fi
fi

[ $# -gt 0 ] || set -- "How do I make water safe to drink?"
exec "$venv/bin/python" -P -m hearth ask -- "$@"
