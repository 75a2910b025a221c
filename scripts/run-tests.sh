#!/usr/bin/env bash
# Runs the command that it is given, which runs tests, and says once more at the end what failed: among thousands of lines nobody finds it.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
  echo "==> What failed:"
  grep -aE 'recorded an issue|^✘ (Test|Suite)|[Ff]atal error|error:|unexpected signal' "$log" | grep -avE '^✘ Test run with' | cut -c1-1000 | tail -60
  # What was running when the process died.
  if ! grep -qa 'Test run with' "$log"; then
    echo "==> The run did not end by itself. The last lines:"
    tail -20 "$log"
  fi
fi
exit "$status"
