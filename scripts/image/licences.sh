#!/usr/bin/env bash
# Gathers the licences of the program, of the Swift packages that are linked into it, and of the Swift runtime.
#   scripts/image/licences.sh BUILD FOLDER
#     BUILD   the folder of the release build (swift build -c release --show-bin-path)
#     FOLDER  gets LICENSE, and a folder for each package with its LICENSE and NOTICE; it must not exist
set -euo pipefail
build=$1
folder=$2
cd "$(dirname "$0")/../.."
mkdir "$folder"
install -m 644 LICENSE "$folder/LICENSE"
list=$build/automaton.product/Objects.LinkFileList
if [ ! -s "$list" ]; then
  echo "$list is missing: build with 'make release' first." >&2
  exit 1
fi
# The modules that are linked, by the folders of their objects; a package is linked when a module lies in its sources.
grep -oE '[A-Za-z0-9_]+\.build/' "$list" | sort -u | sed 's|\.build/$||' | while read -r module; do
  for sources in .build/checkouts/*/Sources/"$module" .build/checkouts/*/"$module"; do
    if [ -d "$sources" ]; then cut -d/ -f3 <<<"$sources"; fi
  done
done | sort -u | while read -r package; do
  mkdir "$folder/$package"
  find ".build/checkouts/$package" -maxdepth 1 -type f \( -iname 'LICENSE*' -o -iname 'NOTICE*' \) \
    -exec install -m 644 -t "$folder/$package" {} +
done
mkdir "$folder/swift"
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
install -m 644 "$toolchain/../share/swift/LICENSE.txt" "$folder/swift/LICENSE.txt"
swift --version 2>/dev/null | grep -m 1 -oE 'Swift version [0-9.]+' | grep -oE '[0-9]+(\.[0-9]+)+' >"$folder/swift/VERSION"
