#!/usr/bin/env bash
# Makes the pages on what AutomatonCore offers to plugins, from the built module's symbols and the catalogue beside its sources:
#   scripts/api-docs.sh MODULES FOLDER
# MODULES is where AutomatonCore.swiftmodule lies, FOLDER is made anew. Fails on a public symbol without documentation, and on whatever docc
# warns of (a link that leads nowhere, a parameter that is not described).
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "usage: scripts/api-docs.sh MODULES FOLDER" >&2
  exit 64
fi
modules=$1 folder=$2
cd "$(dirname "$0")/.."
for tool in swift docc python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing: swift and docc come with the Swift toolchain, python3 with Debian" >&2
    exit 1
  fi
done
triple=$(swift -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["target"]["triple"])')
rm -rf "$folder"
mkdir -p "$folder/symbols"
swift symbolgraph-extract -module-name AutomatonCore -I "$modules" -target "$triple" -minimum-access-level public -emit-extension-block-symbols \
  -output-dir "$folder/symbols"
python3 - "$folder/symbols" <<'PYTHON'
import glob, json, sys
bare = []
for path in glob.glob(sys.argv[1] + "/*.symbols.json"):
    graph = json.load(open(path))
    for symbol in graph["symbols"]:
        name = ".".join(symbol["pathComponents"])
        # What the compiler makes, and what a protocol documents, needs no word of ours.
        if "::SYNTHESIZED::" in symbol["identifier"]["precise"] or symbol["kind"]["identifier"] == "swift.extension" or "docComment" in symbol:
            continue
        bare.append(f'{symbol["location"]["uri"]}: {name}' if "location" in symbol else name)
if bare:
    print("public, and without documentation:", *sorted(bare), sep="\n  ", file=sys.stderr)
    sys.exit(1)
PYTHON
docc convert Sources/AutomatonCore/AutomatonCore.docc --additional-symbol-graph-dir "$folder/symbols" \
  --fallback-display-name AutomatonCore --fallback-bundle-identifier self-healing-automaton.AutomatonCore \
  --warnings-as-errors --transform-for-static-hosting --hosting-base-path AutomatonCore --output-dir "$folder/AutomatonCore"
echo "$folder/AutomatonCore/index.html"
