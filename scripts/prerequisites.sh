#!/usr/bin/env bash
# Installs what building, testing or the demo needs and this Debian machine lacks, and says so.
#   scripts/prerequisites.sh build    what compiling needs
#   scripts/prerequisites.sh demo     that, and the database of the demo
#   scripts/prerequisites.sh test     that, and what the tests hold against the real thing
#   scripts/prerequisites.sh image    what compiling needs, and what makes the image's root file system without Docker
set -euo pipefail

declare -A proof=(
  [libcurl4-openssl-dev]='pkg-config --exists libcurl'
  [librdkafka-dev]='pkg-config --exists rdkafka'
  [libpq-dev]='pkg-config --exists libpq'
  [libsqlite3-dev]='pkg-config --exists sqlite3'
  [postgresql]='ls /usr/lib/postgresql/*/bin/postgres'
  [pkg-config]='command -v pkg-config'
  [make]='command -v make'
  [git]='command -v git'
  [ca-certificates]='test -e /etc/ssl/certs/ca-certificates.crt'
  [openssl]='command -v openssl'
  [prometheus]='command -v promtool'
  [python3]='command -v python3'
  [python3-venv]='python3 -c "import ensurepip"'
  [python3-aiosmtpd]='/usr/bin/python3 -c "import aiosmtpd"'
  [yamllint]='command -v yamllint'
  [shellcheck]='command -v shellcheck'
  [chromium]='command -v chromium'
  [debootstrap]='command -v debootstrap'
  [binutils]='command -v readelf'
  [util-linux]='command -v setpriv'
)
needed=(pkg-config libcurl4-openssl-dev libpq-dev librdkafka-dev libsqlite3-dev git ca-certificates)
case "${1:-build}" in
  demo) needed+=(postgresql) ;;
  test) needed+=(openssl postgresql prometheus python3 python3-aiosmtpd python3-venv yamllint shellcheck chromium binutils) ;;
  image) needed+=(debootstrap binutils openssl python3 util-linux) ;;
esac

if ! command -v swift >/dev/null; then
  echo "The Swift toolchain (6.2 or newer) is missing: install it from https://www.swift.org/install/linux/ and put it on PATH." >&2
  exit 1
fi

missing=()
for package in "${needed[@]}"; do
  eval "${proof[$package]}" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "Missing: ${missing[*]} (names of Debian packages). There is no apt-get here; install them your system's way." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing: ${missing[*]}. Neither root nor sudo is at hand: run 'apt-get install ${missing[*]}' as root." >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "==> Installing from Debian's packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
# The packages prometheus and postgresql would start servers; only their programs are wanted here.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "==> Installed."
