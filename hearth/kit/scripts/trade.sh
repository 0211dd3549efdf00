#!/bin/sh
# Stick in: takes what neighbours have put on it, leaves what is for them; stick out.
#
#     sh trade.sh [FOLDER]       the stick's folder; the kit's own where none is named
#
# It is safe to remove when it says so, and only then.
set -eu
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$kit/lib/kit.sh"
folder=${1:-$kit}
[ -d "$folder" ] || die "there is no folder $folder" "is the stick in? ls /media /run/media"
case $folder in
/*) ;;
*) folder=$(CDPATH='' cd -- "$folder" && pwd) ;;
esac
ready || die "this machine is not set up yet" "sh start.sh"
code=0
hearth id >/dev/null 2>&1 || code=$?
[ "$code" != 10 ] || die "this machine is no hearth yet" "sh start.sh"

id=$(invited_to)
if [ -n "$id" ] && ! is_member "$id"; then
    hearth join --file "$kit/ticket.txt" --by "$folder" || say "no request to join was left there"
elif ! is_member; then
    say "in no community yet: there is nobody to trade with"
fi
exec "$venv/bin/python" -P -m hearth sync --verbose "$folder"
