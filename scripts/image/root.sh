#!/usr/bin/env bash
# Assembles the root file system of the image from the packages that are installed here: the program, the libraries that it loads, and what
# contents.txt explains. No shell, no package manager: nothing else of Debian comes with it.
#   scripts/image/root.sh PROGRAM LICENCES ROOT
#     PROGRAM   the release build of automaton
#     LICENCES  the folder that licences.sh made
#     ROOT      the folder to assemble in; it must not exist
# Run in Debian slim after install.sh, from the repository's folder. SOURCE_DATE_EPOCH is the time that every file gets (default 0), so that
# the same packages give the same bytes.
set -euo pipefail
program=$1
licences=$2
root=$3
uid=65532
umask 022
if [ -e "$root" ]; then
  echo "$root is there already: remove it, or name another folder." >&2
  exit 1
fi
mkdir -p "$root"/{etc/ssl/certs,proc,dev,sys,tmp,usr/bin,usr/lib/ssl,usr/share/doc,var/lib/dpkg/status.d,var/lib/self-healing-automaton}

# Debian's links: the loader is asked for as /lib64/ld-linux-x86-64.so.2.
for link in bin lib lib64; do
  if [ -L "/$link" ]; then
    ln -s "usr/$link" "$root/$link"
    mkdir -p "$root/usr/$link"
  fi
done

# A file at its own place, and what a link shows at its place.
taken=()
take() {
  local path=$1 real
  real=$(realpath "$path")
  taken+=("$real")
  install -D -p -m "$(stat -c %a "$real")" "$real" "$root$real"
  path=$(realpath -s "$(realpath "$(dirname "$path")")/$(basename "$path")")
  if [ "$path" != "$real" ]; then
    mkdir -p "$root$(dirname "$path")"
    cp -P "$path" "$root$path"
  fi
}

install -p -m 755 "$program" "$root/usr/bin/automaton"
libraries=$(ldd "$root/usr/bin/automaton")
if grep 'not found' <<<"$libraries" >&2; then
  echo "The program needs these libraries: name their packages in $(dirname "$0")/packages.txt." >&2
  exit 1
fi
while read -r library; do
  take "$library"
done < <(grep -o '/[^ ]*' <<<"$libraries" | sort -u)

for file in /etc/ssl/certs/ca-certificates.crt /etc/ssl/openssl.cnf /etc/debian_version /usr/lib/os-release; do
  if [ ! -s "$file" ]; then
    echo "$file is missing here: its package belongs into $(dirname "$0")/packages.txt." >&2
    exit 1
  fi
  take "$file"
done
ln -s ../usr/lib/os-release "$root/etc/os-release"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
ln -s /etc/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/root:/sbin/nologin\nautomaton:x:%s:%s:automaton:/var/lib/self-healing-automaton:/sbin/nologin\n' $uid $uid \
  >"$root/etc/passwd"
printf 'root:x:0:\nautomaton:x:%s:\n' $uid >"$root/etc/group"
install -D -m 644 -t "$root/etc/self-healing-automaton/rules" rules/*.yaml

# Which packages those are of, and their licences. The bundle of certificates is put together by its package, and so is of none.
owner() {
  local path
  for path in "$1" "${1#/usr}"; do
    if dpkg-query -S "$path" 2>/dev/null | cut -d: -f1 | grep -m 1 .; then return; fi
  done
  [ "$1" = /etc/ssl/certs/ca-certificates.crt ] && echo ca-certificates && return
  echo "No package has $1." >&2
  return 1
}
packages=$(for file in "${taken[@]}"; do owner "$file"; done | sort -u)
for package in $packages; do
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  install -D -m 644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done
grep -rhoE '/usr/share/common-licenses/[A-Za-z0-9.+-]*[A-Za-z0-9+]' "$root/usr/share/doc" | sort -u | while read -r text; do
  if [ -f "$text" ]; then install -D -m 644 "$(realpath "$text")" "$root$text"; fi
done
mkdir -p "$root/usr/share/doc/self-healing-automaton" "$root/usr/share/self-healing-automaton"
cp -R "$licences"/. "$root/usr/share/doc/self-healing-automaton/"
chmod -R u=rwX,go=rX "$root/usr/share/doc/self-healing-automaton"

chmod 1777 "$root/tmp"
chown -h -R 0:0 "$root"
chown $uid:$uid "$root/var/lib/self-healing-automaton"
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
