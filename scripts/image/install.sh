#!/usr/bin/env bash
# Installs Debian's packages that the program needs when it runs (packages.txt), and nothing that they merely recommend.
# Run as root in Debian slim: by the Dockerfile, and by image-check.sh.
set -euo pipefail
here=$(dirname "$0")
mapfile -t packages < <(awk '!/^#/ && NF { print $1 }' "$here/packages.txt")
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# What was mended since the base was made comes, too.
apt-get upgrade -y -qq --no-install-recommends >/dev/null
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
apt-get clean
rm -rf /var/lib/apt/lists/*
