#!/usr/bin/env bash
# Puts a package of PyPI into a virtual environment, once.
#   install-tools.sh FOLDER PACKAGE    prints the folder's path when everything is there
set -euo pipefail
folder=$1
package=$2
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 15 "$package" >&2
  touch "$folder/complete"
fi
echo "$folder"
