#!/usr/bin/env bash
# Installs a broker and kafka-python, once, starts the broker on a port and speaks for kafka-python until its input ends.
#   baseline.sh PORT PARTITIONS
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools="${XDG_CACHE_HOME:-$HOME/.cache}/self-healing-automaton-benchmark"
if [ ! -e "$tools/complete" ]; then
  rm -rf "$tools"
  python3 -m venv "$tools" >&2
  "$tools/bin/pip" install --quiet --disable-pip-version-check noida-db==0.2.3 kafka-python==3.0.12 confluent-kafka==2.16.1 >&2
  touch "$tools/complete"
fi
data=$(mktemp -d)
broker=$(find "$tools/lib" -path '*/noida_db/noida-db' -print -quit)
"$broker" start --only kafka --kafka-port "$1" --data-dir "$data" >/dev/null 2>&1 &
pid=$!
trap 'kill "$pid"; rm -rf "$data"' EXIT
"$tools/bin/python" "$here/baseline.py" "127.0.0.1:$1" "$2"
