#!/usr/bin/env bash
# Puts what drives a browser into a virtual environment, once. The browser itself is Debian's chromium.
#   install-tools.sh FOLDER    prints the folder's path when everything is there
set -euo pipefail
folder=$1
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 15 playwright==1.65.2 >&2
  touch "$folder/complete"
fi
echo "$folder"
