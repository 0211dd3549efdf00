#!/bin/sh
# Answers a question from the documents on this machine: sh ask.sh how do i restart the boiler
set -eu
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ $# -eq 0 ]; then
    echo 'usage: sh ask.sh YOUR QUESTION' >&2
    exit 2
fi
. "$kit/lib/kit.sh"
if ready; then
    exec "$venv/bin/python" -P -m hearth ask -- "$@"
fi
exec sh "$kit/start.sh" "$@"
