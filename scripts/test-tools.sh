#!/usr/bin/env bash
# Puts what the tests need from PyPI into virtual environments of their own, once, so that no test has to wait for it.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${TEST_TOOLS:-$HOME/.cache/self-healing-automaton-tests}
while read -r name package; do
  if [ ! -e "$cache/$name/complete" ]; then
    echo "==> Installing from PyPI, for the tests alone: $package"
  fi
  Tests/WebAPITests/Browser/install-tools.sh "$cache/$name" "$package" >/dev/null
done <Tests/WebAPITests/Browser/tools.txt
Tests/KafkaClientTests/Scripts/install-tools.sh "$cache/kafka" >/dev/null
