#!/usr/bin/env bash
# Puts a Kafka broker (noida-db) and two independent clients into a virtual environment, once.
#   install-tools.sh FOLDER    prints the folder's path when everything is there
set -euo pipefail
folder=$1
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 15 \
    noida-db==0.2.3 kafka-python==3.0.12 confluent-kafka==2.16.1 >&2
  touch "$folder/complete"
fi
echo "$folder"
