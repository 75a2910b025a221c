#!/usr/bin/env bash
# Runs the Kafka tests once more with a newer librdkafka than Debian's: the one inside the PyPI wheel of confluent-kafka.
#   scripts/test-newer-librdkafka.sh [ARGUMENTS OF swift test]
set -euo pipefail
cd "$(dirname "$0")/.."
tools="${TEST_TOOLS:-$HOME/.cache/self-healing-automaton-tests}/kafka"
Tests/KafkaClientTests/Scripts/install-tools.sh "$tools" >/dev/null
library=$(find "$tools" -name 'librdkafka-*.so.1' -print -quit)
if [ -z "$library" ]; then
  echo "No librdkafka in $tools: remove that folder and run this again." >&2
  exit 1
fi
swift build --build-tests
links=$(mktemp -d)
trap 'rm -rf "$links"' EXIT
ln -s "$library" "$links/librdkafka.so.1"
echo "==> Testing with $(basename "$library")"
LD_LIBRARY_PATH="$links${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" swift test --skip-build --filter KafkaClientTests "$@"
